/* relay's stewards park column blocks; that of rank 0 is also the directory, which knows of each block where it is
 * parked and how often every worker has visited it, and grants blocks to workers that ask (method.md section 10). A
 * block q is eligible to worker p if it is parked and was granted to p fewer than min + slack times, min the completed
 * visits of the least-visited pair (p, q) of the whole grid (claim C6). */
#include "core/kernel.h"
#include "core/shelf.h"
#include "core/state.h"
#include "core/steward/inner.h"

#include <stdlib.h>
#include <string.h>

#define NOWHERE UINT32_MAX

/* Visits of a worker to a column block, modulo 2^16: with less than that between the most and the least visited pair,
 * which the slack sees to, counts are told by their distance from the minimum. */
enum { SLACK_MOST = 65534 }; /* more, and slack=inf, is as much */

/* rank 0's */
struct directory {
  uint16_t *granted;   /* P x C: visits granted; completed are as many, less one where the block is with the worker */
  uint64_t *progress;  /* P: sum over q of granted, the next grant goes to who has least */
  uint32_t *visits;    /* C: sum over p of granted */
  uint32_t *parked_at; /* C: rank of the steward, or NOWHERE */
  uint32_t *holder;    /* C: worker it was last granted to */
  uint16_t *away;      /* C: 0 if parked, otherwise so much that no level is above */
  uint32_t *first;     /* P: the parked block of lowest number at this steward, or NOWHERE */
  uint32_t *after;     /* C: the next one there, rising */
  uint32_t *waiting;   /* n_waiting of P: those that have asked, by progress, then rank */
  uint32_t n_parked, n_waiting;
  uint32_t slack;
  uint64_t left;        /* grants that may still be made before the next boundary */
  uint64_t min, at_min; /* least completed visits, and how many pairs have no more */
  double *total;        /* the global statistic */
};

struct parking {
  struct fg_steward s;
  struct fg_shelf parked; /* here */
  uint64_t level;         /* round of the next boundary */
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

/* A block is parked with a steward from now on, or no longer. */
static void put_away(struct directory *d, uint32_t q, uint32_t at) {
  uint32_t *link = &d->first[at];
  while (*link < q) /* NOWHERE is no less */
    link = &d->after[*link];
  d->after[q] = *link;
  *link = q;
  d->parked_at[q] = at;
  d->away[q] = 0;
  d->n_parked++;
}

static void fetch(struct directory *d, uint32_t q) {
  uint32_t *link = &d->first[d->parked_at[q]];
  while (*link != q)
    link = &d->after[*link];
  *link = d->after[q];
  d->after[q] = NOWHERE;
  d->parked_at[q] = NOWHERE;
  d->away[q] = UINT16_MAX;
  d->n_parked--;
}

static enum fg_err start_directory(struct parking *k) {
  const struct fg_job *job = k->s.job;
  struct directory *d = &k->d;
  size_t p = job->workers, c = cols(&k->s), g = fg_steward_stat_count(&k->s);
  uint64_t slack = job->sync.type->roving->slack(&job->sync);
  d->granted = calloc(p * c, sizeof *d->granted);
  d->progress = calloc(p, sizeof *d->progress);
  d->visits = calloc(c, sizeof *d->visits);
  d->parked_at = malloc(c * sizeof *d->parked_at);
  d->holder = calloc(c, sizeof *d->holder);
  d->away = malloc(c * sizeof *d->away);
  d->first = malloc(p * sizeof *d->first);
  d->after = malloc(c * sizeof *d->after);
  d->waiting = calloc(p, sizeof *d->waiting);
  d->total = calloc(g + 1, sizeof *d->total);
  if (!d->granted || !d->progress || !d->visits || !d->parked_at || !d->holder || !d->away || !d->first || !d->after ||
      !d->waiting || !d->total)
    return FG_ENOMEM;
  if (g)
    memcpy(d->total, job->stat, g * sizeof *d->total);
  d->slack = slack < SLACK_MOST ? (uint32_t)slack : SLACK_MOST;
  d->left = k->level * p - p; /* every worker begins with the first block of its home */
  d->at_min = p * c;
  memset(d->first, 0xff, p * sizeof *d->first);
  memset(d->after, 0xff, c * sizeof *d->after);
  memset(d->parked_at, 0xff, c * sizeof *d->parked_at);
  memset(d->away, 0xff, c * sizeof *d->away);
  for (uint32_t q = 0; q < p; q++) {
    d->granted[q * c + q] = 1;
    d->progress[q] = d->visits[q] = 1;
    d->holder[q] = q;
  }
  for (uint32_t q = (uint32_t)p; q < c; q++)
    put_away(d, q, q % (uint32_t)p);
  return FG_OK;
}

static enum fg_err start(struct fg_steward *s) {
  struct parking *k = of(s);
  uint32_t home = cols(s) / s->job->workers, room = 4 * home + 4;
  k->level = next_level(s->job, 0);
  enum fg_err err = fg_shelf_reserve(&k->parked, room < cols(s) ? room : cols(s));
  for (uint32_t q = s->rank + s->job->workers; q < cols(s) && !err; q += s->job->workers)
    err = fg_shelf_put(&k->parked, &s->factors->col[q]);
  return !err && s->rank == 0 ? start_directory(k) : err;
}

static void end(struct fg_steward *s) {
  struct parking *k = of(s);
  fg_shelf_free(&k->parked);
  free(k->d.granted);
  free(k->d.progress);
  free(k->d.visits);
  free(k->d.parked_at);
  free(k->d.holder);
  free(k->d.away);
  free(k->d.first);
  free(k->d.after);
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
  p->block = fg_shelf_take(&k->parked, q);
  p->item = q;
  return fg_steward_post(&k->s, p);
}

/* ---- the directory */

/* how far a number of visits is beyond the minimum, both modulo 2^16 */
/*@ assigns \nothing;
    ensures \result == (min <= visits ? visits - min : visits + 65536 - min);
    ensures distance: \forall integer v, m; 0 <= m <= v < m + 65536 && v % 65536 == visits && m % 65536 == min ==>
      \result == v - m; */
FG_INLINE uint16_t beyond(uint16_t visits, uint16_t min) {
  return (uint16_t)((visits + 65536u - min) % 65536u); /* the cast alone would do */
}

/* visits of a worker to a block beyond the minimum; of one that is not parked more than any slack */
/*@ requires \valid_read(d) && \valid_read(d->granted + pair) && \valid_read(d->away + q);
    assigns \nothing;
    ensures distance: \forall integer visits; d->min <= visits < d->min + 65536 && d->granted[pair] == visits % 65536 &&
      d->away[q] == 0 ==> \result == visits - d->min;
    ensures away: d->away[q] != 0 ==> \result == UINT16_MAX; */
static uint32_t level(const struct directory *d, size_t pair, uint32_t q) {
  return d->away[q] ? UINT16_MAX : beyond(d->granted[pair], (uint16_t)(d->min % 65536));
}

/*@ requires \valid_read(d) && \valid_read(d->granted + p * c + q) && \valid_read(d->away + q);
    requires d->slack < UINT16_MAX && p * c + q <= UINT64_MAX;
    assigns \nothing;
    ensures claim_C6: \forall integer visits; d->min <= visits < d->min + 65536 &&
      d->granted[p * c + q] == visits % 65536 ==> (\result <==> d->away[q] == 0 && visits < d->min + d->slack); */
static bool eligible(const struct directory *d, uint32_t c, uint32_t p, uint32_t q) {
  return level(d, (size_t)p * c + q, q) < d->slack;
}

/* the least level of n blocks, as `level` has it, by many at a time */
FG_KERNEL static uint32_t least_level(const uint16_t *granted, const uint16_t *away, uint16_t min, uint32_t n) {
  uint16_t least = UINT16_MAX;
  for (uint32_t q = 0; q < n; q++) {
    uint16_t here = beyond(granted[q], min) | away[q];
    least = here < least ? here : least;
  }
  return least;
}

/* the fewest visits by all of those of n blocks that are at this level; UINT32_MAX: none is */
FG_KERNEL static uint32_t fewest_visits(const uint16_t *granted, const uint16_t *away, const uint32_t *visits,
                                        uint16_t min, uint32_t at, uint32_t n) {
  uint32_t fewest = UINT32_MAX;
  for (uint32_t q = 0; q < n; q++) {
    uint16_t here = beyond(granted[q], min) | away[q];
    uint32_t all = here == at ? visits[q] : UINT32_MAX;
    fewest = all < fewest ? all : fewest;
  }
  return fewest;
}

/* The eligible block that the worker has visited least; of several the one least visited by all, then one that is
 * parked with it already, then the lowest number from the worker's own on. NOWHERE: none. */
static uint32_t best_block(const struct directory *d, uint32_t workers, uint32_t c, uint32_t p) {
  enum { SOME = 512 }; /* between two looks whether it is settled */
  const uint16_t *granted = d->granted + (size_t)p * c, min = (uint16_t)d->min;
  uint32_t home = (uint32_t)((uint64_t)p * (c / workers)), least = UINT16_MAX, best = NOWHERE;
  for (uint32_t q = 0; q < c && least > 0; q += SOME) {
    uint32_t here = least_level(granted + q, d->away + q, min, c - q < SOME ? c - q : SOME);
    least = here < least ? here : least;
  }
  if (least >= d->slack)
    return NOWHERE;
  uint32_t fewest = fewest_visits(granted, d->away, d->visits, min, least, c);
  for (uint32_t q = d->first[p]; q != NOWHERE; q = d->after[q]) /* rising: those from home on come first */
    if (level(d, (size_t)p * c + q, q) == least && d->visits[q] == fewest &&
        (best == NOWHERE || (best < home && q >= home)))
      best = q;
  for (uint32_t i = 0; best == NOWHERE; i++) {
    uint32_t q = home + i < c ? home + i : home + i - c;
    if (d->visits[q] == fewest && level(d, (size_t)p * c + q, q) == least)
      best = q;
  }
  return best;
}

/* ---- who waits, by progress, then rank */

/* the place of a worker among those who wait, or where it would be */
static uint32_t place(const struct directory *d, uint32_t p) {
  uint32_t low = 0, high = d->n_waiting;
  while (low < high) {
    uint32_t mid = low + (high - low) / 2, w = d->waiting[mid];
    if (d->progress[w] < d->progress[p] || (d->progress[w] == d->progress[p] && w < p))
      low = mid + 1;
    else
      high = mid;
  }
  return low;
}

static bool waits(const struct directory *d, uint32_t p) {
  uint32_t at = place(d, p);
  return at < d->n_waiting && d->waiting[at] == p;
}

static void enqueue(struct directory *d, uint32_t p) {
  uint32_t at = place(d, p);
  memmove(d->waiting + at + 1, d->waiting + at, (d->n_waiting++ - at) * sizeof *d->waiting);
  d->waiting[at] = p;
}

static void dequeue(struct directory *d, uint32_t p) {
  uint32_t at = place(d, p);
  memmove(d->waiting + at, d->waiting + at + 1, (--d->n_waiting - at) * sizeof *d->waiting);
  d->waiting[d->n_waiting] = 0;
}

/* ---- grants */

static enum fg_err grant(struct parking *k, uint32_t p, uint32_t q) {
  struct fg_steward *s = &k->s;
  struct directory *d = &k->d;
  uint32_t at = d->parked_at[q];
  fetch(d, q);
  dequeue(d, p);
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
 * NOWHERE. A grant leaves less for the others, so that who has been passed over stays so. */
static enum fg_err serve(struct parking *k, uint32_t only) {
  struct directory *d = &k->d;
  uint32_t workers = k->s.job->workers, c = cols(&k->s);
  enum fg_err err = FG_OK;
  for (uint32_t i = 0; !err && i < d->n_waiting && d->left > 0;) {
    uint32_t p = d->waiting[i];
    uint32_t q = only == NOWHERE ? best_block(d, workers, c, p) : eligible(d, c, p, only) ? only : NOWHERE;
    if (q == NOWHERE) {
      i++;
      continue;
    }
    err = grant(k, p, q); /* the next one takes its place */
    if (only != NOWHERE)
      break;
  }
  return err ? err : end_level(k);
}

/* Pairs with `min` completed visits. */
FG_KERNEL static uint64_t pairs_at(const uint16_t *granted, size_t pairs, uint16_t min) {
  uint64_t n = 0;
  for (size_t i = 0; i < pairs; i++)
    n += granted[i] == min;
  return n;
}

/* One more pair has completed all the visits that were granted to it. Does the minimum rise? */
static bool count(struct directory *d, uint32_t workers, uint32_t c, size_t pair) {
  if ((uint16_t)(d->granted[pair] - 1) != (uint16_t)d->min || --d->at_min > 0)
    return false;
  d->min++;
  d->at_min = pairs_at(d->granted, (size_t)workers * c, (uint16_t)d->min);
  for (uint32_t q = 0; q < c; q++) /* and those whose next visit is under way */
    if (d->parked_at[q] == NOWHERE)
      d->at_min += d->granted[(size_t)d->holder[q] * c + q] == (uint16_t)(d->min + 1);
  return true;
}

static enum fg_err take_report(struct parking *k, uint32_t from, uint32_t q, const struct fg_parcel *p) {
  struct directory *d = &k->d;
  uint32_t c = cols(&k->s);
  if (q >= c || d->parked_at[q] != NOWHERE || d->holder[q] != from || p->n_stat != fg_steward_stat_count(&k->s))
    return FG_EPROTOCOL;
  for (uint32_t i = 0; i < p->n_stat; i++)
    d->total[i] += p->stat[i];
  put_away(d, q, from);
  bool rises = count(d, k->s.job->workers, c, (size_t)from * c + q);
  return serve(k, rises ? NOWHERE : q);
}

static enum fg_err take_request(struct parking *k, uint32_t from) {
  struct directory *d = &k->d;
  if (waits(d, from))
    return FG_EPROTOCOL;
  enqueue(d, from);
  uint32_t q = d->left ? best_block(d, k->s.job->workers, cols(&k->s), from) : NOWHERE;
  return q == NOWHERE ? end_level(k) : grant(k, from, q);
}

/* ---- what comes */

/* The own worker has finished with a block. */
static enum fg_err park(struct parking *k, struct fg_parcel *p) {
  struct fg_steward *s = &k->s;
  if (!p->block || p->from.rank != s->rank || p->from.role != FG_WORKER || fg_shelf_find(&k->parked, p->block->id))
    return FG_EPROTOCOL;
  uint32_t q = p->block->id;
  if (fg_shelf_put(&k->parked, p->block))
    return FG_ENOMEM;
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
  if (p->kind == FG_PARCEL_GRANT && !root && from_root && fg_shelf_find(&k->parked, p->item) &&
      p->count < s->job->workers)
    return send_block(k, p->item, p->count, p->stat);
  if (p->kind == FG_PARCEL_RELEASE && !root && from_root && !k->ended)
    return pass_on_release(k, p);
  return FG_EPROTOCOL;
}

/* ---- at a boundary: all blocks are parked, and nobody waits */

static bool holds(const struct fg_steward *s, uint32_t q) {
  return fg_shelf_find(&((const struct parking *)s)->parked, q) != NULL;
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
  const struct directory *d = &k->d;
  memset(out, 0, cols(s));
  for (uint32_t i = 0; i < k->parked.n; i++)
    out[k->parked.block[i]->id] = 1;
  out += cols(s);
  if (s->rank > 0)
    return;
  for (size_t i = 0; i < (size_t)s->job->workers * cols(s); i++) {
    uint32_t done = (uint32_t)d->min + beyond(d->granted[i], (uint16_t)d->min);
    fg_state_put(&out, &done, sizeof done);
  }
  fg_state_put(&out, d->parked_at, cols(s) * sizeof *d->parked_at);
  fg_state_put(&out, d->total, stat_bytes(s));
}

/* Visits of all pairs: their sums, and how many are at the minimum. state: P x C numbers. */
static enum fg_err restore_visits(struct parking *k, const unsigned char *state) {
  struct fg_steward *s = &k->s;
  struct directory *d = &k->d;
  size_t workers = s->job->workers, c = cols(s);
  uint64_t all = 0, pause = s->job->pause, most = 0;
  memset(d->progress, 0, workers * sizeof *d->progress);
  memset(d->visits, 0, c * sizeof *d->visits);
  d->min = UINT64_MAX;
  for (size_t p = 0; p < workers; p++)
    for (size_t q = 0; q < c; q++) {
      uint32_t n;
      fg_state_get(&state, &n, sizeof n);
      d->granted[p * c + q] = (uint16_t)n;
      d->progress[p] += n;
      d->visits[q] += n;
      d->at_min = n < d->min ? 1 : d->at_min + (n == d->min);
      d->min = n < d->min ? n : d->min;
      most = n > most ? n : most;
      all += n;
    }
  uint64_t round = all / workers;
  if (all % workers || round == 0 || round >= s->job->rounds || !pause || round % pause || most - d->min > d->slack)
    return FG_EINPUT;
  k->level = next_level(s->job, round);
  d->left = (k->level - round) * workers;
  return FG_OK;
}

static enum fg_err restore_directory(struct parking *k, const unsigned char *state) {
  struct fg_steward *s = &k->s;
  struct directory *d = &k->d;
  size_t workers = s->job->workers, c = cols(s);
  enum fg_err err = restore_visits(k, state);
  if (err)
    return err;
  state += pair_bytes(s);
  for (uint32_t q = 0; q < c; q++)
    if (d->parked_at[q] != NOWHERE)
      fetch(d, q);
  for (uint32_t q = 0, at; q < c; q++) {
    fg_state_get(&state, &at, sizeof at);
    if (at >= workers || (at == s->rank) != holds(s, q))
      return FG_EINPUT;
    put_away(d, q, at);
  }
  fg_state_get(&state, d->total, stat_bytes(s));
  return FG_OK;
}

static enum fg_err restore(struct fg_steward *s, const unsigned char *state) {
  struct parking *k = of(s);
  fg_shelf_clear(&k->parked);
  for (uint32_t q = 0; q < cols(s); q++, state++) {
    if (*state > 1)
      return FG_EINPUT;
    if (*state && fg_shelf_put(&k->parked, &s->factors->col[q]))
      return FG_ENOMEM;
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
