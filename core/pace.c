/* Time of work: from updates and a straggler law to seconds, and back. */
#include "core/pace.h"

#include "core/share.h"

#include <math.h>

/*@ logic integer chunks(integer updates, integer chunk) = (updates + chunk - 1) / chunk; */

/*@ requires 0 < chunk && updates + chunk <= UINT64_MAX;
    assigns \nothing;
    ensures \result == chunks(updates, chunk);
    ensures least: \result * chunk >= updates && (0 < updates ==> (\result - 1) * chunk < updates);
    ensures some: 0 < updates ==> 0 < \result;
    ensures most: \result <= updates; */
static uint64_t chunks_of(uint64_t updates, uint64_t chunk) {
  return (updates + chunk - 1) / chunk;
}

/*@ predicate is_work(struct fg_spend *s) = // within what --chunk, epochs and data can be (config.c, counted.c)
      \valid_read(s) && 0 < s->left <= s->pass <= 1 << 53 && 0 < s->chunk <= 1 << 40; */

/*@ requires is_work(s);
    assigns \nothing;
    ensures \result == UINT64_MAX || \result == chunks(s->left, s->chunk) + s->passes * chunks(s->pass, s->chunk);
    ensures s->passes == UINT64_MAX ==> \result == UINT64_MAX; */
uint64_t fg_spend_chunks(const struct fg_spend *s) {
  uint64_t per_pass = chunks_of(s->pass, s->chunk);
  if (s->passes >= FG_CHUNKS_MAX / per_pass)
    return UINT64_MAX;
  return chunks_of(s->left, s->chunk) + s->passes * per_pass;
}

uint64_t fg_spend_updates(const struct fg_spend *s, uint64_t n) {
  uint64_t first = chunks_of(s->left, s->chunk), per_pass = chunks_of(s->pass, s->chunk);
  if (n < first)
    return n * s->chunk;
  n -= first;
  return s->left + n / per_pass * s->pass + n % per_pass * s->chunk;
}

uint64_t fg_spend_chunk(const struct fg_spend *s, uint64_t i) {
  return fg_spend_updates(s, i + 1) - fg_spend_updates(s, i);
}

/* The number of the draw that a visit's work is under, for laws whose draws last longer than a chunk. */
static uint64_t draw_index(const struct fg_pace *p, uint64_t round) {
  switch (p->straggler->per) {
  case FG_PER_BLOCK: /* 1/P of an epoch's visits, whatever the number of column blocks */
    return fg_share_begin(round, p->workers, p->col_blocks);
  case FG_PER_EPOCH:
    return round / p->col_blocks;
  default:
    return 0;
  }
}

static bool walks(const struct fg_pace *p) {
  return fg_straggler_timed(p->straggler) || p->straggler->per == FG_PER_CHUNK;
}

/* seconds of one update while a draw lasts */
static double slow_update(const struct fg_pace *p, uint64_t round) {
  return p->update_s * fg_straggler_factor(p->straggler, p->worker, draw_index(p, round));
}

/* end of chunk number `chunk` of the worker (its updates: n), started at `start` */
static double chunk_end(struct fg_pace *p, uint64_t chunk, double start, uint64_t n) {
  double work = (double)n * p->update_s;
  if (fg_straggler_timed(p->straggler))
    return fg_straggler_finish(p->straggler, p->worker, &p->cursor, start, work);
  return start + work * fg_straggler_factor(p->straggler, p->worker, chunk);
}

double fg_pace_end(struct fg_pace *p, const struct fg_spend *spend, uint64_t round, uint64_t chunks, double start,
                   uint64_t n) {
  if (fg_straggler_timed(p->straggler)) /* time lines do not care about chunks */
    return chunk_end(p, 0, start, fg_spend_updates(spend, n));
  if (!walks(p))
    return start + (double)fg_spend_updates(spend, n) * slow_update(p, round);
  double t = start;
  for (uint64_t i = 0; i < n; i++)
    t = chunk_end(p, chunks + i, t, fg_spend_chunk(spend, i));
  return t;
}

uint64_t fg_pace_count(struct fg_pace *p, const struct fg_spend *spend, uint64_t round, uint64_t chunks, double start,
                       double now, double *end) {
  uint64_t most = fg_spend_chunks(spend), n = 0;
  *end = start;
  if (now <= start)
    return 0;
  if (walks(p)) {
    while (n < most && n < FG_CHUNKS_MAX && *end < now) {
      double chunk_start = *end;
      *end = chunk_end(p, chunks + n, chunk_start, fg_spend_chunk(spend, n));
      n++;
      if (!(*end > chunk_start)) /* no time passes (S = 0): endless extras would never end the wait */
        return n;
    }
    return n;
  }
  double per_update = slow_update(p, round);
  if (!(per_update > 0))
    return 1; /* *end = start: see above */
  /* whole passes at once, then chunk by chunk, from one formula so that no rounding piles up */
  double passes = floor(((now - start) / per_update - (double)spend->left) / (double)spend->pass) - 1;
  if (passes > 0) {
    if (most == UINT64_MAX && passes >= (double)(FG_CHUNKS_MAX / chunks_of(spend->pass, spend->chunk)))
      return FG_CHUNKS_MAX;
    uint64_t whole = passes < (double)spend->passes ? (uint64_t)passes : spend->passes;
    n = chunks_of(spend->left, spend->chunk) + whole * chunks_of(spend->pass, spend->chunk);
    *end = start + (double)fg_spend_updates(spend, n) * per_update;
  }
  while (n < most && *end < now)
    *end = start + (double)fg_spend_updates(spend, ++n) * per_update;
  return n;
}
