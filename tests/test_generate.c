/* Synthetic data follow the laws they are said to follow. Seeds are fixed; each statistic has a two-sided level of
 * 2e-6, with fewer than fifty of them in this file. */
#include "core/data/generate.h"
#include "core/data/grid.h"
#include "core/data/placement.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_fit.h>
#include <gsl/gsl_linalg.h>
#include <gsl/gsl_statistics.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const double level = 2e-6;

static struct fg_points made(const char *spec, uint64_t seed) {
  struct fg_points points;
  struct fg_fault fault = {0};
  enum fg_err err = fg_generate(spec, seed, &points, &fault);
  if (err)
    fail_msg("%s: %s", spec, fault.text);
  return points;
}

static void check_shape(const struct fg_points *p, uint32_t rows, uint32_t cols) {
  bool found;
  size_t a, b;
  assert_int_equal(p->rows, rows);
  assert_int_equal(p->cols, cols);
  for (size_t i = 0; i < p->n; i++)
    assert_true(p->row[i] < rows && p->col[i] < cols && isfinite(p->value[i]));
  assert_int_equal(fg_points_find_duplicate(p, &found, &a, &b), FG_OK);
  assert_false(found);
}

/* sum of squares of n normal numbers of the given standard deviation */
static void check_variance(double sum_of_squares, double n, double sigma) {
  double x = sum_of_squares / (sigma * sigma);
  assert_true(gsl_cdf_chisq_P(x, n) > level / 2);
  assert_true(gsl_cdf_chisq_Q(x, n) > level / 2);
}

static void check_mean(const double *x, size_t n, double expected) {
  double t = (gsl_stats_mean(x, 1, n) - expected) / (gsl_stats_sd(x, 1, n) / sqrt((double)n));
  if (!(fabs(t) < gsl_cdf_tdist_Qinv(level / 2, (double)n - 1)))
    fail_msg("mean %g instead of %g: t = %g", gsl_stats_mean(x, 1, n), expected, t);
}

/* ---- which cells ---- */

static void cells_are_distinct(void **state) {
  (void)state;
  static const struct {
    const char *spec;
    uint32_t rows, cols;
    size_t n;
  } cases[] = {
      {"mf:rows=300,cols=200,nnz=6000,rank=2", 300, 200, 6000},
      {"mf:rows=300,cols=200,nnz=59999,rank=2", 300, 200, 59999}, /* all cells but one */
      {"mf:rows=300,cols=200,nnz=60000,rank=2", 300, 200, 60000},
      {"mf:rows=300,cols=200,nnz=60000,rank=2,popularity=2", 300, 200, 60000},
      {"mf:rows=300,cols=200,nnz=30000,rank=2,popularity=2", 300, 200, 30000},
      {"mf:rows=1,cols=1,nnz=1,rank=1", 1, 1, 1},
      {"mf:rows=1,cols=5000,nnz=4000,rank=1", 1, 5000, 4000},
      {"mf:rows=5000,cols=1,nnz=4000,rank=1", 5000, 1, 4000},
      {"additive:rows=70,cols=50,nnz=3500", 70, 50, 3500},
      {"additive:rows=70,cols=50,nnz=777", 70, 50, 777},
  };
  for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
    struct fg_points p = made(cases[k].spec, 3);
    check_shape(&p, cases[k].rows, cases[k].cols);
    assert_int_equal(p.n, cases[k].n);
    assert_false(p.counts);
    fg_points_free(&p);
  }
}

static int falling(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return x < y ? 1 : x > y ? -1 : 0;
}

/* Slope of log degree over log rank, ranks 3 to 100. Rows are shared out exactly (to whole points),
 * columns are drawn. */
static void popularity_is_a_power_law(void **state) {
  (void)state;
  static const uint32_t lines[2] = {50000, 5000};
  static const double tolerance[2] = {0.01, 0.06};
  struct fg_points p = made("mf:rows=50000,cols=5000,nnz=100000,rank=1,popularity=0.5", 5);
  double *degree[2] = {test_calloc(lines[0], sizeof(double)), test_calloc(lines[1], sizeof(double))};
  for (size_t i = 0; i < p.n; i++) {
    degree[0][p.row[i]]++;
    degree[1][p.col[i]]++;
  }
  size_t falls =
      0; /* which column is how popular is random: a bit less than half of the steps go down, the rest up or level */
  for (uint32_t i = 1; i < lines[1]; i++)
    falls += degree[1][i] < degree[1][i - 1];
  assert_in_range(falls, lines[1] * 2 / 5, lines[1] / 2);
  for (int axis = 0; axis < 2; axis++) {
    double x[98], y[98], c0, c1, cov00, cov01, cov11, sum;
    qsort(degree[axis], lines[axis], sizeof(double), falling);
    for (int r = 2; r < 100; r++) {
      x[r - 2] = log(r + 1);
      y[r - 2] = log(degree[axis][r]);
    }
    gsl_fit_linear(x, 1, y, 1, 98, &c0, &c1, &cov00, &cov01, &cov11, &sum);
    assert_true(fabs(c1 + 0.5) < tolerance[axis]);
    test_free(degree[axis]);
  }
  fg_points_free(&p);
}

/* Without popularity every cell is equally likely: counts of cells over many small matrices. */
static void cells_are_uniform(void **state) {
  (void)state;
  enum { ROUNDS = 20000 };
  static const char *const specs[] = {"additive:rows=3,cols=5,nnz=3", "additive:rows=3,cols=5,nnz=12"};
  static const size_t per_row[] = {1, 4};
  for (int k = 0; k < 2; k++) {
    size_t count[3][5] = {{0}};
    for (uint64_t seed = 0; seed < ROUNDS; seed++) {
      struct fg_points p = made(specs[k], seed);
      for (size_t i = 0; i < p.n; i++)
        count[p.row[i]][p.col[i]]++;
      fg_points_free(&p);
    }
    double share = (double)per_row[k] / 5;
    for (int i = 0; i < 3; i++) {
      /* without replacement the variance of a count is smaller by 1 - share, and by 5/4 for the fixed sum */
      double x = 0;
      for (int j = 0; j < 5; j++)
        x += pow((double)count[i][j] - ROUNDS * share, 2) / (ROUNDS * share * (1 - share)) * 4 / 5;
      assert_true(gsl_cdf_chisq_Q(x, 4) > level / 2);
      assert_true(gsl_cdf_chisq_P(x, 4) > level / 2);
    }
  }
}

/* Drawing again and drawing by keys give the same law: rows of 4 points in 6 columns of very unequal weight need both.
 * The probability that a column is taken, by enumeration of all orders of drawing. */
static double probability_of(const double *weight, unsigned n, unsigned wanted, unsigned taken, unsigned column) {
  if (taken >> column & 1)
    return 1;
  if (!wanted)
    return 0;
  double left = 0, p = 0;
  for (unsigned j = 0; j < n; j++)
    left += taken >> j & 1 ? 0 : weight[j];
  for (unsigned j = 0; j < n; j++)
    if (!(taken >> j & 1))
      p += weight[j] / left * probability_of(weight, n, wanted - 1, taken | 1u << j, column);
  return p;
}

static void columns_are_drawn_by_weight(void **state) {
  (void)state;
  enum { ROWS = 40000, COLS = 6, WANTED = 4 };
  struct fg_placement pl;
  assert_int_equal(fg_placement_start(&pl, "test", ROWS, COLS, ROWS, 2, 8, NULL), FG_OK);
  double count[COLS] = {0};
  uint32_t col[COLS];
  for (uint32_t i = 0; i < ROWS; i++) {
    pl.degree[i] = WANTED;
    fg_placement_row(&pl, i, col);
    for (unsigned k = 0; k < WANTED; k++)
      count[col[k]]++;
  }
  for (unsigned j = 0; j < COLS; j++) {
    double share = probability_of(pl.weight, COLS, WANTED, 0, j);
    double z = (count[j] - ROWS * share) / sqrt(ROWS * share * (1 - share));
    assert_true(fabs(z) < gsl_cdf_ugaussian_Qinv(level / 2));
  }
  fg_placement_free(&pl);
}

/* ---- mf ---- */

/* The same seed with and without noise differs by the noise alone. */
static void noise_is_as_stated(void **state) {
  (void)state;
  static const char *const specs[][2] = {
      {"mf:rows=2000,cols=500,nnz=100000,rank=4,noise=0.3", "mf:rows=2000,cols=500,nnz=100000,rank=4,noise=0"},
      {"additive:rows=2000,cols=500,nnz=100000,noise=0.3", "additive:rows=2000,cols=500,nnz=100000,noise=0"}};
  for (int k = 0; k < 2; k++) {
    struct fg_points noisy = made(specs[k][0], 7), exact = made(specs[k][1], 7);
    double squares = 0, sum = 0, fourth = 0, n = (double)noisy.n;
    assert_memory_equal(noisy.row, exact.row, noisy.n * sizeof *noisy.row);
    assert_memory_equal(noisy.col, exact.col, noisy.n * sizeof *noisy.col);
    for (size_t i = 0; i < noisy.n; i++) {
      double e = (double)noisy.value[i] - exact.value[i];
      sum += e;
      squares += e * e;
      fourth += e * e * e * e;
    }
    check_variance(squares, n, 0.3);
    assert_true(fabs(sum / (0.3 * sqrt(n))) < gsl_cdf_ugaussian_Qinv(level / 2));
    double kurtosis = fourth / n / pow(squares / n, 2); /* 3 for a normal law; its variance is 24 / n */
    assert_true(fabs(kurtosis - 3) < gsl_cdf_ugaussian_Qinv(level / 2) * sqrt(24 / n));
    fg_points_free(&noisy);
    fg_points_free(&exact);
  }
}

/* A full matrix without noise has the planted rank, and over seeds its values have variance 1. */
static void rank_and_signal_are_as_planted(void **state) {
  (void)state;
  enum { ROWS = 40, COLS = 30, RANK = 5, ROUNDS = 400 };
  gsl_matrix *a = gsl_matrix_alloc(ROWS, COLS), *v = gsl_matrix_alloc(COLS, COLS);
  gsl_vector *s = gsl_vector_alloc(COLS), *work = gsl_vector_alloc(COLS);
  double first[ROUNDS];
  for (uint64_t seed = 0; seed < ROUNDS; seed++) {
    struct fg_points p = made("mf:rows=40,cols=30,nnz=1200,rank=5,noise=0", seed);
    assert_int_equal(p.n, ROWS * COLS);
    first[seed] = pow(p.value[0], 2);
    if (seed < 5) {
      for (size_t i = 0; i < p.n; i++)
        gsl_matrix_set(a, p.row[i], p.col[i], p.value[i]);
      assert_int_equal(gsl_linalg_SV_decomp(a, v, s, work), 0);
      assert_true(gsl_vector_get(s, RANK - 1) > 1);
      assert_true(gsl_vector_get(s, RANK) < 1e-5);
    }
    fg_points_free(&p);
  }
  check_mean(first, ROUNDS, 1);
  gsl_matrix_free(a);
  gsl_matrix_free(v);
  gsl_vector_free(s);
  gsl_vector_free(work);
}

/* ---- additive ---- */

static void additive_adds(void **state) {
  (void)state;
  enum { ROWS = 400, COLS = 300 };
  struct fg_points p = made("additive:rows=400,cols=300,nnz=120000,noise=0", 3);
  float *x = test_calloc(ROWS * COLS, sizeof *x);
  for (size_t i = 0; i < p.n; i++)
    x[p.row[i] * COLS + p.col[i]] = p.value[i];
  double rows = 0, cols = 0;
  for (size_t i = 1; i < ROWS; i++)
    for (size_t j = 1; j < COLS; j++)
      assert_true(fabs((double)x[i * COLS + j] - x[i * COLS] - x[j] + x[0]) < 1e-5);
  for (size_t i = 1; i < ROWS; i += 2) /* differences of two effects have variance 1 */
    rows += pow((double)x[i * COLS] - x[(i - 1) * COLS], 2);
  for (size_t j = 1; j < COLS; j += 2)
    cols += pow((double)x[j] - x[j - 1], 2);
  check_variance(rows, ROWS / 2, 1);
  check_variance(cols, COLS / 2, 1);
  test_free(x);
  fg_points_free(&p);
}

/* ---- dict ---- */

/* Atoms have norm 1, the signal variance 1, and without noise a sample lies in the span of its atoms: with one active
 * atom it is a multiple of it. Of each sample as many features as asked for are there, of all features alike. */
static void samples_are_of_planted_atoms(void **state) {
  (void)state;
  enum { ROWS = 3000, COLS = 20, ATOMS = 30, OBSERVED = 5 };
  struct fg_planted truth;
  struct fg_points p = made("dict:rows=3000,cols=20,atoms=30,active=1,noise=0", 3);
  check_shape(&p, ROWS, COLS);
  assert_int_equal(p.n, ROWS * COLS);
  assert_int_equal(fg_generate_planted("dict:rows=3000,cols=20,atoms=30,active=1,noise=0", 3, 1, &truth, NULL), FG_OK);
  assert_true(truth.n == COLS && truth.rank == ATOMS);
  double squares = 0;
  for (int k = 0; k < ATOMS; k++) {
    double norm = 0;
    for (int j = 0; j < COLS; j++)
      norm += pow(truth.factor[j * ATOMS + k], 2);
    assert_true(fabs(norm - 1) < 1e-5);
  }
  for (size_t i = 0; i < ROWS; i++) {
    double norm = 0, best = 0;
    for (size_t j = 0; j < COLS; j++)
      norm += pow(p.value[i * COLS + j], 2);
    for (int k = 0; k < ATOMS; k++) {
      double dot = 0;
      for (size_t j = 0; j < COLS; j++)
        dot += p.value[i * COLS + j] * truth.factor[j * ATOMS + (size_t)k];
      best = fmax(best, fabs(dot));
    }
    assert_true(fabs(best - sqrt(norm)) < 1e-4 * sqrt(norm));
    squares += norm / COLS; /* of one code: COLS times a chi-square */
  }
  check_variance(squares, ROWS, 1);
  free(truth.factor);
  fg_points_free(&p);

  p = made("dict:rows=3000,cols=20,atoms=30,active=3,noise=0.5,share=0.25", 4);
  size_t of_row[ROWS] = {0}, of_col[COLS] = {0};
  squares = 0;
  assert_int_equal(p.n, ROWS * OBSERVED);
  for (size_t i = 0; i < p.n; i++) {
    of_row[p.row[i]]++;
    of_col[p.col[i]]++;
    squares += pow(p.value[i], 2) / (double)p.n;
  }
  assert_true(fabs(squares - 1.25) < 0.1); /* three atoms, each with a third, and noise */
  for (int i = 0; i < ROWS; i++)
    assert_int_equal(of_row[i], OBSERVED);
  double sd = sqrt(ROWS * 0.25 * 0.75);
  for (int j = 0; j < COLS; j++)
    assert_true(fabs((double)of_col[j] - ROWS * 0.25) < 5 * sd);
  fg_points_free(&p);
  assert_int_equal(fg_generate_planted("dict:rows=3,cols=2", 4, 0, &truth, NULL),
                   FG_EUSAGE); /* of codes there are none */
  free(truth.factor);
}

/* ---- lda ---- */

/* Moments over seeds, with symmetric priors: length; words of one document agree with probability
 * P(same topic) P(same word | same topic) + P(other topic) / M; words of two documents do with P(same topic) = 1 / K.
 */
static void documents_follow_the_process(void **state) {
  (void)state;
  enum { ROUNDS = 300, DOCS = 40, WORDS = 30, TOPICS = 4, LENGTH = 25 };
  const double alpha = 0.5, beta = 0.2;
  double length[ROUNDS], within[ROUNDS], between[ROUNDS];
  for (uint64_t seed = 0; seed < ROUNDS; seed++) {
    struct fg_points p = made("lda:docs=40,words=30,topics=4,length=25,alpha=0.5,beta=0.2", seed);
    check_shape(&p, DOCS, WORDS);
    assert_true(p.counts);
    assert_int_equal(p.format, FG_FORMAT_BOW);
    double count[DOCS][WORDS] = {{0}}, total[DOCS] = {0}, tokens = 0, same = 0, pairs = 0, same2 = 0, pairs2 = 0;
    for (size_t i = 0; i < p.n; i++) {
      assert_true(p.value[i] >= 1 && p.value[i] == floorf(p.value[i]));
      count[p.row[i]][p.col[i]] = p.value[i];
      total[p.row[i]] += p.value[i];
      tokens += p.value[i];
    }
    for (int d = 0; d < DOCS; d++) {
      for (int w = 0; w < WORDS; w++)
        same += count[d][w] * (count[d][w] - 1) / (total[d] * (total[d] - 1));
      pairs++;
      if (d % 2 == 0)
        continue;
      for (int w = 0; w < WORDS; w++)
        same2 += count[d][w] * count[d - 1][w] / (total[d] * total[d - 1]);
      pairs2++;
    }
    length[seed] = tokens / DOCS;
    within[seed] = same / pairs;
    between[seed] = same2 / pairs2;
    fg_points_free(&p);
  }
  double same_topic = (alpha + 1) / (TOPICS * alpha + 1), same_word = (beta + 1) / (WORDS * beta + 1);
  check_mean(length, ROUNDS, LENGTH);
  check_mean(within, ROUNDS, same_topic * same_word + (1 - same_topic) / WORDS);
  check_mean(between, ROUNDS, same_word / TOPICS + (1 - 1.0 / TOPICS) / WORDS);
}

/* With alpha near 0 a document has one topic, each with probability 1/K; with beta near 0 topics share no word (at
 * these sizes both hold for three seeds of four; this one is of them). So words that meet in documents fall into K
 * groups, and the groups have equal shares of the documents. */
static void topics_have_equal_shares(void **state) {
  (void)state;
  enum { DOCS = 200, WORDS = 20000, TOPICS = 4 };
  struct fg_points p = made("lda:docs=200,words=20000,topics=4,length=20,alpha=0.0001,beta=0.0001", 2);
  int *group = test_calloc(WORDS, sizeof *group);
  double docs[WORDS] = {0}, x = 0;
  for (int w = 0; w < WORDS; w++)
    group[w] = w;
  for (size_t i = 1; i < p.n; i++)
    if (p.row[i] == p.row[i - 1]) {
      int a = group[p.col[i]], b = group[p.col[i - 1]];
      for (int w = 0; w < WORDS && a != b; w++)
        if (group[w] == a)
          group[w] = b;
    }
  for (size_t i = 0; i < p.n; i++)
    if (i == 0 || p.row[i] != p.row[i - 1])
      docs[group[p.col[i]]]++;
  int groups = 0;
  for (int w = 0; w < WORDS; w++)
    if (docs[w]) {
      groups++;
      x += pow(docs[w] - DOCS / TOPICS, 2) / (DOCS / TOPICS);
    }
  assert_int_equal(groups, TOPICS);
  assert_true(gsl_cdf_chisq_Q(x, TOPICS - 1) > level);
  test_free(group);
  fg_points_free(&p);
}

/* Smooth topics are uniform over the words: one chi-square over all tokens. */
static void large_beta_gives_uniform_words(void **state) {
  (void)state;
  struct fg_points p = made("lda:docs=1000,words=200,topics=3,length=100,beta=1000000", 4);
  double count[200] = {0}, n = 0, x = 0;
  for (size_t i = 0; i < p.n; i++) {
    count[p.col[i]] += p.value[i];
    n += p.value[i];
  }
  for (int w = 0; w < 200; w++)
    x += pow(count[w] - n / 200, 2) / (n / 200);
  assert_true(gsl_cdf_chisq_Q(x, 199) > level / 2);
  assert_true(gsl_cdf_chisq_P(x, 199) > level / 2);
  fg_points_free(&p);
}

/* ---- nmf ---- */

static void check_normal(double x, double variance) {
  double z = x / sqrt(variance);
  if (!(gsl_cdf_ugaussian_P(z) > level / 2 && gsl_cdf_ugaussian_Q(z) > level / 2))
    fail_msg("%g standard deviations away", z);
}

/* Given the planted factors, counts have their mean and the variance of Poisson's law; the factors have the mean and
 * the variance of a gamma law. */
static void counts_are_about_planted_factors(void **state) {
  (void)state;
  static const char *const spec = "nmf:rows=500,cols=400,nnz=60000,rank=6,mean=4,shape=0.8";
  struct fg_points p = made(spec, 3);
  struct fg_planted side[2];
  const double unit = sqrt(4.0 / 6), shape = 0.8, variance = unit * unit / shape;
  check_shape(&p, 500, 400);
  assert_true(p.n == 60000 && p.counts && p.nonnegative);
  for (int s = 0; s < 2; s++) {
    assert_int_equal(fg_generate_planted(spec, 3, s, &side[s], NULL), FG_OK);
    assert_true(side[s].n == (s ? 400 : 500) && side[s].rank == 6);
    double n = 6.0 * side[s].n, sum = 0, squares = 0;
    for (size_t i = 0; i < 6 * (size_t)side[s].n; i++) {
      assert_true(side[s].factor[i] >= 0);
      sum += side[s].factor[i] - unit;
      squares += pow(side[s].factor[i] - unit, 2) - variance;
    }
    check_normal(sum, n * variance);
    check_normal(squares, n * variance * variance * (2 + 6 / shape)); /* excess kurtosis 6 / shape */
  }
  double sum = 0, squares = 0, sum_variance = 0, squares_variance = 0;
  for (size_t i = 0; i < p.n; i++) {
    double m = 0;
    for (uint32_t k = 0; k < 6; k++)
      m += (double)side[0].factor[6 * p.row[i] + k] * side[1].factor[6 * p.col[i] + k];
    sum += p.value[i] - m;
    sum_variance += m;
    squares += pow(p.value[i] - m, 2) - m;
    squares_variance += m + 2 * m * m;
  }
  check_normal(sum, sum_variance);
  check_normal(squares, squares_variance);
  fg_points_free(&p);
  free(side[0].factor);
  free(side[1].factor);
}

static void truth_that_is_not_kept_is_refused(void **state) {
  (void)state;
  struct fg_planted truth;
  struct fg_fault fault = {0};
  assert_int_equal(fg_generate_planted("additive:rows=3,cols=4,nnz=5", 1, 0, &truth, &fault), FG_EUSAGE);
  assert_non_null(strstr(fault.text, "no planted factors"));
  assert_null(truth.factor);
  assert_int_equal(fg_generate_planted("nmf:rows=3", 1, 0, &truth, &fault), FG_EUSAGE);
}

/* ---- all ---- */

static void same_seed_same_points(void **state) {
  (void)state;
  static const char *const specs[] = {"mf:rows=100,cols=50,nnz=1000",    "additive:rows=100,cols=50,nnz=1000",
                                      "lda:docs=100,words=50",           "nmf:rows=100,cols=50,nnz=1000",
                                      "dict:rows=100,cols=50,share=0.5", "mmnd:nodes=100,degree=5"};
  for (size_t k = 0; k < sizeof specs / sizeof specs[0]; k++) {
    struct fg_points a = made(specs[k], 1), b = made(specs[k], 1), c = made(specs[k], 2);
    assert_int_equal(a.n, b.n);
    assert_memory_equal(a.row, b.row, a.n * sizeof *a.row);
    assert_memory_equal(a.col, b.col, a.n * sizeof *a.col);
    assert_memory_equal(a.value, b.value, a.n * sizeof *a.value);
    assert_true(a.n != c.n || memcmp(a.value, c.value, a.n * sizeof *a.value) != 0 ||
                memcmp(a.col, c.col, a.n * sizeof *a.col) != 0);
    fg_points_free(&a);
    fg_points_free(&b);
    fg_points_free(&c);
  }
}

static void refuses_bad_specifications(void **state) {
  (void)state;
  static const char *const bad[][2] = {
      {"nosuch:rows=3", "there are: mf, nmf, lda, "},
      {"", "does not start with a name"},
      {"mf", "needs rows"},
      {"mf:rows=3,cols=4", "needs nnz"},
      {"mf:rows=3,cols=4,nnz=13", "nnz=13 points do not fit into 3 x 4 cells"},
      {"additive:rows=3,cols=4,nnz=13", "nnz=13 points do not fit"},
      {"mf:rows=0,cols=4,nnz=1", "rows=0 must be"},
      {"mf:rows=3,cols=4,nnz=12,noise=-1", "noise=-1 must be"},
      {"mf:rows=3,cols=4,nnz=12,speed=1", "has no key 'speed' (it has: rows, cols"},
      {"additive:rows=3,cols=4,nnz=12,rank=1", "has no key 'rank'"},
      {"nmf:rows=3,cols=4,nnz=13", "nnz=13 points do not fit"},
      {"nmf:rows=3,cols=4,nnz=12,mean=0", "mean=0 must be"},
      {"lda:docs=3,words=1", "words=1 must be"},
      {"dict:rows=3,cols=2,atoms=2", "active=3 of 2 atoms"},
      {"lda:docs=3,words=4,alpha=0", "alpha=0 must be"},
      {"mmnd:nodes=10,degree=5", "more than half of all 45 pairs"},
      {"mmnd:nodes=100,degree=3,exponent=2", "exponent=2 must be"},
  };
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    struct fg_points p, zero = {0};
    struct fg_fault fault = {0};
    memset(&p, 0, sizeof p);
    assert_int_equal(fg_generate(bad[i][0], 1, &p, &fault), FG_EUSAGE);
    if (!strstr(fault.text, bad[i][1]))
      fail_msg("%s: '%s'", bad[i][0], fault.text);
    zero.format = p.format;
    assert_memory_equal(&p, &zero, sizeof p);
  }
}

/* Blocks of data with power-law popularity are even: what the grid is for. */
static void grids_of_popular_data_are_balanced(void **state) {
  (void)state;
  struct fg_points p = made("mf:rows=20000,cols=4000,nnz=1000000,rank=1", 1);
  struct fg_split split = {0.1, false, 1};
  struct fg_grid g;
  assert_int_equal(fg_grid_build(&p, &split, 16, 16, NULL, 64, &g, NULL), FG_OK);
  assert_true(g.imbalance > 1 && g.imbalance < 1.1);
  fg_grid_free(&g);
  fg_points_free(&p);
}

/* Networks have as many links as said, between the nodes of a community or nearly so, and a file of them, in either
 * format, gives them back. */
static void networks_are_read_back(void **state) {
  (void)state;
  static const char *const specs[] = {"mmnd:nodes=200,degree=7,alpha=0.001,mixing=0",
                                      "mmnd:nodes=200,degree=7,alpha=0.001,mixing=0,directed=yes"},
                           *const names[] = {"links.txt", "links.mtx"};
  char dir[] = "/tmp/fugue-test-XXXXXX", path[sizeof dir + 16];
  assert_non_null(mkdtemp(dir));
  for (int directed = 0; directed < 2; directed++) {
    struct fg_points made_points = made(specs[directed], 3), *p = &made_points;
    struct fg_planted planted;
    size_t inside = 0;
    assert_int_equal(fg_generate_planted(specs[directed], 3, 0, &planted, NULL), FG_OK);
    check_shape(p, 200, 200);
    assert_true(p->symmetric == !directed && p->counts && p->nonnegative);
    assert_int_equal(p->n, 1400);
    for (size_t i = 0; i < p->n; i++) {
      double both = 0;
      for (uint32_t k = 0; k < 4; k++)
        both += (double)planted.factor[p->row[i] * 4 + k] * (double)planted.factor[p->col[i] * 4 + k];
      inside += both > 0.5;
    }
    assert_true(inside > p->n * 97 / 100);
    for (int f = 0; f < 2; f++) {
      struct fg_points read;
      struct fg_fault fault = {0};
      const struct fg_read_options options = {.index_base = 1, .network = true, .directed = directed};
      snprintf(path, sizeof path, "%s/%s", dir, names[f]);
      if (fg_points_write(path, p, &fault) || fg_points_read(path, &options, &read, &fault))
        fail_msg("%s: %s", names[f], fault.text);
      assert_true(read.rows == 200 && read.cols == 200 && read.n == p->n && read.symmetric == p->symmetric);
      for (size_t i = 0; i < p->n; i++) { /* the same order but for the mirror image */
        bool swap = !directed && f == 1;
        assert_true(read.row[i] == (swap ? p->col : p->row)[i] && read.col[i] == (swap ? p->row : p->col)[i] &&
                    read.value[i] == 1);
      }
      fg_points_free(&read);
      if (f == 1) { /* Matrix Market says it to whoever reads it */
        assert_int_equal(fg_points_read(path, &(struct fg_read_options){.index_base = 1}, &read, &fault), FG_OK);
        assert_true(read.n == p->n && read.symmetric == p->symmetric);
        fg_points_free(&read);
      }
      assert_int_equal(unlink(path), 0);
    }
    free(planted.factor);
    fg_points_free(p);
  }
  assert_int_equal(rmdir(dir), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(cells_are_distinct),
      cmocka_unit_test(popularity_is_a_power_law),
      cmocka_unit_test(cells_are_uniform),
      cmocka_unit_test(columns_are_drawn_by_weight),
      cmocka_unit_test(noise_is_as_stated),
      cmocka_unit_test(rank_and_signal_are_as_planted),
      cmocka_unit_test(additive_adds),
      cmocka_unit_test(samples_are_of_planted_atoms),
      cmocka_unit_test(documents_follow_the_process),
      cmocka_unit_test(topics_have_equal_shares),
      cmocka_unit_test(large_beta_gives_uniform_words),
      cmocka_unit_test(counts_are_about_planted_factors),
      cmocka_unit_test(truth_that_is_not_kept_is_refused),
      cmocka_unit_test(same_seed_same_points),
      cmocka_unit_test(networks_are_read_back),
      cmocka_unit_test(refuses_bad_specifications),
      cmocka_unit_test(grids_of_popular_data_are_balanced),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
