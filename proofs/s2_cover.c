/* S2. An epoch serves every block exactly once. Strata: C successive strata; ring: C successive visits of each worker;
 * relay with slack 1: the v-th visits of all blocks come before any (v+1)-th. (nomad promises less: every column block
 * is visited equally often.) */
#include "core/replay.h"
#include "core/schedule.h"
#include "proofs/claims.h"
#include "proofs/lab/scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REAL, REPEATED };

struct count {
  uint64_t blocks, wrong, audited;
};

struct plan {
  const struct fg_lab *lab;
  unsigned variant;
  struct fg_scenes scenes;
};

static const char *const syncs[] = {"barrier",       "fugue:decay=0.5",        "quorum:q=0.5",   "ring:blocks=1",
                                    "ring:blocks=3", "relay:blocks=2,slack=1", "nomad:blocks=2", NULL};

/* Control: the schedule repeats a stratum: every worker's second visit is its first one again. */
static void repeat(struct fg_trace *trace, uint32_t workers) {
  for (uint32_t p = 0; p < workers; p++) {
    const struct fg_visit *first = NULL;
    for (size_t i = 0; i < trace->n; i++) {
      struct fg_visit *v = &trace->visit[i];
      if (v->worker == p && v->seq == 0)
        first = v;
      if (v->worker == p && v->seq == 1 && first)
        v->col_block = first->col_block;
    }
  }
}

/* Blocks that the schedule itself does not serve exactly once in an epoch, over `most` workers at most, with `blocks`
 * column blocks each. Repeated: the second stratum is the first one again. */
static uint64_t wrong_in_schedule(uint32_t most, uint32_t blocks, bool repeated, uint64_t *all) {
  uint64_t wrong = 0;
  uint32_t *served = calloc((size_t)most * most * blocks, sizeof *served);
  for (uint32_t workers = 1; workers <= most && served; workers++) {
    uint32_t cols = workers * blocks;
    memset(served, 0, (size_t)workers * cols * sizeof *served);
    for (uint32_t k = 0; k < cols; k++)
      for (uint32_t p = 0; p < workers; p++) {
        uint32_t s = repeated && k == 1 ? 0 : k;
        uint32_t q = blocks == 1 ? fg_schedule_col(p, s, cols) : fg_schedule_ring(p, s, workers, cols);
        wrong += q >= cols;
        if (q < cols)
          served[p * cols + q]++;
      }
    for (uint32_t b = 0; b < workers * cols; b++)
      wrong += served[b] != 1;
    *all += (uint64_t)workers * cols;
  }
  wrong += served == NULL;
  free(served);
  return wrong;
}

/* the epoch that a visit belongs to */
static uint64_t epoch_of(const struct fg_visit *v, const struct fg_trial *t, const uint64_t *visits) {
  uint32_t cols = t->run.grid.col_blocks;
  const struct fg_roving_policy *roving = t->run.job.sync.type->roving;
  if (roving && roving->kind == FG_ROVING_DIRECTORY)
    return visits[v->worker * cols + v->col_block]; /* rounds are told apart by the block's own visits */
  return v->round / cols;
}

/* served[(epoch * P + p) * C + q] */
static uint64_t count_wrong(const struct fg_trace *trace, const struct fg_trial *t, uint64_t *blocks) {
  uint64_t p = t->run.job.workers, c = t->run.grid.col_blocks, epochs = t->run.job.rounds / c, wrong = 0;
  const struct fg_roving_policy *roving = t->run.job.sync.type->roving;
  uint32_t *served = calloc(epochs * p * c, sizeof *served);
  uint64_t *visits = calloc(p * c, sizeof *visits), done = 0;
  *blocks = epochs * p * c;
  for (size_t i = 0; i < trace->n && served && visits; i++) {
    const struct fg_visit *v = &trace->visit[i];
    bool queue = roving && roving->kind == FG_ROVING_QUEUE; /* who makes how many visits is not fixed */
    uint64_t epoch = queue ? 0 : epoch_of(v, t, visits);
    if (epoch >= epochs || v->row_block >= p || v->col_block >= c) {
      wrong++;
      continue;
    }
    served[(epoch * p + v->row_block) * c + v->col_block]++;
    visits[v->worker * c + v->col_block]++;
    /* relay: rows stand in the order of visit ends; a visit of the next round may not have begun before this ends */
    wrong += roving && roving->kind == FG_ROVING_DIRECTORY && epoch > done / (p * c);
    done++;
  }
  if (roving && roving->kind == FG_ROVING_QUEUE) { /* columns equally often */
    for (uint64_t q = 0; q < c && visits; q++) {
      uint64_t n = 0;
      for (uint64_t w = 0; w < p; w++)
        n += visits[w * c + q];
      wrong += n != epochs * p;
    }
  } else {
    for (uint64_t b = 0; b < epochs * p * c && served; b++)
      wrong += served[b] != 1;
  }
  wrong += !served || !visits;
  free(served);
  free(visits);
  return wrong;
}

static enum fg_err count_one(const void *self, uint64_t i, void *result, struct fg_fault *fault) {
  const struct plan *plan = self;
  struct count *c = result;
  struct fg_record record = {.visits = true};
  enum fg_err err;
  struct fg_trial *t = fg_scene_trial(plan->lab, &plan->scenes.scene[i], &err, fault);
  if (!err)
    err = fg_trial_simulate(t, &record, NULL, fault);
  if (!err) {
    if (plan->variant == REPEATED)
      repeat(&record.trace, t->run.job.workers);
    c->wrong = count_wrong(&record.trace, t, &c->blocks);
    c->audited = fg_trace_audit(&record.trace, &t->run.job, NULL) != FG_OK;
  }
  fg_record_free(&record);
  fg_trial_delete(t);
  return err;
}

/* The schedule of strata (and of ring, of one block and of several). */
static enum fg_err add_schedules(struct fg_findings *findings, bool repeated) {
  enum fg_err err = FG_OK;
  for (uint32_t blocks = 1; blocks <= 3 && !err; blocks++) {
    char name[64];
    uint64_t all = 0, wrong = wrong_in_schedule(64, blocks, repeated, &all);
    snprintf(name, sizeof name, "schedule, P = 1 to 64, C = %u P", blocks);
    err = fg_findings_count(findings, name, "blocks not served exactly once in an epoch", wrong, all);
  }
  return err;
}

static enum fg_err measure(const struct fg_lab *lab, unsigned variant, struct fg_findings *findings,
                           struct fg_fault *fault) {
  static const uint32_t workers[] = {1, 2, 3, 5, 8, 16, 32, 64};
  struct plan plan = {.lab = lab, .variant = variant};
  struct count *count = NULL;
  enum fg_err err = fg_scene_data(lab, "additive", fault);
  for (const char *const *sync = syncs; *sync && !err; sync++)
    for (size_t w = 0; w < sizeof workers / sizeof *workers; w++) {
      struct fg_scene s = {*sync, "additive", w < 5 ? "3" : "1", workers[w]};
      if (variant == REPEATED && s.workers != 3)
        continue;
      if (!err && (s.workers <= 16 || lab->full || strcmp(*sync, "barrier") == 0))
        err = fg_scenes_add(&plan.scenes, &s);
    }
  if (!err) {
    count = calloc(plan.scenes.n, sizeof *count);
    err = count ? fg_lab_map(lab, plan.scenes.n, count_one, &plan, sizeof *count, count, fault) : FG_ENOMEM;
  }
  for (size_t i = 0; !err && i < plan.scenes.n;) {
    struct count sum = {0};
    const char *sync = plan.scenes.scene[i].sync;
    for (; i < plan.scenes.n && plan.scenes.scene[i].sync == sync; i++) {
      sum.blocks += count[i].blocks;
      sum.wrong += count[i].wrong;
      sum.audited += count[i].audited;
    }
    err = fg_findings_count(findings, sync,
                            strncmp(sync, "nomad", 5) == 0 ? "column blocks not visited equally often"
                                                           : "blocks not served exactly once in an epoch",
                            sum.wrong, sum.blocks);
    if (!err)
      err = fg_findings_count(findings, sync, "traces that the audit of every replay rejects", sum.audited, sum.blocks);
  }
  if (!err)
    err = add_schedules(findings, variant == REPEATED);
  free(count);
  fg_scenes_free(&plan.scenes);
  return err;
}

const struct fg_claim fg_claim_s2 = {
    .id = "S2",
    .title = "cover",
    .kind = FG_CLAIM_EXACT,
    .statement =
        "an epoch serves every block exactly once: C strata, C successive visits of a worker of ring, a round of "
        "relay with slack 1; nomad visits every column block equally often",
    .assumptions = "a strategy that divides data and model, whole epochs; P up to 64",
    .source = "Gemulla et al. 2011, Kumar et al. 2014; ours for relay",
    .proved = "S2_cover_latin S2_cover S2_latinb S2_repeated_stratum S2_ring",
    .controls =
        (const struct fg_control[]){{"repeated", "a schedule, and a trace, that repeat the first stratum"}, {0}},
    .measure = measure,
};
