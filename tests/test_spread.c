/* Medians over seeds and their intervals from order statistics. */
#include "sweep/spread.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void same(double a, double b) {
  if (a != b && !(fabs(a - b) <= 1e-12 * fabs(b)))
    fail_msg("%.17g, %.17g expected", a, b);
}

static void spread(const double *value, size_t n, double mid, double lo, double hi) {
  struct fg_spread s = fg_spread_of(value, n);
  assert_int_equal(s.n, n);
  same(s.mid, mid);
  same(s.lo, lo);
  same(s.hi, hi);
}

static void medians(void **state) {
  (void)state;
  spread((const double[]){3}, 1, 3, 3, 3);
  spread((const double[]){3, 1}, 2, 2, 1, 3);
  spread((const double[]){3, 1, 2}, 3, 2, 1, 3);
  spread((const double[]){2, 1, 2, 2}, 4, 2, 1, 2);
  double value[] = {5, 1, 4};
  fg_spread_of(value, 3);
  assert_true(value[0] == 5 && value[1] == 1 && value[2] == 4);
}

/* a seed that never gets there is later than all others */
static void infinite(void **state) {
  (void)state;
  spread((const double[]){INFINITY, 1, 2}, 3, 2, 1, INFINITY);
  spread((const double[]){INFINITY, 1}, 2, INFINITY, 1, INFINITY);
  spread((const double[]){INFINITY, 1, 2, INFINITY}, 4, INFINITY, 1, INFINITY);
  spread((const double[]){INFINITY, INFINITY}, 2, INFINITY, INFINITY, INFINITY);
  spread((const double[]){0, INFINITY, 0, INFINITY}, 4, INFINITY, 0, INFINITY);
}

/* where 0 means never, the middle of 0 and a number is never, too */
static void ratios(void **state) {
  (void)state;
  struct fg_spread s = fg_spread_of_ratios((const double[]){0, 3, 0, 2}, 4);
  assert_true(s.mid == 0 && s.lo == 0 && s.hi == 3);
  s = fg_spread_of_ratios((const double[]){0, 3, 1, 2}, 4);
  assert_true(s.mid == 1.5);
}

static void nothing(void **state) {
  (void)state;
  struct fg_spread s = fg_spread_of(NULL, 0);
  assert_true(isnan(s.mid) && isnan(s.lo) && isnan(s.hi) && isnan(s.coverage));
  assert_int_equal(s.rank, 0);
}

/* ranks and coverages of the sign test, from its table */
static void ranks(void **state) {
  (void)state;
  static const struct {
    size_t n, rank;
    double coverage;
  } known[] = {
      {1, 1, 0},         {2, 1, 0.5},       {3, 1, 0.75},         {5, 1, 0.9375},         {6, 1, 0.96875},
      {8, 1, 0.9921875}, {9, 2, 0.9609375}, {10, 2, 0.978515625}, {12, 3, 0.96142578125}, {20, 6, 0.95861053466796875}};
  double value[20];
  for (size_t i = 0; i < 20; i++)
    value[i] = (double)((i * 7) % 20 + 1); /* 1 to 20, mixed */
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    struct fg_spread s = fg_spread_of(value, known[i].n);
    assert_int_equal(s.rank, known[i].rank);
    same(s.coverage, known[i].coverage);
  }
  spread(value, 20, 10.5, 6, 15);
}

/* no underflow where there are many values */
static void many(void **state) {
  (void)state;
  static double value[1500];
  for (size_t i = 0; i < 1500; i++)
    value[i] = (double)i;
  struct fg_spread s = fg_spread_of(value, 1500);
  assert_true(s.rank > 700 && s.rank < 720); /* 750 - 1.96 sqrt(1500) / 2 = 712 */
  assert_true(s.coverage >= 0.95 && s.coverage < 0.96);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(medians), cmocka_unit_test(infinite), cmocka_unit_test(ratios),
                                     cmocka_unit_test(nothing), cmocka_unit_test(ranks),    cmocka_unit_test(many)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
