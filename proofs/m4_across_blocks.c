/* M4. The blocks b, c of a stratum share no parameter. Given the counts of updates, the covariance of their iterates
 * after the stratum is therefore what was there before, contracted: Cov(psi_b, psi_c) -> B_b Cov(psi_b, psi_c) B_c^T,
 * B_b the product of (I - eta_k H_b) over b's updates (additive). No covariance between blocks is new, and in a first
 * stratum from an independent start variances add: the bound across blocks of Kumar et al. 2014. Without the condition
 * Cov_n(E[psi_b | n], E[psi_c | n]) comes on top (law of total covariance), and is not zero: workers that wait for the
 * same release have dependent counts n. Ours.
 *
 * Given the counts: runs that share their slowdowns; the covariance measured after a stratum is compared with the one
 * measured before it, contracted, in the same runs. Without: every run has slowdowns of its own; its exact conditional
 * moments (proofs/lab/moments.h) give what the whole ensemble should have.
 *
 * Power: counts that go together add 0.014 along the way of the mean in the first stratum, of which a half is enough
 * for the controls `shared` and `unrelated`, with a deviation of 0.001. All controls were rejected in 12 of 12
 * repetitions. */
#include "core/rng.h"
#include "proofs/claims.h"
#include "proofs/lab/across.h"

#include <math.h>

enum { REAL, SHARED, COUPLED, UNRELATED };

/* A step that all workers draw together, once per run. */
static void moody(const struct fg_model *model, const struct fg_view *view, const struct fg_point *points, size_t n,
                  float eta) {
  float mood = fg_seed_derive(model->seed_init, 1) & 1 ? 1.25f : 0.75f;
  fg_model_find("additive")->update(model, view, points, n, mood * eta);
}

static void couple(void *self, struct fg_trial *trial) {
  struct fg_model_type *own = self;
  *own = *trial->run.model.type;
  own->update = moody;
  trial->run.model.type = own;
}

/* every run has slowdowns of its own */
static struct fg_ensemble_plan free_plan(const struct fg_lab *lab) {
  return (struct fg_ensemble_plan){.runs = lab->full ? 12000 : 800, .replays = 12, .vary = true};
}

static enum fg_err measure_given(const struct fg_lab *lab, unsigned variant, struct fg_findings *findings,
                                 struct fg_fault *fault) {
  struct fg_model_type kernel;
  struct fg_across x = {0};
  struct fg_ensemble_plan plan = {.runs = lab->full ? 5000 : 500, .replays = 30};
  if (variant == SHARED)
    plan = free_plan(lab);
  if (variant == COUPLED) {
    plan.tamper = couple;
    plan.self = &kernel;
  }
  enum fg_err err = fg_across_prepare(lab, plan, &x, fault);
  if (!err)
    err = fg_across_given(lab, &x, findings, fault);
  fg_across_free(&x);
  return err;
}

static enum fg_err measure_free(const struct fg_lab *lab, unsigned variant, struct fg_findings *findings,
                                struct fg_fault *fault) {
  struct fg_across x = {0};
  const struct fg_ensemble_plan plan = free_plan(lab);
  enum fg_err err = fg_across_prepare(lab, plan, &x, fault);
  if (!err)
    err = fg_across_counted(lab, &x, variant == UNRELATED, findings, fault);
  fg_across_free(&x);
  return err;
}

static enum fg_err measure(const struct fg_lab *lab, unsigned variant, struct fg_findings *findings,
                           struct fg_fault *fault) {
  const struct fg_finding lda = {.text = "covariance across blocks, lda",
                                 .bound = NAN,
                                 .not_applicable = "its updates read a global statistic, which all blocks change"};
  enum fg_err err = variant == UNRELATED ? FG_OK : measure_given(lab, variant, findings, fault);
  if (!err && (variant == REAL || variant == UNRELATED))
    err = measure_free(lab, variant, findings, fault);
  return err || variant != REAL ? err : fg_findings_add(findings, &lda);
}

const struct fg_claim fg_claim_m4 = {
    .id = "M4",
    .title = "across blocks",
    .kind = FG_CLAIM_STATISTICAL,
    .statement =
        "for blocks b, c of one stratum, given the counts of updates: Cov(psi_b, psi_c) after = B_b Cov(psi_b, "
        "psi_c) before B_c^T, B_b the product of (I - eta_k H_b) over b's updates: no covariance is new, and "
        "variances add; without the condition Cov_n(E[psi_b | n], E[psi_c | n]) is added, and is not zero, because "
        "the counts of workers that wait for the same release are dependent",
    .assumptions =
        "additive, sampling with replacement, counts that do not depend on the iterates; no global statistic",
    .source = "Kumar et al. 2014, the bound across blocks; law of total covariance; ours",
    .proved = "M4_given_counts M4_variances_add M4_own_law M4_unconditional M4_counts_add_nothing "
              "M4_shared_release_correlates",
    .power = 0.99,
    .controls =
        (const struct fg_control[]){
            {"shared", "counts vary from run to run and are judged as if they were given"},
            {"coupled", "all workers of a run use a step that was drawn once for the run"},
            {"unrelated", "each worker's counts are those of another run, as if they were independent"},
            {0}},
    .panels =
        (const struct fg_panel[]){
            {"two rows of different blocks, counts given", "sub-epoch", "Cov(u, u')", false, false},
            {"along the way of the mean, counts vary", "sub-epoch", "covariance between blocks", false, false},
            {0}},
    .measure = measure,
};
