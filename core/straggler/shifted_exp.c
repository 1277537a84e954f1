/* Straggler law `shifted-exp`: S = shift + an exponential variable. Its own key `mean` is that of the exponential part;
 * choose shift + mean = 1 for a law of mean 1. */
#include "core/straggler/laws.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>

enum { SHIFT, MEAN };

static const struct fg_param params[] = {{"shift", NULL, FG_PARAM_REAL, "1", 0, FG_FACTOR_HI, NULL, "the least S"},
                                         {"mean", NULL, FG_PARAM_REAL, "1", FG_FACTOR_LO, FG_FACTOR_HI, NULL,
                                          "mean of the exponential part; S has mean shift + mean"},
                                         {0}};

static double draw(const struct fg_straggler *s, gsl_rng *rng) {
  return s->par.value[SHIFT] + gsl_ran_exponential(rng, s->par.value[MEAN]);
}

static double mean(const struct fg_straggler *s) {
  return s->par.value[SHIFT] + s->par.value[MEAN];
}

static double cdf(const struct fg_straggler *s, double x) {
  return gsl_cdf_exponential_P(x - s->par.value[SHIFT], s->par.value[MEAN]);
}

const struct fg_straggler_type fg_straggler_shifted_exp = {
    .name = "shifted-exp",
    .summary = "a constant plus an exponential variable",
    .params = params,
    .draw = draw,
    .mean = mean,
    .cdf = cdf,
};
