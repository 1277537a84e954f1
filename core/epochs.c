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
  e->averages = run->job.sync.type->replica && !e->live;
  e->last_end = calloc(run->job.workers, sizeof *e->last_end);
  e->behind_end = calloc(run->job.workers, sizeof *e->behind_end);
  e->passed = calloc(run->job.workers, sizeof *e->passed);
  if (!e->last_end || !e->behind_end || !e->passed)
    return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory for %u workers", run->job.workers);
  if (!sink->evaluate || e->live || run->job.timing_only)
    return FG_OK;
  return fg_factors_new(&run->grid, &run->model, &e->snapshot, fault);
}

static double busy(const struct fg_epochs *e, const struct fg_totals *t, const double *last_end) {
  double sum = -t->wait_s;
  for (uint32_t p = 0; p < e->run->job.workers; p++)
    sum += last_end[p];
  return sum;
}

/* A round of P visits is complete. */
static enum fg_err end_round(struct fg_epochs *e, uint64_t steward_bytes, struct fg_fault *fault) {
  struct fg_totals *t = &e->totals;
  const struct fg_run *run = e->run;
  uint64_t round = fg_epochs_rounds(e);
  t->busy_s = busy(e, t, e->last_end);
  if (!e->averages) {
    e->at_boundary = *t;
    e->at_boundary.bytes_sent += steward_bytes;
  }
  bool looks = e->live && e->sink->evaluate && !run->job.pause && round < run->job.rounds; /* the end is a boundary */
  if (!looks || !fg_run_evaluates(run, round))
    return FG_OK;
  return e->sink->evaluate(e->sink->self, round, &e->at_boundary, &run->factors, fault);
}

static void add_visit(struct fg_totals *t, const struct fg_visit *v) {
  if (v->end_s > t->time_s)
    t->time_s = v->end_s;
  t->wait_s += v->wait_s;
  t->updates += v->updates;
  t->extra_updates += v->extra_updates;
  t->bytes_sent += v->bytes_sent;
}

/* A worker passes a boundary of averages; the last one takes all across it. */
static void pass(struct fg_epochs *e, uint32_t worker) {
  struct fg_totals *t = &e->behind;
  e->passed[worker] = true;
  if (++e->n_passed < e->run->job.workers)
    return;
  t->busy_s = busy(e, t, e->behind_end);
  e->at_boundary = *t;
  e->at_boundary.bytes_sent += e->steward_bytes;
  t->time_s = e->ahead.time_s > t->time_s ? e->ahead.time_s : t->time_s;
  t->wait_s += e->ahead.wait_s;
  t->updates += e->ahead.updates;
  t->extra_updates += e->ahead.extra_updates;
  t->bytes_sent += e->ahead.bytes_sent;
  e->ahead = (struct fg_totals){0};
  e->n_passed = 0;
  memset(e->passed, 0, e->run->job.workers * sizeof *e->passed);
  memcpy(e->behind_end, e->last_end, e->run->job.workers * sizeof *e->behind_end);
}

enum fg_err fg_epochs_end_visit(struct fg_epochs *e, const struct fg_visit *v, uint64_t steward_bytes,
                                struct fg_fault *fault) {
  struct fg_totals *t = &e->totals;
  add_visit(t, v);
  add_visit(e->passed[v->worker] ? &e->ahead : &e->behind, v);
  e->last_end[v->worker] = v->end_s;
  if (!e->passed[v->worker])
    e->behind_end[v->worker] = v->end_s;
  e->steward_bytes = steward_bytes;
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
  if (e->averages)
    pass(e, fg_worker_rows(worker)->id);
  if (!e->sink->evaluate || !fg_run_evaluates(e->run, round))
    return FG_OK;
  bool as_is = e->live || e->run->job.timing_only;
  if (!as_is) {
    fg_factors_copy_row(&e->snapshot, fg_worker_rows(worker));
    fg_factors_copy_col(&e->snapshot, fg_worker_block(worker));
  }
  if (++e->arrived < e->run->job.workers)
    return FG_OK;
  e->arrived = 0;
  memcpy(e->snapshot.tuned, e->run->factors.tuned, sizeof e->snapshot.tuned); /* nobody has a later release */
  return e->sink->evaluate(e->sink->self, round, &e->at_boundary, as_is ? &e->run->factors : &e->snapshot, fault);
}

void fg_epochs_free(struct fg_epochs *e) {
  free(e->last_end);
  free(e->behind_end);
  free(e->passed);
  fg_factors_free(&e->snapshot);
}
