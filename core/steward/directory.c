/* relay's stewards park column blocks; that of rank 0 is also the directory, which knows of each block where it is
 * parked and how often every worker has visited it, and grants blocks to workers that ask (method.md section 10). A
 * block q is eligible to worker p if it is parked and was granted to p fewer than min + slack times, min the completed
 * visits of the least-visited pair (p, q) of the whole grid (claim C6). */
#include "core/steward/inner.h"

#include <stdlib.h>
#include <string.h>

#define NOWHERE UINT32_MAX

/* rank 0's */
struct directory {
  uint32_t *granted, *done; /* P x C: visits granted, and completed */
  uint64_t *progress;       /* P: sum over q of granted, the next grant goes to who has least */
  uint64_t *visits;         /* C: sum over p of granted */
  uint32_t *parked_at;      /* C: rank of the steward, or NOWHERE */
  uint32_t *holder;         /* C: worker it was last granted to */
  bool *waiting;            /* P: has asked */
  uint32_t n_parked, n_waiting;
  uint64_t slack, cap;  /* cap: visits at which a pair rests until the next boundary */
  uint64_t min, at_min; /* least completed visits, and how many pairs have no more */
  double *total;        /* the global statistic */
};

struct parking {
  struct fg_steward s;
  struct fg_col_block **parked; /* C: here; NULL: not */
  uint64_t level;               /* round of the next boundary */
  bool ended;
  struct directory d;
};

static struct parking *of(struct fg_steward *s) {
  return (struct parking *)s;
}

static uint32_t cols(const struct fg_steward *s) {
  return s->job->grid->col_blocks;
}

static uint64_t next_level(const struct fg_job *job, uint64_t level) {
  return job->pause && level + job->pause < job->rounds ? level + job->pause : job->rounds;
}

static enum fg_err start_directory(struct parking *k) {
  const struct fg_job *job = k->s.job;
  struct directory *d = &k->d;
  size_t p = job->workers, c = cols(&k->s), g = fg_steward_stat_count(&k->s);
  d->granted = calloc(p * c, sizeof *d->granted);
  d->done = calloc(p * c, sizeof *d->done);
  d->progress = calloc(p, sizeof *d->progress);
  d->visits = calloc(c, sizeof *d->visits);
  d->parked_at = calloc(c, sizeof *d->parked_at);
  d->holder = calloc(c, sizeof *d->holder);
  d->waiting = calloc(p, sizeof *d->waiting);
  d->total = calloc(g + 1, sizeof *d->total);
  if (!d->granted || !d->done || !d->progress || !d->visits || !d->parked_at || !d->holder || !d->waiting || !d->total)
    return FG_ENOMEM;
  if (g)
    memcpy(d->total, job->stat, g * sizeof *d->total);
  d->slack = job->sync.type->roving->slack(&job->sync);
  d->cap = k->level / c;
  d->at_min = p * c;
  for (uint32_t q = 0; q < c; q++) { /* every worker begins with the first block of its home */
    d->parked_at[q] = q < p ? NOWHERE : q % (uint32_t)p;
    d->n_parked += q >= p;
    if (q < p) {
      d->granted[q * c + q] = 1;
      d->progress[q] = d->visits[q] = 1;
      d->holder[q] = q;
    }
  }
  return FG_OK;
}

static enum fg_err start(struct fg_steward *s) {
  struct parking *k = of(s);
  k->level = next_level(s->job, 0);
  k->parked = calloc(cols(s), sizeof(struct fg_col_block *));
  if (!k->parked)
    return FG_ENOMEM;
  for (uint32_t q = s->rank + s->job->workers; q < cols(s); q += s->job->workers)
    k->parked[q] = &s->factors->col[q];
  return s->rank == 0 ? start_directory(k) : FG_OK;
}

static void end(struct fg_steward *s) {
  struct parking *k = of(s);
  free(k->parked);
  free(k->d.granted);
  free(k->d.done);
  free(k->d.progress);
  free(k->d.visits);
  free(k->d.parked_at);
  free(k->d.holder);
  free(k->d.waiting);
  free(k->d.total);
}

static const double *stat(const struct fg_steward *s) {
  return ((const struct parking *)s)->d.total;
}

static bool over(const struct fg_steward *s) {
  return ((const struct parking *)s)->ended;
}

/* ---- parking */

/* A block that is parked here goes to a worker, with the statistic. */
static enum fg_err send_block(struct parking *k, uint32_t q, uint32_t worker, const double *stat) {
  struct fg_parcel *p = fg_steward_parcel(&k->s, FG_PARCEL_BLOCK, (struct fg_address){worker, FG_WORKER}, 0, stat);
  if (!p)
    return FG_ENOMEM;
  p->block = k->parked[q];
  p->item = q;
  k->parked[q] = NULL;
  return fg_steward_post(&k->s, p);
}

/* ---- the directory */

static bool eligible(const struct directory *d, uint32_t c, uint32_t p, uint32_t q) {
  uint64_t n = d->granted[(size_t)p * c + q];
  return d->parked_at[q] != NOWHERE && n < d->cap && n - d->min < d->slack;
}

/* The eligible block that the worker has visited least; of several the one least visited by all, then one that is
 * parked with it already, then the lowest number from the worker's own on. NOWHERE: none. */
static uint32_t best_block(const struct directory *d, uint32_t workers, uint32_t c, uint32_t p) {
  uint32_t best = NOWHERE;
  for (uint32_t i = 0; i < c; i++) {
    uint32_t q = (uint32_t)(((uint64_t)p * (c / workers) + i) % c);
    if (!eligible(d, c, p, q))
      continue;
    uint32_t n = d->granted[(size_t)p * c + q], m = best == NOWHERE ? 0 : d->granted[(size_t)p * c + best];
    if (best == NOWHERE || n < m ||
        (n == m && (d->visits[q] < d->visits[best] ||
                    (d->visits[q] == d->visits[best] && d->parked_at[q] == p && d->parked_at[best] != p))))
      best = q;
  }
  return best;
}

static enum fg_err grant(struct parking *k, uint32_t p, uint32_t q) {
  struct fg_steward *s = &k->s;
  struct directory *d = &k->d;
  uint32_t at = d->parked_at[q];
  d->parked_at[q] = NOWHERE;
  d->n_parked--;
  d->waiting[p] = false;
  d->n_waiting--;
  d->granted[(size_t)p * cols(s) + q]++;
  d->progress[p]++;
  d->visits[q]++;
  d->holder[q] = p;
  if (at == s->rank)
    return send_block(k, q, p, d->total);
  struct fg_parcel *parcel = fg_steward_parcel(s, FG_PARCEL_GRANT, (struct fg_address){at, FG_STEWARD}, 0, d->total);
  if (!parcel)
    return FG_ENOMEM;
  parcel->item = q;
  parcel->count = p;
  return fg_steward_post(s, parcel);
}

/* All blocks have been visited often enough, and all workers wait: on to the boundary. */
static enum fg_err release(struct parking *k) {
  struct fg_steward *s = &k->s;
  const struct fg_job *job = s->job;
  enum fg_err err = FG_OK;
  k->ended = k->level == job->rounds;
  for (uint32_t i = 0; i < job->workers && !err; i++) {
    uint32_t p = job->workers - 1 - i;
    struct fg_address to = {p, p == s->rank ? FG_WORKER : FG_STEWARD};
    struct fg_parcel *parcel = fg_steward_parcel(s, FG_PARCEL_RELEASE, to, k->level, NULL);
    if (parcel)
      parcel->count = k->ended ? FG_RELEASE_END : FG_RELEASE_PAUSE;
    err = fg_steward_post(s, parcel);
  }
  k->level = next_level(job, k->level);
  k->d.cap = k->level / cols(s);
  memset(k->d.waiting, 0, job->workers * sizeof *k->d.waiting);
  k->d.n_waiting = 0; /* they ask again after the boundary */
  return err;
}

/* Gives blocks to those who wait: who is furthest behind first. */
static enum fg_err serve(struct parking *k) {
  struct directory *d = &k->d;
  uint32_t workers = k->s.job->workers, c = cols(&k->s);
  enum fg_err err = FG_OK;
  while (!err && d->n_waiting > 0) {
    uint32_t who = NOWHERE, what = NOWHERE;
    for (uint32_t p = 0; p < workers; p++) {
      if (!d->waiting[p] || (who != NOWHERE && d->progress[p] >= d->progress[who]))
        continue;
      uint32_t q = best_block(d, workers, c, p);
      if (q == NOWHERE)
        continue;
      who = p;
      what = q;
    }
    if (who == NOWHERE)
      break;
    err = grant(k, who, what);
  }
  if (!err && d->min == d->cap && d->n_waiting == workers && d->n_parked == c)
    err = release(k);
  return err;
}

/* One more pair has `before` + 1 completed visits. */
static void count(struct directory *d, size_t pairs, uint64_t before) {
  if (before != d->min || --d->at_min > 0)
    return;
  d->min++;
  for (size_t i = 0; i < pairs; i++)
    d->at_min += d->done[i] == d->min;
}

static enum fg_err take_report(struct parking *k, uint32_t from, uint32_t q, const struct fg_parcel *p) {
  struct directory *d = &k->d;
  uint32_t c = cols(&k->s);
  if (q >= c || d->parked_at[q] != NOWHERE || d->holder[q] != from || p->n_stat != fg_steward_stat_count(&k->s))
    return FG_EPROTOCOL;
  for (uint32_t i = 0; i < p->n_stat; i++)
    d->total[i] += p->stat[i];
  d->parked_at[q] = from;
  d->n_parked++;
  count(d, (size_t)k->s.job->workers * c, d->done[(size_t)from * c + q]++);
  return serve(k);
}

static enum fg_err take_request(struct parking *k, uint32_t from) {
  if (k->d.waiting[from])
    return FG_EPROTOCOL;
  k->d.waiting[from] = true;
  k->d.n_waiting++;
  return serve(k);
}

/* ---- what comes */

/* The own worker has finished with a block. */
static enum fg_err park(struct parking *k, struct fg_parcel *p) {
  struct fg_steward *s = &k->s;
  if (!p->block || p->from.rank != s->rank || p->from.role != FG_WORKER || k->parked[p->block->id])
    return FG_EPROTOCOL;
  uint32_t q = p->block->id;
  k->parked[q] = p->block;
  if (s->rank == 0)
    return take_report(k, 0, q, p);
  struct fg_parcel *report =
      fg_steward_parcel(s, FG_PARCEL_REPORT, (struct fg_address){0, FG_STEWARD}, p->round, p->stat);
  if (report)
    report->item = q;
  return fg_steward_post(s, report);
}

static enum fg_err pass_on_release(struct parking *k, const struct fg_parcel *p) {
  struct fg_steward *s = &k->s;
  struct fg_parcel *parcel =
      fg_steward_parcel(s, FG_PARCEL_RELEASE, (struct fg_address){s->rank, FG_WORKER}, p->round, NULL);
  if (parcel)
    parcel->count = p->count;
  k->ended = p->count == FG_RELEASE_END;
  return fg_steward_post(s, parcel);
}

static enum fg_err take(struct fg_steward *s, struct fg_parcel *p) {
  struct parking *k = of(s);
  bool root = s->rank == 0, from_steward = p->from.role == FG_STEWARD, from_root = from_steward && p->from.rank == 0;
  if (p->kind == FG_PARCEL_BLOCK)
    return park(k, p);
  if (p->kind == FG_PARCEL_REPORT && root && from_steward)
    return take_report(k, p->from.rank, p->item, p);
  if (p->kind == FG_PARCEL_REQUEST && root && !from_steward)
    return take_request(k, p->from.rank);
  if (p->kind == FG_PARCEL_GRANT && !root && from_root && p->item < cols(s) && k->parked[p->item] &&
      p->count < s->job->workers)
    return send_block(k, p->item, p->count, p->stat);
  if (p->kind == FG_PARCEL_RELEASE && !root && from_root && !k->ended)
    return pass_on_release(k, p);
  return FG_EPROTOCOL;
}

const struct fg_steward_ops fg_steward_directory = {
    .size = sizeof(struct parking), .start = start, .take = take, .over = over, .end = end, .stat = stat};
