#include "sweep/spec.h"
int fg_sweep_axis_find(const struct fg_sweep_spec *spec, const char *name) {
  (void)spec;
  (void)name;
  return FG_ABSENT;
}
