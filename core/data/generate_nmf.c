/* Planted non-negative factors: x ~ Poisson(u_i . w_j), the entries of u and w independent Gamma(shape) scaled so that
 * u_i . w_j has the given mean. A small shape makes factors with few large entries, which can be told apart. Points may
 * be 0: a count of nothing is an observation, too. sqrt(mean) is the RMSE that no model can beat. */
#include "core/data/generate.h"

#include "core/data/placement.h"
#include "core/rng.h"

#include <math.h>
#include <stdlib.h>

static const struct fg_param params[] = {
    {"rows", NULL, FG_PARAM_COUNT, NULL, 1, 4294967295.0, NULL, "number of rows"},
    {"cols", NULL, FG_PARAM_COUNT, NULL, 1, 4294967295.0, NULL, "number of columns"},
    {"nnz", NULL, FG_PARAM_COUNT, NULL, 1, 0x1p53, NULL, "number of points, at most rows * cols"},
    {"rank", NULL, FG_PARAM_COUNT, "16", 1, 65536, NULL, "rank of the planted factors"},
    {"mean", NULL, FG_PARAM_REAL, "5", 1e-3, 1e6, NULL, "mean value of a point"},
    {"shape", NULL, FG_PARAM_REAL, "0.5", 0.01, 1e3, NULL, "of the factors' gamma law; small: few large entries"},
    {"popularity", NULL, FG_PARAM_REAL, "0.8", 0, 2, NULL, "exponent of the power law of row and column popularity"},
    {0},
};
enum { ROWS, COLS, NNZ, RANK, MEAN, SHAPE, POPULARITY };

/* rank floats */
static void draw_factor(gsl_rng *rng, const double *v, uint64_t seed, uint32_t index, uint32_t sub, float *factor) {
  double scale = sqrt(v[MEAN] / v[RANK]) / v[SHAPE];
  fg_rng_gsl_start(rng, seed, FG_STREAM_GENERATE, index, sub);
  for (uint32_t k = 0; k < (uint32_t)v[RANK]; k++)
    factor[k] = (float)gsl_ran_gamma(rng, v[SHAPE], scale);
}

static enum fg_err planted(const struct fg_values *values, uint64_t seed, int side, struct fg_planted *out) {
  const double *v = values->value;
  out->n = (uint32_t)v[side ? COLS : ROWS];
  out->rank = (uint32_t)v[RANK];
  out->factor = malloc((size_t)out->n * out->rank * sizeof *out->factor);
  gsl_rng *rng = gsl_rng_alloc(fg_rng_gsl());
  enum fg_err err = out->factor && rng ? FG_OK : FG_ENOMEM;
  for (uint32_t i = 0; i < out->n && !err; i++)
    draw_factor(rng, v, seed, i, side ? FG_SUB_COL : FG_SUB_ROW, out->factor + (size_t)i * out->rank);
  if (rng)
    gsl_rng_free(rng);
  return err;
}

static enum fg_err generate(const struct fg_values *values, uint64_t seed, struct fg_points *points,
                            struct fg_fault *fault) {
  const double *v = values->value;
  uint32_t rows = (uint32_t)v[ROWS], cols = (uint32_t)v[COLS], rank = (uint32_t)v[RANK];
  struct fg_planted columns = {0};
  float *row_factor = malloc(rank * sizeof *row_factor);
  uint32_t *col = malloc((size_t)cols * sizeof *col);
  gsl_rng *rng = gsl_rng_alloc(fg_rng_gsl());
  struct fg_placement placement = {0};
  enum fg_err err = row_factor && col && rng ? planted(values, seed, 1, &columns) : FG_ENOMEM;
  if (err)
    goto cleanup;
  err = fg_placement_start(&placement, "nmf", rows, cols, (uint64_t)v[NNZ], v[POPULARITY], seed, fault);
  if (err)
    goto cleanup;
  points->rows = rows;
  points->cols = cols;
  points->counts = true;
  for (uint32_t i = 0; i < rows && !err; i++) {
    draw_factor(rng, v, seed, i, FG_SUB_ROW, row_factor);
    fg_placement_row(&placement, i, col);
    fg_rng_gsl_start(rng, seed, FG_STREAM_GENERATE, i, FG_SUB_NOISE);
    for (uint32_t n = 0; n < placement.degree[i] && !err; n++) {
      const float *w = columns.factor + (size_t)col[n] * rank;
      double mean = 0;
      for (uint32_t k = 0; k < rank; k++)
        mean += (double)row_factor[k] * w[k];
      err = fg_points_push(points, i, col[n], (float)gsl_ran_poisson(rng, mean));
    }
  }
cleanup:
  fg_placement_free(&placement);
  free(row_factor);
  free(columns.factor);
  free(col);
  if (rng)
    gsl_rng_free(rng);
  return err;
}

const struct fg_generator_type fg_generator_nmf = {
    .name = "nmf",
    .summary = "counts about planted non-negative factors, power-law popularity",
    .params = params,
    .generate = generate,
    .planted = planted,
};
