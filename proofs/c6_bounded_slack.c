/* C6. relay with finite slack. Its directory (core/steward/directory.c) grants block q to worker p only if the visits
 * *granted* to the pair so far are fewer than min + slack, min being the least number of *completed* visits of any pair
 * that it has heard of. What it has heard of is never ahead of what is true, so that at every moment of a run
 *   visits of (p, q) that have started <= visits of (p', q') that are complete + slack, for all pairs;
 * completed visits therefore never differ by more than slack, nor do started ones. slack = 1: no block starts its next
 * visit before all blocks have completed as many, each exactly once a round. A visit's step is that of epoch
 * (column block's visits) / P, in which all pairs are within slack of each other, so that step masses become equal, at
 * any speeds, and the limit on `additive` is psi*; with slack = inf fast workers' blocks weigh more. nomad's counts
 * drift apart too, but its step is a function of the block's own visits: under eta_0 / (n + 1) a block visited c times
 * as often gets c times as many steps of a c-th of the size, and the weights come out equal all the same. Ours. Counts
 * are audited by the times of a trace: a visit is complete with its last update (required_s), which is the earliest
 * moment that the directory could hear of it.
 *
 * Power: counts are exact; the limit of unbounded slack is 1 off, the interval's half below 0.2. */
#include "proofs/claims.h"
#include "proofs/lab/fixed_point.h"
#include "proofs/lab/limit.h"

#include "core/rng.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REAL, OFF_BY_ONE, UNBOUNDED, NOMAD };

/* ---- counts at every moment */

enum { WINDOWS = 12, EPOCHS = 24 };

static const struct {
  const char *name, *sync, *straggler;
  unsigned slack; /* 0: none is promised */
  bool drawn;
} cases[] = {{"relay, slack 4", "sync=relay:blocks=4,slack=4", "straggler=persistent:hosts=1,factor=3", 4, true},
             {"relay, slack 1", "sync=relay:blocks=4,slack=1", "straggler=persistent:hosts=1,factor=3", 1, true},
             {"relay, slack 2", "sync=relay:blocks=4,slack=2", "straggler=persistent:hosts=1,factor=3", 2, true},
             {"relay, slack 4, Pareto", "sync=relay:blocks=4,slack=4", "straggler=pareto:alpha=1.2", 4, false},
             {"relay, slack 1, Pareto", "sync=relay:blocks=1,slack=1", "straggler=pareto:alpha=1.2", 1, false},
             {"relay, slack 2, bursts", "sync=relay:blocks=2,slack=2", "straggler=burst:p=0.1,factor=30", 2, false},
             {"relay, slack inf", "sync=relay:blocks=4,slack=inf", "straggler=persistent:hosts=1,factor=3", 0, true},
             {"nomad", "sync=nomad:blocks=4", "straggler=persistent:hosts=1,factor=3", 0, true}};
enum { CASES = sizeof cases / sizeof *cases, PROMISED = CASES - 2 };

/* What a control runs in place of relay. */
static const char *const replaced[] = {[UNBOUNDED] = "sync=relay:blocks=4,slack=inf", [NOMAD] = "sync=nomad:blocks=4"};

struct counts {
  double ahead;           /* most that started visits of a pair are ahead of completed ones of another */
  double spread;          /* of completed visits at the end */
  double window[WINDOWS]; /* ahead, by twelfths of the run's visits */
  double idle;            /* share of the workers' time */
  double visits;
};

struct event {
  double time;
  int order; /* at the same time: completions, starts, completions of visits without points */
  uint32_t pair;
};

static int by_time(const void *a, const void *b) {
  const struct event *x = a, *y = b;
  if (x->time != y->time)
    return x->time < y->time ? -1 : 1;
  return (x->order > y->order) - (x->order < y->order);
}

static uint32_t least_of(const uint32_t *n, size_t pairs) {
  uint32_t least = UINT32_MAX;
  for (size_t i = 0; i < pairs; i++)
    least = n[i] < least ? n[i] : least;
  return least;
}

static void walk(const struct event *event, size_t n, uint32_t *started, uint32_t *done, size_t pairs,
                 struct counts *c) {
  uint32_t least = 0, most = 0;
  for (size_t i = 0, starts = 0; i < n; i++) {
    uint32_t pair = event[i].pair;
    if (event[i].order != 1) {
      if (done[pair]++ == least)
        least = least_of(done, pairs);
      continue;
    }
    double ahead = (double)++started[pair] - least;
    double *window = &c->window[starts++ * WINDOWS / (n / 2)];
    c->ahead = fmax(c->ahead, ahead);
    *window = fmax(*window, ahead);
  }
  for (size_t i = 0; i < pairs; i++)
    most = done[i] > most ? done[i] : most;
  c->spread = most - least;
}

static enum fg_err count(const struct fg_trace *trace, size_t workers, size_t cols, struct counts *c) {
  size_t pairs = workers * cols, n = 2 * trace->n;
  struct event *event = malloc(n * sizeof *event);
  uint32_t *started = calloc(2 * pairs, sizeof *started);
  if (event && started) {
    for (size_t i = 0; i < trace->n; i++) {
      const struct fg_visit *v = &trace->visit[i];
      uint32_t pair = (uint32_t)(v->row_block * cols + v->col_block);
      event[2 * i] = (struct event){v->start_s, 1, pair};
      event[2 * i + 1] = (struct event){v->required_s, v->updates ? 0 : 2, pair};
    }
    qsort(event, n, sizeof *event, by_time);
    walk(event, n, started, started + pairs, pairs, c);
    c->visits = (double)trace->n;
    if (trace->n == 0) /* nothing was audited */
      c->ahead = c->spread = NAN;
  }
  bool room = event && started;
  free(event);
  free(started);
  return room ? FG_OK : FG_ENOMEM;
}

/* relay that grants one visit too many */
struct lenient {
  struct fg_sync_type type;
  struct fg_roving_policy policy;
};

static uint64_t one_more(const struct fg_sync *sync) {
  return fg_sync_find("relay")->roving->slack(sync) + 1;
}

static void be_lenient(void *self, struct fg_trial *trial) {
  struct lenient *l = self;
  struct fg_sync *sync = &trial->run.job.sync;
  l->type = *sync->type;
  l->policy = *sync->type->roving;
  l->policy.slack = one_more;
  l->type.roving = &l->policy;
  sync->type = &l->type;
}

struct audit {
  const struct fg_lab *lab;
  unsigned variant;
  const char *data;
};

static enum fg_err count_one(const void *self, uint64_t i, void *result, struct fg_fault *fault) {
  const struct audit *a = self;
  size_t k = i % CASES;
  bool replaces = a->variant >= UNBOUNDED && cases[k].slack > 0;
  const char *const options[] = {a->data,
                                 replaces ? replaced[a->variant] : cases[k].sync,
                                 cases[k].straggler,
                                 "model=additive",
                                 "workers=8",
                                 "chunk=1",
                                 "seed-data=1",
                                 "eval-every=0",
                                 "epochs=24",
                                 "network=star:speed=1Mf,lat=1us,bw=10Gbps",
                                 NULL};
  struct fg_record record = {.visits = true};
  struct fg_totals totals = {0};
  struct lenient lenient;
  enum fg_err err;
  struct fg_trial *t = fg_trial_new(options, &err, fault);
  uint64_t seed = fg_seed_derive(a->lab->seed, i);
  if (!err && a->variant == OFF_BY_ONE && cases[k].slack > 0)
    be_lenient(&lenient, t);
  if (!err)
    err = fg_trial_reseed(t, &(struct fg_trial_seeds){seed, seed, seed}, fault);
  if (!err)
    err = fg_trial_simulate(t, &record, &totals, fault);
  if (!err)
    err = count(&record.trace, t->run.job.workers, t->run.grid.col_blocks, result);
  if (!err)
    ((struct counts *)result)->idle = 1 - totals.busy_s / (totals.time_s * t->run.job.workers);
  fg_record_free(&record);
  fg_trial_delete(t);
  return err;
}

static enum fg_err add(struct fg_findings *findings, const struct counts *c, enum fg_relation relation, double bound,
                       double measured, size_t k, double x, const char *text) {
  struct fg_finding f = {.relation = relation,
                         .bound = bound,
                         .measured = measured,
                         .low = measured,
                         .high = measured,
                         .samples = (uint64_t)c->visits,
                         .series = x > 0 ? cases[k].name : NULL,
                         .x = x};
  snprintf(f.text, sizeof f.text, "%s: %s", cases[k].name, text);
  return fg_findings_add(findings, &f);
}

static enum fg_err judge_counts(const struct counts *c, size_t k, bool first, struct fg_findings *findings) {
  double slack = cases[k].slack > 0 ? cases[k].slack : NAN;
  enum fg_err err = add(findings, c, FG_AT_MOST, slack, c->ahead, k, 0,
                        "most by which started visits of a block were ahead of completed ones of another");
  if (!err)
    err = add(findings, c, FG_AT_MOST, slack, c->spread, k, 0, "difference of completed visits at the end");
  if (!err && cases[k].slack == 1) /* the run is so many whole rounds */
    err = add(findings, c, FG_EQUAL, 0, c->spread, k, 0, "difference of completed visits after whole rounds");
  if (!err && first && k < 1)
    err = add(findings, c, FG_AT_MOST, NAN, c->idle, k, 0,
              "idle share, one of 8 workers 3 times slower (0.58 if all keep its pace)");
  for (int w = 0; w < WINDOWS && !err && first && cases[k].drawn; w++)
    err = add(findings, c, FG_AT_MOST, slack, c->window[w], k, (w + 1.0) * EPOCHS / WINDOWS,
              "most by which started visits were ahead in a twelfth of the run");
  return err;
}

static enum fg_err measure_counts(const struct fg_lab *lab, unsigned variant, struct fg_findings *findings,
                                  struct fg_fault *fault) {
  char path[FG_PATH_MAX], data[FG_PATH_MAX + 8];
  uint64_t n = (lab->full ? 20 : 1) * (uint64_t)CASES;
  struct counts *c = calloc(n, sizeof *c);
  enum fg_err err = c ? fg_lab_data(lab, "additive:rows=64,cols=64,nnz=3000", 1, path, fault) : FG_ENOMEM;
  snprintf(data, sizeof data, "data=%s", path);
  if (!err)
    err = fg_lab_map(lab, n, count_one, &(struct audit){lab, variant, data}, sizeof *c, c, fault);
  for (uint64_t i = 0; i < n && !err; i++)
    err = judge_counts(&c[i], i % CASES, i < CASES, findings);
  free(c);
  return err;
}

/* ---- the limit */

enum { LIMIT_EPOCHS = 256, MEMBERS = 60, MEMBERS_FULL = 400, RUNS_FULL = 4, WORKERS = 4, COLS = 8, JUDGED = 2 };
#define LIMIT_SYNC "sync=relay:blocks=2,slack="

/* When a run ends its blocks are within slack visits of each other, which moves the iterate by O(slack eta_T): a phase
 * that extrapolation does not remove, since it differs from length to length. The interval (limit.h) includes its usual
 * size, not its largest; as the claim has it, it is less than this share of the bias of unbounded slack. slack = 1 has
 * none: it ends with whole rounds. */
#define PHASE 0.2

struct scene {
  const struct fg_lab *lab;
  const char *data;
  double star[64], axis[64]; /* psi*; that of slack = inf less psi* */
  struct fg_findings *findings;
  struct fg_fault *fault;
};

static enum fg_err run(const struct scene *s, const char *sync, unsigned members, struct fg_limit *limit,
                       struct fg_trial **trial) {
  const char *const options[] = {s->data,
                                 sync,
                                 "straggler=persistent:hosts=1,factor=3",
                                 "model=additive:ridge=1",
                                 "workers=4",
                                 "step=0.4",
                                 "seed-data=1",
                                 "chunk=1",
                                 "network=star:speed=1Mf,lat=1us,bw=10Gbps",
                                 NULL};
  unsigned runs = s->lab->full && members > 1 ? RUNS_FULL : 1;
  const struct fg_limit_plan plan = {
      .options = options, .epochs = LIMIT_EPOCHS, .seed = s->lab->seed, .runs = runs, .replays = members / runs - 1};
  enum fg_err err;
  *trial = fg_trial_new(options, &err, s->fault);
  return err ? err : fg_limit_run(s->lab, &plan, limit, s->fault);
}

static enum fg_err report(const struct scene *s, const char *name, double x, const char *text) {
  struct fg_finding f = {.relation = FG_EQUAL, .bound = NAN, .measured = x, .low = x, .high = x, .samples = 1};
  snprintf(f.text, sizeof f.text, "%s, one of 4 workers 3 times slower: %s", name, text);
  return fg_findings_add(s->findings, &f);
}

static double most_over_least(const double *x, size_t n) {
  double most = 0, least = INFINITY;
  for (size_t i = 0; i < n; i++) {
    most = fmax(most, x[i]);
    least = fmin(least, x[i]);
  }
  return most / least;
}

/* Most over least weight in the second half of a run, at most. Visit k = 0, 1, ... of a pair is to a column block whose
 * visits / P are from k - slack to k + slack; so it counts to the half for certain from k = T/2 + slack to T - slack,
 * and at most from T/2 - slack to T + slack, with steps that differ as much. */
static double weight_ratio(const struct fg_run *run, double slack) {
  double least = 0, most = 0;
  for (double k = LIMIT_EPOCHS / 2.0 + slack; k < LIMIT_EPOCHS - slack; k++)
    least += fg_step_eta(&run->job.steps, (uint64_t)(k + slack));
  for (double k = LIMIT_EPOCHS / 2.0 - slack; k < LIMIT_EPOCHS + slack; k++)
    most += fg_step_eta(&run->job.steps, (uint64_t)(k - slack));
  return most / least;
}

/* A run by the claim of a slack. */
static enum fg_err judge_limit(const struct scene *s, const struct fg_run *run, unsigned slack,
                               const struct fg_limit *limit) {
  double weight[WORKERS * COLS], rest;
  struct fg_interval at;
  enum fg_err err = fg_fixed_point_weights(run, &limit->trace, LIMIT_EPOCHS / 2, weight, s->fault);
  if (!err)
    err = fg_limit_along(limit, s->star, s->axis, s->lab->level / JUDGED, &at, &rest, s->fault);
  if (err)
    return err;
  double ratio = most_over_least(weight, WORKERS * COLS), half = (at.high - at.low) / 2, off = fabs(at.estimate);
  struct fg_finding f = {.relation = FG_AT_MOST,
                         .bound = weight_ratio(run, slack),
                         .measured = ratio,
                         .low = ratio,
                         .high = ratio,
                         .samples = limit->trace.n};
  snprintf(f.text, sizeof f.text, "relay, slack %u, one of 4 workers 3 times slower: most over least weight of a block",
           slack);
  err = fg_findings_add(s->findings, &f);
  f = (struct fg_finding){.relation = FG_AT_MOST,
                          .bound = slack > 1 ? PHASE : 0,
                          .measured = off,
                          .low = fmax(off - half, 0),
                          .high = off + half,
                          .samples = limit->n};
  snprintf(f.text, sizeof f.text,
           "relay, slack %u, one of 4 workers 3 times slower: limit of runs, |distance from psi* along D| (unbounded "
           "slack: 1)",
           slack);
  return err ? err : fg_findings_add(s->findings, &f);
}

/* psi* and D, by the weights of unbounded slack. */
static enum fg_err set_axis(struct scene *s) {
  struct fg_limit limit = {0};
  struct fg_trial *t = NULL;
  double weight[WORKERS * COLS];
  enum fg_err err = run(s, LIMIT_SYNC "inf", 1, &limit, &t);
  if (!err)
    err = fg_fixed_point_weights(&t->run, &limit.trace, LIMIT_EPOCHS / 2, weight, s->fault);
  if (!err)
    err = fg_fixed_point_solve(&t->run, weight, s->axis, s->fault);
  if (!err)
    err = fg_fixed_point_solve(&t->run, NULL, s->star, s->fault);
  for (size_t k = 0; k < limit.size && !err; k++)
    s->axis[k] -= s->star[k];
  if (!err)
    err = report(s, "relay, slack inf", most_over_least(weight, WORKERS * COLS), "most over least weight of a block");
  fg_limit_free(&limit);
  fg_trial_delete(t);
  return err;
}

/* The same run by the claim of `slack`. */
static enum fg_err measure_slack(const struct scene *s, unsigned slack, const char *sync) {
  struct fg_limit limit = {0};
  struct fg_trial *t = NULL;
  enum fg_err err = run(s, sync, s->lab->full ? MEMBERS_FULL : MEMBERS, &limit, &t);
  if (!err)
    err = judge_limit(s, &t->run, slack, &limit);
  fg_limit_free(&limit);
  fg_trial_delete(t);
  return err;
}

/* nomad: visits by each worker in the second half of the time, and their step mass. */
static enum fg_err report_nomad(const struct scene *s) {
  struct fg_limit limit = {0};
  struct fg_trial *t = NULL;
  double visits[WORKERS * COLS] = {0}, late[WORKERS] = {0}, mass[WORKERS] = {0}, end = 0;
  enum fg_err err = run(s, "sync=nomad:blocks=2", 1, &limit, &t);
  for (size_t i = 0; i < limit.trace.n && !err; i++)
    end = fmax(end, limit.trace.visit[i].end_s);
  for (size_t i = 0; i < limit.trace.n && !err; i++) {
    const struct fg_visit *v = &limit.trace.visit[i];
    size_t b = v->row_block * COLS + v->col_block;
    double eta = fg_step_eta(&t->run.job.steps, (uint64_t)visits[b]++);
    if (v->start_s < end / 2)
      continue;
    late[v->row_block]++;
    mass[v->row_block] += eta;
  }
  if (!err)
    err = report(s, "nomad", most_over_least(late, WORKERS),
                 "most over least visits by a worker in the second half of the time");
  if (!err)
    err = report(s, "nomad", most_over_least(mass, WORKERS),
                 "most over least step mass of a worker's blocks in that time, steps being eta_0 / (own visits + 1)");
  fg_limit_free(&limit);
  fg_trial_delete(t);
  return err;
}

static enum fg_err measure_limits(const struct fg_lab *lab, unsigned variant, struct fg_findings *findings,
                                  struct fg_fault *fault) {
  char path[FG_PATH_MAX], data[FG_PATH_MAX + 8];
  enum fg_err err = fg_lab_data(lab, "additive:rows=24,cols=16,nnz=250,noise=1", 1, path, fault);
  snprintf(data, sizeof data, "data=%s", path);
  struct scene s = {.lab = lab, .data = data, .findings = findings, .fault = fault};
  if (!err)
    err = set_axis(&s);
  if (variant == UNBOUNDED)
    return err ? err : measure_slack(&s, 4, LIMIT_SYNC "inf");
  if (!err)
    err = measure_slack(&s, 4, LIMIT_SYNC "4");
  if (!err)
    err = measure_slack(&s, 1, LIMIT_SYNC "1");
  return err ? err : report_nomad(&s);
}

static enum fg_err measure(const struct fg_lab *lab, unsigned variant, struct fg_findings *findings,
                           struct fg_fault *fault) {
  enum fg_err err = measure_counts(lab, variant, findings, fault);
  if (!err && (variant == REAL || variant == UNBOUNDED))
    err = measure_limits(lab, variant, findings, fault);
  return err;
}

const struct fg_claim fg_claim_c6 = {
    .id = "C6",
    .title = "bounded slack",
    .kind = FG_CLAIM_STATISTICAL,
    .statement =
        "under relay:slack=s no block has at any moment more started visits than any other has completed ones plus s; "
        "slack=1: every block exactly once a round. Step masses of blocks become equal at any speeds, and on additive "
        "the limit under eta_0/(t+1) is psi*, up to a phase of O(s eta_T) at the end of a run",
    .assumptions = "counts: none; limit: additive, floor 0, slowdowns that do not depend on the iterates",
    .source = "ours",
    .proved = "C6_bounded C6_level C6_once_a_round C6_equal_shares C6_own_row C6_under_way C6_rise "
              "C6_no_deadlock C6_wrapped_counts C6_off_by_one",
    .power = 0.99,
    .controls =
        (const struct fg_control[]){{"off-by-one", "the directory grants slack + 1"},
                                    {"unbounded", "relay with slack=inf is judged by the claims of finite slack"},
                                    {"nomad", "nomad is judged by relay's counts"},
                                    {0}},
    .panels = (const struct fg_panel[]){{"8 workers, one 3 times slower", "visits of a block, on average",
                                         "most visits ahead of another block", false, false},
                                        {0}},
    .measure = measure,
};
