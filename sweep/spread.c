/* From numbers of several seeds to their median and its interval. */
#include "sweep/spread.h"

#include <math.h>

/* The k-th smallest (k from 1). Seeds are few: counting needs no memory that could be missing. */
static double order_statistic(const double *value, size_t n, size_t k) {
  for (size_t i = 0; i < n; i++) {
    size_t below = 0, equal = 0;
    for (size_t j = 0; j < n; j++) {
      below += value[j] < value[i];
      equal += value[j] == value[i];
    }
    if (below < k && k <= below + equal)
      return value[i];
  }
  return NAN;
}

/* the largest rank whose interval covers the median with probability 0.95 or more; 1 if there is none */
static void choose_rank(struct fg_spread *spread) {
  size_t n = spread->n;
  long double below = 0, term = ldexpl(1, -(int)n); /* long: no underflow before 16,000 values */
  spread->rank = 1;
  spread->coverage = 0;
  for (size_t k = 1; 2 * k <= n; k++) {
    below += term; /* P(at most k - 1 of n values lie below the median) */
    double coverage = (double)(1 - 2 * below);
    if (k == 1 || coverage >= 0.95) {
      spread->rank = k;
      spread->coverage = coverage;
    }
    term *= (long double)(n - k + 1) / (long double)k;
  }
}

struct fg_spread fg_spread_of(const double *value, size_t n) {
  struct fg_spread spread = {NAN, NAN, NAN, n, 0, NAN};
  if (n == 0)
    return spread;
  choose_rank(&spread);
  double a = order_statistic(value, n, (n + 1) / 2), b = order_statistic(value, n, n / 2 + 1);
  spread.mid = a == b ? a : (a + b) / 2;
  spread.lo = order_statistic(value, n, spread.rank);
  spread.hi = order_statistic(value, n, n + 1 - spread.rank);
  return spread;
}

struct fg_spread fg_spread_of_ratios(const double *ratio, size_t n) {
  struct fg_spread spread = fg_spread_of(ratio, n);
  size_t zeros = 0;
  for (size_t i = 0; i < n; i++)
    zeros += ratio[i] == 0;
  if (n && zeros >= (n + 1) / 2)
    spread.mid = 0;
  return spread;
}
