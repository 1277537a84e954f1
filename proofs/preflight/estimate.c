/* The fourth step of a preflight: curvature and gradient noise of blocks, near where learning with the user's step
 * ends. */
#include "core/rng.h"
#include "proofs/lab/curvature.h"
#include "proofs/preflight/preflight.h"

#include <math.h>
#include <stdlib.h>

enum { BLOCKS = 4, POINTS = 4000, QUICK_POINTS = 1500 };

/* mean square of the coordinates of a block */
static double mean_square(const struct fg_run *run, uint32_t p, uint32_t q) {
  const struct fg_row_shard *u = &run->factors.row[p];
  const struct fg_col_block *w = &run->factors.col[q];
  double sum = 0;
  for (size_t i = 0; i < (size_t)u->rows * run->model.stride; i++)
    sum += (double)u->factor[i] * u->factor[i];
  for (size_t i = 0; i < (size_t)w->cols * run->model.stride; i++)
    sum += (double)w->factor[i] * w->factor[i];
  return sum / ((double)(u->rows + (size_t)w->cols) * run->model.rank);
}

struct estimation {
  const struct fg_candidates *all;
  const struct fg_preflight_ask *ask;
  double multiple; /* of the user's step, to learn with */
};

/* Means over the blocks; the extremes of the spectra. */
static void add_up(struct fg_local *l, const struct fg_curvature *c, const struct fg_run *run, uint32_t p, uint32_t q) {
  double n = ++l->blocks, z = (double)fg_grid_train(&run->grid, p, q)->n;
  l->looked_at += c->points;
#define MEAN(what, value) l->what += ((value)-l->what) / n
  MEAN(points, z);
  MEAN(dimension, (double)c->dimension);
  MEAN(trace, c->trace.value);
  MEAN(noise, c->noise.value);
  MEAN(drift, c->drift.value);
  MEAN(touched, c->touched.value);
  MEAN(asymmetry, c->asymmetry);
  MEAN(constrained, c->constrained);
  MEAN(square, mean_square(run, p, q));
#undef MEAN
  l->top = n == 1 ? c->top.value : fmax(l->top, c->top.value);
  l->bottom = n == 1 ? c->bottom.value : fmin(l->bottom, c->bottom.value);
}

static enum fg_err estimate(const void *self, uint64_t i, void *result, struct fg_fault *fault) {
  const struct estimation *e = self;
  const struct fg_candidate *barrier = &e->all->c[e->all->barrier];
  struct fg_run *run = &barrier->trial->run;
  struct fg_local *l = result;
  struct fg_course course;
  struct fg_rng rng;
  (void)i;
  enum fg_err err = fg_candidate_run(e->all, barrier, e->multiple, 0, &course, fault);
  fg_rng_start(&rng, run->options.seed, FG_STREAM_GENERATE, 2, 0);
  if (course.diverged)
    return FG_OK;
  for (unsigned b = 0; b < BLOCKS && !err; b++) {
    struct fg_curvature c = {0};
    struct fg_curvature_plan plan = {.row_block = fg_rng_below(&rng, run->grid.row_blocks),
                                     .col_block = fg_rng_below(&rng, run->grid.col_blocks),
                                     .points = e->ask->quick ? QUICK_POINTS : POINTS,
                                     .seed = fg_seed_derive(run->options.seed, b)};
    if (fg_grid_train(&run->grid, plan.row_block, plan.col_block)->n == 0)
      continue;
    err = fg_curvature_estimate(run, &plan, &c, fault);
    if (!err)
      add_up(l, &c, run, plan.row_block, plan.col_block);
  }
  return err == FG_EDIVERGED ? FG_OK : err;
}

enum fg_err fg_preflight_estimate(const struct fg_preflight_ask *ask, const struct fg_lab *lab,
                                  const struct fg_candidates *all, struct fg_local *local, struct fg_fault *fault) {
  const struct fg_candidate *barrier = &all->c[all->barrier];
  struct estimation e = {all, ask, 1};
  struct fg_lab own = *lab;
  own.progress = NULL;
  bool users = !barrier->tuned[FG_PREFLIGHT_REACH].diverged;
  e.multiple = users ? 1 : fg_candidate_multiple(barrier);
  enum fg_err err = fg_lab_map(&own, 1, estimate, &e, sizeof *local, local, fault);
  local->multiple = e.multiple;
  return err;
}
