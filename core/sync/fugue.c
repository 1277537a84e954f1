/* fugue: who has finished makes extra updates on its block until the stratum is complete (Kumar et al. 2014; method.md
 * section 4). max=0 does the work of barrier, with the block handed off at the release. */
#include "core/sync/types.h"

#include <math.h>

enum { P_DECAY, P_MAX, P_EXTRA, P_ARITY };
enum { EXTRA_GEOMETRIC, EXTRA_SAME, EXTRA_HARMONIC };

static const struct fg_param params[] = {
    [P_DECAY] = {"decay", NULL, FG_PARAM_REAL, "0.05", 0, 1, NULL,
                 "factor of the step from one extra pass to the next (default: 0.01 for lda, 0.05 otherwise)"},
    [P_MAX] = {"max", NULL, FG_PARAM_COUNT, "inf", 0, INFINITY, NULL, "most extra passes of a wait"},
    [P_EXTRA] = {"extra", NULL, FG_PARAM_CHOICE, "geometric", 0, 0, "geometric|same|harmonic",
                 "step of extra pass x: eta decay^(x+1), eta, or eta / (x+2)"},
    [P_ARITY] = {"arity", NULL, FG_PARAM_COUNT, "8", 1, 1024, NULL, "children of a node of the release tree"},
    {0},
};

static uint64_t extra_passes(const struct fg_sync *sync) {
  double max = sync->par.value[P_MAX];
  return max >= 0x1p63 ? UINT64_MAX : (uint64_t)max;
}

static double extra_step(const struct fg_sync *sync, uint64_t x) {
  switch ((int)sync->par.value[P_EXTRA]) {
  case EXTRA_SAME:
    return 1;
  case EXTRA_HARMONIC:
    return 1 / ((double)x + 2);
  default: {
    /* repeated squaring, not pow(): the same bits with every libm */
    double step = 1, power = sync->par.value[P_DECAY];
    for (uint64_t n = x + 1; n > 0; n >>= 1, power *= power)
      if (n & 1)
        step *= power;
    return step;
  }
  }
}

static uint32_t arity(const struct fg_sync *sync) {
  return (uint32_t)sync->par.value[P_ARITY];
}

const struct fg_sync_type fg_sync_fugue = {
    .name = "fugue",
    .summary = "make extra updates on the own block until every worker has finished (the paper's scheme)",
    .params = params,
    .early_hand_off = false,
    .extra_passes = extra_passes,
    .extra_step = extra_step,
    .arity = arity,
};
