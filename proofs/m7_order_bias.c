/* M7. Extra updates are not bias-free: they pull the mean geometrically toward the block's optimum, E x_n - m = product
 * of (1 - eta_k h) (x_0 - m), as matrices with H_b; and a constant step leaves a bias from the order of blocks even
 * where all have equal weights. One epoch maps the means by an affine map, whose fixed point is where they settle; for
 * two blocks of equal curvature with optima m1, m2 and n updates each, read after block 2, it lies (1 - r) (m2 - m1) /
 * (2 (1
 * + r)) from the joint optimum, r = (1 - eta h)^n.
 *
 * Two blocks of equal curvature on the real core: a 2 x 2 matrix full of points, two workers. A block is one cell, so
 * that nothing is random; both blocks of a stratum have the same value, so that by symmetry all sums u_i + w_j are
 * equal and obey the scalar recursion with h = 2 + ridge, m = 2 x / h. Source: ours. */
#include "proofs/bounds.h"
#include "proofs/claims.h"
#include "proofs/lab/cloud.h"
#include "proofs/lab/fixed_point.h"
#include "proofs/lab/pooled.h"
#include "proofs/lab/quadratic.h"
#include "proofs/lab/statistics.h"
#include "proofs/lab/waits.h"

#include "core/data/points.h"
#include "core/rng.h"
#include "core/schedule.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

double fg_bound_drift(double eta, double h, double n, double from, double optimum) {
  return optimum + pow(1 - eta * h, n) * (from - optimum);
}

double fg_bound_order_bias(double eta, double h, double n, double m1, double m2) {
  double r = pow(1 - eta * h, n);
  return (1 - r) * (m2 - m1) / (2 * (1 + r));
}

enum { REAL, UNBIASED, UNCOUNTED, DECAYED };

#define RIDGE 0.5
/* where updates take longer than parcels: what is simulated only to be replayed with other waits has short ones */
#define NETWORK "network=star:speed=1Mf,lat=1us,bw=10Gbps"

/* Strategy of extra updates at the step of the required ones, but for the control. */
static const char *sync_of(unsigned variant) {
  return variant == DECAYED ? "sync=fugue:extra=geometric,decay=0.5" : "sync=fugue:extra=same";
}

/* Every wait is as long as *self passes of the block. */
static uint64_t so_many_passes(void *self, const struct fg_visit *visit) {
  const unsigned *passes = self;
  return *passes * visit->required_updates;
}

static enum fg_err add(struct fg_findings *findings, struct fg_finding *f, const struct fg_interval *i, double bound,
                       double rounding) {
  f->relation = FG_EQUAL;
  f->bound = bound;
  f->measured = i->estimate;
  f->low = i->low - rounding;
  f->high = i->high + rounding;
  return fg_findings_add(findings, f);
}

/* ---- (a) inside a wait */

enum { LOOKS = 7, PACES = 3, MEMBERS = 10000, MEMBERS_FULL = 300000 };
static const uint64_t at[LOOKS] = {1, 2, 4, 8, 16, 32, 64};
static const double paces[PACES] = {0.05, 0.2, 0.8};
static const char *const series[PACES] = {"ηh = 0.05", "ηh = 0.2", "ηh = 0.8"};

static enum fg_err measure_drift(const struct fg_lab *lab, unsigned variant, const char *data, double level,
                                 struct fg_findings *findings, struct fg_fault *fault) {
  struct fg_model_type type;
  const char *const options[] = {data,        sync_of(variant), "sampling=replace",       "model=additive:ridge=0.5",
                                 "workers=1", "chunk=1",        "step-schedule=constant", NULL};
  enum fg_err err;
  struct fg_trial *t = fg_trial_new(options, &err, fault);
  if (err)
    return err;
  fg_pooled_set(&t->run, &type);
  struct fg_pooled b = fg_pooled_block(&t->run, 0, 0);
  const size_t d = fg_solo_dimension(t), rows = t->run.grid.row[0].n;
  double center[d], sum[d];
  memset(center, 0, sizeof center);
  memset(sum, 0, sizeof sum);
  center[0] = b.optimum + 2;
  sum[0] = sum[rows] = 1;
  struct fg_cloud cloud = {
      .trial = t, .center = center, .n = lab->full ? MEMBERS_FULL : MEMBERS, .at = at, .n_at = LOOKS};
  float *look = fg_cloud_looks(&cloud);
  double *x = malloc(cloud.n * sizeof *x);
  err = look && x ? FG_OK : FG_ENOMEM;
  for (unsigned p = 0; p < PACES && !err; p++) {
    double eta = t->run.job.steps.eta0 = paces[p] / b.h;
    cloud.seed = fg_seed_derive(lab->seed, p);
    err = fg_cloud_play(lab, &cloud, look, fault);
    for (size_t l = 0; l < LOOKS && !err; l++) {
      /* the claim that a wait does not pull; that the required pass alone does */
      uint64_t n = at[l] > b.n && variant != REAL && variant != DECAYED ? b.n : at[l];
      double left = fg_bound_drift(eta, b.h, (double)n, b.optimum + 2, b.optimum) - b.optimum;
      struct fg_finding f = {.samples = cloud.n, .panel = 0, .series = series[p], .x = (double)at[l]};
      fg_cloud_along(&cloud, look, l, sum, x);
      for (uint64_t i = 0; i < cloud.n; i++)
        x[i] = (x[i] - b.optimum) / 2;
      struct fg_interval i = fg_interval_mean(x, cloud.n, level);
      snprintf(f.text, sizeof f.text,
               "scalar, eta h = %g, n = %g: share of the way to m that is left, E x_n - m over x_0 - m", paces[p], f.x);
      err = add(findings, &f, &i, left / 2, 1e-5); /* float32: 64 roundings of 2^-24 of numbers below 4 */
    }
  }
  free(look);
  free(x);
  fg_trial_delete(t);
  return err;
}

/* ---- (b) two blocks of equal curvature */

enum { COUNTS = 6 };
static const unsigned counts[COUNTS] = {1, 2, 4, 8, 16, 32};

struct cycles {
  const char *data;
  unsigned variant;
};

struct cycle {
  double sum, m1, m2; /* u + w of the last block of worker 0 at the end */
};

static float value_of(const struct fg_run *run, uint32_t p, uint32_t q) {
  struct fg_point z;
  fg_block_read(fg_grid_train(&run->grid, p, q), 0, 1, &z);
  return z.value;
}

static enum fg_err settle(const void *self, uint64_t i, void *result, struct fg_fault *fault) {
  const struct cycles *c = self;
  struct cycle *out = result;
  struct fg_record first = {.visits = true, .order = true}, again = {.visits = true};
  unsigned extra = counts[i % COUNTS] - 1;
  char step[64];
  const char *const options[] = {c->data,      sync_of(c->variant),        step,        "sampling=replace",
                                 NETWORK,      "model=additive:ridge=0.5", "workers=2", "chunk=1",
                                 "epochs=300", "step-schedule=constant",   NULL};
  enum fg_err err;
  snprintf(step, sizeof step, "step=%.17g", paces[i / COUNTS] / (2 + RIDGE));
  struct fg_trial *t = fg_trial_new(options, &err, fault);
  if (!err)
    err = fg_trial_simulate(t, &first, NULL, fault);
  if (!err) {
    fg_waits_set(&first, so_many_passes, &extra);
    err = fg_trial_replay(t, &first, &again, NULL, fault);
  }
  if (!err)
    err = fg_waits_compare(&first, &again, fault);
  if (!err) {
    const struct fg_factors *f = &t->run.factors;
    uint32_t one = fg_schedule_col(0, 0, 2), last = fg_schedule_col(0, 1, 2);
    out->m1 = 2 * value_of(&t->run, 0, one) / (2 + RIDGE);
    out->m2 = 2 * value_of(&t->run, 0, last) / (2 + RIDGE);
    out->sum = (double)f->row[0].factor[0] + f->col[last].factor[0];
  }
  fg_record_free(&first);
  fg_record_free(&again);
  fg_trial_delete(t);
  return err;
}

/* 1 on the diagonal, 3 off it, whichever of them is first. */
static enum fg_err write_square(const struct fg_lab *lab, char *path, struct fg_fault *fault) {
  struct fg_points points = {.rows = 2, .cols = 2, .format = FG_FORMAT_TRIPLETS};
  enum fg_err err = fg_path_join(lab->scratch, "m7-square.txt", path, fault);
  for (uint32_t k = 0; k < 4 && !err; k++)
    err = fg_points_push(&points, k / 2, k % 2, k / 2 == k % 2 ? 1 : 3);
  if (!err)
    err = fg_points_write(path, &points, fault);
  fg_points_free(&points);
  return err;
}

static enum fg_err measure_cycles(const struct fg_lab *lab, unsigned variant, struct fg_findings *findings,
                                  struct fg_fault *fault) {
  char path[FG_PATH_MAX], data[FG_PATH_MAX + 8];
  struct cycle cycle[PACES * COUNTS];
  enum fg_err err = write_square(lab, path, fault);
  snprintf(data, sizeof data, "data=%s", path);
  const struct cycles c = {data, variant};
  if (!err)
    err = fg_lab_map(lab, PACES * COUNTS, settle, &c, sizeof *cycle, cycle, fault);
  for (unsigned i = 0; i < PACES * COUNTS && !err; i++) {
    const struct cycle *y = &cycle[i];
    unsigned n = variant == UNCOUNTED ? 1 : counts[i % COUNTS];
    double apart = y->m2 - y->m1, eta = paces[i / COUNTS] / (2 + RIDGE),
           bound = variant == UNBIASED ? 0 : fg_bound_order_bias(eta, 2 + RIDGE, n, y->m1, y->m2) / apart,
           measured = (y->sum - (y->m1 + y->m2) / 2) / apart;
    struct fg_interval all = {measured, measured, measured};
    struct fg_finding f = {.samples = 1, .panel = 1, .series = series[i / COUNTS], .x = counts[i % COUNTS]};
    snprintf(f.text, sizeof f.text, "two blocks, eta h = %g, n = %u: bias from the joint optimum over m2 - m1",
             paces[i / COUNTS], counts[i % COUNTS]);
    /* an update rounds either coordinate by three times half a unit in the last place of numbers below 4, 2^-22 each;
     * a sum forgets the share eta h of it at the next one; |m2 - m1| = 1.6 */
    err = add(findings, &f, &all, bound, 6 * 0x1p-22 / paces[i / COUNTS] / fabs(apart));
  }
  return err;
}

/* ---- (c) blocks of `additive` */

enum {
  SIZE = 6,
  COORDINATES = 2 * SIZE,
  WORKERS = 2,
  EXTRA = 2,
  EPOCHS = 60,
  BATCHES = 8,
  REPLAYS = 250,
  REPLAYS_FULL = 4000
};
#define STEP 0.15

/* Sums over an ensemble of the parameters, and of their squares, after either stratum of the last epoch. */
struct ends {
  double n, sum[WORKERS][COORDINATES], squares[WORKERS][COORDINATES];
};

struct ensemble {
  const char *const *options;
  uint64_t seed, replays;
};

static enum fg_err play_ends(const void *self, uint64_t i, void *result, struct fg_fault *fault) {
  const struct ensemble *e = self;
  struct ends *out = result;
  struct fg_record first = {.visits = true, .order = true};
  unsigned extra = EXTRA;
  enum fg_err err;
  struct fg_trial *t = fg_trial_new(e->options, &err, fault);
  if (!err)
    err = fg_trial_simulate(t, &first, NULL, fault);
  if (!err)
    fg_waits_set(&first, so_many_passes, &extra);
  for (uint64_t k = 0; k < e->replays && !err; k++) {
    struct fg_record again = {.look_every = 1, .visits = true};
    uint64_t seed = fg_seed_derive(e->seed ^ i << 32, k);
    struct fg_trial_seeds seeds = {seed, seed, 0};
    err = fg_trial_reseed(t, &seeds, fault);
    if (!err)
      err = fg_trial_replay(t, &first, &again, NULL, fault);
    if (!err && k == 0)
      err = fg_waits_compare(&first, &again, fault);
    for (unsigned s = 0; s < WORKERS && !err; s++)
      for (size_t a = 0; a < COORDINATES; a++) {
        double x = again.look[(again.n_looks - WORKERS + s) * again.look_size + a];
        out->sum[s][a] += x;
        out->squares[s][a] += x * x;
      }
    out->n++;
    fg_record_free(&again);
  }
  fg_record_free(&first);
  fg_trial_delete(t);
  return err;
}

/* What n updates on block (p, q) do to the means (in original order, rows before columns). */
static void visit(const struct fg_run *run, const struct fg_quadratic *q, uint32_t row, uint32_t col, uint64_t n,
                  double *m) {
  double own[COORDINATES];
  size_t place[COORDINATES];
  for (size_t a = 0; a < q->d; a++) {
    place[a] = a < q->rows ? run->grid.row[row].original[a] : SIZE + run->grid.col[col].original[a - q->rows];
    own[a] = m[place[a]];
  }
  for (uint64_t k = 0; k < n; k++)
    fg_quadratic_mean(q, STEP, own);
  for (size_t a = 0; a < q->d; a++)
    m[place[a]] = own[a];
}

/* Means after either stratum of an epoch, at the fixed point of the cycle; and the joint optimum. */
static enum fg_err predict(const struct fg_run *run, unsigned variant, double end[WORKERS][COORDINATES],
                           double joint[COORDINATES], struct fg_fault *fault) {
  struct fg_quadratic q[WORKERS * WORKERS] = {0};
  double m[COORDINATES] = {0};
  enum fg_err err = FG_OK;
  for (uint32_t k = 0; k < WORKERS * WORKERS && !err; k++)
    err = fg_quadratic_of(run, k / WORKERS, k % WORKERS, &q[k], fault);
  for (unsigned epoch = 0; epoch < 10 * EPOCHS && !err; epoch++)
    for (uint32_t s = 0; s < WORKERS; s++) {
      for (uint32_t p = 0; p < WORKERS; p++) {
        uint32_t col = fg_schedule_col(p, s, WORKERS);
        const struct fg_quadratic *b = &q[p * WORKERS + col];
        visit(run, b, p, col, b->n * (variant == UNCOUNTED ? 1 : 1 + EXTRA), m);
      }
      memcpy(end[s], m, sizeof m);
    }
  for (uint32_t k = 0; k < WORKERS * WORKERS; k++)
    fg_quadratic_free(&q[k]);
  return err ? err : fg_fixed_point_solve(run, NULL, joint, fault);
}

static enum fg_err measure_blocks(const struct fg_lab *lab, unsigned variant, const char *data, double level,
                                  struct fg_findings *findings, struct fg_fault *fault) {
  static const char *const after[WORKERS] = {"after stratum 1", "after stratum 2"};
  char step[32], epochs[32];
  const char *const options[] = {data,    sync_of(variant),           step,        epochs,    "sampling=replace",
                                 NETWORK, "model=additive:ridge=0.5", "workers=2", "chunk=1", "step-schedule=constant",
                                 NULL};
  double end[WORKERS][COORDINATES], joint[COORDINATES];
  snprintf(step, sizeof step, "step=%g", STEP);
  snprintf(epochs, sizeof epochs, "epochs=%d", EPOCHS);
  struct ensemble e = {options, fg_seed_derive(lab->seed, 100), lab->full ? REPLAYS_FULL : REPLAYS};
  struct ends *part = calloc(BATCHES, sizeof *part);
  enum fg_err err = part ? FG_OK : FG_ENOMEM;
  struct fg_trial *t = err ? NULL : fg_trial_new(options, &err, fault);
  if (!err)
    err = predict(&t->run, variant, end, joint, fault);
  if (!err)
    err = fg_lab_map(lab, BATCHES, play_ends, &e, sizeof *part, part, fault);
  for (unsigned s = 0; s < WORKERS && !err; s++)
    for (size_t a = 0; a < COORDINATES && !err; a++) {
      double n = 0, sum = 0, squares = 0;
      for (unsigned b = 0; b < BATCHES; b++) {
        n += part[b].n;
        sum += part[b].sum[s][a];
        squares += part[b].squares[s][a];
      }
      double mean = sum / n, half = fg_normal_critical(level) * sqrt((squares / n - mean * mean) / (n - 1));
      struct fg_interval i = {mean - joint[a], mean - joint[a] - half, mean - joint[a] + half};
      struct fg_finding f = {.samples = (uint64_t)n, .panel = 2, .series = after[s], .x = end[s][a] - joint[a]};
      snprintf(f.text, sizeof f.text, "additive, 4 blocks, %s: mean of %c_%zu less the joint optimum", after[s],
               a < SIZE ? 'u' : 'w', a % SIZE);
      err = add(findings, &f, &i, variant == UNBIASED ? 0 : f.x, 1e-5);
    }
  fg_trial_delete(t);
  free(part);
  return err;
}

static enum fg_err measure(const struct fg_lab *lab, unsigned variant, struct fg_findings *findings,
                           struct fg_fault *fault) {
  char path[FG_PATH_MAX], small[FG_PATH_MAX + 8], square[FG_PATH_MAX + 8];
  double level = lab->level / (PACES * LOOKS + WORKERS * COORDINATES);
  enum fg_err err = fg_lab_data(lab, "additive:rows=2,cols=3,nnz=6,noise=1", 1, path, fault);
  snprintf(small, sizeof small, "data=%s", path);
  if (!err)
    err = fg_lab_data(lab, "additive:rows=6,cols=6,nnz=36,noise=1", 1, path, fault);
  snprintf(square, sizeof square, "data=%s", path);
  if (!err)
    err = measure_drift(lab, variant, small, level, findings, fault);
  if (!err)
    err = measure_cycles(lab, variant, findings, fault);
  if (!err)
    err = measure_blocks(lab, variant, square, level, findings, fault);
  return err;
}

const struct fg_claim fg_claim_m7 = {
    .id = "M7",
    .title = "but not bias-free",
    .kind = FG_CLAIM_STATISTICAL,
    .statement = "updates pull the mean geometrically toward the optimum of the block, E x_n - m = product of (1 - "
                 "eta_k h) (x_0 - "
                 "m); at a constant step the means settle at the fixed point of the cycle of blocks, even with equal "
                 "weights off "
                 "the joint optimum: for two blocks of equal curvature, n updates each, read after block 2, by (1 - r) "
                 "(m2 - m1) / "
                 "(2 (1 + r)), r = (1 - eta h)^n",
    .assumptions = "quadratic (additive), sampling with replacement, constant step, given counts",
    .source = "ours",
    .proved = "M7_drift M7_cycle_settles M7_order_bias",
    .power = 0.99,
    .controls = (const struct fg_control[]){{"unbiased",
                                             "the claim that equal weights leave no bias, and that waits do not pull"},
                                            {"uncounted", "r of the required updates alone"},
                                            {"decayed", "the core's extra updates have smaller steps than is claimed"},
                                            {0}},
    .panels =
        (const struct fg_panel[]){
            {"(a) in a wait", "updates n", "(E x_n − m) / (x_0 − m)", true, false},
            {"(b) cycle of two blocks", "updates n of each", "bias / (m_2 − m_1)", true, false},
            {"(c) cycle of four blocks of additive", "bias of the fixed point", "bias of the mean", false, false},
            {0}},
    .measure = measure,
};
