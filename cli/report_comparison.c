/* fugue report: what came out, cell by cell. */
#include "cli/report.h"

#include <math.h>
#include <string.h>

static const enum fg_run_number compared[] = {FG_NUMBER_METRIC, FG_NUMBER_LOSS,  FG_NUMBER_TIME,       FG_NUMBER_EXTRA,
                                              FG_NUMBER_IDLE,   FG_NUMBER_BYTES, FG_NUMBER_HOST_PARAMS};
enum { COMPARED = sizeof compared / sizeof *compared };

struct columns {
  bool shown[COMPARED], reach, ratio, step;
  double unit[COMPARED];
  const char *heading[COMPARED];
};

/* Columns in which a group of the report has something to say. */
static void choose_columns(const struct fg_report *r, struct columns *c) {
  *c = (struct columns){.step = r->results.spec.tune.axis != FG_ABSENT};
  double most[COMPARED] = {0};
  for (size_t i = 0; i < r->groups.n; i++) {
    const struct fg_sweep_group *g = &r->groups.group[i];
    c->reach |= g->reach_s && g->pairs;
    c->ratio |= g->ratio && g->pairs && !g->is_baseline;
    for (int k = 0; k < COMPARED; k++) {
      double mid = g->number[compared[k]].mid;
      if (isfinite(mid) && mid != 0)
        c->shown[k] = true;
      if (isfinite(mid))
        most[k] = fmax(most[k], mid);
    }
  }
  if (c->shown[0])
    c->shown[1] = false; /* the loss, where there is a metric of unseen points */
  for (int k = 0; k < COMPARED; k++)
    c->unit[k] = fg_report_unit(compared[k], most[k], &c->heading[k]);
}

static unsigned count_columns(const struct columns *c) {
  unsigned n = c->reach + 2 * c->ratio;
  for (int k = 0; k < COMPARED; k++)
    n += c->shown[k];
  return n;
}

/* Times and metrics with their intervals; of what only explains them, medians. */
static void number_cell(struct fg_report *r, const struct fg_sweep_group *g, enum fg_run_number number, double unit) {
  char text[FG_HTML_NUMBER];
  const struct fg_spread *s = &g->number[number];
  bool main = number == FG_NUMBER_METRIC || number == FG_NUMBER_LOSS || number == FG_NUMBER_TIME;
  fputs("<td class=\"n\">", r->f);
  if (main)
    fg_report_spread(r->f, s, unit, fg_report_plain);
  else
    fputs((number == FG_NUMBER_IDLE ? fg_report_tenths : fg_report_plain)(s->mid / unit, text), r->f);
  fputs("</td>", r->f);
}

static const char *outcome_word(const struct fg_sweep_group *g) {
  static const char *const words[FG_OUTCOMES] = {"faster", "no difference", "slower", "never there", "refused", "–"};
  return g->is_baseline ? "baseline" : words[fg_report_outcome(g)];
}

static const char *outcome_class(const struct fg_sweep_group *g) {
  static const char *const classes[FG_OUTCOMES] = {"faster", "even", "slower", "slower", "refused", "even"};
  return g->is_baseline ? "even" : classes[fg_report_outcome(g)];
}

static void put_row(struct fg_report *r, const struct columns *c, const struct fg_sweep_group *g) {
  char name[FG_REPORT_LABEL];
  fprintf(r->f, "<tr%s><th scope=\"row\">", g->is_baseline ? " class=\"baseline\"" : "");
  fg_html_text(r->f, fg_report_contender(r, g, name));
  fputs("</th>", r->f);
  if (c->step) {
    fputs("<td class=\"n\">", r->f);
    fg_html_put(r->f, "%s%s", fg_sweep_label(&r->results, g->member[0], r->results.spec.tune.axis),
                fg_report_at_edge(g) ? "*" : "");
    fputs("</td>", r->f);
  }
  fputs("<td class=\"n\">", r->f);
  fprintf(r->f, "%zu", g->n - g->missing);
  if (g->missing)
    fprintf(r->f, " <span class=\"i\">of %zu</span>", g->n);
  fputs("</td>", r->f);
  if (g->refused) {
    const char *reason = "";
    for (size_t i = 0; i < g->n && !*reason; i++)
      reason = g->member[i]->state == FG_RUN_REFUSED ? g->member[i]->reason : "";
    fprintf(r->f, "<td class=\"why\" colspan=\"%u\">refused", count_columns(c) > 0 ? count_columns(c) : 1);
    fg_html_put(r->f, "%s%s", *reason ? ": " : "", reason);
    fputs("</td></tr>\n", r->f);
    return;
  }
  if (c->ratio) {
    fputs("<td class=\"n\">", r->f);
    if (g->pairs && g->ratio_spread.mid == 0 && g->ratio_spread.hi == 0)
      fputs("never", r->f);
    else
      fg_report_spread(r->f, &g->ratio_spread, 1, fg_report_ratio);
    fprintf(r->f, "</td><td class=\"word %s\">%s</td>", outcome_class(g), outcome_word(g));
  }
  if (c->reach) {
    fputs("<td class=\"n\">", r->f);
    fg_report_spread(r->f, &g->reach, 1, fg_report_plain);
    if (g->reached < g->pairs)
      fprintf(r->f, " <span class=\"i\">(%zu of %zu)</span>", g->reached, g->pairs);
    fputs("</td>", r->f);
  }
  for (int k = 0; k < COMPARED; k++)
    if (c->shown[k])
      number_cell(r, g, compared[k], c->unit[k]);
  fputs("</tr>\n", r->f);
}

static void put_cell(struct fg_report *r, const struct columns *c, const struct fg_report_cell *cell) {
  char name[FG_REPORT_LABEL], at[FG_REPORT_LABEL], text[FG_REPORT_LABEL];
  fg_report_cell_name(r, cell, name);
  fg_report_at(r, cell, at);
  fg_report_table(r, "compare");
  if (*name || *at) {
    fputs("<i>", r->f);
    fg_html_put(r->f, "%s%s%s.", name, *name && *at ? ", " : "", at);
    fputs("</i> ", r->f);
  }
  fputs("Medians over seeds; of times and metrics with intervals.", r->f);
  bool edge = false;
  for (size_t i = 0; i < cell->n; i++)
    edge |= fg_report_at_edge(cell->group[i]);
  if (edge)
    fg_html_put(r->f, " * is the edge of the grid that %s was chosen from.",
                r->results.spec.axis[r->results.spec.tune.axis].name);
  fputs("</span></caption>\n<thead><tr>", r->f);
  fg_report_head(r, false,
                 r->results.spec.target.axis != FG_ABSENT ? r->results.spec.axis[r->results.spec.target.axis].name
                                                          : "combination",
                 "");
  if (c->step)
    fg_report_head(r, true, r->results.spec.axis[r->results.spec.tune.axis].name, "");
  fg_report_head(r, true, "seeds", "");
  if (c->ratio) {
    fg_sweep_baseline_name(&r->results.spec, at, sizeof at);
    snprintf(text, sizeof text, "times as fast as %.200s", at);
    fg_report_head(r, true, text, "");
    fg_report_head(r, false, "that is", "");
  }
  if (c->reach)
    fg_report_head(r, true, "time to the goal", " [s]");
  for (int k = 0; k < COMPARED; k++)
    if (c->shown[k])
      fg_report_head(r, true, fg_report_number_name(r, compared[k], text), c->heading[k]);
  fputs("</tr></thead>\n<tbody>\n", r->f);
  for (size_t i = 0; i < cell->n; i++)
    put_row(r, c, cell->group[i]);
  fputs("</tbody></table></div>\n", r->f);
}

/* ---- all ratios at a glance: contenders by cells */

enum { CELLS_WIDE = 12, NAMES = 64 };

static const struct fg_sweep_group *find(const struct fg_report *r, const struct fg_report_cell *cell,
                                         const char *name) {
  char text[FG_REPORT_LABEL];
  for (size_t i = 0; i < cell->n; i++)
    if (strcmp(fg_report_contender(r, cell->group[i], text), name) == 0)
      return cell->group[i];
  return NULL;
}

/* The cells from..to-1, of the same kind. */
static void put_matrix(struct fg_report *r, size_t from, size_t to) {
  const struct fg_sweep_group *row[NAMES];
  char name[FG_REPORT_LABEL], text[FG_REPORT_LABEL], number[FG_HTML_NUMBER];
  size_t rows = 0;
  for (size_t c = from; c < to; c++)
    for (size_t i = 0; i < r->cell[c].n; i++) {
      const struct fg_sweep_group *g = r->cell[c].group[i];
      bool known = g->is_baseline || rows == NAMES;
      fg_report_contender(r, g, name);
      for (size_t k = 0; k < rows && !known; k++)
        known = strcmp(fg_report_contender(r, row[k], text), name) == 0;
      if (!known)
        row[rows++] = g;
    }
  if (rows == 0)
    return;
  fg_report_table(r, "matrix");
  fg_sweep_baseline_name(&r->results.spec, name, sizeof name);
  fg_report_at(r, &r->cell[from], text);
  fg_html_put(r->f, "How many times as fast as %s%s%s: medians of ratios of times to the goal. ", name,
              *text ? ", " : "", text);
  fputs("<b class=\"faster\">Bold</b>: faster, <span class=\"slower\">underlined</span>: slower beyond the noise."
        "</span></caption>\n<thead><tr>",
        r->f);
  fg_report_head(r, false, r->results.spec.axis[r->results.spec.target.axis].name, "");
  for (size_t c = from; c < to; c++)
    fg_report_head(r, true, fg_report_cell_name(r, &r->cell[c], text), "");
  fputs("</tr></thead>\n<tbody>\n", r->f);
  for (size_t k = 0; k < rows; k++) {
    fputs("<tr><th scope=\"row\">", r->f);
    fg_html_text(r->f, fg_report_contender(r, row[k], name));
    fputs("</th>", r->f);
    for (size_t c = from; c < to; c++) {
      const struct fg_sweep_group *g = find(r, &r->cell[c], name);
      enum fg_report_outcome how = g ? fg_report_outcome(g) : FG_UNKNOWN;
      if (how == FG_UNKNOWN)
        fputs("<td class=\"n\">–</td>", r->f);
      else if (how == FG_REFUSAL || g->ratio_spread.mid == 0)
        fprintf(r->f, "<td class=\"n %s\">%s</td>", outcome_class(g), how == FG_REFUSAL ? "refused" : "never");
      else
        fprintf(r->f, "<td class=\"n\"><span class=\"%s\">%s</span></td>", outcome_class(g),
                fg_report_ratio(g->ratio_spread.mid, number));
    }
    fputs("</tr>\n", r->f);
  }
  fputs("</tbody></table></div>\n", r->f);
}

void fg_report_comparison(struct fg_report *r) {
  struct columns columns;
  if (r->groups.n == 0)
    return;
  choose_columns(r, &columns);
  fputs("<section id=\"comparison\" class=\"whole\">\n<h2>Comparison</h2>\n<div>\n", r->f);
  for (size_t from = 0, to; columns.ratio && from < r->n_cells; from = to) {
    to = fg_report_alike(r, from);
    for (size_t c = from; c < to && to > from + 1; c += CELLS_WIDE)
      put_matrix(r, c, to < c + CELLS_WIDE ? to : c + CELLS_WIDE);
  }
  if (r->n_cells > CELLS_WIDE)
    fprintf(r->f, "<details><summary>All %zu tables, one for each condition</summary>\n", r->n_cells);
  for (size_t c = 0; c < r->n_cells; c++)
    put_cell(r, &columns, &r->cell[c]);
  if (r->n_cells > CELLS_WIDE)
    fputs("</details>\n", r->f);
  fputs("</div>\n</section>\n", r->f);
}
