/* Tasks in, exit codes out: a process for each. */
#define _GNU_SOURCE /* ppoll, close_range */
#include "sweep/pool.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct child {
  struct fg_task *task;
  pid_t pid;
  double start, deadline; /* deadline: of its patience, and once it was asked to end, of ours [s] */
  bool asked;
};

struct pool {
  struct child *child; /* n entries, as long as there are slots */
  struct pollfd *ends; /* n entries: readable when the child has ended */
  size_t n, slots, taken;
  sigset_t signals; /* as they were: open only while we wait, so that none is missed between a look and a wait */
};

static double seconds_now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void reset_signals(void) {
  sigset_t none;
  for (int s = 1; s < NSIG; s++)
    signal(s, SIG_DFL); /* refused for some, which have no handlers */
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
}

static void work(fg_task_run *run, const struct fg_task *task, pid_t parent, int log) {
  int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) /* it has died before that was said */
    _exit(3);
  if (nothing < 0 || dup2(nothing, STDIN_FILENO) < 0 || dup2(log, STDOUT_FILENO) < 0 || dup2(log, STDERR_FILENO) < 0)
    _exit(3);
  close_range(3, ~0U, 0); /* locks and logs of the parent */
  reset_signals();
  int code = run(task->work);
  fflush(stdout);
  fflush(stderr);
  _exit(code);
}

static enum fg_err begin(struct pool *pool, fg_task_run *run, struct fg_task *task, struct fg_fault *fault) {
  int log = open(task->log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (log < 0)
    return fg_fail(fault, FG_EIO, task->log, 0, "cannot be written: %s", strerror(errno));
  fflush(NULL); /* what waits in buffers must not be written by the child, too */
  pid_t parent = getpid(), pid = fork();
  if (pid == 0)
    work(run, task, parent, log);
  int error = errno, end = pid < 0 ? -1 : pidfd_open(pid, 0);
  close(log);
  if (end < 0) {
    error = pid < 0 ? error : errno;
    if (pid > 0) {
      kill(pid, SIGKILL);
      waitpid(pid, NULL, 0);
    }
    return fg_fail(fault, FG_ENOMEM, NULL, 0, "a process cannot be started: %s", strerror(error));
  }
  setpgid(pid, pid); /* whoever of the two comes first */
  double now = seconds_now();
  task->exit_code = 0;
  task->signal = 0;
  task->timed_out = false;
  pool->ends[pool->n] = (struct pollfd){.fd = end, .events = POLLIN};
  pool->child[pool->n++] = (struct child){.task = task, .pid = pid, .start = now, .deadline = now + task->timeout_s};
  pool->taken += task->slots;
  return FG_OK;
}

static void ask_to_end(struct child *child, double now) {
  kill(child->pid, SIGTERM);
  child->asked = true;
  child->deadline = now + FG_POOL_GRACE;
}

static void enforce(struct pool *pool, double now) {
  for (size_t i = 0; i < pool->n; i++) {
    struct child *child = &pool->child[i];
    if (now < child->deadline)
      continue;
    if (child->asked) {
      kill(-child->pid, SIGKILL); /* with what it has started, if that has stayed in its group */
      kill(child->pid, SIGKILL);
      child->deadline = INFINITY;
    } else {
      child->task->timed_out = true;
      ask_to_end(child, now);
    }
  }
}

/* Waits for an end, a deadline or a signal. */
static void await(struct pool *pool) {
  double next = INFINITY, now = seconds_now();
  for (size_t i = 0; i < pool->n; i++)
    next = fmin(next, pool->child[i].deadline);
  double left = fmin(fmax(next - now, 0), 1e6);
  struct timespec wait = {.tv_sec = (time_t)left, .tv_nsec = (long)((left - floor(left)) * 1e9)};
  ppoll(pool->ends, (nfds_t)pool->n, &wait, &pool->signals);
}

static double seconds_of(struct timeval t) {
  return (double)t.tv_sec + 1e-6 * (double)t.tv_usec;
}

/* Reaps child i, which has ended; its task, or NULL if it has not after all. */
static struct fg_task *reap(struct pool *pool, size_t i) {
  struct child child = pool->child[i];
  struct fg_task *task = child.task;
  struct rusage usage = {0};
  int status = 0;
  kill(-child.pid, SIGKILL); /* nothing of its group stays; while it is not reaped, no other group has this number */
  if (wait4(child.pid, &status, WNOHANG, &usage) == 0)
    return NULL;
  close(pool->ends[i].fd);
  pool->n--;
  pool->child[i] = pool->child[pool->n];
  pool->ends[i] = pool->ends[pool->n];
  pool->taken -= task->slots;
  task->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  task->exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  if (task->exit_code == 0) /* just in time */
    task->timed_out = false;
  task->wall_s = seconds_now() - child.start;
  task->cpu_s = seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
  task->memory_mb = (double)usage.ru_maxrss * 1024 / 1e6; /* Linux counts in KiB */
  return task;
}

static enum fg_err reap_all(struct pool *pool, fg_task_ended *ended, void *self, struct fg_fault *fault) {
  enum fg_err err = FG_OK;
  for (size_t i = 0; i < pool->n && !err;) {
    struct fg_task *task = pool->ends[i].revents ? reap(pool, i) : NULL;
    if (!task)
      i++;
    else if (ended)
      err = ended(self, task, fault);
  }
  return err;
}

static bool has_room(const struct pool *pool, const struct fg_task *task) {
  return pool->n == 0 || (pool->n < pool->slots && pool->taken + task->slots <= pool->slots);
}

/* Starts what there is room for. *held: the next task, if it has to wait. */
static enum fg_err fill(struct pool *pool, fg_task_run *run, fg_task_next *next, void *self, struct fg_task **held,
                        struct fg_fault *fault) {
  enum fg_err err = FG_OK;
  while (!err && pool->n < pool->slots) {
    if (!*held)
      *held = next(self);
    if (!*held || !has_room(pool, *held))
      return FG_OK;
    err = begin(pool, run, *held, fault);
    *held = NULL;
  }
  return err;
}

static void end_all(struct pool *pool) {
  double now = seconds_now();
  for (size_t i = 0; i < pool->n; i++)
    if (!pool->child[i].asked)
      ask_to_end(&pool->child[i], now);
  while (pool->n > 0) {
    await(pool);
    reap_all(pool, NULL, NULL, NULL);
    enforce(pool, seconds_now());
  }
}

enum fg_err fg_pool_run(size_t slots, fg_task_run *run, fg_task_next *next, fg_task_ended *ended, bool (*stopped)(void),
                        void *self, struct fg_fault *fault) {
  struct pool pool = {
      .slots = slots, .child = calloc(slots, sizeof *pool.child), .ends = calloc(slots, sizeof *pool.ends)};
  struct fg_task *held = NULL;
  struct sigaction reaped = {.sa_handler = SIG_DFL}, before; /* who ignores SIGCHLD has nothing to wait for */
  sigset_t all;
  if (!pool.child || !pool.ends) {
    free(pool.child);
    free(pool.ends);
    return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory for %zu processes", slots);
  }
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, &pool.signals);
  sigaction(SIGCHLD, &reaped, &before);
  enum fg_err err = FG_OK;
  while (!err) {
    err = stopped && stopped() ? fg_fail(fault, FG_ESTOPPED, NULL, 0, "interrupted") : FG_OK;
    if (!err)
      err = fill(&pool, run, next, self, &held, fault);
    if (err || pool.n == 0)
      break;
    await(&pool);
    enforce(&pool, seconds_now());
    err = reap_all(&pool, ended, self, fault);
  }
  end_all(&pool);
  sigaction(SIGCHLD, &before, NULL);
  sigprocmask(SIG_SETMASK, &pool.signals, NULL);
  free(pool.child);
  free(pool.ends);
  return err;
}
