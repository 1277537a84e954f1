/* fugue report: what to keep in mind about the findings: where they say little, what did not end well, what intervals
 * are. */
#include "cli/report.h"

#include <math.h>
#include <string.h>

enum { NAMES_SHOWN = 10 }; /* of combinations */

/* "1 run", "2 runs" */
static const char *count(size_t n, const char *one, const char *many, char *out) {
  snprintf(out, FG_REPORT_LABEL, "%zu %s", n, n == 1 ? one : many);
  return out;
}

static void put_edges(struct fg_report *r) {
  size_t n = 0, tuned = 0;
  for (size_t i = 0; i < r->groups.n; i++) {
    n += fg_report_at_edge(&r->groups.group[i]);
    tuned += r->groups.group[i].at == FG_AT_FINAL && !r->groups.group[i].refused;
  }
  if (n == 0)
    return;
  const char *axis = r->results.spec.axis[r->results.spec.tune.axis].name;
  fputs("<li><strong>At the edge of the grid.</strong> ", r->f);
  fg_html_put(r->f,
              "The best %s of %zu of %zu combinations is the smallest or the largest that was tried; a better one "
              "may lie beyond: ",
              axis, n, tuned);
  size_t said = 0;
  for (size_t c = 0; c < r->n_cells; c++)
    for (size_t i = 0; i < r->cell[c].n; i++) {
      const struct fg_sweep_group *g = r->cell[c].group[i];
      char name[FG_REPORT_LABEL], cell[FG_REPORT_LABEL];
      if (!fg_report_at_edge(g) || said++ >= NAMES_SHOWN)
        continue;
      fg_report_cell_name(r, &r->cell[c], cell);
      fg_html_put(r->f, "%s%s%s%s%s at %s", said > 1 ? "; " : "", fg_report_contender(r, g, name), *cell ? " (" : "",
                  cell, *cell ? ")" : "", fg_sweep_label(&r->results, g->member[0], r->results.spec.tune.axis));
    }
  fprintf(r->f, "%s.</li>\n", said > NAMES_SHOWN ? "; and others, marked * in the tables" : "");
}

/* Where the baseline ends no better than it began, everything is at the goal at once, and ratios say nothing. */
static void put_idle_goals(struct fg_report *r) {
  size_t n = 0;
  for (size_t c = 0; c < r->n_cells; c++)
    for (size_t i = 0; i < r->cell[c].n; i++) {
      const struct fg_sweep_group *g = r->cell[c].group[i];
      char name[FG_REPORT_LABEL], cell[FG_REPORT_LABEL], at[FG_REPORT_LABEL];
      if (!g->is_baseline || g->pairs == 0 || g->reach.mid != 0)
        continue;
      if (n++ == 0) {
        fputs("<li><strong>Nothing learned.</strong> ", r->f);
        fg_html_put(r->f,
                    "%s ends no better than it began, so that everything is at its goal from the start and ratios say "
                    "nothing: ",
                    fg_report_contender(r, g, name));
      }
      fg_report_cell_name(r, &r->cell[c], cell);
      fg_report_at(r, &r->cell[c], at);
      if (n <= NAMES_SHOWN)
        fg_html_put(r->f, "%s%s%s%s", n > 1 ? "; " : "", cell, *cell && *at ? ", " : "",
                    *at     ? at
                    : *cell ? ""
                            : "everywhere");
    }
  if (n > 0)
    fprintf(r->f, "%s.</li>\n", n > NAMES_SHOWN ? "; and elsewhere" : "");
}

/* Runs of a state, by their reasons: the first few different ones, with how many runs say so. */
static void put_reasons(struct fg_report *r, enum fg_run_state state) {
  enum { REASONS = 5 };
  const char *reason[REASONS];
  size_t times[REASONS] = {0}, n = 0, others = 0;
  for (size_t i = 0; i < r->n_runs; i++) {
    const struct fg_sweep_result *x = r->run[i].result;
    if (x->state != state || !*x->reason)
      continue;
    size_t k = 0;
    while (k < n && strcmp(reason[k], x->reason) != 0)
      k++;
    if (k == REASONS)
      others++;
    else if (k == n)
      reason[n++] = x->reason;
    if (k < REASONS)
      times[k]++;
  }
  for (size_t k = 0; k < n; k++)
    fg_html_put(r->f, "%s“%s” (%zu)", k ? ", " : " Reasons: ", reason[k], times[k]);
  if (others)
    fprintf(r->f, ", others (%zu)", others);
  if (n)
    fputc('.', r->f);
}

/* Where each run diverged says little; how many did so where a point was still to be chosen says more. */
static void put_chosen_from(struct fg_report *r, enum fg_run_state state) {
  size_t n = 0;
  for (size_t i = 0; i < r->n_runs; i++)
    n += r->run[i].result->state == state && r->run[i].result->entry.at == FG_AT_GRID;
  if (n > 0)
    fg_html_put(r->f, " %zu of them stood on the grid from which %s was chosen.", n,
                r->results.spec.axis[r->results.spec.tune.axis].name);
}

static void put_states(struct fg_report *r) {
  static const struct {
    enum fg_run_state state;
    const char *title, *words;
  } said[] = {
      {FG_RUN_DIVERGED, "Diverged.",
       "ended in parameters that are no longer finite. That is a result, and counts as a "
       "goal that is never reached."},
      {FG_RUN_REFUSED, "Refused.", "ask for a strategy that does not go with its model."},
      {FG_RUN_FAILED, "Failed.", "failed, and count nowhere."},
      {FG_RUN_TIMED_OUT, "Timed out.", "took longer than allowed, and count nowhere."},
  };
  char n[FG_REPORT_LABEL];
  for (size_t i = 0; i < sizeof said / sizeof *said; i++)
    if (r->in_state[said[i].state]) {
      fprintf(r->f, "<li><strong>%s</strong> %s %s", said[i].title, count(r->in_state[said[i].state], "run", "runs", n),
              said[i].words);
      if (said[i].state == FG_RUN_DIVERGED)
        put_chosen_from(r, said[i].state);
      else
        put_reasons(r, said[i].state);
      fputs("</li>\n", r->f);
    }
}

static void put_timing_only(struct fg_report *r) {
  size_t n = 0;
  char text[FG_REPORT_LABEL];
  for (size_t i = 0; i < r->n_runs; i++)
    n += fg_sweep_is_timing_only(r->run[i].result);
  if (n > 0)
    fprintf(r->f,
            "<li><strong>Timing only.</strong> %s counted updates without making them (<code>compute: none</code>): "
            "times, messages and counts are those of the full run, and nothing was learned.</li>\n",
            count(n, "run", "runs", text));
}

/* What intervals are, for the numbers of seeds that occur. */
static void put_coverage(struct fg_report *r) {
  enum { SORTS = 6 };
  struct fg_spread sort[SORTS];
  size_t n = 0;
  bool single = false;
  for (size_t i = 0; i < r->groups.n; i++) {
    const struct fg_sweep_group *g = &r->groups.group[i];
    const struct fg_spread *s = g->ratio && g->ratio_spread.n ? &g->ratio_spread : &g->number[FG_NUMBER_TIME];
    bool known = s->n < 2;
    single |= g->n == 1;
    for (size_t k = 0; k < n; k++)
      known |= sort[k].n == s->n;
    if (!known && n < SORTS)
      sort[n++] = *s;
  }
  if (single)
    fputs("<li><strong>One seed.</strong> Nothing here tells how much of a difference another seed would make.</li>\n",
          r->f);
  if (n == 0)
    return;
  fputs("<li><strong>Intervals.</strong> Numbers are medians over seeds, and [low, high] is ", r->f);
  for (size_t k = 0; k < n; k++) {
    fputs(k == 0 ? "" : k + 1 == n ? " and " : ", ", r->f);
    if (sort[k].rank == 1)
      fputs("from the smallest to the largest", r->f);
    else
      fprintf(r->f, "from the %zu%s smallest to the %zu%s largest", sort[k].rank,
              sort[k].rank == 2   ? "nd"
              : sort[k].rank == 3 ? "rd"
                                  : "th",
              sort[k].rank,
              sort[k].rank == 2   ? "nd"
              : sort[k].rank == 3 ? "rd"
                                  : "th");
    fprintf(r->f, " of %zu seeds, which covers the median with %.1f\xC2\xA0%% probability", sort[k].n,
            100 * sort[k].coverage);
  }
  fputs(".</li>\n", r->f);
}

void fg_report_beware(struct fg_report *r) {
  fputs("<h3>To keep in mind</h3>\n", r->f);
  fputs("<ul>\n", r->f);
  put_timing_only(r);
  put_idle_goals(r);
  put_edges(r);
  put_states(r);
  if (r->results.mixed_revisions)
    fputs("<li><strong>Revisions.</strong> The runs were made by different revisions of the program; the provenance "
          "names them.</li>\n",
          r->f);
  put_coverage(r);
  if (r->results.spec.target.axis != FG_ABSENT)
    fputs("<li><strong>Winning.</strong> A strategy is called faster if the whole interval of the ratio of times is at "
          "1.01 or above, slower if it is at 0.99 or below.</li>\n",
          r->f);
  fputs("</ul>\n", r->f);
}
