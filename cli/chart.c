/* fugue plot: values with intervals to what plots/lines.gp reads. */
#include "cli/chart.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum fg_err fg_chart_make(struct fg_chart *chart, size_t panels, size_t series, struct fg_fault *fault) {
  if (series > FG_FRAME_SERIES)
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "%zu curves cannot be told apart; at most %d", series, FG_FRAME_SERIES);
  chart->series = calloc(series ? series : 1, sizeof *chart->series);
  if (!chart->series)
    return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory");
  chart->n_series = series;
  chart->mark_every = 1;
  return fg_frame_make(&chart->frame, panels, fault);
}

void fg_chart_free(struct fg_chart *chart) {
  fg_frame_free(&chart->frame);
  free(chart->series);
  free(chart->mark);
  *chart = (struct fg_chart){.n = 0};
}

enum fg_err fg_chart_add(struct fg_chart *chart, const struct fg_chart_mark *mark, struct fg_fault *fault) {
  if (chart->n == chart->capacity) {
    size_t capacity = chart->capacity ? 2 * chart->capacity : 64;
    struct fg_chart_mark *more = realloc(chart->mark, capacity * sizeof *more);
    if (!more)
      return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory");
    chart->mark = more;
    chart->capacity = capacity;
  }
  chart->mark[chart->n++] = *mark;
  return FG_OK;
}

enum fg_err fg_axis_categories(struct fg_frame_axis *axis, char (*name)[FG_FRAME_TEXT], size_t n,
                               struct fg_fault *fault) {
  enum fg_err err = FG_OK;
  axis->named = axis->exact = true;
  axis->lo = 0.5;
  axis->hi = (double)n + 0.5;
  for (size_t i = 0; !err && i < n; i++)
    err = fg_axis_tic(axis, (double)i + 1, name[i], fault);
  return err;
}

double fg_unit(const char *words, const char *unit, double most, char *out) {
  static const struct {
    double by;
    const char *bytes, *count;
  } units[] = {{1e9, "GB", "billions"}, {1e6, "MB", "millions"}, {1e3, "kB", "thousands"}};
  bool bytes = strcmp(unit, "B") == 0, count = *unit == 0;
  for (size_t i = 0; (bytes || count) && i < sizeof units / sizeof *units; i++)
    if (most >= (bytes ? 1 : 2) * units[i].by) {
      snprintf(out, FG_FRAME_TEXT, "%s [%s]", words, bytes ? units[i].bytes : units[i].count);
      return units[i].by;
    }
  snprintf(out, FG_FRAME_TEXT, *unit ? "%s [%s]" : "%s", words, unit);
  return 1;
}

static void widen(struct fg_chart *chart) {
  for (size_t i = 0; i < chart->n; i++) {
    const struct fg_chart_mark *m = &chart->mark[i];
    struct fg_frame_panel *panel = &chart->frame.panel[m->panel];
    const double x[] = {m->x, m->x_low, m->x_high}, y[] = {m->y, m->low, m->high};
    for (int k = 0; k < 3; k++) {
      fg_axis_widen(&panel->x, x[k]);
      if (m->kind == FG_MARK_VALUE)
        fg_axis_widen(&panel->y, y[k]);
    }
  }
}

/* The smallest distance of two abscissas of a panel, as a share of the axis. */
static double closest(const struct fg_chart *chart, size_t panel) {
  double least = 1;
  for (size_t i = 0; i < chart->n; i++)
    for (size_t j = 0; j < i; j++)
      if (chart->mark[i].panel == panel && chart->mark[j].panel == panel) {
        const struct fg_frame_axis *x = &chart->frame.panel[panel].x;
        double apart = fabs(fg_axis_place(x, chart->mark[i].x) - fg_axis_place(x, chart->mark[j].x));
        if (apart > 1e-6)
          least = fmin(least, apart);
      }
  return least;
}

/* What there is to draw besides values. */
struct extras {
  bool intervals, x_intervals, lost;
};

static struct extras extras_of(const struct fg_chart *chart) {
  struct extras e = {false, false, false};
  for (size_t i = 0; i < chart->n; i++) {
    const struct fg_chart_mark *m = &chart->mark[i];
    e.intervals |= isfinite(m->low) && m->low != m->high;
    e.x_intervals |= isfinite(m->x_low) && m->x_low != m->x_high;
    e.lost |= m->kind != FG_MARK_VALUE;
  }
  return e;
}

static void put(FILE *f, double x) {
  if (isfinite(x))
    fprintf(f, ",%.10g", x);
  else
    fputs(",NaN", f);
}

/* the end of an interval that a panel cannot show is its edge */
static double clip(double x, const struct fg_frame_axis *axis) {
  return isnan(x) ? x : fmin(fmax(x, axis->lo), axis->hi);
}

static void write_marks(const struct fg_chart *chart, struct fg_figure *figure) {
  FILE *f = figure->data;
  /* one that has an interval along x stays where it is */
  bool beside =
      !chart->band && chart->how != FG_CHART_BOXES && extras_of(chart).intervals && !extras_of(chart).x_intervals;
  double step[FG_FRAME_PANELS] = {0};
  for (size_t p = 0; beside && p < chart->frame.n; p++)
    step[p] =
        fmin(0.012, fmin(chart->frame.panel[p].x.named ? 1 : 0.08, 0.6 * closest(chart, p)) / (double)chart->n_series);
  fputs("panel,series,name,x,y,low,high,x_low,x_high,kind,at\n", f);
  for (size_t i = 0; i < chart->n; i++) {
    const struct fg_chart_mark *m = &chart->mark[i];
    const struct fg_frame_panel *panel = &chart->frame.panel[m->panel];
    double shift = step[m->panel] * ((double)m->series - (double)(chart->n_series - 1) / 2);
    fprintf(f, "%zu,%zu,", m->panel + 1, m->series + 1);
    fg_figure_csv(figure, chart->series[m->series]);
    put(f, m->x);
    put(f, m->y);
    put(f, clip(m->low, &panel->y));
    put(f, clip(m->high, &panel->y));
    put(f, clip(m->x_low, &panel->x));
    put(f, clip(m->x_high, &panel->x));
    fprintf(f, ",%d", m->kind);
    put(f, fg_axis_value(&panel->x, fg_axis_place(&panel->x, m->x) + shift));
    fputc('\n', f);
  }
}

static void name_series(struct fg_chart *chart) {
  bool named = chart->n_series > 1;
  for (size_t i = 0; named && i < chart->n_series; i++)
    fg_frame_key(&chart->frame, FG_ALL_PANELS, chart->series[i],
                 chart->how == FG_CHART_POINTS ? FG_KEY_POINT : FG_KEY_BOTH, (int)i + 1);
  if (chart->guide_label[0])
    fg_frame_key(&chart->frame, FG_ALL_PANELS, chart->guide_label, FG_KEY_LINE, FG_LINE_GUIDE);
}

enum fg_err fg_chart_draw(struct fg_chart *chart, const struct fg_plot_options *options, struct fg_fault *fault) {
  static const char *const hows[] = {
      [FG_CHART_LINES] = "lines", [FG_CHART_POINTS] = "points", [FG_CHART_BOXES] = "boxes"};
  struct fg_figure figure = {0};
  widen(chart);
  enum fg_err err = fg_frame_settle(&chart->frame, fault);
  if (!err)
    err = fg_figure_open(&figure, fault);
  if (err)
    goto cleanup;
  write_marks(chart, &figure);
  name_series(chart);
  fg_figure_text(&figure, "HOW", hows[chart->how]);
  struct extras e = extras_of(chart);
  fprintf(figure.variables, "SERIES = %zu\nMARK_EVERY = %zu\nBAND = %d\nY_BARS = %d\nX_BARS = %d\nLOST = %d\n",
          chart->n_series, chart->mark_every, chart->band && e.intervals, !chart->band && e.intervals, e.x_intervals,
          e.lost);
  fprintf(figure.variables, "array GUIDE_BY[%zu]\narray GUIDE_POWER[%zu]\n", chart->frame.n, chart->frame.n);
  for (size_t p = 0; p < chart->frame.n; p++) {
    const struct fg_chart_guide *guide = &chart->guide[p];
    if (guide->by > 0)
      fprintf(figure.variables, "GUIDE_BY[%zu] = %.10g\nGUIDE_POWER[%zu] = %.10g\n", p + 1, guide->by, p + 1,
              guide->power);
    else
      fprintf(figure.variables, "GUIDE_BY[%zu] = NaN\nGUIDE_POWER[%zu] = 1.0\n", p + 1, p + 1);
  }
  err = fg_frame_draw(&chart->frame, &figure, "lines", options, fault);

cleanup:
  fg_figure_close(&figure);
  return err;
}
