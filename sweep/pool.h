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
  const char *log;  /* file for its standard output and error (lent) */
  double timeout_s; /* INFINITY: none */
  /* filled when it has ended: */
  int exit_code; /* -1: a signal ended it */
  int signal;
  bool timed_out;
  double wall_s;
  double cpu_s, memory_mb; /* of the child, all of it */
};

/* In the child; its return value is the exit code. */
typedef int fg_task_run(void *work);

/* Gives the next task (taken until it is given back to `ended`), or NULL: there is none at the moment. */
typedef struct fg_task *fg_task_next(void *self);

/* A task has ended; anything but FG_OK stops the pool. */
typedef enum fg_err fg_task_ended(void *self, struct fg_task *task, struct fg_fault *fault);

/* Runs tasks until `next` has none and all have ended, or `stopped` (may be NULL) says so, which kills all. FG_ESTOPPED
 * then. */
enum fg_err fg_pool_run(size_t slots, fg_task_run *run, fg_task_next *next, fg_task_ended *ended, bool (*stopped)(void),
                        void *self, struct fg_fault *fault);

#endif
