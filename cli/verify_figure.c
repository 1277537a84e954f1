/* fugue verify: a claim's findings as a figure: what was measured, with its interval, against the bound. */
#include "cli/frame.h"
#include "cli/verify.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { SERIES_MAX = 64, STYLES = 14 };

struct curve {
  unsigned panel;
  const char *series;
};

static unsigned count_panels(const struct fg_claim *claim) {
  unsigned n = 0;
  while (claim->panels[n].y)
    n++;
  return n;
}

/* The curves of all panels, panel by panel, in the order in which findings name them. */
static size_t find_curves(const struct fg_findings *found, unsigned panels, struct curve *curve) {
  size_t n = 0;
  for (unsigned p = 0; p < panels; p++)
    for (size_t i = 0; i < found->n; i++) {
      const struct fg_finding *f = &found->finding[i];
      bool known = !f->series || f->panel != p || n == SERIES_MAX;
      for (size_t k = 0; k < n && !known; k++)
        known = curve[k].panel == p && strcmp(curve[k].series, f->series) == 0;
      if (!known)
        curve[n++] = (struct curve){p, f->series};
    }
  return n;
}

static bool drawn(const struct fg_finding *f, unsigned panel) {
  return f->series && f->panel == panel;
}

static void widen(const struct fg_findings *found, unsigned p, struct fg_frame_panel *panel) {
  for (size_t i = 0; i < found->n; i++) {
    const struct fg_finding *f = &found->finding[i];
    if (!drawn(f, p))
      continue;
    fg_axis_widen(&panel->x, f->x);
    fg_axis_widen(&panel->y, f->bound);
    fg_axis_widen(&panel->y, f->measured);
    fg_axis_widen(&panel->y, f->low);
    fg_axis_widen(&panel->y, f->high);
  }
}

static void put(FILE *f, double x) {
  if (isfinite(x))
    fprintf(f, ",%.10g", x);
  else
    fputs(",NaN", f);
}

/* Curves stand beside each other where their intervals would hide each other; the end of an interval that a panel
 * cannot show is its edge. `place`: 0 is the middle one. */
static void write_curve(struct fg_figure *figure, const struct fg_findings *found, const struct curve *curve, size_t i,
                        double place, const struct fg_frame_panel *panel) {
  for (size_t k = 0; k < found->n; k++) {
    const struct fg_finding *f = &found->finding[k];
    if (!drawn(f, curve->panel) || strcmp(f->series, curve->series) != 0)
      continue;
    fprintf(figure->data, "%u,%zu,", curve->panel + 1, i + 1);
    fg_figure_csv(figure, curve->series);
    put(figure->data, f->x);
    put(figure->data, f->bound);
    put(figure->data, f->measured);
    put(figure->data, isnan(f->low) ? NAN : fmax(f->low, panel->y.lo));
    put(figure->data, isnan(f->high) ? NAN : fmin(f->high, panel->y.hi));
    put(figure->data, fg_axis_value(&panel->x, fg_axis_place(&panel->x, f->x) + 0.008 * place));
    fputc('\n', figure->data);
  }
}

static size_t count_curves(const struct curve *curve, size_t n, unsigned panel) {
  size_t curves = 0;
  for (size_t k = 0; k < n; k++)
    curves += curve[k].panel == panel;
  return curves;
}

/* Do all panels have the curves of the first, in the same order? Then one legend serves all. */
static bool same_curves(const struct curve *curve, size_t n, unsigned panels) {
  size_t each = count_curves(curve, n, 0);
  if (each * panels != n)
    return false;
  for (size_t k = each; k < n; k++)
    if (curve[k].panel != k / each || strcmp(curve[k].series, curve[k % each].series) != 0)
      return false;
  return true;
}

static void add_keys(struct fg_frame *frame, const struct curve *curve, size_t curves, size_t panel) {
  fg_frame_key(frame, panel, "lines: what is claimed", FG_KEY_LINE, FG_LINE_PLAIN);
  for (size_t k = 0; k < curves; k++)
    fg_frame_key(frame, panel, curve[k].series, FG_KEY_POINT, (int)(k % STYLES) + 1);
}

static void describe(const struct fg_panel *how, struct fg_frame_panel *panel) {
  snprintf(panel->title, sizeof panel->title, "%s", how->title ? how->title : "");
  snprintf(panel->x.label, sizeof panel->x.label, "%s", how->x);
  snprintf(panel->y.label, sizeof panel->y.label, "%s", how->y);
  panel->x.scale = how->log_x ? FG_LOG10 : FG_LINEAR;
  panel->y.scale = how->log_y ? FG_LOG10 : FG_LINEAR;
}

enum fg_err fg_verify_figure(const struct fg_claim *c, const struct fg_findings *found,
                             const struct fg_plot_options *options, struct fg_fault *fault) {
  struct curve curve[SERIES_MAX];
  struct fg_figure figure = {0};
  struct fg_frame frame = {.panel_cm = 4.2};
  unsigned panels = count_panels(c);
  size_t n = find_curves(found, panels, curve), most = 0;
  bool shared = panels > 1 && same_curves(curve, n, panels);
  enum fg_err err = fg_frame_make(&frame, panels, fault);
  if (err)
    goto cleanup;
  frame.columns = panels > 1 ? 2 : 1;
  for (unsigned p = 0; p < panels; p++) {
    describe(&c->panels[p], &frame.panel[p]);
    widen(found, p, &frame.panel[p]);
  }
  err = fg_frame_settle(&frame, fault);
  if (!err)
    err = fg_figure_open(&figure, fault);
  if (err)
    goto cleanup;
  fputs("panel,series,name,x,bound,measured,low,high,at\n", figure.data);
  for (size_t first = 0, p = 0; p < panels; p++) {
    size_t curves = count_curves(curve, n, (unsigned)p);
    most = curves > most ? curves : most;
    if (!shared || p == 0)
      add_keys(&frame, &curve[first], curves, shared || panels == 1 ? FG_ALL_PANELS : p);
    for (size_t k = 0; k < curves; k++)
      write_curve(&figure, found, &curve[first + k], k, (double)k - (double)(curves - 1) / 2, &frame.panel[p]);
    first += curves;
  }
  fprintf(figure.variables, "SERIES = %zu\n", most);
  err = fg_frame_draw(&frame, &figure, "claim", options, fault);

cleanup:
  fg_figure_close(&figure);
  fg_frame_free(&frame);
  return err;
}

enum fg_err fg_verify_draw(const struct fg_verify_result *r, const char *dir, const char *format,
                           struct fg_fault *fault) {
  struct curve curve[SERIES_MAX];
  struct fg_plot_options options = {.figure = "variance"};
  char name[64], path[FG_PATH_MAX];
  if (!r->claim->panels || find_curves(&r->outcome->real, count_panels(r->claim), curve) == 0)
    return FG_OK;
  snprintf(name, sizeof name, "%s.%s", r->claim->id, format);
  enum fg_err err = fg_path_join(dir, name, path, fault);
  options.output = path;
  return err ? err : fg_verify_figure(r->claim, &r->outcome->real, &options, fault);
}
