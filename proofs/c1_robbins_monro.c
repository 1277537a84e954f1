/* C1. Under eta_t = eta_0 / (t + 1) without a floor barrier's iterates converge (Robbins and Monro 1951; stratified:
 * Gemulla et al. 2011). Time t counts epochs: an epoch makes each point's update once on average, so that its mean map
 * is psi - psi* -> (I - eta_t A)(psi - psi*) + O(eta_t^2), A = sum of A_z over all points, each once, and Lambda is the
 * least eigenvalue of A. Along its eigenvector the start decays as prod (1 - eta_0 Lambda / s) ~ t^(-eta_0 Lambda).
 * - Sampling with replacement adds noise of variance O(eta_t^2) an epoch: E|psi_t - psi*|^2 ~ 1/t if 2 eta_0 Lambda >
 *   1, otherwise t^(-2 eta_0 Lambda) (Chung 1954).
 * - In passes every point is served exactly once and the noise of an epoch cancels to first order; what is left is
 *   O(eta_t^2) an epoch: E|psi_t - psi*|^2 ~ t^(-2 min(1, eta_0 Lambda)), faster than 1/t.
 * Expected errors are exact for sampling with replacement (moments.h). Fugue's limit solves sum_b w_b grad L_b = 0
 * (fixed_point.h): blocks of unequal size suffice to make the w_b unequal, without any slowdown. On mf and lda, which
 * are not convex, only the decay of the gradient is measured.
 *
 * Power: slopes of constant and floor are 0.5 or more from the bounds, their intervals' halves below 0.15; errors of
 * skip are 1.7 times the exact ones and more, their intervals' halves below a tenth of them; weights is 1 off, the half
 * below 0.05. */
#include "proofs/claims.h"
#include "proofs/lab/fixed_point.h"
#include "proofs/lab/limit.h"
#include "proofs/lab/skewed.h"

#include "core/factors.h"
#include "core/rng.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REAL, CONSTANT, FLOOR, SKIP, WEIGHTS };
enum { OPTIONS = 16 };

/* ---- the rate */

enum { LOOKS = 9, MEMBERS = 200, MEMBERS_FULL = 2000, RUNS = 2, RUNS_FULL = 4, CASES = 4 };
static const uint64_t looks[LOOKS] = {32, 45, 64, 91, 128, 181, 256, 362, 512}; /* epochs */

static const struct {
  const char *name, *sampling;
  double pace;  /* eta_0 Lambda */
  double start; /* psi* and so much along the eigenvector of Lambda; large where the start is what is to be seen */
  double slope; /* of log E|psi_t - psi*|^2 against log t */
} cases[CASES] = {{"with replacement, 2 η₀Λ = 3", "sampling=replace", 1.5, 1, -1},
                  {"with replacement, 2 η₀Λ = 1/2", "sampling=replace", 0.25, 20, -0.5},
                  {"in passes, 2 η₀Λ = 3", "sampling=pass", 1.5, 1, -2},
                  {"in passes, 2 η₀Λ = 1/2", "sampling=pass", 0.25, 20, -0.5}};

/* The asymptotic slope may differ from that of exact moments over the epochs looked at by at most so much. Along the
 * eigenvector (1 - eta_0 Lambda / s) and the order of its points change the slope by O(1/t), the noise next to a start
 * of 20 by O(noise / start^2). */
#define ASYMPTOTIC 0.05

/* A model type that starts from given parameters, and may leave out a block. */
struct staged {
  struct fg_model_type type; /* first: found again from the model */
  const double *psi;
  const struct fg_run *run;
};

static const struct staged *staged_of(const struct fg_model *model) {
  return (const struct staged *)model->type;
}

static void start_row(const struct fg_model *model, uint32_t index, float *row) {
  row[0] = (float)staged_of(model)->psi[index];
}

static void start_col(const struct fg_model *model, uint32_t index, float *row) {
  row[0] = (float)staged_of(model)->psi[model->rows + index];
}

static void skip_block(const struct fg_model *model, const struct fg_view *view, const struct fg_point *points,
                       size_t n, float eta) {
  const struct fg_factors *f = &staged_of(model)->run->factors;
  if (view->row_factor != f->row[0].factor || view->col_factor != f->col[0].factor)
    fg_model_find("additive")->update(model, view, points, n, eta);
}

struct race {
  const struct fg_lab *lab;
  unsigned variant;
  size_t which, d;
  double *star, *start; /* psi*, where runs start: d each */
  double eta0;
  uint64_t seed;
  const char *const *options;
};

/* An item's result: |psi_t - psi*|^2 at the looks of each member. */
static unsigned members(const struct fg_lab *lab) {
  return lab->full ? MEMBERS_FULL / RUNS_FULL : MEMBERS / RUNS;
}

static void note(const struct race *r, const struct fg_record *record, uint64_t cols, double *out) {
  for (size_t l = 0, k = 0; l < record->n_looks && k < LOOKS; l++) {
    if (record->look_round[l] != looks[k] * cols)
      continue;
    out[k] = 0;
    for (size_t i = 0; i < r->d; i++) {
      double e = (double)record->look[l * r->d + i] - r->star[i];
      out[k] += e * e;
    }
    k++;
  }
}

static struct fg_trial_seeds seeds_of(uint64_t seed, uint64_t item, unsigned repeat) {
  uint64_t own = fg_seed_derive(fg_seed_derive(seed, item), repeat);
  return (struct fg_trial_seeds){fg_seed_derive(own, 0), fg_seed_derive(own, 1), fg_seed_derive(own, 2)};
}

static enum fg_err race_one(const void *self, uint64_t i, void *result, struct fg_fault *fault) {
  const struct race *r = self;
  struct staged staged;
  enum fg_err err;
  struct fg_trial *t = fg_trial_new(r->options, &err, fault);
  if (err)
    return err;
  staged = (struct staged){*t->run.model.type, r->start, &t->run};
  staged.type.init_row = start_row;
  staged.type.init_col = start_col;
  if (r->variant == SKIP)
    staged.type.update = skip_block;
  t->run.model.type = &staged.type;
  uint64_t cols = t->run.grid.col_blocks;
  struct fg_record first = {.look_every = cols, .order = true};
  for (unsigned k = 0; k < members(r->lab) && !err; k++) {
    struct fg_record next = {.look_every = cols};
    struct fg_trial_seeds seeds = seeds_of(r->seed, i, k);
    err = fg_trial_reseed(t, &seeds, fault);
    if (!err)
      err = k == 0 ? fg_trial_simulate(t, &first, NULL, fault) : fg_trial_replay(t, &first, &next, NULL, fault);
    if (!err)
      note(r, k == 0 ? &first : &next, cols, (double *)result + k * LOOKS);
    fg_record_free(&next);
  }
  fg_record_free(&first);
  fg_trial_delete(t);
  return err;
}

/* E|psi_t - psi*|^2 at the looks for sampling with replacement, exactly; steps as the core has them, in float. */
static enum fg_err exact_errors(const struct race *r, const struct fg_run *run, double *out) {
  const struct fg_grid *g = &run->grid;
  double ridge = (double)(float)fg_model_param(&run->model, "ridge");
  struct fg_moments m;
  struct fg_touch *touch = malloc(g->n_train * sizeof *touch);
  enum fg_err err = fg_moments_new((uint32_t)r->d, &m);
  if (!err && !touch)
    err = FG_ENOMEM;
  for (size_t i = 0; i < r->d && !err; i++) {
    m.mean[i] = (float)r->start[i];
    for (size_t j = 0; j < r->d; j++)
      m.second[i * r->d + j] = (double)(float)r->start[i] * (double)(float)r->start[j];
  }
  for (uint64_t t = 0, k = 0; t < looks[LOOKS - 1] && !err; t++) {
    double eta = (double)(float)(r->eta0 / ((double)t + 1));
    for (uint32_t s = 0; s < g->col_blocks; s++)
      for (uint32_t p = 0; p < g->row_blocks; p++) {
        uint32_t q = (p + s) % g->col_blocks;
        size_t n = fg_grid_train(g, p, q)->n;
        fg_fixed_point_touches(g, p, q, touch);
        for (size_t u = 0; u < n; u++)
          fg_moments_update(&m, touch, n, eta, ridge);
      }
    if (t + 1 != looks[k])
      continue;
    out[k] = 0;
    for (size_t i = 0; i < r->d; i++)
      out[k] += m.second[i * r->d + i] - 2 * m.mean[i] * r->star[i] + r->star[i] * r->star[i];
    k++;
  }
  fg_moments_free(&m);
  free(touch);
  return err;
}

/* Of the line of least squares: its slope is the sum of weight * log y. */
static void slope_weights(double *weight) {
  double mean = 0, square = 0;
  for (int k = 0; k < LOOKS; k++)
    mean += log((double)looks[k]) / LOOKS;
  for (int k = 0; k < LOOKS; k++) {
    weight[k] = log((double)looks[k]) - mean;
    square += weight[k] * weight[k];
  }
  for (int k = 0; k < LOOKS; k++)
    weight[k] /= square;
}

static double slope_of(const double *weight, const double *y) {
  double slope = 0;
  for (int k = 0; k < LOOKS; k++)
    slope += weight[k] * log(y[k]);
  return slope;
}

static void set(struct fg_finding *f, const struct fg_interval *i, double more) {
  f->measured = i->estimate;
  f->low = i->low - more;
  f->high = i->high + more;
}

/* Rounding is to nearest, 2^-24 of a parameter at each of two coordinates of an update, in either direction: over the
 * run's updates a random walk that later updates do not lengthen; four standard deviations of it. */
static double rounding(const struct race *r, double updates, double square) {
  double most = cases[r->which].start + 1, walk = 4 * sqrt(2 * updates) * 0x1p-24 * most;
  return 2 * sqrt(square) * walk + walk * walk;
}

/* error: n x LOOKS; exact: NULL, or LOOKS expected ones. */
static enum fg_err judge_rate(const struct race *r, const double *error, size_t n, const double *exact, double updates,
                              struct fg_findings *findings) {
  double weight[LOOKS], mean[LOOKS] = {0}, rest = 0, level = r->lab->level / (CASES * (LOOKS + 1));
  double *x = malloc(n * sizeof *x);
  enum fg_err err = x ? FG_OK : FG_ENOMEM;
  struct fg_finding f = {.relation = FG_EQUAL, .samples = n, .series = cases[r->which].name};
  slope_weights(weight);
  for (int k = 0; k < LOOKS && !err; k++) {
    for (size_t i = 0; i < n; i++) {
      x[i] = error[i * LOOKS + (size_t)k];
      mean[k] += x[i] / (double)n;
    }
    struct fg_interval i = fg_interval_mean_skewed(x, n, level);
    f.bound = exact ? exact[k] : NAN;
    f.x = (double)looks[k];
    set(&f, &i, rounding(r, updates * f.x, i.estimate));
    snprintf(f.text, sizeof f.text, "%s: E|psi_t - psi*|^2 after %.0f epochs", f.series, f.x);
    err = fg_findings_add(findings, &f);
  }
  f.series = NULL;
  if (!err) {
    /* the slope as the mean of its linear parts: sum of weight * (log mean + x / mean - 1) */
    double slope = slope_of(weight, mean);
    for (size_t i = 0; i < n; i++) {
      x[i] = slope;
      for (size_t k = 0; k < LOOKS; k++)
        x[i] += weight[k] * (error[i * LOOKS + k] / mean[k] - 1);
    }
    struct fg_interval i = fg_interval_mean_skewed(x, n, level);
    /* what is exact is the slope at these epochs; without exact moments what is asked for is allowed for */
    rest = exact ? fabs(slope_of(weight, exact) - cases[r->which].slope) : ASYMPTOTIC;
    f.bound = cases[r->which].slope;
    set(&f, &i, rest);
    snprintf(f.text, sizeof f.text, "%s: slope of log E|psi_t - psi*|^2 against log t, t = %d to %d",
             cases[r->which].name, (int)looks[0], (int)looks[LOOKS - 1]);
    err = fg_findings_add(findings, &f);
  }
  if (!err && exact) {
    f.relation = FG_AT_MOST;
    f.bound = ASYMPTOTIC;
    f.measured = f.low = f.high = rest;
    snprintf(f.text, sizeof f.text, "%s: how far the slope of the exact moments is from the asymptotic one",
             cases[r->which].name);
    err = fg_findings_add(findings, &f);
  }
  free(x);
  return err;
}

static enum fg_err measure_rate(const struct fg_lab *lab, const char *data, size_t which, unsigned variant,
                                struct fg_findings *findings, struct fg_fault *fault) {
  char step[64], low[64];
  const char *options[OPTIONS] = {data,
                                  "model=additive:ridge=0.5",
                                  "workers=2",
                                  "sync=barrier",
                                  "epochs=512",
                                  "seed-data=1",
                                  "network=star:speed=1Mf,lat=1us,bw=10Gbps",
                                  cases[which].sampling,
                                  "step=1",
                                  NULL};
  enum fg_err err;
  struct fg_trial *t = fg_trial_new(options, &err, fault);
  if (err)
    return err;
  struct race r = {.lab = lab, .variant = variant, .which = which, .d = fg_trial_look_size(t), .options = options};
  unsigned runs = lab->full ? RUNS_FULL : RUNS;
  size_t n = (size_t)runs * members(lab);
  double least, *error = malloc(n * LOOKS * sizeof *error), exact[LOOKS];
  bool replaces = t->run.job.replace;
  r.star = malloc(2 * r.d * sizeof *r.star);
  r.start = r.star + r.d;
  r.seed = fg_seed_derive(lab->seed, which);
  err = error && r.star ? fg_fixed_point_solve(&t->run, NULL, r.star, fault) : FG_ENOMEM;
  if (!err)
    err = fg_fixed_point_least(&t->run, &least, r.start, fault);
  if (!err) {
    r.eta0 = cases[which].pace / least;
    for (size_t i = 0; i < r.d; i++)
      r.start[i] = r.star[i] + cases[which].start * r.start[i];
    if (replaces)
      err = exact_errors(&r, &t->run, exact);
  }
  if (!err) {
    snprintf(step, sizeof step, "step=%.17g", r.eta0);
    options[8] = step;
    options[9] = variant == CONSTANT ? "step-schedule=constant" : "step-schedule=paper";
    if (variant == FLOOR) {
      snprintf(low, sizeof low, "floor=%.17g", r.eta0 / 64);
      options[10] = low;
    }
    err = fg_lab_map(lab, runs, race_one, &r, members(lab) * LOOKS * sizeof *error, error, fault);
  }
  if (!err)
    err = judge_rate(&r, error, n, replaces ? exact : NULL, (double)t->run.grid.n_train, findings);
  fg_trial_delete(t);
  free(error);
  free(r.star);
  return err;
}

static enum fg_err measure_rates(const struct fg_lab *lab, unsigned variant, struct fg_findings *findings,
                                 struct fg_fault *fault) {
  char path[FG_PATH_MAX], data[FG_PATH_MAX + 8];
  enum fg_err err = fg_lab_data(lab, "additive:rows=8,cols=8,nnz=48", 1, path, fault);
  snprintf(data, sizeof data, "data=%s", path);
  for (size_t k = 0; k < CASES && !err; k++)
    err = measure_rate(lab, data, k, variant, findings, fault);
  return err;
}

/* ---- fugue's limit, nobody being slow: who has a small block waits for who has a large one */

enum { EPOCHS = 256, LIMIT_MEMBERS = 100, LIMIT_MEMBERS_FULL = 400, LIMIT_RUNS_FULL = 4 };

#define LIMIT_OPTIONS                                                                                                  \
  "model=additive:ridge=1", "step=0.4", "seed-data=1", "chunk=1", "network=star:speed=1Mf,lat=1us,bw=10Gbps"

/* How much unequal sizes matter: weights by a run, and the fixed point that they give. */
struct effect {
  double spread, shift; /* standard deviation of the weights, their mean being 1; |psi_w - psi*| / |psi*| */
};

static const struct {
  const char *name, *data, *workers, *sync, *straggler;
} effects[] = {{"200 points, P = 4, decay 0.05", "additive:rows=24,cols=12,nnz=200,noise=1", "workers=4",
                "sync=fugue:decay=0.05", "straggler=none"},
               {"200 points, P = 4, decay 0.5", "additive:rows=24,cols=12,nnz=200,noise=1", "workers=4",
                "sync=fugue:decay=0.5", "straggler=none"},
               {"20,000 points, P = 16, decay 0.05", "additive:rows=400,cols=400,nnz=20000,noise=1", "workers=16",
                "sync=fugue:decay=0.05", "straggler=none"},
               {"20,000 points, P = 16, decay 0.05, Pareto 1.5", "additive:rows=400,cols=400,nnz=20000,noise=1",
                "workers=16", "sync=fugue:decay=0.05", "straggler=pareto:alpha=1.5"}};
enum { EFFECTS = sizeof effects / sizeof *effects };

static enum fg_err set_effect(const struct fg_run *run, const struct fg_trace *trace, uint64_t from, double *weight,
                              double *psi, double *star, struct effect *e, struct fg_fault *fault) {
  size_t blocks = (size_t)run->grid.row_blocks * run->grid.col_blocks, d = (size_t)run->grid.rows + run->grid.cols;
  double shift = 0, square = 0;
  enum fg_err err = fg_fixed_point_weights(run, trace, from, weight, fault);
  if (!err)
    err = fg_fixed_point_solve(run, weight, psi, fault);
  if (!err)
    err = fg_fixed_point_solve(run, NULL, star, fault);
  for (size_t b = 0; b < blocks && !err; b++)
    e->spread += (weight[b] - 1) * (weight[b] - 1) / (double)blocks;
  for (size_t k = 0; k < d && !err; k++) {
    shift += (psi[k] - star[k]) * (psi[k] - star[k]);
    square += star[k] * star[k];
  }
  e->spread = sqrt(e->spread);
  e->shift = sqrt(shift / square);
  return err;
}

static enum fg_err effect_of(const void *self, uint64_t i, void *result, struct fg_fault *fault) {
  const struct fg_lab *lab = self;
  char path[FG_PATH_MAX], data[FG_PATH_MAX + 8];
  struct fg_record record = {.visits = true};
  enum fg_err err = fg_lab_data(lab, effects[i].data, 1, path, fault);
  if (err)
    return err;
  snprintf(data, sizeof data, "data=%s", path);
  const char *const options[] = {
      data,           LIMIT_OPTIONS, effects[i].workers, effects[i].sync, effects[i].straggler, "epochs=100",
      "eval-every=0", NULL};
  struct fg_trial *t = fg_trial_new(options, &err, fault);
  struct fg_trial_seeds seeds = seeds_of(lab->seed, i, 0);
  if (!err)
    err = fg_trial_reseed(t, &seeds, fault);
  if (!err)
    err = fg_trial_simulate(t, &record, NULL, fault);
  if (!err) {
    size_t d = fg_trial_look_size(t), blocks = (size_t)t->run.grid.row_blocks * t->run.grid.col_blocks;
    double *room = malloc((blocks + 2 * d) * sizeof *room);
    err =
        room ? set_effect(&t->run, &record.trace, 0, room, room + blocks, room + blocks + d, result, fault) : FG_ENOMEM;
    free(room);
  }
  fg_record_free(&record);
  fg_trial_delete(t);
  return err;
}

static enum fg_err report_effects(const struct fg_lab *lab, struct fg_findings *findings, struct fg_fault *fault) {
  struct effect e[EFFECTS];
  enum fg_err err = FG_OK;
  char path[FG_PATH_MAX];
  for (size_t k = 0; k < EFFECTS && !err; k++) /* before there are processes that would all make it */
    err = fg_lab_data(lab, effects[k].data, 1, path, fault);
  if (!err)
    err = fg_lab_map(lab, EFFECTS, effect_of, lab, sizeof *e, e, fault);
  for (size_t k = 0; k < EFFECTS && !err; k++) {
    struct fg_finding f = {.relation = FG_EQUAL, .bound = NAN, .samples = 1};
    set(&f, &(struct fg_interval){e[k].spread, e[k].spread, e[k].spread}, 0);
    snprintf(f.text, sizeof f.text, "%s: standard deviation of the blocks' weights, whose mean is 1", effects[k].name);
    err = fg_findings_add(findings, &f);
    set(&f, &(struct fg_interval){e[k].shift, e[k].shift, e[k].shift}, 0);
    snprintf(f.text, sizeof f.text, "%s: |psi_w - psi*| / |psi*|", effects[k].name);
    if (!err)
      err = fg_findings_add(findings, &f);
  }
  return err;
}

/* Limit of real runs along psi_w - psi*: 0 is psi*, 1 the exact fixed point by the weights of the trace. */
static enum fg_err judge_limit(const struct fg_lab *lab, const struct fg_run *run, const struct fg_limit *limit,
                               const double *room, struct fg_findings *findings, struct fg_fault *fault) {
  size_t d = limit->size;
  double weight[16], rest, dot = 0, square = 0, *psi = malloc(2 * d * sizeof *psi);
  const double *axis = room, *star = room + d;
  struct fg_interval at;
  enum fg_err err = psi ? fg_fixed_point_weights(run, &limit->trace, EPOCHS / 2, weight, fault) : FG_ENOMEM;
  if (!err)
    err = fg_fixed_point_solve(run, weight, psi, fault);
  if (!err)
    err = fg_limit_along(limit, star, axis, lab->level / (CASES * (LOOKS + 1)), &at, &rest, fault);
  for (size_t k = 0; k < d && !err; k++) {
    dot += (psi[k] - star[k]) * axis[k];
    square += axis[k] * axis[k];
  }
  free(psi);
  if (err)
    return err;
  struct fg_finding f = {.relation = FG_EQUAL, .bound = dot / square, .samples = limit->n};
  set(&f, &at, 0);
  snprintf(f.text, sizeof f.text, "fugue with row blocks 2:2:1:1, nobody slow: its limit (0: psi*, 1: psi_w)");
  return fg_findings_add(findings, &f);
}

/* psi_w - psi*, then psi*, to room. */
static enum fg_err set_axis(const struct fg_run *run, const struct fg_trace *trace, double *room,
                            struct fg_fault *fault) {
  size_t d = (size_t)run->grid.rows + run->grid.cols;
  double weight[16];
  enum fg_err err = fg_fixed_point_weights(run, trace, EPOCHS / 2, weight, fault);
  if (!err)
    err = fg_fixed_point_solve(run, weight, room, fault);
  if (!err)
    err = fg_fixed_point_solve(run, NULL, room + d, fault);
  for (size_t k = 0; k < d && !err; k++)
    room[k] -= room[d + k];
  return err;
}

static enum fg_err measure_limit(const struct fg_lab *lab, unsigned variant, struct fg_findings *findings,
                                 struct fg_fault *fault) {
  char path[FG_PATH_MAX], data[FG_PATH_MAX + 8];
  enum fg_err err = fg_lab_data(lab, "additive:rows=24,cols=12,nnz=200,noise=1", 1, path, fault);
  snprintf(data, sizeof data, "data=%s", path);
  const char *const options[] = {data, LIMIT_OPTIONS, "workers=4", "balance=size:2x2,2x1", "sync=fugue:decay=0.5",
                                 NULL};
  unsigned runs = lab->full ? LIMIT_RUNS_FULL : 1;
  const struct fg_limit_plan plan = {.options = options,
                                     .epochs = EPOCHS,
                                     .seed = lab->seed,
                                     .runs = runs,
                                     .replays = (lab->full ? LIMIT_MEMBERS_FULL : LIMIT_MEMBERS) / runs - 1};
  struct fg_limit limit = {0};
  struct fg_trial *t = err ? NULL : fg_trial_new(options, &err, fault);
  double *room = err ? NULL : malloc(2 * fg_trial_look_size(t) * sizeof *room);
  if (!err && !room)
    err = FG_ENOMEM;
  if (!err)
    err = fg_limit_run(lab, &plan, &limit, fault);
  if (!err)
    err = set_axis(&t->run, &limit.trace, room, fault);
  for (size_t v = 0; v < limit.trace.n && variant == WEIGHTS && !err; v++)
    limit.trace.visit[v].extra_updates = 0;
  if (!err)
    err = judge_limit(lab, &t->run, &limit, room, findings, fault);
  fg_limit_free(&limit);
  fg_trial_delete(t);
  free(room);
  return err;
}

/* ---- mf and lda: how far the mean update of an epoch goes */

/* From a random start lda first has to leave a saddle, where the gradient is small. */
#define EARLY        16
#define LATE         512
#define TEXT(number) TEXT_OF(number)
#define TEXT_OF(x)   #x

static const struct {
  const char *name, *data, *model, *step;
  double tiny;  /* step at which updates are in proportion to it and far above rounding */
  double least; /* factor by which the gradient falls, of every seed */
} models[] = {{"mf", "mf:rows=96,cols=80,nnz=3000,rank=4", "model=mf:rank=4", "step=0.2", 1e-3, 4},
              {"lda", "lda:docs=96,words=80,topics=4,length=40", "model=lda:rank=4", "step=8", 1e-3, 10}};
enum { MODELS = sizeof models / sizeof *models, STARTS = 4, STARTS_FULL = 40 };

struct descent {
  const char *const (*options)[OPTIONS];
  uint64_t seed;
  unsigned starts;
};

/* |change by one epoch of barrier at a tiny step| / step, by the real update on the blocks in the order of the strata;
 * with projections in it, as the claim has it. Changes the factors. */
static enum fg_err displacement(struct fg_trial *t, double tiny, double *out) {
  struct fg_run *run = &t->run;
  const struct fg_grid *g = &run->grid;
  size_t size = fg_trial_look_size(t), of_rows = (size_t)g->rows * run->model.rank;
  float *before = malloc(2 * size * sizeof *before), *after = before + size;
  double *stat = calloc(run->model.n_stat + 1, sizeof *stat);
  struct fg_point some[FG_BATCH];
  enum fg_err err = before && stat ? FG_OK : FG_ENOMEM;
  if (!err && run->model.n_stat)
    err = fg_factors_stat(&run->factors, &run->model, stat);
  if (!err) {
    fg_factors_gather(&run->factors, g, &run->model, 0, before);
    fg_factors_gather(&run->factors, g, &run->model, 1, before + of_rows);
  }
  for (uint32_t s = 0; s < g->col_blocks && !err; s++)
    for (uint32_t p = 0; p < g->row_blocks; p++) {
      uint32_t q = (p + s) % g->col_blocks;
      const struct fg_row_shard *rows = &run->factors.row[p];
      const struct fg_col_block *cols = &run->factors.col[q];
      struct fg_view view = {rows->factor, cols->factor, rows->weight, cols->weight, stat};
      for (size_t from = 0, got; (got = fg_block_read(fg_grid_train(g, p, q), from, FG_BATCH, some)) > 0; from += got)
        run->model.type->update(&run->model, &view, some, got, (float)tiny);
    }
  *out = 0;
  if (!err) {
    fg_factors_gather(&run->factors, g, &run->model, 0, after);
    fg_factors_gather(&run->factors, g, &run->model, 1, after + of_rows);
  }
  for (size_t k = 0; k < size && !err; k++)
    *out += ((double)after[k] - before[k]) * ((double)after[k] - before[k]);
  *out = sqrt(*out) / tiny;
  free(before);
  free(stat);
  return err;
}

/* An item's result: the norm of the gradient after EARLY or LATE epochs of a run; the short run is the long one's
 * beginning. */
static enum fg_err descend(const void *self, uint64_t i, void *result, struct fg_fault *fault) {
  const struct descent *d = self;
  size_t model = i / 2 / d->starts;
  const char *options[OPTIONS];
  memcpy(options, d->options[model], sizeof options);
  options[0] = i % 2 ? "epochs=" TEXT(LATE) : "epochs=" TEXT(EARLY);
  enum fg_err err;
  struct fg_trial *t = fg_trial_new(options, &err, fault);
  struct fg_trial_seeds seeds = seeds_of(d->seed, i / 2, 0);
  if (!err)
    err = fg_trial_reseed(t, &seeds, fault);
  if (!err)
    err = fg_trial_simulate(t, NULL, NULL, fault);
  if (!err)
    err = displacement(t, models[model].tiny, result);
  fg_trial_delete(t);
  return err;
}

static enum fg_err measure_descent(const struct fg_lab *lab, unsigned variant, struct fg_findings *findings,
                                   struct fg_fault *fault) {
  char path[FG_PATH_MAX], data[MODELS][FG_PATH_MAX + 8];
  const char *options[MODELS][OPTIONS];
  unsigned starts = lab->full ? STARTS_FULL : STARTS;
  const char *schedule = variant == CONSTANT ? "step-schedule=constant" : "step-schedule=paper";
  double norm[MODELS * STARTS_FULL * 2];
  enum fg_err err = FG_OK;
  for (size_t k = 0; k < MODELS && !err; k++) {
    err = fg_lab_data(lab, models[k].data, 1, path, fault);
    snprintf(data[k], sizeof data[k], "data=%s", path);
    const char *const all[OPTIONS] = {"epochs=1",  data[k],        models[k].model, models[k].step, schedule,
                                      "workers=4", "sync=barrier", "eval-every=0",  "seed-data=1",  NULL};
    memcpy(options[k], all, sizeof all);
  }
  struct descent d = {(const char *const(*)[OPTIONS])options, fg_seed_derive(lab->seed, CASES), starts};
  if (!err)
    err = fg_lab_map(lab, (uint64_t)MODELS * starts * 2, descend, &d, sizeof *norm, norm, fault);
  for (size_t k = 0; k < MODELS && !err; k++) {
    double least = INFINITY, most = 0;
    for (const double *x = norm + k * starts * 2; x < norm + (k + 1) * starts * 2; x += 2) {
      double factor = x[0] / x[1];
      least = isnan(factor) || factor < least ? factor : least; /* NAN stays, and violates the bound */
      most = fmax(most, factor);
    }
    struct fg_finding f = {.relation = FG_AT_LEAST, .bound = models[k].least, .samples = starts};
    set(&f, &(struct fg_interval){least, least, least}, 0);
    snprintf(f.text, sizeof f.text,
             "%s, barrier: least factor by which the projected gradient falls from epoch " TEXT(EARLY) " to " TEXT(
                 LATE) " (most: %.3g)",
             models[k].name, most);
    err = fg_findings_add(findings, &f);
  }
  return err;
}

static enum fg_err measure(const struct fg_lab *lab, unsigned variant, struct fg_findings *findings,
                           struct fg_fault *fault) {
  if (variant == WEIGHTS)
    return measure_limit(lab, variant, findings, fault);
  enum fg_err err = measure_rates(lab, variant, findings, fault);
  if (!err && variant == REAL)
    err = measure_limit(lab, variant, findings, fault);
  if (!err && variant == REAL)
    err = report_effects(lab, findings, fault);
  if (!err && (variant == REAL || variant == CONSTANT))
    err = measure_descent(lab, variant, findings, fault);
  return err;
}

const struct fg_claim fg_claim_c1 = {
    .id = "C1",
    .title = "Robbins-Monro",
    .kind = FG_CLAIM_STATISTICAL,
    .statement = "under eta_0/(t+1), t in epochs, barrier's E|psi_t - psi*|^2 falls as 1/t if 2 eta_0 Lambda > 1 and "
                 "as t^(-2 eta_0 Lambda) otherwise, where sampling is with replacement; in passes as t^(-2 min(1, "
                 "eta_0 Lambda)); Lambda = lambda_min(sum of A_z over all points, each once). Fugue's limit solves "
                 "sum_b w_b grad L_b = 0, w_b the step mass per point of block b, which unequal blocks make unequal. "
                 "On mf and lda the projected gradient falls 4 and 10 times from epoch 16 to 512",
    .assumptions = "additive (mf and lda: these data only, nothing is proved); floor 0",
    .source = "Robbins and Monro 1951, Chung 1954; Gemulla et al. 2011 for strata",
    .proved = "C1_robbins_monro C1_paper_steps C1_rate C1_rate_at_best C1_rate_slow C1_rate_iff C1_sgd "
              "C1_stratified C1_stratified_rate C1_parallel C1_strata_order C1_fugue_converges",
    .power = 0.99,
    .controls = (const struct fg_control[]){{"constant", "the step is the same in all epochs"},
                                            {"floor", "the step is never below eta_0 / 64"},
                                            {"skip", "epochs leave out one block"},
                                            {"weights", "the trace that weights are made of lacks the extra updates"},
                                            {0}},
    .panels = (const struct fg_panel[]){{"barrier, steps η₀/(t + 1)", "epoch t", "E|ψ - ψ*|²", true, true}, {0}},
    .measure = measure,
};
