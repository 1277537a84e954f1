#include "tests/grid_fixture.h"

#include "core/data/grid_file.h"
#include "core/rng.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

static char folder[64];

int grid_folder_make(void **state) {
  (void)state;
  snprintf(folder, sizeof folder, "/tmp/fugue-grid-XXXXXX");
  return mkdtemp(folder) ? 0 : -1;
}

static void drop(const char *path) {
  DIR *d = opendir(path);
  for (struct dirent *e; d && (e = readdir(d)) != NULL;) {
    char inner[1024];
    if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
      continue;
    snprintf(inner, sizeof inner, "%s/%s", path, e->d_name);
    if (unlink(inner) != 0)
      drop(inner);
  }
  if (d)
    closedir(d);
  rmdir(path);
}

int grid_folder_drop(void **state) {
  (void)state;
  drop(folder);
  return 0;
}

const char *grid_in_folder(const char *name) {
  static char path[4][256];
  static int turn;
  turn = (turn + 1) % 4;
  snprintf(path[turn], sizeof path[turn], "%s/%s", folder, name);
  return path[turn];
}

int grid_entries(const char *dir) {
  DIR *d = opendir(dir);
  int n = d ? -2 : -1;
  for (struct dirent *e; d && (e = readdir(d)) != NULL;)
    n++;
  if (d)
    closedir(d);
  return n;
}

struct cell {
  uint32_t row, col;
};

const char *grid_random_file(const char *name, const char *kind, uint32_t rows, uint32_t cols, double density,
                             uint64_t seed) {
  const char *path = grid_in_folder(name);
  bool half = strcmp(kind, "symmetric") == 0 || strcmp(kind, "edges") == 0, gz = strstr(name, ".gz") != NULL;
  struct cell *cell = test_malloc((size_t)rows * cols * sizeof *cell);
  struct fg_rng rng;
  size_t n = 0;
  fg_rng_start(&rng, seed, FG_STREAM_GENERATE, 0, 0);
  for (uint32_t i = 0; i < rows; i++)
    for (uint32_t j = 0; j < (half ? i + 1 : cols); j++)
      if (fg_rng_uniform(&rng) < density)
        cell[n++] = (struct cell){i, j};
  for (size_t i = n; i > 1; i--) {
    size_t j = fg_rng_below(&rng, (uint32_t)i);
    struct cell c = cell[i - 1];
    cell[i - 1] = cell[j];
    cell[j] = c;
  }
  gzFile f = gzopen(path, gz ? "wb" : "wbT");
  assert_non_null(f);
  if (strcmp(kind, "mtx") == 0 || strcmp(kind, "symmetric") == 0)
    gzprintf(f, "%%%%MatrixMarket matrix coordinate real %s\n%u %u %zu\n", half ? "symmetric" : "general", rows, cols,
             n);
  if (strcmp(kind, "docword") == 0)
    gzprintf(f, "%u\n%u\n%zu\n", rows, cols, n);
  for (size_t i = 0; i < n; i++) {
    bool swap = half && strcmp(kind, "edges") == 0 && i % 3 == 0;
    gzprintf(f, "%u %u", (swap ? cell[i].col : cell[i].row) + 1, (swap ? cell[i].row : cell[i].col) + 1);
    if (strcmp(kind, "edges") != 0)
      gzprintf(f, strcmp(kind, "docword") == 0 ? " %.0f" : " %.4f", 1 + 8 * fg_rng_uniform(&rng));
    gzprintf(f, "\n");
    if (i % 97 == 5 && (strcmp(kind, "triplets") == 0 || strcmp(kind, "edges") == 0))
      gzprintf(f, "# between\n\n");
  }
  assert_int_equal(gzclose(f), Z_OK);
  test_free(cell);
  return path;
}

static void compare_lines(const struct fg_lines *a, const struct fg_lines *b, bool held) {
  assert_int_equal(a->n, b->n);
  if (!held) {
    assert_null(a->original);
    assert_null(a->weight);
    return;
  }
  assert_memory_equal(a->original, b->original, a->n * sizeof *a->original);
  assert_memory_equal(a->weight, b->weight, a->n * sizeof *a->weight);
}

static void compare_blocks(const struct fg_block *a, const struct fg_block *b, bool held) {
  if (!held) {
    assert_true(a->n == 0 && a->n_tiles == 0 && !a->points && !a->tiles);
    return;
  }
  assert_int_equal(a->n, b->n);
  assert_int_equal(a->n_tiles, b->n_tiles);
  for (uint32_t t = 0; t < a->n_tiles; t++) {
    assert_int_equal(a->tiles[t].first, b->tiles[t].first);
    assert_int_equal(a->tiles[t].n, b->tiles[t].n);
    assert_int_equal(a->tiles[t].row0, b->tiles[t].row0);
    assert_int_equal(a->tiles[t].col0, b->tiles[t].col0);
  }
  assert_memory_equal(a->points, b->points, a->n * sizeof *a->points);
}

void grid_compare(const struct fg_grid *a, const struct fg_grid *b, uint32_t part) {
  assert_true(a->rows == b->rows && a->cols == b->cols);
  assert_true(a->row_blocks == b->row_blocks && a->col_blocks == b->col_blocks);
  assert_true(a->n_points == b->n_points && a->n_train == b->n_train && a->n_test == b->n_test);
  assert_int_equal(a->n_held_out, b->n_held_out);
  assert_true(a->train_sum == b->train_sum && a->train_squares == b->train_squares);
  assert_true(a->imbalance == b->imbalance && a->nonnegative == b->nonnegative);
  assert_true(a->counts == b->counts && a->tile_shift == b->tile_shift);
  assert_true(a->split.share == b->split.share && a->split.by_rows == b->split.by_rows &&
              a->split.seed == b->split.seed && a->symmetric == b->symmetric && a->network == b->network);
  assert_string_equal(a->sha256, b->sha256);
  for (uint32_t p = 0; p < a->row_blocks; p++) {
    bool held = part == FG_GRID_ALL || part == p;
    assert_true(fg_grid_holds(a, p) == held);
    compare_lines(&a->row[p], &b->row[p], held);
    for (uint32_t q = 0; q < a->col_blocks; q++) {
      compare_blocks(fg_grid_train(a, p, q), fg_grid_train(b, p, q), held);
      compare_blocks(fg_grid_test(a, p, q), fg_grid_test(b, p, q), held);
    }
    const struct fg_points *x = &a->held_out[p], *y = &b->held_out[p];
    assert_int_equal(x->n, held ? y->n : 0);
    if (!held)
      continue;
    assert_true(x->rows == y->rows && x->cols == y->cols && x->counts == y->counts && x->nonnegative == y->nonnegative);
    assert_memory_equal(x->row, y->row, x->n * sizeof *x->row);
    assert_memory_equal(x->col, y->col, x->n * sizeof *x->col);
    assert_memory_equal(x->value, y->value, x->n * sizeof *x->value);
  }
  for (uint32_t q = 0; q < a->col_blocks; q++)
    compare_lines(&a->col[q], &b->col[q], part == FG_GRID_ALL || q % a->row_blocks == part);
}
