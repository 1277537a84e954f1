/* Evaluation of the topic model: what it says of a word, whichever update learned it (formulas in lda.h). */
#include "core/model/lanes.h"
#include "core/model/lda.h"

#include <math.h>
#include <stdlib.h>

/* of the topic model itself */
static struct fg_lda_counts own_counts(const struct fg_model *model) {
  bool natural = model->par.value[FG_LDA_LOSS] == FG_LDA_NATURAL;
  return (struct fg_lda_counts){.alpha = model->par.value[FG_LDA_ALPHA],
                                .beta = model->par.value[FG_LDA_BETA],
                                .col_tokens = natural ? 0 : model->total / ((double)model->rank * model->cols),
                                .stat_tokens = natural ? 1 : model->total / model->rank};
}

static double col_tokens(const struct fg_lda_counts *counts, double col_weight) {
  return counts->col_tokens > 0 ? counts->col_tokens : col_weight;
}

void fg_lda_inverse(const struct fg_model *model, const struct fg_view *view, const struct fg_lda_counts *counts,
                    double *inverse) {
  for (uint32_t k = 0; k < model->stride; k++)
    inverse[k] = k < model->rank ? 1 / (counts->stat_tokens * fmax(view->stat[k], 0) + model->cols * counts->beta) : 0;
}

FG_KERNEL static double mixture(const float *theta, const float *column, const double *inverse, uint32_t stride,
                                double length, double tokens, double alpha, double beta) {
  double lane[FG_WIDE] = {0};
  for (uint32_t k = 0; k < stride; k += FG_WIDE)
    for (uint32_t j = 0; j < FG_WIDE; j++)
      lane[j] += (theta[k + j] * length + alpha) * (column[k + j] * tokens + beta) * inverse[k + j];
  return fg_wide_sum(lane);
}

double fg_lda_mixture(const struct fg_lda_counts *counts, const float *theta, const float *column,
                      const double *inverse, uint32_t stride, double length, double col_weight) {
  return mixture(theta, column, inverse, stride, length, col_tokens(counts, col_weight), counts->alpha, counts->beta);
}

void fg_lda_score(const struct fg_model *model, const struct fg_view *view, const struct fg_point *points, size_t n,
                  struct fg_score *score) {
  const struct fg_lda_counts counts = own_counts(model);
  double inverse[model->stride] __attribute__((aligned(FG_ALIGN)));
  fg_lda_inverse(model, view, &counts, inverse);
  for (size_t i = 0; i < n; i++) {
    double length = view->row_weight[points[i].row];
    double p = fg_lda_mixture(&counts, view->row_factor + (size_t)points[i].row * model->stride,
                              view->col_factor + (size_t)points[i].col * model->stride, inverse, model->stride, length,
                              view->col_weight[points[i].col]);
    score->metric -= points[i].value * log(p / (length + model->rank * counts.alpha));
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
  const struct fg_lda_counts counts = own_counts(model);
  return fg_lda_infer(model, view, &counts, points, n, row, row_weight);
}

enum fg_err fg_lda_infer(const struct fg_model *model, const struct fg_view *view, const struct fg_lda_counts *counts,
                         const struct fg_point *points, size_t n, float *row, float *row_weight) {
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
  fg_lda_inverse(model, view, counts, inverse);
  for (size_t i = 0; i < n; i++)
    for (uint32_t k = 0; k < stride; k++)
      phi[i * stride + k] =
          (col_tokens(counts, view->col_weight[points[i].col]) * view->col_factor[(size_t)points[i].col * stride + k] +
           counts->beta) *
          inverse[k];
  for (uint32_t k = 0; k < stride; k++)
    theta[k] = row[k];
  double change = 1;
  for (int step = 0; step < STEPS && change > 1e-6; step++) {
    em_step(phi, points, n, stride, length, counts->alpha, theta, next);
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

double fg_lda_mixture_prior(const struct fg_model *model, const struct fg_view *view) {
  (void)view;
  return model->par.value[FG_LDA_ALPHA];
}

double fg_lda_topic_weight(const struct fg_model *model, const struct fg_view *view, uint32_t col, uint32_t k) {
  const struct fg_lda_counts counts = own_counts(model);
  double tokens = col_tokens(&counts, view->col_weight ? view->col_weight[col] : 0);
  return (tokens * view->col_factor[(size_t)col * model->stride + k] + counts.beta) /
         (counts.stat_tokens * fmax(view->stat[k], 0) + model->cols * counts.beta);
}
