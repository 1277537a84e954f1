/* fugue export --json: everything, with where it comes from. */
#include "cli/export.h"
#include "core/facts.h"

static void put_text(FILE *f, const char *name, const char *text) {
  fg_facts_quote(f, name);
  fputs(": ", f);
  fg_facts_quote(f, text ? text : "");
}

static void put_number(FILE *f, const char *name, double value) {
  fg_facts_quote(f, name);
  fputs(": ", f);
  fg_export_number(f, value, "null");
}

static void put_specification(const struct fg_sweep_results *results, FILE *f) {
  const struct fg_sweep_spec *spec = &results->spec;
  const struct {
    const char *name, *text;
  } texts[] = {{"title", spec->title},          {"question", spec->question}, {"version", results->version},
               {"revision", results->revision}, {"path", spec->path},         {"folder", spec->folder},
               {"specification", spec->text}};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    fputs("  ", f);
    put_text(f, texts[i].name, texts[i].text);
    fputs(",\n", f);
  }
  fprintf(f, "  \"mixed_revisions\": %s,\n  \"axes\": [", results->mixed_revisions ? "true" : "false");
  for (size_t a = 0; a < spec->n_axes; a++) {
    fputs(a ? ",\n    {" : "\n    {", f);
    put_text(f, "name", spec->axis[a].name);
    fputs(", \"labels\": [", f);
    for (size_t i = 0; i < spec->axis[a].n; i++) {
      fputs(i ? ", " : "", f);
      fg_facts_quote(f, spec->axis[a].point[i].label);
    }
    fputs("]}", f);
  }
  fputs("],\n  \"numbers\": [", f);
  for (int i = 0; i < FG_RUN_NUMBERS; i++) {
    fputs(i ? ",\n    {" : "\n    {", f);
    put_text(f, "name", fg_run_number_infos[i].name);
    fputs(", ", f);
    put_text(f, "unit", fg_run_number_infos[i].unit);
    fputs(", ", f);
    put_text(f, "words", fg_run_number_infos[i].words);
    fputs("}", f);
  }
  fputs("],\n", f);
}

static void put_provenance(const struct fg_run_record *run, FILE *f) {
  const struct {
    const char *name, *text;
  } texts[] = {{"stage", run->stage},
               {"revision", run->revision},
               {"versions", run->versions},
               {"host", run->host},
               {"started", run->started},
               {"data_sha256", run->data_sha256},
               {"params_sha256", run->params_sha256},
               {"config", run->config}};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    fputs(",\n      ", f);
    put_text(f, texts[i].name, texts[i].text);
  }
  fprintf(f, ",\n      \"exit_code\": %d", run->exit_code);
}

static void put_curve(const struct fg_sweep_result *r, FILE *f) {
#define PUT_COLUMN(name)                                                                                               \
  fprintf(f, "%s\n        \"" #name "\": [", comma);                                                                   \
  for (size_t i = 0; i < r->n_moments; i++) {                                                                          \
    fputs(i ? ", " : "", f);                                                                                           \
    fg_export_number(f, r->moment[i].name, "null");                                                                    \
  }                                                                                                                    \
  fputc(']', f);                                                                                                       \
  comma = ",";
  const char *comma = "";
  fputs(",\n      \"curve\": {", f);
  FG_RUN_MOMENT_LIST(PUT_COLUMN)
  fputs("}", f);
}

static void put_workers(const struct fg_sweep_result *r, FILE *f) {
#define PUT_SUM(name)                                                                                                  \
  fputs(comma, f);                                                                                                     \
  put_number(f, #name, r->worker[i].name);                                                                             \
  comma = ", ";
  fputs(",\n      \"per_worker\": [", f);
  for (size_t i = 0; i < r->n_workers; i++) {
    const char *comma = "";
    fputs(i ? ",\n        {" : "\n        {", f);
    FG_RUN_WORKER_LIST(PUT_SUM)
    fputc('}', f);
  }
  fputs("]", f);
}

static void put_histograms(const struct fg_run_record *run, FILE *f) {
  fputs(",\n      \"histograms\": {", f);
  for (size_t h = 0; h < run->n_histograms; h++) {
    const struct fg_run_histogram *histogram = &run->histogram[h];
    fputs(h ? ",\n        " : "\n        ", f);
    fg_facts_quote(f, histogram->what);
    fputs(": [", f);
    for (size_t i = 0; i < histogram->n; i++)
      fprintf(f, "%s[%lld, %llu]", i ? ", " : "", (long long)histogram->value[i],
              (unsigned long long)histogram->count[i]);
    fputc(']', f);
  }
  fputs("}", f);
}

static void put_kind(const struct fg_sweep_result *r, FILE *f) {
  if (fg_sweep_is_timing_only(r))
    fputs(",\n      \"compute\": \"none\"", f);
}

static void put_result(const struct fg_export *e, const struct fg_sweep_result *r, FILE *f) {
  const char *comma = "";
  fputs("    {", f);
  put_text(f, "at", fg_sweep_at_names[r->entry.at]);
  fputs(", \"labels\": {", f);
  for (size_t a = 0; a < e->results->spec.n_axes; a++) {
    if (r->entry.point[a] == FG_ABSENT)
      continue;
    fputs(comma, f);
    put_text(f, e->results->spec.axis[a].name, fg_sweep_label(e->results, r, (int)a));
    comma = ", ";
  }
  fprintf(f, "}, \"seed\": %llu,\n      ", (unsigned long long)r->entry.seed);
  put_text(f, "run", r->entry.id);
  fputs(", ", f);
  put_text(f, "state", fg_run_state_names[r->state]);
  fputs(", ", f);
  put_text(f, "reason", r->reason);
  fputs(",\n      ", f);
  put_text(f, "metric", r->metric_name);
  put_kind(r, f);
  for (int i = 0; i < FG_RUN_NUMBERS; i++) {
    fputs(i % 4 ? ", " : ",\n      ", f);
    put_number(f, fg_run_number_infos[i].name, r->number[i]);
  }
  if (r->run)
    put_provenance(r->run, f);
  if (e->curves && r->moment)
    put_curve(r, f);
  if (e->curves && r->n_workers)
    put_workers(r, f);
  if (e->curves && r->run && r->state == FG_RUN_DONE && r->run->n_histograms)
    put_histograms(r->run, f);
  fputs("}", f);
}

void fg_export_json(const struct fg_export *e, FILE *f) {
  const char *comma = "\n";
  fputs("{\n", f);
  put_specification(e->results, f);
  fputs("  \"runs\": [", f);
  for (size_t i = 0; i < e->results->n; i++) {
    if (!fg_export_has(e, &e->results->result[i]))
      continue;
    fputs(comma, f);
    put_result(e, &e->results->result[i], f);
    comma = ",\n";
  }
  fputs("]\n}\n", f);
}
