/* Curvature and gradient noise from differences of updates (proofs/lab/curvature.h): `additive` has both in closed
 * form.
 */
#include "proofs/lab/curvature.h"
#include "tests/fixture.h"

#include <gsl/gsl_eigen.h>
#include <gsl/gsl_errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ROWS = 24, COLS = 20, MOST = 44 };

static struct fg_run *prepare(char **data, const char *model) {
  *data = fixture_points(ROWS, COLS, 0.8, 3);
  const char *const options[] = {"workers", "2", "model", model, "sync", "barrier", "step", "0.1", "test", "0", NULL};
  return fixture_run(*data, options);
}

static void drop(char *data, struct fg_run *run) {
  fixture_run_free(run);
  fixture_drop(data);
}

/* H, g and G of a block of `additive` from their formulas. */
struct exact {
  size_t d;
  double h[MOST * MOST], g[MOST], cov[MOST * MOST], square, trace, trace_g, drift, touched, top, bottom;
};

static void exactly(const struct fg_run *run, double ridge, struct exact *x) {
  const struct fg_block *block = fg_grid_train(&run->grid, 0, 1);
  const struct fg_row_shard *rows = &run->factors.row[0];
  const struct fg_col_block *cols = &run->factors.col[1];
  struct fg_point *z = malloc(block->n * sizeof *z);
  double n = (double)block->n;
  memset(x, 0, sizeof *x);
  x->d = rows->rows + cols->cols;
  assert_int_equal(fg_block_read(block, 0, block->n, z), block->n);
  for (int second = 0; second < 2; second++)
    for (size_t i = 0; i < block->n; i++) {
      size_t at[2] = {z[i].row, rows->rows + z[i].col};
      double u = rows->factor[z[i].row * run->model.stride], w = cols->factor[z[i].col * run->model.stride];
      double e = u + w - z[i].value, g[2] = {e + ridge * u, e + ridge * w};
      if (!second) {
        double square = g[0] * g[0] + g[1] * g[1], sum = g[0] + g[1];
        x->square += square / n;
        x->touched += (sum * sum / square + ridge) / n;
        for (int a = 0; a < 2; a++) {
          x->g[at[a]] += g[a] / n;
          for (int b = 0; b < 2; b++)
            x->h[at[a] * x->d + at[b]] += (1 + (a == b ? ridge : 0)) / n;
        }
        continue;
      }
      double off[MOST] = {0};
      off[at[0]] = g[0];
      off[at[1]] = g[1];
      for (size_t a = 0; a < x->d; a++)
        for (size_t b = 0; b < x->d; b++)
          x->cov[a * x->d + b] += (off[a] - x->g[a]) * (off[b] - x->g[b]) / n;
    }
  for (size_t a = 0; a < x->d; a++) {
    x->trace += x->h[a * x->d + a];
    x->trace_g += x->cov[a * x->d + a];
    x->drift += x->g[a] * x->g[a];
  }
  double copy[MOST * MOST];
  memcpy(copy, x->h, sizeof copy);
  gsl_matrix_view m = gsl_matrix_view_array(copy, x->d, x->d);
  gsl_vector *value = gsl_vector_alloc(x->d);
  gsl_eigen_symm_workspace *work = gsl_eigen_symm_alloc(x->d);
  gsl_eigen_symm(&m.matrix, value, work);
  x->top = gsl_vector_max(value);
  x->bottom = gsl_vector_min(value);
  gsl_eigen_symm_free(work);
  gsl_vector_free(value);
  free(z);
}

/* differences of float32: see SHARE in curvature.c; counts up to 9, a step of 0.1 */
#define NEAR 2e-4

static void test_matrices(void **state) {
  (void)state;
  char *data;
  struct fg_run *run = prepare(&data, "additive:ridge=0.3");
  struct exact *x = malloc(sizeof *x);
  struct fg_curvature_plan plan = {.row_block = 0, .col_block = 1};
  struct fg_field *field;
  double h[MOST * MOST], cov[MOST * MOST], g[MOST];
  exactly(run, 0.3, x);
  assert_int_equal(fg_field_new(run, &plan, &field, NULL), FG_OK);
  assert_int_equal(fg_field_dimension(field), x->d);
  assert_int_equal(fg_field_gradient(field, g, NULL), FG_OK);
  assert_int_equal(fg_field_matrices(field, h, cov, NULL), FG_OK);
  for (size_t a = 0; a < x->d; a++) {
    assert_true(fabs(g[a] - x->g[a]) < NEAR);
    for (size_t b = 0; b < x->d; b++) {
      assert_true(fabs(h[a * x->d + b] - x->h[a * x->d + b]) < 5 * NEAR);
      assert_true(fabs(cov[a * x->d + b] - x->cov[a * x->d + b]) < NEAR * x->square);
    }
  }
  /* moving there and back changes nothing */
  double there[MOST], again[MOST];
  fg_field_place(field, there);
  there[0] += 1;
  fg_field_move(field, there);
  assert_int_equal(fg_field_gradient(field, again, NULL), FG_OK);
  assert_true(fabs(again[0] - g[0] - x->h[0]) < 5 * NEAR);
  fg_field_free(field);
  free(x);
  drop(data, run);
}

static void test_all_points(void **state) {
  (void)state;
  char *data;
  struct fg_run *run = prepare(&data, "additive:ridge=0.3");
  struct exact *x = malloc(sizeof *x);
  struct fg_curvature_plan plan = {.row_block = 0, .col_block = 1, .probes = 400, .seed = 5};
  struct fg_curvature c;
  exactly(run, 0.3, x);
  assert_int_equal(fg_curvature_estimate(run, &plan, &c, NULL), FG_OK);
  assert_int_equal(c.dimension, x->d);
  assert_true(fabs(c.square.value / x->square - 1) < NEAR && c.square.error == 0);
  assert_true(fabs(c.noise.value / x->trace_g - 1) < NEAR && c.noise.error == 0);
  assert_true(fabs(c.drift.value / x->drift - 1) < NEAR && c.drift.error == 0);
  assert_true(fabs(c.touched.value / x->touched - 1) < 10 * NEAR && c.touched.error == 0);
  assert_true(fabs(c.trace.value - x->trace) < 5 * c.trace.error + NEAR && c.trace.error > 0 &&
              c.trace.error < 0.1 * x->trace);
  assert_true(fabs(c.top.value - x->top) < 5 * NEAR);
  assert_true(fabs(c.bottom.value - x->bottom) < 5 * NEAR);
  assert_true(c.asymmetry < 1e-2);
  assert_true(c.constrained == 0);
  free(x);
  drop(data, run);
}

/* Of many samples the errors stated are those made. */
static void test_samples(void **state) {
  (void)state;
  enum { TIMES = 200 };
  char *data;
  struct fg_run *run = prepare(&data, "additive:ridge=0.3");
  struct exact *x = malloc(sizeof *x);
  double chi[4] = {0};
  exactly(run, 0.3, x);
  for (unsigned i = 0; i < TIMES; i++) {
    struct fg_curvature_plan plan = {.col_block = 1, .points = 60, .probes = 2, .iterations = 2, .seed = i};
    struct fg_curvature c;
    assert_int_equal(fg_curvature_estimate(run, &plan, &c, NULL), FG_OK);
    assert_int_equal(c.points, 60);
    chi[0] += pow((c.square.value - x->square) / c.square.error, 2) / TIMES;
    chi[1] += pow((c.noise.value - x->trace_g) / c.noise.error, 2) / TIMES;
    chi[2] += pow((c.drift.value - x->drift) / c.drift.error, 2) / TIMES;
    chi[3] += pow((c.trace.value - x->trace) / c.trace.error, 2) / TIMES;
  }
  for (int k = 0; k < 4; k++) /* 1 on average, but for 60 points only nearly; that of the drift is an upper bound */
    assert_true(chi[k] < 2 && (k == 2 || chi[k] > 0.5));
  free(x);
  drop(data, run);
}

static void test_other_models(void **state) {
  (void)state;
  char *data;
  struct fg_curvature_plan plan = {.col_block = 1, .seed = 1};
  struct fg_curvature c;
  struct fg_run *run = prepare(&data, "mf:rank=3,l2=0.1,init=1");
  assert_int_equal(fg_curvature_estimate(run, &plan, &c, NULL), FG_OK);
  assert_true(c.asymmetry < 0.01 && c.constrained == 0 && c.top.value > c.bottom.value);
  assert_true(c.top.error < 0.01 * c.top.value);
  drop(data, run);
  /* the ones of bias terms are no direction to go in */
  run = prepare(&data, "mf:rank=3,l2=0.1,init=1,bias=yes");
  assert_int_equal(fg_curvature_estimate(run, &plan, &c, NULL), FG_OK);
  assert_true(c.asymmetry < 0.01 && c.constrained == 0);
  drop(data, run);
  /* natural gradients keep to the simplex, and are in proportion to the step until it is clipped */
  run = prepare(&data, "lda:topics=3");
  assert_int_equal(fg_curvature_estimate(run, &plan, &c, NULL), FG_OK);
  assert_true(c.constrained == 0 && c.asymmetry > 0.001);
  struct fg_field *field;
  double g[MOST * 3], stat = 0;
  assert_int_equal(fg_field_new(run, &plan, &field, NULL), FG_OK);
  assert_int_equal(fg_field_gradient(field, g, NULL), FG_OK);
  for (size_t i = 0; i < fg_field_dimension(field); i += 3)
    stat = fmax(stat, fabs(g[i] + g[i + 1] + g[i + 2]));
  assert_true(stat < 1e-5);
  fg_field_free(field);
  plan.step = 1000;
  assert_int_equal(fg_curvature_estimate(run, &plan, &c, NULL), FG_OK);
  assert_true(c.constrained > 0.9);
  drop(data, run);
  plan.step = 10; /* far enough for the sides of the simplex */
  run = prepare(&data, "lda:topics=3,loss=squared");
  assert_int_equal(fg_curvature_estimate(run, &plan, &c, NULL), FG_OK);
  assert_true(c.constrained > 0.1);
  drop(data, run);
}

static void test_empty(void **state) {
  (void)state;
  char *data;
  struct fg_run *run = prepare(&data, "additive");
  struct fg_curvature_plan plan = {.points = 10};
  struct fg_curvature c;
  struct fg_fault fault;
  run->grid.train[0].col++; /* the first block has no points any more */
  run->grid.train[0].block++;
  run->grid.train[0].n--;
  assert_int_equal(fg_curvature_estimate(run, &plan, &c, &fault), FG_EINPUT);
  run->factors.row[0].factor[0] = NAN;
  plan.col_block = 1;
  plan.points = 0;
  assert_int_equal(fg_curvature_estimate(run, &plan, &c, &fault), FG_EDIVERGED);
  drop(data, run);
}

int main(void) {
  gsl_set_error_handler_off();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_matrices),     cmocka_unit_test(test_all_points), cmocka_unit_test(test_samples),
      cmocka_unit_test(test_other_models), cmocka_unit_test(test_empty),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
