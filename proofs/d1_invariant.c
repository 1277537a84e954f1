/* D1. Extra draws whose number does not depend on the state leave the posterior of a sampler as it is, where the
 * posterior is the law that every single draw leaves as it is: collapsed Gibbs sampling by one worker, and with topics
 * that are drawn (gibbs:collapsed=no) by any number of workers, whose draws do not depend on each other's given the
 * topics. Any sequence of such draws, of any length, does the same (Geman and Geman 1984; Liu 1994 for collapsing). A
 * length that depends on the state does not: a state in which draws stop is left less often than it is entered.
 *
 * Chains of the core start with an exact draw from the posterior of a corpus whose states can be enumerated, and are
 * looked at after six epochs: the law must be the posterior still, without any burn-in. Every chain gives one draw, so
 * that draws are independent and no autocorrelation need be known. One scene starts without topics, as runs do, and has
 * 25 epochs to forget that. Counts of extra draws are those of simulated runs with Pareto stragglers, of one worker
 * drawn.
 *
 * Parallel collapsed sampling, where each worker has totals that lag behind, has another law (Newman et al. 2009): its
 * distance from the posterior is reported. A sampler with steps (Langevin noise) has the posterior up to an error of
 * its step: it would be reported in the same way.
 *
 * Power: by one of five tables every control is at a distance of 0.016 or more in sum (q - p)^2 / p: X^2 of 130 among
 * 8,000 draws with a deviation of 23, where 43 is critical by the few cells of log p(z, w) or of sizes. */
#include "proofs/claims.h"
#include "proofs/lab/cells.h"
#include "proofs/lab/chain.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REAL, STOPPED, OWN, BETA, DEAF, LATE, STALE };

static const struct fg_corpus corpora[] = {
    /* every document has a word twice, or one that is nowhere else */
    {.docs = 4,
     .words = 5,
     .topics = 2,
     .n = 10,
     .alpha = 0.5,
     .beta = 0.3,
     .doc = {0, 0, 0, 1, 1, 1, 2, 2, 3, 3},
     .word = {0, 0, 1, 1, 2, 0, 2, 3, 4, 3}},
    /* more topics than lanes of a register */
    {.docs = 3,
     .words = 3,
     .topics = 20,
     .n = 7,
     .alpha = 0.1,
     .beta = 0.3,
     .doc = {0, 0, 0, 1, 1, 2, 2},
     .word = {0, 0, 1, 1, 2, 2, 0}},
    /* two blocks that the masses of topics tie to each other */
    {.docs = 2,
     .words = 2,
     .topics = 2,
     .n = 8,
     .alpha = 1,
     .beta = 1,
     .doc = {0, 0, 0, 0, 1, 1, 1, 1},
     .word = {0, 0, 0, 1, 0, 1, 1, 1}},
};

#define STRAGGLERS "pareto:alpha=1.5"
static const struct scene {
  const char *series;
  unsigned corpus;
  bool empty; /* starts without topics, as a run does */
  struct fg_chain_plan plan;
} scenes[] = {
    {"collapsed, 1 worker", 0, false, {.sync = "barrier", .workers = 1, .epochs = 6, .chunk = 64}},
    {"collapsed, 1 worker, 20 topics", 1, false, {.sync = "barrier", .workers = 1, .epochs = 6, .chunk = 64}},
    {"collapsed, 1 worker, extras", 0, false, {.sync = "fugue", .workers = 1, .epochs = 6, .waits = true}},
    {"collapsed, 1 worker, extras, 20 topics", 1, false, {.sync = "fugue", .workers = 1, .epochs = 6, .waits = true}},
    {"collapsed, 1 worker, extras, from nothing",
     0,
     true,
     {.sync = "fugue", .workers = 1, .epochs = 25, .waits = true}},
    {"topics drawn, barrier, 2 workers",
     0,
     false,
     {.drawn = true, .sync = "barrier", .workers = 2, .epochs = 6, .chunk = 64}},
    {"topics drawn, fugue, 2 workers", 0, false, {.drawn = true, .sync = "fugue", .workers = 2, .epochs = 6}},
    {"topics drawn, fugue, 2 workers, 2 words", 2, false, {.drawn = true, .sync = "fugue", .workers = 2, .epochs = 6}},
    {"topics drawn, fugue, 3 workers", 0, false, {.drawn = true, .sync = "fugue", .workers = 3, .epochs = 6}},
    {"topics drawn, fugue, 3 workers, 20 topics",
     1,
     false,
     {.drawn = true, .sync = "fugue", .workers = 3, .epochs = 6}},
};

/* Which scene shows what is broken. */
static const struct {
  unsigned scene;
  enum fg_spoil how;
} broken[] = {[STOPPED] = {2, FG_SPOIL_STOPPED}, [OWN] = {0, FG_SPOIL_OWN},   [BETA] = {0, FG_SPOIL_BETA},
              [DEAF] = {0, FG_SPOIL_DEAF},       [LATE] = {7, FG_SPOIL_LATE}, [STALE] = {8, FG_SPOIL_NOTHING}};

enum {
  SCENES = sizeof scenes / sizeof *scenes,
  RUNS = 32,   /* extra draws differ from run to run */
  DRAWS = 250, /* of a run */
  DRAWS_FULL = 5000,
  BINS = 12,
};

/* By what the law of the draws is compared with the posterior. */
enum { STATES, DENSITY, LARGEST, LAST_TOPIC, FIRST_TOKEN, TESTS };

struct work {
  const struct fg_lab *lab;
  struct fg_chain_plan plan;
  const struct fg_corpus *corpus;
  const struct fg_partitions *law; /* its posterior, where chains start; NULL: they start without topics */
  const char *data;
  uint64_t draws; /* of a run */
};

/* An item's result: counts that are not those of the tokens, then the topics of each draw. */
static enum fg_err run(const void *self, uint64_t i, void *result, struct fg_fault *fault) {
  const struct work *w = self;
  const struct fg_corpus *corpus = w->corpus;
  uint64_t seed = fg_seed_derive(w->lab->seed, i);
  uint8_t *z = (uint8_t *)result + sizeof(uint64_t), start[FG_CORPUS_TOKENS];
  struct fg_chain chain = {0};
  struct fg_rng rng;
  fg_rng_start(&rng, seed, FG_STREAM_GENERATE, 0, 0);
  enum fg_err err = fg_chain_open(&w->plan, corpus, w->data, seed, &chain, fault);
  for (uint64_t n = 0; n < w->draws && !err; n++, z += corpus->n) {
    uint64_t own = fg_seed_derive(seed, n);
    if (w->law)
      fg_partitions_draw(w->law, &rng, start);
    err = fg_chain_set(&chain, corpus, w->law ? start : NULL, own, fault);
    if (!err)
      err = fg_chain_play(&chain, own, NULL, fault);
    if (!err)
      *(uint64_t *)result += fg_chain_topics(&chain, z);
  }
  fg_chain_close(&chain);
  return err;
}

/* ---- judgement */

/* Cells of a statistic: count, and what the posterior says. */
struct table {
  const char *what;
  size_t n;
  uint64_t *count;
  double *p;
};

static uint32_t largest(const struct fg_corpus *c, const uint8_t *z) {
  uint32_t size[FG_CORPUS_TOPICS] = {0}, most = 0;
  for (uint32_t i = 0; i < c->n; i++)
    if (++size[z[i]] > most)
      most = size[z[i]];
  return most;
}

static uint32_t size_of(const struct fg_corpus *c, const uint8_t *z, uint32_t k) {
  uint32_t n = 0;
  for (uint32_t i = 0; i < c->n; i++)
    n += z[i] == k;
  return n;
}

struct ranked {
  double density;
  size_t i;
};

static int by_density(const void *a, const void *b) {
  const struct ranked *x = a, *y = b;
  return (x->density > y->density) - (x->density < y->density);
}

/* Bin of each partition: about as likely as each other, by rising log p(z, w). */
static enum fg_err bins_of(const struct fg_partitions *law, uint8_t *bin) {
  struct ranked *r = malloc(law->n * sizeof *r);
  double mass = 0;
  if (!r)
    return FG_ENOMEM;
  for (size_t i = 0; i < law->n; i++)
    r[i] = (struct ranked){law->density[i], i};
  qsort(r, law->n, sizeof *r, by_density);
  for (size_t i = 0; i < law->n; i++) {
    /* equally likely states, which arithmetic may tell apart, belong together */
    bool same = i > 0 && r[i].density - r[i - 1].density < 1e-9;
    bin[r[i].i] = same ? bin[r[i - 1].i] : (uint8_t)fmin(mass * BINS, BINS - 1);
    mass += law->p[r[i].i];
  }
  free(r);
  return FG_OK;
}

static enum fg_err tables_of(const struct fg_partitions *law, const uint8_t *z, uint64_t n, struct table *t) {
  const struct fg_corpus *c = law->corpus;
  const struct table empty[TESTS] = {[STATES] = {.what = "states, up to labels", .n = law->n},
                                     [DENSITY] = {.what = "log p(z, w)", .n = BINS},
                                     [LARGEST] = {.what = "tokens of the largest topic", .n = c->n + 1},
                                     [LAST_TOPIC] = {.what = "tokens of the last topic", .n = c->n + 1},
                                     [FIRST_TOKEN] = {.what = "topic of the first token", .n = c->topics}};
  uint8_t *bin = malloc(law->n), state[FG_CORPUS_TOKENS];
  enum fg_err err = bin ? bins_of(law, bin) : FG_ENOMEM;
  for (int k = 0; k < TESTS; k++) {
    t[k] = empty[k];
    t[k].count = calloc(t[k].n, sizeof *t[k].count);
    t[k].p = calloc(t[k].n, sizeof *t[k].p);
    if (!t[k].count || !t[k].p)
      err = FG_ENOMEM;
  }
  if (err)
    goto cleanup;
  for (size_t i = 0; i < law->n; i++) {
    fg_partitions_classes(law, i, state);
    t[STATES].p[i] = law->p[i];
    t[DENSITY].p[bin[i]] += law->p[i];
    t[LARGEST].p[largest(c, state)] += law->p[i];
  }
  fg_partitions_size_law(law, t[LAST_TOPIC].p);
  for (uint32_t k = 0; k < c->topics; k++)
    t[FIRST_TOKEN].p[k] = 1.0 / c->topics;
  for (uint64_t a = 0; a < n; a++, z += c->n) {
    size_t i = fg_partitions_find(law, z);
    t[STATES].count[i]++;
    t[DENSITY].count[bin[i]]++;
    t[LARGEST].count[largest(c, z)]++;
    t[LAST_TOPIC].count[size_of(c, z, c->topics - 1)]++;
    t[FIRST_TOKEN].count[z[0]]++;
  }
cleanup:
  free(bin);
  return err;
}

static void tables_free(struct table *t) {
  for (int k = 0; k < TESTS; k++) {
    free(t[k].count);
    free(t[k].p);
  }
}

static enum fg_err judge(const char *series, const struct table *t, uint64_t n, double level,
                         struct fg_findings *findings) {
  size_t cells;
  struct fg_interval d = fg_cells_distance(t->count, t->p, t->n, n, level, &cells);
  struct fg_finding f = {
      .relation = FG_AT_MOST, .bound = 0, .measured = d.estimate, .low = d.low, .high = d.high, .samples = n};
  snprintf(f.text, sizeof f.text, "%s: distance of the law from the posterior, sum (q - p)^2 / p, by %s (%zu cells)",
           series, t->what, cells);
  return fg_findings_add(findings, &f);
}

/* The law of one statistic, for the figure. */
static enum fg_err draw(const char *series, const struct table *t, uint64_t n, double level,
                        struct fg_findings *findings) {
  enum fg_err err = FG_OK;
  for (size_t k = 0; k < t->n && !err; k++) {
    if (!(t->p[k] > 0))
      continue;
    struct fg_interval i = fg_interval_proportion(t->count[k], n, level);
    struct fg_finding f = {.relation = FG_EQUAL,
                           .bound = t->p[k],
                           .measured = i.estimate,
                           .low = i.low,
                           .high = i.high,
                           .samples = n,
                           .series = series,
                           .x = (double)k};
    snprintf(f.text, sizeof f.text, "%s: probability of %zu %s", series, k, t->what);
    err = fg_findings_add(findings, &f);
  }
  return err;
}

/* ---- measurement */

static enum fg_err draws_of(const struct work *w, uint64_t runs, uint8_t **z, uint64_t *wrong, struct fg_fault *fault) {
  size_t bytes = w->draws * w->corpus->n, item = (sizeof(uint64_t) + bytes + 7) / 8 * 8;
  unsigned char *results = malloc(runs * item);
  *z = malloc(runs * bytes + 1);
  *wrong = 0;
  enum fg_err err = results && *z ? fg_lab_map(w->lab, runs, run, w, item, results, fault) : FG_ENOMEM;
  for (uint64_t i = 0; i < runs && !err; i++) {
    *wrong += *(uint64_t *)(void *)(results + i * item);
    memcpy(*z + i * bytes, results + i * item + sizeof(uint64_t), bytes);
  }
  free(results);
  return err;
}

/* Corpora, their posteriors and data. */
struct bench {
  struct fg_partitions law[sizeof corpora / sizeof *corpora];
  char data[sizeof corpora / sizeof *corpora][FG_PATH_MAX];
};

static enum fg_err bench_open(const struct fg_lab *lab, struct bench *b, struct fg_fault *fault) {
  enum fg_err err = FG_OK;
  for (unsigned k = 0; k < sizeof corpora / sizeof *corpora && !err; k++) {
    char name[32];
    snprintf(name, sizeof name, "corpus-%u.txt", k);
    err = fg_partitions_new(&corpora[k], &b->law[k]);
    if (!err)
      err = fg_chain_data(lab, &corpora[k], name, b->data[k], fault);
  }
  return err;
}

static void bench_close(struct bench *b) {
  for (unsigned k = 0; k < sizeof corpora / sizeof *corpora; k++)
    fg_partitions_free(&b->law[k]);
}

static struct fg_lab lab_of(const struct fg_lab *lab, uint64_t tag) {
  struct fg_lab own = *lab;
  own.seed = fg_seed_derive(lab->seed, tag);
  return own;
}

static enum fg_err measure_scene(const struct fg_lab *lab, const struct bench *b, unsigned s, unsigned variant,
                                 struct fg_findings *findings, struct fg_fault *fault) {
  const struct fg_lab own = lab_of(lab, s);
  const struct fg_partitions *law = &b->law[scenes[s].corpus];
  struct work w = {.lab = &own,
                   .plan = scenes[s].plan,
                   .corpus = law->corpus,
                   .law = scenes[s].empty ? NULL : law,
                   .data = b->data[scenes[s].corpus],
                   .draws = lab->full ? DRAWS_FULL : DRAWS};
  struct table t[TESTS] = {{0}};
  uint64_t n = RUNS * w.draws, wrong;
  uint8_t *z = NULL;
  const double level = lab->level / 2 / SCENES;
  w.plan.straggler = STRAGGLERS;
  if (variant)
    w.plan.how = broken[variant].how;
  if (variant == STALE)
    w.plan.drawn = false;
  enum fg_err err = draws_of(&w, RUNS, &z, &wrong, fault);
  if (!err)
    err = tables_of(law, z, n, t);
  for (int k = 0; k < TESTS && !err; k++)
    err = judge(scenes[s].series, &t[k], n, level / TESTS, findings);
  if (!err && scenes[s].corpus == 0) /* what is drawn is one law */
    err = draw(scenes[s].series, &t[LARGEST], n, level / (law->corpus->n + 1), findings);
  if (!err)
    err = fg_findings_count(findings, scenes[s].series, "counts that are not those of the tokens", wrong, n);
  tables_free(t);
  free(z);
  return err;
}

/* ---- parallel collapsed sampling, of which nothing is claimed */

static const struct {
  const char *name;
  struct fg_chain_plan plan;
} stale[] = {
    {"collapsed, fugue, 3 workers", {.sync = "fugue", .workers = 3, .epochs = 10}},
    {"collapsed, barrier, 3 workers", {.sync = "barrier", .workers = 3, .epochs = 10}},
    {"collapsed, fugue, 2 workers", {.sync = "fugue", .workers = 2, .epochs = 10}},
    {"collapsed, barrier, 2 workers", {.sync = "barrier", .workers = 2, .epochs = 10}},
    {"collapsed, nomad, 2 workers", {.sync = "nomad:blocks=2", .workers = 2, .epochs = 10, .simulated = true}},
};
enum { STALE_SCENES = sizeof stale / sizeof *stale, STALE_QUICK = 1 };

static enum fg_err report(const char *series, const char *name, const char *what, double x, uint64_t n,
                          const struct fg_interval *v, struct fg_findings *findings) {
  struct fg_finding f = {.relation = FG_EQUAL,
                         .bound = NAN,
                         .measured = v->estimate,
                         .low = v->low,
                         .high = v->high,
                         .samples = n,
                         .not_applicable = "totals lag behind: the posterior is not its law",
                         .panel = 1,
                         .series = x > 0 ? series : NULL,
                         .x = x};
  snprintf(f.text, sizeof f.text, "%s: total variation distance from the posterior, at least, by %s, level 0.001", name,
           what);
  return fg_findings_add(findings, &f);
}

/* Half of the draws choose the set, the others are counted in it. */
static enum fg_err report_law(const struct work *w, uint64_t runs, const char *series, const char *name, bool sized,
                              struct fg_findings *findings, struct fg_fault *fault) {
  struct table t[2][TESTS] = {{{0}}};
  uint64_t wrong, half = runs * w->draws / 2;
  uint8_t *z = NULL;
  enum fg_err err = draws_of(w, runs, &z, &wrong, fault);
  for (int k = 0; k < 2 && !err; k++)
    err = tables_of(w->law, z + k * half * w->corpus->n, half, t[k]);
  for (int k = sized ? LARGEST : 0; k <= LARGEST && !err; k++) {
    struct fg_interval v = fg_cells_variation(t[0][k].count, half, t[1][k].count, half, t[1][k].p, t[1][k].n, 1e-3);
    err = report(series, name, t[0][k].what, k == LARGEST ? w->corpus->n : 0, half, &v, findings);
  }
  for (int k = 0; k < 2; k++)
    tables_free(t[k]);
  free(z);
  return err;
}

static enum fg_err report_stale(const struct fg_lab *lab, const struct bench *b, unsigned s,
                                struct fg_findings *findings, struct fg_fault *fault) {
  const struct fg_lab own = lab_of(lab, SCENES + s);
  struct work w = {.lab = &own,
                   .plan = stale[s].plan,
                   .corpus = &corpora[0],
                   .law = &b->law[0],
                   .data = b->data[0],
                   .draws = lab->full ? DRAWS_FULL : DRAWS};
  uint64_t runs = RUNS;
  w.plan.straggler = STRAGGLERS;
  if (w.plan.simulated) {
    runs = 20000;
    w.draws = 1;
  }
  return report_law(&w, runs, stale[s].name, stale[s].name, false, findings, fault);
}

/* The same corpus larger: four documents, two words in each, every word in two of them. */
static enum fg_err report_size(const struct fg_lab *lab, uint32_t tokens, struct fg_findings *findings,
                               struct fg_fault *fault) {
  struct fg_corpus corpus = {.docs = 4, .words = 4, .topics = 2, .n = tokens, .alpha = 0.5, .beta = 0.3};
  struct fg_partitions law;
  char path[FG_PATH_MAX], name[64];
  for (uint32_t i = 0; i < tokens; i++) {
    corpus.doc[i] = (uint8_t)(i * 4 / tokens);
    corpus.word[i] = (uint8_t)((corpus.doc[i] + i % 2) % 4);
  }
  snprintf(name, sizeof name, "corpus-of-%u.txt", tokens);
  enum fg_err err = fg_partitions_new(&corpus, &law);
  if (!err)
    err = fg_chain_data(lab, &corpus, name, path, fault);
  for (unsigned s = 0; s < 2 && !err; s++) {
    const struct fg_lab own = lab_of(lab, 1000 + 2 * tokens + s);
    struct work w = {
        .lab = &own, .plan = stale[s].plan, .corpus = &corpus, .law = &law, .data = path, .draws = DRAWS_FULL / 4};
    w.plan.straggler = STRAGGLERS;
    snprintf(name, sizeof name, "%s, %u tokens", stale[s].name, tokens);
    err = report_law(&w, RUNS, stale[s].name, name, true, findings, fault);
  }
  fg_partitions_free(&law);
  return err;
}

static enum fg_err report_all(const struct fg_lab *lab, const struct bench *b, struct fg_findings *findings,
                              struct fg_fault *fault) {
  enum fg_err err = FG_OK;
  for (unsigned s = 0; s < (lab->full ? STALE_SCENES : STALE_QUICK) && !err; s++)
    err = report_stale(lab, b, s, findings, fault);
  for (uint32_t tokens = 4; tokens <= 16 && !err && lab->full; tokens += 4)
    err = report_size(lab, tokens, findings, fault);
  return err;
}

static enum fg_err measure(const struct fg_lab *lab, unsigned variant, struct fg_findings *findings,
                           struct fg_fault *fault) {
  struct bench b = {0};
  enum fg_err err = bench_open(lab, &b, fault);
  for (unsigned s = 0; s < SCENES && !err; s++)
    if (!variant || s == broken[variant].scene)
      err = measure_scene(lab, &b, s, variant, findings, fault);
  if (!err && !variant)
    err = report_all(lab, &b, findings, fault);
  bench_close(&b);
  return err;
}

const struct fg_claim fg_claim_d1 = {
    .id = "D1",
    .title = "extra draws keep the posterior",
    .kind = FG_CLAIM_STATISTICAL,
    .statement =
        "extra draws whose number does not depend on the state leave the posterior p(z | w) as it is where it is the "
        "sampler's law: gibbs by one worker, gibbs:collapsed=no by any number under barrier and fugue. Parallel "
        "collapsed sampling with totals that lag behind: its distance from the posterior is reported, nothing claimed",
    .assumptions = "counts and timing that do not depend on what is drawn; weights in float",
    .source = "Geman and Geman 1984, Griffiths and Steyvers 2004; of extra draws ours",
    .power = 0.99,
    .controls =
        (const struct fg_control[]){{"stopped", "extra draws end once topic 0 has more than half of the tokens"},
                                    {"own", "the token that is drawn for is counted"},
                                    {"beta", "totals are smoothed by beta in place of M beta"},
                                    {"deaf", "the counts of one document do not change"},
                                    {"late", "draws go on between the draw of topics and the release"},
                                    {"stale", "parallel collapsed sampling is judged as if it were exact"},
                                    {0}},
    .panels = (const struct fg_panel[]){{"10 tokens, states by their largest topic", "tokens of the largest topic",
                                         "probability", false, false},
                                        {"parallel collapsed sampling (nothing is claimed)", "tokens of the corpus",
                                         "distance from the posterior (at least)", true, false},
                                        {0}},
    .measure = measure,
};
