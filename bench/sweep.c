/* Group `sweep`: what a sweep costs beyond its runs: tiny ones by `fugue sweep -j 1`, and the same one after the other
 * by `fugue sim`, which loads the program every time; of all processes. The program is that of this build. */
#include "bench/bench.h"
#include "bench/child.h"
#include "bench/scratch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define GENERATOR "mf:rows=60,cols=40,nnz=900,rank=3"

static bool name_case(enum fg_bench_size size, size_t i, char *out) {
  (void)size;
  snprintf(out, FG_BENCH_NAME, "tiny-runs");
  return i == 0;
}

struct sweep {
  unsigned runs; /* even: two strategies, a seed each */
  char scratch[FG_BENCH_PATH], fugue[FG_BENCH_PATH];
  unsigned turn; /* a directory for each */
};

static void release(void *state) {
  struct sweep *s = state;
  if (s)
    fg_bench_scratch_close(s->scratch);
  free(s);
}

/* BUILD/fugue, of BUILD/bench/bench */
static enum fg_err find_program(char *fugue, struct fg_fault *fault) {
  char self[FG_BENCH_PATH - 16];
  ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
  self[n > 0 ? n : 0] = 0;
  for (int up = 0; up < 2; up++) {
    if (!strrchr(self, '/'))
      return fg_fail(fault, FG_EUSAGE, NULL, 0, "where is the program fugue of this build?");
    *strrchr(self, '/') = 0;
  }
  snprintf(fugue, FG_BENCH_PATH, "%s/fugue", self);
  return FG_OK;
}

static enum fg_err write_spec(const struct sweep *s, struct fg_fault *fault) {
  char path[FG_BENCH_PATH + 32];
  snprintf(path, sizeof path, "%s/bench.yaml", s->scratch);
  FILE *f = fopen(path, "w");
  if (!f)
    return fg_fail(fault, FG_EIO, path, 0, "cannot be written");
  fprintf(f, "title: Many tiny runs\n"
             "base: {generate: \"" GENERATOR "\", model: \"mf:rank=4\", workers: 3, epochs: 3, test: 0.1}\n"
             "sweep:\n  sync: [barrier, ring]\n");
  fprintf(f, "seeds: 1..%u\n", s->runs / 2);
  return fclose(f) == 0 ? FG_OK : fg_fail(fault, FG_EIO, path, 0, "cannot be written");
}

static enum fg_err prepare(enum fg_bench_size size, size_t i, void **state, struct fg_fault *fault) {
  struct sweep *s = *state = calloc(1, sizeof *s);
  struct fg_bench_usage usage;
  (void)i;
  if (!s)
    return FG_ENOMEM;
  s->runs = size == FG_BENCH_FULL ? 20 : size == FG_BENCH_QUICK ? 10 : 2;
  enum fg_err err = find_program(s->fugue, fault);
  if (!err)
    err = fg_bench_scratch_open(s->scratch, fault);
  if (!err)
    err = write_spec(s, fault);
  char data[FG_BENCH_PATH + 32];
  snprintf(data, sizeof data, "%s/data.txt.gz", s->scratch);
  char *const generate[] = {s->fugue, "generate", GENERATOR, "-o", data, NULL};
  return err ? err : fg_bench_spawn(generate, &usage, fault);
}

static enum fg_err run_alone(struct sweep *s, struct fg_bench_usage *all, struct fg_fault *fault) {
  char data[FG_BENCH_PATH + 32], out[FG_BENCH_PATH + 64], seed[16];
  enum fg_err err = FG_OK;
  snprintf(data, sizeof data, "%s/data.txt.gz", s->scratch);
  for (unsigned r = 0; r < s->runs && !err; r++) {
    struct fg_bench_usage usage = {0};
    snprintf(seed, sizeof seed, "%u", r / 2 + 1);
    snprintf(out, sizeof out, "%s/alone-%u-%u", s->scratch, s->turn, r);
    char *const argv[] = {s->fugue, "sim",      "--data", data,     "--model", "mf:rank=4", "--workers",
                          "3",      "--epochs", "3",      "--test", "0.1",     "--sync",    r % 2 ? "ring" : "barrier",
                          "--seed", seed,       "-q",     "-o",     out,       NULL};
    err = fg_bench_spawn(argv, &usage, fault);
    all->cpu_s += usage.cpu_s;
    all->wall_s += usage.wall_s;
  }
  return err;
}

static enum fg_err run_sweep(struct sweep *s, struct fg_bench_usage *all, struct fg_fault *fault) {
  char spec[FG_BENCH_PATH + 32], out[FG_BENCH_PATH + 64];
  snprintf(spec, sizeof spec, "%s/bench.yaml", s->scratch);
  snprintf(out, sizeof out, "%s/swept-%u", s->scratch, s->turn);
  char *const argv[] = {s->fugue, "sweep", spec, "-q", "-j", "1", "-o", out, NULL};
  return fg_bench_spawn(argv, all, fault);
}

enum { ALONE, SWEPT, OVERHEAD, ALONE_WALL, SWEPT_WALL };

static enum fg_err repeat(void *state, double *value, struct fg_fault *fault) {
  struct sweep *s = state;
  struct fg_bench_usage alone = {0}, swept = {0};
  s->turn++;
  enum fg_err err = run_alone(s, &alone, fault);
  if (!err)
    err = run_sweep(s, &swept, fault);
  value[ALONE] = alone.cpu_s * 1e3 / s->runs;
  value[SWEPT] = swept.cpu_s * 1e3 / s->runs;
  value[OVERHEAD] = value[SWEPT] - value[ALONE];
  value[ALONE_WALL] = alone.wall_s * 1e3 / s->runs;
  value[SWEPT_WALL] = swept.wall_s * 1e3 / s->runs;
  return err;
}

const struct fg_bench_group fg_bench_sweep = {
    .name = "sweep",
    .summary = "runs by fugue sweep against the same by fugue sim",
    .measure = {[ALONE] = {"alone", "ms/run", true},
                [SWEPT] = {"swept", "ms/run", true},
                [OVERHEAD] = {"overhead", "ms/run", true},
                [ALONE_WALL] = {"alone, wall", "ms/run", true},
                [SWEPT_WALL] = {"swept, wall", "ms/run", true}},
    .name_case = name_case,
    .prepare = prepare,
    .repeat = repeat,
    .release = release,
};
