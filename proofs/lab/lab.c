/* The laboratory: from an experiment's items to their results. */
#include "proofs/lab/lab.h"

#include "core/data/generate.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum fg_err fg_lab_data(const struct fg_lab *lab, const char *spec, uint64_t seed, char *path, struct fg_fault *fault) {
  char name[512];
  int n = snprintf(name, sizeof name, "%s.%llu.txt", spec, (unsigned long long)seed);
  if (n < 0 || (size_t)n >= sizeof name || strlen(name) > 200 || strchr(spec, '/'))
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "data '%s' have no name", spec);
  struct fg_points points = {0};
  enum fg_err err = fg_path_join(lab->scratch, name, path, fault);
  if (err || access(path, F_OK) == 0)
    return err;
  err = fg_generate(spec, seed, &points, fault);
  if (!err)
    err = fg_points_write(path, &points, fault);
  fg_points_free(&points);
  return err;
}

/* What a process says of itself when it ends. */
struct ending {
  enum fg_err err;
  struct fg_fault fault;
};

/* The processes under way. */
struct crew {
  const struct fg_lab *lab;
  pid_t *pid; /* jobs entries; 0: none */
  uint64_t *item;
  unsigned n;             /* under way */
  struct ending *ending;  /* shared, jobs entries */
  unsigned char *results; /* shared */
  size_t bytes;
};

/* a mapping has a length */
static size_t room(size_t bytes) {
  return bytes > 0 ? bytes : 1;
}

static void *shared(size_t bytes) {
  void *p = mmap(NULL, room(bytes), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  return p == MAP_FAILED ? NULL : p;
}

static void work(struct crew *crew, unsigned place, uint64_t i,
                 enum fg_err (*item)(const void *self, uint64_t i, void *result, struct fg_fault *fault),
                 const void *self) {
  struct ending *ending = &crew->ending[place];
  signal(SIGINT, SIG_DFL);
  signal(SIGTERM, SIG_DFL);
  ending->err = item(self, i, crew->results + i * crew->bytes, &ending->fault);
  _exit(0); /* the simulator's own clean-up is of no use here */
}

static enum fg_err begin(struct crew *crew, uint64_t i,
                         enum fg_err (*item)(const void *self, uint64_t i, void *result, struct fg_fault *fault),
                         const void *self, struct fg_fault *fault) {
  unsigned place = 0;
  while (crew->pid[place])
    place++;
  crew->ending[place].err = FG_EPEER;
  crew->ending[place].fault = (struct fg_fault){0};
  pid_t pid = fork();
  if (pid < 0)
    return fg_fail(fault, FG_ENOMEM, NULL, 0, "a process cannot be started: %s", strerror(errno));
  if (pid == 0)
    work(crew, place, i, item, self);
  crew->pid[place] = pid;
  crew->item[place] = i;
  crew->n++;
  return FG_OK;
}

/* Waits for one process to end. */
static enum fg_err end_one(struct crew *crew, struct fg_fault *fault) {
  int status = 0;
  pid_t pid;
  do
    pid = waitpid(-1, &status, 0);
  while (pid < 0 && errno == EINTR);
  if (pid < 0) { /* there is none to wait for: who ignores SIGCHLD has it so */
    crew->n = 0;
    return fg_fail(fault, FG_EIO, NULL, 0, "a process was lost: %s", strerror(errno));
  }
  for (unsigned place = 0; place < crew->lab->jobs; place++) {
    if (crew->pid[place] != pid)
      continue;
    crew->pid[place] = 0;
    crew->n--;
    if (WIFSIGNALED(status) && (WTERMSIG(status) == SIGINT || WTERMSIG(status) == SIGTERM))
      return fg_fail(fault, FG_ESTOPPED, NULL, 0, "interrupted");
    if (WIFSIGNALED(status))
      return fg_fail(fault, FG_EPEER, NULL, 0, "item %llu of an experiment ended by signal %d",
                     (unsigned long long)crew->item[place], WTERMSIG(status));
    if (crew->ending[place].err && fault)
      *fault = crew->ending[place].fault;
    return crew->ending[place].err;
  }
  return FG_OK; /* not one of ours */
}

enum fg_err fg_lab_map(const struct fg_lab *lab, uint64_t n,
                       enum fg_err (*item)(const void *self, uint64_t i, void *result, struct fg_fault *fault),
                       const void *self, size_t bytes, void *results, struct fg_fault *fault) {
  struct crew crew = {.lab = lab,
                      .pid = calloc(lab->jobs, sizeof *crew.pid),
                      .item = calloc(lab->jobs, sizeof *crew.item),
                      .ending = shared(lab->jobs * sizeof *crew.ending),
                      .results = shared(n * bytes),
                      .bytes = bytes};
  enum fg_err err = FG_OK;
  if (!crew.pid || !crew.item || !crew.ending || !crew.results)
    err = fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory for %llu results", (unsigned long long)n);
  fflush(stdout); /* what waits in its buffer must not be written by every process */
  for (uint64_t i = 0; i < n && !err; i++) {
    if (lab->stopped && lab->stopped())
      err = fg_fail(fault, FG_ESTOPPED, NULL, 0, "interrupted");
    if (!err && crew.n == lab->jobs)
      err = end_one(&crew, fault);
    if (!err)
      err = begin(&crew, i, item, self, fault);
    if (lab->progress)
      lab->progress(lab->self, i, n);
  }
  while (crew.n > 0) {
    enum fg_err other = end_one(&crew, err ? NULL : fault);
    err = err ? err : other;
  }
  if (!err)
    memcpy(results, crew.results, n * bytes);
  if (crew.results)
    munmap(crew.results, room(n * bytes));
  if (crew.ending)
    munmap(crew.ending, lab->jobs * sizeof *crew.ending);
  free(crew.pid);
  free(crew.item);
  return err;
}
