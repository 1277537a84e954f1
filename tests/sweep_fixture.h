/* A sweep made by hand: axes, and runs whose curves are known. */
#ifndef FG_TESTS_SWEEP_FIXTURE_H
#define FG_TESTS_SWEEP_FIXTURE_H

#include "sweep/compare.h"

/* Adds an axis; its points are the words of `labels`, each sets the option `name` to its label. */
void sweep_axis(struct fg_sweep_results *sweep, const char *name, const char *labels);

/* From now on points of the axis `name` that stand in `labels` are there only where `on` has the label `label`. */
void sweep_when(struct fg_sweep_results *sweep, const char *name, const char *labels, const char *on,
                const char *label);

/* Baseline and tuned axis, "axis label" and "axis"; tuning seeds in digits, "4" or "12". */
void sweep_baseline(struct fg_sweep_results *sweep, const char *axis, const char *label);
void sweep_tune(struct fg_sweep_results *sweep, const char *axis, const char *seeds);
void sweep_tune_under(struct fg_sweep_results *sweep, const char *axis, const char *label);

/* Adds a run: its labels on all axes in their order, "-" where one is absent; no numbers, no curve. */
struct fg_sweep_result *sweep_run(struct fg_sweep_results *sweep, enum fg_sweep_at at, const char *labels,
                                  uint64_t seed, enum fg_run_state state);

/* Appends an evaluation (epochs 0, 1, ...) to a run's curve; the run's time and metric become these. NAN: none. */
void sweep_moment(struct fg_sweep_result *run, double time_s, double test_metric);

void sweep_free(struct fg_sweep_results *sweep);

#endif
