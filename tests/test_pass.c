/* A pass visits every point of its block once, in an order that is a function of (seed, visit, pass) alone. */
#include "core/data/grid.h"
#include "core/rng.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* One block; the value of a point is its number in the file. */
static struct fg_grid grid_of(uint32_t rows, uint32_t cols, double density, size_t tile_bytes_row) {
  struct fg_points points = {.rows = rows, .cols = cols};
  struct fg_split split = {0, false, 8};
  struct fg_rng rng;
  fg_rng_start(&rng, 3, FG_STREAM_GENERATE, 0, 0);
  for (uint32_t i = 0; i < rows; i++)
    for (uint32_t j = 0; j < cols; j++)
      if (fg_rng_uniform(&rng) < density)
        assert_int_equal(fg_points_push(&points, i, j, (float)points.n), FG_OK);
  struct fg_grid g;
  assert_int_equal(fg_grid_build(&points, &split, 1, 1, NULL, tile_bytes_row, &g, NULL), FG_OK);
  fg_points_free(&points);
  return g;
}

/* The whole sequence of a pass, taken in chunks of the given size (0: of ever changing sizes). */
static struct fg_point *sequence(struct fg_pass *pass, const struct fg_block *b, int replace, uint64_t seed,
                                 uint64_t visit, uint32_t number, size_t chunk) {
  struct fg_point *out = test_malloc((b->n + 1) * sizeof *out);
  assert_int_equal(fg_pass_start(pass, b, replace, seed, visit, number), FG_OK);
  for (size_t n = 0, k = 0; n < b->n; k++) {
    size_t m = chunk ? chunk : (k * k * 7 + k) % 97;
    m = m < b->n - n ? m : b->n - n;
    fg_pass_take(pass, m, out + n);
    n += m;
    assert_int_equal(pass->taken, n);
  }
  return out;
}

static void check_permutation(const struct fg_grid *g, const struct fg_point *seq) {
  const struct fg_block *b = fg_grid_train(g, 0, 0);
  const struct fg_point **by_number = test_calloc(b->n, sizeof *by_number);
  for (size_t i = 0; i < b->n; i++) {
    size_t number = (size_t)seq[i].value;
    assert_true(number < b->n);
    assert_null(by_number[number]);
    by_number[number] = &seq[i];
  }
  struct fg_point chunk[64];
  for (size_t from = 0, n; (n = fg_block_read(b, from, 64, chunk)) > 0; from += n)
    for (size_t i = 0; i < n; i++) { /* indices are those of evaluation */
      const struct fg_point *p = by_number[(size_t)chunk[i].value];
      assert_true(p->row == chunk[i].row && p->col == chunk[i].col);
    }
  test_free(by_number);
}

static const struct {
  uint32_t rows, cols;
  double density;
  size_t tile_bytes_row;
} shapes[] = {
    {1, 1, 1, 64},      {2, 1, 1, 64},      {500, 300, 0.1, 64}, {500, 300, 0.1, 4096}, {640, 640, 0.0002, 4096},
    {70000, 2, 0.5, 4}, {70000, 2, 0.1, 64}};

static void every_pass_is_a_permutation(void **state) {
  (void)state;
  struct fg_pass pass = {0}; /* one object for all blocks and passes */
  for (size_t k = 0; k < sizeof shapes / sizeof shapes[0]; k++) {
    struct fg_grid g = grid_of(shapes[k].rows, shapes[k].cols, shapes[k].density, shapes[k].tile_bytes_row);
    for (uint32_t visit = 0; visit < 3; visit++)
      for (uint32_t number = 0; number < 3; number++) {
        struct fg_point *seq = sequence(&pass, fg_grid_train(&g, 0, 0), 0, 77, visit, number, 64);
        check_permutation(&g, seq);
        test_free(seq);
      }
    fg_grid_free(&g);
  }
  fg_pass_free(&pass);
}

static void chunks_do_not_matter(void **state) {
  (void)state;
  struct fg_grid g = grid_of(500, 300, 0.1, 4096);
  const struct fg_block *b = fg_grid_train(&g, 0, 0);
  struct fg_pass pass = {0};
  for (int replace = 0; replace < 2; replace++) {
    struct fg_point *whole = sequence(&pass, b, replace, 5, 6, 7, b->n);
    static const size_t chunks[] = {1, 3, 64, 1000, 0};
    for (size_t i = 0; i < sizeof chunks / sizeof chunks[0]; i++) {
      struct fg_point *cut = sequence(&pass, b, replace, 5, 6, 7, chunks[i]);
      assert_memory_equal(whole, cut, b->n * sizeof *cut);
      test_free(cut);
    }
    test_free(whole);
  }
  fg_pass_free(&pass);
  fg_grid_free(&g);
}

/* What is peeked at is what comes next, as far as the tile goes, and peeking changes nothing. */
static void peeking_foretells(void **state) {
  (void)state;
  struct fg_grid g = grid_of(150, 200, 0.3, 4096); /* tiles of 64 x 64 */
  const struct fg_block *b = fg_grid_train(&g, 0, 0);
  assert_true(b->n_tiles > 6);
  struct fg_pass pass = {0};
  struct fg_point *seq = sequence(&pass, b, 0, 5, 3, 0, 0), soon[20], taken[13];
  size_t seen = 0;
  assert_int_equal(fg_pass_start(&pass, b, 0, 5, 3, 0), FG_OK);
  for (size_t n = 0; n < b->n;) {
    size_t ahead = fg_pass_peek(&pass, 20, soon), m = b->n - n < 13 ? b->n - n : 13;
    assert_memory_equal(soon, seq + n, ahead * sizeof *soon);
    seen += ahead == 20;
    fg_pass_take(&pass, m, taken);
    assert_memory_equal(taken, seq + n, m * sizeof *taken);
    n += m;
  }
  assert_true(seen > b->n / 13 / 2);
  assert_int_equal(fg_pass_peek(&pass, 20, soon), 0);
  assert_int_equal(fg_pass_start(&pass, b, 1, 5, 3, 0), FG_OK);
  assert_int_equal(fg_pass_peek(&pass, 20, soon), 0);
  test_free(seq);
  fg_pass_free(&pass);
  fg_grid_free(&g);
}

static void passes_differ(void **state) {
  (void)state;
  struct fg_grid g = grid_of(500, 300, 0.1, 4096);
  const struct fg_block *b = fg_grid_train(&g, 0, 0);
  struct fg_pass pass = {0};
  for (int replace = 0; replace < 2; replace++) {
    struct fg_point *base = sequence(&pass, b, replace, 5, 6, 7, 64);
    static const uint64_t others[][3] = {{6, 6, 7}, {5, 7, 7}, {5, 6, 8}, {5, 6 + (1ULL << 32), 7}};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
      struct fg_point *other = sequence(&pass, b, replace, others[i][0], others[i][1], (uint32_t)others[i][2], 64);
      size_t same = 0;
      for (size_t k = 0; k < b->n; k++)
        same += base[k].value == other[k].value;
      assert_true(same < b->n / 100);
      test_free(other);
    }
    test_free(base);
  }
  fg_pass_free(&pass);
  fg_grid_free(&g);
}

static double chi_square(const size_t *count, size_t cells, double expected) {
  double x = 0;
  for (size_t i = 0; i < cells; i++)
    x += ((double)count[i] - expected) * ((double)count[i] - expected) / expected;
  return x;
}

/* Each of three statistics below is two-sided at 1e-6. */
static void check_uniform(const size_t *count, size_t cells, double expected) {
  double x = chi_square(count, cells, expected);
  assert_true(gsl_cdf_chisq_Q(x, (double)cells - 1) > 0.5e-6);
  assert_true(gsl_cdf_chisq_P(x, (double)cells - 1) > 0.5e-6);
}

static void replacement_is_uniform(void **state) {
  (void)state;
  struct fg_grid g = grid_of(200, 200, 0.05, 4096); /* 16 tiles of unequal size */
  const struct fg_block *b = fg_grid_train(&g, 0, 0);
  enum { ROUNDS = 400 };
  size_t *count = test_calloc(b->n, sizeof *count);
  struct fg_pass pass = {0};
  for (uint64_t visit = 0; visit < ROUNDS; visit++) {
    struct fg_point *seq = sequence(&pass, b, 1, 1, visit, 0, 64);
    for (size_t i = 0; i < b->n; i++)
      count[(size_t)seq[i].value]++;
    test_free(seq);
  }
  check_uniform(count, b->n, ROUNDS);
  test_free(count);
  fg_pass_free(&pass);
  fg_grid_free(&g);
}

/* Over many passes each point comes first equally often when tiles hold one point each, and each pair of a point and
 * its follower is equally frequent in a small tile: what an affine walk with random step and start can give. */
static void first_points_are_uniform(void **state) {
  (void)state;
  struct fg_grid g = grid_of(1, 101, 1, 64); /* one tile, prime size: all steps but 0 */
  const struct fg_block *b = fg_grid_train(&g, 0, 0);
  enum { PASSES = 40000 };
  size_t first[101] = {0}, step[101] = {0};
  size_t place[101];
  for (size_t i = 0; i < b->n; i++)
    place[(size_t)b->points[i].value] = i;
  struct fg_pass pass = {0};
  for (uint64_t visit = 0; visit < PASSES; visit++) {
    struct fg_point seq[2];
    assert_int_equal(fg_pass_start(&pass, b, 0, 9, visit, 0), FG_OK);
    fg_pass_take(&pass, 2, seq);
    size_t from = place[(size_t)seq[0].value], to = place[(size_t)seq[1].value];
    first[from]++;
    step[(to + b->n - from) % b->n]++;
  }
  check_uniform(first, 101, PASSES / 101.0);
  assert_int_equal(step[0], 0);
  check_uniform(step + 1, 100, PASSES / 100.0);
  fg_pass_free(&pass);
  fg_grid_free(&g);
}

static void empty_blocks_have_empty_passes(void **state) {
  (void)state;
  struct fg_block empty = {0};
  struct fg_pass pass = {0};
  struct fg_point out;
  for (int replace = 0; replace < 2; replace++) {
    assert_int_equal(fg_pass_start(&pass, &empty, replace, 1, 2, 3), FG_OK);
    fg_pass_take(&pass, 0, &out);
    assert_int_equal(pass.taken, 0);
  }
  assert_int_equal(fg_block_read(&empty, 0, 1, &out), 0);
  fg_pass_free(&pass);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_pass_is_a_permutation),
      cmocka_unit_test(chunks_do_not_matter),
      cmocka_unit_test(peeking_foretells),
      cmocka_unit_test(passes_differ),
      cmocka_unit_test(replacement_is_uniform),
      cmocka_unit_test(first_points_are_uniform),
      cmocka_unit_test(empty_blocks_have_empty_passes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
