/* Straggler law `onoff`: each host alternates between slow spells (mean length `on`) and normal ones (mean length
 * `off`), both exponential: a two-state Markov process. It starts in its stationary law: slow with probability
 * on / (on + off); what is left of the spell under way is exponential again, so every spell is drawn alike. */
#include "core/straggler/laws.h"

#include <gsl/gsl_randist.h>

#include "core/rng.h"

enum { ON, OFF, FACTOR };

static const struct fg_param params[] = {
    {"on", NULL, FG_PARAM_QUANTITY, "60s", 1e-6, 1e9, "s", "mean length of a slow spell"},
    {"off", NULL, FG_PARAM_QUANTITY, "540s", 1e-6, 1e9, "s", "mean length of a normal spell"},
    {"factor", NULL, FG_PARAM_REAL, "2", FG_FACTOR_LO, FG_FACTOR_HI, NULL,
     "how much longer work takes in a slow spell"},
    {0}};

static void segment(const struct fg_straggler *s, uint32_t worker, uint64_t k, double *length, double *factor) {
  double on = s->par.value[ON], off = s->par.value[OFF];
  struct fg_rng state;
  gsl_rng rng = {fg_rng_gsl(), &state};
  /* index 0 decides the first state, index k + 1 the length of spell k */
  fg_rng_gsl_start(&rng, s->seed, FG_STREAM_STRAGGLER, 0, worker);
  bool slow = (fg_rng_uniform(&state) < on / (on + off)) == (k % 2 == 0);
  fg_rng_gsl_start(&rng, s->seed, FG_STREAM_STRAGGLER, k + 1, worker);
  *length = gsl_ran_exponential(&rng, slow ? on : off);
  *factor = slow ? s->par.value[FACTOR] : 1;
}

const struct fg_straggler_type fg_straggler_onoff = {
    .name = "onoff",
    .summary = "each host alternates between slow and normal spells of exponential length",
    .params = params,
    .segment = segment,
};
