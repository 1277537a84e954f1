/* From an experiment's numbers to intervals. */
#include "proofs/lab/statistics.h"

#include "core/rng.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

double fg_normal_critical(double level) {
  return gsl_cdf_ugaussian_Qinv(level / 2);
}

/* GSL's own inverses of F and beta fail in far tails or for many degrees of freedom. Where `tail`, which
 * falls with x, comes to `level` between lo and hi. */
static double invert(double (*tail)(double x, double a, double b), double a, double b, double level, double lo,
                     double hi) {
  for (int i = 0; i < 200; i++) {
    double middle = (lo + hi) / 2;
    if (tail(middle, a, b) > level)
      lo = middle;
    else
      hi = middle;
  }
  return (lo + hi) / 2;
}

static double log_f_tail(double x, double d1, double d2) {
  return gsl_cdf_fdist_Q(exp(x), d1, d2);
}

double fg_f_critical(double level, double d1, double d2) {
  return exp(invert(log_f_tail, d1, d2, level, -700, 700));
}

static double mean_of(const double *x, size_t n) {
  double sum = 0;
  for (size_t i = 0; i < n; i++)
    sum += x[i];
  return sum / (double)n;
}

/* unbiased */
static double variance_of(const double *x, size_t n, double mean) {
  double sum = 0;
  for (size_t i = 0; i < n; i++)
    sum += (x[i] - mean) * (x[i] - mean);
  return sum / (double)(n - 1);
}

static struct fg_interval around(double estimate, double half) {
  return (struct fg_interval){estimate, estimate - half, estimate + half};
}

struct fg_interval fg_interval_mean(const double *x, size_t n, double level) {
  double mean = mean_of(x, n);
  if (n < 2)
    return (struct fg_interval){mean, -INFINITY, INFINITY};
  double t = gsl_cdf_tdist_Qinv(level / 2, (double)(n - 1));
  return around(mean, t * sqrt(variance_of(x, n, mean) / (double)n));
}

struct fg_interval fg_interval_ratio(const double *x, const double *y, size_t n, double level) {
  double mx = mean_of(x, n), my = mean_of(y, n), ratio = mx / my, sum = 0;
  if (n < 2)
    return (struct fg_interval){ratio, -INFINITY, INFINITY};
  for (size_t i = 0; i < n; i++)
    sum += (x[i] - ratio * y[i]) * (x[i] - ratio * y[i]);
  double t = gsl_cdf_tdist_Qinv(level / 2, (double)(n - 1));
  return around(ratio, t * sqrt(sum / (double)(n - 1) / (double)n) / fabs(my));
}

static double minus_beta_head(double x, double a, double b) {
  return -gsl_cdf_beta_P(x, a, b);
}

struct fg_interval fg_interval_proportion(uint64_t k, uint64_t n, double level) {
  double a = (double)k, b = (double)(n - k);
  return (struct fg_interval){n ? a / (double)n : NAN, k == 0 ? 0 : invert(minus_beta_head, a, b + 1, -level / 2, 0, 1),
                              k == n ? 1 : invert(gsl_cdf_beta_Q, a + 1, b, level / 2, 0, 1)};
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Ranks l < r such that the quantile lies below x_(l) or above x_(r) with probability at most level / 2 each. */
struct fg_interval fg_interval_quantile(double *x, size_t n, double p, double level) {
  if (n == 0)
    return (struct fg_interval){NAN, -INFINITY, INFINITY};
  qsort(x, n, sizeof *x, ascending);
  size_t low = 0, high = n; /* x_(1) .. x_(n) are x[0] .. x[n - 1]; 0 and n: beyond them */
  while (low < n && gsl_cdf_binomial_P((unsigned)low, p, (unsigned)n) <= level / 2)
    low++;
  while (high > 0 && gsl_cdf_binomial_Q((unsigned)high - 1, p, (unsigned)n) <= level / 2)
    high--;
  size_t at = (size_t)floor(p * (double)n);
  return (struct fg_interval){x[at < n ? at : n - 1], low > 0 ? x[low - 1] : -INFINITY, high < n ? x[high] : INFINITY};
}

struct fg_interval fg_interval_bootstrap(double (*value)(const void *self, const size_t *index, size_t n),
                                         const void *self, size_t n, unsigned resamples, uint64_t seed, double level) {
  size_t *index = malloc((n + 1) * sizeof *index);
  double *drawn = malloc((resamples + 1) * sizeof *drawn);
  struct fg_interval result = {NAN, NAN, NAN};
  if (index && drawn && n > 1 && resamples > 1) {
    struct fg_rng rng;
    for (size_t i = 0; i < n; i++)
      index[i] = i;
    result.estimate = value(self, index, n);
    for (unsigned r = 0; r < resamples; r++) {
      fg_rng_start(&rng, seed, FG_STREAM_GENERATE, r, 0);
      for (size_t i = 0; i < n; i++)
        index[i] = fg_rng_below(&rng, (uint32_t)n);
      drawn[r] = value(self, index, n);
    }
    double mean = mean_of(drawn, resamples);
    double half = fg_normal_critical(level) * sqrt(variance_of(drawn, resamples, mean));
    qsort(drawn, resamples, sizeof *drawn, ascending);
    double at = level / 2 * resamples;
    bool within = at >= 5;
    result.low = within ? drawn[(size_t)at] : result.estimate - half;
    result.high = within ? drawn[resamples - 1 - (size_t)at] : result.estimate + half;
  }
  free(index);
  free(drawn);
  return result;
}

struct fg_interval fg_interval_slope(const double *x, const double *y, size_t n, double level) {
  double mx = mean_of(x, n), my = mean_of(y, n), sxx = 0, sxy = 0, rest = 0;
  for (size_t i = 0; i < n; i++) {
    sxx += (x[i] - mx) * (x[i] - mx);
    sxy += (x[i] - mx) * (y[i] - my);
  }
  double slope = sxy / sxx;
  if (n < 3)
    return (struct fg_interval){slope, -INFINITY, INFINITY};
  for (size_t i = 0; i < n; i++) {
    double e = y[i] - my - slope * (x[i] - mx);
    rest += e * e;
  }
  return around(slope, gsl_cdf_tdist_Qinv(level / 2, (double)(n - 2)) * sqrt(rest / (double)(n - 2) / sxx));
}

double fg_ks_distance(double *x, size_t n, double (*cdf)(const void *self, double x), const void *self) {
  double most = 0;
  qsort(x, n, sizeof *x, ascending);
  for (size_t i = 0; i < n; i++) {
    double f = cdf(self, x[i]);
    most = fmax(most, fmax((double)(i + 1) / (double)n - f, f - (double)i / (double)n));
  }
  return most;
}

double fg_ks_critical(size_t n, double level) {
  return sqrt(log(2 / level) / (2 * (double)n));
}

double fg_sign_flip(const double *difference, size_t n, uint64_t seed) {
  double sum = 0;
  for (size_t i = 0; i < n; i++)
    sum += difference[i];
  double least = sum - 1e-12 * fabs(sum);
  bool all = n <= 20;
  uint64_t flips = all ? (uint64_t)1 << n : 100000, reached = 0;
  for (uint64_t f = 0; f < flips; f++) {
    struct fg_rng rng;
    double other = 0;
    uint32_t bits = (uint32_t)f;
    fg_rng_start(&rng, seed, FG_STREAM_GENERATE, f, 1);
    for (size_t i = 0; i < n; i++) {
      if (!all && i % 32 == 0)
        bits = fg_rng_u32(&rng);
      other += bits >> i % 32 & 1 ? difference[i] : -difference[i];
    }
    reached += other >= least;
  }
  return all ? (double)reached / (double)flips : (double)(reached + 1) / (double)(flips + 1);
}
