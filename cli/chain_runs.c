/* What is told of chains: run directories to settings. */
#include "cli/chain_settings.h"
#include "core/model/model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *value_of(const struct fg_plot_run *run, const char *key) {
  const char *value = fg_facts_find(&run->config, key);
  return value ? value : "";
}

/* Seeds make chains, how often a run was saved changes nothing, and facts about data follow from data and seed: all but
 * which data they are. */
static bool tells_settings_apart(const char *key) {
  return strncmp(key, "seed", 4) != 0 && strcmp(key, "checkpoint") != 0 && strcmp(key, "trace") != 0 &&
         (strncmp(key, "data_", 5) != 0 || strcmp(key, "data_sha256") == 0 || strcmp(key, "data_stage") == 0);
}

static bool same_setting(const struct fg_plot_run *a, const struct fg_plot_run *b) {
  if (a->config.n != b->config.n)
    return false;
  for (size_t i = 0; i < a->config.n; i++) {
    const char *key = a->config.fact[i].key;
    if (tells_settings_apart(key) && strcmp(a->config.fact[i].value, value_of(b, key)) != 0)
      return false;
  }
  return true;
}

static enum fg_err read_chain(const struct fg_plot_run *run, struct fg_chains *chains, struct fg_fault *fault) {
  static const char *const names[] = {"time_s", "train_loss"};
  struct fg_columns columns = {.n_rows = 0};
  char path[FG_PATH_MAX];
  enum fg_err err = fg_plot_refuse_timing(run, fault);
  if (!err)
    err = fg_plot_growing_path(run, "metrics.csv", path, fault);
  if (!err)
    err = fg_columns_read(path, names, 2, !run->finished, &columns, fault);
  if (err)
    goto cleanup;
  struct fg_trace *trace = fg_chains_add(chains, columns.n_rows);
  if (!trace) {
    err = fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory");
    goto cleanup;
  }
  for (size_t i = 0; i < columns.n_rows; i++)
    if (!isnan(columns.column[1][i])) {
      trace->value[trace->n] = 0 - columns.column[1][i];
      trace->time_s[trace->n++] = columns.column[0][i];
    }
  if (trace->n == 0)
    err = fg_fail(fault, FG_EINPUT, path, 0, "column 'train_loss' holds no number");

cleanup:
  fg_columns_free(&columns);
  return err;
}

/* All runs of the setting of runs[first], which is its first one. */
static enum fg_err gather(const struct fg_plot_run *runs, size_t n, size_t first, struct fg_chain_setting *setting,
                          struct fg_fault *fault) {
  enum fg_err err = FG_OK;
  size_t unfinished = 0;
  bool apart = false;
  char text[120];
  for (size_t i = first; !err && i < n; i++) {
    if (!same_setting(&runs[first], &runs[i]))
      continue;
    unfinished += !runs[i].finished;
    apart = apart || (strcmp(value_of(&runs[i], "test"), "0") != 0 &&
                      strcmp(value_of(&runs[i], "seed-data"), value_of(&runs[first], "seed-data")) != 0);
    err = read_chain(&runs[i], &setting->chains, fault);
  }
  if (unfinished) {
    snprintf(text, sizeof text, "%zu of %zu runs are not finished", unfinished, setting->chains.n);
    fg_chains_note(&setting->chains, text);
  }
  if (apart)
    fg_chains_note(&setting->chains, FG_CHAINS_APART);
  return err;
}

enum fg_err fg_chain_settings_of_runs(const struct fg_plot_run *runs, size_t n, double burn_in,
                                      struct fg_chain_settings *settings, struct fg_fault *fault) {
  struct fg_plot_run *first = calloc(n + 1, sizeof *first); /* lends what the runs own */
  enum fg_err err = first ? FG_OK : fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory");
  settings->burn_in = isnan(burn_in) ? FG_BURN_IN : burn_in;
  for (size_t i = 0; !err && i < n; i++) {
    bool seen = false;
    for (size_t k = 0; k < settings->n; k++)
      seen = seen || same_setting(&first[k], &runs[i]);
    if (seen)
      continue;
    first[settings->n] = runs[i];
    struct fg_chain_setting *s = fg_chain_settings_add(settings);
    if (!s) {
      err = fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory");
      break;
    }
    const struct fg_model_type *type = fg_plot_model(&runs[i]);
    s->model = type ? type->name : NULL;
    err = gather(runs, n, i, s, fault);
    if (!err)
      err = fg_chains_judge(&s->chains, settings->burn_in, fault);
  }
  if (!err)
    err = fg_plot_label(first, settings->n, false, fault);
  for (size_t i = 0; !err && i < settings->n; i++)
    snprintf(settings->setting[i].name, sizeof settings->setting[i].name, "%s", first[i].label);
  free(first);
  return err;
}
