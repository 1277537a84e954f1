/* S7. Bytes sent follow the closed form of each strategy exactly: core/traffic.h, from the trace, the job and the sizes
 * of parcels. For strata and for averaging round a ring the closed form is written once more here. */
#include "core/traffic.h"
#include "core/parcel.h"
#include "proofs/claims.h"
#include "proofs/lab/scene.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REAL, WEIGHTS, CHATTY };

struct plan {
  const struct fg_lab *lab;
  unsigned variant;
  struct fg_scenes scenes;
};

struct bytes {
  uint64_t sent, closed, plain; /* plain: by the formula of this file, */
  bool anew;                    /* if it has one for the run */
};

/* Strata: every stratum but the last hands every block on: 4 K M floats' bytes and P headers; each of P - 1 hosts
 * reports and is released once a stratum. */
static uint64_t plain_strata(const struct fg_job *job) {
  uint64_t p = job->workers, h = FG_PARCEL_HEADER, g = job->model->n_stat * sizeof(double);
  uint64_t floats = job->model->rank + (job->model->type->weights ? 1u : 0u);
  if (p == 1)
    return 0;
  return (job->rounds - 1) * (p * h + job->grid->cols * floats * sizeof(float)) + job->rounds * 2 * (p - 1) * (h + g);
}

/* Averaging round a ring: 2 (P - 1) / P of the replica per worker and exchange, in 2 (P - 1) slices. */
static uint64_t plain_ring(const struct fg_job *job, uint64_t exchanges) {
  uint64_t p = job->workers, replica = (uint64_t)job->grid->cols * job->model->rank * sizeof(float);
  return exchanges * 2 * (p - 1) * (replica + p * FG_PARCEL_HEADER);
}

static bool starts(const char *text, const char *with) {
  return strncmp(text, with, strlen(with)) == 0;
}

static enum fg_err weigh_one(const void *self, uint64_t i, void *result, struct fg_fault *fault) {
  const struct plan *plan = self;
  const struct fg_scene *s = &plan->scenes.scene[i];
  struct bytes *b = result;
  struct fg_record record = {.visits = true};
  struct fg_totals totals;
  struct fg_model_type heavier;
  enum fg_err err;
  struct fg_trial *t = fg_scene_trial(plan->lab, s, &err, fault);
  if (err)
    return err;
  const struct fg_job honest = t->run.job;
  struct fg_model model = t->run.model;
  struct fg_job claimed = honest;
  claimed.model = &model;
  if (plan->variant == WEIGHTS) { /* blocks carry weights that no kernel reads */
    heavier = *model.type;
    heavier.weights = true;
    t->run.model.type = &heavier;
  }
  if (plan->variant == CHATTY) /* one round more than is due */
    claimed.rounds -= 1;
  err = fg_trial_simulate(t, &record, &totals, fault);
  if (!err) {
    b->sent = totals.bytes_sent;
    err = fg_traffic(&record.trace, &claimed, &b->closed, fault);
  }
  if (!err) {
    bool strata = starts(s->sync, "barrier") || starts(s->sync, "fugue");
    /* twice a pass: whole rounds where P is even */
    bool ring = starts(s->sync, "psgd:every=0.5,reduce=ring") && s->workers % 2 == 0;
    b->anew = strata || ring;
    b->plain = strata ? plain_strata(&claimed)
               : ring ? plain_ring(&claimed, 2 * claimed.rounds / claimed.grid->col_blocks)
                      : 0;
  }
  fg_record_free(&record);
  fg_trial_delete(t);
  return err;
}

static double apart(uint64_t a, uint64_t b) {
  return a > b ? (double)(a - b) : (double)(b - a);
}

static enum fg_err report(const struct plan *plan, const struct bytes *bytes, struct fg_findings *findings) {
  enum fg_err err = FG_OK;
  for (size_t i = 0; !err && i < plan->scenes.n;) {
    const struct fg_scene *s = &plan->scenes.scene[i];
    double closed = 0, plain = 0;
    uint64_t runs = 0, anew = 0, sent = 0;
    for (; i < plan->scenes.n && plan->scenes.scene[i].sync == s->sync && plan->scenes.scene[i].model == s->model;
         i++, runs++) {
      closed += apart(bytes[i].sent, bytes[i].closed);
      plain += bytes[i].anew ? apart(bytes[i].sent, bytes[i].plain) : 0;
      anew += bytes[i].anew;
      sent += bytes[i].sent;
    }
    struct fg_finding f = {.relation = FG_AT_MOST, .samples = runs};
    f.measured = f.low = f.high = closed;
    snprintf(f.text, sizeof f.text, "%s, %s: bytes that the closed form does not know, of %llu", s->sync, s->model,
             (unsigned long long)sent);
    err = fg_findings_add(findings, &f);
    if (err || anew == 0)
      continue;
    f.samples = anew;
    f.measured = f.low = f.high = plain;
    snprintf(f.text, sizeof f.text, "%s, %s: the same by the formula written anew", s->sync, s->model);
    err = fg_findings_add(findings, &f);
  }
  return err;
}

static enum fg_err measure(const struct fg_lab *lab, unsigned variant, struct fg_findings *findings,
                           struct fg_fault *fault) {
  static const char *const models[] = {"mf:rank=4", "lda:topics=4"};
  static const uint32_t workers[] = {4, 1, 2, 7, 3, 5, 6, 8};
  size_t n_workers = variant ? 1 : lab->full ? 8 : 4;
  struct plan plan = {.lab = lab, .variant = variant};
  struct bytes *bytes = NULL;
  enum fg_err err = FG_OK;
  for (size_t m = 0; m < (variant ? 1 : 2) && !err; m++) {
    err = fg_scene_data(lab, models[m], fault);
    for (const char *const *sync = fg_scene_syncs; *sync && !err; sync++)
      for (size_t w = 0; w < n_workers; w++) {
        struct fg_scene s = {*sync, models[m], "2", workers[w]};
        bool concerned = !variant || starts(*sync, "barrier") ||
                         (variant == WEIGHTS && !starts(*sync, "psgd") && !starts(*sync, "ssp"));
        if (!err && concerned)
          err = fg_scenes_add(&plan.scenes, &s);
      }
  }
  if (!err) {
    bytes = calloc(plan.scenes.n, sizeof *bytes);
    err = bytes ? fg_lab_map(lab, plan.scenes.n, weigh_one, &plan, sizeof *bytes, bytes, fault) : FG_ENOMEM;
  }
  if (!err)
    err = report(&plan, bytes, findings);
  free(bytes);
  fg_scenes_free(&plan.scenes);
  return err;
}

const struct fg_claim fg_claim_s7 = {
    .id = "S7",
    .title = "traffic",
    .kind = FG_CLAIM_EXACT,
    .statement =
        "bytes sent follow the closed form of each strategy (core/traffic.h): strata 4 K M and P headers per "
        "stratum but the last, 2 (P - 1) reports and releases per stratum; averaging round a ring 2 (P - 1) / P "
        "of the replica per worker and exchange",
    .assumptions = "none beyond the sizes of parcels, 32 B of header each",
    .source = "ours; ring all-reduce: Patarasuk and Yuan 2009",
    .controls = (const struct fg_control[]){{"weights", "column blocks carry weights that the model does not read"},
                                            {"chatty", "a run of one round more than its closed form is asked for"},
                                            {0}},
    .measure = measure,
};
