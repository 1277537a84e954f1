/* Where runs of `additive` go, exactly: the joint optimum psi*, the least curvature of the whole loss, and the fixed
 * point of a loss whose blocks weigh differently (claims C1, C4, C6). With e_z the indicator of the two coordinates of
 * a point z = (i, j, x), A_z = e_z e_z^T + ridge diag(e_z), and L_b = sum over the points of block b of their loss,
 *   grad L_b(psi) = sum over b of (A_z psi - x_z e_z),
 * so that sum_b w_b grad L_b = 0 is a linear system, positive definite for w_b > 0. Coordinates: U, then W, in original
 * order, d = N + M of them. Double precision. */
#ifndef FG_PROOFS_LAB_FIXED_POINT_H
#define FG_PROOFS_LAB_FIXED_POINT_H

#include "core/run.h"
#include "core/trace.h"
#include "proofs/lab/moments.h"

#include <stddef.h>
#include <stdint.h>

/* Points of block (p, q) by their coordinates; touch: fg_grid_train(grid, p, q)->n entries, out. */
void fg_fixed_point_touches(const struct fg_grid *grid, uint32_t p, uint32_t q, struct fg_touch *touch);

/* Solves sum_b w_b grad L_b = 0. weight: P x C, block (p, q) at [p * C + q], only ratios matter; NULL: all equal, which
 * gives psi*. psi: d entries, out. FG_ENOMEM; FG_EINPUT if a coordinate has no weight. */
enum fg_err fg_fixed_point_solve(const struct fg_run *run, const double *weight, double *psi, struct fg_fault *fault);

/* Least eigenvalue of sum A_z over all points, each once: Lambda, per epoch. direction: its unit vector, d entries, or
 * NULL. FG_ENOMEM. */
enum fg_err fg_fixed_point_least(const struct fg_run *run, double *least, double *direction, struct fg_fault *fault);

/* Step mass of a visit by its counts over the block's points, in units of the visit's step: 1 and what extras add. */
double fg_fixed_point_mass(const struct fg_sync *sync, const struct fg_visit *visit);

/* Weights of the blocks from a trace, in visits of epoch `from` and later: sum over the visits of eta times share times
 * mass per point, divided by its mean over blocks. eta is that of the epoch to which the visit counts: its stratum's;
 * of ring and nomad the block's own visits; of relay the column block's visits / P. share: what balance=scale makes of
 * the masses before it. Blocks without points have weight 0. weight: P x C, out. FG_ENOMEM. */
enum fg_err fg_fixed_point_weights(const struct fg_run *run, const struct fg_trace *trace, uint64_t from,
                                   double *weight, struct fg_fault *fault);

#endif
