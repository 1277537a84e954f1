/* T3. An uncontended transfer takes the latency and bandwidth formula of the network model (sim/network.h); news of a
 * stratum's end takes as many rounds of such transfers as the release tree has levels: up from the last worker, down to
 * everybody. Both are seen in real runs, from the times at which workers go on: under `ring` with two workers one waits
 * for the other's block alone, under `fugue:max=0` everybody for the slowest. */
#include "proofs/claims.h"
#include "proofs/lab/subepochs.h"
#include "proofs/lab/trial.h"

#include "core/steward.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REAL, LATENCY, FLOW, ARITY };

/* ---- transfers */

/* The latency is apart, for the control. */
static const struct {
  const char *series, *rest, *other_flow;
  double latency_us;
} networks[] = {
    {"smpi, 50 us, 1 Gbit/s", "bw=1Gbps,tcp=smpi", "bw=1Gbps,tcp=cm02", 50},
    {"lv08, 50 us, 1 Gbit/s", "bw=1Gbps,tcp=lv08", "bw=1Gbps,tcp=smpi", 50},
    {"cm02, 50 us, 1 Gbit/s", "bw=1Gbps,tcp=cm02", "bw=1Gbps,tcp=lv08", 50},
    {"cm02, 10 ms, 10 Gbit/s", "bw=10Gbps,tcp=cm02", "bw=10Gbps,tcp=lv08", 10000}, /* the window decides */
    {"lv08, backbone", "bw=1Gbps,backbone=100Mbps,backbone_lat=200us,tcp=lv08",
     "bw=1Gbps,backbone=100Mbps,backbone_lat=200us,tcp=cm02", 50},
};

/* A column block of `cols` / 2 columns and that rank: 32 + 2 cols rank bytes, one or more in each class of sizes that
 * smpi knows. */
static const struct {
  unsigned rank, cols;
} blocks[] = {{1, 2},    {8, 2},    {64, 2},   {128, 2},   {256, 2},    {512, 2},   {256, 8},
              {256, 14}, {256, 24}, {256, 64}, {256, 256}, {256, 2048}, {256, 8192}};
enum { NETWORKS = sizeof networks / sizeof *networks, BLOCKS = sizeof blocks / sizeof *blocks, ROUNDS = 8 };

/* ---- release trees */

static const struct {
  const char *series;
  uint32_t arity; /* 0: quorum, whose reports go straight to rank 0 */
} trees[] = {{"chain", 1}, {"arity 2", 2}, {"arity 3", 3}, {"arity 8", 8}, {"direct", 0}};
static const uint32_t crews[] = {2, 3, 5, 8, 9, 16, 24, 33, 64};
enum { TREES = sizeof trees / sizeof *trees, CREWS = sizeof crews / sizeof *crews };

struct plan {
  const struct fg_lab *lab;
  const char (*data)[FG_PATH_MAX]; /* BLOCKS of transfers, then one of trees */
  unsigned variant;
};

/* What was seen of one situation: the least and the greatest, in s (transfers) or in rounds (trees). */
struct seen {
  double bound, low, high;  /* transfer time; rounds until the last worker knows */
  double off_low, off_high; /* trees: of any worker's rounds from those that its place and the slowest's say */
  double bytes;
  uint64_t n;
};

static void widen(double *low, double *high, double x, bool first) {
  *low = first ? x : fmin(*low, x);
  *high = first ? x : fmax(*high, x);
}

static void spell(char *out, size_t size, size_t network, const char *speed, bool claimed, unsigned variant) {
  double latency = networks[network].latency_us * (!claimed && variant == LATENCY ? 1.01 : 1);
  snprintf(out, size, "star:speed=%s,lat=%.17gus,%s", speed, latency,
           !claimed && variant == FLOW ? networks[network].other_flow : networks[network].rest);
}

/* Worker 1 is half as fast as worker 0 and always the last: its block then travels alone, and worker 0 waits for it. */
static void see_transfers(const struct fg_trace *trace, const struct fg_grid *grid, const struct fg_network *claimed,
                          unsigned rank, struct seen *s) {
  double end[ROUNDS] = {0};
  for (size_t i = 0; i < trace->n; i++)
    if (trace->visit[i].worker == 1)
      end[trace->visit[i].round] = trace->visit[i].end_s;
  for (size_t i = 0; i < trace->n; i++) {
    const struct fg_visit *v = &trace->visit[i];
    if (v->worker != 0 || v->round == 0)
      continue;
    s->bytes = FG_PARCEL_HEADER + 4.0 * rank * grid->col[v->col_block].n;
    s->bound = fg_network_transfer_time(claimed, s->bytes);
    widen(&s->low, &s->high, v->start_s - end[v->round - 1], s->n++ == 0);
  }
}

static enum fg_err transfer(const struct plan *plan, size_t network, size_t block, struct seen *s,
                            struct fg_fault *fault) {
  char data[FG_PATH_MAX + 8], model[64], speed[64], net[512], spec[512];
  struct fg_model parsed = {0};
  struct fg_network claimed;
  struct fg_record record = {.visits = true};
  unsigned rank = blocks[block].rank, cols = blocks[block].cols;
  snprintf(data, sizeof data, "data=%s", plan->data[block]);
  snprintf(model, sizeof model, "model=mf:rank=%u", rank);
  enum fg_err err = fg_model_parse(model + strlen("model="), &parsed, fault);
  spell(spec, sizeof spec, network, "1Gf", true, plan->variant);
  if (!err)
    err = fg_network_parse(spec, &claimed, fault);
  if (err)
    return err;
  /* a block's work is ten transfers, so that the fast worker's block has long arrived when the slow one's leaves */
  double most = fg_network_transfer_time(&claimed, FG_PARCEL_HEADER + 2.0 * rank * cols);
  double flops = cols / 2.0 * parsed.type->flops(&parsed) / (10 * most);
  snprintf(speed, sizeof speed, "%.17gf/%.17gf", flops, flops / 2);
  spell(spec, sizeof spec, network, speed, false, plan->variant);
  snprintf(net, sizeof net, "network=%.480s", spec);
  const char *const options[] = {data, model, net, "workers=2", "sync=ring:blocks=1", "epochs=8s", "step=0.001", NULL};
  struct fg_trial *t = fg_trial_new(options, &err, fault);
  if (!err)
    err = fg_trial_simulate(t, &record, NULL, fault);
  if (!err)
    see_transfers(&record.trace, &t->run.grid, &claimed, rank, s);
  fg_record_free(&record);
  fg_trial_delete(t);
  return err;
}

/* Latency 1 ms and links so wide that the window of a flow is all that limits it: flows do not contend. */
#define WIDE "network=star:speed=%gf,lat=%gms,bw=1e15bps,tcp=%s"

static uint32_t depth(uint32_t rank, uint32_t arity) {
  return arity ? fg_tree_levels(rank + 1, arity) : rank > 0;
}

/* The last rank, on the lowest level of the tree, is 50 times slower than the others. */
static enum fg_err slow_last(struct fg_trial *t, struct fg_fault *fault) {
  enum fg_err err = FG_OK;
  uint32_t workers = t->run.job.workers;
  for (uint64_t seed = 0; !err && fg_straggler_factor(&t->straggler, workers - 1, 0) == 1; seed++) {
    fg_straggler_free(&t->straggler);
    t->straggler = (struct fg_straggler){0};
    err = fg_straggler_parse("persistent:hosts=1,factor=50", workers, seed, &t->straggler, fault);
  }
  return err;
}

static void see_rounds(const struct fg_trace *trace, uint32_t workers, uint32_t arity, double message, struct seen *s) {
  double last[ROUNDS] = {0}, known[ROUNDS] = {0};
  for (size_t i = 0; i < trace->n; i++)
    last[trace->visit[i].round] = fmax(last[trace->visit[i].round], trace->visit[i].required_s);
  for (size_t i = 0; i < trace->n; i++) {
    const struct fg_visit *v = &trace->visit[i];
    double rounds = (v->end_s - last[v->round]) / message;
    known[v->round] = fmax(known[v->round], rounds);
    widen(&s->off_low, &s->off_high, rounds - (depth(workers - 1, arity) + depth(v->worker, arity)), i == 0);
  }
  for (int r = 0; r < ROUNDS; r++)
    widen(&s->low, &s->high, known[r], s->n++ == 0);
  s->bound = 2 * depth(workers - 1, arity);
}

static enum fg_err tree(const struct plan *plan, size_t which, size_t crew, struct seen *s, struct fg_fault *fault) {
  char data[FG_PATH_MAX + 8], net[256], claimed_net[256], sync[64], workers[32];
  struct fg_network claimed;
  struct fg_record record = {.visits = true};
  uint32_t arity = trees[which].arity, run = arity && plan->variant == ARITY ? arity + 1 : arity;
  snprintf(data, sizeof data, "data=%s", plan->data[BLOCKS]);
  snprintf(workers, sizeof workers, "workers=%u", crews[crew]);
  snprintf(claimed_net, sizeof claimed_net, WIDE, 1000.0, 1.0, "cm02");
  snprintf(net, sizeof net, WIDE, 1000.0, plan->variant == LATENCY ? 1.01 : 1.0,
           plan->variant == FLOW ? "lv08" : "cm02");
  if (arity)
    snprintf(sync, sizeof sync, "sync=fugue:max=0,arity=%u", run);
  else
    snprintf(sync, sizeof sync, "sync=quorum:q=1,wait=idle");
  const char *const options[] = {
      data, net, sync, workers, "model=additive", "epochs=8s", "step=0.001", "straggler=persistent:hosts=1,factor=50",
      NULL};
  enum fg_err err = fg_network_parse(claimed_net + strlen("network="), &claimed, fault);
  struct fg_trial *t = err ? NULL : fg_trial_new(options, &err, fault);
  if (!err)
    err = slow_last(t, fault);
  if (!err)
    err = fg_trial_simulate(t, &record, NULL, fault);
  if (!err)
    see_rounds(&record.trace, crews[crew], arity, fg_network_transfer_time(&claimed, FG_PARCEL_HEADER), s);
  fg_record_free(&record);
  fg_trial_delete(t);
  return err;
}

static enum fg_err see(const void *self, uint64_t i, void *result, struct fg_fault *fault) {
  struct seen *s = result;
  uint64_t k = i - NETWORKS * BLOCKS;
  enum fg_err err = i < NETWORKS * BLOCKS ? transfer(self, i / BLOCKS, i % BLOCKS, s, fault)
                                          : tree(self, k / CREWS, k % CREWS, s, fault);
  if (s->n == 0) /* what was not seen did not take the time that it should */
    s->low = s->high = NAN;
  return err;
}

/* What the simulator rounds: a flow is over within 1e-12 s of its time (fg_network_configure), its share of a link is
 * known to 1e-9; clocks of up to 1e4 s have 2e-12 s. */
#define SHARE 1e-9
#define CLOCK 1e-11

static enum fg_err report_transfer(size_t i, const struct seen *s, struct fg_findings *found) {
  double slack = SHARE * s->bound + CLOCK;
  struct fg_finding f = {.relation = FG_EQUAL,
                         .bound = s->bound,
                         .measured = fabs(s->low - s->bound) > fabs(s->high - s->bound) ? s->low : s->high,
                         .low = s->low - slack,
                         .high = s->high + slack,
                         .samples = s->n,
                         .series = networks[i / BLOCKS].series,
                         .x = s->bytes};
  snprintf(f.text, sizeof f.text, "%s: transfer of %g B [s]", f.series, s->bytes);
  return fg_findings_add(found, &f);
}

static enum fg_err report_tree(size_t i, const struct seen *s, struct fg_findings *found) {
  /* a message takes 2 ms, and each round rounds anew */
  double slack = (SHARE + CLOCK / 2e-3) * fmax(s->bound, 1);
  uint32_t workers = crews[i % CREWS];
  struct fg_finding f = {.relation = FG_EQUAL,
                         .bound = s->bound,
                         .measured = s->high,
                         .low = s->low - slack,
                         .high = s->high + slack,
                         .samples = s->n,
                         .panel = 1,
                         .series = trees[i / CREWS].series,
                         .x = workers};
  snprintf(f.text, sizeof f.text, "%s, P = %u: transfers from the slowest worker's end until all know", f.series,
           workers);
  enum fg_err err = fg_findings_add(found, &f);
  f.bound = 0;
  f.measured = fabs(s->off_low) > fabs(s->off_high) ? s->off_low : s->off_high;
  f.low = s->off_low - slack;
  f.high = s->off_high + slack;
  f.samples = s->n * workers;
  f.series = NULL;
  snprintf(f.text, sizeof f.text, "%s, P = %u: transfers until a worker knows, less those of its place",
           trees[i / CREWS].series, workers);
  return err ? err : fg_findings_add(found, &f);
}

static enum fg_err generate(const struct fg_lab *lab, char (*data)[FG_PATH_MAX], struct fg_fault *fault) {
  enum fg_err err = FG_OK;
  char spec[64];
  for (size_t b = 0; b < BLOCKS && !err; b++) {
    snprintf(spec, sizeof spec, "additive:rows=2,cols=%u,nnz=%u", blocks[b].cols, 2 * blocks[b].cols);
    err = fg_lab_data(lab, spec, 1, data[b], fault);
  }
  return err ? err : fg_lab_data(lab, "additive:rows=64,cols=64,nnz=4096", 1, data[BLOCKS], fault);
}

static enum fg_err measure(const struct fg_lab *lab, unsigned variant, struct fg_findings *found,
                           struct fg_fault *fault) {
  enum { TRANSFERS = NETWORKS * BLOCKS, ALL = TRANSFERS + TREES * CREWS };
  char data[BLOCKS + 1][FG_PATH_MAX];
  struct plan plan = {lab, (const char(*)[FG_PATH_MAX])data, variant};
  struct seen seen[ALL];
  enum fg_err err = generate(lab, data, fault);
  if (!err)
    err = fg_lab_map(lab, ALL, see, &plan, sizeof *seen, seen, fault);
  for (size_t i = 0; i < ALL && !err; i++)
    err = i < TRANSFERS ? report_transfer(i, &seen[i], found) : report_tree(i - TRANSFERS, &seen[i], found);
  return err;
}

const struct fg_claim fg_claim_t3 = {
    .id = "T3",
    .title = "transfers and releases",
    .kind = FG_CLAIM_EXACT,
    .statement =
        "a transfer that shares no link takes a L + bytes / (b min(B, W / (2 L))), a and b those of the flow "
        "model; the end of a stratum is known to a worker after as many of them as the release tree has levels "
        "between the last worker and rank 0, and between rank 0 and it",
    .assumptions = "star networks; releases: links so wide that messages do not contend",
    .source = "SimGrid's flow models (sim/network.h); trees: ours",
    .controls = (const struct fg_control[]){{"latency", "links have 1 % more latency than the formula is told"},
                                            {"flow", "the simulator plays another flow model"},
                                            {"arity", "nodes of the release tree have one child more"},
                                            {0}},
    .panels = (const struct fg_panel[]){{"a column block on its way", "size [B]", "transfer time [s]", true, true},
                                        {"news of a stratum's end", "workers P", "transfers", true, true},
                                        {0}},
    .measure = measure,
};
