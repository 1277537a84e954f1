/* M6. With 0 < decay < 1, extra=geometric and no floor, the step mass of a wait on block b in epoch t is at most eta_t
 * Z_b decay / (1 - decay) whatever its length, Z_b being the block's points; so sum eta = inf and sum eta^2 < inf
 * survive any waits. Geometric series; Kumar et al. 2014, section 4, for the rule. */
#include "proofs/bounds.h"
#include "proofs/claims.h"
#include "proofs/lab/trial.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

double fg_bound_wait_mass(double eta, double n, double decay) {
  return eta * n * decay / (1 - decay);
}

enum { REAL, UNDECAYED };

/* A run's waits: the largest step mass over its bound, and sum over the run of the squared steps of extras over its
 * bound. */
struct waits {
  double mass, squares, visits, longest; /* longest: in passes */
};

/* Step mass, and sum of squared steps, of `extra` updates on a block of n points, in units of eta and eta^2. */
static void add_up(const struct fg_sync *sync, uint64_t n, uint64_t extra, double *mass, double *squares) {
  *mass = *squares = 0;
  for (uint64_t x = 0; extra > 0; x++) {
    double share = sync->type->extra_step(sync, x);
    uint64_t some = extra < n ? extra : n;
    if (share < FG_STEP_FLUSH)
      return; /* the core makes no updates of such steps */
    *mass += share * (double)some;
    *squares += share * share * (double)some;
    extra -= some;
  }
}

static enum fg_err wait_of(const void *self, uint64_t i, void *result, struct fg_fault *fault) {
  const char *const *options = self;
  struct waits *w = result;
  struct fg_record record = {.visits = true};
  enum fg_err err;
  (void)i;
  struct fg_trial *t = fg_trial_new(options, &err, fault);
  if (!err)
    err = fg_trial_simulate(t, &record, NULL, fault);
  double decay = err ? 0 : 0.5;
  for (size_t v = 0; v < record.trace.n && !err; v++) {
    const struct fg_visit *visit = &record.trace.visit[v];
    double mass, squares, n = (double)visit->required_updates;
    if (visit->required_updates == 0)
      continue;
    add_up(&t->run.job.sync, visit->required_updates, visit->extra_updates, &mass, &squares);
    w->mass = fmax(w->mass, mass / fg_bound_wait_mass(1, n, decay));
    w->squares = fmax(w->squares, squares / (n * decay * decay / (1 - decay * decay)));
    w->longest = fmax(w->longest, (double)visit->extra_updates / n);
    w->visits++;
  }
  fg_record_free(&record);
  fg_trial_delete(t);
  return err;
}

static enum fg_err measure(const struct fg_lab *lab, unsigned variant, struct fg_findings *findings,
                           struct fg_fault *fault) {
  static const char *const laws[] = {"pareto:alpha=1.2", "pareto:alpha=1.5,per=chunk", "burst:p=0.2,factor=50"};
  char data[FG_PATH_MAX], text[3][FG_PATH_MAX + 16];
  enum fg_err err = fg_lab_data(lab, "additive:rows=64,cols=64,nnz=2000", 1, data, fault);
  for (size_t l = 0; l < 3 && !err; l++) {
    snprintf(text[0], sizeof text[0], "data=%s", data);
    snprintf(text[1], sizeof text[1], "straggler=%s", laws[l]);
    snprintf(text[2], sizeof text[2], "seed=%llu", (unsigned long long)lab->seed);
    const char *const options[] = {text[0],
                                   text[1],
                                   text[2],
                                   "model=additive",
                                   "workers=8",
                                   "epochs=20",
                                   variant == UNDECAYED ? "sync=fugue:decay=0.5,extra=same"
                                                        : "sync=fugue:decay=0.5,extra=geometric",
                                   NULL};
    struct waits w = {0};
    err = fg_lab_map(lab, 1, wait_of, options, sizeof w, &w, fault);
    struct fg_finding f = {.relation = FG_AT_MOST, .bound = 1, .samples = (uint64_t)w.visits};
    f.measured = f.low = f.high = w.mass;
    snprintf(f.text, sizeof f.text, "largest step mass of a wait over its bound, %s, longest wait %.3g passes", laws[l],
             w.longest);
    if (!err)
      err = fg_findings_add(findings, &f);
    f.measured = f.low = f.high = w.squares;
    snprintf(f.text, sizeof f.text, "largest sum of squared steps of a wait over its bound, %s", laws[l]);
    if (!err)
      err = fg_findings_add(findings, &f);
  }
  return err;
}

const struct fg_claim fg_claim_m6 = {
    .id = "M6",
    .title = "geometric extras",
    .kind = FG_CLAIM_EXACT,
    .statement = "the step mass of a wait is at most eta_t Z_b decay / (1 - decay) whatever its length (Z_b: the "
                 "block's points), the sum of its squared steps at most eta_t^2 Z_b decay^2 / (1 - decay^2)",
    .assumptions = "0 < decay < 1, extra=geometric, floor 0",
    .source = "geometric series; the rule of Kumar et al. 2014",
    .controls =
        (const struct fg_control[]){{"undecayed", "extras keep the step of the required pass (extra=same)"}, {0}},
    .measure = measure,
};
