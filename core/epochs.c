/* Evaluation points: from visits that end to evaluations of a consistent snapshot. */
#include "core/epochs.h"

#include <string.h>

enum fg_err fg_epochs_start(struct fg_epochs *e, const struct fg_run *run, const struct fg_sink *sink,
                            struct fg_fault *fault) {
  memset(e, 0, sizeof *e);
  e->run = run;
  e->sink = sink;
  if (!sink->evaluate)
    return FG_OK;
  return fg_factors_new(&run->grid, &run->model, &e->snapshot, fault);
}

enum fg_err fg_epochs_end_visit(struct fg_epochs *e, const struct fg_visit *v, uint64_t steward_bytes,
                                struct fg_fault *fault) {
  struct fg_totals *t = &e->totals;
  if (v->end_s > t->time_s)
    t->time_s = v->end_s;
  t->wait_s += v->wait_s;
  e->end_sum += v->end_s;
  t->updates += v->updates;
  t->extra_updates += v->extra_updates;
  t->bytes_sent += v->bytes_sent;
  enum fg_err err = e->sink->visit ? e->sink->visit(e->sink->self, v, fault) : FG_OK;
  if (err)
    return err;
  uint32_t workers = e->run->job.workers;
  if (e->sink->progress)
    e->sink->progress(e->sink->self, e->rounds * workers + e->ended + 1, e->run->job.rounds * workers);
  if (++e->ended < workers)
    return FG_OK;
  t->busy_s = e->end_sum - t->wait_s;
  e->ended = 0;
  e->end_sum = 0;
  e->rounds++;
  e->at_boundary = *t;
  e->at_boundary.bytes_sent += steward_bytes;
  return FG_OK;
}

enum fg_err fg_epochs_boundary(struct fg_epochs *e, struct fg_worker *worker, struct fg_fault *fault) {
  uint64_t round = fg_worker_round(worker);
  if (!e->sink->evaluate || !fg_run_evaluates(e->run, round))
    return FG_OK;
  fg_factors_copy_row(&e->snapshot, fg_worker_rows(worker));
  fg_factors_copy_col(&e->snapshot, fg_worker_block(worker));
  if (++e->arrived < e->run->job.workers)
    return FG_OK;
  e->arrived = 0;
  return e->sink->evaluate(e->sink->self, round, &e->at_boundary, &e->snapshot, fault);
}

void fg_epochs_free(struct fg_epochs *e) {
  fg_factors_free(&e->snapshot);
}
