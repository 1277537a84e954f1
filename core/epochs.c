/* Evaluation points: from visits that end to evaluations of consistent parameters. */
#include "core/epochs.h"

#include <stdlib.h>
#include <string.h>

enum fg_err fg_epochs_start(struct fg_epochs *e, const struct fg_run *run, const struct fg_sink *sink,
                            struct fg_fault *fault) {
  memset(e, 0, sizeof *e);
  e->run = run;
  e->sink = sink;
  e->live = fg_sync_is_live(&run->job.sync);
  e->last_end = calloc(run->job.workers, sizeof *e->last_end);
  if (!e->last_end)
    return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory for %u workers", run->job.workers);
  if (!sink->evaluate || e->live)
    return FG_OK;
  return fg_factors_new(&run->grid, &run->model, &e->snapshot, fault);
}

/* A round of P visits is complete. */
static enum fg_err end_round(struct fg_epochs *e, uint64_t steward_bytes, struct fg_fault *fault) {
  struct fg_totals *t = &e->totals;
  const struct fg_run *run = e->run;
  uint64_t round = fg_epochs_rounds(e);
  t->busy_s = -t->wait_s;
  for (uint32_t p = 0; p < run->job.workers; p++)
    t->busy_s += e->last_end[p];
  e->at_boundary = *t;
  e->at_boundary.bytes_sent += steward_bytes;
  bool looks = e->live && e->sink->evaluate && !run->job.pause && round < run->job.rounds; /* the end is a boundary */
  if (!looks || !fg_run_evaluates(run, round))
    return FG_OK;
  return e->sink->evaluate(e->sink->self, round, &e->at_boundary, &run->factors, fault);
}

enum fg_err fg_epochs_end_visit(struct fg_epochs *e, const struct fg_visit *v, uint64_t steward_bytes,
                                struct fg_fault *fault) {
  struct fg_totals *t = &e->totals;
  if (v->end_s > t->time_s)
    t->time_s = v->end_s;
  t->wait_s += v->wait_s;
  e->last_end[v->worker] = v->end_s;
  t->updates += v->updates;
  t->extra_updates += v->extra_updates;
  t->bytes_sent += v->bytes_sent;
  enum fg_err err = e->sink->visit ? e->sink->visit(e->sink->self, v, fault) : FG_OK;
  if (err)
    return err;
  uint32_t workers = e->run->job.workers;
  e->visits++;
  if (e->sink->progress)
    e->sink->progress(e->sink->self, e->visits, e->run->job.rounds * workers);
  return e->visits % workers == 0 ? end_round(e, steward_bytes, fault) : FG_OK;
}

enum fg_err fg_epochs_boundary(struct fg_epochs *e, struct fg_worker *worker, struct fg_fault *fault) {
  uint64_t round = fg_worker_round(worker);
  if (!e->sink->evaluate || !fg_run_evaluates(e->run, round))
    return FG_OK;
  if (!e->live) {
    fg_factors_copy_row(&e->snapshot, fg_worker_rows(worker));
    fg_factors_copy_col(&e->snapshot, fg_worker_block(worker));
  }
  if (++e->arrived < e->run->job.workers)
    return FG_OK;
  e->arrived = 0;
  return e->sink->evaluate(e->sink->self, round, &e->at_boundary, e->live ? &e->run->factors : &e->snapshot, fault);
}

void fg_epochs_free(struct fg_epochs *e) {
  free(e->last_end);
  fg_factors_free(&e->snapshot);
}
