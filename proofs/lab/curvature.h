/* Curvature and gradient noise of a block at a point, for models without a closed form: Omega0 and Omega1 of the
 * variance bounds (claims M3, M5), by finite differences of the real update map. The gradient of point z is what one
 * update of the model does, g_z = (psi - psi after) / step, so that penalties, weights and natural gradients are in it;
 * g is its mean over the block's points, H the derivative of g, G the covariance of g_z, all over the dimension = (rows
 * + columns of the block) x rank coordinates of the block, U before W, in the block's own order of lines.
 *
 * What the numbers mean depends on the model: H is symmetric for a gradient model only (`asymmetry`), a spectrum says
 * little where constraints or clipping act (`constrained`), and all is local to the point. */
#ifndef FG_PROOFS_LAB_CURVATURE_H
#define FG_PROOFS_LAB_CURVATURE_H

#include "core/run.h"

#include <stddef.h>
#include <stdint.h>

/* ---- estimates, for blocks of any size */

struct fg_curvature_plan {
  uint32_t row_block, col_block;
  double step;     /* of the differenced updates; 0: the run's eta_0. Only matters where updates are not in proportion
                      to it; not so small that float32 rounds the update away (1e-3 is fine) */
  uint64_t points; /* drawn from the block with replacement; 0, or the block's number or more: all, each once */
  unsigned probes; /* random directions for traces, at least 2; 0: 16 */
  unsigned iterations; /* of Arnoldi's method, each two sweeps over the points and dimension doubles; 0: 24 */
  uint64_t seed;
};

/* An estimate with the standard error of its sampling (points, probes); 0 where all was looked at. */
struct fg_estimate {
  double value, error;
};

struct fg_curvature {
  size_t dimension;
  uint64_t points; /* looked at */
  struct fg_estimate
      drift; /* |g|^2, freed of its bias; small against `square`: the point is near the block's optimum */
  struct fg_estimate square; /* E|g_z|^2 */
  struct fg_estimate noise;  /* tr G = square - drift */
  struct fg_estimate trace;  /* tr H (Hutchinson 1990), in the directions that constraints leave free */
  /* Largest and smallest eigenvalue (their real parts) by Arnoldi's method (1951), of the points looked at; error: |H v
   * - value v| of the unit vector found: if H is symmetric an eigenvalue is that near. The smallest converges last. */
  struct fg_estimate top, bottom;
  struct fg_estimate touched; /* E |H_z| along g_z: mean of g_z'H_z g_z / |g_z|^2, the curvature an update meets in its
                                 own direction: its own point is over-shot if step * touched > 2 */
  double asymmetry;   /* mean of |a'H b - b'H a| over mean of |a'H b| + |b'H a|, random unit a, b; 0: symmetric */
  double constrained; /* share of the points whose update is not in proportion to the step: constraints, clipping */
};

/* Estimates at the run's present parameters (run->factors, which must hold the block; they are not changed). FG_ENOMEM;
 * FG_EINPUT if the block has no points; FG_EDIVERGED if an update is not finite. */
enum fg_err fg_curvature_estimate(const struct fg_run *run, const struct fg_curvature_plan *plan,
                                  struct fg_curvature *curvature, struct fg_fault *fault);

/* ---- the field itself, for small blocks and for what the above does not ask */

/* The mean update of a block as a function of its coordinates. */
struct fg_field;

/* Of plan's block, points and step, at the run's present parameters (copied). Errors as above. Freed by fg_field_free
 * (NULL: nothing). */
enum fg_err fg_field_new(const struct fg_run *run, const struct fg_curvature_plan *plan, struct fg_field **field,
                         struct fg_fault *fault);
void fg_field_free(struct fg_field *field);

size_t fg_field_dimension(const struct fg_field *field);
uint64_t fg_field_points(const struct fg_field *field);

/* The place: dimension doubles, rounded to float32 when set. A global statistic follows the block's columns. */
void fg_field_place(const struct fg_field *field, double *psi);
void fg_field_move(struct fg_field *field, const double *psi);

/* g at the place: dimension doubles, out. FG_EDIVERGED. */
enum fg_err fg_field_gradient(struct fg_field *field, double *g, struct fg_fault *fault);

/* g_z of point i = 0, 1, ... at the place: out. */
void fg_field_of_point(struct fg_field *field, uint64_t i, double *g);

/* H v by central differences of the mean; v and out: dimension doubles. What constraints forbid of v is taken away
 * first. FG_EDIVERGED. */
enum fg_err fg_field_product(struct fg_field *field, const double *v, double *out, struct fg_fault *fault);

/* H and G entire: dimension^2 doubles each, row-major, out (either may be NULL). FG_ENOMEM, FG_EDIVERGED. */
enum fg_err fg_field_matrices(struct fg_field *field, double *h, double *g, struct fg_fault *fault);

#endif
