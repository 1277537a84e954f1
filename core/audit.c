/* The audit of a trace: rows in, a verdict on claims S1-S3 out. */
#include "core/replay.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static enum fg_err row_fault(const struct fg_visit *v, struct fg_fault *fault, const char *what) {
  return fg_fail(fault, FG_MISMATCH, NULL, 0, "trace: worker %" PRIu32 ", row %" PRIu64 ": %s", v->worker, v->seq,
                 what);
}

/* one visit per row block and column block of each stratum: seen[] has a bit for each */
static enum fg_err claim_blocks(const struct fg_visit *v, const struct fg_job *job, uint8_t *seen,
                                struct fg_fault *fault) {
  uint64_t p = job->workers, c = job->grid->col_blocks;
  if (v->worker >= p || v->row_block >= p || v->col_block >= c || v->round >= job->rounds)
    return row_fault(v, fault, "worker, block or epoch out of range");
  uint64_t row = v->round * (p + c) + v->row_block, col = v->round * (p + c) + p + v->col_block;
  if (seen[row / 8] >> row % 8 & 1)
    return row_fault(v, fault, "its row block is served twice in one stratum (S1)");
  if (seen[col / 8] >> col % 8 & 1)
    return row_fault(v, fault, "its column block is served twice in one stratum (S1)");
  seen[row / 8] |= (uint8_t)(1u << row % 8);
  seen[col / 8] |= (uint8_t)(1u << col % 8);
  return FG_OK;
}

enum fg_err fg_trace_audit(const struct fg_trace *trace, const struct fg_job *job, struct fg_fault *fault) {
  uint64_t p = job->workers, c = job->grid->col_blocks;
  if (trace->n != job->rounds * p)
    return fg_fail(fault, FG_MISMATCH, NULL, 0, "trace: %zu rows instead of %" PRIu64 " (S2)", trace->n,
                   job->rounds * p);
  enum fg_err err = FG_OK;
  uint64_t *next = calloc(p, sizeof *next), *served = calloc(c, sizeof *served);
  uint8_t *seen = calloc((job->rounds * (p + c) + 7) / 8 + 1, 1);
  if (!next || !served || !seen)
    err = fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory to audit a trace");
  for (size_t i = 0; i < trace->n && !err; i++) {
    const struct fg_visit *v = &trace->visit[i];
    err = claim_blocks(v, job, seen, fault);
    if (!err && v->seq != next[v->worker]++)
      err = row_fault(v, fault, "rows of a worker are not in its order");
    if (!err && v->round != served[v->col_block]++)
      err = row_fault(v, fault, "rows of its column block are not in the order of the hand-offs (S3)");
    if (!err && v->seq != v->round)
      err = row_fault(v, fault, "not the stratum that its number asks for (S2)");
    if (!err && p > 1 && v->col_version != v->round) /* one hand-off between two strata */
      err = row_fault(v, fault, "its column block changed hands more or less often than once a stratum (S3)");
    if (!err && v->updates != v->required_updates)
      err = row_fault(v, fault, "the required pass is not complete");
  }
  free(next);
  free(served);
  free(seen);
  return err;
}
