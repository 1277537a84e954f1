/* Runs whose times are looked at: the cheapest arithmetic, blocks of one unit of work, and a network that hardly
 * counts. */
#ifndef FG_PROOFS_LAB_TIMING_H
#define FG_PROOFS_LAB_TIMING_H

#include "proofs/lab/trial.h"

struct fg_timing {
  const char *data;       /* of `additive`, side x side points, all of them there (lent) */
  uint32_t side, workers; /* workers divides side: blocks are equal */
  uint64_t rounds;        /* sub-epochs */
  uint64_t chunk;
  const char *sync, *straggler; /* lent */
  const double *speed;          /* n_speeds numbers, dealt round the hosts (lent); NULL: all 1 */
  size_t n_speeds;
  uint64_t seed;
};

/* A trial of it, ready to be simulated: on a host of speed 1 a block takes 1 s without slowdowns, a message of 32 B
 * 0.2 us. As fg_trial_new. */
struct fg_trial *fg_timing_new(const struct fg_timing *timing, enum fg_err *err, struct fg_fault *fault);

/* The draw of a worker in a round, for laws of one draw per block. */
static inline double fg_timing_draw(const struct fg_trial *trial, uint32_t worker, uint64_t round) {
  return fg_straggler_factor(&trial->straggler, worker, round);
}

#endif
