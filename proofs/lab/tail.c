/* Tails to means and quantiles. */
#include "proofs/lab/tail.h"

#include <gsl/gsl_integration.h>
#include <math.h>

struct tail {
  double (*above)(const void *self, double x);
  const void *self;
  double scale;
};

static double plain(double x, void *self) {
  const struct tail *t = self;
  return t->above(t->self, x);
}

static double in_log(double y, void *self) {
  const struct tail *t = self;
  double x = t->scale * exp(y);
  return x * t->above(t->self, x);
}

/* Tails are differences from 1 and have no digits left where they are tiny: integration ends at DEEP, and what is
 * beyond is that of the power law through the tail there and a decade above (Karamata: exact for a power law, and of no
 * weight for lighter tails). */
#define DEEP 1e-7
double fg_tail_mean(double (*above)(const void *self, double x), const void *self, double scale) {
  struct tail t = {above, self, scale};
  gsl_integration_workspace *space = gsl_integration_workspace_alloc(4000);
  if (!space)
    return NAN;
  gsl_function near = {plain, &t}, far = {in_log, &t};
  double sum = 0, part, error, end = fmax(fg_tail_quantile(above, self, DEEP), scale);
  gsl_integration_qag(&near, 0, scale, 0, 1e-10, 4000, GSL_INTEG_GAUSS21, space, &sum, &error);
  for (double y = 0, last = log(end / scale); y < last; y += 4) {
    gsl_integration_qag(&far, y, fmin(y + 4, last), 1e-12 * sum, 1e-10, 4000, GSL_INTEG_GAUSS21, space, &part, &error);
    sum += part;
  }
  gsl_integration_workspace_free(space);
  double before = fg_tail_quantile(above, self, 10 * DEEP), left = above(self, end), drop = above(self, before) / left;
  double exponent = left > 0 && end > before ? log(drop) / log(end / before) : INFINITY;
  if (exponent <= 1)
    return INFINITY;
  return isfinite(exponent) ? sum + end * left / (exponent - 1) : sum;
}

double fg_tail_quantile(double (*above)(const void *self, double x), const void *self, double p) {
  double low = 0, high = 1;
  while (above(self, high) > p && high < 1e300)
    low = high, high *= 2;
  for (int i = 0; i < 200 && low < high; i++) {
    double middle = low + (high - low) / 2;
    if (middle == low || middle == high)
      break;
    if (above(self, middle) > p)
      low = middle;
    else
      high = middle;
  }
  return high;
}
