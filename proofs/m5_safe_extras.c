/* M5. Extra updates are safe in second moment. Scalar quadratic of curvature h with additive noise of variance sigma^2,
 * 0 < eta h < 2 for every step, the number n of updates independent of start and noise: E (x_n - m)^2 <= max(E (x_0 -
 * m)^2, V*(eta_max)), V*(eta) = eta sigma^2 / (h (2 - eta h)), for any steps and any waits; Var_n obeys the same bound
 * given n. For one update s -> (1 - eta h)^2 s + eta^2 sigma^2 keeps any s below that maximum below it.
 *
 * On a block of `additive` the noise is not additive: V -> T(V) + eta^2 G, T(V) = E[(I - eta A_z) V (I - eta A_z)].
 * With the mean at the block's optimum, V_n - V* = T^n(V_0 - V*), and while eta (2 + ridge) <= 2, (I - eta A_z)^2 <= I,
 * so that tr T(P) <= tr P for P >= 0: tr V_n <= tr V* + tr (V_0 - V*)_+ .
 *
 * The scalar setting is the real core with the points of a block moved to one row and one column (pooled.h). Source:
 * ours. */
#include "proofs/bounds.h"
#include "proofs/claims.h"
#include "proofs/lab/cloud.h"
#include "proofs/lab/pooled.h"
#include "proofs/lab/quadratic.h"
#include "proofs/lab/skewed.h"
#include "proofs/lab/waits.h"

#include "core/rng.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

double fg_bound_stationary(double eta, double h, double noise) {
  return eta * h > 0 && eta * h < 2 ? eta * noise / (h * (2 - eta * h)) : INFINITY;
}

double fg_bound_extras(double start, double eta, double h, double noise) {
  return fmax(start, fg_bound_stationary(eta, h, noise));
}

double fg_bound_extras_trace(size_t d, const double *start, const double *stationary) {
  double off[d * d], value[d], sum = fg_matrix_trace(d, stationary);
  for (size_t i = 0; i < d * d; i++)
    off[i] = start[i] - stationary[i];
  if (fg_matrix_spectrum(d, off, value, NULL))
    return NAN;
  for (size_t i = 0; i < d; i++)
    sum += fmax(value[i], 0);
  return sum;
}

enum { REAL, UNCONDITIONAL, STOPPING, STIFF, UNCENTRED, LONG };

/* float32 moves a member by some 2^-24 of its size at each of 256 updates at most: 1.5e-5 of it, against standard
 * deviations of a thirtieth of it or more. */
#define ROUNDING 1e-3

static enum fg_err judge(const struct fg_interval *i, enum fg_relation relation, double bound,
                         const struct fg_finding *draft, struct fg_findings *findings) {
  struct fg_finding f = *draft;
  f.relation = relation;
  f.bound = bound;
  f.measured = i->estimate;
  f.low = i->low - ROUNDING * fabs(i->estimate);
  f.high = i->high + ROUNDING * fabs(i->estimate);
  return fg_findings_add(findings, &f);
}

/* ---- (a) one block, waits of any length */

enum { LOOKS = 8, CASES = 6, MEMBERS = 20000, MEMBERS_FULL = 300000 };
static const uint64_t at[LOOKS] = {1, 2, 4, 8, 16, 32, 64, 128};
static const struct {
  const char *series;
  double off, spread; /* of the start from m */
  double pace;        /* eta h */
  const char *extras;
} cases[CASES] = {
    {"from far", 3, 0, 0.2, "extra=same"},
    {"from m", 0, 0, 0.2, "extra=same"},
    {"from a cloud", 0, 2, 0.2, "extra=same"},
    {"from far", 3, 0, 1.6, "extra=same"},
    {"from m", 0, 0, 1.6, "extra=same"},
    {"from far, ηh = 0.8, decay 0.5", 3, 0, 0.8, "extra=geometric,decay=0.5"},
};

/* A worker that stops when its iterate is bad. */
struct bad {
  size_t rows;
  double optimum, limit;
};

static bool is_bad(void *self, uint64_t updates, const double *psi) {
  const struct bad *b = self;
  double off = psi[0] + psi[b->rows] - b->optimum;
  (void)updates;
  return off * off > b->limit;
}

/* Second moment about m after so many updates, from s: steps as the strategy has them. */
static double moment_after(const struct fg_trial *t, const struct fg_pooled *b, double s, uint64_t updates) {
  for (uint64_t k = 0; k < updates; k++) {
    double eta = t->run.job.steps.eta0;
    if (k >= b->n)
      eta *= t->run.job.sync.type->extra_step(&t->run.job.sync, k / b->n - 1);
    s = (1 - eta * b->h) * (1 - eta * b->h) * s + eta * eta * b->noise;
  }
  return s;
}

struct scalar {
  const struct fg_lab *lab;
  unsigned variant;
  double level; /* of one judged number */
  struct fg_findings *findings;
  struct fg_fault *fault;
};

/* A trial of the pooled model on one block; type: room for it. */
static struct fg_trial *one_block(const char *data, const char *extras, struct fg_model_type *type, enum fg_err *err,
                                  struct fg_fault *fault) {
  char sync[64];
  snprintf(sync, sizeof sync, "sync=fugue:%s", extras);
  const char *const options[] = {data,        sync,      "sampling=replace",       "model=additive:ridge=0.1",
                                 "workers=1", "chunk=1", "step-schedule=constant", NULL};
  struct fg_trial *t = fg_trial_new(options, err, fault);
  if (t)
    fg_pooled_set(&t->run, type);
  return t;
}

static enum fg_err measure_case(const struct scalar *s, const char *data, unsigned k) {
  struct fg_model_type type;
  enum fg_err err;
  struct fg_trial *t = one_block(data, cases[k].extras, &type, &err, s->fault);
  if (err)
    return err;
  struct fg_pooled b = fg_pooled_block(&t->run, 0, 0);
  const size_t d = fg_solo_dimension(t), rows = t->run.grid.row[0].n;
  const double eta = cases[k].pace / b.h, spread = cases[k].spread * cases[k].spread,
               start = cases[k].off * cases[k].off + spread;
  double center[d], axis[d], sum[d];
  memset(center, 0, sizeof center);
  memset(axis, 0, sizeof axis);
  memset(sum, 0, sizeof sum);
  center[0] = b.optimum + cases[k].off;
  axis[0] = sum[0] = sum[rows] = 1;
  t->run.job.steps.eta0 = eta;
  struct bad bad = {rows, b.optimum, 2 * fg_bound_stationary(eta, b.h, b.noise)};
  struct fg_cloud cloud = {.trial = t,
                           .center = center,
                           .spread = cases[k].spread,
                           .axis = axis,
                           .seed = fg_seed_derive(s->lab->seed, k),
                           .n = s->lab->full ? MEMBERS_FULL : MEMBERS,
                           .at = at,
                           .n_at = LOOKS,
                           .stop = s->variant == STOPPING ? is_bad : NULL,
                           .self = &bad};
  float *look = fg_cloud_looks(&cloud);
  double *x = malloc(2 * cloud.n * sizeof *x);
  err = look && x ? fg_cloud_play(s->lab, &cloud, look, s->fault) : FG_ENOMEM;
  for (size_t l = 0; l < LOOKS && !err; l++) {
    struct fg_finding f = {
        .samples = cloud.n, .panel = cases[k].pace > 0.5, .series = cases[k].series, .x = (double)at[l]};
    fg_cloud_along(&cloud, look, l, sum, x);
    struct fg_interval variance = fg_interval_covariance_skewed(x, x, cloud.n, x + cloud.n, s->level);
    for (uint64_t i = 0; i < cloud.n; i++)
      x[i] = (x[i] - b.optimum) * (x[i] - b.optimum);
    struct fg_interval moment = fg_interval_mean_skewed(x, cloud.n, s->level);
    snprintf(f.text, sizeof f.text, "scalar, eta h = %g, start off by %g +- %g, %s, n = %g: E (x_n - m)^2",
             cases[k].pace, cases[k].off, cases[k].spread, cases[k].extras, f.x);
    err = judge(&moment, FG_AT_MOST, fg_bound_extras(start, eta, b.h, b.noise), &f, s->findings);
    f.series = NULL;
    strncat(f.text, ", closed form", sizeof f.text - strlen(f.text) - 1);
    if (!err)
      err = judge(&moment, FG_EQUAL, moment_after(t, &b, start, at[l]), &f, s->findings);
    snprintf(f.text, sizeof f.text, "scalar, eta h = %g, start off by %g +- %g, %s, n = %g: Var x_n given n",
             cases[k].pace, cases[k].off, cases[k].spread, cases[k].extras, f.x);
    if (!err)
      err = judge(&variance, FG_AT_MOST, fg_bound_extras(spread, eta, b.h, b.noise), &f, s->findings);
  }
  free(look);
  free(x);
  fg_trial_delete(t);
  return err;
}

/* ---- (b) runs of several workers whose waits are Pareto's */

enum {
  WORKERS = 4,
  ROUNDS = 8,
  VISITS = WORKERS * ROUNDS,
  RUNS = 3,
  RUNS_FULL = 12,
  BATCHES = 4,
  REPLAYS = 1200,
  REPLAYS_FULL = 4000
};

/* A visit over the ensemble: sums of the squared distance from m after it, of the change during it, of their squares.
 */
struct visit {
  double n, before, after, after_2, change, change_2;
  double extra, passes; /* updates while waiting; the same in passes */
  double stationary;
};

struct waits {
  const char *const *options;
  uint64_t seed, replays, runs; /* runs: under Pareto waits; one more is the adversary's */
  double stretch;               /* of the core's steps over the claimed ones */
};

/* An adversary, who knows everything but noise and start: some workers idle, the others must go on for thirty passes.
 */
static uint64_t adversary(void *self, const struct fg_visit *visit) {
  (void)self;
  return (visit->worker + visit->round) % 3 == 0 ? 30 * visit->required_updates : 0;
}

/* eta: the step that is claimed */
static void add_run(const struct fg_run *run, double eta, const struct fg_record *r, struct visit *visit) {
  for (size_t i = 0; i < r->trace.n; i++) {
    const struct fg_visit *v = &r->trace.visit[i];
    struct visit *sum = &visit[v->round * WORKERS + v->worker];
    struct fg_pooled b = fg_pooled_block(run, v->row_block, v->col_block);
    const float *before = r->look + v->round * r->look_size, *after = before + r->look_size;
    size_t row = run->grid.row[v->row_block].original[0],
           col = run->grid.rows + run->grid.col[v->col_block].original[0];
    double x = pow((double)before[row] + before[col] - b.optimum, 2),
           y = pow((double)after[row] + after[col] - b.optimum, 2);
    sum->n++;
    sum->before += x;
    sum->after += y;
    sum->after_2 += y * y;
    sum->change += y - x;
    sum->change_2 += (y - x) * (y - x);
    sum->extra = (double)v->extra_updates;
    sum->passes = sum->extra / (double)b.n;
    sum->stationary = fg_bound_stationary(eta, b.h, b.noise);
  }
}

/* Batch i % BATCHES of the replays of run i / BATCHES, whose slowdowns are its own: all of its batches have its waits.
 */
static enum fg_err play_waits(const void *self, uint64_t i, void *result, struct fg_fault *fault) {
  const struct waits *w = self;
  struct fg_record first = {.look_every = 1, .visits = true, .order = true};
  struct fg_model_type type;
  struct fg_trial_seeds seeds = {0, 0, fg_seed_derive(w->seed, i / BATCHES)};
  enum fg_err err;
  struct fg_trial *t = fg_trial_new(w->options, &err, fault);
  const double eta = err ? 0 : t->run.job.steps.eta0;
  if (!err) {
    fg_pooled_set(&t->run, &type);
    t->run.job.steps.eta0 = w->stretch * eta;
    err = fg_trial_reseed(t, &seeds, fault);
  }
  if (!err)
    err = fg_trial_simulate(t, &first, NULL, fault);
  if (!err && i / BATCHES == w->runs)
    fg_waits_set(&first, adversary, NULL);
  for (uint64_t k = 0; k < w->replays && !err; k++) {
    struct fg_record again = {.look_every = 1, .visits = true};
    seeds.init = seeds.order = fg_seed_derive(w->seed ^ i << 32, RUNS_FULL + k);
    err = fg_trial_reseed(t, &seeds, fault);
    if (!err)
      err = fg_trial_replay(t, &first, &again, NULL, fault);
    if (!err && k == 0)
      err = fg_waits_compare(&first, &again, fault);
    if (!err)
      add_run(&t->run, eta, &again, result);
    fg_record_free(&again);
  }
  fg_record_free(&first);
  fg_trial_delete(t);
  return err;
}

/* As these are, skewed to the right, a violation is called more rarely than the level says, not more often. */
static struct fg_interval mean_of(double sum, double squares, double n, double level) {
  double mean = sum / n, half = fg_normal_critical(level) * sqrt(fmax(squares / n - mean * mean, 0) / (n - 1));
  return (struct fg_interval){mean, mean - half, mean + half};
}

/* Relative to the larger of what it was before and V*, both of which the second moment must exceed to violate the
 * bound: 1 + the smaller of what it is above either. */
static enum fg_err judge_visit(const struct scalar *s, const struct visit *v, bool adverse) {
  struct fg_interval change = mean_of(v->change, v->change_2, v->n, s->level),
                     after = mean_of(v->after, v->after_2, v->n, s->level);
  double bound = fmax(v->before / v->n, v->stationary);
  struct fg_interval ratio = {1 + fmin(change.estimate, after.estimate - v->stationary) / bound,
                              1 + fmin(change.low, after.low - v->stationary) / bound,
                              1 + fmin(change.high, after.high - v->stationary) / bound};
  struct fg_finding f = {.samples = (uint64_t)v->n,
                         .panel = 2,
                         .series = adverse ? "visits of 4 workers, an adversary" : "visits of 4 workers, Pareto 1.2",
                         .x = v->passes};
  snprintf(f.text, sizeof f.text, "a visit with a wait of %g updates, %s: E (x_n - m)^2 over its bound", v->extra,
           adverse ? "adversarial" : "Pareto");
  return judge(&ratio, FG_AT_MOST, 1, &f, s->findings);
}

static enum fg_err measure_runs(const struct scalar *s, const char *data, uint64_t *wait) {
  const char *const options[] = {data,
                                 "sampling=replace",
                                 "model=additive:ridge=0.1",
                                 "workers=4",
                                 "epochs=2",
                                 "sync=fugue:extra=same,max=100",
                                 "straggler=pareto:alpha=1.2",
                                 "chunk=1",
                                 "step=0.2",
                                 "step-schedule=constant",
                                 "network=star:speed=1Mf,lat=1us,bw=10Gbps",
                                 NULL};
  uint64_t runs = s->lab->full ? RUNS_FULL : RUNS;
  struct waits w = {options, fg_seed_derive(s->lab->seed, 100), s->lab->full ? REPLAYS_FULL : REPLAYS, runs,
                    s->variant == LONG ? 2 : 1};
  struct visit *visit = calloc((runs + 1) * BATCHES * VISITS, sizeof *visit);
  enum fg_err err = visit ? FG_OK : FG_ENOMEM;
  if (!err)
    err = fg_lab_map(s->lab, (runs + 1) * BATCHES, play_waits, &w, VISITS * sizeof *visit, visit, s->fault);
  for (uint64_t r = 0; r <= runs && !err; r++)
    for (uint64_t v = 0; v < VISITS && !err; v++) {
      struct visit *sum = &visit[r * BATCHES * VISITS + v];
      for (uint64_t b = 1; b < BATCHES; b++) {
        const struct visit *more = sum + b * VISITS;
        if (more->extra != sum->extra) /* they would be no ensemble */
          err = fg_fail(s->fault, FG_MISMATCH, NULL, 0, "the same slowdowns, but waits of %g and %g updates",
                        sum->extra, more->extra);
        sum->n += more->n;
        sum->before += more->before;
        sum->after += more->after;
        sum->after_2 += more->after_2;
        sum->change += more->change;
        sum->change_2 += more->change_2;
      }
      if (!err)
        err = judge_visit(s, sum, r == runs);
      if (r == 0)
        wait[v] = (uint64_t)sum->extra;
    }
  free(visit);
  return err;
}

/* ---- (c) waits that vary from member to member */

static int ascending(const void *a, const void *b) {
  uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return (x > y) - (x < y);
}

/* Extra updates drawn from `wait`, sorted, by everyone for himself, after a required pass from a start such that 10 is
 * left to go at its end on average: the claim's own example with waits of 0 and 20. */
static enum fg_err measure_random(const struct scalar *s, const char *data, uint64_t *wait, size_t n_wait,
                                  const char *what) {
  struct fg_model_type type;
  enum fg_err err;
  struct fg_trial *t = one_block(data, "extra=same", &type, &err, s->fault);
  if (err)
    return err;
  struct fg_pooled b = fg_pooled_block(&t->run, 0, 0);
  const size_t d = fg_solo_dimension(t), rows = t->run.grid.row[0].n;
  const double eta = 0.4 / b.h;
  double center[d], sum[d];
  uint64_t looks[n_wait + 1];
  memset(center, 0, sizeof center);
  memset(sum, 0, sizeof sum);
  sum[0] = sum[rows] = 1;
  center[0] = b.optimum + 10 / pow(1 - 0.4, (double)b.n);
  t->run.job.steps.eta0 = eta;
  looks[0] = b.n;
  for (size_t i = 0; i < n_wait; i++)
    looks[i + 1] = b.n + wait[i];
  struct fg_cloud cloud = {.trial = t,
                           .center = center,
                           .seed = fg_seed_derive(s->lab->seed, 200 + n_wait),
                           .n = s->lab->full ? MEMBERS_FULL : MEMBERS,
                           .at = looks,
                           .n_at = n_wait + 1};
  float *look = fg_cloud_looks(&cloud);
  double *x = malloc((n_wait + 1) * cloud.n * sizeof *x);
  err = look && x ? fg_cloud_play(s->lab, &cloud, look, s->fault) : FG_ENOMEM;
  for (size_t l = 0; l <= n_wait && !err; l++)
    fg_cloud_along(&cloud, look, l, sum, x + l * cloud.n);
  for (uint64_t i = 0; i < cloud.n && !err; i++) {
    struct fg_rng rng;
    fg_rng_start(&rng, cloud.seed, FG_STREAM_STRAGGLER, i, 0);
    x[i] = x[(1 + fg_rng_below(&rng, (uint32_t)n_wait)) * cloud.n + i];
  }
  /* the second moment, or the variance over all, before and after */
  const bool moment = s->variant != UNCONDITIONAL;
  double start = moment_after(t, &b, pow(center[0] - b.optimum, 2), b.n);
  struct fg_interval i = {0};
  if (!err && !moment)
    i = fg_interval_covariance_skewed(x, x, cloud.n, x + cloud.n, s->level);
  for (uint64_t k = 0; k < cloud.n && !err && moment; k++)
    x[k] = (x[k] - b.optimum) * (x[k] - b.optimum);
  if (!err && moment)
    i = fg_interval_mean_skewed(x, cloud.n, s->level);
  struct fg_finding f = {.samples = cloud.n};
  snprintf(f.text, sizeof f.text, "scalar, from 10 off, waits drawn from %s: %s", what,
           moment ? "E (x_n - m)^2" : "variance over all waits");
  if (!err)
    err = judge(&i, FG_AT_MOST, fg_bound_extras(moment ? start : start - 100, eta, b.h, b.noise), &f, s->findings);
  free(look);
  free(x);
  fg_trial_delete(t);
  return err;
}

/* ---- (d) a block of `additive`: the trace of the covariance */

enum { M_LOOKS = 6, M_STARTS = 4, M_STEPS = 2 };
static const uint64_t m_at[M_LOOKS] = {1, 4, 16, 64, 128, 256};
static const double m_steps[M_STEPS] = {0.4, 1.9}; /* times 1 / (2 + ridge) */
enum { EVERYWHERE, ALL_ONES, SLOWEST };
static const struct {
  const char *series[M_STEPS];
  int axis;
  double spread;
} m_starts[M_STARTS] = {
    {{"η(2+ridge) = 0.4, from the optimum", "η(2+ridge) = 1.9, from the optimum"}, EVERYWHERE, 0},
    {{"η(2+ridge) = 0.4, cloud", NULL}, EVERYWHERE, 0.5},
    {{NULL, NULL}, ALL_ONES, 10},
    {{"η(2+ridge) = 0.4, slowest direction", NULL}, SLOWEST, 0.3},
};

static enum fg_err measure_matrix(const struct scalar *s, const char *data) {
  const char *const options[] = {data,      "sampling=replace",      "model=additive:ridge=1", "workers=1",
                                 "chunk=1", "sync=fugue:extra=same", "step-schedule=constant", NULL};
  struct fg_quadratic q = {0};
  enum fg_err err;
  struct fg_trial *t = fg_trial_new(options, &err, s->fault);
  if (err)
    return err;
  err = fg_quadratic_of(&t->run, 0, 0, &q, s->fault);
  const size_t d = fg_solo_dimension(t);
  double center[d], axis[d], v[d * d], stationary[d * d], noise[d * d];
  struct fg_cloud cloud = {
      .trial = t, .center = center, .n = s->lab->full ? MEMBERS_FULL : MEMBERS / 2, .at = m_at, .n_at = M_LOOKS};
  float *look = fg_cloud_looks(&cloud);
  double *x = malloc(2 * cloud.n * sizeof *x);
  if (!err && (!look || !x))
    err = FG_ENOMEM;
  if (!err)
    fg_quadratic_noise(&q, q.optimum, noise);
  for (unsigned e = 0; e < M_STEPS && !err; e++) {
    double pace = s->variant == STIFF && e == 1 ? 2.25 : m_steps[e];
    t->run.job.steps.eta0 = pace / (2 + q.ridge);
    err = fg_quadratic_stationary(&q, t->run.job.steps.eta0, noise, stationary, s->fault);
    for (unsigned k = 0; k < M_STARTS && !err; k++) {
      for (size_t i = 0; i < d; i++) {
        center[i] = q.optimum[i] + (s->variant == UNCENTRED ? 2 : 0);
        axis[i] = m_starts[k].axis == SLOWEST ? q.vector[i] : 1;
      }
      for (size_t i = 0; i < d * d; i++)
        v[i] = m_starts[k].spread * m_starts[k].spread *
               (m_starts[k].axis == EVERYWHERE ? i / d == i % d : axis[i / d] * axis[i % d]);
      cloud.spread = m_starts[k].spread;
      cloud.axis = m_starts[k].axis == EVERYWHERE ? NULL : axis;
      cloud.seed = fg_seed_derive(s->lab->seed, 300 + e * M_STARTS + k);
      double bound = fg_bound_extras_trace(d, v, stationary),
             most = fmax(fg_matrix_trace(d, v), fg_matrix_trace(d, stationary)), reached = 0;
      err = isnan(bound) ? FG_ENOMEM : fg_cloud_play(s->lab, &cloud, look, s->fault);
      for (size_t l = 0; l < M_LOOKS && !err; l++) {
        fg_cloud_squares(&cloud, look, l, NULL, x);
        struct fg_interval i = fg_interval_mean_skewed(x, cloud.n, s->level);
        struct fg_finding f = {.samples = cloud.n, .panel = 3, .series = m_starts[k].series[e], .x = (double)m_at[l]};
        snprintf(f.text, sizeof f.text, "additive, eta (2 + ridge) = %g, start %s, n = %g: tr V_n", pace,
                 m_starts[k].axis == SLOWEST    ? "spread along the slowest direction"
                 : m_starts[k].axis == ALL_ONES ? "spread along (1, ..., 1)"
                 : m_starts[k].spread > 0       ? "spread everywhere"
                                                : "at the optimum",
                 f.x);
        err = judge(&i, FG_AT_MOST, bound, &f, s->findings);
        reached = fmax(reached, i.estimate);
      }
      struct fg_finding f = {
          .samples = cloud.n, .bound = NAN, .measured = reached / most, .low = reached / most, .high = reached / most};
      snprintf(f.text, sizeof f.text,
               "additive, eta (2 + ridge) = %g, start %u: largest tr V_n over max(tr V_0, tr V*), which is no bound",
               pace, k);
      if (!err && m_starts[k].axis == SLOWEST)
        err = fg_findings_add(s->findings, &f);
    }
  }
  free(look);
  free(x);
  fg_quadratic_free(&q);
  fg_trial_delete(t);
  return err;
}

static enum fg_err measure(const struct fg_lab *lab, unsigned variant, struct fg_findings *findings,
                           struct fg_fault *fault) {
  char path[FG_PATH_MAX], small[FG_PATH_MAX + 8], large[FG_PATH_MAX + 8], square[FG_PATH_MAX + 8];
  uint64_t runs = lab->full ? RUNS_FULL : RUNS, wait[VISITS] = {0}, two[] = {0, 20};
  struct scalar s = {lab, variant, lab->level, findings, fault};
  s.level /= 3 * CASES * LOOKS + 2.0 * (double)(runs + 1) * VISITS + 2 + M_STARTS * M_STEPS * M_LOOKS;
  enum fg_err err = fg_lab_data(lab, "additive:rows=2,cols=3,nnz=6,noise=1", 1, path, fault);
  snprintf(small, sizeof small, "data=%s", path);
  if (!err)
    err = fg_lab_data(lab, "additive:rows=16,cols=16,nnz=128,noise=1", 1, path, fault);
  snprintf(large, sizeof large, "data=%s", path);
  if (!err)
    err = fg_lab_data(lab, "additive:rows=4,cols=4,nnz=16,noise=1", 1, path, fault);
  snprintf(square, sizeof square, "data=%s", path);
  /* a control is measured where it breaks something, so that it is rejected for that */
  const bool all = variant == REAL, random = all || variant == UNCONDITIONAL;
  for (unsigned k = 0; k < CASES && !err && (all || variant == STOPPING); k++)
    err = measure_case(&s, small, k);
  if (!err && (random || variant == LONG))
    err = measure_runs(&s, large, wait);
  if (!err && random)
    err = measure_random(&s, small, two, 2, "0 and 20");
  qsort(wait, VISITS, sizeof *wait, ascending);
  if (!err && random)
    err = measure_random(&s, small, wait, VISITS, "those of a simulated run");
  if (!err && (all || variant == STIFF || variant == UNCENTRED))
    err = measure_matrix(&s, square);
  return err;
}

const struct fg_claim fg_claim_m5 = {
    .id = "M5",
    .title = "extra updates are safe",
    .kind = FG_CLAIM_STATISTICAL,
    .statement =
        "whatever the number n of updates and their steps, E (x_n - m)^2 <= max(E (x_0 - m)^2, V*(eta_max)), V*(eta) = "
        "eta sigma^2 / (h (2 - eta h)), and the variance given n obeys the same bound (over a random n it does not); "
        "for a block of additive tr V_n <= tr V* + tr (V_0 - V*)_+, V* = E[(I - eta A_z) V* (I - eta A_z)] + eta^2 G",
    .assumptions = "scalar: quadratic, additive noise, 0 < eta h < 2, n independent of start and noise (a worker that "
                   "stops by what it sees of its iterate is not); additive: sampling with replacement, eta (2 + ridge) "
                   "<= 2, the mean at the block's optimum",
    .source = "ours",
    .proved = "M5_monotone_to_rest M5_safe_extras M5_safe_variance_given_counts M5_safe_random_waits "
              "M5_stop_by_iterate_exceeds M5_unconditional_variance_exceeds M5_matrix M5_linear "
              "M5_by_coordinates M5_trace_overshoots",
    .power = 0.99,
    .controls = (const struct fg_control[]){{"unconditional",
                                             "the variance over members with different waits in place of the second "
                                             "moment about the optimum"},
                                            {"stopping", "a worker that ends its wait when its iterate is bad"},
                                            {"stiff", "steps with eta (2 + ridge) = 2.25"},
                                            {"uncentred", "a mean off the block's optimum"},
                                            {"long", "runs whose steps are twice as long as is claimed"},
                                            {0}},
    .panels = (const struct fg_panel[]){{"(a) scalar, ηh = 0.2", "updates n", "E(x_n − m)²", true, true},
                                        {"(b) scalar, ηh = 1.6", "updates n", "E(x_n − m)²", true, true},
                                        {"(c) runs under Pareto waits", "extra passes in the wait",
                                         "E(x_n − m)² / bound", false, false},
                                        {"(d) a block of additive", "updates n", "tr V_n", true, true},
                                        {0}},
    .measure = measure,
};
