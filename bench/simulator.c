/* Group `simulator`: what simulating costs beside the arithmetic: CPU time for every sub-epoch of every worker, of
 * setting up, and memory. Every repetition is a run in a process of its own (SimGrid's engine starts once in a
 * process). */
#include "bench/bench.h"
#include "bench/child.h"

#include "proofs/lab/trial.h"
#include "sim/stage.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct kind {
  const char *name, *sync;
  uint32_t most; /* workers */
} kinds[] = {
    {"barrier", "barrier", 4096},
    {"fugue", "fugue", 4096},
    {"relay", "relay", 1024},
    {"psgd", "psgd:every=0", 64}, /* averages after every sub-epoch: 2 (P - 1) messages of each worker */
};
enum { KINDS = sizeof kinds / sizeof kinds[0] };
static const uint32_t workers[] = {16, 64, 256, 1024, 4096};
enum { WORKERS = sizeof workers / sizeof workers[0] };

/* of a block: parcels of 100 KB at rank 32, 5 ms of work at 1 Gf */
enum { ROWS = 1000, COLS = 800, POINTS = 20000 };

static uint32_t most_workers(enum fg_bench_size size) {
  return size == FG_BENCH_FULL ? 4096 : size == FG_BENCH_QUICK ? 256 : 16;
}

static bool choose(enum fg_bench_size size, size_t i, size_t *kind, uint32_t *p) {
  for (*kind = 0; *kind < KINDS; ++*kind)
    for (size_t w = 0; w < WORKERS; w++) {
      *p = workers[w];
      if (*p <= kinds[*kind].most && *p <= most_workers(size) && i-- == 0)
        return true;
    }
  return false;
}

static bool name_case(enum fg_bench_size size, size_t i, char *out) {
  size_t kind;
  uint32_t p;
  if (!choose(size, i, &kind, &p))
    return false;
  snprintf(out, FG_BENCH_NAME, "%s/%u", kinds[kind].name, p);
  return true;
}

struct simulator {
  struct fg_trial *trial;
  /* of one run */
  uint64_t visits;
  double start, first, last; /* CPU time: before, and when the first round and the last were over [s] */
};

static void release(void *state) {
  struct simulator *s = state;
  if (s)
    fg_trial_delete(s->trial);
  free(s);
}

static enum fg_err prepare(enum fg_bench_size size, size_t i, void **state, struct fg_fault *fault) {
  struct simulator *s = *state = calloc(1, sizeof *s);
  char data[128], workers_text[32], sync[64], epochs[32];
  size_t kind;
  uint32_t p;
  struct fg_sync of;
  if (!s || !choose(size, i, &kind, &p))
    return FG_ENOMEM;
  enum fg_err err = fg_sync_parse(kinds[kind].sync, 1, &of, fault);
  if (err)
    return err;
  uint64_t blocks = (uint64_t)p * fg_sync_blocks(&of), most = kinds[kind].most < 4096 ? 1024 : 16384;
  snprintf(data, sizeof data, "data=counted:rows=%" PRIu64 ",cols=%" PRIu64 ",nnz=%" PRIu64, (uint64_t)ROWS * p,
           COLS * blocks, POINTS * p * blocks);
  snprintf(workers_text, sizeof workers_text, "workers=%u", p);
  snprintf(sync, sizeof sync, "sync=%s", kinds[kind].sync);
  snprintf(epochs, sizeof epochs, "epochs=%" PRIu64 "s", size == FG_BENCH_TINY ? 2 : most / p > 8 ? most / p : 8);
  const char *const options[] = {data,           workers_text,   sync, epochs, "straggler=pareto:alpha=1.5",
                                 "compute=none", "eval-every=0", NULL};
  s->trial = fg_trial_new(options, &err, fault);
  return err;
}

static enum fg_err visited(void *self, const struct fg_visit *visit, struct fg_fault *fault) {
  struct simulator *s = self;
  (void)visit;
  (void)fault;
  s->visits++;
  s->last = fg_bench_cpu();
  if (s->visits == s->trial->run.job.workers)
    s->first = s->last;
  return FG_OK;
}

enum { COST, SETUP, MEMORY };

static enum fg_err simulate(void *self, double *value, struct fg_fault *fault) {
  struct simulator *s = self;
  const struct fg_sink sink = {.self = s, .visit = visited};
  struct fg_totals totals;
  double workers_d = s->trial->run.job.workers, before = fg_bench_resident();
  s->start = fg_bench_cpu();
  enum fg_err err = fg_sim_run(&s->trial->run, &s->trial->network, &s->trial->straggler, &sink, NULL, &totals, fault);
  value[COST] = (s->last - s->first) / ((double)s->visits - workers_d) * 1e6;
  /* without the first round itself, taken to cost what the others do */
  value[SETUP] = (s->first - s->start) * 1e3 - value[COST] * workers_d * 1e-3;
  value[MEMORY] = (fg_bench_peak() - before) / workers_d / 1024;
  return err;
}

static enum fg_err repeat(void *state, double *value, struct fg_fault *fault) {
  return fg_bench_fork(simulate, state, value, NULL, fault);
}

const struct fg_bench_group fg_bench_simulator = {
    .name = "simulator",
    .summary = "simulating beside the arithmetic; memory",
    .measure = {[COST] = {"cost", "us/(sub-epoch x worker)", true},
                [SETUP] = {"set-up", "ms", true},
                [MEMORY] = {"memory", "KiB/worker", true}},
    .name_case = name_case,
    .prepare = prepare,
    .repeat = repeat,
    .release = release,
};
