/* Strategies compared in pairs: times to the baseline's goal, ratios, the choice of steps. Semantics: docs/sweeps.md.
 */
#ifndef FG_SWEEP_COMPARE_H
#define FG_SWEEP_COMPARE_H

#include "sweep/results.h"
#include "sweep/spread.h"

/* First virtual time at which the run's test metric is at or below the goal, interpolated linearly between evaluations;
 * INFINITY if it never is, the run has no result, or the goal is infinite. Lower metrics are better. [s] */
double fg_sweep_reach(const struct fg_sweep_result *result, double goal);

/* All entries that differ by seed only. */
struct fg_sweep_group {
  enum fg_sweep_at at;
  int point[FG_AXES_MAX];
  const struct fg_sweep_result **member; /* in the order of the seeds; lent by the results */
  size_t n;
  /* of n seeds; INFINITY where never reached; NAN for a seed whose baseline has no result, which counts nowhere */
  double *reach_s, *ratio; /* ratio: baseline's time to its goal by this one's, 0 if never reached */
  size_t pairs, reached, diverged;
  bool refused, is_baseline, edge; /* edge: the chosen point is the smallest or largest of the tuned axis */
  struct fg_spread reach, ratio_spread;
};

struct fg_sweep_groups {
  struct fg_sweep_group *group; /* in the order of the plan */
  size_t n;
};

/* Groups of all results that `where` selects (NULL: all at final and shared). Without a baseline or a fixed target
 * reach and ratio are NULL. *groups must be zero; freed by fg_sweep_groups_free. */
enum fg_err fg_sweep_groups_make(const struct fg_sweep_results *results, const struct fg_sweep_conditions *where,
                                 struct fg_sweep_groups *groups, struct fg_fault *fault);
void fg_sweep_groups_free(struct fg_sweep_groups *groups);

/* Median and interval of a number over a group's seeds. */
struct fg_spread fg_sweep_number(const struct fg_sweep_group *group, enum fg_run_number number);

/* The sentence about a group against the baseline: wins, does not win, is refused; written to `out` (lent). A win is a
 * ratio whose whole interval is at 1.01 or above, a loss one at 0.99 or below. */
void fg_sweep_verdict(const struct fg_sweep_results *results, const struct fg_sweep_group *group, char *out,
                      size_t size);

/* Best points of the tuned axis from finished entries of `grid`: a fg_sweep_choose, self is the struct. The goal is
 * what the baseline reaches at its best; without a baseline the best point has the lowest median final metric. */
struct fg_sweep_choice;
enum fg_err fg_sweep_choice_make(const struct fg_sweep_results *results, struct fg_sweep_choice **choice,
                                 struct fg_fault *fault);
int fg_sweep_choice_of(void *choice, const int *point);
void fg_sweep_choice_free(struct fg_sweep_choice *choice);

#endif
