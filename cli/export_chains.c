/* fugue export --chains: chains to a table. */
#include "cli/export_chains.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Columns behind those that name a setting; counts first. */
enum { CHAINS, VALUES, BURN_IN, KEPT, RHAT, ESS, ESS_PER_S, TIME, MEAN, MCSE, COLUMNS };
static const char *const names[COLUMNS] = {
    [CHAINS] = "chains", [VALUES] = "values",       [BURN_IN] = "burn_in", [KEPT] = "kept", [RHAT] = "rhat",
    [ESS] = "ess",       [ESS_PER_S] = "ess_per_s", [TIME] = "time_s",     [MEAN] = "mean", [MCSE] = "mcse"};

static double number_of(const struct fg_export_chains *e, const struct fg_chain_setting *s, int column) {
  const struct fg_mixing *m = &s->chains.mixing;
  switch (column) {
  case CHAINS:
    return (double)s->chains.n;
  case VALUES:
    return s->chains.n ? (double)m->shortest : 0;
  case BURN_IN:
    return e->settings.burn_in;
  case KEPT:
    return s->chains.n ? (double)m->kept : 0;
  case RHAT:
    return m->rhat;
  case ESS:
    return m->ess;
  case ESS_PER_S:
    return m->ess_per_s;
  case TIME:
    return m->time_s;
  case MEAN:
    return m->mean;
  default:
    return m->mcse;
  }
}

static enum fg_err check_any(const struct fg_export_chains *e, const char *dir, struct fg_fault *fault) {
  for (size_t i = 0; i < e->settings.n; i++)
    if (e->settings.setting[i].chains.n > 0)
      return FG_OK;
  return fg_fail(fault, FG_EINPUT, dir, 0, "no run that is asked for has a result (fugue sweep --status says why)");
}

/* "barrier, workers 8": all labels; a number says nothing without its axis */
static void name_group(const struct fg_sweep_results *results, const struct fg_sweep_group *group, char *out) {
  size_t n = 0;
  out[0] = 0;
  for (int a = 0; a < (int)results->spec.n_axes && n + 1 < FG_PLOT_LABEL; a++) {
    const char *label = fg_sweep_label(results, group->member[0], a);
    bool number = *label && strchr("0123456789.+-", *label);
    if (*label)
      n += (size_t)snprintf(out + n, FG_PLOT_LABEL - n, "%s%s%s%s", n ? ", " : "",
                            number ? results->spec.axis[a].name : "", number ? " " : "", label);
  }
  if (group->at != FG_AT_FINAL && n + 1 < FG_PLOT_LABEL)
    snprintf(out + n, FG_PLOT_LABEL - n, "%s%s", n ? ", " : "", fg_sweep_at_names[group->at]);
}

enum fg_err fg_export_chains_of_sweep(const struct fg_export *export, double burn_in, struct fg_export_chains *e,
                                      struct fg_fault *fault) {
  e->results = export->results;
  enum fg_err err = fg_sweep_groups_make(e->results, &export->where, &e->groups, fault);
  if (!err)
    err = fg_chain_settings_of_groups(&e->groups, burn_in, &e->settings, fault);
  if (!err)
    err = check_any(e, e->results->dir, fault);
  for (size_t i = 0; !err && i < e->settings.n; i++)
    name_group(e->results, e->settings.setting[i].group, e->settings.setting[i].name);
  return err;
}

enum fg_err fg_export_chains_of_runs(const char *const *dir, size_t n, double burn_in, struct fg_export_chains *e,
                                     struct fg_fault *fault) {
  enum fg_err err = FG_OK;
  e->run = calloc(n + 1, sizeof *e->run);
  if (!e->run)
    return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory");
  for (e->n_runs = 0; !err && e->n_runs < n; e->n_runs++)
    err = fg_plot_run_read(dir[e->n_runs], &e->run[e->n_runs], fault);
  return err ? err : fg_chain_settings_of_runs(e->run, n, burn_in, &e->settings, fault);
}

void fg_export_chains_free(struct fg_export_chains *e) {
  fg_chain_settings_free(&e->settings);
  fg_sweep_groups_free(&e->groups);
  for (size_t i = 0; i < e->n_runs; i++)
    fg_plot_run_free(&e->run[i]);
  free(e->run);
  *e = (struct fg_export_chains){.n_runs = 0};
}

/* ---- for people */

static const char *written(double x, const char *format, char out[32]) {
  snprintf(out, 32, isnan(x) ? "-" : format, x);
  return out;
}

static int width_of(const char *text) {
  int n = 0;
  for (; *text; text++)
    n += ((unsigned char)*text & 0xc0) != 0x80;
  return n;
}

void fg_export_chains_text(const struct fg_export_chains *e, FILE *f) {
  int widest = 7;
  for (size_t i = 0; i < e->settings.n; i++) {
    int width = width_of(e->settings.setting[i].name);
    widest = width > widest ? width : widest;
  }
  const char *time = e->results ? "virtual time [s]" : fg_plot_time_axis(e->run, e->n_runs);
  fprintf(f, "%s, without the first %.3g %% of each chain; ESS/s: by the %s of all its chains\n\n",
          fg_chain_settings_words(&e->settings), 100 * e->settings.burn_in, time);
  fprintf(f, "%-*s  chains   kept   R-hat     ESS    ESS/s       mean  +- error\n", widest, "setting");
  for (size_t i = 0; i < e->settings.n; i++) {
    const struct fg_chain_setting *s = &e->settings.setting[i];
    const struct fg_mixing *m = &s->chains.mixing;
    char rhat[32], ess[32], rate[32], mean[32], mcse[32];
    fprintf(f, "%s%*s  %6zu %6zu %7s %7s %8s %10s  %8s\n", s->name, widest - width_of(s->name), "", s->chains.n,
            s->chains.n ? m->kept : 0, written(m->rhat, m->rhat < 10 ? "%.3f" : "%.3g", rhat),
            written(m->ess, m->ess < 100 ? "%.1f" : "%.0f", ess), written(m->ess_per_s, "%.3g", rate),
            written(m->mean, "%.6g", mean), written(m->mcse, "%.2g", mcse));
  }
  bool gap = false;
  for (size_t i = 0; i < e->settings.n; i++) {
    const struct fg_chain_setting *s = &e->settings.setting[i];
    if (!s->chains.note[0])
      continue;
    fprintf(f, "%s%s: %s\n", gap ? "" : "\n", s->name, s->chains.note);
    gap = true;
  }
}

/* ---- for programs */

/* A column of such a name of ours, and an axis so called, too: axis.NAME, as in other exports. */
static bool is_taken(const char *axis) {
  bool taken = strcmp(axis, "at") == 0 || strcmp(axis, "note") == 0;
  for (int c = 0; c < COLUMNS; c++)
    taken = taken || strcmp(axis, names[c]) == 0;
  return taken;
}

void fg_export_chains_csv(const struct fg_export_chains *e, FILE *f) {
  size_t n_axes = e->results ? e->results->spec.n_axes : 0;
  fputs(e->results ? "at" : "setting", f);
  for (size_t a = 0; a < n_axes; a++) {
    fputs(is_taken(e->results->spec.axis[a].name) ? ",axis." : ",", f);
    fg_export_field(f, e->results->spec.axis[a].name);
  }
  for (int c = 0; c < COLUMNS; c++)
    fprintf(f, ",%s", names[c]);
  fputs(",note\n", f);
  for (size_t i = 0; i < e->settings.n; i++) {
    const struct fg_chain_setting *s = &e->settings.setting[i];
    fg_export_field(f, e->results ? fg_sweep_at_names[s->group->at] : s->name);
    for (size_t a = 0; a < n_axes; a++) {
      fputc(',', f);
      fg_export_field(f, fg_sweep_label(e->results, s->group->member[0], (int)a));
    }
    for (int c = 0; c < COLUMNS; c++) {
      fputc(',', f);
      fg_export_number(f, number_of(e, s, c), "");
    }
    fputc(',', f);
    fg_export_field(f, s->chains.note);
    fputc('\n', f);
  }
}

static void put_labels(const struct fg_export_chains *e, const struct fg_chain_setting *s, FILE *f) {
  fputs("\"at\": ", f);
  fg_facts_quote(f, fg_sweep_at_names[s->group->at]);
  fputs(", \"labels\": {", f);
  const char *comma = "";
  for (size_t a = 0; a < e->results->spec.n_axes; a++) {
    const char *label = fg_sweep_label(e->results, s->group->member[0], (int)a);
    if (!*label)
      continue;
    fputs(comma, f);
    fg_facts_quote(f, e->results->spec.axis[a].name);
    fputs(": ", f);
    fg_facts_quote(f, label);
    comma = ", ";
  }
  fputs("}, \"seeds\": [", f);
  comma = "";
  for (size_t k = 0; k < s->group->n; k++)
    if (s->group->member[k]->state == FG_RUN_DONE) {
      fprintf(f, "%s%llu", comma, (unsigned long long)s->group->member[k]->entry.seed);
      comma = ", ";
    }
  fputs("]", f);
}

void fg_export_chains_json(const struct fg_export_chains *e, FILE *f) {
  fputs("{\n  \"what\": ", f);
  fg_facts_quote(f, fg_chain_settings_words(&e->settings));
  fputs(",\n  \"settings\": [", f);
  for (size_t i = 0; i < e->settings.n; i++) {
    const struct fg_chain_setting *s = &e->settings.setting[i];
    fputs(i ? ",\n    {" : "\n    {", f);
    if (e->results) {
      put_labels(e, s, f);
    } else {
      fputs("\"setting\": ", f);
      fg_facts_quote(f, s->name);
    }
    for (int c = 0; c < COLUMNS; c++) {
      fprintf(f, ", \"%s\": ", names[c]);
      fg_export_number(f, number_of(e, s, c), "null");
    }
    fprintf(f, ", \"constant\": %s, \"note\": ", s->chains.mixing.constant ? "true" : "false");
    fg_facts_quote(f, s->chains.note);
    fputs("}", f);
  }
  fputs("\n  ]\n}\n", f);
}
