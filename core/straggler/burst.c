/* Straggler law `burst`: each draw is slow with probability p, otherwise nominal. */
#include "core/straggler/laws.h"

#include <math.h>

enum { P, FACTOR };

static const struct fg_param params[] = {
    {"p", NULL, FG_PARAM_REAL, "0.2", 0, 1, NULL, "probability that a draw is slow"},
    {"factor", NULL, FG_PARAM_REAL, "5", FG_FACTOR_LO, FG_FACTOR_HI, NULL, "S of a slow draw; otherwise S = 1"},
    {0}};

static double draw(const struct fg_straggler *s, gsl_rng *rng) {
  return gsl_rng_uniform(rng) < s->par.value[P] ? s->par.value[FACTOR] : 1;
}

static double mean(const struct fg_straggler *s) {
  return 1 + s->par.value[P] * (s->par.value[FACTOR] - 1);
}

static double cdf(const struct fg_straggler *s, double x) {
  double p = s->par.value[P], factor = s->par.value[FACTOR];
  return (x >= 1 ? 1 - p : 0) + (x >= factor ? p : 0);
}

const struct fg_straggler_type fg_straggler_burst = {
    .name = "burst",
    .summary = "each draw is slow with some probability",
    .params = params,
    .draw = draw,
    .mean = mean,
    .cdf = cdf,
};
