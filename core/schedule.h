/* The stratified schedule (claims S1, S2): a cyclic Latin square. In sub-epoch s worker p serves column block (p + s)
 * mod C, so no two workers share a column block in a stratum and an epoch serves every block once. */
#ifndef FG_CORE_SCHEDULE_H
#define FG_CORE_SCHEDULE_H

#include <stdint.h>

/*@ // within a stratum workers have different blocks (S1); within an epoch a worker has a block once (S2)
    lemma schedule_disjoint: \forall integer p, q, s, C; 0 <= p < C && 0 <= q < C && 0 <= s < C &&
      (p + s) % C == (q + s) % C ==> p == q;
    lemma schedule_cover: \forall integer p, s, t, C; 0 <= p < C && 0 <= s < C && 0 <= t < C &&
      (p + s) % C == (p + t) % C ==> s == t; */

/* Column block that worker p serves in sub-epoch s of C; p < C, s < C. */
/*@ requires p < col_blocks && s < col_blocks;
    assigns \nothing;
    ensures \result == (p + s) % col_blocks; */
static inline uint32_t fg_schedule_col(uint32_t p, uint32_t s, uint32_t col_blocks) {
  return (uint32_t)(((uint64_t)p + s) % col_blocks);
}

/* Sub-epoch in which worker p serves column block q, the inverse; q < C. */
/*@ requires q < col_blocks;
    assigns \nothing;
    ensures \result < col_blocks;
    ensures p < col_blocks ==> (p + \result) % col_blocks == q; */
static inline uint32_t fg_schedule_stratum(uint32_t p, uint32_t q, uint32_t col_blocks) {
  return (uint32_t)(((uint64_t)q + col_blocks - p % col_blocks) % col_blocks);
}

/* Worker that serves the column block after worker p: blocks travel one way round the ring; C == P. */
/*@ requires p < workers;
    assigns \nothing;
    ensures \result == (p + workers - 1) % workers;
    ensures \forall integer s; 0 <= s < workers ==> (\result + s + 1) % workers == (p + s) % workers; */
static inline uint32_t fg_schedule_next(uint32_t p, uint32_t workers) {
  return p == 0 ? workers - 1 : p - 1;
}

/* Column block of the k-th visit of worker p where C = B P blocks go round a ring: its own B ones first (p, p + P,
 * ...), then those of its neighbour in the same order, and so on. B = 1: as fg_schedule_col. */
/*@ logic integer ring(integer p, integer k, integer P, integer B) = k % B * P + (p + k / B) % P;
    lemma ring_disjoint: \forall integer p, q, k, P, B; 0 <= p < P && 0 <= q < P && 0 <= k && 0 < B &&
      ring(p, k, P, B) == ring(q, k, P, B) ==> p == q;
    // a block determines both digits: with schedule_cover, a worker meets each once in C visits
    lemma ring_digits: \forall integer a, b, x, y, P; 0 <= x < P && 0 <= y < P && a * P + x == b * P + y ==>
      a == b && x == y; */
/*@ requires p < workers <= col_blocks && p + k <= UINT64_MAX;
    assigns \nothing;
    ensures \result == ring(p, k, workers, col_blocks / workers);
    ensures \result < col_blocks; */
static inline uint32_t fg_schedule_ring(uint32_t p, uint64_t k, uint32_t workers, uint32_t col_blocks) {
  uint32_t blocks = col_blocks / workers;
  return (uint32_t)(k % blocks) * workers + (uint32_t)((p + k / blocks) % workers);
}

#endif
