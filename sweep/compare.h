/* Strategies compared in pairs: times to the baseline's goal, ratios, the choice of steps. Semantics: docs/sweeps.md.
 */
#ifndef FG_SWEEP_COMPARE_H
#define FG_SWEEP_COMPARE_H

#include "sweep/results.h"
#include "sweep/spread.h"

/* First virtual time at which the run's test metric is at or below the goal, interpolated linearly between evaluations;
 * INFINITY if it never is, the run has no result, or the goal is infinite. Lower metrics are better. [s] */
double fg_sweep_reach(const struct fg_sweep_result *result, double goal);

/* All entries that differ by seed only. A run that is pending, failed or timed out is missing: it counts nowhere but in
 * `missing`. One that diverged or was refused has a result: it never reaches anything. */
struct fg_sweep_group {
  enum fg_sweep_at at;
  int point[FG_AXES_MAX];
  const struct fg_sweep_result **member; /* in the order of the seeds; lent by the results */
  size_t n;
  /* of n seeds; INFINITY where never reached; NAN for a seed that is missing or whose baseline has no result, which
   * counts nowhere */
  double *reach_s, *ratio;                  /* ratio: baseline's time to its goal by this one's, 0 if never reached */
  size_t pairs, reached, diverged, missing; /* pairs: seeds that count; reached: of them */
  bool refused, is_baseline, edge;          /* edge: the chosen point is the smallest or largest of the tuned axis */
  struct fg_spread reach, ratio_spread;     /* over `pairs` seeds */
  struct fg_spread number[FG_RUN_NUMBERS];  /* fg_sweep_number */
  const char *metric_name;                  /* of the test metric, where a run of it or of its baseline says it; "" */
};

struct fg_sweep_groups {
  struct fg_sweep_group *group; /* in the order of the plan */
  size_t n;
};

/* Groups of all results that `where` selects (NULL: all at final and shared). Without a baseline or a fixed target
 * reach and ratio are NULL; with a fixed target alone, ratio. *groups must be zero; freed by fg_sweep_groups_free, also
 * after an error. FG_EINPUT if a run sets no goal though it has a result: it has no test metric (at the target's
 * epoch). */
enum fg_err fg_sweep_groups_make(const struct fg_sweep_results *results, const struct fg_sweep_conditions *where,
                                 struct fg_sweep_groups *groups, struct fg_fault *fault);
void fg_sweep_groups_free(struct fg_sweep_groups *groups);

/* Median and interval of a number over the seeds of a group that are there and have it. What a diverged run has come to
 * (time to idle share) counts as infinite. */
struct fg_spread fg_sweep_number(const struct fg_sweep_group *group, enum fg_run_number number);

/* What a group is called among others of its cell: its label on the baseline's axis and on those that are there for
 * that label only ("relay, relay.slack 2"); without a baseline all labels. Written to `out` (lent). */
void fg_sweep_group_name(const struct fg_sweep_results *results, const struct fg_sweep_group *group, char *out,
                         size_t size);

/* Is it one of the axes whose labels say where groups are compared (task, workers, straggler)? Others say what is
 * compared: the baseline's axis, those that are there for some of its labels only, and the tuned one.
 */
bool fg_sweep_tells_cells_apart(const struct fg_sweep_spec *spec, int axis);

/* The test metric of all groups, lent; "" if they have different ones, as different models do, or none. */
const char *fg_sweep_metric_name(const struct fg_sweep_groups *groups);

/* "barrier"; "" without a baseline. "barrier's final rmse", "barrier's rmse after 6 epochs", "rmse 0.9"; "" without a
 * target. Written to `out` (lent). metric_name: a group's, or that of all. */
void fg_sweep_baseline_name(const struct fg_sweep_spec *spec, char *out, size_t size);
void fg_sweep_goal_name(const struct fg_sweep_spec *spec, const char *metric_name, char *out, size_t size);

/* The sentence about a group against the baseline: wins, does not win, is refused; written to `out` (lent). A win is a
 * ratio whose whole interval is at 1.01 or above, a loss one at 0.99 or below. Of the baseline itself: which seeds are
 * left out of ratios for want of a goal, or "". Without a baseline "". */
void fg_sweep_verdict(const struct fg_sweep_results *results, const struct fg_sweep_group *group, char *out,
                      size_t size);

/* Best points of the tuned axis from finished entries of `grid`: a fg_sweep_choose, self is the struct, which lends the
 * results. The goal is what the baseline reaches at its best; without a baseline the best point has the lowest median
 * final metric, and so where the baseline comes to no result at any point. A combination whose grid (or its baseline's)
 * has missing runs is FG_UNDECIDED, one that is not in the grid FG_ABSENT. One that is refused gets the first of its
 * points, where it is refused again. FG_EINPUT as of fg_sweep_groups_make. *choice is NULL after an error. */
struct fg_sweep_choice;
enum fg_err fg_sweep_choice_make(const struct fg_sweep_results *results, struct fg_sweep_choice **choice,
                                 struct fg_fault *fault);
int fg_sweep_choice_of(void *choice, const int *point);
void fg_sweep_choice_free(struct fg_sweep_choice *choice);

#endif
