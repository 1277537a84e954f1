/* Tables for people: what stands in them, for a sweep with a baseline and one without. */
#include "cli/export_markdown.h"
#include "tests/sweep_fixture.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char *markdown(const struct fg_sweep_results *sweep) {
  char *text = NULL;
  size_t size;
  struct fg_fault fault = {0};
  FILE *f = open_memstream(&text, &size);
  assert_non_null(f);
  if (fg_cli_export_markdown(sweep, f, &fault))
    fail_msg("%s", fault.text);
  assert_int_equal(fclose(f), 0);
  return text;
}

/* is it a whole line? */
static void has(const char *text, const char *line) {
  size_t n = strlen(line);
  for (const char *at = text; (at = strstr(at, line)); at += n)
    if ((at == text || at[-1] == '\n') && at[n] == '\n')
      return;
  fail_msg("no line '%s' in\n%s", line, text);
}

static void has_not(const char *text, const char *what) {
  if (strstr(text, what))
    fail_msg("'%s' in\n%s", what, text);
}

/* from 100 at the beginning to `metric` at time_s, the clock stretched by 1 + seed / 10 */
static struct fg_sweep_result *run(struct fg_sweep_results *sweep, enum fg_sweep_at at, const char *labels,
                                   uint64_t seed, double time_s, double metric) {
  struct fg_sweep_result *r = sweep_run(sweep, at, labels, seed, FG_RUN_DONE);
  sweep_moment(r, 0, 100);
  sweep_moment(r, time_s * (1 + (double)seed / 10), metric);
  r->metric_name = "perplexity";
  r->number[FG_NUMBER_IDLE] = (double)seed / 10;
  r->number[FG_NUMBER_BYTES] = 2500000;
  return r;
}

static void seeds(struct fg_sweep_results *sweep, size_t n) {
  sweep->spec.n_seeds = n;
}

/* barrier ends at 60 after 40; fugue at 60 after 20, or at 80; picky is refused, wild diverges with seed 2 */
static void compared(void **state) {
  (void)state;
  struct fg_sweep_results sweep = {0};
  sweep_axis(&sweep, "workers", "2 4");
  sweep_axis(&sweep, "straggler", "none pareto");
  sweep_axis(&sweep, "sync", "barrier fugue picky wild");
  sweep_axis(&sweep, "slack", "1 3");
  sweep_axis(&sweep, "step", "0.5 1 2");
  sweep_when(&sweep, "slack", "1 3", "sync", "fugue");
  sweep_baseline(&sweep, "sync", "barrier");
  sweep_tune(&sweep, "step", "4");
  seeds(&sweep, 3);
  for (uint64_t seed = 1; seed <= 3; seed++) {
    run(&sweep, FG_AT_SHARED, "2 none barrier - 0.5", seed, 40, 60);
    run(&sweep, FG_AT_SHARED, "2 none fugue 1 0.5", seed, 20, 60)->number[FG_NUMBER_HOST_PARAMS] = 3e6;
    run(&sweep, FG_AT_SHARED, "2 none fugue 3 0.5", seed, 20, 80);
    sweep_run(&sweep, FG_AT_SHARED, "2 none picky - 0.5", seed, FG_RUN_REFUSED);
    run(&sweep, FG_AT_SHARED, "2 none wild - 0.5", seed, 50, 60);
    if (seed == 2)
      sweep.result[sweep.n - 1].state = FG_RUN_DIVERGED;
  }
  for (uint64_t seed = 1; seed <= 3; seed++) {
    run(&sweep, FG_AT_FINAL, "4 none barrier - 1", seed, 40, 60);
    run(&sweep, FG_AT_FINAL, "4 none fugue 1 2", seed, 20, 60);
    run(&sweep, FG_AT_FINAL, "4 pareto barrier - 1", seed, 400, 60);
    if (seed == 3)
      sweep.result[sweep.n - 1].state = FG_RUN_FAILED;
    run(&sweep, FG_AT_FINAL, "4 pareto fugue 1 1", seed, 300, 60);
    sweep_run(&sweep, FG_AT_FINAL, "4 pareto wild - 0.5", seed, FG_RUN_DIVERGED);
  }
  char *text = markdown(&sweep);
  has(text, "# Known: lines");
  has(text,
      "step: 0.5, 1, 2; best ones chosen on seed 4 by the smallest virtual time to the best final test metric that "
      "barrier reaches at any of them.");
  has(text, "## workers 2: all at step 0.5");
  has(text, "| ratio | none |");
  has(text, "| barrier | 1 (48.0 s) |");
  has(text, "| fugue, slack 1 | **2.00** [2.00, 2.00] |");
  has(text, "| fugue, slack 3 | never |");
  has(text, "| picky | refused |");
  has(text, "| wild | 0.80 [never, 0.80], 2 of 3 |");
  has(text,
      "| straggler | sync | step | virtual time [s] | idle share | sent [MB] | parameters a host [MB] | final test "
      "perplexity | time to barrier's final perplexity [s] | ratio | reached |");
  has(text, "|---|---|---|---|---|---|---|---|---|---|---|");
  has(text,
      "| none | fugue, slack 1 | 0.5 | 24.00 [22.00, 26.00] | 20.0 % [10.0, 30.0] | 2.500 | 3.000 | 60.00 [60.00, "
      "60.00] | 24.00 [22.00, 26.00] | 2.00 [2.00, 2.00] | 3 of 3 |");
  has(text,
      "| none | fugue, slack 3 | 0.5 | 24.00 [22.00, 26.00] | 20.0 % [10.0, 30.0] | 2.500 | | 80.00 [80.00, 80.00] "
      "| not reached [not reached, not reached] | not reached [not reached, not reached] | 0 of 3 |");
  has(text, "| none | picky | refused | | | | | | | | |");
  has(text, "| none | wild | 0.5 | 65.00 [55.00, -] | 30.0 % [10.0, -] | 2.500 | | 60.00 [60.00, diverged] | 65.00 "
            "[55.00, not reached] | 0.80 [not reached, 0.80] | 2 of 3 |");
  has(text, "- none, all at step 0.5: fugue, slack 1 wins: 2.00 [2.00, 2.00] times as fast as barrier.");
  has(text, "- none, all at step 0.5: picky is refused.");
  has(text, "## workers 4: each at its own best step");
  has(text, "| ratio | none | pareto |");
  has(text, "| barrier | 1 (48.0 s) | 1 (460 s) (1 missing) |");
  has(text, "| fugue, slack 1 | **2.00** [2.00, 2.00] | **1.33** [1.33, 1.33] |");
  has(text, "| wild | | diverged |");
  has(text, "| step | none | pareto |");
  has(text, "| fugue, slack 1 | 2* | 1 |");
  has(text,
      "- pareto, each at its own best step: left out of ratios are the seeds with which barrier has no result: 3. 1 "
      "of its 3 seeds have no result yet.");
  has(text, "The best step of fugue, slack 1 under none, 2, is at the edge of the grid: a better one may lie beyond.");
  has(text,
      "Medians over 3 seeds; brackets: order statistics 1 and 3, which cover the median with probability 75.0 %.");
  has_not(text, "different revisions");
  free(text);
  for (size_t i = 0; i < sweep.n; i++) /* another model under one law */
    if (sweep.result[i].entry.seed <= 3 && strstr(fg_sweep_label(&sweep, &sweep.result[i], 1), "pareto"))
      sweep.result[i].metric_name = "rmse";
  text = markdown(&sweep);
  has(text, "| straggler | sync | step | virtual time [s] | idle share | sent [MB] | parameters a host [MB] | final "
            "test metric | time to barrier's "
            "final test metric [s] | ratio | reached |");
  free(text);
  sweep_free(&sweep);
}

static void plain(void **state) {
  (void)state;
  struct fg_sweep_results sweep = {0};
  sweep_axis(&sweep, "workers", "2 4");
  sweep_axis(&sweep, "sync", "barrier fugue");
  seeds(&sweep, 2);
  for (uint64_t seed = 1; seed <= 2; seed++) {
    run(&sweep, FG_AT_FINAL, "2 barrier", seed, 10, 60);
    run(&sweep, FG_AT_FINAL, "4 fugue", seed, 20, 60);
    if (seed == 2)
      sweep.result[sweep.n - 1].state = FG_RUN_PENDING;
  }
  sweep.mixed_revisions = true;
  char *text = markdown(&sweep);
  has(text, "| workers | sync | seeds | virtual time [s] | idle share | sent [MB] | final test perplexity |");
  has(text, "| 2 | barrier | 2 of 2 | 11.50 [11.00, 12.00] | 15.0 % [10.0, 20.0] | 2.500 | 60.00 [60.00, 60.00] |");
  has(text, "| 4 | fugue | 1 of 2 | 22.00 [22.00, 22.00] | 10.0 % [10.0, 10.0] | 2.500 | 60.00 [60.00, 60.00] |");
  has_not(text, "ratio");
  has_not(text, "## ");
  has(text, "These runs were made by different revisions of fugue: run the sweep again into an empty folder.");
  free(text);
  sweep.spec.target.fixed = true;
  sweep.spec.target.metric = 80;
  text = markdown(&sweep);
  has(text, "| workers | sync | seeds | virtual time [s] | idle share | sent [MB] | final test perplexity | time to "
            "perplexity 80 [s] | reached |");
  has(text,
      "| 2 | barrier | 2 of 2 | 11.50 [11.00, 12.00] | 15.0 % [10.0, 20.0] | 2.500 | 60.00 [60.00, 60.00] | 5.750 "
      "[5.500, 6.000] | 2 of 2 |");
  free(text);
  sweep_free(&sweep);
}

/* only the baseline's axis, a single seed */
static void smallest(void **state) {
  (void)state;
  struct fg_sweep_results sweep = {0};
  sweep_axis(&sweep, "workers", "2 4");
  sweep_baseline(&sweep, "workers", "2");
  seeds(&sweep, 1);
  run(&sweep, FG_AT_FINAL, "2", 1, 10, 60);
  run(&sweep, FG_AT_FINAL, "4", 1, 5, 60);
  char *text = markdown(&sweep);
  has(text, "| ratio | ratio |");
  has(text, "| workers 4 | **2.00** |");
  has(text, "| workers 4 | 5.500 | 10.0 % | 2.500 | 60.00 | 5.500 | 2.00 | 1 of 1 |");
  has(text, "- workers 4 wins: 2.00 times as fast as workers 2.");
  has(text, "Medians over 1 seed.");
  free(text);
  sweep_free(&sweep);
}

/* nothing is written if a comparison is not possible */
static void no_goal(void **state) {
  (void)state;
  struct fg_sweep_results sweep = {0};
  char *text = NULL;
  size_t size;
  sweep_axis(&sweep, "sync", "barrier fugue");
  sweep_baseline(&sweep, "sync", "barrier");
  seeds(&sweep, 1);
  sweep_run(&sweep, FG_AT_FINAL, "barrier", 1, FG_RUN_DONE);
  FILE *f = open_memstream(&text, &size);
  assert_non_null(f);
  assert_int_equal(fg_cli_export_markdown(&sweep, f, NULL), FG_EINPUT);
  assert_int_equal(fclose(f), 0);
  assert_string_equal(text, "");
  free(text);
  sweep_free(&sweep);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(compared), cmocka_unit_test(plain), cmocka_unit_test(smallest),
                                     cmocka_unit_test(no_goal)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
