/* What the two updates of the topic model share: parameters, and what the model says of a word.
 * A row factor theta_d lies on the simplex of K topics. Natural update: a column factor psi_w = p(topic | word) does
 * too, and S_k = sum_w n_w psi_wk. Squared loss: a column holds M p(word | topic), and S_k = 1/M sum_w w_wk, which is 1
 * after a rescale. Smoothed: thetahat_dk = (L_d theta_dk + alpha) / (L_d + K alpha), phi_kw = (n_wk + beta) / (n_k + M
 * beta) with the counts n_wk = n_w psi_wk, n_k = S_k (natural), or n_wk = T/K w_wk / M, n_k = T/K S_k (squared; T the
 * tokens of the corpus). */
#ifndef FG_CORE_MODEL_LDA_H
#define FG_CORE_MODEL_LDA_H

#include "core/model/model.h"

enum { FG_LDA_RANK, FG_LDA_ALPHA, FG_LDA_BETA, FG_LDA_LOSS };
enum { FG_LDA_NATURAL, FG_LDA_SQUARED }; /* values of loss= */

extern const struct fg_param fg_lda_params[];
extern const struct fg_model_type fg_model_lda_squared;

enum fg_err fg_lda_setup(struct fg_model *model, struct fg_fault *fault);

/* Adds -c log p(w | d) to metric and c to weight. */
void fg_lda_score(const struct fg_model *model, const struct fg_view *view, const struct fg_point *points, size_t n,
                  struct fg_score *score);
/* exp(metric / weight); NAN without points */
double fg_lda_perplexity(const struct fg_score *score);
/* theta of an unseen document: EM on sum c log (sum_k (L theta_k + alpha) phi_kw) from the centre, to
 * a change of 1e-6. */
enum fg_err fg_lda_fold_in(const struct fg_model *model, const struct fg_view *view, const struct fg_point *points,
                           size_t n, float *row, float *row_weight);
/* phi_kw */
double fg_lda_topic_weight(const struct fg_model *model, const struct fg_view *view, uint32_t col, uint32_t k);

#endif
