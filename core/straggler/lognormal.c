/* Straggler law `lognormal`: log S is normal with mean 0, so the median of S is 1. */
#include "core/straggler/laws.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <math.h>

static const struct fg_param params[] = {
    {"sigma", NULL, FG_PARAM_REAL, "0.5", 1e-3, 10, NULL, "standard deviation of log S; the median of S is 1"}, {0}};

static double draw(const struct fg_straggler *s, gsl_rng *rng) {
  return gsl_ran_lognormal(rng, 0, s->par.value[0]);
}

static double mean(const struct fg_straggler *s) {
  return exp(s->par.value[0] * s->par.value[0] / 2);
}

static double cdf(const struct fg_straggler *s, double x) {
  return x > 0 ? gsl_cdf_lognormal_P(x, 0, s->par.value[0]) : 0;
}

const struct fg_straggler_type fg_straggler_lognormal = {
    .name = "lognormal",
    .summary = "lognormal with median 1",
    .params = params,
    .draw = draw,
    .mean = mean,
    .cdf = cdf,
};
