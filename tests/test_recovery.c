/* Planted truth is recovered: data generated from known factors, learned by several workers with the model's default
 * step, give these factors back, up to the order and the scale of the latent dimensions. A new model is a row of
 * `recoveries`. */
#include "core/data/generate.h"
#include "core/evaluate.h"
#include "tests/fixture.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* What a run has learned. */
struct learned {
  struct fg_run *run;
  struct fg_evaluation end;
};

struct recovery {
  const char *name;
  const char *generate;    /* its seed is 1 */
  const char *options[12]; /* of the run: name, value, ..., NULL; further: 4 workers, barrier */
  int side;                /* whose factors are matched: 0 rows, 1 columns */
  /* Every planted dimension has a learned one of its own whose lines (rows or columns) correlate with its lines by
   * at least this; 0: not looked at */
  double correlation;
  double metric; /* the test metric is at most this; INFINITY: not looked at */
};

static const struct recovery recoveries[] = {
    /* Poisson counts of mean 10: their spread alone is an RMSE of sqrt(10) = 3.16, and a divergence of about 1/2 */
    {.name = "nmf",
     .generate = "nmf:rows=600,cols=300,nnz=100000,rank=4,mean=10",
     .options = {"model", "nmf:rank=4", "epochs", "30", "test", "0.1", NULL},
     .side = 1,
     .correlation = 0.99,
     .metric = 0.6},
    {.name = "nmf, squared",
     .generate = "nmf:rows=600,cols=300,nnz=100000,rank=4,mean=10",
     .options = {"model", "nmf:rank=4,loss=squared", "epochs", "30", "test", "0.1", NULL},
     .side = 1,
     .correlation = 0.99,
     .metric = 1.05 * 3.16},
    {.name = "gibbs",
     .generate = "lda:docs=600,words=300,topics=4,length=100,beta=0.1",
     .options = {"model", "gibbs:topics=4", "epochs", "100", "test", "rows:0.1", NULL},
     .side = 1,
     .correlation = 0.95,
     .metric = INFINITY},
    {.name = "gibbs, topics drawn",
     .generate = "lda:docs=600,words=300,topics=4,length=100,beta=0.1",
     .options = {"model", "gibbs:topics=4,collapsed=no", "epochs", "100", "test", "rows:0.1", NULL},
     .side = 1,
     .correlation = 0.95,
     .metric = INFINITY},
    {.name = "mmnd",
     .generate = "mmnd:nodes=600,communities=4,degree=30",
     .options = {"model", "mmnd:rank=4", "epochs", "30", "test", "0.1", NULL},
     .side = 0,
     .correlation = 0.9,
     .metric = 0.25},
    {.name = "mmnd, directed",
     .generate = "mmnd:nodes=600,communities=4,degree=40,directed=yes",
     .options = {"model", "mmnd:rank=4,directed=yes", "epochs", "30", "test", "0.1", NULL},
     .side = 0,
     .correlation = 0.9,
     .metric = 0.25},
    /* Every atom is found. Codes are drawn toward 0 by the penalty, and so is the metric kept from the noise of 0.1. */
    {.name = "dict",
     .generate = "dict:rows=2000,cols=48,atoms=16,active=3",
     .options = {"model", "dict:rank=16", "epochs", "40", "test", "0.1", NULL},
     .side = 1,
     .correlation = 0.95,
     .metric = 0.3},
    /* Half of the features of a sample are known. */
    {.name = "dict, observed in part",
     .generate = "dict:rows=4000,cols=48,atoms=16,active=3,share=0.5",
     .options = {"model", "dict:rank=16", "epochs", "40", "test", "0.1", NULL},
     .side = 1,
     .correlation = 0.95,
     .metric = INFINITY},
    {.name = "dict, norm of features",
     .generate = "dict:rows=2000,cols=48,atoms=16,active=3",
     .options = {"model", "dict:rank=16,norm=feature", "epochs", "40", "test", "0.1", NULL},
     .side = 1,
     .correlation = 0.95,
     .metric = 0.3},
};

/* Correlation of entry a of the lines of x with entry b of those of y, n lines each. */
static double correlation(const float *x, uint32_t x_rank, uint32_t a, const float *y, uint32_t y_rank, uint32_t b,
                          uint32_t n) {
  double sx = 0, sy = 0, xx = 0, yy = 0, xy = 0;
  for (uint32_t i = 0; i < n; i++) {
    double s = x[(size_t)i * x_rank + a], t = y[(size_t)i * y_rank + b];
    sx += s / n;
    sy += t / n;
    xx += s * s / n;
    yy += t * t / n;
    xy += s * t / n;
  }
  double spread = (xx - sx * sx) * (yy - sy * sy);
  return spread > 0 ? (xy - sx * sy) / sqrt(spread) : 0;
}

/* The smallest of the correlations of pairs that are matched greedily, the most alike first. Signs do not matter. */
static double match(const float *truth, uint32_t rank, const float *found, uint32_t found_rank, uint32_t n) {
  bool *used = calloc((size_t)rank + found_rank, sizeof *used), *taken = used + rank;
  assert_non_null(used);
  double least = 1;
  assert_true(rank <= found_rank);
  for (uint32_t pairs = 0; pairs < rank; pairs++) {
    double best = -1;
    uint32_t best_a = 0, best_b = 0;
    for (uint32_t a = 0; a < rank; a++)
      for (uint32_t b = 0; b < found_rank && !used[a]; b++) {
        double c = taken[b] ? -1 : fabs(correlation(truth, rank, a, found, found_rank, b, n));
        if (c > best) {
          best = c;
          best_a = a;
          best_b = b;
        }
      }
    used[best_a] = taken[best_b] = true;
    least = best < least ? best : least;
  }
  free(used);
  return least;
}

static void learn(const struct recovery *r, struct learned *learned) {
  struct fg_points points;
  struct fg_fault fault = {0};
  char dir[] = "/tmp/fugue-test-XXXXXX", path[sizeof dir + 16];
  assert_non_null(mkdtemp(dir));
  snprintf(path, sizeof path, "%s/points.txt", dir);
  if (fg_generate(r->generate, 1, &points, &fault) || fg_points_write(path, &points, &fault))
    fail_msg("%s: %s", r->name, fault.text);
  fg_points_free(&points);
  const char *options[16] = {"workers", "4", "sync", "barrier"};
  memcpy(options + 4, r->options, sizeof r->options);
  learned->run = fixture_run(path, options);
  unlink(path);
  rmdir(dir);
  struct fg_totals totals;
  fixture_play(learned->run, 1, &fixture_deaf, &totals, NULL);
  if (fg_evaluate(learned->run, &learned->run->factors, &learned->end, &fault))
    fail_msg("%s: %s", r->name, fault.text);
}

/* How well a run's factors match those that `seed` plants. */
static double matched(const struct recovery *r, const struct fg_run *run, uint64_t seed) {
  struct fg_planted planted;
  struct fg_fault fault = {0};
  if (fg_generate_planted(r->generate, seed, r->side, &planted, &fault))
    fail_msg("%s: %s", r->name, fault.text);
  assert_int_equal(planted.n, r->side ? run->model.cols : run->model.rows);
  float *found = malloc((size_t)planted.n * run->model.rank * sizeof *found);
  assert_non_null(found);
  fg_factors_gather(&run->factors, &run->grid, &run->model, r->side, found);
  double least = match(planted.factor, planted.rank, found, run->model.rank, planted.n);
  free(found);
  free(planted.factor);
  return least;
}

static void planted_factors_are_found(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof recoveries / sizeof recoveries[0]; i++) {
    const struct recovery *r = &recoveries[i];
    struct learned learned;
    learn(r, &learned);
    if (!(learned.end.test_metric <= r->metric))
      fail_msg("%s: the test metric is %g, not below %g", r->name, learned.end.test_metric, r->metric);
    if (r->correlation > 0) {
      double least = matched(r, learned.run, 1), other = matched(r, learned.run, 2);
      if (!(least >= r->correlation))
        fail_msg("%s: a planted dimension is found with a correlation of %g only, below %g", r->name, least,
                 r->correlation);
      if (!(other < 0.5 * r->correlation)) /* what was not planted is not found */
        fail_msg("%s: factors of other data match by %g", r->name, other);
    }
    fixture_run_free(learned.run);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(planted_factors_are_found)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
