/* What must hold in every global state, and in those where nothing can happen any more. */
#include "proofs/explore/inner.h"

#include <stdarg.h>
#include <stdio.h>

#define FG_PROPERTY_TEXT(id, text) text,
const char *const fg_property_text[FG_PROPERTIES] = {FG_PROPERTY_LIST(FG_PROPERTY_TEXT)};

struct look {
  const struct fg_explorer *explorer;
  const struct fg_global *state;
  uint32_t workers, cols;
  char *why;
  size_t size;
};

static const struct fg_watch *worker(const struct look *l, uint32_t p) {
  return fg_local_watch(l->explorer, l->state->local[2 * p]);
}

/* Says why a property does not hold, if it is looked at. */
static int breaks(const struct look *l, enum fg_property property, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static int breaks(const struct look *l, enum fg_property property, const char *format, ...) {
  va_list list;
  va_start(list, format);
  vsnprintf(l->why, l->size, format, list);
  va_end(list);
  return l->explorer->properties & 1u << property ? (int)property : -1;
}

static int ownership(const struct look *l) {
  uint32_t once = 0, twice = 0, all = (1u << l->cols) - 1;
  if (l->explorer->sync.type->replica)
    return -1;
  for (uint32_t m = 0; m < 2 * l->workers; m++) {
    uint32_t holds = fg_local_watch(l->explorer, l->state->local[m])->holds;
    twice |= once & holds;
    once |= holds;
  }
  for (uint32_t i = 0; i < l->state->n_letters; i++) {
    const struct fg_letter *letter = fg_letter_at(l->explorer, l->state->letter[i]);
    uint32_t bit = letter->block == FG_NO_BLOCK ? 0 : 1u << letter->block;
    twice |= once & bit;
    once |= bit;
  }
  if (twice || once != all)
    return breaks(l, FG_PROPERTY_OWNERSHIP, "column blocks with two owners: %#x, without one: %#x", twice, all & ~once);
  return -1;
}

static int disjoint(const struct look *l) {
  uint32_t visited = 0;
  for (uint32_t p = 0; p < l->workers && !l->explorer->sync.type->replica; p++) {
    const struct fg_watch *w = worker(l, p);
    if (!w->visiting)
      continue;
    if (visited & 1u << w->block)
      return breaks(l, FG_PROPERTY_DISJOINT, "column block %u is visited twice", w->block);
    visited |= 1u << w->block;
  }
  return -1;
}

/* Who is beyond a stratum needs a quorum of reports of it; and each of them was sent by who has finished, or was cut,
 * which a release must have come before. */
static int quorum(const struct look *l) {
  const struct fg_sync *sync = &l->explorer->sync;
  if (!sync->type->strata)
    return -1;
  for (uint32_t p = 0; p < l->workers; p++) {
    uint32_t over = worker(l, p)->visits, reported = 0;
    for (uint32_t k = 0; k < l->workers; k++)
      reported += worker(l, k)->reports >= over;
    if (reported < sync->type->strata->quorum(sync, l->workers))
      return breaks(l, FG_PROPERTY_QUORUM, "worker %u is beyond stratum %u, of which %u have reported", p, over - 1,
                    reported);
  }
  return -1;
}

static int slack(const struct look *l) {
  const struct fg_sync *sync = &l->explorer->sync;
  uint32_t least = UINT32_MAX, most = 0;
  if (!sync->type->roving || !sync->type->roving->slack)
    return -1;
  for (uint32_t p = 0; p < l->workers; p++)
    for (uint32_t q = 0; q < l->cols; q++) {
      const struct fg_watch *w = worker(l, p);
      least = w->ended[q] < least ? w->ended[q] : least;
      most = w->begun[q] > most ? w->begun[q] : most;
    }
  /* least only grows: what holds at a visit's start holds after it */
  if (most > least && most - least > sync->type->roving->slack(sync))
    return breaks(l, FG_PROPERTY_SLACK, "a visit numbered %u while a block has had %u", most, least);
  return -1;
}

static int staleness(const struct look *l) {
  const struct fg_sync *sync = &l->explorer->sync;
  const struct fg_replica_policy *replica = sync->type->replica;
  uint64_t slowest = UINT64_MAX;
  if (!replica)
    return -1;
  uint64_t ahead = replica->server ? replica->slack(sync) : 0;
  for (uint32_t p = 0; p < l->workers; p++)
    slowest = worker(l, p)->finished < slowest ? worker(l, p)->finished : slowest;
  for (uint32_t p = 0; p < l->workers; p++) {
    uint64_t clock = worker(l, p)->clock;
    if (clock > slowest && clock - slowest > ahead)
      return breaks(l, FG_PROPERTY_STALENESS, "worker %u is in clock %llu, the slowest has finished %llu", p,
                    (unsigned long long)clock, (unsigned long long)slowest);
  }
  return -1;
}

int fg_state_breaks(const struct fg_explorer *e, const struct fg_global *state, char *why, size_t size) {
  static int (*const checks[])(const struct look *) = {ownership, disjoint, quorum, slack, staleness};
  const struct look l = {e, state, e->scene->workers, e->run->grid.col_blocks, why, size};
  for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
    int property = checks[i](&l);
    if (property >= 0)
      return property;
  }
  return -1;
}

/* Visits: of every worker as many as there are rounds, of every block as many as there are epochs for each worker; but
 * nomad leaves open who makes them, relay makes as many in all, and of no block more than the slack allows. */
static int cover(const struct look *l) {
  const struct fg_explorer *e = l->explorer;
  const struct fg_roving_policy *roving = e->sync.type->roving;
  bool by_any = roving && roving->kind == FG_ROVING_QUEUE, granted = roving && roving->kind == FG_ROVING_DIRECTORY;
  bool whole = e->rounds % l->cols == 0;
  uint64_t epochs = e->rounds / l->cols, least = UINT64_MAX, most = 0, all = 0;
  for (uint32_t q = 0; q < l->cols; q++) {
    uint64_t sum = 0;
    for (uint32_t p = 0; p < l->workers; p++) {
      uint64_t n = worker(l, p)->ended[q];
      sum += n;
      least = n < least ? n : least;
      most = n > most ? n : most;
      if (!by_any && !granted && (whole ? n != epochs : n < epochs || n > epochs + 1))
        return breaks(l, FG_PROPERTY_COVER, "worker %u has visited column block %u %llu times", p, q,
                      (unsigned long long)n);
    }
    all += sum;
    if (whole && !granted && sum != epochs * l->workers)
      return breaks(l, FG_PROPERTY_COVER, "column block %u was visited %llu times", q, (unsigned long long)sum);
  }
  if (all != e->rounds * l->workers)
    return breaks(l, FG_PROPERTY_COVER, "%llu visits were made", (unsigned long long)all);
  if (granted && most - least > roving->slack(&e->sync))
    return breaks(l, FG_PROPERTY_COVER, "a worker has visited a column block %llu times, another one %llu times",
                  (unsigned long long)most, (unsigned long long)least);
  for (uint32_t p = 0; p < l->workers; p++)
    if (!by_any && !granted && worker(l, p)->visits != e->rounds)
      return breaks(l, FG_PROPERTY_COVER, "worker %u has made %u visits", p, worker(l, p)->visits);
  return -1;
}

int fg_end_breaks(const struct fg_explorer *e, const struct fg_global *state, char *why, size_t size) {
  const struct look l = {e, state, e->scene->workers, e->run->grid.col_blocks, why, size};
  for (uint32_t p = 0; p < l.workers; p++)
    if (worker(&l, p)->act != FG_STOP)
      return breaks(&l, FG_PROPERTY_DEADLOCK, "worker %u waits for ever", p);
  for (uint32_t p = 0; p < e->hosts; p++)
    if (fg_local_watch(e, state->local[2 * p + 1])->act != FG_STOP)
      return breaks(&l, FG_PROPERTY_STOP, "steward %u does not stop", p);
  if (state->n_letters > 0)
    return breaks(&l, FG_PROPERTY_STOP, "%u letters are left", state->n_letters);
  return cover(&l);
}
