/* A block of `additive` as the quadratic that it is: the mean and the covariance of its iterates under sampling with
 * replacement, exactly, in double (claims.md, M). With e_z the indicator of the point's two coordinates, A_z = e_z
 * e_z^T
 * + ridge diag(e_z) and H = mean of A_z, one update has
 *   m <- m - eta (H m - b), b = mean of x_z e_z,
 *   V <- V - eta (H V + V H) + eta^2 E[A_z V A_z] + eta^2 G(m), G(m) = Cov_z(A_z m - x_z e_z).
 * Matrices are d x d, row-major; coordinates are the block's: its rows, then its columns. */
#ifndef FG_PROOFS_LAB_QUADRATIC_H
#define FG_PROOFS_LAB_QUADRATIC_H

#include "core/run.h"

#include <stddef.h>

struct fg_quadratic {
  size_t d, n; /* coordinates, points */
  struct fg_point *point;
  uint32_t rows;
  double ridge;
  double *h, *b;          /* H: d x d; d */
  double *optimum;        /* of the block: H optimum = b */
  double *value, *vector; /* spectrum of H, ascending: d; its unit vectors in rows: d x d */
  double q;               /* |E A_z^2|, spectral norm */
};

/* Block (row_block, col_block) of a run of `additive`. FG_ENOMEM; FG_EINPUT if a line of the block has no point: then H
 * is singular. Freed by fg_quadratic_free, also after an error. */
enum fg_err fg_quadratic_of(const struct fg_run *run, uint32_t row_block, uint32_t col_block,
                            struct fg_quadratic *quadratic, struct fg_fault *fault);
void fg_quadratic_free(struct fg_quadratic *quadratic);

/* One update's mean: m in place. */
void fg_quadratic_mean(const struct fg_quadratic *quadratic, double eta, double *m);

/* G(m) to g. */
void fg_quadratic_noise(const struct fg_quadratic *quadratic, const double *m, double *g);

/* E[A_z V A_z] of a symmetric V to out; not in place. */
void fg_quadratic_between(const struct fg_quadratic *quadratic, const double *v, double *out);

/* H V + V H of a symmetric V to out; not in place. */
void fg_quadratic_contract(const struct fg_quadratic *quadratic, const double *v, double *out);

/* One update's covariance: V in place; g: G at the mean before the update. work: 2 d^2 doubles, lent. */
void fg_quadratic_covariance(const struct fg_quadratic *quadratic, double eta, const double *g, double *v,
                             double *work);

/* V* = T(V*) + eta^2 g, T(V) = E[(I - eta A_z) V (I - eta A_z)], by solving for it: out. FG_EINPUT if T has no such
 * fixed point that is a covariance (eta too large); FG_ENOMEM. */
enum fg_err fg_quadratic_stationary(const struct fg_quadratic *quadratic, double eta, const double *g, double *v,
                                    struct fg_fault *fault);

/* Of symmetric d x d matrices. */
double fg_matrix_trace(size_t d, const double *a);
/* a' V a */
double fg_matrix_along(size_t d, const double *v, const double *a);
/* Eigenvalues, ascending, to value (d), unit vectors to the rows of vector (d x d; may be NULL). FG_ENOMEM. */
enum fg_err fg_matrix_spectrum(size_t d, const double *a, double *value, double *vector);

#endif
