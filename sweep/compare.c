/* From single runs to groups of seeds: how long each takes to the baseline's goal, in pairs of the same seed. */
#include "sweep/compare.h"

#include "sweep/cell.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

double fg_sweep_reach(const struct fg_sweep_result *result, double goal) {
  if (result->state != FG_RUN_DONE || !(goal < INFINITY))
    return INFINITY;
  const struct fg_run_moment *before = NULL;
  for (size_t i = 0; i < result->n_moments; i++) {
    const struct fg_run_moment *m = &result->moment[i];
    if (isnan(m->test_metric))
      continue;
    if (m->test_metric <= goal) {
      if (!before || m->test_metric == goal)
        return m->time_s;
      double share = (before->test_metric - goal) / (before->test_metric - m->test_metric);
      return before->time_s + share * (m->time_s - before->time_s);
    }
    before = m;
  }
  return INFINITY;
}

/* ---- groups */

static bool selected(const struct fg_sweep_results *results, const struct fg_sweep_conditions *where,
                     const struct fg_sweep_result *result) {
  return where ? fg_sweep_selects(results, where, result) : result->entry.at != FG_AT_GRID;
}

static bool belongs(const struct fg_sweep_results *results, const struct fg_sweep_group *group,
                    const struct fg_sweep_result *result) {
  return group->at == result->entry.at &&
         memcmp(group->point, result->entry.point, results->spec.n_axes * sizeof(int)) == 0;
}

/* in the order of the plan: what stands together there is found at once */
static struct fg_sweep_group *group_of(const struct fg_sweep_results *results, struct fg_sweep_groups *groups,
                                       const struct fg_sweep_result *result) {
  for (size_t i = groups->n; i > 0; i--)
    if (belongs(results, &groups->group[i - 1], result))
      return &groups->group[i - 1];
  return NULL;
}

static enum fg_err gather(const struct fg_sweep_results *results, const struct fg_sweep_conditions *where,
                          struct fg_sweep_groups *groups) {
  groups->group = calloc(results->n ? results->n : 1, sizeof *groups->group);
  if (!groups->group)
    return FG_ENOMEM;
  for (size_t i = 0; i < results->n; i++) {
    const struct fg_sweep_result *result = &results->result[i];
    if (!selected(results, where, result))
      continue;
    struct fg_sweep_group *group = group_of(results, groups, result);
    if (!group) {
      group = &groups->group[groups->n++];
      group->at = result->entry.at;
      memcpy(group->point, result->entry.point, sizeof group->point);
      group->is_baseline = fg_sweep_is_baseline(&results->spec, group->point);
      group->metric_name = "";
    }
    const struct fg_sweep_result **member = realloc(group->member, (group->n + 1) * sizeof(void *));
    if (!member)
      return FG_ENOMEM;
    group->member = member;
    member[group->n++] = result;
    group->diverged += result->state == FG_RUN_DIVERGED;
    group->missing += fg_sweep_is_missing(result);
    group->refused |= result->state == FG_RUN_REFUSED;
    if (group->metric_name[0] == '\0' && result->metric_name)
      group->metric_name = result->metric_name;
  }
  return FG_OK;
}

/* ---- the baseline's runs */

/* any entry of the baseline that is compared with a group: the nearest in its cell, of equally near ones the first */
static const struct fg_sweep_result *baseline_of(const struct fg_sweep_results *results,
                                                 const struct fg_sweep_group *group) {
  const struct fg_sweep_result *best = NULL;
  int best_distance = 0;
  if (group->is_baseline)
    return group->member[0];
  for (size_t i = 0; i < results->n; i++) {
    const struct fg_sweep_result *r = &results->result[i];
    if (r->entry.at != group->at || !fg_sweep_is_baseline(&results->spec, r->entry.point))
      continue;
    int distance = fg_sweep_cell_distance(&results->spec, group->at, group->point, r->entry.point);
    if (distance != FG_ABSENT && (!best || distance < best_distance)) {
      best = r;
      best_distance = distance;
    }
  }
  return best;
}

static const struct fg_sweep_result *same_with_seed(const struct fg_sweep_results *results,
                                                    const struct fg_sweep_result *like, uint64_t seed) {
  size_t first = like ? (size_t)(like - results->result) : 0; /* entries of a group stand together */
  for (size_t i = 0; like && i < results->n; i++) {
    const struct fg_sweep_result *r = &results->result[(first + i) % results->n];
    if (r->entry.seed == seed && r->entry.at == like->entry.at &&
        memcmp(r->entry.point, like->entry.point, results->spec.n_axes * sizeof(int)) == 0)
      return r;
  }
  return NULL;
}

/* ---- numbers */

static double ratio_of(double baseline_s, double own_s) {
  if (own_s == INFINITY)
    return 0;
  return own_s > 0 ? baseline_s / own_s : 1;
}

static enum fg_err pair(const struct fg_sweep_results *results, struct fg_sweep_group *group, double *scratch,
                        struct fg_fault *fault) {
  const struct fg_sweep_target *target = &results->spec.target;
  bool with_baseline = target->axis != FG_ABSENT;
  if (!with_baseline && !target->fixed)
    return FG_OK;
  group->reach_s = malloc(group->n * sizeof(double));
  group->ratio = with_baseline ? malloc(group->n * sizeof(double)) : NULL;
  if (!group->reach_s || (with_baseline && !group->ratio))
    return FG_ENOMEM;
  const struct fg_sweep_result *like = with_baseline ? baseline_of(results, group) : NULL;
  for (size_t i = 0; i < group->n; i++) {
    const struct fg_sweep_result *own = group->member[i];
    const struct fg_sweep_result *baseline = same_with_seed(results, like, own->entry.seed);
    double goal;
    enum fg_err err = fg_sweep_goal(results, baseline, &goal, fault);
    if (err)
      return err;
    bool counts = !fg_sweep_is_missing(own) && goal < INFINITY &&
                  (!with_baseline || (baseline && !fg_sweep_is_missing(baseline)));
    group->reach_s[i] = counts ? fg_sweep_reach(own, goal) : NAN;
    if (with_baseline)
      group->ratio[i] = counts ? ratio_of(fg_sweep_reach(baseline, goal), group->reach_s[i]) : NAN;
    group->pairs += counts;
    group->reached += counts && group->reach_s[i] < INFINITY;
    if (group->metric_name[0] == '\0' && baseline && baseline->metric_name)
      group->metric_name = baseline->metric_name;
  }
  size_t n = 0;
  for (size_t i = 0; i < group->n; i++)
    if (!isnan(group->reach_s[i]))
      scratch[n++] = group->reach_s[i];
  group->reach = fg_spread_of(scratch, n);
  n = 0;
  for (size_t i = 0; with_baseline && i < group->n; i++)
    if (!isnan(group->ratio[i]))
      scratch[n++] = group->ratio[i];
  group->ratio_spread = fg_spread_of_ratios(scratch, n);
  return FG_OK;
}

static void count_numbers(struct fg_sweep_group *group, double *scratch) {
  for (int number = 0; number < FG_RUN_NUMBERS; number++) {
    size_t n = 0;
    for (size_t i = 0; i < group->n; i++) {
      const struct fg_sweep_result *r = group->member[i];
      if (r->state == FG_RUN_DIVERGED && number <= FG_NUMBER_IDLE)
        scratch[n++] = INFINITY;
      else if (r->state == FG_RUN_DONE && !isnan(r->number[number]))
        scratch[n++] = r->number[number];
    }
    group->number[number] = fg_spread_of(scratch, n);
  }
}

struct fg_spread fg_sweep_number(const struct fg_sweep_group *group, enum fg_run_number number) {
  return group->number[number];
}

/* ---- the edge of the grid */

/* what a point sets, if that is one number; otherwise its place */
static double size_of(const struct fg_sweep_axis *axis, int k) {
  const struct fg_sweep_settings *settings = &axis->point[k].settings;
  if (settings->n == 1) {
    char *end;
    double value = strtod(settings->setting[0].value, &end);
    if (end != settings->setting[0].value && *end == '\0')
      return value;
  }
  return k;
}

static bool is_edge(const struct fg_sweep_spec *spec, const struct fg_sweep_group *group) {
  int tuned = spec->tune.axis;
  if (group->at != FG_AT_FINAL || tuned == FG_ABSENT || group->point[tuned] == FG_ABSENT || group->refused)
    return false;
  const struct fg_sweep_axis *axis = &spec->axis[tuned];
  double own = size_of(axis, group->point[tuned]);
  bool below = false, above = false;
  for (int k = 0; k < (int)axis->n; k++) {
    if (!fg_sweep_holds(spec, &axis->when[axis->point[k].when], group->point))
      continue;
    below |= size_of(axis, k) < own;
    above |= size_of(axis, k) > own;
  }
  return !(below && above);
}

enum fg_err fg_sweep_groups_make(const struct fg_sweep_results *results, const struct fg_sweep_conditions *where,
                                 struct fg_sweep_groups *groups, struct fg_fault *fault) {
  double *scratch = malloc((results->n ? results->n : 1) * sizeof *scratch);
  enum fg_err err = scratch ? gather(results, where, groups) : FG_ENOMEM;
  for (size_t i = 0; !err && i < groups->n; i++) {
    struct fg_sweep_group *group = &groups->group[i];
    err = pair(results, group, scratch, fault);
    count_numbers(group, scratch);
    group->edge = is_edge(&results->spec, group);
  }
  free(scratch);
  return err;
}

void fg_sweep_groups_free(struct fg_sweep_groups *groups) {
  for (size_t i = 0; i < groups->n; i++) {
    free(groups->group[i].member);
    free(groups->group[i].reach_s);
    free(groups->group[i].ratio);
  }
  free(groups->group);
  *groups = (struct fg_sweep_groups){0};
}
