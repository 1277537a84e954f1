/* Extra updates while waiting: what the strategies that make them share (method.md section 4). Private to core/sync. */
#ifndef FG_CORE_SYNC_EXTRAS_H
#define FG_CORE_SYNC_EXTRAS_H

#include "core/sync/sync.h"

/* Rows of a parameter table, one for each of `decay`, `max`, `extra`. */
#define FG_EXTRA_DECAY                                                                                                 \
  {                                                                                                                    \
    "decay", NULL, FG_PARAM_REAL, "0.05", 0, 1, NULL,                                                                  \
        "factor of the step from one extra pass to the next (default: 0.01 for lda, 0.05 otherwise)"                   \
  }
#define FG_EXTRA_MAX                                                                                                   \
  { "max", NULL, FG_PARAM_COUNT, "inf", 0, INFINITY, NULL, "most extra passes of a wait" }
#define FG_EXTRA_KIND                                                                                                  \
  {                                                                                                                    \
    "extra", NULL, FG_PARAM_CHOICE, "geometric", 0, 0, "geometric|same|harmonic",                                      \
        "step of extra pass x: eta decay^(x+1), eta, or eta / (x+2)"                                                   \
  }

/* fg_sync_type.extra_step of a table with those rows. */
double fg_extra_step(const struct fg_sync *sync, uint64_t x);

/* The row `max` as a number of passes. */
uint64_t fg_extra_max(const struct fg_sync *sync);

#endif
