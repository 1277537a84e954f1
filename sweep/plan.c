#include "sweep/plan.h"
const char *const fg_sweep_at_names[FG_SWEEP_ATS] = {"grid", "shared", "final"};
