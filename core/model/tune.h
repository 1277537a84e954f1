/* Priors of a topic model learned along with it: Minka's fixed point ("Estimating a Dirichlet distribution", 2000, (55)
 * summed over k) for symmetric Dirichlets, one step at a time:
 *
 *   alpha <- alpha sum_dk [psi(n_dk + alpha) - psi(alpha)] / (K sum_d [psi(n_d + K alpha) - psi(K alpha)])
 *
 *   beta <- beta sum_wk [psi(n_wk + beta) - psi(beta)] / (M sum_k [psi(n_k + M beta) - psi(M beta)])
 *
 * with the counts of tokens that one sweep of Gibbs sampling leaves: stochastic EM. The sums over rows and columns are
 * entries of the statistic, to which every worker adds those of the rows and columns that it holds when it reports an
 * epoch's last stratum; the root of the release tree makes the step and releases alpha and beta with the statistic. */
#ifndef FG_CORE_MODEL_TUNE_H
#define FG_CORE_MODEL_TUNE_H

#include "core/model/lda.h"

/* The last entries of the statistic, from n_stat - FG_TUNE_STATS on. The first K are n_k. */
enum { FG_TUNE_ALPHA_SUM, FG_TUNE_ALPHA_LENGTHS, FG_TUNE_BETA_SUM, FG_TUNE_ALPHA, FG_TUNE_BETA, FG_TUNE_STATS };

/* fg_model_type.tally, tune: every model->tune_every epochs. */
void fg_tune_tally(const struct fg_model *model, const struct fg_view *view, uint32_t rows, uint32_t cols,
                   uint64_t epoch);
void fg_tune_step(const struct fg_model *model, double *stat);

#endif
