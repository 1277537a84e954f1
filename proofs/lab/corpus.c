/* From a few tokens to all that can be said of their topics. */
#include "proofs/lab/corpus.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_sf_gamma.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

void fg_corpus_count(const struct fg_corpus *c, const uint8_t *z, struct fg_corpus_counts *counts) {
  memset(counts, 0, sizeof *counts);
  for (uint32_t i = 0; i < c->n; i++) {
    counts->doc[c->doc[i]][z[i]]++;
    counts->word[c->word[i]][z[i]]++;
  }
}

double fg_corpus_log_joint(const struct fg_corpus *c, const struct fg_corpus_counts *counts) {
  double sum = 0;
  for (uint32_t d = 0; d < c->docs; d++) {
    double all = 0;
    for (uint32_t k = 0; k < c->topics; k++) {
      sum += lgamma(counts->doc[d][k] + c->alpha) - lgamma(c->alpha);
      all += counts->doc[d][k];
    }
    sum += lgamma(c->topics * c->alpha) - lgamma(all + c->topics * c->alpha);
  }
  for (uint32_t k = 0; k < c->topics; k++) {
    double all = 0;
    for (uint32_t w = 0; w < c->words; w++) {
      sum += lgamma(counts->word[w][k] + c->beta) - lgamma(c->beta);
      all += counts->word[w][k];
    }
    sum += lgamma(c->words * c->beta) - lgamma(all + c->words * c->beta);
  }
  return sum;
}

static void dirichlet(struct fg_rng *rng, double a, uint32_t n, double *x) {
  const gsl_rng gsl = {.type = fg_rng_gsl(), .state = rng};
  double prior[FG_CORPUS_SIDE + FG_CORPUS_TOPICS];
  for (uint32_t i = 0; i < n; i++)
    prior[i] = a;
  gsl_ran_dirichlet(&gsl, n, prior, x);
}

static uint8_t choose(struct fg_rng *rng, const double *p, uint32_t n) {
  double u = fg_rng_uniform(rng);
  uint32_t k = 0;
  while (k + 1 < n && u >= p[k])
    u -= p[k++];
  return (uint8_t)k;
}

void fg_corpus_draw(struct fg_corpus *c, struct fg_rng *rng, uint8_t *z, double (*phi)[FG_CORPUS_TOPICS]) {
  double theta[FG_CORPUS_TOPICS];
  for (uint32_t i = 0; i < c->n; i++) {
    if (i == 0 || c->doc[i] != c->doc[i - 1])
      dirichlet(rng, c->alpha, c->topics, theta);
    z[i] = choose(rng, theta, c->topics);
  }
  fg_corpus_draw_words(c, rng, z, phi);
}

void fg_corpus_draw_words(struct fg_corpus *c, struct fg_rng *rng, const uint8_t *z, double (*phi)[FG_CORPUS_TOPICS]) {
  double topic[FG_CORPUS_TOPICS][FG_CORPUS_SIDE];
  for (uint32_t k = 0; k < c->topics; k++)
    dirichlet(rng, c->beta, c->words, topic[k]);
  for (uint32_t i = 0; i < c->n; i++)
    c->word[i] = choose(rng, topic[z[i]], c->words);
  for (uint32_t k = 0; phi && k < c->topics; k++)
    for (uint32_t w = 0; w < c->words; w++)
      phi[w][k] = topic[k][w];
}

/* The next partition in the order of keys; false: it was the last one. top[i]: classes among the tokens before i. */
static bool advance(const struct fg_corpus *c, uint8_t *z) {
  for (uint32_t i = c->n; i-- > 1;) {
    uint8_t top = 0;
    for (uint32_t j = 0; j < i; j++)
      if (z[j] >= top)
        top = (uint8_t)(z[j] + 1);
    if (z[i] < top && z[i] + 1u < c->topics) {
      z[i]++;
      memset(z + i + 1, 0, c->n - i - 1);
      return true;
    }
  }
  return false;
}

static uint64_t key_of(const struct fg_corpus *c, const uint8_t *z) {
  uint8_t name[FG_CORPUS_TOPICS], seen = 0;
  uint64_t key = 0;
  memset(name, 0xff, sizeof name);
  for (uint32_t i = 0; i < c->n; i++) {
    if (name[z[i]] == 0xff)
      name[z[i]] = seen++;
    key = key << 4 | name[z[i]];
  }
  return key;
}

static uint32_t classes(const struct fg_corpus *c, const uint8_t *z) {
  uint32_t n = 0;
  for (uint32_t i = 0; i < c->n; i++)
    n = z[i] >= n ? z[i] + 1u : n;
  return n;
}

/* log of how many labellings a partition into b classes has: K (K - 1) ... (K - b + 1) */
static double log_labellings(const struct fg_corpus *c, uint32_t b) {
  return lgamma(c->topics + 1.0) - lgamma(c->topics - b + 1.0);
}

static enum fg_err grow(struct fg_partitions *p, size_t capacity) {
  void *key = realloc(p->key, capacity * sizeof *p->key);
  p->key = key ? key : p->key;
  void *mass = realloc(p->p, capacity * sizeof *p->p);
  p->p = mass ? mass : p->p;
  void *below = realloc(p->below, capacity * sizeof *p->below);
  p->below = below ? below : p->below;
  void *density = realloc(p->density, capacity * sizeof *p->density);
  p->density = density ? density : p->density;
  return key && mass && below && density ? FG_OK : FG_ENOMEM;
}

enum fg_err fg_partitions_new(const struct fg_corpus *c, struct fg_partitions *p) {
  uint8_t z[FG_CORPUS_TOKENS] = {0};
  struct fg_corpus_counts counts;
  size_t capacity = 0;
  double most = -INFINITY, sum = 0;
  *p = (struct fg_partitions){.corpus = c};
  do {
    if (p->n == capacity) {
      capacity = capacity ? 2 * capacity : 1024;
      if (grow(p, capacity)) {
        fg_partitions_free(p);
        return FG_ENOMEM;
      }
    }
    fg_corpus_count(c, z, &counts);
    p->key[p->n] = key_of(c, z);
    p->density[p->n] = fg_corpus_log_joint(c, &counts);
    p->p[p->n] = p->density[p->n] + log_labellings(c, classes(c, z));
    most = fmax(most, p->p[p->n++]);
  } while (advance(c, z));
  for (size_t i = 0; i < p->n; i++)
    sum += p->p[i] = exp(p->p[i] - most);
  for (size_t i = 0; i < p->n; i++) {
    p->p[i] /= sum;
    p->below[i] = i ? p->below[i - 1] + p->p[i - 1] : 0;
  }
  return FG_OK;
}

void fg_partitions_free(struct fg_partitions *p) {
  free(p->key);
  free(p->p);
  free(p->below);
  free(p->density);
  memset(p, 0, sizeof *p);
}

size_t fg_partitions_find(const struct fg_partitions *p, const uint8_t *z) {
  uint64_t key = key_of(p->corpus, z);
  size_t low = 0, high = p->n;
  while (high - low > 1) {
    size_t mid = low + (high - low) / 2;
    *(p->key[mid] <= key ? &low : &high) = mid;
  }
  return low;
}

void fg_partitions_classes(const struct fg_partitions *p, size_t i, uint8_t *z) {
  uint64_t key = p->key[i];
  for (uint32_t k = p->corpus->n; k-- > 0; key >>= 4)
    z[k] = key & 15;
}

void fg_partitions_draw(const struct fg_partitions *p, struct fg_rng *rng, uint8_t *z) {
  double u = fg_rng_uniform(rng);
  size_t low = 0, high = p->n;
  while (high - low > 1) {
    size_t mid = low + (high - low) / 2;
    *(p->below[mid] <= u ? &low : &high) = mid;
  }
  fg_partitions_classes(p, low, z);
  uint8_t label[FG_CORPUS_TOPICS];
  for (uint32_t k = 0; k < p->corpus->topics; k++)
    label[k] = (uint8_t)k;
  for (uint32_t k = 0; k + 1 < p->corpus->topics; k++) {
    uint32_t other = k + fg_rng_below(rng, p->corpus->topics - k);
    uint8_t kept = label[k];
    label[k] = label[other];
    label[other] = kept;
  }
  for (uint32_t i = 0; i < p->corpus->n; i++)
    z[i] = label[z[i]];
}

void fg_partitions_size_law(const struct fg_partitions *p, double *law) {
  const struct fg_corpus *c = p->corpus;
  uint8_t z[FG_CORPUS_TOKENS];
  memset(law, 0, (c->n + 1) * sizeof *law);
  for (size_t i = 0; i < p->n; i++) {
    uint32_t size[FG_CORPUS_TOPICS] = {0};
    fg_partitions_classes(p, i, z);
    for (uint32_t t = 0; t < c->n; t++)
      size[z[t]]++;
    for (uint32_t k = 0; k < c->topics; k++)
      law[size[k]] += p->p[i] / c->topics;
  }
}
