/* From a covariance matrix to distances. */
#include "proofs/lab/whiten.h"

#include "proofs/lab/statistics.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_eigen.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum fg_err fg_whitening_new(const double *covariance, size_t d, struct fg_whitening *w) {
  *w = (struct fg_whitening){.size = d, .vector = malloc(d * d * sizeof *w->vector)};
  double *copy = malloc(d * d * sizeof *copy), *value = malloc(d * sizeof *value);
  gsl_eigen_symmv_workspace *work = gsl_eigen_symmv_alloc(d);
  gsl_matrix *vectors = gsl_matrix_alloc(d, d);
  enum fg_err err = w->vector && copy && value && work && vectors ? FG_OK : FG_ENOMEM;
  if (err)
    goto cleanup;
  memcpy(copy, covariance, d * d * sizeof *copy);
  gsl_matrix_view m = gsl_matrix_view_array(copy, d, d);
  gsl_vector_view v = gsl_vector_view_array(value, d);
  gsl_eigen_symmv(&m.matrix, &v.vector, vectors, work);
  double most = 0;
  w->least = INFINITY;
  for (size_t k = 0; k < d; k++) {
    most = fmax(most, value[k]);
    w->least = fmin(w->least, value[k]);
  }
  if (!(w->least > 1e-12 * most))
    err = FG_EINPUT;
  for (size_t k = 0; k < d && !err; k++)
    for (size_t i = 0; i < d; i++)
      w->vector[k * d + i] = gsl_matrix_get(vectors, i, k) / sqrt(value[k]);
cleanup:
  free(copy);
  free(value);
  if (work)
    gsl_eigen_symmv_free(work);
  if (vectors)
    gsl_matrix_free(vectors);
  return err;
}

void fg_whitening_free(struct fg_whitening *w) {
  free(w->vector);
  memset(w, 0, sizeof *w);
}

double fg_whitening_square(const struct fg_whitening *w, const double *x) {
  double square = 0;
  for (size_t k = 0; k < w->size; k++) {
    double y = 0;
    for (size_t i = 0; i < w->size; i++)
      y += w->vector[k * w->size + i] * x[i];
    square += y * y;
  }
  return square;
}

double fg_hotelling_critical(size_t size, size_t n, double level) {
  double d = (double)size, rest = (double)(n - size);
  return d * ((double)n - 1) / rest * fg_f_critical(level, d, rest);
}
