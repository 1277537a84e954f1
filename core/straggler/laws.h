/* The straggler laws, one file each; their rows in fg_straggler_types. Nobody outside this folder
 * needs them by name. */
#ifndef FG_CORE_STRAGGLER_LAWS_H
#define FG_CORE_STRAGGLER_LAWS_H

#include "core/straggler/straggler.h"

extern const struct fg_straggler_type fg_straggler_none;
extern const struct fg_straggler_type fg_straggler_persistent;
extern const struct fg_straggler_type fg_straggler_onoff;
extern const struct fg_straggler_type fg_straggler_shifted_exp;
extern const struct fg_straggler_type fg_straggler_pareto;
extern const struct fg_straggler_type fg_straggler_lognormal;
extern const struct fg_straggler_type fg_straggler_weibull;
extern const struct fg_straggler_type fg_straggler_gamma;
extern const struct fg_straggler_type fg_straggler_uniform;
extern const struct fg_straggler_type fg_straggler_burst;
extern const struct fg_straggler_type fg_straggler_trace;

/* Bounds of a constant slowdown that a user may ask for. */
#define FG_FACTOR_LO 1e-6
#define FG_FACTOR_HI 1e6

#endif
