/* Langevin noise: what a visit adds to the rows and columns of its block, so that a run samples (stochastic gradient
 * Langevin dynamics on blocks; Welling, Teh 2011; Ahn, Korattikara, Liu, Rajan, Welling 2015).
 *
 * A pass over a block with the step eta (times the model's gradient_step) is a time eta of the drift -grad L_b, L_b the
 * sum of what its points cost. A row meets C column blocks an epoch and a column P row blocks. Over an epoch of
 * required passes every entry has the drift of the whole sum L, and gets N(0, 2 eta T): a row at the last of its C
 * visits, a column at the last of its P, so that the noise of an epoch costs the same for any P. Updates beyond that go
 * by visits: extra ones of the step mass m, relative to a pass at eta, bring N(0, 2 eta T m / C) to rows and N(0, 2 eta
 * T m / P) to columns, and where required passes may be cut short (quorum) these do likewise. As eta falls the
 * invariant law goes to exp(-L / T), provided that
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

/* Are there required passes that are not made to their end? */
static bool cuts(const struct fg_job *job) {
  const struct fg_strata_policy *strata = job->sync.type->strata;
  return strata && strata->quorum(&job->sync, job->workers) < job->workers;
}

/* Step mass of the visit's required or extra updates, relative to a pass. A block without points has its time, too. */
static double mass(const struct fg_worker *w, bool extra) {
  double required = (double)w->visit.updates, points = (double)w->plan.n;
  if (!(points > 0))
    return extra ? 0 : 1;
  return (extra ? fg_visit_mass(w) - required : required) / points;
}

void fg_visit_shake(struct fg_worker *w, bool extra) {
  const struct fg_model *model = w->job->model;
  const struct fg_grid *g = w->job->grid;
  if (!(model->temperature > 0) || w->idle_kernels)
    return;
  double epoch = 2 * w->eta * model->type->gradient_step(model) * model->temperature;
  uint32_t part = extra ? PART_EXTRA : 0;
  if (extra || cuts(w->job)) {
    double m = mass(w, extra);
    if (m > 0) {
      add(w, false, epoch * m / g->col_blocks, part);
      add(w, true, epoch * m / g->row_blocks, part);
    }
    return;
  }
  if ((w->round + 1) % g->col_blocks == 0)
    add(w, false, epoch, part);
  if (((uint64_t)w->visit.col_version + 1) % g->row_blocks == 0)
    add(w, true, epoch, part);
}

double fg_worker_noise_flops(const struct fg_job *job) {
  const struct fg_grid *g = job->grid;
  double draws = (double)g->rows + g->cols; /* rows and columns an epoch */
  if (!(job->model->temperature > 0) || g->n_train == 0)
    return 0;
  if (cuts(job))
    draws = (double)g->rows * g->col_blocks + (double)g->cols * g->row_blocks;
  return FG_NOISE_FLOPS * job->model->lanes * draws / (double)g->n_train;
}
