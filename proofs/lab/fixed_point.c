/* Fixed points of `additive`: from a grid and weights to a linear system and its solution. */
#include "proofs/lab/fixed_point.h"

#include "proofs/lab/quadratic.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_linalg.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static enum fg_err no_memory(struct fg_fault *fault) {
  return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory for a fixed point");
}

void fg_fixed_point_touches(const struct fg_grid *g, uint32_t p, uint32_t q, struct fg_touch *touch) {
  struct fg_point some[FG_BATCH];
  for (size_t from = 0, got; (got = fg_block_read(fg_grid_train(g, p, q), from, FG_BATCH, some)) > 0; from += got)
    for (size_t i = 0; i < got; i++)
      touch[from + i] =
          (struct fg_touch){g->row[p].original[some[i].row], g->rows + g->col[q].original[some[i].col], some[i].value};
}

/* as the kernel has it */
static double ridge_of(const struct fg_run *run) {
  return (double)(float)fg_model_param(&run->model, "ridge");
}

/* a: sum of w_b A_z, d x d; b: sum of w_b x_z e_z, d, or NULL. Both zero on entry. */
static enum fg_err sum_up(const struct fg_run *run, const double *weight, double *a, double *b) {
  const struct fg_grid *g = &run->grid;
  size_t d = (size_t)g->rows + g->cols;
  double ridge = ridge_of(run);
  for (uint32_t p = 0; p < g->row_blocks; p++)
    for (uint32_t k = 0; k < g->train[p].n; k++) {
      uint32_t q = g->train[p].col[k];
      size_t n = g->train[p].block[k].n;
      double w = weight ? weight[(size_t)p * g->col_blocks + q] : 1;
      struct fg_touch *touch = malloc((n + 1) * sizeof *touch);
      if (!touch)
        return FG_ENOMEM;
      fg_fixed_point_touches(g, p, q, touch);
      for (size_t i = 0; i < n; i++) {
        size_t u = touch[i].row, v = touch[i].col;
        a[u * d + u] += w * (1 + ridge);
        a[v * d + v] += w * (1 + ridge);
        a[u * d + v] += w;
        a[v * d + u] += w;
        if (b) {
          b[u] += w * touch[i].value;
          b[v] += w * touch[i].value;
        }
      }
      free(touch);
    }
  return FG_OK;
}

enum fg_err fg_fixed_point_solve(const struct fg_run *run, const double *weight, double *psi, struct fg_fault *fault) {
  size_t d = (size_t)run->grid.rows + run->grid.cols;
  double *a = calloc(d * d + 1, sizeof *a), *b = calloc(d + 1, sizeof *b);
  enum fg_err err = a && b ? sum_up(run, weight, a, b) : FG_ENOMEM;
  if (err)
    err = no_memory(fault);
  for (size_t k = 0; k < d && !err; k++)
    if (!(a[k * d + k] > 0))
      err = fg_fail(fault, FG_EINPUT, NULL, 0, "parameter %zu has no weight: no fixed point", k);
  if (!err) {
    gsl_matrix_view m = gsl_matrix_view_array(a, d, d);
    gsl_vector_view right = gsl_vector_view_array(b, d), x = gsl_vector_view_array(psi, d);
    /* positive diagonal and ridge > 0: positive definite, so that it cannot fail */
    gsl_linalg_cholesky_decomp1(&m.matrix);
    gsl_linalg_cholesky_solve(&m.matrix, &right.vector, &x.vector);
  }
  free(a);
  free(b);
  return err;
}

enum fg_err fg_fixed_point_least(const struct fg_run *run, double *least, double *direction, struct fg_fault *fault) {
  size_t d = (size_t)run->grid.rows + run->grid.cols;
  double *a = calloc(d * d + 1, sizeof *a), *value = malloc((d + 1) * sizeof *value);
  double *vector = malloc((d * d + 1) * sizeof *vector);
  enum fg_err err = a && value && vector ? sum_up(run, NULL, a, NULL) : FG_ENOMEM;
  if (!err)
    err = fg_matrix_spectrum(d, a, value, vector);
  if (!err) {
    *least = value[0];
    if (direction)
      memcpy(direction, vector, d * sizeof *direction);
  }
  free(a);
  free(value);
  free(vector);
  return err ? no_memory(fault) : FG_OK;
}

double fg_fixed_point_mass(const struct fg_sync *sync, const struct fg_visit *v) {
  double mass = (double)v->updates, n = (double)v->required_updates;
  uint64_t left = v->extra_updates;
  for (uint64_t x = 0; left > 0; x++) {
    double share = sync->type->extra_step(sync, x);
    uint64_t some = left < v->required_updates ? left : v->required_updates;
    if (share < FG_STEP_FLUSH)
      break;
    mass += share * (double)some;
    left -= some;
  }
  return n > 0 ? mass / n : 0;
}

/* balance=scale, as core/worker/strata.c has it: a worker's one over the mean mass of a column block's visits so far,
 * within a factor of 8. */
static double share_of(const struct fg_run *run, const struct fg_visit *v, double before) {
  double visits = (double)(v->round / run->grid.col_blocks);
  if (run->job.balance != FG_CURE_SCALE || !(visits > 0))
    return 1;
  return fmin(fmax(visits / before, 1.0 / 8), 8);
}

static uint64_t epoch_of(const struct fg_run *run, const struct fg_visit *v, uint64_t visits) {
  const struct fg_roving_policy *roving = run->job.sync.type->roving;
  if (!roving)
    return v->round / run->grid.col_blocks;
  return roving->kind == FG_ROVING_DIRECTORY ? v->col_version / run->job.workers : visits;
}

enum fg_err fg_fixed_point_weights(const struct fg_run *run, const struct fg_trace *trace, uint64_t from,
                                   double *weight, struct fg_fault *fault) {
  size_t c = run->grid.col_blocks, n = run->grid.row_blocks * c;
  double *before = calloc(n, sizeof *before), mean = 0, present = 0;
  uint64_t *visits = calloc(n, sizeof *visits);
  if (!before || !visits) {
    free(before);
    free(visits);
    return no_memory(fault);
  }
  memset(weight, 0, n * sizeof *weight);
  for (size_t i = 0; i < trace->n; i++) { /* a worker's visits stand in its order */
    const struct fg_visit *v = &trace->visit[i];
    size_t of_worker = v->worker * c + v->col_block;
    double mass = fg_fixed_point_mass(&run->job.sync, v);
    uint64_t epoch = epoch_of(run, v, visits[of_worker]++);
    if (epoch >= from)
      weight[v->row_block * c + v->col_block] +=
          fg_step_eta(&run->job.steps, epoch) * share_of(run, v, before[of_worker]) * mass;
    before[of_worker] += mass;
  }
  for (size_t b = 0; b < n; b++) {
    mean += weight[b];
    present += weight[b] > 0;
  }
  for (size_t b = 0; b < n; b++)
    weight[b] *= present / mean;
  free(before);
  free(visits);
  return FG_OK;
}
