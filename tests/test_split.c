/* The split: grammar, share, reproducibility. */
#include "core/data/split.h"
#include "core/rng.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void accepts_shares(void **state) {
  (void)state;
  struct fg_fault fault = {0};
  struct fg_split s = {.seed = 7};
  assert_int_equal(fg_split_parse("0.1", &s, &fault), FG_OK);
  assert_true(s.share == 0.1 && !s.by_rows && s.seed == 7);
  assert_int_equal(fg_split_parse("rows:0.25", &s, &fault), FG_OK);
  assert_true(s.share == 0.25 && s.by_rows && s.seed == 7);
  assert_int_equal(fg_split_parse("0", &s, &fault), FG_OK);
  assert_true(s.share == 0 && !s.by_rows);
}

static void refuses_the_rest(void **state) {
  (void)state;
  static const char *const bad[] = {"1",      "1.5",  "-0.1",    "-0",        "nan",  "inf",      "",   "rows:",
                                    "rows:1", "0.1x", "row:0.1", "rows:-0.1", " 0.1", "rows:nan", "0,1"};
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    struct fg_fault fault = {0};
    struct fg_split s = {.share = 0.5};
    assert_int_equal(fg_split_parse(bad[i], &s, &fault), FG_EUSAGE);
    assert_non_null(strstr(fault.text, "[0, 1)"));
    assert_true(s.share == 0.5);
  }
}

/* Share of n Bernoulli draws within 4.5 standard deviations (two-sided level 7e-6, ten comparisons in this file). */
static void share_is_met(void **state) {
  (void)state;
  enum { N = 100000 };
  static const double shares[] = {0.001, 0.1, 0.5, 0.9, 0.999};
  for (size_t k = 0; k < sizeof shares / sizeof shares[0]; k++)
    for (int by_rows = 0; by_rows < 2; by_rows++) {
      struct fg_split s = {shares[k], by_rows, 11 + k};
      size_t held = 0;
      for (uint32_t i = 0; i < N; i++)
        held += by_rows ? fg_split_row_is_test(&s, i) : fg_split_is_test(&s, false, false, i, 3, 0);
      double sd = sqrt(N * shares[k] * (1 - shares[k]));
      assert_true(fabs((double)held - N * shares[k]) < 4.5 * sd);
    }
}

static void nothing_held_out_at_zero(void **state) {
  (void)state;
  struct fg_split points = {0, false, 5}, rows = {0, true, 5};
  for (uint32_t i = 0; i < 10000; i++) {
    assert_false(fg_split_is_test(&points, false, false, i, i, 0));
    assert_false(fg_split_is_test(&rows, false, false, i, i, 0));
    assert_false(fg_split_row_is_test(&rows, i));
  }
}

static void rows_go_as_a_whole(void **state) {
  (void)state;
  struct fg_split rows = {0.5, true, 5}, points = {0.5, false, 5};
  for (uint32_t row = 0; row < 1000; row++) {
    for (size_t i = 0; i < 20; i++)
      assert_int_equal(fg_split_is_test(&rows, false, false, 1000 * i + row, row, 0), fg_split_row_is_test(&rows, row));
    assert_false(fg_split_row_is_test(&points, row));
  }
}

static void depends_on_seed_alone(void **state) {
  (void)state;
  struct fg_split a = {0.5, false, 1}, b = {0.5, false, 1}, c = {0.5, false, 2}, r = {0.5, true, 1};
  size_t same = 0, as_rows = 0;
  for (uint32_t i = 0; i < 10000; i++) {
    assert_int_equal(fg_split_is_test(&a, false, false, i, 0, 0), fg_split_is_test(&b, false, false, i, 9, 0));
    same += fg_split_is_test(&a, false, false, i, 0, 0) == fg_split_is_test(&c, false, false, i, 0, 0);
    as_rows += fg_split_is_test(&a, false, false, i, 0, 0) == fg_split_row_is_test(&r, i);
  }
  assert_in_range(same, 4750, 5250); /* half of them, 5 standard deviations */
  assert_in_range(as_rows, 4750, 5250);
}

/* Of a symmetric matrix both directions of a pair go together, whatever their numbers, and the share is met. */
static void pairs_go_together(void **state) {
  (void)state;
  enum { N = 300 };
  struct fg_split s = {.share = 0.3, .seed = 5}, rows = {.share = 0.3, .by_rows = true, .seed = 5};
  size_t held = 0, i = 0;
  for (uint32_t row = 0; row < N; row++)
    for (uint32_t col = row; col < N; col++, i++) {
      held += fg_split_is_test(&s, true, false, i, row, col);
      assert_int_equal(fg_split_is_test(&s, true, false, i, row, col),
                       fg_split_is_test(&s, true, false, 7 * i + 1, col, row));
    }
  assert_true(fabs((double)held - 0.3 * (double)i) < 4.5 * sqrt((double)i * 0.3 * 0.7));
  for (uint32_t row = 0; row < N; row++) { /* loops stay */
    assert_false(fg_split_is_test(&s, true, true, row, row, row));
    assert_false(fg_split_is_test(&s, false, true, row, row, row));
  }
  /* whole rows stay what they are */
  for (uint32_t row = 0; row < N; row++)
    assert_int_equal(fg_split_is_test(&rows, true, false, 0, row, 1), fg_split_row_is_test(&rows, row));
}

/* Side by side, points get what each gets alone. */
static void many_are_as_one(void **state) {
  (void)state;
  enum { N = 1000 };
  uint32_t row[N], col[N];
  unsigned char part[N];
  struct fg_rng rng;
  fg_rng_start(&rng, 3, FG_STREAM_GENERATE, 0, 0);
  for (int i = 0; i < N; i++) {
    row[i] = fg_rng_below(&rng, 200);
    col[i] = fg_rng_below(&rng, 200);
  }
  row[0] = col[0] = UINT32_MAX;
  for (unsigned k = 0; k < 16; k++) {
    bool symmetric = k & 1, network = k & 2;
    struct fg_split s = {k & 8 ? 0.3 : 0, k & 4, UINT64_C(0x123456789abcdef)};
    uint64_t first = k % 3 ? UINT64_C(0xfffffff8) : 0;
    size_t n = N - k;
    fg_split_parts(&s, symmetric, network, first, row, col, n, part);
    for (size_t i = 0; i < n; i++)
      assert_int_equal(part[i], fg_split_part(&s, symmetric, network, first + i, row[i], col[i]));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(accepts_shares),     cmocka_unit_test(refuses_the_rest),
      cmocka_unit_test(share_is_met),       cmocka_unit_test(nothing_held_out_at_zero),
      cmocka_unit_test(rows_go_as_a_whole), cmocka_unit_test(depends_on_seed_alone),
      cmocka_unit_test(pairs_go_together),  cmocka_unit_test(many_are_as_one),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
