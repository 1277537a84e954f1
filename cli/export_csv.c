/* fugue export --csv: rows. */
#include "cli/export.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool fg_export_has(const struct fg_export *e, const struct fg_sweep_result *result) {
  return (e->all || fg_run_is_settled(result->state)) && fg_sweep_selects(e->results, &e->where, result);
}

void fg_export_number(FILE *f, double value, const char *none) {
  char text[32];
  if (!isfinite(value)) {
    fputs(isnan(value) || strcmp(none, "null") == 0 ? none : value > 0 ? "inf" : "-inf", f);
    return;
  }
  for (int digits = 15; digits <= 17; digits++) {
    snprintf(text, sizeof text, "%.*g", digits, value);
    if (strtod(text, NULL) == value)
      break;
  }
  fputs(text, f);
}

void fg_export_field(FILE *f, const char *text) {
  if (!text[strcspn(text, ",\"\r\n")]) {
    fputs(text, f);
    return;
  }
  fputc('"', f);
  for (; *text; text++) {
    if (*text == '"')
      fputc('"', f);
    fputc(*text, f);
  }
  fputc('"', f);
}

/* Names of columns that are not of an axis. An axis of such a name (workers) gets the column axis.workers. */
static bool is_taken(const char *name) {
#define SAME_MOMENT(column)                  || strcmp(name, #column) == 0
#define SAME_NUMBER(id, column, unit, words) || strcmp(name, column) == 0
  static const char *const others[] = {"at", "seed", "run", "state", "reason", "metric"};
  bool taken = false FG_RUN_MOMENT_LIST(SAME_MOMENT) FG_RUN_NUMBER_LIST(SAME_NUMBER);
  for (size_t i = 0; i < sizeof others / sizeof *others; i++)
    taken = taken || strcmp(name, others[i]) == 0;
  return taken;
}

static void put_header(const struct fg_export *e, FILE *f) {
  fputs("at", f);
  for (size_t a = 0; a < e->results->spec.n_axes; a++) {
    const char *name = e->results->spec.axis[a].name;
    fputs(is_taken(name) ? ",axis." : ",", f);
    fg_export_field(f, name);
  }
  fputs(",seed,run", f);
#define NAME_MOMENT(column) fputs("," #column, f);
  if (e->curves) {
    FG_RUN_MOMENT_LIST(NAME_MOMENT)
  } else {
    fputs(",state,reason", f);
    for (int i = 0; i < FG_RUN_NUMBERS; i++)
      fprintf(f, ",%s", fg_run_number_infos[i].name);
  }
  fputs(",metric\n", f);
}

/* at, labels, seed, run */
static void put_entry(const struct fg_export *e, const struct fg_sweep_result *r, FILE *f) {
  fputs(fg_sweep_at_names[r->entry.at], f);
  for (size_t a = 0; a < e->results->spec.n_axes; a++) {
    fputc(',', f);
    fg_export_field(f, fg_sweep_label(e->results, r, (int)a));
  }
  fprintf(f, ",%llu,%s", (unsigned long long)r->entry.seed, r->entry.id);
}

static void put_numbers(const struct fg_sweep_result *r, FILE *f) {
  fprintf(f, ",%s,", fg_run_state_names[r->state]);
  fg_export_field(f, r->reason);
  for (int i = 0; i < FG_RUN_NUMBERS; i++) {
    fputc(',', f);
    fg_export_number(f, r->number[i], "");
  }
}

static void put_moment(const struct fg_run_moment *m, FILE *f) {
#define PUT(column)                                                                                                    \
  fputc(',', f);                                                                                                       \
  fg_export_number(f, m->column, "");
  FG_RUN_MOMENT_LIST(PUT)
}

void fg_export_csv(const struct fg_export *e, FILE *f) {
  put_header(e, f);
  for (size_t i = 0; i < e->results->n; i++) {
    const struct fg_sweep_result *r = &e->results->result[i];
    if (!fg_export_has(e, r))
      continue;
    for (size_t row = 0; row < (e->curves ? r->n_moments : 1); row++) {
      put_entry(e, r, f);
      if (e->curves)
        put_moment(&r->moment[row], f);
      else
        put_numbers(r, f);
      fputc(',', f);
      fg_export_field(f, r->metric_name);
      fputc('\n', f);
    }
  }
}
