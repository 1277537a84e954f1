/* The arithmetic of comparisons: times to the baseline's goal, ratios, the choice of steps and the sentences, on curves
 * that are straight lines. */
#include "tests/sweep_fixture.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void same(double a, double b) {
  if (a != b && !(isnan(a) && isnan(b)) && !(fabs(a - b) <= 1e-12 * fabs(b)))
    fail_msg("%.17g, %.17g expected", a, b);
}

static void same_spread(struct fg_spread spread, double mid, double lo, double hi) {
  same(spread.mid, mid);
  same(spread.lo, lo);
  same(spread.hi, hi);
}

static void make(const struct fg_sweep_results *sweep, struct fg_sweep_groups *groups) {
  struct fg_fault fault = {0};
  if (fg_sweep_groups_make(sweep, NULL, groups, &fault))
    fail_msg("%s", fault.text);
}

/* the group of these labels */
static const struct fg_sweep_group *find(const struct fg_sweep_results *sweep, const struct fg_sweep_groups *groups,
                                         enum fg_sweep_at at, const char *labels) {
  for (size_t i = 0; i < groups->n; i++) {
    char text[256] = "";
    for (size_t k = 0; k < sweep->spec.n_axes; k++) {
      int p = groups->group[i].point[k];
      size_t length = strlen(text);
      snprintf(text + length, sizeof text - length, "%s%s", k ? " " : "",
               p == FG_ABSENT ? "-" : sweep->spec.axis[k].point[p].label);
    }
    if (groups->group[i].at == at && strcmp(text, labels) == 0)
      return &groups->group[i];
  }
  fail_msg("no group %s", labels);
  return NULL;
}

static void says(const struct fg_sweep_results *sweep, const struct fg_sweep_group *group, const char *sentence) {
  char out[512];
  fg_sweep_verdict(sweep, group, out, sizeof out);
  assert_string_equal(out, sentence);
}

/* ---- reach */

static void reaching(void **state) {
  (void)state;
  const struct fg_run_moment curve[] = {{.time_s = 0, .test_metric = 20},
                                        {.time_s = 1, .test_metric = NAN},
                                        {.time_s = 4, .test_metric = 12},
                                        {.time_s = 6, .test_metric = 14},
                                        {.time_s = 10, .test_metric = 10}};
  struct fg_sweep_result run = {.state = FG_RUN_DONE, .moment = curve, .n_moments = 5};
  same(fg_sweep_reach(&run, 25), 0);
  same(fg_sweep_reach(&run, 20), 0);
  same(fg_sweep_reach(&run, 16), 2); /* between two evaluations, over the one without a metric */
  same(fg_sweep_reach(&run, 12), 4);
  same(fg_sweep_reach(&run, 13), 3.5); /* the first time, though it is above again */
  same(fg_sweep_reach(&run, 11), 9);
  same(fg_sweep_reach(&run, 10), 10);
  same(fg_sweep_reach(&run, 9.9), INFINITY);
  same(fg_sweep_reach(&run, INFINITY), INFINITY);
  same(fg_sweep_reach(&run, NAN), INFINITY);
  run.state = FG_RUN_DIVERGED;
  same(fg_sweep_reach(&run, 20), INFINITY);
}

/* ---- lines: test metric 100 - rate t at t = 0, 10, ..., 40, the clock stretched by 1 + seed / 10 */

static void line(struct fg_sweep_results *sweep, enum fg_sweep_at at, const char *straggler, const char *sync,
                 const char *step, uint64_t seed) {
  static const double faster[] = {2.5, 4, 1, 2};
  double rate = strcmp(step, "0.5") == 0 ? 1 : strcmp(step, "1") == 0 ? 1.5 : 1.2;
  if (strcmp(sync, "fugue") == 0 && strcmp(straggler, "pareto") == 0)
    rate *= faster[seed - 1];
  if (strcmp(sync, "fugue") == 0 && strcmp(straggler, "persistent") == 0)
    rate = strcmp(step, "0.5") == 0 ? 0.5 : strcmp(step, "1") == 0 ? 0.6 : 0.7;
  char labels[64];
  snprintf(labels, sizeof labels, "%s %s %s", straggler, sync, step);
  struct fg_sweep_result *run = sweep_run(sweep, at, labels, seed, FG_RUN_DONE);
  for (int i = 0; i <= 4; i++)
    sweep_moment(run, 10 * i * (1 + (double)seed / 10), 100 - 10 * i * rate);
  run->metric_name = "perplexity";
  run->number[FG_NUMBER_IDLE] = strcmp(sync, "barrier") == 0 ? (double)seed / 10 : 0;
  run->number[FG_NUMBER_BYTES] = 2500000;
}

static const char *const stragglers[] = {"none", "pareto", "persistent"}, *const syncs[] = {"barrier", "fugue"},
                         *const steps[] = {"0.5", "1", "2"};

static struct fg_sweep_results lines(void) {
  struct fg_sweep_results sweep = {0};
  sweep_axis(&sweep, "straggler", "none pareto persistent");
  sweep_axis(&sweep, "sync", "barrier fugue");
  sweep_axis(&sweep, "step", "0.5 1 2");
  sweep_baseline(&sweep, "sync", "barrier");
  sweep_tune(&sweep, "step", "4");
  for (int a = 0; a < 3; a++)
    for (int b = 0; b < 2; b++) {
      for (int c = 0; c < 3; c++)
        line(&sweep, FG_AT_GRID, stragglers[a], syncs[b], steps[c], 4);
      for (uint64_t seed = 1; seed <= 3; seed++)
        line(&sweep, FG_AT_SHARED, stragglers[a], syncs[b], "0.5", seed);
    }
  return sweep;
}

static const char *chosen(const struct fg_sweep_results *sweep, struct fg_sweep_choice *choice, const int *point) {
  int k = fg_sweep_choice_of(choice, point);
  return k == FG_ABSENT      ? "none"
         : k == FG_UNDECIDED ? "undecided"
                             : sweep->spec.axis[sweep->spec.tune.axis].point[k].label;
}

static void of_lines(void **state) {
  (void)state;
  struct fg_sweep_results sweep = lines();
  struct fg_sweep_choice *choice = NULL;
  assert_int_equal(fg_sweep_choice_make(&sweep, &choice, NULL), FG_OK);
  const char *best[3][2];
  for (int a = 0; a < 3; a++)
    for (int b = 0; b < 2; b++) {
      best[a][b] = chosen(&sweep, choice, (const int[FG_AXES_MAX]){a, b, FG_ABSENT});
      assert_string_equal(best[a][b], a == 2 && b == 1 ? "2" : "1");
    }
  assert_int_equal(fg_sweep_choice_of(choice, (const int[FG_AXES_MAX]){7, 0, FG_ABSENT}), FG_ABSENT);
  fg_sweep_choice_free(choice);
  for (int a = 0; a < 3; a++)
    for (int b = 0; b < 2; b++)
      for (uint64_t seed = 1; seed <= 3; seed++)
        line(&sweep, FG_AT_FINAL, stragglers[a], syncs[b], best[a][b], seed);

  /* shared step: barrier ends at 60 after 44, 48, 52 s; fugue under pareto is there after 16 * 1.1 (between
   * evaluations), 10 * 1.2 and 40 * 1.3 s, and ends at 0, -60, 60; under persistent it never is */
  struct fg_sweep_groups groups = {0};
  make(&sweep, &groups);
  assert_int_equal(groups.n, 12);
  const struct fg_sweep_group *g = find(&sweep, &groups, FG_AT_SHARED, "none barrier 0.5");
  assert_true(g->is_baseline && !g->edge && !g->refused);
  same_spread(g->reach, 48, 44, 52);
  same_spread(g->ratio_spread, 1, 1, 1);
  same_spread(fg_sweep_number(g, FG_NUMBER_TIME), 48, 44, 52);
  same_spread(fg_sweep_number(g, FG_NUMBER_IDLE), 0.2, 0.1, 0.3);
  same_spread(fg_sweep_number(g, FG_NUMBER_METRIC), 60, 60, 60);
  assert_int_equal(fg_sweep_number(g, FG_NUMBER_MEMORY).n, 0);
  says(&sweep, g, "");
  g = find(&sweep, &groups, FG_AT_SHARED, "none fugue 0.5");
  says(&sweep, g, "fugue does not win: no difference of 1 % from barrier shows in 3 seeds (ratio 1.00 [1.00, 1.00]).");
  g = find(&sweep, &groups, FG_AT_SHARED, "pareto fugue 0.5");
  assert_true(g->pairs == 3 && g->reached == 3 && g->missing == 0 && !g->is_baseline);
  same_spread(g->reach, 17.6, 12, 52);
  same_spread(g->ratio_spread, 2.5, 1, 4);
  same_spread(fg_sweep_number(g, FG_NUMBER_METRIC), 0, -60, 60);
  g = find(&sweep, &groups, FG_AT_SHARED, "persistent fugue 0.5");
  assert_true(g->pairs == 3 && g->reached == 0);
  same_spread(g->reach, INFINITY, INFINITY, INFINITY);
  same_spread(g->ratio_spread, 0, 0, 0);
  says(&sweep, g, "fugue does not win: in the median over seeds it never reaches barrier's final perplexity.");
  /* best steps: the baseline's is another one than fugue's */
  g = find(&sweep, &groups, FG_AT_FINAL, "persistent fugue 2");
  assert_true(g->edge && g->pairs == 3 && g->reached == 0);
  same_spread(fg_sweep_number(g, FG_NUMBER_METRIC), 72, 72, 72);
  assert_false(find(&sweep, &groups, FG_AT_FINAL, "persistent barrier 1")->edge);
  fg_sweep_groups_free(&groups);

  /* the goal after two epochs, 70 at step 1, is reached by persistent fugue? never: it ends at 72; by barrier at 20 */
  sweep.spec.target.at_epoch = true;
  sweep.spec.target.epoch = 2;
  make(&sweep, &groups);
  same_spread(find(&sweep, &groups, FG_AT_FINAL, "none barrier 1")->reach, 24, 22, 26);
  same_spread(find(&sweep, &groups, FG_AT_SHARED, "persistent fugue 0.5")->reach, 48, 44, 52);
  same_spread(find(&sweep, &groups, FG_AT_SHARED, "persistent fugue 0.5")->ratio_spread, 0.5, 0.5, 0.5);
  says(&sweep, find(&sweep, &groups, FG_AT_FINAL, "persistent fugue 2"),
       "fugue does not win: in the median over seeds it never reaches barrier's perplexity after 2 epochs.");
  fg_sweep_groups_free(&groups);

  struct fg_fault fault = {0};
  sweep.spec.target.epoch = 5;
  assert_int_equal(fg_sweep_groups_make(&sweep, NULL, &groups, &fault), FG_EINPUT);
  assert_non_null(strstr(fault.text, "no test metric after 5 epochs"));
  fg_sweep_groups_free(&groups);
  assert_int_equal(fg_sweep_choice_make(&sweep, &choice, &fault), FG_EINPUT);
  assert_null(choice);
  sweep_free(&sweep);
}

/* ---- ten seeds: barrier ends at 10 after 10 s, fast is there after seed / 2 s */

static struct fg_sweep_result *to_ten(struct fg_sweep_results *sweep, const char *sync, uint64_t seed, double time_s) {
  struct fg_sweep_result *run = sweep_run(sweep, FG_AT_FINAL, sync, seed, FG_RUN_DONE);
  sweep_moment(run, 0, 20);
  sweep_moment(run, time_s, 10);
  run->metric_name = "rmse";
  return run;
}

static struct fg_sweep_results ten(const char *baseline) {
  struct fg_sweep_results sweep = {0};
  sweep_axis(&sweep, "sync", "barrier fast");
  sweep_baseline(&sweep, "sync", baseline);
  for (uint64_t seed = 1; seed <= 10; seed++) {
    to_ten(&sweep, "barrier", seed, 10);
    to_ten(&sweep, "fast", seed, (double)seed / 2);
  }
  return sweep;
}

static struct fg_sweep_result *ten_of(struct fg_sweep_results *sweep, int sync, uint64_t seed) {
  return &sweep->result[2 * (seed - 1) + (uint64_t)sync];
}

static void end_as(struct fg_sweep_result *run, enum fg_run_state state) {
  run->state = state;
  for (int i = 0; i < FG_RUN_NUMBERS; i++)
    run->number[i] = NAN;
}

static void ten_seeds(void **state) {
  (void)state;
  struct fg_sweep_results sweep = ten("barrier");
  struct fg_sweep_groups groups = {0};
  make(&sweep, &groups);
  /* times 0.5 ... 5: median 2.75, second 1, ninth 4.5; ratios 20, 10, 20/3, 5, 4, 10/3, ...: median 11/3, second 20/9
   */
  const struct fg_sweep_group *g = find(&sweep, &groups, FG_AT_FINAL, "fast");
  same_spread(g->reach, 2.75, 1, 4.5);
  same_spread(g->ratio_spread, 11. / 3, 20. / 9, 10);
  assert_int_equal(g->ratio_spread.rank, 2);
  same(g->ratio_spread.coverage, 0.978515625);
  says(&sweep, g, "fast wins: 3.67 [2.22, 10.00] times as fast as barrier.");
  fg_sweep_groups_free(&groups);

  for (uint64_t seed = 9; seed <= 10; seed++)
    ((struct fg_run_moment *)ten_of(&sweep, 1, seed)->moment)[1].test_metric = 11;
  make(&sweep, &groups);
  g = find(&sweep, &groups, FG_AT_FINAL, "fast");
  assert_int_equal(g->reached, 8);
  says(&sweep, g,
       "fast does not win: with some seeds it never reaches barrier's final rmse (ratio 3.67 [not reached, 10.00]).");
  fg_sweep_groups_free(&groups);
  /* half of the seeds: the median is never reached */
  for (uint64_t seed = 6; seed <= 8; seed++)
    ((struct fg_run_moment *)ten_of(&sweep, 1, seed)->moment)[1].test_metric = 11;
  make(&sweep, &groups);
  g = find(&sweep, &groups, FG_AT_FINAL, "fast");
  same_spread(g->reach, INFINITY, 1, INFINITY);
  same_spread(g->ratio_spread, 0, 0, 10);
  says(&sweep, g, "fast does not win: in the median over seeds it never reaches barrier's final rmse.");
  fg_sweep_groups_free(&groups);
  sweep_free(&sweep);

  sweep = ten("fast"); /* the other way round barrier loses */
  make(&sweep, &groups);
  says(&sweep, find(&sweep, &groups, FG_AT_FINAL, "barrier"),
       "barrier does not win: it takes 3.64 times fast's time (ratio 0.28 [0.10, 0.45]).");
  fg_sweep_groups_free(&groups);
  sweep_free(&sweep);
}

/* of the baseline, the seed of a run without a result has no goal; another never reaches it */
static void diverged(void **state) {
  (void)state;
  struct fg_sweep_results sweep = ten("barrier");
  struct fg_sweep_groups groups = {0};
  end_as(ten_of(&sweep, 0, 2), FG_RUN_DIVERGED);
  end_as(ten_of(&sweep, 1, 4), FG_RUN_DIVERGED);
  make(&sweep, &groups);
  /* ratios of nine seeds: 20, 20/3, 0, 4, 10/3, 20/7, 5/2, 20/9, 2: order statistics 2 and 8 */
  const struct fg_sweep_group *g = find(&sweep, &groups, FG_AT_FINAL, "fast");
  assert_true(g->n == 10 && g->pairs == 9 && g->reached == 8 && g->diverged == 1 && g->missing == 0);
  same(g->reach_s[1], NAN);
  same(g->reach_s[3], INFINITY);
  same_spread(g->reach, 3.5, 1.5, 5);
  same_spread(g->ratio_spread, 20. / 7, 2, 20. / 3);
  same_spread(fg_sweep_number(g, FG_NUMBER_TIME), 3.25, 1, 5); /* of ten, the fourth infinite */
  says(&sweep, find(&sweep, &groups, FG_AT_FINAL, "barrier"),
       "left out of ratios are the seeds with which barrier diverged: 2.");
  fg_sweep_groups_free(&groups);
  sweep_free(&sweep);
}

/* a run that failed, ran too long or is still to come counts nowhere, and that is said */
static void missing(void **state) {
  (void)state;
  struct fg_sweep_results sweep = ten("barrier");
  struct fg_sweep_groups groups = {0};
  end_as(ten_of(&sweep, 0, 2), FG_RUN_FAILED);
  end_as(ten_of(&sweep, 1, 4), FG_RUN_TIMED_OUT);
  end_as(ten_of(&sweep, 1, 5), FG_RUN_PENDING);
  make(&sweep, &groups);
  /* of seeds 1, 3, 6, 7, 8, 9, 10: 20, 20/3, 10/3, 20/7, 5/2, 20/9, 2 */
  const struct fg_sweep_group *g = find(&sweep, &groups, FG_AT_FINAL, "fast");
  assert_true(g->n == 10 && g->pairs == 7 && g->reached == 7 && g->diverged == 0 && g->missing == 2);
  same(g->reach_s[3], NAN);
  same_spread(g->ratio_spread, 20. / 7, 2, 20);
  assert_int_equal(fg_sweep_number(g, FG_NUMBER_TIME).n, 8);
  says(&sweep, g, "fast wins: 2.86 [2.00, 20.00] times as fast as barrier. 2 of its 10 seeds have no result yet.");
  says(&sweep, find(&sweep, &groups, FG_AT_FINAL, "barrier"),
       "left out of ratios are the seeds with which barrier has no result: 2. 1 of its 10 seeds have no result yet.");
  fg_sweep_groups_free(&groups);
  for (uint64_t seed = 1; seed <= 10; seed++)
    end_as(ten_of(&sweep, 1, seed), FG_RUN_PENDING);
  make(&sweep, &groups);
  g = find(&sweep, &groups, FG_AT_FINAL, "fast");
  assert_true(isnan(g->ratio_spread.mid) && isnan(g->reach.mid));
  says(
      &sweep, g,
      "fast is not compared: there is no seed with which both it and barrier have a result. 10 of its 10 seeds have no "
      "result yet.");
  fg_sweep_groups_free(&groups);
  sweep_free(&sweep);
}

static void refused(void **state) {
  (void)state;
  struct fg_sweep_results sweep = ten("barrier");
  struct fg_sweep_groups groups = {0};
  for (uint64_t seed = 1; seed <= 10; seed++)
    end_as(ten_of(&sweep, 1, seed), FG_RUN_REFUSED);
  make(&sweep, &groups);
  const struct fg_sweep_group *g = find(&sweep, &groups, FG_AT_FINAL, "fast");
  assert_true(g->refused && g->missing == 0 && g->reached == 0);
  assert_int_equal(fg_sweep_number(g, FG_NUMBER_TIME).n, 0);
  says(&sweep, g, "fast is refused.");
  fg_sweep_groups_free(&groups);
  sweep_free(&sweep);
}

/* ---- goals that no baseline sets, or none */

static void fixed_target(void **state) {
  (void)state;
  struct fg_sweep_results sweep = ten("barrier");
  struct fg_sweep_groups groups = {0};
  sweep.spec.target.fixed = true;
  sweep.spec.target.metric = 15;
  make(&sweep, &groups);
  const struct fg_sweep_group *g = find(&sweep, &groups, FG_AT_FINAL, "fast");
  same_spread(g->reach, 2.75 / 2, 0.5, 2.25);
  same_spread(g->ratio_spread, 11. / 3, 20. / 9, 10);
  fg_sweep_groups_free(&groups);
  sweep.spec.target.metric = 9; /* nobody is there */
  make(&sweep, &groups);
  g = find(&sweep, &groups, FG_AT_FINAL, "fast");
  assert_true(g->pairs == 10 && g->reached == 0);
  says(&sweep, g, "fast does not win: in the median over seeds it never reaches rmse 9.");
  fg_sweep_groups_free(&groups);
  sweep.spec.target.metric = 15; /* the baseline is not there */
  for (uint64_t seed = 1; seed <= 10; seed++)
    ((struct fg_run_moment *)ten_of(&sweep, 0, seed)->moment)[1].test_metric = 16;
  make(&sweep, &groups);
  g = find(&sweep, &groups, FG_AT_FINAL, "fast");
  assert_true(g->pairs == 10 && g->reached == 10);
  same_spread(g->ratio_spread, INFINITY, INFINITY, INFINITY);
  says(&sweep, g, "fast wins: in the median over seeds barrier never reaches rmse 15.");
  fg_sweep_groups_free(&groups);
  sweep.spec.target.axis = FG_ABSENT; /* and without a baseline */
  sweep.spec.target.metric = 15;
  make(&sweep, &groups);
  g = find(&sweep, &groups, FG_AT_FINAL, "fast");
  assert_null(g->ratio);
  assert_int_equal(g->pairs, 10);
  same_spread(g->reach, 2.75 / 2, 0.5, 2.25);
  says(&sweep, g, "");
  fg_sweep_groups_free(&groups);
  sweep.spec.target.fixed = false;
  make(&sweep, &groups);
  g = find(&sweep, &groups, FG_AT_FINAL, "fast");
  assert_true(!g->ratio && !g->reach_s && !g->is_baseline);
  same_spread(fg_sweep_number(g, FG_NUMBER_TIME), 2.75, 1, 4.5);
  fg_sweep_groups_free(&groups);
  sweep_free(&sweep);
}

static void no_test_metric(void **state) {
  (void)state;
  struct fg_sweep_results sweep = ten("barrier");
  struct fg_sweep_groups groups = {0};
  struct fg_fault fault = {0};
  for (int i = 0; i < 2; i++)
    ((struct fg_run_moment *)ten_of(&sweep, 0, 3)->moment)[i].test_metric = NAN;
  assert_int_equal(fg_sweep_groups_make(&sweep, NULL, &groups, &fault), FG_EINPUT);
  assert_non_null(strstr(fault.text, "need a test share"));
  fg_sweep_groups_free(&groups);
  sweep_free(&sweep);
}

/* ---- axes that the baseline does not have */

static void conditional_axes(void **state) {
  (void)state;
  struct fg_sweep_results sweep = {0};
  struct fg_sweep_groups groups = {0};
  sweep_axis(&sweep, "workers", "8 16");
  sweep_axis(&sweep, "sync", "barrier relay");
  sweep_axis(&sweep, "slack", "1 2");
  sweep_when(&sweep, "slack", "1 2", "sync", "relay");
  sweep_baseline(&sweep, "sync", "barrier");
  to_ten(&sweep, "8 barrier -", 1, 10);
  to_ten(&sweep, "16 barrier -", 1, 6);
  to_ten(&sweep, "8 relay 1", 1, 5);
  to_ten(&sweep, "8 relay 2", 1, 20);
  to_ten(&sweep, "16 relay 2", 1, 2);
  make(&sweep, &groups);
  same(find(&sweep, &groups, FG_AT_FINAL, "8 relay 1")->ratio[0], 2);
  same(find(&sweep, &groups, FG_AT_FINAL, "8 relay 2")->ratio[0], 0.5);
  same(find(&sweep, &groups, FG_AT_FINAL, "16 relay 2")->ratio[0], 3);
  says(&sweep, find(&sweep, &groups, FG_AT_FINAL, "16 relay 2"), "relay, slack 2 wins: 3.00 times as fast as barrier.");
  fg_sweep_groups_free(&groups);
  /* the other way round: relay has two points where barrier has none; the first is what barrier is compared with */
  sweep.spec.target.point = 1;
  make(&sweep, &groups);
  same(find(&sweep, &groups, FG_AT_FINAL, "8 barrier -")->ratio[0], 0.5);
  same(find(&sweep, &groups, FG_AT_FINAL, "8 relay 2")->ratio[0], 1);
  fg_sweep_groups_free(&groups);
  /* speed-up: the baseline is a number of workers */
  sweep_baseline(&sweep, "workers", "8");
  make(&sweep, &groups);
  says(&sweep, find(&sweep, &groups, FG_AT_FINAL, "16 relay 2"), "workers 16 wins: 10.00 times as fast as workers 8.");
  fg_sweep_groups_free(&groups);
  sweep_free(&sweep);
}

/* ---- the choice of steps: the median over tuning seeds decides, and a seed without a result counts as never */

static struct fg_sweep_result *tune(struct fg_sweep_results *sweep, const char *labels, uint64_t seed, double time_s,
                                    double metric) {
  struct fg_sweep_result *run = sweep_run(sweep, FG_AT_GRID, labels, seed, FG_RUN_DONE);
  sweep_moment(run, 0, 20);
  sweep_moment(run, time_s, metric);
  return run;
}

/* seeds 1 and 2; the lowest median final metric of barrier, 10, is that of step 2, though step 1 is lower on seed 1 */
static struct fg_sweep_results tuning(void) {
  struct fg_sweep_results sweep = {0};
  sweep_axis(&sweep, "straggler", "none pareto");
  sweep_axis(&sweep, "sync", "barrier nomad");
  sweep_axis(&sweep, "step", "1 2 3");
  sweep_baseline(&sweep, "sync", "barrier");
  sweep_tune(&sweep, "step", "12");
  tune(&sweep, "none barrier 1", 1, 5, 8);
  tune(&sweep, "none barrier 1", 2, 5, 14);
  tune(&sweep, "none barrier 2", 1, 9, 10);
  tune(&sweep, "none barrier 2", 2, 9, 10);
  return sweep;
}

static void picks(const struct fg_sweep_results *sweep, int straggler, int sync, const char *label) {
  struct fg_sweep_choice *choice = NULL;
  struct fg_fault fault = {0};
  if (fg_sweep_choice_make(sweep, &choice, &fault))
    fail_msg("%s", fault.text);
  assert_string_equal(chosen(sweep, choice, (const int[FG_AXES_MAX]){straggler, sync, FG_ABSENT}), label);
  fg_sweep_choice_free(choice);
}

static void choosing(void **state) {
  (void)state;
  struct fg_sweep_results sweep = tuning();
  struct fg_sweep_result *run = tune(&sweep, "none barrier 3", 1, 1, 11);
  size_t third = (size_t)(run - sweep.result);
  tune(&sweep, "none barrier 3", 2, 1, 11);
  picks(&sweep, 0, 0, "2");
  picks(&sweep, 1, 0, "none"); /* no run of the grid says anything about pareto */
  sweep_tune_under(&sweep, "straggler", "none");
  picks(&sweep, 1, 0, "2");
  picks(&sweep, 1, 1, "none"); /* but not of nomad */
  /* one that is as low sooner */
  for (size_t j = 0; j < 2; j++) {
    ((struct fg_run_moment *)sweep.result[third + j].moment)[1].test_metric = 9 + (double)j;
    sweep.result[third + j].number[FG_NUMBER_METRIC] = 9 + (double)j;
  }
  picks(&sweep, 0, 0, "3");
  /* nomad reaches the goals, 9 and 10, at step 1 on one seed only, at step 3 nowhere, at step 2 late */
  tune(&sweep, "none nomad 1", 1, 1, 5);
  tune(&sweep, "none nomad 1", 2, 1, 12);
  tune(&sweep, "none nomad 2", 1, 90, 9);
  tune(&sweep, "none nomad 2", 2, 90, 10);
  tune(&sweep, "none nomad 3", 1, 1, 15);
  tune(&sweep, "none nomad 3", 2, 1, 15);
  picks(&sweep, 0, 1, "2");
  /* none gets there: the lowest median final metric; ties go to the first */
  for (size_t j = 0; j < 6; j++)
    sweep.result[6 + j].number[FG_NUMBER_METRIC] = ((struct fg_run_moment *)sweep.result[6 + j].moment)[1].test_metric =
        j < 2 ? 14 : 13;
  picks(&sweep, 0, 1, "2");
  /* a step of which one seed diverged is worse than any */
  end_as(&sweep.result[8], FG_RUN_DIVERGED);
  picks(&sweep, 0, 1, "3");
  /* with a missing run nothing is chosen; of the baseline, for nobody */
  end_as(&sweep.result[8], FG_RUN_FAILED);
  picks(&sweep, 0, 1, "undecided");
  picks(&sweep, 0, 0, "3");
  end_as(&sweep.result[8], FG_RUN_DIVERGED);
  end_as(&sweep.result[0], FG_RUN_PENDING);
  picks(&sweep, 0, 1, "undecided");
  picks(&sweep, 0, 0, "undecided");
  sweep_free(&sweep);
}

/* what goes in step with an axis that `under` names is passed over, too */
static void under_an_axis_in_step(void **state) {
  (void)state;
  struct fg_sweep_results sweep = {0};
  sweep_axis(&sweep, "workers", "8 16");
  sweep_axis(&sweep, "rows", "100 200");
  sweep_axis(&sweep, "step", "1 2");
  sweep_tune(&sweep, "step", "1");
  sweep_tune_under(&sweep, "workers", "8");
  tune(&sweep, "8 100 1", 1, 1, 13);
  tune(&sweep, "8 100 2", 1, 1, 12);
  picks(&sweep, 1, 1, "none");
  sweep.spec.axis[0].with = sweep.spec.axis[1].with = 0;
  picks(&sweep, 1, 1, "2");
  sweep_free(&sweep);
}

static void refused_everywhere(void **state) {
  (void)state;
  struct fg_sweep_results sweep = tuning();
  for (uint64_t seed = 1; seed <= 2; seed++)
    for (int k = 2; k <= 3; k++)
      sweep_run(&sweep, FG_AT_GRID, k == 2 ? "none nomad 2" : "none nomad 3", seed, FG_RUN_REFUSED);
  picks(&sweep, 0, 1, "2"); /* the first of those that are there */
  picks(&sweep, 0, 0, "2");
  sweep_free(&sweep);
}

/* a baseline that comes to no result sets no goal: final metrics decide, and nothing is compared */
static void no_goal(void **state) {
  (void)state;
  struct fg_sweep_results sweep = tuning();
  struct fg_sweep_groups groups = {0};
  for (size_t i = 0; i < sweep.n; i += 2) /* one seed of each step */
    end_as(&sweep.result[i], FG_RUN_DIVERGED);
  for (uint64_t seed = 1; seed <= 2; seed++) {
    tune(&sweep, "none nomad 1", seed, 1, 13);
    tune(&sweep, "none nomad 2", seed, 9, 8);
  }
  picks(&sweep, 0, 0, "1");
  picks(&sweep, 0, 1, "2");
  sweep_run(&sweep, FG_AT_FINAL, "none barrier 1", 3, FG_RUN_DIVERGED);
  struct fg_sweep_result *run = tune(&sweep, "none nomad 2", 3, 9, 8);
  run->entry.at = FG_AT_FINAL;
  make(&sweep, &groups);
  says(&sweep, find(&sweep, &groups, FG_AT_FINAL, "none barrier 1"),
       "left out of ratios are the seeds with which barrier diverged: 3.");
  says(&sweep, find(&sweep, &groups, FG_AT_FINAL, "none nomad 2"),
       "nomad is not compared: there is no seed with which both it and barrier have a result.");
  fg_sweep_groups_free(&groups);
  sweep_free(&sweep);
}

/* without a baseline the lowest median final metric; with a fixed goal the time to it */
static void choosing_alone(void **state) {
  (void)state;
  struct fg_sweep_results sweep = tuning();
  sweep.spec.target.axis = FG_ABSENT;
  tune(&sweep, "none nomad 1", 1, 1, 13);
  tune(&sweep, "none nomad 1", 2, 1, 13);
  tune(&sweep, "none nomad 2", 1, 1, 15);
  tune(&sweep, "none nomad 2", 2, 1, 8);
  picks(&sweep, 0, 1, "2");
  picks(&sweep, 0, 0, "2");
  sweep.spec.target.fixed = true;
  sweep.spec.target.metric = 14;
  picks(&sweep, 0, 1, "1");
  picks(&sweep, 0, 0, "1");
  sweep_free(&sweep);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(reaching),
                                     cmocka_unit_test(of_lines),
                                     cmocka_unit_test(ten_seeds),
                                     cmocka_unit_test(diverged),
                                     cmocka_unit_test(missing),
                                     cmocka_unit_test(refused),
                                     cmocka_unit_test(fixed_target),
                                     cmocka_unit_test(no_test_metric),
                                     cmocka_unit_test(conditional_axes),
                                     cmocka_unit_test(choosing),
                                     cmocka_unit_test(under_an_axis_in_step),
                                     cmocka_unit_test(refused_everywhere),
                                     cmocka_unit_test(no_goal),
                                     cmocka_unit_test(choosing_alone)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
