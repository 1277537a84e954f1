/* Work in a forked process: what can be done once per process (a simulation), and memory that only a process of its own
 * can tell. */
#ifndef FG_BENCH_CHILD_H
#define FG_BENCH_CHILD_H

#include "bench/bench.h"

/* What a process took. */
struct fg_bench_usage {
  double cpu_s;  /* user and system, from its start to its end, with what it has waited for [s] */
  double wall_s; /* from its start to its end [s] */
  double peak_b; /* largest resident size above that at its start [B] */
};

/* Calls work(self, value, fault) in a child, whose `value` (FG_BENCH_MEASURES entries, lent) and fault come back; what
 * else it changes is lost. usage: out, or NULL. FG_EIO if it dies. */
enum fg_err fg_bench_fork(enum fg_err (*work)(void *self, double *value, struct fg_fault *fault), void *self,
                          double *value, struct fg_bench_usage *usage, struct fg_fault *fault);

/* Runs a program (argv, ends with NULL) whose standard output is thrown away; usage: out. FG_EIO if it cannot be run or
 * its exit code is not 0. */
enum fg_err fg_bench_spawn(char *const *argv, struct fg_bench_usage *usage, struct fg_fault *fault);

/* Resident size now, and the largest so far [B]. */
double fg_bench_resident(void);
double fg_bench_peak(void);

#endif
