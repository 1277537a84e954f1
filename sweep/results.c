/* The database of a sweep to results in memory: every entry of the plan with what its run has come to. */
#include "sweep/results.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int by_id(const void *id, const void *record) {
  return strcmp(id, ((const struct fg_run_record *)record)->id);
}

static void fill(struct fg_sweep_result *result, const struct fg_sweep_entry *entry, const struct fg_run_record *run) {
  *result = (struct fg_sweep_result){.entry = *entry, .state = FG_RUN_PENDING, .reason = "", .metric_name = ""};
  result->run = run;
  for (int i = 0; i < FG_RUN_NUMBERS; i++)
    result->number[i] = NAN;
  if (!run)
    return;
  result->state = run->state;
  result->reason = run->reason;
  if (run->state != FG_RUN_DONE)
    return;
  result->metric_name = run->metric_name;
  memcpy(result->number, run->number, sizeof result->number);
  result->moment = run->moment;
  result->n_moments = run->n_moments;
  result->worker = run->worker;
  result->n_workers = run->n_workers;
}

static enum fg_err read_spec(struct fg_store *store, struct fg_sweep_results *results, struct fg_fault *fault) {
  const char *text, *path, *folder;
  enum fg_err err = fg_store_value(store, "specification", &results->arena, &text, fault);
  if (!err)
    err = fg_store_value(store, "path", &results->arena, &path, fault);
  if (!err)
    err = fg_store_value(store, "folder", &results->arena, &folder, fault);
  if (!err)
    err = fg_store_value(store, "version", &results->arena, &results->version, fault);
  if (!err)
    err = fg_store_value(store, "revision", &results->arena, &results->revision, fault);
  if (!err && !*text)
    err = fg_fail(fault, FG_EINPUT, store->path, 0, "has no specification yet");
  return err ? err : fg_sweep_spec_parse(text, path, folder, &results->spec, fault);
}

static enum fg_err read_all(struct fg_store *store, struct fg_sweep_results *results, struct fg_fault *fault) {
  struct fg_sweep_plan plan = {0};
  struct fg_run_record *record = NULL;
  size_t n = 0;
  enum fg_err err = fg_store_begin_read(store, fault);
  if (!err)
    err = read_spec(store, results, fault);
  if (!err)
    err = fg_store_entries(store, &results->spec, &plan, fault);
  if (!err)
    err = fg_store_records(store, false, &results->arena, &record, &n, fault);
  if (!err && !(results->result = calloc(plan.n ? plan.n : 1, sizeof *results->result)))
    err = fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory");
  for (size_t i = 0; !err && i < plan.n; i++)
    fill(&results->result[results->n++], &plan.entry[i],
         n ? bsearch(plan.entry[i].id, record, n, sizeof *record, by_id) : NULL);
  const char *revision = NULL;
  for (size_t i = 0; !err && i < n; i++) {
    results->mixed_revisions |= revision && *record[i].revision && strcmp(revision, record[i].revision) != 0;
    revision = *record[i].revision ? record[i].revision : revision;
  }
  fg_sweep_plan_free(&plan);
  return err;
}

enum fg_err fg_sweep_results_read(const char *dir, struct fg_sweep_results *results, struct fg_fault *fault) {
  struct fg_store store = {0};
  if (snprintf(results->dir, sizeof results->dir, "%s", dir) >= (int)sizeof results->dir)
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "the path %.60s... is too long", dir);
  enum fg_err err = fg_store_open_read(&store, dir, fault);
  if (!err)
    err = read_all(&store, results, fault);
  fg_store_close(&store);
  return err;
}

void fg_sweep_results_free(struct fg_sweep_results *results) {
  fg_sweep_spec_free(&results->spec);
  free(results->result);
  fg_arena_free(&results->arena);
  memset(results, 0, sizeof *results);
}

const char *fg_sweep_label(const struct fg_sweep_results *results, const struct fg_sweep_result *result, int axis) {
  int point = axis < 0 || (size_t)axis >= results->spec.n_axes ? FG_ABSENT : result->entry.point[axis];
  return point == FG_ABSENT ? "" : results->spec.axis[axis].point[point].label;
}

bool fg_sweep_run_option(const struct fg_sweep_result *result, const char *option, char *out, size_t size) {
  size_t length = strlen(option);
  for (const char *line = result->run ? result->run->config : ""; line && *line;) {
    size_t n = strcspn(line, "\n");
    const char *value = line + length + 2;
    if (n > length + 2 && strncmp(line, option, length) == 0 && strncmp(line + length, ": ", 2) == 0) {
      size_t quoted = *value == '"', rest = n - length - 2;
      snprintf(out, size, "%.*s", (int)(rest - 2 * quoted), value + quoted);
      return true;
    }
    line += n + (line[n] == '\n');
  }
  return false;
}

static bool names(const struct fg_sweep_condition *condition, const char *label) {
  for (size_t i = 0; i < condition->n; i++)
    if (strcmp(condition->label[i], label) == 0)
      return true;
  return false;
}

bool fg_sweep_selects(const struct fg_sweep_results *results, const struct fg_sweep_conditions *where,
                      const struct fg_sweep_result *result) {
  char seed[32];
  bool at = false;
  snprintf(seed, sizeof seed, "%llu", (unsigned long long)result->entry.seed);
  for (size_t i = 0; where && i < where->n; i++) {
    const struct fg_sweep_condition *c = &where->condition[i];
    at = at || strcmp(c->axis, "at") == 0;
    if ((strcmp(c->axis, "at") == 0 && !names(c, fg_sweep_at_names[result->entry.at])) ||
        (strcmp(c->axis, "seed") == 0 && !names(c, seed)))
      return false;
  }
  return (at || result->entry.at == FG_AT_FINAL) &&
         (!where || fg_sweep_holds(&results->spec, where, result->entry.point));
}
