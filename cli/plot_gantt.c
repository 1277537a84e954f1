/* fugue plot --figure gantt: trace.csv of one to four runs to what every worker did when, on a common time axis. */
#include "cli/plot.h"
#include "core/spells.h"

#include <math.h>

enum { REQUIRED_WORK, EXTRA_WORK, WAITING, HAND_OFF, KINDS }; /* as in plots/gantt.gp */
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
static bool box(struct fg_figure *figure, uint64_t worker, double from, double to, double lo, double hi) {
  from = fmax(from, lo);
  to = fmin(to, hi);
  if (!(to - from > 1e-6 * (hi - lo)))
    return false;
  fprintf(figure->data, "%.17g %.17g %llu\n", from, to, (unsigned long long)worker);
  return true;
}

/* Four blocks of data, one a kind; a kind that does not occur gets a row that is not drawn. */
static void write_panel(struct fg_figure *figure, const struct fg_spells *panel, double lo, double hi, bool *occurs) {
  for (int kind = 0; kind < KINDS; kind++) {
    fputs("NaN NaN NaN\n", figure->data);
    for (size_t r = 0; r < panel->n; r++) {
      const struct fg_spell *s = &panel->spell[r];
      const double bound[KINDS][2] = {[REQUIRED_WORK] = {s->start, s->required},
                                      [EXTRA_WORK] = {s->required, s->extra},
                                      [WAITING] = {s->extra, s->end},
                                      [HAND_OFF] = {s->hand_off, s->start}};
      occurs[kind] |= box(figure, s->worker, bound[kind][0], bound[kind][1], lo, hi);
    }
    fputs("\n\n", figure->data);
  }
}

static enum fg_err draw(struct fg_figure *figure, const struct fg_plot_run *runs, const struct fg_spells *panels,
                        size_t n, double lo, double hi, const struct fg_plot_options *o, struct fg_fault *fault) {
  bool occurs[KINDS] = {false};
  uint32_t workers = 0;
  for (size_t i = 0; i < n; i++) {
    write_panel(figure, &panels[i], lo, hi, occurs);
    workers = panels[i].workers > workers ? panels[i].workers : workers;
  }
  fputs("KINDS = '", figure->variables);
  for (int kind = 0; kind < KINDS; kind++)
    if (occurs[kind])
      fprintf(figure->variables, "%d ", kind);
  fputs("'\narray TITLE[4]\n", figure->variables);
  for (size_t i = 0; i < n; i++) {
    char name[32];
    snprintf(name, sizeof name, "TITLE[%zu]", i + 1);
    fg_figure_text(figure, name, n > 1 ? runs[i].label : "");
  }
  fg_figure_text(figure, "TIME", fg_plot_time_axis(runs, n));
  fprintf(figure->variables, "PANELS = %zu\nWORKERS = %u\nFROM = %.17g\nTO = %.17g\nTITLES = %d\n", n, workers, lo, hi,
          n > 1);
  double panel_cm = fmax(2.4, 0.18 * (double)workers) + (n > 1 ? 0.5 : 0.1);
  return fg_figure_draw(figure, "gantt", 8.6, (double)n * panel_cm + 2.25, o->output, fault);
}

enum fg_err fg_plot_gantt(struct fg_plot_run *runs, size_t n, const struct fg_plot_options *o, struct fg_fault *fault) {
  struct fg_spells panels[PANELS_MAX] = {{.workers = 0}};
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
  err = fg_figure_open(&figure, fault);
  if (!err)
    err = draw(&figure, runs, panels, n, lo, hi, o, fault);

cleanup:
  fg_figure_close(&figure);
  for (size_t i = 0; i < PANELS_MAX; i++)
    fg_spells_free(&panels[i]);
  return err;
}
