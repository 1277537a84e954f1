/* Who is whose neighbour, by rank alone: in a tree, round a ring, and where a shard is served. */
#ifndef FG_CORE_RANKS_H
#define FG_CORE_RANKS_H

#include <stdint.h>

/* The tree: parent of a rank > 0, and its children first .. first + count - 1. */
/*@ requires 0 < rank && 0 < arity;
    assigns \nothing;
    ensures \result == (rank - 1) / arity < rank;
    ensures \result * arity < rank <= \result * arity + arity; */
static inline uint32_t fg_tree_parent(uint32_t rank, uint32_t arity) {
  return (rank - 1) / arity;
}
/*@ requires rank < workers && 0 < arity && \valid(first);
    assigns *first;
    ensures 0 < \result ==> rank < *first && *first + \result <= workers;
    ensures \forall integer c; 0 < c < workers ==>
      (*first <= c < *first + \result <==> rank * arity < c <= rank * arity + arity); */
static inline uint32_t fg_tree_children(uint32_t rank, uint32_t arity, uint32_t workers, uint32_t *first) {
  uint64_t f = (uint64_t)rank * arity + 1;
  if (f >= workers)
    return *first = workers, 0;
  *first = (uint32_t)f;
  return f + arity <= workers ? arity : (uint32_t)(workers - f);
}

/* The worker n places before another one on the ring; n <= workers. */
/*@ requires rank < workers && n <= workers;
    assigns \nothing;
    ensures \result == (rank + workers - n) % workers;
    ensures (\result + n) % workers == rank; */
static inline uint32_t fg_ring_before(uint32_t rank, uint32_t n, uint32_t workers) {
  return (uint32_t)(((uint64_t)rank + workers - n) % workers);
}

/* Slice that a worker sends in step 0 .. 2 P - 3 of an all-reduce round the ring (core/worker/average.c). */
/*@ requires rank < workers <= INT32_MAX && step + 2 < 2 * workers;
    assigns \nothing;
    ensures \result == (rank + 2 * workers - 1 - step) % workers; */
static inline uint32_t fg_ring_sends(uint32_t rank, uint32_t step, uint32_t workers) {
  return fg_ring_before(rank, step + 1 < workers ? step + 1 : step + 1 - workers, workers);
}

/* Slice that comes in this step: what the worker before sends. */
/*@ requires rank < workers <= INT32_MAX && step + 2 < 2 * workers;
    assigns \nothing;
    ensures \result == (rank + 2 * workers - 2 - step) % workers; */
static inline uint32_t fg_ring_receives(uint32_t rank, uint32_t step, uint32_t workers) {
  return fg_ring_sends(fg_ring_before(rank, 1, workers), step, workers);
}

/* Host of the steward that serves shard q of P: worker q's, or with hosts of their own for servers the one behind the
 * workers' that is its turn. */
/*@ requires q < workers && workers + servers <= UINT32_MAX;
    assigns \nothing;
    ensures servers == 0 ==> \result == q;
    ensures servers > 0 ==> workers <= \result < workers + servers && (q - (\result - workers)) % servers == 0; */
static inline uint32_t fg_shard_host(uint32_t q, uint32_t workers, uint32_t servers) {
  return servers ? workers + q % servers : q;
}

#endif
