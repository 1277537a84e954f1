/* The simulated stage: plays the workers and stewards of a run on a SimGrid platform, in virtual time. One simulation
 * per process (SimGrid 3.32 cannot restart its engine). */
#ifndef FG_SIM_STAGE_H
#define FG_SIM_STAGE_H

#include "core/run.h"
#include "core/savepoints.h"
#include "core/sink.h"
#include "core/straggler/straggler.h"
#include "sim/network.h"

/* Runs to the end. Parameters end up in run->factors. savepoints: when to save and what to resume from; NULL: never and
 * nothing. totals: out. Arithmetic takes place when the virtual clock has
 * passed it; evaluation costs no virtual time. Errors of workers and of the sink end the simulation at once. */
enum fg_err fg_sim_run(struct fg_run *run, const struct fg_network *network, const struct fg_straggler *straggler,
                       const struct fg_sink *sink, struct fg_savepoints *savepoints, struct fg_totals *totals,
                       struct fg_fault *fault);

#endif
