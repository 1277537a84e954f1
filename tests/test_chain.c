/* Corpora of a few tokens by enumeration of all labelled states, tests of cells by their level, and chains by what they
 * are put to. */
#include "proofs/lab/cells.h"
#include "proofs/lab/chain.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char scratch[] = "/tmp/fugue-test-chain-XXXXXX";

static const struct fg_corpus corpus = {.docs = 3,
                                        .words = 3,
                                        .topics = 3,
                                        .n = 6,
                                        .alpha = 0.4,
                                        .beta = 0.7,
                                        .doc = {0, 0, 0, 1, 1, 2},
                                        .word = {0, 0, 1, 2, 0, 2}};
enum { STATES = 729 }; /* 3^6 */

static void close_to(double a, double b, double tolerance) {
  if (!(fabs(a - b) <= tolerance))
    fail_msg("%.17g and %.17g differ by %g", a, b, a - b);
}

static void state_of(unsigned code, uint8_t *z) {
  for (uint32_t i = 0; i < corpus.n; i++, code /= 3)
    z[i] = (uint8_t)(code % 3);
}

/* p(w, z) token by token: each given those before it, as Polya's urns have it. */
static double by_urns(const uint8_t *z) {
  double p = 1;
  for (uint32_t i = 0; i < corpus.n; i++) {
    double doc = 0, same_doc = 0, topic = 0, same_word = 0;
    for (uint32_t j = 0; j < i; j++) {
      doc += corpus.doc[j] == corpus.doc[i];
      same_doc += corpus.doc[j] == corpus.doc[i] && z[j] == z[i];
      topic += z[j] == z[i];
      same_word += z[j] == z[i] && corpus.word[j] == corpus.word[i];
    }
    p *= (same_doc + 0.4) / (doc + 3 * 0.4) * (same_word + 0.7) / (topic + 3 * 0.7);
  }
  return p;
}

static void posterior(void **state) {
  struct fg_partitions law;
  double p[STATES], sum = 0, size[7] = {0}, found[7];
  uint8_t z[FG_CORPUS_TOKENS];
  (void)state;
  assert_int_equal(fg_partitions_new(&corpus, &law), FG_OK);
  double *by_partition = calloc(law.n, sizeof *by_partition);
  for (unsigned s = 0; s < STATES; s++) {
    struct fg_corpus_counts counts;
    state_of(s, z);
    fg_corpus_count(&corpus, z, &counts);
    p[s] = by_urns(z);
    sum += p[s];
    close_to(fg_corpus_log_joint(&corpus, &counts), log(p[s]), 1e-12);
  }
  for (unsigned s = 0; s < STATES; s++) {
    uint32_t n = 0;
    state_of(s, z);
    by_partition[fg_partitions_find(&law, z)] += p[s] / sum;
    for (uint32_t i = 0; i < corpus.n; i++)
      n += z[i] == 1;
    size[n] += p[s] / sum;
  }
  fg_partitions_size_law(&law, found);
  for (unsigned n = 0; n < 7; n++)
    close_to(found[n], size[n], 1e-12);
  for (size_t i = 0; i < law.n; i++) {
    close_to(law.p[i], by_partition[i], 1e-12);
    fg_partitions_classes(&law, i, z);
    assert_int_equal(fg_partitions_find(&law, z), i);
  }
  free(by_partition);
  fg_partitions_free(&law);
}

/* Draws of the posterior, and words of the model, are in their cells as often as they should be. */
static void draws(void **state) {
  enum { N = 100000 };
  struct fg_partitions law;
  struct fg_rng rng;
  uint64_t first[3] = {0}, words[3] = {0};
  static const double thirds[] = {1.0 / 3, 1.0 / 3, 1.0 / 3};
  uint8_t z[FG_CORPUS_TOKENS];
  (void)state;
  assert_int_equal(fg_partitions_new(&corpus, &law), FG_OK);
  uint64_t *count = calloc(law.n, sizeof *count);
  fg_rng_start(&rng, 1, FG_STREAM_GENERATE, 0, 0);
  for (int a = 0; a < N; a++) {
    struct fg_corpus drawn = corpus;
    fg_partitions_draw(&law, &rng, z);
    count[fg_partitions_find(&law, z)]++;
    first[z[0]]++;
    fg_corpus_draw(&drawn, &rng, z, NULL);
    words[drawn.word[5]]++;
  }
  assert_true(fg_cells_distance(count, law.p, law.n, N, 1e-6, NULL).low <= 0);
  assert_true(fg_cells_distance(first, thirds, 3, N, 1e-6, NULL).low <= 0);
  assert_true(fg_cells_distance(words, thirds, 3, N, 1e-6, NULL).low <= 0);
  free(count);
  fg_partitions_free(&law);
}

/* a law of 40 cells from rare to frequent, and one that is `off` from it */
static void fill(double off, uint64_t seed, uint64_t n, double *p, uint64_t *count) {
  struct fg_rng rng;
  double sum = 0, q[40];
  for (int i = 0; i < 40; i++)
    sum += p[i] = exp(-0.15 * i);
  for (int i = 0; i < 40; i++) {
    p[i] /= sum;
    q[i] = p[i];
    count[i] = 0;
  }
  q[0] -= off;
  q[1] += off;
  fg_rng_start(&rng, seed, FG_STREAM_GENERATE, 0, 0);
  for (uint64_t a = 0; a < n; a++) {
    double u = fg_rng_uniform(&rng);
    int k = 0;
    while (k < 39 && u >= q[k])
      u -= q[k++];
    count[k]++;
  }
}

static void level(void **state) {
  enum { REPEATS = 4000, N = 2000 };
  double p[40], sum = 0;
  uint64_t count[40];
  unsigned alarms = 0;
  size_t cells;
  (void)state;
  for (int i = 0; i < REPEATS; i++) {
    fill(0, (uint64_t)i, N, p, count);
    struct fg_interval d = fg_cells_distance(count, p, 40, N, 0.01, &cells);
    alarms += d.low > 0;
    sum += d.estimate / REPEATS;
  }
  assert_true(cells < 40 && cells > 15);
  assert_in_range(alarms, 15, 65); /* 40 are to be expected */
  close_to(sum, 0, 4e-4);          /* unbiased */
  fill(0.05, 1, N, p, count);
  struct fg_interval d = fg_cells_distance(count, p, 40, N, 1e-6, NULL);
  assert_true(d.low > 0);
  assert_true(d.high > 0.05 * 0.05 * (1 / p[0] + 1 / p[1]));
}

static void variation(void **state) {
  double p[40];
  uint64_t chosen[40], count[40];
  (void)state;
  fill(0.05, 1, 20000, p, chosen);
  fill(0.05, 2, 20000, p, count);
  struct fg_interval v = fg_cells_variation(chosen, 20000, count, 20000, p, 40, 1e-3);
  assert_true(v.low > 0 && v.low < 0.05 && v.high > 0.04);
  fill(0, 3, 20000, p, chosen);
  fill(0, 4, 20000, p, count);
  v = fg_cells_variation(chosen, 20000, count, 20000, p, 40, 1e-3);
  assert_true(v.low < 0 && v.high > 0);
}

/* ---- chains */

struct watched {
  struct fg_corpus_counts counts;
  uint64_t looks, epochs;
};

static void see(void *self, uint64_t epochs, const struct fg_corpus_counts *counts) {
  struct watched *w = self;
  w->counts = *counts;
  w->epochs = epochs;
  w->looks++;
}

static bool same(const struct fg_corpus *c, const uint8_t *z, const struct fg_corpus_counts *counts) {
  struct fg_corpus_counts own;
  fg_corpus_count(c, z, &own);
  return memcmp(own.doc, counts->doc, sizeof own.doc) == 0 && memcmp(own.word, counts->word, sizeof own.word) == 0;
}

/* Set to topics, and to other words, a chain has them; a run goes on from there, and its counts are those of its
 * tokens. In a process of its own: it simulates. */
static enum fg_err play(const void *self, uint64_t i, void *result, struct fg_fault *fault) {
  static const struct fg_chain_plan plans[] = {
      {.sync = "fugue", .straggler = "none", .workers = 1, .epochs = 3, .waits = true},
      {.sync = "fugue", .straggler = "pareto:alpha=1.5", .workers = 3, .epochs = 3},
      {.sync = "barrier", .straggler = "none", .workers = 2, .epochs = 3, .drawn = true},
      {.sync = "nomad:blocks=1", .straggler = "none", .workers = 2, .epochs = 3, .simulated = true},
  };
  struct fg_chain chain = {0};
  struct fg_rng rng;
  uint8_t z[FG_CORPUS_TOKENS], got[FG_CORPUS_TOKENS];
  (void)result;
  fg_rng_start(&rng, i, FG_STREAM_GENERATE, 0, 0);
  enum fg_err err = fg_chain_open(&plans[i], &corpus, self, 1, &chain, fault);
  for (uint64_t n = 0; n < (plans[i].simulated ? 1 : 20) && !err; n++) {
    struct fg_corpus c = corpus;
    struct fg_corpus_counts was;
    struct watched w = {.looks = 0};
    const char *wrong = NULL;
    fg_corpus_draw(&c, &rng, z, NULL);
    fg_corpus_count(&c, z, &was);
    err = fg_chain_set(&chain, &c, z, n, fault);
    if (!err && (fg_chain_topics(&chain, got) != 0 || !same(&c, got, &was)))
      wrong = "topics, or their counts, are not those that were set";
    if (!err)
      err = fg_chain_play(&chain, n, &(struct fg_chain_look){&w, 1, see}, fault);
    if (!err && (w.looks != 4 || w.epochs != 3))
      wrong = "it was not looked at after every epoch";
    if (!err && (fg_chain_topics(&chain, got) != 0 || !same(&c, got, &w.counts)))
      wrong = "counts are not those of the tokens after a run";
    if (wrong)
      err = fg_fail(fault, FG_MISMATCH, NULL, 0, "%s", wrong);
  }
  fg_chain_close(&chain);
  return err;
}

static void chains(void **state) {
  struct fg_lab lab = {.seed = 1, .jobs = 2, .level = 1e-6, .scratch = scratch};
  struct fg_fault fault = {0};
  char path[FG_PATH_MAX], none[4];
  (void)state;
  assert_int_equal(fg_chain_data(&lab, &corpus, "corpus.txt", path, &fault), FG_OK);
  if (fg_lab_map(&lab, 4, play, path, 1, none, &fault))
    fail_msg("%s", fault.text);
}

static int make_scratch(void **state) {
  (void)state;
  return mkdtemp(scratch) ? 0 : 1;
}

static int drop_scratch(void **state) {
  char command[64];
  (void)state;
  snprintf(command, sizeof command, "rm -r %s", scratch);
  return system(command);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(posterior), cmocka_unit_test(draws),  cmocka_unit_test(level),
      cmocka_unit_test(variation), cmocka_unit_test(chains),
  };
  return cmocka_run_group_tests(tests, make_scratch, drop_scratch);
}
