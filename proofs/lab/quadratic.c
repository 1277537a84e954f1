/* From a block of `additive` to the moments of its iterates. */
#include "proofs/lab/quadratic.h"

#include <gsl/gsl_eigen.h>
#include <gsl/gsl_linalg.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static enum fg_err no_memory(struct fg_fault *fault) {
  return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory for the moments of a block");
}

double fg_matrix_trace(size_t d, const double *a) {
  double sum = 0;
  for (size_t i = 0; i < d; i++)
    sum += a[i * d + i];
  return sum;
}

double fg_matrix_along(size_t d, const double *v, const double *a) {
  double sum = 0;
  for (size_t i = 0; i < d; i++)
    for (size_t j = 0; j < d; j++)
      sum += a[i] * v[i * d + j] * a[j];
  return sum;
}

enum fg_err fg_matrix_spectrum(size_t d, const double *a, double *value, double *vector) {
  gsl_matrix *copy = gsl_matrix_alloc(d, d), *vectors = gsl_matrix_alloc(d, d);
  gsl_vector *values = gsl_vector_alloc(d);
  gsl_eigen_symmv_workspace *work = gsl_eigen_symmv_alloc(d);
  enum fg_err err = copy && vectors && values && work ? FG_OK : FG_ENOMEM;
  if (!err) {
    for (size_t i = 0; i < d * d; i++)
      gsl_matrix_set(copy, i / d, i % d, a[i]);
    gsl_eigen_symmv(copy, values, vectors, work);
    gsl_eigen_symmv_sort(values, vectors, GSL_EIGEN_SORT_VAL_ASC);
    for (size_t i = 0; i < d; i++)
      value[i] = gsl_vector_get(values, i);
    for (size_t i = 0; i < d * d && vector; i++)
      vector[i] = gsl_matrix_get(vectors, i % d, i / d);
  }
  if (copy)
    gsl_matrix_free(copy);
  if (vectors)
    gsl_matrix_free(vectors);
  if (values)
    gsl_vector_free(values);
  if (work)
    gsl_eigen_symmv_free(work);
  return err;
}

/* The two coordinates of a point. */
static void places(const struct fg_quadratic *q, const struct fg_point *z, size_t at[2]) {
  at[0] = z->row;
  at[1] = (size_t)q->rows + z->col;
}

/* x with A x = b for a symmetric, not singular A; false: it is. */
static bool solve(size_t d, const double *a, const double *b, double *x) {
  gsl_matrix *m = gsl_matrix_alloc(d, d);
  gsl_permutation *p = gsl_permutation_alloc(d);
  int sign;
  bool good = m && p;
  if (good) {
    memcpy(m->data, a, d * d * sizeof *a);
    memcpy(x, b, d * sizeof *b);
    gsl_vector_view v = gsl_vector_view_array(x, d);
    good = !gsl_linalg_LU_decomp(m, p, &sign);
    for (size_t i = 0; i < d && good; i++)
      good = fabs(gsl_matrix_get(m, i, i)) > 1e-14;
    good = good && !gsl_linalg_LU_svx(m, p, &v.vector);
  }
  if (m)
    gsl_matrix_free(m);
  if (p)
    gsl_permutation_free(p);
  return good;
}

enum fg_err fg_quadratic_of(const struct fg_run *run, uint32_t row_block, uint32_t col_block, struct fg_quadratic *q,
                            struct fg_fault *fault) {
  const struct fg_block *block = fg_grid_train(&run->grid, row_block, col_block);
  memset(q, 0, sizeof *q);
  q->rows = run->grid.row[row_block].n;
  q->d = (size_t)q->rows + run->grid.col[col_block].n;
  q->n = block->n;
  q->ridge = (double)(float)fg_model_param(&run->model, "ridge"); /* as the update rounds it */
  const size_t d = q->d;
  q->point = malloc((q->n + 1) * sizeof *q->point);
  q->h = calloc(d * (2 * d + 3), sizeof *q->h);
  double *squares = calloc(d * (d + 1), sizeof *squares);
  enum fg_err err = q->point && q->h && squares ? FG_OK : no_memory(fault);
  if (err)
    goto cleanup;
  q->vector = q->h + d * d;
  q->b = q->vector + d * d;
  q->optimum = q->b + d;
  q->value = q->optimum + d;
  fg_block_read(block, 0, q->n, q->point);
  for (size_t i = 0; i < q->n; i++) {
    size_t at[2];
    places(q, &q->point[i], at);
    for (int a = 0; a < 2; a++) {
      q->b[at[a]] += q->point[i].value / (double)q->n;
      for (int c = 0; c < 2; c++) { /* A^2 = (2 + 2 ridge) e e^T + ridge^2 diag(e) */
        q->h[at[a] * d + at[c]] += (1 + (a == c ? q->ridge : 0)) / (double)q->n;
        squares[at[a] * d + at[c]] += (2 + 2 * q->ridge + (a == c ? q->ridge * q->ridge : 0)) / (double)q->n;
      }
    }
  }
  err = fg_matrix_spectrum(d, squares, squares + d * d, NULL);
  q->q = squares[d * d + d - 1];
  if (!err)
    err = fg_matrix_spectrum(d, q->h, q->value, q->vector);
  if (err)
    no_memory(fault);
  else if (q->value[0] <= 0 || !solve(d, q->h, q->b, q->optimum))
    err = fg_fail(fault, FG_EINPUT, NULL, 0, "a line of block (%u, %u) has no points", row_block, col_block);
cleanup:
  free(squares);
  return err;
}

void fg_quadratic_free(struct fg_quadratic *q) {
  free(q->point);
  free(q->h);
  memset(q, 0, sizeof *q);
}

void fg_quadratic_mean(const struct fg_quadratic *q, double eta, double *m) {
  double step[q->d];
  for (size_t i = 0; i < q->d; i++) {
    step[i] = -q->b[i];
    for (size_t j = 0; j < q->d; j++)
      step[i] += q->h[i * q->d + j] * m[j];
  }
  for (size_t i = 0; i < q->d; i++)
    m[i] -= eta * step[i];
}

void fg_quadratic_noise(const struct fg_quadratic *q, const double *m, double *g) {
  const size_t d = q->d;
  double mean[d];
  memset(g, 0, d * d * sizeof *g);
  memset(mean, 0, sizeof mean);
  for (size_t i = 0; i < q->n; i++) {
    size_t at[2];
    double e[2];
    places(q, &q->point[i], at);
    for (int a = 0; a < 2; a++)
      e[a] = m[at[0]] + m[at[1]] + q->ridge * m[at[a]] - q->point[i].value;
    for (int a = 0; a < 2; a++) {
      mean[at[a]] += e[a] / (double)q->n;
      for (int c = 0; c < 2; c++)
        g[at[a] * d + at[c]] += e[a] * e[c] / (double)q->n;
    }
  }
  for (size_t a = 0; a < d; a++)
    for (size_t c = 0; c < d; c++)
      g[a * d + c] -= mean[a] * mean[c];
}

void fg_quadratic_between(const struct fg_quadratic *q, const double *v, double *out) {
  const size_t d = q->d;
  memset(out, 0, d * d * sizeof *out);
  for (size_t i = 0; i < q->n; i++) {
    size_t at[2];
    double own[2][2], half[2][2];
    places(q, &q->point[i], at);
    for (int a = 0; a < 2; a++)
      for (int c = 0; c < 2; c++)
        own[a][c] = v[at[a] * d + at[c]];
    for (int a = 0; a < 2; a++)
      for (int c = 0; c < 2; c++)
        half[a][c] = own[0][c] + own[1][c] + q->ridge * own[a][c];
    for (int a = 0; a < 2; a++)
      for (int c = 0; c < 2; c++)
        out[at[a] * d + at[c]] += (half[a][0] + half[a][1] + q->ridge * half[a][c]) / (double)q->n;
  }
}

void fg_quadratic_contract(const struct fg_quadratic *q, const double *v, double *out) {
  const size_t d = q->d;
  for (size_t i = 0; i < d; i++)
    for (size_t j = 0; j < d; j++) {
      double sum = 0;
      for (size_t k = 0; k < d; k++)
        sum += q->h[i * d + k] * v[k * d + j] + v[i * d + k] * q->h[k * d + j];
      out[i * d + j] = sum;
    }
}

void fg_quadratic_covariance(const struct fg_quadratic *q, double eta, const double *g, double *v, double *work) {
  const size_t n = q->d * q->d;
  fg_quadratic_contract(q, v, work);
  fg_quadratic_between(q, v, work + n);
  for (size_t i = 0; i < n; i++)
    v[i] += -eta * work[i] + eta * eta * (work[n + i] + g[i]);
}

enum fg_err fg_quadratic_stationary(const struct fg_quadratic *q, double eta, const double *g, double *v,
                                    struct fg_fault *fault) {
  const size_t d = q->d, n = d * d;
  double *a = calloc(n * n + 5 * n + d, sizeof *a), *unit = a + n * n, *step = unit + n, *work = step + n,
         *right = work + 2 * n, *value = right + n;
  enum fg_err err = a ? FG_OK : no_memory(fault);
  /* column by column: V - T(V) of the unit matrices, made symmetric */
  for (size_t k = 0; k < n && !err; k++) {
    memset(unit, 0, n * sizeof *unit);
    unit[k] += 0.5;
    unit[k % d * d + k / d] += 0.5;
    memcpy(step, unit, n * sizeof *unit);
    memset(right, 0, n * sizeof *right);
    fg_quadratic_covariance(q, eta, right, step, work);
    for (size_t i = 0; i < n; i++)
      a[i * n + k] = (i == k) - step[i];
  }
  for (size_t i = 0; i < n && !err; i++)
    right[i] = eta * eta * g[i];
  bool good =
      !err && solve(n, a, right, v) && !fg_matrix_spectrum(d, v, value, NULL) && value[0] >= -1e-9 * fabs(value[d - 1]);
  if (!err && !good)
    err = fg_fail(fault, FG_EINPUT, NULL, 0, "at step %g the covariance has no stationary value", eta);
  free(a);
  return err;
}
