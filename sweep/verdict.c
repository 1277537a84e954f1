/* From numbers to sentences: who wins, and what is left out. */
#include "sweep/compare.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void append(char *out, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));
static void append(char *out, size_t size, const char *format, ...) {
  size_t length = strlen(out);
  va_list args;
  va_start(args, format);
  vsnprintf(out + length, size - length, format, args);
  va_end(args);
}

/* a label that is a number says nothing without its axis */
static void append_label(char *out, size_t size, const struct fg_sweep_axis *axis, int point, bool with_axis) {
  const char *label = axis->point[point].label, *comma = out[0] ? ", " : "";
  if (with_axis || strchr("0123456789.+-", label[0]))
    append(out, size, "%s%s %s", comma, axis->name, label);
  else
    append(out, size, "%s%s", comma, label);
}

/* are there points of it for some labels only of the baseline's axis, or of one that is so itself? */
static bool depends_on_baseline(const struct fg_sweep_spec *spec, int axis) {
  const struct fg_sweep_axis *x = &spec->axis[axis];
  for (size_t w = 0; w < x->n_when; w++)
    for (size_t i = 0; i < x->when[w].n; i++) {
      int on = fg_sweep_axis_find(spec, x->when[w].condition[i].axis);
      if (on != FG_ABSENT && on < axis && (on == spec->target.axis || depends_on_baseline(spec, on)))
        return true;
    }
  return false;
}

bool fg_sweep_tells_cells_apart(const struct fg_sweep_spec *spec, int axis) {
  return axis != spec->target.axis && axis != spec->tune.axis &&
         (spec->target.axis == FG_ABSENT || !depends_on_baseline(spec, axis));
}

void fg_sweep_group_name(const struct fg_sweep_results *results, const struct fg_sweep_group *group, char *out,
                         size_t size) {
  const struct fg_sweep_spec *spec = &results->spec;
  int baseline = spec->target.axis;
  out[0] = '\0';
  if (baseline != FG_ABSENT && group->point[baseline] != FG_ABSENT)
    append_label(out, size, &spec->axis[baseline], group->point[baseline], false);
  for (int k = 0; k < (int)spec->n_axes; k++) {
    if (k == baseline || group->point[k] == FG_ABSENT)
      continue;
    if (baseline == FG_ABSENT || (k != spec->tune.axis && depends_on_baseline(spec, k)))
      append_label(out, size, &spec->axis[k], group->point[k], baseline != FG_ABSENT);
  }
}

void fg_sweep_baseline_name(const struct fg_sweep_spec *spec, char *out, size_t size) {
  out[0] = '\0';
  if (spec->target.axis != FG_ABSENT)
    append_label(out, size, &spec->axis[spec->target.axis], spec->target.point, false);
}

const char *fg_sweep_metric_name(const struct fg_sweep_groups *groups) {
  const char *name = "";
  for (size_t i = 0; i < groups->n; i++) {
    const char *own = groups->group[i].metric_name;
    if (*name && *own && strcmp(name, own) != 0)
      return "";
    name = *own ? own : name;
  }
  return name;
}

void fg_sweep_goal_name(const struct fg_sweep_spec *spec, const char *metric_name, char *out, size_t size) {
  const char *metric = metric_name[0] ? metric_name : "test metric";
  out[0] = '\0';
  if (spec->target.fixed) {
    append(out, size, "%s %g", metric, spec->target.metric);
    return;
  }
  if (spec->target.axis == FG_ABSENT)
    return;
  fg_sweep_baseline_name(spec, out, size);
  if (spec->target.at_epoch)
    append(out, size, "'s %s after %" PRIu64 " epochs", metric, spec->target.epoch);
  else
    append(out, size, "'s final %s", metric);
}

/* " [1.10, 1.30]", with 0 as "not reached" if `words`; "" of a single seed */
static void append_range(char *out, size_t size, const struct fg_sweep_group *group, bool words) {
  const double end[2] = {group->ratio_spread.lo, group->ratio_spread.hi};
  if (group->n < 2)
    return;
  for (int i = 0; i < 2; i++) {
    append(out, size, "%s", i == 0 ? " [" : ", ");
    if (words && end[i] == 0)
      append(out, size, "not reached");
    else
      append(out, size, "%.2f", end[i]);
  }
  append(out, size, "]");
}

static void against_baseline(const struct fg_sweep_results *results, const struct fg_sweep_group *group, char *out,
                             size_t size) {
  const struct fg_spread *ratio = &group->ratio_spread;
  char baseline[256], goal[512];
  fg_sweep_group_name(results, group, out, size);
  fg_sweep_baseline_name(&results->spec, baseline, sizeof baseline);
  fg_sweep_goal_name(&results->spec, group->metric_name, goal, sizeof goal);
  if (group->refused) {
    append(out, size, " is refused.");
  } else if (group->pairs == 0) {
    append(out, size, " is not compared: there is no seed with which both it and %s have a result.", baseline);
  } else if (ratio->mid == 0) {
    append(out, size, " does not win: in the median over seeds it never reaches %s.", goal);
  } else if (ratio->mid == INFINITY && ratio->lo >= 1.01) {
    append(out, size, " wins: in the median over seeds %s never reaches %s.", baseline, goal);
  } else if (ratio->lo >= 1.01) {
    append(out, size, " wins: %.2f", ratio->mid);
    append_range(out, size, group, false);
    append(out, size, " times as fast as %s.", baseline);
  } else if (ratio->hi <= 0.99) {
    append(out, size, " does not win: it takes %.2f times %s's time (ratio %.2f", 1 / ratio->mid, baseline, ratio->mid);
    append_range(out, size, group, false);
    append(out, size, ").");
  } else if (ratio->lo == 0) {
    append(out, size, " does not win: with some seeds it never reaches %s (ratio %.2f", goal, ratio->mid);
    append_range(out, size, group, true);
    append(out, size, ").");
  } else {
    append(out, size, " does not win: no difference of 1 %% from %s shows in %zu seed%s (ratio %.2f", baseline,
           group->pairs, group->pairs == 1 ? "" : "s", ratio->mid);
    append_range(out, size, group, false);
    append(out, size, ").");
  }
}

/* which seeds have no goal */
static void of_baseline(const struct fg_sweep_spec *spec, const struct fg_sweep_group *group, char *out, size_t size) {
  if (spec->target.fixed || group->pairs == group->n)
    return;
  append(out, size, "left out of ratios are the seeds with which ");
  char name[256];
  fg_sweep_baseline_name(spec, name, sizeof name);
  append(out, size, "%s %s:", name, group->missing ? "has no result" : group->refused ? "is refused" : "diverged");
  for (size_t i = 0; i < group->n; i++)
    if (group->member[i]->state != FG_RUN_DONE)
      append(out, size, " %" PRIu64, group->member[i]->entry.seed);
  append(out, size, ".");
}

void fg_sweep_verdict(const struct fg_sweep_results *results, const struct fg_sweep_group *group, char *out,
                      size_t size) {
  out[0] = '\0';
  if (results->spec.target.axis == FG_ABSENT)
    return;
  if (group->is_baseline)
    of_baseline(&results->spec, group, out, size);
  else
    against_baseline(results, group, out, size);
  if (group->missing)
    append(out, size, "%s%zu of its %zu seeds have no result yet.", out[0] ? " " : "", group->missing, group->n);
}
