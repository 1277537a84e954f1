/* The area under the ROC curve from histograms: that of sorting to 1e-3, additive, NaN where it is not defined. */
#include "core/model/auc.h"
#include "core/rng.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { N = 4000 };

struct scored {
  float score;
  bool link;
};

static int compare(const void *a, const void *b) {
  float x = ((const struct scored *)a)->score, y = ((const struct scored *)b)->score;
  return (x > y) - (x < y);
}

/* By sorting (Mann and Whitney), ties half. */
static double exact(struct scored *s, size_t n) {
  double below = 0, area = 0, links = 0;
  qsort(s, n, sizeof *s, compare);
  for (size_t i = 0, end; i < n; i = end) {
    double l = 0, o = 0;
    for (end = i; end < n && s[end].score == s[i].score; end++)
      *(s[end].link ? &l : &o) += 1;
    area += l * (below + o / 2);
    below += o;
    links += l;
  }
  return 1 - area / (links * below);
}

/* Positive scores whose logarithm is a sum of uniform draws of the given range, links shifted against the others. */
static void draw(struct scored *s, uint64_t seed, double range, double shift, double scale) {
  struct fg_rng rng;
  fg_rng_start(&rng, seed, FG_STREAM_GENERATE, 0, 0);
  for (size_t i = 0; i < N; i++) {
    s[i].link = fg_rng_below(&rng, 3) == 0;
    double x = fg_rng_uniform(&rng) + fg_rng_uniform(&rng) + fg_rng_uniform(&rng);
    s[i].score = (float)(scale * exp2(range * (x - 3) + (s[i].link ? shift : 0)));
  }
}

static void is_that_of_sorting(void **state) {
  (void)state;
  static const double ranges[] = {1, 2, 4, 9}, shifts[] = {0, 0.1, 1, 3, -1}, scales[] = {1, 3e-4, 700};
  struct scored *s = malloc(N * sizeof *s);
  assert_non_null(s);
  for (uint64_t k = 0; k < 4 * 5 * 3; k++) {
    struct fg_score all = {0}, half[2] = {{0}};
    draw(s, k, ranges[k % 4], shifts[k / 4 % 5], scales[k / 20]);
    for (size_t i = 0; i < N; i++) {
      fg_auc_count(&all, s[i].link, s[i].score);
      fg_auc_count(&half[i % 2], s[i].link, s[i].score);
    }
    double binned = fg_auc_metric(&all), sorted = exact(s, N);
    if (!(fabs(binned - sorted) < 1e-3))
      fail_msg("case %u: %g from bins, %g by sorting", (unsigned)k, binned, sorted);
    fg_score_add(&half[0], &half[1]);
    assert_true(fg_auc_metric(&half[0]) == binned);
  }
  free(s);
}

static void scores_of_any_size_are_counted(void **state) {
  (void)state;
  static const float rising[] = {-1, 1e-20f, 1e-9f, 0.1f, 0.12f, 1, 2, 3000, 1e20f, INFINITY};
  struct fg_score score = {0};
  assert_true(isnan(fg_auc_metric(&score)));
  fg_auc_count(&score, true, 0);
  assert_true(isnan(fg_auc_metric(&score))); /* no non-links */
  fg_auc_count(&score, false, NAN);
  assert_true(fg_auc_metric(&score) == 0.5);
  for (size_t i = 0; i < sizeof rising / sizeof rising[0]; i++)
    for (size_t j = i; j < sizeof rising / sizeof rising[0]; j++) {
      bool tie = i == j || (i < 2 && j < 2) || (i > 7 && j > 7);
      memset(&score, 0, sizeof score);
      fg_auc_count(&score, false, rising[i]);
      fg_auc_count(&score, true, rising[j]);
      assert_true(fg_auc_metric(&score) == (tie ? 0.5 : 0));
    }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(is_that_of_sorting),
      cmocka_unit_test(scores_of_any_size_are_counted),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
