/* log p(w | Phi, alpha) of unseen documents, their mixtures of topics integrated out: the left-to-right estimator of
 * Wallach, Murray, Salakhutdinov and Mimno, "Evaluation Methods for Topic Models" (ICML 2009), as a particle filter.
 * Unlike document completion (score.h) it asks of every token, and is what models of the same words are compared by.
 *
 * p(w) = prod_n p(w_n | w_1 ... w_n-1). Each of R particles holds topics z of the tokens so far. Before token n, those
 * are drawn anew, one after another, from P(z_i | w, z of the others); then
 *
 *   p(w_n | z) = sum_k (n_k + alpha) / (n - 1 + K alpha) phi_kw,  n_k: tokens before n with topic k,
 *
 * whose mean over the particles estimates the factor; and each draws z_n ~ (n_k + alpha) phi_kw.
 *
 * In the paper the product of these means is not unbiased: particles have seen w_n-1, but not been weighted by how well
 * they predicted it. Here they are resampled in proportion to p(w_n | z) before z_n is drawn (systematically: Kitagawa
 * 1996), which makes the estimate of p(w), not of its logarithm, unbiased for any number of particles and of tokens
 * drawn anew (Del Moral 2004, 7.4.2; draws that leave p(z | w) as it is do no harm: Gilks and Berzuini 2001). So the
 * cost need not be quadratic in a document's length: any `redraws` will do, and only the variance knows. */
#ifndef FG_CORE_LIKELIHOOD_H
#define FG_CORE_LIKELIHOOD_H

#include "core/data/points.h"
#include "core/err.h"
#include "core/model/model.h"

enum { FG_LIKELIHOOD_FILTERS = 4 }; /* independent ones, of which the estimate is the mean */

struct fg_likelihood_options {
  uint32_t particles; /* R, of all filters together: a multiple of FG_LIKELIHOOD_FILTERS, > 0 */
  uint64_t redraws;   /* most earlier tokens that are drawn anew before each one, in turn; UINT64_MAX: all */
  uint64_t seed;
};

/* Sums over documents, in natural logarithms. */
struct fg_likelihood {
  uint64_t documents; /* with at least one token */
  double tokens, log_p;
  double variance, bias;                    /* of log_p by the Monte Carlo method: sums of jackknife estimates */
  double squares, products, tokens_squared; /* log_p^2, log_p * tokens, tokens^2 of each document */
};

/* Adds the documents that are rows of `points`, in their order; document number i of all (result->documents) draws from
 * streams of its own, the tokens of each in a random order. model: bound; view: as fg_score_rows has it; mask:
 * points->rows entries, rows that are wanted are not 0; NULL: all. Everything is lent. FG_EUSAGE if the model's rows
 * are no documents; FG_EINPUT as fg_score_check; FG_ENOMEM. */
enum fg_err fg_likelihood_add(const struct fg_model *model, const struct fg_view *view, const struct fg_points *points,
                              const unsigned char *mask, const struct fg_likelihood_options *options,
                              struct fg_likelihood *result, struct fg_fault *fault);

/* Of the log-likelihood per token, log_p / tokens. By the particles: its standard error, and its bias, below 0, since
 * the logarithm of an unbiased estimate is too low by half its variance. By chance of the documents: the standard error
 * of a ratio estimate from as many others (NAN of fewer than two). */
double fg_likelihood_error(const struct fg_likelihood *result);
double fg_likelihood_bias(const struct fg_likelihood *result);
double fg_likelihood_spread(const struct fg_likelihood *result);

#endif
