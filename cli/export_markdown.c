/* fugue export --markdown: a sweep's results as tables for people. */
#include "cli/export_markdown.h"

#include "sweep/compare.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT = 512 };

struct page {
  const struct fg_sweep_results *results;
  const struct fg_sweep_spec *spec;
  struct fg_sweep_groups groups;
  bool *shown; /* of each group */
  FILE *out;
  int column; /* axis whose labels are columns of ratios and come first in other tables; FG_ABSENT: none */
  bool with_baseline, with_goal, with_memory;
};

/* Groups of one section: the same place and kind of step. */
struct section {
  const struct fg_sweep_group **group;
  size_t n;
  const char *metric; /* its name; "": groups have different ones */
  char words[TEXT];   /* "each at its own best step" */
};

/* ---- numbers */

static const char *number(double x, const char *never, char *out) {
  if (x == INFINITY)
    return never;
  snprintf(out, TEXT, "%.*f", x >= 1000 ? 0 : x >= 100 ? 1 : x >= 10 ? 2 : 3, x);
  return out;
}

/* of ratios: three digits */
static const char *ratio(double x, const char *never, char *out) {
  if (x == 0)
    return never;
  snprintf(out, TEXT, "%.*f", x >= 100 ? 0 : x >= 10 ? 1 : 2, x);
  return out;
}

/* " [a, b] |" behind the median; of a single seed " |" */
static void put_spread(FILE *f, const struct fg_sweep_group *group, const struct fg_spread *spread, double unit,
                       const char *never) {
  char mid[TEXT], lo[TEXT], hi[TEXT];
  if (spread->n > 0)
    fprintf(f, " %s", number(spread->mid / unit, never, mid));
  if (group->n > 1 && spread->n > 0)
    fprintf(f, " [%s, %s]", number(spread->lo / unit, never, lo), number(spread->hi / unit, never, hi));
  fputs(" |", f);
}

static void put_median(FILE *f, const struct fg_spread *spread, double unit) {
  char mid[TEXT];
  if (spread->n > 0)
    fprintf(f, " %s", number(spread->mid / unit, "-", mid));
  fputs(" |", f);
}

static const char *percent(double x, char *out) {
  if (x == INFINITY)
    return "-";
  snprintf(out, TEXT, "%.1f", 100 * x);
  return out;
}

static void put_share(FILE *f, const struct fg_sweep_group *group, const struct fg_spread *spread) {
  char mid[TEXT], lo[TEXT], hi[TEXT];
  if (spread->n > 0)
    fprintf(f, " %s %%", percent(spread->mid, mid));
  if (group->n > 1 && spread->n > 0)
    fprintf(f, " [%s, %s]", percent(spread->lo, lo), percent(spread->hi, hi));
  fputs(" |", f);
}

/* [lo, hi] of ratios; nothing of a single seed */
static void put_ratio_range(FILE *f, const struct fg_sweep_group *g, const char *never) {
  char lo[TEXT], hi[TEXT];
  if (g->n > 1)
    fprintf(f, " [%s, %s]", ratio(g->ratio_spread.lo, never, lo), ratio(g->ratio_spread.hi, never, hi));
}

/* ---- words */

static const char *label_of(const struct page *p, const struct fg_sweep_group *group, int axis) {
  int point = axis == FG_ABSENT ? FG_ABSENT : group->point[axis];
  return point == FG_ABSENT ? "-" : p->spec->axis[axis].point[point].label;
}

/* axes that neither are columns nor say what is compared: each of their combinations is a section */
static bool is_place(const struct page *p, int axis) {
  return p->with_baseline && axis != p->column && fg_sweep_tells_cells_apart(p->spec, axis);
}

static bool same_section(const struct page *p, const struct fg_sweep_group *a, const struct fg_sweep_group *b) {
  if (a->at != b->at)
    return false;
  for (int k = 0; k < (int)p->spec->n_axes; k++) {
    bool shared_step = a->at == FG_AT_SHARED && k == p->spec->tune.axis;
    if ((is_place(p, k) || shared_step) && a->point[k] != b->point[k])
      return false;
  }
  return true;
}

/* "mf, workers 8" */
static void place_name(const struct page *p, const struct fg_sweep_group *group, char out[TEXT]) {
  out[0] = '\0';
  for (int k = 0; k < (int)p->spec->n_axes; k++) {
    const char *label = label_of(p, group, k);
    size_t length = strlen(out);
    if (!is_place(p, k) || group->point[k] == FG_ABSENT)
      continue;
    bool bare = label[0] < '0' || label[0] > '9';
    snprintf(out + length, TEXT - length, "%s%s%s%s", length ? ", " : "", bare ? "" : p->spec->axis[k].name,
             bare ? "" : " ", label);
  }
}

static void section_words(const struct page *p, const struct fg_sweep_group *group, char out[TEXT]) {
  const struct fg_sweep_tune *tune = &p->spec->tune;
  out[0] = '\0';
  if (tune->axis == FG_ABSENT)
    return;
  const char *axis = p->spec->axis[tune->axis].name;
  if (group->at == FG_AT_SHARED)
    snprintf(out, TEXT, "all at %s %s", axis, label_of(p, group, tune->axis));
  else
    snprintf(out, TEXT, "each at its own best %s", axis);
}

static void put_list(FILE *f, const uint64_t *seed, size_t n) {
  for (size_t i = 0; i < n; i++)
    fprintf(f, "%s%" PRIu64, i ? ", " : "", seed[i]);
}

/* "of step 3, 6, 12", or "3, 6 (task lda); 0.1 (task mf)" */
static void put_points(FILE *f, const struct fg_sweep_axis *axis) {
  for (size_t w = 0, lists = 0; w < axis->n_when; w++) {
    size_t n = 0;
    for (size_t k = 0; k < axis->n; k++)
      if (axis->point[k].when == w) {
        fprintf(f, "%s%s", n ? ", " : lists ? "; " : " ", axis->point[k].label);
        n++;
      }
    lists += n > 0;
    const struct fg_sweep_conditions *when = &axis->when[w];
    for (size_t i = 0; n && i < when->n; i++)
      for (size_t j = 0; j < when->condition[i].n; j++)
        fprintf(f, "%s%s%s%s", i + j ? ", " : " (", j ? "" : when->condition[i].axis, j ? "" : " ",
                when->condition[i].label[j]);
    if (n && when->n)
      fputs(")", f);
  }
}

/* what is compared, before the tables */
static void put_head(const struct page *p) {
  const struct fg_sweep_tune *tune = &p->spec->tune;
  const struct fg_sweep_target *target = &p->spec->target;
  char baseline[TEXT], goal[TEXT];
  fprintf(p->out, "# %s\n\n", p->spec->title);
  if (p->spec->question[0])
    fprintf(p->out, "%s\n\n", p->spec->question);
  if (tune->axis == FG_ABSENT)
    return;
  fprintf(p->out, "%s:", p->spec->axis[tune->axis].name);
  put_points(p->out, &p->spec->axis[tune->axis]);
  fputs("; best ones chosen", p->out);
  for (size_t i = 0; i < tune->under.n; i++) {
    fprintf(p->out, "%s%s", i ? ", " : " under ", tune->under.condition[i].axis);
    for (size_t j = 0; j < tune->under.condition[i].n; j++)
      fprintf(p->out, "%s%s", j ? " or " : " ", tune->under.condition[i].label[j]);
  }
  fprintf(p->out, "%s on seed%s ", tune->under.n ? " for all" : "", tune->n_seeds > 1 ? "s" : "");
  put_list(p->out, tune->seed, tune->n_seeds);
  fg_sweep_baseline_name(p->spec, baseline, sizeof baseline);
  fg_sweep_goal_name(p->spec, "", goal, sizeof goal);
  const char *median = tune->n_seeds > 1 ? "median " : "";
  if (target->fixed)
    fprintf(p->out, " by the smallest %svirtual time to %s.\n\n", median, goal);
  else if (!p->with_baseline)
    fprintf(p->out, " by the lowest %sfinal test metric.\n\n", median);
  else if (target->at_epoch)
    fprintf(p->out,
            " by the smallest %svirtual time to the best test metric that %s reaches at any of them after %" PRIu64
            " epochs.\n\n",
            median, baseline, target->epoch);
  else
    fprintf(p->out, " by the smallest %svirtual time to the best final test metric that %s reaches at any of them.\n\n",
            median, baseline);
}

/* ---- ratios: rows are strategies, columns what they run under */

static void put_ratio(const struct page *p, const struct fg_sweep_group *g) {
  const struct fg_spread *s = &g->ratio_spread;
  char mid[TEXT];
  if (g->refused)
    fputs(" refused", p->out);
  else if (g->pairs == 0)
    fputs(" -", p->out);
  else if (g->is_baseline)
    fprintf(p->out, " 1 (%s s)", g->reach.mid == INFINITY ? "-" : ratio(g->reach.mid, "0", mid));
  else if (s->hi == 0)
    fprintf(p->out, " %s", g->diverged == g->n ? "diverged" : "never");
  else {
    const char *bold = s->lo >= 1.01 ? "**" : "";
    fprintf(p->out, " %s%s%s", bold, ratio(s->mid, "never", mid), bold);
    put_ratio_range(p->out, g, "never");
    if (g->reached < g->pairs)
      fprintf(p->out, ", %zu of %zu", g->reached, g->pairs);
  }
  if (g->missing)
    fprintf(p->out, " (%zu missing)", g->missing);
  fputs(" |", p->out);
}

static void put_point(const struct page *p, const struct fg_sweep_group *g) {
  fprintf(p->out, " %s%s |", g->refused ? "-" : label_of(p, g, p->spec->tune.axis), g->edge ? "*" : "");
}

static bool same_column(const struct page *p, const struct fg_sweep_group *a, const struct fg_sweep_group *b) {
  return p->column == FG_ABSENT || strcmp(label_of(p, a, p->column), label_of(p, b, p->column)) == 0;
}

static bool same_row(const struct page *p, const struct fg_sweep_group *a, const struct fg_sweep_group *b) {
  char x[TEXT], y[TEXT];
  fg_sweep_group_name(p->results, a, x, sizeof x);
  fg_sweep_group_name(p->results, b, y, sizeof y);
  return strcmp(x, y) == 0;
}

/* is it the first of its row, or of its column? */
static bool is_first(const struct page *p, const struct section *s, size_t i,
                     bool (*same)(const struct page *, const struct fg_sweep_group *, const struct fg_sweep_group *)) {
  for (size_t k = 0; k < i; k++)
    if (same(p, s->group[k], s->group[i]))
      return false;
  return true;
}

static void put_matrix(const struct page *p, const struct section *s, const char *what,
                       void (*put)(const struct page *, const struct fg_sweep_group *)) {
  char name[TEXT];
  fprintf(p->out, "| %s |", what);
  for (size_t i = 0; i < s->n; i++)
    if (is_first(p, s, i, same_column))
      fprintf(p->out, " %s |", p->column == FG_ABSENT ? what : label_of(p, s->group[i], p->column));
  fputs("\n|---|", p->out);
  for (size_t i = 0; i < s->n; i++)
    if (is_first(p, s, i, same_column))
      fputs("---|", p->out);
  fputs("\n", p->out);
  for (size_t i = 0; i < s->n; i++) {
    if (!is_first(p, s, i, same_row))
      continue;
    fg_sweep_group_name(p->results, s->group[i], name, sizeof name);
    fprintf(p->out, "| %s |", name);
    for (size_t j = 0; j < s->n; j++) {
      if (!is_first(p, s, j, same_column))
        continue;
      const struct fg_sweep_group *found = NULL;
      for (size_t k = 0; k < s->n && !found; k++)
        if (same_row(p, s->group[k], s->group[i]) && same_column(p, s->group[k], s->group[j]))
          found = s->group[k];
      if (found)
        put(p, found);
      else
        fputs(" |", p->out);
    }
    fputs("\n", p->out);
  }
  fputs("\n", p->out);
}

/* ---- all numbers: a row for each group */

/* " text |", counted */
static void head(FILE *f, size_t *n, const char *text) {
  fprintf(f, " %s |", text);
  ++*n;
}

static void put_columns(const struct page *p, const struct section *s) {
  const struct fg_sweep_spec *spec = p->spec;
  char text[TEXT];
  size_t n = 0;
  fputs("|", p->out);
  for (int k = 0; k < (int)spec->n_axes; k++)
    if (!p->with_baseline || k == p->column || k == spec->target.axis || k == spec->tune.axis)
      head(p->out, &n, spec->axis[k].name);
  if (!p->with_baseline)
    head(p->out, &n, "seeds");
  head(p->out, &n, "virtual time [s]");
  head(p->out, &n, "idle share");
  head(p->out, &n, "sent [MB]");
  if (p->with_memory)
    head(p->out, &n, "parameters a host [MB]");
  snprintf(text, sizeof text, "final test %s", s->metric[0] ? s->metric : "metric");
  head(p->out, &n, text);
  if (p->with_goal) {
    char goal[TEXT - 16];
    fg_sweep_goal_name(spec, s->metric, goal, sizeof goal);
    snprintf(text, sizeof text, "time to %s [s]", goal);
    head(p->out, &n, text);
  }
  if (p->with_baseline)
    head(p->out, &n, "ratio");
  if (p->with_goal)
    head(p->out, &n, "reached");
  fputs("\n|", p->out);
  for (size_t k = 0; k < n; k++)
    fputs("---|", p->out);
  fputs("\n", p->out);
}

static void put_names(const struct page *p, const struct fg_sweep_group *g) {
  char name[TEXT];
  for (int k = 0; k < (int)p->spec->n_axes; k++) {
    if (p->with_baseline && k == p->spec->target.axis) {
      fg_sweep_group_name(p->results, g, name, sizeof name);
      fprintf(p->out, " %s |", name);
    } else if (!p->with_baseline || k == p->column || k == p->spec->tune.axis) {
      fprintf(p->out, " %s |", k == p->spec->tune.axis && g->refused ? "refused" : label_of(p, g, k));
    }
  }
  if (!p->with_baseline)
    fprintf(p->out, " %zu of %zu |", g->n - g->missing, g->n);
}

static void put_comparison(const struct page *p, const struct fg_sweep_group *g) {
  char text[TEXT];
  bool compared = !g->refused && g->pairs > 0;
  if (compared)
    put_spread(p->out, g, &g->reach, 1, "not reached");
  else
    fputs(" |", p->out);
  if (p->with_baseline && compared) {
    fprintf(p->out, " %s", ratio(g->ratio_spread.mid, "not reached", text));
    put_ratio_range(p->out, g, "not reached");
  }
  if (p->with_baseline)
    fputs(" |", p->out);
  if (!g->refused)
    fprintf(p->out, " %zu of %zu", g->reached, g->pairs);
  fputs(" |", p->out);
}

static void put_row(const struct page *p, const struct fg_sweep_group *g) {
  FILE *f = p->out;
  struct fg_spread time_s = fg_sweep_number(g, FG_NUMBER_TIME), idle = fg_sweep_number(g, FG_NUMBER_IDLE),
                   bytes = fg_sweep_number(g, FG_NUMBER_BYTES), memory = fg_sweep_number(g, FG_NUMBER_HOST_PARAMS),
                   metric = fg_sweep_number(g, FG_NUMBER_METRIC);
  fputs("|", f);
  put_names(p, g);
  put_spread(f, g, &time_s, 1, "-");
  put_share(f, g, &idle);
  put_median(f, &bytes, 1e6);
  if (p->with_memory)
    put_median(f, &memory, 1e6);
  put_spread(f, g, &metric, 1, "diverged");
  if (p->with_goal)
    put_comparison(p, g);
  fputs("\n", f);
}

/* ---- sections */

static void put_sentences(const struct page *p, const struct section *s) {
  char sentence[2 * TEXT];
  size_t n = 0;
  for (size_t i = 0; i < s->n; i++) {
    fg_sweep_verdict(p->results, s->group[i], sentence, sizeof sentence);
    if (!sentence[0])
      continue;
    if (p->column != FG_ABSENT)
      fprintf(p->out, "- %s%s%s: %s\n", label_of(p, s->group[i], p->column), s->words[0] ? ", " : "", s->words,
              sentence);
    else
      fprintf(p->out, "- %s%s%s\n", s->words, s->words[0] ? ": " : "", sentence);
    n++;
  }
  if (n)
    fputs("\n", p->out);
  for (size_t i = n = 0; i < s->n; i++) {
    const struct fg_sweep_group *g = s->group[i];
    char name[TEXT];
    if (!g->edge)
      continue;
    fg_sweep_group_name(p->results, g, name, sizeof name);
    fprintf(p->out, "The best %s of %s%s%s, %s, is at the edge of the grid: a better one may lie beyond.\n",
            p->spec->axis[p->spec->tune.axis].name, name, p->column == FG_ABSENT ? "" : " under ",
            p->column == FG_ABSENT ? "" : label_of(p, g, p->column), label_of(p, g, p->spec->tune.axis));
    n++;
  }
  if (n)
    fputs("\n", p->out);
}

static void put_section(const struct page *p, const struct section *s) {
  char place[TEXT];
  place_name(p, s->group[0], place);
  if (place[0] || s->words[0])
    fprintf(p->out, "## %s%s%s\n\n", place, place[0] && s->words[0] ? ": " : "", s->words);
  if (p->with_baseline) {
    put_matrix(p, s, "ratio", put_ratio);
    if (s->group[0]->at == FG_AT_FINAL && p->spec->tune.axis != FG_ABSENT)
      put_matrix(p, s, p->spec->axis[p->spec->tune.axis].name, put_point);
  }
  put_columns(p, s);
  for (size_t i = 0; i < s->n; i++)
    put_row(p, s->group[i]);
  fputs("\n", p->out);
  put_sentences(p, s);
}

static enum fg_err put_foot(const struct page *p) {
  size_t n = p->spec->n_seeds;
  char baseline[TEXT];
  double *zero = calloc(n, sizeof *zero);
  if (!zero)
    return FG_ENOMEM;
  struct fg_spread spread = fg_spread_of(zero, n);
  free(zero);
  fprintf(p->out, "Medians over %zu seed%s", n, n > 1 ? "s" : "");
  if (n > 1)
    fprintf(p->out, "; brackets: order statistics %zu and %zu, which cover the median with probability %.1f %%",
            spread.rank, n + 1 - spread.rank, 100 * spread.coverage);
  fputs(".\n", p->out);
  fg_sweep_baseline_name(p->spec, baseline, sizeof baseline);
  if (p->with_baseline) {
    fprintf(
        p->out,
        "Ratio: %s's time to its goal by the time of this one to the same, seed by seed; above 1 is faster, bold if "
        "the whole interval is at 1.01 or above.\nIn %s's row its time. \"k of n\": seeds that got there, where not "
        "all did.",
        baseline, baseline);
    if (p->spec->tune.axis != FG_ABSENT)
      fprintf(p->out, " A %s with * is at the edge of its grid.", p->spec->axis[p->spec->tune.axis].name);
    fputs("\n", p->out);
  }
  for (size_t i = 0; i < p->results->n; i++)
    if (fg_sweep_is_timing_only(&p->results->result[i])) {
      fputs("Timing only (`compute: none`): updates were counted, not made, and nothing was learned.\n", p->out);
      break;
    }
  if (p->results->mixed_revisions)
    fputs("These runs were made by different revisions of fugue: run the sweep again into an empty folder.\n", p->out);
  return FG_OK;
}

/* the section of the first group that is not shown yet */
static void take(struct page *p, size_t first, struct section *s) {
  bool mixed = false;
  s->n = 0;
  s->metric = "";
  for (size_t i = first; i < p->groups.n; i++) {
    const struct fg_sweep_group *g = &p->groups.group[i];
    if (p->shown[i] || !same_section(p, g, &p->groups.group[first]))
      continue;
    p->shown[i] = true;
    s->group[s->n++] = g;
    mixed = mixed || (s->metric[0] && g->metric_name[0] && strcmp(s->metric, g->metric_name) != 0);
    if (!s->metric[0])
      s->metric = g->metric_name;
  }
  if (mixed)
    s->metric = "";
  section_words(p, s->group[0], s->words);
}

/* are both in the same place, whatever the step? */
static bool same_place(const struct page *p, const struct fg_sweep_group *a, const struct fg_sweep_group *b) {
  for (int k = 0; k < (int)p->spec->n_axes; k++)
    if (is_place(p, k) && a->point[k] != b->point[k])
      return false;
  return true;
}

static enum fg_err put_sections(struct page *p) {
  struct section s = {calloc(p->groups.n + 1, sizeof(void *)), 0, "", ""};
  p->shown = calloc(p->groups.n + 1, sizeof *p->shown);
  if (!s.group || !p->shown) {
    free(s.group);
    return FG_ENOMEM;
  }
  put_head(p);
  for (size_t i = 0; i < p->groups.n; i++)
    for (size_t k = i; k < p->groups.n && !p->shown[i]; k++)
      if (!p->shown[k] && same_place(p, &p->groups.group[i], &p->groups.group[k])) {
        take(p, k, &s);
        put_section(p, &s);
      }
  free(s.group);
  return put_foot(p);
}

enum fg_err fg_cli_export_markdown(const struct fg_sweep_results *results, FILE *out, struct fg_fault *fault) {
  struct page p = {.results = results, .spec = &results->spec, .out = out, .column = FG_ABSENT};
  enum fg_err err = fg_sweep_groups_make(results, NULL, &p.groups, fault);
  p.with_baseline = results->spec.target.axis != FG_ABSENT;
  p.with_goal = p.with_baseline || results->spec.target.fixed;
  for (int k = 0; p.with_baseline && k < (int)results->spec.n_axes; k++)
    if (fg_sweep_tells_cells_apart(&results->spec, k))
      p.column = k;
  for (size_t i = 0; i < p.groups.n; i++)
    p.with_memory |= p.groups.group[i].number[FG_NUMBER_HOST_PARAMS].n > 0;
  if (!err)
    err = put_sections(&p);
  free(p.shown);
  fg_sweep_groups_free(&p.groups);
  return err;
}
