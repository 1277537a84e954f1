/* relay: a free worker is given the parked column block that it has visited least, unless that block is ahead of the
 * least-visited one of the whole grid by `slack` visits (method.md section 10). It works on other blocks while slow
 * workers catch up, and all blocks end with the same weight (claim C6). */
#include "core/sync/types.h"

#include <math.h>

static const struct fg_param params[] = {
    {"blocks", NULL, FG_PARAM_COUNT, "4", 1, 1024, NULL, "column blocks per worker; 1 only with slack=1"},
    {"slack", NULL, FG_PARAM_COUNT, "4", 1, INFINITY, NULL,
     "visits by which a block may be ahead of the least-visited one; 1: every block once a round"},
    {"ahead", NULL, FG_PARAM_REAL, "0.5", 0, 1, NULL,
     "share of a visit that is still to be done when the next block is asked for"},
    {0},
};

static uint32_t blocks(const struct fg_sync *sync) {
  return (uint32_t)fg_sync_param(sync, "blocks");
}

static uint64_t slack(const struct fg_sync *sync) {
  double n = fg_sync_param(sync, "slack");
  return n >= 0x1p63 ? UINT64_MAX : (uint64_t)n;
}

static double ahead(const struct fg_sync *sync) {
  return fg_sync_param(sync, "ahead");
}

static const struct fg_roving_policy policy = {
    .kind = FG_ROVING_DIRECTORY, .blocks = blocks, .slack = slack, .ahead = ahead};

const struct fg_sync_type fg_sync_relay = {
    .name = "relay",
    .summary = "take the parked column block visited least, within a slack of the least-visited one (our own)",
    .params = params,
    .roving = &policy,
    .refuses = fg_sync_needs_strata,
};
