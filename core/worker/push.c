/* Parameter servers, the worker's end (ssp): the change of the replica goes out slice by slice, fresh values come back.
 * The server of a slice answers when the slack allows the next clock (core/steward/server.c). */
#include "core/worker/replica.h"

#include <stdlib.h>
#include <string.h>

static uint32_t workers(const struct fg_replica_worker *r) {
  return r->w.job->workers;
}

static uint32_t server(const struct fg_replica_worker *r, uint32_t q) {
  return fg_sync_server(&r->w.job->sync, workers(r), q);
}

static enum fg_err start(struct fg_replica_worker *r) {
  r->answered = calloc(workers(r), sizeof *r->answered);
  enum fg_err err = r->answered ? fg_replica_new(r->w.job, r->w.factors, &r->base) : FG_ENOMEM;
  if (!err && !r->w.job->timing_only)
    memcpy(r->base.factor, r->replica.factor, fg_replica_lines(&r->replica) * r->replica.stride * sizeof(float));
  return err;
}

static void end(struct fg_replica_worker *r) {
  fg_replica_free(&r->base);
  free(r->answered);
}

/* replica - base of slice q. Nothing is computed with it until the answer overwrites both: base may take the
 * difference. */
static struct fg_parcel *change(struct fg_replica_worker *r, uint32_t q) {
  struct fg_slice now = fg_replica_slice(&r->replica, q), then = fg_replica_slice(&r->base, q);
  bool joins = fg_exchange_joins(r->w.job, r->w.round + 1);
  for (int i = 0; i < 2 && !r->w.job->timing_only; i++)
    for (size_t k = 0; k < now.rows[i] * r->replica.stride; k++)
      then.piece[i][k] = now.piece[i][k] - then.piece[i][k];
  struct fg_parcel *p =
      fg_worker_parcel(&r->w, FG_PARCEL_SLICE, (struct fg_address){server(r, q), FG_STEWARD}, r->exchanges, false);
  if (!p || fg_slice_pack(&then, r->w.job, p)) {
    fg_parcel_free(p);
    return NULL;
  }
  p->item = q;
  p->count = joins;
  p->rows = r->replica.all;
  return p;
}

/* Each worker begins with another shard: not all of them ask the same one first. */
static bool next(struct fg_replica_worker *r, struct fg_act *act) {
  if (r->step < workers(r)) {
    r->step++;
    fg_act_send(&r->w, act, change(r, (r->w.rank + r->step) % workers(r)));
    return true;
  }
  if (r->answers < workers(r)) {
    act->kind = FG_AWAIT;
    return true;
  }
  r->step = r->answers = 0;
  memset(r->answered, 0, workers(r) * sizeof *r->answered);
  return false;
}

static enum fg_err take(struct fg_replica_worker *r, struct fg_parcel *p) {
  uint32_t q = p->item;
  if (q >= workers(r) || p->from.role != FG_STEWARD || p->from.rank != server(r, q) || p->round != r->exchanges ||
      r->step < workers(r) || r->answered[q])
    return FG_EPROTOCOL;
  r->answered[q] = true;
  r->answers++;
  if (fg_replica_is_idle(r))
    return FG_OK;
  struct fg_slice now = fg_replica_slice(&r->replica, q), then = fg_replica_slice(&r->base, q);
  fg_slice_set(&now, r->w.job->model, p->floats);
  fg_slice_set(&then, r->w.job->model, p->floats);
  return FG_OK;
}

const struct fg_exchange_ops fg_exchange_push = {.start = start, .next = next, .take = take, .end = end};
