/* Update step: non-negative matrix factorisation, x ~ u_i.w_j with u, w >= 0. A point that is not there is unknown, not
 * 0: the loss runs over observed points alone, and zeros that are meant must be in the data. Both losses add the
 * penalty l2/2 (|u_i|^2 + |w_j|^2) once per touch. With s the root mean square of the training values, so that a step
 * means the same whatever the data's unit:
 *
 * loss=squared, 1/2 (x - xhat)^2: projected gradient, e = x - xhat,
 *
 *   u_k <- max(0, u_k + eta/s (e w_k - l2 u_k)), and w likewise.
 *
 * loss=kl, x log(x / xhat) - x + xhat, the likelihood of counts (generalised Kullback-Leibler divergence, Lee and Seung
 * 2001). Its gradient has no bound where xhat is small; preconditioned by the factor itself, as in the mirror descent
 * that multiplicative updates are, it changes xhat by no more than about eta x:
 *
 *   u_k <- u_k max(1/2, 1 + a (w_k (x / xhat - 1) - l2 u_k)), a = min(eta / sqrt(s), 1 / (2 sqrt(max(x, xhat)))).
 *
 * The second bound of a keeps both rows together from overshooting a value far above s; as eta falls it never holds.
 * What is multiplied cannot come back from 0: an entry stays above a millionth of an initial one.
 *
 * temperature=T > 0, loss=squared only (worker/langevin.c): samples of exp(-L/T) on u, w >= 0, L the sum of what all
 * training points cost, by noise that is reflected at 0. The gradient step itself is projected, not reflected, which
 * holds entries at 0 a little longer: a bias of the order of the step, as that of the discretisation is. */
#include "core/model/adagrad.h"
#include "core/model/lanes.h"
#include "core/model/model.h"
#include "core/rng.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

enum { NMF_RANK, NMF_L2, NMF_LOSS, NMF_TEMPERATURE, NMF_BURN };
enum { NMF_KL, NMF_SQUARED }; /* values of loss= */

static const struct fg_param nmf_params[] = {
    [NMF_RANK] = {"rank", "topics", FG_PARAM_COUNT, "32", 1, FG_RANK_MAX, NULL, "latent dimensions"},
    [NMF_L2] = {"l2", NULL, FG_PARAM_REAL, "0.02", 0, 1e6, NULL, "penalty l2/2 (|u|^2 + |w|^2) per point"},
    [NMF_LOSS] = {"loss", NULL, FG_PARAM_CHOICE, "kl", 0, 0, "kl|squared",
                  "Kullback-Leibler divergence, the likelihood of counts, or squared error"},
    [NMF_TEMPERATURE] = {"temperature", NULL, FG_PARAM_REAL, "0", 0, 1e6, NULL,
                         "T > 0: samples of exp(-loss/T), of the summed training loss, by Langevin noise, with "
                         "--step-schedule constant; 0: the optimum (loss=squared)"},
    [NMF_BURN] = {"burn", NULL, FG_PARAM_COUNT, "10", 0, 1e9, NULL,
                  "with T > 0: epochs before the first evaluation that is a sample"},
    {0},
};

static const struct fg_model_type *nmf_variant(const struct fg_values *par) {
  extern const struct fg_model_type fg_model_nmf, fg_model_nmf_squared;
  return par->value[NMF_LOSS] == NMF_SQUARED ? &fg_model_nmf_squared : &fg_model_nmf;
}

static enum fg_err nmf_setup(struct fg_model *model, struct fg_fault *fault) {
  (void)fault;
  model->n_stat = 0;
  return FG_OK;
}

/* of an initial entry, so that the first xhat are about the mean */
static double nmf_unit(const struct fg_model *model) {
  return sqrt(model->mean / model->rank);
}

/* s */
static double nmf_scale(const struct fg_model *model) {
  return model->square > 0 ? sqrt(model->square) : 1;
}

/* what a factor of a multiplicative update is never below */
static float nmf_lowest(const struct fg_model *model) {
  return (float)(1e-6 * nmf_unit(model));
}

/* uniform about the unit: equal entries would stay equal */
static void nmf_init(const struct fg_model *model, enum fg_stream stream, uint32_t index, float *row) {
  struct fg_rng rng;
  fg_rng_start(&rng, model->seed_init, stream, index, 0);
  for (uint32_t k = 0; k < model->rank; k++)
    row[k] = (float)(nmf_unit(model) * (0.5 + fg_rng_uniform(&rng)));
}

static void nmf_init_row(const struct fg_model *model, uint32_t index, float *row) {
  nmf_init(model, FG_STREAM_INIT_ROW, index, row);
}

static void nmf_init_col(const struct fg_model *model, uint32_t index, float *row) {
  nmf_init(model, FG_STREAM_INIT_COL, index, row);
}

/* The machine's maximum where the compiler knows neither; of a constant it makes a comparison and a choice. */
FG_INLINE float nmf_max(float a, float b) {
  return a > b ? a : b;
}

/* eta times the error of a point */
FG_INLINE float nmf_squared_step(const float *rows, const float *cols, const struct fg_point *point,
                                 const uint32_t stride, float eta) {
  return eta *
         (point->value - fg_lanes_dot(FG_ROW(rows, point->row, stride), FG_ROW(cols, point->col, stride), stride));
}

FG_INLINE void nmf_squared_change(float *restrict u, float *restrict w, const uint32_t stride, float shrink, float step,
                                  const float zero) {
  for (uint32_t k = 0; k < stride; k++) {
    float uk = u[k], wk = w[k];
    u[k] = nmf_max(uk * shrink + wk * step, zero);
    w[k] = nmf_max(wk * shrink + uk * step, zero);
  }
}

FG_INLINE void nmf_squared_points(float *restrict rows, float *restrict cols, const struct fg_point *points, size_t n,
                                  const uint32_t stride, float shrink, float eta, const float zero) {
  float next = n ? nmf_squared_step(rows, cols, points, stride, eta) : 0;
  for (size_t i = 0; i < n; i++) {
    if (i + FG_PREFETCH < n) {
      fg_lanes_prefetch(rows, points[i + FG_PREFETCH].row, stride);
      fg_lanes_prefetch(cols, points[i + FG_PREFETCH].col, stride);
    }
    float *u = FG_ROW(rows, points[i].row, stride);
    float *w = FG_ROW(cols, points[i].col, stride);
    const float step = next;
    const struct fg_point *after = &points[i + 1 < n ? i + 1 : i];
    const bool apart = fg_points_apart(&points[i], after);
    if (apart)
      next = nmf_squared_step(rows, cols, after, stride, eta);
    nmf_squared_change(u, w, stride, shrink, step, zero);
    if (!isfinite(step)) /* all entries are 0 now, as if nothing had overflowed */
      w[0] = step;
    if (!apart)
      next = nmf_squared_step(rows, cols, after, stride, eta);
  }
}

FG_KERNEL static void nmf_squared_kernel(float *rows, float *cols, const struct fg_point *points, size_t n,
                                         uint32_t stride, float shrink, float eta, float zero) {
#define CALL(width) nmf_squared_points(rows, cols, points, n, width, shrink, eta, zero)
  FG_WITH_WIDTH(stride, CALL)
#undef CALL
}

static void nmf_squared_update(const struct fg_model *model, const struct fg_view *view, const struct fg_point *points,
                               size_t n, float eta) {
  const float step = eta / (float)nmf_scale(model);
  if (model->n_state) {
    const float s = (float)nmf_scale(model); /* a squared gradient has the unit of s^3 */
    fg_adagrad_update(model, view, points, n,
                      &(struct fg_adagrad){0, (float)model->par.value[NMF_L2], step, 1 / (s * s * s), false, true});
    return;
  }
  nmf_squared_kernel(view->row_factor, view->col_factor, points, n, model->stride,
                     1.0f - step * (float)model->par.value[NMF_L2], step, 0);
}

/* What the points of a batch share. */
struct nmf_batch {
  float *rows, *cols;
  float step, l2;
  float half;  /* the least that a factor is multiplied by */
  float least; /* of xhat: below it no model that keeps to `lowest` can be */
};

/* By how much a point moves its rows, a (x / xhat - 1), and by how much they shrink, a l2. */
struct nmf_move {
  float step, shrink;
};

FG_INLINE struct nmf_move nmf_kl_move(const struct nmf_batch b, const struct fg_point *point, const uint32_t stride) {
  const float *u = FG_ROW(b.rows, point->row, stride), *w = FG_ROW(b.cols, point->col, stride);
  const float x = point->value, xhat = nmf_max(fg_lanes_dot(u, w, stride), b.least);
  const float most = 0.5f / sqrtf(nmf_max(x, xhat)), a = b.step < most ? b.step : most;
  return (struct nmf_move){a * (x / xhat - 1.0f), a * b.l2};
}

FG_INLINE void nmf_kl_change(float *restrict u, float *restrict w, const float *restrict low, const uint32_t stride,
                             const struct nmf_move move, const float half) {
  for (uint32_t k = 0; k < stride; k++) {
    float uk = u[k], wk = w[k];
    float grow = nmf_max(1.0f + (wk * move.step - uk * move.shrink), half),
          swell = nmf_max(1.0f + (uk * move.step - wk * move.shrink), half);
    u[k] = nmf_max(uk * grow, low[k]);
    w[k] = nmf_max(wk * swell, low[k]);
  }
}

/* low: stride floats, the smallest factor, 0 in the padding */
FG_INLINE void nmf_kl_points(const struct nmf_batch b, const struct fg_point *points, size_t n,
                             const float *restrict low, const uint32_t stride) {
  struct nmf_move next = n ? nmf_kl_move(b, points, stride) : (struct nmf_move){0, 0};
  for (size_t i = 0; i < n; i++) {
    if (i + FG_PREFETCH < n) {
      fg_lanes_prefetch(b.rows, points[i + FG_PREFETCH].row, stride);
      fg_lanes_prefetch(b.cols, points[i + FG_PREFETCH].col, stride);
    }
    float *u = FG_ROW(b.rows, points[i].row, stride);
    float *w = FG_ROW(b.cols, points[i].col, stride);
    const struct nmf_move move = next;
    const struct fg_point *after = &points[i + 1 < n ? i + 1 : i];
    const bool apart = fg_points_apart(&points[i], after);
    if (apart)
      next = nmf_kl_move(b, after, stride);
    nmf_kl_change(u, w, low, stride, move, b.half);
    if (!apart)
      next = nmf_kl_move(b, after, stride);
  }
}

/* low: stride floats, scratch */
FG_KERNEL static void nmf_kl_kernel(const struct nmf_batch *b, const struct fg_point *points, size_t n, uint32_t rank,
                                    uint32_t stride, float lowest, float *low) {
  for (uint32_t k = 0; k < stride; k++)
    low[k] = k < rank ? lowest : 0;
#define CALL(width) nmf_kl_points(*b, points, n, low, width)
  FG_WITH_WIDTH(stride, CALL)
#undef CALL
}

static void nmf_kl_update(const struct fg_model *model, const struct fg_view *view, const struct fg_point *points,
                          size_t n, float eta) {
  const struct nmf_batch b = {view->row_factor,
                              view->col_factor,
                              eta / (float)sqrt(nmf_scale(model)),
                              (float)model->par.value[NMF_L2],
                              0.5f,
                              nmf_max((float)(1e-12 * model->mean), FLT_MIN)};
  float low[model->stride] __attribute__((aligned(FG_ALIGN)));
  nmf_kl_kernel(&b, points, n, model->rank, model->stride, nmf_lowest(model), low);
}

/* Entries below 0 (loss=kl: below the smallest factor) become that. */
static void nmf_restore(const struct fg_model *model, float *factor, uint32_t n, float low) {
  for (uint32_t i = 0; i < n; i++)
    for (uint32_t k = 0; k < model->rank; k++) {
      float *entry = factor + (size_t)i * model->stride + k;
      *entry = nmf_max(*entry, low);
    }
}

static void nmf_squared_project(const struct fg_model *model, float *factor, uint32_t n) {
  nmf_restore(model, factor, n, 0);
}

static void nmf_kl_project(const struct fg_model *model, float *factor, uint32_t n) {
  nmf_restore(model, factor, n, nmf_lowest(model));
}

/* xhat of a point; *norms += |u|^2 + |w|^2 */
FG_INLINE double nmf_predict(const float *u, const float *w, const uint32_t stride, double *norms) {
  double dot[FG_WIDE] = {0}, norm[FG_WIDE] = {0};
#pragma GCC unroll 16
  for (uint32_t k = 0; k < stride; k += FG_WIDE)
    for (uint32_t j = 0; j < FG_WIDE; j++) {
      double a = u[k + j], b = w[k + j];
      dot[j] += a * b;
      norm[j] += a * a + b * b;
    }
  *norms += fg_wide_sum(norm);
  return fg_wide_sum(dot);
}

FG_INLINE double nmf_divergence(double x, double xhat) {
  return (x > 0 ? x * log(x / fmax(xhat, DBL_MIN)) : 0) - x + xhat;
}

/* Sums over points: of squared errors or of divergences, and of the norms of both rows. */
FG_INLINE void nmf_sum_points(const float *rows, const float *cols, const struct fg_point *points, size_t n,
                              const uint32_t width, uint32_t stride, bool squared, double *losses, double *norms) {
  for (size_t i = 0; i < n; i++) {
    double x = points[i].value;
    double xhat = nmf_predict(FG_ROW(rows, points[i].row, stride), FG_ROW(cols, points[i].col, stride), width, norms);
    *losses += squared ? (x - xhat) * (x - xhat) : nmf_divergence(x, xhat);
  }
}

FG_KERNEL static void nmf_sums_kernel(const float *rows, const float *cols, const struct fg_point *points, size_t n,
                                      uint32_t lanes, uint32_t stride, bool squared, double *losses, double *norms) {
#define CALL(width) nmf_sum_points(rows, cols, points, n, width, stride, squared, losses, norms)
  FG_WITH_WIDTH(lanes, CALL)
#undef CALL
}

static void nmf_score(const struct fg_model *model, const struct fg_view *view, const struct fg_point *points, size_t n,
                      struct fg_score *score) {
  const bool squared = model->par.value[NMF_LOSS] == NMF_SQUARED;
  double losses = 0, norms = 0;
  nmf_sums_kernel(view->row_factor, view->col_factor, points, n, model->lanes, model->stride, squared, &losses, &norms);
  score->loss += (squared ? 0.5 : 1.0) * losses + 0.5 * model->par.value[NMF_L2] * norms;
  score->metric += losses;
  score->weight += (double)n;
}

static double nmf_kl_metric(const struct fg_score *score) {
  return score->weight > 0 ? score->metric / score->weight : NAN;
}

enum { NMF_STEPS = 10000 }; /* of a fold-in: far more than it takes, a guard against a cycle of rounding errors */

/* The row's start, its weight, and whether there is anything to be learned. */
static bool nmf_fold_start(const struct fg_model *model, const struct fg_point *points, size_t n, float *row,
                           float *row_weight) {
  double sum = 0;
  for (size_t i = 0; i < n; i++)
    sum += points[i].value;
  *row_weight = (float)sum;
  for (uint32_t k = 0; k < model->stride; k++)
    row[k] = k < model->rank ? (float)nmf_unit(model) : 0;
  return n > 0;
}

/* Non-negative ridge least squares, (sum w w^T + n l2 I) u ~ sum x w, by coordinate descent: each entry in turn to its
 * own minimum, until none moves by more than a millionth of the largest. */
static enum fg_err nmf_squared_fold_in(const struct fg_model *model, const struct fg_view *view,
                                       const struct fg_point *points, size_t n, float *row, float *row_weight) {
  const size_t rank = model->rank;
  if (!nmf_fold_start(model, points, n, row, row_weight))
    return FG_OK;
  double *gram = calloc(rank * rank + 2 * rank, sizeof *gram);
  if (!gram)
    return FG_ENOMEM;
  double *rhs = gram + rank * rank, *u = rhs + rank, change = 1, largest = 0;
  for (size_t i = 0; i < n; i++) {
    const float *w = view->col_factor + (size_t)points[i].col * model->stride;
    for (size_t a = 0; a < rank; a++) {
      rhs[a] += (double)points[i].value * w[a];
      for (size_t b = 0; b < rank; b++)
        gram[a * rank + b] += (double)w[a] * w[b];
    }
  }
  for (size_t a = 0; a < rank; a++) {
    gram[a * rank + a] += (double)n * model->par.value[NMF_L2];
    u[a] = row[a];
  }
  for (int step = 0; step < NMF_STEPS && change > 1e-6 * largest; step++) {
    change = largest = 0;
    for (size_t a = 0; a < rank; a++) {
      double slope = -rhs[a], kept = u[a];
      for (size_t b = 0; b < rank; b++)
        slope += gram[a * rank + b] * u[b];
      /* a dimension that none of the columns has is best left out */
      u[a] = gram[a * rank + a] > 0 ? fmax(kept - slope / gram[a * rank + a], 0) : 0;
      change = fmax(change, fabs(u[a] - kept));
      largest = fmax(largest, u[a]);
    }
  }
  for (size_t a = 0; a < rank; a++)
    row[a] = (float)u[a];
  free(gram);
  return FG_OK;
}

/* Expectation maximisation: each point is shared out by gamma_k = u_k w_k / xhat; with A_k = sum x gamma_k and S_k =
 * sum w_k the next u_k is the minimum of S_k u - A_k log u + n l2/2 u^2. Until none moves by more than a millionth of
 * the largest. */
static enum fg_err nmf_kl_fold_in(const struct fg_model *model, const struct fg_view *view,
                                  const struct fg_point *points, size_t n, float *row, float *row_weight) {
  const size_t rank = model->rank;
  const double ridge = (double)n * model->par.value[NMF_L2], low = nmf_lowest(model);
  if (!nmf_fold_start(model, points, n, row, row_weight))
    return FG_OK;
  double *u = calloc(3 * rank, sizeof *u);
  if (!u)
    return FG_ENOMEM;
  double *share = u + rank, *sum = share + rank, change = 1, largest = 0;
  for (size_t k = 0; k < rank; k++)
    u[k] = row[k];
  for (size_t i = 0; i < n; i++)
    for (size_t k = 0; k < rank; k++)
      sum[k] += view->col_factor[(size_t)points[i].col * model->stride + k];
  for (int step = 0; step < NMF_STEPS && change > 1e-6 * largest; step++) {
    for (size_t k = 0; k < rank; k++)
      share[k] = 0;
    for (size_t i = 0; i < n; i++) {
      const float *w = view->col_factor + (size_t)points[i].col * model->stride;
      double xhat = 0;
      for (size_t k = 0; k < rank; k++)
        xhat += u[k] * w[k];
      for (size_t k = 0; k < rank && xhat > 0; k++)
        share[k] += points[i].value / xhat * w[k];
    }
    change = largest = 0;
    for (size_t k = 0; k < rank; k++) {
      double a = share[k] * u[k], root = sum[k] + sqrt(sum[k] * sum[k] + 4 * ridge * a);
      double next = fmax(root > 0 ? 2 * a / root : 0, low);
      change = fmax(change, fabs(next - u[k]));
      largest = fmax(largest, next);
      u[k] = next;
    }
  }
  for (size_t k = 0; k < rank; k++)
    row[k] = (float)u[k];
  free(u);
  return FG_OK;
}

/* How far column j belongs to factor k: w_jk / sum_l w_jl, drawn towards 1/K as if it had that share in the weight of
 * an average column besides its own. Of raw entries the largest are those of high values, whatever the factor; of bare
 * shares, those of columns with a point or two, whose entries are still the random ones of the start. */
static double nmf_top_weight(const struct fg_model *model, const struct fg_view *view, uint32_t line, uint32_t k) {
  const float *w = view->col_factor + (size_t)line * model->stride;
  double sum = 0, even = 1.0 / model->rank, own = view->col_weight[line], average = model->total / model->cols;
  for (uint32_t l = 0; l < model->rank; l++)
    sum += w[l];
  return own > 0 && sum > 0 ? (own * w[k] / sum + average * even) / (own + average) : even;
}

static double nmf_squared_gradient_step(const struct fg_model *model) {
  return 1 / nmf_scale(model);
}

static void nmf_squared_predict(const struct fg_model *model, const struct fg_view *view, const struct fg_point *points,
                                size_t n, double *out) {
  for (size_t i = 0; i < n; i++)
    out[i] = fg_lanes_predict(view, &points[i], model->lanes, model->stride);
}

static double nmf_squared_flops(const struct fg_model *model) {
  if (model->n_state)
    return fg_adagrad_flops(model) + 2.0 * model->rank;
  return 10.0 * model->rank + 3; /* dot 2 K, rows 2 x 4 K; error and step */
}

static double nmf_kl_flops(const struct fg_model *model) {
  return 16.0 * model->rank + 10; /* dot 2 K, rows 2 x 7 K; ratio, rate and steps */
}

const struct fg_model_type fg_model_nmf = {
    .name = "nmf",
    .summary =
        "non-negative factorisation of observed points, for counts, ratings or images: Kullback-Leibler divergence or "
        "squared error; --step is "
        "relative to the data's root mean square",
    .metric_name = "kl",
    .params = nmf_params,
    .default_step = 0.5,
    .default_decay = 0.05,
    .needs_nonnegative = true,
    .weights = true, /* for top_weight */
    .variant = nmf_variant,
    .setup = nmf_setup,
    .init_row = nmf_init_row,
    .init_col = nmf_init_col,
    .update = nmf_kl_update,
    .project = nmf_kl_project,
    .score = nmf_score,
    .metric = nmf_kl_metric,
    .fold_in = nmf_kl_fold_in,
    .flops = nmf_kl_flops,
    .rows_valid = fg_model_nonnegative,
    .cols_valid = fg_model_nonnegative,
    .dimension = "factor",
    .top_weight = nmf_top_weight,
};

const struct fg_model_type fg_model_nmf_squared = {
    .name = "nmf",
    .summary = "non-negative factorisation of observed points, squared error; --step is the gradient step, relative to "
               "the data's root mean square",
    .metric_name = "rmse",
    .params = nmf_params,
    .default_step = 0.1,
    .adagrad_step = 0.4,
    .default_decay = 0.05,
    .needs_nonnegative = true,
    .weights = true, /* for top_weight */
    .setup = nmf_setup,
    .init_row = nmf_init_row,
    .init_col = nmf_init_col,
    .update = nmf_squared_update,
    .project = nmf_squared_project,
    .score = nmf_score,
    .metric = fg_model_rmse,
    .fold_in = nmf_squared_fold_in,
    .gradient_step = nmf_squared_gradient_step,
    .reflects = true,
    .predict = nmf_squared_predict,
    .flops = nmf_squared_flops,
    .rows_valid = fg_model_nonnegative,
    .cols_valid = fg_model_nonnegative,
    .dimension = "factor",
    .top_weight = nmf_top_weight,
};
