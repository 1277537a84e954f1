/* The grid holds every point once, where it belongs, and its blocks are balanced. */
#include "core/data/balance.h"
#include "core/data/grid.h"
#include "core/rng.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct fg_split no_split = {0, false, 1};

/* Distinct points: each cell of a rows x cols matrix is taken with probability `density`; values are whole, 1 to 9. */
static struct fg_points random_points(uint32_t rows, uint32_t cols, double density, uint64_t seed) {
  struct fg_points points = {.rows = rows, .cols = cols};
  struct fg_rng rng;
  fg_rng_start(&rng, seed, FG_STREAM_GENERATE, 0, 0);
  for (uint32_t i = 0; i < rows; i++)
    for (uint32_t j = 0; j < cols; j++)
      if (fg_rng_uniform(&rng) < density)
        assert_int_equal(fg_points_push(&points, i, j, 1 + (float)fg_rng_below(&rng, 9)), FG_OK);
  return points;
}

/* Dense matrix of the values, 0 where there is none, read back from one part of the grid through fg_block_read. Checks
 * on the way that tiles cover the block and hold what they say. */
static void read_back(const struct fg_grid *g, const struct fg_block_row *part, uint32_t tile, float *matrix) {
  struct fg_point chunk[7];
  for (uint32_t p = 0; p < g->row_blocks; p++)
    for (uint32_t k = 0; k < part[p].n; k++) {
      uint32_t q = part[p].col[k];
      const struct fg_block *b = &part[p].block[k];
      assert_true(b->n >= 1 && q < g->col_blocks && (k == 0 || q > part[p].col[k - 1]));
      assert_ptr_equal(fg_block_find(&part[p], q), b);
      size_t covered = 0, from = 0;
      for (uint32_t t = 0; t < b->n_tiles; t++) {
        assert_int_equal(b->tiles[t].first, covered);
        assert_true(b->tiles[t].n >= 1);
        assert_int_equal(b->tiles[t].row0 % tile, 0);
        assert_int_equal(b->tiles[t].col0 % tile, 0);
        for (size_t i = covered; i < covered + b->tiles[t].n; i++)
          assert_true(b->points[i].row < tile && b->points[i].col < tile);
        for (uint32_t u = 0; u < t; u++)
          assert_true(b->tiles[u].row0 != b->tiles[t].row0 || b->tiles[u].col0 != b->tiles[t].col0);
        covered += b->tiles[t].n;
      }
      assert_int_equal(covered, b->n);
      for (size_t n; (n = fg_block_read(b, from, 7, chunk)) > 0; from += n)
        for (size_t i = 0; i < n; i++) {
          assert_true(chunk[i].row < g->row[p].n && chunk[i].col < g->col[q].n);
          uint32_t row = g->row[p].original[chunk[i].row];
          uint32_t col = g->col[q].original[chunk[i].col];
          assert_true(matrix[(size_t)row * g->cols + col] == 0);
          matrix[(size_t)row * g->cols + col] = chunk[i].value;
        }
      assert_int_equal(from, b->n);
    }
}

static void check_lines(const struct fg_lines *lines, uint32_t n, uint32_t blocks, const double *sum) {
  char *seen = test_calloc(n, 1);
  uint32_t all = 0;
  for (uint32_t b = 0; b < blocks; b++) {
    assert_true(lines[b].n > 0); /* no block without a line */
    all += lines[b].n;
    for (uint32_t i = 0; i < lines[b].n; i++) {
      uint32_t original = lines[b].original[i];
      assert_true(original < n);
      assert_false(seen[original]);
      seen[original] = 1;
      assert_true(lines[b].weight[i] == (float)sum[original]);
    }
  }
  assert_int_equal(all, n);
  test_free(seen);
}

/* original index of a column by its place, counted through all blocks */
static uint32_t original_col(const struct fg_grid *g, uint32_t place) {
  uint32_t q = 0;
  for (; place >= g->col[q].n; q++)
    place -= g->col[q].n;
  return g->col[q].original[place];
}

/* Points of held-out rows are with the block of their row, in file order. */
static void check_held_out(const struct fg_grid *g, const struct fg_points *points) {
  uint64_t all = 0;
  for (uint32_t p = 0; p < g->row_blocks; p++) {
    const struct fg_points *held = &g->held_out[p];
    char *mine = test_calloc(g->rows, 1);
    size_t at = 0;
    for (uint32_t i = 0; i < g->row[p].n; i++)
      mine[g->row[p].original[i]] = 1;
    for (size_t i = 0; i < points->n; i++)
      if (mine[points->row[i]] && fg_split_row_is_test(&g->split, points->row[i])) {
        assert_true(at < held->n);
        assert_true(held->row[at] == points->row[i] && original_col(g, held->col[at]) == points->col[i]);
        assert_true(held->value[at++] == points->value[i]);
      }
    assert_int_equal(at, held->n);
    assert_true(held->rows == g->rows && held->cols == g->cols);
    all += held->n;
    test_free(mine);
  }
  assert_int_equal(all, g->n_held_out);
}

static void check_grid(const struct fg_points *points, struct fg_split split, uint32_t p, uint32_t q, size_t row_bytes,
                       uint32_t tile) {
  struct fg_fault fault = {0};
  struct fg_grid g;
  assert_int_equal(fg_grid_build(points, &split, p, q, NULL, row_bytes, &g, &fault), FG_OK);
  size_t cells = (size_t)points->rows * points->cols, n_train = 0, n_test = 0;
  float *train = test_calloc(cells, sizeof *train), *test = test_calloc(cells, sizeof *test);
  double *row_sum = test_calloc(points->rows, sizeof *row_sum), *col_sum = test_calloc(points->cols, sizeof *col_sum);
  read_back(&g, g.train, tile, train);
  read_back(&g, g.test, tile, test);
  double sum = 0;
  for (size_t i = 0; i < points->n; i++) {
    size_t cell = (size_t)points->row[i] * points->cols + points->col[i];
    bool held = fg_split_is_test(&split, points->symmetric, points->network, i, points->row[i], points->col[i]);
    assert_true(train[cell] == (held ? 0 : points->value[i]));
    assert_true(test[cell] == (held && !split.by_rows ? points->value[i] : 0));
    n_train += !held;
    n_test += held && !split.by_rows;
    if (!held) {
      row_sum[points->row[i]] += points->value[i];
      col_sum[points->col[i]] += points->value[i];
      sum += points->value[i];
    }
  }
  assert_int_equal(g.n_train, n_train);
  assert_int_equal(g.n_test, n_test);
  assert_int_equal(g.n_held_out, points->n - n_train - n_test);
  assert_int_equal(g.n_points, points->n);
  assert_true(g.train_sum == sum);
  size_t stored_train = 0, stored_test = 0; /* nothing beyond the points */
  for (uint32_t a = 0; a < p; a++)
    for (uint32_t b = 0; b < q; b++) {
      stored_train += fg_grid_train(&g, a, b)->n;
      stored_test += fg_grid_test(&g, a, b)->n;
    }
  assert_int_equal(stored_train, n_train);
  assert_int_equal(stored_test, n_test);
  check_lines(g.row, g.rows, p, row_sum);
  check_lines(g.col, g.cols, q, col_sum);
  check_held_out(&g, points);
  test_free(train);
  test_free(test);
  test_free(row_sum);
  test_free(col_sum);
  fg_grid_free(&g);
}

static void holds_every_point_once(void **state) {
  (void)state;
  struct fg_points points = random_points(300, 210, 0.05, 1);
  static const uint32_t shapes[][2] = {{1, 1}, {4, 4}, {3, 12}, {7, 2}, {300, 210}};
  static const struct fg_split splits[] = {{0, false, 3}, {0.3, false, 3}, {0.3, true, 3}};
  for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++)
    for (size_t k = 0; k < sizeof splits / sizeof splits[0]; k++) {
      check_grid(&points, splits[k], shapes[i][0], shapes[i][1], 64, 4096);
      check_grid(&points, splits[k], shapes[i][0], shapes[i][1], 4096, 64); /* several tiles a block */
    }
  fg_points_free(&points);
}

/* Column blocks with a point, by looking at all. */
static void check_next(const struct fg_grid *g) {
  for (uint32_t p = 0; p < g->row_blocks; p++)
    for (uint32_t q = 0; q <= g->col_blocks; q++) {
      uint32_t first = q;
      while (first < g->col_blocks && !fg_grid_train(g, p, first)->n && !fg_grid_test(g, p, first)->n)
        first++;
      assert_int_equal(fg_grid_next(g, p, q), first);
    }
}

/* With a row a block, blocks without points, row blocks without any, and a single point in all. */
static void empty_blocks_are_not_kept(void **state) {
  (void)state;
  static const double densities[] = {0.5, 0.05, 0.002};
  static const struct fg_split splits[] = {{0, false, 3}, {0.4, false, 4}, {0.4, true, 5}};
  for (size_t d = 0; d < 3; d++)
    for (size_t k = 0; k < 3; k++) {
      struct fg_points points = random_points(60, 80, densities[d], 8 + d);
      struct fg_grid g;
      uint32_t rows = 0, kept = 0;
      check_grid(&points, splits[k], 60, 80, 64, 64);
      assert_int_equal(fg_grid_build(&points, &splits[k], 60, 80, NULL, 64, &g, NULL), FG_OK);
      check_next(&g);
      for (uint32_t p = 0; p < 60; p++) {
        rows += g.train[p].n == 0;
        kept += g.train[p].n + g.test[p].n;
      }
      assert_true(kept <= points.n); /* not 60 x 80 */
      assert_true(d < 2 || rows > 0);
      fg_grid_free(&g);
      fg_points_free(&points);
    }
  struct fg_points one = {.rows = 5, .cols = 7};
  struct fg_grid g;
  assert_int_equal(fg_points_push(&one, 3, 2, 4), FG_OK);
  assert_int_equal(fg_grid_build(&one, &no_split, 5, 7, NULL, 64, &g, NULL), FG_OK);
  size_t found = 0;
  for (uint32_t p = 0; p < 5; p++)
    for (uint32_t q = 0; q < 7; q++) {
      const struct fg_block *b = fg_grid_train(&g, p, q);
      assert_true(b->n == b->n_tiles && b->n == (g.row[p].original[0] == 3 && g.col[q].original[0] == 2));
      found += b->n;
      assert_int_equal(fg_grid_test(&g, p, q)->n, 0);
    }
  assert_int_equal(found, 1);
  assert_true(g.imbalance == 5); /* the whole stratum is one worker's */
  check_next(&g);
  fg_grid_free(&g);
  fg_points_free(&one);
}

static void tiles_have_the_stated_size(void **state) {
  (void)state;
  /* bytes of a factor row -> side of a tile: a power of two, 256 KiB of factors, from 64 to 65536 */
  static const struct {
    size_t bytes;
    uint32_t tile;
  } cases[] = {{4, 65536}, {64, 4096}, {128, 2048}, {192, 1024}, {320, 512}, {4096, 64}, {65536, 64}};
  enum { N = 70000 };
  struct fg_points points = {.rows = N, .cols = 1};
  for (uint32_t i = 0; i < N; i++)
    assert_int_equal(fg_points_push(&points, i, 0, 1), FG_OK);
  for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
    struct fg_grid g;
    assert_int_equal(fg_grid_build(&points, &no_split, 1, 1, NULL, cases[k].bytes, &g, NULL), FG_OK);
    assert_int_equal(fg_grid_train(&g, 0, 0)->n_tiles, (N + cases[k].tile - 1) / cases[k].tile);
    for (uint32_t t = 0; t < fg_grid_train(&g, 0, 0)->n_tiles; t++)
      assert_int_equal(fg_grid_train(&g, 0, 0)->tiles[t].row0, t * cases[k].tile);
    fg_grid_free(&g);
  }
  fg_points_free(&points);
}

static void same_seed_same_grid(void **state) {
  (void)state;
  struct fg_points points = random_points(100, 80, 0.2, 2);
  struct fg_split split = {0.1, false, 5}, other = {0.1, false, 6};
  struct fg_grid a, b, c;
  assert_int_equal(fg_grid_build(&points, &split, 4, 8, NULL, 64, &a, NULL), FG_OK);
  assert_int_equal(fg_grid_build(&points, &split, 4, 8, NULL, 64, &b, NULL), FG_OK);
  assert_int_equal(fg_grid_build(&points, &other, 4, 8, NULL, 64, &c, NULL), FG_OK);
  for (uint32_t p = 0; p < 4; p++)
    assert_memory_equal(a.row[p].original, b.row[p].original, a.row[p].n * sizeof(uint32_t));
  for (uint32_t q = 0; q < 8; q++)
    assert_memory_equal(a.col[q].original, b.col[q].original, a.col[q].n * sizeof(uint32_t));
  for (uint32_t k = 0; k < 32; k++) {
    const struct fg_block *x = fg_grid_train(&a, k / 8, k % 8), *y = fg_grid_train(&b, k / 8, k % 8);
    assert_int_equal(x->n, y->n);
    assert_memory_equal(x->points, y->points, x->n * sizeof *x->points);
  }
  uint32_t rows = a.row[0].n < c.row[0].n ? a.row[0].n : c.row[0].n;
  assert_true(rows > 10);
  assert_memory_not_equal(a.row[0].original, c.row[0].original, rows * sizeof(uint32_t));
  fg_grid_free(&a);
  fg_grid_free(&b);
  fg_grid_free(&c);
  fg_points_free(&points);
}

static void storage_is_shuffled(void **state) {
  (void)state;
  enum { N = 4000 };
  struct fg_points points = {.rows = N, .cols = 1};
  for (uint32_t i = 0; i < N; i++)
    assert_int_equal(fg_points_push(&points, i, 0, (float)i), FG_OK);
  struct fg_grid g;
  assert_int_equal(fg_grid_build(&points, &no_split, 1, 1, NULL, 64, &g, NULL), FG_OK);
  size_t rises_in_file = 0, rises_in_rows = 0; /* both about half, 5 standard deviations of N/2 +- sqrt(N/12) */
  for (size_t i = 1; i < N; i++) {
    rises_in_file += fg_grid_train(&g, 0, 0)->points[i].value > fg_grid_train(&g, 0, 0)->points[i - 1].value;
    rises_in_rows += fg_grid_train(&g, 0, 0)->points[i].row > fg_grid_train(&g, 0, 0)->points[i - 1].row;
  }
  assert_in_range(rises_in_file, N / 2 - 95, N / 2 + 95);
  assert_in_range(rises_in_rows, N / 2 - 95, N / 2 + 95);
  fg_grid_free(&g);
  fg_points_free(&points);
}

/* a few heavy rows, many light ones, many without any point */
static void rows_without_points_are_spread(void **state) {
  (void)state;
  struct fg_points points = {.rows = 1000, .cols = 50};
  for (uint32_t i = 0; i < 100; i++)
    for (uint32_t j = 0; j < (i < 3 ? 50 : 2); j++)
      assert_int_equal(fg_points_push(&points, 10 * i, j, 1), FG_OK);
  struct fg_grid g;
  assert_int_equal(fg_grid_build(&points, &no_split, 8, 8, NULL, 64, &g, NULL), FG_OK);
  for (uint32_t p = 0; p < 8; p++) {
    assert_int_equal(g.row[p].n, 125);
    size_t n = 0;
    for (uint32_t q = 0; q < 8; q++)
      n += fg_grid_train(&g, p, q)->n;
    assert_in_range(n, 38, 50); /* three heavy rows have 50 each; 194 points are left for five blocks */
  }
  fg_grid_free(&g);
  fg_points_free(&points);
}

static void imbalance_is_the_worst_stratum(void **state) {
  (void)state;
  struct fg_points points = random_points(40, 40, 0.3, 4);
  static const uint32_t shapes[][2] = {{4, 4}, {4, 8}, {5, 3}};
  static const double speeds[] = {2, 1, 5, 2, 3};
  for (size_t k = 0; k < 6; k++) {
    uint32_t P = shapes[k / 2][0], C = shapes[k / 2][1];
    const double *share = k % 2 ? speeds : NULL;
    struct fg_grid g;
    assert_int_equal(fg_grid_build(&points, &no_split, P, C, share, 64, &g, NULL), FG_OK);
    double worst = 0;
    for (uint32_t s = 0; s < C; s++) {
      double most = 0, sum = 0, speed = 0; /* times, and what all do in a unit of time */
      for (uint32_t p = 0; p < P; p++) {
        double n = (double)fg_grid_train(&g, p, (p + s) % C)->n;
        most = fmax(most, share ? n / share[p] : n);
        sum += n;
        speed += share ? share[p] : 1;
      }
      worst = fmax(worst, most / (sum / speed));
    }
    assert_true(fabs(g.imbalance - worst) < 1e-12);
    fg_grid_free(&g);
  }
  fg_points_free(&points);
}

static void refuses_what_cannot_be_cut(void **state) {
  (void)state;
  struct fg_points points = random_points(5, 6, 0.5, 4), none = {.rows = 5, .cols = 6};
  struct fg_split almost_all = {0.999999, false, 3};
  struct fg_fault fault = {0};
  struct fg_grid g;
  assert_int_equal(fg_grid_build(&points, &no_split, 6, 1, NULL, 64, &g, &fault), FG_EUSAGE);
  assert_non_null(strstr(fault.text, "6 row blocks are too many"));
  assert_int_equal(fg_grid_build(&points, &no_split, 1, 7, NULL, 64, &g, &fault), FG_EUSAGE);
  assert_non_null(strstr(fault.text, "7 column blocks are too many for 6 columns"));
  assert_int_equal(fg_grid_build(&points, &no_split, 0, 1, NULL, 64, &g, &fault), FG_EUSAGE);
  assert_int_equal(fg_grid_build(&points, &almost_all, 1, 1, NULL, 64, &g, &fault), FG_EINPUT);
  assert_non_null(strstr(fault.text, "no training point"));
  assert_int_equal(fg_grid_build(&none, &no_split, 1, 1, NULL, 64, &g, &fault), FG_EINPUT);
  assert_null(g.storage); /* nothing is left of a grid that failed */
  assert_null(g.train);
  fg_points_free(&points);
}

/* Degrees with a heavy tail, some of them 0. */
static uint32_t *random_degrees(uint32_t n, double exponent, uint64_t seed) {
  uint32_t *degree = test_malloc(n * sizeof *degree);
  struct fg_rng rng;
  fg_rng_start(&rng, seed, FG_STREAM_GENERATE, 0, 0);
  for (uint32_t i = 0; i < n; i++)
    degree[i] = (uint32_t)pow(fg_rng_uniform(&rng), -exponent) - (fg_rng_below(&rng, 3) == 0);
  return degree;
}

/* The lines in the order in which they are dealt: by falling degree, equal ones shuffled. */
static void dealt_order(const uint32_t *degree, uint32_t n, uint64_t seed, enum fg_axis axis, uint32_t *line) {
  struct fg_rng rng;
  fg_rng_start(&rng, seed, FG_STREAM_GRID, 0, axis);
  for (uint32_t i = 0; i < n; i++)
    line[i] = i;
  for (uint32_t i = n; i > 1; i--) {
    uint32_t j = fg_rng_below(&rng, i), t = line[i - 1];
    line[i - 1] = line[j];
    line[j] = t;
  }
  for (uint32_t i = 1; i < n; i++) { /* insertion keeps the order of equal ones */
    uint32_t moved = line[i], j = i;
    for (; j > 0 && degree[line[j - 1]] < degree[moved]; j--)
      line[j] = line[j - 1];
    line[j] = moved;
  }
}

/* Where line by line the rule puts them, looking at every block. NULL: to the block that has least points, lines
 * without points to the one that has fewest lines. With shares: that will have least for its share. Ties: fewest lines,
 * least points, the first. */
static void deal_slowly(const uint32_t *degree, uint32_t n, uint32_t blocks, const double *share, uint64_t seed,
                        enum fg_axis axis, uint32_t *block_of) {
  uint64_t *points = test_calloc(blocks, sizeof *points), *lines = test_calloc(blocks, sizeof *lines);
  uint32_t *line = test_malloc(n * sizeof *line), empty = blocks;
  dealt_order(degree, n, seed, axis, line);
  for (uint32_t i = 0; i < n; i++) {
    uint32_t d = degree[line[i]], to = blocks;
    double least = INFINITY;
    for (uint32_t b = 0; b < blocks; b++) {
      double load = share ? (double)(d ? points[b] + d : lines[b] + 1) / share[b] : (double)(d ? points[b] : lines[b]);
      if (share && empty == n - i && lines[b] > 0)
        continue;
      bool tie = to < blocks && load == least;
      if (to == blocks || load < least || (tie && lines[b] < lines[to]) ||
          (tie && lines[b] == lines[to] && points[b] < points[to])) {
        to = b;
        least = load;
      }
    }
    empty -= lines[to] == 0;
    points[to] += d;
    lines[to]++;
    block_of[line[i]] = to;
  }
  test_free(points);
  test_free(lines);
  test_free(line);
}

static void lines_are_dealt_by_the_rule(void **state) {
  (void)state;
  enum { N = 700 };
  static const double some[] = {1, 1, 3, 3, 0.4, 3, 1.5, 3, 3, 3, 1}, equal[] = {2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2},
                      odd[] = {0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7},
                      far[] = {1e9, 1, 1e-9, 1e9, 1, 1e-9, 1e9, 1, 1e-9, 1e9, 1};
  static const double *const shares[] = {NULL, equal, odd, some, far};
  static const uint32_t lines[] = {N, 60, 11};
  uint32_t begin[12], original[N], block_of[N], expected[N];
  for (uint64_t seed = 1; seed <= 6; seed++) {
    uint32_t *degree = random_degrees(N, seed % 2 ? 0.7 : 0.1, seed);
    for (size_t k = 0; k < sizeof lines / sizeof lines[0]; k++)
      for (uint32_t blocks = 1; blocks <= 11; blocks += 5)
        for (size_t s = 0; s < sizeof shares / sizeof shares[0]; s++) {
          uint32_t n = lines[k], filled = 0;
          enum fg_axis axis = seed % 3 ? FG_AXIS_ROW : FG_AXIS_COL;
          assert_int_equal(fg_balance(degree, n, blocks, shares[s], seed, axis, begin, original, block_of), FG_OK);
          /* any equal shares are none */
          deal_slowly(degree, n, blocks, s < 3 ? NULL : shares[s], seed, axis, expected);
          assert_memory_equal(block_of, expected, n * sizeof *block_of);
          for (uint32_t b = 0; b < blocks; b++)
            filled += begin[b + 1] > begin[b];
          assert_int_equal(filled, blocks);
          if (s == 3 && n == N && blocks > 1) { /* shares are not ignored */
            deal_slowly(degree, n, blocks, NULL, seed, axis, expected);
            assert_memory_not_equal(block_of, expected, n * sizeof *block_of);
          }
        }
    test_free(degree);
  }
}

/* Rows whose lengths have a heavy tail: 1 to `cols` points, P(length > x) = 1 / x. */
static struct fg_points heavy_rows(uint32_t rows, uint32_t cols, uint64_t seed) {
  struct fg_points points = {.rows = rows, .cols = cols};
  struct fg_rng rng;
  fg_rng_start(&rng, seed, FG_STREAM_GENERATE, 0, 0);
  for (uint32_t i = 0; i < rows; i++) {
    double length = fmin(1 / fg_rng_uniform(&rng), cols);
    uint32_t first = fg_rng_below(&rng, cols);
    for (uint32_t j = 0; j < (uint32_t)length; j++)
      assert_int_equal(fg_points_push(&points, i, (first + 7 * j) % cols, 1), FG_OK);
  }
  return points;
}

/* Are the training points of the row blocks as the shares, to within `tolerance` of what they should be? */
static bool in_proportion(const struct fg_grid *g, const double *share, double tolerance) {
  double shares = 0;
  bool good = true;
  for (uint32_t p = 0; p < g->row_blocks; p++)
    shares += share[p];
  for (uint32_t p = 0; p < g->row_blocks; p++) {
    double n = 0, due = (double)g->n_train * share[p] / shares;
    for (uint32_t q = 0; q < g->col_blocks; q++)
      n += (double)fg_grid_train(g, p, q)->n;
    good = good && fabs(n - due) <= tolerance * due + 1;
  }
  return good;
}

static void shares_are_kept(void **state) {
  (void)state;
  static const double slow[8] = {3, 3, 1, 3, 3, 3, 1, 3}, steep[8] = {1, 2, 3, 4, 5, 6, 7, 36},
                      equal[8] = {1, 1, 1, 1, 1, 1, 1, 1};
  for (uint64_t seed = 1; seed <= 3; seed++) {
    struct fg_points points = heavy_rows(3000, 401, seed);
    struct fg_split split = {0.1, false, seed};
    struct fg_grid a, b, c;
    assert_int_equal(fg_grid_build(&points, &split, 8, 8, slow, 64, &a, NULL), FG_OK);
    assert_int_equal(fg_grid_build(&points, &split, 8, 8, steep, 64, &b, NULL), FG_OK);
    assert_int_equal(fg_grid_build(&points, &split, 8, 8, NULL, 64, &c, NULL), FG_OK);
    assert_true(in_proportion(&a, slow, 0.002) && in_proportion(&b, steep, 0.002) && in_proportion(&c, equal, 0.002));
    assert_false(in_proportion(&a, equal, 0.2) || in_proportion(&b, slow, 0.2) || in_proportion(&c, slow, 0.2));
    for (uint32_t p = 0; p < 8; p++) /* columns are dealt as ever */
      assert_memory_equal(a.col[p].original, c.col[p].original, c.col[p].n * sizeof *c.col[p].original);
    fg_grid_free(&a);
    fg_grid_free(&b);
    fg_grid_free(&c);
    fg_points_free(&points);
  }
}

/* Real text, whose words and documents are far from independent, on 16 workers. */
static void blocks_of_the_corpus_are_balanced(void **state) {
  (void)state;
  const char *source = getenv("FUGUE_SRCDIR");
  if (!source)
    skip();
  char path[1024];
  snprintf(path, sizeof path, "%s/experiments/data/sotu/docword.txt.gz", source);
  struct fg_read_options options = {.index_base = 1};
  struct fg_points points;
  struct fg_grid g;
  assert_int_equal(fg_points_read(path, &options, &points, NULL), FG_OK);
  for (uint64_t seed = 1; seed <= 3; seed++) {
    struct fg_split split = {0.1, false, seed};
    assert_int_equal(fg_grid_build(&points, &split, 16, 16, NULL, 128, &g, NULL), FG_OK);
    assert_true(g.imbalance > 1 && g.imbalance < 1.1);
    fg_grid_free(&g);
  }
  fg_points_free(&points);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(holds_every_point_once),
      cmocka_unit_test(empty_blocks_are_not_kept),
      cmocka_unit_test(tiles_have_the_stated_size),
      cmocka_unit_test(same_seed_same_grid),
      cmocka_unit_test(storage_is_shuffled),
      cmocka_unit_test(rows_without_points_are_spread),
      cmocka_unit_test(imbalance_is_the_worst_stratum),
      cmocka_unit_test(lines_are_dealt_by_the_rule),
      cmocka_unit_test(shares_are_kept),
      cmocka_unit_test(refuses_what_cannot_be_cut),
      cmocka_unit_test(blocks_of_the_corpus_are_balanced),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
