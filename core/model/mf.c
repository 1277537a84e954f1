/* Update step: matrix factorisation. A point (i, j, x) costs 1/2 (x - m - u_i.w_j)^2 + l2/2 (|u_i|^2 + |w_j|^2), the
 * penalty once per touch (so rows with more points are held tighter, as in DSGD); m is the training mean or 0. */
#include "core/model/lanes.h"
#include "core/model/model.h"
#include "core/rng.h"

#include <gsl/gsl_linalg.h>
#include <math.h>
#include <stdlib.h>

enum { RANK, L2, CENTER, INIT };

static const struct fg_param mf_params[] = {
    [RANK] = {"rank", "topics", FG_PARAM_COUNT, "32", 1, FG_RANK_MAX, NULL, "latent dimensions"},
    [L2] = {"l2", NULL, FG_PARAM_REAL, "0.02", 0, 1e6, NULL, "penalty l2/2 (|u|^2 + |w|^2) per point"},
    [CENTER] = {"center", NULL, FG_PARAM_CHOICE, "mean", 0, 0, "mean|none", "subtract the mean training value"},
    [INIT] = {"init", NULL, FG_PARAM_REAL, "0.1", 0, 1e3, NULL, "standard deviation of the initial factors' entries"},
    {0},
};

static double offset(const struct fg_model *model) {
  return model->par.value[CENTER] == 0 ? model->mean : 0;
}

static enum fg_err mf_setup(struct fg_model *model, struct fg_fault *fault) {
  (void)fault;
  model->n_stat = 0;
  return FG_OK;
}

static void init(const struct fg_model *model, enum fg_stream stream, uint32_t index, float *row) {
  struct fg_rng rng;
  fg_rng_start(&rng, model->seed_init, stream, index, 0);
  /* uniform, not normal: logarithms differ in their last bits from one machine's libm to another's */
  for (uint32_t k = 0; k < model->rank; k++)
    row[k] = (float)(model->par.value[INIT] * sqrt(3) * (2 * fg_rng_uniform(&rng) - 1));
}

static void mf_init_row(const struct fg_model *model, uint32_t index, float *row) {
  init(model, FG_STREAM_INIT_ROW, index, row);
}

static void mf_init_col(const struct fg_model *model, uint32_t index, float *row) {
  init(model, FG_STREAM_INIT_COL, index, row);
}

FG_INLINE void mf_points(float *restrict rows, float *restrict cols, const struct fg_point *points, size_t n,
                         const uint32_t stride, float mean, float shrink, float eta) {
  for (size_t i = 0; i < n; i++) {
    if (i + FG_PREFETCH < n) {
      fg_lanes_prefetch(rows, points[i + FG_PREFETCH].row, stride);
      fg_lanes_prefetch(cols, points[i + FG_PREFETCH].col, stride);
    }
    float *restrict u = FG_ROW(rows, points[i].row, stride);
    float *restrict w = FG_ROW(cols, points[i].col, stride);
    float step = eta * (points[i].value - mean - fg_lanes_dot(u, w, stride));
    for (uint32_t k = 0; k < stride; k++) {
      float uk = u[k], wk = w[k];
      u[k] = uk * shrink + wk * step;
      w[k] = wk * shrink + uk * step;
    }
  }
}

FG_KERNEL static void mf_kernel(float *rows, float *cols, const struct fg_point *points, size_t n, uint32_t stride,
                                float mean, float shrink, float eta) {
#define CALL(width) mf_points(rows, cols, points, n, width, mean, shrink, eta)
  FG_WITH_WIDTH(stride, CALL)
#undef CALL
}

static void mf_update(const struct fg_model *model, const struct fg_view *view, const struct fg_point *points, size_t n,
                      float eta) {
  mf_kernel(view->row_factor, view->col_factor, points, n, model->stride, (float)offset(model),
            1.0f - eta * (float)model->par.value[L2], eta);
}

/* Sums of squared errors and of squared norms of both rows of each point. */
FG_INLINE void mf_sums(const float *rows, const float *cols, const struct fg_point *points, size_t n,
                       const uint32_t stride, double mean, double *squares, double *penalties) {
  for (size_t i = 0; i < n; i++) {
    const float *u = FG_ROW(rows, points[i].row, stride), *w = FG_ROW(cols, points[i].col, stride);
    double dot[FG_WIDE] = {0}, norm[FG_WIDE] = {0};
#pragma GCC unroll 16
    for (uint32_t k = 0; k < stride; k += FG_WIDE)
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
                                     uint32_t stride, double mean, double *squares, double *penalties) {
#define CALL(width) mf_sums(rows, cols, points, n, width, mean, squares, penalties)
  FG_WITH_WIDTH(stride, CALL)
#undef CALL
}

static void mf_score(const struct fg_model *model, const struct fg_view *view, const struct fg_point *points, size_t n,
                     struct fg_score *score) {
  double squares = 0, penalties = 0;
  mf_sums_kernel(view->row_factor, view->col_factor, points, n, model->stride, offset(model), &squares, &penalties);
  score->loss += 0.5 * squares + 0.5 * model->par.value[L2] * penalties;
  score->metric += squares;
  score->weight += (double)n;
}

static double mf_metric(const struct fg_score *score) {
  return score->weight > 0 ? sqrt(score->metric / score->weight) : NAN;
}

/* Ridge least squares: (sum w w^T + n l2 I) u = sum (x - m) w. */
static enum fg_err mf_fold_in(const struct fg_model *model, const struct fg_view *view, const struct fg_point *points,
                              size_t n, float *row, float *row_weight) {
  size_t k = model->rank;
  double *gram = calloc(k * k + k, sizeof *gram);
  if (!gram)
    return FG_ENOMEM;
  double *rhs = gram + k * k, trace = 0;
  *row_weight = 0;
  for (size_t i = 0; i < n; i++) {
    const float *w = view->col_factor + (size_t)points[i].col * model->stride;
    double x = points[i].value - offset(model);
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
    row[a] = a < k ? (float)rhs[a] : 0;
  free(gram);
  return FG_OK;
}

static double mf_flops(const struct fg_model *model) {
  return 8.0 * model->rank + 3; /* dot 2 K, rows 2 x 3 K; error and step */
}

static bool mf_valid(const struct fg_model *model, const float *factor, uint32_t n, uint32_t *which) {
  for (uint32_t i = 0; i < n; i++)
    for (uint32_t k = 0; k < model->stride; k++) {
      float v = factor[(size_t)i * model->stride + k];
      if (k < model->rank ? !isfinite(v) : v != 0) {
        *which = i;
        return false;
      }
    }
  return true;
}

const struct fg_model_type fg_model_mf = {
    .name = "mf",
    .summary = "matrix factorisation: squared loss, L2 penalty; --step is the gradient step",
    .metric_name = "rmse",
    .params = mf_params,
    .default_step = 0.05,
    .default_decay = 0.05,
    .setup = mf_setup,
    .init_row = mf_init_row,
    .init_col = mf_init_col,
    .update = mf_update,
    .score = mf_score,
    .metric = mf_metric,
    .fold_in = mf_fold_in,
    .flops = mf_flops,
    .rows_valid = mf_valid,
    .cols_valid = mf_valid,
    .dimension = "factor",
    .top_weight = fg_model_col_entry,
};
