/* A chain: the sampler of the core on a corpus of a few tokens, from any state and any number of times. A process
 * simulates one run, under stragglers, and replays it from then on (trial.h): the same machines, visits and counts of
 * extra draws, with other random numbers, from states, and on words, that are set. Data have a point for every pair of
 * document and word, of value 0 for most, so that other words change no block's points, and the log still fits. */
#ifndef FG_PROOFS_LAB_CHAIN_H
#define FG_PROOFS_LAB_CHAIN_H

#include "proofs/lab/corpus.h"
#include "proofs/lab/lab.h"
#include "proofs/lab/spoiled.h"
#include "proofs/lab/trial.h"

/* Everything is lent. */
struct fg_chain_plan {
  bool drawn;            /* collapsed=no: topics are drawn, too */
  const char *sync;      /* a strategy with strata, or ... */
  bool simulated;        /* ... any one, of which every play is a simulation of its own: once in a process */
  const char *straggler; /* slowdowns of what is simulated */
  uint32_t workers;
  uint64_t epochs;
  unsigned chunk; /* points that are drawn for at a time; 0: 1, as waits need it */
  bool waits; /* of fugue: waits of any length, drawn anew for every play (waits.h): Pareto 1.5, two passes at most */
  enum fg_spoil how;
};

struct fg_chain {
  struct fg_chain_plan plan;
  struct fg_corpus corpus; /* the present one */
  struct fg_trial *trial;
  struct fg_record record;
  struct fg_spoiled spoiled;
};

/* The data of a corpus, to a file of the scratch folder: before processes are forked. path: FG_PATH_MAX bytes, lent. */
enum fg_err fg_chain_data(const struct fg_lab *lab, const struct fg_corpus *corpus, const char *name, char *path,
                          struct fg_fault *fault);

/* Makes the chain ready, and simulates the run that it replays, with slowdowns by `seed`. path: as above; corpus: of as
 * many documents, words and tokens. *chain must be zero; freed by fg_chain_close, also after an error. Do not move it.
 */
enum fg_err fg_chain_open(const struct fg_chain_plan *plan, const struct fg_corpus *corpus, const char *path,
                          uint64_t seed, struct fg_chain *chain, struct fg_fault *fault);
void fg_chain_close(struct fg_chain *chain);

/* Puts the chain to the corpus (copied; all but its words as before) and the topics z (n entries, lent; NULL: no token
 * has one); topics that are drawn are drawn given z. */
enum fg_err fg_chain_set(struct fg_chain *chain, const struct fg_corpus *corpus, const uint8_t *z, uint64_t seed,
                         struct fg_fault *fault);

/* Runs all epochs from where it is put. look: told of the counts after every `every` epochs; NULL: none. */
struct fg_chain_look {
  void *self;
  uint64_t every;
  void (*see)(void *self, uint64_t epochs, const struct fg_corpus_counts *counts);
};
enum fg_err fg_chain_play(struct fg_chain *chain, uint64_t seed, const struct fg_chain_look *look,
                          struct fg_fault *fault);

/* Topics of the tokens as they are, n entries, out; tokens of one word and document in the order of the core. Returns
 * the number of counts, of documents and words, that are not those of the tokens. */
uint64_t fg_chain_topics(const struct fg_chain *chain, uint8_t *z);

#endif
