/* The steward: reports up, releases down. */
#include "core/steward.h"

#include <stdlib.h>
#include <string.h>

struct fg_steward {
  const struct fg_job *job;
  uint32_t rank, arity, first_child, children;
  uint64_t round; /* stratum being gathered */
  uint64_t bytes, parcels;
  uint32_t missing; /* reports that have not come */
  bool *came;       /* 1 + children: own worker, then children */
  double *change;   /* (1 + children) x n_stat */
  double *total;    /* rank 0: the statistic of the whole model */
  struct fg_parcel **outbox;
  uint32_t out_first, out_n;
};

static uint32_t stat_count(const struct fg_steward *s) {
  return s->job->model->n_stat;
}

enum fg_err fg_steward_new(const struct fg_job *job, uint32_t rank, struct fg_steward **steward) {
  struct fg_steward *s = calloc(1, sizeof *s);
  *steward = s;
  if (!s)
    return FG_ENOMEM;
  s->job = job;
  s->rank = rank;
  s->arity = job->sync.type->arity(&job->sync);
  s->children = fg_tree_children(rank, s->arity, job->workers, &s->first_child);
  s->missing = 1 + s->children;
  size_t slots = 1 + (size_t)s->children, g = stat_count(s);
  s->came = calloc(slots, sizeof *s->came);
  s->change = calloc(slots * g + 1, sizeof *s->change);
  s->total = calloc(g + 1, sizeof *s->total);
  s->outbox = calloc(slots + 1, sizeof *s->outbox);
  if (!s->came || !s->change || !s->total || !s->outbox) {
    fg_steward_free(s);
    *steward = NULL;
    return FG_ENOMEM;
  }
  if (g && rank == 0)
    memcpy(s->total, job->stat, g * sizeof *s->total);
  return FG_OK;
}

void fg_steward_free(struct fg_steward *s) {
  if (!s)
    return;
  for (uint32_t i = 0; s->outbox && i < s->out_n; i++)
    fg_parcel_free(s->outbox[s->out_first + i]);
  free(s->came);
  free(s->change);
  free(s->total);
  free(s->outbox);
  free(s);
}

uint64_t fg_steward_bytes(const struct fg_steward *s) {
  return s->bytes;
}

void fg_steward_save(struct fg_steward *s, struct fg_steward_state *state) {
  *state = (struct fg_steward_state){.round = s->round, .parcels = s->parcels, .bytes = s->bytes, .total = s->total};
}

void fg_steward_restore(struct fg_steward *s, const struct fg_steward_state *state) {
  s->round = state->round;
  s->parcels = state->parcels;
  s->bytes = state->bytes;
  memcpy(s->total, state->total, stat_count(s) * sizeof *s->total);
}

void fg_steward_next(struct fg_steward *s, struct fg_act *act) {
  memset(act, 0, sizeof *act);
  if (s->out_n) {
    act->kind = FG_SEND;
    act->parcel = s->outbox[s->out_first++];
    if (--s->out_n == 0)
      s->out_first = 0;
  } else {
    act->kind = s->round == s->job->rounds ? FG_STOP : FG_AWAIT;
  }
}

static enum fg_err enqueue(struct fg_steward *s, enum fg_parcel_kind kind, struct fg_address to, const double *stat) {
  struct fg_address self = {s->rank, FG_STEWARD};
  struct fg_parcel *p = fg_parcel_new(kind, self, to, s->round, stat_count(s));
  if (!p)
    return FG_ENOMEM;
  memcpy(p->stat, stat, stat_count(s) * sizeof *stat);
  p->seq = s->parcels++;
  p->bytes = fg_parcel_wire_bytes(p, s->job->model);
  s->bytes += p->bytes;
  s->outbox[s->out_first + s->out_n++] = p;
  return FG_OK;
}

/* The stratum is complete below and above: children first, their transfers take longest. */
static enum fg_err release(struct fg_steward *s, const double *stat) {
  for (uint32_t i = 0; i < s->children; i++)
    if (enqueue(s, FG_PARCEL_RELEASE, (struct fg_address){s->first_child + i, FG_STEWARD}, stat))
      return FG_ENOMEM;
  if (enqueue(s, FG_PARCEL_RELEASE, (struct fg_address){s->rank, FG_WORKER}, stat))
    return FG_ENOMEM;
  s->round++;
  s->missing = 1 + s->children;
  memset(s->came, 0, s->missing * sizeof *s->came);
  return FG_OK;
}

/* All reports are in: pass their sum up, or at the root release the stratum. */
static enum fg_err complete(struct fg_steward *s) {
  uint32_t g = stat_count(s);
  double *sum = s->change;
  for (uint32_t i = 1; i <= s->children; i++)
    for (uint32_t k = 0; k < g; k++)
      sum[k] += s->change[(size_t)i * g + k];
  if (s->rank > 0)
    return enqueue(s, FG_PARCEL_REPORT, (struct fg_address){fg_tree_parent(s->rank, s->arity), FG_STEWARD}, sum);
  for (uint32_t k = 0; k < g; k++)
    s->total[k] += sum[k];
  enum fg_err err = release(s, s->total);
  if (s->job->model->type->rescale) /* the workers divide by it */
    for (uint32_t k = 0; k < g; k++)
      s->total[k] /= fg_stat_divisor(s->total[k]);
  return err;
}

static enum fg_err take_report(struct fg_steward *s, const struct fg_parcel *p, bool *good) {
  uint32_t slot = p->from.role == FG_WORKER ? 0 : 1 + p->from.rank - s->first_child;
  bool known = p->from.role == FG_WORKER
                   ? p->from.rank == s->rank
                   : p->from.rank >= s->first_child && p->from.rank - s->first_child < s->children;
  *good = known && !s->came[slot];
  if (!*good)
    return FG_OK;
  s->came[slot] = true;
  memcpy(s->change + (size_t)slot * stat_count(s), p->stat, stat_count(s) * sizeof *p->stat);
  return --s->missing == 0 ? complete(s) : FG_OK;
}

enum fg_err fg_steward_take(struct fg_steward *s, struct fg_parcel *p, struct fg_fault *fault) {
  bool good = p->round == s->round && s->round < s->job->rounds && p->n_stat == stat_count(s);
  enum fg_err err = FG_OK;
  if (good && p->kind == FG_PARCEL_REPORT) {
    err = take_report(s, p, &good);
  } else if (good && p->kind == FG_PARCEL_RELEASE) {
    good = s->rank > 0 && s->missing == 0 && p->from.role == FG_STEWARD &&
           p->from.rank == fg_tree_parent(s->rank, s->arity);
    if (good)
      err = release(s, p->stat);
  } else {
    good = false;
  }
  if (!good)
    err = fg_fail(fault, FG_EPROTOCOL, NULL, 0,
                  "steward %u in round %llu cannot take a parcel of kind %d and round %llu from rank %u", s->rank,
                  (unsigned long long)s->round, (int)p->kind, (unsigned long long)p->round, p->from.rank);
  else if (err)
    fg_fail(fault, err, NULL, 0, "steward %u: out of memory", s->rank);
  fg_parcel_free(p);
  return err;
}
