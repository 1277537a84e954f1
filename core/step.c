/* Step sizes: from the number of an epoch to eta. */
#include "core/step.h"

#include <math.h>
#include <string.h>

static const char *const names[] = {"paper", "sqrt", "constant"};

const char *fg_step_schedule_name(enum fg_step_schedule schedule) {
  return names[schedule];
}

enum fg_err fg_step_schedule_parse(const char *text, enum fg_step_schedule *schedule, struct fg_fault *fault) {
  for (int i = 0; i < 3; i++)
    if (strcmp(text, names[i]) == 0) {
      *schedule = (enum fg_step_schedule)i;
      return FG_OK;
    }
  return fg_fail(fault, FG_EUSAGE, NULL, 0, "step schedule '%s' must be one of paper, sqrt, constant", text);
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
    break;
  }
  return eta > steps->floor ? eta : steps->floor;
}
