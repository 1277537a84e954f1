/* Update step: topic model, natural update: stochastic natural gradient of the multinomial
 * likelihood on two families of simplices, in the manner of SCVB0 (Foulds et al. 2013). For a point (d, w, count c):
 *
 *   gamma_k ~ (L_d theta_dk + alpha) (n_w psi_wk + beta) / (S_k + M beta), sum over k = 1
 *
 *   theta_d += rho_d (gamma - theta_d), rho_d = min(1/2, a c / L_d)
 *
 *   psi_w += rho_w (gamma - psi_w), rho_w = min(1/2, a c / n_w)
 *
 *   S += n_w rho_w (gamma - psi_w)
 *
 * with a the step. Rows stay on the simplex by themselves; only S joins the column blocks. A pass over a row renews the
 * share 1 - exp(-a) of it. Observed: with 8 blocks or more and a > 5 a row has forgotten a block by the time it meets
 * it again, and the topics do not settle until the schedule has brought a down. */
#include "core/model/lda.h"
#include "core/model/lanes.h"
#include "core/model/simplex.h"

#include <float.h>
#include <math.h>

const struct fg_param fg_lda_params[] = {
    [FG_LDA_RANK] = {"rank", "topics", FG_PARAM_COUNT, "20", 1, FG_RANK_MAX, NULL, "topics"},
    [FG_LDA_ALPHA] = {"alpha", NULL, FG_PARAM_REAL, "0.1", 1e-6, 1e3, NULL, "prior count of a topic in a document"},
    [FG_LDA_BETA] = {"beta", NULL, FG_PARAM_REAL, "0.1", 1e-6, 1e3, NULL, "prior count of a word in a topic"},
    [FG_LDA_LOSS] = {"loss", NULL, FG_PARAM_CHOICE, "natural", 0, 0, "natural|squared",
                     "likelihood by natural gradients, or squared error of word shares by projected ones"},
    {0},
};

static const struct fg_model_type *lda_variant(const struct fg_values *par) {
  extern const struct fg_model_type fg_model_lda;
  return par->value[FG_LDA_LOSS] == FG_LDA_SQUARED ? &fg_model_lda_squared : &fg_model_lda;
}

enum fg_err fg_lda_setup(struct fg_model *model, struct fg_fault *fault) {
  (void)fault;
  model->n_stat = model->rank;
  return FG_OK;
}

static void lda_init_row(const struct fg_model *model, uint32_t index, float *row) {
  fg_simplex_init(model, FG_STREAM_INIT_ROW, index, 0.1, row);
}

static void lda_init_col(const struct fg_model *model, uint32_t index, float *row) {
  fg_simplex_init(model, FG_STREAM_INIT_COL, index, 0.1, row);
}

/* What the points of a batch share. */
struct batch {
  float *rows, *cols;
  const float *row_weight, *col_weight;
  float alpha, beta, step;
};

FG_INLINE float half_at_most(float rho) {
  return rho < 0.5f ? rho : 0.5f;
}

/* What each point of a batch needs besides its rows. Found for all of them at once: in the midst of the rows'
 * arithmetic the divisions, comparisons and broadcasts of one point at a time hold up the vector units. */
struct rates {
  float length[FG_BATCH], mass[FG_BATCH], rho_d[FG_BATCH], rho_w[FG_BATCH];
};

FG_INLINE void lda_rates(const struct batch *b, const struct fg_point *points, size_t n, struct rates *r) {
  for (size_t i = 0; i < n; i++) {
    r->length[i] = b->row_weight[points[i].row];
    r->mass[i] = b->col_weight[points[i].col];
    r->rho_d[i] = points[i].value;
  }
  for (size_t i = n; i < FG_BATCH; i++)
    r->length[i] = r->mass[i] = r->rho_d[i] = 1;
  for (size_t i = 0; i < FG_BATCH; i++) {
    const float ac = b->step * r->rho_d[i], length = r->length[i], mass = r->mass[i];
    r->rho_d[i] = half_at_most(ac / (length > FLT_MIN ? length : FLT_MIN));
    r->rho_w[i] = half_at_most(ac / (mass > FLT_MIN ? mass : FLT_MIN));
  }
}

FG_INLINE void fetch(const struct batch *b, const struct fg_point *point, const uint32_t stride) {
  fg_lanes_prefetch(b->rows, point->row, stride);
  fg_lanes_prefetch(b->cols, point->col, stride);
}

/* inverse: 1 / (S_k + M beta) at the start of the batch, 0 in the padding, so that gamma is 0 there; change: of S
 * since. */
FG_INLINE void lda_points(const struct batch *b, const struct fg_point *points, size_t n, const struct rates *r,
                          const float *restrict inverse, float *restrict change, float *restrict g,
                          const uint32_t stride) {
  const float alpha = b->alpha, beta = b->beta;
  for (size_t i = 0; i < n && i < FG_PREFETCH; i++)
    fetch(b, &points[i], stride);
  for (size_t i = 0; i < n; i++) {
    if (i + FG_PREFETCH < n)
      fetch(b, &points[i + FG_PREFETCH], stride);
    float *restrict theta = FG_ROW(b->rows, points[i].row, stride);
    float *restrict psi = FG_ROW(b->cols, points[i].col, stride);
    const float length = r->length[i], mass = r->mass[i], rho_d = r->rho_d[i], rho_w = r->rho_w[i];
    float sum[FG_LANES] = {0};
#pragma GCC unroll 8
    for (uint32_t k = 0; k < stride; k += FG_LANES)
      for (uint32_t j = 0; j < FG_LANES; j++) {
        g[k + j] = (theta[k + j] * length + alpha) * (psi[k + j] * mass + beta) * inverse[k + j];
        sum[j] += g[k + j];
      }
    const float scale = 1.0f / fg_lanes_sum(sum);
    for (uint32_t k = 0; k < stride; k++) {
      float gamma = g[k] * scale, delta = rho_w * (gamma - psi[k]);
      theta[k] += rho_d * (gamma - theta[k]);
      psi[k] += delta;
      change[k] += mass * delta;
    }
  }
}

/* scratch: 3 x stride floats. */
FG_KERNEL static void lda_kernel(const struct batch *b, const struct fg_point *points, size_t n, double *stat,
                                 uint32_t rank, uint32_t stride, float smoothing, float *scratch) {
  float *restrict inverse = FG_ROW(scratch, 0, stride);
  float *restrict change = FG_ROW(scratch, 1, stride);
  float *restrict g = FG_ROW(scratch, 2, stride);
  struct rates rates;
  for (uint32_t k = 0; k < rank; k++)
    inverse[k] = (float)stat[k];
  for (uint32_t k = rank; k < stride; k++)
    inverse[k] = INFINITY; /* becomes 0 */
  for (uint32_t k = 0; k < stride; k += FG_LANES)
    for (uint32_t j = 0; j < FG_LANES; j++) {
      const float s = inverse[k + j]; /* a copy of S that has not yet heard of others' gains can fall below 0 */
      inverse[k + j] = 1.0f / ((s > 0 ? s : 0.0f) + smoothing);
      change[k + j] = 0;
    }
  lda_rates(b, points, n, &rates);
#define CALL(width) lda_points(b, points, n, &rates, inverse, change, g, width)
  FG_WITH_WIDTH(stride, CALL)
#undef CALL
  for (uint32_t k = 0; k < rank; k++)
    stat[k] += change[k];
}

void fg_lda_natural(const struct fg_model *model, const struct fg_view *view, const struct fg_point *points, size_t n,
                    double alpha, double beta, float eta) {
  const struct batch b = {
      view->row_factor, view->col_factor, view->row_weight, view->col_weight, (float)alpha, (float)beta, eta};
  float scratch[3 * model->stride] __attribute__((aligned(FG_ALIGN)));
  lda_kernel(&b, points, n, view->stat, model->rank, model->stride, (float)(model->cols * beta), scratch);
}

static void lda_update(const struct fg_model *model, const struct fg_view *view, const struct fg_point *points,
                       size_t n, float eta) {
  fg_lda_natural(model, view, points, n, model->par.value[FG_LDA_ALPHA], model->par.value[FG_LDA_BETA], eta);
}

void fg_lda_stat(const struct fg_model *model, const float *col_factor, const float *col_weight, uint32_t cols,
                 double *stat) {
  for (uint32_t j = 0; j < cols; j++)
    for (uint32_t k = 0; k < model->rank; k++)
      stat[k] += (double)col_weight[j] * col_factor[(size_t)j * model->stride + k];
}

/* the objective is the predictive likelihood itself */
static void lda_score(const struct fg_model *model, const struct fg_view *view, const struct fg_point *points, size_t n,
                      struct fg_score *score) {
  double before = score->metric;
  fg_lda_score(model, view, points, n, score);
  score->loss += score->metric - before;
}

static double lda_flops(const struct fg_model *model) {
  return 16.0 * model->rank + 10; /* gamma 6 K, its sum K, rows 9 K; two rates and a scale */
}

const struct fg_model_type fg_model_lda = {
    .name = "lda",
    .summary = "topic model, for documents: natural gradients on simplices; --step is a, the share of a row renewed by "
               "one pass over it",
    .metric_name = "perplexity",
    .params = fg_lda_params,
    .default_step = 8, /* larger ones keep the topics from settling for many epochs at 16 blocks and more */
    .default_schedule = FG_STEP_SQRT,
    .default_decay = 0.01,
    .needs_counts = true,
    .weights = true,
    .variant = lda_variant,
    .setup = fg_lda_setup,
    .init_row = lda_init_row,
    .init_col = lda_init_col,
    .update = lda_update,
    .stat = fg_lda_stat,
    .project = fg_simplex_restore,
    .score = lda_score,
    .metric = fg_lda_perplexity,
    .fold_in = fg_lda_fold_in,
    .flops = lda_flops,
    .rows_valid = fg_simplex_valid,
    .cols_valid = fg_simplex_valid,
    .dimension = "topic",
    .top_weight = fg_lda_topic_weight,
    .mixture_prior = fg_lda_mixture_prior,
};
