/* Time as a rank sees it. */
#include "mpi/clock.h"

#include <sched.h>
#include <time.h>

enum { YIELDS = 200, NAP_NS = 50000, LONGEST_NAP_NS = 1000000 };

static double seconds(clockid_t id) {
  struct timespec t;
  clock_gettime(id, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

double fg_clock_wall(void) {
  return seconds(CLOCK_MONOTONIC);
}

double fg_clock_cpu(void) {
  return seconds(CLOCK_THREAD_CPUTIME_ID);
}

void fg_clock_start(struct fg_clock *c, double at) {
  c->origin = fg_clock_wall() - at;
  c->running = true;
}

void fg_clock_stop(struct fg_clock *c) {
  c->stopped = fg_clock_now(c);
  c->running = false;
}

double fg_clock_now(const struct fg_clock *c) {
  return c->running ? fg_clock_wall() - c->origin : c->stopped;
}

void fg_clock_yield(unsigned *idle) {
  if ((*idle)++ < YIELDS) {
    sched_yield();
    return;
  }
  long naps = *idle - YIELDS, ns = NAP_NS + naps * naps * 50; /* some percent of the wait so far */
  if (naps > YIELDS || ns > LONGEST_NAP_NS)
    ns = LONGEST_NAP_NS;
  struct timespec nap = {0, ns};
  nanosleep(&nap, NULL);
}
