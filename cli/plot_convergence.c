/* fugue plot --figure convergence: metrics.csv of several runs to one curve each. */
#include "core/columns.h"
#include "cli/curves.h"
#include "cli/figures.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { METRIC = FG_CURVE_XS, COLUMNS };

struct curve {
  struct fg_columns columns;
  size_t drawable; /* rows whose metric is a number */
};

struct extent {
  double lo, hi, x_hi[FG_CURVE_XS];
};

/* A run that has just begun may have no test points evaluated; one without --test never has. */
static enum fg_err read_curve(const struct fg_plot_run *run, const char *metric, struct curve *curve,
                              struct fg_fault *fault) {
  const char *names[COLUMNS] = {
      [FG_CURVE_TIME] = "time_s", [FG_CURVE_UPDATES] = "updates", [FG_CURVE_EPOCH] = "epoch", [METRIC] = metric};
  char path[FG_PATH_MAX];
  enum fg_err err = fg_plot_growing_path(run, "metrics.csv", path, fault);
  if (!err)
    err = fg_columns_read(path, names, COLUMNS, !run->finished, &curve->columns, fault);
  for (size_t r = 0; !err && r < curve->columns.n_rows; r++)
    curve->drawable += !isnan(curve->columns.column[METRIC][r]);
  if (!err && curve->drawable == 0)
    err =
        fg_fail(fault, FG_EINPUT, path, 0, "column '%s' holds no number to draw%s", metric,
                strcmp(metric, "test_metric") == 0 ? " (was nothing held out? --metric train_loss draws another)" : "");
  return err;
}

static void widen(const struct curve *curve, struct extent *extent) {
  double *const *column = curve->columns.column;
  for (size_t r = 0; r < curve->columns.n_rows; r++)
    if (!isnan(column[METRIC][r])) {
      extent->lo = fmin(extent->lo, column[METRIC][r]);
      extent->hi = fmax(extent->hi, column[METRIC][r]);
      for (int x = 0; x < FG_CURVE_XS; x++)
        extent->x_hi[x] = fmax(extent->x_hi[x], column[x][r]);
    }
}

static enum fg_err check_metric(const struct fg_plot_run *runs, size_t n, struct fg_fault *fault) {
  const char *metric = fg_facts_find(&runs[0].result, "test_metric_name");
  for (size_t i = 1; i < n; i++) {
    const char *other = fg_facts_find(&runs[i].result, "test_metric_name");
    if (metric && other && strcmp(metric, other) != 0)
      return fg_fail(fault, FG_EUSAGE, NULL, 0, "%s has %s and %s has %s: no axis for both", runs[0].dir, metric,
                     runs[i].dir, other);
  }
  return FG_OK;
}

static enum fg_err add_panel(const struct fg_plot_job *job, const struct curve *curves, enum fg_curve_x x, size_t p,
                             const struct extent *extent, const char *y_label, struct fg_chart *chart,
                             struct fg_fault *fault) {
  struct fg_frame_panel *panel = &chart->frame.panel[p];
  enum fg_err err = FG_OK;
  double unit = fg_curve_x_name(x, fg_plot_time_axis(job->runs, job->n_runs), extent->x_hi[x], panel->x.label);
  fg_axis_widen(&panel->x, 0);
  snprintf(panel->y.label, sizeof panel->y.label, "%s", y_label);
  fg_curve_y_scale(&job->options, extent->lo, extent->hi, &panel->y);
  for (size_t i = 0; i < job->n_runs; i++) {
    double *const *column = curves[i].columns.column;
    for (size_t r = 0; !err && r < curves[i].columns.n_rows; r++)
      if (!isnan(column[METRIC][r])) {
        struct fg_chart_mark mark = {p, i, column[x][r] / unit, NAN, NAN, column[METRIC][r], NAN, NAN, FG_MARK_VALUE};
        err = fg_chart_add(chart, &mark, fault);
      }
  }
  return err;
}

enum fg_err fg_plot_convergence(const struct fg_plot_job *job, struct fg_fault *fault) {
  struct extent extent = {.lo = INFINITY, .hi = -INFINITY};
  struct fg_chart chart = {.n = 0};
  enum fg_curve_x xs[FG_CURVE_XS];
  size_t n_xs, points = 0, n = job->n_runs;
  bool is_loss;
  const char *name = NULL;
  char y_label[FG_FRAME_TEXT];
  struct curve *curves = calloc(n, sizeof *curves);
  enum fg_err err = curves ? fg_curve_xs_parse(job->options.x, xs, &n_xs, fault)
                           : fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory");
  if (!err)
    err = fg_curve_y_check(job->options.y, &is_loss, fault);
  if (!err)
    err = fg_chart_make(&chart, n_xs, n, fault);
  for (size_t i = 0; !err && i < n; i++)
    err = fg_plot_refuse_timing(&job->runs[i], fault);
  if (!err && !is_loss) {
    err = check_metric(job->runs, n, fault);
    name = fg_facts_find(&job->runs[0].result, "test_metric_name");
  }
  for (size_t i = 0; !err && i < n; i++) {
    err = read_curve(&job->runs[i], job->options.y, &curves[i], fault);
    if (err)
      break;
    widen(&curves[i], &extent);
    points = curves[i].drawable > points ? curves[i].drawable : points;
    snprintf(chart.series[i], sizeof *chart.series, "%.*s", FG_FRAME_TEXT - 1, job->runs[i].label);
  }
  snprintf(y_label, sizeof y_label, "%s%s", is_loss ? "train loss" : "test ", is_loss ? "" : name ? name : "metric");
  for (size_t p = 0; !err && p < n_xs; p++)
    err = add_panel(job, curves, xs[p], p, &extent, y_label, &chart, fault);
  chart.mark_every = fg_curve_mark_every(points);
  if (!err)
    err = fg_chart_draw(&chart, &job->options, fault);
  fg_chart_free(&chart);
  for (size_t i = 0; curves && i < n; i++)
    fg_columns_free(&curves[i].columns);
  free(curves);
  return err;
}
