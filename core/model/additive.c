/* Update step: linear stochastic gradient, x ~ u_i + w_j. A point costs 1/2 (x - u - w)^2 + ridge/2 (u^2 + w^2), so
 * that with e_z the indicator of its two coordinates and A_z = e_z e_z^T + ridge diag(e_z) an update is psi <- (I - eta
 * A_z) psi + eta x e_z, and every moment of the iterates has a closed form (claims M1-M7). */
#include "core/model/lanes.h"
#include "core/model/model.h"
#include "core/rng.h"

enum { RANK, RIDGE };

static const struct fg_param additive_params[] = {
    [RANK] = {"rank", "topics", FG_PARAM_COUNT, "1", 1, 1, NULL, "always 1"},
    [RIDGE] = {"ridge", NULL, FG_PARAM_REAL, "0.01", 1e-6, 1e6, NULL, "penalty ridge/2 (u^2 + w^2) per point; > 0"},
    {0},
};

static enum fg_err additive_setup(struct fg_model *model, struct fg_fault *fault) {
  (void)fault;
  model->n_stat = 0;
  return FG_OK;
}

/* uniform on (-1/2, 1/2), so that an ensemble over seeds has a spread to contract */
static void init(const struct fg_model *model, enum fg_stream stream, uint32_t index, float *row) {
  struct fg_rng rng;
  fg_rng_start(&rng, model->seed_init, stream, index, 0);
  row[0] = (float)(fg_rng_uniform(&rng) - 0.5);
}

static void additive_init_row(const struct fg_model *model, uint32_t index, float *row) {
  init(model, FG_STREAM_INIT_ROW, index, row);
}

static void additive_init_col(const struct fg_model *model, uint32_t index, float *row) {
  init(model, FG_STREAM_INIT_COL, index, row);
}

static void additive_update(const struct fg_model *model, const struct fg_view *view, const struct fg_point *points,
                            size_t n, float eta) {
  const float ridge = (float)model->par.value[RIDGE];
  for (size_t i = 0; i < n; i++) {
    float *u = view->row_factor + (size_t)points[i].row * model->stride;
    float *w = view->col_factor + (size_t)points[i].col * model->stride;
    float e = points[i].value - (u[0] + w[0]);
    u[0] += eta * (e - ridge * u[0]);
    w[0] += eta * (e - ridge * w[0]);
  }
}

static void additive_score(const struct fg_model *model, const struct fg_view *view, const struct fg_point *points,
                           size_t n, struct fg_score *score) {
  for (size_t i = 0; i < n; i++) {
    double u = view->row_factor[(size_t)points[i].row * model->stride];
    double w = view->col_factor[(size_t)points[i].col * model->stride];
    double e = points[i].value - u - w;
    score->loss += 0.5 * e * e + 0.5 * model->par.value[RIDGE] * (u * u + w * w);
    score->metric += e * e;
  }
  score->weight += (double)n;
}

/* minimum over u of the points' loss: u = mean of (x - w) / (1 + ridge) */
static enum fg_err additive_fold_in(const struct fg_model *model, const struct fg_view *view,
                                    const struct fg_point *points, size_t n, float *row, float *row_weight) {
  double sum = 0, weight = 0;
  for (size_t i = 0; i < n; i++) {
    sum += (double)points[i].value - view->col_factor[(size_t)points[i].col * model->stride];
    weight += points[i].value;
  }
  for (uint32_t k = 0; k < model->stride; k++)
    row[k] = 0;
  if (n > 0)
    row[0] = (float)(sum / ((double)n * (1 + model->par.value[RIDGE])));
  *row_weight = (float)weight;
  return FG_OK;
}

static double additive_flops(const struct fg_model *model) {
  (void)model;
  return 10; /* error 2, each coordinate 4 */
}

const struct fg_model_type fg_model_additive = {
    .name = "additive",
    .summary = "x ~ u + w with ridge penalty, the test bed of the claims; --step is the gradient step",
    .metric_name = "rmse",
    .params = additive_params,
    .default_step = 0.05,
    .default_decay = 0.05,
    .setup = additive_setup,
    .init_row = additive_init_row,
    .init_col = additive_init_col,
    .update = additive_update,
    .score = additive_score,
    .metric = fg_model_rmse,
    .fold_in = additive_fold_in,
    .flops = additive_flops,
    .rows_valid = fg_model_finite,
    .cols_valid = fg_model_finite,
};
