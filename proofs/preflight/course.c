/* What a simulated run came to, and two strategies compared. */
#include "proofs/preflight/preflight.h"

#include <math.h>

double fg_course_goal(const struct fg_course *c, unsigned look) {
  return isnan(c->test[look]) ? c->train[look] : c->test[look];
}

double fg_course_time(const struct fg_course *c, double goal) {
  if (!c->made || c->diverged)
    return INFINITY;
  for (unsigned i = 1; i < c->n; i++) {
    double before = fg_course_goal(c, i - 1), after = fg_course_goal(c, i);
    if (after > goal)
      continue;
    double share = before > goal ? (before - goal) / (before - after) : 0;
    return c->time[i - 1] + share * (c->time[i] - c->time[i - 1]);
  }
  return INFINITY;
}

double fg_course_epoch(const struct fg_course *c, unsigned epochs) {
  return c->totals.time_s / epochs;
}

double fg_course_idle(const struct fg_course *c, uint32_t workers) {
  return 1 - c->totals.busy_s / (c->totals.time_s * workers);
}

double fg_course_bytes(const struct fg_course *c, unsigned epochs) {
  return (double)c->totals.bytes_sent / epochs;
}

double fg_course_extra(const struct fg_course *c) {
  return (double)c->totals.extra_updates / (double)c->totals.updates;
}

double fg_candidate_multiple(const struct fg_candidate *c) {
  return ldexp(1, c->best - FG_PREFLIGHT_REACH);
}

const struct fg_course *fg_candidate_at_users(const struct fg_candidate *c) {
  return c->best == FG_PREFLIGHT_REACH ? c->at_best : c->at_users;
}

double fg_candidate_time(const struct fg_candidates *all, const struct fg_candidate *c, unsigned *reached,
                         unsigned *seeds) {
  double sum = 0;
  *reached = 0;
  *seeds = c->seeds;
  if (c->seeds == 0) {
    double time = c->trial ? fg_course_time(&c->tuned[c->best], all->goal) : INFINITY;
    *reached = isfinite(time);
    *seeds = 1;
    return time;
  }
  for (unsigned s = 0; s < c->seeds; s++) {
    double time = fg_course_time(&c->at_best[s], all->goal);
    *reached += isfinite(time);
    sum += log(time);
  }
  return exp(sum / c->seeds);
}

struct fg_interval fg_candidate_ratio(const struct fg_candidates *all, const struct fg_candidate *of,
                                      const struct fg_candidate *to) {
  double log_ratio[FG_PREFLIGHT_SEEDS];
  unsigned n = of->seeds < to->seeds ? of->seeds : to->seeds;
  bool all_reached = n >= 2;
  for (unsigned s = 0; s < n; s++) {
    log_ratio[s] = log(fg_course_time(&of->at_best[s], all->goal)) - log(fg_course_time(&to->at_best[s], all->goal));
    all_reached = all_reached && isfinite(log_ratio[s]);
  }
  if (!all_reached)
    return (struct fg_interval){NAN, NAN, NAN};
  struct fg_interval i = fg_interval_mean(log_ratio, n, 0.05);
  return (struct fg_interval){exp(i.estimate), exp(i.low), exp(i.high)};
}
