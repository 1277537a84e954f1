/* The counter of ring and nomad, at rank 0: it adds up the changes of the global statistic that workers report, answers
 * with the sum, and counts blocks that rest until all do. The sums are taken in the order of arrival, which order.bin
 * records. */
#include "core/steward/inner.h"

#include <stdlib.h>
#include <string.h>

struct counter {
  struct fg_steward s;
  bool ring;        /* its workers know themselves when a boundary is reached */
  uint64_t reports; /* taken */
  uint32_t resting; /* blocks */
  uint64_t level;   /* round of the next boundary */
  bool ended;
  double *total;
};

static struct counter *of(struct fg_steward *s) {
  return (struct counter *)s;
}

static enum fg_err start(struct fg_steward *s) {
  struct counter *c = of(s);
  const struct fg_job *job = s->job;
  c->ring = job->sync.type->roving->kind == FG_ROVING_RING;
  c->level = job->pause && job->pause < job->rounds ? job->pause : job->rounds;
  c->total = calloc(fg_steward_stat_count(s) + 1, sizeof *c->total);
  if (!c->total)
    return FG_ENOMEM;
  if (fg_steward_stat_count(s))
    memcpy(c->total, job->stat, fg_steward_stat_count(s) * sizeof *c->total);
  return FG_OK;
}

static void end(struct fg_steward *s) {
  free(of(s)->total);
}

static const double *stat(const struct fg_steward *s) {
  return ((const struct counter *)s)->total;
}

static bool over(const struct fg_steward *s) {
  const struct counter *c = (const struct counter *)s;
  if (s->rank > 0)
    return true;
  if (c->ring)
    return fg_steward_stat_count(s) == 0 || c->reports == s->job->rounds * s->job->workers;
  return c->ended;
}

/* All blocks rest: on to the boundary, all. */
static enum fg_err release(struct counter *c) {
  struct fg_steward *s = &c->s;
  const struct fg_job *job = s->job;
  enum fg_err err = FG_OK;
  c->ended = c->level == job->rounds;
  for (uint32_t i = 0; i < job->workers && !err; i++) {
    uint32_t p = job->workers - 1 - i; /* the own worker last: the others' letters take longest */
    struct fg_parcel *parcel =
        fg_steward_parcel(s, FG_PARCEL_RELEASE, (struct fg_address){p, FG_WORKER}, c->level, NULL);
    if (parcel)
      parcel->count = c->ended ? FG_RELEASE_END : FG_RELEASE_PAUSE;
    err = fg_steward_post(s, parcel);
  }
  c->resting = 0;
  c->level = c->level + job->pause < job->rounds ? c->level + job->pause : job->rounds;
  return err;
}

static enum fg_err take(struct fg_steward *s, struct fg_parcel *p) {
  struct counter *c = of(s);
  uint32_t g = fg_steward_stat_count(s);
  if (p->kind != FG_PARCEL_REPORT || p->from.role != FG_WORKER || p->n_stat != g || p->count > 1 ||
      (c->ring && p->count))
    return FG_EPROTOCOL;
  c->reports++;
  for (uint32_t k = 0; k < g; k++)
    c->total[k] += p->stat[k];
  enum fg_err err = FG_OK;
  if (g)
    err = fg_steward_post(s, fg_steward_parcel(s, FG_PARCEL_RELEASE, p->from, p->round, c->total));
  c->resting += p->count;
  /* all blocks rest, and no report of an earlier visit is still on its way */
  bool all = c->resting == s->job->grid->col_blocks && (g == 0 || c->reports == c->level * s->job->workers);
  if (!err && all)
    err = release(c);
  return err;
}

const struct fg_steward_ops fg_steward_counter = {
    .size = sizeof(struct counter), .start = start, .take = take, .over = over, .end = end, .stat = stat};
