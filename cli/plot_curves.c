/* fugue plot --figure convergence of a sweep: the curves of all seeds to their median and its interval. */
#include "cli/curves.h"
#include "cli/figures.h"
#include "cli/place.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { POINTS = 200 }; /* of a curve, at most */

static double x_of(const struct fg_run_moment *m, enum fg_curve_x x) {
  return x == FG_CURVE_TIME ? m->time_s : x == FG_CURVE_UPDATES ? m->updates : m->epoch;
}

static double y_of(const struct fg_run_moment *m, bool is_loss) {
  return is_loss ? m->train_loss : m->test_metric;
}

/* A run's value at x, interpolated between evaluations; NAN outside of them. */
static double value_at(const struct fg_sweep_result *r, enum fg_curve_x x, bool is_loss, double at) {
  const struct fg_run_moment *before = NULL;
  for (size_t i = 0; i < r->n_moments; i++) {
    const struct fg_run_moment *m = &r->moment[i];
    if (isnan(y_of(m, is_loss)) || isnan(x_of(m, x)))
      continue;
    double here = x_of(m, x);
    if (here == at)
      return y_of(m, is_loss);
    if (here > at)
      return before ? y_of(before, is_loss) +
                          (at - x_of(before, x)) / (here - x_of(before, x)) * (y_of(m, is_loss) - y_of(before, is_loss))
                    : NAN;
    before = m;
  }
  return NAN;
}

static int compare_numbers(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Abscissas: where any seed was evaluated, as long as all of them still run. Returns how many; *at is given. */
static size_t abscissas(const struct fg_sweep_group *group, enum fg_curve_x x, bool is_loss, double **at) {
  double end = INFINITY;
  size_t n = 0, all = 0;
  for (size_t i = 0; i < group->n; i++)
    all += group->member[i]->n_moments;
  *at = malloc((all ? all : 1) * sizeof **at);
  if (!*at)
    return 0;
  for (size_t i = 0; i < group->n; i++) {
    const struct fg_sweep_result *r = group->member[i];
    double last = -INFINITY;
    for (size_t k = 0; k < r->n_moments; k++)
      if (!isnan(y_of(&r->moment[k], is_loss)) && !isnan(x_of(&r->moment[k], x))) {
        (*at)[n++] = x_of(&r->moment[k], x);
        last = fmax(last, x_of(&r->moment[k], x));
      }
    if (isfinite(last))
      end = fmin(end, last);
  }
  qsort(*at, n, sizeof **at, compare_numbers);
  size_t m = 0;
  for (size_t i = 0; i < n; i++)
    if ((*at)[i] <= end && (m == 0 || (*at)[i] > (*at)[m - 1]))
      (*at)[m++] = (*at)[i];
  if (m <= POINTS)
    return m;
  for (size_t i = 0; i < POINTS; i++)
    (*at)[i] = (*at)[i * (m - 1) / (POINTS - 1)];
  return POINTS;
}

static enum fg_err add_curve(const struct fg_placed *placed, enum fg_curve_x x, bool is_loss, size_t panel,
                             struct fg_chart *chart, size_t *most_points, struct fg_fault *fault) {
  const struct fg_sweep_group *group = placed->group;
  double *at = NULL, *value = malloc((group->n ? group->n : 1) * sizeof *value);
  size_t n = abscissas(group, x, is_loss, &at);
  enum fg_err err = at && value ? FG_OK : fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory");
  for (size_t k = 0; !err && k < n; k++) {
    size_t m = 0;
    for (size_t i = 0; i < group->n; i++) {
      value[m] = value_at(group->member[i], x, is_loss, at[k]);
      m += !isnan(value[m]);
    }
    struct fg_spread s = fg_spread_of(value, m);
    struct fg_chart_mark mark = {.panel = panel,
                                 .series = placed->series,
                                 .x = at[k],
                                 .x_low = NAN,
                                 .x_high = NAN,
                                 .y = s.mid,
                                 .low = m > 1 ? s.lo : NAN,
                                 .high = m > 1 ? s.hi : NAN};
    if (m > 0)
      err = fg_chart_add(chart, &mark, fault);
  }
  *most_points = n > *most_points ? n : *most_points;
  free(at);
  free(value);
  return err;
}

/* Of the groups of a panel: "test perplexity" if they agree. */
static void name_y(const struct fg_placing *p, size_t panel, bool is_loss, char *out) {
  const char *name = NULL;
  for (size_t i = 0; i < p->n; i++)
    for (size_t k = 0; p->placed[i].panel == panel && k < p->placed[i].group->n; k++) {
      const char *own = p->placed[i].group->member[k]->metric_name;
      if (own && *own)
        name = name && strcmp(name, own) != 0 ? "metric" : own;
    }
  snprintf(out, FG_FRAME_TEXT, "%s%s", is_loss ? "train loss" : "test ", is_loss ? "" : name ? name : "metric");
}

static void scale(const struct fg_plot_job *job, struct fg_chart *c, size_t panel, enum fg_curve_x x) {
  struct fg_frame_panel *frame = &c->frame.panel[panel];
  double lo = INFINITY, hi = -INFINITY, most = 0;
  for (size_t i = 0; i < c->n; i++)
    if (c->mark[i].panel == panel) {
      lo = fmin(lo, fmin(c->mark[i].y, isnan(c->mark[i].low) ? INFINITY : c->mark[i].low));
      hi = fmax(hi, c->mark[i].y);
      most = fmax(most, c->mark[i].x);
    }
  double unit = fg_curve_x_name(x, "virtual time [s]", most, frame->x.label);
  for (size_t i = 0; i < c->n; i++)
    if (c->mark[i].panel == panel)
      c->mark[i].x /= unit;
  fg_axis_widen(&frame->x, 0);
  fg_curve_y_scale(&job->options, lo, hi, &frame->y);
}

static bool same_names(const struct fg_frame *frame) {
  for (size_t p = 1; p < frame->n; p++)
    if (strcmp(frame->panel[0].y.label, frame->panel[p].y.label) != 0 ||
        frame->panel[0].y.scale != frame->panel[p].y.scale)
      return false;
  return true;
}

static enum fg_err fill(const struct fg_plot_job *job, const struct fg_placing *p, const enum fg_curve_x *xs,
                        size_t n_xs, bool is_loss, struct fg_chart *c, struct fg_fault *fault) {
  enum fg_err err = FG_OK;
  size_t most_points = 1; /* of a curve */
  for (size_t k = 0; !err && k < p->n_panels; k++)
    for (size_t x = 0; !err && x < n_xs; x++) {
      size_t panel = k * n_xs + x;
      struct fg_frame_panel *frame = &c->frame.panel[panel];
      snprintf(frame->title, sizeof frame->title, "%s", p->panel[k]);
      name_y(p, k, is_loss, frame->y.label);
      for (size_t s = 0; s < p->n_series; s++)
        for (size_t i = 0; !err && i < p->n; i++)
          if (p->placed[i].panel == k && p->placed[i].series == s)
            err = add_curve(&p->placed[i], xs[x], is_loss, panel, c, &most_points, fault);
      scale(job, c, panel, xs[x]);
    }
  c->mark_every = fg_curve_mark_every(most_points);
  if (!err && c->n == 0)
    err = fg_fail(fault, FG_EINPUT, job->results->dir, 0, "no run has a %s%s", job->options.y,
                  is_loss ? "" : " (nothing was held out: `test:`; --y train_loss draws another)");
  return err;
}

enum fg_err fg_plot_curves(const struct fg_plot_job *job, struct fg_fault *fault) {
  struct fg_placing p = {.n = 0};
  struct fg_chart chart = {.n = 0};
  enum fg_curve_x xs[FG_CURVE_XS];
  size_t n_xs;
  bool is_loss;
  const char *x = job->options.x ? job->options.x : job->options.panel ? "time_s" : NULL;
  enum fg_err err = fg_curve_xs_parse(x, xs, &n_xs, fault);
  if (!err)
    err = fg_curve_y_check(job->options.y, &is_loss, fault);
  if (!err)
    err = fg_place(job->results, job->where, NULL, FG_SERIES_ONE, FG_ABSENT, &job->options, &p, fault);
  if (!err)
    err = fg_chart_make(&chart, p.n_panels * n_xs, p.n_series, fault);
  if (err)
    goto cleanup;
  for (size_t i = 0; i < p.n_series; i++)
    snprintf(chart.series[i], sizeof *chart.series, "%s", p.name[i]);
  chart.band = true;
  err = fill(job, &p, xs, n_xs, is_loss, &chart, fault);
  if (err)
    goto cleanup;
  chart.frame.same_y = same_names(&chart.frame);
  if (n_xs > 1 && p.n_panels > 1)
    chart.frame.columns = n_xs;
  fg_place_note(&p, &chart.frame);
  err = fg_chart_draw(&chart, &job->options, fault);

cleanup:
  fg_chart_free(&chart);
  fg_placing_free(&p);
  return err;
}
