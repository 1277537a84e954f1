/* Loss and test metric of given parameters, in double. Every block (p, q) is summed from zero; a part's sums are those
 * of its blocks in the order of q, the whole's those of the parts in the order of p. So the result does not depend on
 * who holds which part of the grid. */
#ifndef FG_CORE_EVALUATE_H
#define FG_CORE_EVALUATE_H

#include "core/run.h"

struct fg_evaluation {
  double train_loss;  /* training objective per point (lda: per token) */
  double test_metric; /* NAN if nothing is held out */
  /* of a model with a temperature (posterior.h), over the samples so far; 0 of them: NAN */
  uint64_t samples;
  double posterior_metric;    /* root mean square error of the mean of what is foretold of a test point */
  double posterior_deviation; /* mean over test points of its standard deviation */
};

/* Sums of one block, or of a part (then with its held-out rows). */
struct fg_scores {
  struct fg_score train, test, held_out;
};

/* Sums of block (p, q), which must be held: rows and block are as they stand, stat is exact. held_out stays 0.
 * FG_ENOMEM. */
enum fg_err fg_evaluate_block(const struct fg_run *run, const struct fg_row_shard *rows,
                              const struct fg_col_block *block, const double *stat, struct fg_scores *scores);

/* Adds `part` to `sums`. */
void fg_scores_add(struct fg_scores *sums, const struct fg_scores *part);

/* The result from the whole's sums. With rows held out the metric is that of fg_score_rows on them. */
void fg_evaluation_of(const struct fg_run *run, const struct fg_scores *sums, struct fg_evaluation *evaluation);

/* The evaluation by a process that holds everything. Parameters are lent; the global statistic is recomputed exactly
 * from them. */
enum fg_err fg_evaluate(const struct fg_run *run, const struct fg_factors *factors, struct fg_evaluation *evaluation,
                        struct fg_fault *fault);

#endif
