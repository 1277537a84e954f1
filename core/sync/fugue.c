/* fugue: who has finished makes extra updates on its block until the stratum is complete (Kumar et al. 2014; method.md
 * section 4). max=0 does the work of barrier, with the block handed off at the release. */
#include "core/sync/extras.h"
#include "core/sync/types.h"

#include <math.h>

static const struct fg_param params[] = {
    FG_EXTRA_DECAY,
    FG_EXTRA_MAX,
    FG_EXTRA_KIND,
    {"arity", NULL, FG_PARAM_COUNT, "8", 1, 1024, NULL, "children of a node of the release tree"},
    {0},
};

static const struct fg_strata_policy policy = {
    .early_hand_off = false,
    .extra_passes = fg_extra_max,
    .arity = fg_sync_arity,
    .quorum = fg_sync_everybody,
};

const struct fg_sync_type fg_sync_fugue = {
    .name = "fugue",
    .summary = "make extra updates on the own block until every worker has finished (the paper's scheme)",
    .params = params,
    .strata = &policy,
    .extra_step = fg_extra_step,
};
