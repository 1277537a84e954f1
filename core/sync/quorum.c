/* quorum: a stratum is complete when a share q of the workers has finished; the late ones are cut at their next chunk,
 * and their shortfall is in the trace. Reports go straight to rank 0. q=1 does the work of fugue, or of barrier. */
#include "core/model/model.h"
#include "core/sync/extras.h"
#include "core/sync/types.h"

#include <math.h>

enum { WAIT_EXTRA, WAIT_IDLE };

static const struct fg_param params[] = {
    {"q", NULL, FG_PARAM_REAL, "0.75", 0, 1, NULL, "share of the workers that completes a stratum"},
    {"wait", NULL, FG_PARAM_CHOICE, "extra", 0, 0, "extra|idle",
     "what those who have finished do: extra updates, or nothing"},
    FG_EXTRA_DECAY,
    FG_EXTRA_MAX,
    FG_EXTRA_KIND,
    {0},
};

static uint64_t extra_passes(const struct fg_sync *sync) {
  return fg_sync_param(sync, "wait") == WAIT_IDLE ? 0 : fg_extra_max(sync);
}

/* ceil(q P), at least one; a q that is meant to be k/P may be a rounding above it */
static uint32_t quorum(const struct fg_sync *sync, uint32_t workers) {
  double k = ceil(fg_sync_param(sync, "q") * workers - 1e-9);
  return k < 1 ? 1 : (uint32_t)k;
}

static const struct fg_strata_policy policy = {
    .early_hand_off = false,
    .extra_passes = extra_passes,
    .direct = true,
    .quorum = quorum,
};

static const char *refuses(const struct fg_model_type *model) {
  return model->divisor ? "a late worker would miss a normalisation of its column block"
         : model->renew ? "a late worker would draw while topics are drawn"
         : model->tune  ? "a late worker's counts would be missed where alpha and beta are learned"
                        : NULL;
}

const struct fg_sync_type fg_sync_quorum = {
    .name = "quorum",
    .summary = "go on when a share of the workers has finished; the late ones are cut short",
    .params = params,
    .strata = &policy,
    .extra_step = fg_extra_step,
    .refuses = refuses,
};
