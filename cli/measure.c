/* fugue plot: what is measured of a run. */
#include "cli/measure.h"

#include "sweep/chains.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool find_number(const char *text, size_t length, enum fg_run_number *number) {
  for (int i = 0; i < FG_RUN_NUMBERS; i++)
    if (strlen(fg_run_number_infos[i].name) == length && strncmp(fg_run_number_infos[i].name, text, length) == 0) {
      *number = (enum fg_run_number)i;
      return true;
    }
  return false;
}

static enum fg_err unknown(const char *text, struct fg_fault *fault) {
  char names[600] = "";
  for (int i = 0; i < FG_RUN_NUMBERS; i++) {
    size_t n = strlen(names);
    snprintf(names + n, sizeof names - n, "%s, ", fg_run_number_infos[i].name);
  }
  return fg_fail(fault, FG_EUSAGE, NULL, 0,
                 "--y %s: one of %sratio, reach_s, ess_per_s, ess, rhat, or one by another (cpu_s/epochs) is expected",
                 text, names);
}

static void name_quotient(struct fg_measure *m) {
  static const struct {
    enum fg_run_number by;
    const char *words;
  } names[] = {{FG_NUMBER_EPOCHS, "epoch"}, {FG_NUMBER_UPDATES, "required update"},
               {FG_NUMBER_POINTS, "point"}, {FG_NUMBER_WORKERS, "worker"},
               {FG_NUMBER_ROWS, "row"},     {FG_NUMBER_COLS, "column"}};
  const char *by = fg_run_number_infos[m->by].words;
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (names[i].by == m->by)
      by = names[i].words;
  snprintf(m->words, sizeof m->words, "%s per %s", fg_run_number_infos[m->number].words, by);
  if (m->number == FG_NUMBER_CPU)
    snprintf(m->words, sizeof m->words, "CPU time per %s", by);
}

enum fg_err fg_measure_parse(const struct fg_sweep_spec *spec, const char *text, struct fg_measure *m,
                             struct fg_fault *fault) {
  static const char *const named[] = {
      [FG_MEASURE_REACH] = "reach_s", [FG_MEASURE_RATIO] = "ratio", [FG_MEASURE_SPEEDUP] = "speedup"};
  bool baseline = spec->target.axis != FG_ABSENT;
  *m = (struct fg_measure){.by = FG_RUN_NUMBERS, .burn_in = NAN, .unit = ""};
  for (int kind = FG_MEASURE_REACH; kind <= FG_MEASURE_SPEEDUP; kind++)
    if (strcmp(text, named[kind]) == 0) {
      m->kind = (enum fg_measure_kind)kind;
      if (kind == FG_MEASURE_RATIO ? !baseline : !baseline && !spec->target.fixed)
        return fg_fail(fault, FG_EUSAGE, spec->path, 0, "the sweep has no `baseline:`%s, and %s needs one",
                       kind == FG_MEASURE_RATIO ? "" : " and no fixed `target:`", text);
      if (kind == FG_MEASURE_RATIO)
        snprintf(m->words, sizeof m->words, "times as fast as %s",
                 spec->axis[spec->target.axis].point[spec->target.point].label);
      else
        snprintf(m->words, sizeof m->words, "%s", kind == FG_MEASURE_REACH ? "time to the goal" : "speed-up");
      m->unit = kind == FG_MEASURE_REACH ? "s" : "";
      return FG_OK;
    }
  static const struct {
    const char *name, *words, *unit;
  } of_chains[] = {
      {"rhat", "R-hat", ""}, {"ess", "effective sample size", ""}, {"ess_per_s", "ESS per virtual second", ""}};
  for (size_t i = 0; i < sizeof of_chains / sizeof *of_chains; i++)
    if (strcmp(text, of_chains[i].name) == 0) {
      m->kind = FG_MEASURE_RHAT + (enum fg_measure_kind)i;
      snprintf(m->words, sizeof m->words, "%s", of_chains[i].words);
      m->unit = of_chains[i].unit;
      return FG_OK;
    }
  size_t n = strcspn(text, "/");
  if (!find_number(text, n, &m->number) || (text[n] && !find_number(text + n + 1, strlen(text + n + 1), &m->by)))
    return unknown(text, fault);
  m->unit = fg_run_number_infos[m->number].unit;
  snprintf(m->words, sizeof m->words, "%s", fg_run_number_infos[m->number].words);
  if (m->by != FG_RUN_NUMBERS)
    name_quotient(m);
  return FG_OK;
}

enum fg_err fg_measures_parse(const struct fg_sweep_spec *spec, const char *text, const char *by,
                              struct fg_measure measure[FG_MEASURES], size_t *n, struct fg_fault *fault) {
  char name[FG_FRAME_TEXT];
  enum fg_err err = FG_OK;
  *n = 0;
  for (const char *p = text; !err && *p; p += *p == ',') {
    size_t length = strcspn(p, ",");
    if (*n == FG_MEASURES)
      return fg_fail(fault, FG_EUSAGE, NULL, 0, "--y: at most %d", FG_MEASURES);
    const char *over = memchr(p, '/', length) ? NULL : by;
    snprintf(name, sizeof name, "%.*s%s%s", (int)length, p, over ? "/" : "", over ? over : "");
    err = fg_measure_parse(spec, name, &measure[(*n)++], fault);
    p += length;
  }
  return err;
}

/* Of a group's i-th run: INFINITY if it never gets there, or diverged, as in fg_sweep_number; NAN if there is none, or
 * the run was refused. FG_MEASURE_SPEEDUP: as REACH. */
static double value_of(const struct fg_measure *m, const struct fg_sweep_group *group, size_t i) {
  const struct fg_sweep_result *r = group->member[i];
  if (r->state == FG_RUN_REFUSED)
    return NAN;
  switch (m->kind) {
  case FG_MEASURE_REACH:
  case FG_MEASURE_SPEEDUP:
    return group->reach_s ? group->reach_s[i] : NAN;
  case FG_MEASURE_RATIO:
    return group->ratio ? group->ratio[i] : NAN;
  default:
    if (r->state == FG_RUN_DIVERGED && m->number <= FG_NUMBER_IDLE) /* as in tables: it never gets anywhere */
      return INFINITY;
    if (r->state != FG_RUN_DONE)
      return NAN;
    return m->by == FG_RUN_NUMBERS ? r->number[m->number] : r->number[m->number] / r->number[m->by];
  }
}

static double speedup(const struct fg_measure *m, const struct fg_sweep_group *group, size_t i,
                      const struct fg_sweep_group *reference) {
  double own = value_of(m, group, i);
  for (size_t k = 0; k < reference->n; k++)
    if (reference->member[k]->entry.seed == group->member[i]->entry.seed) {
      double other = value_of(m, reference, k);
      return isnan(own) || !isfinite(other) ? NAN : own == INFINITY ? 0 : own > 0 ? other / own : NAN;
    }
  return NAN;
}

static enum fg_err judge(const struct fg_measure *m, const struct fg_sweep_group *group, struct fg_spread *spread,
                         struct fg_fault *fault) {
  struct fg_chains chains = {.n = 0};
  enum fg_err err = fg_chains_of(group, &chains, fault);
  if (!err)
    err = fg_chains_judge(&chains, isnan(m->burn_in) ? FG_BURN_IN : m->burn_in, fault);
  const struct fg_mixing *mixing = &chains.mixing;
  double value = m->kind == FG_MEASURE_RHAT  ? mixing->rhat
                 : m->kind == FG_MEASURE_ESS ? mixing->ess
                                             : mixing->ess_per_s;
  *spread = fg_spread_of(&value, !err && chains.judged && isfinite(value));
  fg_chains_free(&chains);
  return err;
}

enum fg_err fg_measure_spread(const struct fg_measure *m, const struct fg_sweep_group *group,
                              const struct fg_sweep_group *reference, struct fg_spread *spread,
                              struct fg_fault *fault) {
  if (m->kind >= FG_MEASURE_RHAT)
    return judge(m, group, spread, fault);
  size_t n = 0;
  double *value = malloc((group->n ? group->n : 1) * sizeof *value);
  if (!value)
    return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory");
  for (size_t i = 0; i < group->n; i++) {
    value[n] = m->kind == FG_MEASURE_SPEEDUP ? speedup(m, group, i, reference) : value_of(m, group, i);
    n += !isnan(value[n]);
  }
  bool ratios = m->kind == FG_MEASURE_RATIO || m->kind == FG_MEASURE_SPEEDUP;
  *spread = ratios ? fg_spread_of_ratios(value, n) : fg_spread_of(value, n);
  free(value);
  return FG_OK;
}

void fg_measure_name(struct fg_measure *m, const struct fg_placing *p) {
  const char *name = NULL;
  if (m->kind != FG_MEASURE_NUMBER || m->number != FG_NUMBER_METRIC || m->by != FG_RUN_NUMBERS)
    return;
  for (size_t i = 0; i < p->n; i++)
    for (size_t k = 0; k < p->placed[i].group->n; k++) {
      const char *own = p->placed[i].group->member[k]->metric_name;
      if (!own || !*own)
        continue;
      if (name && strcmp(name, own) != 0)
        return;
      name = own;
    }
  if (name)
    snprintf(m->words, sizeof m->words, "test %s", name);
}
