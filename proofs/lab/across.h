/* The machinery of M4: an ensemble, the blocks of a stratum, and comparisons of covariances across them. */
#ifndef FG_PROOFS_LAB_ACROSS_H
#define FG_PROOFS_LAB_ACROSS_H

#include "proofs/claim.h"
#include "proofs/lab/ensemble.h"
#include "proofs/lab/trial.h"

/* Pairs of entries in different blocks of a stratum are compared one by one, and once all together: along the way that
 * the mean goes in the stratum, in which common counts move all blocks. */
struct fg_across_stratum {
  uint64_t round;  /* before it */
  uint32_t *block; /* d: the worker that has the parameter */
  double *way;     /* d: mean after - mean before */
};

/* An experiment and its room. */
struct fg_across {
  struct fg_ensemble runs;
  struct fg_trial *trial; /* for its grid, steps and strategy */
  size_t d, samples;      /* parameters; most samples at a look */
  uint32_t workers;
  struct fg_across_stratum s;
  double *rounding;                              /* by look */
  double *spread, *room;                         /* d */
  double *before, *after;                        /* d x samples */
  double *product_before, *product_after, *work; /* samples */
};

/* Runs `plan`, whose options and seeds are filled in. *x must be zero; freed by fg_across_free, also after an error. */
enum fg_err fg_across_prepare(const struct fg_lab *lab, struct fg_ensemble_plan plan, struct fg_across *x,
                              struct fg_fault *fault);
void fg_across_free(struct fg_across *x);
enum fg_err fg_across_no_memory(struct fg_fault *fault);

/* Goes to stratum `round` with the visits of `trace`: sets x->s. mean_before, mean_after: d entries, exact means. */
void fg_across_enter(struct fg_across *x, const struct fg_trace *trace, uint64_t round, const double *mean_before,
                     const double *mean_after);

/* Subtracts the mean of each of d columns of n entries; centre: what is subtracted instead, or NULL. */
void fg_across_centre(double *column, size_t d, size_t n, const double *centre);

/* Root mean square of each column: d entries, out. */
void fg_across_spread(const double *column, size_t d, size_t n, double *spread);

/* Of sample a of n: the product of two entries; pair NULL: summed over pairs of blocks the product of their components
 * along the way. */
double fg_across_product(const struct fg_across *x, const double *column, size_t n, size_t a, const size_t *pair);

/* What to compare: fills product_after and product_before of a pair of entries, or along the way (pair NULL), n numbers
 * each. */
struct fg_across_comparison {
  void (*products)(const struct fg_across_comparison *c, struct fg_across *x, const size_t *pair);
  size_t n, repeats; /* runs, and samples of each */
  const char *what, *part;
  double level_pair, level_way; /* of one comparison */
  double twice;                 /* parameters in float on how many sides: 1 or 2 */
  const void *self;
};

/* Compares one pair; r: rounding. */
struct fg_finding fg_across_pair(const struct fg_across_comparison *c, struct fg_across *x, size_t i, size_t j,
                                 double r);

/* Compares all pairs of entries of different blocks after the present stratum, of which the one furthest out becomes a
 * finding, and along the way, another. series: of the second one in panel 1, or NULL. x->spread: of x->after. */
enum fg_err fg_across_judge(const struct fg_across_comparison *c, struct fg_across *x, const char *series,
                            struct fg_findings *findings);

/* M4 given the counts, which are taken to be those of run 0: covariance after every stratum against the one before it,
 * contracted. Draws panel 0. Half of the level. */
enum fg_err fg_across_given(const struct fg_lab *lab, struct fg_across *x, struct fg_findings *findings,
                            struct fg_fault *fault);

/* M4 without the condition: covariance of all runs against what the counts of each imply. Draws panel 1. unrelated:
 * implied by each worker's counts in another run. Half of the level. */
enum fg_err fg_across_counted(const struct fg_lab *lab, struct fg_across *x, bool unrelated,
                              struct fg_findings *findings, struct fg_fault *fault);

#endif
