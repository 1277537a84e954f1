/* Times of the claims: closed forms of what the slowest and the k-th worker take, sub-epochs of a trace made by hand,
 * learning curves. */
#include "proofs/bounds.h"
#include "proofs/lab/curve.h"
#include "proofs/lab/subepochs.h"
#include "proofs/lab/tail.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_sf_gamma.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct fg_straggler law_of(const char *spec) {
  struct fg_straggler law;
  struct fg_fault fault;
  if (fg_straggler_parse(spec, 64, 1, &law, &fault))
    fail_msg("%s", fault.text);
  return law;
}

static double slowest(const char *spec, uint32_t workers) {
  double one[64];
  struct fg_straggler law = law_of(spec);
  for (uint32_t p = 0; p < workers; p++)
    one[p] = 1;
  double mean = fg_bound_slowest(&law, one, workers);
  fg_straggler_free(&law);
  return mean;
}

static double kth(const char *spec, uint32_t k, uint32_t workers) {
  struct fg_straggler law = law_of(spec);
  double mean = fg_bound_quorum(&law, k, workers);
  fg_straggler_free(&law);
  return mean;
}

static void near(double x, double expected, double relative) {
  if (!(fabs(x - expected) <= relative * fabs(expected)))
    fail_msg("%.12g is not %.12g", x, expected);
}

/* 17.129 by hand: 16! Gamma(1/3) / Gamma(17 - 2/3) */
static void slowest_in_closed_form(void **state) {
  (void)state;
  near(slowest("pareto:alpha=1.5", 16), 17.129, 2e-5);
  for (uint32_t p = 1; p <= 64; p *= 2) {
    double harmonic = 0;
    for (uint32_t i = 1; i <= p; i++)
      harmonic += 1.0 / i;
    near(slowest("shifted-exp:shift=0,mean=2", p), 2 * harmonic, 1e-6);
    near(slowest("uniform:lo=0,hi=1", p), p / (p + 1.0), 1e-6);
    static const struct {
      const char *spec;
      double a;
    } pareto[] = {{"pareto:alpha=1.2", 1.2}, {"pareto:alpha=1.5", 1.5}, {"pareto:alpha=2", 2}, {"pareto:alpha=3", 3}};
    for (size_t i = 0; i < 4; i++)
      near(slowest(pareto[i].spec, p),
           exp(gsl_sf_lngamma(p + 1) + gsl_sf_lngamma(1 - 1 / pareto[i].a) - gsl_sf_lngamma(p + 1 - 1 / pareto[i].a)),
           1e-5);
  }
}

/* max of two exponentials of means a and b: a + b - 1 / (1/a + 1/b) */
static void slowest_of_unequal_work(void **state) {
  const double cost[] = {1, 3};
  struct fg_straggler law = law_of("shifted-exp:shift=0,mean=1");
  (void)state;
  near(fg_bound_slowest(&law, cost, 2), 4 - 1 / (1 + 1 / 3.0), 1e-6);
  law.scale = 2;
  near(fg_bound_slowest(&law, cost, 2), 8 - 2 / (1 + 1 / 3.0), 1e-6);
}

static void slowest_without_a_mean(void **state) {
  (void)state;
  assert_true(isinf(slowest("pareto:alpha=1", 4)));
  assert_true(isnan(slowest("persistent:hosts=1,factor=3", 4)));
  assert_true(isnan(kth("persistent:hosts=1,factor=3", 2, 4)));
}

static void kth_in_closed_form(void **state) {
  (void)state;
  for (uint32_t k = 1; k <= 16; k++) {
    double sum = 0, a = 1.5, p = 16;
    for (uint32_t i = 0; i < k; i++)
      sum += 1.0 / (16 - i);
    near(kth("shifted-exp:shift=0,mean=1", k, 16), sum, 1e-6);
    near(kth("uniform:lo=0,hi=1", k, 16), k / 17.0, 1e-6);
    near(kth("pareto:alpha=1.5", k, 16),
         exp(gsl_sf_lngamma(p + 1) + gsl_sf_lngamma(p - k + 1 - 1 / a) - gsl_sf_lngamma(p - k + 1) -
             gsl_sf_lngamma(p + 1 - 1 / a)),
         1e-5);
  }
  near(kth("pareto:alpha=1.2", 16, 16), slowest("pareto:alpha=1.2", 16), 1e-6);
  assert_true(isfinite(kth("pareto:alpha=0.8", 8, 16))); /* no mean of one, but of this one */
}

static double exponential_tail(const void *self, double x) {
  return exp(-x / *(const double *)self);
}

static double slow_tail(const void *self, double x) {
  (void)self;
  return x < 1 ? 1 : 1 / x;
}

static void tails(void **state) {
  const double mean = 3;
  (void)state;
  near(fg_tail_mean(exponential_tail, &mean, 1), 3, 1e-6);
  near(fg_tail_mean(exponential_tail, &mean, 100), 3, 1e-6);
  near(fg_tail_quantile(exponential_tail, &mean, 0.5), 3 * M_LN2, 1e-12);
  assert_true(isinf(fg_tail_mean(slow_tail, NULL, 1)));
}

/* Two workers, two sub-epochs: worker 1 waits 1 s inside its first visit and starts 0.5 s late in the second. */
static void subepochs_of_a_trace(void **state) {
  struct fg_visit visit[] = {
      {.worker = 0, .round = 0, .start_s = 0, .required_s = 4, .end_s = 4},
      {.worker = 1, .round = 0, .start_s = 0, .required_s = 3, .end_s = 4, .wait_s = 1},
      {.worker = 0, .round = 1, .start_s = 5, .required_s = 7, .end_s = 7, .wait_s = 1},
      {.worker = 1, .round = 1, .start_s = 5.5, .required_s = 8, .end_s = 9, .wait_s = 1.5},
  };
  struct fg_trace trace = {visit, 4};
  struct fg_subepoch s[2];
  struct fg_fault fault;
  (void)state;
  assert_int_equal(fg_subepochs(&trace, 2, 2, s, &fault), FG_OK);
  assert_float_equal(s[0].length, 5, 1e-15);
  assert_float_equal(s[0].spread, 0, 1e-15);
  assert_float_equal(s[0].required, 7, 1e-15);
  assert_float_equal(s[0].computing, 7, 1e-15);
  assert_float_equal(s[1].start, 5, 1e-15);
  assert_float_equal(s[1].spread, 0.5, 1e-15);
  assert_float_equal(s[1].length, 4, 1e-15);
  assert_float_equal(s[1].required, 4.5, 1e-15);
  assert_float_equal(s[1].computing, 5.5, 1e-15);
  assert_int_equal(fg_subepochs(&trace, 2, 3, s, &fault), FG_EINPUT);
}

static void levels(void **state) {
  (void)state;
  assert_int_equal(fg_tree_levels(1, 8), 0);
  assert_int_equal(fg_tree_levels(9, 8), 1);
  assert_int_equal(fg_tree_levels(10, 8), 2);
  assert_int_equal(fg_tree_levels(73, 8), 2);
  assert_int_equal(fg_tree_levels(5, 1), 4);
}

static void time_to_loss(void **state) {
  const struct fg_curve_point point[] = {{.time_s = 0, .loss = 4}, {.time_s = 2, .loss = 3}, {.time_s = 6, .loss = 1}};
  (void)state;
  assert_float_equal(fg_curve_time_to_loss(point, 3, 2), 4, 1e-15);
  assert_float_equal(fg_curve_time_to_loss(point, 3, 3), 2, 1e-15);
  assert_float_equal(fg_curve_time_to_loss(point, 3, 5), 0, 1e-15);
  assert_true(isinf(fg_curve_time_to_loss(point, 3, 0.5)));
  assert_true(isinf(fg_curve_time_to_loss(point, 0, 5)));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(slowest_in_closed_form),
      cmocka_unit_test(slowest_of_unequal_work),
      cmocka_unit_test(slowest_without_a_mean),
      cmocka_unit_test(kth_in_closed_form),
      cmocka_unit_test(tails),
      cmocka_unit_test(subepochs_of_a_trace),
      cmocka_unit_test(levels),
      cmocka_unit_test(time_to_loss),
  };
  gsl_set_error_handler_off();
  return cmocka_run_group_tests(tests, NULL, NULL);
}
