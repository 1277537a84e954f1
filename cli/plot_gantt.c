/* fugue plot --figure gantt: trace.csv of one to four runs to what every worker did when, on a common time axis. */
#include "cli/figures.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WORKER, SEQ, EPOCH, SUB_EPOCH, START, REQUIRED, END, WAIT, COLUMNS };
enum { REQUIRED_WORK, EXTRA_WORK, WAITING, HAND_OFF, KINDS }; /* as SPENT of plots/style.gp */
enum { PANELS_MAX = 4, SUB_EPOCHS = 16 };

/* A visit as drawn: hand-off from the previous visit's end to `start`, required work to `required`, extra work to
 * `extra`, waiting to `end` [s]. */
struct spell {
  double hand_off, start, required, extra, end;
};

struct panel {
  struct fg_columns trace;
  struct spell *spell; /* a row each */
  uint64_t workers;
};

static enum fg_err bad_row(const char *path, size_t row, const char *text, struct fg_fault *fault) {
  return fg_fail(fault, FG_EINPUT, path, row + 2, "%s", text);
}

/* The trace tells how long a worker was idle since the end of its previous visit (wait_s): what passed before this
 * visit's start is the hand-off of the column block, the rest was idle waiting after the required pass. */
static enum fg_err make_spells(struct panel *panel, const char *path, struct fg_fault *fault) {
  double *const *c = panel->trace.column;
  size_t n = panel->trace.n_rows;
  double *previous_end = NULL;
  uint64_t *next_seq = NULL;
  enum fg_err err = FG_OK;
  for (size_t r = 0; r < n; r++) {
    if (!(c[WORKER][r] >= 0 && c[WORKER][r] < 1e6 && c[WORKER][r] == floor(c[WORKER][r])))
      return bad_row(path, r, "the worker is not a whole number", fault);
    if (!(c[START][r] >= 0 && c[REQUIRED][r] >= c[START][r] && c[END][r] >= c[REQUIRED][r] && c[WAIT][r] >= 0))
      return bad_row(path, r, "times must not decrease from start_s to required_s to end_s", fault);
    panel->workers = fmax((double)panel->workers, c[WORKER][r] + 1);
  }
  panel->spell = calloc(n, sizeof *panel->spell);
  previous_end = calloc(panel->workers, sizeof *previous_end);
  next_seq = calloc(panel->workers, sizeof *next_seq);
  if (!panel->spell || !previous_end || !next_seq)
    err = fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory");
  for (size_t r = 0; !err && r < n; r++) {
    size_t w = (size_t)c[WORKER][r];
    struct spell *s = &panel->spell[r];
    if (c[SEQ][r] != (double)next_seq[w]++ || c[START][r] < previous_end[w]) {
      err = bad_row(path, r, "a worker's visits must follow each other", fault);
      break;
    }
    double inside = c[WAIT][r] - (c[START][r] - previous_end[w]);
    *s =
        (struct spell){.hand_off = previous_end[w], .start = c[START][r], .required = c[REQUIRED][r], .end = c[END][r]};
    s->extra = fmin(s->end, fmax(s->required, s->end - inside));
    previous_end[w] = s->end;
  }
  free(next_seq);
  free(previous_end);
  return err;
}

static enum fg_err read_panel(const struct fg_plot_run *run, struct panel *panel, struct fg_fault *fault) {
  static const char *const names[COLUMNS] = {
      [WORKER] = "worker",       [SEQ] = "seq",   [EPOCH] = "epoch", [SUB_EPOCH] = "sub_epoch", [START] = "start_s",
      [REQUIRED] = "required_s", [END] = "end_s", [WAIT] = "wait_s"};
  char path[FG_PATH_MAX];
  enum fg_err err = fg_plot_growing_path(run, "trace.csv", path, fault);
  if (!err)
    err = fg_columns_read(path, names, COLUMNS, !run->finished, &panel->trace, fault);
  if (!err && panel->trace.n_rows == 0)
    err = fg_fail(fault, FG_EINPUT, path, 0, "holds no visit");
  return err ? err : make_spells(panel, path, fault);
}

/* When every worker's first `sub_epochs` visits are over [s]. */
static double end_of(const struct panel *panel, uint64_t sub_epochs) {
  double end = 0;
  for (size_t r = 0; r < panel->trace.n_rows; r++)
    if (panel->trace.column[SEQ][r] < (double)sub_epochs)
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

static void write_panel(struct fg_figure *figure, size_t p, const struct panel *panel, double lo, double hi,
                        bool *occurs) {
  for (int kind = 0; kind < KINDS; kind++)
    for (size_t r = 0; r < panel->trace.n_rows; r++) {
      const struct spell *s = &panel->spell[r];
      const double bound[KINDS][2] = {[REQUIRED_WORK] = {s->start, s->required},
                                      [EXTRA_WORK] = {s->required, s->extra},
                                      [WAITING] = {s->extra, s->end},
                                      [HAND_OFF] = {s->hand_off, s->start}};
      occurs[kind] |=
          box(figure, p, (uint64_t)panel->trace.column[WORKER][r], kind, bound[kind][0], bound[kind][1], lo, hi);
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

static enum fg_err draw(const struct fg_plot_job *job, const struct panel *panels, double lo, double hi,
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
  struct panel panels[PANELS_MAX] = {{.workers = 0}};
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
  for (size_t i = 0; i < PANELS_MAX; i++) {
    fg_columns_free(&panels[i].trace);
    free(panels[i].spell);
  }
  return err;
}
