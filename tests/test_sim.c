/* The simulated stage: runs are repeated bit for bit and replayed for every strategy and straggler law, barrier gives
 * the bits of any other stage, and the times of barrier follow order statistics (claims S4, S5, T1, T2). One simulation
 * per process: each runs in a child, results come back through shared memory. */
#include "core/replay.h"
#include "core/pace.h"
#include "sim/stage.h"
#include "tests/fixture.h"

#include <gsl/gsl_math.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { VISITS = 1 << 17, TAKEN = 1 << 19 };

/* Under AddressSanitizer, which slows them down twentyfold, runs are not made twice, and with fewer numbers of workers:
 * it is memory that is looked at. */
#ifdef __SANITIZE_ADDRESS__
enum { TWICE = 0, EVERY = 2 };
#else
enum { TWICE = 1, EVERY = 1 };
#endif

/* what a simulation leaves behind */
struct outcome {
  enum fg_err err;
  char text[1024], sha[65];
  struct fg_totals totals;
  size_t n_visits, n_taken, most_visits; /* most_visits: the sink fails beyond it */
  struct fg_visit visit[VISITS];
  struct fg_taken taken[TAKEN];
};

struct setting {
  const char *workers, *model, *sync, *straggler, *network, *epochs, *step, *chunk;
  size_t most_visits;  /* 0: VISITS */
  const char *balance; /* NULL: none */
};

static const struct setting defaults = {
    "3", "mf:rank=5", "fugue:decay=0.5", "pareto:alpha=1.5", "star:speed=1Mf,lat=1us", "2", "0.02", "7", 0, NULL};

static struct fg_run *prepare(const char *data, const struct setting *s) {
  const char *const options[] = {"workers", s->workers,   "model",   s->model,  "sync",
                                 s->sync,   "epochs",     s->epochs, "step",    fixture_step(s->model, s->step),
                                 "chunk",   s->chunk,     "seed",    "5",       "test",
                                 "0",       "eval-every", "0",       "balance", s->balance ? s->balance : "none",
                                 NULL};
  return fixture_run(data, options);
}

static enum fg_err keep_visit(void *self, const struct fg_visit *visit, struct fg_fault *fault) {
  struct outcome *o = self;
  if (o->n_visits == o->most_visits)
    return fg_fail(fault, FG_EIO, NULL, 0, "the sink is full");
  o->visit[o->n_visits++] = *visit;
  return FG_OK;
}

static enum fg_err keep_taken(void *self, const struct fg_taken *taken, struct fg_fault *fault) {
  struct outcome *o = self;
  if (o->n_taken == TAKEN)
    return fg_fail(fault, FG_EIO, NULL, 0, "the sink is full");
  o->taken[o->n_taken++] = *taken;
  return FG_OK;
}

static void simulate_here(const char *data, const struct setting *s, uint64_t seed, struct outcome *o) {
  struct fg_run *run = prepare(data, s);
  struct fg_network network;
  struct fg_straggler straggler;
  struct fg_fault fault = {0};
  struct fg_sink sink = {.self = o, .visit = keep_visit, .taken = keep_taken};
  o->err = fg_network_parse(s->network, &network, &fault);
  if (!o->err)
    o->err = fg_straggler_parse(s->straggler, run->job.workers, seed, &straggler, &fault);
  if (!o->err) {
    o->err = fg_sim_run(run, &network, &straggler, &sink, NULL, &o->totals, &fault);
    fg_straggler_free(&straggler);
  }
  fg_factors_sha256(&run->factors, &run->grid, &run->model, o->sha);
  snprintf(o->text, sizeof o->text, "%s", fault.text);
  fixture_run_free(run);
}

static struct outcome *outcome_new(void) {
  struct outcome *o = mmap(NULL, sizeof *o, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  assert_true(o != MAP_FAILED);
  return o;
}

static void outcome_free(struct outcome *o) {
  munmap(o, sizeof *o);
}

/* a simulation in a child; fails the test if the child does not end well within a minute */
static struct outcome *simulate(const char *data, const struct setting *s, uint64_t seed) {
  struct outcome *o = outcome_new();
  o->most_visits = s->most_visits ? s->most_visits : VISITS;
  fflush(NULL);
  pid_t child = fork();
  if (child == 0) {
    alarm(60);
    simulate_here(data, s, seed, o);
    _exit(0);
  }
  int status = 0;
  assert_int_equal(waitpid(child, &status, 0), child);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    fail_msg("the simulation of %s with %s and %s ended with status %d", s->model, s->sync, s->straggler, status);
  return o;
}

static void succeed(const struct outcome *o, const struct setting *s) {
  if (o->err)
    fail_msg("%s, %s, %s: %s", s->model, s->sync, s->straggler, o->text);
}

/* the run once more, serially, from its order log */
static void replays(const char *data, const struct setting *s, const struct outcome *o) {
  struct fg_run *run = prepare(data, s);
  struct recorder log = {.taken = (struct fg_taken *)o->taken, .n_taken = o->n_taken};
  struct outcome *again = outcome_new();
  again->most_visits = VISITS;
  struct fg_sink sink = {.self = again, .visit = keep_visit};
  struct fg_order order;
  struct fg_totals totals;
  struct fg_fault fault = {0};
  struct fg_trace trace = {(struct fg_visit *)o->visit, o->n_visits};
  if (fg_trace_audit(&trace, &run->job, &fault))
    fail_msg("%s", fault.text);
  recorder_order(&log, fg_sync_hosts(&run->job.sync, run->job.workers), &order);
  if (fg_replay_run(run, &order, &trace, &sink, &totals, &fault))
    fail_msg("%s, %s, %s: %s", s->model, s->sync, s->straggler, fault.text);
  fg_factors_sha256(&run->factors, &run->grid, &run->model, again->sha);
  assert_string_equal(o->sha, again->sha);
  assert_int_equal(o->totals.updates, totals.updates);
  assert_int_equal(o->totals.extra_updates, totals.extra_updates);
  assert_int_equal(o->totals.bytes_sent, totals.bytes_sent);
  fg_order_free(&order);
  outcome_free(again);
  fixture_run_free(run);
}

static void runs_are_repeated_and_replayed(void **state) {
  static const char *const workers[] = {"1", "2", "3", "5", "16"};
  static const char *const models[] = {"mf:rank=5",
                                       "mf:rank=5 adagrad",
                                       "nmf:rank=5",
                                       "lda:topics=5",
                                       "lda:topics=5,loss=squared",
                                       "gibbs:topics=5",
                                       "gibbs:topics=5,beta=0.5,collapsed=no",
                                       "mmnd:rank=5,directed=yes,zeros=inf"};
  char *data = fixture_points(60, 50, 0.5, 1);
  (void)state;
  for (size_t y = 0; fixture_syncs[y]; y++)
    for (size_t p = 0; p < 5; p += EVERY)
      for (size_t m = 0; m < sizeof models / sizeof models[0]; m++) {
        struct setting s = defaults;
        s.workers = workers[p];
        s.model = models[m];
        s.sync = fixture_syncs[y];
        if (!fixture_admits(s.sync, s.model, (uint32_t)strtoul(s.workers, NULL, 10)))
          continue;
        struct outcome *a = simulate(data, &s, 9), *b = TWICE ? simulate(data, &s, 9) : a;
        succeed(a, &s);
        assert_string_equal(a->sha, b->sha);
        assert_true(a->totals.time_s == b->totals.time_s);
        assert_int_equal(a->totals.extra_updates, b->totals.extra_updates);
        replays(data, &s, a);
        outcome_free(a);
        if (TWICE)
          outcome_free(b);
      }
  fixture_drop(data);
}

static void every_law_and_strategy_runs(void **state) {
  static const char *const specs[] = {"none",
                                      "persistent:hosts=1,factor=3",
                                      "onoff:on=10ms,off=20ms,factor=4",
                                      "shifted-exp:shift=0.5,mean=1",
                                      "pareto:alpha=1.5,per=chunk",
                                      "pareto:alpha=1.5,per=epoch",
                                      "pareto:alpha=1.5,per=run",
                                      "pareto:alpha=1.5,per=time:2ms",
                                      "lognormal:sigma=1",
                                      "weibull:k=0.7",
                                      "gamma:k=0.5",
                                      "uniform:lo=0,hi=2",
                                      "burst:p=0.2,factor=5",
                                      "pareto:alpha=3,mean=1"};
  char *data = fixture_points(40, 40, 0.5, 2);
  (void)state;
  for (size_t y = 0; fixture_syncs[y]; y++) {
    char first[65] = "";
    for (size_t i = 0; i < sizeof specs / sizeof specs[0]; i++) {
      struct setting s = defaults;
      s.straggler = specs[i];
      s.sync = fixture_syncs[y];
      struct outcome *o = simulate(data, &s, 3);
      succeed(o, &s);
      replays(data, &s, o);
      if (strcmp(s.sync, "barrier") == 0 && first[0])
        assert_string_equal(first, o->sha); /* time leaves no trace in barrier's bits */
      snprintf(first, sizeof first, "%s", o->sha);
      outcome_free(o);
    }
  }
  fixture_drop(data);
}

/* without stragglers the time that is not idle is the time of the updates, whatever the strategy does with the rest */
static void time_is_work_or_waiting(void **state) {
  static const char *const specs[] = {"barrier", "fugue", "fugue:max=0", "fugue:max=1", "fugue:max=3"};
  char *data = fixture_points(60, 50, 0.5, 1);
  (void)state;
  for (size_t i = 0; i < sizeof specs / sizeof specs[0]; i++) {
    struct setting s = defaults;
    s.sync = specs[i];
    s.straggler = "none";
    s.network = "star:speed=1Mf,lat=5ms";
    struct outcome *o = simulate(data, &s, 1);
    succeed(o, &s);
    struct fg_run *run = prepare(data, &s);
    double work = (double)(o->totals.updates + o->totals.extra_updates) * run->model.type->flops(&run->model) / 1e6;
    if (!(fabs(o->totals.busy_s - work) < 1e-9 * work))
      fail_msg("%s: %.12g s busy, %.12g s of work", specs[i], o->totals.busy_s, work);
    fixture_run_free(run);
    outcome_free(o);
  }
  fixture_drop(data);
}

static void barrier_agrees_with_a_stage_without_clock(void **state) {
  char *data = fixture_points(60, 50, 0.5, 1);
  (void)state;
  struct setting s = defaults;
  s.sync = "barrier";
  s.model = "lda:topics=5";
  s.workers = "5";
  struct outcome *o = simulate(data, &s, 1);
  succeed(o, &s);
  struct fg_run *run = prepare(data, &s);
  struct recorder log = {0};
  struct fg_sink sink = recorder_sink(&log);
  struct fg_totals totals;
  char sha[65];
  fixture_play(run, 99, &sink, &totals, NULL);
  fg_factors_sha256(&run->factors, &run->grid, &run->model, sha);
  assert_string_equal(o->sha, sha);
  assert_int_equal(o->totals.bytes_sent, totals.bytes_sent);
  fixture_run_free(run);
  recorder_free(&log);
  outcome_free(o);
  fixture_drop(data);
}

static void a_fault_ends_the_simulation(void **state) {
  char *data = fixture_points(60, 50, 0.5, 1);
  (void)state;
  struct setting s = defaults;
  s.step = "1e9";
  s.epochs = "30";
  struct outcome *o = simulate(data, &s, 1);
  assert_int_equal(o->err, FG_EDIVERGED);
  assert_non_null(strstr(o->text, "step"));
  outcome_free(o);
  s = defaults;
  s.workers = "2";
  s.epochs = "40";
  s.most_visits = 100;
  o = simulate(data, &s, 1);
  assert_int_equal(o->err, FG_EIO);
  outcome_free(o);
  fixture_drop(data);
}

/* A full matrix of 32 x 32 on P = 16: every block has 4 points; strata of equal work, one draw per block, transfers
 * cost nothing. Times are in units of a block's nominal work. */
static double *stratum_times(const char *straggler, const char *sync, size_t *n, double *idle) {
  char *data = fixture_points(32, 32, 1, 1);
  struct setting s = defaults;
  s.model = "additive";
  s.workers = "16";
  s.sync = sync;
  s.straggler = straggler;
  s.epochs = "200";
  s.chunk = "1";
  s.network = "star:speed=1kf,lat=0s,bw=1000Tbps,tcp=cm02";
  struct outcome *o = simulate(data, &s, 77);
  succeed(o, &s);
  struct fg_run *run = prepare(data, &s);
  *n = o->n_visits / 16;
  double *t = calloc(*n, sizeof *t), previous = 0;
  /* longest time from the start of a stratum to the end of a required pass; the release costs nothing here */
  double *end = calloc(*n, sizeof *end);
  for (size_t i = 0; i < o->n_visits; i++) {
    const struct fg_visit *v = &o->visit[i];
    end[v->round] = fmax(end[v->round], v->required_s);
  }
  for (size_t r = 0; r < *n; r++) {
    t[r] = (end[r] - previous) / (run->model.type->flops(&run->model) / 1e3);
    previous = end[r];
  }
  *idle = 1 - o->totals.busy_s / (o->totals.time_s * 16);
  free(end);
  fixture_run_free(run);
  outcome_free(o);
  fixture_drop(data);
  return t;
}

static int by_value(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return x < y ? -1 : x > y;
}

/* asymptotic p-value of Kolmogorov's statistic d of n values */
static double kolmogorov_p(double d, double n) {
  double lambda = (sqrt(n) + 0.12 + 0.11 / sqrt(n)) * d, sum = 0;
  for (int k = 1; k <= 100; k++)
    sum += (k % 2 ? 2 : -2) * exp(-2 * k * k * lambda * lambda);
  return fmin(1, fmax(0, sum));
}

/* p-value of "the maxima of 16 draws with this law", F(x)^16 */
static double p_of_maxima(double *t, size_t n, double (*f)(double, double), double parameter) {
  double d = 0;
  qsort(t, n, sizeof *t, by_value);
  for (size_t i = 0; i < n; i++) {
    double p = pow(f(t[i], parameter), 16);
    d = fmax(d, fmax(p - (double)i / (double)n, (double)(i + 1) / (double)n - p));
  }
  return kolmogorov_p(d, (double)n);
}

static double pareto_cdf(double x, double alpha) {
  return x > 1 ? 1 - pow(x, -alpha) : 0;
}

static double exponential_cdf(double x, double mean) {
  return x > 0 ? 1 - exp(-x / mean) : 0;
}

/* claim T1: 3,200 strata each; level 1e-5 a test; the wrong exponent and the wrong mean are rejected
 * at the same level */
static void barrier_takes_the_slowest_draw(void **state) {
  size_t n;
  double idle, points = 4;
  (void)state;
  double *t = stratum_times("pareto:alpha=1.5", "barrier", &n, &idle);
  assert_int_equal(n, 3200);
  for (size_t i = 0; i < n; i++)
    t[i] /= points;
  double p = p_of_maxima(t, n, pareto_cdf, 1.5), wrong = p_of_maxima(t, n, pareto_cdf, 1.6);
  print_message("T1, maxima of 16 Pareto(1.5): p = %.3g; against 1.6: p = %.3g\n", p, wrong);
  assert_true(p > 1e-5);
  assert_true(wrong < 1e-5);
  free(t);
  t = stratum_times("shifted-exp:shift=0,mean=1", "barrier", &n, &idle);
  double mean = 0, square = 0, harmonic = 0, variance = 0;
  for (size_t i = 0; i < n; i++) {
    t[i] /= points;
    mean += t[i] / (double)n;
    square += t[i] * t[i] / (double)n;
  }
  for (int k = 1; k <= 16; k++) {
    harmonic += 1.0 / k;
    variance += 1.0 / k / k;
  }
  double z = (mean - harmonic) / sqrt(variance / (double)n);
  print_message("T1, mean of maxima of 16 exponentials: %.4f, expected H_16 = %.4f, z = %.2f\n", mean, harmonic, z);
  assert_true(fabs(z) < 4.5);
  assert_true(fabs((mean - 1.05 * harmonic) / sqrt(variance / (double)n)) > 4.5);
  assert_true(p_of_maxima(t, n, exponential_cdf, 1) > 1e-5);
  assert_true(p_of_maxima(t, n, exponential_cdf, 1.1) < 1e-5);
  /* claim T2: share of time computing E[S] / E[max S] = 1 / H_16, as a ratio of totals */
  print_message("T2, idle share of barrier: %.4f, expected %.4f\n", idle, 1 - 1 / harmonic);
  assert_true(fabs(idle - (1 - 1 / harmonic)) < 0.01);
  free(t);
  t = stratum_times("shifted-exp:shift=0,mean=1", "fugue", &n, &idle);
  print_message("T2, idle share of fugue: %.2g\n", idle);
  assert_true(idle < 0.05); /* the overshoot of the last chunk, a quarter of a block here */
  free(t);
}

/* counting against walking chunk by chunk, on all kinds of laws */
static void counting_equals_walking(void **state) {
  static const char *const laws[] = {"none", "pareto:alpha=1.5", "pareto:alpha=1.5,per=chunk",
                                     "onoff:on=1s,off=2s,factor=3", "pareto:alpha=2,per=time:500ms"};
  struct fg_spend spends[] = {{5, 17, 4, UINT64_MAX, true, false},
                              {17, 17, 4, 3, true, false},
                              {1, 1, 1, UINT64_MAX, true, false},
                              {100, 1000, 64, UINT64_MAX, true, false},
                              {3, 17, 64, 0, true, false}};
  (void)state;
  for (size_t l = 0; l < sizeof laws / sizeof laws[0]; l++) {
    struct fg_straggler law;
    struct fg_fault fault;
    assert_int_equal(fg_straggler_parse(laws[l], 4, 3, &law, &fault), FG_OK);
    for (size_t i = 0; i < sizeof spends / sizeof spends[0]; i++)
      for (double wait = 0; wait < 300; wait += 7.3) {
        const struct fg_spend *s = &spends[i];
        struct fg_pace pace = {.straggler = &law, .worker = 2, .workers = 4, .col_blocks = 4, .update_s = 0.01};
        struct fg_pace walker = pace;
        double start = 1.5, end, now = start + wait / 10, t = start;
        uint64_t n = fg_pace_count(&pace, s, 6, 100, start, now, &end), walked = 0, most = fg_spend_chunks(s);
        while (walked < most && t < now) {
          struct fg_pace from_start = walker;
          t = fg_pace_end(&from_start, s, 6, 100, start, ++walked);
        }
        assert_int_equal(n, walked);
        assert_true(fabs(end - t) < 1e-9);
        uint64_t updates = 0;
        for (uint64_t c = 0; c < n; c++)
          updates += fg_spend_chunk(s, c);
        assert_int_equal(updates, fg_spend_updates(s, n));
      }
    fg_straggler_free(&law);
  }
}

/* claim S8, computing outweighing the network: two column blocks at a time where they change hands at releases, three
 * where they leave early, and exactly its replica where a worker has one; a strategy whose blocks pile up is seen to
 * hold more. */
static void hosts_hold_what_they_should(void **state) {
  static const struct {
    const char *sync;
    uint64_t replicas; /* lines, in units of all columns; 0: blocks travel */
    uint64_t blocks;   /* at a time at most */
    bool more;         /* and more than that */
  } cases[] = {
      {"barrier", 0, 3, false}, {"fugue", 0, 2, false},       {"quorum:q=1", 0, 2, false},
      {"psgd", 1, 1, false},    {"ssp:slack=1", 2, 1, false}, {"nomad:blocks=3,route=uniform", 0, 5, true},
  };
  enum { ROWS = 60, COLS = 48, LINE = 16 * sizeof(float) };
  char *data = fixture_points(ROWS, COLS, 0.5, 3);
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct setting s = defaults;
    s.workers = "4";
    s.sync = cases[i].sync;
    s.network = "star:speed=10kf,lat=1us";
    struct outcome *o = simulate(data, &s, 3);
    succeed(o, &s);
    struct fg_run *run = prepare(data, &s);
    uint64_t rows = 0, block = 0;
    for (uint32_t p = 0; p < 4; p++)
      rows = run->grid.row[p].n > rows ? run->grid.row[p].n : rows;
    for (uint32_t q = 0; q < run->grid.col_blocks; q++)
      block = run->grid.col[q].n > block ? run->grid.col[q].n : block;
    if (cases[i].replicas) /* and the home block, and the weights of the columns */
      assert_in_range(o->totals.params_bytes, (rows + cases[i].replicas * COLS) * LINE + COLS * sizeof(float) + LINE,
                      (rows + block + cases[i].replicas * COLS) * LINE + COLS * sizeof(float));
    else if (cases[i].more)
      assert_true(o->totals.params_bytes > (rows + cases[i].blocks * block) * LINE);
    else
      assert_in_range(o->totals.params_bytes, rows * LINE, (rows + cases[i].blocks * block) * LINE);
    fixture_run_free(run);
    outcome_free(o);
  }
  fixture_drop(data);
}

/* Row shards that change hands are held twice for a moment: the one that leaves, and the one that has come. */
static void hosts_hold_rows_that_rotate(void **state) {
  enum { ROWS = 60, COLS = 48, LINE = 16 * sizeof(float) };
  char *data = fixture_points(ROWS, COLS, 0.5, 3);
  uint64_t held[2];
  (void)state;
  for (int rotates = 0; rotates < 2; rotates++) {
    struct setting s = defaults;
    s.workers = "4";
    s.sync = "fugue";
    s.balance = rotates ? "rotate" : "none";
    s.network = "star:speed=10kf,lat=1us";
    struct outcome *o = simulate(data, &s, 3);
    succeed(o, &s);
    held[rotates] = o->totals.params_bytes;
    outcome_free(o);
  }
  assert_in_range(held[1] - held[0], (ROWS / 4 - 3) * LINE, (ROWS / 4 + 3) * LINE);
  fixture_drop(data);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(hosts_hold_what_they_should),    cmocka_unit_test(hosts_hold_rows_that_rotate),
      cmocka_unit_test(counting_equals_walking),        cmocka_unit_test(runs_are_repeated_and_replayed),
      cmocka_unit_test(every_law_and_strategy_runs),    cmocka_unit_test(barrier_agrees_with_a_stage_without_clock),
      cmocka_unit_test(a_fault_ends_the_simulation),    cmocka_unit_test(time_is_work_or_waiting),
      cmocka_unit_test(barrier_takes_the_slowest_draw),
  };
  return cmocka_run_group_tests_name("sim", tests, NULL, NULL);
}
