/* The cases of M1 and M2: from a strategy to an ensemble and the moments it should have. */
#include "proofs/lab/additive_case.h"

#include "core/rng.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SMALL .data = "additive:rows=6,cols=6,nnz=28", .workers = "workers=3", .epochs = "epochs=3"
#define LARGE .data = "additive:rows=12,cols=8,nnz=56", .workers = "workers=4", .epochs = "epochs=3"
/* half of the paper's extra mass would hardly show */
#define FUGUE   .sync = "sync=fugue:decay=0.5", .undecayed = "sync=fugue:decay=0.5,extra=same"
#define BARRIER .sync = "sync=barrier", .undecayed = "sync=barrier"

/* Blocks have 2 to 5 points, so that one update is much. */
static const struct fg_additive_case cases[] = {
    {.name = "barrier", .drawn = true, SMALL, BARRIER, .straggler = 0},
    {.name = "fugue", .drawn = true, SMALL, FUGUE, .straggler = 0},
    {.name = "fugue, other waits", SMALL, FUGUE, .straggler = 1},
    {.name = "fugue, yet others", SMALL, FUGUE, .straggler = 2},
    {.name = "fugue, 12 x 8", LARGE, FUGUE, .straggler = 3},
};
enum { QUICK = 3, FULL = sizeof cases / sizeof cases[0] };

const struct fg_additive_case *fg_additive_cases(const struct fg_lab *lab, size_t *n) {
  *n = lab->full ? FULL : QUICK;
  return cases;
}

static void stretched(const struct fg_model *model, const struct fg_view *view, const struct fg_point *points, size_t n,
                      float eta) {
  fg_model_find("additive")->update(model, view, points, n, 1.02f * eta);
}

void fg_additive_stretch(void *self, struct fg_trial *trial) {
  struct fg_model_type *own = self;
  *own = *trial->run.model.type;
  own->update = stretched;
  trial->run.model.type = own;
}

/* What values and parameters there are: the largest value, and the root mean square over runs of a run's largest
 * parameter at its looks, with a quarter for what was not looked at. */
struct scale {
  double value, parameter;
};

static struct scale scale_of(const struct fg_grid *g, const struct fg_ensemble *e) {
  struct fg_point some[FG_BATCH];
  struct scale scale = {0};
  size_t samples = (size_t)e->runs * e->repeats;
  for (uint32_t p = 0; p < g->row_blocks; p++)
    for (uint32_t k = 0; k < g->train[p].n; k++)
      for (size_t from = 0, got; (got = fg_block_read(&g->train[p].block[k], from, FG_BATCH, some)) > 0; from += got)
        for (size_t i = 0; i < got; i++)
          scale.value = fmax(scale.value, fabs((double)some[i].value));
  for (size_t a = 0; a < samples; a++) {
    double most = 0;
    for (size_t at = 0; at < e->looks * e->size; at++)
      most = fmax(most, fabs((double)e->look[a * e->looks * e->size + at]));
    scale.parameter += most * most / (double)samples;
  }
  scale.parameter = 1.25 * sqrt(scale.parameter);
  return scale;
}

/* What `updates` with step eta add to the bound. An update u + eta (x - (u + w) - ridge u) of parameters up to M with a
 * value up to X makes one rounding of the result, at most eps M (eps = 2^-24) and no more than the whole change, and
 * those of the error, its parts and its multiples, eta eps (2 M + 3 (X + 2 M) + 3 ridge M) together; sqrt(2) for two
 * coordinates. */
static double round_off(struct scale s, double ridge, double eta, double updates) {
  const double eps = 0x1p-24;
  double result = fmin(eps * s.parameter, eta * (s.value + (2 + ridge) * s.parameter));
  return updates * M_SQRT2 * (result + eta * eps * (3 * s.value + (8 + 3 * ridge) * s.parameter));
}

static double visit_off(struct scale s, const struct fg_run *run, const struct fg_visit *visit) {
  double ridge = fg_model_param(&run->model, "ridge");
  double eta = fg_step_eta(&run->job.steps, visit->round / run->grid.col_blocks);
  double sum = round_off(s, ridge, eta, (double)visit->updates);
  for (uint64_t x = 0, left = visit->extra_updates, some; left > 0; x++, left -= some) {
    double share = run->job.sync.type->extra_step(&run->job.sync, x);
    some = left < visit->required_updates ? left : visit->required_updates;
    if (share < FG_STEP_FLUSH)
      break;
    sum += round_off(s, ridge, eta * share, (double)some);
  }
  return sum;
}

/* Later updates enlarge no distance: |I - eta A_z| <= 1 for eta (2 + ridge) <= 2. By Minkowski's inequality over runs,
 * what a visit adds to the root mean square is the root mean square of what it adds. */
void fg_additive_rounding(const struct fg_run *run, const struct fg_ensemble *e, uint64_t runs, double *bound) {
  struct scale scale = scale_of(&run->grid, e);
  double sum = 0;
  for (size_t l = 0, v = 0; l < e->looks; bound[l++] = sum)
    for (; v < e->visits && e->visit[v].round < e->round[l]; v++) {
      double square = 0;
      for (uint64_t i = 0; i < runs; i++)
        square += pow(visit_off(scale, run, &e->visit[i * e->visits + v]), 2) / (double)runs;
      sum += sqrt(square);
    }
}

/* Runs and what they should be, from options of either. */
static enum fg_err run_and_predict(const struct fg_lab *lab, const char *const *options, const char *const *sound,
                                   enum fg_additive_break broken, struct fg_additive_ensemble *e,
                                   struct fg_fault *fault) {
  struct fg_model_type kernel;
  const struct fg_ensemble_plan plan = {.options = options,
                                        .seed = fg_seed_derive(lab->seed, 100 + (uint64_t)(e->of - cases)),
                                        .straggler = fg_seed_derive(lab->seed, 1 + e->of->straggler),
                                        .runs = lab->full ? 4000 : 600,
                                        .replays = 30,
                                        .look_every = 1,
                                        .tamper = broken == FG_ADDITIVE_KERNEL ? fg_additive_stretch : NULL,
                                        .self = &kernel};
  enum fg_err err = fg_ensemble_run(lab, &plan, &e->runs, fault);
  struct fg_trial *trial = err ? NULL : fg_trial_new(sound, &err, fault);
  if (err)
    return err;
  struct fg_trace counts = fg_ensemble_trace(&e->runs, 0);
  if (broken == FG_ADDITIVE_COUNTS)
    counts.visit[0].updates--;
  err = fg_moments_path(&trial->run, &counts, false, &e->exact, fault);
  e->rounding = calloc(e->runs.looks, sizeof *e->rounding);
  e->column = malloc(e->runs.size * e->runs.runs * e->runs.repeats * sizeof *e->column);
  if (!err && (!e->rounding || !e->column))
    err = fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory for an ensemble");
  if (!err)
    fg_additive_rounding(&trial->run, &e->runs, 1, e->rounding);
  fg_trial_delete(trial);
  return err;
}

enum fg_err fg_additive_run(const struct fg_lab *lab, const struct fg_additive_case *of, enum fg_additive_break broken,
                            struct fg_additive_ensemble *e, struct fg_fault *fault) {
  char data[FG_PATH_MAX], text[FG_PATH_MAX + 8];
  enum fg_err err = fg_lab_data(lab, of->data, 1, data, fault);
  if (err)
    return err;
  snprintf(text, sizeof text, "data=%s", data);
  const char *options[] = {text,
                           "model=additive",
                           of->workers,
                           of->epochs,
                           "step=0.3",
                           "chunk=1",
                           "seed-data=1",
                           "network=star:speed=1Mf,lat=1us,bw=10Gbps", /* work dominates: waits are a few passes */
                           "straggler=pareto:alpha=1.5",
                           of->sync,
                           "sampling=replace",
                           NULL};
  const char *sound[sizeof options / sizeof options[0]];
  memcpy(sound, options, sizeof options);
  if (broken == FG_ADDITIVE_UNDECAYED)
    options[9] = of->undecayed;
  if (broken == FG_ADDITIVE_PASS)
    options[10] = "sampling=pass";
  e->of = of;
  return run_and_predict(lab, options, sound, broken, e, fault);
}

void fg_additive_free(struct fg_additive_ensemble *e) {
  fg_ensemble_free(&e->runs);
  fg_moments_path_free(&e->exact);
  free(e->rounding);
  free(e->column);
  memset(e, 0, sizeof *e);
}

const char *fg_additive_part_name(enum fg_additive_part part) {
  static const char *const names[] = {"simulated runs", "replays"};
  return names[part];
}

size_t fg_additive_columns(struct fg_additive_ensemble *e, enum fg_additive_part part, size_t l) {
  unsigned first = part == FG_ADDITIVE_REPLAYED ? 1 : 0, end = part == FG_ADDITIVE_REPLAYED ? e->runs.repeats : 1;
  return fg_ensemble_columns(&e->runs, first, end, l, e->column);
}
