/* Pairs without a link: none twice, none that is a link, all of them if all are wanted, each as likely as another. */
#include "core/data/points.h"
#include "core/data/zeros.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { NODES = 37 };

/* A network of about a third of the pairs, with a loop and one link of value 0. */
static void network(struct fg_points *points, bool unordered) {
  *points = (struct fg_points){.rows = NODES, .cols = NODES};
  for (uint32_t i = 0; i < NODES; i++)
    for (uint32_t j = unordered ? i : 0; j < NODES; j++)
      if ((i * 31 + j * 17) % 3 == 0 && (i != j || i % 4))
        assert_int_equal(fg_points_push(points, j, i, (float)(i != 4 || j != 7)), FG_OK);
}

static void drawn_pairs_are_no_links(void **state) {
  (void)state;
  static const double rates[] = {0.1, 1, 1.5, INFINITY};
  for (size_t k = 0; k < 8; k++) {
    struct fg_points points;
    bool unordered = k % 2;
    unsigned char met[NODES][NODES] = {{0}};
    double links = 0, given = 0;
    network(&points, unordered);
    size_t n = points.n;
    for (size_t i = 0; i < n; i++) {
      links += points.row[i] != points.col[i] && points.value[i] != 0;
      given += points.row[i] != points.col[i];
    }
    assert_int_equal(
        fg_zeros_add(&points, unordered, &(struct fg_read_options){.zeros = rates[k / 2], .seed = k}, "file", NULL),
        FG_OK);
    double all = NODES * (NODES - 1) / (unordered ? 2 : 1), drawn = (double)(points.n - n);
    assert_true(drawn == (isinf(rates[k / 2]) ? all - given : round(rates[k / 2] * links)));
    for (size_t i = 0; i < points.n; i++) {
      uint32_t a = points.row[i], b = points.col[i];
      assert_true(i < n || (points.value[i] == 0 && a != b));
      assert_int_equal(met[a][b]++, 0);
      if (unordered && a != b)
        assert_int_equal(met[b][a]++, 0);
    }
    fg_points_free(&points);
  }
}

/* Counts over seeds against the binomial law; 5 standard deviations, 1332 pairs (level 1e-3 for all). */
static void all_pairs_are_equally_likely(void **state) {
  (void)state;
  enum { DRAWS = 2000 };
  for (int unordered = 0; unordered < 2; unordered++) {
    unsigned count[NODES][NODES] = {{0}}, once[NODES][NODES] = {{0}};
    size_t n = 0, drawn = 0, free_pairs = 0;
    struct fg_points points;
    for (uint64_t seed = 0; seed < DRAWS; seed++) {
      network(&points, unordered);
      n = points.n;
      for (size_t i = 0; i < n; i++)
        once[points.row[i]][points.col[i]] =
            once[unordered ? points.col[i] : points.row[i]][unordered ? points.row[i] : points.col[i]] = 1;
      assert_int_equal(
          fg_zeros_add(&points, unordered, &(struct fg_read_options){.zeros = 0.5, .seed = seed}, NULL, NULL), FG_OK);
      drawn = points.n - n;
      for (size_t i = n; i < points.n; i++)
        count[points.row[i]][points.col[i]]++;
      fg_points_free(&points);
    }
    for (uint32_t i = 0; i < NODES; i++)
      for (uint32_t j = unordered ? i + 1 : 0; j < NODES; j++)
        free_pairs += i != j && !once[i][j];
    double p = (double)drawn / (double)free_pairs;
    for (uint32_t i = 0; i < NODES; i++)
      for (uint32_t j = unordered ? i + 1 : 0; j < NODES; j++)
        if (i != j && !once[i][j] && fabs(count[i][j] - DRAWS * p) > 5 * sqrt(DRAWS * p * (1 - p)))
          fail_msg("(%u, %u): %u times, not about %g", i, j, count[i][j], DRAWS * p);
  }
}

static void too_many_are_refused(void **state) {
  (void)state;
  struct fg_points points;
  struct fg_fault fault = {0};
  network(&points, false);
  assert_int_equal(fg_zeros_add(&points, false, &(struct fg_read_options){.zeros = 3, .seed = 1}, "net.txt", &fault),
                   FG_EINPUT);
  assert_string_equal(fault.file, "net.txt");
  assert_non_null(strstr(fault.text, "zeros=3: "));
  assert_non_null(strstr(fault.text, "zeros=inf takes them all"));
  fg_points_free(&points);
}

/* The same seed draws the same, another one others. */
static void drawn_by_the_seed(void **state) {
  (void)state;
  struct fg_points a, b, c;
  network(&a, true);
  network(&b, true);
  network(&c, true);
  size_t n = a.n;
  assert_int_equal(fg_zeros_add(&a, true, &(struct fg_read_options){.zeros = 1, .seed = 5}, NULL, NULL) |
                       fg_zeros_add(&b, true, &(struct fg_read_options){.zeros = 1, .seed = 5}, NULL, NULL) |
                       fg_zeros_add(&c, true, &(struct fg_read_options){.zeros = 1, .seed = 6}, NULL, NULL),
                   FG_OK);
  assert_true(a.n == b.n && a.n == c.n);
  assert_memory_equal(a.row + n, b.row + n, (a.n - n) * sizeof *a.row);
  assert_memory_equal(a.col + n, b.col + n, (a.n - n) * sizeof *a.col);
  assert_memory_not_equal(a.row + n, c.row + n, (a.n - n) * sizeof *a.row);
  fg_points_free(&a);
  fg_points_free(&b);
  fg_points_free(&c);
}

/* Nodes that have no link to themselves get one, nothing else. */
static void loops_are_added_where_there_are_none(void **state) {
  (void)state;
  struct fg_points points;
  unsigned loops[NODES] = {0};
  network(&points, true);
  size_t n = points.n;
  assert_int_equal(fg_zeros_add(&points, true, &(struct fg_read_options){.loops = 2.5}, NULL, NULL), FG_OK);
  for (size_t i = 0; i < points.n; i++) {
    assert_true(i < n || (points.row[i] == points.col[i] && points.value[i] == 2.5f));
    if (points.row[i] == points.col[i])
      loops[points.row[i]]++;
  }
  for (uint32_t i = 0; i < NODES; i++)
    assert_int_equal(loops[i], 1);
  assert_true(points.n > n && points.n < n + NODES);
  fg_points_free(&points);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(drawn_pairs_are_no_links),
      cmocka_unit_test(all_pairs_are_equally_likely),
      cmocka_unit_test(too_many_are_refused),
      cmocka_unit_test(drawn_by_the_seed),
      cmocka_unit_test(loops_are_added_where_there_are_none),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
