/* The laboratory of the claims: intervals against textbook numbers and by their coverage, processes, trials. */
#include "core/rng.h"
#include "proofs/claim.h"
#include "proofs/lab/lab.h"
#include "proofs/lab/statistics.h"
#include "proofs/lab/trial.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char scratch[64];

static struct fg_lab lab_of(unsigned jobs) {
  return (struct fg_lab){.seed = 1, .jobs = jobs, .level = 1e-4, .scratch = scratch};
}

static int make_scratch(void **state) {
  (void)state;
  snprintf(scratch, sizeof scratch, "/tmp/fugue-lab-XXXXXX");
  return mkdtemp(scratch) ? 0 : -1;
}

static int drop_scratch(void **state) {
  char command[128];
  (void)state;
  snprintf(command, sizeof command, "rm -rf %s", scratch);
  return system(command);
}

/* ---- intervals */

/* Student's sleep data (1908), drug 1: mean 0.75, 95 % interval -0.5297804 to 2.0297804 by any table of t. */
static void mean_of_student(void **state) {
  static const double x[] = {0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0};
  struct fg_interval i = fg_interval_mean(x, 10, 0.05);
  (void)state;
  assert_float_equal(i.estimate, 0.75, 1e-12);
  assert_float_equal(i.low, -0.5297804, 1e-6);
  assert_float_equal(i.high, 2.0297804, 1e-6);
}

/* no event in n: the limit is 1 - (level / 2)^(1 / n) */
static void proportion_at_its_ends(void **state) {
  struct fg_interval none = fg_interval_proportion(0, 20, 0.05), all = fg_interval_proportion(20, 20, 0.05);
  (void)state;
  assert_float_equal(none.low, 0, 0);
  assert_float_equal(none.high, 1 - pow(0.025, 1 / 20.0), 1e-9);
  assert_float_equal(all.low, pow(0.025, 1 / 20.0), 1e-9);
  assert_float_equal(all.high, 1, 0);
  assert_true(fg_interval_proportion(5, 20, 0.05).low < 0.25 && fg_interval_proportion(5, 20, 0.05).high > 0.25);
}

/* the median of 10 by the 2nd and the 9th: misses with probability 2 (1 + 10) / 1024 = 0.0215 < 0.05 */
static void median_by_order(void **state) {
  double x[] = {5, 3, 8, 1, 9, 2, 10, 4, 7, 6};
  struct fg_interval i = fg_interval_quantile(x, 10, 0.5, 0.05);
  (void)state;
  assert_float_equal(i.low, 2, 0);
  assert_float_equal(i.high, 9, 0);
  double few[] = {1, 2, 3};
  i = fg_interval_quantile(few, 3, 0.5, 0.05);
  assert_true(isinf(i.low) && isinf(i.high)); /* too few to say */
}

static void line(void **state) {
  double x[] = {1, 2, 3, 4}, y[] = {3, 5, 7, 9};
  struct fg_interval i = fg_interval_slope(x, y, 4, 0.05);
  (void)state;
  assert_float_equal(i.estimate, 2, 1e-12);
  assert_float_equal(i.high - i.low, 0, 1e-6);
  y[0] = 4;
  i = fg_interval_slope(x, y, 4, 0.05);
  assert_true(i.low < 2 && i.high > 2 && i.estimate < 2);
}

/* far tails: what each inverse gives is exceeded with the probability it was asked for */
static void tails(void **state) {
  static const double levels[] = {0.1, 1e-4, 1e-6, 1e-8, 1e-10, 1e-12}, df[] = {1, 5, 30, 600, 18000, 1e6};
  (void)state;
  for (int l = 0; l < 6; l++) {
    double level = levels[l];
    assert_float_equal(gsl_cdf_ugaussian_Q(fg_normal_critical(level)) * 2 / level, 1, 1e-6);
    for (int d = 0; d < 6; d++) {
      assert_float_equal(gsl_cdf_fdist_Q(fg_f_critical(level, 12, df[d]), 12, df[d]) / level, 1, 1e-3);
      assert_float_equal(gsl_cdf_tdist_Q(gsl_cdf_tdist_Qinv(level, df[d]), df[d]) / level, 1, 1e-3);
      uint64_t n = (uint64_t)df[d] + 1;
      struct fg_interval i = fg_interval_proportion(n / 3, n, level);
      assert_true(i.low >= 0 && i.low <= i.estimate && i.estimate <= i.high && i.high <= 1);
    }
  }
  assert_float_equal(fg_f_critical(0.05, 3, 10), 3.7083, 1e-4); /* any table */
}

static double uniform_cdf(const void *self, double x) {
  (void)self;
  return x < 0 ? 0 : x > 1 ? 1 : x;
}

static void kolmogorov(void **state) {
  double x[] = {0.75, 0.25};
  (void)state;
  assert_float_equal(fg_ks_distance(x, 2, uniform_cdf, NULL), 0.25, 1e-15);
  assert_float_equal(fg_ks_critical(100, 0.05), sqrt(log(40.0) / 200), 1e-15);
}

/* by counting: sums of +-1 +-2 +-3 that reach 6: one of eight; 4: two */
static void flips(void **state) {
  static const double six[] = {1, 2, 3}, four[] = {-1, 2, 3};
  double many[40];
  (void)state;
  assert_float_equal(fg_sign_flip(six, 3, 1), 1 / 8.0, 1e-15);
  assert_float_equal(fg_sign_flip(four, 3, 1), 2 / 8.0, 1e-15);
  for (int i = 0; i < 40; i++)
    many[i] = i % 2 ? 1 : -1;
  double p = fg_sign_flip(many, 40, 1); /* P(Bin(40, 1/2) >= 20) = 0.5627 */
  assert_true(p > 0.55 && p < 0.575);
}

/* Coverage: 4,000 samples of 40; at level 0.05 the intervals miss within the binomial's reach (1e-6: 0.05 +- 0.017). */
static void coverage(void **state) {
  enum { SAMPLES = 4000, N = 40 };
  gsl_rng *rng = gsl_rng_alloc(fg_rng_gsl());
  unsigned mean = 0, quantile = 0, ratio = 0;
  (void)state;
  for (unsigned s = 0; s < SAMPLES; s++) {
    double x[N], y[N];
    fg_rng_gsl_start(rng, 7, FG_STREAM_GENERATE, s, 0);
    for (int i = 0; i < N; i++) {
      x[i] = gsl_ran_gaussian_ziggurat(rng, 2);
      y[i] = 0.5 * x[i] + gsl_ran_gaussian_ziggurat(rng, 1);
    }
    struct fg_interval m = fg_interval_mean(x, N, 0.05);
    mean += m.low > 0 || m.high < 0;
    for (int i = 0; i < N; i++)
      y[i] += 10;
    struct fg_interval r = fg_interval_ratio(x, y, N, 0.05);
    ratio += r.low > 0 || r.high < 0;
    struct fg_interval q = fg_interval_quantile(x, N, 0.5, 0.05);
    quantile += q.low > 0 || q.high < 0;
  }
  assert_in_range(mean, 0.033 * SAMPLES, 0.067 * SAMPLES);
  assert_in_range(ratio, 0.033 * SAMPLES, 0.067 * SAMPLES);
  assert_in_range(quantile, 0.01 * SAMPLES, 0.067 * SAMPLES);
  gsl_rng_free(rng);
}

static double mean_by_index(const void *self, const size_t *index, size_t n) {
  double sum = 0;
  for (size_t i = 0; i < n; i++)
    sum += ((const double *)self)[index[i]];
  return sum / (double)n;
}

static void bootstrap(void **state) {
  double x[400];
  (void)state;
  for (int i = 0; i < 400; i++)
    x[i] = i % 2 ? 1 : -1;
  struct fg_interval wide = fg_interval_bootstrap(mean_by_index, x, 400, 2000, 3, 0.05);
  assert_float_equal(wide.estimate, 0, 1e-15);
  assert_float_equal(wide.high, 1.96 / 20, 0.01);
  assert_float_equal(wide.low, -1.96 / 20, 0.01);
  struct fg_interval far = fg_interval_bootstrap(mean_by_index, x, 400, 2000, 3, 1e-6); /* by the spread */
  assert_float_equal(far.high, 4.8916 / 20, 0.02);
}

/* ---- verdicts */

static struct fg_finding finding(enum fg_relation relation, double bound, double low, double measured, double high) {
  return (struct fg_finding){.relation = relation, .bound = bound, .low = low, .measured = measured, .high = high};
}

static void verdicts(void **state) {
  struct fg_finding f = finding(FG_EQUAL, 1, 0.5, 0.9, 1.5);
  (void)state;
  assert_int_equal(fg_finding_verdict(&f), FG_HOLDS);
  f = finding(FG_EQUAL, 1, 1.1, 1.2, 1.5);
  assert_int_equal(fg_finding_verdict(&f), FG_VIOLATED);
  f = finding(FG_EQUAL, 1, 0.1, 0.2, 0.9);
  assert_int_equal(fg_finding_verdict(&f), FG_VIOLATED);
  f = finding(FG_AT_MOST, 1, 0.9, 1.2, 1.5);
  assert_int_equal(fg_finding_verdict(&f), FG_HOLDS); /* only the whole interval violates */
  f = finding(FG_AT_MOST, 1, 1.1, 1.2, 1.5);
  assert_int_equal(fg_finding_verdict(&f), FG_VIOLATED);
  f = finding(FG_AT_LEAST, 1, 0.5, 0.7, 0.9);
  assert_int_equal(fg_finding_verdict(&f), FG_VIOLATED);
  f = finding(FG_AT_LEAST, 1, 1.1, 1.2, 1.5);
  assert_int_equal(fg_finding_verdict(&f), FG_HOLDS);
  f = finding(FG_AT_MOST, 1, NAN, NAN, NAN);
  assert_int_equal(fg_finding_verdict(&f), FG_VIOLATED); /* no number is no proof */
  f.not_applicable = "a reason";
  assert_int_equal(fg_finding_verdict(&f), FG_NOT_APPLICABLE);
  f = finding(FG_EQUAL, NAN, 1, 1, 1);
  assert_int_equal(fg_finding_verdict(&f), FG_REPORTED);
}

/* the strain is at most 1 exactly where nothing is violated */
static void strain(void **state) {
  struct fg_rng rng;
  (void)state;
  fg_rng_start(&rng, 1, FG_STREAM_GENERATE, 0, 0);
  for (int i = 0; i < 10000; i++) {
    double bound = fg_rng_uniform(&rng), measured = fg_rng_uniform(&rng);
    struct fg_finding f = finding((enum fg_relation)(i % 3), bound, measured - fg_rng_uniform(&rng) / 4, measured,
                                  measured + fg_rng_uniform(&rng) / 4);
    assert_int_equal(fg_finding_verdict(&f) == FG_VIOLATED, fg_finding_strain(&f) > 1);
  }
}

static void worst(void **state) {
  struct fg_findings found = {0};
  struct fg_finding f[] = {finding(FG_EQUAL, 1, 0, 0.5, 2), finding(FG_EQUAL, 1, 2, 3, 4),
                           finding(FG_EQUAL, NAN, 2, 3, 4), finding(FG_AT_MOST, 1, 0, 0, 0)};
  (void)state;
  assert_null(fg_findings_worst(&found));
  assert_int_equal(fg_findings_add(&found, &f[2]), FG_OK);
  assert_null(fg_findings_worst(&found));
  for (int i = 0; i < 4; i++)
    assert_int_equal(fg_findings_add(&found, &f[i]), FG_OK);
  assert_int_equal(fg_finding_verdict(fg_findings_worst(&found)), FG_VIOLATED);
  fg_findings_free(&found);
}

/* ---- claims of our own: one that holds, one whose check is blind */

static enum fg_err one_in_twenty(const struct fg_lab *lab, unsigned variant, struct fg_findings *findings,
                                 struct fg_fault *fault) {
  struct fg_rng rng;
  (void)fault;
  fg_rng_start(&rng, lab->seed, FG_STREAM_GENERATE, 0, 0);
  bool violated = variant == 1 || (variant == 0 && fg_rng_uniform(&rng) < lab->level);
  struct fg_finding f = finding(FG_AT_MOST, 0, violated, violated, violated);
  return fg_findings_add(findings, &f);
}

static const struct fg_control controls[] = {{"seen", "is seen"}, {"unseen", "is not"}, {0}};
static const struct fg_claim honest = {.id = "X1",
                                       .kind = FG_CLAIM_STATISTICAL,
                                       .power = 0.99,
                                       .controls = (const struct fg_control[]){{"seen", "is seen"}, {0}},
                                       .measure = one_in_twenty};
static const struct fg_claim half_blind = {
    .id = "X2", .kind = FG_CLAIM_STATISTICAL, .power = 0.99, .controls = controls, .measure = one_in_twenty};

static enum fg_err always(const struct fg_lab *lab, unsigned variant, struct fg_findings *findings,
                          struct fg_fault *fault) {
  struct fg_finding f = finding(FG_AT_MOST, 0, 1, 1, 1);
  (void)lab;
  (void)variant;
  (void)fault;
  return fg_findings_add(findings, &f);
}

static void a_blind_check_fails(void **state) {
  struct fg_lab lab = lab_of(1);
  struct fg_outcome o = {0};
  (void)state;
  assert_int_equal(fg_claim_check(&honest, &lab, &o, NULL), FG_OK);
  assert_int_equal(o.verdict, FG_HOLDS);
  fg_outcome_free(&honest, &o);
  assert_int_equal(fg_claim_check(&half_blind, &lab, &o, NULL), FG_OK);
  assert_int_equal(o.blind, 1);
  assert_int_equal(o.verdict, FG_VIOLATED);
  fg_outcome_free(&half_blind, &o);
}

static void rates(void **state) {
  struct fg_lab lab = lab_of(1);
  struct fg_rates r = {0};
  struct fg_claim alarming = honest;
  (void)state;
  assert_int_equal(fg_claim_repeat(&honest, &lab, 1000, &r, NULL), FG_OK);
  assert_in_range(r.alarms, 20, 90);
  assert_int_equal(r.rejected[0], 1000);
  assert_null(fg_rates_contradict(&honest, &r));
  fg_rates_free(&r);
  assert_int_equal(fg_claim_repeat(&half_blind, &lab, 100, &r, NULL), FG_OK);
  assert_non_null(strstr(fg_rates_contradict(&half_blind, &r), "a control"));
  fg_rates_free(&r);
  alarming.measure = always;
  assert_int_equal(fg_claim_repeat(&alarming, &lab, 10, &r, NULL), FG_OK);
  assert_non_null(strstr(fg_rates_contradict(&alarming, &r), "false alarms"));
  alarming.kind = FG_CLAIM_OBSERVED; /* nothing is promised */
  assert_null(fg_rates_contradict(&alarming, &r));
  fg_rates_free(&r);
}

/* ---- the register */

static void rows_are_complete(void **state) {
  (void)state;
  for (size_t i = 0; fg_claims[i]; i++) {
    const struct fg_claim *c = fg_claims[i];
    assert_ptr_equal(fg_claim_find(c->id), c);
    assert_true(strlen(c->id) == 2 && strlen(c->title) > 0 && strlen(c->statement) > 0);
    assert_true(strlen(c->assumptions) > 0 && strlen(c->source) > 0);
    assert_non_null(c->measure);
    if (i > 0) { /* in the order of the register: S, M, C, D, T */
      static const char groups[] = "SMCDT";
      const char *before = fg_claims[i - 1]->id;
      int a = (int)(strchr(groups, before[0]) - groups), b = (int)(strchr(groups, c->id[0]) - groups);
      assert_true(a < b || (a == b && before[1] < c->id[1]));
    }
    /* no check without a case that it rejects */
    if (c->kind != FG_CLAIM_OBSERVED && fg_claim_controls(c) == 0)
      fail_msg("%s has no negative control", c->id);
    for (unsigned v = 0; v < fg_claim_controls(c); v++)
      assert_true(strlen(c->controls[v].name) <= 20 && strlen(c->controls[v].breaks) > 0);
    if (c->kind == FG_CLAIM_STATISTICAL) {
      assert_true(c->power >= 0.99);
      if (!c->panels)
        fail_msg("%s is statistical and has no figure", c->id);
    }
  }
  assert_null(fg_claim_find("Z9"));
  assert_true(fg_claim_level() <= FG_LEVEL);
}

/* ---- processes */

static enum fg_err square(const void *self, uint64_t i, void *result, struct fg_fault *fault) {
  (void)fault;
  usleep((useconds_t)(i * 7919 % 5) * 1000); /* they end in another order */
  *(uint64_t *)result = i * i + *(const uint64_t *)self;
  return FG_OK;
}

static void results_are_in_order(void **state) {
  struct fg_lab lab = lab_of(3);
  uint64_t results[50], add = 3;
  (void)state;
  assert_int_equal(fg_lab_map(&lab, 50, square, &add, sizeof *results, results, NULL), FG_OK);
  for (uint64_t i = 0; i < 50; i++)
    assert_int_equal(results[i], i * i + 3);
}

static enum fg_err refuse(const void *self, uint64_t i, void *result, struct fg_fault *fault) {
  (void)self;
  (void)result;
  return i == 7 ? fg_fail(fault, FG_EINPUT, "file", 12, "item %d", 7) : FG_OK;
}

static enum fg_err crash(const void *self, uint64_t i, void *result, struct fg_fault *fault) {
  (void)self;
  (void)result;
  (void)fault;
  if (i == 3)
    raise(SIGKILL);
  return FG_OK;
}

static bool at_once(void) {
  return true;
}

static void faults_end_all(void **state) {
  struct fg_lab lab = lab_of(2);
  struct fg_fault fault = {0};
  char results[20];
  (void)state;
  assert_int_equal(fg_lab_map(&lab, 20, refuse, NULL, 1, results, &fault), FG_EINPUT);
  assert_string_equal(fault.text, "item 7");
  assert_int_equal(fault.line, 12);
  assert_int_equal(fg_lab_map(&lab, 20, crash, NULL, 1, results, &fault), FG_EPEER);
  assert_non_null(strstr(fault.text, "signal 9"));
  lab.stopped = at_once;
  assert_int_equal(fg_lab_map(&lab, 20, refuse, NULL, 1, results, &fault), FG_ESTOPPED);
}

/* ---- trials */

struct twice {
  float simulated[200], replayed[200], other[200];
  uint64_t looks, floats, extra, extra_other;
};

/* Simulated, replayed with the same seeds, and with others. */
static enum fg_err twice(const void *self, uint64_t i, void *result, struct fg_fault *fault) {
  struct twice *w = result;
  struct fg_record first = {.look_every = 1, .order = true, .visits = true}, again = {.look_every = 1};
  struct fg_record other = {.look_every = 1, .visits = true};
  enum fg_err err;
  struct fg_trial *t = fg_trial_new(self, &err, fault);
  if (!err)
    err = fg_trial_reseed(t, &(struct fg_trial_seeds){5, 6, 7 + i}, fault);
  if (!err)
    err = fg_trial_simulate(t, &first, NULL, fault);
  if (!err)
    err = fg_trial_reseed(t, &(struct fg_trial_seeds){5, 6, 99}, fault);
  if (!err)
    err = fg_trial_replay(t, &first, &again, NULL, fault);
  if (!err)
    err = fg_trial_reseed(t, &(struct fg_trial_seeds){5, 60, 99}, fault);
  if (!err)
    err = fg_trial_replay(t, &first, &other, NULL, fault);
  if (!err) {
    w->looks = first.n_looks;
    w->floats = first.n_looks * first.look_size;
    memcpy(w->simulated, first.look, w->floats * sizeof(float));
    memcpy(w->replayed, again.look, w->floats * sizeof(float));
    memcpy(w->other, other.look, w->floats * sizeof(float));
    w->extra = first.totals.extra_updates;
    w->extra_other = other.totals.extra_updates;
  }
  fg_record_free(&first);
  fg_record_free(&again);
  fg_record_free(&other);
  fg_trial_delete(t);
  return err;
}

static void a_trial_is_replayed(void **state) {
  struct fg_lab lab = lab_of(2);
  struct fg_fault fault = {0};
  struct twice w;
  char path[FG_PATH_MAX], data[FG_PATH_MAX + 8];
  (void)state;
  assert_int_equal(fg_lab_data(&lab, "additive:rows=6,cols=6,nnz=30", 1, path, &fault), FG_OK);
  snprintf(data, sizeof data, "data=%s", path);
  const char *const options[] = {
      data,         "model=additive", "workers=3",        "epochs=2",
      "sync=fugue", "chunk=1",        "straggler=pareto", "network=star:speed=1Mf,lat=1us,bw=10Gbps",
      NULL};
  if (fg_lab_map(&lab, 1, twice, options, sizeof w, &w, &fault))
    fail_msg("%s", fault.text);
  assert_int_equal(w.looks, 7); /* before the run and after each of six strata */
  assert_int_equal(w.floats, 7 * 12);
  assert_memory_equal(w.simulated, w.replayed, w.floats * sizeof(float));
  assert_memory_not_equal(w.simulated, w.other, w.floats * sizeof(float));
  assert_true(w.extra > 0);
  assert_int_equal(w.extra, w.extra_other); /* counts are those of the recorded run */
}

static void bad_options(void **state) {
  struct fg_fault fault = {0};
  enum fg_err err;
  (void)state;
  assert_null(fg_trial_new((const char *const[]){"workers", NULL}, &err, &fault));
  assert_int_equal(err, FG_EUSAGE);
  assert_null(fg_trial_new((const char *const[]){"wrkers=3", NULL}, &err, &fault));
  assert_int_equal(err, FG_EUSAGE);
  assert_null(fg_trial_new((const char *const[]){"data=/nowhere", NULL}, &err, &fault));
  assert_int_equal(err, FG_EINPUT);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(mean_of_student),
      cmocka_unit_test(proportion_at_its_ends),
      cmocka_unit_test(median_by_order),
      cmocka_unit_test(line),
      cmocka_unit_test(tails),
      cmocka_unit_test(kolmogorov),
      cmocka_unit_test(flips),
      cmocka_unit_test(coverage),
      cmocka_unit_test(bootstrap),
      cmocka_unit_test(verdicts),
      cmocka_unit_test(strain),
      cmocka_unit_test(worst),
      cmocka_unit_test(a_blind_check_fails),
      cmocka_unit_test(rates),
      cmocka_unit_test(rows_are_complete),
      cmocka_unit_test(results_are_in_order),
      cmocka_unit_test(faults_end_all),
      cmocka_unit_test(a_trial_is_replayed),
      cmocka_unit_test(bad_options),
  };
  return cmocka_run_group_tests(tests, make_scratch, drop_scratch);
}
