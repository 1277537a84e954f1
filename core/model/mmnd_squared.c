/* Update step: mixed-membership network decomposition, squared loss, the paper's. A point (i, j, x) costs
 * 1/2 (x / s - u_i.w_j)^2 with s the root mean square of the training values, so that weights of any scale have steps
 * of one size; u_i is projected on the simplex, w_j on w >= 0 at every touch. No step up to 1 makes w diverge, as
 * |u_i| <= 1. Non-links must be among the points (zeros=), or all links are predicted alike. */
#include "core/model/auc.h"
#include "core/model/lanes.h"
#include "core/model/mmnd.h"
#include "core/model/simplex.h"

#include <math.h>
#include <stdlib.h>

static double unit(const struct fg_model *model) {
  return 1 / sqrt(model->square);
}

static enum fg_err membership_setup(struct fg_model *model, struct fg_fault *fault) {
  model->n_stat = 0;
  if (!(model->total > 0))
    return fg_fail(fault, FG_EINPUT, NULL, 0, "model mmnd needs links: all training values are 0");
  return FG_OK;
}

static void membership_init_row(const struct fg_model *model, uint32_t index, float *row) {
  fg_simplex_init(model, FG_STREAM_INIT_ROW, index, 0.1, row);
}

/* Around the mean value, so that the first predictions are. */
static void membership_init_col(const struct fg_model *model, uint32_t index, float *row) {
  struct fg_rng rng;
  fg_rng_start(&rng, model->seed_init, FG_STREAM_INIT_COL, index, 0);
  for (uint32_t k = 0; k < model->rank; k++)
    row[k] = (float)(model->mean * unit(model) * (0.5 + fg_rng_uniform(&rng)));
}

/* What the points of a batch share. */
struct membership_batch {
  float *rows, *cols;
  float scale, eta; /* 1 / s */
  uint32_t rank;
};

/* eta times the error of a point */
FG_INLINE float membership_step(const struct membership_batch b, const struct fg_point *point, const uint32_t stride) {
  return b.eta * (point->value * b.scale -
                  fg_lanes_dot(FG_ROW(b.rows, point->row, stride), FG_ROW(b.cols, point->col, stride), stride));
}

FG_INLINE void membership_change(const float *restrict u, float *restrict w, float *restrict moved,
                                 const uint32_t stride, float step) {
  for (uint32_t k = 0; k < stride; k++) {
    float wk = w[k], later = wk + step * u[k];
    moved[k] = u[k] + step * wk;
    w[k] = later > 0 ? later : 0;
  }
}

/* moved: stride floats, scratch */
FG_INLINE void membership_points(const struct membership_batch b, const struct fg_point *points, size_t n,
                                 float *restrict moved, const uint32_t stride) {
  float fence[FG_LANES], next = n ? membership_step(b, points, stride) : 0;
  fg_simplex_fence(b.rank, stride, fence);
  for (size_t i = 0; i < n; i++) {
    if (i + FG_PREFETCH < n) {
      fg_lanes_prefetch(b.rows, points[i + FG_PREFETCH].row, stride);
      fg_lanes_prefetch(b.cols, points[i + FG_PREFETCH].col, stride);
    }
    float *u = FG_ROW(b.rows, points[i].row, stride);
    float *w = FG_ROW(b.cols, points[i].col, stride);
    const float step = next;
    const struct fg_point *after = &points[i + 1 < n ? i + 1 : i];
    const bool apart = fg_points_apart(&points[i], after);
    if (apart)
      next = membership_step(b, after, stride);
    membership_change(u, w, moved, stride, step);
    fg_simplex_project(moved, u, fence, stride);
    if (isnan(u[0])) /* columns are searched for what diverged; the clamp may have hidden it */
      w[0] = NAN;
    if (!apart)
      next = membership_step(b, after, stride);
  }
}

FG_KERNEL static void membership_kernel(const struct membership_batch *b, const struct fg_point *points, size_t n,
                                        uint32_t stride, float *scratch) {
  float *restrict moved = FG_ROW(scratch, 0, stride);
#define CALL(width) membership_points(*b, points, n, moved, width)
  FG_WITH_WIDTH(stride, CALL)
#undef CALL
}

static void membership_update(const struct fg_model *model, const struct fg_view *view, const struct fg_point *points,
                              size_t n, float eta) {
  const struct membership_batch b = {view->row_factor, view->col_factor, (float)unit(model), eta, model->rank};
  float scratch[model->stride] __attribute__((aligned(FG_ALIGN)));
  membership_kernel(&b, points, n, model->stride, scratch);
}

/* Predictions of n points, of which the rest is made outside the kernel. */
FG_INLINE void membership_predict(const struct fg_view *view, const struct fg_point *points, size_t n,
                                  double *predicted, const uint32_t stride) {
  for (size_t i = 0; i < n; i++) {
    const float *u = FG_ROW(view->row_factor, points[i].row, stride);
    const float *w = FG_ROW(view->col_factor, points[i].col, stride);
    double lane[FG_WIDE] = {0};
#pragma GCC unroll 16
    for (uint32_t k = 0; k < stride; k += FG_WIDE)
      for (uint32_t j = 0; j < FG_WIDE; j++)
        lane[j] += (double)u[k + j] * w[k + j];
    predicted[i] = fg_wide_sum(lane);
  }
}

FG_KERNEL static void membership_predict_kernel(const struct fg_view *view, const struct fg_point *points, size_t n,
                                                double *predicted, uint32_t stride) {
#define CALL(width) membership_predict(view, points, n, predicted, width)
  FG_WITH_WIDTH(stride, CALL)
#undef CALL
}

static void membership_score(const struct fg_model *model, const struct fg_view *view, const struct fg_point *points,
                             size_t n, struct fg_score *score) {
  const double scale = unit(model);
  double predicted[FG_BATCH];
  for (size_t from = 0, some; from < n; from += some) {
    some = n - from < FG_BATCH ? n - from : FG_BATCH;
    membership_predict_kernel(view, points + from, some, predicted, model->stride);
    for (size_t i = 0; i < some; i++) {
      const float x = points[from + i].value;
      double e = x * scale - predicted[i];
      fg_auc_count(score, x > 0, (float)predicted[i]);
      score->loss += 0.5 * e * e;
      score->metric += e * e;
      score->weight += 1;
    }
  }
}

/* What fold-in needs of n points, in double, and where it is. */
struct normal {
  double *gram, *rhs; /* rank x rank: sum w w^T; rank: sum x w */
  double *u, *slope;  /* rank: the row, and gram u - rhs */
};

static void gather(const struct fg_model *model, const struct fg_view *view, const struct fg_point *points, size_t n,
                   struct normal *s) {
  const uint32_t rank = model->rank;
  for (size_t i = 0; i < n; i++) {
    const float *w = view->col_factor + (size_t)points[i].col * model->stride;
    double x = points[i].value * unit(model);
    for (uint32_t a = 0; a < rank; a++) {
      s->rhs[a] += x * w[a];
      for (uint32_t b = 0; b < rank; b++)
        s->gram[(size_t)a * rank + b] += (double)w[a] * w[b];
    }
  }
  for (uint32_t a = 0; a < rank; a++) {
    s->u[a] = 1.0 / rank;
    s->slope[a] = -s->rhs[a];
    for (uint32_t b = 0; b < rank; b++)
      s->slope[a] += s->gram[(size_t)a * rank + b] / rank;
  }
}

/* One exact step along an edge of the simplex: the entry of least slope takes from the one of largest slope that still
 * has something. False: no exchange gains. */
static bool exchange(const struct normal *s, uint32_t rank, double tolerance) {
  uint32_t to = 0, from = UINT32_MAX;
  for (uint32_t a = 0; a < rank; a++) {
    to = s->slope[a] < s->slope[to] ? a : to;
    if (s->u[a] > 0 && (from == UINT32_MAX || s->slope[a] > s->slope[from]))
      from = a;
  }
  double gain = s->slope[from] - s->slope[to];
  if (!(gain > tolerance))
    return false;
  const double *more = s->gram + (size_t)to * rank, *less = s->gram + (size_t)from * rank;
  double curve = more[to] + less[from] - 2 * more[from], all = s->u[from];
  double amount = curve > 0 && gain / curve < all ? gain / curve : all;
  s->u[to] += amount;
  s->u[from] = all - amount;
  for (uint32_t a = 0; a < rank; a++)
    s->slope[a] += amount * (more[a] - less[a]);
  return true;
}

/* Least squares on the simplex, to slopes equal within 1e-9 of the data's. */
static enum fg_err membership_fold_in(const struct fg_model *model, const struct fg_view *view,
                                      const struct fg_point *points, size_t n, float *row, float *row_weight) {
  const uint32_t rank = model->rank;
  enum { STEPS = 100 }; /* per dimension: a guard */
  struct normal s = {.gram = calloc((size_t)rank * rank + 3 * (size_t)rank, sizeof(double))};
  double size = 0;
  if (!s.gram)
    return FG_ENOMEM;
  s.rhs = s.gram + (size_t)rank * rank;
  s.u = s.rhs + rank;
  s.slope = s.u + rank;
  gather(model, view, points, n, &s);
  for (uint32_t k = 0; k < rank; k++)
    size = fmax(size, fmax(s.rhs[k], s.gram[(size_t)k * rank + k]));
  for (uint32_t step = 0; step < STEPS * rank && exchange(&s, rank, 1e-9 * size); step++)
    continue;
  double weight = 0;
  for (size_t i = 0; i < n; i++)
    weight += points[i].value;
  *row_weight = (float)weight;
  for (uint32_t k = 0; k < model->stride; k++)
    row[k] = k < rank ? (float)s.u[k] : 0;
  free(s.gram);
  return FG_OK;
}

static double membership_flops(const struct fg_model *model) {
  /* dot 2 K, u 2 K, w 3 K; projection: first sum K, typically two rounds of compare and two sums, 3 K each, and the
   * final difference and maximum 2 K */
  return 16.0 * model->rank + 4;
}

static void membership_project_cols(const struct fg_model *model, float *factor, uint32_t n) {
  for (size_t i = 0; i < (size_t)n * model->stride; i++)
    factor[i] = factor[i] > 0 ? factor[i] : 0;
}

const struct fg_model_type fg_model_mmnd_squared = {
    .name = "mmnd",
    .summary = "mixed-membership network, squared loss with projections: the historical variant, learns degrees "
               "rather than communities; --step is the gradient step",
    .metric_name = "1-auc",
    .params = fg_mmnd_params,
    .default_step = 0.1,
    .default_schedule = FG_STEP_SQRT,
    .default_decay = 0.05,
    .needs_nonnegative = true,
    .reading = fg_mmnd_reading,
    .setup = membership_setup,
    .init_row = membership_init_row,
    .init_col = membership_init_col,
    .update = membership_update,
    .project = fg_simplex_restore,
    .project_cols = membership_project_cols,
    .score = membership_score,
    .metric = fg_auc_metric,
    .fold_in = membership_fold_in,
    .flops = membership_flops,
    .rows_valid = fg_simplex_valid,
    .cols_valid = fg_model_nonnegative,
    .dimension = "community",
    .top_rows = true,
    .top_weight = fg_mmnd_membership,
};
