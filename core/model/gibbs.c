/* Draw: topic model, collapsed Gibbs sampling (Griffiths and Steyvers 2004). Factors are counts of the tokens' topics:
 * n_dk in a row, n_wk in a column, and n_k = sum_w n_wk is the global statistic. The topic of a token of word w in
 * document d is drawn from
 *
 *   P(k) ~ (n_dk + alpha) (n_wk + beta) / (n_k + M beta), itself not counted,
 *
 * in the order of tokens.h. A token has no topic, and counts nowhere, until its first draw, which goes by its document
 * alone, P(k) ~ n_dk + alpha: words come in the order of the columns, and by what little was counted of them the first
 * ones would all go to one topic. Draws are dense over the topics, in lanes (docs/samplers.md has them beside sparse
 * ones). A worker draws with its own copy of n_k, which hears of others' draws at releases: in parallel the law is
 * approximate, and with one worker exact.
 *
 * collapsed=no: exact in parallel, too. Topics are not integrated out: g_wk ~ Gamma(n_wk + beta) is drawn anew once an
 * epoch and kept behind the counts of a column; the statistic has G_k = sum_w g_wk besides, so that g_wk / G_k ~
 * Dirichlet(n_.k + beta); and
 *
 *   P(k) ~ (n_dk + alpha) g_wk / G_k,
 *
 * which no other worker's draws change. Nobody draws between a worker's report at the end of an epoch and the release.
 *
 * optimise=N: alpha and beta are learned, too (tune.h), and ride in the statistic. */
#include "core/model/lanes.h"
#include "core/model/lda.h"
#include "core/model/tune.h"
#include "core/rng.h"

#include <float.h>
#include <gsl/gsl_randist.h>
#include <math.h>

enum { GIBBS_RANK, GIBBS_ALPHA, GIBBS_BETA, GIBBS_COLLAPSED, GIBBS_OPTIMISE };
extern const struct fg_model_type fg_model_gibbs_drawn, fg_model_gibbs_tuned, fg_model_gibbs_drawn_tuned;
static const struct fg_param gibbs_params[] = {
    [GIBBS_RANK] = {"rank", "topics", FG_PARAM_COUNT, "20", 1, FG_RANK_MAX, NULL, "topics"},
    [GIBBS_ALPHA] = {"alpha", NULL, FG_PARAM_REAL, "0.1", FG_PRIOR_LEAST, FG_PRIOR_MOST, NULL,
                     "prior count of a topic in a document"},
    [GIBBS_BETA] = {"beta", NULL, FG_PARAM_REAL, "0.01", FG_PRIOR_LEAST, FG_PRIOR_MOST, NULL,
                    "prior count of a word in a topic"},
    [GIBBS_COLLAPSED] = {"collapsed", NULL, FG_PARAM_CHOICE, "yes", 0, 0, "yes|no",
                         "no: topics are drawn, too, once an epoch: exact in parallel"},
    [GIBBS_OPTIMISE] = {"optimise", NULL, FG_PARAM_COUNT, "0", 0, 1000000, NULL,
                        "learn alpha and beta, too: a step every so many epochs; 0: they stay as they are"},
    {0},
};

/* What the draws of a call share. inverse: 1 / (n_k + M beta) by this worker's knowledge (topics drawn: 1 / G_k), 0 in
 * the padding; q: (n_wk + beta) times that, of the current column (g_wk times that); even: 1, and 0 in the padding;
 * sum: the running sums of the current token's weights, lane by lane. */
struct gibbs {
  float alpha, beta, smoothing;
  uint32_t rank;
  bool drawn; /* topics are */
  double *stat;
  float *inverse, *q, *even, *sum;
};

/* alpha and beta: as they are now, where they are learned */
static double alpha_of(const struct fg_model *model, const struct fg_view *view) {
  return model->n_tuned ? view->stat[model->n_stat - 2] : model->par.value[GIBBS_ALPHA];
}

static double beta_of(const struct fg_model *model, const struct fg_view *view) {
  return model->n_tuned ? view->stat[model->n_stat - 1] : model->par.value[GIBBS_BETA];
}

/* 1 / (n_k + M beta); a copy that has not yet heard of others' gains can fall below 0 */
FG_INLINE float inverse_of(double n, float smoothing) {
  return 1.0f / ((n > 0 ? (float)n : 0.0f) + smoothing);
}

FG_INLINE void column_weights(const struct gibbs *g, const float *column, const uint32_t width) {
  if (g->drawn)
    for (uint32_t k = 0; k < width; k++)
      g->q[k] = column[width + k] * g->inverse[k];
  else
    for (uint32_t k = 0; k < width; k++)
      g->q[k] = (column[k] + g->beta) * g->inverse[k];
}

/* 0 if d is below 0, otherwise 1. (By the sign: a compiler makes a jump of a comparison, and this one cannot be
 * foreseen.) */
FG_INLINE uint32_t reached(float d) {
  uint32_t bits;
  __builtin_memcpy(&bits, &d, sizeof bits);
  return ~bits >> 31;
}

/* Whose share of the sums in `lane` holds r >= 0: a lane below rank; *left: how far into its sum. The sixteen are four
 * columns of four: first the column, then the lane. */
FG_INLINE uint32_t choose_lane(const float *lane, float r, uint32_t rank, float *left) {
  float part[5][4] = {{0}}; /* part[i + 1][c]: of the column's first i + 1 */
  for (uint32_t i = 0; i < 4; i++)
    for (uint32_t c = 0; c < 4; c++)
      part[i + 1][c] = part[i][c] + lane[4 * i + c];
  const float *d = part[4], past[4] = {r, r - d[0], r - (d[0] + d[1]), r - ((d[2] + d[1]) + d[0])};
  const uint32_t c =
      (reached(past[1]) & (1 < rank)) + (reached(past[2]) & (2 < rank)) + (reached(past[3]) & (3 < rank));
  uint32_t i = 0;
  for (uint32_t n = 1; n < 4; n++)
    i += reached(past[c] - part[n][c]) & (4 * n + c < rank);
  *left = past[c] - part[i][c];
  return 4 * i + c;
}

/* The topic that holds r of the weights of all topics but `old`, where there is one: `out` is its weight. */
FG_INLINE uint32_t choose_topic(const struct gibbs *g, const float *restrict theta, const float *restrict q,
                                float *restrict sum, uint32_t old, float out, float r, const uint32_t width) {
  const float alpha = g->alpha;
  const uint32_t own_lane = old % FG_LANES, own_at = old / FG_LANES;
  float lane[FG_LANES] = {0}, left;
#pragma GCC unroll 8
  for (uint32_t k = 0; k < width; k += FG_LANES)
    for (uint32_t j = 0; j < FG_LANES; j++)
      sum[k + j] = lane[j] += (theta[k + j] + alpha) * q[k + j];
  for (uint32_t j = 0; j < FG_LANES; j++)
    lane[j] -= j == own_lane ? out : 0.0f;
  const uint32_t at = choose_lane(lane, r, g->rank, &left);
  const float less = at == own_lane ? out : 0.0f;
  uint32_t v = 0;
#pragma GCC unroll 8
  for (uint32_t k = 0; k + FG_LANES < width; k += FG_LANES)
    v += reached(left - (sum[k + at] - (k / FG_LANES >= own_at ? less : 0.0f))) & (k + FG_LANES + at < g->rank);
  return v * FG_LANES + at;
}

/* Sum of all weights. */
FG_INLINE float weight_of_all(const float *restrict theta, const float *restrict q, const float alpha,
                              const uint32_t width) {
  float lane[FG_LANES] = {0};
#pragma GCC unroll 8
  for (uint32_t k = 0; k < width; k += FG_LANES)
    for (uint32_t j = 0; j < FG_LANES; j++)
      lane[j] += (theta[k + j] + alpha) * q[k + j];
  return fg_lanes_sum(lane);
}

/* q of topic k once a token of the column that has it is taken out */
FG_INLINE float weight_without(const struct gibbs *g, const float *column, uint32_t k) {
  return (column[k] - 1 + g->beta) * inverse_of(g->stat[k] - 1, g->smoothing);
}

/* A topic for a token of the current column in a document that has `theta`, given the topic it has. That one comes
 * first in the order of the weights: most tokens keep their topic, which is then known by the sum alone. Its own count
 * is taken out of the one weight that it is in, not of the counts, so that nothing need be written. */
FG_INLINE uint32_t draw_topic(const struct gibbs *g, const float *restrict theta, const float *restrict column,
                              uint32_t old, float uniform, const uint32_t width) {
  const float *q = old == FG_NO_TOPIC ? g->even : g->q;
  float all = weight_of_all(theta, q, g->alpha, width), own = 0, without = 0;
  if (old != FG_NO_TOPIC) {
    without = (theta[old] - 1 + g->alpha) * (g->drawn ? g->q[old] : weight_without(g, column, old));
    own = (theta[old] + g->alpha) * g->q[old];
  }
  const float others = all > own ? all - own : 0, r = uniform * (without + others);
  if (r < without)
    return old;
  return choose_topic(g, theta, q, g->sum, old, own, r - without, width);
}

FG_INLINE void count(const struct gibbs *g, float *theta, float *column, uint32_t k, float n) {
  theta[k] += n;
  column[k] += n;
  g->stat[k] += (double)n;
  if (g->drawn)
    return;
  g->inverse[k] = inverse_of(g->stat[k], g->smoothing);
  g->q[k] = (column[k] + g->beta) * g->inverse[k];
}

/* Uniform on (0, 1), from the upper 23 bits. */
FG_INLINE float uniform_of(uint32_t word) {
  return ((float)(word >> 9) + 0.5f) * 0x1p-23f;
}

/* Random words of a pass, token by token. */
struct words {
  const struct fg_rng *rng;
  uint32_t word[FG_RNG_WORDS];
};

/* n points of one tile and one column. */
FG_INLINE void draw_run(const struct gibbs *g, float *rows, float *column, const struct fg_stored_point *points,
                        size_t n, size_t ahead, struct fg_draws *d, struct words *words, const uint32_t width,
                        const uint32_t stride) {
  column_weights(g, column, width);
  for (size_t i = 0; i < n; i++) {
    if (i + FG_PREFETCH < ahead)
      fg_lanes_prefetch(rows, points[i + FG_PREFETCH].row, stride);
    float *theta = FG_ROW(rows, points[i].row, stride);
    for (uint64_t c = (uint64_t)points[i].value; c > 0; c--, d->token++, d->topic++) {
      if (d->token % FG_RNG_WORDS == 0)
        fg_rng_words(words->rng, (uint32_t)(d->token / FG_RNG_WORDS), words->word);
      uint32_t old = *d->topic;
      uint32_t k = draw_topic(g, theta, column, old, uniform_of(words->word[d->token % FG_RNG_WORDS]), width);
      if (k == old)
        continue;
      if (old != FG_NO_TOPIC)
        count(g, theta, column, old, -1);
      count(g, theta, column, k, 1);
      *d->topic = (uint16_t)k;
    }
  }
}

FG_INLINE void draw_points(const struct gibbs *g, const struct fg_view *view, struct fg_draws *d, size_t n,
                           struct words *words, const uint32_t width, const uint32_t stride) {
  while (n > 0) {
    if (d->in_tile == d->tile->n)
      fg_draws_next_tile(d);
    const struct fg_stored_point *points = d->points + d->in_tile;
    size_t left = d->tile->n - d->in_tile, run = 1;
    if (left > n)
      left = n;
    while (run < left && points[run].col == points[0].col)
      run++;
    draw_run(g, view->row_factor + d->tile->row0 * (size_t)stride,
             view->col_factor + (d->tile->col0 + points[0].col) * (size_t)stride, points, run, left, d, words, width,
             stride);
    d->in_tile += (uint32_t)run;
    n -= run;
  }
}

FG_KERNEL static void draw_kernel(const struct gibbs *g, const struct fg_view *view, struct fg_draws *d, size_t n,
                                  uint32_t lanes, uint32_t stride) {
  struct words words = {.rng = &d->rng};
  if (d->token % FG_RNG_WORDS != 0)
    fg_rng_words(words.rng, (uint32_t)(d->token / FG_RNG_WORDS), words.word);
#define CALL(width) draw_points(g, view, d, n, &words, width, stride)
  FG_WITH_WIDTH(lanes, CALL)
#undef CALL
}

static void gibbs_draw(const struct fg_model *model, const struct fg_view *view, struct fg_draws *draws, size_t n) {
  float scratch[4 * model->lanes] __attribute__((aligned(FG_ALIGN)));
  struct gibbs g = {.alpha = (float)alpha_of(model, view),
                    .beta = (float)beta_of(model, view),
                    .smoothing = (float)(model->cols * beta_of(model, view)),
                    .rank = model->rank,
                    .drawn = model->n_state > 0,
                    .stat = view->stat,
                    .inverse = scratch,
                    .q = scratch + model->lanes,
                    .even = scratch + 2 * model->lanes,
                    .sum = scratch + 3 * model->lanes};
  for (uint32_t k = 0; k < model->lanes; k++) {
    g.even[k] = k < model->rank;
    g.inverse[k] = k >= model->rank ? 0
                   : g.drawn        ? 1 / fmaxf((float)view->stat[model->rank + k], FLT_MIN)
                                    : inverse_of(view->stat[k], g.smoothing);
  }
  draw_kernel(&g, view, draws, n, model->lanes, model->stride);
}

/* Topics given the tokens' topics. The smallest float stands for all that are smaller: they are of words without tokens
 * in a topic, and never all of a word's, nor, by check_mass, all of a topic's. */
static void gibbs_renew(const struct fg_model *model, const struct fg_view *view, uint32_t cols, struct fg_rng *rng) {
  const gsl_rng gsl = {.type = fg_rng_gsl(), .state = rng};
  double *mass = view->stat + model->rank, beta = beta_of(model, view);
  for (uint32_t j = 0; j < cols; j++) {
    float *column = view->col_factor + (size_t)j * model->stride, *drawn = column + model->lanes;
    for (uint32_t k = 0; k < model->rank; k++) {
      float g = fmaxf((float)gsl_ran_gamma(&gsl, (double)column[k] + beta, 1), FLT_MIN);
      mass[k] += g;
      drawn[k] = g;
    }
  }
}

/* Topics that are drawn: one without tokens has the weight G_k ~ Gamma(M beta), and is no topic if all its words weigh
 * as little as a float can tell: that is so with a probability of about FLT_MIN^(M beta). */
static enum fg_err check_mass(const struct fg_model *model, struct fg_fault *fault) {
  const double least = log(1e-6) / log(FLT_MIN); /* of M beta */
  if (!model->type->renew || model->cols * model->par.value[GIBBS_BETA] >= least)
    return FG_OK;
  return fg_fail(
      fault, FG_EUSAGE, NULL, 0,
      "model gibbs: collapsed=no with beta=%g and %u words: a topic without tokens can become too light for a "
      "float; a beta of %.2g or more is safe",
      model->par.value[GIBBS_BETA], model->cols, 1.01 * least / model->cols);
}

static enum fg_err gibbs_setup(struct fg_model *model, struct fg_fault *fault) {
  enum fg_err err = check_mass(model, fault);
  if (err)
    return err;
  model->n_stat = model->type->renew ? 2 * model->rank : model->rank;
  if (model->type->tune) {
    model->n_stat += FG_TUNE_STATS;
    model->n_tuned = 2;
    model->tune_every = (uint64_t)model->par.value[GIBBS_OPTIMISE];
    model->tuned[0] = model->par.value[GIBBS_ALPHA];
    model->tuned[1] = model->par.value[GIBBS_BETA];
  }
  return FG_OK;
}

static const struct fg_model_type *gibbs_variant(const struct fg_values *par) {
  extern const struct fg_model_type fg_model_gibbs;
  bool drawn = par->value[GIBBS_COLLAPSED] > 0;
  if (par->value[GIBBS_OPTIMISE] > 0)
    return drawn ? &fg_model_gibbs_drawn_tuned : &fg_model_gibbs_tuned;
  return drawn ? &fg_model_gibbs_drawn : &fg_model_gibbs;
}

static uint32_t gibbs_state(const struct fg_model *model) {
  return model->type->renew ? model->rank : 0;
}

/* Nothing is counted yet, and topics are even. */
static void gibbs_init(const struct fg_model *model, uint32_t index, float *row) {
  (void)index;
  for (uint32_t k = 0; k < model->n_state; k++)
    row[model->lanes + k] = 1;
}

static void gibbs_stat(const struct fg_model *model, const float *col_factor, const float *col_weight, uint32_t cols,
                       double *stat) {
  (void)col_weight;
  for (uint32_t j = 0; j < cols; j++) {
    const float *column = col_factor + (size_t)j * model->stride;
    for (uint32_t k = 0; k < model->rank; k++)
      stat[k] += column[k];
    for (uint32_t k = 0; k < model->n_state; k++)
      stat[model->rank + k] += column[model->lanes + k];
  }
}

static struct fg_lda_counts counts_of(const struct fg_model *model, const struct fg_view *view) {
  return (struct fg_lda_counts){
      .alpha = alpha_of(model, view), .beta = beta_of(model, view), .col_tokens = 1, .stat_tokens = 1};
}

static double sum_of(const float *row, uint32_t n) {
  double sum = 0;
  for (uint32_t k = 0; k < n; k++)
    sum += row[k];
  return sum;
}

static void gibbs_score(const struct fg_model *model, const struct fg_view *view, const struct fg_point *points,
                        size_t n, struct fg_score *score) {
  const struct fg_lda_counts counts = counts_of(model, view);
  double inverse[model->stride] __attribute__((aligned(FG_ALIGN)));
  fg_lda_inverse(model, view, &counts, inverse);
  for (size_t i = 0; i < n; i++) {
    const float *theta = view->row_factor + (size_t)points[i].row * model->stride;
    double p = fg_lda_mixture(&counts, theta, view->col_factor + (size_t)points[i].col * model->stride, inverse,
                              model->stride, 1, 1);
    double loss = -points[i].value * log(p / (sum_of(theta, model->rank) + model->rank * counts.alpha));
    score->loss += loss;
    score->metric += loss;
    score->weight += points[i].value;
  }
}

/* expected counts, by EM */
static enum fg_err gibbs_fold_in(const struct fg_model *model, const struct fg_view *view,
                                 const struct fg_point *points, size_t n, float *row, float *row_weight) {
  const struct fg_lda_counts counts = counts_of(model, view);
  enum fg_err err = fg_lda_infer(model, view, &counts, points, n, row, row_weight);
  for (uint32_t k = 0; k < model->rank; k++)
    row[k] *= *row_weight;
  return err;
}

static double gibbs_flops(const struct fg_model *model) {
  double tokens = model->points > 0 ? model->total / model->points : 1;
  return tokens * (3.0 * model->rank + 60) + 2.0 * model->rank; /* weights and their sums; the column's */
}

static double gibbs_topic_weight(const struct fg_model *model, const struct fg_view *view, uint32_t col, uint32_t k) {
  const double beta = beta_of(model, view);
  return (view->col_factor[(size_t)col * model->stride + k] + beta) / (fmax(view->stat[k], 0) + model->cols * beta);
}

/* Whole numbers. (Those of a row that was folded in are expected ones.) */
static bool counted(const struct fg_model *model, const float *factor, uint32_t n, uint32_t *which) {
  if (!fg_model_nonnegative(model, factor, n, which))
    return false;
  for (uint32_t i = 0; i < n; i++)
    for (uint32_t k = 0; k < model->rank; k++)
      if (factor[(size_t)i * model->stride + k] != rintf(factor[(size_t)i * model->stride + k])) {
        *which = i;
        return false;
      }
  return true;
}

#define GIBBS                                                                                                          \
  .name = "gibbs", .metric_name = "perplexity", .params = gibbs_params, .default_step = 1,                             \
  .default_schedule = FG_STEP_CONSTANT, .default_decay = 0.5, .needs_counts = true, .most = 0x1p24,                    \
  .variant = gibbs_variant, .state = gibbs_state, .setup = gibbs_setup, .init_row = gibbs_init,                        \
  .init_col = gibbs_init, .draw = gibbs_draw, .stat = gibbs_stat, .score = gibbs_score, .metric = fg_lda_perplexity,   \
  .fold_in = gibbs_fold_in, .flops = gibbs_flops, .rows_valid = fg_model_nonnegative, .cols_valid = counted,           \
  .dimension = "topic", .top_weight = gibbs_topic_weight, .mixture_prior = alpha_of

#define TUNED .tally = fg_tune_tally, .tune = fg_tune_step, .tuned_name = {"alpha", "beta"}

const struct fg_model_type fg_model_gibbs = {
    GIBBS,
    .summary = "topic model, for documents: a sampler of its posterior, collapsed Gibbs; exact with one worker",
};

const struct fg_model_type fg_model_gibbs_drawn = {
    GIBBS,
    .summary = "the same with topics drawn once an epoch: exact in parallel, with strata that all complete",
    .renew = gibbs_renew,
};

const struct fg_model_type fg_model_gibbs_tuned = {
    GIBBS, TUNED, .summary = "the same with alpha and beta learned along, with strata that all complete"};
const struct fg_model_type fg_model_gibbs_drawn_tuned = {
    GIBBS, TUNED, .summary = "topics drawn, alpha and beta learned along", .renew = gibbs_renew};
