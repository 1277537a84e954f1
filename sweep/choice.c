/* From the finished grid to the point of the tuned axis at which each combination runs. */
#include "sweep/cell.h"
#include "sweep/compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Entries of the grid that differ by point of the tuned axis and seed only. */
struct combination {
  int point[FG_AXES_MAX];             /* FG_ABSENT on the tuned axis */
  const struct fg_sweep_result **run; /* points of the axis x tuning seeds; NULL: not in the grid */
  bool missing, refused;
  double *goal; /* of the baseline: a seed each, at its best point; NULL of others */
  int chosen;
};

struct fg_sweep_choice {
  const struct fg_sweep_results *results; /* lent */
  struct combination *combination;
  size_t n;
};

static size_t n_points(const struct fg_sweep_choice *choice) {
  const struct fg_sweep_spec *spec = &choice->results->spec;
  return spec->axis[spec->tune.axis].n;
}

static size_t n_seeds(const struct fg_sweep_choice *choice) {
  return choice->results->spec.tune.n_seeds;
}

static void without_tuned(const struct fg_sweep_spec *spec, const int *point, int *out) {
  for (int k = 0; k < (int)spec->n_axes; k++)
    out[k] = k == spec->tune.axis ? FG_ABSENT : point[k];
}

/* ---- the grid */

static struct combination *find(struct fg_sweep_choice *choice, const int *point) {
  for (size_t i = choice->n; i > 0; i--)
    if (memcmp(choice->combination[i - 1].point, point, choice->results->spec.n_axes * sizeof(int)) == 0)
      return &choice->combination[i - 1];
  return NULL;
}

static enum fg_err put(struct fg_sweep_choice *choice, const struct fg_sweep_result *result) {
  const struct fg_sweep_spec *spec = &choice->results->spec;
  int point[FG_AXES_MAX] = {0}, tuned = result->entry.point[spec->tune.axis];
  if (tuned == FG_ABSENT)
    return FG_OK;
  without_tuned(spec, result->entry.point, point);
  struct combination *c = find(choice, point);
  if (!c) {
    c = &choice->combination[choice->n++];
    memcpy(c->point, point, sizeof point);
    c->chosen = FG_UNDECIDED;
    c->run = calloc(n_points(choice) * n_seeds(choice) + 1, sizeof(void *));
    if (!c->run)
      return FG_ENOMEM;
  }
  for (size_t j = 0; j < n_seeds(choice); j++)
    if (spec->tune.seed[j] == result->entry.seed)
      c->run[(size_t)tuned * n_seeds(choice) + j] = result;
  c->missing |= fg_sweep_is_missing(result);
  c->refused |= result->state == FG_RUN_REFUSED;
  return FG_OK;
}

/* the baseline's combination in the cell of another, the nearest; NULL if the grid has none */
static struct combination *baseline_of(struct fg_sweep_choice *choice, struct combination *c) {
  const struct fg_sweep_spec *spec = &choice->results->spec;
  struct combination *best = NULL;
  int best_distance = 0;
  if (fg_sweep_is_baseline(spec, c->point))
    return c;
  for (size_t i = 0; i < choice->n; i++) {
    struct combination *b = &choice->combination[i];
    if (!fg_sweep_is_baseline(spec, b->point))
      continue;
    int distance = fg_sweep_cell_distance(spec, FG_AT_FINAL, c->point, b->point);
    if (distance != FG_ABSENT && (!best || distance < best_distance)) {
      best = b;
      best_distance = distance;
    }
  }
  return best;
}

/* ---- medians over the tuning seeds of a combination at a point; a run that came to no result counts as infinite */

enum what { GOAL, TIME, FINAL };

/* NAN if the grid does not have the point */
static enum fg_err median(const struct fg_sweep_choice *choice, const struct combination *c, size_t k, enum what what,
                          const double *goal, double *scratch, double *mid, struct fg_fault *fault) {
  size_t n = 0;
  for (size_t j = 0; j < n_seeds(choice); j++) {
    const struct fg_sweep_result *run = c->run[k * n_seeds(choice) + j];
    enum fg_err err = FG_OK;
    if (!run)
      continue;
    double x = INFINITY;
    if (what == GOAL)
      err = fg_sweep_goal(choice->results, run, &x, fault);
    else if (what == TIME)
      x = fg_sweep_reach(run, goal[j]);
    else if (run->state == FG_RUN_DONE && !isnan(run->number[FG_NUMBER_METRIC]))
      x = run->number[FG_NUMBER_METRIC];
    if (err)
      return err;
    scratch[n++] = x;
  }
  *mid = fg_spread_of(scratch, n).mid;
  return FG_OK;
}

/* Of all points the one with the baseline's lowest median goal sets the goals, seed by seed. A baseline that comes to
 * no result anywhere sets none: nobody reaches it, and final metrics decide. */
static enum fg_err set_goal(const struct fg_sweep_choice *choice, struct combination *c, double *scratch,
                            struct fg_fault *fault) {
  double best = INFINITY;
  size_t best_point = 0;
  c->goal = malloc((n_seeds(choice) + 1) * sizeof *c->goal);
  if (!c->goal)
    return FG_ENOMEM;
  for (size_t k = 0; k < n_points(choice); k++) {
    double mid = NAN;
    enum fg_err err = median(choice, c, k, GOAL, NULL, scratch, &mid, fault);
    if (err)
      return err;
    if (mid < best) {
      best = mid;
      best_point = k;
    }
  }
  for (size_t j = 0; j < n_seeds(choice); j++) {
    c->goal[j] = INFINITY;
    const struct fg_sweep_result *run = c->run[best_point * n_seeds(choice) + j];
    enum fg_err err = run ? fg_sweep_goal(choice->results, run, &c->goal[j], fault) : FG_OK;
    if (err)
      return err;
  }
  return FG_OK;
}

/* the point with the smallest median time to the goal; if none gets there, the one with the lowest median final metric;
 * of equally good ones the first */
static enum fg_err choose(const struct fg_sweep_choice *choice, struct combination *c, const double *goal,
                          double *scratch, struct fg_fault *fault) {
  double best_time = INFINITY, best_final = INFINITY;
  for (size_t k = 0; k < n_points(choice); k++) {
    double time_s = INFINITY, final = NAN;
    enum fg_err err = goal ? median(choice, c, k, TIME, goal, scratch, &time_s, fault) : FG_OK;
    err = err ? err : median(choice, c, k, FINAL, NULL, scratch, &final, fault);
    if (err)
      return err;
    if (isnan(final))
      continue;
    bool better = time_s < best_time || (time_s == INFINITY && best_time == INFINITY && final < best_final);
    if (c->chosen == FG_UNDECIDED || (!c->refused && better)) {
      c->chosen = (int)k;
      best_time = time_s;
      best_final = final;
    }
  }
  return FG_OK;
}

static enum fg_err choose_all(struct fg_sweep_choice *choice, double *scratch, double *fixed, struct fg_fault *fault) {
  const struct fg_sweep_target *target = &choice->results->spec.target;
  enum fg_err err = FG_OK;
  for (size_t i = 0; !err && !target->fixed && i < choice->n; i++) {
    struct combination *c = &choice->combination[i];
    if (fg_sweep_is_baseline(&choice->results->spec, c->point) && !c->missing)
      err = set_goal(choice, c, scratch, fault);
  }
  for (size_t j = 0; j < n_seeds(choice); j++)
    fixed[j] = target->metric;
  for (size_t i = 0; !err && i < choice->n; i++) {
    struct combination *c = &choice->combination[i], *baseline = target->fixed ? NULL : baseline_of(choice, c);
    if (!c->missing && !(baseline && baseline->missing))
      err = choose(choice, c, baseline ? baseline->goal : target->fixed ? fixed : NULL, scratch, fault);
  }
  return err;
}

enum fg_err fg_sweep_choice_make(const struct fg_sweep_results *results, struct fg_sweep_choice **out,
                                 struct fg_fault *fault) {
  size_t seeds = results->spec.tune.n_seeds;
  *out = NULL;
  struct fg_sweep_choice *choice = calloc(1, sizeof *choice);
  double *scratch = calloc(2 * seeds + 1, sizeof *scratch);
  enum fg_err err = FG_ENOMEM;
  if (!choice || !scratch)
    goto cleanup;
  choice->results = results;
  choice->combination = calloc(results->n + 1, sizeof *choice->combination);
  if (!choice->combination)
    goto cleanup;
  err = FG_OK;
  for (size_t i = 0; !err && results->spec.tune.axis != FG_ABSENT && i < results->n; i++)
    if (results->result[i].entry.at == FG_AT_GRID)
      err = put(choice, &results->result[i]);
  if (!err)
    err = choose_all(choice, scratch, scratch + seeds, fault);
  if (!err) {
    *out = choice;
    choice = NULL;
  }
cleanup:
  fg_sweep_choice_free(choice);
  free(scratch);
  return err;
}

/* ---- who asks */

/* an axis that `under` names, or that goes in step with one */
static bool is_under(const struct fg_sweep_spec *spec, int axis) {
  int with = spec->axis[axis].with;
  for (size_t i = 0; i < spec->tune.under.n; i++) {
    int named = fg_sweep_axis_find(spec, spec->tune.under.condition[i].axis);
    if (named == axis || (named != FG_ABSENT && with != FG_ABSENT && spec->axis[named].with == with))
      return true;
  }
  return false;
}

/* How far a combination is from one of the grid, passing over axes that `under` names: axes that only one of them has
 * come first, then differences in what is passed over. FG_ABSENT: it is another. */
static int distance(const struct fg_sweep_spec *spec, const int *a, const int *b) {
  int only_one = 0, passed = 0;
  for (int k = 0; k < (int)spec->n_axes; k++) {
    if (a[k] == b[k] || k == spec->tune.axis)
      continue;
    if (is_under(spec, k))
      passed++;
    else if (a[k] == FG_ABSENT || b[k] == FG_ABSENT)
      only_one++;
    else
      return FG_ABSENT;
  }
  return only_one * FG_AXES_MAX + passed;
}

int fg_sweep_choice_of(void *self, const int *point) {
  const struct fg_sweep_choice *choice = self;
  int best = FG_ABSENT, chosen = FG_ABSENT;
  for (size_t i = 0; i < choice->n; i++) {
    int d = distance(&choice->results->spec, point, choice->combination[i].point);
    if (d != FG_ABSENT && (best == FG_ABSENT || d < best)) {
      best = d;
      chosen = choice->combination[i].chosen;
    }
  }
  return chosen;
}

void fg_sweep_choice_free(struct fg_sweep_choice *choice) {
  if (!choice)
    return;
  for (size_t i = 0; choice->combination && i < choice->n; i++) {
    free(choice->combination[i].run);
    free(choice->combination[i].goal);
  }
  free(choice->combination);
  free(choice);
}
