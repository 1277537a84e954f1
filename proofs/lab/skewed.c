/* Intervals without skewness. */
#include "proofs/lab/skewed.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

/* T at which the transformed T is z */
static double back(double z, double a) {
  if (fabs(a) < 1e-9)
    return z;
  return (cbrt(1 + 3 * a * (z - a / 2)) - 1) / a;
}

struct fg_interval fg_interval_mean_skewed(const double *x, size_t n, double level) {
  double sum = 0, second = 0, third = 0, size = (double)n;
  for (size_t i = 0; i < n; i++)
    sum += x[i];
  double mean = sum / size;
  if (n < 3)
    return (struct fg_interval){mean, -INFINITY, INFINITY};
  for (size_t i = 0; i < n; i++) {
    double e = x[i] - mean;
    second += e * e;
    third += e * e * e;
  }
  double deviation = sqrt(second / size);
  double skewness = second > 0 ? third / size / (deviation * deviation * deviation) : 0;
  double a = skewness / (3 * sqrt(size)), error = sqrt(second / (size - 1) / size);
  double z = gsl_cdf_tdist_Qinv(level / 2, size - 1); /* Student's for normal draws; a little wide otherwise */
  return (struct fg_interval){mean, mean - error * back(z, a), mean - error * back(-z, a)};
}

struct fg_interval fg_interval_covariance_skewed(const double *x, const double *y, size_t n, double *work,
                                                 double level) {
  double mx = 0, my = 0, size = (double)n;
  for (size_t i = 0; i < n; i++) {
    mx += x[i] / size;
    my += y[i] / size;
  }
  for (size_t i = 0; i < n; i++)
    work[i] = (x[i] - mx) * (y[i] - my) * size / (size - 1);
  return fg_interval_mean_skewed(work, n, level);
}
