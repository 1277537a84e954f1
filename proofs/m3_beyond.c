/* M3 beyond `additive`: mf and lda near a local optimum of a block, with curvature and gradient noise *estimated* by
 * finite differences of the update (curvature.h). Approximate: the update is linear in the parameters only near the
 * optimum. So what is judged has a stated tolerance, TOLERANCE of the prediction, besides the interval.
 *
 * The optimum is found by a long run of the core with falling steps, and then by steps along the mean update. The
 * variance of members that start there is compared with the expansion, eta^2 n tr G, up to its remainder, and with the
 * recursion V <- V - eta (H V + V H^T) + eta^2 (H V H^T + G) for any n. lda's H, of a natural gradient, is not
 * symmetric.
 */
#include "proofs/m3_beyond.h"

#include "proofs/bounds.h"
#include "proofs/lab/cloud.h"
#include "proofs/lab/curvature.h"
#include "proofs/lab/quadratic.h"
#include "proofs/lab/statistics.h"

#include "core/rng.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TOLERANCE 0.1

enum { LOOKS = 5, MEMBERS = 4000, MEMBERS_FULL = 100000, STAGES = 12, MOVES = 20000 };
static const uint64_t at[LOOKS] = {1, 4, 16, 64, 256};

struct case_of {
  const char *data, *model;
  double found;   /* first step of the run that finds the optimum */
  double step[2]; /* of the ensembles */
  const char *name, *recursion[2], *expansion[2];
};
static const struct case_of cases[] = {
    {"mf:rows=8,cols=6,nnz=40,rank=2,noise=0.5,popularity=0",
     "model=mf:rank=2,l2=0.1",
     0.1,
     {0.01, 0.03},
     "mf",
     {"recursion, η = 0.01", "recursion, η = 0.03"},
     {"expansion, η = 0.01", "expansion, η = 0.03"}},
    {"lda:docs=8,words=10,topics=2,length=60,alpha=1,beta=1",
     "model=lda:topics=2,alpha=1,beta=1",
     2,
     {0.1, 0.3},
     "lda",
     {"recursion, a = 0.1", "recursion, a = 0.3"},
     {"expansion, a = 0.1", "expansion, a = 0.3"}},
};

static enum fg_err no_memory(struct fg_fault *fault) {
  return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory for the variance of a block");
}

/* The trial's factors become psi. */
static enum fg_err go_to(struct fg_trial *t, const double *psi, struct fg_fault *fault) {
  double there[fg_solo_dimension(t)];
  const uint64_t none = 0;
  const struct fg_solo solo = {.start = psi, .at = &none, .n_at = 1};
  return fg_solo_play(t, &solo, there, fault);
}

/* A local optimum of the block, from the model's initial parameters; psi: out, and the trial's factors. The run halves
 * its step STAGES times. */
static enum fg_err find_optimum(struct fg_trial *t, const struct case_of *c, uint64_t seed, double *psi,
                                struct fg_fault *fault) {
  const struct fg_curvature_plan plan = {.step = c->step[0]};
  struct fg_field *field = NULL;
  const uint64_t updates = 4000;
  size_t d = fg_solo_dimension(t);
  double g[d], length = 1;
  enum fg_err err = fg_field_new(&t->run, &plan, &field, fault);
  if (!err)
    fg_field_place(field, psi);
  for (unsigned k = 0; k < STAGES && !err; k++) {
    const struct fg_solo solo = {.start = psi, .seed_order = fg_seed_derive(seed, k), .at = &updates, .n_at = 1};
    t->run.job.steps.eta0 = c->found * pow(0.5, k);
    err = fg_solo_play(t, &solo, g, fault);
    memcpy(psi, g, d * sizeof *psi);
  }
  for (unsigned k = 0; k < MOVES && length > 1e-12 && !err; k++) {
    fg_field_move(field, psi);
    err = fg_field_gradient(field, g, fault);
    length = 0;
    for (size_t i = 0; i < d; i++) {
      psi[i] -= c->found * g[i];
      length += g[i] * g[i];
    }
  }
  fg_field_free(field);
  return err ? err : go_to(t, psi, fault);
}

/* What is estimated at the place of the trial's factors. */
struct local {
  double *h, *g, *v; /* d x d: curvature, gradient noise, and the covariance that they predict */
  double noise;      /* tr G */
};

static enum fg_err estimate(struct fg_trial *t, double step, struct local *l, struct fg_curvature *whole,
                            struct fg_fault *fault) {
  const struct fg_curvature_plan plan = {.step = step, .seed = 1};
  struct fg_field *field = NULL;
  enum fg_err err = fg_curvature_estimate(&t->run, &plan, whole, fault);
  if (!err)
    err = fg_field_new(&t->run, &plan, &field, fault);
  if (!err)
    err = fg_field_matrices(field, l->h, l->g, fault);
  l->noise = err ? 0 : fg_matrix_trace(fg_field_dimension(field), l->g);
  fg_field_free(field);
  return err;
}

/* V <- (I - eta H) V (I - eta H)^T + eta^2 G. work: 2 d x d. */
static void advance(size_t d, double eta, const struct local *l, double *work) {
  double *a = work, *b = work + d * d;
  for (size_t i = 0; i < d * d; i++)
    a[i] = (i / d == i % d) - eta * l->h[i];
  for (size_t i = 0; i < d; i++)
    for (size_t j = 0; j < d; j++) {
      b[i * d + j] = 0;
      for (size_t k = 0; k < d; k++)
        b[i * d + j] += a[i * d + k] * l->v[k * d + j];
    }
  for (size_t i = 0; i < d; i++)
    for (size_t j = 0; j < d; j++) {
      double sum = eta * eta * l->g[i * d + j];
      for (size_t k = 0; k < d; k++)
        sum += b[i * d + k] * a[j * d + k];
      l->v[i * d + j] = sum;
    }
}

static enum fg_err judge(const struct fg_interval *i, double predicted, double slack, const struct fg_finding *draft,
                         struct fg_findings *findings) {
  struct fg_finding f = *draft;
  f.relation = FG_EQUAL;
  f.bound = predicted;
  f.measured = i->estimate;
  f.low = i->low - slack;
  f.high = i->high + slack;
  return fg_findings_add(findings, &f);
}

static enum fg_err report_place(const struct case_of *c, const struct fg_curvature *k, struct fg_findings *findings) {
  struct fg_finding f = {.bound = NAN, .samples = k->points};
  const struct {
    const char *what;
    double value, error;
  } numbers[] = {{"|g|^2 over E|g_z|^2 at the place found: 0 at an optimum", k->drift.value / k->square.value, 0},
                 {"largest curvature", k->top.value, k->top.error},
                 {"smallest curvature", k->bottom.value, k->bottom.error},
                 {"trace of the curvature", k->trace.value, k->trace.error},
                 {"trace of the gradient noise", k->noise.value, k->noise.error}};
  enum fg_err err = FG_OK;
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers && !err; i++) {
    f.measured = numbers[i].value;
    f.low = f.measured - numbers[i].error;
    f.high = f.measured + numbers[i].error;
    snprintf(f.text, sizeof f.text, "%s, estimated: %s", c->name, numbers[i].what);
    err = fg_findings_add(findings, &f);
  }
  return err;
}

static enum fg_err measure_case(const struct fg_lab *lab, enum fg_m3_variant variant, const struct case_of *c,
                                double level, unsigned panel, struct fg_findings *findings, struct fg_fault *fault) {
  char path[FG_PATH_MAX], data[FG_PATH_MAX + 8];
  struct fg_trial *t = NULL;
  struct fg_curvature whole;
  float *look = NULL;
  enum fg_err err = fg_lab_data(lab, c->data, 1, path, fault);
  if (err)
    return err;
  snprintf(data, sizeof data, "data=%s", path);
  const char *const options[] = {data,      variant == FG_M3_PASS ? "sampling=pass" : "sampling=replace",
                                 c->model,  "workers=1",
                                 "chunk=1", "sync=fugue:extra=same",
                                 "seed=1",  "step-schedule=constant",
                                 NULL};
  t = fg_trial_new(options, &err, fault);
  if (err)
    return err;
  const size_t d = fg_solo_dimension(t), m = d * d;
  const uint64_t n = lab->full ? MEMBERS_FULL : MEMBERS;
  double *psi = calloc(d + 5 * m + n, sizeof *psi), *work = psi + d, *x = work + 5 * m;
  struct local l = {.h = work + 2 * m, .g = work + 3 * m, .v = work + 4 * m};
  struct fg_cloud cloud = {.trial = t, .center = psi, .n = n, .at = at, .n_at = LOOKS};
  look = fg_cloud_looks(&cloud);
  err = psi && look ? find_optimum(t, c, 1, psi, fault) : no_memory(fault);
  for (unsigned e = 0; e < 2 && !err; e++) {
    const double eta = c->step[e];
    uint64_t made = 0;
    cloud.seed = fg_seed_derive(lab->seed, 1000 + 2 * panel + e);
    t->run.job.steps.eta0 = eta * (variant == FG_M3_STEP ? FG_M3_STRETCH : 1);
    err = fg_cloud_play(lab, &cloud, look, fault);
    if (!err)
      err = estimate(t, eta, &l, &whole, fault);
    if (!err && e == 0)
      err = report_place(c, &whole, findings);
    for (size_t i = 0; i < m && variant == FG_M3_NOISELESS; i++)
      l.g[i] = l.noise = 0;
    memset(l.v, 0, m * sizeof *l.v);
    for (size_t k = 0; k < LOOKS && !err; k++) {
      for (; made < at[k]; made++)
        advance(d, eta, &l, work);
      fg_cloud_squares(&cloud, look, k, NULL, x);
      struct fg_interval i = fg_interval_mean(x, n, level);
      double predicted = fg_matrix_trace(d, l.v), updates = (double)at[k];
      double expansion = eta * eta * updates * l.noise,
             rest = fg_bound_block_remainder(eta, updates, whole.top.value, 0, 0, l.noise);
      struct fg_finding f = {.samples = n, .panel = panel, .series = c->recursion[e], .x = updates};
      snprintf(f.text, sizeof f.text, "%s, step %g, %g updates from the optimum: tr V, by the recursion +- %g %%",
               c->name, eta, updates, 100 * TOLERANCE);
      err = judge(&i, predicted, TOLERANCE * predicted, &f, findings);
      if (err || rest > 0.3 * expansion)
        continue;
      f.series = c->expansion[e];
      snprintf(f.text, sizeof f.text,
               "%s, step %g, %g updates from the optimum: tr V, by the expansion +- its remainder and %g %%", c->name,
               eta, updates, 100 * TOLERANCE);
      err = judge(&i, expansion, rest + TOLERANCE * expansion, &f, findings);
    }
  }
  free(psi);
  free(look);
  fg_trial_delete(t);
  return err;
}

/* Where projections act the update has no derivative, and the expansion nothing to say. */
static enum fg_err report_projected(const struct fg_lab *lab, struct fg_findings *findings, struct fg_fault *fault) {
  static const struct case_of c = {.data = "lda:docs=20,words=20,topics=4,length=60,alpha=0.1,beta=0.1",
                                   .model = "model=lda:topics=4,loss=squared",
                                   .found = 0.1,
                                   .step = {0.1, 0.1}};
  char path[FG_PATH_MAX], data[FG_PATH_MAX + 8];
  enum fg_err err = fg_lab_data(lab, c.data, 1, path, fault);
  if (err)
    return err;
  snprintf(data, sizeof data, "data=%s", path);
  const char *const options[] = {data,      "sampling=replace",      c.model,  "workers=1",
                                 "chunk=1", "sync=fugue:extra=same", "seed=1", "step-schedule=constant",
                                 NULL};
  struct fg_trial *t = fg_trial_new(options, &err, fault);
  if (err)
    return err;
  const uint64_t updates = 20000;
  const struct fg_curvature_plan plan = {.step = c.step[0]};
  struct fg_field *field = NULL;
  struct fg_curvature whole;
  double *psi = calloc(2 * fg_solo_dimension(t), sizeof *psi);
  err = psi ? fg_field_new(&t->run, &plan, &field, fault) : no_memory(fault);
  if (!err)
    fg_field_place(field, psi);
  fg_field_free(field);
  const struct fg_solo solo = {.start = psi, .seed_order = 1, .at = &updates, .n_at = 1};
  t->run.job.steps.eta0 = c.step[0];
  if (!err)
    err = fg_solo_play(t, &solo, psi + fg_solo_dimension(t), fault);
  if (!err)
    err = fg_curvature_estimate(&t->run, &plan, &whole, fault);
  struct fg_finding f = {.relation = FG_AT_MOST,
                         .samples = err ? 0 : whole.points,
                         .not_applicable = "projections act on updates, which then have no derivative"};
  if (!err) {
    f.measured = f.low = f.high = whole.constrained;
    snprintf(f.text, sizeof f.text,
             "lda:loss=squared after a long run: share of updates that are not in proportion to the step");
    err = fg_findings_add(findings, &f);
  }
  free(psi);
  fg_trial_delete(t);
  return err;
}

enum fg_err fg_m3_beyond(const struct fg_lab *lab, enum fg_m3_variant variant, double level, unsigned panel,
                         struct fg_findings *findings, struct fg_fault *fault) {
  enum fg_err err = FG_OK;
  for (unsigned k = 0; k < sizeof cases / sizeof *cases && !err; k++)
    err = measure_case(lab, variant, &cases[k], level, panel + k, findings, fault);
  return err ? err : report_projected(lab, findings, fault);
}
