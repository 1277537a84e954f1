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

static void put(FILE *f, double x) {
  if (isfinite(x))
    fprintf(f, " %.10g", x);
  else
    fputs(" NaN", f);
}

/* x, bound, measured, low, high */
static void write_curve(FILE *data, const struct fg_findings *found, const struct curve *curve) {
  for (size_t i = 0; i < found->n; i++) {
    const struct fg_finding *f = &found->finding[i];
    if (!f->series || f->panel != curve->panel || strcmp(f->series, curve->series) != 0)
      continue;
    put(data, f->x);
    put(data, f->bound);
    put(data, f->measured);
    put(data, f->low);
    put(data, f->high);
    fputc('\n', data);
  }
  fputs("\n\n", data);
}

static void name_entry(struct fg_figure *figure, const char *array, size_t i, const char *text) {
  char variable[48];
  snprintf(variable, sizeof variable, "%s[%zu]", array, i + 1);
  fg_figure_text(figure, variable, text ? text : "");
}

/* Entries of the legend of a panel. */
static unsigned key_rows(const struct curve *curve, size_t n, unsigned panel) {
  unsigned rows = 0;
  for (size_t k = 0; k < n; k++)
    rows += curve[k].panel == panel;
  return rows;
}

enum fg_err fg_verify_draw(const struct fg_verify_result *r, const char *dir, const char *format,
                           struct fg_fault *fault) {
  const struct fg_claim *c = r->claim;
  const struct fg_findings *found = &r->outcome->real;
  struct curve curve[SERIES_MAX];
  struct fg_figure figure = {0};
  char name[64], path[FG_PATH_MAX];
  if (!c->panels)
    return FG_OK;
  unsigned panels = count_panels(c), most = 0;
  size_t n = find_curves(found, panels, curve);
  if (n == 0)
    return FG_OK;
  snprintf(name, sizeof name, "%s.%s", c->id, format);
  enum fg_err err = fg_path_join(dir, name, path, fault);
  if (!err)
    err = fg_figure_open(&figure, fault);
  if (err)
    goto cleanup;
  fprintf(figure.variables,
          "PANELS = %u\nN = %zu\narray TITLE[%u]\narray X_LABEL[%u]\narray Y_LABEL[%u]\narray LOG_X[%u]\n"
          "array LOG_Y[%u]\narray FIRST[%u]\narray LAST[%u]\narray LABEL[%zu]\n",
          panels, n, panels, panels, panels, panels, panels, panels, panels, n);
  size_t first = 0;
  for (unsigned p = 0; p < panels; p++) {
    unsigned rows = key_rows(curve, n, p);
    most = rows > most ? rows : most;
    name_entry(&figure, "TITLE", p, c->panels[p].title);
    name_entry(&figure, "X_LABEL", p, c->panels[p].x);
    name_entry(&figure, "Y_LABEL", p, c->panels[p].y);
    fprintf(figure.variables, "LOG_X[%u] = %d\nLOG_Y[%u] = %d\nFIRST[%u] = %zu\nLAST[%u] = %zu\n", p + 1,
            c->panels[p].log_x, p + 1, c->panels[p].log_y, p + 1, first + 1, p + 1, first + rows);
    first += rows;
  }
  for (size_t k = 0; k < n; k++) {
    name_entry(&figure, "LABEL", k, curve[k].series);
    write_curve(figure.data, found, &curve[k]);
  }
  unsigned columns = panels > 1 ? 2 : 1, rows = (panels + columns - 1) / columns;
  double key_cm = 0.4 * (most + 1) + 0.15, title_cm = 0.5;
  fprintf(figure.variables, "COLUMNS = %u\nROWS = %u\nKEY = %.3f\nHEAD = %.3f\n", columns, rows, key_cm, title_cm);
  err = fg_figure_draw(&figure, "claim", 8.6 * columns, (5.2 + key_cm + title_cm) * rows, path, fault);

cleanup:
  fg_figure_close(&figure);
  return err;
}
