/* The limit of real runs under a diminishing step: ensembles of three lengths, T / 4, T / 2 and T epochs. Under
 * eta_0 / (t + 1) the mean of the iterates is limit + b / t + O(t^-2) (b: order of blocks, first steps) if the start is
 * forgotten faster, eta_0 Lambda >= 2. So with strata, where one epoch is like another, 2 m_T - m_(T/2) is the limit up
 * to a third of how much it moves when T is halved. Without strata b depends on when the run ends, and nothing better
 * than O(1/T) is to be had: the remainder is the largest of how much this and the mean itself move, the first from T/4
 * to T/2 halved. */
#ifndef FG_PROOFS_LAB_LIMIT_H
#define FG_PROOFS_LAB_LIMIT_H

#include "proofs/lab/lab.h"
#include "proofs/lab/statistics.h"
#include "proofs/lab/trial.h"

enum { FG_LIMIT_LENGTHS = 3 };

/* What is run. Everything is lent. */
struct fg_limit_plan {
  const char *const *options; /* "name=value", ends with NULL, without epochs and seeds of start and order */
  uint64_t epochs;            /* T, a multiple of 4 */
  uint64_t seed;              /* of starts and orders; also of slowdowns, which all runs share */
  unsigned runs, replays;     /* simulated runs of each length, replays of each */
  /* Changes a trial before it starts, for controls. What it changes must live as long as the process. May be NULL. */
  void (*tamper)(void *self, struct fg_trial *trial);
  void *self;
};

struct fg_limit {
  size_t size, n;               /* d; members of each length: runs x (1 + replays) */
  float *psi[FG_LIMIT_LENGTHS]; /* n x d: parameters after T / 4, T / 2, T epochs, in original order */
  bool alike;                   /* epochs are: a strategy with strata */
  struct fg_trace trace;        /* of the first of the longest runs, in the order of visit ends */
};

/* *limit must be zero; freed by fg_limit_free, also after an error. */
enum fg_err fg_limit_run(const struct fg_lab *lab, const struct fg_limit_plan *plan, struct fg_limit *limit,
                         struct fg_fault *fault);
void fg_limit_free(struct fg_limit *limit);

/* <limit - origin, axis> / |axis|^2, with an interval at `level` that includes the remainder; origin, axis: d entries,
 * lent. *remainder: how much of the interval's half that is. FG_ENOMEM. */
enum fg_err fg_limit_along(const struct fg_limit *limit, const double *origin, const double *axis, double level,
                           struct fg_interval *interval, double *remainder, struct fg_fault *fault);

#endif
