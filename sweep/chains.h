/* Have chains mixed, and how many independent draws are they worth: split R-hat, effective sample size, error of the
 * mean. A chain is a run of a sampler; what is looked at is one number of it, evaluation by evaluation. Definitions:
 * Vehtari, Gelman, Simpson, Carpenter, Buerkner, "Rank-normalization, folding, and localization: an improved R-hat",
 * Bayesian Analysis 16 (2021). */
#ifndef FG_SWEEP_CHAINS_H
#define FG_SWEEP_CHAINS_H

#include "sweep/compare.h"

/* One number of a chain, in the order of its evaluations. */
struct fg_trace {
  double *value, *time_s; /* n each; times do not fall [s] */
  size_t n;
};

/* FG_CHAIN_LEAST: so few values of a chain can be judged, two for each half of it. */
enum { FG_CHAIN_LEAST = 4, FG_CHAIN_NOTE = 400 };
#define FG_BURN_IN      0.5  /* share of a chain that is left out where nothing else is said */
#define FG_RHAT_MIXED   1.01 /* what Vehtari et al. ask for, */
#define FG_ESS_OF_CHAIN 100  /* and of each chain, before R-hat and ESS themselves can be trusted */

struct fg_mixing {
  size_t chains, kept;      /* kept: values of each chain */
  size_t shortest, longest; /* values of a chain before anything was left out; all are cut to the shortest */
  bool constant;            /* all kept values are the same: rhat, ess, mcse are NAN */
  double rhat;              /* INFINITY: every half of a chain stands still, at values of its own */
  double ess;               /* of the bulk; at most chains * kept * log10(chains * kept) */
  double mean, mcse;        /* mcse: standard error of the mean that the chains' correlation leaves */
  double time_s;            /* of the kept part of all chains together */
  double ess_per_s;         /* ess / time_s, so that it does not depend on the number of chains; NAN: no time passed */
};

/* Judges `chains` traces (lent). rhat is the larger of that of ranks and that of ranks of the distances from the
 * median; ess is of ranks: autocovariances of halves, summed over Geyer's initial monotone sequence. A chain's kept
 * time is from its last value that is left out (0 if none is) to its last. FG_EUSAGE if burn_in is not in [0, 1);
 * FG_EINPUT if there is no chain, one keeps too few values, or holds one that is not finite. */
enum fg_err fg_mixing_of(const struct fg_trace *trace, size_t chains, double burn_in, struct fg_mixing *mixing,
                         struct fg_fault *fault);

/* The note of chains that were begun with --seed alone, where a test share is held out. */
#define FG_CHAINS_APART "chains learn from different points: fix seed-data"

/* The chains of one setting. */
struct fg_chains {
  struct fg_trace *trace; /* owned, with its numbers */
  size_t n;
  bool judged;             /* mixing says what came of it; false: the note says why not */
  struct fg_mixing mixing; /* of chains that are not judged NAN, but for counts */
  char note[FG_CHAIN_NOTE];
};

/* Appends a trace with room for n values and none in it; NULL: no memory. */
struct fg_trace *fg_chains_add(struct fg_chains *chains, size_t n);

/* Minus the train loss of all finished runs of a group, where it was evaluated: for a sampler its log-likelihood, per
 * point. Notes runs that have no result, and runs that hold out different points: they have no posterior in common.
 * *chains must be zero; freed by fg_chains_free, also after an error. FG_ENOMEM. */
enum fg_err fg_chains_of(const struct fg_sweep_group *group, struct fg_chains *chains, struct fg_fault *fault);

/* Judges them, and notes what stands against trusting the numbers: "not mixed: R-hat is above 1.01". Too few values are
 * no error, but noted. FG_EUSAGE as of fg_mixing_of, FG_ENOMEM. */
enum fg_err fg_chains_judge(struct fg_chains *chains, double burn_in, struct fg_fault *fault);

/* Appends to the note. */
void fg_chains_note(struct fg_chains *chains, const char *text);
void fg_chains_free(struct fg_chains *chains);

#endif
