/* Distances by a covariance matrix (Mahalanobis): x^T C^-1 x. */
#ifndef FG_PROOFS_LAB_WHITEN_H
#define FG_PROOFS_LAB_WHITEN_H

#include "core/err.h"

#include <stddef.h>

struct fg_whitening {
  size_t size;    /* d */
  double least;   /* smallest eigenvalue of C: |x|^2 / least is at least x^T C^-1 x */
  double *vector; /* d x d: rows are C's eigenvectors over the root of their eigenvalues */
};

/* covariance: d x d, symmetric and positive definite (lent). FG_ENOMEM; FG_EINPUT if it is not positive definite to
 * working precision. *whitening must be zero; freed by fg_whitening_free, also after an error. */
enum fg_err fg_whitening_new(const double *covariance, size_t size, struct fg_whitening *whitening);
void fg_whitening_free(struct fg_whitening *whitening);

/* x^T C^-1 x; x: d entries. */
double fg_whitening_square(const struct fg_whitening *whitening, const double *x);

/* What Hotelling's T^2 = n (mean - m)^T S^-1 (mean - m) of n > size independent normal vectors, S their sample
 * covariance, exceeds with probability `level` (Hotelling 1931): size (n - 1) / (n - size) times an F quantile. */
double fg_hotelling_critical(size_t size, size_t n, double level);

#endif
