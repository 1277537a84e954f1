/* Straggler laws: conformance of every row of the table, the laws' distributions, and exact integration over spells.
 * All seeds are fixed. The statistical checks of this file together err with probability at most LEVEL (Bonferroni over
 * the CHECKS of them); each kind of check has a control that it must reject. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort.h>

#include "core/rng.h"
#include "core/straggler/straggler.h"

#define LEVEL 1e-4
/* DRAWS: the power of the weakest control (Pareto 1.5 against 1.6, D = 0.0237) exceeds 0.99 at LEVEL / CHECKS. */
enum { CHECKS = 50, DRAWS = 40000 };

static char trace_file[64];

/* A temporary file with the given text; the caller unlinks it. */
static void write_file(char *name, size_t size, const char *text) {
  snprintf(name, size, "test_straggler.XXXXXX");
  int fd = mkstemp(name);
  assert_true(fd >= 0);
  size_t n = strlen(text);
  assert_int_equal(write(fd, text, n), (ssize_t)n);
  close(fd);
}

static int make_trace(void **state) {
  (void)state;
  write_file(trace_file, sizeof trace_file,
             "# host start factor\n0 0 1\n1 2.5 3 # late\n0 1.5 4\n\n  1 4 0.5\r\n0 3 1.25\n");
  return 0;
}

static int remove_trace(void **state) {
  (void)state;
  return unlink(trace_file);
}

/* Shortest spelling of a law that parses: laws with a required file get one. */
static void shortest(const struct fg_straggler_type *type, char *out, size_t size) {
  const struct fg_param *p = type->params;
  while (p->key && p->fallback)
    p++;
  if (p->key)
    snprintf(out, size, "%s:%s=%s", type->name, p->key, trace_file);
  else
    snprintf(out, size, "%s", type->name);
}

static void parse(const char *spec, uint32_t workers, uint64_t seed, struct fg_straggler *s) {
  struct fg_fault fault = {.text = ""};
  enum fg_err err = fg_straggler_parse(spec, workers, seed, s, &fault);
  if (err)
    fail_msg("%s: %s", spec, fault.text);
}

static void every_row_conforms(void **state) {
  (void)state;
  static const char *const expected[] = {"none",    "persistent", "onoff",   "shifted-exp", "pareto", "lognormal",
                                         "weibull", "gamma",      "uniform", "burst",       "trace"};
  size_t rows = 0;
  for (; fg_straggler_types[rows]; rows++) {
    const struct fg_straggler_type *type = fg_straggler_types[rows];
    assert_ptr_equal(fg_straggler_find(type->name), type);
    assert_int_equal(!!type->draw + !!type->host + !!type->segment, 1);
    assert_true(!type->draw == !type->mean && !type->draw == !type->cdf);
    assert_non_null(type->summary);
    for (const struct fg_param *p = type->params; p->key; p++)
      assert_non_null(p->help);

    char spec[512], printed[2048], again[2048];
    shortest(type, spec, sizeof spec);
    struct fg_straggler s, t;
    parse(spec, 5, 7, &s);
    fg_straggler_print(&s, printed, sizeof printed);
    parse(printed, 5, 7, &t);
    fg_straggler_print(&t, again, sizeof again);
    assert_string_equal(printed, again);
    assert_memory_equal(&s.par, &t.par, sizeof s.par);
    assert_int_equal(s.per, t.per);
    assert_int_equal(fg_straggler_timed(&s), type->segment != NULL);
    for (uint32_t worker = 0; worker < 5; worker++) {
      struct fg_straggler_cursor a = {0}, b = {0};
      if (fg_straggler_timed(&s))
        assert_true(fg_straggler_finish(&s, worker, &a, 3, 1000) == fg_straggler_finish(&t, worker, &b, 3, 1000));
      else
        assert_true(fg_straggler_factor(&s, worker, 9) == fg_straggler_factor(&t, worker, 9));
    }
    fg_straggler_free(&s);
    fg_straggler_free(&t);
  }
  assert_int_equal(rows, sizeof expected / sizeof expected[0]);
  for (size_t i = 0; i < rows; i++)
    assert_non_null(fg_straggler_find(expected[i]));
  assert_null(fg_straggler_find("exponential"));
}

static void draws_are_pure_functions(void **state) {
  (void)state;
  for (size_t i = 0; fg_straggler_types[i]; i++) {
    const struct fg_straggler_type *type = fg_straggler_types[i];
    char spec[512];
    shortest(type, spec, sizeof spec);
    struct fg_straggler s, other;
    parse(spec, 8, 1, &s);
    parse(spec, 8, 2, &other);
    if (type->draw) {
      double first[8][50];
      for (uint32_t w = 0; w < 8; w++)
        for (uint64_t k = 0; k < 50; k++)
          first[w][k] = fg_straggler_factor(&s, w, k);
      int same_worker = 0, same_index = 0, same_seed = 0;
      for (uint32_t w = 8; w-- > 0;)
        for (uint64_t k = 50; k-- > 0;) {
          assert_true(fg_straggler_factor(&s, w, k) == first[w][k]);
          same_worker += first[w][k] == first[(w + 1) % 8][k];
          same_index += first[w][k] == first[w][(k + 1) % 50];
          same_seed += first[w][k] == fg_straggler_factor(&other, w, k);
        }
      /* burst has two values and agrees by chance: 0.68 of 400 expected; continuous laws do not */
      int most = strcmp(type->name, "burst") == 0 ? 330 : 0;
      assert_in_range(same_worker, 0, most);
      assert_in_range(same_index, 0, most);
      assert_in_range(same_seed, 0, most);
    }
    if (type->segment)
      for (uint32_t w = 0; w < 8; w++)
        for (uint64_t k = 0; k < 4; k++) {
          double length[3], factor[3];
          type->segment(&s, w, k, &length[0], &factor[0]);
          type->segment(&s, w, k + 1, &length[1], &factor[1]);
          type->segment(&s, w, k, &length[2], &factor[2]);
          assert_true(length[0] == length[2] && factor[0] == factor[2]);
        }
    fg_straggler_free(&s);
    fg_straggler_free(&other);
  }
  /* a draw of a run is one draw */
  struct fg_straggler run;
  parse("pareto:per=run", 4, 3, &run);
  assert_true(fg_straggler_factor(&run, 2, 0) == fg_straggler_factor(&run, 2, 77));
  assert_true(fg_straggler_factor(&run, 2, 0) != fg_straggler_factor(&run, 3, 0));
}

/* P-value of a two-sided Kolmogorov-Smirnov statistic d of n draws: the limiting law 2 sum (-1)^(j-1) exp(-2 j^2 x^2)
 * at x = (sqrt n + 0.12 + 0.11 / sqrt n) d, Stephens' (1970) correction for finite n. */
static double ks_p(double d, double n) {
  double x = (sqrt(n) + 0.12 + 0.11 / sqrt(n)) * d, sum = 0;
  if (x < 0.2)
    return 1;
  for (int j = 1; j <= 100; j++)
    sum += (j % 2 ? 2 : -2) * exp(-2.0 * j * j * x * x);
  return fmin(1, fmax(0, sum));
}

/* Draws of `law` against the cdf of `reference`. At a tie both sides of the step are compared, with the cdf just below
 * it; so laws with atoms are covered too (there the p-value is conservative). */
static double ks_of(const struct fg_straggler *law, const struct fg_straggler *reference) {
  double *x = malloc(sizeof *x * DRAWS), d = 0;
  assert_non_null(x);
  for (uint32_t i = 0; i < DRAWS; i++)
    x[i] = fg_straggler_factor(law, i % 16, i / 16);
  gsl_sort(x, 1, DRAWS);
  for (size_t i = 0, end; i < DRAWS; i = end) {
    for (end = i; end < DRAWS && x[end] == x[i];)
      end++;
    double below = reference->type->cdf(reference, nextafter(x[i], -INFINITY)),
           at = reference->type->cdf(reference, x[i]);
    d = fmax(d, fmax(fabs(below - (double)i / DRAWS), fabs(at - (double)end / DRAWS)));
  }
  free(x);
  return ks_p(d, DRAWS);
}

static const char *const laws[] = {
    "shifted-exp",
    "shifted-exp:shift=0,mean=3",
    "pareto",
    "pareto:alpha=1.2",
    "pareto:alpha=0.7",
    "pareto:alpha=5",
    "lognormal",
    "lognormal:sigma=2",
    "weibull",
    "weibull:k=0.5",
    "weibull:k=4",
    "gamma",
    "gamma:k=0.3",
    "gamma:k=40",
    "uniform",
    "uniform:lo=0,hi=0.5",
    "burst",
    "burst:p=0.5,factor=0.2",
    "burst:p=1",
    "burst:p=0",
};
enum { LAWS = sizeof laws / sizeof laws[0] };

static void draws_follow_the_cdf(void **state) {
  (void)state;
  bool covered[64] = {false};
  for (size_t i = 0; i < LAWS; i++) {
    struct fg_straggler s;
    parse(laws[i], 16, 11 + i, &s);
    double p = ks_of(&s, &s);
    if (p < LEVEL / CHECKS)
      fail_msg("%s: Kolmogorov-Smirnov p = %g", laws[i], p);
    for (size_t k = 0; fg_straggler_types[k]; k++)
      covered[k] |= fg_straggler_types[k] == s.type;
  }
  for (size_t k = 0; fg_straggler_types[k]; k++)
    assert_int_equal(covered[k], fg_straggler_types[k]->draw != NULL);
}

static void a_wrong_cdf_is_rejected(void **state) {
  (void)state;
  static const char *const pairs[][2] = {{"pareto:alpha=1.5", "pareto:alpha=1.6"},
                                         {"burst:p=0.2", "burst:p=0.23"},
                                         {"gamma:k=1", "lognormal:sigma=1"},
                                         {"weibull:k=1", "weibull:k=1.1"}};
  for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
    struct fg_straggler law, wrong;
    parse(pairs[i][0], 16, 5, &law);
    parse(pairs[i][1], 16, 5, &wrong);
    double p = ks_of(&law, &wrong);
    if (p >= LEVEL / CHECKS)
      fail_msg("%s against %s is not rejected: p = %g", pairs[i][0], pairs[i][1], p);
  }
}

/* Two-sided p-value of "the draws have mean m", by the normal limit. */
static double mean_p(const struct fg_straggler *s, double m) {
  double sum = 0, squares = 0;
  for (uint32_t i = 0; i < DRAWS; i++) {
    double x = fg_straggler_factor(s, i % 16, i / 16) - m;
    sum += x;
    squares += x * x;
  }
  double mean = sum / DRAWS, var = squares / DRAWS - mean * mean;
  if (var < 1e-20)
    return fabs(mean) < 1e-12 ? 1 : 0;
  return 2 * gsl_cdf_ugaussian_Q(fabs(mean) / sqrt(var / DRAWS));
}

static void means_are_the_laws(void **state) {
  (void)state;
  /* finite variance, and a third moment small enough for the normal limit */
  static const char *const specs[] = {"shifted-exp:shift=0.5,mean=2",
                                      "pareto:alpha=5",
                                      "lognormal:sigma=0.7",
                                      "weibull:k=0.7",
                                      "weibull:k=3",
                                      "gamma:k=0.5",
                                      "gamma:k=9",
                                      "uniform:lo=0,hi=3",
                                      "burst:p=0.1,factor=8",
                                      "lognormal:sigma=0.7,mean=1",
                                      "pareto:alpha=5,mean=1",
                                      "weibull:k=0.7,mean=1",
                                      "uniform:lo=0,hi=3,mean=1",
                                      "burst:p=0.1,factor=8,mean=1",
                                      "gamma:k=9,mean=1"};
  for (size_t i = 0; i < sizeof specs / sizeof specs[0]; i++) {
    struct fg_straggler s;
    parse(specs[i], 16, 101 + i, &s);
    assert_int_equal(s.mean1, strstr(specs[i], "mean=1") != NULL);
    double m = s.mean1 ? 1 : s.type->mean(&s);
    double p = mean_p(&s, m);
    if (p < LEVEL / CHECKS)
      fail_msg("%s: mean %g has p = %g", specs[i], m, p);
    assert_true(mean_p(&s, 1.15 * m) < LEVEL / CHECKS);
  }
}

static void mean_one_only_scales(void **state) {
  (void)state;
  struct fg_straggler own, one;
  parse("pareto:alpha=1.5", 4, 9, &own);
  parse("pareto:alpha=1.5,mean=1", 4, 9, &one);
  for (uint64_t k = 0; k < 100; k++)
    assert_true(fabs(fg_straggler_factor(&one, 1, k) * 3 / fg_straggler_factor(&own, 1, k) - 1) < 1e-14);
}

static void persistent_hosts(void **state) {
  (void)state;
  enum { P = 20 };
  static const struct {
    const char *spec;
    int slow;
  } cases[] = {{"persistent", 1},
               {"persistent:hosts=0", 0},
               {"persistent:hosts=20", 20},
               {"persistent:hosts=7,factor=3", 7},
               {"persistent:fraction=0.25", 5},
               {"persistent:hosts=3,fraction=0.01", 1}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct fg_straggler s;
    parse(cases[i].spec, P, 4, &s);
    int slow = 0;
    for (uint32_t w = 0; w < P; w++) {
      double f = fg_straggler_factor(&s, w, 0);
      assert_true(f == 1 || f == s.par.value[1]);
      assert_true(f == fg_straggler_factor(&s, w, 1234));
      slow += f != 1;
    }
    assert_int_equal(slow, cases[i].slow);
    fg_straggler_free(&s);
  }
  /* with one seed more slow hosts include the fewer; over seeds each host is chosen alike (chi-square,
   * P - 1 degrees) */
  enum { SEEDS = 4000 };
  int chosen[P] = {0};
  for (uint64_t seed = 0; seed < SEEDS; seed++) {
    struct fg_straggler few, more;
    parse("persistent:hosts=3", P, seed, &few);
    parse("persistent:hosts=4", P, seed, &more);
    for (uint32_t w = 0; w < P; w++) {
      bool slow = fg_straggler_factor(&few, w, 0) != 1;
      assert_true(!slow || fg_straggler_factor(&more, w, 0) != 1);
      chosen[w] += slow;
    }
    fg_straggler_free(&few);
    fg_straggler_free(&more);
  }
  double chi2 = 0, mean = SEEDS * 3.0 / P;
  for (int w = 0; w < P; w++)
    chi2 += (chosen[w] - mean) * (chosen[w] - mean) / (mean * (1 - 3.0 / P)) * (P - 1) / P;
  assert_true(gsl_cdf_chisq_Q(chi2, P - 1) > LEVEL / CHECKS);
}

/* What a worker is slower by throughout the run, and only that. */
static void lasting_factors(void **state) {
  (void)state;
  enum { P = 20 };
  static const char *const lasting[] = {"persistent:hosts=7,factor=3", "pareto:alpha=1.5,per=run"},
                           *const passing[] = {"none", "pareto:alpha=1.5", "pareto:per=epoch", "pareto:per=time:2s",
                                               "onoff"};
  struct fg_straggler s;
  for (size_t i = 0; i < sizeof lasting / sizeof lasting[0]; i++) {
    int slow = 0;
    parse(lasting[i], P, 4, &s);
    for (uint32_t w = 0; w < P; w++) {
      assert_true(fg_straggler_lasting(&s, w) == fg_straggler_factor(&s, w, 1234));
      slow += fg_straggler_lasting(&s, w) != 1;
    }
    assert_true(slow >= 7);
    fg_straggler_free(&s);
  }
  for (size_t i = 0; i < sizeof passing / sizeof passing[0]; i++) {
    parse(passing[i], P, 4, &s);
    for (uint32_t w = 0; w < P; w++)
      assert_true(fg_straggler_lasting(&s, w) == 1);
    fg_straggler_free(&s);
  }
}

/* Two-sided p-value of `hits` of n at probability q, by the normal limit. */
static double share_p(double hits, double n, double q) {
  return 2 * gsl_cdf_ugaussian_Q(fabs(hits - n * q) / sqrt(n * q * (1 - q)));
}

static void onoff_is_stationary(void **state) {
  (void)state;
  enum { P = 20000 };
  struct fg_straggler s;
  parse("onoff:on=3s,off=9s,factor=5", P, 21, &s);
  /* share of slow hosts at the start and later: 1/4 each time */
  static const double times[] = {0, 1.3, 40};
  double slow[3] = {0};
  for (uint32_t w = 0; w < P; w++) {
    struct fg_straggler_cursor c = {0};
    for (int i = 0; i < 3; i++)
      slow[i] += fg_straggler_finish(&s, w, &c, times[i], 1e-9) - times[i] > 3e-9;
  }
  for (int i = 0; i < 3; i++) {
    assert_true(share_p(slow[i], P, 0.25) > LEVEL / CHECKS);
    assert_true(share_p(slow[i], P, 0.27) < LEVEL / CHECKS);
  }
  /* share of a host's time: mean of a stationary process over [0, T]; variance of the time share for exponential stays:
   * 2 q (1 - q) tau / T (1 - tau / T (1 - exp(-T / tau))), 1 / tau = 1 / on + 1 / off */
  enum { HOSTS = 2000 };
  double total = 0, T = 500, tau = 1 / (1 / 3.0 + 1 / 9.0), q = 0.25;
  for (uint32_t w = 0; w < HOSTS; w++) {
    double t = 0;
    for (uint64_t k = 0; t < T; k++) {
      double length, factor;
      s.type->segment(&s, w, k, &length, &factor);
      if (factor != 1)
        total += fmin(length, T - t);
      t += length;
    }
  }
  double var = 2 * q * (1 - q) * tau / T * (1 - tau / T * (1 - exp(-T / tau)));
  double share = total / (HOSTS * T);
  assert_true(2 * gsl_cdf_ugaussian_Q(fabs(share - q) / sqrt(var / HOSTS)) > LEVEL / CHECKS);
  assert_true(2 * gsl_cdf_ugaussian_Q(fabs(share - 0.26) / sqrt(var / HOSTS)) < LEVEL / CHECKS);
}

/* The factor at time t, found without a cursor. */
static double factor_at(const struct fg_straggler *s, uint32_t worker, double t) {
  if (s->per == FG_PER_TIME) {
    struct fg_rng rng;
    gsl_rng gsl = {fg_rng_gsl(), &rng};
    fg_rng_gsl_start(&gsl, s->seed, FG_STREAM_STRAGGLER, (uint64_t)floor(t / s->period), worker);
    return s->scale * s->type->draw(s, &gsl);
  }
  double length = 0, factor = 1;
  for (uint64_t k = 0; t >= 0; k++, t -= length)
    s->type->segment(s, worker, k, &length, &factor);
  return factor;
}

/* End of work by small steps of dt; good to about dt times the largest ratio of factors for each spell crossed. */
static double finish_by_steps(const struct fg_straggler *s, uint32_t worker, double start, double work, double dt) {
  double t = start;
  while (work > 0) {
    double f = factor_at(s, worker, t + dt / 2);
    if (work * f <= dt)
      return t + work * f;
    work -= dt / f;
    t += dt;
  }
  return t;
}

static void finish_integrates(void **state) {
  (void)state;
  char with_trace[128], with_repeat[128];
  snprintf(with_trace, sizeof with_trace, "trace:file=%s", trace_file);
  snprintf(with_repeat, sizeof with_repeat, "trace:file=%s,repeat=5s", trace_file);
  const char *const specs[] = {"onoff:on=0.5s,off=0.7s,factor=4",
                               "uniform:lo=0.5,hi=3,per=time:300ms",
                               "lognormal:per=time:0.25,mean=1",
                               "burst:p=0.5,per=time:1s",
                               with_trace,
                               with_repeat};
  for (size_t i = 0; i < sizeof specs / sizeof specs[0]; i++) {
    struct fg_straggler s;
    parse(specs[i], 3, 33, &s);
    assert_true(fg_straggler_timed(&s));
    double worst = 0, plain = 0;
    for (uint32_t w = 0; w < 3; w++) {
      struct fg_straggler_cursor c = {0};
      double start = 0;
      for (int k = 0; k < 12; k++) {
        double work = 0.15 * (k % 5), dt = 1e-4;
        double end = fg_straggler_finish(&s, w, &c, start, work), rough = finish_by_steps(&s, w, start, work, dt);
        worst = fmax(worst, fabs(end - rough));
        plain = fmax(plain, fabs(start + work - rough));
        assert_true(end >= start);
        /* the next start lies before the end: a cut */
        start += 0.8 * (end - start) + 0.05 * k;
      }
    }
    /* the second condition: the nominal time, which no slowdown enters, would be told from the right one */
    if (worst > 2e-3 || plain < 0.1)
      fail_msg("%s: off by %g from small steps, nominal time by %g", specs[i], worst, plain);
    fg_straggler_free(&s);
  }
}

static void finish_is_exact(void **state) {
  (void)state;
  char spec[128];
  snprintf(spec, sizeof spec, "trace:file=%s", trace_file);
  struct fg_straggler s;
  parse(spec, 4, 1, &s);
  /* host 0: 1 until 1.5, 4 until 3, then 1.25 */
  struct fg_straggler_cursor a = {0};
  assert_true(fabs(fg_straggler_finish(&s, 0, &a, 1, 1.5) - (3 + 1.25 * (1.5 - 0.5 - 1.5 / 4))) < 1e-14);
  assert_true(fg_straggler_finish(&s, 0, &a, 1.5, 0.25) == 2.5);
  assert_true(fabs(fg_straggler_finish(&s, 0, &a, 100, 8) - 110) < 1e-12);
  /* host 1, which workers 1 and 3 replay: 1 until 2.5, 3 until 4, then 0.5 */
  struct fg_straggler_cursor b = {0}, c = {0};
  assert_true(fabs(fg_straggler_finish(&s, 1, &b, 2, 2) - (4 + 0.5 * (2 - 0.5 - 0.5))) < 1e-14);
  assert_true(fg_straggler_finish(&s, 3, &c, 2, 2) == 4.5);
  fg_straggler_free(&s);
  snprintf(spec, sizeof spec, "trace:file=%s,repeat=5s", trace_file);
  parse(spec, 4, 1, &s);
  /* a cycle of host 0 makes 1.5 + 1.5 / 4 + 2 / 1.25 = 3.475 s of nominal work in 5 s */
  struct fg_straggler_cursor d = {0};
  assert_true(fabs(fg_straggler_finish(&s, 0, &d, 0, 100 * 3.475 + 1) - 501) < 1e-9);
  assert_true(fabs(fg_straggler_finish(&s, 0, &d, 501, 0.5 + 0.125) - 502) < 1e-9);
  fg_straggler_free(&s);
}

static void no_work_and_no_time(void **state) {
  (void)state;
  /* S = 0 is as good as drawn when a law reaches down to it; the spell's end is not waited for */
  struct fg_straggler s;
  parse("uniform:lo=0,hi=1e-06,per=time:1us", 2, 3, &s);
  struct fg_straggler_cursor c = {0};
  double end = fg_straggler_finish(&s, 0, &c, 5, 1);
  assert_true(end >= 5 && end < 5 + 1e-5);
  struct fg_straggler_type still = *s.type;
  struct fg_straggler zero = s;
  zero.type = &still;
  zero.scale = 0;
  struct fg_straggler_cursor z = {0};
  assert_true(fg_straggler_finish(&zero, 0, &z, 7.25, 1e9) == 7.25);
  /* no work takes no time, wherever it starts */
  parse("pareto:alpha=0.1,per=time:1us", 2, 3, &s);
  static const double starts[] = {0, 1e-6, 0.3, 12345.678, 1e9, 1e17};
  struct fg_straggler_cursor n = {0};
  for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++)
    assert_true(fg_straggler_finish(&s, 0, &n, starts[i], 0) == starts[i]);
  /* beyond the horizon the spell in force lasts, however long the work is */
  assert_true(isfinite(fg_straggler_finish(&s, 0, &n, 1e17, 1e6)));
  parse("onoff:on=1s,off=1s", 2, 3, &s);
  struct fg_straggler_cursor h = {0};
  double far = fg_straggler_finish(&s, 0, &h, 10, 1e5);
  assert_true(far > 1.3e5 && far < 1.7e5);
}

static void boundaries_of_periods(void **state) {
  (void)state;
  /* starts at every multiple of a period that binary fractions cannot spell belong to the draw of their number */
  struct fg_straggler s;
  parse("uniform:per=time:100ms", 1, 8, &s);
  for (uint64_t k = 0; k < 5000; k++) {
    struct fg_straggler_cursor c = {0};
    double start = (double)k * 0.1, took = fg_straggler_finish(&s, 0, &c, start, 1e-3) - start;
    struct fg_rng rng;
    gsl_rng gsl = {fg_rng_gsl(), &rng};
    fg_rng_gsl_start(&gsl, 8, FG_STREAM_STRAGGLER, k, 0);
    assert_true(fabs(took - 1e-3 * s.type->draw(&s, &gsl)) < 1e-12);
    assert_int_equal(c.k, k);
  }
}

static void bad_specs_are_refused(void **state) {
  (void)state;
  static const struct {
    const char *spec, *reason;
  } cases[] = {{"", "does not start with a name"},
               {"slow", "there is no straggler law 'slow'"},
               {"pareto:", "a key is expected"},
               {"pareto:alpha", "is not key=value"},
               {"pareto:alpha=0", "must be a number from 0.1"},
               {"pareto:alpha=nan", "must be a number"},
               {"pareto:shape=2", "no key 'shape' (it has: alpha, per, mean)"},
               {"pareto:mean=2", "must be one of own|1"},
               {"pareto:alpha=1,mean=1", "finite mean"},
               {"pareto:per=week", "per=week must be one of"},
               {"pareto:per=time:", "the time must be"},
               {"pareto:per=time:0", "the time must be"},
               {"pareto:per=time:-2s", "the time must be"},
               {"pareto:per=time:2h", "the time must be"},
               {"pareto:per=time:1ns", "the time must be"},
               {"none:per=block", "has no key 'per'"},
               {"persistent:per=run", "has no key 'per'"},
               {"persistent:mean=1", "has no key 'mean'"},
               {"persistent:hosts=6", "there are only 5"},
               {"persistent:hosts=1.5", "must be a whole number"},
               {"persistent:fraction=1.5", "must be a number from 0 to 1"},
               {"onoff:per=time:1s", "has no key 'per'"},
               {"onoff:on=5s,mean=1", "has no key 'mean'"},
               {"onoff:on=5", "with the unit s"},
               {"onoff:on=0s", "with the unit s"},
               {"shifted-exp:mean=0", "must be a number"},
               {"lognormal:sigma=0", "must be a number"},
               {"weibull:k=-1", "must be a number"},
               {"gamma:k=0", "must be a number"},
               {"uniform:lo=2,hi=2", "lo=2 must be less than hi=2"},
               {"uniform:lo=-1", "must be a number"},
               {"burst:p=1.1", "must be a number from 0 to 1"},
               {"trace", "needs file="},
               {"trace:file=x,per=block", "has no key 'per'"}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct fg_straggler s;
    struct fg_fault fault = {.text = ""};
    enum fg_err err = fg_straggler_parse(cases[i].spec, 5, 1, &s, &fault);
    if (err != FG_EUSAGE || !strstr(fault.text, cases[i].reason))
      fail_msg("'%s': error %d, text '%s', expected '%s'", cases[i].spec, err, fault.text, cases[i].reason);
    assert_int_equal(fg_straggler_parse(cases[i].spec, 5, 1, &s, NULL), FG_EUSAGE);
  }
}

/* the absolute name of a file, as messages have it, ends with the name that was given */
static bool names(const struct fg_fault *fault, const char *name) {
  size_t full = strlen(fault->file), n = strlen(name);
  return full >= n && strcmp(fault->file + full - n, name) == 0;
}

static void bad_traces_name_file_and_line(void **state) {
  (void)state;
  static const struct {
    const char *text, *reason, *more;
    unsigned long long line;
  } cases[] = {{"", "there is no line", "", 0},
               {"# nothing\n\n", "there is no line", "", 0},
               {"0 0 1\n0 1\n", "must be 'host start_s factor'", "", 2},
               {"0 0 1 1\n", "must be 'host start_s factor'", "", 1},
               {"0 0 1\n\nx 1 2\n", "host 'x'", "", 3},
               {"-1 0 1\n", "host '-1'", "", 1},
               {"99999999999 0 1\n", "host '99999999999'", "", 1},
               {"0 -1 1\n", "start '-1'", "", 1},
               {"0 1e10 1\n", "start '1e10'", "", 1},
               {"0 0 0\n", "factor '0'", "", 1},
               {"0 0 inf\n", "factor 'inf'", "", 1},
               {"0 0 1\n0 2 3\n1 0 1\n0 2 1\n", "must come at least", "", 4},
               {"0 5 1\n0 4 1\n", "must come at least", "", 2},
               {"0 0 1\n0 5 1\n", "is not within", ",repeat=5s", 2},
               {"1 0 1\n1 1 2\n", "host 0 has no line", "", 0},
               {"7 0 1\n", "not of every host before it", "", 0}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    char name[64], spec[256];
    write_file(name, sizeof name, cases[i].text);
    snprintf(spec, sizeof spec, "trace:file=%s%s", name, cases[i].more);
    struct fg_straggler s;
    struct fg_fault fault = {.text = ""};
    enum fg_err err = fg_straggler_parse(spec, 2, 1, &s, &fault);
    unlink(name);
    if (err != FG_EINPUT || !strstr(fault.text, cases[i].reason))
      fail_msg("trace %zu: error %d, text '%s', expected '%s'", i, err, fault.text, cases[i].reason);
    assert_true(names(&fault, name));
    assert_int_equal(fault.line, cases[i].line);
  }
  struct fg_straggler s;
  struct fg_fault fault;
  assert_int_equal(fg_straggler_parse("trace:file=no/such/file", 2, 1, &s, &fault), FG_EINPUT);
  assert_string_equal(fault.file, "no/such/file");
  assert_non_null(strstr(fault.text, "cannot open"));
  assert_int_equal(fg_straggler_parse("trace:file=.", 2, 1, &s, &fault), FG_EIO);
  /* a zero byte ends no line */
  char name[64], spec[256];
  write_file(name, sizeof name, "0 0 1\n");
  FILE *out = fopen(name, "a");
  assert_non_null(out);
  fwrite("0 1\0 2\n", 1, 7, out);
  fclose(out);
  snprintf(spec, sizeof spec, "trace:file=%s", name);
  assert_int_equal(fg_straggler_parse(spec, 2, 1, &s, &fault), FG_EINPUT);
  assert_int_equal(fault.line, 2);
  unlink(name);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_row_conforms),
      cmocka_unit_test(draws_are_pure_functions),
      cmocka_unit_test(draws_follow_the_cdf),
      cmocka_unit_test(a_wrong_cdf_is_rejected),
      cmocka_unit_test(means_are_the_laws),
      cmocka_unit_test(mean_one_only_scales),
      cmocka_unit_test(persistent_hosts),
      cmocka_unit_test(lasting_factors),
      cmocka_unit_test(onoff_is_stationary),
      cmocka_unit_test(finish_integrates),
      cmocka_unit_test(finish_is_exact),
      cmocka_unit_test(no_work_and_no_time),
      cmocka_unit_test(boundaries_of_periods),
      cmocka_unit_test(bad_specs_are_refused),
      cmocka_unit_test(bad_traces_name_file_and_line),
  };
  return cmocka_run_group_tests(tests, make_trace, remove_trace);
}
