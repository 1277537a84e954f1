/* T2. Which share of the workers' time is spent computing, as a ratio of totals (not a mean of ratios). barrier: E[S] /
 * E[max of P draws], since everybody waits for the slowest. fugue computes while it waits: a worker is idle only
 * between its last chunk and the start of its next visit, that is until the next column block is here, which its
 * neighbour sends after a last chunk of its own. Of a sub-epoch of mean length E[max] that is at most the hand-over h
 * and the neighbour's last chunk, in the mean c E[S] of a block's work for chunks of a share c of a block, so that the
 * share is at least 1 - (h + c E[S]) / E[max]; and run by run it is 1 less the times that blocks are late. */
#include "proofs/bounds.h"
#include "proofs/claims.h"
#include "proofs/lab/skewed.h"
#include "proofs/lab/subepochs.h"
#include "proofs/lab/timing.h"

#include "core/rng.h"
#include "core/schedule.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { REAL, IDLE, WHOLE_BLOCK, PER_CHUNK };

/* Only laws with a third moment: of a ratio of heavy-tailed totals no interval can be trusted. */
static const struct {
  const char *spec, *series, *fugue_series;
} laws[] = {{"uniform:lo=0.5,hi=1.5", "barrier, uniform 0.5 to 1.5", "fugue, uniform 0.5 to 1.5"},
            {"shifted-exp:shift=0,mean=1", "barrier, exponential", "fugue, exponential"},
            {"lognormal:sigma=0.5", "barrier, lognormal 0.5", "fugue, lognormal 0.5"}};
static const uint32_t crews[] = {2, 4, 8, 16, 32};
static const unsigned parts[] = {4, 16}; /* chunks of a block; those of 16, only, with barrier */
enum {
  LAWS = sizeof laws / sizeof *laws,
  CREWS = sizeof crews / sizeof *crews,
  PARTS = sizeof parts / sizeof *parts,
  CASES = LAWS * CREWS * (1 + PARTS),
  SIDE = 128, /* blocks of 16 points and more */
  ROUNDS = 384,
  BATCHES_FULL = 16
};

struct plan {
  const struct fg_lab *lab;
  const char *data;
  unsigned variant;
  uint64_t batches;
};

struct run {
  double computing[ROUNDS], time[ROUNDS]; /* of all workers [blocks' work] */
  double late; /* fugue: share of time for which blocks are late, by when their holders sent them */
  double ring; /* most that a transfer between neighbours may differ from its time alone, as a share of time */
  double handover;
};

struct situation {
  size_t law;
  uint32_t workers;
  unsigned parts; /* 0: barrier */
};

static struct situation situation_of(uint64_t i) {
  unsigned kind = (unsigned)(i % (1 + PARTS));
  return (struct situation){i / (1 + PARTS) / CREWS, crews[i / (1 + PARTS) % CREWS], kind ? parts[kind - 1] : 0};
}

/* A worker goes on when it has ended its own visit and its next block, which the neighbour sends when it ends its own,
 * has come: from the ends alone, how long should workers have been idle between visits? */
static enum fg_err idle_by_ends(const struct fg_trace *trace, uint32_t workers, double transfer, double *idle,
                                struct fg_fault *fault) {
  double *end = calloc((size_t)ROUNDS * workers, sizeof *end);
  if (!end)
    return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory for %u workers", workers);
  for (size_t i = 0; i < trace->n; i++)
    end[trace->visit[i].round * workers + trace->visit[i].worker] = trace->visit[i].end_s;
  *idle = 0;
  for (uint64_t r = 0; r + 1 < ROUNDS; r++)
    for (uint32_t p = 0; p < workers; p++) { /* p's block goes to its neighbour on the ring */
      uint32_t to = fg_schedule_next(p, workers);
      *idle += fmax(0, end[r * workers + p] + transfer - end[r * workers + to]);
    }
  free(end);
  return FG_OK;
}

static enum fg_err share_of(const void *self, uint64_t i, void *result, struct fg_fault *fault) {
  const struct plan *plan = self;
  struct situation c = situation_of(i / plan->batches);
  uint64_t block = (uint64_t)SIDE * SIDE / c.workers / c.workers;
  struct run *out = result;
  char law[64];
  snprintf(law, sizeof law, "%s%s", laws[c.law].spec, plan->variant == PER_CHUNK ? ",per=chunk" : "");
  struct fg_timing timing = {.data = plan->data,
                             .side = SIDE,
                             .workers = c.workers,
                             .rounds = ROUNDS,
                             .chunk = plan->variant == WHOLE_BLOCK ? block : block / (c.parts ? c.parts : 16),
                             .sync = !c.parts                ? "barrier"
                                     : plan->variant == IDLE ? "fugue:max=0"
                                                             : "fugue",
                             .straggler = law,
                             .seed = fg_seed_derive(plan->lab->seed, i)};
  struct fg_record record = {.visits = true};
  struct fg_subepoch sub[ROUNDS];
  double transfer = 0, idle = 0, time = 0;
  enum fg_err err;
  struct fg_trial *t = fg_timing_new(&timing, &err, fault);
  if (!err)
    err = fg_trial_simulate(t, &record, NULL, fault);
  if (!err)
    err = fg_subepochs(&record.trace, c.workers, ROUNDS, sub, fault);
  if (!err) {
    double bytes = FG_PARCEL_HEADER + 4.0 * SIDE / c.workers;
    transfer = fg_network_transfer_time(&t->network, bytes);
    out->handover = fg_handover_most(&t->network, c.workers, 8, FG_PARCEL_HEADER, bytes);
    err = idle_by_ends(&record.trace, c.workers, transfer, &idle, fault);
  }
  for (int r = 0; r < ROUNDS && !err; r++) {
    out->computing[r] = sub[r].computing;
    out->time[r] = sub[r].length * c.workers;
    time += out->time[r];
  }
  if (!err) {
    /* the last sub-epoch ends when its last worker does: others may have ended a chunk before; and a transfer may meet
     * a neighbour's acknowledgements and releases */
    out->late = idle / time;
    out->ring = (ROUNDS * c.workers * out->handover) / time;
    for (size_t k = 0; k < record.trace.n; k++)
      if (record.trace.visit[k].round + 1 == ROUNDS)
        out->late += (sub[ROUNDS - 1].start + sub[ROUNDS - 1].length - record.trace.visit[k].end_s) / time;
  }
  fg_record_free(&record);
  fg_trial_delete(t);
  return err;
}

/* Ratio of totals: with r the ratio, the mean of x - r y is 0, and its interval over the mean of y is that of the
 * ratio. x is overwritten. */
static struct fg_interval ratio_of(double *x, const double *y, size_t n, double level) {
  double ratio = fg_interval_ratio(x, y, n, 0.5).estimate, mean = fg_interval_mean(y, n, 0.5).estimate;
  for (size_t i = 0; i < n; i++)
    x[i] = (x[i] - ratio * y[i]) / mean;
  struct fg_interval rest = fg_interval_mean_skewed(x, n, level);
  return (struct fg_interval){ratio, ratio + rest.low, ratio + rest.high};
}

/* Power: the controls take shares of time apart by 0.1 and more (0.85 of 0.95 for two uniform workers, 0.87 of 0.68 for
 * 32), intervals at 1e-8 are 0.03 wide. */
static enum fg_err report_late(const struct run *runs, const struct plan *plan, const struct situation *c,
                               const struct fg_interval *share, struct fg_findings *found) {
  double late = 0, ring = 0, all = 0;
  for (uint64_t b = 0; b < plan->batches; b++) {
    double time = 0;
    for (int r = 0; r < ROUNDS; r++)
      time += runs[b].time[r];
    late += runs[b].late * time;
    ring += runs[b].ring * time;
    all += time;
  }
  /* rounding: clocks of 1e3 s to 1e-13 s at each start and end */
  double slack = ring / all + 1e-12 * ROUNDS;
  struct fg_finding f = {.relation = FG_EQUAL,
                         .bound = 1 - late / all,
                         .measured = share->estimate,
                         .low = share->estimate - slack,
                         .high = share->estimate + slack,
                         .samples = ROUNDS * plan->batches};
  snprintf(f.text, sizeof f.text, "%s, P = %u, chunks of 1/%u block: share of time computing, by when blocks come",
           laws[c->law].fugue_series, c->workers, c->parts);
  return fg_findings_add(found, &f);
}

static enum fg_err judge(const struct run *runs, const struct plan *plan, size_t which, double *x, double level,
                         struct fg_findings *found, struct fg_fault *fault) {
  struct situation c = situation_of(which);
  size_t n = ROUNDS * plan->batches;
  double one[64], *y = x + n, handover = runs->handover;
  struct fg_straggler law;
  enum fg_err err = fg_straggler_parse(laws[c.law].spec, c.workers, 0, &law, fault);
  if (err)
    return err;
  for (uint32_t p = 0; p < c.workers; p++)
    one[p] = 1;
  for (uint64_t b = 0; b < plan->batches; b++)
    for (int r = 0; r < ROUNDS; r++) {
      x[b * ROUNDS + (unsigned)r] = runs[b].computing[r];
      y[b * ROUNDS + (unsigned)r] = runs[b].time[r];
    }
  double mean = law.type->mean(&law) * law.scale, longest = fg_bound_slowest(&law, one, c.workers);
  struct fg_interval share = ratio_of(x, y, n, level);
  struct fg_finding f = {.relation = c.parts ? FG_AT_LEAST : FG_EQUAL,
                         .bound = c.parts ? 1 - (handover + mean / c.parts) / longest : mean / longest,
                         .measured = share.estimate,
                         .low = share.low,
                         .high = share.high * (1 + 2 * handover / longest), /* without the hand-over of each */
                         .samples = n,
                         .panel = c.parts ? c.parts == parts[0] ? 1 : 2 : 0,
                         .series = c.parts ? laws[c.law].fugue_series : laws[c.law].series,
                         .x = c.workers};
  snprintf(f.text, sizeof f.text, "%s, P = %u: share of time computing", f.series, c.workers);
  if (c.parts)
    snprintf(f.text, sizeof f.text, "%s, P = %u, chunks of 1/%u block: share of time computing", f.series, c.workers,
             c.parts);
  err = fg_findings_add(found, &f);
  fg_straggler_free(&law);
  return err || !c.parts ? err : report_late(runs, plan, &c, &share, found);
}

static enum fg_err measure(const struct fg_lab *lab, unsigned variant, struct fg_findings *found,
                           struct fg_fault *fault) {
  char data[FG_PATH_MAX];
  size_t n = variant ? CASES / LAWS : CASES; /* a control is seen by one law as well as by all */
  struct plan plan = {lab, data, variant, lab->full ? BATCHES_FULL : 1};
  struct run *runs = calloc(n * plan.batches, sizeof *runs);
  double *x = malloc(2 * plan.batches * ROUNDS * sizeof *x);
  enum fg_err err = runs && x ? FG_OK : FG_ENOMEM;
  if (!err)
    err = fg_lab_data(lab, "additive:rows=128,cols=128,nnz=16384", 1, data, fault);
  if (!err)
    err = fg_lab_map(lab, n * plan.batches, share_of, &plan, sizeof *runs, runs, fault);
  for (size_t i = 0; i < n && !err; i++)
    err = judge(runs + i * plan.batches, &plan, i, x, lab->level / CASES, found, fault);
  free(runs);
  free(x);
  return err;
}

const struct fg_claim fg_claim_t2 = {
    .id = "T2",
    .title = "share of time computing",
    .kind = FG_CLAIM_STATISTICAL,
    .statement =
        "as ratios of totals: barrier computes for E[S] / E[max of P draws] of the time; fugue for 1 less what "
        "blocks are late by, which is at most the hand-over h and a last chunk (a share c of a block) of the "
        "neighbour, in all at least 1 - (h + c E[S]) / E[max]",
    .assumptions = "equal work, independent draws, one per block, with a third moment; a network whose part is known",
    .source = "ratio of the means of T1",
    .power = 0.99,
    .controls = (const struct fg_control[]){{"idle", "fugue waits idly (max=0)"},
                                            {"whole-block", "a chunk is a block: extra passes are always finished"},
                                            {"per-chunk", "slowness is drawn anew for every chunk of a block"},
                                            {0}},
    .panels =
        (const struct fg_panel[]){{"barrier", "workers P", "share of time computing", true, false},
                                  {"fugue, chunks of 1/4 block", "workers P", "share of time computing", true, false},
                                  {"fugue, chunks of 1/16 block", "workers P", "share of time computing", true, false},
                                  {0}},
    .measure = measure,
};
