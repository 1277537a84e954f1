/* The ensemble: from a plan to the parameters of many runs. */
#include "proofs/lab/ensemble.h"

#include "core/rng.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* What an item of fg_lab_map is told. The trial is made once and inherited by the processes, each of which has a copy
 * of its own. */
struct order {
  const struct fg_ensemble_plan *plan;
  struct fg_trial *trial;
  const struct fg_ensemble *e;
};

/* An item's result: its visits, then its looks. */
static size_t visit_bytes(const struct fg_ensemble *e) {
  return e->visits * sizeof *e->visit;
}

static size_t look_bytes(const struct fg_ensemble *e) {
  return e->looks * e->size * sizeof *e->look;
}

static struct fg_trial_seeds seeds_of(const struct fg_ensemble_plan *plan, uint64_t run, unsigned repeat) {
  uint64_t own = fg_seed_derive(fg_seed_derive(plan->seed, run), repeat);
  return (struct fg_trial_seeds){.init = fg_seed_derive(own, 0),
                                 .order = fg_seed_derive(own, 1),
                                 .straggler = plan->vary ? fg_seed_derive(plan->straggler, run) : plan->straggler};
}

static int by_round(const void *a, const void *b) {
  const struct fg_visit *x = a, *y = b;
  if (x->round != y->round)
    return x->round < y->round ? -1 : 1;
  return (x->worker > y->worker) - (x->worker < y->worker);
}

static enum fg_err keep(const struct fg_ensemble *e, const struct fg_record *record, unsigned repeat,
                        unsigned char *result, struct fg_fault *fault) {
  bool fits = record->n_looks == e->looks && record->look_size == e->size;
  for (size_t l = 0; l < e->looks && fits; l++)
    fits = record->look_round[l] == e->round[l];
  if (!fits)
    return fg_fail(fault, FG_MISMATCH, NULL, 0, "a run of an ensemble has %zu looks of %zu entries, not %zu of %zu",
                   record->n_looks, record->look_size, e->looks, e->size);
  memcpy(result + visit_bytes(e) + repeat * look_bytes(e), record->look, look_bytes(e));
  return FG_OK;
}

static enum fg_err run_one(const void *self, uint64_t i, void *result, struct fg_fault *fault) {
  const struct order *order = self;
  const struct fg_ensemble_plan *plan = order->plan;
  const struct fg_ensemble *e = order->e;
  struct fg_record first = {.look_every = plan->look_every, .visits = true, .order = plan->replays > 0};
  struct fg_trial_seeds seeds = seeds_of(plan, i, 0);
  if (plan->tamper)
    plan->tamper(plan->self, order->trial);
  enum fg_err err = fg_trial_reseed(order->trial, &seeds, fault);
  if (!err)
    err = fg_trial_simulate(order->trial, &first, NULL, fault);
  if (!err)
    err = keep(e, &first, 0, result, fault);
  if (!err && first.trace.n != e->visits)
    err =
        fg_fail(fault, FG_MISMATCH, NULL, 0, "a run of an ensemble has %zu visits, not %zu", first.trace.n, e->visits);
  if (!err) {
    qsort(first.trace.visit, first.trace.n, sizeof *first.trace.visit, by_round);
    memcpy(result, first.trace.visit, visit_bytes(e));
  }
  for (unsigned k = 1; k <= plan->replays && !err; k++) {
    struct fg_record next = {.look_every = plan->look_every};
    seeds = seeds_of(plan, i, k);
    err = fg_trial_reseed(order->trial, &seeds, fault);
    if (!err)
      err = fg_trial_replay(order->trial, &first, &next, NULL, fault);
    if (!err)
      err = keep(e, &next, k, result, fault);
    fg_record_free(&next);
  }
  fg_record_free(&first);
  return err;
}

static enum fg_err compare_counts(const struct fg_ensemble *e, struct fg_fault *fault) {
  for (uint64_t i = 1; i < e->runs; i++)
    for (size_t v = 0; v < e->visits; v++) {
      const struct fg_visit *a = &e->visit[v], *b = &e->visit[i * e->visits + v];
      if (a->worker != b->worker || a->round != b->round || a->row_block != b->row_block ||
          a->col_block != b->col_block || a->updates != b->updates || a->extra_updates != b->extra_updates)
        return fg_fail(fault, FG_MISMATCH, NULL, 0,
                       "run %" PRIu64 " of an ensemble made %" PRIu64 " + %" PRIu64 " updates in round %" PRIu64
                       " of worker %u, the first one %" PRIu64 " + %" PRIu64,
                       i, b->updates, b->extra_updates, b->round, b->worker, a->updates, a->extra_updates);
    }
  return FG_OK;
}

static enum fg_err no_memory(const struct fg_ensemble *e, struct fg_fault *fault) {
  return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory for an ensemble of %" PRIu64 " runs", e->runs);
}

static enum fg_err set_up(const struct fg_ensemble_plan *plan, const struct fg_trial *trial, struct fg_ensemble *e,
                          struct fg_fault *fault) {
  uint64_t rounds = trial->run.job.rounds;
  e->runs = plan->runs;
  e->repeats = 1 + plan->replays;
  e->size = fg_trial_look_size(trial);
  e->looks = 1 + (size_t)((rounds + plan->look_every - 1) / plan->look_every); /* the last one is always there */
  e->visits = (size_t)rounds * trial->run.job.workers;
  e->round = calloc(e->looks, sizeof *e->round);
  e->visit = calloc(e->runs * e->visits + 1, sizeof *e->visit);
  e->look = malloc(e->runs * e->repeats * look_bytes(e) + 1);
  if (!e->round || !e->visit || !e->look)
    return no_memory(e, fault);
  for (size_t l = 0; l < e->looks; l++)
    e->round[l] = l * plan->look_every < rounds ? l * plan->look_every : rounds;
  return FG_OK;
}

static enum fg_err gather(const struct fg_lab *lab, const struct order *order, struct fg_ensemble *e,
                          struct fg_fault *fault) {
  size_t looks = e->repeats * look_bytes(e), bytes = visit_bytes(e) + looks;
  unsigned char *results = malloc(e->runs * bytes + 1);
  if (!results)
    return no_memory(e, fault);
  enum fg_err err = fg_lab_map(lab, e->runs, run_one, order, bytes, results, fault);
  for (uint64_t i = 0; i < e->runs && !err; i++) {
    memcpy(e->visit + i * e->visits, results + i * bytes, visit_bytes(e));
    memcpy((unsigned char *)e->look + i * looks, results + i * bytes + visit_bytes(e), looks);
  }
  free(results);
  return err;
}

enum fg_err fg_ensemble_run(const struct fg_lab *lab, const struct fg_ensemble_plan *plan, struct fg_ensemble *e,
                            struct fg_fault *fault) {
  enum fg_err err;
  struct fg_trial *trial = fg_trial_new(plan->options, &err, fault);
  if (!err)
    err = set_up(plan, trial, e, fault);
  if (!err)
    err = gather(lab, &(struct order){plan, trial, e}, e, fault);
  if (!err && !plan->vary)
    err = compare_counts(e, fault);
  fg_trial_delete(trial);
  return err;
}

void fg_ensemble_free(struct fg_ensemble *e) {
  free(e->round);
  free(e->look);
  free(e->visit);
  memset(e, 0, sizeof *e);
}

const float *fg_ensemble_look(const struct fg_ensemble *e, uint64_t i, unsigned k, size_t l) {
  return e->look + ((i * e->repeats + k) * e->looks + l) * e->size;
}

size_t fg_ensemble_columns(const struct fg_ensemble *e, unsigned first, unsigned end, size_t l, double *column) {
  size_t n = (size_t)e->runs * (end - first), at = 0;
  for (uint64_t i = 0; i < e->runs; i++)
    for (unsigned r = first; r < end; r++, at++) {
      const float *look = fg_ensemble_look(e, i, r, l);
      for (size_t k = 0; k < e->size; k++)
        column[k * n + at] = look[k];
    }
  return n;
}

struct fg_trace fg_ensemble_trace(const struct fg_ensemble *e, uint64_t i) {
  return (struct fg_trace){e->visit + i * e->visits, e->visits};
}
