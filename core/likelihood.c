/* After learning: from documents never seen, and a model's topics, to their likelihood. */
#include "core/likelihood.h"

#include "core/data/by_row.h"
#include "core/model/lanes.h"
#include "core/rng.h"
#include "core/score.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TOKENS_MOST = UINT32_MAX / FG_LIKELIHOOD_FILTERS - 1 }; /* each position has a stream of its own */

/* A document, word by word. */
struct document {
  const double *phi; /* p(word | topic) of its words, `width` doubles each, 0 behind K */
  uint32_t *word;    /* of each token: which of them; the order is drawn */
  uint32_t tokens, width;
  double alpha, prior; /* prior: K alpha */
};

struct filter {
  uint32_t particles;
  double *count;      /* particles x width: tokens of each topic */
  uint16_t *topic;    /* particles x tokens */
  double *p;          /* particles: p(w_n | z) times (n - 1 + K alpha) */
  double *weight;     /* width: of the draw under way */
  uint32_t *children; /* particles */
};

/* weight_k = (n_k + alpha) phi_k; lane: their sums in lanes; returns the sum of all. */
FG_INLINE double weigh(const double *restrict count, const double *restrict phi, double alpha, uint32_t width,
                       double *restrict weight, double lane[FG_WIDE]) {
  for (uint32_t j = 0; j < FG_WIDE; j++)
    lane[j] = 0;
  for (uint32_t k = 0; k < width; k += FG_WIDE)
    for (uint32_t j = 0; j < FG_WIDE; j++)
      lane[j] += weight[k + j] = (count[k + j] + alpha) * phi[k + j];
  return fg_wide_sum(lane);
}

/* The topic whose weight the point r, from 0 to their sum, falls into, lane by lane. Rounding can leave r behind the
 * last one: then it is that. */
FG_INLINE uint32_t choose(const double *weight, const double lane[FG_WIDE], uint32_t width, double r) {
  uint32_t j = 0, last = 0;
  while (j + 1 < FG_WIDE && r >= lane[j])
    r -= lane[j++];
  for (uint32_t k = j; k < width; k += FG_WIDE) {
    if (weight[k] > 0)
      last = k;
    if (r < weight[k])
      break;
    r -= weight[k];
  }
  return last;
}

FG_INLINE uint32_t draw(const struct document *d, const double *count, uint32_t at, double *weight,
                        struct fg_rng *rng) {
  double lane[FG_WIDE];
  double sum = weigh(count, d->phi + d->word[at] * (size_t)d->width, d->alpha, d->width, weight, lane);
  return choose(weight, lane, d->width, fg_rng_uniform(rng) * sum);
}

/* Draws `times` of the first n tokens anew, from number `from` on, round and round. */
FG_KERNEL static void redraw(const struct document *d, double *count, uint16_t *topic, uint32_t n, uint32_t from,
                             uint32_t times, double *weight, struct fg_rng *rng) {
  for (uint32_t at = from; times > 0; times--, at = at + 1 < n ? at + 1 : 0) {
    count[topic[at]]--;
    topic[at] = (uint16_t)draw(d, count, at, weight, rng);
    count[topic[at]]++;
  }
}

FG_KERNEL static double predict(const struct document *d, const double *count, uint32_t at, double *weight) {
  double lane[FG_WIDE];
  return weigh(count, d->phi + d->word[at] * (size_t)d->width, d->alpha, d->width, weight, lane);
}

FG_KERNEL static void extend(const struct document *d, double *count, uint16_t *topic, uint32_t at, double *weight,
                             struct fg_rng *rng) {
  topic[at] = (uint16_t)draw(d, count, at, weight, rng);
  count[topic[at]]++;
}

/* Particles in proportion to p, the first n topics of each: those with children stay where they are, further children
 * take the places of those without. One number, drawn once, spreads R points evenly over the sum of all p. */
static void resample(const struct document *d, struct filter *f, uint32_t n, double sum, struct fg_rng *rng) {
  double at = fg_rng_uniform(rng), step = sum / f->particles, before = 0;
  uint32_t given = 0, empty = 0;
  for (uint32_t r = 0; r < f->particles; r++) {
    before += f->p[r];
    f->children[r] = 0;
    for (; given < f->particles && (at + given) * step < before; given++)
      f->children[r]++;
  }
  f->children[f->particles - 1] += f->particles - given; /* rounding */
  for (uint32_t r = 0; r < f->particles; r++)
    for (; f->children[r] > 1; f->children[r]--) {
      while (f->children[empty] != 0)
        empty++;
      memcpy(f->count + empty * (size_t)d->width, f->count + r * (size_t)d->width, d->width * sizeof *f->count);
      memcpy(f->topic + empty * (size_t)d->tokens, f->topic + r * (size_t)d->tokens, n * sizeof *f->topic);
      f->children[empty] = 1;
    }
}

static void shuffle(struct document *d, struct fg_rng *rng) {
  for (uint32_t i = d->tokens; i > 1; i--) {
    uint32_t j = fg_rng_below(rng, i), swap = d->word[i - 1];
    d->word[i - 1] = d->word[j];
    d->word[j] = swap;
  }
}

/* log of the estimate of one filter */
static double run_filter(struct document *d, struct filter *f, const struct fg_likelihood_options *options,
                         uint64_t number, uint32_t which) {
  struct fg_rng rng;
  double log_p = 0;
  uint32_t from = 0;
  fg_rng_start(&rng, options->seed, FG_STREAM_SCORE, number, which);
  shuffle(d, &rng);
  memset(f->count, 0, f->particles * (size_t)d->width * sizeof *f->count);
  for (uint32_t n = 0; n < d->tokens; n++) {
    uint32_t times = options->redraws < n ? (uint32_t)options->redraws : n;
    double sum = 0;
    fg_rng_start(&rng, options->seed, FG_STREAM_SCORE, number, (n + 1) * FG_LIKELIHOOD_FILTERS + which);
    for (uint32_t r = 0; r < f->particles; r++) {
      double *count = f->count + r * (size_t)d->width;
      redraw(d, count, f->topic + r * (size_t)d->tokens, n, from, times, f->weight, &rng);
      sum += f->p[r] = predict(d, count, n, f->weight);
    }
    log_p += log(sum / f->particles / (n + d->prior));
    if (n > 0) /* all are alike before */
      from = (uint32_t)(((uint64_t)from + times) % n);
    resample(d, f, n, sum, &rng);
    for (uint32_t r = 0; r < f->particles; r++)
      extend(d, f->count + r * (size_t)d->width, f->topic + r * (size_t)d->tokens, n, f->weight, &rng);
  }
  return log_p;
}

/* log of the mean of exp(x), without entry `without` */
static double log_mean(const double *x, uint32_t without) {
  double most = -INFINITY, sum = 0, n = 0;
  for (uint32_t i = 0; i < FG_LIKELIHOOD_FILTERS; i++)
    most = i != without && x[i] > most ? x[i] : most;
  for (uint32_t i = 0; i < FG_LIKELIHOOD_FILTERS; i++)
    if (i != without) {
      sum += exp(x[i] - most);
      n++;
    }
  return most + log(sum / n);
}

static void add_document(struct document *d, struct filter *f, const struct fg_likelihood_options *options,
                         struct fg_likelihood *result) {
  double x[FG_LIKELIHOOD_FILTERS], left[FG_LIKELIHOOD_FILTERS], mean = 0, variance = 0;
  for (uint32_t i = 0; i < FG_LIKELIHOOD_FILTERS; i++)
    x[i] = run_filter(d, f, options, result->documents, i);
  for (uint32_t i = 0; i < FG_LIKELIHOOD_FILTERS; i++)
    mean += (left[i] = log_mean(x, i)) / FG_LIKELIHOOD_FILTERS;
  for (uint32_t i = 0; i < FG_LIKELIHOOD_FILTERS; i++)
    variance += (left[i] - mean) * (left[i] - mean) * (FG_LIKELIHOOD_FILTERS - 1) / FG_LIKELIHOOD_FILTERS;
  double log_p = log_mean(x, FG_LIKELIHOOD_FILTERS), tokens = d->tokens;
  result->documents++;
  result->tokens += tokens;
  result->log_p += log_p;
  result->variance += variance;
  result->bias += (FG_LIKELIHOOD_FILTERS - 1) * (mean - log_p);
  result->squares += log_p * log_p;
  result->products += log_p * tokens;
  result->tokens_squared += tokens * tokens;
}

static double *doubles_new(size_t n) {
  return aligned_alloc(FG_ALIGN, (n * sizeof(double) / FG_ALIGN + 1) * FG_ALIGN);
}

static enum fg_err filter_new(uint32_t particles, uint32_t width, uint32_t tokens, struct filter *f) {
  f->particles = particles;
  f->count = doubles_new((size_t)particles * width);
  f->topic = malloc(((size_t)particles * tokens + 1) * sizeof *f->topic);
  f->p = doubles_new(particles);
  f->weight = doubles_new(width);
  f->children = malloc((particles + 1) * sizeof *f->children);
  return f->count && f->topic && f->p && f->weight && f->children ? FG_OK : FG_ENOMEM;
}

static void filter_free(struct filter *f) {
  free(f->count);
  free(f->topic);
  free(f->p);
  free(f->weight);
  free(f->children);
}

/* tokens of a row */
static double count_tokens(const struct fg_points *points, const size_t *point, size_t n) {
  double tokens = 0;
  for (size_t i = 0; i < n; i++)
    tokens += points->value[point[i]];
  return tokens;
}

/* Words and topics of a row: phi and d->word have room for them. */
static void read_document(const struct fg_model *model, const struct fg_view *view, const struct fg_points *points,
                          const size_t *point, size_t n, double *phi, struct document *d) {
  d->tokens = 0;
  for (size_t i = 0; i < n; i++) {
    double *p = phi + i * d->width;
    for (uint32_t k = 0; k < d->width; k++)
      p[k] = k < model->rank ? model->type->top_weight(model, view, points->col[point[i]], k) : 0;
    for (uint64_t c = (uint64_t)points->value[point[i]]; c > 0; c--)
      d->word[d->tokens++] = (uint32_t)i;
  }
}

enum fg_err fg_likelihood_add(const struct fg_model *model, const struct fg_view *view, const struct fg_points *points,
                              const unsigned char *mask, const struct fg_likelihood_options *options,
                              struct fg_likelihood *result, struct fg_fault *fault) {
  struct fg_by_row rows = {0};
  struct filter filter = {0};
  double *phi = NULL, longest = 0;
  struct document d = {.width = (model->rank + FG_WIDE - 1) / FG_WIDE * FG_WIDE};
  enum fg_err err;
  if (!model->type->mixture_prior)
    return fg_fail(fault, FG_EUSAGE, NULL, 0,
                   "left-to-right evaluation is of documents as mixtures of topics; the rows of model %s are not that "
                   "(lda and gibbs have it)",
                   model->type->name);
  if ((err = fg_score_check(model, points, fault)) || (err = fg_by_row_new(points, mask, &rows)))
    goto cleanup;
  for (uint32_t r = 0; r < points->rows; r++)
    longest = fmax(longest, count_tokens(points, rows.point + rows.begin[r], rows.begin[r + 1] - rows.begin[r]));
  if (longest > TOKENS_MOST) {
    err = fg_fail(fault, FG_EINPUT, NULL, 0, "a document has %.0f tokens; %d are the most that can be scored", longest,
                  (int)TOKENS_MOST);
    goto cleanup;
  }
  phi = doubles_new(rows.longest * d.width);
  d.word = malloc(((size_t)longest + 1) * sizeof *d.word);
  d.phi = phi;
  d.alpha = model->type->mixture_prior(model, view);
  d.prior = model->rank * d.alpha;
  err = phi && d.word ? filter_new(options->particles / FG_LIKELIHOOD_FILTERS, d.width, (uint32_t)longest, &filter)
                      : FG_ENOMEM;
  for (uint32_t r = 0; !err && r < points->rows; r++) {
    read_document(model, view, points, rows.point + rows.begin[r], rows.begin[r + 1] - rows.begin[r], phi, &d);
    if (d.tokens > 0)
      add_document(&d, &filter, options, result);
  }
cleanup:
  if (err == FG_ENOMEM)
    fg_fail(fault, err, NULL, 0, "not enough memory to score documents");
  filter_free(&filter);
  free(d.word);
  free(phi);
  fg_by_row_free(&rows);
  return err;
}

double fg_likelihood_error(const struct fg_likelihood *result) {
  return sqrt(result->variance) / result->tokens;
}

double fg_likelihood_bias(const struct fg_likelihood *result) {
  return result->bias / result->tokens;
}

double fg_likelihood_spread(const struct fg_likelihood *result) {
  double n = (double)result->documents, ratio = result->log_p / result->tokens;
  double squares = result->squares - 2 * ratio * result->products + ratio * ratio * result->tokens_squared;
  return n < 2 ? NAN : sqrt(fmax(squares, 0) * n / (n - 1)) / result->tokens;
}
