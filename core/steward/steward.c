/* The steward: what all services have in common. */
#include "core/state.h"
#include "core/steward/inner.h"

#include <stdlib.h>
#include <string.h>

static const struct fg_steward_ops *ops_of(const struct fg_sync_type *type) {
  if (type->replica && type->replica->server)
    return &fg_steward_server;
  if (!type->roving)
    return &fg_steward_tree;
  return type->roving->kind == FG_ROVING_DIRECTORY ? &fg_steward_directory : &fg_steward_counter;
}

enum fg_err fg_steward_new(const struct fg_job *job, uint32_t rank, struct fg_factors *factors,
                           struct fg_steward **steward) {
  const struct fg_steward_ops *ops = ops_of(job->sync.type);
  struct fg_steward *s = calloc(1, ops->size);
  *steward = s;
  if (!s)
    return FG_ENOMEM;
  s->job = job;
  s->ops = ops;
  s->rank = rank;
  s->factors = factors;
  if (ops->start(s)) {
    fg_steward_free(s);
    *steward = NULL;
    return FG_ENOMEM;
  }
  return FG_OK;
}

void fg_steward_free(struct fg_steward *s) {
  if (!s)
    return;
  if (s->ops->end)
    s->ops->end(s);
  fg_inbox_free(&s->outbox);
  free(s);
}

uint64_t fg_steward_bytes(const struct fg_steward *s) {
  return s->bytes;
}

const double *fg_steward_stat(const struct fg_steward *s) {
  return s->ops->stat && s->rank == 0 ? s->ops->stat(s) : NULL;
}

double *fg_steward_sums(struct fg_steward *s, size_t *n) {
  double *sums = s->rank == 0 ? (double *)fg_steward_stat(s) : NULL;
  *n = sums ? s->job->model->n_stat : 0;
  return sums;
}

const struct fg_inbox *fg_steward_outbox(const struct fg_steward *s) {
  return &s->outbox;
}

bool fg_steward_holds(const struct fg_steward *s, uint32_t q) {
  return s->ops->holds && s->ops->holds(s, q);
}

size_t fg_steward_state_bytes(const struct fg_steward *s) {
  return sizeof s->parcels + sizeof s->bytes + s->ops->state_bytes(s);
}

void fg_steward_save(const struct fg_steward *s, void *out) {
  unsigned char *at = out;
  fg_state_put(&at, &s->parcels, sizeof s->parcels);
  fg_state_put(&at, &s->bytes, sizeof s->bytes);
  s->ops->save(s, at);
}

enum fg_err fg_steward_restore(struct fg_steward *s, const void *state) {
  const unsigned char *at = state;
  fg_state_get(&at, &s->parcels, sizeof s->parcels);
  fg_state_get(&at, &s->bytes, sizeof s->bytes);
  return s->ops->restore(s, at);
}

void fg_steward_next(struct fg_steward *s, struct fg_act *act) {
  memset(act, 0, sizeof *act);
  if (s->outbox.n > 0) {
    act->kind = FG_SEND;
    act->parcel = fg_inbox_get(&s->outbox);
  } else {
    act->kind = s->ops->over(s) ? FG_STOP : FG_AWAIT;
  }
}

struct fg_parcel *fg_steward_parcel(const struct fg_steward *s, enum fg_parcel_kind kind, struct fg_address to,
                                    uint64_t round, const double *stat) {
  uint32_t g = stat ? fg_steward_stat_count(s) : 0;
  struct fg_parcel *p = fg_parcel_new(kind, (struct fg_address){s->rank, FG_STEWARD}, to, round, g);
  if (p && g)
    memcpy(p->stat, stat, g * sizeof *stat);
  return p;
}

enum fg_err fg_steward_post(struct fg_steward *s, struct fg_parcel *p) {
  if (!p)
    return FG_ENOMEM;
  p->seq = s->parcels++;
  p->bytes = fg_parcel_wire_bytes(p, s->job->model);
  s->bytes += p->bytes;
  return fg_inbox_put(&s->outbox, p, NULL);
}

enum fg_err fg_steward_take(struct fg_steward *s, struct fg_parcel *p, struct fg_fault *fault) {
  enum fg_err err = s->ops->over(s) ? FG_EPROTOCOL : s->ops->take(s, p);
  if (err == FG_ENOMEM)
    fg_fail(fault, err, NULL, 0, "steward %u: out of memory", s->rank);
  else if (err)
    fg_fail(fault, err, NULL, 0, "steward %u cannot take a parcel of kind %d and round %llu from rank %u", s->rank,
            (int)p->kind, (unsigned long long)p->round, p->from.rank);
  fg_parcel_free(p);
  return err;
}
