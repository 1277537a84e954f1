/* Steps that are divided, row by row, by the gradients that the row has seen (--step-schedule adagrad): AdaGrad (Duchi,
 * Hazan, Singer 2011) with one sum per factor row instead of one per entry, the "reduced per-coordinate schedule" of
 * Chin, Zhuang, Juan, Lin (2015). For a point whose squared loss has the gradient g_u by the row u, over its D
 * dimensions that may change:
 *
 *   u -= eta / sqrt(1 + G_u) g_u,   G_u += |g_u|^2 / D,   and w likewise, from the same u and w.
 *
 * (Duchi et al. add g_u to G before they divide; a root that does not wait for it costs a fifth less and learned the
 * same.) G starts at 0 and lies behind the row's lanes: wherever the row goes, it goes with it; replicas' sums (ssp)
 * add what each has seen, averages (psgd) take its mean. A row whose G overflows stands still, as it does for any G
 * nearly as large; only of a column is that told as divergence. Only square root and division, which IEEE 754 rounds
 * one way everywhere, no reciprocal root of the machine's. */
#ifndef FG_CORE_MODEL_ADAGRAD_H
#define FG_CORE_MODEL_ADAGRAD_H

#include "core/model/model.h"

#include <stdbool.h>
#include <stddef.h>

enum { FG_ADAGRAD_STATE = 1 }; /* floats per row: G */

/* Of a point of value x: e = x - mean - u.w, g_u = l2 u - e w. */
struct fg_adagrad {
  float mean, l2, eta;
  float scale; /* of |g|^2 before it is added: 1 over the unit that it has, where --step is relative to the data's */
  bool biased; /* the last two dimensions are those of mf with bias=yes: the last of a row, the last but one of a
                  column is 1 and does not change */
  bool nonnegative; /* entries that would fall below 0 become 0 */
};

/* `update` of a model with n_state (model.h). */
void fg_adagrad_update(const struct fg_model *model, const struct fg_view *view, const struct fg_point *points,
                       size_t n, const struct fg_adagrad *how);

/* `flops` of it, without `nonnegative`. */
double fg_adagrad_flops(const struct fg_model *model);

#endif
