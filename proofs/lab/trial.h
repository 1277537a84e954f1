/* A trial: one run of the real core, looked at from inside. Options as on the command line; the simulated cluster, or
 * the replay of what a trial recorded. */
#ifndef FG_PROOFS_LAB_TRIAL_H
#define FG_PROOFS_LAB_TRIAL_H

#include "core/order.h"
#include "core/run.h"
#include "core/sink.h"
#include "core/straggler/straggler.h"
#include "core/trace.h"
#include "sim/network.h"

struct fg_trial {
  struct fg_config config;
  struct fg_run run;
  struct fg_network network;
  struct fg_straggler straggler;
};

/* Makes a trial ready from options "name=value" ("sync=fugue:decay=0.5"), a list that NULL ends; the others have their
 * defaults. Read only afterwards but by its own functions; a forked process has one of its own. *trial must be zero;
 * freed by fg_trial_free, also after an error. Large: allocate it by fg_trial_new. */
enum fg_err fg_trial_prepare(struct fg_trial *trial, const char *const *options, struct fg_fault *fault);

/* The same, allocated; freed by fg_trial_delete. NULL after an error. */
struct fg_trial *fg_trial_new(const char *const *options, enum fg_err *err, struct fg_fault *fault);
void fg_trial_free(struct fg_trial *trial);
void fg_trial_delete(struct fg_trial *trial);

/* Seeds of a repetition; data, partition and options stay. Timing in a simulation depends on `straggler` alone, not on
 * what is learned: trials that share it have the same visits with the same counts. */
struct fg_trial_seeds {
  uint64_t init, order, straggler;
};

/* Puts the trial back to its start with other seeds (initial factors are drawn anew). */
enum fg_err fg_trial_reseed(struct fg_trial *trial, const struct fg_trial_seeds *seeds, struct fg_fault *fault);

/* What is kept of a run. Zero-initialise and set what is wanted; freed by fg_record_free. */
struct fg_record {
  /* in */
  uint64_t look_every; /* parameters after every so many rounds (strata), and at start and end; 0: no looks. Not of
                          strategies without boundaries. */
  bool visits, order;  /* keep the trace, the order log */
  /* out */
  size_t n_looks, look_size; /* looks; floats of each: U, then W, without padding in original order */
  uint64_t *look_round;      /* n_looks */
  float *look;               /* n_looks x look_size */
  struct fg_trace trace;     /* as trace.csv has it (rows in the order of visit ends) */
  struct fg_order log;
  struct fg_totals totals;
  /* inner */
  size_t looks_capacity, visits_capacity, n_taken, taken_capacity;
  struct fg_taken *taken;
  const struct fg_run *run;
};

/* Floats of a look: (rows + cols) * rank. */
size_t fg_trial_look_size(const struct fg_trial *trial);

/* Simulates the trial; once per process: call it from an item of fg_lab_map. Parameters end up in trial->run.factors.
 * record: NULL, or what is kept. */
enum fg_err fg_trial_simulate(struct fg_trial *trial, struct fg_record *record, struct fg_totals *totals,
                              struct fg_fault *fault);

/* Re-executes a recorded run (record `from`, with its order) serially with the trial's present seeds: the same visits
 * and counts, in this process, any number of times (after fg_trial_reseed). Times are 0. `to`: as above. */
enum fg_err fg_trial_replay(struct fg_trial *trial, const struct fg_record *from, struct fg_record *to,
                            struct fg_totals *totals, struct fg_fault *fault);

void fg_record_free(struct fg_record *record);

#endif
