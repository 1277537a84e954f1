/* An ensemble: many runs of one configuration that differ in their seeds, looked at after every so many strata. Each
 * process simulates one run and may then replay it with further seeds: the same core in the same schedule with the same
 * counts, at a twentieth of the cost. */
#ifndef FG_PROOFS_LAB_ENSEMBLE_H
#define FG_PROOFS_LAB_ENSEMBLE_H

#include "core/trace.h"
#include "proofs/lab/lab.h"
#include "proofs/lab/trial.h"

/* What is run. Everything is lent. */
struct fg_ensemble_plan {
  const char *const *options; /* "name=value", ends with NULL; a strategy with strata */
  uint64_t seed;              /* run i, repetition k: seeds of start and order are functions of it, i and k */
  uint64_t straggler;         /* seed of the slowdowns: of all runs, ... */
  bool vary;                  /* ... or what that of run i is derived from: then counts differ from run to run */
  uint64_t runs;              /* simulated */
  unsigned replays;           /* of each run */
  uint64_t look_every;        /* strata between looks, at least 1 */
  /* Changes the trial of a run before it starts, for controls; called in the run's own process, once. What it changes
   * must live as long as the process (`self`, or static). May be NULL. */
  void (*tamper)(void *self, struct fg_trial *trial);
  void *self;
};

struct fg_ensemble {
  uint64_t runs;
  unsigned repeats;       /* 1 + replays */
  size_t looks, size;     /* of a run; entries of a look: U, then W, in original order */
  uint64_t *round;        /* looks entries: strata that were complete */
  float *look;            /* runs x repeats x looks x size; repetition 0 is the simulated one */
  size_t visits;          /* of a run */
  struct fg_visit *visit; /* runs x visits; those of a run by round, then worker */
};

/* Runs the plan. FG_MISMATCH if runs that share their slowdowns have not the same counts: they would be no ensemble.
 * *ensemble must be zero; freed by fg_ensemble_free, also after an error. */
enum fg_err fg_ensemble_run(const struct fg_lab *lab, const struct fg_ensemble_plan *plan, struct fg_ensemble *ensemble,
                            struct fg_fault *fault);
void fg_ensemble_free(struct fg_ensemble *ensemble);

/* Parameters of run i, repetition k, at look l: size entries. */
const float *fg_ensemble_look(const struct fg_ensemble *ensemble, uint64_t i, unsigned k, size_t l);

/* Look l of repetitions first .. end - 1 of all runs, by parameter: those of parameter k from column[k * n] on, n =
 * runs x (end - first) is returned. column: size x n entries, lent. */
size_t fg_ensemble_columns(const struct fg_ensemble *ensemble, unsigned first, unsigned end, size_t l, double *column);

/* The trace of run i, lent by the ensemble. */
struct fg_trace fg_ensemble_trace(const struct fg_ensemble *ensemble, uint64_t i);

#endif
