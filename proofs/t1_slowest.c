/* T1. A sub-epoch of barrier lasts as long as its slowest worker: with one draw S_p per block and work c_p its length,
 * but for the release, is max c_p S_p, whose law is prod F(x / c_p) and whose mean is the integral over x >= 0 of 1 -
 * prod F(x / c_p) (c_p equal: c E[max of P draws]). Order statistics (David and Nagaraja 2003, chapter 2); exponential
 * with mean m: m H_P; Pareto a > 1: Gamma(P + 1) Gamma(1 - 1/a) / Gamma(P + 1 - 1/a). */
#include "proofs/bounds.h"
#include "proofs/claims.h"
#include "proofs/lab/skewed.h"
#include "proofs/lab/subepochs.h"
#include "proofs/lab/tail.h"
#include "proofs/lab/timing.h"

#include "core/rng.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

struct slowest {
  const struct fg_straggler *law;
  const double *cost;
  uint32_t workers;
};

/* P(max <= x) */
static double all_done(const void *self, double x) {
  const struct slowest *s = self;
  double product = 1;
  for (uint32_t p = 0; p < s->workers; p++)
    product *= s->law->type->cdf(s->law, x / s->law->scale / s->cost[p]);
  return product;
}

static double not_done(const void *self, double x) {
  return 1 - all_done(self, x);
}

double fg_bound_slowest(const struct fg_straggler *law, const double *cost, uint32_t workers) {
  struct slowest s = {law, cost, workers};
  if (!law->type->cdf || !law->type->mean)
    return NAN;
  if (isinf(law->type->mean(law)))
    return INFINITY;
  return fg_tail_mean(not_done, &s, law->type->mean(law) * law->scale * cost[0]);
}

/* ---- measurement */

enum { REAL, PER_CHUNK, CORRELATED, SLOWER };

/* How a law is judged. KS: by Kolmogorov and Smirnov's distance to its law, which needs no moments. A law without a
 * third moment has no mean whose interval could be trusted at small levels: its median is judged instead. */
enum how { CONSTANT, DISCRETE, MEAN, MEDIAN };

#define BURST 5.0 /* of the only discrete law, which is otherwise 1 */

static const struct {
  const char *spec, *series;
  enum how how;
  bool unequal; /* also with unequal work */
  bool control; /* also with what is broken */
} laws[] = {
    {"none", "none", CONSTANT, true, false},
    {"uniform:lo=0.5,hi=1.5", "uniform 0.5 to 1.5", MEAN, false, true},
    {"lognormal:sigma=0.5", "lognormal 0.5", MEAN, true, false},
    {"burst:p=0.02,factor=5", "bursts of 5", DISCRETE, false, false},
    {"shifted-exp:shift=0,mean=1", "exponential", MEAN, true, true},
    {"weibull:k=0.7", "Weibull 0.7", MEAN, false, false},
    {"pareto:alpha=3", "Pareto 3", MEDIAN, false, false},
    {"pareto:alpha=2", "Pareto 2", MEDIAN, false, false},
    {"pareto:alpha=1.5", "Pareto 1.5", MEDIAN, true, true},
    {"pareto:alpha=1.2", "Pareto 1.2", MEDIAN, false, false},
};
enum { LAWS = sizeof laws / sizeof *laws, SIDE = 128, MOST_ROUNDS = 2000, BATCHES_FULL = 10, MOST_CASES = 96 };

static const uint32_t crews[] = {1, 2, 4, 8, 16, 32, 64}, control_crews[] = {4, 16};

/* Of hosts that have unequal work, in turn. */
static const double speeds[] = {1, 0.5, 0.25};

struct situation {
  size_t law;
  uint32_t workers;
  bool unequal;
  uint64_t rounds;
};

struct plan {
  const struct fg_lab *lab;
  const char *data;
  unsigned variant;
  const struct situation *situation;
  uint64_t batches;
  double level; /* of one comparison: a control is judged as strictly as what is real */
};

/* a finished run: lengths of sub-epochs, in units of work */
struct lengths {
  double handover; /* that each may be longer, for release and transfers */
  double length[MOST_ROUNDS];
};

/* A law in which all workers have one and the same draw. */
struct joint {
  struct fg_straggler_type type;
  const struct fg_straggler_type *own;
};

static double joint_draw(const struct fg_straggler *s, gsl_rng *rng) {
  const struct joint *joint = (const struct joint *)s->type;
  const struct fg_rng *state = rng->state;
  uint64_t index = (uint64_t)state->counter[3] << 32 | state->counter[2];
  fg_rng_gsl_start(rng, s->seed, FG_STREAM_STRAGGLER, index, 0);
  return joint->own->draw(s, rng);
}

static enum fg_err lengths_of(const void *self, uint64_t i, void *result, struct fg_fault *fault) {
  const struct plan *plan = self;
  const struct situation *c = &plan->situation[i / plan->batches];
  struct lengths *out = result;
  char law[64];
  snprintf(law, sizeof law, "%s%s", laws[c->law].spec, plan->variant == PER_CHUNK ? ",per=chunk" : "");
  struct fg_timing timing = {.data = plan->data,
                             .side = SIDE,
                             .workers = c->workers,
                             .rounds = c->rounds,
                             .chunk = 1,
                             .sync = "barrier",
                             .straggler = law,
                             .speed = c->unequal ? speeds : NULL,
                             .n_speeds = sizeof speeds / sizeof *speeds,
                             .seed = fg_seed_derive(plan->lab->seed, i)};
  struct fg_record record = {.visits = true};
  struct fg_subepoch *sub = calloc(c->rounds, sizeof *sub);
  struct joint joint = {0};
  enum fg_err err = sub ? FG_OK : FG_ENOMEM;
  struct fg_trial *t = err ? NULL : fg_timing_new(&timing, &err, fault);
  if (!err && plan->variant == CORRELATED) {
    joint = (struct joint){*t->straggler.type, t->straggler.type};
    joint.type.draw = joint_draw;
    t->straggler.type = &joint.type;
  }
  if (!err && plan->variant == SLOWER)
    t->straggler.scale *= 1.05;
  if (!err)
    err = fg_trial_simulate(t, &record, NULL, fault);
  if (!err)
    err = fg_subepochs(&record.trace, c->workers, c->rounds, sub, fault);
  if (!err)
    out->handover =
        2 * fg_handover_most(&t->network, c->workers, 8, FG_PARCEL_HEADER, FG_PARCEL_HEADER + 4.0 * SIDE / c->workers);
  for (uint64_t r = 0; r < c->rounds && !err; r++)
    out->length[r] = sub[r].length;
  if (joint.own)
    t->straggler.type = joint.own; /* the joint one ends here */
  fg_record_free(&record);
  fg_trial_delete(t);
  free(sub);
  return err;
}

/* ---- judgement */

struct sample {
  double *x, handover; /* x: n lengths, sorted by some judges; each may be longer by so much */
  size_t n;
};

static double ks(const struct sample *s, const struct slowest *law, double less) {
  double *x = malloc(s->n * sizeof *x), distance = NAN;
  if (x) {
    for (size_t i = 0; i < s->n; i++)
      x[i] = s->x[i] - less;
    distance = fg_ks_distance(x, s->n, all_done, law);
  }
  free(x);
  return distance;
}

static enum fg_err judge_distance(const struct sample *s, const struct slowest *law, double level, const char *name,
                                  struct fg_findings *found) {
  double early = ks(s, law, s->handover), late = ks(s, law, 0);
  struct fg_finding f = {.relation = FG_AT_MOST,
                         .bound = fg_ks_critical(s->n, level),
                         .measured = late,
                         .low = fmin(early, late),
                         .high = fmax(early, late),
                         .samples = s->n};
  snprintf(f.text, sizeof f.text, "%s: Kolmogorov's distance of lengths to the law of the slowest", name);
  return fg_findings_add(found, &f);
}

static struct fg_interval interval_of(const struct sample *s, enum how how, double level) {
  if (how == CONSTANT) {
    struct fg_interval all = {s->x[0], s->x[0], s->x[0]};
    for (size_t i = 1; i < s->n; i++) {
      all.low = fmin(all.low, s->x[i]);
      all.high = fmax(all.high, s->x[i]);
    }
    return all;
  }
  if (how == DISCRETE) { /* 1 or BURST: a matter of how often */
    uint64_t slow = 0;
    struct fg_interval mean = fg_interval_mean(s->x, s->n, 0.5);
    for (size_t i = 0; i < s->n; i++)
      slow += s->x[i] > (1 + BURST) / 2;
    struct fg_interval share = fg_interval_proportion(slow, s->n, level);
    return (struct fg_interval){mean.estimate, mean.estimate + (BURST - 1) * (share.low - share.estimate),
                                mean.estimate + (BURST - 1) * (share.high - share.estimate)};
  }
  return how == MEDIAN ? fg_interval_quantile(s->x, s->n, 0.5, level) : fg_interval_mean_skewed(s->x, s->n, level);
}

static enum fg_err judge(const struct sample *s, const struct situation *c, const struct fg_straggler *law,
                         double level, struct fg_findings *found) {
  double cost[64];
  char name[80];
  enum how how = laws[c->law].how;
  struct slowest slowest = {law, cost, c->workers};
  for (uint32_t p = 0; p < c->workers; p++)
    cost[p] = c->unequal ? 1 / speeds[p % 3] : 1;
  snprintf(name, sizeof name, "%s, %sP = %u", laws[c->law].series, c->unequal ? "unequal work, " : "", c->workers);
  struct fg_interval i = interval_of(s, how, level);
  struct fg_finding f = {.relation = FG_EQUAL,
                         .measured = i.estimate,
                         .low = i.low - s->handover,
                         .high = i.high,
                         .samples = s->n,
                         .panel = how == MEDIAN,
                         .series = c->unequal ? NULL : laws[c->law].series,
                         .x = c->workers};
  if (how == CONSTANT)
    f.bound = cost[c->workers < 3 ? c->workers - 1 : 2];
  else if (how == MEDIAN)
    f.bound = fg_tail_quantile(not_done, &slowest, 0.5);
  else
    f.bound = fg_bound_slowest(law, cost, c->workers);
  if (how == CONSTANT) { /* rounding: 2^-53 of clocks up to MOST_ROUNDS 4, in a few places */
    f.low -= 1e-11;
    f.high += 1e-11;
  }
  snprintf(f.text, sizeof f.text, "%s: %s of a sub-epoch [blocks' work]", name,
           how == CONSTANT ? "length"
           : how == MEDIAN ? "median length"
                           : "mean length");
  enum fg_err err = fg_findings_add(found, &f);
  return err || how == CONSTANT || how == DISCRETE ? err : judge_distance(s, &slowest, level, name, found);
}

static enum fg_err judge_all(const struct plan *plan, size_t n, const struct lengths *lengths,
                             struct fg_findings *found, struct fg_fault *fault) {
  double *x = malloc(plan->batches * MOST_ROUNDS * sizeof *x);
  enum fg_err err = x ? FG_OK : FG_ENOMEM;
  for (size_t k = 0; k < n && !err; k++) {
    const struct situation *c = &plan->situation[k];
    struct sample s = {x, lengths[k * plan->batches].handover, 0};
    for (uint64_t b = 0; b < plan->batches; b++)
      for (uint64_t r = 0; r < c->rounds; r++)
        x[s.n++] = lengths[k * plan->batches + b].length[r];
    struct fg_straggler law;
    err = fg_straggler_parse(laws[c->law].spec, c->workers, 0, &law, fault);
    if (!err) {
      err = judge(&s, c, &law, plan->level, found);
      fg_straggler_free(&law);
    }
  }
  free(x);
  return err;
}

/* The weakest control is SLOWER: of 16 uniform draws the largest is 1.44 with a deviation of 0.055, so that 5 % are 42
 * standard errors of 1,024 sub-epochs; levels of 1e-8 need 6, a power of 0.99 another 2.4. */

/* Sub-epochs of a run: the more workers the fewer, at about equal cost. */
static uint64_t rounds_of(uint32_t workers) {
  return workers <= 16 ? 1024 : workers <= 32 ? 512 : 256;
}

static size_t list(unsigned variant, struct situation *out) {
  const uint32_t *crew = variant ? control_crews : crews;
  size_t n = 0, sizes = variant ? sizeof control_crews / sizeof *crew : sizeof crews / sizeof *crew;
  for (size_t l = 0; l < LAWS; l++)
    for (size_t k = 0; k < sizes && (variant == REAL || laws[l].control); k++)
      out[n++] = (struct situation){l, crew[k], false, rounds_of(crew[k])};
  for (size_t l = 0; l < LAWS && variant == REAL; l++)
    if (laws[l].unequal)
      out[n++] = (struct situation){l, 8, true, rounds_of(8)};
  return n;
}

static enum fg_err measure(const struct fg_lab *lab, unsigned variant, struct fg_findings *found,
                           struct fg_fault *fault) {
  char data[FG_PATH_MAX];
  struct situation situation[MOST_CASES];
  struct plan plan = {lab, data, variant, situation, lab->full ? BATCHES_FULL : 1, 0};
  plan.level = lab->level / (2.0 * (double)list(REAL, situation));
  size_t n = list(variant, situation);
  struct lengths *lengths = calloc(n * plan.batches, sizeof *lengths);
  enum fg_err err = lengths ? FG_OK : FG_ENOMEM;
  if (!err)
    err = fg_lab_data(lab, "additive:rows=128,cols=128,nnz=16384", 1, data, fault);
  if (!err)
    err = fg_lab_map(lab, n * plan.batches, lengths_of, &plan, sizeof *lengths, lengths, fault);
  if (!err)
    err = judge_all(&plan, n, lengths, found, fault);
  free(lengths);
  return err;
}

const struct fg_claim fg_claim_t1 = {
    .id = "T1",
    .title = "the slowest of a sub-epoch",
    .kind = FG_CLAIM_STATISTICAL,
    .statement =
        "with one draw S_p per block and work c_p a sub-epoch of barrier lasts max c_p S_p and the release: its "
        "law is prod F(x / c_p), its mean the integral over x >= 0 of 1 - prod F(x / c_p); with equal work c, "
        "S exponential with mean m: c m H_P; Pareto a > 1: c Gamma(P + 1) Gamma(1 - 1/a) / Gamma(P + 1 - 1/a)",
    .assumptions =
        "independent draws, one per block; a network whose part is known (here below 1e-4 of a block's work)",
    .source = "order statistics: David and Nagaraja 2003, chapter 2",
    .power = 0.99,
    .controls = (const struct fg_control[]){{"per-chunk", "slowness is drawn anew for every chunk of a block"},
                                            {"correlated", "all workers have the same draw"},
                                            {"slower", "draws are 5 % larger than the law's"},
                                            {0}},
    .panels = (const struct fg_panel[]){{"mean, laws with a third moment", "workers P", "sub-epoch / work of a block",
                                         true, true},
                                        {"median, heavy tails", "workers P", "sub-epoch / work of a block", true, true},
                                        {0}},
    .measure = measure,
};
