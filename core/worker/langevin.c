/* Langevin noise: what a visit adds to the rows and columns of its block, so that a run samples (stochastic gradient
 * Langevin dynamics on blocks; Welling, Teh 2011; Ahn, Korattikara, Liu, Rajan, Welling 2015).
 *
 * A pass over a block with the step eta (times the model's gradient_step) is a time eta of the drift -grad L_b, L_b the
 * sum of what its points cost. A row meets C column blocks an epoch and a column P row blocks, so a visit gives every
 * entry of its rows N(0, 2 eta T m / C) and of its columns N(0, 2 eta T m / P), where m is the step mass of the visit's
 * updates relative to a pass at eta: over an epoch of required passes every entry has the drift of the whole sum L and
 * the variance 2 eta T. As eta falls the invariant law goes to exp(-L / T), provided that
 *
 * - all blocks have the same mean step mass (claim C4): extra updates (fugue, quorum) weigh block b by w_b, their law
 *   is near that of sum w_b L_b where they differ, and in any case a row's noise follows the mean over its own blocks;
 * - how many updates a visit makes does not depend on the parameters (claim D1);
 * - the step is so small that the order of blocks and the noise of the points' order do not matter: eta times the
 *   largest curvature of L well below 1. Both biases are of the order of eta. A step that falls like 1/t stops moving
 *   long before it has sampled: use --step-schedule constant.
 *
 * Noise is drawn by the number of the visit (plan.order), so that it is the same on every stage and in a replay. */
#include "core/model/noise.h"
#include "core/worker/inner.h"

#include <math.h>

/* sub of draws, lower bits */
enum { SIDE_COL = 1, PART_EXTRA = 2 };

static void add(const struct fg_worker *w, bool col, double variance, uint32_t part) {
  const struct fg_model *model = w->job->model;
  const struct fg_view *view = &w->plan.view;
  const uint32_t fixed = model->type->fixed ? model->type->fixed(model, col) : model->rank;
  float scale[model->stride];
  for (uint32_t k = 0; k < model->stride; k++)
    scale[k] = k < model->rank && k != fixed ? (float)sqrt(variance) : 0;
  fg_noise_add(col ? view->col_factor : view->row_factor, col ? w->plan.cols : w->rows->rows, model->stride, scale,
               model->type->reflects, w->job->seed_order, w->plan.order, part | (col ? SIDE_COL : 0));
}

void fg_visit_shake(struct fg_worker *w, bool extra) {
  const struct fg_model *model = w->job->model;
  const struct fg_grid *g = w->job->grid;
  double required = (double)w->visit.updates, points = (double)w->plan.n;
  /* a block without points has its time, too */
  double mass = extra ? (points > 0 ? (fg_visit_mass(w) - required) / points : 0) : points > 0 ? required / points : 1;
  if (!(model->temperature > 0) || w->idle_kernels || !(mass > 0))
    return;
  double variance = 2 * w->eta * model->type->gradient_step(model) * model->temperature * mass;
  add(w, false, variance / g->col_blocks, extra ? PART_EXTRA : 0);
  add(w, true, variance / g->row_blocks, extra ? PART_EXTRA : 0);
}

double fg_worker_noise_flops(const struct fg_job *job) {
  const struct fg_grid *g = job->grid;
  if (!(job->model->temperature > 0) || g->n_train == 0)
    return 0;
  double draws = (double)g->rows * g->col_blocks + (double)g->cols * g->row_blocks; /* rows and columns an epoch */
  return FG_NOISE_FLOPS * job->model->lanes * draws / (double)g->n_train;
}
