/* Traffic: from a trace to the bytes it must have cost. */
#include "core/traffic.h"

#include "core/parcel.h"
#include "core/replica.h"

#include <stdlib.h>

struct traffic {
  const struct fg_job *job;
  uint64_t workers, cols; /* P, C */
  uint64_t header, stat;  /* of a parcel [B] */
  /* without strata: who has visited each block, in the order of its versions; block q's from first[q] on */
  uint32_t *visitor;
  size_t *first;
};

/* a column block's factors, and weights if the model reads them */
static uint64_t block_bytes(const struct traffic *t, uint64_t q) {
  const struct fg_model *m = t->job->model;
  return (uint64_t)t->job->grid->col[q].n * (fg_model_width(m) + (m->type->weights ? 1u : 0u)) * sizeof(float);
}

static uint64_t all_blocks(const struct traffic *t) {
  uint64_t sum = 0;
  for (uint64_t q = 0; q < t->cols; q++)
    sum += t->header + block_bytes(t, q);
  return sum;
}

/* Rows that move between epochs. */
static uint64_t rotation(const struct traffic *t) {
  const struct fg_job *job = t->job;
  uint64_t moves = job->balance == FG_CURE_ROTATE ? (job->rounds - 1) / t->cols : 0;
  return moves * (t->workers * t->header + (uint64_t)job->grid->rows * fg_model_width(job->model) * sizeof(float));
}

static uint64_t strata(const struct traffic *t) {
  uint64_t rounds = t->job->rounds;
  if (t->workers == 1)
    return 0;
  return rotation(t) + (rounds - 1) * all_blocks(t) + rounds * 2 * (t->workers - 1) * (t->header + t->stat);
}

/* the worker that had the block before a visit of it: its home's at first */
static uint32_t from(const struct traffic *t, uint64_t q, uint64_t version) {
  return version ? t->visitor[t->first[q] + version - 1] : (uint32_t)(q % t->workers);
}

static uint64_t boundaries(const struct fg_job *job) {
  return job->pause ? (job->rounds + job->pause - 1) / job->pause : 1;
}

/* a visit by `worker` of block q in its state `version` */
static uint64_t visit(const struct traffic *t, uint32_t worker, uint64_t q, uint64_t version) {
  enum fg_roving kind = t->job->sync.type->roving->kind;
  uint64_t reported = t->stat || kind == FG_ROVING_DIRECTORY ? t->header + t->stat : 0, bytes = 0;
  uint32_t holder = from(t, q, version);
  if (holder != worker)
    bytes += t->header + block_bytes(t, q) + (kind == FG_ROVING_DIRECTORY ? t->stat : 0);
  if (kind != FG_ROVING_DIRECTORY)
    return bytes + (worker ? 2 * reported : 0);
  bool first = version == 0 && q < t->workers && worker == q; /* given with the start */
  if (!first && holder != 0)
    bytes += t->header + t->stat; /* the grant */
  return bytes + (worker ? t->header + reported : 0);
}

static uint64_t roving(const struct traffic *t, const struct fg_trace *trace) {
  const struct fg_job *job = t->job;
  enum fg_roving kind = job->sync.type->roving->kind;
  uint64_t ends = boundaries(job), bytes = 0;
  for (size_t i = 0; i < trace->n; i++)
    bytes += visit(t, trace->visit[i].worker, trace->visit[i].col_block, trace->visit[i].col_version);
  if (kind != FG_ROVING_RING)
    bytes += ends * (t->workers - 1) * t->header;
  if (kind == FG_ROVING_DIRECTORY)
    bytes += (ends - 1) * (t->workers - 1) * t->header;
  if (kind == FG_ROVING_QUEUE && !t->stat)
    for (uint64_t q = 0; q < t->cols; q++)
      for (uint64_t b = 1; b <= ends; b++) { /* whoever made the last visit before a boundary reports the block */
        uint64_t round = b < ends ? b * job->pause : job->rounds;
        bytes += from(t, q, round / t->cols * t->workers) ? t->header : 0;
      }
  return bytes;
}

/* every exchange ships the replica 2 (P-1) times, in one message each (tree) or P of a slice; 2 P times to and from
 * servers that have hosts of their own */
static uint64_t replicas(const struct traffic *t) {
  const struct fg_job *job = t->job;
  const struct fg_replica_policy *policy = job->sync.type->replica;
  uint64_t lines = job->grid->cols + (policy->all(&job->sync) ? (uint64_t)job->grid->rows : 0);
  uint64_t messages = policy->server || fg_replica_ring(job) ? t->workers : 1;
  uint64_t once = lines * fg_model_width(job->model) * sizeof(float) + messages * t->header;
  if (fg_replica_waits(job))
    once += t->header;
  uint64_t times = fg_sync_hosts(&job->sync, job->workers) > job->workers ? t->workers : t->workers - 1;
  return fg_exchanges(job, job->rounds) * 2 * times * once;
}

enum fg_err fg_traffic(const struct fg_trace *trace, const struct fg_job *job, uint64_t *bytes,
                       struct fg_fault *fault) {
  struct traffic t = {.job = job,
                      .workers = job->workers,
                      .cols = job->grid->col_blocks,
                      .header = FG_PARCEL_HEADER,
                      .stat = job->model->n_stat * sizeof(double)};
  if (!job->sync.type->roving) {
    *bytes = job->sync.type->replica ? replicas(&t) : strata(&t);
    return FG_OK;
  }
  t.visitor = calloc(trace->n + 1, sizeof *t.visitor);
  t.first = calloc(t.cols + 1, sizeof *t.first);
  enum fg_err err = FG_OK;
  if (!t.visitor || !t.first)
    err = fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory to audit a trace");
  if (!err) {
    fg_trace_count(trace, job->grid->col_blocks, t.first);
    for (size_t i = 0; i < trace->n; i++)
      t.visitor[t.first[trace->visit[i].col_block] + trace->visit[i].col_version] = trace->visit[i].worker;
    *bytes = roving(&t, trace);
  }
  free(t.visitor);
  free(t.first);
  return err;
}
