/* What a sweep has come to so far, in memory: the plan's entries, each with the numbers of its run. Figures, reports,
 * tables and the choice of steps read this. */
#ifndef FG_SWEEP_RESULTS_H
#define FG_SWEEP_RESULTS_H

#include "sweep/arena.h"
#include "sweep/store.h"

struct fg_sweep_result {
  struct fg_sweep_entry entry;
  enum fg_run_state state;
  const char *reason;                 /* "" */
  const char *metric_name;            /* of the test metric; "" */
  double number[FG_RUN_NUMBERS];      /* NAN: none, also of all runs that are not DONE */
  const struct fg_run_moment *moment; /* the run's curve; NULL of all runs that are not DONE */
  size_t n_moments;
  const struct fg_run_worker *worker; /* NULL unless the run had a trace */
  size_t n_workers;
  const struct fg_run_record *run; /* all that is known of it: provenance, histograms; NULL if it is not there */
};

/* Everything that is lent by a result is owned by the results. */
struct fg_sweep_results {
  struct fg_sweep_spec spec;
  struct fg_sweep_result *result; /* in the order of the plan */
  size_t n;
  char dir[4096];
  const char *version, *revision; /* of the program that wrote last; "" */
  bool mixed_revisions;           /* runs were made by different revisions of the program */
  struct fg_arena arena;          /* internal */
};

/* Of DIR, also while another process, or this one, writes its database; all of one moment. *results must be zero; freed
 * by fg_sweep_results_free, also after an error. FG_EINPUT if there is no sweep, or its plan does not fit its
 * specification. */
enum fg_err fg_sweep_results_read(const char *dir, struct fg_sweep_results *results, struct fg_fault *fault);
void fg_sweep_results_free(struct fg_sweep_results *results);

/* Did it end, and only count (`compute: none`)? Such a run has no test metric, and so no name of one. */
static inline bool fg_sweep_is_timing_only(const struct fg_sweep_result *result) {
  return result->state == FG_RUN_DONE && !*result->metric_name;
}

/* Label of a result on an axis; "" if the axis is absent there. Lent by the results. */
const char *fg_sweep_label(const struct fg_sweep_results *results, const struct fg_sweep_result *result, int axis);

/* An option of the run, as its config.yaml has it ("model"), to `out` (lent). false: it is not known. */
bool fg_sweep_run_option(const struct fg_sweep_result *result, const char *option, char *out, size_t size);

/* Is the result among those that `where` means? Conditions may also be on "at" (without one: final) and "seed". */
bool fg_sweep_selects(const struct fg_sweep_results *results, const struct fg_sweep_conditions *where,
                      const struct fg_sweep_result *result);

#endif
