/* D2. The sampler draws from the posterior of any data that its model makes. Two tests, neither of which knows a
 * posterior:
 *
 * - calibration (Cook, Gelman and Rubin 2006; Talts et al. 2018): parameters and data from the prior, the sampler on
 * the data, from nothing; then the true value of a statistic has a uniform rank among its values at L draws of the
 *   posterior, however uninformative the data are;
 * - the joint law (Geweke 2004): draws of the topics given the words by the sampler, and of the words given the topics,
 *   in turn, leave the joint law of the model as it is. Chains start with a draw from it, and the rank of the statistic
 *   after some turns among L other draws is uniform.
 *
 * A run of the core is on data that stay. So it is played for an epoch or two, the topics of its tokens are read, words
 * are drawn, the values of the points are set, topics and counts are put back (chain.h), and it is played again.
 *
 * Power: "own", the weakest control, moves the ranks of pairs of tokens in a topic by 0.019 or more in sum (q - p)^2 /
 * p; among 6,400 that is an X^2 of 129 with a deviation of 22, and 38 is critical. */
#include "proofs/claims.h"
#include "proofs/lab/cells.h"
#include "proofs/lab/chain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REAL, STOPPED, OWN, BETA, DEAF };
enum { CALIBRATION, JOINT, TESTS };
enum { DENSITY, LABEL, SIZES, WORDS, DOCUMENT, TOPICS, STATISTICS };
static const char *const statistics[STATISTICS] = {"log p(z, w)",
                                                   "tokens of topic 0",
                                                   "pairs of tokens in a topic",
                                                   "pairs of words 0 and 1 in a topic",
                                                   "pairs of tokens of document 0 in a topic",
                                                   "sum over k of phi_0k phi_1k"};

/* Ranks are among L draws. The joint law: TURNS turns of TURN epochs. */
enum { L = 7, RANKS = L + 1, TURN = 2, TURNS = 8, RUNS = 8, FULL = 12 };

#define SHAPE                                                                                                          \
  .docs = 3, .words = 4, .topics = 2, .n = 12, .doc = {0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2},                            \
  .word = {0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3}
static const struct fg_corpus sharp = {SHAPE, .alpha = 0.5, .beta = 0.5}, even = {SHAPE, .alpha = 1, .beta = 0.7};

static const struct scene {
  const char *series;
  const struct fg_corpus *corpus; /* priors; documents and their lengths */
  uint64_t repeats;               /* of a run; FULL times as many with --full */
  unsigned thin; /* calibration: draws are so many epochs apart, and the first comes after three times as many */
  struct fg_chain_plan plan;
} scenes[] = {
    {"collapsed, 1 worker, extras", &sharp, 800, 6, {.sync = "fugue", .workers = 1, .waits = true}},
    /* slow to change the labels, where priors are sharp */
    {"topics drawn, fugue, 2 workers", &even, 200, 8, {.drawn = true, .sync = "fugue", .workers = 2}},
    {"topics drawn, barrier, 3 workers", &even, 200, 8, {.drawn = true, .sync = "barrier", .workers = 3, .chunk = 64}},
};
enum { SCENES = sizeof scenes / sizeof *scenes };

static const enum fg_spoil broken[] = {
    [STOPPED] = FG_SPOIL_STOPPED, [OWN] = FG_SPOIL_OWN, [BETA] = FG_SPOIL_BETA, [DEAF] = FG_SPOIL_DEAF};

/* Labels change places so slowly that draws would have to be far apart; the joint law needs no mixing. */
static bool has(const struct scene *s, int test, int statistic) {
  if (statistic == LABEL && test == CALIBRATION)
    return false;
  return statistic != TOPICS || s->plan.drawn;
}

/* Statistics of a state. phi: of topics that are drawn, or NULL: those of counts->drawn, which are no probabilities
 * yet.
 */
static void measure_state(const struct fg_corpus *c, const struct fg_corpus_counts *counts,
                          double (*phi)[FG_CORPUS_TOPICS], double *x) {
  memset(x, 0, STATISTICS * sizeof *x);
  x[DENSITY] = fg_corpus_log_joint(c, counts);
  for (uint32_t w = 0; w < c->words; w++)
    x[LABEL] += counts->word[w][0];
  for (uint32_t k = 0; k < c->topics; k++) {
    double mass = 0, tokens = 0;
    for (uint32_t w = 0; w < c->words; w++) {
      mass += phi ? phi[w][k] : counts->drawn[w][k];
      tokens += counts->word[w][k];
    }
    x[SIZES] += tokens * tokens;
    x[WORDS] += counts->word[0][k] * counts->word[1][k];
    x[DOCUMENT] += counts->doc[0][k] * counts->doc[0][k];
    if (mass > 0)
      x[TOPICS] += (phi ? phi[0][k] * phi[1][k] : counts->drawn[0][k] * counts->drawn[1][k]) / (mass * mass);
  }
}

/* The model's own draw: words of c, topics z, statistics x. */
static void draw_all(struct fg_corpus *c, struct fg_rng *rng, uint8_t *z, double *x) {
  double phi[FG_CORPUS_SIDE][FG_CORPUS_TOPICS];
  struct fg_corpus_counts counts;
  fg_corpus_draw(c, rng, z, phi);
  fg_corpus_count(c, z, &counts);
  measure_state(c, &counts, phi, x);
}

/* Ranks so far, of one value among L others for every statistic; equal ones are ordered by lot. */
struct tally {
  uint64_t rank[STATISTICS][RANKS];
};

static void add_rank(struct tally *t, struct fg_rng *rng, const double *of, double (*among)[STATISTICS]) {
  for (unsigned s = 0; s < STATISTICS; s++) {
    uint32_t below = 0, equal = 0;
    for (unsigned i = 0; i < L; i++) {
      /* sums of the same terms in another order are equal */
      double off = among[i][s] - of[s];
      below += off < -1e-9;
      equal += off >= -1e-9 && off <= 1e-9;
    }
    t->rank[s][below + fg_rng_below(rng, equal + 1)]++;
  }
}

/* What a chain is seen to be at. */
struct view {
  const struct fg_corpus *corpus;
  uint64_t first, n; /* looks of the chain that are kept: from this epoch on; how many there are */
  double x[L][STATISTICS];
};

static void see(void *self, uint64_t epochs, const struct fg_corpus_counts *counts) {
  struct view *v = self;
  if (epochs >= v->first && v->n < L)
    measure_state(v->corpus, counts, NULL, v->x[v->n++]);
}

static enum fg_err calibrate(const struct scene *s, struct fg_chain *chain, struct fg_rng *rng, uint64_t seed,
                             struct tally *t, struct fg_fault *fault) {
  struct fg_corpus c = *s->corpus;
  struct view v = {.corpus = &c, .first = 3 * s->thin};
  uint8_t z[FG_CORPUS_TOKENS];
  double truth[STATISTICS];
  draw_all(&c, rng, z, truth);
  enum fg_err err = fg_chain_set(chain, &c, NULL, seed, fault);
  if (!err)
    err = fg_chain_play(chain, seed, &(struct fg_chain_look){&v, s->thin, see}, fault);
  if (!err)
    add_rank(t, rng, truth, v.x);
  return err;
}

static enum fg_err take_turns(const struct scene *s, struct fg_chain *chain, struct fg_rng *rng, uint64_t seed,
                              struct tally *t, struct fg_fault *fault) {
  struct fg_corpus c = *s->corpus, other = c;
  struct view v;
  uint8_t z[FG_CORPUS_TOKENS], rest[FG_CORPUS_TOKENS];
  double x[STATISTICS], among[L][STATISTICS];
  enum fg_err err = FG_OK;
  draw_all(&c, rng, z, x);
  for (unsigned i = 0; i < TURNS && !err; i++) {
    uint64_t own = fg_seed_derive(seed, i);
    if (i > 0)
      fg_corpus_draw_words(&c, rng, z, NULL);
    v = (struct view){.corpus = &c, .first = TURN};
    err = fg_chain_set(chain, &c, z, own, fault);
    if (!err)
      err = fg_chain_play(chain, own, &(struct fg_chain_look){&v, TURN, see}, fault);
    if (!err)
      fg_chain_topics(chain, z);
  }
  for (unsigned i = 0; i < L; i++)
    draw_all(&other, rng, rest, among[i]);
  if (!err)
    add_rank(t, rng, v.x[0], among);
  return err;
}

struct work {
  const struct fg_lab *lab;
  const struct scene *scene;
  struct fg_chain_plan plan;
  const char *data;
  uint64_t repeats; /* of an item */
  int test;
};

static enum fg_err run(const void *self, uint64_t i, void *result, struct fg_fault *fault) {
  const struct work *w = self;
  uint64_t seed = fg_seed_derive(w->lab->seed, i);
  struct fg_chain chain = {0};
  struct fg_rng rng;
  fg_rng_start(&rng, seed, FG_STREAM_GENERATE, 0, 0);
  enum fg_err err = fg_chain_open(&w->plan, w->scene->corpus, w->data, seed, &chain, fault);
  for (uint64_t n = 0; n < w->repeats && !err; n++)
    err = (w->test == JOINT ? take_turns : calibrate)(w->scene, &chain, &rng, fg_seed_derive(seed, n), result, fault);
  fg_chain_close(&chain);
  return err;
}

/* ---- judgement */

static enum fg_err draw_ranks(const struct scene *s, int test, const uint64_t *rank, uint64_t n, double level,
                              struct fg_findings *findings) {
  enum fg_err err = FG_OK;
  for (unsigned r = 0; r < RANKS && !err; r++) {
    struct fg_interval i = fg_interval_proportion(rank[r], n, level / RANKS);
    struct fg_finding f = {.relation = FG_EQUAL,
                           .bound = 1.0 / RANKS,
                           .measured = i.estimate,
                           .low = i.low,
                           .high = i.high,
                           .samples = n,
                           .panel = test == JOINT,
                           .series = s->series,
                           .x = r};
    snprintf(f.text, sizeof f.text, "%s, %s: share of rank %u of %d, %s", s->series,
             test == JOINT ? "joint law" : "calibration", r, L, statistics[DENSITY]);
    err = fg_findings_add(findings, &f);
  }
  return err;
}

static enum fg_err judge(const struct scene *s, int test, const struct tally *t, uint64_t n, double level,
                         struct fg_findings *findings) {
  double uniform[RANKS];
  enum fg_err err = FG_OK;
  for (unsigned r = 0; r < RANKS; r++)
    uniform[r] = 1.0 / RANKS;
  for (int k = 0; k < STATISTICS && !err; k++) {
    if (!has(s, test, k))
      continue;
    struct fg_interval d = fg_cells_distance(t->rank[k], uniform, RANKS, n, level / (STATISTICS + 1), NULL);
    struct fg_finding f = {
        .relation = FG_AT_MOST, .bound = 0, .measured = d.estimate, .low = d.low, .high = d.high, .samples = n};
    snprintf(f.text, sizeof f.text, "%s, %s: distance of ranks from uniform, sum (q - p)^2 / p, of %s", s->series,
             test == JOINT ? "joint law" : "calibration", statistics[k]);
    err = fg_findings_add(findings, &f);
  }
  return err ? err : draw_ranks(s, test, t->rank[DENSITY], n, level / (STATISTICS + 1), findings);
}

static enum fg_err measure_test(const struct fg_lab *lab, const char *data, unsigned s, int test, unsigned variant,
                                struct fg_findings *findings, struct fg_fault *fault) {
  struct fg_lab own = *lab;
  own.seed = fg_seed_derive(lab->seed, s * TESTS + (unsigned)test);
  struct work w = {.lab = &own,
                   .scene = &scenes[s],
                   .plan = scenes[s].plan,
                   .data = data,
                   .repeats = scenes[s].repeats * (lab->full ? FULL : 1),
                   .test = test};
  struct tally tally[RUNS], all = {{{0}}};
  w.plan.straggler = "pareto:alpha=1.5";
  w.plan.how = broken[variant];
  w.plan.epochs = test == JOINT ? TURN : (L + 2) * scenes[s].thin;
  enum fg_err err = fg_lab_map(&own, RUNS, run, &w, sizeof *tally, tally, fault);
  for (unsigned i = 0; i < RUNS && !err; i++)
    for (unsigned k = 0; k < STATISTICS; k++)
      for (unsigned r = 0; r < RANKS; r++)
        all.rank[k][r] += tally[i].rank[k][r];
  return err ? err : judge(&scenes[s], test, &all, RUNS * w.repeats, lab->level / (SCENES * TESTS), findings);
}

static enum fg_err measure(const struct fg_lab *lab, unsigned variant, struct fg_findings *findings,
                           struct fg_fault *fault) {
  char data[FG_PATH_MAX];
  enum fg_err err = fg_chain_data(lab, &even, "calibrated.txt", data, fault);
  for (unsigned s = 0; s < (variant ? 1 : SCENES) && !err; s++) /* controls are of the first scene */
    for (int test = 0; test < TESTS && !err; test++)
      err = measure_test(lab, data, s, test, variant, findings, fault);
  return err;
}

const struct fg_claim fg_claim_d2 = {
    .id = "D2",
    .title = "samplers are calibrated",
    .kind = FG_CLAIM_STATISTICAL,
    .statement = "with parameters and data from the model the true value of a statistic has a uniform rank among draws "
                 "of the sampler, and draws of topics by the sampler in turn with draws of words leave the joint law "
                 "of the model as it is: gibbs by one worker, gibbs:collapsed=no by any number, with extra draws",
    .assumptions =
        "counts and timing that do not depend on what is drawn; chains so long that their start is forgotten "
        "(calibration: 18 or 24 epochs, then every sixth or eighth); weights in float",
    .source = "Geweke 2004; Cook, Gelman and Rubin 2006; Talts et al. 2018",
    .power = 0.99,
    .controls =
        (const struct fg_control[]){{"stopped", "extra draws end once topic 0 has more than half of the tokens"},
                                    {"own", "the token that is drawn for is counted"},
                                    {"beta", "totals are smoothed by beta in place of M beta"},
                                    {"deaf", "the counts of one document do not change"},
                                    {0}},
    .panels =
        (const struct fg_panel[]){
            {"calibration: log p(z, w)", "rank of the truth among 7 draws", "share", false, false},
            {"joint law: log p(z, w)", "rank after turns among 7 draws of the model", "share", false, false},
            {0}},
    .measure = measure,
};
