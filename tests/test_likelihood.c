/* Left-to-right evaluation: its estimate of p(words) has the exact value, by enumeration of all topics, as its mean;
 * and plain variants that break one step of it do not. Statistical comparisons have fixed seeds and a level of 1e-5
 * each. */
#include "core/likelihood.h"
#include "tests/model_fixture.h"

#include <math.h>

enum { TOKENS_MOST = 6, TOPICS_MOST = 3 };
static const double quantile = 4.4; /* of the normal law, two-sided, at 1e-5 */

struct text {
  uint32_t n, word[TOKENS_MOST]; /* tokens */
};

static const struct text texts[] = {
    {1, {4}}, {2, {4, 4}}, {4, {1, 8, 8, 3}}, {6, {2, 2, 5, 11, 5, 2}}, {6, {0, 1, 2, 3, 4, 5}},
};
enum { TEXTS = sizeof texts / sizeof *texts };

static void push_text(struct fg_points *points, uint32_t row, const struct text *text) {
  for (uint32_t i = 0; i < text->n; i++) /* a word that comes again is one more point */
    assert_int_equal(fg_points_push(points, row, text->word[i], 1), FG_OK);
}

/* A problem whose topics differ: left as they are initialised (lda), or with counts (gibbs). */
static void start(struct problem *p, const char *spec) {
  problem_start(p, spec, 51);
  if (p->model.type == fg_model_find("gibbs"))
    for (uint32_t j = 0; j < COLS; j++)
      for (uint32_t k = 0; k < p->model.rank; k++)
        p->cols[j * p->model.stride + k] = (float)(j % p->model.rank == k ? 3 + j : 0);
  problem_stat(p);
}

static double phi(const struct problem *p, uint32_t k, uint32_t word) {
  return p->model.type->top_weight(&p->model, &p->view, word, k);
}

/* sum over all topics of the tokens from number n on */
static double exact_from(const struct problem *p, const struct text *text, uint32_t n, double alpha, double *count) {
  double sum = 0;
  if (n == text->n)
    return 1;
  for (uint32_t k = 0; k < p->model.rank; k++) {
    double share = (count[k] + alpha) / (n + p->model.rank * alpha) * phi(p, k, text->word[n]);
    count[k]++;
    sum += share * exact_from(p, text, n + 1, alpha, count);
    count[k]--;
  }
  return sum;
}

static double exact(const struct problem *p, const struct text *text, double alpha) {
  double count[TOPICS_MOST] = {0};
  return exact_from(p, text, 0, alpha, count);
}

/* ---- the estimator in plain words, and what can be wrong with it */

struct plain {
  bool redraw, resample; /* earlier topics, before each token; particles, after */
  double alpha;          /* of the prediction */
};
enum { PLAIN_PARTICLES = 5 };

static uint32_t plain_choice(const double *weight, uint32_t n, struct fg_rng *rng) {
  double sum = 0;
  for (uint32_t k = 0; k < n; k++)
    sum += weight[k];
  double r = fg_rng_uniform(rng) * sum;
  for (uint32_t k = 0; k + 1 < n; k++)
    if ((r -= weight[k]) < 0)
      return k;
  return n - 1;
}

struct particle {
  double count[TOPICS_MOST];
  uint32_t topic[TOKENS_MOST];
};

static void plain_draw(const struct problem *p, struct particle *z, uint32_t at, uint32_t word, struct fg_rng *rng) {
  double weight[TOPICS_MOST], alpha = fg_model_param(&p->model, "alpha");
  for (uint32_t k = 0; k < p->model.rank; k++)
    weight[k] = (z->count[k] + alpha) * phi(p, k, word);
  z->topic[at] = plain_choice(weight, p->model.rank, rng);
  z->count[z->topic[at]]++;
}

static double plain_estimate(const struct problem *p, const struct text *text, const struct plain *how, uint64_t seed) {
  struct particle z[PLAIN_PARTICLES] = {0}, next[PLAIN_PARTICLES];
  struct fg_rng rng;
  double product = 1;
  fg_rng_start(&rng, seed, FG_STREAM_SCORE, 0, 0);
  for (uint32_t n = 0; n < text->n; n++) {
    double weight[PLAIN_PARTICLES] = {0}, sum = 0;
    for (uint32_t r = 0; r < PLAIN_PARTICLES; r++) {
      for (uint32_t i = 0; how->redraw && i < n; i++) {
        z[r].count[z[r].topic[i]]--;
        plain_draw(p, &z[r], i, text->word[i], &rng);
      }
      for (uint32_t k = 0; k < p->model.rank; k++)
        weight[r] += (z[r].count[k] + how->alpha) / (n + p->model.rank * how->alpha) * phi(p, k, text->word[n]);
      sum += weight[r];
    }
    product *= sum / PLAIN_PARTICLES;
    for (uint32_t r = 0; how->resample && r < PLAIN_PARTICLES; r++)
      next[r] = z[plain_choice(weight, PLAIN_PARTICLES, &rng)];
    if (how->resample)
      memcpy(z, next, sizeof z);
    for (uint32_t r = 0; r < PLAIN_PARTICLES; r++)
      plain_draw(p, &z[r], n, text->word[n], &rng);
  }
  return product;
}

/* ---- means over seeds */

struct sample {
  double n, sum, squares;
};

static void sample_add(struct sample *s, double x) {
  s->n++;
  s->sum += x;
  s->squares += x * x;
}

static double sample_mean(const struct sample *s) {
  return s->sum / s->n;
}

static double sample_variance(const struct sample *s) {
  return (s->squares - s->sum * s->sum / s->n) / (s->n - 1);
}

/* deviation of the mean from a value, in standard errors; rounding aside */
static double deviation(const struct sample *s, double value) {
  double error = sqrt(fmax(sample_variance(s), 0) / s->n) + 1e-12 * value;
  return (sample_mean(s) - value) / error;
}

static void estimate(const struct problem *p, const struct text *text, struct fg_likelihood_options options,
                     struct fg_likelihood *result) {
  struct fg_points points = {.rows = 1, .cols = COLS, .counts = true};
  push_text(&points, 0, text);
  memset(result, 0, sizeof *result);
  assert_int_equal(fg_likelihood_add(&p->model, &p->view, &points, NULL, &options, result, NULL), FG_OK);
  assert_true(result->documents == 1 && result->tokens == text->n);
  fg_points_free(&points);
}

static const char *const specs[] = {"lda:topics=2,alpha=0.3", "lda:topics=3,alpha=1.5", "gibbs:topics=3,alpha=0.2",
                                    "lda:topics=2,alpha=0.4,loss=squared"};
enum { SPECS = sizeof specs / sizeof *specs };

static void mean_is_exact(void **state) {
  (void)state;
  const uint64_t redraws[] = {UINT64_MAX, 2, 0};
  for (int s = 0; s < SPECS; s++) {
    struct problem p;
    start(&p, specs[s]);
    for (int t = 0; t < TEXTS; t++)
      for (int r = 0; r < 3; r++) {
        struct sample sample = {0};
        for (uint64_t seed = 1; seed <= 3000; seed++) {
          struct fg_likelihood result;
          estimate(&p, &texts[t], (struct fg_likelihood_options){r ? 4 : 8, redraws[r], seed}, &result);
          sample_add(&sample, exp(result.log_p));
        }
        double value = exact(&p, &texts[t], fg_model_param(&p.model, "alpha"));
        if (fabs(deviation(&sample, value)) > quantile)
          fail_msg("%s, text %d, redraws %d: mean %g, exact %g, %g errors off", specs[s], t, r, sample_mean(&sample),
                   value, deviation(&sample, value));
        if (texts[t].n == 1)
          assert_true(fabs(sample_mean(&sample) - value) < 1e-9 * value);
      }
    problem_end(&p);
  }
}

/* 60,000 estimates of a text of six tokens */
static double plain_deviation(const struct problem *p, const struct plain *how) {
  const struct text *text = &texts[3];
  struct sample sample = {0};
  for (uint64_t seed = 1; seed <= 60000; seed++)
    sample_add(&sample, plain_estimate(p, text, how, seed));
  return fabs(deviation(&sample, exact(p, text, fg_model_param(&p->model, "alpha"))));
}

static void wrong_variants_are_noticed(void **state) {
  (void)state;
  struct problem p;
  start(&p, "gibbs:topics=3,alpha=0.2");
  assert_true(plain_deviation(&p, &(struct plain){true, true, 0.2}) < quantile);
  assert_true(plain_deviation(&p, &(struct plain){false, true, 0.2}) < quantile);
  assert_true(plain_deviation(&p, &(struct plain){true, true, 1e-9}) > 2 * quantile);  /* no alpha in the prediction */
  assert_true(plain_deviation(&p, &(struct plain){false, false, 0.2}) > 2 * quantile); /* the past is never corrected */
  double value = exact(&p, &texts[3], 0.2);
  assert_true(fabs(exact(&p, &texts[3], 0.4) - value) > 0.02 * value); /* and alpha matters */
  problem_end(&p);
}

/* The jackknife's variance is that of the estimate, and its bias brings the mean nearer to the truth. */
static void errors_are_those_seen(void **state) {
  (void)state;
  struct problem p;
  start(&p, "gibbs:topics=3,alpha=0.2,beta=0.1");
  struct sample log_p = {0}, variance = {0}, bias = {0};
  for (uint64_t seed = 1; seed <= 10000; seed++) {
    struct fg_likelihood result;
    estimate(&p, &texts[4], (struct fg_likelihood_options){8, UINT64_MAX, seed}, &result);
    sample_add(&log_p, result.log_p);
    sample_add(&variance, result.variance);
    sample_add(&bias, result.bias);
    assert_true(fg_likelihood_error(&result) == sqrt(result.variance) / 6);
    assert_true(fg_likelihood_bias(&result) == result.bias / 6);
    assert_true(isnan(fg_likelihood_spread(&result)));
  }
  double seen = sample_variance(&log_p), off = sample_mean(&log_p) - log(exact(&p, &texts[4], 0.2));
  assert_true(seen > 0 && sample_mean(&variance) > 0.7 * seen && sample_mean(&variance) < 1.5 * seen);
  assert_true(off < 0 && sample_mean(&bias) < 0 && fabs(off - sample_mean(&bias)) < 0.5 * fabs(off));
  problem_end(&p);
}

/* The same seed gives the same bits, in one call or in several; documents without a word say nothing. */
static void documents_add_up(void **state) {
  (void)state;
  struct problem p;
  struct fg_points points = {.rows = 7, .cols = COLS, .counts = true};
  const struct fg_likelihood_options options = {8, 3, 9}, other = {8, 3, 10};
  const unsigned char first[] = {1, 1, 1, 0, 0, 0, 0}, rest[] = {0, 0, 0, 1, 1, 1, 1}, none[7] = {0};
  struct fg_likelihood all = {0}, again = {0}, otherwise = {0}, nothing = {0};
  start(&p, "lda:topics=3,alpha=0.5");
  push_text(&points, 5, &texts[3]);
  push_text(&points, 1, &texts[2]); /* row 0 is empty */
  push_text(&points, 3, &texts[4]);
  assert_int_equal(fg_points_push(&points, 2, 6, 0), FG_OK);
  assert_int_equal(fg_points_push(&points, 6, 6, 40), FG_OK);
  assert_int_equal(fg_likelihood_add(&p.model, &p.view, &points, NULL, &options, &all, NULL), FG_OK);
  assert_true(all.documents == 4 && all.tokens == 56);
  assert_int_equal(fg_likelihood_add(&p.model, &p.view, &points, first, &options, &again, NULL), FG_OK);
  assert_true(again.documents == 1);
  assert_int_equal(fg_likelihood_add(&p.model, &p.view, &points, rest, &options, &again, NULL), FG_OK);
  assert_memory_equal(&all, &again, sizeof all);
  assert_int_equal(fg_likelihood_add(&p.model, &p.view, &points, NULL, &other, &otherwise, NULL), FG_OK);
  assert_true(otherwise.log_p != all.log_p);
  assert_int_equal(fg_likelihood_add(&p.model, &p.view, &points, none, &options, &nothing, NULL), FG_OK);
  assert_true(nothing.documents == 0 && nothing.tokens == 0 && nothing.log_p == 0);
  fg_points_free(&points);
  problem_end(&p);
}

/* The ratio's error by hand: documents of one word each have exact values. */
static void spread_is_of_documents(void **state) {
  (void)state;
  struct problem p;
  struct fg_points points = {.rows = 3, .cols = COLS, .counts = true};
  struct fg_likelihood result = {0};
  double x[3], mean = 0, squares = 0;
  start(&p, "lda:topics=2");
  for (uint32_t r = 0; r < 3; r++) {
    struct text text = {1, {3 * r}};
    push_text(&points, r, &text);
    mean += (x[r] = log(exact(&p, &text, 0.1))) / 3;
  }
  for (uint32_t r = 0; r < 3; r++)
    squares += (x[r] - mean) * (x[r] - mean);
  const struct fg_likelihood_options options = {4, UINT64_MAX, 1};
  assert_int_equal(fg_likelihood_add(&p.model, &p.view, &points, NULL, &options, &result, NULL), FG_OK);
  assert_true(fabs(result.log_p - 3 * mean) < 1e-9 && result.variance < 1e-20);
  assert_true(fabs(fg_likelihood_spread(&result) / sqrt(squares / 2 / 3) - 1) < 1e-6);
  fg_points_free(&points);
  problem_end(&p);
}

/* A word that was never seen has the probability that beta gives it. */
static void unseen_words_have_a_chance(void **state) {
  (void)state;
  struct problem p;
  struct fg_likelihood result;
  start(&p, "gibbs:topics=2,alpha=0.2,beta=0.5");
  memset(p.cols + 7 * p.model.stride, 0, p.model.stride * sizeof *p.cols);
  problem_stat(&p);
  const struct text text = {1, {7}};
  estimate(&p, &text, (struct fg_likelihood_options){4, 0, 1}, &result);
  double expected = 0;
  for (uint32_t k = 0; k < 2; k++)
    expected += 0.5 * 0.5 / (p.stat[k] + COLS * 0.5);
  assert_true(fabs(exp(result.log_p) / expected - 1) < 1e-9);
  problem_end(&p);
}

static void others_are_refused(void **state) {
  (void)state;
  const char *const models[] = {"mf", "nmf", "mmnd", "dict", "additive"};
  struct fg_points points = {.rows = 1, .cols = COLS, .counts = true, .nonnegative = true};
  const struct fg_likelihood_options options = {4, 0, 1};
  struct fg_likelihood result = {0};
  struct fg_fault fault;
  struct problem p;
  push_text(&points, 0, &texts[1]);
  for (int m = 0; m < 5; m++) {
    problem_start(&p, models[m], 52);
    assert_int_equal(fg_likelihood_add(&p.model, &p.view, &points, NULL, &options, &result, &fault), FG_EUSAGE);
    assert_non_null(strstr(fault.text, models[m]));
    problem_end(&p);
  }
  start(&p, "lda");
  points.cols = COLS + 1;
  assert_int_equal(fg_likelihood_add(&p.model, &p.view, &points, NULL, &options, &result, &fault), FG_EINPUT);
  assert_non_null(strstr(fault.text, "columns"));
  points.cols = COLS;
  points.counts = false;
  assert_int_equal(fg_likelihood_add(&p.model, &p.view, &points, NULL, &options, &result, &fault), FG_EINPUT);
  points.counts = true;
  points.value[0] = 0x1p31f;
  assert_int_equal(fg_likelihood_add(&p.model, &p.view, &points, NULL, &options, &result, &fault), FG_EINPUT);
  assert_non_null(strstr(fault.text, "tokens"));
  assert_true(result.documents == 0);
  fg_points_free(&points);
  problem_end(&p);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(mean_is_exact),          cmocka_unit_test(wrong_variants_are_noticed),
      cmocka_unit_test(errors_are_those_seen),  cmocka_unit_test(documents_add_up),
      cmocka_unit_test(spread_is_of_documents), cmocka_unit_test(unseen_words_have_a_chance),
      cmocka_unit_test(others_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
