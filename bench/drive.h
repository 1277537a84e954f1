/* Measuring a case: its processes made ready, then asked in turn. */
#ifndef FG_BENCH_DRIVE_H
#define FG_BENCH_DRIVE_H

#include "bench/result.h"

enum { FG_BENCH_REPEATS_MAX = 1000 };

struct fg_bench_options {
  enum fg_bench_size size;
  size_t repeats;      /* at least 1, at most FG_BENCH_REPEATS_MAX */
  const char *only;    /* lent; groups, or beginnings of GROUP/CASE, separated by commas; NULL: everything */
  const char *vs;      /* lent; program of another build; NULL: none */
  const char *json;    /* lent; file to write; NULL: none */
  const char *against; /* lent; an earlier result; NULL: none */
};

/* Does a part of `only` (lent; NULL: everything) begin GROUP/NAME? */
bool fg_bench_wanted(const char *only, const struct fg_bench_group *group, const char *name);

/* Measures one case (group and name set) into *result; what fails is a failure of the result. vs_revision (64 bytes,
 * lent): of the other build, out. FG_ENOMEM. */
enum fg_err fg_bench_measure_case(const struct fg_bench_options *options, const char *self,
                                  const struct fg_bench_results *so_far, struct fg_bench_result *result,
                                  char *vs_revision);

#endif
