/* A trial's learning curve: loss and test metric at its evaluations. */
#ifndef FG_PROOFS_LAB_CURVE_H
#define FG_PROOFS_LAB_CURVE_H

#include "proofs/lab/trial.h"

struct fg_curve_point {
  double rounds, time_s; /* rounds (sub-epochs) that are complete; virtual time of that [s] */
  double loss, metric;   /* training loss per point (lda: per token); test metric, NAN if nothing is held out */
};

/* Simulates the trial (once per process) with an evaluation where --eval-every says, or after every `look_every` rounds
 * unless that is 0 (strategies without strata: 0). point: room for `capacity` (lent); *n: how many there are. A run
 * that diverges is no fault: its curve ends there, and *diverged says so. FG_EINPUT if there is not room enough. */
enum fg_err fg_curve_simulate(struct fg_trial *trial, uint64_t look_every, size_t capacity,
                              struct fg_curve_point *point, size_t *n, bool *diverged, struct fg_fault *fault);

/* Time at which the loss has come down to `target`, by the straight line between evaluations; INFINITY if it never
 * does. */
double fg_curve_time_to_loss(const struct fg_curve_point *point, size_t n, double target);

#endif
