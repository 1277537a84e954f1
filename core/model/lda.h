/* What the two updates of the topic model share: parameters, and what the model says of a word; and what networks,
 * whose nodes are documents of their neighbours, take from both (mmnd.c). A row factor theta_d lies on the simplex of K
 * topics. Natural update: a column factor psi_w = p(topic | word) does too, and S_k = sum_w n_w psi_wk. Squared loss: a
 * column holds M p(word | topic), and S_k = 1/M sum_w w_wk, which is 1 after a rescale. Smoothed: thetahat_dk = (L_d
 * theta_dk + alpha) / (L_d + K alpha), phi_kw = (n_wk + beta) / (n_k + M beta) with the counts n_wk = n_w psi_wk, n_k =
 * S_k (natural), or n_wk = T/K w_wk / M, n_k = T/K S_k (squared; T the tokens of the corpus). */
#ifndef FG_CORE_MODEL_LDA_H
#define FG_CORE_MODEL_LDA_H

#include "core/model/model.h"

#define FG_PRIOR_LEAST 1e-6 /* alpha, beta */
#define FG_PRIOR_MOST  1e3

enum { FG_LDA_RANK, FG_LDA_ALPHA, FG_LDA_BETA, FG_LDA_LOSS };
enum { FG_LDA_NATURAL, FG_LDA_SQUARED }; /* values of loss= */

extern const struct fg_param fg_lda_params[];
extern const struct fg_model_type fg_model_lda_squared;

/* Counts that the estimates are smoothed by, and tokens that stand behind the factors. */
struct fg_lda_counts {
  double alpha, beta; /* prior count of a topic in a document, of a word in a topic */
  double col_tokens;  /* behind a column's entries; 0: the column's weight */
  double stat_tokens; /* behind those of the statistic */
};

/* The natural update (lda.c) with given alpha and beta; points of value 0 change nothing. */
void fg_lda_natural(const struct fg_model *model, const struct fg_view *view, const struct fg_point *points, size_t n,
                    double alpha, double beta, float eta);
void fg_lda_stat(const struct fg_model *model, const float *col_factor, const float *col_weight, uint32_t cols,
                 double *stat);
/* 1 / (n_k + M beta): `stride` doubles, 0 in the padding. */
void fg_lda_inverse(const struct fg_model *model, const struct fg_view *view, const struct fg_lda_counts *counts,
                    double *inverse);
/* sum over k of (L theta_k + alpha) phi_kw: (L + K alpha) p(w | d), for a row of weight L = `length`. */
double fg_lda_mixture(const struct fg_lda_counts *counts, const float *theta, const float *column,
                      const double *inverse, uint32_t stride, double length, double col_weight);
/* fg_lda_fold_in with given counts. */
enum fg_err fg_lda_infer(const struct fg_model *model, const struct fg_view *view, const struct fg_lda_counts *counts,
                         const struct fg_point *points, size_t n, float *row, float *row_weight);

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
/* alpha */
double fg_lda_mixture_prior(const struct fg_model *model, const struct fg_view *view);
/* phi_kw */
double fg_lda_topic_weight(const struct fg_model *model, const struct fg_view *view, uint32_t col, uint32_t k);

#endif
