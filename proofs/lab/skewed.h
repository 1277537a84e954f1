/* Intervals for means of skewed draws at levels far in the tail, where Student's interval misses too often on one side:
 * products and squares of deviations are skewed, and 10^4 of them are few for a level of 1e-9. Hall 1992 ("On the
 * removal of skewness by transformation", J. R. Statist. Soc. B 54): with g the sample skewness and T the studentised
 * mean, T + a T^2 + a^2 T^3 / 3 + a / 2, a = g / (3 sqrt n), is standard normal up to O(1/n), and monotone in T. */
#ifndef FG_PROOFS_LAB_SKEWED_H
#define FG_PROOFS_LAB_SKEWED_H

#include "proofs/lab/statistics.h"

/* Mean of n independent draws (lent). Two-sided, misses with probability `level`; unbounded for n < 3. */
struct fg_interval fg_interval_mean_skewed(const double *x, size_t n, double level);

/* Mean of n pairs' product of deviations, n / (n - 1) times: their covariance. work: n entries, lent. */
struct fg_interval fg_interval_covariance_skewed(const double *x, const double *y, size_t n, double *work,
                                                 double level);

#endif
