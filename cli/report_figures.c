/* fugue report: figures, drawn as `fugue plot` draws them, into the page. */
#include "cli/report.h"

#include "cli/figures.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DEFAULT_CELLS = 8, CONDITIONS = FG_AXES_MAX + 1, WIDE_PX = 480 };

/* A figure that is drawn where the specification names none, with room for what it refers to. */
struct default_figure {
  struct fg_sweep_figure figure;
  struct fg_sweep_condition condition[CONDITIONS];
  char *label[CONDITIONS];
  struct fg_sweep_setting setting[2];
  char series[FG_REPORT_LABEL];
};

/* of words that nobody changes */
static char *constant(const char *text) {
  return (char *)text;
}

static void add_condition(struct default_figure *d, const char *axis, const char *label) {
  size_t n = d->figure.where.n++;
  d->label[n] = constant(label);
  d->condition[n] = (struct fg_sweep_condition){constant(axis), &d->label[n], 1, 0};
}

static void add_option(struct default_figure *d, const char *name, const char *value) {
  d->setting[d->figure.option.n++] = (struct fg_sweep_setting){constant(name), constant(value), 0};
  d->figure.option.setting = d->setting;
}

static void begin_default(const struct fg_report *r, const char *kind, const struct fg_report_cell *cell,
                          struct default_figure *d) {
  *d = (struct default_figure){.figure = {.figure = constant(kind), .name = constant(kind), .caption = constant("")}};
  d->figure.where.condition = d->condition;
  if (r->results.spec.tune.axis != FG_ABSENT)
    add_condition(d, "at", fg_sweep_at_names[cell->at]);
}

/* Appends to a list of axes. */
static void add_series(struct default_figure *d, const char *axis) {
  size_t used = strlen(d->series);
  snprintf(d->series + used, sizeof d->series - used, "%s%s", used ? "," : "", axis);
}

/* What tells contenders apart; `besides` does already. */
static void add_contenders(const struct fg_report *r, struct default_figure *d, int besides) {
  const struct fg_sweep_spec *spec = &r->results.spec;
  for (int a = 0; a < (int)spec->n_axes; a++)
    if (!r->of_cell[a] && a != spec->tune.axis && a != besides && spec->axis[a].n > 1)
      add_series(d, spec->axis[a].name);
}

/* Of one cell. `besides`: what the figure shows without being told. */
static void make_default(const struct fg_report *r, const char *kind, const struct fg_report_cell *cell, int besides,
                         struct default_figure *d) {
  const struct fg_sweep_spec *spec = &r->results.spec;
  begin_default(r, kind, cell, d);
  for (int a = 0; a < (int)spec->n_axes; a++)
    if (r->of_cell[a] || (cell->at == FG_AT_SHARED && a == spec->tune.axis)) {
      const char *label = fg_sweep_label(&r->results, cell->group[0]->member[0], a);
      if (*label)
        add_condition(d, spec->axis[a].name, label);
    }
  add_contenders(r, d, besides);
  if (*d->series)
    add_option(d, "series", d->series);
}

enum { SERIES = 7, PANELS = 6 };

/* The ratios of all cells in one figure: a series, and a panel, for each point of the axes that tell them apart. false:
 * these are too many. */
static bool make_ratios(const struct fg_report *r, struct default_figure *d) {
  const struct fg_sweep_axis *axis = r->results.spec.axis;
  int varying[FG_AXES_MAX], n = 0;
  begin_default(r, "ratios", &r->cell[0], d);
  add_contenders(r, d, r->results.spec.target.axis);
  if (*d->series)
    return false;
  for (int a = 0; a < (int)r->results.spec.n_axes; a++)
    if (r->of_cell[a] && axis[a].n > 1)
      varying[n++] = a;
  if (n > 2 || (n > 0 && axis[varying[n - 1]].n > SERIES) || (n > 1 && axis[varying[0]].n > PANELS))
    return false;
  if (n > 0)
    add_option(d, "series", axis[varying[n - 1]].name);
  if (n > 1)
    add_option(d, "panel", axis[varying[0]].name);
  return true;
}

/* ---- words */

static const char *words_of(const char *kind) {
  static const struct {
    const char *kind, *words;
  } table[] = {
      {"convergence", "Convergence: medians over seeds, with their intervals"},
      {"ratios", "Times as fast as the baseline: medians over seeds, with their intervals"},
      {"shares", "What workers spend their time on"},
      {"cost", "Time of an epoch"},
      {"chains", "Chains of a sampler, one for each seed: have those of a setting mixed?"},
      {"ess", "Effective sample size per virtual second"},
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; i++)
    if (strcmp(table[i].kind, kind) == 0)
      return table[i].words;
  const struct fg_figure_type *type = fg_figure_find(kind, NULL);
  return type ? type->help : kind;
}

static const char *option_of(const struct fg_sweep_figure *figure, const char *name) {
  for (size_t i = 0; i < figure->option.n; i++)
    if (strcmp(figure->option.setting[i].option, name) == 0)
      return figure->option.setting[i].value;
  return NULL;
}

/* "time_s" -> "virtual time" */
static const char *number_words(const char *name) {
  for (int k = 0; k < FG_RUN_NUMBERS; k++)
    if (strcmp(fg_run_number_infos[k].name, name) == 0)
      return fg_run_number_infos[k].words;
  return strcmp(name, "reach_s") == 0 ? "time to the goal" : name;
}

/* What a caption says where the specification gives none, and what those hear who do not see the figure. */
static void describe(const struct fg_report *r, const struct fg_sweep_figure *figure, char *out, size_t size) {
  const char *x = option_of(figure, "x"), *y = option_of(figure, "y");
  if (strcmp(figure->figure, "target") == 0) {
    x = x ? x : "straggler";
    y = y ? y : "reach_s";
  }
  bool lines = (strcmp(figure->figure, "lines") == 0 || strcmp(figure->figure, "target") == 0) && x && y;
  size_t used = (size_t)snprintf(out, size, "%s%s%s", lines ? number_words(y) : words_of(figure->figure),
                                 lines ? " against " : "", lines ? number_words(x) : "");
  if (used > 0 && *out >= 'a' && *out <= 'z')
    *out -= 'a' - 'A';
  for (size_t c = 0; c < figure->where.n && used < size; c++) {
    const struct fg_sweep_condition *only = &figure->where.condition[c];
    used += (size_t)snprintf(out + used, size - used, "%s", c ? ", " : "; ");
    if (used < size && strcmp(only->axis, "at") == 0) {
      static const char *const said[FG_SWEEP_ATS] = {"runs that choose the", "all at the same", "each at its best"};
      for (int at = 0; at < FG_SWEEP_ATS; at++)
        if (strcmp(only->label[0], fg_sweep_at_names[at]) == 0)
          used += (size_t)snprintf(
              out + used, size - used, "%s %s", said[at],
              r->results.spec.tune.axis == FG_ABSENT ? "point" : r->results.spec.axis[r->results.spec.tune.axis].name);
      continue;
    }
    if (used < size)
      used += (size_t)snprintf(out + used, size - used, "%s ", only->axis);
    for (size_t i = 0; i < only->n && used < size; i++)
      used += (size_t)snprintf(out + used, size - used, "%s%s", i ? " or " : "", only->label[i]);
  }
  if (used < size)
    snprintf(out + used, size - used, ".");
}

/* ---- one figure */

static enum fg_err put_drawing(struct fg_report *r, const char *path, const char *label, double *width,
                               struct fg_fault *fault) {
  char prefix[32], *svg = NULL, *drawn = NULL;
  size_t size = 0;
  enum fg_err err = fg_html_slurp(path, &svg, fault);
  if (err)
    return err;
  FILE *f = open_memstream(&drawn, &size); /* its width, which the element around it needs, is known at the end */
  if (!f)
    err = fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory");
  snprintf(prefix, sizeof prefix, "figure%u", r->figures);
  if (!err)
    err = fg_html_svg(f, svg, prefix, label, width, fault);
  if (f && fclose(f) != 0 && !err)
    err = fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory");
  if (!err) {
    fprintf(r->f, "<figure id=\"figure%u\"%s>\n<div class=\"drawing\" tabindex=\"0\">%s</div>\n", r->figures,
            *width > WIDE_PX ? " class=\"wide\"" : "", drawn);
  }
  free(drawn);
  free(svg);
  return err;
}

/* `asked`: the specification names it, so that it is missed if it cannot be drawn. */
static enum fg_err put_figure(struct fg_report *r, const struct fg_sweep_figure *figure, bool asked, const char *folder,
                              struct fg_fault *fault) {
  char path[FG_PATH_MAX], words[FG_REPORT_LABEL], label[2 * FG_REPORT_LABEL];
  double width = NAN;
  struct fg_fault reason = {.line = 0};
  describe(r, figure, words, sizeof words);
  r->figures++;
  snprintf(label, sizeof label, "Figure %u. %s", r->figures, *figure->caption ? figure->caption : words);
  enum fg_err err = fg_path_join(folder, "figure.svg", path, fault);
  if (!err)
    err = fg_plot_sweep_figure(&r->results, figure, path, &reason);
  if (!err)
    err = put_drawing(r, path, label, &width, fault);
  else if (!asked && (err == FG_EINPUT || err == FG_EUSAGE)) {
    r->figures--;
    return FG_OK;
  } else if (err == FG_EINPUT || err == FG_EUSAGE) { /* nothing to be drawn, yet or at all: said in its place */
    err = FG_OK;
    r->undrawn++;
    fprintf(r->f, "<figure id=\"figure%u\">\n<p class=\"undrawn\">Not drawn: ", r->figures);
    fg_html_text(r->f, reason.text);
    fputs("</p>\n", r->f);
  } else if (fault) {
    *fault = reason;
  }
  unlink(path);
  if (err)
    return err;
  fprintf(r->f, "<figcaption><b>Figure %u.</b> ", r->figures);
  fg_html_text(r->f, *figure->caption ? figure->caption : words);
  fputs("</figcaption>\n</figure>\n", r->f);
  return FG_OK;
}

static bool has_traces(const struct fg_report_cell *cell) {
  for (size_t i = 0; i < cell->n; i++)
    for (size_t k = 0; k < cell->group[i]->n; k++)
      if (cell->group[i]->member[k]->worker)
        return true;
  return false;
}

static bool has_curves(const struct fg_report_cell *cell) {
  for (size_t i = 0; i < cell->n; i++)
    for (size_t k = 0; k < cell->group[i]->n; k++)
      if (cell->group[i]->member[k]->n_moments > 1)
        return true;
  return false;
}

/* Each kind for one cell after the other, so that they can be compared; not again with all at a shared point. */
static enum fg_err put_cells(struct fg_report *r, const char *kind, int besides, struct default_figure *d,
                             const char *folder, struct fg_fault *fault) {
  size_t cells = r->n_cells ? fg_report_alike(r, 0) : 0;
  enum fg_err err = FG_OK;
  for (size_t c = 0; c < cells && c < DEFAULT_CELLS && !err; c++) {
    const struct fg_report_cell *cell = &r->cell[c];
    bool traced = strcmp(kind, "shares") == 0;
    if (!has_curves(cell) || (traced && !has_traces(cell)))
      continue;
    make_default(r, kind, cell, besides, d);
    err = put_figure(r, &d->figure, false, folder, fault);
  }
  return err;
}

static enum fg_err put_defaults(struct fg_report *r, const char *folder, struct fg_fault *fault) {
  struct default_figure *d = malloc(sizeof *d);
  enum fg_err err = d ? put_cells(r, "convergence", FG_ABSENT, d, folder, fault)
                      : fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory");
  if (!err && r->results.spec.target.axis != FG_ABSENT)
    err = make_ratios(r, d)
              ? put_figure(r, &d->figure, false, folder, fault)
              : put_cells(r, "ratios", *d->series ? FG_ABSENT : r->results.spec.target.axis, d, folder, fault);
  if (!err)
    err = put_cells(r, "shares", FG_ABSENT, d, folder, fault);
  free(d);
  return err;
}

enum fg_err fg_report_figures(struct fg_report *r, struct fg_fault *fault) {
  const struct fg_sweep_spec *spec = &r->results.spec;
  const char *tmp = getenv("TMPDIR");
  char folder[FG_PATH_MAX];
  if (spec->n_figures == 0 && r->in_state[FG_RUN_DONE] == 0)
    return FG_OK;
  int n = snprintf(folder, sizeof folder, "%s/fugue-report-XXXXXX", tmp && *tmp ? tmp : "/tmp");
  if (n < 0 || n >= (int)sizeof folder)
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "TMPDIR is too long");
  if (!mkdtemp(folder))
    return fg_fail(fault, FG_EIO, folder, 0, "cannot be made: %s", strerror(errno));
  enum fg_err err = FG_OK;
  fputs("<section id=\"figures\">\n<h2>Figures</h2>\n<div class=\"figures\">\n", r->f);
  for (size_t i = 0; i < spec->n_figures && !err; i++)
    err = put_figure(r, &spec->figure[i], true, folder, fault);
  if (spec->n_figures == 0)
    err = put_defaults(r, folder, fault);
  fputs("</div>\n", r->f);
  if (!err && spec->n_figures == 0)
    fputs(r->figures
              ? "<p class=\"note\">These are drawn because the specification names no figures; a list "
                "<code>figures:</code> in it chooses others, and <code>fugue plot</code> draws them singly.</p>\n"
              : "<p class=\"note\">Nothing can be drawn yet.</p>\n",
          r->f);
  fputs("</section>\n", r->f);
  rmdir(folder);
  return err;
}
