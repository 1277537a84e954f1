/* fugue plot --figure agreement: a point per combination, simulated along x, real ranks along y. */
#include "cli/figures.h"
#include "cli/measure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The same combination in the other stage. */
static const struct fg_placed *partner(const struct fg_placing *p, const struct fg_placed *q, int stage, int point) {
  size_t n = p->results->spec.n_axes;
  for (size_t i = 0; i < p->n; i++) {
    const struct fg_sweep_group *a = p->placed[i].group, *b = q->group;
    bool same = a->at == b->at && a->point[stage] == point;
    for (size_t k = 0; k < n && same; k++)
      same = (int)k == stage || a->point[k] == b->point[k];
    if (same)
      return &p->placed[i];
  }
  return NULL;
}

static enum fg_err fill(const struct fg_placing *p, const struct fg_measure *m, int stage, int sim, int mpi,
                        struct fg_chart *c, struct fg_fault *fault) {
  enum fg_err err = FG_OK;
  for (size_t i = 0; !err && i < p->n; i++) {
    const struct fg_placed *q = &p->placed[i];
    const struct fg_placed *other = q->group->point[stage] == sim ? partner(p, q, stage, mpi) : NULL;
    struct fg_spread x, y;
    if (!other)
      continue;
    err = fg_measure_spread(m, q->group, NULL, &x, fault);
    if (!err)
      err = fg_measure_spread(m, other->group, NULL, &y, fault);
    if (err || !isfinite(x.mid) || !isfinite(y.mid))
      continue;
    struct fg_chart_mark mark = {q->panel,
                                 q->series,
                                 x.mid,
                                 x.n > 1 ? x.lo : NAN,
                                 x.n > 1 ? x.hi : NAN,
                                 y.mid,
                                 y.n > 1 ? y.lo : NAN,
                                 y.n > 1 ? y.hi : NAN,
                                 FG_MARK_VALUE};
    err = fg_chart_add(c, &mark, fault);
  }
  return err;
}

/* Both axes span the same, so that the diagonal is one. */
static void frame(const struct fg_plot_job *job, const struct fg_placing *p, const struct fg_measure *m,
                  struct fg_chart *c) {
  double lo = INFINITY, hi = 0;
  for (size_t i = 0; i < c->n; i++) {
    const struct fg_chart_mark *k = &c->mark[i];
    const double of[] = {k->x, k->y, k->x_low, k->x_high, k->low, k->high};
    for (int j = 0; j < 6; j++)
      if (isfinite(of[j])) {
        lo = fmin(lo, of[j]);
        hi = fmax(hi, of[j]);
      }
  }
  bool said, log_xy = fg_log_asked(&job->options, 'x', &said) || fg_log_asked(&job->options, 'y', &said);
  log_xy = lo > 0 && (said ? log_xy : hi >= 7 * lo);
  for (size_t k = 0; k < p->n_panels; k++) {
    struct fg_frame_panel *panel = &c->frame.panel[k];
    snprintf(panel->title, sizeof panel->title, "%s", p->panel[k]);
    snprintf(panel->x.label, sizeof panel->x.label, *m->unit ? "simulated: %.120s [%s]" : "simulated: %.120s", m->words,
             m->unit);
    snprintf(panel->y.label, sizeof panel->y.label, *m->unit ? "real: %.120s [%s]" : "real: %.120s", m->words, m->unit);
    panel->x.scale = panel->y.scale = log_xy ? FG_LOG10 : FG_LINEAR;
    struct fg_frame_axis *axes[] = {&panel->x, &panel->y};
    for (int a = 0; a < 2; a++) {
      fg_axis_widen(axes[a], lo);
      fg_axis_widen(axes[a], hi);
    }
    c->guide[k] = (struct fg_chart_guide){1, 1};
  }
}

enum fg_err fg_plot_agreement(const struct fg_plot_job *job, struct fg_fault *fault) {
  const struct fg_sweep_spec *spec = &job->results->spec;
  struct fg_placing p = {.n = 0};
  struct fg_chart chart = {.n = 0};
  struct fg_measure measure;
  int stage = fg_sweep_axis_find(spec, "stage");
  int sim = stage == FG_ABSENT ? FG_ABSENT : fg_sweep_point_find(&spec->axis[stage], "sim");
  int mpi = stage == FG_ABSENT ? FG_ABSENT : fg_sweep_point_find(&spec->axis[stage], "mpi");
  if (sim == FG_ABSENT || mpi == FG_ABSENT)
    return fg_fail(fault, FG_EUSAGE, spec->path, 0, "agreement needs an axis `stage: [sim, mpi]`");
  enum fg_err err = fg_measure_parse(spec, job->options.y, &measure, fault);
  if (!err && measure.kind == FG_MEASURE_NUMBER && measure.number == FG_NUMBER_TIME && measure.by == FG_RUN_NUMBERS)
    snprintf(measure.words, sizeof measure.words, "time");
  if (!err)
    err = fg_place(job->results, job->where, NULL, FG_SERIES_ONE, stage, &job->options, &p, fault);
  if (!err)
    err = fg_chart_make(&chart, p.n_panels, p.n_series, fault);
  if (err)
    goto cleanup;
  for (size_t i = 0; i < p.n_series; i++)
    snprintf(chart.series[i], sizeof *chart.series, "%s", p.name[i]);
  chart.how = FG_CHART_POINTS;
  chart.frame.same_x = chart.frame.same_y = true;
  chart.frame.panel_cm = p.n_panels == 1 ? 6.5 : 4.2;
  fg_measure_name(&measure, &p);
  snprintf(chart.guide_label, sizeof chart.guide_label, "the same");
  err = fill(&p, &measure, stage, sim, mpi, &chart, fault);
  if (!err && chart.n == 0)
    err = fg_fail(fault, FG_EINPUT, job->results->dir, 0, "no combination has finished both simulated and for real");
  if (err)
    goto cleanup;
  frame(job, &p, &measure, &chart);
  fg_place_note(&p, &chart.frame);
  err = fg_chart_draw(&chart, &job->options, fault);

cleanup:
  fg_chart_free(&chart);
  fg_placing_free(&p);
  return err;
}
