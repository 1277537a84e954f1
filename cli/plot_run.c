/* fugue plot: run directories in, and what tells them apart. */
#include "cli/plot.h"

#include "core/model/model.h"
#include "core/npy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum fg_err fg_plot_growing_path(const struct fg_plot_run *run, const char *name, char *out, struct fg_fault *fault) {
  char growing[64];
  enum fg_err err = fg_path_join(run->dir, name, out, fault);
  if (err || run->finished || access(out, F_OK) == 0)
    return err;
  snprintf(growing, sizeof growing, "%s.tmp", name); /* core/files.h */
  return fg_path_join(run->dir, growing, out, fault);
}

enum fg_err fg_plot_run_read(const char *dir, struct fg_plot_run *run, struct fg_fault *fault) {
  char path[FG_PATH_MAX];
  struct stat st;
  run->dir = dir;
  if (stat(dir, &st) != 0)
    return fg_fail(fault, FG_EINPUT, dir, 0, "cannot be opened: %s", strerror(errno));
  if (!S_ISDIR(st.st_mode))
    return fg_fail(fault, FG_EINPUT, dir, 0, "is not a run directory");
  enum fg_err err = fg_path_join(dir, "config.yaml", path, fault);
  if (!err && access(path, F_OK) != 0)
    err = fg_fail(fault, FG_EINPUT, dir, 0, "is not a run directory: it has no config.yaml");
  if (!err)
    err = fg_facts_read(path, &run->config, fault);
  if (!err)
    err = fg_path_join(dir, "run.json", path, fault);
  if (err)
    return err;
  run->finished = access(path, F_OK) == 0;
  return run->finished ? fg_facts_read(path, &run->result, fault) : FG_OK;
}

void fg_plot_run_free(struct fg_plot_run *run) {
  fg_facts_free(&run->config);
  fg_facts_free(&run->result);
}

enum fg_err fg_plot_refuse_timing(const struct fg_plot_run *run, struct fg_fault *fault) {
  const char *compute = fg_facts_find(&run->config, "compute");
  if (!compute || strcmp(compute, "none") != 0)
    return FG_OK;
  return fg_fail(
      fault, FG_EUSAGE, run->dir, 0,
      "the figure needs what was learned, and that is nothing: `compute: none`, the run has times and counts "
      "only");
}

enum fg_err fg_plot_factor(const struct fg_plot_run *run, const char *name, uint32_t *rows, uint32_t *cols,
                           float **values, struct fg_fault *fault) {
  char file[64], path[FG_PATH_MAX];
  snprintf(file, sizeof file, "model/%s.npy", name);
  enum fg_err err = fg_plot_refuse_timing(run, fault);
  if (!err)
    err = fg_path_join(run->dir, file, path, fault);
  if (!err)
    err = fg_npy_read(path, rows, cols, values, fault);
  if (!err && (*rows == 0 || *cols == 0)) {
    free(*values);
    *values = NULL;
    err = fg_fail(fault, FG_EINPUT, path, 0, "is empty");
  }
  return err;
}

/* "name:key=value,...": the length of the name */
static size_t name_length(const char *spec) {
  return strcspn(spec, ":");
}

static const char *value_of(const struct fg_plot_run *run, const char *key) {
  const char *value = fg_facts_find(&run->config, key);
  return value ? value : "";
}

/* options whose values speak for themselves in the grammar name:key=value */
static bool is_spec(const char *key) {
  static const char *const specs[] = {"model", "sync", "straggler", "network"};
  for (size_t i = 0; i < sizeof specs / sizeof *specs; i++)
    if (strcmp(key, specs[i]) == 0)
      return true;
  return false;
}

const struct fg_model_type *fg_plot_model(const struct fg_plot_run *run) {
  struct fg_model model;
  return fg_model_parse(value_of(run, "model"), &model, NULL) ? NULL : model.type;
}

void fg_plot_count(uint64_t n, const char *name, char *out, size_t size) {
  size_t length = strlen(name);
  bool y = length > 0 && name[length - 1] == 'y';
  char digits[24], grouped[32];
  int k = snprintf(digits, sizeof digits, "%llu", (unsigned long long)n), to = 0;
  for (int i = 0; i < k; i++) {
    if (i && (k - i) % 3 == 0)
      grouped[to++] = ',';
    grouped[to++] = digits[i];
  }
  grouped[to] = 0;
  if (n == 1)
    snprintf(out, size, "1 %s", name);
  else
    snprintf(out, size, "%s %.*s%s", grouped, (int)(length - y), name, y ? "ies" : "s");
}

static bool is_real(const struct fg_plot_run *run) {
  const char *stage = fg_facts_find(&run->config, "data_stage");
  return stage && strcmp(stage, "mpi") == 0;
}

const char *fg_plot_time_axis(const struct fg_plot_run *runs, size_t n) {
  size_t real = 0;
  for (size_t i = 0; i < n; i++)
    real += is_real(&runs[i]);
  return real == 0 ? "virtual time [s]" : real == n ? "wall time [s]" : "time [s]";
}

static bool tells_apart(const struct fg_plot_run *runs, size_t n, const char *key, const char *spec,
                        const char *parameter, size_t length) {
  size_t name = name_length(spec);
  for (size_t i = 0; i < n; i++) {
    const char *other = value_of(&runs[i], key);
    if (name_length(other) != name || strncmp(other, spec, name) != 0)
      continue;
    bool found = false;
    for (const char *p = other[name] ? other + name + 1 : ""; *p; p += strcspn(p, ","), p += *p == ',')
      found = found || (strcspn(p, ",") == length && strncmp(p, parameter, length) == 0);
    if (!found)
      return true;
  }
  return false;
}

static void append(char *label, const char *text, size_t length) {
  size_t used = strlen(label);
  snprintf(label + used, FG_PLOT_LABEL - used, "%.*s", (int)length, text);
}

/* the name, and the parameters in which runs of the same name differ */
static void append_spec(const struct fg_plot_run *runs, size_t n, const char *key, const char *spec, char *label) {
  size_t name = name_length(spec);
  append(label, spec, name);
  for (const char *p = spec[name] ? spec + name + 1 : ""; *p; p += strcspn(p, ","), p += *p == ',')
    if (tells_apart(runs, n, key, spec, p, strcspn(p, ","))) {
      append(label, " ", 1);
      append(label, p, strcspn(p, ","));
    }
}

static bool differs(const struct fg_plot_run *runs, size_t n, const char *key) {
  for (size_t i = 1; i < n; i++)
    if (strcmp(value_of(&runs[0], key), value_of(&runs[i], key)) != 0)
      return true;
  return false;
}

static bool names_differ(const struct fg_plot_run *runs, size_t n, const char *key) {
  for (size_t i = 1; i < n; i++) {
    const char *a = value_of(&runs[0], key), *b = value_of(&runs[i], key);
    if (name_length(a) != name_length(b) || strncmp(a, b, name_length(a)) != 0)
      return true;
  }
  return false;
}

/* The shares of size:SHARES follow from which hosts are slow. */
static bool shares_follow(const struct fg_plot_run *runs, size_t n) {
  static const char *const from[] = {"workers", "network", "straggler", "seed", "seed-straggler"};
  bool others = false;
  for (size_t i = 0; i < sizeof from / sizeof *from; i++)
    others = others || differs(runs, n, from[i]);
  return others && !names_differ(runs, n, "balance");
}

/* Derived seeds follow --seed, a step may follow the model, chunks and shares many things; how often to save changes
 * nothing that is drawn; facts about the data are no options at all. */
static bool follows_another(const struct fg_plot_run *runs, size_t n, const char *key) {
  bool model = differs(runs, n, "model");
  return (strcmp(key, "balance") == 0 && shares_follow(runs, n)) || strncmp(key, "data_", 5) == 0 ||
         strcmp(key, "checkpoint") == 0 || (strncmp(key, "seed-", 5) == 0 && differs(runs, n, "seed")) ||
         (strncmp(key, "step", 4) == 0 && model) ||
         (strcmp(key, "chunk") == 0 &&
          (model || differs(runs, n, "data") || differs(runs, n, "workers") || differs(runs, n, "network") ||
           differs(runs, n, "test") || differs(runs, n, "balance")));
}

static void append_option(const struct fg_plot_run *runs, size_t n, const char *key, const char *value, char *label) {
  if (*label)
    append(label, ", ", 2);
  if (is_spec(key)) {
    append_spec(runs, n, key, value, label);
    return;
  }
  if (strcmp(key, "data") == 0) { /* the file's name says enough */
    const char *name = strrchr(value, '/');
    append(label, name ? name + 1 : value, strlen(name ? name + 1 : value));
    return;
  }
  append(label, key, strlen(key));
  append(label, " ", 1);
  bool named = strcmp(key, "balance") == 0 && names_differ(runs, n, key);
  append(label, value, named ? name_length(value) : strlen(value));
}

/* A legend wider than the figure is not drawn at all. */
static void shorten(char *label) {
  enum { FIT = 42 };
  size_t at = FIT;
  if (strlen(label) <= FIT + 1)
    return;
  while (at > 0 && ((unsigned char)label[at] & 0xc0) == 0x80) /* not inside a character */
    at--;
  memcpy(label + at, "\xe2\x80\xa6", 4);
}

static bool repeated(const struct fg_plot_run *runs, size_t n, size_t i) {
  for (size_t j = 0; j < n; j++)
    if (j != i && strcmp(runs[i].label, runs[j].label) == 0)
      return true;
  return false;
}

enum fg_err fg_plot_label(struct fg_plot_run *runs, size_t n, bool seeds, struct fg_fault *fault) {
  static const char *const first[] = {"sync", "straggler", "model"};
  const size_t n_first = sizeof first / sizeof *first;
  const struct fg_facts *keys = &runs[0].config;
  for (size_t i = 0; i < n; i++) {
    runs[i].label[0] = 0;
    if (differs(runs, n, "data_stage")) {
      const char *what = is_real(&runs[i]) ? "real ranks" : "simulated";
      append(runs[i].label, what, strlen(what));
    }
    for (size_t k = 0; k < n_first; k++)
      if (differs(runs, n, first[k]))
        append_option(runs, n, first[k], value_of(&runs[i], first[k]), runs[i].label);
    for (size_t k = 0; k < keys->n; k++) {
      const char *key = keys->fact[k].key;
      bool done = follows_another(runs, n, key) || !differs(runs, n, key) || (!seeds && strncmp(key, "seed", 4) == 0);
      done = done || (is_real(&runs[i]) && strcmp(key, "network") == 0); /* which a real run does not have */
      for (size_t f = 0; f < n_first; f++)
        done = done || strcmp(key, first[f]) == 0;
      if (!done)
        append_option(runs, n, key, value_of(&runs[i], key), runs[i].label);
    }
  }
  bool *same = calloc(n, sizeof *same);
  if (!same)
    return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory");
  for (size_t i = 0; i < n; i++)
    same[i] = repeated(runs, n, i);
  for (size_t i = 0; i < n; i++)
    if (same[i] || !*runs[i].label) {
      append(runs[i].label, *runs[i].label ? ", " : "", 2);
      append(runs[i].label, runs[i].dir, strlen(runs[i].dir));
    }
  free(same);
  for (size_t i = 0; i < n; i++)
    shorten(runs[i].label);
  return FG_OK;
}
