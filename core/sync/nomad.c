/* nomad: many small column blocks wander from worker to worker; each works off its own queue (Yun et al. 2014,
 * NOMAD). A block that leaves tells how many are queued where it comes from; route=least-loaded goes by that. */
#include "core/sync/types.h"

enum { ROUTE_UNIFORM, ROUTE_LEAST };

static const struct fg_param params[] = {
    {"blocks", NULL, FG_PARAM_COUNT, "8", 1, 1024, NULL, "column blocks per worker"},
    {"route", NULL, FG_PARAM_CHOICE, "least-loaded", 0, 0, "uniform|least-loaded",
     "where a block goes next: to a random worker, or to that of two known to have the shorter queue"},
    {0},
};

static uint32_t blocks(const struct fg_sync *sync) {
  return (uint32_t)fg_sync_param(sync, "blocks");
}

/* Lemire's map of 32 bits to 0 .. n - 1; its bias is below n / 2^32 */
static uint32_t below(uint32_t draw, uint32_t n) {
  return (uint32_t)((uint64_t)draw * n >> 32);
}

static uint32_t route(const struct fg_sync *sync, const uint32_t *load, uint32_t workers, uint32_t draw) {
  if (fg_sync_param(sync, "route") == ROUTE_UNIFORM)
    return below(draw, workers);
  uint32_t a = below(draw << 16, workers), b = below(draw & 0xffff0000, workers);
  return load[b] < load[a] ? b : a;
}

static const struct fg_roving_policy policy = {.kind = FG_ROVING_QUEUE, .blocks = blocks, .route = route};

const struct fg_sync_type fg_sync_nomad = {
    .name = "nomad",
    .summary = "small column blocks wander; every worker works off its queue",
    .params = params,
    .roving = &policy,
    .refuses = fg_sync_needs_strata,
};
