/* The limit: from a plan to runs of three lengths, from those to where they go. */
#include "proofs/lab/limit.h"

#include "core/factors.h"
#include "core/rng.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OPTIONS_MOST = 32 };

struct order {
  const struct fg_limit_plan *plan;
  struct fg_trial *trial[FG_LIMIT_LENGTHS];
  size_t size, visits; /* visits: of the longest runs */
};

static enum fg_err no_memory(struct fg_fault *fault) {
  return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory for a limit");
}

/* An item's result: visits, then parameters of 1 + replays members; in whole visits, so that the next one is aligned.
 */
static size_t bytes_of(const struct order *o) {
  size_t psi = (1 + o->plan->replays) * o->size * sizeof(float), visit = sizeof(struct fg_visit);
  return (o->visits + (psi + visit - 1) / visit) * visit;
}

static struct fg_trial_seeds seeds_of(const struct fg_limit_plan *plan, uint64_t item, unsigned repeat) {
  uint64_t own = fg_seed_derive(fg_seed_derive(plan->seed, item), repeat);
  return (struct fg_trial_seeds){fg_seed_derive(own, 0), fg_seed_derive(own, 1), plan->seed};
}

static void keep(const struct fg_trial *t, float *psi) {
  const struct fg_run *run = &t->run;
  fg_factors_gather(&run->factors, &run->grid, &run->model, 0, psi);
  fg_factors_gather(&run->factors, &run->grid, &run->model, 1, psi + (size_t)run->grid.rows * run->model.rank);
}

/* Items go round the lengths, the longest first. */
static unsigned length_of(uint64_t item) {
  return FG_LIMIT_LENGTHS - 1 - (unsigned)(item % FG_LIMIT_LENGTHS);
}

static enum fg_err run_one(const void *self, uint64_t i, void *result, struct fg_fault *fault) {
  const struct order *o = self;
  struct fg_trial *t = o->trial[length_of(i)];
  struct fg_visit *visit = result;
  float *psi = (float *)(visit + o->visits);
  struct fg_record first = {.visits = i == 0, .order = o->plan->replays > 0};
  struct fg_trial_seeds seeds = seeds_of(o->plan, i, 0);
  if (o->plan->tamper)
    o->plan->tamper(o->plan->self, t);
  enum fg_err err = fg_trial_reseed(t, &seeds, fault);
  if (!err)
    err = fg_trial_simulate(t, &first, NULL, fault);
  if (!err && i == 0)
    memcpy(visit, first.trace.visit, o->visits * sizeof *visit);
  if (!err)
    keep(t, psi);
  for (unsigned k = 1; k <= o->plan->replays && !err; k++) {
    seeds = seeds_of(o->plan, i, k);
    err = fg_trial_reseed(t, &seeds, fault);
    if (!err)
      err = fg_trial_replay(t, &first, NULL, NULL, fault);
    if (!err)
      keep(t, psi + k * o->size);
  }
  fg_record_free(&first);
  return err;
}

static enum fg_err make_trials(struct order *o, struct fg_fault *fault) {
  const char *options[OPTIONS_MOST];
  enum fg_err err = FG_OK;
  size_t n = 0;
  for (; o->plan->options[n] && n < OPTIONS_MOST - 4; n++)
    options[n] = o->plan->options[n];
  for (unsigned l = 0; l < FG_LIMIT_LENGTHS && !err; l++) {
    char epochs[64], slow[64];
    snprintf(epochs, sizeof epochs, "epochs=%llu", (unsigned long long)o->plan->epochs >> (FG_LIMIT_LENGTHS - 1 - l));
    snprintf(slow, sizeof slow, "seed-straggler=%llu", (unsigned long long)o->plan->seed);
    options[n] = epochs;
    options[n + 1] = slow;
    options[n + 2] = "eval-every=0";
    options[n + 3] = NULL;
    o->trial[l] = fg_trial_new(options, &err, fault);
  }
  return err;
}

static enum fg_err gather(const struct fg_lab *lab, const struct order *o, struct fg_limit *limit,
                          struct fg_fault *fault) {
  uint64_t items = (uint64_t)o->plan->runs * FG_LIMIT_LENGTHS;
  size_t bytes = bytes_of(o), members = (1 + o->plan->replays) * o->size;
  unsigned char *results = malloc(items * bytes);
  enum fg_err err = results ? fg_lab_map(lab, items, run_one, o, bytes, results, fault) : no_memory(fault);
  for (uint64_t i = 0; i < items && !err; i++)
    memcpy(limit->psi[length_of(i)] + i / FG_LIMIT_LENGTHS * members,
           results + i * bytes + o->visits * sizeof(struct fg_visit), members * sizeof(float));
  if (!err)
    memcpy(limit->trace.visit, results, o->visits * sizeof *limit->trace.visit);
  free(results);
  return err;
}

enum fg_err fg_limit_run(const struct fg_lab *lab, const struct fg_limit_plan *plan, struct fg_limit *limit,
                         struct fg_fault *fault) {
  struct order o = {.plan = plan};
  enum fg_err err = make_trials(&o, fault);
  if (!err) {
    const struct fg_job *job = &o.trial[FG_LIMIT_LENGTHS - 1]->run.job;
    o.size = limit->size = fg_trial_look_size(o.trial[0]);
    o.visits = limit->trace.n = (size_t)(job->rounds * job->workers);
    limit->alike = job->sync.type->strata != NULL;
    limit->n = (size_t)plan->runs * (1 + plan->replays);
    limit->trace.visit = malloc(o.visits * sizeof *limit->trace.visit);
    bool room = limit->trace.visit != NULL;
    for (unsigned l = 0; l < FG_LIMIT_LENGTHS; l++) {
      limit->psi[l] = malloc(limit->n * limit->size * sizeof *limit->psi[l]);
      room = room && limit->psi[l];
    }
    err = room ? gather(lab, &o, limit, fault) : no_memory(fault);
  }
  for (unsigned l = 0; l < FG_LIMIT_LENGTHS; l++)
    fg_trial_delete(o.trial[l]);
  return err;
}

void fg_limit_free(struct fg_limit *limit) {
  for (unsigned l = 0; l < FG_LIMIT_LENGTHS; l++)
    free(limit->psi[l]);
  fg_trace_free(&limit->trace);
  memset(limit, 0, sizeof *limit);
}

enum fg_err fg_limit_along(const struct fg_limit *limit, const double *origin, const double *axis, double level,
                           struct fg_interval *interval, double *remainder, struct fg_fault *fault) {
  struct fg_interval at[FG_LIMIT_LENGTHS];
  double square = 0, half[FG_LIMIT_LENGTHS];
  double *x = malloc((limit->n + 1) * sizeof *x);
  if (!x)
    return no_memory(fault);
  for (size_t k = 0; k < limit->size; k++)
    square += axis[k] * axis[k];
  for (unsigned l = 0; l < FG_LIMIT_LENGTHS; l++) {
    for (size_t i = 0; i < limit->n; i++) {
      x[i] = 0;
      for (size_t k = 0; k < limit->size; k++)
        x[i] += (limit->psi[l][i * limit->size + k] - origin[k]) * axis[k] / square;
    }
    at[l] = fg_interval_mean(x, limit->n, level);
    half[l] = at[l].high - at[l].estimate;
  }
  free(x);
  /* the three ensembles are independent; the remainder's own error adds to the interval, never takes away from it */
  double now = 2 * at[2].estimate - at[1].estimate, before = 2 * at[1].estimate - at[0].estimate;
  *remainder = fabs(now - before) / 3;
  if (!limit->alike) {
    double last = fabs(at[2].estimate - at[1].estimate), first = fabs(at[1].estimate - at[0].estimate) / 2;
    *remainder = fmax(3 * *remainder, fmax(last, first));
  }
  double all = hypot(2 * half[2], half[1]) + *remainder;
  *interval = (struct fg_interval){now, now - all, now + all};
  return FG_OK;
}
