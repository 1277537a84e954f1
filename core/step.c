/* Step sizes: from the number of an epoch to eta. */
#include "core/step.h"

#include <math.h>
#include <string.h>

static const char *const names[] = {"paper", "sqrt", "constant", "adagrad"};

const char *fg_step_schedule_name(enum fg_step_schedule schedule) {
  return names[schedule];
}

enum fg_err fg_step_schedule_parse(const char *text, enum fg_step_schedule *schedule, struct fg_fault *fault) {
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    if (strcmp(text, names[i]) == 0) {
      *schedule = (enum fg_step_schedule)i;
      return FG_OK;
    }
  return fg_fail(fault, FG_EUSAGE, NULL, 0, "step schedule '%s' must be one of paper, sqrt, constant, adagrad", text);
}

double fg_step_eta(const struct fg_steps *steps, uint64_t t) {
  double eta = steps->eta0;
  switch (steps->schedule) {
  case FG_STEP_PAPER:
    eta /= (double)t + 1;
    break;
  case FG_STEP_SQRT:
    eta /= sqrt((double)t + 1);
    break;
  case FG_STEP_CONSTANT:
  case FG_STEP_ADAGRAD:
    break;
  }
  return eta > steps->floor ? eta : steps->floor;
}
