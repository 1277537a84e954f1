/* A corpus of a few tokens: the topic model whose posterior is known. theta_d ~ Dirichlet(alpha), phi_k ~
 * Dirichlet(beta), a topic z_i ~ theta_d and a word w_i ~ phi_z for every token (Griffiths and Steyvers 2004).
 *
 * Labels of topics are exchangeable, so that a state z is a partition of the tokens into at most K classes, and labels
 * that are uniform given it: the posterior has one number for every partition, and any K can be enumerated. */
#ifndef FG_PROOFS_LAB_CORPUS_H
#define FG_PROOFS_LAB_CORPUS_H

#include "core/err.h"
#include "core/rng.h"

#include <stddef.h>
#include <stdint.h>

enum { FG_CORPUS_TOKENS = 256, FG_CORPUS_SIDE = 32, FG_CORPUS_TOPICS = 32 };

struct fg_corpus {
  uint32_t docs, words, topics, n; /* documents and words: at most FG_CORPUS_SIDE */
  double alpha, beta;
  uint8_t doc[FG_CORPUS_TOKENS], word[FG_CORPUS_TOKENS]; /* of token i < n; doc rising */
};

/* Counts of the tokens by topic; drawn: topics where they are drawn, too (gibbs:collapsed=no), up to a factor for each
 * topic. */
struct fg_corpus_counts {
  double doc[FG_CORPUS_SIDE][FG_CORPUS_TOPICS], word[FG_CORPUS_SIDE][FG_CORPUS_TOPICS];
  double drawn[FG_CORPUS_SIDE][FG_CORPUS_TOPICS];
};

/* Counts of topics z (n entries, lent); drawn: 0. */
void fg_corpus_count(const struct fg_corpus *corpus, const uint8_t *z, struct fg_corpus_counts *counts);

/* log p(z, w) with theta and phi integrated out. */
double fg_corpus_log_joint(const struct fg_corpus *corpus, const struct fg_corpus_counts *counts);

/* Draws topics z (n entries, out) and words (of the corpus) from the model; documents keep their lengths. phi: words x
 * FG_CORPUS_TOPICS, out: the topics that words were drawn from; may be NULL. */
void fg_corpus_draw(struct fg_corpus *corpus, struct fg_rng *rng, uint8_t *z, double (*phi)[FG_CORPUS_TOPICS]);

/* Draws words anew given topics z: phi_k ~ Dirichlet(beta), then words; so from p(w | z). */
void fg_corpus_draw_words(struct fg_corpus *corpus, struct fg_rng *rng, const uint8_t *z,
                          double (*phi)[FG_CORPUS_TOPICS]);

/* The posterior p(z | w): of every partition. */
struct fg_partitions {
  const struct fg_corpus *corpus; /* lent */
  size_t n;
  uint64_t *key;   /* n entries, rising: of a partition, four bits for each token's class, numbered as they appear */
  double *p;       /* n entries: of all its labellings together */
  double *below;   /* n entries: of those before it */
  double *density; /* n entries: log p(z, w), which all its labellings share */
};

/* Enumerates; at most 16 tokens. FG_ENOMEM. Freed by fg_partitions_free. */
enum fg_err fg_partitions_new(const struct fg_corpus *corpus, struct fg_partitions *partitions);
void fg_partitions_free(struct fg_partitions *partitions);

/* The number of the partition that z belongs to. */
size_t fg_partitions_find(const struct fg_partitions *partitions, const uint8_t *z);

/* The classes of partition i as topics, numbered as they appear; z: n entries, out. */
void fg_partitions_classes(const struct fg_partitions *partitions, size_t i, uint8_t *z);

/* Draws z (n entries, out) from the posterior. */
void fg_partitions_draw(const struct fg_partitions *partitions, struct fg_rng *rng, uint8_t *z);

/* Tokens of topic k, 0 <= k < K, any k: p[m] for m = 0 .. n tokens; n + 1 entries, out. */
void fg_partitions_size_law(const struct fg_partitions *partitions, double *p);

#endif
