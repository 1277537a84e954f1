/* M6. With 0 < decay < 1, extra=geometric and no floor, the step mass of a wait on block b in epoch t is at most eta_t
 * Z_b decay / (1 - decay) whatever its length, Z_b being the block's points; so sum eta = inf and sum eta^2 < inf
 * survive any waits. Geometric series; Kumar et al. 2014 for the rule. */
#include "proofs/bounds.h"
#include "proofs/claims.h"
#include "proofs/lab/trial.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define DECAY 0.5

double fg_bound_wait_mass(double eta, double n, double decay) {
  return eta * n * decay / (1 - decay);
}

enum { REAL, UNDECAYED };

static const struct {
  const char *spec, *series;
} laws[] = {{"pareto:alpha=1.2", "Pareto 1.2"},
            {"pareto:alpha=1.5,per=chunk", "Pareto 1.5 per chunk"},
            {"burst:p=0.2,factor=50", "bursts of 50"}};
enum { LAWS = sizeof laws / sizeof *laws, POINTS = 12, EPOCHS = 5, REPEATS = 4, REPEATS_FULL = 400 };

/* A model that adds up the steps of its updates instead of learning: in the row factor the step, in the column factor
 * its square. So the core itself says what step mass its waits had. */
static void add_step(const struct fg_model *model, const struct fg_view *view, const struct fg_point *points, size_t n,
                     float eta) {
  for (size_t i = 0; i < n; i++) {
    view->row_factor[(size_t)points[i].row * model->stride] += eta;
    view->col_factor[(size_t)points[i].col * model->stride] += eta * eta;
  }
}

/* it starts from 0 */
static void start(const struct fg_model *model, uint32_t index, float *row) {
  (void)model;
  (void)index;
  row[0] = 0;
}

/* What a run's waits came to: the largest step mass and sum of squares over their bounds, and some waits by length. */
struct waits {
  double mass, squares, n;
  double length[POINTS], mass_at[POINTS]; /* the longest wait of each length from 4^(k-1) to 4^k passes; 0: none */
};

struct plan {
  const char *const *options;
  struct fg_trial_seeds seeds;
};

/* Sum of a piece of a look. */
static double sum(const float *x, const struct fg_lines *lines) {
  double s = 0;
  for (uint32_t i = 0; i < lines->n; i++)
    s += x[lines->original[i]];
  return s;
}

static void note(struct waits *w, const struct fg_visit *v, double eta, double mass, double squares) {
  double n = (double)v->required_updates, length = (double)v->extra_updates / n;
  mass = mass / eta - n;
  squares = squares / (eta * eta) - n;
  w->n++;
  w->mass = fmax(w->mass, mass / fg_bound_wait_mass(1, n, DECAY));
  w->squares = fmax(w->squares, squares / (n * DECAY * DECAY / (1 - DECAY * DECAY)));
  int k = length > 0 ? (int)fmin(fmax(ceil(log(length) / log(4)) + 4, 0), POINTS - 1) : 0;
  if (length > w->length[k]) {
    w->length[k] = length;
    w->mass_at[k] = mass / n;
  }
}

static void merge(struct waits *w, const struct waits *other) {
  w->n += other->n;
  w->mass = fmax(w->mass, other->mass);
  w->squares = fmax(w->squares, other->squares);
  for (int k = 0; k < POINTS; k++)
    if (other->length[k] > w->length[k]) {
      w->length[k] = other->length[k];
      w->mass_at[k] = other->mass_at[k];
    }
}

static enum fg_err waits_of(const void *self, uint64_t i, void *result, struct fg_fault *fault) {
  const struct plan *plan = self;
  struct fg_record record = {.visits = true, .look_every = 1};
  struct fg_model_type counting;
  enum fg_err err;
  struct fg_trial_seeds seeds = {plan->seeds.init + i, plan->seeds.order + i, plan->seeds.straggler + i};
  struct fg_trial *t = fg_trial_new(plan->options, &err, fault);
  if (!err) {
    counting = *t->run.model.type;
    counting.update = add_step;
    counting.init_row = counting.init_col = start;
    t->run.model.type = &counting;
    err = fg_trial_reseed(t, &seeds, fault);
  }
  if (!err)
    err = fg_trial_simulate(t, &record, NULL, fault);
  for (size_t v = 0; !err && v < record.trace.n; v++) {
    const struct fg_grid *grid = &t->run.grid;
    const struct fg_visit *visit = &record.trace.visit[v];
    const float *before = record.look + visit->round * record.look_size, *after = before + record.look_size;
    const struct fg_lines *row = &grid->row[visit->row_block], *col = &grid->col[visit->col_block];
    double eta = fg_step_eta(&t->run.job.steps, visit->round / grid->col_blocks);
    if (visit->required_updates > 0)
      note(result, visit, eta, sum(after, row) - sum(before, row),
           sum(after + grid->rows, col) - sum(before + grid->rows, col));
  }
  fg_record_free(&record);
  fg_trial_delete(t);
  return err;
}

/* A sum in float32 loses at most half a unit in the last place of the sum at each addition, 2^-25 of it. In the last
 * epoch a cell of the counting model holds at most 1.65 EPOCHS^2 n times what one update adds (1.65: the sum of the
 * squares of 1/(t + 1); n: updates of the cell that count in an epoch, below 86 here): relative to the addend 1.1e-4.
 * Taking away the required pass leaves a quarter of the sum at decay 0.5, and four times that. */
#define ROUNDING 4.4e-4
static void set_exact(struct fg_finding *f, double measured) {
  f->measured = measured;
  f->low = measured * (1 - ROUNDING);
  f->high = measured * (1 + ROUNDING);
}

static enum fg_err report(const struct waits *w, size_t law, struct fg_findings *findings) {
  struct fg_finding f = {.relation = FG_AT_MOST, .bound = 1, .samples = (uint64_t)w->n};
  set_exact(&f, w->mass);
  snprintf(f.text, sizeof f.text, "%s: largest step mass of a wait over its bound", laws[law].series);
  enum fg_err err = fg_findings_add(findings, &f);
  set_exact(&f, w->squares);
  snprintf(f.text, sizeof f.text, "%s: largest sum of squared steps of a wait over its bound", laws[law].series);
  if (!err)
    err = fg_findings_add(findings, &f);
  f.series = laws[law].series;
  f.bound = fg_bound_wait_mass(1, 1, DECAY);
  for (int k = 0; k < POINTS && !err; k++) {
    if (w->length[k] <= 0)
      continue;
    f.x = w->length[k];
    set_exact(&f, w->mass_at[k]);
    snprintf(f.text, sizeof f.text, "%s: step mass of a wait of %.4g passes, in eta_t Z_b", laws[law].series, f.x);
    err = fg_findings_add(findings, &f);
  }
  return err;
}

static enum fg_err measure(const struct fg_lab *lab, unsigned variant, struct fg_findings *findings,
                           struct fg_fault *fault) {
  char data[FG_PATH_MAX], text[3][FG_PATH_MAX + 16];
  enum fg_err err = fg_lab_data(lab, "additive:rows=64,cols=64,nnz=2000", 1, data, fault);
  for (size_t l = 0; l < LAWS && !err; l++) {
    snprintf(text[0], sizeof text[0], "data=%s", data);
    snprintf(text[1], sizeof text[1], "straggler=%s", laws[l].spec);
    snprintf(text[2], sizeof text[2], "epochs=%d", EPOCHS);
    const char *sync = variant == UNDECAYED ? "sync=fugue:decay=0.5,extra=same" : "sync=fugue:decay=0.5";
    const char *const options[] = {
        text[0], text[1], text[2], sync, "model=additive", "workers=8", "network=star:speed=1Mf,lat=1us,bw=10Gbps",
        NULL};
    struct waits w[REPEATS_FULL] = {0};
    uint64_t n = lab->full ? REPEATS_FULL : REPEATS;
    struct plan plan = {options, {lab->seed, lab->seed, lab->seed}};
    err = fg_lab_map(lab, n, waits_of, &plan, sizeof *w, w, fault);
    for (uint64_t i = 1; i < n; i++)
      merge(&w[0], &w[i]);
    if (!err)
      err = report(&w[0], l, findings);
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
    .proved = "M6_wait_mass M6_sums_survive_waits M6_floor_breaks_squares",
    .controls =
        (const struct fg_control[]){{"undecayed", "extras keep the step of the required pass (extra=same)"}, {0}},
    .panels = (const struct fg_panel[]){{"waits at decay 0.5, by the core's own steps", "extra passes in the wait",
                                         "step mass / (eta_t Z_b)", true, false},
                                        {0}},
    .measure = measure,
};
