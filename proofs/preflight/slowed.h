/* A model whose updates take longer in virtual time, and are otherwise what they were: a sample stands for more data
 * than it has. */
#ifndef FG_PROOFS_PREFLIGHT_SLOWED_H
#define FG_PROOFS_PREFLIGHT_SLOWED_H

#include "core/run.h"

struct fg_slowed {
  struct fg_model_type type; /* first: the run's model points to it */
  const struct fg_model_type *real;
  double factor;
};

/* Makes the updates of a run that is ready take `factor` times as long on any host. *slowed is the caller's to free()
 * when the run is over. FG_ENOMEM. */
enum fg_err fg_slowed_new(struct fg_run *run, double factor, struct fg_slowed **slowed, struct fg_fault *fault);

#endif
