/* Update step: topic model, squared loss, the historical variant: row-normalised counts against theta.w, each step
 * projected. A point (d, w, count c) costs 1/2 (x - theta_d.w_w)^2 with x = M c / L_d and w_wk = M p(word w | topic k):
 * in units of the uniform distribution over the vocabulary both rows have gradients of like size, whatever M is. theta
 * is projected on the simplex, w on w >= 0 at every touch; that a topic sums to 1 runs across column blocks and is
 * restored by rescaling with the statistic S_k = 1/M sum_w w_wk. */
#include "core/model/lanes.h"
#include "core/model/lda.h"

#include <float.h>
#include <math.h>

static void squared_init_row(const struct fg_model *model, uint32_t index, float *row) {
  fg_lda_simplex_init(model, FG_STREAM_INIT_ROW, index, 0.1, row);
}

/* entries around 1, so that S_k is around 1 */
static void squared_init_col(const struct fg_model *model, uint32_t index, float *row) {
  struct fg_rng rng;
  fg_rng_start(&rng, model->seed_init, FG_STREAM_INIT_COL, index, 0);
  for (uint32_t k = 0; k < model->rank; k++)
    row[k] = (float)(0.5 + fg_rng_uniform(&rng));
}

/* Nearest point of the simplex: max(v - tau, 0) with tau such that it sums to 1. tau by Michelot's finite iteration
 * (1986): the entries above tau are averaged again until none drops out. `valid`: all ones where an entry counts. */
FG_INLINE void project(fg_lanes *v, const fg_lanes_mask *valid, uint32_t rank, const uint32_t lanes) {
  fg_lanes sum = {0};
  for (uint32_t l = 0; l < lanes; l++)
    sum += v[l];
  float tau = (fg_lanes_sum(sum) - 1.0f) / (float)rank, count = (float)rank, last;
  do {
    last = count;
    fg_lanes above = {0}, ones = {0};
    for (uint32_t l = 0; l < lanes; l++) {
      fg_lanes_mask in = valid[l] & (v[l] > tau);
      above += (fg_lanes)((fg_lanes_mask)v[l] & in);
      ones -= __builtin_convertvector(in, fg_lanes); /* true is -1 */
    }
    count = fg_lanes_sum(ones);
    if (count > 0)
      tau = (fg_lanes_sum(above) - 1.0f) / count;
  } while (count < last && count > 0);
  for (uint32_t l = 0; l < lanes; l++)
    v[l] = (fg_lanes)((fg_lanes_mask)fg_lanes_clamp(v[l] - tau) & valid[l]);
}

FG_KERNEL static void kernel(const struct fg_model *model, const struct fg_view *view, const struct fg_point *points,
                             size_t n, float eta) {
  const uint32_t lanes = model->stride / FG_LANES;
  fg_lanes change[lanes], moved[lanes];
  fg_lanes_mask valid[lanes];
  for (uint32_t k = 0; k < model->stride; k++) {
    change[k / FG_LANES][k % FG_LANES] = 0;
    valid[k / FG_LANES][k % FG_LANES] = k < model->rank ? -1 : 0;
  }
  const float words = (float)model->cols;
  for (size_t i = 0; i < n; i++) {
    fg_lanes *theta = (fg_lanes *)(view->row_factor + (size_t)points[i].row * model->stride);
    fg_lanes *w = (fg_lanes *)(view->col_factor + (size_t)points[i].col * model->stride);
    float length = view->row_weight[points[i].row];
    fg_lanes dot = {0};
    for (uint32_t l = 0; l < lanes; l++)
      dot += theta[l] * w[l];
    float x = length > 0 ? words * points[i].value / length : 0;
    float step = eta * (x - fg_lanes_sum(dot));
    for (uint32_t l = 0; l < lanes; l++) {
      moved[l] = theta[l] + step * w[l];
      fg_lanes next = fg_lanes_clamp(w[l] + step * theta[l]);
      change[l] += next - w[l];
      w[l] = next;
    }
    project(moved, valid, model->rank, lanes);
    for (uint32_t l = 0; l < lanes; l++)
      theta[l] = moved[l];
  }
  for (uint32_t k = 0; k < model->rank; k++)
    view->stat[k] += (double)change[k / FG_LANES][k % FG_LANES] / model->cols;
}

static void squared_update(const struct fg_model *model, const struct fg_view *view, const struct fg_point *points,
                           size_t n, float eta) {
  kernel(model, view, points, n, eta);
}

static void squared_stat(const struct fg_model *model, const float *col_factor, const float *col_weight, uint32_t cols,
                         double *stat) {
  (void)col_weight;
  for (uint32_t j = 0; j < cols; j++)
    for (uint32_t k = 0; k < model->rank; k++)
      stat[k] += (double)col_factor[(size_t)j * model->stride + k] / model->cols;
}

/* A topic that has lost all its words (S_k = 0) has nothing to divide: it stays empty until an update revives it. */
static void squared_rescale(const struct fg_model *model, float *col_factor, uint32_t cols, const double *stat) {
  for (uint32_t k = 0; k < model->rank; k++) {
    float scale = stat[k] > FLT_MIN ? (float)(1 / stat[k]) : 1;
    for (uint32_t j = 0; j < cols; j++)
      col_factor[(size_t)j * model->stride + k] *= scale;
  }
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

static bool columns_valid(const struct fg_model *model, const float *factor, uint32_t n, uint32_t *which) {
  for (uint32_t i = 0; i < n; i++)
    for (uint32_t k = 0; k < model->stride; k++) {
      float v = factor[(size_t)i * model->stride + k];
      if (k < model->rank ? !(v >= 0 && v <= FLT_MAX) : v != 0) {
        *which = i;
        return false;
      }
    }
  return true;
}

const struct fg_model_type fg_model_lda_squared = {
    .name = "lda",
    .summary =
        "topic model, squared loss with projections: the historical variant, stays near the unigram level; --step is "
        "the gradient step",
    .metric_name = "perplexity",
    .params = fg_lda_params,
    .default_step = 1e-4,
    .default_decay = 0.01,
    .needs_counts = true,
    .weights = true,
    .setup = fg_lda_setup,
    .init_row = squared_init_row,
    .init_col = squared_init_col,
    .update = squared_update,
    .stat = squared_stat,
    .rescale = squared_rescale,
    .score = squared_score,
    .metric = fg_lda_perplexity,
    .fold_in = fg_lda_fold_in,
    .flops = squared_flops,
    .rows_valid = fg_lda_on_simplex,
    .cols_valid = columns_valid,
    .topic_weight = fg_lda_topic_weight,
};
