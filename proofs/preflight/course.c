/* What a simulated run came to, and two strategies compared. */
#include "proofs/preflight/preflight.h"

#include <math.h>

/* Of what barrier learns: where its curve has become flat, a hair of loss would be worth epochs. */
#define SHARE 0.99

#define PENALTY 2

double fg_course_goal(const struct fg_course *c, unsigned look) {
  return isnan(c->test[look]) ? c->train[look] : c->test[look];
}

double fg_course_time(const struct fg_course *c, double goal) {
  if (!c->made || c->diverged || !isfinite(goal))
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

/* further runs at the user's step */
static const struct fg_course *at_users(const struct fg_candidate *c) {
  return c->best == FG_PREFLIGHT_REACH ? c->at_best : c->at_users;
}

double fg_candidates_goal(const struct fg_candidates *all, unsigned seed, bool users) {
  const struct fg_candidate *b = &all->c[all->barrier];
  const struct fg_course *c = seed == 0 ? &b->tuned[users ? FG_PREFLIGHT_REACH : b->best]
                              : users   ? &at_users(b)[seed - 1]
                                        : &b->at_best[seed - 1];
  unsigned epochs = fg_preflight_yardstick(all->epochs);
  if (!c->made || c->diverged || c->n <= epochs)
    return NAN;
  double start = fg_course_goal(c, 0), end = fg_course_goal(c, epochs);
  return end + (1 - SHARE) * fmax(0, start - end);
}

double fg_candidates_mean_goal(const struct fg_candidates *all, bool users) {
  double sum = 0;
  unsigned n = 0;
  for (unsigned s = 1; s <= all->c[all->barrier].seeds; s++) {
    double goal = fg_candidates_goal(all, s, users);
    n += !isnan(goal);
    sum += isnan(goal) ? 0 : goal;
  }
  return n ? sum / n : fg_candidates_goal(all, 0, users);
}

double fg_candidate_users_speed(const struct fg_candidates *all, const struct fg_candidate *c) {
  const struct fg_candidate *barrier = &all->c[all->barrier];
  const struct fg_course *of = at_users(c), *to = at_users(barrier);
  double sum = 0, goal = fg_candidates_goal(all, 0, true);
  unsigned n = 0;
  for (unsigned s = 1; s <= c->seeds; s++)
    if (of[s - 1].made && to[s - 1].made) {
      double its = fg_candidates_goal(all, s, true);
      sum += log(fg_course_time(&to[s - 1], its) / fg_course_time(&of[s - 1], its));
      n++;
    }
  return n ? exp(sum / n)
           : fg_course_time(&barrier->tuned[FG_PREFLIGHT_REACH], goal) /
                 fg_course_time(&c->tuned[FG_PREFLIGHT_REACH], goal);
}

/* a run that does not get there counts with twice its time, as solvers are scored (PAR2); one that diverges, for ever
 */
static double scored(const struct fg_course *c, double goal) {
  double time = fg_course_time(c, goal);
  return isfinite(time) || !c->made || c->diverged || isnan(goal) ? time : PENALTY * c->time[c->n - 1];
}

/* to the goal, with a further seed (1, ...) */
static double time_of(const struct fg_candidates *all, const struct fg_candidate *c, unsigned seed) {
  return scored(&c->at_best[seed - 1], fg_candidates_goal(all, seed, false));
}

double fg_candidate_time(const struct fg_candidates *all, const struct fg_candidate *c, unsigned *reached,
                         unsigned *seeds) {
  double sum = 0;
  *reached = 0;
  *seeds = c->seeds;
  if (c->seeds == 0) {
    double time = c->trial ? fg_course_time(&c->tuned[c->best], fg_candidates_goal(all, 0, false)) : INFINITY;
    *reached = isfinite(time);
    *seeds = 1;
    return time;
  }
  for (unsigned s = 1; s <= c->seeds; s++) {
    *reached += isfinite(fg_course_time(&c->at_best[s - 1], fg_candidates_goal(all, s, false)));
    sum += log(time_of(all, c, s));
  }
  return *reached ? exp(sum / c->seeds) : INFINITY;
}

double fg_candidate_share(const struct fg_candidates *all, const struct fg_candidate *c) {
  const struct fg_candidate *barrier = &all->c[all->barrier];
  double sum = 0, goal = fg_candidates_goal(all, 0, false);
  if (c->seeds == 0)
    return c->trial ? fg_course_time(&c->tuned[c->best], goal) / fg_course_time(&barrier->tuned[barrier->best], goal)
                    : INFINITY;
  for (unsigned s = 1; s <= c->seeds; s++)
    sum += log(time_of(all, c, s) / time_of(all, barrier, s));
  return exp(sum / c->seeds);
}

struct fg_interval fg_candidate_ratio(const struct fg_candidates *all, const struct fg_candidate *of,
                                      const struct fg_candidate *to) {
  double log_ratio[FG_PREFLIGHT_SEEDS];
  unsigned n = of->seeds < to->seeds ? of->seeds : to->seeds;
  bool all_reached = n >= 2;
  for (unsigned s = 0; s < n; s++) {
    log_ratio[s] = log(time_of(all, of, s + 1)) - log(time_of(all, to, s + 1));
    all_reached = all_reached && isfinite(log_ratio[s]);
  }
  if (!all_reached)
    return (struct fg_interval){NAN, NAN, NAN};
  struct fg_interval i = fg_interval_mean(log_ratio, n, 0.05);
  return (struct fg_interval){exp(i.estimate), exp(i.low), exp(i.high)};
}
