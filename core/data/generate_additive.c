/* x = u_i + w_j + noise * N(0, 1), u and w independent normal with variance 1/2: the test bed in which every moment of
 * the method has a closed form. Cells are observed uniformly. */
#include "core/data/generate.h"

#include "core/data/placement.h"
#include "core/rng.h"

#include <math.h>
#include <stdlib.h>

static const struct fg_param params[] = {
    {"rows", NULL, FG_PARAM_COUNT, NULL, 1, 4294967295.0, NULL, "number of rows"},
    {"cols", NULL, FG_PARAM_COUNT, NULL, 1, 4294967295.0, NULL, "number of columns"},
    {"nnz", NULL, FG_PARAM_COUNT, NULL, 1, 0x1p53, NULL, "number of points, at most rows * cols"},
    {"noise", NULL, FG_PARAM_REAL, "0.1", 0, 1e6, NULL, "standard deviation of the noise; that of the signal is 1"},
    {0},
};
enum { ROWS, COLS, NNZ, NOISE };

static enum fg_err generate(const struct fg_values *values, uint64_t seed, struct fg_points *points,
                            struct fg_fault *fault) {
  const double *v = values->value;
  uint32_t rows = (uint32_t)v[ROWS], cols = (uint32_t)v[COLS];
  double *w = malloc((size_t)cols * sizeof *w);
  uint32_t *col = malloc((size_t)cols * sizeof *col);
  gsl_rng *rng = gsl_rng_alloc(fg_rng_gsl());
  struct fg_placement placement = {0};
  enum fg_err err = w && col && rng ? FG_OK : FG_ENOMEM;
  if (err)
    goto cleanup;
  err = fg_placement_start(&placement, "additive", rows, cols, (uint64_t)v[NNZ], 0, seed, fault);
  if (err)
    goto cleanup;
  points->rows = rows;
  points->cols = cols;
  fg_rng_gsl_start(rng, seed, FG_STREAM_GENERATE, 0, FG_SUB_COL);
  for (uint32_t j = 0; j < cols; j++)
    w[j] = gsl_ran_gaussian_ziggurat(rng, M_SQRT1_2);
  for (uint32_t i = 0; i < rows && !err; i++) {
    fg_rng_gsl_start(rng, seed, FG_STREAM_GENERATE, i, FG_SUB_ROW);
    double u = gsl_ran_gaussian_ziggurat(rng, M_SQRT1_2);
    fg_placement_row(&placement, i, col);
    fg_rng_gsl_start(rng, seed, FG_STREAM_GENERATE, i, FG_SUB_NOISE);
    for (uint32_t n = 0; n < placement.degree[i] && !err; n++)
      err = fg_points_push(points, i, col[n], (float)(u + w[col[n]] + gsl_ran_gaussian_ziggurat(rng, 1) * v[NOISE]));
  }
cleanup:
  fg_placement_free(&placement);
  free(w);
  free(col);
  if (rng)
    gsl_rng_free(rng);
  return err;
}

const struct fg_generator_type fg_generator_additive = {
    .name = "additive",
    .summary = "row effect plus column effect plus noise",
    .params = params,
    .generate = generate,
};
