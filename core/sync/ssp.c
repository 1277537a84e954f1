/* ssp: data are divided, the model lies in shards with servers; a worker learns on a replica, sends its changes at the
 * end of each of its clocks, and goes on with fresh values as soon as nobody is more than `slack` clocks behind (Ho et
 * al. 2013, claim S6). Shard q of P is kept by the steward of rank q, or with servers=S > 0 by that of host P + q mod
 * S, which has no worker; workers wait for the answers of all shards. slack=0 is bulk-synchronous: servers then add the
 * changes of a clock in the order of ranks, and the result does not depend on timing; otherwise they add in the order
 * of arrival.
 *
 * Changes of one clock of several workers are added up, not averaged: each worker must change little between two
 * exchanges, or the sum overshoots. Where a model constrains its factors, servers project on the constraints
 * (fg_model_type.project).
 *
 * Changes and answers are dense. With the F = 4 K (M [+ N with replica=all]) bytes of a replica, P workers send in a
 * clock 2 (P-1) (F + 32 P) bytes in 2 P (P-1) messages, half of it changes, half answers; those between a worker and
 * the shard of its own host cost nothing (claim S7). With servers=S > 0 no shard is on a worker's own host, and a
 * message is still of one shard: 2 P (F + 32 P) bytes in 2 P P messages, whatever S. */
#include "core/model/model.h"
#include "core/sync/types.h"

#include <math.h>

enum { REPLICA_COLUMNS, REPLICA_ALL };

static const struct fg_param params[] = {
    {"slack", NULL, FG_PARAM_COUNT, "3", 0, INFINITY, NULL,
     "clocks by which a worker may be ahead of the slowest; 0: bulk-synchronous, inf: asynchronous"},
    {"every", NULL, FG_PARAM_REAL, "0", 0, INFINITY, NULL,
     "passes over the own data in a clock, in steps of 1/P and at least 1/P"},
    {"replica", NULL, FG_PARAM_CHOICE, "columns", 0, 0, "columns|all",
     "what is served and every worker has a copy of: the column factor, or the row factor, too"},
    {"servers", NULL, FG_PARAM_COUNT, "0", 0, 100000, NULL,
     "hosts of their own for the servers, at most one per worker (simulated runs); 0: servers live with the workers"},
    {0},
};

static uint64_t period(const struct fg_sync *sync, uint32_t workers) {
  return fg_sync_visits(sync, workers);
}

static bool all(const struct fg_sync *sync) {
  return fg_sync_param(sync, "replica") == REPLICA_ALL;
}

static uint64_t slack(const struct fg_sync *sync) {
  double n = fg_sync_param(sync, "slack");
  return n >= 0x1p63 ? UINT64_MAX : (uint64_t)n;
}

static uint32_t servers(const struct fg_sync *sync) {
  return (uint32_t)fg_sync_param(sync, "servers");
}

static const struct fg_replica_policy policy = {
    .server = true, .period = period, .all = all, .slack = slack, .servers = servers};

static const char *refuses(const struct fg_model_type *model) {
  return model->divisor ? "its column factors are normalised over all columns at once, and no server has them all"
                        : fg_sync_needs_steps(model);
}

const struct fg_sync_type fg_sync_ssp = {
    .name = "ssp",
    .summary = "learn on a replica, send changes to servers, run ahead of the slowest by a slack (stale synchronous)",
    .params = params,
    .replica = &policy,
    .refuses = refuses,
};
