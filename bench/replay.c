/* Group `replay`: a simulated run against a serial replay of the same updates, with blocks of at least a millisecond of
 * work: what the simulator adds to the arithmetic of a realistic run. Both run in processes of their own, in turn. */
#include "bench/bench.h"
#include "bench/child.h"
#include "bench/scratch.h"

#include "core/rng.h"
#include "proofs/lab/trial.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct kind {
  const char *name, *sync, *straggler;
  uint32_t workers, rounds;
} kinds[] = {
    {"barrier/16", "barrier", "none", 16, 16},
    {"barrier/64", "barrier", "none", 64, 4},
    {"fugue/16", "fugue", "uniform:lo=1,hi=2", 16, 16},
    {"fugue/64", "fugue", "uniform:lo=1,hi=2", 64, 4},
};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

/* Of a block: rows and columns, and how many cells there are to a point. At rank 1024 an update of nmf takes almost a
 * microsecond, and the rows of a block fit the second cache. */
enum { LINES = 80, FILLED = 2, RANK = 1024 };

/* P = 64 are 13 M points: not where time is short. */
static bool name_case(enum fg_bench_size size, size_t i, char *out) {
  size_t k = 0;
  for (; k < KINDS; k++)
    if ((kinds[k].workers == 16 || size == FG_BENCH_FULL) && i-- == 0)
      break;
  if (k < KINDS)
    snprintf(out, FG_BENCH_NAME, "%s", kinds[k].name);
  return k < KINDS;
}

struct replay {
  char scratch[FG_BENCH_PATH];
  struct fg_trial *trial;
  struct fg_record record; /* of the first simulation: its order */
  double made;             /* updates of that */
};

static void release(void *state) {
  struct replay *r = state;
  if (r) {
    fg_trial_delete(r->trial);
    fg_record_free(&r->record);
    fg_bench_scratch_close(r->scratch);
  }
  free(r);
}

static enum fg_err write_points(const char *path, uint32_t lines, struct fg_fault *fault) {
  struct fg_points points = {.rows = lines, .cols = lines};
  struct fg_rng rng;
  enum fg_err err = FG_OK;
  fg_rng_start(&rng, 3, FG_STREAM_GENERATE, 0, 0);
  for (uint32_t i = 0; i < lines && !err; i++)
    for (uint32_t j = 0; j < lines && !err; j++)
      if ((i == lines - 1 && j == lines - 1) || fg_rng_below(&rng, FILLED) == 0)
        err = fg_points_push(&points, i, j, (float)(1 + fg_rng_below(&rng, 5)));
  if (!err)
    err = fg_points_write(path, &points, fault);
  fg_points_free(&points);
  return err;
}

static void order_path(const struct replay *r, char *path, size_t size) {
  snprintf(path, size, "%s/order.bin", r->scratch);
}

/* In a child: its order goes to a file. */
static enum fg_err record(void *self, double *value, struct fg_fault *fault) {
  struct replay *r = self;
  char path[FG_BENCH_PATH + 32];
  r->record.order = true;
  struct fg_totals totals;
  enum fg_err err = fg_trial_simulate(r->trial, &r->record, &totals, fault);
  if (err)
    return err;
  value[0] = (double)(totals.updates + totals.extra_updates);
  const struct fg_order *log = &r->record.log;
  order_path(r, path, sizeof path);
  FILE *f = fopen(path, "wb");
  if (!f)
    return fg_fail(fault, FG_EIO, path, 0, "cannot be written");
  err = fg_order_write_header(f);
  for (size_t i = 0; i < log->first[2 * (size_t)log->hosts] && !err; i++)
    err = fg_order_write(f, &log->taken[i]);
  return fclose(f) == 0 ? err : FG_EIO;
}

static enum fg_err prepare(enum fg_bench_size size, size_t i, void **state, struct fg_fault *fault) {
  struct replay *r = *state = calloc(1, sizeof *r);
  char name[FG_BENCH_NAME], data[FG_BENCH_PATH + 32], order[FG_BENCH_PATH + 32];
  const struct kind *kind = kinds;
  if (!r || !name_case(size, i, name))
    return FG_ENOMEM;
  while (strcmp(kind->name, name) != 0)
    kind++;
  const bool tiny = size == FG_BENCH_TINY;
  char workers[32], sync[64], straggler[64], epochs[32], model[32];
  enum fg_err err = fg_bench_scratch_open(r->scratch, fault);
  snprintf(data, sizeof data, "data=%s/points.txt", r->scratch);
  if (!err)
    err = write_points(data + 5, kind->workers * (tiny ? 4 : LINES), fault);
  snprintf(workers, sizeof workers, "workers=%u", kind->workers);
  snprintf(sync, sizeof sync, "sync=%s", kind->sync);
  snprintf(straggler, sizeof straggler, "straggler=%s", kind->straggler);
  snprintf(epochs, sizeof epochs, "epochs=%us", tiny ? 2 : kind->rounds);
  snprintf(model, sizeof model, "model=nmf:rank=%d", tiny ? 16 : RANK);
  const char *const options[] = {data, workers, sync, straggler, epochs, model, "eval-every=0", NULL};
  if (!err)
    r->trial = fg_trial_new(options, &err, fault);
  double value[FG_BENCH_MEASURES] = {0};
  if (!err)
    err = fg_bench_fork(record, r, value, NULL, fault);
  r->made = value[0];
  order_path(r, order, sizeof order);
  return err ? err : fg_order_read(order, kind->workers, &r->record.log, fault);
}

enum { RATIO, SIMULATED, REPLAYED, BLOCK };

static enum fg_err check(const struct replay *r, const struct fg_totals *totals, struct fg_fault *fault) {
  double made = (double)(totals->updates + totals->extra_updates);
  return made == r->made ? FG_OK
                         : fg_fail(fault, FG_MISMATCH, NULL, 0, "%.0f updates where there were %.0f", made, r->made);
}

static enum fg_err simulate(void *self, double *value, struct fg_fault *fault) {
  struct replay *r = self;
  struct fg_totals totals;
  double start = fg_bench_cpu();
  enum fg_err err = fg_trial_simulate(r->trial, NULL, &totals, fault);
  value[SIMULATED] = fg_bench_cpu() - start;
  return err ? err : check(r, &totals, fault);
}

static enum fg_err replay(void *self, double *value, struct fg_fault *fault) {
  struct replay *r = self;
  struct fg_totals totals;
  double start = fg_bench_cpu();
  enum fg_err err = fg_trial_replay(r->trial, &r->record, NULL, &totals, fault);
  value[REPLAYED] = fg_bench_cpu() - start;
  return err ? err : check(r, &totals, fault);
}

static enum fg_err repeat(void *state, double *value, struct fg_fault *fault) {
  struct replay *r = state;
  enum fg_err err = fg_bench_fork(replay, r, value, NULL, fault);
  if (!err)
    err = fg_bench_fork(simulate, r, value, NULL, fault);
  value[RATIO] = value[SIMULATED] / value[REPLAYED];
  value[BLOCK] = value[REPLAYED] * 1e3 / (double)r->trial->run.job.workers / (double)r->trial->run.job.rounds;
  return err;
}

const struct fg_bench_group fg_bench_replay = {
    .name = "replay",
    .summary = "a simulated run against replay of the same updates",
    .measure = {[RATIO] = {"ratio", "x", true},
                [SIMULATED] = {"simulated", "s", true},
                [REPLAYED] = {"replayed", "s", true},
                [BLOCK] = {"block", "ms", true}},
    .name_case = name_case,
    .prepare = prepare,
    .repeat = repeat,
    .release = release,
};
