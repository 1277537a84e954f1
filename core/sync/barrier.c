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

static uint32_t arity(const struct fg_sync *sync) {
  return (uint32_t)fg_sync_param(sync, "arity");
}

static uint32_t all(const struct fg_sync *sync, uint32_t workers) {
  (void)sync;
  return workers;
}

static const struct fg_strata_policy policy = {
    .early_hand_off = true,
    .extra_passes = extra_passes,
    .arity = arity,
    .quorum = all,
};

const struct fg_sync_type fg_sync_barrier = {
    .name = "barrier",
    .summary = "wait idly until every worker has finished its block",
    .params = params,
    .strata = &policy,
};
