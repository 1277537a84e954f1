/* C3. Without the decay extra updates are not harmless where waits are heavy-tailed.
 *
 * At eta_0 / (t + 1) a wait of more than about t passes takes a block to its own optimum, away from the joint one by a
 * distance that does not shrink. Pareto waits of exponent a are so long with probability of the order of t^-a, and it
 * takes another t epochs to forget one: E |psi_t - psi*|^2 falls as t^(1 - min(a, 2)), more slowly than 1/t for a < 2.
 * (Shorter waits add t^-a a sub-epoch: the same order.) The exponent is an argument of ours, not a theorem; what is
 * judged is that the slope lies above -1. The points of a block are taken in shuffled passes, as in practice: they
 * leave no noise of sampling behind, and with decayed extras the error falls as t^-2. At a constant step there is no
 * limit at all: errors and losses stay above those with decayed extras.
 *
 * Decayed extras and light tails, judged by this claim, must be rejected; it is a negative control of C2 itself. */
#include "proofs/claims.h"
#include "proofs/lab/curve.h"
#include "proofs/lab/fixed_point.h"
#include "proofs/lab/statistics.h"

#include "core/rng.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REAL, DECAYED, LIGHT };

/* ---- additive: the error itself */

enum { SIDE = 8, LOOKS = 10, FIRST = 3, RUNS = 160, RUNS_FULL = 1600, SIZE = 2 * SIDE };
static const unsigned looked[LOOKS] = {2, 4, 6, 8, 12, 16, 24, 32, 48, 64}; /* slopes from the FIRST on */
#define RIDGE "0.5" /* sum A_z has no eigenvalue below 4, so that 2 eta_0 Lambda = 4 > 1; eta_0 (2 + ridge) < 2 */

static const struct {
  const char *series, *decayed, *law;
} laws[] = {{"undecayed, Pareto 1.2", "decayed, Pareto 1.2", "pareto:alpha=1.2"},
            {"undecayed, Pareto 1.5", "decayed, Pareto 1.5", "pareto:alpha=1.5"}};
static const char *const light = "pareto:alpha=8";
enum { LAWS = sizeof laws / sizeof *laws };

/* At a constant step: least factor by which the mean squared error must exceed that with decayed extras. */
#define EXCESS 2.0

/* ---- models that are not linear: the loss at a constant step */

static const struct {
  const char *name, *data, *model, *step;
} learners[] = {{"topics", "lda:docs=200,words=200,topics=5,length=60", "lda:topics=5", "8"},
                {"factors", "mf:rows=200,cols=200,nnz=12000,rank=4", "mf:rank=4", "0.15"}};
enum { LEARNERS = sizeof learners / sizeof *learners, PASSES = 8, PAIRS = 48, PAIRS_FULL = 400 };
#define LOSS_EXCESS 0.05

struct plan {
  const struct fg_lab *lab;
  const char *additive;
  const char (*data)[FG_PATH_MAX]; /* by learner */
  unsigned variant;
  uint64_t runs;
};

static const char *extras(unsigned variant) {
  return variant == DECAYED ? "sync=fugue" : "sync=fugue:extra=same";
}

struct errors {
  double at[LOOKS]; /* |psi - psi*|^2 after `looked` epochs */
};

static double square(double x) {
  return x * x;
}

static enum fg_err errors_of(const struct plan *plan, const char *law, bool constant, const char *sync, uint64_t seed,
                             struct errors *out, struct fg_fault *fault) {
  char data[FG_PATH_MAX + 8], straggler[64];
  snprintf(data, sizeof data, "data=%s", plan->additive);
  snprintf(straggler, sizeof straggler, "straggler=%s", law);
  const char *const options[] = {data,
                                 straggler,
                                 sync,
                                 constant ? "step=0.1" : "step=0.5",
                                 constant ? "step-schedule=constant" : "step-schedule=paper",
                                 "model=additive:ridge=" RIDGE,
                                 "workers=2",
                                 "chunk=1",
                                 "epochs=64",
                                 "network=star:speed=1Mf,lat=100ns,bw=10Gbps",
                                 NULL};
  struct fg_record record = {.look_every = 2};
  double psi[SIZE];
  enum fg_err err;
  struct fg_trial *t = fg_trial_new(options, &err, fault);
  if (!err)
    err = fg_trial_reseed(t, &(struct fg_trial_seeds){seed, seed, seed}, fault);
  if (!err)
    err = fg_fixed_point_solve(&t->run, NULL, psi, fault);
  if (!err)
    err = fg_trial_simulate(t, &record, NULL, fault);
  if (!err && (record.look_size != SIZE || record.n_looks <= looked[LOOKS - 1]))
    err = fg_fail(fault, FG_EINPUT, NULL, 0, "a run was looked at %zu times", record.n_looks);
  for (int l = 0; l < LOOKS && !err; l++) {
    const float *look = record.look + looked[l] * record.look_size;
    for (int k = 0; k < SIZE; k++)
      out->at[l] += square(look[k] - psi[k]);
  }
  fg_record_free(&record);
  fg_trial_delete(t);
  return err;
}

/* Item: law, kind and run. Kinds: extras as they are under test, at both steps, and decayed ones, to compare with. */
enum { FALLING, CONSTANT, FALLING_DECAYED, CONSTANT_DECAYED, KINDS };
static enum fg_err error_item(const void *self, uint64_t i, void *result, struct fg_fault *fault) {
  const struct plan *plan = self;
  uint64_t kind = i / plan->runs % KINDS, law = i / plan->runs / KINDS;
  return errors_of(plan, plan->variant == LIGHT ? light : laws[law].law, kind == CONSTANT || kind == CONSTANT_DECAYED,
                   kind >= FALLING_DECAYED ? "sync=fugue" : extras(plan->variant),
                   fg_seed_derive(plan->lab->seed, i % plan->runs + plan->runs * law), result, fault);
}

/* Slope of log mean error against log t, over the runs of `index`. */
static double slope(const void *self, const size_t *index, size_t n) {
  const struct errors *run = self;
  double x[LOOKS - FIRST], y[LOOKS - FIRST];
  for (int l = FIRST; l < LOOKS; l++) {
    double sum = 0;
    for (size_t i = 0; i < n; i++)
      sum += run[index[i]].at[l];
    x[l - FIRST] = log(looked[l]);
    y[l - FIRST] = log(sum / (double)n);
  }
  return fg_interval_slope(x, y, LOOKS - FIRST, 0.5).estimate;
}

static enum fg_err report_slope(const struct plan *plan, const struct errors *run, size_t law, double level,
                                struct fg_findings *found) {
  struct fg_interval i = fg_interval_bootstrap(slope, run, plan->runs, 1000, plan->lab->seed, level);
  struct fg_finding f = {.relation = FG_AT_LEAST,
                         .bound = -1,
                         .measured = i.estimate,
                         .low = i.low,
                         .high = i.high,
                         .samples = plan->runs};
  snprintf(f.text, sizeof f.text, "%s, eta_0/(t + 1): slope of log E|psi - psi*|^2 in log t", laws[law].series);
  enum fg_err err = fg_findings_add(found, &f);
  return err;
}

/* For the figure: 95 % intervals. */
static enum fg_err report_path(const struct plan *plan, const struct errors *run, const char *series,
                               struct fg_findings *found) {
  double *x = malloc(plan->runs * sizeof *x);
  enum fg_err err = x ? FG_OK : FG_ENOMEM;
  for (int l = 0; l < LOOKS && !err; l++) {
    for (uint64_t r = 0; r < plan->runs; r++)
      x[r] = run[r].at[l];
    struct fg_interval i = fg_interval_mean(x, plan->runs, 0.05);
    struct fg_finding f = {.relation = FG_AT_LEAST,
                           .bound = NAN,
                           .measured = i.estimate,
                           .low = i.low,
                           .high = i.high,
                           .samples = plan->runs,
                           .series = series,
                           .x = looked[l]};
    snprintf(f.text, sizeof f.text, "%s, eta_0/(t + 1): E|psi - psi*|^2 after %u epochs (95 %%)", series, looked[l]);
    err = fg_findings_add(found, &f);
  }
  free(x);
  return err;
}

static enum fg_err report_constant(const struct plan *plan, const struct errors *run, const struct errors *decayed,
                                   size_t law, double level, struct fg_findings *found) {
  double *x = malloc(2 * plan->runs * sizeof *x), *y = x + plan->runs;
  enum fg_err err = x ? FG_OK : FG_ENOMEM;
  for (int l = FIRST; l < LOOKS && !err; l++) {
    for (uint64_t r = 0; r < plan->runs; r++) {
      x[r] = run[r].at[l];
      y[r] = decayed[r].at[l];
    }
    struct fg_interval i = fg_interval_ratio(x, y, plan->runs, level);
    struct fg_finding f = {.relation = FG_AT_LEAST,
                           .bound = EXCESS,
                           .measured = i.estimate,
                           .low = i.low,
                           .high = i.high,
                           .samples = plan->runs,
                           .panel = 1,
                           .series = laws[law].series,
                           .x = looked[l]};
    snprintf(f.text, sizeof f.text, "%s, constant step: E|psi - psi*|^2 over that with decayed extras, %u epochs",
             f.series, looked[l]);
    err = fg_findings_add(found, &f);
  }
  free(x);
  return err;
}

static enum fg_err measure_errors(const struct plan *plan, double level, struct fg_findings *found,
                                  struct fg_fault *fault) {
  uint64_t cases = plan->variant ? 1 : LAWS; /* a control is seen at one exponent as well as at all */
  struct errors *run = calloc(cases * KINDS * plan->runs, sizeof *run);
  enum fg_err err = run ? FG_OK : FG_ENOMEM;
  if (!err)
    err = fg_lab_map(plan->lab, cases * KINDS * plan->runs, error_item, plan, sizeof *run, run, fault);
  for (uint64_t l = 0; l < cases && !err; l++) {
    const struct errors *of = run + l * KINDS * plan->runs;
    err = report_slope(plan, of + FALLING * plan->runs, l, level, found);
    if (!err)
      err = report_path(plan, of + FALLING * plan->runs, laws[l].series, found);
    if (!err)
      err = report_path(plan, of + FALLING_DECAYED * plan->runs, laws[l].decayed, found);
    if (!err)
      err = report_constant(plan, of + CONSTANT * plan->runs, of + CONSTANT_DECAYED * plan->runs, l, level, found);
  }
  free(run);
  return err;
}

/* Item: learner, pair, and which of the pair: 0 has decayed extras. */
static enum fg_err loss_item(const void *self, uint64_t i, void *result, struct fg_fault *fault) {
  const struct plan *plan = self;
  uint64_t learner = i / 2 / plan->runs;
  struct fg_curve_point point[PASSES + 1];
  char data[FG_PATH_MAX + 8], model[64], step[32], straggler[64];
  snprintf(data, sizeof data, "data=%s", plan->data[learner]);
  snprintf(model, sizeof model, "model=%s", learners[learner].model);
  snprintf(step, sizeof step, "step=%s", learners[learner].step);
  snprintf(straggler, sizeof straggler, "straggler=%s", plan->variant == LIGHT ? light : "pareto:alpha=1.2");
  const char *const options[] = {data,
                                 model,
                                 step,
                                 straggler,
                                 i % 2 ? extras(plan->variant) : "sync=fugue",
                                 "workers=8",
                                 "chunk=16",
                                 "epochs=8",
                                 "step-schedule=constant",
                                 "network=star:speed=1Mf,lat=1us,bw=10Gbps",
                                 NULL};
  uint64_t seed = fg_seed_derive(plan->lab->seed, i / 2);
  size_t n = 0;
  bool diverged;
  enum fg_err err;
  struct fg_trial *t = fg_trial_new(options, &err, fault);
  if (!err)
    err = fg_trial_reseed(t, &(struct fg_trial_seeds){seed, seed, seed}, fault);
  if (!err)
    err = fg_curve_simulate(t, 0, PASSES + 1, point, &n, &diverged, fault);
  *(double *)result = n == PASSES + 1 ? point[PASSES].loss : INFINITY;
  fg_trial_delete(t);
  return err;
}

static enum fg_err measure_losses(const struct plan *plan, double level, struct fg_findings *found,
                                  struct fg_fault *fault) {
  double *loss = calloc(2 * LEARNERS * plan->runs, sizeof *loss), *x = calloc(plan->runs, sizeof *x);
  enum fg_err err = loss && x ? FG_OK : FG_ENOMEM;
  if (!err)
    err = fg_lab_map(plan->lab, 2 * LEARNERS * plan->runs, loss_item, plan, sizeof *loss, loss, fault);
  for (size_t l = 0; l < LEARNERS && !err; l++) {
    for (uint64_t r = 0; r < plan->runs; r++) {
      const double *pair = loss + 2 * (l * plan->runs + r);
      x[r] = isinf(pair[0]) ? -INFINITY : pair[1] / pair[0] - 1;
    }
    struct fg_interval i = fg_interval_quantile(x, plan->runs, 0.5, level);
    struct fg_finding f = {.relation = FG_AT_LEAST,
                           .bound = LOSS_EXCESS,
                           .measured = i.estimate,
                           .low = i.low,
                           .high = i.high,
                           .samples = plan->runs};
    snprintf(f.text, sizeof f.text, "%s, constant step: median excess of loss over that with decayed extras, %d passes",
             learners[l].name, PASSES);
    err = fg_findings_add(found, &f);
  }
  free(loss);
  free(x);
  return err;
}

static enum fg_err measure(const struct fg_lab *lab, unsigned variant, struct fg_findings *found,
                           struct fg_fault *fault) {
  enum { JUDGED = LAWS * (1 + LOOKS - FIRST) + LEARNERS };
  char additive[FG_PATH_MAX], data[LEARNERS][FG_PATH_MAX];
  struct plan errors = {lab, additive, (const char(*)[FG_PATH_MAX])data, variant, lab->full ? RUNS_FULL : RUNS};
  struct plan losses = errors;
  losses.runs = lab->full ? PAIRS_FULL : PAIRS;
  enum fg_err err = fg_lab_data(lab, "additive:rows=8,cols=8,nnz=64,noise=0.5", 1, additive, fault);
  for (int l = 0; l < LEARNERS && !err; l++)
    err = fg_lab_data(lab, learners[l].data, 3, data[l], fault);
  if (!err)
    err = measure_errors(&errors, lab->level / JUDGED, found, fault);
  return err ? err : measure_losses(&losses, lab->level / JUDGED, found, fault);
}

const struct fg_claim fg_claim_c3 = {
    .id = "C3",
    .title = "the decay is needed",
    .kind = FG_CLAIM_STATISTICAL,
    .statement =
        "undecayed extras and Pareto waits of exponent a < 2: under eta_0/(t + 1) the slope of log E|psi - "
        "psi*|^2 in log t is above -1 (expected: 1 - a); at a constant step the "
        "mean squared error stays above twice that with decayed extras, and the losses of topics and factors, in "
        "the median, 5 % above theirs",
    .assumptions = "these data and steps; additive with 2 workers and equal blocks, topics and factors with 8",
    .source = "ours",
    .proved = "C3_undecayed_no_limit",
    .power = 0.99,
    .controls = (const struct fg_control[]){{"decayed", "extras are decayed (0.05; topics 0.01)"},
                                            {"light", "slowdowns have a light tail (Pareto 8)"},
                                            {0}},
    .panels =
        (const struct fg_panel[]){{"step eta_0 / (t + 1)", "epoch t", "E|psi - psi*|^2", true, true},
                                  {"constant step", "epoch t", "ratio to decayed extras' E|psi - psi*|^2", true, false},
                                  {0}},
    .measure = measure,
};
