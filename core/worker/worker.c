/* The worker: what all disciplines have in common. */
#include "core/state.h"
#include "core/worker/inner.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static const struct fg_worker_ops *ops_of(const struct fg_sync_type *type) {
  return type->roving ? &fg_worker_roving : type->replica ? &fg_worker_replica : &fg_worker_strata;
}

enum fg_err fg_worker_new(const struct fg_job *job, uint32_t rank, struct fg_factors *factors,
                          struct fg_worker **worker) {
  const struct fg_worker_ops *ops = ops_of(job->sync.type);
  uint32_t g = job->model->n_stat;
  struct fg_worker *w = calloc(1, ops->size);
  *worker = w;
  if (!w)
    return FG_ENOMEM;
  w->job = job;
  w->ops = ops;
  w->rank = rank;
  w->factors = factors;
  w->rows = &factors->row[rank];
  w->idle_kernels = job->timing_only;
  if (g) {
    w->work = calloc(3 * (size_t)g, sizeof *w->work);
    if (!w->work)
      goto nomem;
    w->base = w->work + g;
    w->scale = w->base + g;
    memcpy(w->work, job->stat, g * sizeof *w->work);
    memcpy(w->base, job->stat, g * sizeof *w->base);
  }
  if (ops->start(w))
    goto nomem;
  return FG_OK;
nomem:
  fg_worker_free(w);
  *worker = NULL;
  return FG_ENOMEM;
}

void fg_worker_free(struct fg_worker *w) {
  if (!w)
    return;
  if (w->ops->end)
    w->ops->end(w);
  fg_inbox_free(&w->outbox);
  fg_pass_free(&w->pass);
  fg_pass_free(&w->extra_pass);
  free(w->work);
  free(w);
}

struct fg_visit *fg_worker_visit(struct fg_worker *w) {
  return &w->visit;
}

uint64_t fg_worker_chunks(const struct fg_worker *w) {
  return w->chunks;
}

uint64_t fg_worker_ticks(const struct fg_worker *w) {
  return w->chunks + w->polls;
}

uint64_t fg_worker_unclaimed(const struct fg_worker *w) {
  return w->between_bytes;
}

uint64_t fg_worker_round(const struct fg_worker *w) {
  return w->boundary;
}

struct fg_factors *fg_worker_factors(struct fg_worker *w) {
  return w->factors;
}

struct fg_row_shard *fg_worker_rows(struct fg_worker *w) {
  return w->rows;
}

struct fg_col_block *fg_worker_block(struct fg_worker *w) {
  return w->block;
}

const struct fg_view *fg_worker_view(const struct fg_worker *w) {
  return &w->plan.view;
}

bool fg_worker_holds(const struct fg_worker *w, uint32_t q) {
  return w->ops->holds(w, q);
}

/* what the disciplines have in common; the statistic follows */
struct state {
  uint64_t round, boundary, chunks, polls, parcels, between_bytes;
  uint32_t between, scale_due;
};

static size_t stat_bytes(const struct fg_worker *w) {
  return 3 * (size_t)w->job->model->n_stat * sizeof *w->work;
}

size_t fg_worker_state_bytes(const struct fg_worker *w) {
  return sizeof(struct state) + stat_bytes(w) + (w->ops->state_bytes ? w->ops->state_bytes(w) : 0);
}

void fg_worker_save(const struct fg_worker *w, void *out) {
  unsigned char *at = out;
  struct state s = {.round = w->round,
                    .boundary = w->boundary,
                    .chunks = w->chunks,
                    .polls = w->polls,
                    .parcels = w->parcels,
                    .between_bytes = w->between_bytes,
                    .between = w->between,
                    .scale_due = w->scale_due};
  fg_state_put(&at, &s, sizeof s);
  fg_state_put(&at, w->work, stat_bytes(w));
  if (w->ops->save)
    w->ops->save(w, at);
}

enum fg_err fg_worker_restore(struct fg_worker *w, const void *state) {
  const unsigned char *at = state;
  struct state s;
  fg_state_get(&at, &s, sizeof s);
  if (s.boundary > w->job->rounds || s.between > 1 || s.scale_due > 1)
    return FG_EINPUT;
  w->round = s.round;
  w->boundary = s.boundary;
  w->chunks = s.chunks;
  w->polls = s.polls;
  w->parcels = s.parcels;
  w->between_bytes = s.between_bytes;
  w->between = s.between;
  w->scale_due = s.scale_due;
  fg_state_get(&at, w->work, stat_bytes(w));
  return w->ops->restore(w, at);
}

double *fg_worker_stats(struct fg_worker *w) {
  return w->work;
}

const struct fg_inbox *fg_worker_outbox(const struct fg_worker *w) {
  return &w->outbox;
}

enum fg_err fg_worker_compute(struct fg_worker *w, bool on) {
  bool was_off = w->idle_kernels;
  w->idle_kernels = !on;
  return on && was_off ? fg_visit_catch_up(w) : FG_OK;
}

/* numbered in the order in which they are sent */
static void number(struct fg_worker *w, struct fg_parcel *parcel) {
  parcel->seq = w->parcels++;
  parcel->bytes = fg_parcel_wire_bytes(parcel, w->job->model);
  *(w->between ? &w->between_bytes : &w->visit.bytes_sent) += parcel->bytes;
}

void fg_act_send(struct fg_worker *w, struct fg_act *act, struct fg_parcel *parcel) {
  act->kind = FG_SEND;
  act->parcel = parcel;
  if (parcel)
    number(w, parcel);
}

enum fg_err fg_worker_post(struct fg_worker *w, struct fg_parcel *parcel) {
  if (!parcel)
    return FG_ENOMEM;
  number(w, parcel);
  return fg_inbox_put(&w->outbox, parcel, NULL);
}

struct fg_parcel *fg_worker_parcel(const struct fg_worker *w, enum fg_parcel_kind kind, struct fg_address to,
                                   uint64_t round, bool stat) {
  return fg_parcel_new(kind, (struct fg_address){w->rank, FG_WORKER}, to, round, stat ? w->job->model->n_stat : 0);
}

void fg_worker_report(struct fg_worker *w, struct fg_parcel *parcel) {
  for (uint32_t k = 0; parcel && k < parcel->n_stat; k++) {
    parcel->stat[k] = w->work[k] - w->base[k];
    w->base[k] = w->work[k];
  }
}

void fg_worker_adopt(struct fg_worker *w, const double *released) {
  const struct fg_model *model = w->job->model;
  bool divides = model->type->divisor != NULL;
  if (w->job->timing_only)
    return;
  for (uint32_t k = 0; k < model->n_stat; k++) {
    double unreported = w->work[k] - w->base[k];
    w->work[k] = released[k] + unreported;
    w->base[k] = released[k];
    if (!divides)
      continue;
    w->scale[k] = model->type->divisor(model, released[k]);
    w->work[k] = fg_stat_divided(model->type, w->work[k], w->scale[k]);
    w->base[k] = fg_stat_divided(model->type, w->base[k], w->scale[k]);
  }
  w->scale_due = divides;
}

void fg_worker_next(struct fg_worker *w, struct fg_act *act) {
  memset(act, 0, sizeof *act);
  if (w->outbox.n > 0) {
    act->kind = FG_SEND;
    act->parcel = fg_inbox_get(&w->outbox);
    return;
  }
  w->ops->next(w, act);
}

enum fg_err fg_worker_spend(struct fg_worker *w, uint64_t chunks, struct fg_fault *fault) {
  return fg_visit_spend(w, chunks, fault);
}

enum fg_err fg_worker_take(struct fg_worker *w, struct fg_parcel *p, struct fg_fault *fault) {
  enum fg_err err = w->ops->take(w, p);
  if (err == FG_ENOMEM)
    fg_fail(fault, err, NULL, 0, "worker %u: not enough memory for a message", w->rank);
  else if (err)
    fg_fail(fault, err, NULL, 0, "worker %u in round %llu cannot take a parcel of kind %d and round %llu from rank %u",
            w->rank, (unsigned long long)w->round, (int)p->kind, (unsigned long long)p->round, p->from.rank);
  fg_parcel_free(p);
  return err;
}
