/* Results: of every case a spread for every measure. */
#ifndef FG_BENCH_RESULT_H
#define FG_BENCH_RESULT_H

#include "bench/bench.h"

/* Of the repetitions; NAN: the measure does not apply, or there is nothing to compare with. */
struct fg_bench_spread {
  double median, least, most;
};

struct fg_bench_result {
  const struct fg_bench_group *group;
  char name[FG_BENCH_NAME];
  char failure[512]; /* why there is nothing; "" if there is */
  size_t repeats;
  struct fg_bench_spread value[FG_BENCH_MEASURES];
  /* This build against another, pair by pair, or against an earlier median: above 1 this one is better. */
  struct fg_bench_spread gain[FG_BENCH_MEASURES];
};

struct fg_bench_results {
  struct fg_bench_result *result;
  size_t n, capacity;
};

/* Room for one more, zeroed; lent until the next one. NULL: not enough memory. */
struct fg_bench_result *fg_bench_results_add(struct fg_bench_results *results);
void fg_bench_results_free(struct fg_bench_results *results);

/* Of n values (lent, reordered); all NAN if one of them is. */
struct fg_bench_spread fg_bench_spread_of(double *value, size_t n);

/* `value` over `other`, turned round if less is better. */
double fg_bench_gain(const struct fg_bench_measure *measure, double value, double other);

/* Median of a measure of GROUP/CASE; NAN if it is not there. */
double fg_bench_results_find(const struct fg_bench_results *results, const char *group, const char *name,
                             const char *measure);

#endif
