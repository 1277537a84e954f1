/* psgd: data are divided, the model is replicated; every so often all replicas are averaged (Zinkevich et al. 2010, who
 * average once: every=inf). wait=extra: who is done makes extra updates on its own data until all are.
 *
 * Averaging is an all-reduce by messages of slices, and costs what these cost. Replicas travel dense, as such systems
 * send them. With the F = 4 K (M [+ N with replica=all]) bytes of a replica, P workers together send in an averaging
 *
 *   ring: 2 (P-1) (F + 32 P) bytes in 2 (P-1) P messages, each worker 2 (P-1) of one slice
 *   tree: 2 (P-1) (F + 32) bytes in 2 (P-1) messages
 *
 * and with wait=extra the release tree 2 (P-1) messages of 32 bytes (claim S7). P = 1: nothing.
 *
 * reduce=auto takes the ring where a mean slice has at least 4 KiB. A ring takes 2 (P-1) (L + F/(P B)) on links of
 * latency L and bandwidth B, a binary tree of depth d = log2 P, a node's children sharing its link, 2 d (L + 2 F/B):
 * the ring is faster if L (P-1-d) < (F/B) (2d - (P-1)/P), for P from 4 to 256 at slices F/P of about L B / 12 (7 to 16
 * % of L B). That is 0.5 kB where a message takes 50 us at 1 Gbps, and 14 kB on a simulated star of default links,
 * whose model of TCP makes that 1.3 ms (with P = 16 and F = 840 kB an averaging takes 52 ms by the ring and 93 ms by
 * the tree). 4 KiB lies between: either kind of network loses at most a factor of 3 or so by it, and only near the
 * threshold. */
#include "core/sync/extras.h"
#include "core/sync/types.h"

#include <math.h>

enum { REPLICA_COLUMNS, REPLICA_ALL };
enum { WAIT_IDLE, WAIT_EXTRA };
enum { REDUCE_AUTO, REDUCE_RING, REDUCE_TREE };

static const double ring_from = 4096; /* [B] */

static const struct fg_param params[] = {
    {"every", NULL, FG_PARAM_REAL, "1", 0, INFINITY, NULL,
     "passes over the own data between two averagings, in steps of 1/P; inf: one at the end"},
    {"replica", NULL, FG_PARAM_CHOICE, "columns", 0, 0, "columns|all",
     "what every worker has a copy of: the column factor, or the row factor, too"},
    {"reduce", NULL, FG_PARAM_CHOICE, "auto", 0, 0, "auto|ring|tree",
     "how sums are made: slices round a ring, or whole replicas up and down a binary tree"},
    {"wait", NULL, FG_PARAM_CHOICE, "idle", 0, 0, "idle|extra",
     "what those who have finished do: nothing, or extra updates"},
    FG_EXTRA_DECAY,
    FG_EXTRA_MAX,
    FG_EXTRA_KIND,
    {"arity", NULL, FG_PARAM_COUNT, "8", 1, 1024, NULL, "children of a node of the release tree (wait=extra)"},
    {0},
};

static uint64_t period(const struct fg_sync *sync, uint32_t workers) {
  return fg_sync_visits(sync, workers);
}

static bool all(const struct fg_sync *sync) {
  return fg_sync_param(sync, "replica") == REPLICA_ALL;
}

static bool ring(const struct fg_sync *sync, double slice_bytes) {
  double reduce = fg_sync_param(sync, "reduce");
  return reduce == REDUCE_AUTO ? slice_bytes >= ring_from : reduce == REDUCE_RING;
}

static uint64_t extra_passes(const struct fg_sync *sync) {
  return fg_sync_param(sync, "wait") == WAIT_EXTRA ? fg_extra_max(sync) : 0;
}

static const struct fg_replica_policy policy = {
    .period = period,
    .all = all,
    .ring = ring,
    .extra_passes = extra_passes,
    .arity = fg_sync_arity,
};

const struct fg_sync_type fg_sync_psgd = {
    .name = "psgd",
    .summary = "learn on a replica of the model, and average all replicas every so often",
    .params = params,
    .replica = &policy,
    .extra_step = fg_extra_step,
    .refuses = fg_sync_needs_steps,
};
