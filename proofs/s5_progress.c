/* S5. With live workers no reachable state is a deadlock, and every run ends after its epochs. In every order that few
 * workers allow: no state from which nothing can happen but the end where all have stopped and nothing is on its way,
 * and none that comes again, so that no run goes on for ever. And by simulation: every strategy on 1 to 9 workers. */
#include "proofs/claims.h"
#include "proofs/lab/explored.h"
#include "proofs/lab/scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { REAL, LOST, UNTOLD, AGAIN, DEAF };

enum { CPU_LIMIT = 60 }; /* of a simulated run, which takes some 10 ms [s] */

struct plan {
  const struct fg_lab *lab;
  unsigned variant;
  struct fg_scenes scenes;
};

/* How a run came out. */
struct end {
  bool ended;
  uint64_t visits, due;
};

/* one run, in a process of its own */
struct single {
  const struct plan *plan;
  const struct fg_scene *scene;
};

/* Control: a stratum is over when one more worker has reported than there are. */
static uint32_t all_and_one(const struct fg_sync *sync, uint32_t workers) {
  (void)sync;
  return workers + 1;
}

static enum fg_err play(const void *self, uint64_t i, void *result, struct fg_fault *fault) {
  const struct single *single = self;
  struct end *end = result;
  struct fg_record record = {.visits = true};
  struct fg_sync_type deaf;
  struct fg_strata_policy policy;
  enum fg_err err;
  (void)i;
  setrlimit(RLIMIT_CPU, &(struct rlimit){CPU_LIMIT, CPU_LIMIT}); /* one that never ends is ended */
  struct fg_trial *t = fg_scene_trial(single->plan->lab, single->scene, &err, fault);
  if (err)
    return err;
  if (single->plan->variant == DEAF) {
    if (!freopen("/dev/null", "w", stderr)) /* the simulator says at length what this is about */
      return fg_fail(fault, FG_EIO, "/dev/null", 0, "cannot be opened");
    deaf = *t->run.job.sync.type;
    policy = *deaf.strata;
    policy.quorum = all_and_one;
    deaf.strata = &policy;
    t->run.job.sync.type = &deaf;
  }
  end->due = t->run.job.rounds * t->run.job.workers;
  err = fg_trial_simulate(t, &record, NULL, fault);
  end->ended = !err;
  end->visits = record.trace.n;
  fg_record_free(&record);
  fg_trial_delete(t);
  return err == FG_EPROTOCOL ? FG_OK : err; /* a refused parcel, or rounds that are missing: a run that fails */
}

static enum fg_err play_one(const void *self, uint64_t i, void *result, struct fg_fault *fault) {
  const struct plan *plan = self;
  struct fg_lab own = *plan->lab;
  struct single single = {plan, &plan->scenes.scene[i]};
  own.jobs = 1;
  own.progress = NULL;
  enum fg_err err = fg_lab_map(&own, 1, play, &single, sizeof(struct end), result, fault);
  return err == FG_EPEER ? FG_OK : err; /* it has died: a deadlock ends the simulator, endless work its time */
}

static enum fg_err report_runs(const struct plan *plan, const struct end *ends, struct fg_findings *findings) {
  enum fg_err err = FG_OK;
  for (size_t i = 0; !err && i < plan->scenes.n;) {
    const char *sync = plan->scenes.scene[i].sync;
    uint64_t runs = 0, stuck = 0, visits = 0, apart = 0;
    for (; i < plan->scenes.n && plan->scenes.scene[i].sync == sync; i++, runs++) {
      const struct end *e = &ends[i];
      stuck += !e->ended;
      visits += e->visits;
      apart += e->visits > e->due ? e->visits - e->due : e->due - e->visits;
    }
    struct fg_finding f = {.relation = FG_AT_MOST, .samples = runs};
    f.measured = f.low = f.high = (double)stuck;
    snprintf(f.text, sizeof f.text, "%s, P up to 9: simulated runs that do not come to their end", sync);
    err = fg_findings_add(findings, &f);
    f.samples = visits;
    f.measured = f.low = f.high = (double)apart;
    snprintf(f.text, sizeof f.text, "%s, P up to 9: visits too many or too few", sync);
    if (!err)
      err = fg_findings_add(findings, &f);
  }
  return err;
}

static enum fg_err simulate(const struct fg_lab *lab, unsigned variant, struct fg_findings *findings,
                            struct fg_fault *fault) {
  static const char *const models[] = {"mf:rank=4", "lda:topics=4"};
  struct plan plan = {.lab = lab, .variant = variant};
  struct end *ends = NULL;
  enum fg_err err = FG_OK;
  for (size_t m = 0; m < (lab->full && !variant ? 2 : 1) && !err; m++)
    err = fg_scene_data(lab, models[m], fault);
  for (const char *const *sync = fg_scene_syncs; *sync && !err; sync++)
    for (size_t m = 0; m < (lab->full && !variant ? 2 : 1) && !err; m++)
      for (uint32_t workers = 1; workers <= 9 && !err; workers++) {
        struct fg_scene scene = {*sync, models[m], "2", workers};
        if (variant != DEAF || (workers == 4 && strncmp(*sync, "quorum", 6) == 0))
          err = fg_scenes_add(&plan.scenes, &scene);
      }
  if (!err) {
    ends = calloc(plan.scenes.n + 1, sizeof *ends);
    err = ends ? fg_lab_map(lab, plan.scenes.n, play_one, &plan, sizeof *ends, ends, fault) : FG_ENOMEM;
  }
  if (!err)
    err = report_runs(&plan, ends, findings);
  free(ends);
  fg_scenes_free(&plan.scenes);
  return err;
}

static enum fg_err explore(const struct fg_lab *lab, unsigned variant, struct fg_findings *findings,
                           struct fg_fault *fault) {
  static const char *const faults[][2] = {
      [LOST] = {"a release is lost"}, [UNTOLD] = {"the end is not told"}, [AGAIN] = {"work is lost again and again"}};
  const unsigned judged =
      FG_PROPERTY_BIT(PROTOCOL) | FG_PROPERTY_BIT(DEADLOCK) | FG_PROPERTY_BIT(STOP) | FG_PROPERTY_BIT(COVER);
  struct fg_expeditions x = {0};
  enum fg_err err =
      variant == REAL ? fg_expeditions_choose(&x, lab, NULL) : fg_expeditions_seed(&x, faults[variant], judged);
  if (!err)
    err = fg_expeditions_run(&x, lab, fault);
  if (!err)
    err = fg_expeditions_report(&x, judged, findings);
  fg_expeditions_free(&x);
  return err;
}

static enum fg_err measure(const struct fg_lab *lab, unsigned variant, struct fg_findings *findings,
                           struct fg_fault *fault) {
  enum fg_err err = variant == DEAF ? FG_OK : explore(lab, variant, findings, fault);
  if (!err && (variant == REAL || variant == DEAF))
    err = simulate(lab, variant, findings, fault);
  return err;
}

const struct fg_claim fg_claim_s5 = {
    .id = "S5",
    .title = "progress",
    .kind = FG_CLAIM_EXHAUSTIVE,
    .statement = "with live workers no reachable state is a deadlock, no state comes again, and every run ends after "
                 "its epochs with all machines stopped and nothing on its way",
    .assumptions =
        "no process dies and no parcel is lost; every order of parcels and of work that P = 2, 3, 4 allow in "
        "one to three epochs; simulated runs of every strategy on 1 to 9 workers",
    .source = "ours",
    .proved = "S5_tree S5_tree_root S5_ring_no_deadlock S5_ring_terminates S5_strata_no_deadlock "
              "S5_strata_terminates S5_release_waits S5_no_refusal S5_strata_live S5_without_polling "
              "S5_quorum_no_deadlock S5_quorum_terminates S5_quorum_live S5_quorum_waits S5_quorum_no_refusal "
              "S5_quorum_of_more S5_ssp_no_deadlock S5_ssp_terminates",
    .controls = (const struct fg_control[]){{"lost", "a release is dropped"},
                                            {"untold", "relay: a worker is not told that the run is over"},
                                            {"again", "ring: the work of a visit is lost whenever it was made"},
                                            {"deaf", "quorum: a stratum waits for one report more than there are"},
                                            {0}},
    .measure = measure,
};
