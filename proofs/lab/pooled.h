/* The scalar quadratic of the claims on the real core: `additive` whose blocks have one row and one column. No data
 * give it that: a block of one cell has no noise, and files have no cell twice. So every point of a block is moved to
 * the block's first row and first column before the real update sees it; all else is as in `additive`. The sum y = u +
 * w of the two coordinates then obeys y <- y - eta (h y - 2 x_z), h = 2 + ridge, a quadratic with additive noise:
 * optimum m = mean of 2 x_z / h, variance of the gradient 4 Var(x_z). */
#ifndef FG_PROOFS_LAB_POOLED_H
#define FG_PROOFS_LAB_POOLED_H

#include "core/run.h"

/* Makes the run's model, which must be `additive`, the pooled one. type: room for it, lent as long as the run lives. */
void fg_pooled_set(struct fg_run *run, struct fg_model_type *type);

/* A block as a scalar quadratic. */
struct fg_pooled {
  double h, optimum, noise; /* noise: variance of the gradient */
  size_t n;                 /* points */
};
struct fg_pooled fg_pooled_block(const struct fg_run *run, uint32_t row_block, uint32_t col_block);

#endif
