/* fugue report: a sweep's results, sorted for reading: runs, cells of what is compared, names. */
#include "cli/report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- runs */

struct place {
  const struct fg_sweep_result *result;
  size_t i;
};

static int by_id(const void *a, const void *b) {
  const struct place *x = a, *y = b;
  int order = strcmp(x->result->entry.id, y->result->entry.id);
  return order ? order : x->i < y->i ? -1 : 1;
}

static int by_plan(const void *a, const void *b) {
  const struct fg_report_run *x = a, *y = b;
  return x->result < y->result ? -1 : x->result > y->result;
}

/* Every run once. */
static enum fg_err find_runs(struct fg_report *r, struct fg_fault *fault) {
  size_t n = r->results.n;
  struct place *place = calloc(n + 1, sizeof *place);
  r->run = calloc(n + 1, sizeof *r->run);
  if (!place || !r->run) {
    free(place);
    return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory");
  }
  for (size_t i = 0; i < n; i++)
    place[i] = (struct place){&r->results.result[i], i};
  qsort(place, n, sizeof *place, by_id);
  for (size_t i = 0; i < n; i++) {
    const struct fg_sweep_result *x = place[i].result;
    bool known = r->n_runs > 0 && strcmp(r->run[r->n_runs - 1].result->entry.id, x->entry.id) == 0;
    if (!known) {
      r->run[r->n_runs++].result = x;
      r->in_state[x->state]++;
    }
    r->run[r->n_runs - 1].at[x->entry.at] = true;
  }
  qsort(r->run, r->n_runs, sizeof *r->run, by_plan);
  free(place);
  return FG_OK;
}

/* ---- cells */

enum { ROWS = 24 }; /* a table of more is cut by its first axis */

static void choose_axes(struct fg_report *r) {
  const struct fg_sweep_spec *spec = &r->results.spec;
  if (spec->target.axis == FG_ABSENT) {
    for (size_t a = 0; a + 1 < spec->n_axes && r->groups.n > ROWS && !r->of_cell[0]; a++)
      r->of_cell[a] = (int)a != spec->tune.axis;
    return;
  }
  for (size_t a = 0; a < spec->n_axes; a++)
    r->of_cell[a] = fg_sweep_tells_cells_apart(spec, (int)a);
}

static bool same_cell(const struct fg_report *r, const struct fg_sweep_group *a, const struct fg_sweep_group *b) {
  if (a->at != b->at)
    return false;
  for (int x = 0; x < (int)r->results.spec.n_axes; x++)
    if ((r->of_cell[x] || (a->at == FG_AT_SHARED && x == r->results.spec.tune.axis)) && a->point[x] != b->point[x])
      return false;
  return true;
}

/* Cells of final entries first: they are what was asked. */
static enum fg_err find_cells(struct fg_report *r, struct fg_fault *fault) {
  size_t n = r->groups.n, used = 0;
  bool *taken = calloc(n + 1, sizeof *taken);
  r->cell = calloc(n + 1, sizeof *r->cell);
  r->order = calloc(n + 1, sizeof(const struct fg_sweep_group *));
  if (!taken || !r->cell || !r->order) {
    free(taken);
    return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory");
  }
  for (int at = FG_SWEEP_ATS - 1; at >= 0; at--)
    for (size_t i = 0; i < n; i++) {
      const struct fg_sweep_group *first = &r->groups.group[i];
      if (taken[i] || (int)first->at != at)
        continue;
      struct fg_report_cell *cell = &r->cell[r->n_cells++];
      *cell = (struct fg_report_cell){first->at, r->order + used, 0};
      for (size_t k = i; k < n; k++)
        if (!taken[k] && same_cell(r, first, &r->groups.group[k])) {
          taken[k] = true;
          cell->group[cell->n++] = &r->groups.group[k];
        }
      used += cell->n;
    }
  free(taken);
  return FG_OK;
}

enum fg_err fg_report_read(const char *dir, struct fg_report *r, struct fg_fault *fault) {
  r->dir = dir;
  enum fg_err err = fg_sweep_results_read(dir, &r->results, fault);
  if (!err)
    err = fg_sweep_groups_make(&r->results, NULL, &r->groups, fault);
  if (!err)
    err = find_runs(r, fault);
  if (err)
    return err;
  r->unplanned = r->results.spec.tune.axis != FG_ABSENT;
  for (size_t i = 0; i < r->results.n; i++)
    if (r->results.result[i].entry.at == FG_AT_FINAL)
      r->unplanned = false;
  choose_axes(r);
  return find_cells(r, fault);
}

void fg_report_free(struct fg_report *r) {
  free(r->cell);
  free(r->order);
  free(r->run);
  fg_sweep_groups_free(&r->groups);
  fg_sweep_results_free(&r->results);
}

enum fg_report_outcome fg_report_outcome(const struct fg_sweep_group *g) {
  if (g->refused)
    return FG_REFUSAL;
  if (!g->ratio || g->pairs == 0 || isnan(g->ratio_spread.mid))
    return FG_UNKNOWN;
  if (g->ratio_spread.mid == 0)
    return FG_NEVER;
  return g->ratio_spread.lo >= 1.01 ? FG_FASTER : g->ratio_spread.hi <= 0.99 ? FG_SLOWER : FG_EVEN;
}

bool fg_report_at_edge(const struct fg_sweep_group *g) {
  return g->edge && g->diverged + g->missing < g->n;
}

/* ---- names */

static void append(char *out, const char *name, const char *label) {
  size_t used = strlen(out);
  snprintf(out + used, FG_REPORT_LABEL - used, "%s%s %s", used ? ", " : "", name, label);
}

const char *fg_report_contender(const struct fg_report *r, const struct fg_sweep_group *g, char *out) {
  const struct fg_sweep_spec *spec = &r->results.spec;
  *out = 0;
  if (spec->target.axis != FG_ABSENT)
    fg_sweep_group_name(&r->results, g, out, FG_REPORT_LABEL);
  else
    for (int a = 0; a < (int)spec->n_axes; a++) {
      const char *label = fg_sweep_label(&r->results, g->member[0], a);
      if (!r->of_cell[a] && a != spec->tune.axis && *label)
        append(out, spec->axis[a].name, label);
    }
  if (!*out)
    snprintf(out, FG_REPORT_LABEL, "all runs");
  return out;
}

const char *fg_report_cell_name(const struct fg_report *r, const struct fg_report_cell *cell, char *out) {
  *out = 0;
  for (int a = 0; a < (int)r->results.spec.n_axes; a++)
    if (r->of_cell[a] && cell->n > 0 && r->results.spec.axis[a].n > 1) {
      const char *label = fg_sweep_label(&r->results, cell->group[0]->member[0], a);
      if (*label)
        append(out, r->results.spec.axis[a].name, label);
    }
  return out;
}

const char *fg_report_at(const struct fg_report *r, const struct fg_report_cell *cell, char *out) {
  const struct fg_sweep_tune *tune = &r->results.spec.tune;
  *out = 0;
  if (tune->axis == FG_ABSENT)
    return out;
  const char *name = r->results.spec.axis[tune->axis].name;
  if (cell->at == FG_AT_FINAL)
    snprintf(out, FG_REPORT_LABEL, "each at its best %s", name);
  else
    snprintf(out, FG_REPORT_LABEL, "all at %s %s", name,
             fg_sweep_label(&r->results, cell->group[0]->member[0], tune->axis));
  return out;
}

size_t fg_report_alike(const struct fg_report *r, size_t from) {
  char first[FG_REPORT_LABEL], text[FG_REPORT_LABEL];
  size_t to = from + 1;
  fg_report_at(r, &r->cell[from], first);
  while (to < r->n_cells && r->cell[to].at == r->cell[from].at &&
         strcmp(fg_report_at(r, &r->cell[to], text), first) == 0)
    to++;
  return to;
}

const char *fg_report_seeds(const uint64_t *seed, size_t n, char *out, size_t size) {
  size_t used = 0;
  *out = 0;
  for (size_t i = 0; i < n;) {
    size_t k = i;
    while (k + 1 < n && seed[k + 1] == seed[k] + 1)
      k++;
    if (k < i + 2)
      k = i;
    int wrote = snprintf(out + used, size - used, "%s%llu", used ? ", " : "", (unsigned long long)seed[i]);
    used += wrote > 0 ? (size_t)wrote : 0;
    if (k > i && used < size)
      used += (size_t)snprintf(out + used, size - used, "–%llu", (unsigned long long)seed[k]);
    if (used >= size)
      break;
    i = k + 1;
  }
  return out;
}

const char *fg_report_number_name(const struct fg_report *r, enum fg_run_number number, char *out) {
  snprintf(out, FG_REPORT_LABEL, "%s", fg_run_number_infos[number].words);
  for (size_t i = 0; number == FG_NUMBER_METRIC && i < r->results.n; i++)
    if (*r->results.result[i].metric_name) {
      snprintf(out, FG_REPORT_LABEL, "test %s", r->results.result[i].metric_name);
      for (size_t k = i; k < r->results.n; k++) /* models may have different ones */
        if (*r->results.result[k].metric_name &&
            strcmp(r->results.result[i].metric_name, r->results.result[k].metric_name) != 0)
          snprintf(out, FG_REPORT_LABEL, "%s", fg_run_number_infos[number].words);
      break;
    }
  return out;
}
