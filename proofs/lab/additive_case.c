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
    {.name = "barrier", SMALL, BARRIER, .straggler = 0},
    {.name = "fugue", SMALL, FUGUE, .straggler = 0},
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

/* An update of two coordinates u, w of at most M with a value of at most X,
 *   u + eta (e - ridge u), e = x - (u + w), as floats,
 * errs by at most eps (M + eta (2 M + 3 (X + 2 M) + 3 ridge M)), eps = 2^-24: one rounding of the result, and of e, its
 * parts and its multiples; this is below 4 eps (M + X) for eta <= 0.3, ridge <= 0.1. The errors of two coordinates are
 * sqrt(2) times that together, and later updates enlarge no distance (|I - eta A_z| <= 1 for eta (2 + ridge) <= 2). M
 * is what was seen at the looks, and a quarter. */
void fg_additive_rounding(const struct fg_run *run, const struct fg_ensemble *e, double *bound) {
  const struct fg_grid *g = &run->grid;
  double most = 0, value = 0, updates = 0;
  struct fg_point some[FG_BATCH];
  for (size_t at = 0; at < e->runs * e->repeats * e->looks * e->size; at++)
    most = fmax(most, fabs((double)e->look[at]));
  for (size_t b = 0; b < (size_t)g->row_blocks * g->col_blocks; b++)
    for (size_t from = 0, got; (got = fg_block_read(&g->train[b], from, FG_BATCH, some)) > 0; from += got)
      for (size_t i = 0; i < got; i++)
        value = fmax(value, fabs((double)some[i].value));
  for (size_t l = 0, v = 0; l < e->looks; l++) {
    for (; v < e->visits && e->visit[v].round < e->round[l]; v++) {
      const struct fg_visit *visit = &e->visit[v];
      updates += (double)visit->updates;
      for (uint64_t x = 0, left = visit->extra_updates; left > 0; x++) {
        uint64_t some_of = left < visit->required_updates ? left : visit->required_updates;
        if (run->job.sync.type->extra_step(&run->job.sync, x) < FG_STEP_FLUSH)
          break;
        updates += (double)some_of;
        left -= some_of;
      }
    }
    bound[l] = updates * M_SQRT2 * 4 * 0x1p-24 * (1.25 * most + value);
  }
}

/* Runs and what they should be, from options of either. */
static enum fg_err run_and_predict(const struct fg_lab *lab, const char *const *options, const char *const *sound,
                                   enum fg_additive_break broken, struct fg_additive_ensemble *e,
                                   struct fg_fault *fault) {
  struct fg_model_type kernel;
  const struct fg_ensemble_plan plan = {.options = options,
                                        .seed = fg_seed_derive(lab->seed, 0),
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
    fg_additive_rounding(&trial->run, &e->runs, e->rounding);
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
