/* Group `ingest`: from a file to points to a block grid. Points as a rating file has them: about one cell in eighty, a
 * row after the other; shuffled where that is said. Memory is that of a process, beyond what it had before. */
#include "bench/bench.h"
#include "bench/child.h"
#include "bench/scratch.h"

#include "core/data/grid.h"
#include "core/data/points.h"
#include "core/rng.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { READ = 1, CUT = 2 };
static const struct kind {
  const char *name, *file;
  bool shuffled;
  int steps; /* READ: the file becomes points; CUT: points become a grid */
} kinds[] = {
    {"triplets", "points.txt", false, READ},
    {"triplets-shuffled", "points.txt", true, READ},
    {"triplets-gz", "points.txt.gz", false, READ},
    {"matrix-market", "points.mtx", false, READ},
    {"bag-of-words", "docword.txt", false, READ},
    {"grid", NULL, false, CUT},
    {"grid-shuffled", NULL, true, CUT},
    {"triplets-to-grid", "points.txt", false, READ | CUT},
};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

enum { BLOCKS = 16, GAP = 159 /* between two points of a row, at most */ };

static bool name_case(enum fg_bench_size size, size_t i, char *out) {
  (void)size;
  if (i < KINDS)
    snprintf(out, FG_BENCH_NAME, "%s", kinds[i].name);
  return i < KINDS;
}

struct ingest {
  const struct kind *kind;
  char scratch[FG_BENCH_PATH], path[FG_BENCH_PATH + 32];
  struct fg_points points; /* empty if they are read */
  double n, bytes;         /* points; of the file [B] */
};

static void release(void *state) {
  struct ingest *g = state;
  if (g) {
    fg_points_free(&g->points);
    fg_bench_scratch_close(g->scratch);
  }
  free(g);
}

static void swap_points(struct fg_points *p, size_t i, size_t j) {
  uint32_t row = p->row[i], col = p->col[i];
  float value = p->value[i];
  p->row[i] = p->row[j];
  p->col[i] = p->col[j];
  p->value[i] = p->value[j];
  p->row[j] = row;
  p->col[j] = col;
  p->value[j] = value;
}

static enum fg_err draw_points(struct fg_points *points, size_t n, bool shuffled) {
  enum { COLS = 10000 };
  struct fg_rng rng;
  enum fg_err err = FG_OK;
  points->counts = points->nonnegative = true;
  fg_rng_start(&rng, 2, FG_STREAM_GENERATE, 0, 0);
  for (uint32_t row = 0, col = 0; points->n < n && !err;) {
    col += 1 + fg_rng_below(&rng, GAP);
    if (col < COLS)
      err = fg_points_push(points, row, col, (float)(1 + fg_rng_below(&rng, 5)));
    else
      row++, col = 0;
    points->rows = row + 1;
  }
  points->cols = COLS;
  for (size_t i = points->n; shuffled && i > 1; i--)
    swap_points(points, i - 1, fg_rng_below(&rng, (uint32_t)i));
  return err;
}

static enum fg_err prepare(enum fg_bench_size size, size_t i, void **state, struct fg_fault *fault) {
  struct ingest *g = *state = calloc(1, sizeof *g);
  struct stat status;
  if (!g)
    return FG_ENOMEM;
  g->kind = &kinds[i];
  size_t n = size == FG_BENCH_FULL ? 2000000 : size == FG_BENCH_QUICK ? 300000 : 2000;
  enum fg_err err = draw_points(&g->points, n, g->kind->shuffled);
  g->n = (double)g->points.n;
  if (err || !(g->kind->steps & READ))
    return err;
  err = fg_bench_scratch_open(g->scratch, fault);
  snprintf(g->path, sizeof g->path, "%s/%s", g->scratch, g->kind->file);
  if (!err)
    err = fg_points_write(g->path, &g->points, fault);
  if (!err && stat(g->path, &status) == 0)
    g->bytes = (double)status.st_size;
  fg_points_free(&g->points);
  memset(&g->points, 0, sizeof g->points);
  return err;
}

enum { RATE, TEXT, PEAK };

static enum fg_err ingest(void *self, double *value, struct fg_fault *fault) {
  struct ingest *g = self;
  const struct fg_read_options read = {.index_base = 1};
  const struct fg_split split = {.seed = 1};
  struct fg_grid grid;
  enum fg_err err = FG_OK;
  double start = fg_bench_cpu();
  if (g->kind->steps & READ)
    err = fg_points_read(g->path, &read, &g->points, fault);
  if (!err && (g->kind->steps & CUT))
    err = fg_grid_build(&g->points, &split, BLOCKS, BLOCKS, NULL, 128, &grid, fault);
  double took = fg_bench_cpu() - start;
  value[RATE] = g->n / took / 1e6;
  if (g->kind->steps & READ)
    value[TEXT] = g->bytes / took / 1e6;
  return err;
}

static enum fg_err repeat(void *state, double *value, struct fg_fault *fault) {
  struct ingest *g = state;
  struct fg_bench_usage usage = {0};
  enum fg_err err = fg_bench_fork(ingest, g, value, &usage, fault);
  value[PEAK] = usage.peak_b / g->n;
  return err;
}

const struct fg_bench_group fg_bench_ingest = {
    .name = "ingest",
    .summary = "reading points and building a grid; memory",
    .measure =
        {[RATE] = {"rate", "M points/s", false}, [TEXT] = {"file", "MB/s", false}, [PEAK] = {"peak", "B/point", true}},
    .name_case = name_case,
    .prepare = prepare,
    .repeat = repeat,
    .release = release,
};
