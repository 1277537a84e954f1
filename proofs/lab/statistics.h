/* Intervals and tests, after the rules of claims.md: intervals are two-sided; `level` is the probability that they miss
 * what they should contain (1e-6: hardly ever). Sources: any textbook for what has none. */
#ifndef FG_PROOFS_LAB_STATISTICS_H
#define FG_PROOFS_LAB_STATISTICS_H

#include <stddef.h>
#include <stdint.h>

struct fg_interval {
  double estimate, low, high;
};

/* Quantile of the standard normal that is exceeded with probability level / 2. */
double fg_normal_critical(double level);

/* What F with d1 and d2 degrees of freedom exceeds with probability `level`, however small. */
double fg_f_critical(double level, double d1, double d2);

/* Mean of n independent draws by Student's t; exact for normal draws, close to it for large n and finite variance. */
struct fg_interval fg_interval_mean(const double *x, size_t n, double level);

/* Ratio of sums, sum x / sum y of n independent pairs, by the delta method: for shares of time, which are ratios of
 * totals. */
struct fg_interval fg_interval_ratio(const double *x, const double *y, size_t n, double level);

/* Probability of an event seen k times in n (Clopper and Pearson 1934: never misses more often than level). */
struct fg_interval fg_interval_proportion(uint64_t k, uint64_t n, double level);

/* p-quantile of a continuous law by order statistics: distribution-free, for laws without a variance. x is sorted in
 * place. */
struct fg_interval fg_interval_quantile(double *x, size_t n, double p, double level);

/* Bootstrap interval of any statistic of n independent items: percentiles of `resamples` values at level, but the
 * tails beyond the resamples' reach come from a normal law with their spread. Items are named by number: value(self,
 * index, n) is the statistic of those in index[]. seed: of the resampling. NAN if out of memory. */
struct fg_interval fg_interval_bootstrap(double (*value)(const void *self, const size_t *index, size_t n),
                                         const void *self, size_t n, unsigned resamples, uint64_t seed, double level);

/* Least squares of y on x: slope, with Student's t interval for n - 2 degrees of freedom. */
struct fg_interval fg_interval_slope(const double *x, const double *y, size_t n, double level);

/* Kolmogorov-Smirnov distance of n draws (sorted in place) to a continuous law. */
double fg_ks_distance(double *x, size_t n, double (*cdf)(const void *self, double x), const void *self);
/* What it exceeds with probability at most level (Dvoretzky, Kiefer, Wolfowitz; Massart's constant, 1990): for any n.
 */
double fg_ks_critical(size_t n, double level);

/* One-sided sign-flip test of n paired differences: probability, were they symmetric about 0, of a sum at least as
 * large. All 2^n flips for n <= 20, otherwise 100,000 drawn from seed. */
double fg_sign_flip(const double *difference, size_t n, uint64_t seed);

#endif
