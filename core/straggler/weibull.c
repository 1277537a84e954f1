/* Straggler law `weibull`: P(S > x) = exp(-x^k), scale 1; k = 1 is exponential, smaller k has a heavier tail. */
#include "core/straggler/laws.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <math.h>

static const struct fg_param params[] = {
    {"k", NULL, FG_PARAM_REAL, "1", 0.05, 1000, NULL, "shape: P(S > x) = exp(-x^k)"}, {0}};

static double draw(const struct fg_straggler *s, gsl_rng *rng) {
  return gsl_ran_weibull(rng, 1, s->par.value[0]);
}

static double mean(const struct fg_straggler *s) {
  return tgamma(1 + 1 / s->par.value[0]);
}

static double cdf(const struct fg_straggler *s, double x) {
  return x > 0 ? gsl_cdf_weibull_P(x, 1, s->par.value[0]) : 0;
}

const struct fg_straggler_type fg_straggler_weibull = {
    .name = "weibull",
    .summary = "Weibull with scale 1",
    .params = params,
    .draw = draw,
    .mean = mean,
    .cdf = cdf,
};
