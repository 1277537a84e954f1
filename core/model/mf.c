/* Update step: matrix factorisation. A point (i, j, x) costs 1/2 (x - m - u_i.w_j)^2 + l2/2 (|u_i|^2 + |w_j|^2), the
 * penalty once per touch (so rows with more points are held tighter, as in DSGD); m is the training mean or 0. With
 * bias=yes x is foretold by m + b_i + c_j + u_i.w_j: two more dimensions, the last but one with the bias terms b of
 * rows against a 1 in every column, the last with a 1 in every row against the bias terms c of columns. A step treats
 * all dimensions alike and then puts the ones back, which cost no penalty.
 *
 * temperature=T > 0 (worker/langevin.c): samples of exp(-L/T), L the sum of what all training points cost. For T = s^2
 * that is the posterior of points with Gaussian noise of variance s^2 where entries of a row with n points have the
 * prior N(0, s^2 / (n l2)). */
#include "core/model/adagrad.h"
#include "core/model/lanes.h"
#include "core/model/model.h"
#include "core/rng.h"

#include <gsl/gsl_linalg.h>
#include <math.h>
#include <stdlib.h>

enum { RANK, L2, CENTER, INIT, BIAS, TEMPERATURE, BURN };

static const struct fg_param mf_params[] = {
    [RANK] = {"rank", "topics", FG_PARAM_COUNT, "32", 1, FG_RANK_MAX, NULL, "latent dimensions"},
    [L2] = {"l2", NULL, FG_PARAM_REAL, "0.02", 0, 1e6, NULL, "penalty l2/2 (|u|^2 + |w|^2) per point"},
    [CENTER] = {"center", NULL, FG_PARAM_CHOICE, "mean", 0, 0, "mean|none", "subtract the mean training value"},
    [INIT] = {"init", NULL, FG_PARAM_REAL, "0.1", 0, 1e3, NULL, "standard deviation of the initial factors' entries"},
    [BIAS] = {"bias", NULL, FG_PARAM_CHOICE, "no", 0, 0, "no|yes",
              "a bias term for each row and column, in two dimensions beside the rank"},
    [TEMPERATURE] = {"temperature", NULL, FG_PARAM_REAL, "0", 0, 1e6, NULL,
                     "T > 0: samples of exp(-loss/T), of the summed training loss, by Langevin noise, with "
                     "--step-schedule constant; 0: the optimum"},
    [BURN] = {"burn", NULL, FG_PARAM_COUNT, "10", 0, 1e9, NULL,
              "with T > 0: epochs before the first evaluation that is a sample"},
    {0},
};

static double offset(const struct fg_model *model) {
  return model->par.value[CENTER] == 0 ? model->mean : 0;
}

static bool biased(const struct fg_model *model) {
  return model->par.value[BIAS] != 0;
}

static uint32_t mf_dimensions(const struct fg_values *par) {
  return (uint32_t)par->value[RANK] + (par->value[BIAS] != 0 ? 2 : 0);
}

/* where a row, a column has its 1 */
static uint32_t mf_fixed(const struct fg_model *model, int side) {
  return biased(model) ? model->rank - (side ? 2 : 1) : model->rank;
}

static enum fg_err mf_setup(struct fg_model *model, struct fg_fault *fault) {
  (void)fault;
  model->n_stat = 0;
  return FG_OK;
}

static void init(const struct fg_model *model, int side, uint32_t index, float *row) {
  struct fg_rng rng;
  fg_rng_start(&rng, model->seed_init, side ? FG_STREAM_INIT_COL : FG_STREAM_INIT_ROW, index, 0);
  /* uniform, not normal: logarithms differ in their last bits from one machine's libm to another's */
  for (uint32_t k = 0; k < (uint32_t)model->par.value[RANK]; k++)
    row[k] = (float)(model->par.value[INIT] * sqrt(3) * (2 * fg_rng_uniform(&rng) - 1));
  if (biased(model))
    row[mf_fixed(model, side)] = 1;
}

static void mf_init_row(const struct fg_model *model, uint32_t index, float *row) {
  init(model, 0, index, row);
}

static void mf_init_col(const struct fg_model *model, uint32_t index, float *row) {
  init(model, 1, index, row);
}

/* dimensions: with bias terms the number of all, otherwise 0 */
FG_INLINE void mf_points(float *restrict rows, float *restrict cols, const struct fg_point *points, size_t n,
                         const uint32_t stride, float mean, float shrink, float eta, const uint32_t dimensions) {
  for (size_t i = 0; i < n; i++) {
    if (i + FG_PREFETCH < n) {
      fg_lanes_prefetch(rows, points[i + FG_PREFETCH].row, stride);
      fg_lanes_prefetch(cols, points[i + FG_PREFETCH].col, stride);
    }
    float *restrict u = FG_ROW(rows, points[i].row, stride);
    float *restrict w = FG_ROW(cols, points[i].col, stride);
    const float row_one = dimensions ? u[dimensions - 1] : 0, col_one = dimensions ? w[dimensions - 2] : 0;
    float step = eta * (points[i].value - mean - fg_lanes_dot(u, w, stride));
    for (uint32_t k = 0; k < stride; k++) {
      float uk = u[k], wk = w[k];
      u[k] = uk * shrink + wk * step;
      w[k] = wk * shrink + uk * step;
    }
    if (dimensions) {
      u[dimensions - 1] = row_one;
      w[dimensions - 2] = col_one;
    }
  }
}

FG_KERNEL static void mf_kernel(float *rows, float *cols, const struct fg_point *points, size_t n, uint32_t stride,
                                float mean, float shrink, float eta) {
#define CALL(width) mf_points(rows, cols, points, n, width, mean, shrink, eta, 0)
  FG_WITH_WIDTH(stride, CALL);
#undef CALL
}

FG_KERNEL static void mf_biased_kernel(float *rows, float *cols, const struct fg_point *points, size_t n,
                                       uint32_t stride, float mean, float shrink, float eta, uint32_t dimensions) {
#define CALL(width) mf_points(rows, cols, points, n, width, mean, shrink, eta, dimensions)
  FG_WITH_WIDTH(stride, CALL)
#undef CALL
}

static void mf_update(const struct fg_model *model, const struct fg_view *view, const struct fg_point *points, size_t n,
                      float eta) {
  const float mean = (float)offset(model), shrink = 1.0f - eta * (float)model->par.value[L2];
  if (model->n_state)
    fg_adagrad_update(model, view, points, n,
                      &(struct fg_adagrad){mean, (float)model->par.value[L2], eta, 1, biased(model), false});
  else if (biased(model))
    mf_biased_kernel(view->row_factor, view->col_factor, points, n, model->stride, mean, shrink, eta, model->rank);
  else
    mf_kernel(view->row_factor, view->col_factor, points, n, model->stride, mean, shrink, eta);
}

/* Sums of squared errors and of squared norms of both rows of each point. */
FG_INLINE void mf_sums(const float *rows, const float *cols, const struct fg_point *points, size_t n,
                       const uint32_t width, uint32_t stride, double mean, double *squares, double *penalties) {
  for (size_t i = 0; i < n; i++) {
    const float *u = FG_ROW(rows, points[i].row, stride), *w = FG_ROW(cols, points[i].col, stride);
    double dot[FG_WIDE] = {0}, norm[FG_WIDE] = {0};
#pragma GCC unroll 16
    for (uint32_t k = 0; k < width; k += FG_WIDE)
      for (uint32_t j = 0; j < FG_WIDE; j++) {
        double a = u[k + j], b = w[k + j];
        dot[j] += a * b;
        norm[j] += a * a + b * b;
      }
    double e = points[i].value - mean - fg_wide_sum(dot);
    *squares += e * e;
    *penalties += fg_wide_sum(norm);
  }
}

FG_KERNEL static void mf_sums_kernel(const float *rows, const float *cols, const struct fg_point *points, size_t n,
                                     uint32_t lanes, uint32_t stride, double mean, double *squares, double *penalties) {
#define CALL(width) mf_sums(rows, cols, points, n, width, stride, mean, squares, penalties)
  FG_WITH_WIDTH(lanes, CALL)
#undef CALL
}

static void mf_score(const struct fg_model *model, const struct fg_view *view, const struct fg_point *points, size_t n,
                     struct fg_score *score) {
  double squares = 0, penalties = 0;
  mf_sums_kernel(view->row_factor, view->col_factor, points, n, model->lanes, model->stride, offset(model), &squares,
                 &penalties);
  if (biased(model))
    penalties -= 2.0 * (double)n; /* of the ones */
  score->loss += 0.5 * squares + 0.5 * model->par.value[L2] * penalties;
  score->metric += squares;
  score->weight += (double)n;
}

/* Ridge least squares: (sum w w^T + n l2 I) u = sum (x - m) w. With bias terms x - m - c_j, and the row's 1 is given.
 */
static enum fg_err mf_fold_in(const struct fg_model *model, const struct fg_view *view, const struct fg_point *points,
                              size_t n, float *row, float *row_weight) {
  const size_t k = biased(model) ? model->rank - 1 : model->rank;
  double *gram = calloc(k * k + k, sizeof *gram);
  if (!gram)
    return FG_ENOMEM;
  double *rhs = gram + k * k, trace = 0;
  *row_weight = 0;
  for (size_t i = 0; i < n; i++) {
    const float *w = view->col_factor + (size_t)points[i].col * model->stride;
    double x = points[i].value - offset(model) - (biased(model) ? w[k] : 0);
    *row_weight += points[i].value;
    for (size_t a = 0; a < k; a++) {
      rhs[a] += x * w[a];
      trace += (double)w[a] * w[a];
      for (size_t b = 0; b <= a; b++)
        gram[a * k + b] += (double)w[a] * w[b];
    }
  }
  /* Never singular, so that the factorisation cannot fail: fewer points than dimensions are common, and l2 may be 0. */
  double ridge = fmax((double)n * model->par.value[L2], fmax(1e-9 * trace, 1e-30));
  for (size_t a = 0; a < k; a++)
    gram[a * k + a] += ridge;
  gsl_matrix_view matrix = gsl_matrix_view_array(gram, k, k);
  gsl_vector_view vector = gsl_vector_view_array(rhs, k);
  gsl_linalg_cholesky_decomp1(&matrix.matrix);
  gsl_linalg_cholesky_svx(&matrix.matrix, &vector.vector);
  for (size_t a = 0; a < model->stride; a++)
    row[a] = a < k ? (float)rhs[a] : a < model->rank ? 1 : 0;
  free(gram);
  return FG_OK;
}

static double mf_gradient_step(const struct fg_model *model) {
  (void)model;
  return 1;
}

static void mf_predict(const struct fg_model *model, const struct fg_view *view, const struct fg_point *points,
                       size_t n, double *out) {
  for (size_t i = 0; i < n; i++)
    out[i] = offset(model) + fg_lanes_predict(view, &points[i], model->lanes, model->stride);
}

static double mf_flops(const struct fg_model *model) {
  if (model->n_state)
    return fg_adagrad_flops(model);
  return 8.0 * model->rank + 3; /* dot 2 K, rows 2 x 3 K; error and step */
}

static bool valid(const struct fg_model *model, const float *factor, uint32_t n, int side, uint32_t *which) {
  const uint32_t one = mf_fixed(model, side);
  for (uint32_t i = 0; i < n; i++)
    for (uint32_t k = 0; k < model->stride; k++) {
      float v = factor[(size_t)i * model->stride + k];
      if (k < model->rank ? !isfinite(v) || (k == one && v != 1) : !fg_model_rest_valid(model, k, v)) {
        *which = i;
        return false;
      }
    }
  return true;
}

static bool mf_rows_valid(const struct fg_model *model, const float *factor, uint32_t n, uint32_t *which) {
  return valid(model, factor, n, 0, which);
}

static bool mf_cols_valid(const struct fg_model *model, const float *factor, uint32_t n, uint32_t *which) {
  return valid(model, factor, n, 1, which);
}

/* of bias terms those of columns, in the last factor; nothing in that of the ones */
static double mf_top_weight(const struct fg_model *model, const struct fg_view *view, uint32_t line, uint32_t k) {
  return k == mf_fixed(model, 1) ? 0 : fg_model_col_entry(model, view, line, k);
}

const struct fg_model_type fg_model_mf = {
    .name = "mf",
    .summary = "matrix factorisation, for ratings: squared loss, L2 penalty; --step is the gradient step",
    .metric_name = "rmse",
    .params = mf_params,
    .default_step = 0.05,
    .adagrad_step = 0.1,
    .default_decay = 0.05,
    .dimensions = mf_dimensions,
    .fixed = mf_fixed,
    .setup = mf_setup,
    .init_row = mf_init_row,
    .init_col = mf_init_col,
    .update = mf_update,
    .score = mf_score,
    .metric = fg_model_rmse,
    .fold_in = mf_fold_in,
    .gradient_step = mf_gradient_step,
    .predict = mf_predict,
    .flops = mf_flops,
    .rows_valid = mf_rows_valid,
    .cols_valid = mf_cols_valid,
    .dimension = "factor",
    .top_weight = mf_top_weight,
};
