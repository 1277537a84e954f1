/* fugue report: what the numbers say against the baseline, in sentences: counts, then the best of each cell, then all.
 */
#include "cli/report.h"

#include <math.h>
#include <string.h>

enum { SENTENCE = 4096, CELLS_SHOWN = 8 };

static const struct fg_sweep_group *best_of(const struct fg_report_cell *cell) {
  const struct fg_sweep_group *best = NULL;
  for (size_t i = 0; i < cell->n; i++) {
    const struct fg_sweep_group *g = cell->group[i];
    enum fg_report_outcome how = fg_report_outcome(g);
    if (!g->is_baseline && how != FG_UNKNOWN && how != FG_REFUSAL &&
        (!best || g->ratio_spread.mid > best->ratio_spread.mid))
      best = g;
  }
  return best;
}

/* "Straggler pareto, all at step 3: " */
static void put_cell(struct fg_report *r, const struct fg_report_cell *cell) {
  char name[FG_REPORT_LABEL], at[FG_REPORT_LABEL];
  fg_report_cell_name(r, cell, name);
  fg_report_at(r, cell, at);
  if (!*name && !*at)
    return;
  fputs("<span class=\"cell\">", r->f);
  fg_html_put(r->f, "%s%s%s:", name, *name && *at ? ", " : "", at);
  fputs("</span> ", r->f);
}

/* The sentence about a group, its name in bold; `instead` of "does not win:". */
static void put_verdict(struct fg_report *r, const struct fg_sweep_group *g, const char *instead) {
  static const char loses[] = " does not win:";
  char text[SENTENCE], name[FG_REPORT_LABEL];
  fg_sweep_verdict(&r->results, g, text, sizeof text);
  fg_report_contender(r, g, name);
  const char *rest = text;
  if (strncmp(text, name, strlen(name)) == 0) {
    rest = text + strlen(name);
    fputs("<strong>", r->f);
    fg_html_text(r->f, name);
    fputs("</strong>", r->f);
  }
  if (instead && strncmp(rest, loses, strlen(loses)) == 0) {
    fprintf(r->f, " %s:", instead);
    rest += strlen(loses);
  }
  fg_html_text(r->f, rest);
}

static void put_best(struct fg_report *r, const struct fg_report_cell *cell) {
  const struct fg_sweep_group *best = best_of(cell);
  size_t contenders = 0, faster = 0;
  for (size_t i = 0; i < cell->n; i++) {
    contenders += !cell->group[i]->is_baseline;
    faster += !cell->group[i]->is_baseline && fg_report_outcome(cell->group[i]) == FG_FASTER;
  }
  if (contenders == 0)
    return;
  fputs("<li>", r->f);
  put_cell(r, cell);
  if (!best) {
    fputs("nothing can be compared.", r->f);
  } else if (contenders == 1) {
    put_verdict(r, best, NULL);
  } else if (faster == 0 && best->ratio_spread.mid == 0) {
    fputs("none wins; in the median over seeds none reaches the goal.", r->f);
  } else if (faster == 0) {
    fputs("none wins. ", r->f);
    put_verdict(r, best, "comes nearest");
  } else {
    put_verdict(r, best, NULL);
    fprintf(r->f, " %zu of %zu win%s.", faster, contenders, faster == 1 ? "s" : "");
  }
  fputs("</li>\n", r->f);
}

/* "Each at its best step, of 15 comparisons 9 are faster, 3 are refused." of the cells from..to-1 */
static void put_outcomes(struct fg_report *r, size_t from, size_t to) {
  static const char *const words[FG_OUTCOMES][2] = {
      {"is faster", "are faster"},   {"shows no difference of 1\xC2\xA0%", "show no difference of 1\xC2\xA0%"},
      {"is slower", "are slower"},   {"does not reach the goal", "do not reach the goal"},
      {"is refused", "are refused"}, {"cannot be compared", "cannot be compared"}};
  size_t outcomes[FG_OUTCOMES] = {0}, all = 0;
  char at[FG_REPORT_LABEL];
  for (size_t c = from; c < to; c++)
    for (size_t i = 0; i < r->cell[c].n; i++)
      if (!r->cell[c].group[i]->is_baseline) {
        outcomes[fg_report_outcome(r->cell[c].group[i])]++;
        all++;
      }
  if (all == 0)
    return;
  fg_report_at(r, &r->cell[from], at);
  fg_html_put(r->f, " Of %zu comparison%s%s%s%s ", all, all == 1 ? "" : "s", *at ? ", " : "", at, *at ? "," : "");
  bool any = false;
  for (int i = 0; i < FG_OUTCOMES; i++)
    if (outcomes[i]) {
      fprintf(r->f, "%s<strong>%zu</strong> %s", any ? ", " : "", outcomes[i], words[i][outcomes[i] > 1]);
      any = true;
    }
  fputc('.', r->f);
}

static void put_lead(struct fg_report *r) {
  char baseline[FG_REPORT_LABEL], goal[FG_REPORT_LABEL];
  fg_sweep_baseline_name(&r->results.spec, baseline, sizeof baseline);
  fg_sweep_goal_name(&r->results.spec, fg_sweep_metric_name(&r->groups), goal, sizeof goal);
  fputs("<p class=\"lead\">", r->f);
  fg_html_put(r->f, "What counts is the virtual time to %s, against %s with the same seeds.", goal, baseline);
  for (size_t from = 0, to; from < r->n_cells; from = to) {
    to = fg_report_alike(r, from);
    put_outcomes(r, from, to);
  }
  fputs("</p>\n", r->f);
}

static void put_all_verdicts(struct fg_report *r) {
  size_t more = 0;
  for (size_t c = 0; c < r->n_cells; c++)
    more += r->cell[c].n > 2;
  if (more == 0 && r->n_cells <= CELLS_SHOWN)
    return;
  fputs("<details><summary>Every comparison, a sentence each</summary>\n", r->f);
  for (size_t c = 0; c < r->n_cells; c++) {
    const struct fg_report_cell *cell = &r->cell[c];
    bool any = false;
    for (size_t i = 0; i < cell->n; i++) {
      char text[SENTENCE];
      fg_sweep_verdict(&r->results, cell->group[i], text, sizeof text);
      if (!*text)
        continue;
      if (!any) {
        fputs("<p>", r->f);
        put_cell(r, cell);
        fputs("</p>\n", r->f);
        fputs("<ul>\n", r->f);
      }
      any = true;
      fputs("<li>", r->f);
      put_verdict(r, cell->group[i], NULL);
      fputs("</li>\n", r->f);
    }
    if (any)
      fputs("</ul>\n", r->f);
  }
  fputs("</details>\n", r->f);
}

static void put_comparisons(struct fg_report *r) {
  put_lead(r);
  fputs("<ul class=\"findings\">\n", r->f);
  for (size_t c = 0; c < r->n_cells && c < CELLS_SHOWN; c++)
    put_best(r, &r->cell[c]);
  fputs("</ul>\n", r->f);
  if (r->n_cells > CELLS_SHOWN) {
    fprintf(r->f, "<details><summary>The best of %zu more conditions</summary>\n", r->n_cells - CELLS_SHOWN);
    fputs("<ul class=\"findings\">\n", r->f);
    for (size_t c = CELLS_SHOWN; c < r->n_cells; c++)
      put_best(r, &r->cell[c]);
    fputs("</ul></details>\n", r->f);
  }
  put_all_verdicts(r);
}

void fg_report_findings(struct fg_report *r) {
  fputs("<section id=\"findings\">\n<h2>Key findings</h2>\n<div>\n", r->f);
  if (r->in_state[FG_RUN_PENDING] == r->n_runs)
    fputs("<p>No run has ended yet.</p>\n", r->f);
  else if (r->groups.n == 0)
    fputs("<p>The runs that choose are under way; none of those that are compared is planned yet.</p>\n", r->f);
  else if (r->results.spec.target.axis != FG_ABSENT)
    put_comparisons(r);
  else
    fg_report_ranges(r);
  fg_report_beware(r);
  fputs("</div>\n</section>\n", r->f);
}
