/* The generative process of latent Dirichlet allocation (Blei, Ng, Jordan 2003): topics phi_k ~ Dirichlet(beta) over
 * the words; per document theta ~ Dirichlet(alpha), a length ~ Poisson (at least 1), and for each of its tokens a topic
 * from theta and a word from that topic. */
#include "core/data/generate.h"

#include "core/data/placement.h"
#include "core/rng.h"

#include <stdlib.h>

static const struct fg_param params[] = {
    {"docs", "rows", FG_PARAM_COUNT, NULL, 1, 4294967295.0, NULL, "number of documents"},
    {"words", "cols", FG_PARAM_COUNT, NULL, 2, 4294967295.0, NULL, "number of words"},
    {"topics", "rank", FG_PARAM_COUNT, "20", 1, 65536, NULL, "number of topics"},
    {"length", NULL, FG_PARAM_REAL, "200", 1, 1e6, NULL, "mean length of a document in tokens"},
    {"alpha", NULL, FG_PARAM_REAL, "0.1", 1e-4, 1e6, NULL, "Dirichlet parameter of a document's topics"},
    {"beta", NULL, FG_PARAM_REAL, "0.01", 1e-4, 1e6, NULL, "Dirichlet parameter of a topic's words"},
    {0},
};
enum { DOCS, WORDS, TOPICS, LENGTH, ALPHA, BETA };

struct lda {
  uint32_t words, topics;
  double *prior, *drawn;      /* as many as there are words or topics, whichever are more: Dirichlet in and out */
  gsl_ran_discrete_t **topic; /* draws a word of a topic */
  uint32_t *count;            /* per word: tokens of the current document */
  uint32_t *used;             /* the words it uses */
  gsl_rng *rng;
};

static void draw_dirichlet(struct lda *lda, uint32_t n, double parameter) {
  for (uint32_t i = 0; i < n; i++)
    lda->prior[i] = parameter;
  if (n == 1)
    lda->drawn[0] = 1;
  else
    gsl_ran_dirichlet(lda->rng, n, lda->prior, lda->drawn);
}

static enum fg_err draw_topics(struct lda *lda, uint64_t seed, double beta) {
  for (uint32_t k = 0; k < lda->topics; k++) {
    fg_rng_gsl_start(lda->rng, seed, FG_STREAM_GENERATE, k, FG_SUB_COL);
    draw_dirichlet(lda, lda->words, beta);
    lda->topic[k] = gsl_ran_discrete_preproc(lda->words, lda->drawn);
    if (!lda->topic[k])
      return FG_ENOMEM;
  }
  return FG_OK;
}

static int compare_words(const void *a, const void *b) {
  uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return x < y ? -1 : x > y;
}

static enum fg_err draw_document(struct lda *lda, uint64_t seed, uint32_t document, const double *v,
                                 struct fg_points *points) {
  fg_rng_gsl_start(lda->rng, seed, FG_STREAM_GENERATE, document, FG_SUB_ROW);
  draw_dirichlet(lda, lda->topics, v[ALPHA]);
  unsigned length = gsl_ran_poisson(lda->rng, v[LENGTH]);
  length = length ? length : 1;
  uint32_t n = 0;
  for (unsigned t = 0; t < length; t++) {
    double u = gsl_rng_uniform(lda->rng);
    uint32_t k = 0;
    while (k + 1 < lda->topics && u >= lda->drawn[k])
      u -= lda->drawn[k++];
    uint32_t word = (uint32_t)gsl_ran_discrete(lda->rng, lda->topic[k]);
    if (!lda->count[word]++)
      lda->used[n++] = word;
  }
  qsort(lda->used, n, sizeof *lda->used, compare_words);
  enum fg_err err = FG_OK;
  for (uint32_t i = 0; i < n && !err; i++) {
    err = fg_points_push(points, document, lda->used[i], (float)lda->count[lda->used[i]]);
    lda->count[lda->used[i]] = 0;
  }
  return err;
}

/* Shares of topics in a document, or of words in a topic. */
static enum fg_err planted(const struct fg_values *values, uint64_t seed, int side, struct fg_planted *out) {
  const double *v = values->value;
  uint32_t topics = (uint32_t)v[TOPICS], lines = (uint32_t)v[side ? WORDS : DOCS], times = side ? topics : lines;
  struct lda lda = {.rng = gsl_rng_alloc(fg_rng_gsl())};
  uint32_t n = side ? lines : topics; /* of a Dirichlet */
  out->n = lines;
  out->rank = topics;
  out->factor = malloc((size_t)lines * topics * sizeof *out->factor);
  lda.prior = malloc((size_t)n * sizeof *lda.prior);
  lda.drawn = malloc((size_t)n * sizeof *lda.drawn);
  enum fg_err err = out->factor && lda.rng && lda.prior && lda.drawn ? FG_OK : FG_ENOMEM;
  for (uint32_t i = 0; i < times && !err; i++) {
    fg_rng_gsl_start(lda.rng, seed, FG_STREAM_GENERATE, i, side ? FG_SUB_COL : FG_SUB_ROW);
    draw_dirichlet(&lda, n, v[side ? BETA : ALPHA]);
    for (uint32_t j = 0; j < n; j++)
      out->factor[side ? (size_t)j * topics + i : (size_t)i * topics + j] = (float)lda.drawn[j];
  }
  free(lda.prior);
  free(lda.drawn);
  if (lda.rng)
    gsl_rng_free(lda.rng);
  return err;
}

static enum fg_err generate(const struct fg_values *values, uint64_t seed, struct fg_points *points,
                            struct fg_fault *fault) {
  (void)fault;
  const double *v = values->value;
  uint32_t docs = (uint32_t)v[DOCS];
  struct lda lda = {.words = (uint32_t)v[WORDS], .topics = (uint32_t)v[TOPICS]};
  uint32_t more = lda.words > lda.topics ? lda.words : lda.topics;
  enum fg_err err = FG_ENOMEM;
  lda.prior = malloc((size_t)more * sizeof *lda.prior);
  lda.drawn = malloc((size_t)more * sizeof *lda.drawn);
  lda.topic = calloc(lda.topics, sizeof *lda.topic);
  lda.count = calloc(lda.words, sizeof *lda.count);
  lda.used = malloc((size_t)lda.words * sizeof *lda.used);
  lda.rng = gsl_rng_alloc(fg_rng_gsl());
  if (!lda.prior || !lda.drawn || !lda.topic || !lda.count || !lda.used || !lda.rng)
    goto cleanup;
  points->rows = docs;
  points->cols = lda.words;
  points->format = FG_FORMAT_BOW;
  points->counts = true;
  err = draw_topics(&lda, seed, v[BETA]);
  for (uint32_t d = 0; d < docs && !err; d++)
    err = draw_document(&lda, seed, d, v, points);
cleanup:
  for (uint32_t k = 0; lda.topic && k < lda.topics; k++)
    if (lda.topic[k])
      gsl_ran_discrete_free(lda.topic[k]);
  free(lda.prior);
  free(lda.drawn);
  free(lda.topic);
  free(lda.count);
  free(lda.used);
  if (lda.rng)
    gsl_rng_free(lda.rng);
  return err;
}

const struct fg_generator_type fg_generator_lda = {
    .name = "lda",
    .summary = "documents from the generative process of latent Dirichlet allocation",
    .params = params,
    .generate = generate,
    .planted = planted,
};
