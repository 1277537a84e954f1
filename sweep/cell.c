/* Which runs are compared, and the goal that the baseline's sets. */
#include "sweep/cell.h"

#include <math.h>
#include <string.h>

int fg_sweep_cell_distance(const struct fg_sweep_spec *spec, enum fg_sweep_at at, const int *a, const int *b) {
  int distance = 0;
  for (int k = 0; k < (int)spec->n_axes; k++) {
    if (k == spec->target.axis || (at == FG_AT_FINAL && k == spec->tune.axis))
      continue;
    if (a[k] != FG_ABSENT && b[k] != FG_ABSENT) {
      if (!fg_sweep_same_label(&spec->axis[k], a[k], b[k]))
        return FG_ABSENT;
    } else {
      distance += a[k] != b[k];
    }
  }
  return distance;
}

bool fg_sweep_is_missing(const struct fg_sweep_result *result) {
  return result->state != FG_RUN_DONE && result->state != FG_RUN_DIVERGED && result->state != FG_RUN_REFUSED;
}

/* the test metric after `epoch` epochs, or the last */
static double metric_of(const struct fg_sweep_target *target, const struct fg_sweep_result *result) {
  double metric = NAN;
  for (size_t i = 0; i < result->n_moments; i++) {
    const struct fg_run_moment *m = &result->moment[i];
    bool wanted = !target->at_epoch || (m->epoch == (double)target->epoch && m->sub_epoch == 0);
    if (wanted && !isnan(m->test_metric))
      metric = m->test_metric;
  }
  return metric;
}

enum fg_err fg_sweep_goal(const struct fg_sweep_results *results, const struct fg_sweep_result *baseline, double *goal,
                          struct fg_fault *fault) {
  const struct fg_sweep_target *target = &results->spec.target;
  if (target->fixed) {
    *goal = target->metric;
    return FG_OK;
  }
  if (!baseline || fg_sweep_is_missing(baseline)) {
    *goal = NAN;
    return FG_OK;
  }
  if (baseline->state != FG_RUN_DONE) {
    *goal = INFINITY;
    return FG_OK;
  }
  *goal = metric_of(target, baseline);
  if (!isnan(*goal))
    return FG_OK;
  if (target->at_epoch)
    return fg_fail(fault, FG_EINPUT, results->spec.path, 0,
                   "the baseline has no test metric after %llu epochs (run %s)", (unsigned long long)target->epoch,
                   baseline->entry.id);
  return fg_fail(fault, FG_EINPUT, results->spec.path, 0,
                 "the baseline has no test metric (run %s): its runs need a test share", baseline->entry.id);
}
