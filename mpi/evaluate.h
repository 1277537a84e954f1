/* Evaluation by all ranks together: exact statistic, loss and test metric while the column blocks go once round the
 * ring. The result has the bits of fg_evaluate. */
#ifndef FG_MPI_EVALUATE_H
#define FG_MPI_EVALUATE_H

#include "core/evaluate.h"
#include "mpi/holdings.h"
#include "mpi/post.h"

/* Exact global statistic of the blocks that the ranks hold: out, run->model.n_stat doubles, on every rank. */
enum fg_err fg_team_stat(struct fg_post *post, const struct fg_run *run, const struct fg_holdings *holdings,
                         double *stat, struct fg_fault *fault);

/* Called by all ranks while no parcel is on its way and every block is held by one of them; the result is rank 0's
 * alone. also: called for each block that comes by, with the exact statistic; may be NULL. */
enum fg_err fg_team_evaluate(struct fg_post *post, const struct fg_run *run,
                             enum fg_err (*also)(void *self, const struct fg_col_block *block, const double *stat,
                                                 struct fg_fault *fault),
                             void *self, struct fg_evaluation *evaluation, struct fg_fault *fault);

#endif
