/* Planted factors: x = u_i . v_j + noise * N(0, 1), u and v independent normal with variance 1 / sqrt(rank), so that
 * the signal has variance 1 and the noise is the RMSE that no model can beat. */
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
    {"noise", NULL, FG_PARAM_REAL, "0.1", 0, 1e6, NULL, "standard deviation of the noise; that of the signal is 1"},
    {"popularity", NULL, FG_PARAM_REAL, "0.8", 0, 2, NULL, "exponent of the power law of row and column popularity"},
    {0},
};
enum { ROWS, COLS, NNZ, RANK, NOISE, POPULARITY };

static void draw_factor(gsl_rng *rng, uint64_t seed, uint32_t index, uint32_t sub, uint32_t rank, float *factor) {
  double sigma = pow(rank, -0.25);
  fg_rng_gsl_start(rng, seed, FG_STREAM_GENERATE, index, sub);
  for (uint32_t k = 0; k < rank; k++)
    factor[k] = (float)gsl_ran_gaussian_ziggurat(rng, sigma);
}

static enum fg_err generate(const struct fg_values *values, uint64_t seed, struct fg_points *points,
                            struct fg_fault *fault) {
  const double *v = values->value;
  uint32_t rows = (uint32_t)v[ROWS], cols = (uint32_t)v[COLS], rank = (uint32_t)v[RANK];
  float *row_factor = malloc(rank * sizeof *row_factor);
  float *col_factor = malloc((size_t)cols * rank * sizeof *col_factor); /* cols x rank, row-major */
  uint32_t *col = malloc((size_t)cols * sizeof *col);
  gsl_rng *rng = gsl_rng_alloc(fg_rng_gsl());
  struct fg_placement placement = {0};
  enum fg_err err = row_factor && col_factor && col && rng ? FG_OK : FG_ENOMEM;
  if (err)
    goto cleanup;
  err = fg_placement_start(&placement, "mf", rows, cols, (uint64_t)v[NNZ], v[POPULARITY], seed, fault);
  if (err)
    goto cleanup;
  points->rows = rows;
  points->cols = cols;
  for (uint32_t j = 0; j < cols; j++)
    draw_factor(rng, seed, j, FG_SUB_COL, rank, col_factor + (size_t)j * rank);
  for (uint32_t i = 0; i < rows && !err; i++) {
    draw_factor(rng, seed, i, FG_SUB_ROW, rank, row_factor);
    fg_placement_row(&placement, i, col);
    fg_rng_gsl_start(rng, seed, FG_STREAM_GENERATE, i, FG_SUB_NOISE);
    for (uint32_t n = 0; n < placement.degree[i] && !err; n++) {
      const float *w = col_factor + (size_t)col[n] * rank;
      double x = gsl_ran_gaussian_ziggurat(rng, 1) * v[NOISE];
      for (uint32_t k = 0; k < rank; k++)
        x += (double)row_factor[k] * w[k];
      err = fg_points_push(points, i, col[n], (float)x);
    }
  }
cleanup:
  fg_placement_free(&placement);
  free(row_factor);
  free(col_factor);
  free(col);
  if (rng)
    gsl_rng_free(rng);
  return err;
}

const struct fg_generator_type fg_generator_mf = {
    .name = "mf",
    .summary = "planted low-rank factors with noise, power-law popularity",
    .params = params,
    .generate = generate,
};
