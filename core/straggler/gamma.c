/* Straggler law `gamma`: shape k and scale 1 / k, so the mean is 1 and the coefficient of variation 1 / sqrt(k). */
#include "core/straggler/laws.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>

static const struct fg_param params[] = {{"k", NULL, FG_PARAM_REAL, "1", 0.05, 1e6, NULL,
                                          "shape; the scale is 1/k, so that S has mean 1 and deviation 1/sqrt(k)"},
                                         {0}};

static double draw(const struct fg_straggler *s, gsl_rng *rng) {
  double k = s->par.value[0];
  return gsl_ran_gamma(rng, k, 1 / k);
}

static double mean(const struct fg_straggler *s) {
  (void)s;
  return 1;
}

static double cdf(const struct fg_straggler *s, double x) {
  double k = s->par.value[0];
  return x > 0 ? gsl_cdf_gamma_P(x, k, 1 / k) : 0;
}

const struct fg_straggler_type fg_straggler_gamma = {
    .name = "gamma",
    .summary = "gamma with mean 1",
    .params = params,
    .draw = draw,
    .mean = mean,
    .cdf = cdf,
};
