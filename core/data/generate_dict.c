/* Planted dictionary: x_i = D a_i + noise * N(0, 1), the K atoms (columns of D) normal directions of unit norm, a
 * sample's code in `active` atoms drawn without replacement, normal with variance cols / active, elsewhere 0: the
 * signal then has variance 1, and the noise is the RMSE that no model can beat. Of every sample the same share of the
 * features is observed, drawn anew for each. */
#include "core/data/generate.h"

#include "core/data/placement.h"
#include "core/rng.h"

#include <math.h>
#include <stdlib.h>

static const struct fg_param params[] = {
    {"rows", NULL, FG_PARAM_COUNT, NULL, 1, 4294967295.0, NULL, "number of samples"},
    {"cols", NULL, FG_PARAM_COUNT, NULL, 1, 4294967295.0, NULL, "number of features"},
    {"atoms", "rank", FG_PARAM_COUNT, "16", 1, 65536, NULL, "number of atoms"},
    {"active", NULL, FG_PARAM_COUNT, "3", 1, 65536, NULL, "atoms that a sample is made of"},
    {"noise", NULL, FG_PARAM_REAL, "0.1", 0, 1e6, NULL, "standard deviation of the noise; that of the signal is 1"},
    {"share", NULL, FG_PARAM_REAL, "1", 1e-6, 1, NULL, "share of the features of a sample that are observed"},
    {0},
};
enum { ROWS, COLS, ATOMS, ACTIVE, NOISE, SHARE };

/* atom: cols x atoms, row-major; every column gets norm 1 */
static void draw_atoms(gsl_rng *rng, uint64_t seed, uint32_t cols, uint32_t atoms, float *atom, double *squares) {
  for (uint32_t j = 0; j < cols; j++) {
    float *row = atom + (size_t)j * atoms;
    fg_rng_gsl_start(rng, seed, FG_STREAM_GENERATE, j, FG_SUB_COL);
    for (uint32_t k = 0; k < atoms; k++) {
      row[k] = (float)gsl_ran_gaussian_ziggurat(rng, 1);
      squares[k] += (double)row[k] * row[k];
    }
  }
  for (uint32_t j = 0; j < cols; j++)
    for (uint32_t k = 0; k < atoms; k++)
      atom[(size_t)j * atoms + k] /= (float)sqrt(squares[k]);
}

/* of: which atoms, active entries; any order */
static void draw_code(gsl_rng *rng, uint64_t seed, uint32_t row, uint32_t atoms, uint32_t active, double sigma,
                      uint32_t *order, double *code) {
  fg_rng_gsl_start(rng, seed, FG_STREAM_GENERATE, row, FG_SUB_ROW);
  for (uint32_t k = 0; k < active; k++) { /* the beginning of a shuffle of all of them, from whatever order */
    uint32_t other = k + (uint32_t)gsl_rng_uniform_int(rng, atoms - k), swap = order[k];
    order[k] = order[other];
    order[other] = swap;
    code[k] = gsl_ran_gaussian_ziggurat(rng, sigma);
  }
}

/* atoms only: codes are drawn sample by sample */
static enum fg_err planted(const struct fg_values *values, uint64_t seed, int side, struct fg_planted *out) {
  uint32_t cols = (uint32_t)values->value[COLS], atoms = (uint32_t)values->value[ATOMS];
  *out = (struct fg_planted){.n = cols, .rank = atoms, .factor = malloc((size_t)cols * atoms * sizeof *out->factor)};
  if (side == 0)
    return FG_EUSAGE;
  double *squares = calloc(atoms, sizeof *squares);
  gsl_rng *rng = gsl_rng_alloc(fg_rng_gsl());
  enum fg_err err = out->factor && squares && rng ? FG_OK : FG_ENOMEM;
  if (!err)
    draw_atoms(rng, seed, cols, atoms, out->factor, squares);
  free(squares);
  if (rng)
    gsl_rng_free(rng);
  return err;
}

static enum fg_err generate(const struct fg_values *values, uint64_t seed, struct fg_points *points,
                            struct fg_fault *fault) {
  const double *v = values->value;
  uint32_t rows = (uint32_t)v[ROWS], cols = (uint32_t)v[COLS], atoms = (uint32_t)v[ATOMS];
  uint32_t active = (uint32_t)v[ACTIVE];
  if (active > atoms)
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "generator dict: active=%u of %u atoms", active, atoms);
  uint32_t observed = (uint32_t)fmax(1, round(v[SHARE] * cols));
  struct fg_planted truth = {0};
  double *code = malloc(active * sizeof *code);
  uint32_t *order = malloc(atoms * sizeof *order);
  gsl_rng *rng = gsl_rng_alloc(fg_rng_gsl());
  enum fg_err err = code && order && rng ? planted(values, seed, 1, &truth) : FG_ENOMEM;
  if (err)
    goto cleanup;
  points->rows = rows;
  points->cols = cols;
  for (uint32_t i = 0; i < rows && !err; i++) {
    for (uint32_t k = 0; k < atoms; k++)
      order[k] = k;
    draw_code(rng, seed, i, atoms, active, sqrt((double)cols / active), order, code);
    fg_rng_gsl_start(rng, seed, FG_STREAM_GENERATE, i, FG_SUB_NOISE);
    for (uint32_t j = 0, left = observed; j < cols && !err; j++) {
      /* each feature with the probability that makes all choices of so many equally likely */
      if (left < cols - j && gsl_rng_uniform_int(rng, cols - j) >= left)
        continue;
      left--;
      double x = gsl_ran_gaussian_ziggurat(rng, 1) * v[NOISE];
      for (uint32_t k = 0; k < active; k++)
        x += code[k] * truth.factor[(size_t)j * atoms + order[k]];
      err = fg_points_push(points, i, j, (float)x);
    }
  }
cleanup:
  free(truth.factor);
  free(code);
  free(order);
  if (rng)
    gsl_rng_free(rng);
  return err;
}

const struct fg_generator_type fg_generator_dict = {
    .name = "dict",
    .summary = "samples of a few atoms each of a planted dictionary of unit norm, with noise",
    .params = params,
    .generate = generate,
    .planted = planted,
};
