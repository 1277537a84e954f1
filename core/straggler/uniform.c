/* Straggler law `uniform`: S is uniform between lo and hi. */
#include "core/straggler/laws.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>

enum { LO, HI };

static const struct fg_param params[] = {
    {"lo", NULL, FG_PARAM_REAL, "1", 0, FG_FACTOR_HI, NULL, "the least S; 0: work may take no time"},
    {"hi", NULL, FG_PARAM_REAL, "2", FG_FACTOR_LO, FG_FACTOR_HI, NULL, "the greatest S"},
    {0}};

static enum fg_err setup(struct fg_straggler *s, struct fg_fault *fault) {
  if (s->par.value[LO] >= s->par.value[HI])
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "straggler uniform: lo=%s must be less than hi=%s", s->par.text[LO],
                   s->par.text[HI]);
  return FG_OK;
}

static double draw(const struct fg_straggler *s, gsl_rng *rng) {
  return gsl_ran_flat(rng, s->par.value[LO], s->par.value[HI]);
}

static double mean(const struct fg_straggler *s) {
  return (s->par.value[LO] + s->par.value[HI]) / 2;
}

static double cdf(const struct fg_straggler *s, double x) {
  return gsl_cdf_flat_P(x, s->par.value[LO], s->par.value[HI]);
}

const struct fg_straggler_type fg_straggler_uniform = {
    .name = "uniform",
    .summary = "uniform between two bounds",
    .params = params,
    .draw = draw,
    .mean = mean,
    .cdf = cdf,
    .setup = setup,
};
