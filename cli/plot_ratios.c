/* fugue plot --figure ratios: how many times as fast as the baseline, a row per strategy (point of the baseline's
 * axis), a mark per series, panels side by side. */
#include "cli/figures.h"
#include "cli/measure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { VALUE, NEVER, REFUSED }; /* as in plots/ratios.gp */

/* The rows: points of the axis that are there, without the baseline, which is 1 by definition. */
static size_t find_rows(const struct fg_placing *p, int axis, char (*row)[FG_FRAME_TEXT], size_t *row_of) {
  const struct fg_sweep_axis *a = &p->results->spec.axis[axis];
  size_t n = 0;
  for (size_t k = 0; k < a->n; k++) {
    bool there = false;
    row_of[k] = SIZE_MAX;
    for (size_t i = 0; i < p->n; i++)
      there |= p->placed[i].group->point[axis] == (int)k && !p->placed[i].group->is_baseline;
    size_t same = 0;
    while (same < n && strcmp(row[same], a->point[k].label) != 0)
      same++;
    if (there && same == n)
      snprintf(row[n++], sizeof *row, "%s", a->point[k].label);
    row_of[k] = there ? same : SIZE_MAX;
  }
  return n;
}

struct shown {
  const struct fg_placed *placed;
  size_t row;
  int kind;
  struct fg_spread spread;
};

static enum fg_err measure_all(const struct fg_placing *p, const struct fg_measure *m, int axis, const size_t *row_of,
                               struct shown *shown, size_t *n, struct fg_fault *fault) {
  enum fg_err err = FG_OK;
  for (size_t i = 0; !err && i < p->n; i++) {
    const struct fg_sweep_group *g = p->placed[i].group;
    if (g->is_baseline || g->point[axis] == FG_ABSENT || row_of[g->point[axis]] == SIZE_MAX)
      continue;
    struct shown *s = &shown[*n];
    *s = (struct shown){.placed = &p->placed[i], .row = row_of[g->point[axis]]};
    err = fg_measure_spread(m, g, NULL, &s->spread, fault);
    s->kind = g->refused ? REFUSED : s->spread.mid > 0 ? VALUE : NEVER;
    *n += g->refused || s->spread.n > 0;
  }
  return err;
}

static void put(FILE *f, double x) {
  if (isfinite(x))
    fprintf(f, ",%.10g", x);
  else
    fputs(",NaN", f);
}

/* "panel,series,name,row,label,ratio,low,high,kind,at": series of a row stand above each other. */
static void write_data(const struct fg_placing *p, const struct shown *shown, size_t n, char (*row)[FG_FRAME_TEXT],
                       const struct fg_frame *frame, struct fg_figure *figure) {
  fputs("panel,series,name,row,label,ratio,low,high,kind,at\n", figure->data);
  for (size_t i = 0; i < n; i++) {
    const struct shown *s = &shown[i];
    const struct fg_frame_axis *x = &frame->panel[s->placed->panel].x;
    double shift = ((double)s->placed->series - (double)(p->n_series - 1) / 2) * 0.7 / (double)p->n_series;
    fprintf(figure->data, "%zu,%zu,", s->placed->panel + 1, s->placed->series + 1);
    fg_figure_csv(figure, p->name[s->placed->series]);
    fprintf(figure->data, ",%zu,", s->row + 1);
    fg_figure_csv(figure, row[s->row]);
    put(figure->data, s->kind == VALUE ? s->spread.mid : NAN);
    /* refused: said once a row, in the middle; an interval may reach down to "never", the edge */
    put(figure->data, s->kind == VALUE ? fmax(s->spread.lo, x->lo) : NAN);
    put(figure->data, s->kind == VALUE ? fmin(s->spread.hi, x->hi) : NAN);
    fprintf(figure->data, ",%d,%.10g\n", s->kind, (double)s->row + 1 + (s->kind == REFUSED ? 0 : shift));
  }
}

static enum fg_err fill(const struct fg_plot_job *job, const struct fg_placing *p, const struct fg_measure *m, int axis,
                        struct fg_frame *frame, struct fg_figure *figure, struct fg_fault *fault) {
  size_t points = job->results->spec.axis[axis].n, n = 0;
  char(*row)[FG_FRAME_TEXT] = calloc(points, sizeof *row);
  size_t *row_of = calloc(points, sizeof *row_of);
  struct shown *shown = calloc(p->n + 1, sizeof *shown);
  enum fg_err err = row && row_of && shown ? FG_OK : fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory");
  if (err)
    goto cleanup;
  size_t rows = find_rows(p, axis, row, row_of);
  err = measure_all(p, m, axis, row_of, shown, &n, fault);
  if (!err && n == 0)
    err = fg_fail(fault, FG_EINPUT, job->results->dir, 0, "no run can be compared with the baseline's yet");
  if (err)
    goto cleanup;
  bool never = false;
  for (size_t k = 0; !err && k < p->n_panels; k++) {
    struct fg_frame_panel *panel = &frame->panel[k];
    panel->x.scale = FG_LOG10;
    snprintf(panel->title, sizeof panel->title, "%s", p->panel[k]);
    snprintf(panel->x.label, sizeof panel->x.label, "%s", m->words);
    fg_axis_widen(&panel->x, 0.8);
    fg_axis_widen(&panel->x, 1.25);
    for (size_t i = 0; i < n; i++)
      if (shown[i].kind == VALUE && shown[i].placed->panel == k) {
        fg_axis_widen(&panel->x, shown[i].spread.mid);
        fg_axis_widen(&panel->x, shown[i].spread.lo);
        fg_axis_widen(&panel->x, shown[i].spread.hi);
      }
    err = fg_axis_categories(&panel->y, row, rows, fault);
    double lo = panel->y.lo;
    panel->y.lo = panel->y.hi;
    panel->y.hi = lo;
  }
  for (size_t i = 0; i < n; i++)
    never |= shown[i].kind == NEVER || (shown[i].kind == VALUE && shown[i].spread.lo == 0);
  for (size_t i = 0; p->n_series > 1 && i < p->n_series && i < FG_FRAME_SERIES; i++)
    fg_frame_key(frame, FG_ALL_PANELS, p->name[i], FG_KEY_POINT, (int)i + 1);
  if (never)
    snprintf(frame->note, sizeof frame->note, "arrow: the goal is not reached");
  double each = p->n_series > 1 ? fmax(0.42, 0.2 * (double)p->n_series + 0.1) : 0.42;
  frame->panel_cm = fmax(0.9, each * (double)rows);
  if (!err)
    err = fg_frame_settle(frame, fault);
  if (!err)
    write_data(p, shown, n, row, frame, figure);

cleanup:
  free(row);
  free(row_of);
  free(shown);
  return err;
}

enum fg_err fg_plot_ratios(const struct fg_plot_job *job, struct fg_fault *fault) {
  const struct fg_sweep_spec *spec = &job->results->spec;
  struct fg_placing p = {.n = 0};
  struct fg_frame frame = {.same_x = true, .same_y = true, .slim = true};
  struct fg_figure figure = {0};
  struct fg_measure measure;
  enum fg_err err = fg_measure_parse(spec, "ratio", &measure, fault);
  if (err)
    return err;
  const char *rows = spec->axis[spec->target.axis].name;
  err = fg_place(job->results, job->where, rows, FG_SERIES_ONE, FG_ABSENT, &job->options, &p, fault);
  if (!err && p.n_series > FG_FRAME_SERIES)
    err =
        fg_fail(fault, FG_EUSAGE, NULL, 0, "%zu series cannot be told apart; at most %d", p.n_series, FG_FRAME_SERIES);
  if (!err)
    err = fg_frame_make(&frame, p.n_panels, fault);
  if (!err)
    err = fg_figure_open(&figure, fault);
  if (!err) {
    err = fill(job, &p, &measure, spec->target.axis, &frame, &figure, fault);
  }
  if (!err) {
    fg_place_note(&p, &frame);
    fprintf(figure.variables, "SERIES = %zu\n", p.n_series);
    err = fg_frame_draw(&frame, &figure, "ratios", &job->options, fault);
  }
  fg_figure_close(&figure);
  fg_frame_free(&frame);
  fg_placing_free(&p);
  return err;
}
