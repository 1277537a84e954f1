/* Chains: R-hat, effective sample size and error of the mean where the answer is known, against plain arithmetic, and
 * against numbers of another program. */
#include "sweep/chains.h"
#include "tests/sweep_fixture.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { CHAINS = 4, LONGEST = 20000 };

/* ---- data: a congruential generator that other programs can repeat, too */

static double uniform(uint64_t *state) {
  *state = *state * 6364136223846793005u + 1442695040888963407u;
  return ((double)(*state >> 11) + 0.5) / 9007199254740992.0;
}

static double normal(uint64_t *state) {
  return gsl_cdf_ugaussian_Pinv(uniform(state));
}

struct chains {
  struct fg_trace trace[CHAINS];
  double value[CHAINS][LONGEST], time_s[CHAINS][LONGEST];
};

/* x_t = r x_(t-1) + e_t from its stationary law, of variance 1; a value each half second */
static struct chains *autoregressive(double r, size_t n, uint64_t seed) {
  struct chains *c = calloc(1, sizeof *c);
  assert_non_null(c);
  for (size_t i = 0; i < CHAINS; i++) {
    c->trace[i] = (struct fg_trace){c->value[i], c->time_s[i], n};
    for (size_t k = 0; k < n; k++) {
      double e = normal(&seed);
      c->value[i][k] = k ? r * c->value[i][k - 1] + sqrt(1 - r * r) * e : e;
      c->time_s[i][k] = 0.5 * (double)k;
    }
  }
  return c;
}

static struct fg_mixing judge(const struct chains *c, size_t chains, double burn_in) {
  struct fg_mixing mixing;
  struct fg_fault fault = {.line = 0};
  assert_int_equal(fg_mixing_of(c->trace, chains, burn_in, &mixing, &fault), FG_OK);
  return mixing;
}

static const char *note_of(const struct chains *c, size_t n) {
  static struct fg_chains chains;
  chains = (struct fg_chains){.trace = (struct fg_trace *)c->trace, .n = n};
  assert_int_equal(fg_chains_judge(&chains, 0.5, NULL), FG_OK);
  return chains.note;
}

/* ---- the reference: halves one by one, ranks by counting, quantiles by bisection, all lags */

static double quantile(double p) {
  double lo = -10, hi = 10;
  for (int i = 0; i < 100; i++) {
    double mid = (lo + hi) / 2;
    *(erfc(-mid / sqrt(2)) / 2 < p ? &lo : &hi) = mid;
  }
  return (lo + hi) / 2;
}

static void reference_ranks(const double *x, size_t all, double *z) {
  for (size_t i = 0; i < all; i++) {
    double below = 0, equal = 0;
    for (size_t j = 0; j < all; j++) {
      below += x[j] < x[i];
      equal += x[j] == x[i];
    }
    z[i] = quantile((below + (equal + 1) / 2 - 0.375) / ((double)all + 0.25));
  }
}

static double mean_of(const double *x, size_t n) {
  double sum = 0;
  for (size_t i = 0; i < n; i++)
    sum += x[i];
  return sum / (double)n;
}

static double variance_of(const double *x, size_t n) {
  double mean = mean_of(x, n), sum = 0;
  for (size_t i = 0; i < n; i++)
    sum += (x[i] - mean) * (x[i] - mean);
  return sum / ((double)n - 1);
}

/* B and W as of Gelman et al., Bayesian Data Analysis */
static double reference_rhat(const double *x, size_t m, size_t n) {
  double means[2 * CHAINS], w = 0;
  for (size_t i = 0; i < m; i++) {
    means[i] = mean_of(x + i * n, n);
    w += variance_of(x + i * n, n) / (double)m;
  }
  double b = (double)n * variance_of(means, m);
  return sqrt((((double)n - 1) / (double)n * w + b / (double)n) / w);
}

static double reference_ess(const double *x, size_t m, size_t n) {
  double means[2 * CHAINS], w = 0, *rho = calloc(n + 2, sizeof *rho), *pair = calloc(n + 2, sizeof *pair);
  assert_true(rho && pair);
  for (size_t i = 0; i < m; i++) {
    means[i] = mean_of(x + i * n, n);
    w += variance_of(x + i * n, n) / (double)m;
  }
  double plus = ((double)n - 1) / (double)n * w + variance_of(means, m);
  for (size_t t = 0; t < n; t++) {
    double own = 0;
    for (size_t i = 0; i < m; i++) {
      double sum = 0;
      for (size_t k = 0; k + t < n; k++)
        sum += (x[i * n + k] - means[i]) * (x[i * n + k + t] - means[i]);
      own += sum / (double)n / (double)m;
    }
    rho[t] = 1 - (w - own) / plus;
  }
  rho[0] = 1;
  size_t pairs = 0, most = n / 2;
  for (pairs = 0; pairs < most; pairs++) {
    pair[pairs] = rho[2 * pairs] + rho[2 * pairs + 1];
    if (pairs > 0 && !(pair[pairs] > 0))
      break;
  }
  double tau = pairs < most ? fmax(rho[2 * pairs], 0) - 1 : -1;
  for (size_t k = 0; k < pairs; k++) {
    if (k && pair[k] > pair[k - 1])
      pair[k] = pair[k - 1];
    tau += 2 * pair[k];
  }
  free(rho);
  free(pair);
  double all = (double)(m * n), least = 1 / log10(all);
  return all / (tau > least ? tau : least);
}

struct reference {
  double of_ranks, folded, ess, mcse;
};

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static struct reference refer(const struct chains *c, size_t chains, size_t from, size_t n) {
  size_t half = n / 2, all = 2 * chains * half;
  double *x = calloc(all, sizeof *x), *z = calloc(all, sizeof *z), *sorted = calloc(all, sizeof *sorted);
  struct reference r;
  assert_true(x && z && sorted);
  for (size_t i = 0; i < chains; i++)
    for (size_t k = 0; k < half; k++) {
      x[2 * i * half + k] = c->value[i][from + k];
      x[(2 * i + 1) * half + k] = c->value[i][from + n - half + k];
    }
  reference_ranks(x, all, z);
  r.of_ranks = reference_rhat(z, 2 * chains, half);
  r.ess = reference_ess(z, 2 * chains, half);
  r.mcse = sqrt(variance_of(x, all) / reference_ess(x, 2 * chains, half));
  memcpy(sorted, x, all * sizeof *x);
  qsort(sorted, all, sizeof *sorted, ascending);
  for (size_t i = 0; i < all; i++) /* the two in the middle tie */
    x[i] = round(1e12 * fabs(x[i] - (sorted[(all - 1) / 2] + sorted[all / 2]) / 2));
  reference_ranks(x, all, z);
  r.folded = reference_rhat(z, 2 * chains, half);
  free(x);
  free(z);
  free(sorted);
  return r;
}

static void assert_near(double a, double b, double share) {
  if (!(fabs(a - b) <= share * fabs(b)))
    fail_msg("%.12g, where %.12g is expected", a, b);
}

static void agree(const struct chains *c, size_t chains, double burn_in, size_t from, size_t n) {
  struct fg_mixing mixing = judge(c, chains, burn_in);
  struct reference r = refer(c, chains, from, n);
  assert_int_equal(mixing.kept, n);
  assert_near(mixing.rhat, fmax(r.of_ranks, r.folded), 1e-9);
  assert_near(mixing.ess, r.ess, 1e-9);
  assert_near(mixing.mcse, r.mcse, 1e-9);
}

static void as_plain_arithmetic(void **state) {
  (void)state;
  static const double r[] = {0, 0.7, -0.6, 0.98};
  for (size_t k = 0; k < 4; k++) {
    struct chains *c = autoregressive(r[k], 301, 17 + k);
    agree(c, CHAINS, 0, 0, 301);
    agree(c, 3, 0.5, 150, 151);
    agree(c, 1, 0.25, 75, 226);
    for (size_t i = 0; i < CHAINS; i++) /* many equal values */
      for (size_t n = 0; n < 301; n++)
        c->value[i][n] = round(2 * c->value[i][n]);
    agree(c, CHAINS, 0.5, 150, 151);
    for (size_t i = 0; i < CHAINS; i++)
      c->trace[i].n = 4;
    c->value[0][0] += 0.1;
    agree(c, CHAINS, 0, 0, 4);
    free(c);
  }
}

/* ---- known answers */

static void independent_draws(void **state) {
  (void)state;
  struct chains *c = autoregressive(0, 2000, 1);
  struct fg_mixing mixing = judge(c, CHAINS, 0.5);
  assert_int_equal(mixing.kept, 1000);
  assert_true(mixing.rhat < 1.005);
  assert_near(mixing.ess, 4000, 0.1);
  assert_near(mixing.mcse, 1 / sqrt(4000), 0.1);
  assert_true(fabs(mixing.mean) < 4 * mixing.mcse);
  assert_string_equal(note_of(c, CHAINS), "");
  free(c);
}

/* m n (1 - r) / (1 + r), in the mean of ten repetitions: the spread of one is 2 to 5 % */
static void correlated_draws(void **state) {
  (void)state;
  static const double r[] = {0.5, 0.9, -0.4};
  for (size_t k = 0; k < 3; k++) {
    double ess = 0, mcse = 0, known = 4.0 * 4000 * (1 - r[k]) / (1 + r[k]);
    for (uint64_t seed = 0; seed < 10; seed++) {
      struct chains *c = autoregressive(r[k], 4000, 100 * k + seed);
      struct fg_mixing mixing = judge(c, CHAINS, 0);
      ess += mixing.ess / 10;
      mcse += mixing.mcse / 10;
      assert_true(mixing.rhat < 1.01);
      free(c);
    }
    assert_near(ess, known, 0.06);
    assert_near(mcse, 1 / sqrt(known), 0.03);
  }
}

/* What follows must not be missed. */
static void not_mixed(void **state) {
  (void)state;
  struct chains *c = autoregressive(0.3, 1000, 5);
  assert_true(judge(c, CHAINS, 0.5).rhat < 1.01);
  for (size_t k = 0; k < 1000; k++) /* elsewhere */
    c->value[2][k] += 1.5;
  struct fg_mixing mixing = judge(c, CHAINS, 0.5);
  assert_true(mixing.rhat > 1.1);
  assert_true(mixing.ess < 0.05 * 2000); /* nor can the mean of all be trusted */
  assert_string_equal(note_of(c, CHAINS),
                      "not mixed: R-hat is above 1.01; ESS is below 100 a chain: too few to trust the numbers");
  for (size_t k = 0; k < 1000; k++) /* not wider, but as wide three times: ranks do not see it, distances do */
    c->value[2][k] = 3 * (c->value[2][k] - 1.5);
  assert_true(refer(c, CHAINS, 500, 500).of_ranks < 1.01);
  assert_true(judge(c, CHAINS, 0.5).rhat > 1.1);
  free(c);
  c = autoregressive(0, 1000, 6); /* on their way, all the same: between chains there is no difference */
  for (size_t i = 0; i < CHAINS; i++)
    for (size_t k = 0; k < 1000; k++)
      c->value[i][k] += (double)k / 250;
  assert_true(judge(c, CHAINS, 0.5).rhat > 1.1);
  assert_true(judge(c, 1, 0.5).rhat > 1.1);
  free(c);
}

/* What an increasing function does to the values, it does not do to their ranks. */
static void whatever_the_scale(void **state) {
  (void)state;
  struct chains *c = autoregressive(0.6, 500, 9);
  struct fg_mixing before = judge(c, CHAINS, 0.5);
  for (size_t i = 0; i < CHAINS; i++)
    for (size_t k = 0; k < 500; k++)
      c->value[i][k] = exp(3 * c->value[i][k]);
  struct fg_mixing after = judge(c, CHAINS, 0.5);
  assert_near(after.ess, before.ess, 1e-12);
  assert_true(fabs(after.mcse - before.mcse) > before.mcse); /* the mean's error is one of values */
  free(c);
}

static void by_time(void **state) {
  (void)state;
  struct chains *c = autoregressive(0, 200, 3);
  struct fg_mixing mixing = judge(c, CHAINS, 0.5);
  assert_near(mixing.time_s, CHAINS * 50, 1e-12); /* from the hundredth value, at 49.5 s, to the last, at 99.5 s */
  assert_near(mixing.ess_per_s, mixing.ess / 200, 1e-12);
  assert_near(judge(c, CHAINS, 0).time_s, CHAINS * 99.5, 1e-12);
  memset(c->time_s, 0, sizeof c->time_s);
  assert_true(isnan(judge(c, CHAINS, 0.5).ess_per_s));
  free(c);
}

/* ---- another program: ArviZ (arviz/stats/diagnostics.py of 2022) on the same numbers; distances from the median
 * rounded to 12 decimals, so that the two beside it tie */

static void as_another_program(void **state) {
  (void)state;
  static const struct {
    double r;
    size_t chains;
    double rhat, ess, mcse;
  } known[] = {{0, 4, 0.9987095973729, 777.4243547981, 0.0352957803216},
               {0.8, 4, 1.033103365796, 110.1666394942, 0.09460196866909},
               {-0.5, 4, 1.003472144561, 2322.471989594, 0.02016854347022},
               {0.95, 1, 1.026662151854, 15.25164644694, 0.1930279220677}};
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    struct chains *c = autoregressive(known[i].r, 200, 2021);
    struct fg_mixing mixing = judge(c, known[i].chains, 0);
    assert_near(mixing.rhat, known[i].rhat, 1e-9);
    assert_near(mixing.ess, known[i].ess, 1e-9);
    assert_near(mixing.mcse, known[i].mcse, 1e-9);
    free(c);
  }
}

/* ---- edges */

static void still(void **state) {
  (void)state;
  struct chains *c = autoregressive(0, 100, 3);
  for (size_t i = 0; i < CHAINS; i++)
    for (size_t k = 0; k < 100; k++)
      c->value[i][k] = 0.1;
  struct fg_mixing mixing = judge(c, CHAINS, 0.5);
  assert_true(mixing.constant && isnan(mixing.rhat) && isnan(mixing.ess) && isnan(mixing.mcse));
  assert_true(isnan(mixing.ess_per_s));
  assert_near(mixing.mean, 0.1, 1e-12);
  assert_string_equal(note_of(c, CHAINS), "the values never change: nothing can be said of mixing");
  for (size_t k = 0; k < 100; k++)
    c->value[1][k] = 0.3;
  mixing = judge(c, CHAINS, 0.5);
  assert_true(!mixing.constant && mixing.rhat == INFINITY);
  assert_true(mixing.ess < 20);
  for (size_t i = 0; i < CHAINS; i++) /* two values: all are equally far from their median */
    for (size_t k = 0; k < 100; k++)
      c->value[i][k] = (double)((k + i) % 2);
  mixing = judge(c, CHAINS, 0.5);
  assert_true(isfinite(mixing.rhat) && mixing.rhat < 1.01);
  free(c);
}

static void unequal_lengths(void **state) {
  (void)state;
  struct chains *c = autoregressive(0.4, 300, 8);
  for (size_t k = 200; k < 300; k++) /* what the shortest has no part of does not count */
    c->value[1][k] = 1e6;
  c->trace[3].n = 200;
  struct fg_mixing mixing = judge(c, CHAINS, 0.5);
  assert_int_equal(mixing.kept, 100);
  assert_int_equal(mixing.longest, 300);
  agree(c, CHAINS, 0.5, 100, 100);
  assert_non_null(strstr(note_of(c, CHAINS), "chains of 200 to 300 values, cut to the shortest"));
  assert_non_null(strstr(note_of(c, 1), "one chain: only its halves are compared"));
  free(c);
}

static void refused(const struct chains *c, size_t chains, double burn_in, enum fg_err err, const char *text) {
  struct fg_mixing mixing;
  struct fg_fault fault = {.line = 0};
  assert_int_equal(fg_mixing_of(c->trace, chains, burn_in, &mixing, &fault), err);
  if (!strstr(fault.text, text))
    fail_msg("'%s' does not say '%s'", fault.text, text);
}

static void refusals(void **state) {
  (void)state;
  struct chains *c = autoregressive(0, 100, 4);
  refused(c, 0, 0.5, FG_EINPUT, "there is no chain");
  refused(c, CHAINS, 1, FG_EUSAGE, "burn-in 1: a share from 0 to less than 1");
  refused(c, CHAINS, -0.5, FG_EUSAGE, "burn-in -0.5");
  refused(c, CHAINS, NAN, FG_EUSAGE, "a share from 0 to less than 1");
  refused(c, CHAINS, 0.97, FG_EINPUT, "3 of 100 values are left of the shortest chain: at least 4");
  assert_int_equal(judge(c, CHAINS, 0.96).kept, 4);
  c->value[2][80] = NAN;
  refused(c, CHAINS, 0.5, FG_EINPUT, "value 81 of chain 3 is not a finite number");
  assert_int_equal(judge(c, 2, 0.5).kept, 50);
  assert_int_equal(judge(c, CHAINS, 0.9).kept, 10); /* it is left out */
  c->value[2][80] = INFINITY;
  refused(c, CHAINS, 0.5, FG_EINPUT, "value 81 of chain 3");
  c->trace[1].n = 0;
  refused(c, CHAINS, 0, FG_EINPUT, "a chain has no values");
  free(c);
}

/* ---- from a sweep */

static struct fg_sweep_result *add(struct fg_sweep_results *sweep, const char *sync, uint64_t seed,
                                   enum fg_run_state state, size_t n) {
  struct fg_sweep_result *run = sweep_run(sweep, FG_AT_FINAL, sync, seed, state);
  for (size_t k = 0; k < n; k++) {
    sweep_moment(run, (double)k, 1);
    ((struct fg_run_moment *)run->moment)[k].train_loss = k % 3 == 2 ? NAN : (double)k;
  }
  return run;
}

static void of_a_sweep(void **state) {
  (void)state;
  struct fg_sweep_results sweep = {0};
  struct fg_sweep_groups groups = {0};
  struct fg_chains chains = {0};
  struct fg_fault fault;
  const char *const configs[] = {"model: \"mf:rank=2\"\ntest: \"0.1\"\nseed: \"1\"\nseed-data: \"11\"\n",
                                 "model: \"mf:rank=2\"\ntest: \"0.1\"\nseed: \"2\"\nseed-data: \"12\"\n"};
  struct fg_run_record records[2] = {{.config = configs[0]}, {.config = configs[1]}};
  sweep_axis(&sweep, "sync", "barrier fugue ring");
  add(&sweep, "barrier", 1, FG_RUN_DONE, 12);
  add(&sweep, "barrier", 2, FG_RUN_DIVERGED, 12);
  add(&sweep, "barrier", 3, FG_RUN_DONE, 9);
  add(&sweep, "barrier", 4, FG_RUN_PENDING, 0);
  add(&sweep, "fugue", 1, FG_RUN_DONE, 6)->run = &records[0];
  add(&sweep, "fugue", 2, FG_RUN_DONE, 6)->run = &records[1];
  add(&sweep, "ring", 1, FG_RUN_REFUSED, 0);
  assert_int_equal(fg_sweep_groups_make(&sweep, NULL, &groups, &fault), FG_OK);
  assert_int_equal(fg_chains_of(&groups.group[0], &chains, &fault), FG_OK);
  assert_int_equal(chains.n, 2); /* those that ended */
  assert_int_equal(chains.trace[0].n, 8);
  assert_int_equal(chains.trace[1].n, 6);
  assert_true(chains.trace[0].value[2] == -3 && chains.trace[0].time_s[2] == 3);
  assert_string_equal(chains.note, "2 of 4 runs have no result");
  assert_int_equal(fg_chains_judge(&chains, 0.5, &fault), FG_OK); /* of six values three are left */
  assert_true(!chains.judged && strstr(chains.note, "3 of 6 values are left of the shortest chain"));
  assert_int_equal(fg_chains_judge(&chains, 0.2, &fault), FG_OK);
  assert_true(chains.judged && chains.mixing.kept == 5);
  assert_int_equal(fg_chains_judge(&chains, 1, &fault), FG_EUSAGE);
  fg_chains_free(&chains);
  assert_int_equal(fg_chains_of(&groups.group[1], &chains, &fault), FG_OK);
  assert_string_equal(chains.note, FG_CHAINS_APART);
  fg_chains_free(&chains);
  records[1].config = configs[0];
  assert_int_equal(fg_chains_of(&groups.group[1], &chains, &fault), FG_OK);
  assert_string_equal(chains.note, "");
  fg_chains_free(&chains);
  assert_int_equal(fg_chains_of(&groups.group[2], &chains, &fault), FG_OK);
  assert_int_equal(fg_chains_judge(&chains, 0.5, &fault), FG_OK);
  assert_true(!chains.judged && chains.n == 0);
  fg_chains_free(&chains);
  fg_sweep_groups_free(&groups);
  sweep_free(&sweep);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(as_plain_arithmetic), cmocka_unit_test(independent_draws),
      cmocka_unit_test(correlated_draws),    cmocka_unit_test(not_mixed),
      cmocka_unit_test(whatever_the_scale),  cmocka_unit_test(by_time),
      cmocka_unit_test(as_another_program),  cmocka_unit_test(still),
      cmocka_unit_test(unequal_lengths),     cmocka_unit_test(refusals),
      cmocka_unit_test(of_a_sweep),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
