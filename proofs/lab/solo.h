/* A worker of the real core alone: worker 0 of a trial on its first block, (0, 0), played by hand in this process, a
 * few microseconds a time. Nobody releases it, so that under a strategy with unbounded extra updates its wait lasts as
 * long as is wanted; that is what an ensemble of one block, or an adversary, needs. The trial must have chunk=1 and a
 * strategy with strata.
 *
 * Coordinates are the block's: rows, then columns, rank entries each (as in curvature.h). */
#ifndef FG_PROOFS_LAB_SOLO_H
#define FG_PROOFS_LAB_SOLO_H

#include "proofs/lab/trial.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fg_solo {
  const double *start; /* dimension entries (lent), rounded to float32 */
  uint64_t seed_order;
  const uint64_t *at; /* n_at ascending numbers of updates after which it is looked at (lent) */
  size_t n_at;
  /* Asked at each look: shall the wait end here? psi: lent. A wait that asks is no wait that the claims speak of. NULL:
   * at the last look. */
  bool (*stop)(void *self, uint64_t updates, const double *psi);
  void *self;
};

/* Coordinates of block (0, 0). */
size_t fg_solo_dimension(const struct fg_trial *trial);

/* Plays it; look: n_at x dimension entries, out; where the wait has ended the looks repeat the last one. Changes the
 * trial's factors. FG_EDIVERGED, FG_ENOMEM; FG_EUSAGE if the strategy makes no more updates. */
enum fg_err fg_solo_play(struct fg_trial *trial, const struct fg_solo *solo, double *look, struct fg_fault *fault);

#endif
