/* Evaluation points: from visits that end to evaluations of a consistent snapshot. */
#include "core/epochs.h"

#include <string.h>

/* is the state after `rounds` strata to be evaluated? */
static bool evaluated(const struct fg_epochs *e, uint64_t rounds) {
  const struct fg_options *o = &e->run->options;
  uint64_t c = e->run->grid.col_blocks;
  if (rounds == e->run->job.rounds)
    return true;
  return rounds % c == 0 && o->eval_every > 0 && (rounds / c) % o->eval_every == 0;
}

enum fg_err fg_epochs_start(struct fg_epochs *e, const struct fg_run *run, const struct fg_sink *sink,
                            struct fg_fault *fault) {
  memset(e, 0, sizeof *e);
  e->run = run;
  e->sink = sink;
  if (!sink->evaluate)
    return FG_OK;
  enum fg_err err = fg_factors_new(&run->grid, &run->model, &e->snapshot, fault);
  return err ? err : sink->evaluate(sink->self, 0, &e->totals, &e->snapshot, fault);
}

void fg_epochs_keep(struct fg_epochs *e, uint64_t round, const struct fg_row_shard *rows,
                    const struct fg_col_block *block) {
  if (!e->sink->evaluate || !evaluated(e, round + 1))
    return;
  fg_factors_copy_row(&e->snapshot, rows);
  fg_factors_copy_col(&e->snapshot, block);
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
  if (!e->sink->evaluate || !evaluated(e, e->rounds))
    return FG_OK;
  struct fg_totals so_far = *t;
  so_far.bytes_sent += steward_bytes;
  return e->sink->evaluate(e->sink->self, e->rounds, &so_far, &e->snapshot, fault);
}

void fg_epochs_free(struct fg_epochs *e) {
  fg_factors_free(&e->snapshot);
}
