/* fugue verify: a claim's findings as a figure: what was measured, with its interval, against the bound. */
#include "cli/plot.h"
#include "cli/verify.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { SERIES_MAX = 64 };

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

/* What a panel spans, a little more than its numbers. */
struct range {
  double lo, hi;
};

static void widen(struct range *r, double x, bool log) {
  if (!isfinite(x) || (log && x <= 0))
    return;
  r->lo = fmin(r->lo, x);
  r->hi = fmax(r->hi, x);
}

static void pad(struct range *r, bool log) {
  if (r->lo > r->hi)
    *r = log ? (struct range){0.1, 1} : (struct range){0, 1};
  if (log) {
    double more = r->hi > r->lo ? pow(r->hi / r->lo, 0.05) : 2;
    r->lo /= more;
    r->hi *= more;
  } else {
    double more = r->hi > r->lo ? 0.05 * (r->hi - r->lo) : r->hi != 0 ? fabs(r->hi) / 2 : 1;
    r->lo -= more;
    r->hi += more;
  }
}

static bool drawn(const struct fg_finding *f, unsigned panel) {
  return f->series && f->panel == panel;
}

static void find_ranges(const struct fg_findings *found, unsigned panel, const struct fg_panel *how, struct range *x,
                        struct range *y) {
  *x = *y = (struct range){INFINITY, -INFINITY};
  for (size_t i = 0; i < found->n; i++) {
    const struct fg_finding *f = &found->finding[i];
    if (!drawn(f, panel))
      continue;
    widen(x, f->x, how->log_x);
    widen(y, f->bound, how->log_y);
    widen(y, f->measured, how->log_y);
    widen(y, f->low, how->log_y);
    widen(y, f->high, how->log_y);
  }
  pad(x, how->log_x);
  pad(y, how->log_y);
}

static void put(FILE *f, double x) {
  if (isfinite(x))
    fprintf(f, " %.10g", x);
  else
    fputs(" NaN", f);
}

/* "x bound moved measured low high": curves stand beside each other where their intervals would hide each other; the
 * end of an interval that a panel cannot show is its edge. */
static void write_curve(FILE *data, const struct fg_findings *found, const struct curve *curve, double place,
                        const struct fg_panel *how, const struct range *x, const struct range *y) {
  double shift = 0.008 * place;
  for (size_t i = 0; i < found->n; i++) {
    const struct fg_finding *f = &found->finding[i];
    if (!drawn(f, curve->panel) || strcmp(f->series, curve->series) != 0)
      continue;
    put(data, f->x);
    put(data, f->bound);
    put(data, how->log_x ? f->x * pow(x->hi / x->lo, shift) : f->x + (x->hi - x->lo) * shift);
    put(data, f->measured);
    put(data, fmax(f->low, y->lo));
    put(data, fmin(f->high, y->hi));
    fputc('\n', data);
  }
  fputs("\n\n", data);
}

static void name_entry(struct fg_figure *figure, const char *array, size_t i, const char *text) {
  char variable[48];
  snprintf(variable, sizeof variable, "%s[%zu]", array, i + 1);
  fg_figure_text(figure, variable, text ? text : "");
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

/* Labels of a logarithmic axis of less than two decades, where gnuplot would write one or none: 1, 2, 5, 10, ..., or
 * every digit. */
static void name_tics(struct fg_figure *figure, const char *array, unsigned p, const struct range *r, bool log) {
  char text[512] = "";
  bool every = r->hi / r->lo < 6;
  for (int e = (int)floor(log10(r->lo)); log && r->hi / r->lo < 100 && e <= (int)ceil(log10(r->hi)); e++)
    for (int d = 1; d <= 9; d++) {
      double at = d * pow(10, e);
      size_t n = strlen(text);
      if (at >= r->lo && at <= r->hi && (every || d == 1 || d == 2 || d == 5))
        snprintf(text + n, sizeof text - n, "%s%.10g", n ? ", " : "", at);
    }
  name_entry(figure, array, p, text);
}

static void write_panel(struct fg_figure *figure, const struct fg_verify_result *r, unsigned p,
                        const struct curve *curve, size_t first, size_t curves) {
  const struct fg_panel *how = &r->claim->panels[p];
  struct range x, y;
  find_ranges(&r->outcome->real, p, how, &x, &y);
  name_entry(figure, "TITLE", p, how->title);
  name_entry(figure, "X_LABEL", p, how->x);
  name_entry(figure, "Y_LABEL", p, how->y);
  name_tics(figure, "X_TICS", p, &x, how->log_x);
  name_tics(figure, "Y_TICS", p, &y, how->log_y);
  fprintf(figure->variables,
          "LOG_X[%u] = %d\nLOG_Y[%u] = %d\nFIRST[%u] = %zu\nLAST[%u] = %zu\n"
          "X_LO[%u] = %.10g\nX_HI[%u] = %.10g\nY_LO[%u] = %.10g\nY_HI[%u] = %.10g\n",
          p + 1, how->log_x, p + 1, how->log_y, p + 1, first + 1, p + 1, first + curves, p + 1, x.lo, p + 1, x.hi,
          p + 1, y.lo, p + 1, y.hi);
  for (size_t k = 0; k < curves; k++) {
    name_entry(figure, "LABEL", first + k, curve[first + k].series);
    write_curve(figure->data, &r->outcome->real, &curve[first + k], (double)k - (double)(curves - 1) / 2, how, &x, &y);
  }
}

enum fg_err fg_verify_draw(const struct fg_verify_result *r, const char *dir, const char *format,
                           struct fg_fault *fault) {
  const struct fg_claim *c = r->claim;
  struct curve curve[SERIES_MAX];
  struct fg_figure figure = {0};
  char name[64], path[FG_PATH_MAX];
  if (!c->panels)
    return FG_OK;
  unsigned panels = count_panels(c);
  size_t n = find_curves(&r->outcome->real, panels, curve), first = 0, most = 0;
  if (n == 0)
    return FG_OK;
  snprintf(name, sizeof name, "%s.%s", c->id, format);
  enum fg_err err = fg_path_join(dir, name, path, fault);
  if (!err)
    err = fg_figure_open(&figure, fault);
  if (err)
    goto cleanup;
  fprintf(figure.variables, "PANELS = %u\narray LABEL[%zu]\n", panels, n);
  static const char *const arrays[] = {"TITLE",  "X_LABEL", "Y_LABEL", "LOG_X", "LOG_Y", "FIRST", "X_TICS",
                                       "Y_TICS", "LAST",    "X_LO",    "X_HI",  "Y_LO",  "Y_HI"};
  for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
    fprintf(figure.variables, "array %s[%u]\n", arrays[i], panels);
  for (unsigned p = 0; p < panels; p++) {
    size_t curves = count_curves(curve, n, p);
    most = curves > most ? curves : most;
    write_panel(&figure, r, p, curve, first, curves);
    first += curves;
  }
  /* a legend above all panels, two entries a row, or one above each */
  bool shared = panels > 1 && same_curves(curve, n, panels);
  unsigned columns = panels > 1 ? 2 : 1, rows = (panels + columns - 1) / columns;
  double key_cm = 0.4 * (double)(most + 1) + 0.1, top_cm = shared ? 0.4 * (double)((most + 2) / 2) + 0.1 : 0;
  double head_cm = 0.5 + (shared ? 0 : key_cm);
  fprintf(figure.variables, "COLUMNS = %u\nROWS = %u\nSHARED = %d\nTOP = %.3f\nHEAD = %.3f\n", columns, rows, shared,
          top_cm, head_cm);
  err = fg_figure_draw(&figure, "claim", 8.6 * columns, (5.4 + head_cm) * rows + top_cm, path, fault);

cleanup:
  fg_figure_close(&figure);
  return err;
}
