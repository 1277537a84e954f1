/* Straggler law `pareto`: P(S > x) = x^-alpha for x >= 1. The heavy tail; no variance for alpha <= 2, no mean for
 * alpha <= 1. */
#include "core/straggler/laws.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <math.h>

/* alpha >= 0.1 keeps the largest possible draw, 2^(53 / alpha), finite */
static const struct fg_param params[] = {
    {"alpha", NULL, FG_PARAM_REAL, "1.5", 0.1, 1e6, NULL, "tail exponent: P(S > x) = x^-alpha for x >= 1"}, {0}};

static double draw(const struct fg_straggler *s, gsl_rng *rng) {
  return gsl_ran_pareto(rng, s->par.value[0], 1);
}

static double mean(const struct fg_straggler *s) {
  double alpha = s->par.value[0];
  return alpha > 1 ? alpha / (alpha - 1) : INFINITY;
}

static double cdf(const struct fg_straggler *s, double x) {
  return gsl_cdf_pareto_P(x, s->par.value[0], 1);
}

const struct fg_straggler_type fg_straggler_pareto = {
    .name = "pareto",
    .summary = "a heavy tail, at least 1; no variance for alpha <= 2: report medians",
    .params = params,
    .draw = draw,
    .mean = mean,
    .cdf = cdf,
};
