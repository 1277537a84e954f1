/* S3. At any moment each column block is held by one worker (or parked with one steward), or is in one parcel. In every
 * state that few workers can reach, and by the hand-offs of larger runs: the visits of a block are numbered one by one,
 * and each begins when the work of the one before it is over. (Kumar et al. 2014 for strata; ours for what roves.) */
#include "core/replay.h"
#include "proofs/claims.h"
#include "proofs/lab/explored.h"
#include "proofs/lab/scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REAL, KEPT, DOUBLED, RENUMBERED };

struct plan {
  const struct fg_lab *lab;
  unsigned variant;
  struct fg_scenes scenes;
};

struct count {
  uint64_t visits, wrong, audited;
};

static int by_hand_off(const void *a, const void *b) {
  const struct fg_visit *x = a, *y = b;
  if (x->col_block != y->col_block)
    return x->col_block < y->col_block ? -1 : 1;
  return (x->col_version > y->col_version) - (x->col_version < y->col_version);
}

/* Hand-offs that are not one by one, or too early. With an early hand-off a block leaves when the required pass is
 * done, and the visit's end, the release, may come later. One worker alone hands nothing on in strata. */
static uint64_t wrong_hand_offs(struct fg_trace *t, bool early, bool alone) {
  uint64_t wrong = 0;
  qsort(t->visit, t->n, sizeof *t->visit, by_hand_off);
  for (size_t i = 0; i < t->n && !alone; i++) {
    const struct fg_visit *v = &t->visit[i], *last = i > 0 && v[-1].col_block == v->col_block ? v - 1 : NULL;
    if (!last)
      wrong += v->col_version != 0;
    else
      wrong += v->col_version != last->col_version + 1 || v->start_s < (early ? last->required_s : last->end_s);
  }
  return wrong;
}

/* Control: the first two visits that different workers make of a column block say of themselves that they came the
 * other way round. */
static void renumber(struct fg_trace *t) {
  for (size_t i = 0; i < t->n; i++)
    for (size_t k = i + 1; k < t->n; k++) {
      struct fg_visit *a = &t->visit[i], *b = &t->visit[k];
      if (a->col_block != b->col_block || a->worker == b->worker)
        continue;
      uint32_t version = a->col_version;
      a->col_version = b->col_version;
      b->col_version = version;
      return;
    }
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
    const struct fg_strata_policy *strata = t->run.job.sync.type->strata;
    if (plan->variant == RENUMBERED)
      renumber(&record.trace);
    c->visits = record.trace.n;
    c->audited = fg_trace_audit(&record.trace, &t->run.job, NULL) != FG_OK;
    c->wrong =
        wrong_hand_offs(&record.trace, strata && strata->early_hand_off, strata && plan->scenes.scene[i].workers == 1);
  }
  fg_record_free(&record);
  fg_trial_delete(t);
  return err;
}

static enum fg_err report_traces(const struct plan *plan, const struct count *count, struct fg_findings *findings) {
  enum fg_err err = FG_OK;
  for (size_t i = 0; !err && i < plan->scenes.n;) {
    struct count sum = {0};
    const char *sync = plan->scenes.scene[i].sync;
    for (; i < plan->scenes.n && plan->scenes.scene[i].sync == sync; i++) {
      sum.visits += count[i].visits;
      sum.wrong += count[i].wrong;
      sum.audited += count[i].audited;
    }
    struct fg_finding f = {.relation = FG_AT_MOST, .samples = sum.visits};
    f.measured = f.low = f.high = (double)sum.wrong;
    snprintf(f.text, sizeof f.text, "%s: hand-offs that are not one by one, or before the block's work is over", sync);
    err = fg_findings_add(findings, &f);
    f.measured = f.low = f.high = (double)sum.audited;
    snprintf(f.text, sizeof f.text, "%s: traces that the audit of every replay rejects", sync);
    if (!err)
      err = fg_findings_add(findings, &f);
  }
  return err;
}

static bool has_owners(const char *spec) {
  struct fg_sync sync;
  return !fg_sync_parse(spec, 0.5, &sync, NULL) && !sync.type->replica;
}

static bool is_owned(const struct fg_explore_scene *scene) {
  return has_owners(scene->sync);
}

static enum fg_err explore(const struct fg_lab *lab, unsigned variant, struct fg_findings *findings,
                           struct fg_fault *fault) {
  static const char *const kept[] = {"a block stays where it came from", "a block stays, seen by visits alone", NULL};
  static const char *const doubled[] = {"a block comes twice", "a block comes twice, round the ring", NULL};
  const unsigned judged = FG_PROPERTY_BIT(OWNERSHIP) | FG_PROPERTY_BIT(DISJOINT);
  struct fg_expeditions x = {0};
  enum fg_err err = variant == REAL ? fg_expeditions_choose(&x, lab, is_owned)
                                    : fg_expeditions_seed(&x, variant == KEPT ? kept : doubled, judged);
  if (!err)
    err = fg_expeditions_run(&x, lab, fault);
  if (!err)
    err = fg_expeditions_report(&x, judged, findings);
  fg_expeditions_free(&x);
  return err;
}

static enum fg_err follow(const struct fg_lab *lab, unsigned variant, struct fg_findings *findings,
                          struct fg_fault *fault) {
  static const uint32_t workers[] = {3, 1, 2, 4, 8, 6, 16, 32};
  size_t n_workers = variant ? 1 : lab->full ? 8 : 5;
  struct plan plan = {.lab = lab, .variant = variant};
  struct count *count = NULL;
  enum fg_err err = fg_scene_data(lab, "additive", fault);
  for (const char *const *sync = fg_scene_syncs; *sync && !err; sync++)
    for (size_t w = 0; w < n_workers && !err && has_owners(*sync); w++)
      err = fg_scenes_add(&plan.scenes, &(struct fg_scene){*sync, "additive", "3", workers[w]});
  if (!err) {
    count = calloc(plan.scenes.n + 1, sizeof *count);
    err = count ? fg_lab_map(lab, plan.scenes.n, count_one, &plan, sizeof *count, count, fault) : FG_ENOMEM;
  }
  if (!err)
    err = report_traces(&plan, count, findings);
  free(count);
  fg_scenes_free(&plan.scenes);
  return err;
}

static enum fg_err measure(const struct fg_lab *lab, unsigned variant, struct fg_findings *findings,
                           struct fg_fault *fault) {
  enum fg_err err = variant == RENUMBERED ? FG_OK : explore(lab, variant, findings, fault);
  if (!err && (variant == REAL || variant == RENUMBERED))
    err = follow(lab, variant, findings, fault);
  return err;
}

const struct fg_claim fg_claim_s3 = {
    .id = "S3",
    .title = "ownership",
    .kind = FG_CLAIM_EXHAUSTIVE,
    .statement = "at any moment each column block is held by one worker (or parked with one steward), or is in one "
                 "parcel; its visits are numbered one by one, and none begins before the work of the last one is over",
    .assumptions = "a strategy that divides data and model; every order of parcels and of work that P = 2, 3, 4 allow "
                   "in one to three epochs; traces of larger simulated runs",
    .source = "Kumar et al. 2014 for strata; ours for ring, nomad and relay",
    .proved = "S3_ownership S3_due_block S3_window S3_end S3_kept_copy S3_strata_end S3_one_ahead "
              "S3_quorum_end",
    .controls =
        (const struct fg_control[]){
            {"kept", "a block that was sent stays with its sender, too"},
            {"doubled", "a block comes twice"},
            {"renumbered", "a trace in which two visits of a block have traded the numbers of their hand-offs"},
            {0}},
    .measure = measure,
};
