/* What M1 and M2 measure: ensembles of runs of `additive` on a small matrix, several strategies and straggler seeds,
 * each with the exact moments that its counts imply, and the ways in which a run may be broken. */
#ifndef FG_PROOFS_LAB_ADDITIVE_CASE_H
#define FG_PROOFS_LAB_ADDITIVE_CASE_H

#include "proofs/lab/ensemble.h"
#include "proofs/lab/moments.h"

/* What is wrong with the runs; the moments are always those of sound ones. */
enum fg_additive_break {
  FG_ADDITIVE_SOUND,
  FG_ADDITIVE_PASS,      /* a pass is a permutation of the block: sampling without replacement */
  FG_ADDITIVE_UNDECAYED, /* extras keep the step of the required pass */
  FG_ADDITIVE_KERNEL,    /* the kernel's step is 2 % too long */
  FG_ADDITIVE_COUNTS,    /* the trace lacks one update, of worker 0's first visit */
};

struct fg_additive_case {
  const char *name;                    /* of a curve */
  bool drawn;                          /* in the figure */
  const char *data, *workers, *epochs; /* options */
  const char *sync, *undecayed;        /* the strategy; what it is replaced with by FG_ADDITIVE_UNDECAYED */
  unsigned straggler;                  /* which of the straggler seeds */
};

/* The cases of an effort, quick ones first; *n: how many. Static. Controls make do with the first
 * FG_ADDITIVE_CONTROLLED: a barrier and a fugue. */
enum { FG_ADDITIVE_CONTROLLED = 2 };
const struct fg_additive_case *fg_additive_cases(const struct fg_lab *lab, size_t *n);

/* One case, run. */
struct fg_additive_ensemble {
  const struct fg_additive_case *of;
  struct fg_ensemble runs;      /* looks after 0, 1, 2, ... strata */
  struct fg_moments_path exact; /* given the counts, which are those of all runs */
  double *rounding;             /* looks entries: see fg_additive_rounding */
  double *column;               /* room for the columns of a look: d arrays of as many entries as it has samples */
};

/* Runs it: lab->full decides how many. *e must be zero; freed by fg_additive_free, also after an error. */
enum fg_err fg_additive_run(const struct fg_lab *lab, const struct fg_additive_case *of, enum fg_additive_break broken,
                            struct fg_additive_ensemble *e, struct fg_fault *fault);
void fg_additive_free(struct fg_additive_ensemble *e);

/* The two parts of an ensemble, judged separately. */
enum fg_additive_part { FG_ADDITIVE_SIMULATED, FG_ADDITIVE_REPLAYED, FG_ADDITIVE_PARTS };

/* "simulated runs", "replays"; static. */
const char *fg_additive_part_name(enum fg_additive_part part);

/* Look l of a part into e->column, as fg_ensemble_columns does it. Returns n. */
size_t fg_additive_columns(struct fg_additive_ensemble *e, enum fg_additive_part part, size_t l);

/* Makes the kernel's step 2 % too long: `tamper` of an ensemble, for controls; self: a struct fg_model_type, for its
 * use.
 */
void fg_additive_stretch(void *self, struct fg_trial *trial);

/* Bound, by look, on the root mean square over the ensemble of the Euclidean distance between parameters in float and
 * exact ones that took the same points. runs: whose counts are read; 1 where all have the same. bound: ensemble->looks
 * entries, out. */
void fg_additive_rounding(const struct fg_run *run, const struct fg_ensemble *ensemble, uint64_t runs, double *bound);

#endif
