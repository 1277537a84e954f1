/* The counter of ring and nomad, at rank 0: it adds up the changes of the global statistic that workers report, answers
 * with the sum, and counts blocks that rest until all do. The sums are taken in the order of arrival, which order.bin
 * records. */
#include "core/state.h"
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
  /* a report may come after those of blocks that rest, and after the end: its worker waits for an answer */
  bool all = fg_steward_stat_count(s) == 0 || c->reports == s->job->rounds * s->job->workers;
  return all && (c->ring || c->ended);
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

static size_t state_bytes(const struct fg_steward *s) {
  const struct counter *c = (const struct counter *)s;
  return sizeof c->reports + sizeof c->level + fg_steward_stat_count(s) * sizeof *c->total;
}

static void save(const struct fg_steward *s, unsigned char *out) {
  const struct counter *c = (const struct counter *)s;
  fg_state_put(&out, &c->reports, sizeof c->reports);
  fg_state_put(&out, &c->level, sizeof c->level);
  fg_state_put(&out, c->total, fg_steward_stat_count(s) * sizeof *c->total);
}

static enum fg_err restore(struct fg_steward *s, const unsigned char *state) {
  struct counter *c = of(s);
  fg_state_get(&state, &c->reports, sizeof c->reports);
  fg_state_get(&state, &c->level, sizeof c->level);
  fg_state_get(&state, c->total, fg_steward_stat_count(s) * sizeof *c->total);
  return c->reports <= s->job->rounds * s->job->workers && c->level <= s->job->rounds ? FG_OK : FG_EINPUT;
}

const struct fg_steward_ops fg_steward_counter = {.size = sizeof(struct counter),
                                                  .start = start,
                                                  .take = take,
                                                  .over = over,
                                                  .end = end,
                                                  .stat = stat,
                                                  .state_bytes = state_bytes,
                                                  .save = save,
                                                  .restore = restore};
