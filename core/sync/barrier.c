/* barrier: who has finished waits idly until the stratum is complete ("BarrieredFugue" of the paper). Its column block
 * is on its way meanwhile. */
#include "core/sync/types.h"

static const struct fg_param params[] = {
    {"arity", NULL, FG_PARAM_COUNT, "8", 1, 1024, NULL, "children of a node of the release tree"},
    {0},
};

static uint64_t extra_passes(const struct fg_sync *sync) {
  (void)sync;
  return 0;
}

static const struct fg_strata_policy policy = {
    .early_hand_off = true,
    .extra_passes = extra_passes,
    .arity = fg_sync_arity,
    .quorum = fg_sync_everybody,
};

const struct fg_sync_type fg_sync_barrier = {
    .name = "barrier",
    .summary = "wait idly until every worker has finished its block",
    .params = params,
    .strata = &policy,
};
