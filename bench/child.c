/* Work in a forked process. */
#include "bench/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

double fg_bench_resident(void) {
  unsigned long long pages = 0;
  FILE *f = fopen("/proc/self/statm", "r");
  if (f && fscanf(f, "%*u %llu", &pages) != 1)
    pages = 0;
  if (f)
    fclose(f);
  return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

double fg_bench_peak(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return (double)usage.ru_maxrss * 1024; /* Linux counts in KiB */
}

static double wall(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

struct answer {
  enum fg_err err;
  double value[FG_BENCH_MEASURES];
  double peak_b;
  struct fg_fault fault;
};

static void answer(enum fg_err (*work)(void *, double *, struct fg_fault *), void *self, const double *value, int to) {
  struct answer a = {.err = FG_OK};
  double before = fg_bench_resident();
  memcpy(a.value, value, sizeof a.value);
  a.err = work(self, a.value, &a.fault);
  a.peak_b = fg_bench_peak() - before;
  for (size_t done = 0; done < sizeof a;) {
    ssize_t n = write(to, (const char *)&a + done, sizeof a - done);
    if (n <= 0)
      break;
    done += (size_t)n;
  }
  _exit(0); /* nothing of the parent's is flushed or freed twice */
}

/* Waits for a child that was started at `start` [s]; usage may be NULL. */
static enum fg_err reap(pid_t child, double start, int *status, struct fg_bench_usage *usage, struct fg_fault *fault) {
  struct rusage r;
  while (wait4(child, status, 0, &r) < 0)
    if (errno != EINTR)
      return fg_fail(fault, FG_EIO, NULL, 0, "waiting for a process: %s", strerror(errno));
  if (usage) {
    usage->wall_s = wall() - start;
    usage->cpu_s = (double)r.ru_utime.tv_sec + (double)r.ru_stime.tv_sec +
                   1e-6 * ((double)r.ru_utime.tv_usec + (double)r.ru_stime.tv_usec);
  }
  return FG_OK;
}

enum fg_err fg_bench_fork(enum fg_err (*work)(void *self, double *value, struct fg_fault *fault), void *self,
                          double *value, struct fg_bench_usage *usage, struct fg_fault *fault) {
  struct answer a;
  int ends[2], status;
  double start = wall();
  if (pipe(ends) != 0)
    return fg_fail(fault, FG_EIO, NULL, 0, "a pipe cannot be made: %s", strerror(errno));
  pid_t child = fork();
  if (child == 0) {
    signal(SIGINT, SIG_DFL); /* which its parent ignores, to clean up behind it */
    close(ends[0]);
    answer(work, self, value, ends[1]);
  }
  close(ends[1]);
  if (child < 0) {
    close(ends[0]);
    return fg_fail(fault, FG_EIO, NULL, 0, "a process cannot be made: %s", strerror(errno));
  }
  size_t done = 0;
  for (ssize_t n; done < sizeof a && (n = read(ends[0], (char *)&a + done, sizeof a - done)) > 0;)
    done += (size_t)n;
  close(ends[0]);
  enum fg_err err = reap(child, start, &status, usage, fault);
  if (err)
    return err;
  if (done < sizeof a)
    return fg_fail(fault, FG_EIO, NULL, 0, "the process that measures died%s%s", WIFSIGNALED(status) ? " of " : "",
                   WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "");
  memcpy(value, a.value, sizeof a.value);
  if (usage)
    usage->peak_b = a.peak_b;
  if (a.err && fault)
    *fault = a.fault;
  return a.err;
}

enum fg_err fg_bench_spawn(char *const *argv, struct fg_bench_usage *usage, struct fg_fault *fault) {
  int status;
  double start = wall();
  pid_t child = fork();
  if (child < 0)
    return fg_fail(fault, FG_EIO, NULL, 0, "a process cannot be made: %s", strerror(errno));
  if (child == 0) {
    signal(SIGINT, SIG_DFL);
    int null = open("/dev/null", O_WRONLY);
    dup2(null, STDOUT_FILENO);
    execvp(argv[0], argv);
    _exit(127);
  }
  enum fg_err err = reap(child, start, &status, usage, fault);
  if (err || (WIFEXITED(status) && WEXITSTATUS(status) == 0))
    return err;
  return WIFEXITED(status) && WEXITSTATUS(status) == 127
             ? fg_fail(fault, FG_EUSAGE, argv[0], 0, "cannot be run")
             : fg_fail(fault, FG_EIO, NULL, 0, "%s %s did not end well", argv[0], argv[1] ? argv[1] : "");
}
