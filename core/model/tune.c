/* From the counts of an epoch to the priors of the next. */
#include "core/model/tune.h"

#include <gsl/gsl_sf_psi.h>
#include <math.h>

enum { TABLE = 256 }; /* most counts are small */

/* psi(n + a) - psi(a) of whole n: sums of 1 / (a + j), j < n */
struct gains {
  double a, end; /* end: psi(TABLE + a) */
  double of[TABLE + 1];
};

static void gains_start(struct gains *g, double a) {
  g->a = a;
  g->end = gsl_sf_psi(TABLE + a);
  g->of[0] = 0;
  for (int j = 0; j < TABLE; j++)
    g->of[j + 1] = g->of[j] + 1 / (a + j);
}

static double gain(const struct gains *g, double n) {
  return n <= TABLE ? g->of[(int)n] : g->of[TABLE] + gsl_sf_psi(n + g->a) - g->end;
}

/* Sum of gains over a row of counts; *total: their sum. */
static double row_gain(const struct gains *g, const float *count, uint32_t rank, double *total) {
  double sum = 0;
  *total = 0;
  for (uint32_t k = 0; k < rank; k++)
    if (count[k] > 0) {
      sum += gain(g, count[k]);
      *total += count[k];
    }
  return sum;
}

void fg_tune_tally(const struct fg_model *model, const struct fg_view *view, uint32_t rows, uint32_t cols,
                   uint64_t epoch) {
  double *entry = view->stat + model->n_stat - FG_TUNE_STATS, total;
  struct gains alpha, length, beta;
  if ((epoch + 1) % model->tune_every != 0)
    return;
  gains_start(&alpha, entry[FG_TUNE_ALPHA]);
  gains_start(&length, entry[FG_TUNE_ALPHA] * model->rank);
  gains_start(&beta, entry[FG_TUNE_BETA]);
  for (uint32_t i = 0; i < rows; i++) {
    entry[FG_TUNE_ALPHA_SUM] += row_gain(&alpha, view->row_factor + (size_t)i * model->stride, model->rank, &total);
    entry[FG_TUNE_ALPHA_LENGTHS] += gain(&length, total);
  }
  for (uint32_t j = 0; j < cols; j++)
    entry[FG_TUNE_BETA_SUM] += row_gain(&beta, view->col_factor + (size_t)j * model->stride, model->rank, &total);
}

/* A step stays within what a user may ask for. */
static double within(double prior) {
  return fmin(fmax(prior, FG_PRIOR_LEAST), FG_PRIOR_MOST);
}

void fg_tune_step(const struct fg_model *model, double *stat) {
  double *entry = stat + model->n_stat - FG_TUNE_STATS, smoothing = model->cols * entry[FG_TUNE_BETA], topics = 0;
  if (!(entry[FG_TUNE_ALPHA_LENGTHS] > 0)) /* no epoch ends here, or it is none of those */
    return;
  for (uint32_t k = 0; k < model->rank; k++)
    topics += gsl_sf_psi(stat[k] + smoothing) - gsl_sf_psi(smoothing);
  entry[FG_TUNE_ALPHA] =
      within(entry[FG_TUNE_ALPHA] * entry[FG_TUNE_ALPHA_SUM] / (model->rank * entry[FG_TUNE_ALPHA_LENGTHS]));
  entry[FG_TUNE_BETA] = within(entry[FG_TUNE_BETA] * entry[FG_TUNE_BETA_SUM] / (model->cols * topics));
  entry[FG_TUNE_ALPHA_SUM] = entry[FG_TUNE_ALPHA_LENGTHS] = entry[FG_TUNE_BETA_SUM] = 0;
}
