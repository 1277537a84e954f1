/* fugue plot --figure convergence: metrics.csv of several runs to one curve each. */
#include "cli/plot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TIME, UPDATES, EPOCH, METRIC, COLUMNS };
enum { CURVES_MAX = 14, MARKERS = 8 };

struct curve {
  struct fg_columns columns;
  size_t drawable; /* rows whose metric is a number */
};

struct extent {
  double lo, hi, x_hi[METRIC];
};

/* A run that has just begun may have no test points evaluated; one without --test never has. */
static enum fg_err read_curve(const struct fg_plot_run *run, const char *metric, struct curve *curve,
                              struct fg_fault *fault) {
  const char *names[COLUMNS] = {[TIME] = "time_s", [UPDATES] = "updates", [EPOCH] = "epoch", [METRIC] = metric};
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
      for (int x = 0; x < METRIC; x++)
        extent->x_hi[x] = fmax(extent->x_hi[x], column[x][r]);
    }
}

/* Updates are many: they are shown in thousands or millions. */
static double updates_unit(double most, const char **label) {
  static const struct {
    double unit;
    const char *label;
  } units[] = {{1e9, "required updates [billions]"},
               {1e6, "required updates [millions]"},
               {1e3, "required updates [thousands]"}};
  for (size_t i = 0; i < sizeof units / sizeof *units; i++)
    if (most >= 2 * units[i].unit) {
      *label = units[i].label;
      return units[i].unit;
    }
  *label = "required updates";
  return 1;
}

static void write_curve(struct fg_figure *figure, const struct curve *curve, double unit) {
  double *const *column = curve->columns.column;
  for (size_t r = 0; r < curve->columns.n_rows; r++)
    if (!isnan(column[METRIC][r]))
      fprintf(figure->data, "%.17g %.17g %.17g %.17g\n", column[TIME][r], column[UPDATES][r] / unit, column[EPOCH][r],
              column[METRIC][r]);
  fputs("\n\n", figure->data);
}

/* Entries of the legend side by side, as many as fit the column of a journal. */
static size_t key_columns(const struct fg_plot_run *runs, size_t n) {
  size_t longest = 0;
  for (size_t i = 0; i < n; i++)
    longest = strlen(runs[i].label) > longest ? strlen(runs[i].label) : longest;
  size_t fit = longest <= 10 ? 3 : longest <= 20 ? 2 : 1;
  return fit < n ? fit : n;
}

static enum fg_err draw(struct fg_figure *figure, const struct fg_plot_run *runs, size_t n,
                        const struct fg_plot_options *o, const struct extent *extent, size_t points, double unit,
                        const char *updates_label, struct fg_fault *fault) {
  static const char *const axes[] = {[TIME] = "time_s", [UPDATES] = "updates", [EPOCH] = "epoch"};
  const char *labels[] = {[TIME] = fg_plot_time_axis(runs, n), [UPDATES] = updates_label, [EPOCH] = "epoch"};
  const char *name = strcmp(o->metric, "test_metric") == 0 ? fg_facts_find(&runs[0].result, "test_metric_name") : NULL;
  char y_label[128];
  int panels = 0;
  for (int x = 0; x < METRIC; x++)
    if (o->x ? strcmp(o->x, axes[x]) == 0 : x != EPOCH) {
      char variable[32];
      fprintf(figure->variables, "X%d = %d\n", ++panels, x + 1);
      fprintf(figure->variables, "X%d_TO = %.17g\n", panels,
              extent->x_hi[x] > 0 ? extent->x_hi[x] / (x == UPDATES ? unit : 1) : 1);
      snprintf(variable, sizeof variable, "X%d_LABEL", panels);
      fg_figure_text(figure, variable, labels[x]);
    }
  if (name)
    snprintf(y_label, sizeof y_label, "test %s", name);
  else
    snprintf(y_label, sizeof y_label, "%s", strcmp(o->metric, "test_metric") == 0 ? "test metric" : "train loss");
  fg_figure_text(figure, "Y_LABEL", y_label);
  fprintf(figure->variables, "array LABEL[%zu]\n", n);
  for (size_t i = 0; i < n; i++) {
    char variable[32];
    snprintf(variable, sizeof variable, "LABEL[%zu]", i + 1);
    fg_figure_text(figure, variable, runs[i].label);
  }
  size_t columns = key_columns(runs, n), rows = (n + columns - 1) / columns;
  double key_cm = n > 1 ? 0.43 * (double)rows + 0.2 : 0, panel_cm = 4.6;
  fprintf(figure->variables, "N = %zu\nPANELS = %d\nLOG_Y = %d\nMARK_EVERY = %zu\nKEY_ROWS = %zu\nKEY = %.6f\n", n,
          panels, extent->lo > 0 && extent->hi >= 20 * extent->lo, points / MARKERS + 1, rows, key_cm);
  return fg_figure_draw(figure, "convergence", 8.6, panels * panel_cm + key_cm, o->output, fault);
}

enum fg_err fg_plot_convergence(struct fg_plot_run *runs, size_t n, const struct fg_plot_options *o,
                                struct fg_fault *fault) {
  struct extent extent = {.lo = INFINITY, .hi = -INFINITY};
  struct fg_figure figure = {0};
  const char *updates_label;
  size_t points = 0;
  if (n > CURVES_MAX)
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "%zu curves cannot be told apart; at most %d", n, CURVES_MAX);
  struct curve *curves = calloc(n, sizeof *curves);
  if (!curves)
    return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory");
  enum fg_err err = FG_OK;
  const char *metric = fg_facts_find(&runs[0].result, "test_metric_name");
  for (size_t i = 1; i < n && strcmp(o->metric, "test_metric") == 0; i++) {
    const char *other = fg_facts_find(&runs[i].result, "test_metric_name");
    if (metric && other && strcmp(metric, other) != 0)
      err = fg_fail(fault, FG_EUSAGE, NULL, 0, "%s has %s and %s has %s: no axis for both", runs[0].dir, metric,
                    runs[i].dir, other);
  }
  for (size_t i = 0; !err && i < n; i++) {
    err = read_curve(&runs[i], o->metric, &curves[i], fault);
    if (err)
      break;
    widen(&curves[i], &extent);
    points = curves[i].drawable > points ? curves[i].drawable : points;
  }
  if (!err)
    err = fg_figure_open(&figure, fault);
  if (err)
    goto cleanup;
  double unit = updates_unit(extent.x_hi[UPDATES], &updates_label);
  for (size_t i = 0; i < n; i++)
    write_curve(&figure, &curves[i], unit);
  err = draw(&figure, runs, n, o, &extent, points, unit, updates_label, fault);

cleanup:
  fg_figure_close(&figure);
  for (size_t i = 0; i < n; i++)
    fg_columns_free(&curves[i].columns);
  free(curves);
  return err;
}
