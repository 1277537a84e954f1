/* relay's stewards park column blocks; that of rank 0 is also the directory, which knows of each block where it is
 * parked and how often every worker has visited it, and grants blocks to workers that ask (method.md section 10). A
 * block q is eligible to worker p if it is parked and was granted to p fewer than min + slack times, min the completed
 * visits of the least-visited pair (p, q) of the whole grid (claim C6). */
#include "core/state.h"
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
  uint64_t slack;
  uint64_t left;        /* grants that may still be made before the next boundary */
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
  d->left = k->level * p - p; /* every worker begins with the first block of its home */
  d->at_min = p * c;
  for (uint32_t q = 0; q < c; q++) {
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
  return d->parked_at[q] != NOWHERE && n - d->min < d->slack;
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
  d->left--;
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

/* On to the boundary, all. */
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
  uint64_t level = next_level(job, k->level);
  k->d.left = (level - k->level) * job->workers;
  k->level = level;
  memset(k->d.waiting, 0, job->workers * sizeof *k->d.waiting);
  k->d.n_waiting = 0; /* they ask again after the boundary */
  return err;
}

/* If all visits before the boundary are made and all workers wait, on to it. */
static enum fg_err end_level(struct parking *k) {
  const struct directory *d = &k->d;
  bool all = d->left == 0 && d->n_waiting == k->s.job->workers && d->n_parked == cols(&k->s);
  return all ? release(k) : FG_OK;
}

/* Gives blocks to those who wait, who is furthest behind first. only: the one block that can be new to them, or
 * NOWHERE. */
static enum fg_err serve(struct parking *k, uint32_t only) {
  struct directory *d = &k->d;
  uint32_t workers = k->s.job->workers, c = cols(&k->s);
  enum fg_err err = FG_OK;
  while (!err && d->n_waiting > 0 && d->left > 0) {
    uint32_t who = NOWHERE, what = NOWHERE;
    for (uint32_t p = 0; p < workers; p++) {
      if (!d->waiting[p] || (who != NOWHERE && d->progress[p] >= d->progress[who]))
        continue;
      uint32_t q = only == NOWHERE ? best_block(d, workers, c, p) : eligible(d, c, p, only) ? only : NOWHERE;
      if (q == NOWHERE)
        continue;
      who = p;
      what = q;
    }
    if (who == NOWHERE)
      break;
    err = grant(k, who, what);
  }
  return err ? err : end_level(k);
}

/* One more pair has `before` + 1 completed visits. Does the minimum rise? */
static bool count(struct directory *d, size_t pairs, uint64_t before) {
  if (before != d->min || --d->at_min > 0)
    return false;
  d->min++;
  for (size_t i = 0; i < pairs; i++)
    d->at_min += d->done[i] == d->min;
  return true;
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
  bool rises = count(d, (size_t)k->s.job->workers * c, d->done[(size_t)from * c + q]++);
  return serve(k, rises ? NOWHERE : q);
}

static enum fg_err take_request(struct parking *k, uint32_t from) {
  if (k->d.waiting[from])
    return FG_EPROTOCOL;
  k->d.waiting[from] = true;
  k->d.n_waiting++;
  uint32_t q = k->d.left ? best_block(&k->d, k->s.job->workers, cols(&k->s), from) : NOWHERE;
  return q == NOWHERE ? end_level(k) : grant(k, from, q);
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

/* ---- at a boundary: all blocks are parked, and nobody waits */

static bool holds(const struct fg_steward *s, uint32_t q) {
  return ((const struct parking *)s)->parked[q] != NULL;
}

static size_t pair_bytes(const struct fg_steward *s) {
  return (size_t)s->job->workers * cols(s) * sizeof(uint32_t);
}

static size_t stat_bytes(const struct fg_steward *s) {
  return fg_steward_stat_count(s) * sizeof(double);
}

/* what is parked here, a byte for each block; at rank 0 also visits of each pair, where blocks are, the statistic */
static size_t state_bytes(const struct fg_steward *s) {
  size_t parked = cols(s);
  return s->rank > 0 ? parked : parked + pair_bytes(s) + cols(s) * sizeof(uint32_t) + stat_bytes(s);
}

static void save(const struct fg_steward *s, unsigned char *out) {
  const struct parking *k = (const struct parking *)s;
  for (uint32_t q = 0; q < cols(s); q++)
    *out++ = k->parked[q] != NULL;
  if (s->rank > 0)
    return;
  fg_state_put(&out, k->d.done, pair_bytes(s));
  fg_state_put(&out, k->d.parked_at, cols(s) * sizeof *k->d.parked_at);
  fg_state_put(&out, k->d.total, stat_bytes(s));
}

static enum fg_err restore_directory(struct parking *k, const unsigned char *state) {
  struct fg_steward *s = &k->s;
  struct directory *d = &k->d;
  size_t workers = s->job->workers, c = cols(s);
  uint64_t all = 0, pause = s->job->pause;
  fg_state_get(&state, d->done, pair_bytes(s));
  fg_state_get(&state, d->parked_at, c * sizeof *d->parked_at);
  fg_state_get(&state, d->total, stat_bytes(s));
  memcpy(d->granted, d->done, pair_bytes(s));
  memset(d->progress, 0, workers * sizeof *d->progress);
  memset(d->visits, 0, c * sizeof *d->visits);
  d->min = UINT64_MAX;
  for (size_t p = 0; p < workers; p++)
    for (size_t q = 0; q < c; q++) {
      uint64_t n = d->done[p * c + q];
      d->progress[p] += n;
      d->visits[q] += n;
      d->at_min = n < d->min ? 1 : d->at_min + (n == d->min);
      d->min = n < d->min ? n : d->min;
      all += n;
    }
  uint64_t round = all / workers;
  if (all % workers || round == 0 || round >= s->job->rounds || !pause || round % pause)
    return FG_EINPUT;
  for (uint32_t q = 0; q < c; q++)
    if (d->parked_at[q] >= workers || (d->parked_at[q] == s->rank) != (k->parked[q] != NULL))
      return FG_EINPUT;
  k->level = next_level(s->job, round);
  d->left = (k->level - round) * workers;
  d->n_parked = (uint32_t)c;
  return FG_OK;
}

static enum fg_err restore(struct fg_steward *s, const unsigned char *state) {
  struct parking *k = of(s);
  for (uint32_t q = 0; q < cols(s); q++, state++) {
    if (*state > 1)
      return FG_EINPUT;
    k->parked[q] = *state ? &s->factors->col[q] : NULL;
  }
  return s->rank == 0 ? restore_directory(k, state) : FG_OK;
}

const struct fg_steward_ops fg_steward_directory = {.size = sizeof(struct parking),
                                                    .start = start,
                                                    .take = take,
                                                    .over = over,
                                                    .end = end,
                                                    .stat = stat,
                                                    .holds = holds,
                                                    .state_bytes = state_bytes,
                                                    .save = save,
                                                    .restore = restore};
