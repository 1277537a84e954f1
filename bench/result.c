/* From repetitions to medians and ratios. */
#include "bench/result.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct fg_bench_result *fg_bench_results_add(struct fg_bench_results *r) {
  if (r->n == r->capacity) {
    size_t capacity = r->capacity ? 2 * r->capacity : 64;
    struct fg_bench_result *more = realloc(r->result, capacity * sizeof *more);
    if (!more)
      return NULL;
    r->result = more;
    r->capacity = capacity;
  }
  return memset(&r->result[r->n++], 0, sizeof *r->result);
}

void fg_bench_results_free(struct fg_bench_results *r) {
  free(r->result);
  memset(r, 0, sizeof *r);
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

struct fg_bench_spread fg_bench_spread_of(double *value, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (isnan(value[i]))
      return (struct fg_bench_spread){NAN, NAN, NAN};
  qsort(value, n, sizeof *value, ascending);
  return (struct fg_bench_spread){(value[(n - 1) / 2] + value[n / 2]) / 2, value[0], value[n - 1]};
}

double fg_bench_gain(const struct fg_bench_measure *measure, double value, double other) {
  return measure->less ? other / value : value / other;
}

double fg_bench_results_find(const struct fg_bench_results *r, const char *group, const char *name,
                             const char *measure) {
  for (size_t i = 0; i < r->n; i++)
    if (strcmp(r->result[i].group->name, group) == 0 && strcmp(r->result[i].name, name) == 0)
      for (size_t m = 0; m < fg_bench_measures(r->result[i].group) && !r->result[i].failure[0]; m++)
        if (strcmp(r->result[i].group->measure[m].name, measure) == 0)
          return r->result[i].value[m].median;
  return NAN;
}
