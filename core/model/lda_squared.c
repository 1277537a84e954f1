/* Update step: topic model, squared loss, the historical variant: row-normalised counts against theta.w, each step
 * projected. A point (d, w, count c) costs 1/2 (x - theta_d.w_w)^2 with x = M c / L_d and w_wk = M p(word w | topic k):
 * in units of the uniform distribution over the vocabulary both rows have gradients of like size, whatever M is. theta
 * is projected on the simplex, w on w >= 0 at every touch; that a topic sums to 1 runs across column blocks and is
 * restored by rescaling with the statistic S_k = 1/M sum_w w_wk. */
#include "core/model/lanes.h"
#include "core/model/lda.h"
#include "core/model/simplex.h"

#include <math.h>

static void squared_init_row(const struct fg_model *model, uint32_t index, float *row) {
  fg_simplex_init(model, FG_STREAM_INIT_ROW, index, 0.1, row);
}

/* entries around 1, so that S_k is around 1 */
static void squared_init_col(const struct fg_model *model, uint32_t index, float *row) {
  struct fg_rng rng;
  fg_rng_start(&rng, model->seed_init, FG_STREAM_INIT_COL, index, 0);
  for (uint32_t k = 0; k < model->rank; k++)
    row[k] = (float)(0.5 + fg_rng_uniform(&rng));
}

/* What the points of a batch share. */
struct squared_batch {
  float *rows, *cols;
  const float *row_weight;
  float words, eta; /* M */
  uint32_t rank;
};

/* eta times the error of a point */
FG_INLINE float squared_step(const struct squared_batch b, const struct fg_point *point, const uint32_t stride) {
  float length = b.row_weight[point->row];
  float x = length > 0 ? b.words * point->value / length : 0;
  return b.eta * (x - fg_lanes_dot(FG_ROW(b.rows, point->row, stride), FG_ROW(b.cols, point->col, stride), stride));
}

FG_INLINE void squared_change(const float *restrict theta, float *restrict w, float *restrict change,
                              float *restrict moved, const uint32_t stride, float step) {
  for (uint32_t k = 0; k < stride; k++) {
    float wk = w[k], next = wk + step * theta[k];
    next = next > 0 ? next : 0;
    moved[k] = theta[k] + step * wk;
    change[k] += next - wk;
    w[k] = next;
  }
}

/* change: of M S_k; moved: stride floats, scratch */
FG_INLINE void squared_points(const struct squared_batch b, const struct fg_point *points, size_t n,
                              float *restrict change, float *restrict moved, const uint32_t stride) {
  float fence[FG_LANES], after_step = n ? squared_step(b, points, stride) : 0;
  fg_simplex_fence(b.rank, stride, fence);
  for (size_t i = 0; i < n; i++) {
    if (i + FG_PREFETCH < n) {
      fg_lanes_prefetch(b.rows, points[i + FG_PREFETCH].row, stride);
      fg_lanes_prefetch(b.cols, points[i + FG_PREFETCH].col, stride);
    }
    float *theta = FG_ROW(b.rows, points[i].row, stride);
    float *w = FG_ROW(b.cols, points[i].col, stride);
    const float step = after_step;
    const struct fg_point *after = &points[i + 1 < n ? i + 1 : i];
    const bool apart = fg_points_apart(&points[i], after);
    if (apart)
      after_step = squared_step(b, after, stride);
    squared_change(theta, w, change, moved, stride, step);
    fg_simplex_project(moved, theta, fence, stride);
    if (isnan(theta[0])) /* columns are searched for what diverged; the clamp may have hidden it */
      w[0] = NAN;
    if (!apart)
      after_step = squared_step(b, after, stride);
  }
}

/* scratch: 2 x stride floats */
FG_KERNEL static void squared_kernel(const struct squared_batch *b, const struct fg_point *points, size_t n,
                                     double *stat, uint32_t cols, uint32_t stride, float *scratch) {
  float *restrict change = FG_ROW(scratch, 0, stride), *restrict moved = FG_ROW(scratch, 1, stride);
  for (uint32_t k = 0; k < stride; k++)
    change[k] = 0;
#define CALL(width) squared_points(*b, points, n, change, moved, width)
  FG_WITH_WIDTH(stride, CALL)
#undef CALL
  for (uint32_t k = 0; k < b->rank; k++)
    stat[k] += (double)change[k] / cols;
}

static void squared_update(const struct fg_model *model, const struct fg_view *view, const struct fg_point *points,
                           size_t n, float eta) {
  const struct squared_batch b = {view->row_factor, view->col_factor, view->row_weight, (float)model->cols, eta,
                                  model->rank};
  float scratch[2 * model->stride] __attribute__((aligned(FG_ALIGN)));
  squared_kernel(&b, points, n, view->stat, model->cols, model->stride, scratch);
}

static void squared_stat(const struct fg_model *model, const float *col_factor, const float *col_weight, uint32_t cols,
                         double *stat) {
  (void)col_weight;
  for (uint32_t j = 0; j < cols; j++)
    for (uint32_t k = 0; k < model->rank; k++)
      stat[k] += (double)col_factor[(size_t)j * model->stride + k] / model->cols;
}

/* 1 for a topic that has died out (method.md leaves that open): dividing by a rounding residue would blow it up */
static double squared_divisor(const struct fg_model *model, double released) {
  (void)model;
  return released > 1e-4 ? released : 1;
}

static void squared_score(const struct fg_model *model, const struct fg_view *view, const struct fg_point *points,
                          size_t n, struct fg_score *score) {
  for (size_t i = 0; i < n; i++) {
    const float *theta = view->row_factor + (size_t)points[i].row * model->stride;
    const float *w = view->col_factor + (size_t)points[i].col * model->stride;
    double length = view->row_weight[points[i].row], dot = 0;
    for (uint32_t k = 0; k < model->rank; k++)
      dot += (double)theta[k] * w[k];
    double e = (length > 0 ? (double)model->cols * points[i].value / length : 0) - dot;
    score->loss += 0.5 * e * e;
  }
  fg_lda_score(model, view, points, n, score);
}

static double squared_flops(const struct fg_model *model) {
  /* dot 2 K, theta 2 K, w 3 K, statistic 2 K; projection: first sum K, typically two rounds of compare and two sums, 3
   * K each, and the final difference and maximum 2 K */
  return 18.0 * model->rank + 10;
}

const struct fg_model_type fg_model_lda_squared = {
    .name = "lda",
    .summary =
        "topic model, squared loss with projections: the historical variant, stays near the unigram level; --step is "
        "the gradient step",
    .metric_name = "perplexity",
    .params = fg_lda_params,
    .default_step = 1e-3,
    .default_decay = 0.01,
    .needs_counts = true,
    .weights = true,
    .setup = fg_lda_setup,
    .init_row = squared_init_row,
    .init_col = squared_init_col,
    .update = squared_update,
    .stat = squared_stat,
    .divisor = squared_divisor,
    .stat_degree = 1,
    .score = squared_score,
    .metric = fg_lda_perplexity,
    .fold_in = fg_lda_fold_in,
    .flops = squared_flops,
    .rows_valid = fg_simplex_valid,
    .cols_valid = fg_model_nonnegative,
    .dimension = "topic",
    .top_weight = fg_lda_topic_weight,
    .mixture_prior = fg_lda_mixture_prior,
};
