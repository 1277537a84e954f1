/* What stands along y: a number of a run, one by another, the time to the baseline's goal, its ratio to the baseline's.
 */
#ifndef FG_CLI_MEASURE_H
#define FG_CLI_MEASURE_H

#include "cli/place.h"

enum fg_measure_kind {
  FG_MEASURE_NUMBER,
  FG_MEASURE_REACH,
  FG_MEASURE_RATIO,
  FG_MEASURE_SPEEDUP,
  FG_MEASURE_RHAT,
  FG_MEASURE_ESS,
  FG_MEASURE_ESS_RATE /* of all chains (seeds) of a group together */
};

struct fg_measure {
  enum fg_measure_kind kind;
  enum fg_run_number number, by; /* by: FG_RUN_NUMBERS: not divided */
  double burn_in;                /* of RHAT, ESS, ESS_RATE: NAN: FG_BURN_IN */
  char words[FG_FRAME_TEXT];
  const char *unit; /* static */
};

/* "time_s", "cpu_s/epochs", "reach_s", "ratio", "speedup", "rhat", "ess", "ess_per_s". FG_EUSAGE lists them, or says
 * that the sweep has neither baseline nor target. */
enum fg_err fg_measure_parse(const struct fg_sweep_spec *spec, const char *text, struct fg_measure *measure,
                             struct fg_fault *fault);

/* Several, divided by commas, as they are given to figures of lines. by: what each is divided by that does not say so
 * itself, or NULL. */
enum { FG_MEASURES = 4 };
enum fg_err fg_measures_parse(const struct fg_sweep_spec *spec, const char *text, const char *by,
                              struct fg_measure measure[FG_MEASURES], size_t *n, struct fg_fault *fault);

/* "test perplexity" instead of "test metric", if all runs agree on it. */
void fg_measure_name(struct fg_measure *measure, const struct fg_placing *placing);

/* Over a group's seeds; what is of all of them together is one number, or none (n = 0). `reference` of a speed-up: the
 * group whose time is divided by this one's, in pairs of the same seed. FG_ENOMEM. */
enum fg_err fg_measure_spread(const struct fg_measure *measure, const struct fg_sweep_group *group,
                              const struct fg_sweep_group *reference, struct fg_spread *spread, struct fg_fault *fault);

#endif
