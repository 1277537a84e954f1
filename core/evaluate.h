/* Loss and test metric of given parameters, block by block in double, blocks in row-major order. */
#ifndef FG_CORE_EVALUATE_H
#define FG_CORE_EVALUATE_H

#include "core/run.h"

struct fg_evaluation {
  double train_loss;  /* training objective per point (lda: per token) */
  double test_metric; /* NAN if nothing is held out */
};

/* Parameters are lent; the global statistic is recomputed exactly from them. With rows held out the metric is that of
 * fg_score_rows. */
enum fg_err fg_evaluate(const struct fg_run *run, const struct fg_factors *factors, struct fg_evaluation *evaluation,
                        struct fg_fault *fault);

#endif
