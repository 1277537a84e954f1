/* Measuring: what `make bench` measures is a table of groups (one file, one row of fg_bench_groups each), a group a
 * list of cases that share their measures. Every case is measured by a process of its own (serve.h), which makes it
 * ready once and is then asked for one repetition after the other, so that the repetitions of two builds can take
 * turns. */
#ifndef FG_BENCH_BENCH_H
#define FG_BENCH_BENCH_H

#include "core/err.h"

#include <stdbool.h>
#include <stddef.h>

/* How much is measured: to see that it works; in well under a minute; in about five. */
enum fg_bench_size { FG_BENCH_TINY, FG_BENCH_QUICK, FG_BENCH_FULL };

enum { FG_BENCH_MEASURES = 6, FG_BENCH_NAME = 128 };

/* What is measured of every case of a group. */
struct fg_bench_measure {
  const char *name, *unit; /* "rate", "M points/s" */
  bool less;               /* the less the better: a ratio of two builds is turned round */
};

struct fg_bench_results;

struct fg_bench_group {
  const char *name, *summary;                         /* summary: one line for --help */
  struct fg_bench_measure measure[FG_BENCH_MEASURES]; /* as many as have a name, at least one */
  /* Name of case i = 0, 1, ... at this size ("mf/32/ratings", without the group's), to out (lent, FG_BENCH_NAME bytes);
   * false: there are no more. */
  bool (*name_case)(enum fg_bench_size size, size_t i, char *out);
  /* Makes case i ready; *state is the group's own. FG_EUSAGE: it cannot be measured here, for the reason given. */
  enum fg_err (*prepare)(enum fg_bench_size size, size_t i, void **state, struct fg_fault *fault);
  /* One repetition: a value for every measure (lent, FG_BENCH_MEASURES entries, NAN on entry: what does not apply stays
   * so). */
  enum fg_err (*repeat)(void *state, double *value, struct fg_fault *fault);
  /* Also after a prepare that failed; state may be NULL. */
  void (*release)(void *state);
  /* Values that need results of earlier groups. NULL: there are none. */
  void (*complete)(const struct fg_bench_results *so_far, double *value);
};

/* The table; ends with NULL. */
extern const struct fg_bench_group *const fg_bench_groups[];

/* Measures of a group. */
size_t fg_bench_measures(const struct fg_bench_group *group);

/* CPU time of this process so far, all of its threads [s]. */
double fg_bench_cpu(void);

/* "avx512f", "avx2", "baseline": what kernels are compiled for and this machine has (core/model/lanes.h). */
const char *fg_bench_isa(void);

#endif
