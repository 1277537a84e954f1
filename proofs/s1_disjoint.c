/* S1. In every stratum no two workers share a row block or a column block; without strata: at no moment of the run do
 * two workers work on the same row block or column block. (Kumar et al. 2014, after Gemulla et al. 2011: the cyclic
 * schedule p + s mod P.) */
#include "core/replay.h"
#include "core/schedule.h"
#include "proofs/claims.h"
#include "proofs/lab/scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REAL, SWAPPED };

/* What a trace has against it. */
struct count {
  uint64_t visits, strata, moments, audited;
};

struct plan {
  const struct fg_lab *lab;
  unsigned variant;
  struct fg_scenes scenes;
};

/* Does another worker work on the column block at some time of the visit's required pass? */
static bool is_taken(const struct fg_trace *trace, const struct fg_visit *visit, uint32_t block) {
  for (size_t i = 0; i < trace->n; i++) {
    const struct fg_visit *v = &trace->visit[i];
    if (v->worker != visit->worker && v->col_block == block && v->start_s < visit->required_s &&
        visit->start_s < v->required_s)
      return true;
  }
  return false;
}

/* Control: two entries of the schedule trade places: a worker serves the column block that it should serve in a later
 * visit, while another one has it. (A worker that has several blocks may serve those in any order.) */
static void swap(struct fg_trace *trace) {
  for (size_t i = 0; i < trace->n; i++)
    for (size_t k = i + 1; k < trace->n; k++) {
      struct fg_visit *a = &trace->visit[i], *b = &trace->visit[k];
      if (b->worker != a->worker || b->col_block == a->col_block || !is_taken(trace, a, b->col_block))
        continue;
      uint32_t block = b->col_block;
      b->col_block = a->col_block;
      a->col_block = block;
      return;
    }
}

/* Pairs of workers to whom the schedule itself gives the same column block at the same step, over `most` workers at
 * most, with `blocks` of them each. Swapped: worker 0 trades its first entry for the first one of its neighbour's. */
static uint64_t shared_in_schedule(uint32_t most, uint32_t blocks, bool swapped, uint64_t *entries) {
  uint64_t pairs = 0, *step = calloc((size_t)most * blocks, sizeof *step);
  for (uint32_t workers = 1; workers <= most && step; workers++) {
    uint32_t cols = workers * blocks;
    memset(step, 0, cols * sizeof *step);
    for (uint32_t k = 0; k < cols; k++)
      for (uint32_t p = 0; p < workers; p++) {
        uint32_t s = swapped && p == 0 && cols > blocks && (k == 0 || k == blocks) ? blocks - k : k;
        uint32_t q = blocks == 1 ? fg_schedule_col(p, s, cols) : fg_schedule_ring(p, s, workers, cols);
        pairs += q >= cols || step[q] == k + 1;
        if (q < cols)
          step[q] = k + 1;
        ++*entries;
      }
  }
  pairs += step == NULL;
  free(step);
  return pairs;
}

static int by_round(const void *a, const void *b) {
  const struct fg_visit *x = a, *y = b;
  return x->round != y->round ? (x->round > y->round) - (x->round < y->round)
                              : (x->col_block > y->col_block) - (x->col_block < y->col_block);
}

static int by_time(const struct fg_visit *x, const struct fg_visit *y) {
  if (x->start_s != y->start_s)
    return (x->start_s > y->start_s) - (x->start_s < y->start_s);
  return (x->end_s > y->end_s) - (x->end_s < y->end_s); /* one of no length is the first */
}

static int by_column(const void *a, const void *b) {
  const struct fg_visit *x = a, *y = b;
  if (x->col_block != y->col_block)
    return (x->col_block > y->col_block) - (x->col_block < y->col_block);
  return by_time(x, y);
}

static int by_row(const void *a, const void *b) {
  const struct fg_visit *x = a, *y = b;
  if (x->row_block != y->row_block)
    return (x->row_block > y->row_block) - (x->row_block < y->row_block);
  return by_time(x, y);
}

/* Pairs of visits of one stratum that share a block: of columns after sorting, of rows by counting. */
static uint64_t shared_in_strata(struct fg_trace *t, uint32_t row_blocks) {
  uint64_t pairs = 0, *round = calloc(row_blocks, sizeof *round);
  qsort(t->visit, t->n, sizeof *t->visit, by_round);
  for (size_t i = 0; i < t->n && round; i++) {
    const struct fg_visit *v = &t->visit[i];
    pairs += i > 0 && v->round == v[-1].round && v->col_block == v[-1].col_block;
    pairs += round[v->row_block] == v->round + 1;
    round[v->row_block] = v->round + 1;
  }
  pairs += round == NULL;
  free(round);
  return pairs;
}

/* When the work of a visit is over. With an early hand-off the column block leaves then, and the visit's end, which is
 * the release, may reach the next worker first. */
static double done(const struct fg_visit *v, bool early) {
  return early ? v->required_s : v->end_s;
}

/* Visits that begin before the work of the last one of the same block is over. */
static uint64_t overlaps(struct fg_trace *t, bool rows, bool early) {
  uint64_t n = 0;
  double end = 0;
  qsort(t->visit, t->n, sizeof *t->visit, rows ? by_row : by_column);
  for (size_t i = 0; i < t->n; i++) {
    const struct fg_visit *v = &t->visit[i];
    bool same = i > 0 && (rows ? v->row_block == v[-1].row_block : v->col_block == v[-1].col_block);
    n += same && v->start_s < end;
    end = same && end > done(v, early) ? end : done(v, early);
  }
  return n;
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
    if (plan->variant == SWAPPED)
      swap(&record.trace);
    c->visits = record.trace.n;
    c->audited = fg_trace_audit(&record.trace, &t->run.job, NULL) != FG_OK;
    const struct fg_strata_policy *strata = t->run.job.sync.type->strata;
    bool early = strata && strata->early_hand_off;
    c->moments = overlaps(&record.trace, false, early) + overlaps(&record.trace, true, early);
    c->strata = strata ? shared_in_strata(&record.trace, t->run.grid.row_blocks) : 0;
  }
  fg_record_free(&record);
  fg_trial_delete(t);
  return err;
}

/* The schedule of strata (and of ring, of one block and of several). */
static enum fg_err add_schedules(struct fg_findings *findings, bool swapped) {
  enum fg_err err = FG_OK;
  for (uint32_t blocks = 1; blocks <= 3 && !err; blocks++) {
    char name[64];
    uint64_t entries = 0, pairs = shared_in_schedule(64, blocks, swapped, &entries);
    snprintf(name, sizeof name, "schedule, P = 1 to 64, C = %u P", blocks);
    err = fg_findings_count(findings, name, "pairs of workers with one column block at a time", pairs, entries);
  }
  return err;
}

/* strategies with one holder of each block; the others are not of data x model */
static bool concerned(const struct fg_scene *scene) {
  struct fg_sync sync;
  return !fg_sync_parse(scene->sync, 0.5, &sync, NULL) && !sync.type->replica;
}

static bool has_strata(const char *spec) {
  struct fg_sync sync;
  return !fg_sync_parse(spec, 0.5, &sync, NULL) && sync.type->strata;
}

static enum fg_err measure(const struct fg_lab *lab, unsigned variant, struct fg_findings *findings,
                           struct fg_fault *fault) {
  static const uint32_t few[] = {1, 2, 3, 5, 8}, many[] = {16, 32, 64};
  struct plan plan = {.lab = lab, .variant = variant};
  struct count *count = NULL;
  enum fg_err err = fg_scene_data(lab, "additive", fault);
  for (const char *const *sync = fg_scene_syncs; *sync && !err; sync++)
    for (size_t w = 0; w < 8; w++) {
      struct fg_scene s = {*sync, "additive", "2", w < 5 ? few[w] : many[w - 5]};
      if (w >= 5) /* the schedule itself: one epoch */
        s.epochs = "1";
      if (variant == SWAPPED && s.workers != 3)
        continue;
      if (!err && concerned(&s) && (s.workers <= 32 || lab->full || strcmp(*sync, "barrier") == 0))
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
      sum.visits += count[i].visits;
      sum.strata += count[i].strata;
      sum.moments += count[i].moments;
      sum.audited += count[i].audited;
    }
    if (has_strata(sync))
      err =
          fg_findings_count(findings, sync, "pairs of visits that share a block in a stratum", sum.strata, sum.visits);
    if (!err)
      err = fg_findings_count(findings, sync, "visits that begin before the work of the block's last one is over",
                              sum.moments, sum.visits);
    if (!err)
      err = fg_findings_count(findings, sync, "traces that the audit of every replay rejects", sum.audited, sum.visits);
  }
  if (!err)
    err = add_schedules(findings, variant == SWAPPED);
  free(count);
  fg_scenes_free(&plan.scenes);
  return err;
}

const struct fg_claim fg_claim_s1 = {
    .id = "S1",
    .title = "disjoint blocks",
    .kind = FG_CLAIM_EXACT,
    .statement = "in every stratum no two workers share a row block or a column block; without strata (ring, nomad, "
                 "relay) no two workers work on the same block at any moment",
    .assumptions = "a strategy that divides data and model; P up to 64",
    .source = "Gemulla et al. 2011, Kumar et al. 2014; the cyclic Latin square p + s mod P",
    .proved = "S1_disjoint S1_disjoint_latin S1_hand_off S1_hand_off_rows S1_swapped_entry S1_ring "
              "S1_ring_hand_off S1_visits_disjoint",
    .controls =
        (const struct fg_control[]){{"swapped", "a schedule, and a trace, in which two entries have traded places"},
                                    {0}},
    .measure = measure,
};
