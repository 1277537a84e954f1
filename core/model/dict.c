/* Update step: dictionary learning. A sample x_i (M features) is approximated by D a_i, D the dictionary of K atoms of
 * norm at most 1, a_i its sparse code: with all features observed it costs 1/2 |x_i - D a_i|^2 + alpha |a_i|_1, as in
 * Mairal et al. (2009); a point (i, j, x) costs 1/2 (x - d_j.a_i)^2 + alpha/M |a_i|_1.
 *
 * Units. With s^2 the mean squared training value, W = sqrt(M) D and u = a / (s sqrt(M)): x/s ~ u.w_j whatever the unit
 * of the data and M are, entries of W are of order 1, the ball is S_k = 1/M sum_j w_jk^2 <= 1, and a point costs s^2
 * times 1/2 (x/s - u.w_j)^2 + lambda |u|_1, lambda = alpha / (s sqrt(M)): alpha relative to the norm of a sample.
 *
 * The step is an implicit one, to first order: its length is divided by 1 + eta_u |w_j|^2 + eta_w |u|^2, so that it
 * never overshoots its point, whatever eta is. eta_w = eta; eta_u = PULL eta / (points of a row): a code sees as many
 * points in a pass as a sample has, and has to keep up with the atoms. Of both points and penalty the weight is then
 * the same, and tends to 1 as eta tends to 0.
 *
 * norm=atom runs across column blocks: S_k is the global statistic, a release divides atom k by sqrt(S_k) if that is
 * above 1. A column is touched once per row between two releases, and since the penalty is on u alone atoms would grow
 * at each touch; so what the worker knows of S_k holds them near the ball in between: w_jk shrinks by eta_w max(0, S_k
 * - 1), the gradient of M/4 max(0, S_k - 1)^2. The constraint holds exactly after a release, in between up to what was
 * changed since; evaluation and saving divide by the exact norms (score; model_files.h).
 *
 * norm=feature, the authors' decomposable variant: |w_j|^2 <= K for each feature by a projection in the update, as much
 * as K atoms of norm 1 hold that are spread evenly (|d_j| <= 1 in other units of codes and alpha). No statistic. */
#include "core/model/lanes.h"
#include "core/model/model.h"
#include "core/rng.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DICT_RANK, DICT_L1, DICT_UNITS, DICT_NORM };
enum { UNITS_RELATIVE, UNITS_DATA };
enum { NORM_ATOM, NORM_FEATURE };

/* time constants of a code in a pass over its sample at eta = 1 */
#define PULL 5.0

static const struct fg_param dict_params[] = {
    [DICT_RANK] = {"rank", "topics", FG_PARAM_COUNT, "64", 1, FG_RANK_MAX, NULL, "atoms"},
    [DICT_L1] = {"l1", NULL, FG_PARAM_REAL, "0.1", 1e-9, 1e9, NULL,
                 "penalty alpha of 1/2 |x - D a|^2 + alpha |a|_1 per sample, in `units`"},
    [DICT_UNITS] = {"units", NULL, FG_PARAM_CHOICE, "relative", 0, 0, "relative|data",
                    "of l1: the root mean squared norm of a sample, or those of the data (then l1 is alpha)"},
    [DICT_NORM] = {"norm", NULL, FG_PARAM_CHOICE, "atom", 0, 0, "atom|feature",
                   "what is bounded: the norm of an atom over all features, or of a feature over all atoms"},
    {0},
};

extern const struct fg_model_type fg_model_dict, fg_model_dict_feature;

static const struct fg_model_type *dict_variant(const struct fg_values *par) {
  return par->value[DICT_NORM] == NORM_FEATURE ? &fg_model_dict_feature : &fg_model_dict;
}

/* s */
static double dict_unit(const struct fg_model *model) {
  return model->square > 0 ? sqrt(model->square) : 1;
}

/* lambda */
static double dict_penalty(const struct fg_model *model) {
  double l1 = model->par.value[DICT_L1];
  return model->par.value[DICT_UNITS] == UNITS_RELATIVE ? l1 : l1 / (dict_unit(model) * sqrt(model->cols));
}

static enum fg_err dict_setup(struct fg_model *model, struct fg_fault *fault) {
  (void)fault;
  model->n_stat = model->par.value[DICT_NORM] == NORM_ATOM ? model->rank : 0;
  return FG_OK;
}

/* uniform from -most to most: logarithms differ in their last bits from one machine's libm to another's */
static void dict_init(const struct fg_model *model, enum fg_stream stream, uint32_t index, double most, float *row) {
  struct fg_rng rng;
  fg_rng_start(&rng, model->seed_init, stream, index, 0);
  for (uint32_t k = 0; k < model->rank; k++)
    row[k] = (float)(most * (2 * fg_rng_uniform(&rng) - 1));
}

/* Small, but not 0: atoms that no code uses do not learn. */
static void dict_init_row(const struct fg_model *model, uint32_t index, float *row) {
  dict_init(model, FG_STREAM_INIT_ROW, index, 0.2, row);
}

/* Inside either constraint, whatever is drawn: no entry is above 1. */
static void dict_init_col(const struct fg_model *model, uint32_t index, float *row) {
  dict_init(model, FG_STREAM_INIT_COL, index, 1, row);
}

/* Into |w|^2 <= K, one row. The margin is what rounding may add: a projected row stays as it is. */
FG_INLINE void dict_project_row(float *restrict w, uint32_t rank, const uint32_t stride) {
  float norm = fg_lanes_dot(w, w, stride), most = (float)rank;
  if (norm > most) {
    float scale = sqrtf(most / norm) * (1 - 1e-6f);
    for (uint32_t k = 0; k < stride; k++)
      w[k] *= scale;
  }
}

static void feature_project(const struct fg_model *model, float *factor, uint32_t n) {
  const uint32_t stride = model->stride / FG_LANES * FG_LANES;
  for (uint32_t i = 0; i < n; i++)
    dict_project_row(FG_ROW(factor, i, stride), model->rank, stride);
}

struct dict_step {
  float row, col; /* eta_u, eta_w */
  float penalty;  /* lambda */
  float unit;     /* 1 / s */
  bool feature;   /* norm=feature */
  uint32_t rank;  /* K */
  float *shrink;  /* per atom: what an entry is multiplied by when it is touched; not of norm=feature */
  float *change;  /* per atom: sum of the changes of squared entries; likewise */
};

/* What a point does to its rows: u += row w, then soft-thresholded; w += col u. */
struct dict_move {
  float row, col, threshold;
};

FG_INLINE struct dict_move dict_weigh(const float *rows, const float *cols, const struct fg_point *point,
                                      const uint32_t stride, const struct dict_step *s) {
  const float *u = FG_ROW(rows, point->row, stride), *w = FG_ROW(cols, point->col, stride);
  float uw[FG_LANES] = {0}, uu[FG_LANES] = {0}, ww[FG_LANES] = {0};
#pragma GCC unroll 8
  for (uint32_t k = 0; k < stride; k += FG_LANES)
    for (uint32_t j = 0; j < FG_LANES; j++) {
      float a = u[k + j], b = w[k + j];
      uw[j] += a * b;
      uu[j] += a * a;
      ww[j] += b * b;
    }
  float damp = 1 / (1 + s->row * fg_lanes_sum(ww) + s->col * fg_lanes_sum(uu));
  float e = damp * (point->value * s->unit - fg_lanes_sum(uw));
  return (struct dict_move){s->row * e, s->col * e, s->row * damp * s->penalty};
}

FG_INLINE void dict_change(float *restrict u, float *restrict w, const float *restrict shrink, float *restrict change,
                           const uint32_t stride, const bool feature, const struct dict_move move) {
  for (uint32_t k = 0; k < stride; k++) {
    float a = u[k], b = w[k], moved = a + move.row * b;
    float kept = moved < move.threshold ? moved : move.threshold, floor = -move.threshold;
    u[k] = moved - (kept > floor ? kept : floor);
    float later = (feature ? b : b * shrink[k]) + move.col * a;
    if (!feature)
      change[k] += later * later - b * b;
    w[k] = later;
  }
}

FG_INLINE void dict_points(float *restrict rows, float *restrict cols, const struct fg_point *points, size_t n,
                           const uint32_t stride, const bool feature, const struct dict_step *s) {
  float *restrict shrink = FG_ROW(s->shrink, 0, stride), *restrict change = FG_ROW(s->change, 0, stride);
  struct dict_move next = n ? dict_weigh(rows, cols, points, stride, s) : (struct dict_move){0, 0, 0};
  for (size_t i = 0; i < n; i++) {
    if (i + FG_PREFETCH < n) {
      fg_lanes_prefetch(rows, points[i + FG_PREFETCH].row, stride);
      fg_lanes_prefetch(cols, points[i + FG_PREFETCH].col, stride);
    }
    float *u = FG_ROW(rows, points[i].row, stride);
    float *w = FG_ROW(cols, points[i].col, stride);
    const struct dict_move move = next;
    const struct fg_point *after = &points[i + 1 < n ? i + 1 : i];
    const bool apart = fg_points_apart(&points[i], after);
    if (apart)
      next = dict_weigh(rows, cols, after, stride, s);
    dict_change(u, w, shrink, change, stride, feature, move);
    if (feature)
      dict_project_row(w, s->rank, stride);
    if (!apart)
      next = dict_weigh(rows, cols, after, stride, s);
  }
}

FG_KERNEL static void dict_kernel(float *rows, float *cols, const struct fg_point *points, size_t n, uint32_t stride,
                                  const struct dict_step *step) {
#define CALL(width)                                                                                                    \
  if (step->feature)                                                                                                   \
    dict_points(rows, cols, points, n, width, true, step);                                                             \
  else                                                                                                                 \
    dict_points(rows, cols, points, n, width, false, step)
  FG_WITH_WIDTH(stride, CALL)
#undef CALL
}

static void dict_update(const struct fg_model *model, const struct fg_view *view, const struct fg_point *points,
                        size_t n, float eta) {
  float scratch[2 * model->stride] __attribute__((aligned(FG_ALIGN)));
  struct dict_step step = {.row = eta * (float)(PULL * model->rows / model->points),
                           .col = eta,
                           .penalty = (float)dict_penalty(model),
                           .unit = (float)(1 / dict_unit(model)),
                           .feature = model->n_stat == 0,
                           .rank = model->rank,
                           .shrink = scratch,
                           .change = scratch + model->stride};
  for (uint32_t k = 0; k < model->stride; k++) {
    /* at most by half: a step that is far too large still pulls inwards */
    float pull = k < model->n_stat && view->stat[k] > 1 ? eta * (float)(view->stat[k] - 1) : 0;
    step.shrink[k] = 1 - (pull < 0.5f ? pull : 0.5f);
    step.change[k] = 0;
  }
  dict_kernel(view->row_factor, view->col_factor, points, n, model->stride, &step);
  for (uint32_t k = 0; k < model->n_stat; k++)
    view->stat[k] += (double)step.change[k] / model->cols;
}

static void dict_stat(const struct fg_model *model, const float *col_factor, const float *col_weight, uint32_t cols,
                      double *stat) {
  (void)col_weight;
  for (uint32_t j = 0; j < cols; j++)
    for (uint32_t k = 0; k < model->rank; k++) {
      double w = col_factor[(size_t)j * model->stride + k];
      stat[k] += w * w / model->cols;
    }
}

static double dict_divisor(const struct fg_model *model, double released) {
  (void)model;
  return released > 1 ? sqrt(released) : 1;
}

/* What entries of W are multiplied by so that atoms are in the ball: stride doubles, of the padding 0. */
static void dict_normalise(const struct fg_model *model, const double *stat, double *scale) {
  for (uint32_t k = 0; k < model->stride; k++)
    scale[k] = k >= model->rank ? 0 : model->n_stat ? 1 / dict_divisor(model, stat[k]) : 1;
}

/* Sums of squared errors, in units of s^2, and of |u|_1 of each point. */
FG_INLINE void dict_sums(const struct fg_view *view, const struct fg_point *points, size_t n, const uint32_t stride,
                         double per_unit, const double *scale, double *squares, double *ones) {
  for (size_t i = 0; i < n; i++) {
    const float *u = FG_ROW(view->row_factor, points[i].row, stride);
    const float *w = FG_ROW(view->col_factor, points[i].col, stride);
    double dot[FG_WIDE] = {0}, sum[FG_WIDE] = {0};
    for (uint32_t k = 0; k < stride; k += FG_WIDE)
      for (uint32_t j = 0; j < FG_WIDE; j++) {
        double a = u[k + j];
        dot[j] += a * w[k + j] * scale[k + j];
        sum[j] += fabs(a);
      }
    double e = points[i].value * per_unit - fg_wide_sum(dot);
    *squares += e * e;
    *ones += fg_wide_sum(sum);
  }
}

FG_KERNEL static void dict_sums_kernel(const struct fg_view *view, const struct fg_point *points, size_t n,
                                       uint32_t stride, double per_unit, const double *scale, double *squares,
                                       double *ones) {
#define CALL(width) dict_sums(view, points, n, width, per_unit, scale, squares, ones)
  FG_WITH_WIDTH(stride, CALL)
#undef CALL
}

static void dict_score(const struct fg_model *model, const struct fg_view *view, const struct fg_point *points,
                       size_t n, struct fg_score *score) {
  double scale[model->stride], squares = 0, ones = 0, s = dict_unit(model);
  dict_normalise(model, view->stat, scale);
  dict_sums_kernel(view, points, n, model->stride, 1 / s, scale, &squares, &ones);
  score->loss += s * s * (0.5 * squares + dict_penalty(model) * ones);
  score->metric += s * s * squares;
  score->weight += (double)n;
}

/* gram (rank x rank, its lower triangle) += w w^T, rhs += x w */
FG_KERNEL static void add_point(const double *restrict w, double x, size_t rank, double *restrict gram,
                                double *restrict rhs) {
  for (size_t a = 0; a < rank; a++) {
    rhs[a] += x * w[a];
    double *restrict line = gram + a * rank;
    const double wa = w[a];
    for (size_t b = 0; b <= a; b++)
      line[b] += wa * w[b];
  }
}

FG_KERNEL static void subtract(double *restrict from, const double *restrict line, double times, size_t rank) {
  for (size_t k = 0; k < rank; k++)
    from[k] -= times * line[k];
}

/* min over u of 1/2 u^T gram u - rhs.u + threshold |u|_1 by coordinate descent, from u = 0, until no coordinate moves
 * the sum of squares by more than `close`^2; `rhs` becomes rhs - gram u. */
static void lasso(const double *gram, double *rhs, double threshold, double close, size_t rank, double *u) {
  enum { SWEEPS = 10000 }; /* a bound on time where the points do not determine the code and the penalty is next to 0 */
  double largest = INFINITY;
  for (int sweep = 0; sweep < SWEEPS && largest > close; sweep++) {
    largest = 0;
    for (size_t k = 0; k < rank; k++) {
      double square = gram[k * rank + k], z = rhs[k] + square * u[k], next = 0;
      if (square > 0 && fabs(z) > threshold)
        next = (z > 0 ? z - threshold : z + threshold) / square;
      double change = next - u[k];
      if (change == 0)
        continue;
      subtract(rhs, gram + k * rank, change, rank);
      u[k] = next;
      largest = fmax(largest, fabs(change) * sqrt(square));
    }
  }
}

/* The lasso over the row's code, exactly zero where that is best. */
static enum fg_err dict_fold_in(const struct fg_model *model, const struct fg_view *view, const struct fg_point *points,
                                size_t n, float *row, float *row_weight) {
  size_t rank = model->rank;
  double *gram = calloc(rank * rank + 3 * rank + model->stride, sizeof *gram), squares = 0, weight = 0;
  if (!gram)
    return FG_ENOMEM;
  double *rhs = gram + rank * rank, *u = rhs + rank, *w = u + rank, *scale = w + rank;
  dict_normalise(model, view->stat, scale);
  for (size_t i = 0; i < n; i++) {
    double x = points[i].value / dict_unit(model);
    for (size_t k = 0; k < rank; k++)
      w[k] = view->col_factor[(size_t)points[i].col * model->stride + k] * scale[k];
    add_point(w, x, rank, gram, rhs);
    squares += x * x;
    weight += points[i].value;
  }
  for (size_t a = 0; a < rank; a++)
    for (size_t b = 0; b < a; b++)
      gram[b * rank + a] = gram[a * rank + b];
  lasso(gram, rhs, (double)n * dict_penalty(model), 1e-7 * sqrt(squares), rank, u);
  for (size_t k = 0; k < model->stride; k++)
    row[k] = k < rank ? (float)u[k] : 0;
  *row_weight = (float)weight;
  free(gram);
  return FG_OK;
}

static double dict_flops(const struct fg_model *model) {
  /* three sums 6 K, code 2 K and threshold 5 K, column 3 K, its squares 4 K; damping, error and steps */
  return 20.0 * model->rank + 13;
}

static double feature_flops(const struct fg_model *model) {
  return 17.0 * model->rank + 14; /* column 2 K, norm 2 K */
}

static bool feature_cols_valid(const struct fg_model *model, const float *factor, uint32_t n, uint32_t *which) {
  if (!fg_model_finite(model, factor, n, which))
    return false;
  for (uint32_t j = 0; j < n; j++) {
    double norm = 0;
    for (uint32_t k = 0; k < model->rank; k++)
      norm += pow(factor[(size_t)j * model->stride + k], 2);
    if (norm > model->rank * (1 + 1e-5)) {
      *which = j;
      return false;
    }
  }
  return true;
}

#define DICT_COMMON                                                                                                    \
  .name = "dict", .metric_name = "rmse", .params = dict_params, .default_step = 1, .default_schedule = FG_STEP_SQRT,   \
  .default_decay = 0.01, .variant = dict_variant, .setup = dict_setup, .init_row = dict_init_row,                      \
  .init_col = dict_init_col, .update = dict_update, .score = dict_score, .metric = fg_model_rmse,                      \
  .fold_in = dict_fold_in, .rows_valid = fg_model_finite, .dimension = "atom", .top_weight = fg_model_col_entry

const struct fg_model_type fg_model_dict = {
    DICT_COMMON,
    .summary = "dictionary learning, for images and other complete samples: sparse codes, atoms of norm at most 1; "
               "--step is relative: at 1 a code moves by "
               "several times its distance in a pass over its sample, in any unit of the data",
    .stat = dict_stat,
    .divisor = dict_divisor,
    .stat_degree = 2,
    .flops = dict_flops,
    .cols_valid = fg_model_finite,
};

const struct fg_model_type fg_model_dict_feature = {
    DICT_COMMON,
    .summary = "dictionary learning, each feature's norm over all atoms bounded: the decomposable variant; --step is "
               "relative, as with norm=atom",
    .project = feature_project,
    .flops = feature_flops,
    .cols_valid = feature_cols_valid,
};
