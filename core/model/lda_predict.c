/* Evaluation of the topic model: what it says of a word, whichever update learned it (formulas in lda.h). */
#include "core/model/lanes.h"
#include "core/model/lda.h"

#include <math.h>
#include <stdlib.h>

/* tokens that stand behind a column's entries, and behind those of the statistic */
static double col_tokens(const struct fg_model *model, const struct fg_view *view, uint32_t col) {
  if (model->par.value[FG_LDA_LOSS] == FG_LDA_NATURAL)
    return view->col_weight[col];
  return model->total / ((double)model->rank * model->cols);
}

static double stat_tokens(const struct fg_model *model) {
  return model->par.value[FG_LDA_LOSS] == FG_LDA_NATURAL ? 1 : model->total / model->rank;
}

/* 1 / (n_k + M beta), `stride` doubles, 0 in the padding */
static void inverse_totals(const struct fg_model *model, const struct fg_view *view, double *inverse) {
  double beta = model->par.value[FG_LDA_BETA], tokens = stat_tokens(model);
  for (uint32_t k = 0; k < model->stride; k++)
    inverse[k] = k < model->rank ? 1 / (tokens * fmax(view->stat[k], 0) + model->cols * beta) : 0;
}

/* sum over k of (L theta_k + alpha) n_wk-smoothed / n_k-smoothed */
FG_KERNEL static double mixture(const float *theta, const float *column, const double *inverse, uint32_t stride,
                                double length, double tokens, double alpha, double beta) {
  double lane[FG_WIDE] = {0};
  for (uint32_t k = 0; k < stride; k += FG_WIDE)
    for (uint32_t j = 0; j < FG_WIDE; j++)
      lane[j] += (theta[k + j] * length + alpha) * (column[k + j] * tokens + beta) * inverse[k + j];
  return fg_wide_sum(lane);
}

void fg_lda_score(const struct fg_model *model, const struct fg_view *view, const struct fg_point *points, size_t n,
                  struct fg_score *score) {
  const double alpha = model->par.value[FG_LDA_ALPHA], beta = model->par.value[FG_LDA_BETA];
  double inverse[model->stride] __attribute__((aligned(FG_ALIGN)));
  inverse_totals(model, view, inverse);
  for (size_t i = 0; i < n; i++) {
    double length = view->row_weight[points[i].row];
    double p = mixture(view->row_factor + (size_t)points[i].row * model->stride,
                       view->col_factor + (size_t)points[i].col * model->stride, inverse, model->stride, length,
                       col_tokens(model, view, points[i].col), alpha, beta);
    score->metric -= points[i].value * log(p / (length + model->rank * alpha));
    score->weight += points[i].value;
  }
}

double fg_lda_perplexity(const struct fg_score *score) {
  return score->weight > 0 ? exp(score->metric / score->weight) : NAN;
}

/* One EM step: theta_k' = 1/L sum_i c_i gamma_ik, gamma_ik ~ (L theta_k + alpha) phi_ik. phi: n x stride. */
FG_KERNEL static void em_step(const double *restrict phi, const struct fg_point *points, size_t n, uint32_t stride,
                              double length, double alpha, const double *restrict theta, double *restrict next) {
  for (uint32_t k = 0; k < stride; k++)
    next[k] = 0;
  for (size_t i = 0; i < n; i++, phi += stride) {
    double lane[FG_WIDE] = {0};
    for (uint32_t k = 0; k < stride; k += FG_WIDE)
      for (uint32_t j = 0; j < FG_WIDE; j++)
        lane[j] += (theta[k + j] * length + alpha) * phi[k + j];
    double share = points[i].value / (fg_wide_sum(lane) * length);
    for (uint32_t k = 0; k < stride; k++)
      next[k] += phi[k] * share;
  }
  for (uint32_t k = 0; k < stride; k++)
    next[k] *= theta[k] * length + alpha;
}

enum fg_err fg_lda_fold_in(const struct fg_model *model, const struct fg_view *view, const struct fg_point *points,
                           size_t n, float *row, float *row_weight) {
  enum { STEPS = 1000 }; /* far more than convergence to 1e-6 takes; a guard against a cycle of rounding errors */
  const uint32_t stride = model->stride;
  double length = 0;
  for (size_t i = 0; i < n; i++)
    length += points[i].value;
  *row_weight = (float)length;
  for (uint32_t k = 0; k < stride; k++)
    row[k] = k < model->rank ? 1.0f / (float)model->rank : 0;
  if (length <= 0)
    return FG_OK;

  double *inverse = aligned_alloc(FG_ALIGN, (n + 3) * stride * sizeof *inverse);
  if (!inverse)
    return FG_ENOMEM;
  double *theta = inverse + stride, *next = theta + stride, *phi = next + stride;
  inverse_totals(model, view, inverse);
  for (size_t i = 0; i < n; i++)
    for (uint32_t k = 0; k < stride; k++)
      phi[i * stride + k] =
          (col_tokens(model, view, points[i].col) * view->col_factor[(size_t)points[i].col * stride + k] +
           model->par.value[FG_LDA_BETA]) *
          inverse[k];
  for (uint32_t k = 0; k < stride; k++)
    theta[k] = row[k];
  double change = 1;
  for (int step = 0; step < STEPS && change > 1e-6; step++) {
    em_step(phi, points, n, stride, length, model->par.value[FG_LDA_ALPHA], theta, next);
    change = 0;
    for (uint32_t k = 0; k < stride; k++) {
      change = fmax(change, fabs(next[k] - theta[k]));
      theta[k] = next[k];
    }
  }
  for (uint32_t k = 0; k < stride; k++)
    row[k] = (float)theta[k];
  free(inverse);
  return FG_OK;
}

double fg_lda_topic_weight(const struct fg_model *model, const struct fg_view *view, uint32_t col, uint32_t k) {
  double beta = model->par.value[FG_LDA_BETA];
  return (col_tokens(model, view, col) * view->col_factor[(size_t)col * model->stride + k] + beta) /
         (stat_tokens(model) * fmax(view->stat[k], 0) + model->cols * beta);
}
