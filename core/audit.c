/* The audit of a trace: rows in, a verdict on claims S1-S3 and C6 out. */
#include "core/replay.h"

#include "core/replica.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct audit {
  const struct fg_trace *trace;
  const struct fg_job *job;
  uint64_t p, c;
  struct fg_fault *fault;
  uint64_t *next;   /* rows of each worker so far */
  uint64_t *served; /* strata: of each column block so far. Otherwise: P x C visits of each pair */
  uint8_t *seen;    /* strata: row blocks and column blocks of each round; otherwise visits of each column block, a bit
                       each */
  uint64_t per_col; /* visits of a column block, without strata */
};

static enum fg_err row_fault(const struct audit *a, const struct fg_visit *v, const char *what) {
  return fg_fail(a->fault, FG_MISMATCH, NULL, 0, "trace: worker %" PRIu32 ", row %" PRIu64 ": %s", v->worker, v->seq,
                 what);
}

static bool claim(uint8_t *seen, uint64_t at) {
  bool first = !(seen[at / 8] >> at % 8 & 1);
  seen[at / 8] |= (uint8_t)(1u << at % 8);
  return first;
}

/* one visit per row block and column block of each stratum */
static enum fg_err audit_stratum(struct audit *a, const struct fg_visit *v) {
  const struct fg_strata_policy *policy = a->job->sync.type->strata;
  uint64_t base = v->round * (a->p + a->c);
  bool cut = policy->quorum(&a->job->sync, a->job->workers) < a->p;
  if (v->round >= a->job->rounds)
    return row_fault(a, v, "worker, block or epoch out of range");
  if (!claim(a->seen, base + v->row_block))
    return row_fault(a, v, "its row block is served twice in one stratum (S1)");
  if (!claim(a->seen, base + a->p + v->col_block))
    return row_fault(a, v, "its column block is served twice in one stratum (S1)");
  if (v->round != a->served[v->col_block]++)
    return row_fault(a, v, "rows of its column block are not in the order of the hand-offs (S3)");
  if (v->seq != v->round)
    return row_fault(a, v, "not the stratum that its number asks for (S2)");
  if (a->p > 1 && v->col_version != v->round) /* one hand-off between two strata */
    return row_fault(a, v, "its column block changed hands more or less often than once a stratum (S3)");
  if (cut ? v->updates > v->required_updates : v->updates != v->required_updates)
    return row_fault(a, v, "the required pass is not complete");
  return FG_OK;
}

/* the visits of a column block are numbered without a gap, by whoever makes them */
static enum fg_err audit_roving(struct audit *a, const struct fg_visit *v) {
  if (v->row_block != v->worker)
    return row_fault(a, v, "its row block is another worker's (S1)");
  if (v->col_version >= a->per_col)
    return row_fault(a, v, "its column block was visited often enough already (S2)");
  if (!claim(a->seen, v->col_block * a->per_col + v->col_version))
    return row_fault(a, v, "its column block was held by another worker (S3)");
  if (v->updates != v->required_updates || v->extra_updates)
    return row_fault(a, v, "not one pass");
  a->served[v->worker * a->c + v->col_block]++;
  return FG_OK;
}

static uint64_t points_of(const struct audit *a, uint64_t p) {
  uint64_t n = 0;
  for (uint32_t q = 0; q < a->c; q++)
    n += fg_grid_train(a->job->grid, (uint32_t)p, q)->n;
  return n;
}

/* each worker goes over its own points in parts of a pass, and knows of the exchanges so far */
static enum fg_err audit_replica(struct audit *a, const struct fg_visit *v) {
  uint64_t n = points_of(a, v->worker), part = v->seq % a->c;
  if (v->row_block != v->worker)
    return row_fault(a, v, "its row block is another worker's (S1)");
  if (v->seq >= a->job->rounds || v->col_block != part)
    return row_fault(a, v, "not the part of the pass that its number asks for (S2)");
  if (v->col_version != fg_exchanges(a->job, v->seq))
    return row_fault(a, v, "its replica was exchanged more or less often than the strategy says (S3)");
  if (v->required_updates != fg_replica_from(n, part + 1, a->c) - fg_replica_from(n, part, a->c) ||
      v->updates != v->required_updates)
    return row_fault(a, v, "not its part of the pass");
  if (v->extra_updates && !(fg_replica_waits(a->job) && fg_exchange_due(a->job, v->seq + 1)))
    return row_fault(a, v, "extra updates without a wait");
  return FG_OK;
}

static enum fg_err audit_row(struct audit *a, const struct fg_visit *v) {
  if (v->worker >= a->p || v->row_block >= a->p || v->col_block >= a->c)
    return row_fault(a, v, "worker, block or epoch out of range");
  if (v->seq != a->next[v->worker]++ || v->round != v->seq)
    return row_fault(a, v, "rows of a worker are not in its order");
  if (a->job->sync.type->replica)
    return audit_replica(a, v);
  return a->job->sync.type->roving ? audit_roving(a, v) : audit_stratum(a, v);
}

/* every block of the grid equally often, where the strategy says so (S2, C6) */
static enum fg_err audit_pairs(const struct audit *a) {
  uint64_t epochs = a->job->rounds / a->c, more = a->job->rounds % a->c > 0;
  if (a->job->sync.type->roving->kind == FG_ROVING_QUEUE)
    return FG_OK;
  for (uint64_t i = 0; i < a->p * a->c; i++)
    if (a->served[i] < epochs || a->served[i] > epochs + more)
      return fg_fail(a->fault, FG_MISMATCH, NULL, 0,
                     "trace: worker %" PRIu64 " visits column block %" PRIu64 " %" PRIu64 " times in %" PRIu64
                     " epochs (S2)",
                     i / a->c, i % a->c, a->served[i], epochs);
  return FG_OK;
}

enum fg_err fg_trace_audit(const struct fg_trace *trace, const struct fg_job *job, struct fg_fault *fault) {
  struct audit a = {.trace = trace, .job = job, .p = job->workers, .c = job->grid->col_blocks, .fault = fault};
  const struct fg_roving_policy *roving = job->sync.type->roving;
  if (trace->n != job->rounds * a.p)
    return fg_fail(fault, FG_MISMATCH, NULL, 0, "trace: %zu rows instead of %" PRIu64 " (S2)", trace->n,
                   job->rounds * a.p);
  a.per_col = (job->rounds * a.p + a.c - 1) / a.c;
  uint64_t bits = roving ? a.c * a.per_col : job->rounds * (a.p + a.c);
  a.next = calloc(a.p, sizeof *a.next);
  a.served = calloc(roving ? a.p * a.c : a.c, sizeof *a.served);
  a.seen = calloc(bits / 8 + 1, 1);
  enum fg_err err = FG_OK;
  if (!a.next || !a.served || !a.seen)
    err = fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory to audit a trace");
  for (size_t i = 0; i < trace->n && !err; i++)
    err = audit_row(&a, &trace->visit[i]);
  if (!err && roving)
    err = audit_pairs(&a);
  free(a.next);
  free(a.served);
  free(a.seen);
  return err;
}
