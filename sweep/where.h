/* Conditions on entries as a command line gives them. */
#ifndef FG_SWEEP_WHERE_H
#define FG_SWEEP_WHERE_H

#include "sweep/spec.h"

/* Adds "axis=label,axis=label|label,..." (lent) to *conditions; "at" and "seed" are axes, too. Of several labels of an
 * axis, with | between them or said one by one, each will do; a label may have commas and = in it. FG_EUSAGE says what is there to choose
 * from. *conditions: zero, or from here; freed by fg_sweep_where_free, also after an error. */
enum fg_err fg_sweep_where_add(const struct fg_sweep_spec *spec, const char *text,
                               struct fg_sweep_conditions *conditions, struct fg_fault *fault);

/* Is there a condition on the axis? */
bool fg_sweep_where_has(const struct fg_sweep_conditions *conditions, const char *axis);
void fg_sweep_where_free(struct fg_sweep_conditions *conditions);

#endif
