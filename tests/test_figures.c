/* Figures of sweeps: which runs they show, where, and the numbers that they hand to gnuplot, on sweeps made by hand. */
#include "cli/figures.h"
#include "sweep/where.h"
#include "tests/sweep_fixture.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { SEEDS = 3, CSV = 20000 };
static const char *const stragglers[] = {"none", "pareto"}, *const syncs[] = {"barrier", "fugue", "ring"},
                         *const workers[] = {"2", "4", "8"};

/* The metric falls from 100 to 0 in a time that is 40 s by workers for the baseline: times the seed; half of it with
 * fugue under pareto. ring is refused. On 8 workers fugue ends at 50, short of the goal. */
static void run(struct fg_sweep_results *sweep, int a, int b, int w, uint64_t seed) {
  char labels[64];
  snprintf(labels, sizeof labels, "%s %s %s", stragglers[a], syncs[b], workers[w]);
  struct fg_sweep_result *r = sweep_run(sweep, FG_AT_FINAL, labels, seed, b == 2 ? FG_RUN_REFUSED : FG_RUN_DONE);
  if (b == 2)
    return;
  const double hosts = strtod(workers[w], NULL);
  double t = 40 / hosts * (double)seed * (a == 1 && b == 1 ? 0.5 : 1);
  sweep_moment(r, 0, 100);
  sweep_moment(r, t, b == 1 && w == 2 ? 50 : 0);
  r->metric_name = "rmse";
  r->number[FG_NUMBER_WORKERS] = hosts;
  r->number[FG_NUMBER_BYTES] = 1e6 * hosts;
  r->number[FG_NUMBER_EPOCHS] = 10;
}

static struct fg_sweep_results sweep_of_lines(void) {
  struct fg_sweep_results sweep = {0};
  sweep_axis(&sweep, "straggler", "none pareto");
  sweep_axis(&sweep, "sync", "barrier fugue ring");
  sweep_axis(&sweep, "workers", "2 4 8");
  sweep_baseline(&sweep, "sync", "barrier");
  for (int a = 0; a < 2; a++)
    for (int b = 0; b < 3; b++)
      for (int w = 0; w < 3; w++)
        for (uint64_t seed = 1; seed <= SEEDS; seed++)
          run(&sweep, a, b, w, seed);
  return sweep;
}

/* Rows of data that the figure hands over, without their header and without quotes; or, after an error, its text. */
static const char *data_of(const struct fg_sweep_results *sweep, fg_figure_make *make, struct fg_plot_options o,
                           const char *where, char csv[CSV]) {
  struct fg_sweep_conditions conditions = {.n = 0};
  const struct fg_figure_type type = {.name = "test", .x = o.x, .y = o.y};
  struct fg_fault fault = {.line = 0};
  char folder[] = "/tmp/fugue-test-XXXXXX", path[64];
  assert_non_null(mkdtemp(folder));
  o.figure = "test";
  o.gp = folder;
  struct fg_plot_job job = {.type = &type, .results = sweep, .where = &conditions, .options = o};
  enum fg_err err = *where ? fg_sweep_where_add(&sweep->spec, where, &conditions, &fault) : FG_OK;
  if (!err)
    err = make(&job, &fault);
  fg_sweep_where_free(&conditions);
  snprintf(csv, CSV, "%s", fault.text);
  snprintf(path, sizeof path, "%s/data.csv", folder);
  FILE *f = fopen(path, "r");
  assert_int_equal(f != NULL, err == FG_OK);
  size_t n = 0;
  for (int c; f && (c = fgetc(f)) != EOF && n < CSV - 1;)
    if (c != '"')
      csv[n++] = (char)c;
  if (f) {
    csv[n] = 0;
    fclose(f);
  }
  unlink(path);
  snprintf(path, sizeof path, "%s/figure.gp", folder);
  unlink(path);
  assert_int_equal(rmdir(folder), 0);
  return f ? strchr(csv, '\n') + 1 : csv;
}

/* ---- labels and conditions */

static void numbers(void **state) {
  (void)state;
  const char *unit;
  double x;
  assert_true(fg_place_number("8", &x, &unit) && x == 8 && !*unit);
  assert_true(fg_place_number("pareto:alpha=1.5", &x, &unit) && x == 1.5 && !*unit);
  assert_true(fg_place_number("100Mbps", &x, &unit) && x == 1e8 && strcmp(unit, "bps") == 0);
  assert_true(fg_place_number("a=1,b=20s", &x, &unit) && x == 20 && strcmp(unit, "s") == 0);
  assert_false(fg_place_number("none", &x, &unit));
  assert_false(fg_place_number("", &x, &unit));
  assert_false(fg_place_number("1.5:per=block", &x, &unit));
  assert_false(fg_place_number("3-4", &x, &unit));
}

static void conditions(void **state) {
  (void)state;
  struct fg_sweep_results sweep = {0};
  struct fg_sweep_conditions where = {.n = 0};
  struct fg_fault fault;
  sweep_axis(&sweep, "sync", "barrier fugue:decay=0.1,max=inf ring");
  sweep_axis(&sweep, "workers", "2 4");
  assert_int_equal(
      fg_sweep_where_add(&sweep.spec, "sync=ring|fugue:decay=0.1,max=inf,workers=4,at=shared", &where, &fault), FG_OK);
  assert_int_equal(where.n, 3);
  assert_int_equal(where.condition[0].n, 2);
  assert_string_equal(where.condition[0].label[0], "ring");
  assert_string_equal(where.condition[0].label[1], "fugue:decay=0.1,max=inf");
  assert_string_equal(where.condition[1].label[0], "4");
  fg_sweep_where_free(&where);
  assert_int_equal(fg_sweep_where_add(&sweep.spec, "workers=2|3", &where, &fault), FG_EUSAGE);
  assert_string_equal(fault.text, "'workers' has no value '3'; it has: 2, 4");
  fg_sweep_where_free(&where);
  sweep_free(&sweep);
}

/* ---- axes */

static void tics_are(double lo, double hi, enum fg_scale scale, const char *expected) {
  struct fg_frame frame = {.n = 0};
  char all[400] = "";
  assert_int_equal(fg_frame_make(&frame, 1, NULL), FG_OK);
  struct fg_frame_axis *y = &frame.panel[0].y;
  y->scale = scale;
  y->exact = true;
  y->lo = lo;
  y->hi = hi;
  assert_int_equal(fg_frame_settle(&frame, NULL), FG_OK);
  for (size_t i = 0; i < y->n_tics; i++)
    snprintf(all + strlen(all), sizeof all - strlen(all), "%s%s", i ? " " : "", y->tic[i].label);
  assert_string_equal(all, expected);
  fg_frame_free(&frame);
}

static void tics(void **state) {
  (void)state;
  tics_are(0, 1, FG_LINEAR, "0 0.2 0.4 0.6 0.8 1");
  tics_are(-3, 12, FG_LINEAR, "0 5 10");
  tics_are(7, 0, FG_LINEAR, "0 1 2 3 4 5 6 7");
  tics_are(0, 3e6, FG_LINEAR, "0 5·10⁵ 10⁶ 1.5·10⁶ 2·10⁶ 2.5·10⁶ 3·10⁶");
  tics_are(1, 10, FG_LOG10, "1 1.5 2 3 5 7 10");
  tics_are(0.9, 120, FG_LOG10, "1 2 5 10 20 50 100");
  tics_are(1e-6, 10, FG_LOG10, "10⁻⁶ 0.0001 0.01 1");
  tics_are(3.1, 3.9, FG_LOG10, "3.2 3.4 3.6 3.8");
  tics_are(0.4, 9, FG_LOG2, "0.5 1 2 4 8");
}

/* ---- what is drawn */

static void ratios_of_lines(void **state) {
  (void)state;
  struct fg_sweep_results sweep = sweep_of_lines();
  char csv[CSV];
  /* ratio 1 / 0.5, the same with each seed; the arrow (kind 1) of what is not reached; nothing of what is refused */
  assert_string_equal(data_of(&sweep, fg_plot_lines, (struct fg_plot_options){.x = "workers", .y = "ratio"},
                              "straggler=pareto,sync=fugue|ring", csv),
                      "1,1,fugue,2,2,2,2,NaN,NaN,0,2\n1,1,fugue,4,2,2,2,NaN,NaN,0,4\n"
                      "1,1,fugue,8,0,NaN,NaN,NaN,NaN,1,8\n");
  /* 20 s and 10 s times the seed: median, smallest, largest */
  assert_string_equal(data_of(&sweep, fg_plot_lines, (struct fg_plot_options){.x = "workers", .y = "reach_s"},
                              "straggler=none,sync=barrier,workers=2|4", csv),
                      "1,1,,2,40,20,60,NaN,NaN,0,2\n1,1,,4,20,10,30,NaN,NaN,0,4\n");
  /* bytes by their unit, by epochs */
  assert_string_equal(data_of(&sweep, fg_plot_lines, (struct fg_plot_options){.x = "workers", .y = "bytes_sent/epochs"},
                              "straggler=none,sync=barrier,workers=2", csv),
                      "1,1,,2,200,200,200,NaN,NaN,0,2\n");
  sweep_free(&sweep);
}

static void speedups(void **state) {
  (void)state;
  struct fg_sweep_results sweep = sweep_of_lines();
  char csv[CSV];
  assert_string_equal(data_of(&sweep, fg_plot_lines, (struct fg_plot_options){.x = "workers", .y = "speedup"},
                              "straggler=pareto,sync=barrier", csv),
                      "1,1,,2,1,1,1,NaN,NaN,0,2\n1,1,,4,2,2,2,NaN,NaN,0,4\n1,1,,8,4,4,4,NaN,NaN,0,8\n");
  /* relative to the baseline on two workers */
  const char *rows =
      data_of(&sweep, fg_plot_lines, (struct fg_plot_options){.x = "workers", .y = "speedup", .reference = "barrier"},
              "straggler=pareto,sync=barrier|fugue,workers=2|4", csv);
  assert_non_null(strstr(rows, "1,2,fugue,2,2,2,2,"));
  assert_non_null(strstr(rows, "1,2,fugue,4,4,4,4,"));
  assert_string_equal(data_of(&sweep, fg_plot_lines,
                              (struct fg_plot_options){.x = "workers", .y = "speedup", .reference = "nobody"},
                              "straggler=pareto", csv),
                      "--reference nobody: there is no such series");
  sweep_free(&sweep);
}

static void pooling(void **state) {
  (void)state;
  struct fg_sweep_results sweep = sweep_of_lines();
  char csv[CSV];
  assert_string_equal(data_of(&sweep, fg_plot_lines, (struct fg_plot_options){.x = "workers", .y = "time_s"}, "", csv),
                      "runs that differ in more than their seed would fall on the same mark: fix straggler (none, "
                      "pareto) with --where straggler=LABEL, or show it with --x, --series or --panel");
  data_of(&sweep, fg_plot_curves, (struct fg_plot_options){.y = "test_metric"}, "", csv);
  assert_non_null(strstr(csv, "fix straggler (none, pareto) and workers (2, 4, 8) with --where straggler=LABEL"));
  /* panels, or several axes a series, tell them apart */
  const char *rows = data_of(&sweep, fg_plot_lines,
                             (struct fg_plot_options){.x = "workers", .y = "time_s", .panel = "straggler"}, "", csv);
  assert_non_null(strstr(rows, "\n2,2,fugue,2,20,10,30,"));
  rows = data_of(&sweep, fg_plot_lines,
                 (struct fg_plot_options){.x = "workers", .y = "time_s", .series = "sync,straggler"}, "", csv);
  assert_non_null(strstr(rows, ",fugue, pareto,2,20,10,30,"));
  sweep_free(&sweep);
}

static void curves(void **state) {
  (void)state;
  struct fg_sweep_results sweep = sweep_of_lines();
  char csv[CSV];
  /* Lines to 0 at 10, 20, 30 s: as far as all still run, the median is that of seed 2, the interval that of the others.
   */
  assert_string_equal(data_of(&sweep, fg_plot_curves, (struct fg_plot_options){.y = "test_metric", .x = "time_s"},
                              "straggler=none,sync=barrier,workers=4", csv),
                      "1,1,,0,100,100,100,NaN,NaN,0,0\n1,1,,10,50,0,66.66666667,NaN,NaN,0,10\n");
  assert_string_equal(data_of(&sweep, fg_plot_curves, (struct fg_plot_options){.y = "test_metric", .x = "epoch"},
                              "straggler=none,sync=barrier,workers=4", csv),
                      "1,1,,0,100,100,100,NaN,NaN,0,0\n1,1,,1,0,0,0,NaN,NaN,0,1\n");
  data_of(&sweep, fg_plot_curves, (struct fg_plot_options){.y = "train_loss"}, "straggler=none,workers=4", csv);
  assert_non_null(strstr(csv, "no run has a train_loss"));
  sweep_free(&sweep);
}

static void ratio_dots(void **state) {
  (void)state;
  struct fg_sweep_results sweep = sweep_of_lines();
  char csv[CSV];
  assert_string_equal(data_of(&sweep, fg_plot_ratios, (struct fg_plot_options){.panel = "straggler"},
                              "straggler=pareto,workers=4|8", csv),
                      "1,1,4 workers,1,fugue,2,2,2,0,0.825\n1,2,8 workers,1,fugue,NaN,NaN,NaN,1,1.175\n"
                      "1,1,4 workers,2,ring,NaN,NaN,NaN,2,2\n1,2,8 workers,2,ring,NaN,NaN,NaN,2,2\n");
  sweep_free(&sweep);
  /* never with one of two seeds: the median is never, as in tables, and no mark half-way */
  sweep = sweep_of_lines();
  for (size_t i = 0; i < sweep.n; i++)
    if (sweep.result[i].entry.seed == 1 && sweep.result[i].entry.point[1] == 1)
      ((struct fg_run_moment *)sweep.result[i].moment)[1].test_metric = 50;
  assert_string_equal(data_of(&sweep, fg_plot_ratios, (struct fg_plot_options){.panel = "straggler"},
                              "straggler=pareto,workers=4,sync=fugue,seed=1|2", csv),
                      "1,1,,1,fugue,NaN,NaN,NaN,1,1\n");
  sweep.spec.target.axis = FG_ABSENT;
  data_of(&sweep, fg_plot_ratios, (struct fg_plot_options){.panel = "straggler"}, "workers=4", csv);
  assert_string_equal(csv, "the sweep has no `baseline:`, and ratio needs one");
  data_of(&sweep, fg_plot_lines, (struct fg_plot_options){.x = "workers", .y = "reach_s"}, "straggler=none", csv);
  assert_string_equal(csv, "the sweep has no `baseline:` and no fixed `target:`, and reach_s needs one");
  sweep_free(&sweep);
}

/* ---- of traces */

static void traces(void **state) {
  (void)state;
  struct fg_sweep_results sweep = {0};
  char csv[CSV];
  static const struct fg_run_worker busy[2] = {{.required_s = 6, .extra_s = 2, .wait_s = 1, .rest_s = 1},
                                               {.required_s = 4, .extra_s = 4, .wait_s = 1, .rest_s = 1}};
  int64_t value[] = {0, 1, 3};
  uint64_t count[] = {6, 3, 1};
  const struct fg_run_record record = {.histogram = {{"lead", value, count, 3}}, .n_histograms = 1};
  sweep_axis(&sweep, "sync", "barrier fugue");
  for (uint64_t seed = 1; seed <= 2; seed++)
    for (int b = 0; b < 2; b++) {
      struct fg_sweep_result *r = sweep_run(&sweep, FG_AT_FINAL, syncs[b], seed, FG_RUN_DONE);
      if (b == 0)
        continue; /* left no trace */
      r->worker = busy;
      r->n_workers = 2;
      r->run = &record;
    }
  assert_string_equal(data_of(&sweep, fg_plot_shares, (struct fg_plot_options){.y = NULL}, "", csv),
                      "1,2,fugue,0,required work,0,50\n1,2,fugue,1,extra work,50,80\n1,2,fugue,2,waiting,80,90\n"
                      "1,2,fugue,4,rest of the run,90,100\n");
  assert_non_null(strstr(data_of(&sweep, fg_plot_shares, (struct fg_plot_options){.y = "time_s"}, "", csv),
                         "1,2,fugue,1,extra work,5,8\n"));
  assert_string_equal(data_of(&sweep, fg_plot_histogram, (struct fg_plot_options){.x = "lead"}, "sync=fugue", csv),
                      "1,1,,0,60,NaN,NaN,-0.5,0.5,0,0\n1,1,,1,30,NaN,NaN,0.5,1.5,0,1\n"
                      "1,1,,3,10,NaN,NaN,2.5,3.5,0,3\n");
  data_of(&sweep, fg_plot_histogram, (struct fg_plot_options){.x = "extra"}, "sync=fugue", csv);
  assert_non_null(strstr(csv, "left no trace"));
  data_of(&sweep, fg_plot_shares, (struct fg_plot_options){.y = NULL}, "sync=barrier", csv);
  assert_non_null(strstr(csv, "left no trace"));
  sweep_free(&sweep);
}

static void agreements(void **state) {
  (void)state;
  struct fg_sweep_results sweep = {0};
  char csv[CSV];
  sweep_axis(&sweep, "sync", "barrier fugue");
  sweep_axis(&sweep, "stage", "sim mpi");
  sweep_moment(sweep_run(&sweep, FG_AT_FINAL, "barrier sim", 1, FG_RUN_DONE), 8, 1);
  sweep_moment(sweep_run(&sweep, FG_AT_FINAL, "barrier mpi", 1, FG_RUN_DONE), 9, 1);
  sweep_moment(sweep_run(&sweep, FG_AT_FINAL, "fugue sim", 1, FG_RUN_DONE), 5, 1); /* without a partner */
  assert_string_equal(data_of(&sweep, fg_plot_agreement, (struct fg_plot_options){.y = "time_s"}, "", csv),
                      "1,1,barrier,8,9,NaN,NaN,NaN,NaN,0,8\n");
  data_of(&sweep, fg_plot_agreement, (struct fg_plot_options){.y = "time_s"}, "sync=fugue", csv);
  assert_string_equal(csv, "no combination has finished both simulated and for real");
  sweep_free(&sweep);
}

static void nothing(void **state) {
  (void)state;
  struct fg_sweep_results sweep = sweep_of_lines();
  char csv[CSV];
  data_of(&sweep, fg_plot_lines, (struct fg_plot_options){.x = "workers", .y = "time_s"}, "sync=ring,straggler=none",
          csv);
  assert_string_equal(csv, "none of the 9 runs that are asked for has a result (fugue sweep --status says why)");
  data_of(&sweep, fg_plot_lines, (struct fg_plot_options){.x = "workers", .y = "time_s"}, "seed=99", csv);
  assert_string_equal(csv, "the sweep has no entry that fits --where");
  data_of(&sweep, fg_plot_lines, (struct fg_plot_options){.x = "speed", .y = "time_s"}, "", csv);
  assert_non_null(
      strstr(csv, "--x speed: the sweep has no such axis, but straggler, sync, workers; nor is it a number"));
  data_of(&sweep, fg_plot_lines, (struct fg_plot_options){.x = "workers", .y = "beauty"}, "", csv);
  assert_non_null(strstr(csv, "--y beauty: one of time_s, "));
  data_of(&sweep, fg_plot_lines, (struct fg_plot_options){.x = "workers", .y = "time_s/beauty"}, "", csv);
  assert_non_null(strstr(csv, "--y time_s/beauty: one of"));
  data_of(&sweep, fg_plot_lines, (struct fg_plot_options){.x = "workers", .y = "time_s", .panel = "speed"}, "", csv);
  assert_string_equal(csv, "--panel speed: the sweep has no such axis, but straggler, sync, workers");
  data_of(&sweep, fg_plot_lines, (struct fg_plot_options){.y = "time_s"}, "", csv);
  assert_string_equal(csv, "--x AXIS is missing: what the number stands against");
  data_of(&sweep, fg_plot_agreement, (struct fg_plot_options){.y = "time_s"}, "", csv);
  assert_string_equal(csv, "agreement needs an axis `stage: [sim, mpi]`");
  sweep_free(&sweep);
}

/* two of four seeds have no number to be the median of, or never get there: so it is with the group, as in tables */
static void half_of_the_seeds(void **state) {
  (void)state;
  struct fg_sweep_results sweep = {0};
  char csv[CSV];
  sweep_axis(&sweep, "sync", "barrier fugue");
  sweep_axis(&sweep, "workers", "2 4");
  sweep_baseline(&sweep, "sync", "barrier");
  for (int b = 0; b < 2; b++)
    for (uint64_t seed = 1; seed <= 4; seed++) {
      char labels[64];
      snprintf(labels, sizeof labels, "%s 2", syncs[b]);
      struct fg_sweep_result *r = sweep_run(&sweep, FG_AT_FINAL, labels, seed, FG_RUN_DONE);
      sweep_moment(r, 0, 100);
      sweep_moment(r, 8, b == 1 && seed > 2 ? 50 : 0);
      snprintf(labels, sizeof labels, "%s 4", syncs[b]);
      r = sweep_run(&sweep, FG_AT_FINAL, labels, seed, b == 1 && seed > 2 ? FG_RUN_DIVERGED : FG_RUN_DONE);
      if (r->state == FG_RUN_DONE)
        sweep_moment(r, 4, 0);
    }
  assert_string_equal(data_of(&sweep, fg_plot_ratios, (struct fg_plot_options){.panel = NULL}, "workers=2", csv),
                      "1,1,,1,fugue,NaN,NaN,NaN,1,1\n");
  assert_string_equal(data_of(&sweep, fg_plot_lines, (struct fg_plot_options){.x = "workers", .y = "time_s"},
                              "sync=fugue,workers=4", csv),
                      "1,1,,4,NaN,NaN,NaN,NaN,NaN,-1,4\n");
  sweep_free(&sweep);
}

/* A sampler: the loss of chain c at 0, 1, ... s is c, or c + 1, in turn. */
static void chains(void **state) {
  (void)state;
  char csv[CSV];
  struct fg_sweep_results sweep = {0};
  sweep_axis(&sweep, "sync", "barrier fugue ring");
  for (int b = 0; b < 3; b++)
    for (uint64_t seed = 1; seed <= 2; seed++) {
      struct fg_sweep_result *r = sweep_run(&sweep, FG_AT_FINAL, syncs[b], seed, b == 2 ? FG_RUN_FAILED : FG_RUN_DONE);
      for (int k = 0; b < 2 && k < (seed == 2 ? 10 : 8); k++) {
        sweep_moment(r, k, NAN);
        ((struct fg_run_moment *)r->moment)[k].train_loss = (double)seed + k % 2;
      }
    }
  const struct fg_plot_options half = {.burn_in = NAN}, all = {.burn_in = 0}, most = {.burn_in = 0.7};
  assert_string_equal(data_of(&sweep, fg_plot_chains, half, "sync=fugue", csv),
                      "1,1,,1,0,0,-1\n1,1,,1,0,1,-2\n1,1,,1,0,2,-1\n1,1,,1,0,3,-2\n1,1,,1,0,4,-1\n\n"
                      "1,1,,1,1,4,-1\n1,1,,1,1,5,-2\n1,1,,1,1,6,-1\n1,1,,1,1,7,-2\n\n"
                      "2,1,,1,1,4,-1\n2,1,,1,1,5,-2\n2,1,,1,1,6,-1\n2,1,,1,1,7,-2\n\n"
                      "1,1,,2,0,0,-2\n1,1,,2,0,1,-3\n1,1,,2,0,2,-2\n1,1,,2,0,3,-3\n1,1,,2,0,4,-2\n\n"
                      "1,1,,2,1,4,-2\n1,1,,2,1,5,-3\n1,1,,2,1,6,-2\n1,1,,2,1,7,-3\n\n"
                      "2,1,,2,1,4,-2\n2,1,,2,1,5,-3\n2,1,,2,1,6,-2\n2,1,,2,1,7,-3\n\n"
                      "1,1,,2,0,7,-3\n1,1,,2,0,8,-2\n1,1,,2,0,9,-3\n\n"); /* what the shorter one does not have */
  data_of(&sweep, fg_plot_chains, all, "", csv);
  assert_non_null(strstr(csv, "1,2,fugue,2,1,7,-3\n"));
  assert_null(strstr(csv, "1,2,fugue,2,0,0,-2\n"));
  data_of(&sweep, fg_plot_chains, most, "", csv);
  assert_non_null(strstr(csv, "no chain can be judged: 3 of 8 values are left of the shortest chain"));
  data_of(&sweep, fg_plot_chains, (struct fg_plot_options){.x = "epoch", .burn_in = NAN}, "", csv);
  assert_string_equal(csv, "--x epoch: chains are drawn against time_s");
  data_of(&sweep, fg_plot_chains, half, "sync=ring", csv);
  assert_non_null(strstr(csv, "none of the 2 runs that are asked for has a result"));
  /* R-hat of two chains that have nothing in common, and a mark each; none of those without a result */
  const char *rows =
      data_of(&sweep, fg_plot_lines, (struct fg_plot_options){.x = "sync", .y = "rhat,ess", .burn_in = NAN}, "", csv);
  double rhat[2], ess[2];
  assert_int_equal(
      sscanf(rows, "1,1,,1,%lf,NaN,NaN,NaN,NaN,0,1\n1,1,,2,%lf,NaN,NaN,NaN,NaN,0,2\n2,1,,1,%lf,%*[^\n]\n2,1,,2,%lf,",
             &rhat[0], &rhat[1], &ess[0], &ess[1]),
      4);
  /* halves of variance 1/2, means with one of 1/3; in turn: the most that ESS may be */
  assert_true(fabs(rhat[0] - sqrt(1.0 / 3 / 0.5 + 0.5)) < 1e-8 && rhat[0] == rhat[1]);
  assert_true(fabs(ess[0] - 8 * log10(8)) < 1e-8 && ess[0] == ess[1]);
  assert_null(strstr(rows, ",,3,"));
  data_of(&sweep, fg_plot_lines, (struct fg_plot_options){.x = "sync", .y = "ess_per_s", .burn_in = 0.9}, "", csv);
  assert_non_null(strstr(csv, "no run has a number to draw: ess_per_s (fugue export --chains says why)"));
  sweep_free(&sweep);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(numbers),    cmocka_unit_test(conditions), cmocka_unit_test(tics),
      cmocka_unit_test(pooling),    cmocka_unit_test(speedups),   cmocka_unit_test(ratios_of_lines),
      cmocka_unit_test(curves),     cmocka_unit_test(ratio_dots), cmocka_unit_test(traces),
      cmocka_unit_test(agreements), cmocka_unit_test(nothing),    cmocka_unit_test(half_of_the_seeds),
      cmocka_unit_test(chains),

  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
