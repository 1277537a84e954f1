/* fugue plot --figure shares: what workers of a sweep's runs spent their time on, to a stacked bar per combination. */
#include "cli/figures.h"
#include "cli/place.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { KINDS = 5 }; /* as SPENT of plots/style.gp */
static const char *const names[KINDS] = {"required work", "extra work", "waiting", "hand-off", "rest of the run"};

static void add_worker(const struct fg_run_worker *w, double *spent) {
  const double of[KINDS] = {w->required_s, w->extra_s, w->wait_s, w->hand_off_s, w->rest_s};
  for (int k = 0; k < KINDS; k++)
    spent[k] += isfinite(of[k]) ? of[k] : 0;
}

/* Means over workers and seeds: shares of a run's time, or seconds of a worker. Returns how many runs say it. */
static size_t mean_of(const struct fg_sweep_group *group, bool seconds, double *mean) {
  size_t n = 0;
  for (int k = 0; k < KINDS; k++)
    mean[k] = 0;
  for (size_t i = 0; i < group->n; i++) {
    const struct fg_sweep_result *r = group->member[i];
    double spent[KINDS] = {0}, all = 0;
    for (size_t w = 0; w < r->n_workers; w++)
      add_worker(&r->worker[w], spent);
    for (int k = 0; k < KINDS; k++)
      all += spent[k];
    if (!(all > 0))
      continue;
    for (int k = 0; k < KINDS; k++)
      mean[k] += seconds ? spent[k] / (double)r->n_workers : 100 * spent[k] / all;
    n++;
  }
  for (int k = 0; n && k < KINDS; k++)
    mean[k] /= (double)n;
  return n;
}

static enum fg_err no_trace(const struct fg_plot_job *job, struct fg_fault *fault) {
  return fg_fail(fault, FG_EINPUT, job->results->dir, 0,
                 "the runs left no trace: `trace: on` in the specification's `base:` and fugue sweep again");
}

static enum fg_err fill(const struct fg_plot_job *job, const struct fg_placing *p, bool seconds,
                        struct fg_figure *figure, struct fg_frame *frame, struct fg_fault *fault) {
  bool occurs[KINDS] = {false}, any = false;
  enum fg_err err = FG_OK;
  fputs("panel,row,name,kind,spent_on,from,to\n", figure->data);
  for (size_t i = 0; i < p->n; i++) {
    const struct fg_placed *q = &p->placed[i];
    double mean[KINDS], from = 0;
    if (mean_of(q->group, seconds, mean) == 0)
      continue;
    any = true;
    for (int k = 0; k < KINDS; from += mean[k++]) {
      occurs[k] |= mean[k] > 0;
      if (!(mean[k] > 0))
        continue;
      fprintf(figure->data, "%zu,%zu,", q->panel + 1, q->series + 1);
      fg_figure_csv(figure, p->name[q->series]);
      fprintf(figure->data, ",%d,%s,%.10g,%.10g\n", k, names[k], from, from + mean[k]);
    }
    fg_axis_widen(&frame->panel[q->panel].x, from);
  }
  if (!any)
    return no_trace(job, fault);
  for (size_t k = 0; !err && k < p->n_panels; k++) {
    struct fg_frame_panel *panel = &frame->panel[k];
    snprintf(panel->title, sizeof panel->title, "%s", p->panel[k]);
    snprintf(panel->x.label, sizeof panel->x.label, "%s",
             seconds ? "time of a worker [s]" : "share of the workers' time [%]");
    fg_axis_widen(&panel->x, 0);
    panel->x.exact = !seconds;
    err = fg_axis_categories(&panel->y, p->name, p->n_series, fault);
    double lo = panel->y.lo; /* the first on top */
    panel->y.lo = panel->y.hi;
    panel->y.hi = lo;
  }
  for (int k = 0; k < KINDS; k++)
    if (occurs[k])
      fg_frame_key(frame, FG_ALL_PANELS, names[k], FG_KEY_BOX, k);
  return err;
}

enum fg_err fg_plot_shares(const struct fg_plot_job *job, struct fg_fault *fault) {
  struct fg_placing p = {.n = 0};
  struct fg_frame frame = {.no_grid = true, .same_x = true, .same_y = true};
  struct fg_figure figure = {0};
  bool seconds = job->options.y && strcmp(job->options.y, "time_s") == 0;
  enum fg_err err = FG_OK;
  if (job->options.y && !seconds && strcmp(job->options.y, "share") != 0)
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "--y %s: share or time_s is expected", job->options.y);
  err = fg_place(job->results, job->where, NULL, FG_SERIES_ALL, FG_ABSENT, &job->options, &p, fault);
  if (!err)
    err = fg_frame_make(&frame, p.n_panels, fault);
  if (!err)
    err = fg_figure_open(&figure, fault);
  if (!err)
    err = fill(job, &p, seconds, &figure, &frame, fault);
  if (!err) {
    frame.panel_cm = fmax(1.0, 0.5 * (double)p.n_series + 0.1);
    fg_place_note(&p, &frame);
    err = fg_frame_settle(&frame, fault);
  }
  if (!err)
    err = fg_frame_draw(&frame, &figure, "bars", &job->options, fault);
  fg_figure_close(&figure);
  fg_frame_free(&frame);
  fg_placing_free(&p);
  return err;
}
