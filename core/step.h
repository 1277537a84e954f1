/* Step sizes eta_t of epoch t (method.md section 3). */
#ifndef FG_CORE_STEP_H
#define FG_CORE_STEP_H

#include "core/err.h"

#include <stdint.h>

enum fg_step_schedule {
  FG_STEP_PAPER,    /* eta_0 / (t + 1) */
  FG_STEP_SQRT,     /* eta_0 / sqrt(t + 1) */
  FG_STEP_CONSTANT, /* eta_0 */
  FG_STEP_ADAGRAD,  /* eta_0, which the model divides row by row by what gradients it has seen (adagrad.h); the claims'
                       bounds are of the others */
};

struct fg_steps {
  double eta0;  /* > 0 */
  double floor; /* eta_t is never below; 0: none (a floor voids the convergence claim C1) */
  enum fg_step_schedule schedule;
};

/* "paper", "sqrt", "constant" or "adagrad" */
enum fg_err fg_step_schedule_parse(const char *text, enum fg_step_schedule *schedule, struct fg_fault *fault);

/* Static text. */
const char *fg_step_schedule_name(enum fg_step_schedule schedule);

/* eta_t, t = 0, 1, ... */
double fg_step_eta(const struct fg_steps *steps, uint64_t t);

#endif
