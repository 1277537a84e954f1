/* Scoring of unseen rows: which part folds in, which is predicted, and that the sums are those of the model. */
#include "core/score.h"
#include "tests/model_fixture.h"

#include <math.h>

static void points_start(struct fg_points *points, uint32_t rows, uint32_t cols, bool counts) {
  *points = (struct fg_points){.rows = rows, .cols = cols, .counts = counts};
}

static void push(struct fg_points *points, uint32_t row, uint32_t col, float value) {
  assert_int_equal(fg_points_push(points, row, col, value), FG_OK);
}

/* Sums of one row, given what folds in and what is held out. */
static struct fg_score by_hand(const struct problem *p, const struct fg_point *fold, size_t n_fold,
                               const struct fg_point *held, size_t n_held) {
  struct fg_score score = {0};
  float weight, *row = factor_new(1, p->model.stride);
  assert_int_equal(p->model.type->fold_in(&p->model, &p->view, fold, n_fold, row, &weight), FG_OK);
  struct fg_view view = p->view;
  view.row_factor = row;
  view.row_weight = &weight;
  p->model.type->score(&p->model, &view, held, n_held, &score);
  free(row);
  return score;
}

/* Documents 0 and 2 by hand; document 1 has one token, document 3 none. */
static void tokens_alternate(void **state) {
  (void)state;
  struct problem p;
  struct fg_points points;
  struct fg_score_result result;
  problem_start(&p, "lda:topics=3,alpha=0.5", 41);
  points_start(&points, 4, COLS, true);
  push(&points, 2, 7, 2);
  push(&points, 0, 3, 1); /* token 0 folds in */
  push(&points, 0, 5, 4); /* tokens 1 to 4: 2 and 4 fold in, 1 and 3 are held */
  push(&points, 1, 5, 1);
  push(&points, 0, 2, 3); /* tokens 5 to 7: 6 folds in */
  push(&points, 0, 1, 0);
  push(&points, 0, 9, 1); /* token 8 folds in */
  push(&points, 2, 8, 1); /* token 2 folds in */
  const struct fg_point fold0[] = {{0, 3, 1}, {0, 5, 2}, {0, 2, 1}, {0, 9, 1}}, held0[] = {{0, 5, 2}, {0, 2, 2}};
  const struct fg_point fold2[] = {{0, 7, 1}, {0, 8, 1}}, held2[] = {{0, 7, 1}};
  struct fg_score a = by_hand(&p, fold0, 4, held0, 2), b = by_hand(&p, fold2, 2, held2, 1);

  assert_int_equal(fg_score_rows(&p.model, &p.view, &points, NULL, &result, NULL), FG_OK);
  assert_int_equal(result.rows, 2);
  assert_true(result.sums.weight == 5);
  assert_true(result.sums.metric == a.metric + b.metric);
  assert_true(result.metric == exp((a.metric + b.metric) / 5));

  const unsigned char mask[] = {0, 1, 1, 1};
  assert_int_equal(fg_score_rows(&p.model, &p.view, &points, mask, &result, NULL), FG_OK);
  assert_int_equal(result.rows, 1);
  assert_true(result.sums.metric == b.metric && result.sums.weight == 1);

  const unsigned char none[] = {0, 1, 0, 1};
  assert_int_equal(fg_score_rows(&p.model, &p.view, &points, none, &result, NULL), FG_OK);
  assert_int_equal(result.rows, 0);
  assert_true(isnan(result.metric));
  fg_points_free(&points);
  problem_end(&p);
}

/* Ratings are points, whole numbers or not. */
static void points_alternate(void **state) {
  (void)state;
  struct problem p;
  struct fg_points points;
  struct fg_score_result result;
  problem_start(&p, "mf:rank=3,init=1", 42);
  points_start(&points, 1, COLS, true);
  for (uint32_t j = 0; j < 7; j++)
    push(&points, 0, 2 * j, (float)(j % 4));
  struct fg_point fold[4], held[3];
  for (uint32_t j = 0; j < 7; j++)
    (j % 2 ? held : fold)[j / 2] = (struct fg_point){0, 2 * j, (float)(j % 4)};
  struct fg_score expected = by_hand(&p, fold, 4, held, 3);
  assert_int_equal(fg_score_rows(&p.model, &p.view, &points, NULL, &result, NULL), FG_OK);
  assert_int_equal(result.rows, 1);
  assert_true(result.sums.metric == expected.metric && result.sums.weight == 3);
  assert_true(result.metric == sqrt(expected.metric / 3));
  fg_points_free(&points);
  problem_end(&p);
}

/* Nothing is held back, rows of a single point count, and zeros of a code are not counted. */
static void whole_rows_are_reproduced(void **state) {
  (void)state;
  struct problem p;
  struct fg_points points;
  struct fg_score_result result, half;
  problem_start(&p, "dict:rank=9,l1=0.2", 45);
  points_start(&points, 3, COLS, false);
  struct fg_point whole[COLS], one = {0, 4, -5};
  for (uint32_t j = 0; j < COLS; j++) {
    whole[j] = (struct fg_point){0, j, (float)(j % 3) - 1};
    push(&points, 1, j, whole[j].value);
  }
  push(&points, 2, one.col, one.value);
  struct fg_score a = by_hand(&p, whole, COLS, whole, COLS), b = by_hand(&p, &one, 1, &one, 1);
  uint64_t nonzero = 0;
  float weight, *row = factor_new(1, p.model.stride);
  for (int r = 0; r < 2; r++) {
    const struct fg_point *from = r ? &one : whole;
    assert_int_equal(p.model.type->fold_in(&p.model, &p.view, from, r ? 1 : COLS, row, &weight), FG_OK);
    for (uint32_t k = 0; k < 9; k++)
      nonzero += row[k] != 0;
  }
  assert_int_equal(fg_score_whole_rows(&p.model, &p.view, &points, NULL, &result, NULL), FG_OK);
  assert_int_equal(result.rows, 2);
  assert_true(result.sums.weight == COLS + 1);
  assert_true(result.sums.loss == a.loss + b.loss && result.sums.metric == a.metric + b.metric);
  assert_true(result.nonzero == nonzero && nonzero > 0 && nonzero < 18);
  assert_int_equal(fg_score_rows(&p.model, &p.view, &points, NULL, &half, NULL), FG_OK);
  assert_true(half.rows == 1 && half.sums.weight == COLS / 2);
  free(row);
  fg_points_free(&points);
  problem_end(&p);
}

static void bad_points_are_refused(void **state) {
  (void)state;
  struct problem p;
  struct fg_points points;
  struct fg_score_result result;
  struct fg_fault fault = {0};
  problem_start(&p, "lda", 43);
  points_start(&points, 1, COLS + 1, true);
  push(&points, 0, COLS, 4);
  assert_int_equal(fg_score_rows(&p.model, &p.view, &points, NULL, &result, &fault), FG_EINPUT);
  assert_non_null(strstr(fault.text, "columns"));
  points.cols = COLS;
  points.col[0] = 0;
  assert_int_equal(fg_score_rows(&p.model, &p.view, &points, NULL, &result, &fault), FG_OK);
  points.value[0] = 1.5f;
  points.counts = false;
  assert_int_equal(fg_score_rows(&p.model, &p.view, &points, NULL, &result, &fault), FG_EINPUT);
  assert_non_null(strstr(fault.text, "counts"));
  problem_end(&p);
  problem_start(&p, "nmf", 43);
  points.nonnegative = true;
  assert_int_equal(fg_score_rows(&p.model, &p.view, &points, NULL, &result, &fault), FG_OK);
  points.nonnegative = false;
  assert_int_equal(fg_score_rows(&p.model, &p.view, &points, NULL, &result, &fault), FG_EINPUT);
  assert_non_null(strstr(fault.text, "not negative"));
  fg_points_free(&points);
  problem_end(&p);
}

/* Rows that the model explains are predicted to the noise, and better than the mean does. */
static void planted_rows_are_predicted(void **state) {
  (void)state;
  struct problem p;
  struct fg_points points;
  struct fg_score_result result;
  struct fg_rng rng;
  problem_start(&p, "mf:rank=2,init=1,l2=0.0001", 44);
  points_start(&points, 200, COLS, false);
  fg_rng_start(&rng, 44, FG_STREAM_GENERATE, 9, 0);
  double spread = 0;
  for (uint32_t i = 0; i < points.rows; i++) {
    double u[2] = {4 * fg_rng_uniform(&rng) - 2, 4 * fg_rng_uniform(&rng) - 2};
    for (uint32_t j = 0; j < COLS; j++) {
      const float *w = p.cols + j * p.model.stride;
      double x = u[0] * w[0] + u[1] * w[1] + 0.1 * (fg_rng_uniform(&rng) - 0.5);
      spread += x * x / (points.rows * COLS);
      push(&points, i, j, (float)(p.model.mean + x));
    }
  }
  assert_int_equal(fg_score_rows(&p.model, &p.view, &points, NULL, &result, NULL), FG_OK);
  assert_int_equal(result.rows, 200);
  /* the noise's deviation is 0.029; fitting 2 of 9 dimensions adds some */
  assert_true(result.metric > 0.025 && result.metric < 0.045);
  assert_true(sqrt(spread) > 0.5);
  fg_points_free(&points);
  problem_end(&p);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(tokens_alternate),           cmocka_unit_test(points_alternate),
      cmocka_unit_test(whole_rows_are_reproduced),  cmocka_unit_test(bad_points_are_refused),
      cmocka_unit_test(planted_rows_are_predicted),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
