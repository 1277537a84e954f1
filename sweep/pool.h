/* Runs as processes, several at a time: forks, limits their time, keeps their messages, reaps them. Children die with
 * their parent. SimGrid allows one simulation per process, so a child forks before the simulator begins. */
#ifndef FG_SWEEP_POOL_H
#define FG_SWEEP_POOL_H

#include "core/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* What a child does, and how it went. */
struct fg_task {
  void *work;       /* lent to `run` */
  size_t slots;     /* of the pool that it takes, at least 1; more than there are: it runs alone */
  const char *log;  /* file for its standard output and error (lent), made anew */
  double timeout_s; /* INFINITY: none */
  /* filled when it has ended: */
  int exit_code; /* -1: a signal ended it */
  int signal;    /* 0: none */
  bool timed_out;
  double wall_s;
  double cpu_s, memory_mb; /* of the child and of its own children, all of it; the largest resident size of one */
};

/* A child that is asked to end (SIGTERM) and does not is killed after so long. [s] */
#define FG_POOL_GRACE 3.0

/* In the child; its return value is the exit code. Standard input is empty, signals are as at the start of a program,
 * no file of the parent is open. The process ends by _exit. */
typedef int fg_task_run(void *work);

/* Gives the next task (taken until it is given back to `ended`), or NULL: there is none at the moment; asked again when
 * one has ended. One that needs more slots than are free is held back until there is room. */
typedef struct fg_task *fg_task_next(void *self);

/* A task has ended; anything but FG_OK stops the pool. */
typedef enum fg_err fg_task_ended(void *self, struct fg_task *task, struct fg_fault *fault);

/* Runs tasks until `next` has none and all have ended, or `stopped` (may be NULL) says so: then all children are ended,
 * none of them given to `ended` (their tasks are the caller's again), and the result is FG_ESTOPPED; an error of
 * `ended` does the same. `stopped` is asked whenever a signal has come: a handler of the caller's tells it. Children
 * lead process groups of their own, so that Ctrl-C on a terminal reaches the parent only. FG_EIO if a log cannot be
 * written, FG_ENOMEM if no process can be started. */
enum fg_err fg_pool_run(size_t slots, fg_task_run *run, fg_task_next *next, fg_task_ended *ended, bool (*stopped)(void),
                        void *self, struct fg_fault *fault);

#endif
