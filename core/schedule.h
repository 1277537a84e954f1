/* The stratified schedule (claims S1, S2): a cyclic Latin square. In sub-epoch s worker p serves column block (p + s)
 * mod C, so no two workers share a column block in a stratum and an epoch serves every block once. */
#ifndef FG_CORE_SCHEDULE_H
#define FG_CORE_SCHEDULE_H

#include <stdint.h>

/* Column block that worker p serves in sub-epoch s of C; p < C, s < C. */
static inline uint32_t fg_schedule_col(uint32_t p, uint32_t s, uint32_t col_blocks) {
  return (uint32_t)(((uint64_t)p + s) % col_blocks);
}

/* Worker that serves the column block after worker p: blocks travel one way round the ring; C == P. */
static inline uint32_t fg_schedule_next(uint32_t p, uint32_t workers) {
  return p == 0 ? workers - 1 : p - 1;
}

/* Column block of the k-th visit of worker p where C = B P blocks go round a ring: its own B ones first (p, p + P,
 * ...), then those of its neighbour in the same order, and so on. B = 1: as fg_schedule_col. */
static inline uint32_t fg_schedule_ring(uint32_t p, uint64_t k, uint32_t workers, uint32_t col_blocks) {
  uint32_t blocks = col_blocks / workers;
  return (uint32_t)(k % blocks) * workers + (uint32_t)((p + k / blocks) % workers);
}

#endif
