/* The wall clock of a rank's run: seconds since the start, without the time for which it was stopped (evaluation,
 * checkpoints). */
#ifndef FG_MPI_CLOCK_H
#define FG_MPI_CLOCK_H

#include <stdbool.h>

struct fg_clock {
  double origin;  /* where on the system's clock the run's time is 0 [s] */
  double stopped; /* when it was stopped, on the run's clock [s] */
  bool running;
};

/* Starts, or goes on, at `at` [s]. */
void fg_clock_start(struct fg_clock *clock, double at);

void fg_clock_stop(struct fg_clock *clock);

/* Time of the run [s]. */
double fg_clock_now(const struct fg_clock *clock);

/* CPU time of this thread [s]: how long a chunk took, whatever else runs on its core. */
double fg_clock_cpu(void);

/* The system's monotonic clock [s]. */
double fg_clock_wall(void);

/* Nothing to do for the moment: gives the core to others; `idle` counts the calls in a row. After a while it sleeps, 50
 * us at a time at first, 1 ms after a wait of 50 ms, so that waiting ranks leave the machine to those that compute. */
void fg_clock_yield(unsigned *idle);

#endif
