/* Intervals of skewed draws by their coverage, and distances by a covariance matrix. */
#include "core/rng.h"
#include "proofs/lab/skewed.h"
#include "proofs/lab/whiten.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>

enum { N = 200, REPEATS = 20000 };

static void close_to(double a, double b, double tolerance) {
  if (!(fabs(a - b) <= tolerance))
    fail_msg("%.17g and %.17g differ by %g", a, b, a - b);
}

/* without skewness it is Student's */
static void symmetric(void **state) {
  static const double x[] = {-3, -1, -0.5, 0, 0.5, 1, 3}, y[] = {1, 2, 4, 8, 4, 2, 1};
  double work[7];
  struct fg_interval a = fg_interval_mean(x, 7, 1e-3), b = fg_interval_mean_skewed(x, 7, 1e-3);
  (void)state;
  close_to(a.estimate, b.estimate, 1e-15);
  close_to(a.low, b.low, 1e-12);
  close_to(a.high, b.high, 1e-12);
  /* mean of y 22 / 7; sum of products of deviations 0 by symmetry */
  close_to(fg_interval_covariance_skewed(x, y, 7, work, 1e-3).estimate, 0, 1e-15);
  /* sum of squares 20.5, over n - 1 */
  close_to(fg_interval_covariance_skewed(x, x, 7, work, 1e-3).estimate, 20.5 / 6, 1e-14);
}

/* Squares of normal draws: how often each end is on the wrong side of the mean 1, of REPEATS intervals at level 2 %. */
static void misses(struct fg_interval (*interval)(const double *x, size_t n, double level), unsigned *low,
                   unsigned *high) {
  gsl_rng *rng = gsl_rng_alloc(fg_rng_gsl());
  *low = *high = 0;
  fg_rng_gsl_start(rng, 1, FG_STREAM_GENERATE, 0, 0);
  for (int r = 0; r < REPEATS; r++) {
    double x[N];
    for (int i = 0; i < N; i++)
      x[i] = pow(gsl_ran_gaussian_ziggurat(rng, 1), 2);
    struct fg_interval i = interval(x, N, 0.02);
    *low += i.low > 1;
    *high += i.high < 1;
  }
  gsl_rng_free(rng);
}

/* 1 % on either side is 200 of 20,000, with deviation 14; the correction is good to a third of it. Student's interval
 * is not: it is too low nearly three times as often. */
static void coverage(void **state) {
  unsigned low, high;
  (void)state;
  misses(fg_interval_mean_skewed, &low, &high);
  print_message("skewed: %u too high, %u too low of %d\n", low, high, REPEATS);
  assert_in_range(low, 130, 290);
  assert_in_range(high, 130, 290);
  misses(fg_interval_mean, &low, &high);
  print_message("Student: %u too high, %u too low of %d\n", low, high, REPEATS);
  assert_true(low < 130);
  assert_true(high > 400);
}

/* inverse of ((2, 1), (1, 2)) is ((2, -1), (-1, 2)) / 3; its eigenvalues are 1 and 3 */
static void distance(void **state) {
  struct fg_whitening w = {0};
  (void)state;
  assert_int_equal(fg_whitening_new((const double[]){2, 1, 1, 2}, 2, &w), FG_OK);
  close_to(w.least, 1, 1e-14);
  close_to(fg_whitening_square(&w, (const double[]){1, 0}), 2.0 / 3, 1e-14);
  close_to(fg_whitening_square(&w, (const double[]){1, -2}), 14.0 / 3, 1e-13);
  fg_whitening_free(&w);
  assert_int_equal(fg_whitening_new((const double[]){1, 1, 1, 1}, 2, &w), FG_EINPUT);
  fg_whitening_free(&w);
}

/* Of one entry it is Student's t squared; of many draws chi-square, at any level; and a quantile is what it says. */
static void hotelling(void **state) {
  (void)state;
  close_to(fg_hotelling_critical(1, 10, 0.05), 2.2621572 * 2.2621572, 1e-6);
  close_to(fg_hotelling_critical(12, 10000000, 1e-3), gsl_cdf_chisq_Qinv(1e-3, 12), 1e-3);
  for (double level = 0.1; level > 1e-12; level *= 0.9)
    for (size_t n = 100; n < 200000; n *= 3) {
      double d = 12, rest = (double)n - d, t2 = fg_hotelling_critical(12, n, level);
      close_to(gsl_cdf_fdist_Q(t2 * rest / d / ((double)n - 1), d, rest) / level, 1, 1e-6);
    }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(symmetric),
      cmocka_unit_test(coverage),
      cmocka_unit_test(distance),
      cmocka_unit_test(hotelling),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
