/* fugue report: every run, a row each; table.js sorts and filters it. */
#include "cli/report.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* Which columns differ from run to run; what does not is said once, below the table. */
struct shape {
  bool at, reason, number[FG_RUN_NUMBERS], same[FG_RUN_NUMBERS];
  double value[FG_RUN_NUMBERS];
  int decimals[FG_RUN_NUMBERS]; /* of all numbers of the column; -1: each as it needs */
};

enum { DIGITS = 6 };

/* As many decimals as the largest number of a column leaves of six digits, and as some number needs. */
static int decimals_of(const struct fg_report *r, int number) {
  char text[64];
  double most = 0, least = INFINITY;
  int needed = 0;
  for (size_t i = 0; i < r->n_runs; i++) {
    double x = fabs(r->run[i].result->number[number]);
    if (isfinite(x) && x > 0) {
      most = fmax(most, x);
      least = fmin(least, x);
    }
  }
  if (!(most > 0) || most >= 1e15 || most < 1e-4 || least < most * 1e-4)
    return -1;
  int room = DIGITS - 1 - (int)floor(log10(most));
  for (size_t i = 0; i < r->n_runs && room > 0; i++) {
    double x = r->run[i].result->number[number];
    if (!isfinite(x))
      continue;
    int n = snprintf(text, sizeof text, "%.*f", room, x), d = room;
    while (d > 0 && text[--n] == '0')
      d--;
    needed = d > needed ? d : needed;
  }
  return needed;
}

static void find_shape(const struct fg_report *r, struct shape *s) {
  *s = (struct shape){.at = r->results.spec.tune.axis != FG_ABSENT};
  for (int k = 0; k < FG_RUN_NUMBERS; k++) {
    bool any = false, differs = false;
    size_t n = 0;
    for (size_t i = 0; i < r->n_runs; i++) {
      double x = r->run[i].result->number[k];
      if (isnan(x))
        continue;
      differs |= any && x != s->value[k];
      any = true;
      n++;
      s->value[k] = x;
    }
    bool axis = fg_sweep_axis_find(&r->results.spec, fg_run_number_infos[k].name) != FG_ABSENT; /* a column already */
    s->number[k] = (differs || n == 1) && !axis;
    s->same[k] = any && !differs && !s->number[k];
    s->decimals[k] = decimals_of(r, k);
  }
  for (size_t i = 0; i < r->n_runs; i++)
    s->reason |= *r->run[i].result->reason != 0;
}

static void head(struct fg_report *r, const char *class, const char *name, const char *unit) {
  fprintf(r->f, "<th scope=\"col\"%s%s%s>", *class ? " class=\"" : "", class, *class ? "\"" : "");
  fg_html_text(r->f, name);
  if (*unit) {
    fputs(" <span class=\"unit\">[", r->f);
    fg_html_text(r->f, unit);
    fputs("]</span>", r->f);
  }
  fputs("</th>", r->f);
}

static void text_cell(struct fg_report *r, const char *class, const char *text) {
  fprintf(r->f, "<td%s%s%s>", *class ? " class=\"" : "", class, *class ? "\"" : "");
  fg_html_text(r->f, text);
  fputs("</td>", r->f);
}

static void put_row(struct fg_report *r, const struct shape *s, const struct fg_report_run *run) {
  static const char *const classes[FG_RUN_STATES] = {"pending", "done", "diverged", "refused", "failed", "failed"};
  const struct fg_sweep_result *x = run->result;
  char text[FG_HTML_NUMBER + 32];
  fprintf(r->f, "<tr><th scope=\"row\"><code>%.8s</code></th>", x->entry.id);
  if (s->at) {
    *text = 0;
    for (int at = 0; at < FG_SWEEP_ATS; at++)
      if (run->at[at])
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s", *text ? ", " : "", fg_sweep_at_names[at]);
    text_cell(r, "", text);
  }
  for (int a = 0; a < (int)r->results.spec.n_axes; a++)
    text_cell(r, "", fg_sweep_label(&r->results, x, a));
  snprintf(text, sizeof text, "%" PRIu64, x->entry.seed);
  text_cell(r, "n", text);
  text_cell(r, classes[x->state], fg_run_state_names[x->state]);
  for (int k = 0; k < FG_RUN_NUMBERS; k++)
    if (s->number[k] && s->decimals[k] >= 0 && isfinite(x->number[k]) && x->number[k] >= 0) {
      snprintf(text, sizeof text, "%.*f", s->decimals[k], x->number[k]);
      text_cell(r, "n", text);
    } else if (s->number[k]) {
      text_cell(r, "n", fg_html_number(x->number[k], DIGITS, text));
    }
  if (s->reason)
    text_cell(r, "why", x->reason);
  fputs("</tr>\n", r->f);
}

static void put_same(struct fg_report *r, const struct shape *s) {
  char text[FG_HTML_NUMBER], name[FG_REPORT_LABEL];
  bool any = false;
  for (int k = 0; k < FG_RUN_NUMBERS; k++)
    if (s->same[k]) {
      const char *unit = fg_run_number_infos[k].unit;
      snprintf(text, sizeof text, s->value[k] == floor(s->value[k]) && fabs(s->value[k]) < 1e15 ? "%.0f" : "%.6g",
               s->value[k]);
      fputs(any ? ", " : "<p class=\"note\">The same in all runs: ", r->f);
      fg_html_put(r->f, "%s %s%s%s", fg_report_number_name(r, (enum fg_run_number)k, name), text, *unit ? " " : "",
                  unit);
      any = true;
    }
  if (any)
    fputs(".</p>\n", r->f);
}

void fg_report_runs(struct fg_report *r) {
  struct shape shape;
  char name[FG_REPORT_LABEL];
  find_shape(r, &shape);
  fputs("<section id=\"runs\" class=\"whole\">\n<h2>All runs</h2>\n<div>\n", r->f);
  fg_report_table(r, "runs");
  fprintf(r->f, "All %zu runs, in the order of the plan", r->n_runs);
  fputs(". A run is called by the beginning of its identity, the hash of what determines it."
        "</span></caption>\n<thead><tr>",
        r->f);
  head(r, "", "run", "");
  if (shape.at)
    head(r, "", "for", "");
  for (size_t a = 0; a < r->results.spec.n_axes; a++)
    head(r, "", r->results.spec.axis[a].name, "");
  head(r, "n", "seed", "");
  head(r, "", "state", "");
  for (int k = 0; k < FG_RUN_NUMBERS; k++)
    if (shape.number[k])
      head(r, "n",
           k == FG_NUMBER_CPU      ? "CPU time"
           : k == FG_NUMBER_MEMORY ? "memory"
           : k == FG_NUMBER_WALL   ? "wall time"
                                   : fg_report_number_name(r, (enum fg_run_number)k, name),
           fg_run_number_infos[k].unit);
  if (shape.reason)
    head(r, "why", "reason", "");
  fputs("</tr></thead>\n<tbody>\n", r->f);
  for (size_t i = 0; i < r->n_runs; i++)
    put_row(r, &shape, &r->run[i]);
  fputs("</tbody></table></div>\n", r->f);
  put_same(r, &shape);
  fputs("</div>\n</section>\n", r->f);
}
