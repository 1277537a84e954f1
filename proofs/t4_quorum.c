/* T4. Under a quorum of k of P workers a stratum lasts the k-th smallest of P draws, plus what its late workers need to
 * end the chunk that they are in: with equal work c the mean length lies between c E[S_(k)] and that plus the mean
 * lateness of the last start. Order statistics (David and Nagaraja 2003): E[S_(k)] is the integral over x >= 0 of
 * P(Bin(P, F(x)) < k); Pareto a > 1/(P - k + 1): Gamma(P + 1) Gamma(P - k + 1 - 1/a) / (Gamma(P - k + 1) Gamma(P + 1 -
 * 1/a)).
 *
 * Why: all start within `spread` of the first one, so that the k-th report is due at the earliest c S_(k) after the
 * first start and at the latest as long after the last one. With k > P / 2 two neighbours on the ring have finished in
 * time, and one of them starts the next stratum as soon as it is told. */
#include "proofs/bounds.h"
#include "proofs/claims.h"
#include "proofs/lab/skewed.h"
#include "proofs/lab/subepochs.h"
#include "proofs/lab/tail.h"
#include "proofs/lab/timing.h"

#include "core/rng.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

struct kth {
  const struct fg_straggler *law;
  uint32_t k, workers;
};

/* P(S_(k) > x): fewer than k have finished */
static double not_done(const void *self, double x) {
  const struct kth *s = self;
  double f = s->law->type->cdf(s->law, x / s->law->scale);
  return s->k ? gsl_cdf_binomial_P(s->k - 1, f, s->workers) : 0;
}

double fg_bound_quorum(const struct fg_straggler *law, uint32_t k, uint32_t workers) {
  struct kth s = {law, k, workers};
  if (!law->type->cdf || !law->type->mean)
    return NAN;
  double median = fg_tail_quantile(not_done, &s, 0.5);
  return fg_tail_mean(not_done, &s, median > 0 ? median : 1);
}

/* ---- measurement */

enum { REAL, OFF_BY_ONE, UNCUT };

/* Every S_(k) here has a third moment: (P - k + 1) a > 3. */
static const struct {
  const char *spec, *series;
} laws[] = {{"uniform:lo=0.5,hi=1.5", "uniform 0.5 to 1.5"},
            {"pareto:alpha=1.5", "Pareto 1.5"},
            {"lognormal:sigma=1", "lognormal 1"},
            {"shifted-exp:shift=0,mean=1", "exponential"},
            {"pareto:alpha=3", "Pareto 3"},
            {"pareto:alpha=1.2", "Pareto 1.2"}};

static const struct {
  uint32_t k, workers;
} quorums[] = {{9, 16}, {10, 16}, {11, 16}, {12, 16}, {13, 16}, {14, 16}, {5, 8}, {6, 8}};
enum {
  LAWS = sizeof laws / sizeof *laws,
  CONTROL_LAWS = 2,
  QUORUMS = sizeof quorums / sizeof *quorums,
  SIDE = 256,
  ROUNDS = 384,
  BATCHES_FULL = 16,
};

struct plan {
  const struct fg_lab *lab;
  const char *data;
  unsigned variant;
  uint64_t batches;
};

struct lengths {
  double most[ROUNDS], least[ROUNDS]; /* length of each sub-epoch, and less what lateness and hand-over may be of it */
  double lateness;                    /* the most chunks that a visit ended after the stratum was over */
};

/* How much later than the release did visits end, in chunks? `news`: time of a message or two [s]. */
static double lateness_of(const struct fg_trace *trace, const struct fg_trial *t, const struct fg_subepoch *sub,
                          double chunk_s, double news) {
  double most = 0;
  for (size_t i = 0; i < trace->n; i++) {
    const struct fg_visit *v = &trace->visit[i];
    double over = fmax(sub[v->round].start + sub[v->round].length, v->start_s) + news;
    most = fmax(most, (v->end_s - over) / (chunk_s * fg_timing_draw(t, v->worker, v->round)));
  }
  return most;
}

static enum fg_err lengths_of(const void *self, uint64_t i, void *result, struct fg_fault *fault) {
  const struct plan *plan = self;
  uint64_t which = i / plan->batches;
  uint32_t k = quorums[which % QUORUMS].k, workers = quorums[which % QUORUMS].workers;
  uint64_t block = (uint64_t)SIDE * SIDE / workers / workers;
  struct lengths *out = result;
  char sync[64];
  snprintf(sync, sizeof sync, "quorum:q=%.17g,wait=idle", (double)(plan->variant == OFF_BY_ONE ? k + 1 : k) / workers);
  struct fg_timing timing = {.data = plan->data,
                             .side = SIDE,
                             .workers = workers,
                             .rounds = ROUNDS,
                             .chunk = plan->variant == UNCUT ? block : 1,
                             .sync = sync,
                             .straggler = laws[which / QUORUMS].spec,
                             .seed = fg_seed_derive(plan->lab->seed, i)};
  struct fg_record record = {.visits = true};
  struct fg_subepoch sub[ROUNDS];
  enum fg_err err;
  struct fg_trial *t = fg_timing_new(&timing, &err, fault);
  if (!err)
    err = fg_trial_simulate(t, &record, NULL, fault);
  if (!err)
    err = fg_subepochs(&record.trace, workers, ROUNDS, sub, fault);
  if (!err) {
    double news =
        fg_handover_most(&t->network, workers, workers, FG_PARCEL_HEADER, FG_PARCEL_HEADER + 4.0 * SIDE / workers);
    for (int r = 0; r < ROUNDS; r++) {
      out->most[r] = sub[r].length;
      out->least[r] = sub[r].length - sub[r].spread - news;
    }
    out->lateness = lateness_of(&record.trace, t, sub, 1.0 / (double)block, news);
  }
  fg_record_free(&record);
  fg_trial_delete(t);
  return err;
}

/* Power: one uniform worker more is 0.059 of a sub-epoch of deviation 0.12, ten standard errors of 384 of them; levels
 * of 1e-8 need 6. A chunk that is a block is seen without chance. */

/* ---- judgement */

static enum fg_err judge(const struct lengths *l, const struct plan *plan, size_t which, double *x, double level,
                         struct fg_findings *found, struct fg_fault *fault) {
  uint32_t k = quorums[which % QUORUMS].k, workers = quorums[which % QUORUMS].workers;
  struct fg_straggler law;
  enum fg_err err = fg_straggler_parse(laws[which / QUORUMS].spec, workers, 0, &law, fault);
  if (err)
    return err;
  size_t n = 0;
  double late = 0;
  for (uint64_t b = 0; b < plan->batches; b++)
    for (int r = 0; r < ROUNDS; r++)
      x[n++] = l[b].least[r];
  struct fg_interval least = fg_interval_mean_skewed(x, n, level);
  n = 0;
  for (uint64_t b = 0; b < plan->batches; b++)
    for (int r = 0; r < ROUNDS; r++)
      x[n++] = l[b].most[r];
  struct fg_interval most = fg_interval_mean_skewed(x, n, level);
  for (uint64_t b = 0; b < plan->batches; b++)
    late = fmax(late, l[b].lateness);
  struct fg_finding f = {.relation = FG_EQUAL,
                         .bound = fg_bound_quorum(&law, k, workers),
                         .measured = most.estimate,
                         .low = least.low,
                         .high = most.high,
                         .samples = n,
                         .panel = workers != 16,
                         .series = laws[which / QUORUMS].series,
                         .x = k};
  snprintf(f.text, sizeof f.text, "%s, %u of %u: mean length of a sub-epoch [blocks' work]", f.series, k, workers);
  err = fg_findings_add(found, &f);
  /* rounding: clocks of up to 1e4 s have 2e-12 s, a chunk has 1/1024 s times a draw */
  f = (struct fg_finding){.relation = FG_AT_MOST,
                          .bound = 1,
                          .measured = late,
                          .low = late - 1e-8,
                          .high = late + 1e-8,
                          .samples = n * workers};
  snprintf(f.text, sizeof f.text, "%s, %u of %u: latest end of a visit after its stratum was over [its chunks]",
           laws[which / QUORUMS].series, k, workers);
  fg_straggler_free(&law);
  return err ? err : fg_findings_add(found, &f);
}

static enum fg_err measure(const struct fg_lab *lab, unsigned variant, struct fg_findings *found,
                           struct fg_fault *fault) {
  char data[FG_PATH_MAX];
  size_t n = (variant ? CONTROL_LAWS : LAWS) * QUORUMS; /* a control is seen by some as well as by all */
  struct plan plan = {lab, data, variant, lab->full ? BATCHES_FULL : 1};
  struct lengths *lengths = calloc(n * plan.batches, sizeof *lengths);
  double *x = malloc(plan.batches * ROUNDS * sizeof *x);
  enum fg_err err = lengths && x ? FG_OK : FG_ENOMEM;
  if (!err)
    err = fg_lab_data(lab, "additive:rows=256,cols=256,nnz=65536", 1, data, fault);
  if (!err)
    err = fg_lab_map(lab, n * plan.batches, lengths_of, &plan, sizeof *lengths, lengths, fault);
  for (size_t i = 0; i < n && !err; i++)
    err = judge(lengths + i * plan.batches, &plan, i, x, lab->level / (LAWS * QUORUMS), found, fault);
  free(lengths);
  free(x);
  return err;
}

const struct fg_claim fg_claim_t4 = {
    .id = "T4",
    .title = "waits of a quorum",
    .kind = FG_CLAIM_STATISTICAL,
    .statement = "with a quorum of k of P workers, equal work c and one draw per block a sub-epoch lasts c E[S_(k)] in "
                 "the mean, plus at most the chunks that late workers are in, of which each ends one; S_(k): k-th "
                 "smallest of P draws; Pareto a: Gamma(P + 1) Gamma(P - k + 1 - 1/a) / (Gamma(P - k + 1) Gamma(P + 1 - "
                 "1/a))",
    .assumptions = "independent draws, one per block; k > P / 2; a network whose part is known",
    .source = "order statistics: David and Nagaraja 2003",
    .power = 0.99,
    .controls = (const struct fg_control[]){{"off-by-one", "one worker more must have finished"},
                                            {"uncut", "late workers finish their pass: a chunk is a block"},
                                            {0}},
    .panels =
        (const struct fg_panel[]){{"quorum of 16 workers", "quorum k", "sub-epoch / work of a block", false, true},
                                  {"quorum of 8 workers", "quorum k", "sub-epoch / work of a block", false, true},
                                  {0}},
    .measure = measure,
};
