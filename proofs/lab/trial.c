/* A trial: from options and seeds to what a run of the real core did. */
#include "proofs/lab/trial.h"

#include "core/factors.h"
#include "core/replay.h"
#include "sim/shares.h"
#include "sim/stage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum fg_err configure(struct fg_config *config, const char *const *options, struct fg_fault *fault) {
  fg_config_init(config);
  enum fg_err err = FG_OK;
  for (; *options && !err; options++) {
    char name[64];
    const char *equals = strchr(*options, '=');
    if (!equals || (size_t)(equals - *options) >= sizeof name)
      return fg_fail(fault, FG_EUSAGE, NULL, 0, "'%s' is not name=value", *options);
    snprintf(name, sizeof name, "%.*s", (int)(equals - *options), *options);
    err = fg_config_set(config, name, equals + 1, NULL, 0, fault);
  }
  return err;
}

enum fg_err fg_trial_prepare(struct fg_trial *t, const char *const *options, struct fg_fault *fault) {
  double slowest = 0, fastest = 0;
  enum fg_err err = configure(&t->config, options, fault);
  if (!err)
    err = fg_network_parse(t->config.text[FG_OPT_NETWORK], &t->network, fault);
  if (!err)
    err = fg_shares_settle(&t->config, &t->network, fault);
  if (!err) {
    fg_network_speeds(&t->network, &slowest, &fastest);
    err = fg_run_prepare(&t->config, slowest > 0 ? slowest : 1e9, &fg_share_all, &t->run, fault);
  }
  if (!err)
    err = fg_straggler_parse(t->config.text[FG_OPT_STRAGGLER], t->run.job.workers, t->run.options.seed_straggler,
                             &t->straggler, fault);
  return err;
}

struct fg_trial *fg_trial_new(const char *const *options, enum fg_err *err, struct fg_fault *fault) {
  struct fg_trial *t = calloc(1, sizeof *t);
  *err = t ? fg_trial_prepare(t, options, fault) : fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory for a trial");
  if (!*err)
    return t;
  fg_trial_delete(t);
  return NULL;
}

void fg_trial_free(struct fg_trial *t) {
  if (t->straggler.type)
    fg_straggler_free(&t->straggler);
  fg_run_free(&t->run);
}

void fg_trial_delete(struct fg_trial *t) {
  if (t)
    fg_trial_free(t);
  free(t);
}

enum fg_err fg_trial_reseed(struct fg_trial *t, const struct fg_trial_seeds *seeds, struct fg_fault *fault) {
  struct fg_run *run = &t->run;
  run->model.seed_init = run->options.seed_init = seeds->init;
  run->job.seed_order = run->options.seed_order = seeds->order;
  t->straggler.seed = run->options.seed_straggler = seeds->straggler;
  fg_factors_free(&run->factors);
  enum fg_err err = fg_factors_new(&run->grid, &run->model, &run->factors, fault);
  if (!err && run->model.n_stat)
    err = fg_factors_stat(&run->factors, &run->model, run->stat);
  return err;
}

size_t fg_trial_look_size(const struct fg_trial *t) {
  return ((size_t)t->run.grid.rows + t->run.grid.cols) * t->run.model.rank;
}

/* Room for one more of n entries. */
static void *grown(void *list, size_t n, size_t *capacity, size_t entry) {
  if (n < *capacity)
    return list;
  size_t more = *capacity ? 2 * *capacity : 64;
  void *longer = realloc(list, more * entry);
  if (longer)
    *capacity = more;
  return longer;
}

static enum fg_err no_memory(struct fg_fault *fault) {
  return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory for the record of a trial");
}

static enum fg_err keep_visit(void *self, const struct fg_visit *visit, struct fg_fault *fault) {
  struct fg_record *r = self;
  struct fg_visit *longer = grown(r->trace.visit, r->trace.n, &r->visits_capacity, sizeof *longer);
  if (!longer)
    return no_memory(fault);
  r->trace.visit = longer;
  longer[r->trace.n++] = *visit;
  return FG_OK;
}

static enum fg_err keep_taken(void *self, const struct fg_taken *taken, struct fg_fault *fault) {
  struct fg_record *r = self;
  struct fg_taken *longer = grown(r->taken, r->n_taken, &r->taken_capacity, sizeof *longer);
  if (!longer)
    return no_memory(fault);
  r->taken = longer;
  longer[r->n_taken++] = *taken;
  return FG_OK;
}

static enum fg_err keep_look(void *self, uint64_t rounds, const struct fg_totals *so_far,
                             const struct fg_factors *factors, struct fg_fault *fault) {
  struct fg_record *r = self;
  const struct fg_run *run = r->run;
  (void)so_far;
  size_t capacity = r->looks_capacity, size = r->look_size;
  float *longer = grown(r->look, r->n_looks, &capacity, size * sizeof *longer);
  if (!longer)
    return no_memory(fault);
  r->look = longer;
  uint64_t *round = grown(r->look_round, r->n_looks, &r->looks_capacity, sizeof *round);
  if (!round)
    return no_memory(fault);
  r->look_round = round;
  r->look_round[r->n_looks] = rounds;
  float *out = r->look + r->n_looks++ * size;
  fg_factors_gather(factors, &run->grid, &run->model, 0, out);
  fg_factors_gather(factors, &run->grid, &run->model, 1, out + (size_t)run->grid.rows * run->model.rank);
  return FG_OK;
}

static struct fg_sink sink_of(struct fg_trial *t, struct fg_record *r) {
  struct fg_sink sink = {.self = r};
  t->run.look_every = r ? r->look_every : 0;
  if (!r)
    return sink;
  r->run = &t->run;
  r->look_size = fg_trial_look_size(t);
  sink.visit = r->visits ? keep_visit : NULL;
  sink.taken = r->order ? keep_taken : NULL;
  sink.evaluate = r->look_every ? keep_look : NULL;
  return sink;
}

static enum fg_err finish(struct fg_trial *t, struct fg_record *r, struct fg_totals *totals, struct fg_fault *fault) {
  if (!r)
    return FG_OK;
  r->totals = *totals;
  if (!r->order)
    return FG_OK;
  return fg_order_sort(r->taken, r->n_taken, fg_sync_hosts(&t->run.job.sync, t->run.job.workers), &r->log, fault);
}

enum fg_err fg_trial_simulate(struct fg_trial *t, struct fg_record *record, struct fg_totals *totals,
                              struct fg_fault *fault) {
  struct fg_totals own = {0};
  totals = totals ? totals : &own;
  struct fg_sink sink = sink_of(t, record);
  enum fg_err err = fg_sim_run(&t->run, &t->network, &t->straggler, &sink, NULL, totals, fault);
  return err ? err : finish(t, record, totals, fault);
}

enum fg_err fg_trial_replay(struct fg_trial *t, const struct fg_record *from, struct fg_record *to,
                            struct fg_totals *totals, struct fg_fault *fault) {
  struct fg_totals own = {0};
  totals = totals ? totals : &own;
  struct fg_sink sink = sink_of(t, to);
  enum fg_err err = fg_replay_run(&t->run, &from->log, NULL, &sink, totals, fault);
  return err ? err : finish(t, to, totals, fault);
}

void fg_record_free(struct fg_record *r) {
  free(r->look_round);
  free(r->look);
  free(r->taken);
  fg_trace_free(&r->trace);
  fg_order_free(&r->log);
  memset(r, 0, sizeof *r);
}
