/* The release tree: reports up, releases down. Each node gathers the reports of its own worker and of its children,
 * passes their sum up, and passes the release down. A tree of one level is rank 0 alone, and may release a stratum when
 * a quorum has reported; what comes late is part of the next release. Sums are taken over own worker, then children in
 * ascending rank, so they do not depend on who came first. */
#include "core/ranks.h"
#include "core/replica.h"
#include "core/state.h"
#include "core/steward/inner.h"

#include <stdlib.h>
#include <string.h>

struct tree {
  struct fg_steward s;
  uint32_t arity, first_child, children, quorum;
  uint32_t n_stat;  /* of the statistic that goes with reports and releases */
  uint64_t rounds;  /* releases of the run */
  bool flat;        /* one level: workers and rank 0 speak directly */
  uint64_t round;   /* stratum being gathered */
  uint32_t missing; /* reports that must still come */
  uint64_t late;    /* reports of released strata that have not come */
  bool *came;       /* 1 + children: own worker, then children */
  double *change;   /* (1 + children) x n_stat, not released yet */
  double *total;    /* rank 0: the statistic of the whole model */
};

static struct tree *of(struct fg_steward *s) {
  return (struct tree *)s;
}

static enum fg_err start(struct fg_steward *s) {
  struct tree *t = of(s);
  const struct fg_job *job = s->job;
  const struct fg_strata_policy *policy = job->sync.type->strata;
  if (policy) {
    t->flat = policy->direct;
    t->arity = t->flat ? job->workers : policy->arity(&job->sync);
    t->rounds = job->rounds;
    t->n_stat = fg_steward_stat_count(s);
  } else { /* replicas: it says when all are done, if that is asked */
    t->arity = job->sync.type->replica->arity(&job->sync);
    t->rounds = fg_replica_waits(job) ? fg_exchanges(job, job->rounds) : 0;
  }
  t->children = fg_tree_children(s->rank, t->arity, job->workers, &t->first_child);
  t->quorum = t->flat ? policy->quorum(&job->sync, job->workers) : 1 + t->children;
  t->missing = t->quorum;
  size_t slots = 1 + (size_t)t->children, g = t->n_stat;
  t->came = calloc(slots, sizeof *t->came);
  t->change = calloc(slots * g + 1, sizeof *t->change);
  t->total = calloc(g + 1, sizeof *t->total);
  if (!t->came || !t->change || !t->total)
    return FG_ENOMEM;
  if (g && s->rank == 0)
    memcpy(t->total, job->stat, g * sizeof *t->total);
  return FG_OK;
}

static void end(struct fg_steward *s) {
  struct tree *t = of(s);
  free(t->came);
  free(t->change);
  free(t->total);
}

/* changes that came late, for the next release */
static size_t change_bytes(const struct tree *t) {
  return (1 + (size_t)t->children) * t->n_stat * sizeof *t->change;
}

static size_t total_bytes(const struct tree *t) {
  return t->n_stat * sizeof *t->total;
}

static size_t state_bytes(const struct fg_steward *s) {
  const struct tree *t = (const struct tree *)s;
  return sizeof t->round + change_bytes(t) + total_bytes(t);
}

static void save(const struct fg_steward *s, unsigned char *out) {
  const struct tree *t = (const struct tree *)s;
  fg_state_put(&out, &t->round, sizeof t->round);
  fg_state_put(&out, t->change, change_bytes(t));
  fg_state_put(&out, t->total, total_bytes(t));
}

static enum fg_err restore(struct fg_steward *s, const unsigned char *state) {
  struct tree *t = of(s);
  fg_state_get(&state, &t->round, sizeof t->round);
  fg_state_get(&state, t->change, change_bytes(t));
  fg_state_get(&state, t->total, total_bytes(t));
  return t->round <= t->rounds ? FG_OK : FG_EINPUT;
}

static const double *stat(const struct fg_steward *s) {
  const struct tree *t = (const struct tree *)s;
  return t->n_stat ? t->total : NULL;
}

static bool over(const struct fg_steward *s) {
  const struct tree *t = (const struct tree *)s;
  return (t->flat && s->rank > 0) || (t->round == t->rounds && t->late == 0);
}

static struct fg_parcel *parcel(const struct tree *t, enum fg_parcel_kind kind, struct fg_address to,
                                const double *stat) {
  return fg_steward_parcel(&t->s, kind, to, t->round, t->n_stat ? stat : NULL);
}

/* The stratum is complete below and above: children first, their transfers take longest. */
static enum fg_err release(struct tree *t, const double *stat) {
  struct fg_steward *s = &t->s;
  enum fg_err err = FG_OK;
  for (uint32_t i = 0; i < t->children && !err; i++) {
    struct fg_address child = {t->first_child + i, t->flat ? FG_WORKER : FG_STEWARD};
    err = fg_steward_post(s, parcel(t, FG_PARCEL_RELEASE, child, stat));
  }
  if (!err)
    err = fg_steward_post(s, parcel(t, FG_PARCEL_RELEASE, (struct fg_address){s->rank, FG_WORKER}, stat));
  t->round++;
  t->late += 1 + t->children - t->quorum;
  t->missing = t->quorum;
  memset(t->came, 0, (1 + t->children) * sizeof *t->came);
  return err;
}

/* Enough reports are in: pass their sum up, or at the root release the stratum. */
static enum fg_err complete(struct tree *t) {
  struct fg_steward *s = &t->s;
  uint32_t g = t->n_stat;
  double *sum = t->change;
  for (uint32_t i = 1; i <= t->children; i++)
    for (uint32_t k = 0; k < g; k++)
      sum[k] += t->change[(size_t)i * g + k];
  enum fg_err err;
  if (s->rank > 0) {
    struct fg_address parent = {fg_tree_parent(s->rank, t->arity), FG_STEWARD};
    err = fg_steward_post(s, parcel(t, FG_PARCEL_REPORT, parent, sum));
  } else {
    const struct fg_model *model = s->job->model;
    /* told whole: in a sum of changes small entries would drown in the rounding of what was there before */
    if (g && model->type->renew && (t->round + 1) % s->job->grid->col_blocks == 0)
      memset(t->total + model->rank, 0, model->rank * sizeof *t->total);
    for (uint32_t k = 0; k < g; k++)
      t->total[k] += sum[k];
    if (g && model->type->tune)
      model->type->tune(model, t->total);
    err = release(t, t->total);
    if (model->type->divisor) /* the workers divide by it */
      for (uint32_t k = 0; k < g; k++)
        t->total[k] = fg_stat_divided(model->type, t->total[k], model->type->divisor(model, t->total[k]));
  }
  memset(t->change, 0, (1 + (size_t)t->children) * g * sizeof *t->change);
  return err;
}

/* Own worker or child that a report is from, counted from 0; UINT32_MAX: neither. */
static uint32_t slot_of(const struct tree *t, struct fg_address from) {
  const struct fg_steward *s = &t->s;
  if (from.role == FG_WORKER && from.rank == s->rank)
    return 0;
  if (from.role != (t->flat ? FG_WORKER : FG_STEWARD) || from.rank < t->first_child ||
      from.rank - t->first_child >= t->children)
    return UINT32_MAX;
  return 1 + from.rank - t->first_child;
}

static enum fg_err take_report(struct tree *t, const struct fg_parcel *p) {
  uint32_t slot = slot_of(t, p->from), g = t->n_stat;
  bool late = p->round < t->round && t->late > 0;
  if (slot == UINT32_MAX || (!late && (p->round != t->round || t->came[slot])))
    return FG_EPROTOCOL;
  double *sum = t->round < t->s.job->rounds ? t->change + (size_t)slot * g : t->total; /* no release is to come */
  for (uint32_t k = 0; k < g; k++)
    sum[k] += p->stat[k];
  if (late) {
    t->late--;
    return FG_OK;
  }
  t->came[slot] = true;
  return --t->missing == 0 ? complete(t) : FG_OK;
}

static enum fg_err take(struct fg_steward *s, struct fg_parcel *p) {
  struct tree *t = of(s);
  if (p->n_stat != t->n_stat)
    return FG_EPROTOCOL;
  if (p->kind == FG_PARCEL_REPORT)
    return take_report(t, p);
  bool due = p->kind == FG_PARCEL_RELEASE && s->rank > 0 && p->round == t->round && t->missing == 0 &&
             p->from.role == FG_STEWARD && p->from.rank == fg_tree_parent(s->rank, t->arity);
  return due ? release(t, p->stat) : FG_EPROTOCOL;
}

const struct fg_steward_ops fg_steward_tree = {.size = sizeof(struct tree),
                                               .start = start,
                                               .take = take,
                                               .over = over,
                                               .end = end,
                                               .stat = stat,
                                               .state_bytes = state_bytes,
                                               .save = save,
                                               .restore = restore};
