/* What is compared with what: shared by compare.c and choice.c. A cell is every axis but the baseline's and, where each
 * combination runs at its own best, the tuned one. */
#ifndef FG_SWEEP_CELL_H
#define FG_SWEEP_CELL_H

#include "sweep/results.h"

/* How far two combinations are from being in the same cell at `at`: 0 if they are, n if n axes are there for one of
 * them only (conditional ones: the decay that barrier does not have), FG_ABSENT if one differs that both have. */
int fg_sweep_cell_distance(const struct fg_sweep_spec *spec, enum fg_sweep_at at, const int *a, const int *b);

/* Pending, failed or timed out. */
bool fg_sweep_is_missing(const struct fg_sweep_result *result);

/* What a run of the baseline sets as goal; INFINITY if it diverged or was refused, NAN if it is missing. FG_EINPUT if
 * it has a result but not that metric. With a fixed target that one, of any run (NULL too). */
enum fg_err fg_sweep_goal(const struct fg_sweep_results *results, const struct fg_sweep_result *baseline, double *goal,
                          struct fg_fault *fault);

#endif
