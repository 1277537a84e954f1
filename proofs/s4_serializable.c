/* S4. The parameters at the end of a run equal, bit for bit, those of a serial execution of the same chunks in the
 * order of the trace; of data-only strategies with the recorded order of arrivals. With a global statistic the serial
 * run has P private copies of it, and the releases. */
#include "core/replay.h"
#include "proofs/claims.h"
#include "proofs/lab/scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REAL, MOVED, EXCHANGED };

struct plan {
  const struct fg_lab *lab;
  unsigned variant;
  struct fg_scenes scenes;
};

struct result {
  uint64_t floats, differ, refused;
};

/* Control: from the middle of the run on a worker's clock is one tick ahead when it takes what stewards send. Where
 * that is a release which extra updates waited for, one chunk of them moves across the hand-off that follows: a run
 * that might have been, with other bits. Elsewhere the machines would not have done so. */
static void move(struct fg_order *log, uint32_t workers) {
  for (uint32_t p = 0; p < workers; p++) {
    size_t first = log->first[2 * p], last = log->first[2 * p + 1]; /* of the worker */
    size_t at = first + (last - first) / 2;
    while (at < last && log->taken[at].from.role != FG_STEWARD)
      at++;
    for (; at < last; at++)
      log->taken[at].ticks++;
  }
}

/* Control: in the middle of what each steward takes, two successive parcels of different workers come the other way
 * round. A server then adds changes in another order, which is another sum in floating point. */
static void exchange(struct fg_order *log) {
  for (uint32_t p = 0; p < log->hosts; p++) {
    size_t first = log->first[2 * p + 1], last = log->first[2 * p + 2];
    for (size_t i = first + (last - first) / 2; i + 1 < last; i++) {
      struct fg_taken *a = &log->taken[i], *b = a + 1;
      if (a->from.rank == b->from.rank || a->from.role != FG_WORKER || b->from.role != FG_WORKER)
        continue;
      struct fg_address from = a->from;
      uint64_t seq = a->seq;
      a->from = b->from;
      a->seq = b->seq;
      b->from = from;
      b->seq = seq;
      break;
    }
  }
}

static enum fg_err gather(const struct fg_trial *t, float **out) {
  const struct fg_run *run = &t->run;
  *out = malloc((fg_trial_look_size(t) + 1) * sizeof **out);
  if (!*out)
    return FG_ENOMEM;
  fg_factors_gather(&run->factors, &run->grid, &run->model, 0, *out);
  fg_factors_gather(&run->factors, &run->grid, &run->model, 1, *out + (size_t)run->grid.rows * run->model.rank);
  return FG_OK;
}

static enum fg_err compare_one(const void *self, uint64_t i, void *result, struct fg_fault *fault) {
  const struct plan *plan = self;
  struct result *r = result;
  struct fg_record record = {.order = true, .visits = true}, again = {0};
  float *simulated = NULL, *replayed = NULL;
  enum fg_err err;
  struct fg_trial *t = fg_scene_trial(plan->lab, &plan->scenes.scene[i], &err, fault);
  if (!err)
    err = fg_trial_simulate(t, &record, NULL, fault);
  if (!err)
    err = gather(t, &simulated);
  if (err)
    goto cleanup;
  const struct fg_options *o = &t->run.options;
  err = fg_trial_reseed(t, &(struct fg_trial_seeds){o->seed_init, o->seed_order, o->seed_straggler}, fault);
  if (err)
    goto cleanup;
  if (plan->variant == MOVED)
    move(&record.log, t->run.job.workers);
  if (plan->variant == EXCHANGED)
    exchange(&record.log);
  struct fg_fault refusal = {0};
  err = fg_trial_replay(t, &record, &again, NULL, &refusal);
  if (err == FG_MISMATCH || err == FG_EPROTOCOL) { /* the machines would not have done so */
    r->refused = 1;
    err = FG_OK;
  } else if (err && fault) {
    *fault = refusal;
  }
  if (!err && !r->refused)
    err = gather(t, &replayed);
  if (!err && !r->refused) {
    r->floats = fg_trial_look_size(t);
    for (size_t k = 0; k < r->floats; k++)
      r->differ += memcmp(&simulated[k], &replayed[k], sizeof(float)) != 0;
  }
cleanup:
  free(simulated);
  free(replayed);
  fg_record_free(&record);
  fg_record_free(&again);
  fg_trial_delete(t);
  return err;
}

static enum fg_err report(const struct plan *plan, const struct result *result, struct fg_findings *findings) {
  enum fg_err err = FG_OK;
  for (size_t i = 0; !err && i < plan->scenes.n;) {
    struct result sum = {0};
    const struct fg_scene *s = &plan->scenes.scene[i];
    size_t runs = 0;
    for (; i < plan->scenes.n && plan->scenes.scene[i].sync == s->sync && plan->scenes.scene[i].model == s->model;
         i++, runs++) {
      sum.floats += result[i].floats;
      sum.differ += result[i].differ;
      sum.refused += result[i].refused;
    }
    struct fg_finding f = {.relation = FG_AT_MOST, .samples = sum.floats};
    f.measured = f.low = f.high = (double)sum.differ;
    snprintf(f.text, sizeof f.text, "%s, %s: parameters whose bits differ, %zu runs", s->sync, s->model, runs);
    err = fg_findings_add(findings, &f);
    f.samples = runs;
    f.measured = f.low = f.high = (double)sum.refused;
    snprintf(f.text, sizeof f.text, "%s, %s: runs that cannot be replayed", s->sync, s->model);
    if (!err)
      err = fg_findings_add(findings, &f);
  }
  return err;
}

/* Controls: of strategies in which they make runs that can be replayed. A release that extra updates have not waited
 * for, or at their end, cannot come a chunk later. */
static bool concerned(unsigned variant, const char *sync) {
  if (variant == MOVED)
    return (strncmp(sync, "fugue", 5) == 0 || strncmp(sync, "quorum", 6) == 0) && !strstr(sync, "max=") &&
           !strstr(sync, "wait=idle");
  return variant == REAL || strncmp(sync, "ssp:slack=inf", 13) == 0;
}

static enum fg_err measure(const struct fg_lab *lab, unsigned variant, struct fg_findings *findings,
                           struct fg_fault *fault) {
  static const char *const models[] = {"mf:rank=4",   "nmf:rank=4",  "lda:topics=4", "lda:topics=4,loss=squared",
                                       "dict:rank=4", "mmnd:rank=4", "additive"};
  static const uint32_t workers[] = {4, 1, 7, 2, 3, 5, 8, 16};
  size_t n_workers = lab->full && !variant ? 8 : 3;
  struct plan plan = {.lab = lab, .variant = variant};
  struct result *result = NULL;
  enum fg_err err = FG_OK;
  for (size_t m = 0; m < sizeof models / sizeof *models && !err; m++) {
    err = fg_scene_data(lab, models[m], fault);
    for (const char *const *sync = fg_scene_syncs; *sync && !err; sync++)
      for (size_t w = 0; w < n_workers; w++) {
        struct fg_scene s = {*sync, models[m], "3", workers[w]};
        if (!err && concerned(variant, *sync))
          err = fg_scenes_add(&plan.scenes, &s);
      }
  }
  if (!err) {
    result = calloc(plan.scenes.n, sizeof *result);
    err = result ? fg_lab_map(lab, plan.scenes.n, compare_one, &plan, sizeof *result, result, fault) : FG_ENOMEM;
  }
  if (!err)
    err = report(&plan, result, findings);
  free(result);
  fg_scenes_free(&plan.scenes);
  return err;
}

const struct fg_claim fg_claim_s4 = {
    .id = "S4",
    .title = "serializable",
    .kind = FG_CLAIM_EXACT,
    .statement =
        "the parameters at the end of a run equal, bit for bit, those of a serial execution of the same chunks "
        "in the order of the trace (data-only strategies: in the recorded order of arrivals), with P private "
        "copies of the global statistic and its releases",
    .assumptions = "updates touch their own row, their own column and the worker's copy of the statistic only",
    .source = "ours; operations on disjoint index sets commute (Bernstein 1966)",
    .proved = "S4_projections S4_subepoch S4_run S4_blocks S4_shared_column S4_shared_statistic",
    .controls =
        (const struct fg_control[]){{"moved", "a chunk of extra updates moves across the hand-off that follows"},
                                    {"exchanged", "a server takes the changes of two workers the other way round"},
                                    {0}},
    .measure = measure,
};
