/* fugue plot --figure gantt: trace.csv of one to four runs to what every worker did when, on a common time axis. */
#include "cli/figures.h"
#include "core/spells.h"

#include <math.h>

enum { REQUIRED_WORK, EXTRA_WORK, WAITING, HAND_OFF, KINDS }; /* as SPENT of plots/style.gp */
enum { PANELS_MAX = 4, SUB_EPOCHS = 16 };

static enum fg_err read_panel(const struct fg_plot_run *run, struct fg_spells *panel, struct fg_fault *fault) {
  char path[FG_PATH_MAX];
  enum fg_err err = fg_plot_growing_path(run, "trace.csv", path, fault);
  return err ? err : fg_spells_read(path, !run->finished, panel, fault);
}

/* When every worker's first `sub_epochs` visits are over [s]. */
static double end_of(const struct fg_spells *panel, uint64_t sub_epochs) {
  double end = 0;
  for (size_t r = 0; r < panel->n; r++)
    if (panel->spell[r].seq < sub_epochs)
      end = fmax(end, panel->spell[r].end);
  return end;
}

/* Draws a span of time; returns false if nothing of it can be seen (sums of times leave spans of
 * rounding errors, too). */
static bool box(struct fg_figure *figure, size_t panel, uint64_t worker, int kind, double from, double to, double lo,
                double hi) {
  from = fmax(from, lo);
  to = fmin(to, hi);
  if (!(to - from > 1e-6 * (hi - lo)))
    return false;
  fprintf(figure->data, "%zu,%llu,%d,%.17g,%.17g\n", panel + 1, (unsigned long long)worker, kind, from, to);
  return true;
}

static void write_panel(struct fg_figure *figure, size_t p, const struct fg_spells *panel, double lo, double hi,
                        bool *occurs) {
  for (int kind = 0; kind < KINDS; kind++)
    for (size_t r = 0; r < panel->n; r++) {
      const struct fg_spell *s = &panel->spell[r];
      const double bound[KINDS][2] = {[REQUIRED_WORK] = {s->start, s->required},
                                      [EXTRA_WORK] = {s->required, s->extra},
                                      [WAITING] = {s->extra, s->end},
                                      [HAND_OFF] = {s->hand_off, s->start}};
      occurs[kind] |= box(figure, p, s->worker, kind, bound[kind][0], bound[kind][1], lo, hi);
    }
}

/* Rows from above: worker 0, 1, ...; as many are numbered as there is room for. */
static enum fg_err number_workers(struct fg_frame_axis *y, uint64_t workers, struct fg_fault *fault) {
  uint64_t step = workers <= 8 ? 1 : workers <= 20 ? 4 : workers <= 40 ? 8 : 16;
  enum fg_err err = FG_OK;
  snprintf(y->label, sizeof y->label, "worker");
  y->exact = y->named = true;
  y->lo = (double)workers - 0.5;
  y->hi = -0.5;
  for (uint64_t w = 0; !err && w < workers; w += step) {
    char label[32];
    snprintf(label, sizeof label, "%llu", (unsigned long long)w);
    err = fg_axis_tic(y, (double)w, label, fault);
  }
  return err;
}

static enum fg_err draw(const struct fg_plot_job *job, const struct fg_spells *panels, double lo, double hi,
                        struct fg_frame *frame, struct fg_figure *figure, struct fg_fault *fault) {
  static const char *const names[KINDS] = {
      [REQUIRED_WORK] = "required work", [EXTRA_WORK] = "extra work", [WAITING] = "waiting", [HAND_OFF] = "hand-off"};
  size_t n = job->n_runs;
  bool occurs[KINDS] = {false};
  uint64_t workers = 0;
  enum fg_err err = FG_OK;
  fputs("panel,worker,kind,from,to\n", figure->data);
  for (size_t i = 0; i < n; i++) {
    write_panel(figure, i, &panels[i], lo, hi, occurs);
    workers = panels[i].workers > workers ? panels[i].workers : workers;
  }
  for (size_t i = 0; !err && i < n; i++) {
    struct fg_frame_panel *panel = &frame->panel[i];
    snprintf(panel->title, sizeof panel->title, "%.*s", FG_FRAME_TEXT - 1, n > 1 ? job->runs[i].label : "");
    snprintf(panel->x.label, sizeof panel->x.label, "%s", fg_plot_time_axis(job->runs, n));
    panel->x.exact = true;
    panel->x.lo = lo;
    panel->x.hi = hi;
    err = number_workers(&panel->y, workers, fault);
  }
  for (int kind = 0; kind < KINDS; kind++)
    if (occurs[kind])
      fg_frame_key(frame, FG_ALL_PANELS, names[kind], FG_KEY_BOX, kind);
  frame->columns = 1;
  frame->same_x = true;
  frame->no_grid = true;
  frame->panel_cm = fmax(2.2, 0.18 * (double)workers);
  if (!err)
    err = fg_frame_settle(frame, fault);
  return err ? err : fg_frame_draw(frame, figure, "gantt", &job->options, fault);
}

enum fg_err fg_plot_gantt(const struct fg_plot_job *job, struct fg_fault *fault) {
  const struct fg_plot_options *o = &job->options;
  const struct fg_plot_run *runs = job->runs;
  size_t n = job->n_runs;
  struct fg_spells panels[PANELS_MAX] = {{.workers = 0}};
  struct fg_frame frame = {.n = 0};
  struct fg_figure figure = {0};
  enum fg_err err = FG_OK;
  if (n > PANELS_MAX)
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "a gantt chart shows at most %d runs", PANELS_MAX);
  for (size_t i = 0; !err && i < n; i++)
    err = read_panel(&runs[i], &panels[i], fault);
  if (err)
    goto cleanup;
  double lo = isnan(o->from_s) ? 0 : o->from_s, hi = 0, last = 0;
  for (size_t i = 0; i < n; i++) {
    uint64_t sub_epochs = o->sub_epochs ? o->sub_epochs : !isnan(o->from_s) ? UINT64_MAX : SUB_EPOCHS;
    hi = fmax(hi, end_of(&panels[i], sub_epochs));
    last = fmax(last, end_of(&panels[i], UINT64_MAX));
  }
  hi = isnan(o->to_s) ? hi : o->to_s;
  if (!(hi > lo) || lo >= last) {
    err =
        fg_fail(fault, FG_EUSAGE, NULL, 0, "nothing happens between %g s and %g s (the end is at %g s)", lo, hi, last);
    goto cleanup;
  }
  err = fg_frame_make(&frame, n, fault);
  if (!err)
    err = fg_figure_open(&figure, fault);
  if (!err)
    err = draw(job, panels, lo, hi, &frame, &figure, fault);

cleanup:
  fg_figure_close(&figure);
  fg_frame_free(&frame);
  for (size_t i = 0; i < PANELS_MAX; i++)
    fg_spells_free(&panels[i]);
  return err;
}
