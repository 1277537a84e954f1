/* fugue plot: a number against an axis of a sweep, a line per series: speed-up, time to the goal, memory, traffic,
 * cost, and whatever else is asked for. */
#include "cli/figures.h"
#include "cli/measure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct lines {
  const struct fg_plot_job *job;
  struct fg_placing placing;
  struct fg_measure measure[FG_MEASURES];
  size_t n_measures;
  struct fg_spread *spread; /* n_measures x placed */
  struct fg_chart chart;
};

/* The group of the smallest abscissa in a panel and series. */
static const struct fg_placed *smallest(const struct fg_placing *p, size_t panel, size_t series) {
  const struct fg_placed *least = NULL;
  for (size_t i = 0; i < p->n; i++) {
    const struct fg_placed *q = &p->placed[i];
    if (q->panel == panel && q->series == series && (!least || q->x < least->x))
      least = q;
  }
  return least;
}

/* What a speed-up is relative to: the series' own beginning, or that of the one asked for. */
static enum fg_err find_reference(const struct lines *l, const struct fg_placed *placed,
                                  const struct fg_placed **reference, struct fg_fault *fault) {
  const struct fg_placing *p = &l->placing;
  const char *name = l->job->options.reference;
  size_t series = placed->series;
  if (name) {
    for (series = 0; series < p->n_series && strcmp(p->name[series], name) != 0;)
      series++;
    if (series == p->n_series)
      return fg_fail(fault, FG_EUSAGE, NULL, 0, "--reference %s: there is no such series", name);
  }
  *reference = smallest(p, placed->panel, series);
  return *reference ? FG_OK
                    : fg_fail(fault, FG_EUSAGE, NULL, 0, "--reference %s: the series is not in every panel", name);
}

static enum fg_err measure_all(struct lines *l, struct fg_fault *fault) {
  const struct fg_placing *p = &l->placing;
  enum fg_err err = FG_OK;
  bool any = false;
  l->spread = calloc(l->n_measures * p->n + 1, sizeof *l->spread);
  if (!l->spread)
    return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory");
  for (size_t m = 0; m < l->n_measures; m++)
    for (size_t i = 0; !err && i < p->n; i++) {
      const struct fg_placed *reference = NULL;
      if (l->measure[m].kind == FG_MEASURE_SPEEDUP)
        err = find_reference(l, &p->placed[i], &reference, fault);
      if (!err)
        err = fg_measure_spread(&l->measure[m], p->placed[i].group, reference ? reference->group : NULL,
                                &l->spread[m * p->n + i], fault);
      any |= l->spread[m * p->n + i].n > 0;
    }
  return err || any ? err
                    : fg_fail(fault, FG_EINPUT, l->job->results->dir, 0, "no run has a number to draw: %s%s",
                              l->job->options.y,
                              l->measure[0].kind >= FG_MEASURE_RHAT ? " (fugue export --chains says why)" : "");
}

/* Of all finite numbers of a measure. */
static double most_of(const struct lines *l, size_t m) {
  double most = 0;
  for (size_t i = 0; i < l->placing.n; i++)
    if (isfinite(l->spread[m * l->placing.n + i].mid))
      most = fmax(most, l->spread[m * l->placing.n + i].mid);
  return most;
}

static bool spans_decades(const struct lines *l, size_t m) {
  double lo = INFINITY, hi = 0;
  for (size_t i = 0; i < l->placing.n; i++) {
    double mid = l->spread[m * l->placing.n + i].mid;
    if (mid < 0)
      return false;
    if (isfinite(mid) && mid > 0) {
      lo = fmin(lo, mid);
      hi = fmax(hi, mid);
    }
  }
  return hi >= 20 * lo;
}

/* Speed-up is measured from 1; a ratio's 1 is always seen. */
static void prepare_y(const struct lines *l, size_t m, struct fg_frame_axis *y) {
  bool said, log_y = fg_log_asked(&l->job->options, 'y', &said);
  enum fg_measure_kind kind = l->measure[m].kind;
  if (!said)
    log_y = kind == FG_MEASURE_RATIO || spans_decades(l, m);
  y->scale = !log_y ? FG_LINEAR : kind == FG_MEASURE_SPEEDUP ? FG_LOG2 : FG_LOG10;
  if (kind == FG_MEASURE_RATIO || kind == FG_MEASURE_SPEEDUP || kind == FG_MEASURE_RHAT)
    fg_axis_widen(y, 1);
  if (y->scale == FG_LINEAR && kind != FG_MEASURE_RATIO && kind != FG_MEASURE_RHAT &&
      !(kind == FG_MEASURE_NUMBER &&
        (l->measure[m].number == FG_NUMBER_METRIC || l->measure[m].number == FG_NUMBER_LOSS)))
    fg_axis_widen(y, 0);
}

static enum fg_mark_kind kind_of(const struct fg_measure *m, const struct fg_spread *s) {
  if (isfinite(s->mid) && !(s->mid == 0 && (m->kind == FG_MEASURE_RATIO || m->kind == FG_MEASURE_SPEEDUP)))
    return FG_MARK_VALUE;
  return m->kind == FG_MEASURE_RATIO || m->kind == FG_MEASURE_SPEEDUP ? FG_MARK_BELOW : FG_MARK_ABOVE;
}

static int by_x(const void *a, const void *b) {
  const struct fg_chart_mark *p = a, *q = b;
  size_t pa = p->panel * FG_FRAME_SERIES + p->series, qa = q->panel * FG_FRAME_SERIES + q->series;
  return pa != qa ? (pa > qa) - (pa < qa) : (p->x > q->x) - (p->x < q->x);
}

static enum fg_err fill(struct lines *l, struct fg_fault *fault) {
  const struct fg_placing *p = &l->placing;
  struct fg_chart *c = &l->chart;
  enum fg_err err = FG_OK;
  bool never = false, diverged = false;
  for (size_t m = 0; m < l->n_measures; m++) {
    char label[FG_FRAME_TEXT];
    double unit = fg_unit(l->measure[m].words, l->measure[m].unit, most_of(l, m), label);
    for (size_t k = 0; !err && k < p->n_panels; k++) {
      struct fg_frame_panel *panel = &c->frame.panel[m * p->n_panels + k];
      err = fg_place_axis(p, &l->job->options, &panel->x, fault);
      prepare_y(l, m, &panel->y);
      snprintf(panel->y.label, sizeof panel->y.label, "%s", label);
      snprintf(panel->title, sizeof panel->title, "%s", p->panel[k]);
    }
    for (size_t i = 0; !err && i < p->n; i++) {
      const struct fg_spread *s = &l->spread[m * p->n + i];
      const struct fg_placed *at = &p->placed[i];
      if (s->n == 0 || !isfinite(at->x))
        continue;
      bool interval = s->n > 1;
      struct fg_chart_mark mark = {.panel = m * p->n_panels + at->panel,
                                   .series = at->series,
                                   .x = at->x,
                                   .x_low = NAN,
                                   .x_high = NAN,
                                   .y = s->mid / unit,
                                   .low = interval ? s->lo / unit : NAN,
                                   .high = interval ? s->hi / unit : NAN,
                                   .kind = kind_of(&l->measure[m], s)};
      if (mark.kind != FG_MARK_VALUE)
        *(l->measure[m].kind == FG_MEASURE_NUMBER ? &diverged : &never) = true;
      if (mark.kind != FG_MARK_VALUE)
        mark.low = mark.high = NAN;
      err = fg_chart_add(c, &mark, fault);
    }
  }
  if (c->n)
    qsort(c->mark, c->n, sizeof *c->mark, by_x);
  if (never || diverged)
    snprintf(c->frame.note, sizeof c->frame.note, "arrow: %s",
             !diverged ? "the goal is not reached"
             : !never  ? "half of the runs or more diverged"
                       : "the goal is not reached, or half of the runs or more diverged");
  return err;
}

/* The first mark of a panel, of all series. */
static const struct fg_chart_mark *first_mark(const struct fg_chart *c, size_t panel) {
  const struct fg_chart_mark *first = NULL;
  for (size_t i = 0; i < c->n; i++)
    if (c->mark[i].panel == panel && c->mark[i].kind == FG_MARK_VALUE && (!first || c->mark[i].x < first->x))
      first = &c->mark[i];
  return first;
}

static void guide(struct lines *l) {
  struct fg_chart *c = &l->chart;
  for (size_t k = 0; k < c->frame.n; k++) {
    const struct fg_measure *m = &l->measure[k / l->placing.n_panels];
    const struct fg_chart_mark *first = first_mark(c, k);
    bool numbers = !l->placing.x.categories && first && first->x > 0;
    if (m->kind == FG_MEASURE_RATIO)
      c->guide[k] = (struct fg_chart_guide){1, 0};
    else if (l->job->type->guide == FG_GUIDE_IDEAL && m->kind == FG_MEASURE_SPEEDUP && numbers) {
      c->guide[k] = (struct fg_chart_guide){1 / first->x, 1};
      snprintf(c->guide_label, sizeof c->guide_label, "ideal");
    } else if (l->job->type->guide == FG_GUIDE_SLOPE && numbers && c->frame.panel[k].x.scale != FG_LINEAR &&
               c->frame.panel[k].y.scale != FG_LINEAR) {
      c->guide[k] = (struct fg_chart_guide){first->y / first->x, 1};
      snprintf(c->guide_label, sizeof c->guide_label, "in proportion");
    }
  }
}

enum fg_err fg_plot_lines(const struct fg_plot_job *job, struct fg_fault *fault) {
  struct lines l = {.job = job};
  if (!job->options.x)
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "--x AXIS is missing: what the number stands against");
  enum fg_err err =
      fg_measures_parse(&job->results->spec, job->options.y, job->type->by, l.measure, &l.n_measures, fault);
  for (size_t m = 0; m < l.n_measures; m++)
    l.measure[m].burn_in = job->options.burn_in;
  if (!err)
    err =
        fg_place(job->results, job->where, job->options.x, FG_SERIES_ONE, FG_ABSENT, &job->options, &l.placing, fault);
  if (!err)
    err = measure_all(&l, fault);
  if (!err) {
    for (size_t m = 0; m < l.n_measures; m++)
      fg_measure_name(&l.measure[m], &l.placing);
    err = fg_chart_make(&l.chart, l.n_measures * l.placing.n_panels, l.placing.n_series, fault);
  }
  if (err)
    goto cleanup;
  for (size_t i = 0; i < l.placing.n_series; i++)
    snprintf(l.chart.series[i], sizeof *l.chart.series, "%s", l.placing.name[i]);
  if (l.placing.x.categories) /* there is nothing between them */
    l.chart.how = FG_CHART_POINTS;
  l.chart.frame.same_x = true;
  l.chart.frame.same_y = l.n_measures == 1;
  if (l.n_measures > 1)
    l.chart.frame.columns = l.placing.n_panels;
  err = fill(&l, fault);
  if (!err) {
    guide(&l);
    fg_place_note(&l.placing, &l.chart.frame);
    err = fg_chart_draw(&l.chart, &job->options, fault);
  }

cleanup:
  fg_chart_free(&l.chart);
  fg_placing_free(&l.placing);
  free(l.spread);
  return err;
}
