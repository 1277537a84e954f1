/* ring: column blocks go round the workers; who has finished one hands it to its neighbour and goes on with the next
 * one that is here, without a global wait (in the manner of DSGD++, Teflioudi et al. 2012). blocks=1 is barrier without
 * the barrier. The order of visits is fixed, so the result does not depend on timing (but for a global statistic,
 * which workers report as they go). */
#include "core/sync/types.h"

static const struct fg_param params[] = {
    {"blocks", NULL, FG_PARAM_COUNT, "2", 1, 1024, NULL, "column blocks per worker"},
    {0},
};

static uint32_t blocks(const struct fg_sync *sync) {
  return (uint32_t)fg_sync_param(sync, "blocks");
}

static const struct fg_roving_policy policy = {.kind = FG_ROVING_RING, .blocks = blocks};

const struct fg_sync_type fg_sync_ring = {
    .name = "ring",
    .summary = "hand each column block to the neighbour and go on with the next that has come",
    .params = params,
    .roving = &policy,
    .refuses = fg_sync_needs_strata,
};
