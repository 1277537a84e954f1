/* The third step of a preflight: every strategy on the simulated cluster, at several steps and with several seeds. */
#include "core/evaluate.h"
#include "core/rng.h"
#include "proofs/preflight/preflight.h"
#include "sim/stage.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_JOBS = FG_PREFLIGHT_CANDIDATES * (2 * FG_PREFLIGHT_SEEDS + FG_PREFLIGHT_STEPS) };

/* Candidates within this factor of the fastest, on the seed of tuning, are run with further seeds. */
#define NEAR 2.5
/* Those within this factor of the best of them, that cannot be told from it, with still more. */
#define NEARER 1.5

/* Runs so small that twice the seeds cost nothing [flop]. */
#define CHEAP_FLOP 5e8

struct job {
  unsigned candidate, seed; /* seed 0: tuning */
  int step;                 /* place in `tuned` */
};

struct plan {
  const struct fg_preflight_ask *ask;
  const struct fg_lab *lab;
  struct fg_candidates *all;
  struct job job[MOST_JOBS];
  unsigned chosen[FG_PREFLIGHT_CANDIDATES], n_chosen; /* those with further seeds */
  uint64_t n, done, expected; /* jobs of this round; of earlier ones; of all, as far as is known */
};

struct watch {
  const struct fg_run *run;
  struct fg_course *course;
};

static enum fg_err look(void *self, uint64_t rounds, const struct fg_totals *so_far, const struct fg_factors *factors,
                        struct fg_fault *fault) {
  const struct watch *w = self;
  struct fg_course *c = w->course;
  struct fg_evaluation e;
  (void)rounds;
  if (c->n > FG_PREFLIGHT_EPOCHS)
    return FG_OK;
  enum fg_err err = fg_evaluate(w->run, factors, &e, fault);
  c->time[c->n] = so_far->time_s;
  c->train[c->n] = e.train_loss;
  c->test[c->n++] = e.test_metric;
  return err;
}

enum fg_err fg_candidate_run(const struct fg_candidates *all, const struct fg_candidate *c, double multiple,
                             unsigned seed, struct fg_course *course, struct fg_fault *fault) {
  struct fg_trial *t = c->trial;
  const struct fg_options *o = &t->run.options;
  uint64_t from = fg_seed_derive(o->seed, 0x5052454600000000u + seed); /* apart from those of runs */
  struct fg_trial_seeds seeds = {.init = fg_seed_derive(from, 1),
                                 .order = fg_seed_derive(from, 2),
                                 .straggler = all->lasting ? t->straggler.seed : fg_seed_derive(from, 3)};
  struct watch watch = {.run = &t->run, .course = course};
  struct fg_sink sink = {.self = &watch, .evaluate = look};
  memset(course, 0, sizeof *course);
  enum fg_err err = fg_trial_reseed(t, &seeds, fault);
  t->run.job.steps.eta0 = all->step * multiple;
  if (!err)
    err = fg_sim_run(&t->run, &t->network, &t->straggler, &sink, NULL, &course->totals, fault);
  course->made = true;
  course->diverged = err == FG_EDIVERGED;
  return course->diverged ? FG_OK : err;
}

static enum fg_err play(const void *self, uint64_t i, void *result, struct fg_fault *fault) {
  const struct plan *plan = self;
  const struct job *job = &plan->job[i];
  return fg_candidate_run(plan->all, &plan->all->c[job->candidate], ldexp(1, job->step - FG_PREFLIGHT_REACH), job->seed,
                          result, fault);
}

static void report(void *self, uint64_t done, uint64_t n) {
  const struct plan *plan = self;
  (void)n;
  if (plan->lab->progress)
    plan->lab->progress(plan->lab->self, plan->done + done, plan->expected);
}

static struct fg_course *place_of(struct fg_candidates *all, const struct job *job) {
  struct fg_candidate *c = &all->c[job->candidate];
  if (job->seed == 0)
    return &c->tuned[job->step];
  return job->step == c->best ? &c->at_best[job->seed - 1] : &c->at_users[job->seed - 1];
}

/* Makes the jobs of a round. */
static enum fg_err carry_out(struct plan *plan, struct fg_fault *fault) {
  struct fg_lab lab = *plan->lab;
  struct fg_course *course = calloc(plan->n ? plan->n : 1, sizeof *course);
  if (!course)
    return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory for %llu runs", (unsigned long long)plan->n);
  lab.progress = report;
  lab.self = plan;
  if (plan->expected < plan->done + plan->n)
    plan->expected = plan->done + plan->n;
  enum fg_err err = fg_lab_map(&lab, plan->n, play, plan, sizeof *course, course, fault);
  for (uint64_t i = 0; i < plan->n && !err; i++)
    *place_of(plan->all, &plan->job[i]) = course[i];
  free(course);
  plan->done += plan->n;
  plan->n = 0;
  return err;
}

static void want(struct plan *plan, unsigned candidate, int step, unsigned seed) {
  plan->job[plan->n++] = (struct job){candidate, seed, step};
}

/* Where a run got to in so many epochs; INFINITY if it diverged. */
static double goal_after(const struct fg_course *c, unsigned epochs) {
  return c->made && !c->diverged && c->n > epochs ? fg_course_goal(c, epochs) : INFINITY;
}

static double final_goal(const struct fg_course *c) {
  return c->made && !c->diverged && c->n > 0 ? fg_course_goal(c, c->n - 1) : INFINITY;
}

/* Is the i-th run better than the best so far? By the time to the goal; where it is never reached, by where they end.
 */
static bool is_better(double goal, const struct fg_course *a, const struct fg_course *b) {
  double ta = fg_course_time(a, goal), tb = fg_course_time(b, goal);
  return isfinite(ta) || isfinite(tb) ? ta < tb : final_goal(a) < final_goal(b);
}

static void choose_steps(struct fg_candidates *all) {
  struct fg_candidate *barrier = &all->c[all->barrier];
  unsigned epochs = fg_preflight_yardstick(all->epochs);
  for (int i = 0; i < FG_PREFLIGHT_STEPS; i++)
    if (goal_after(&barrier->tuned[i], epochs) < goal_after(&barrier->tuned[barrier->best], epochs))
      barrier->best = i;
  double goal = fg_candidates_goal(all, 0, false);
  for (unsigned k = 0; k < all->n; k++)
    for (int i = 0; k != all->barrier && all->c[k].trial && i < FG_PREFLIGHT_STEPS; i++)
      if (all->c[k].tuned[i].made && is_better(goal, &all->c[k].tuned[i], &all->c[k].tuned[all->c[k].best]))
        all->c[k].best = i;
}

/* Steps beside the best that have not been tried. */
static void want_neighbours(struct plan *plan) {
  for (unsigned k = 0; k < plan->all->n; k++) {
    const struct fg_candidate *c = &plan->all->c[k];
    for (int side = -1; c->trial && side <= 1; side += 2) {
      int i = c->best + side;
      if (i >= 0 && i < FG_PREFLIGHT_STEPS && !c->tuned[i].made)
        want(plan, k, i, 0);
    }
  }
}

static enum fg_err tune(struct plan *plan, struct fg_fault *fault) {
  struct fg_candidates *all = plan->all;
  enum fg_err err = FG_OK;
  for (unsigned k = 0; k < all->n; k++) {
    all->c[k].best = FG_PREFLIGHT_REACH;
    for (int i = -1; all->c[k].trial && i <= 1; i++)
      want(plan, k, FG_PREFLIGHT_REACH + i, 0);
  }
  plan->expected = plan->n * 4;
  while (plan->n > 0 && !err) {
    err = carry_out(plan, fault);
    if (!err) {
      choose_steps(all);
      want_neighbours(plan);
    }
  }
  return err;
}

/* The place of the fastest; of barrier if none is faster. */
static unsigned fastest_of(const struct fg_candidates *all) {
  unsigned best = all->barrier;
  for (unsigned k = 0; k < all->n; k++)
    if (fg_candidate_share(all, &all->c[k]) < fg_candidate_share(all, &all->c[best]))
      best = k;
  return best;
}

static void want_seeds(struct plan *plan, unsigned k, unsigned seeds, bool users) {
  struct fg_candidate *c = &plan->all->c[k];
  for (unsigned s = c->seeds + 1; s <= seeds; s++) {
    want(plan, k, c->best, s);
    if (users && c->best != FG_PREFLIGHT_REACH)
      want(plan, k, FG_PREFLIGHT_REACH, s);
  }
  c->seeds = seeds;
}

/* Those near the fastest that have no further seeds yet; barrier and the user's own in any case. */
static void want_contenders(struct plan *plan, unsigned seeds) {
  struct fg_candidates *all = plan->all;
  double least = fg_candidate_share(all, &all->c[fastest_of(all)]);
  unsigned from = plan->n_chosen;
  for (unsigned k = 0; k < all->n; k++) {
    if (!all->c[k].trial || all->c[k].seeds > 0)
      continue;
    bool near = fg_candidate_share(all, &all->c[k]) <= NEAR * least;
    if (near || k == all->barrier || k == all->user)
      plan->chosen[plan->n_chosen++] = k;
  }
  for (unsigned i = from; i < plan->n_chosen; i++)
    want_seeds(plan, plan->chosen[i], seeds, true);
}

/* Those that cannot be told from the best, with the best, if there are any. */
static void want_finalists(struct plan *plan, unsigned seeds) {
  struct fg_candidates *all = plan->all;
  unsigned best = fastest_of(all);
  bool any = false;
  for (unsigned i = 0; i < plan->n_chosen; i++) {
    unsigned k = plan->chosen[i];
    struct fg_interval ratio = fg_candidate_ratio(all, &all->c[k], &all->c[best]);
    if (k == best || !(ratio.low <= 1 && ratio.estimate <= NEARER))
      continue;
    want_seeds(plan, k, seeds, false);
    any = true;
  }
  if (any)
    want_seeds(plan, best, seeds, false);
  if (any && best != all->barrier) /* which sets the goals */
    want_seeds(plan, all->barrier, seeds, false);
}

enum fg_err fg_preflight_simulate(const struct fg_preflight_ask *ask, const struct fg_lab *lab,
                                  struct fg_candidates *all, struct fg_fault *fault) {
  struct plan *plan = calloc(1, sizeof *plan);
  if (!plan)
    return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory for a plan");
  plan->ask = ask;
  plan->lab = lab;
  plan->all = all;
  const struct fg_run *run = &all->c[all->barrier].trial->run;
  double flop = run->model.type->flops(&run->model) * (double)run->grid.n_train * all->epochs;
  unsigned first = ask->quick ? 3 : 5, most = ask->quick ? 6 : flop <= CHEAP_FLOP ? FG_PREFLIGHT_SEEDS : 20;
  enum fg_err err = tune(plan, fault);
  if (!err && isnan(fg_candidates_goal(all, 0, false)))
    err = fg_fail(fault, FG_EDIVERGED, NULL, 0,
                  "barrier diverges at every step that was tried, from %.3g on: the data or --step %.3g need a look",
                  all->step / (1 << FG_PREFLIGHT_REACH), all->step);
  /* again while there are any: who was the fastest by luck on the seed of tuning must not keep out the others */
  if (!err)
    want_contenders(plan, first);
  plan->expected = plan->done + plan->n;
  while (plan->n > 0 && !err) {
    err = carry_out(plan, fault);
    if (!err)
      want_contenders(plan, first);
  }
  for (unsigned seeds = 2 * first; seeds <= most && !err; seeds *= 2) {
    want_finalists(plan, seeds);
    err = carry_out(plan, fault);
  }
  free(plan);
  return err;
}
