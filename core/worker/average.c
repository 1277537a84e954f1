/* All-reduce: from P replicas to their mean in each of them (psgd), by messages from worker to worker (sync/psgd.c has
 * their closed form). The order of every sum is that of ranks along the ring, or up the tree, never that of arrival:
 * all replicas end with the same bits, whatever the timing.
 *
 * Ring, 2 (P-1) steps. In step s < P-1 worker p sends slice p-s-1 (mod P) to p+1, and adds its own values to the slice
 * p-s-2 that comes from p-1; then its slice p is the whole sum. In the other steps t it sends slice p-t on, and takes
 * over slice p-t-1. Tree: the binary one of ranks; sums of the children are added in the order of their ranks. */
#include "core/ranks.h"
#include "core/worker/replica.h"

#include <stdlib.h>

enum { ARITY = 2, UP = 0, DOWN = 1 };

static uint32_t workers(const struct fg_replica_worker *r) {
  return r->w.job->workers;
}

static enum fg_err start(struct fg_replica_worker *r) {
  r->ring = fg_replica_ring(r->w.job);
  return FG_OK;
}

static void end(struct fg_replica_worker *r) {
  for (size_t i = 0; i < r->n_arrived; i++)
    free(r->arrived[i].floats);
  free(r->arrived);
}

/* Has the slice come from `from` as `count` of this exchange? Then *floats is what it brought (given). */
static bool claim(struct fg_replica_worker *r, uint32_t from, uint32_t count, float **floats) {
  for (size_t i = 0; i < r->n_arrived; i++) {
    const struct fg_arrival *a = &r->arrived[i];
    if (a->round != r->exchanges || a->from != from || a->count != count)
      continue;
    *floats = a->floats;
    r->arrived[i] = r->arrived[--r->n_arrived];
    return true;
  }
  return false;
}

static void use(struct fg_replica_worker *r, uint32_t item, float *floats, bool add) {
  struct fg_slice s = fg_replica_slice(&r->replica, item);
  if (fg_replica_is_idle(r)) {
  } else if (add) {
    fg_slice_add(&s, r->w.job->model, floats);
  } else {
    fg_slice_set(&s, r->w.job->model, floats);
  }
  free(floats);
}

static void divide(struct fg_replica_worker *r, uint32_t item) {
  struct fg_slice s = fg_replica_slice(&r->replica, item);
  if (!fg_replica_is_idle(r))
    fg_slice_divide(&s, r->w.job->model, (float)workers(r));
}

/* ---- ring */

static bool next_ring(struct fg_replica_worker *r, struct fg_act *act) {
  uint32_t half = workers(r) - 1, right = (r->w.rank + 1) % workers(r), left = fg_ring_before(r->w.rank, 1, workers(r));
  while (r->step < 2 * half) {
    if (!r->sent) {
      r->sent = true;
      struct fg_address to = {right, FG_WORKER};
      fg_act_send(&r->w, act, fg_replica_parcel(r, to, fg_ring_sends(r->w.rank, r->step, workers(r)), r->step));
      return true;
    }
    float *floats;
    if (!claim(r, left, r->step, &floats)) {
      act->kind = FG_AWAIT;
      return true;
    }
    use(r, fg_ring_receives(r->w.rank, r->step, workers(r)), floats, r->step < half);
    r->step++;
    r->sent = false;
    if (r->step == half)
      divide(r, r->w.rank);
  }
  return false;
}

/* ---- tree */

/* Steps: a sum from each child; then the mean from the parent, or at the root its making; then the mean to each child.
 */
static bool next_tree(struct fg_replica_worker *r, struct fg_act *act) {
  uint32_t first, children = fg_tree_children(r->w.rank, ARITY, workers(r), &first);
  float *floats;
  for (; r->step < children; r->step++) {
    if (!claim(r, first + r->step, UP, &floats)) {
      act->kind = FG_AWAIT;
      return true;
    }
    use(r, FG_SLICE_ALL, floats, true);
  }
  if (r->step == children && r->w.rank == 0) {
    divide(r, FG_SLICE_ALL);
    r->step++;
  }
  if (r->step == children) {
    uint32_t parent = fg_tree_parent(r->w.rank, ARITY);
    if (!r->sent) {
      r->sent = true;
      fg_act_send(&r->w, act, fg_replica_parcel(r, (struct fg_address){parent, FG_WORKER}, FG_SLICE_ALL, UP));
      return true;
    }
    if (!claim(r, parent, DOWN, &floats)) {
      act->kind = FG_AWAIT;
      return true;
    }
    use(r, FG_SLICE_ALL, floats, false);
    r->step++;
  }
  uint32_t told = r->step - children - 1;
  if (told == children)
    return false;
  r->step++;
  fg_act_send(&r->w, act, fg_replica_parcel(r, (struct fg_address){first + told, FG_WORKER}, FG_SLICE_ALL, DOWN));
  return true;
}

static bool next(struct fg_replica_worker *r, struct fg_act *act) {
  if (workers(r) > 1 && (r->ring ? next_ring(r, act) : next_tree(r, act)))
    return true;
  r->step = 0;
  r->sent = false;
  return false;
}

/* Is it a slice that the sender has for this worker? */
static bool expected(const struct fg_replica_worker *r, const struct fg_parcel *p) {
  uint32_t from = p->from.rank, self = r->w.rank;
  if (p->from.role != FG_WORKER || workers(r) == 1)
    return false;
  if (r->ring)
    return from == fg_ring_before(self, 1, workers(r)) && p->count < 2 * (workers(r) - 1) &&
           p->item == fg_ring_receives(self, p->count, workers(r));
  if (p->item != FG_SLICE_ALL)
    return false;
  return p->count == UP ? from > 0 && fg_tree_parent(from, ARITY) == self
                        : p->count == DOWN && self > 0 && from == fg_tree_parent(self, ARITY);
}

/* A neighbour may be an exchange ahead, never two: that one needs this worker. */
static enum fg_err take(struct fg_replica_worker *r, struct fg_parcel *p) {
  if (p->round < r->exchanges || p->round > r->exchanges + 1 || !expected(r, p))
    return FG_EPROTOCOL;
  for (size_t i = 0; i < r->n_arrived; i++) {
    const struct fg_arrival *a = &r->arrived[i];
    if (a->round == p->round && a->from == p->from.rank && a->count == p->count)
      return FG_EPROTOCOL;
  }
  if (r->n_arrived == r->arrived_capacity) {
    size_t capacity = r->arrived_capacity ? 2 * r->arrived_capacity : 4;
    struct fg_arrival *more = realloc(r->arrived, capacity * sizeof *more);
    if (!more)
      return FG_ENOMEM;
    r->arrived = more;
    r->arrived_capacity = capacity;
  }
  r->arrived[r->n_arrived++] = (struct fg_arrival){p->round, p->from.rank, p->count, p->floats};
  p->floats = NULL;
  return FG_OK;
}

const struct fg_exchange_ops fg_exchange_average = {.start = start, .next = next, .take = take, .end = end};
