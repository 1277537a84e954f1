/* Loss and test metric of given parameters, in double: every block (p, q) is summed from zero, then the blocks' sums
 * are added in row-major order, training and test apart; so the result does not depend on who holds which part of the
 * grid.
 */
#ifndef FG_CORE_EVALUATE_H
#define FG_CORE_EVALUATE_H

#include "core/run.h"

struct fg_evaluation {
  double train_loss;  /* training objective per point (lda: per token) */
  double test_metric; /* NAN if nothing is held out */
};

/* Parameters are lent; the global statistic is recomputed exactly from them. With rows held out the metric
 * is that of fg_score_rows over the parts of the grid, whose sums are added in the order of the parts. */
enum fg_err fg_evaluate(const struct fg_run *run, const struct fg_factors *factors, struct fg_evaluation *evaluation,
                        struct fg_fault *fault);

#endif
