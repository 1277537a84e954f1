/* A sample in the place of all the data: how long an update takes. */
#include "proofs/preflight/slowed.h"

#include <stdlib.h>

static double flops(const struct fg_model *model) {
  const struct fg_slowed *s = (const struct fg_slowed *)model->type;
  return s->real->flops(model) * s->factor;
}

enum fg_err fg_slowed_new(struct fg_run *run, double factor, struct fg_slowed **slowed, struct fg_fault *fault) {
  struct fg_slowed *s = *slowed = malloc(sizeof *s);
  if (!s)
    return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory for a model");
  *s = (struct fg_slowed){.type = *run->model.type, .real = run->model.type, .factor = factor};
  if (factor != 1)
    s->type.flops = flops;
  run->model.type = &s->type;
  return FG_OK;
}
