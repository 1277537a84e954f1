/* Langevin noise and the posterior: the draws are normal; long runs have the law that they should, also with extra
 * updates, and noise of another size is noticed; what evaluations keep is what they saw; what cannot sample says so. */
#include "core/model/noise.h"
#include "core/posterior.h"
#include "core/predictions.h"
#include "core/replay.h"
#include "tests/fixture.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- draws */

enum { ROWS = 1 << 15, STRIDE = 32, DRAWS = ROWS * STRIDE };

static int by_size(const void *a, const void *b) {
  float x = *(const float *)a, y = *(const float *)b;
  return x < y ? -1 : x > y;
}

static float *factors(void) {
  float *x = aligned_alloc(FG_ALIGN, DRAWS * sizeof *x);
  assert_non_null(x);
  memset(x, 0, DRAWS * sizeof *x);
  return x;
}

/* Moments up to the fourth and the Kolmogorov-Smirnov distance of 2^20 draws, correlations of neighbours. Each
 * statistic within 4.5 of its standard errors (level 7e-6 each), the distance within 2.5 / sqrt(n) (level 1e-5). */
static void draws_are_normal(void **state) {
  (void)state;
  const double n = DRAWS, z = 4.5;
  float scale[STRIDE] __attribute__((aligned(FG_ALIGN))), *x = factors();
  double m[5] = {0}, lag[3] = {0};
  const size_t apart[3] = {1, FG_LANES, 8 * FG_LANES}; /* lanes, the other of a pair, the next counters */
  for (int k = 0; k < STRIDE; k++)
    scale[k] = 1;
  fg_noise_add(x, ROWS, STRIDE, scale, false, 7, 123, 1);
  for (size_t i = 0; i < DRAWS; i++) {
    double v = x[i];
    for (int k = 1; k <= 4; k++, v *= x[i])
      m[k] += v / n;
    for (int l = 0; l < 3; l++)
      lag[l] += i + apart[l] < DRAWS ? (double)x[i] * x[i + apart[l]] / n : 0;
  }
  assert_true(fabs(m[1]) < z * sqrt(1 / n));
  assert_true(fabs(m[2] - 1) < z * sqrt(2 / n));
  assert_true(fabs(m[3]) < z * sqrt(15 / n));
  assert_true(fabs(m[4] - 3) < z * sqrt(96 / n));
  for (int l = 0; l < 3; l++)
    assert_true(fabs(lag[l]) < z * sqrt(1 / n));
  qsort(x, DRAWS, sizeof *x, by_size);
  double distance = 0;
  for (size_t i = 0; i < DRAWS; i++) {
    double f = 0.5 * erfc(-x[i] / sqrt(2));
    distance = fmax(distance, fmax(fabs(f - (double)i / n), fabs((double)(i + 1) / n - f)));
  }
  assert_true(distance * sqrt(n) < 2.5);
  assert_true(x[0] > -5.5 && x[DRAWS - 1] < 5.5);
  free(x);
}

/* Scale 0 changes nothing, reflected draws are the sizes of the others, and every visit and side has its own. */
static void draws_stay_apart(void **state) {
  (void)state;
  float scale[STRIDE] __attribute__((aligned(FG_ALIGN))), *x = factors(), *y = factors();
  for (int k = 0; k < STRIDE; k++)
    scale[k] = k < 20 ? 0.5f : 0;
  fg_noise_add(x, ROWS, STRIDE, scale, false, 7, 9, 0);
  fg_noise_add(y, ROWS, STRIDE, scale, true, 7, 9, 0);
  for (size_t i = 0; i < DRAWS; i++) {
    assert_true(y[i] == fabsf(x[i]));
    assert_true(i % STRIDE < 20 ? x[i] != 0 || y[i] == 0 : x[i] == 0);
  }
  const struct {
    uint64_t seed, index;
    uint32_t sub;
  } others[] = {{8, 9, 0}, {7, 10, 0}, {7, 9, 1}, {7, 9, 2}, {7, 9 + (1ull << 32), 0}};
  for (size_t o = 0; o < sizeof others / sizeof others[0]; o++) {
    double product = 0;
    memset(y, 0, DRAWS * sizeof *y);
    fg_noise_add(y, ROWS, STRIDE, scale, false, others[o].seed, others[o].index, others[o].sub);
    for (size_t i = 0; i < DRAWS; i++)
      product += (double)x[i] * y[i];
    assert_true(fabs(product) < 4.5 * 0.25 * sqrt(20.0 / STRIDE * DRAWS));
  }
  memset(y, 0, DRAWS * sizeof *y); /* of fewer rows: the first of the same draws */
  fg_noise_add(y, 3, STRIDE, scale, false, 7, 9, 0);
  assert_memory_equal(x, y, 3 * STRIDE * sizeof *x);
  for (size_t i = 3 * STRIDE; i < DRAWS; i++)
    assert_true(y[i] == 0);
  free(x);
  free(y);
}

/* ---- the law of long runs: points on the diagonal, all of the same value, are independent problems of two entries u,
 * w with the density exp(-(1/2 (x - u w)^2 + l2/2 (u^2 + w^2)) / T), which is integrated numerically. */

#ifdef __SANITIZE_ADDRESS__ /* fifteen times slower */
enum { CHAINS = 100, BURN = 400 };
#define TOLERANCE 0.15
#else
enum { CHAINS = 600, BURN = 400 };
#define TOLERANCE 0.08
#endif
static const double value = 1, l2 = 0.5, temperature = 0.3;

struct law {
  double product, product2, square; /* E u w, E (u w)^2, E u^2 = E w^2 */
};

/* u given w is normal with mean x w / (w^2 + l2) and variance T / (w^2 + l2), cut off at 0 if they are >= 0. */
static struct law exact(double t, bool nonnegative) {
  struct law law = {0};
  double mass = 0;
  for (double w = nonnegative ? 0.0005 : -8.0005; w < 8; w += 0.001) {
    double curve = w * w + l2, mean = value * w / curve, variance = t / curve;
    double density = exp((value * value * w * w / curve - l2 * w * w) / (2 * t)) / sqrt(curve);
    double first = mean, second = mean * mean + variance;
    if (nonnegative) {
      double a = -mean / sqrt(variance), above = 0.5 * erfc(a / sqrt(2)), edge = exp(-a * a / 2) / sqrt(2 * M_PI);
      first = mean + sqrt(variance) * edge / above;
      second = variance + mean * first;
      density *= above;
    }
    mass += density;
    law.product += density * w * first;
    law.product2 += density * w * w * second;
    law.square += density * second;
  }
  law.product /= mass;
  law.product2 /= mass;
  law.square /= mass;
  return law;
}

struct watcher {
  const struct fg_run *run;
  float *u, *w;
  struct law sum;
  double n;
};

static enum fg_err watch(void *self, uint64_t rounds, const struct fg_totals *totals, const struct fg_factors *f,
                         struct fg_fault *fault) {
  struct watcher *s = self;
  (void)totals;
  (void)fault;
  if (rounds / s->run->grid.col_blocks < BURN)
    return FG_OK;
  fg_factors_gather(f, &s->run->grid, &s->run->model, 0, s->u);
  fg_factors_gather(f, &s->run->grid, &s->run->model, 1, s->w);
  for (size_t i = 0; i < CHAINS; i++) {
    double u = s->u[i], w = s->w[i];
    s->sum.product += u * w;
    s->sum.product2 += u * w * u * w;
    s->sum.square += (u * u + w * w) / 2;
    s->n++;
  }
  return FG_OK;
}

static enum fg_err ignore(void *self, const struct fg_taken *taken, struct fg_fault *fault) {
  (void)self;
  (void)taken;
  (void)fault;
  return FG_OK;
}

static char *diagonal(void) {
  char *path = fixture_points(1, 1, 1, 1);
  FILE *f = fopen(path, "w");
  assert_non_null(f);
  for (int i = 1; i <= CHAINS; i++)
    fprintf(f, "%d %d %g\n", i, i, value);
  fclose(f);
  return path;
}

static struct law observed(const char *model, const char *workers, const char *sync, double t) {
  char *path = diagonal(), spec[128];
  snprintf(spec, sizeof spec, "%s,rank=1,l2=%g,temperature=%g", model, l2, t);
  const char *const options[] = {"model",         spec,       "workers", workers, "sync",  sync,      "epochs", "2400",
                                 "step-schedule", "constant", "step",    "0.01",  "chunk", "1000000", "seed",   "5",
                                 "eval-every",    "20",       NULL};
  struct fg_run *run = fixture_run(path, options);
  struct watcher s = {.run = run, .u = calloc(CHAINS, sizeof(float)), .w = calloc(CHAINS, sizeof(float))};
  struct fg_sink sink = {.self = &s, .taken = ignore, .evaluate = watch};
  struct fg_totals totals = {0};
  fixture_play(run, 3, &sink, &totals, NULL);
  if (strncmp(sync, "fugue", 5) == 0)
    assert_true(totals.extra_updates > totals.updates / 4);
  struct law law = {s.sum.product / s.n, s.sum.product2 / s.n, s.sum.square / s.n};
  free(s.u);
  free(s.w);
  fixture_run_free(run);
  fixture_drop(path);
  return law;
}

/* Largest deviation of a moment, relative to it. */
static double apart(const struct law *a, const struct law *b) {
  double d = fabs(a->product / b->product - 1);
  d = fmax(d, fabs(a->product2 / b->product2 - 1));
  return fmax(d, fabs(a->square / b->square - 1));
}

/* 600 chains over 2,000 epochs, which are correlated: a moment has a standard error of 1.5 % at most (spread over eight
 * seeds), and a bias of at most 1.1 % (extra updates make for larger steps), so that 8 % is 4.6 standard errors away.
 * Noise of twice the variance - what it would be if rows and columns had that of an epoch at each of two visits - is
 * off by almost half. */
static void runs_have_the_law(void **state) {
  (void)state;
  const struct {
    const char *model, *workers, *sync;
    bool nonnegative;
  } cases[] = {
      {"mf:center=none,init=0.7", "1", "barrier", false},
      {"mf:center=none,init=0.7", "2", "barrier", false},
      {"mf:center=none,init=0.7", "2", "fugue:decay=0.7", false},
      {"mf:center=none,init=0.7", "2", "ring:blocks=2", false},
      {"nmf:loss=squared", "2", "barrier", true},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct law law = exact(temperature, cases[i].nonnegative);
    struct law seen = observed(cases[i].model, cases[i].workers, cases[i].sync, temperature);
    if (getenv("FUGUE_TEST_VERBOSE"))
      printf("%s %s P=%s: E uw %.4f (%.4f), E (uw)^2 %.4f (%.4f), E u^2 %.4f (%.4f): %.4f\n", cases[i].model,
             cases[i].sync, cases[i].workers, seen.product, law.product, seen.product2, law.product2, seen.square,
             law.square, apart(&seen, &law));
    if (apart(&seen, &law) > TOLERANCE)
      fail_msg("%s, %s, P = %s: a moment is off by %.1f %%", cases[i].model, cases[i].sync, cases[i].workers,
               100 * apart(&seen, &law));
  }
}

static void noise_of_another_size_is_noticed(void **state) {
  (void)state;
  struct law law = exact(temperature, false);
  const struct law seen = observed("mf:center=none,init=0.7", "2", "barrier", 2 * temperature);
  assert_true(apart(&seen, &law) > 3 * TOLERANCE);
  if (getenv("FUGUE_TEST_VERBOSE"))
    printf("twice the variance: %.4f\n", apart(&seen, &law));
  law = exact(2 * temperature, false); /* and it is the law of that temperature */
  assert_true(apart(&seen, &law) < TOLERANCE);
}

/* ---- what evaluations keep */

struct keeper {
  const struct fg_run *run;
  struct fg_evaluation last;
  float *rows[64], *cols[64]; /* of each sample */
  size_t n;
};

static enum fg_err keep(void *self, uint64_t rounds, const struct fg_totals *totals, const struct fg_factors *f,
                        struct fg_fault *fault) {
  struct keeper *s = self;
  const struct fg_model *m = &s->run->model;
  (void)totals;
  if (fg_posterior_due(s->run, rounds)) {
    s->rows[s->n] = calloc((size_t)m->rows * m->rank, sizeof(float));
    s->cols[s->n] = calloc((size_t)m->cols * m->rank, sizeof(float));
    fg_factors_gather(f, &s->run->grid, m, 0, s->rows[s->n]);
    fg_factors_gather(f, &s->run->grid, m, 1, s->cols[s->n++]);
  }
  return fg_posterior_sample(s->run, rounds, f, &s->last, fault);
}

/* Mean and variance of entry `at` over the samples. */
static void moments_of(float *const *sample, size_t n, size_t at, double *mean, double *variance) {
  *mean = *variance = 0;
  for (size_t i = 0; i < n; i++)
    *mean += sample[i][at] / (double)n;
  for (size_t i = 0; i < n; i++)
    *variance += (sample[i][at] - *mean) * (sample[i][at] - *mean) / (double)(n - 1);
}

static void close_to(double a, double b) {
  if (!(fabs(a - b) <= 1e-6 * (1 + fabs(b))))
    fail_msg("%.9g, not %.9g", a, b);
}

static void check_lines(const struct fg_posterior *s, const struct fg_moments *m, const struct fg_lines *lines,
                        const struct fg_model *model, float *const *sample, size_t n) {
  for (uint32_t i = 0; i < lines->n; i++)
    for (uint32_t k = 0; k < model->rank; k++) {
      double mean, variance;
      moments_of(sample, n, (size_t)lines->original[i] * model->rank + k, &mean, &variance);
      close_to(m->mean[(size_t)i * model->rank + k], mean);
      close_to(fg_posterior_variance(s, m->square[(size_t)i * model->rank + k]), variance);
    }
}

/* The predictive error from the samples' factors. */
static double metric(const struct keeper *s) {
  const struct fg_grid *g = &s->run->grid;
  const struct fg_model *m = &s->run->model;
  double squares = 0;
  size_t points = 0;
  for (uint32_t p = 0; p < g->row_blocks; p++)
    for (uint32_t q = 0; q < g->col_blocks; q++) {
      struct fg_point point;
      for (size_t from = 0; fg_block_read(fg_grid_test(g, p, q), from, 1, &point) > 0; from++, points++) {
        double mean = 0;
        for (size_t i = 0; i < s->n; i++) {
          double x = strcmp(m->type->name, "mf") == 0 ? m->mean : 0;
          for (uint32_t k = 0; k < m->rank; k++)
            x += (double)s->rows[i][(size_t)g->row[p].original[point.row] * m->rank + k] *
                 s->cols[i][(size_t)g->col[q].original[point.col] * m->rank + k];
          mean += x / (double)s->n;
        }
        squares += (point.value - mean) * (point.value - mean);
      }
    }
  assert_true(points > 20);
  return sqrt(squares / (double)points);
}

/* predictions.csv has a line for every test point, and no file if a part of them is not all there. */
static void predictions_are_whole_or_none(const struct fg_run *run) {
  char dir[] = "/tmp/fugue-test-XXXXXX", command[160];
  struct fg_fault fault = {0};
  assert_non_null(mkdtemp(dir));
  snprintf(command, sizeof command, "mkdir %s/model", dir);
  assert_int_equal(system(command), 0);
  for (int cut = 0; cut < 2; cut++) {
    assert_int_equal(fg_predictions_create(dir, run, &fault), FG_OK);
    for (uint32_t p = 0; p < run->grid.row_blocks; p++)
      assert_int_equal(fg_predictions_put(dir, run, p, &fault), FG_OK);
    for (uint32_t q = 0; q < run->grid.col_blocks; q++)
      assert_int_equal(fg_predictions_put_cols(dir, run, q, &fault), FG_OK);
    snprintf(command, sizeof command, "truncate -s -1 %s/model/predictions-00001.tmp", dir);
    assert_int_equal(cut ? system(command) : 0, 0);
    assert_int_equal(fg_predictions_finish(dir, run, &fault), cut ? FG_EIO : FG_OK);
    assert_true(!cut || strstr(fault.text, "test points are there"));
    snprintf(command, sizeof command, "test $(wc -l <%s/model/predictions.csv) -eq %llu && rm %s/model/predictions.csv",
             dir, run->grid.n_test + 1ull, dir);
    assert_int_equal(system(command) == 0, !cut);
    fg_predictions_discard(dir);
  }
  snprintf(command, sizeof command, "rmdir %s/model %s", dir, dir); /* nothing is left */
  assert_int_equal(system(command), 0);
}

static void posterior_is_of_the_samples(void **state) {
  (void)state;
  const char *const models[] = {"mf:rank=3,temperature=0.5,burn=4", "mf:rank=3,bias=yes,temperature=0.5,burn=4",
                                "nmf:rank=3,loss=squared,temperature=0.5,burn=4"};
  const char *const syncs[] = {"barrier", "fugue", "nomad:blocks=3"};
  for (size_t i = 0; i < 3; i++)
    for (size_t j = 0; j < 3; j++) {
      char *path = fixture_points(40, 30, 0.5, 3);
      const char *const options[] = {"model",         models[i],  "workers", "3",    "sync", syncs[j], "epochs", "9",
                                     "step-schedule", "constant", "step",    "0.02", "test", "0.2",    NULL};
      struct fg_run *run = fixture_run(path, options);
      struct keeper s = {.run = run};
      struct fg_sink sink = {.self = &s, .taken = ignore, .evaluate = keep};
      run->look_every = j == 0; /* within epochs, too: no samples there */
      struct fg_totals totals = {0};
      fixture_play(run, 4, &sink, &totals, NULL);
      assert_int_equal(s.n, 6); /* epochs 4 to 9 */
      assert_int_equal(s.last.samples, 6);
      for (uint32_t p = 0; p < 3; p++)
        check_lines(run->posterior, &run->posterior->row[p], &run->grid.row[p], &run->model, s.rows, s.n);
      for (uint32_t q = 0; q < run->grid.col_blocks; q++)
        check_lines(run->posterior, &run->posterior->col[q], &run->grid.col[q], &run->model, s.cols, s.n);
      close_to(s.last.posterior_metric, metric(&s));
      assert_true(s.last.posterior_deviation > 0);
      if (i == 0)
        predictions_are_whole_or_none(run);
      if (i == 1) { /* ones do not move */
        uint32_t which, fixed = run->model.type->fixed(&run->model, 0);
        assert_true(
            run->model.type->rows_valid(&run->model, run->factors.row[0].factor, run->factors.row[0].rows, &which));
        assert_true(run->posterior->row[0].square[fixed] == 0 && run->posterior->row[0].mean[fixed] == 1);
      }
      for (size_t k = 0; k < s.n; k++) {
        free(s.rows[k]);
        free(s.cols[k]);
      }
      fixture_run_free(run);
      fixture_drop(path);
    }
}

/* ---- refusals */

static void refused(const char *path, const char *model, const char *name, const char *text, const char *words) {
  const bool replicas =
      strcmp(text, "psgd") == 0 || strcmp(text, "ssp") == 0; /* sweeps and preflight pass these over */
  struct fg_fault fault = {0};
  struct fg_config *config = calloc(1, sizeof *config);
  struct fg_run *run = calloc(1, sizeof *run);
  fg_config_init(config);
  fixture_set(config, "data", path);
  fixture_set(config, "model", model);
  fixture_set(config, name, text);
  assert_int_equal(fg_run_prepare(config, 1e9, &fg_share_all, run, &fault), replicas ? FG_EREFUSED : FG_EUSAGE);
  if (!strstr(fault.text, words))
    fail_msg("'%s' says nothing of '%s'", fault.text, words);
  fixture_run_free(run);
  free(config);
}

static void what_cannot_sample_says_so(void **state) {
  (void)state;
  char *path = fixture_points(20, 20, 0.5, 3);
  refused(path, "mf:temperature=-1", "sync", "barrier", "temperature=-1");
  refused(path, "mf:temperature=1", "sync", "psgd", "sync psgd " FG_REFUSED_WORDS);
  refused(path, "mf:temperature=1", "sync", "ssp", "sync ssp " FG_REFUSED_WORDS);
  refused(path, "mf:temperature=1", "step-schedule", "adagrad", "adagrad");
  refused(path, "mf:temperature=1", "balance", "scale", "--balance scale");
  refused(path, "nmf:temperature=1", "sync", "barrier", "nmf:loss=squared");
  refused(path, "lda:temperature=1", "sync", "barrier", "temperature");
  const char *const options[] = {"model", "mf:rank=2,temperature=1", "workers", "2", NULL};
  fixture_run_free(fixture_run(path, options));
  fixture_drop(path);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(draws_are_normal),
      cmocka_unit_test(draws_stay_apart),
      cmocka_unit_test(posterior_is_of_the_samples),
      cmocka_unit_test(what_cannot_sample_says_so),
      cmocka_unit_test(runs_have_the_law),
      cmocka_unit_test(noise_of_another_size_is_noticed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
