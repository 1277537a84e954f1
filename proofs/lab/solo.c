/* From a start to where a lone worker is after so many updates. */
#include "proofs/lab/solo.h"

#include "core/worker.h"

#include <assert.h>
#include <string.h>

size_t fg_solo_dimension(const struct fg_trial *t) {
  const struct fg_grid *g = &t->run.grid;
  return ((size_t)g->row[0].n + g->col[0].n) * t->run.model.rank;
}

static float *line_of(struct fg_trial *t, size_t i) {
  struct fg_factors *f = &t->run.factors;
  float *factor = i < f->row[0].rows ? f->row[0].factor : f->col[0].factor;
  return factor + (i < f->row[0].rows ? i : i - f->row[0].rows) * t->run.model.stride;
}

static void place(struct fg_trial *t, const double *psi) {
  size_t lines = (size_t)t->run.grid.row[0].n + t->run.grid.col[0].n;
  for (size_t i = 0; i < lines; i++)
    for (uint32_t k = 0; k < t->run.model.rank; k++)
      line_of(t, i)[k] = (float)*psi++;
}

static void see(struct fg_trial *t, double *psi) {
  size_t lines = (size_t)t->run.grid.row[0].n + t->run.grid.col[0].n;
  for (size_t i = 0; i < lines; i++)
    for (uint32_t k = 0; k < t->run.model.rank; k++)
      *psi++ = line_of(t, i)[k];
}

/* Acts until updates can be made; what the worker sends is lost. */
static enum fg_err await_work(struct fg_worker *w, struct fg_act *act, struct fg_fault *fault) {
  for (;;) {
    fg_worker_next(w, act);
    switch (act->kind) {
    case FG_SPEND:
      return FG_OK;
    case FG_SEND:
      if (!act->parcel)
        return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory for a parcel");
      fg_parcel_free(act->parcel);
      break;
    case FG_AWAIT:
    case FG_STOP:
      return fg_fail(fault, FG_EUSAGE, NULL, 0, "a worker alone makes no more updates under this strategy");
    default:
      break;
    }
  }
}

enum fg_err fg_solo_play(struct fg_trial *t, const struct fg_solo *solo, double *look, struct fg_fault *fault) {
  struct fg_run *run = &t->run;
  struct fg_worker *w = NULL;
  struct fg_act act = {0};
  size_t d = fg_solo_dimension(t), seen = 0;
  uint64_t made = 0;
  bool over = false;
  assert(run->job.chunk == 1);
  place(t, solo->start);
  run->job.seed_order = solo->seed_order;
  enum fg_err err = run->model.n_stat ? fg_factors_stat(&run->factors, &run->model, run->stat) : FG_OK;
  if (!err)
    err = fg_worker_new(&run->job, 0, &run->factors, &w);
  for (; seen < solo->n_at && !over && !err; seen++) {
    while (made < solo->at[seen] && !err) {
      err = await_work(w, &act, fault);
      uint64_t some = solo->at[seen] - made < act.spend.left ? solo->at[seen] - made : act.spend.left;
      if (!err)
        err = fg_worker_spend(w, some, fault);
      made += some;
    }
    if (!err)
      see(t, look + seen * d);
    over = !err && solo->stop && solo->stop(solo->self, made, look + seen * d);
  }
  for (; seen < solo->n_at && !err; seen++)
    memcpy(look + seen * d, look + (seen - 1) * d, d * sizeof *look);
  fg_worker_free(w);
  return err;
}
