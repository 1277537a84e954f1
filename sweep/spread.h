/* The median over seeds and an interval from order statistics, which assumes nothing about the distribution. */
#ifndef FG_SWEEP_SPREAD_H
#define FG_SWEEP_SPREAD_H

#include <stddef.h>

struct fg_spread {
  double mid, lo, hi;
  size_t n, rank;  /* lo and hi are order statistics rank and n + 1 - rank */
  double coverage; /* probability that [lo, hi] covers the median: 0.95 or more if n allows it (from 6 on), otherwise
                      that of the smallest and largest */
};

/* No value is NAN. INFINITY counts as larger than everything; the median is infinite if one of the middle two is. n =
 * 0: all NAN, rank 0. Does not change `value` (n, lent). [x_(k), x_(n+1-k)] covers the median with probability 1 - 2
 * P(Bin(n, 1/2) < k): David and Nagaraja, Order Statistics, 7.1. */
struct fg_spread fg_spread_of(const double *value, size_t n);

/* The same of times as fast as something else: 0 stands for a goal that is never reached, and the median is 0 if one of
 * the middle two is, as that of the times is infinite. */
struct fg_spread fg_spread_of_ratios(const double *ratio, size_t n);

#endif
