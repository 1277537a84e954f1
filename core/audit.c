/* The audit of a trace: rows in, a verdict on claims S1-S3 and C6 out. */
#include "core/replay.h"

#include "core/replica.h"
#include "core/share.h"

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
                       each: */
  size_t *first;    /* of each column block's bits, C + 1 entries */
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
  const size_t *first = a->first + v->col_block;
  if (v->col_version >= first[1] - first[0])
    return row_fault(a, v, "its column block changed hands more often than it was visited (S3)");
  if (!claim(a->seen, first[0] + v->col_version))
    return row_fault(a, v, "its column block was held by another worker (S3)");
  if (v->updates != v->required_updates || v->extra_updates)
    return row_fault(a, v, "not one pass");
  a->served[v->worker * a->c + v->col_block]++;
  return FG_OK;
}

static uint64_t points_of(const struct audit *a, uint64_t p) {
  const struct fg_block_row *row = &a->job->grid->train[p];
  uint64_t n = 0;
  for (uint32_t k = 0; k < row->n; k++)
    n += row->block[k].n;
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
  if (v->required_updates != fg_share_begin(n, part + 1, a->c) - fg_share_begin(n, part, a->c) ||
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

/* every block of the grid equally often (S2), or nearly so (C6), where the strategy says so */
static enum fg_err audit_pairs(const struct audit *a) {
  const struct fg_sync *sync = &a->job->sync;
  uint64_t least = UINT64_MAX, most = 0, spread = a->job->rounds % a->c > 0;
  for (uint64_t q = 0; q < a->c && sync->type->roving->kind == FG_ROVING_QUEUE; q++)
    if ((a->first[q + 1] - a->first[q]) * a->c != a->job->rounds * a->p)
      return fg_fail(a->fault, FG_MISMATCH, NULL, 0, "trace: column block %" PRIu64 " is visited %zu times (S2)", q,
                     a->first[q + 1] - a->first[q]);
  if (sync->type->roving->kind == FG_ROVING_QUEUE)
    return FG_OK;
  if (sync->type->roving->kind == FG_ROVING_DIRECTORY)
    spread = sync->type->roving->slack(sync);
  for (uint64_t i = 0; i < a->p * a->c; i++) {
    least = a->served[i] < least ? a->served[i] : least;
    most = a->served[i] > most ? a->served[i] : most;
  }
  if (most - least <= spread)
    return FG_OK;
  return fg_fail(a->fault, FG_MISMATCH, NULL, 0,
                 "trace: a worker visits a column block %" PRIu64 " times, another one %" PRIu64
                 " times: more than %" PRIu64 " apart (S2, C6)",
                 most, least, spread);
}

enum fg_err fg_trace_audit(const struct fg_trace *trace, const struct fg_job *job, struct fg_fault *fault) {
  struct audit a = {.trace = trace, .job = job, .p = job->workers, .c = job->grid->col_blocks, .fault = fault};
  const struct fg_roving_policy *roving = job->sync.type->roving;
  if (trace->n != job->rounds * a.p)
    return fg_fail(fault, FG_MISMATCH, NULL, 0, "trace: %zu rows instead of %" PRIu64 " (S2)", trace->n,
                   job->rounds * a.p);
  uint64_t bits = roving ? trace->n : job->rounds * (a.p + a.c);
  a.next = calloc(a.p, sizeof *a.next);
  a.served = calloc(roving ? a.p * a.c : a.c, sizeof *a.served);
  a.seen = calloc(bits / 8 + 1, 1);
  a.first = calloc(a.c + 1, sizeof *a.first);
  enum fg_err err = FG_OK;
  if (!a.next || !a.served || !a.seen || !a.first)
    err = fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory to audit a trace");
  else
    fg_trace_count(trace, job->grid->col_blocks, a.first);
  for (size_t i = 0; i < trace->n && !err; i++)
    err = audit_row(&a, &trace->visit[i]);
  if (!err && roving)
    err = audit_pairs(&a);
  free(a.next);
  free(a.served);
  free(a.seen);
  free(a.first);
  return err;
}
