/* Exact moments of `additive` (M1, M2, M4): mean vector and second-moment matrix of psi = (U, W), in original order,
 * under sampling with replacement, over any schedule, any step sizes and any given counts of updates. Double precision.
 *
 * A point z of row i and column j has e_z, the indicator of their two coordinates, and A_z = e_z e_z^T + ridge
 * diag(e_z). An update is psi <- (I - eta A_z) psi + eta x_z e_z, so that with z uniform in a block m+ = E_z[(I - eta
 * A_z) m + eta x_z e_z] S+ = E_z[(I - eta A_z) S (I - eta A_z)^T + eta x_z ((I - eta A_z) m e_z^T + e_z m^T (I - eta
 * A_z)^T)
 *            + eta^2 x_z^2 e_z e_z^T].
 * A_z touches two coordinates: an update costs O(points of the block * d), not O(d^3). Both are exact given the counts;
 * where counts vary, Cov(E[psi | counts]) is to be added. */
#ifndef FG_PROOFS_LAB_MOMENTS_H
#define FG_PROOFS_LAB_MOMENTS_H

#include "core/run.h"
#include "core/trace.h"

#include <stddef.h>
#include <stdint.h>

/* A point by its coordinates in psi: row, and N + column. */
struct fg_touch {
  uint32_t row, col;
  double value;
};

struct fg_moments {
  uint32_t size;  /* d = N + M */
  double *mean;   /* d */
  double *second; /* d x d: E[psi psi^T] */
  double *work;   /* d x d and more, inner */
};

/* Those of `additive` at the start of an ensemble over seeds: independent, uniform on (-1/2, 1/2). FG_ENOMEM. Freed by
 * fg_moments_free. */
enum fg_err fg_moments_new(uint32_t size, struct fg_moments *moments);
void fg_moments_free(struct fg_moments *moments);

/* One update with a point drawn uniformly from n (lent). */
void fg_moments_update(struct fg_moments *moments, const struct fg_touch *point, size_t n, double eta, double ridge);

/* The path of the moments over a run. */
struct fg_moments_path {
  uint32_t size;      /* d */
  uint64_t rounds;    /* strata */
  double *mean;       /* (rounds + 1) x d: after 0, 1, ... strata */
  double *covariance; /* (rounds + 1) x d x d; NULL: only means were asked for */
};

/* Moments after every stratum of `run` (prepared, lent; its grid, step sizes and strategy) given the counts of `trace`
 * (lent; of visits any order, of every visit row block, column block, round and counts are read). Steps are what the
 * core uses: the float nearest to eta_t times the share of the extra pass; extra passes with a share below
 * FG_STEP_FLUSH are not made. means: only means, at O(points) an update. FG_EUSAGE if the run is not one of `additive`
 * with sampling with replacement by a strategy with strata, or changes steps by what the counts were (balance=scale).
 * *path must be zero; freed by fg_moments_path_free, also after an error. */
enum fg_err fg_moments_path(const struct fg_run *run, const struct fg_trace *trace, bool means,
                            struct fg_moments_path *path, struct fg_fault *fault);
void fg_moments_path_free(struct fg_moments_path *path);

/* The matrix B (d x d, out) of a stratum: m+ = B m + c, block diagonal up to the order of coordinates, one block
 * product of (I - eta H_b) per visit. Requirements and errors as above. */
enum fg_err fg_moments_contraction(const struct fg_run *run, const struct fg_trace *trace, uint64_t round,
                                   double *matrix, struct fg_fault *fault);

#endif
