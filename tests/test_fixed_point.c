/* Fixed points of `additive`, weights from traces, and limits of runs, against what can be worked out by hand. */
#include "proofs/lab/fixed_point.h"
#include "proofs/lab/limit.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RIDGE 0.25

/* all cells of a 2 x 2 matrix, row by row */
static const double value[2][2] = {{1, 2}, {4, -3}};
static char data[] = "/tmp/fugue-test-fixed-point-XXXXXX";

static void close_to(double a, double b, double tolerance) {
  if (!(fabs(a - b) <= tolerance))
    fail_msg("%.17g and %.17g differ by %g", a, b, a - b);
}

static struct fg_trial *trial_of(const char *workers, const char *sync, const char *balance) {
  struct fg_fault fault = {0};
  char text[4][256];
  enum fg_err err;
  snprintf(text[0], sizeof text[0], "data=%s", data);
  snprintf(text[1], sizeof text[1], "workers=%s", workers);
  snprintf(text[2], sizeof text[2], "sync=%s", sync);
  snprintf(text[3], sizeof text[3], "balance=%s", balance);
  const char *const options[] = {
      text[0], text[1], text[2], text[3], "step=1", "epochs=4", "seed=3", "model=additive:ridge=0.25", NULL};
  struct fg_trial *t = fg_trial_new(options, &err, &fault);
  if (!t)
    fail_msg("%s", fault.text);
  return t;
}

/* sum of A_z has eigenvalues 2 ridge (of the difference of rows and columns), 2 + 2 ridge twice, 4 + 2 ridge */
static void test_least(void **state) {
  (void)state;
  struct fg_trial *t = trial_of("1", "barrier", "none");
  double least, v[4];
  assert_int_equal(fg_fixed_point_least(&t->run, &least, v, NULL), FG_OK);
  close_to(least, 2 * RIDGE, 1e-12);
  for (int k = 1; k < 4; k++)
    close_to(v[k] * v[0], k == 1 ? 0.25 : -0.25, 1e-12);
  fg_trial_delete(t);
}

/* the gradient of the weighted loss, point by point from the matrix */
static void zero_gradient(const struct fg_run *run, const double *weight, const double *psi) {
  const struct fg_grid *g = &run->grid;
  double gradient[4] = {0};
  for (uint32_t p = 0; p < 2; p++)
    for (uint32_t q = 0; q < 2; q++) {
      uint32_t i = g->row[p].original[0], j = g->col[q].original[0];
      double w = weight ? weight[p * 2 + q] : 1, e = value[i][j] - psi[i] - psi[2 + j];
      gradient[i] += w * (RIDGE * psi[i] - e);
      gradient[2 + j] += w * (RIDGE * psi[2 + j] - e);
    }
  for (int k = 0; k < 4; k++)
    close_to(gradient[k], 0, 1e-12);
}

static void test_solve(void **state) {
  (void)state;
  struct fg_trial *t = trial_of("2", "barrier", "none");
  const double weight[] = {1, 2, 0.5, 3}, scaled[] = {2, 4, 1, 6}, none[] = {1, 1, 0, 0};
  double psi[4], other[4];
  assert_int_equal(fg_fixed_point_solve(&t->run, NULL, psi, NULL), FG_OK);
  zero_gradient(&t->run, NULL, psi);
  assert_int_equal(fg_fixed_point_solve(&t->run, weight, psi, NULL), FG_OK);
  zero_gradient(&t->run, weight, psi);
  assert_int_equal(fg_fixed_point_solve(&t->run, scaled, other, NULL), FG_OK);
  for (int k = 0; k < 4; k++)
    close_to(psi[k], other[k], 1e-12);
  assert_int_equal(fg_fixed_point_solve(&t->run, none, psi, NULL), FG_EINPUT);
  fg_trial_delete(t);
}

static void test_mass(void **state) {
  (void)state;
  struct fg_sync sync;
  const struct fg_visit visit = {.required_updates = 4, .updates = 4, .extra_updates = 6};
  assert_int_equal(fg_sync_parse("fugue:decay=0.5", 0.05, &sync, NULL), FG_OK);
  close_to(fg_fixed_point_mass(&sync, &visit), 1 + 0.5 + 0.25 * 0.5, 1e-15);
}

/* Three epochs of two workers; worker 0's visits have a mass of `mass` each, worker 1's 1. */
static struct fg_trace trace_of(struct fg_visit *visit, uint64_t extras) {
  size_t n = 0;
  for (uint64_t round = 0; round < 6; round++)
    for (uint32_t p = 0; p < 2; p++)
      visit[n++] = (struct fg_visit){.worker = p,
                                     .round = round,
                                     .row_block = p,
                                     .col_block = (uint32_t)((p + round) % 2),
                                     .col_version = (uint32_t)round,
                                     .required_updates = 1,
                                     .updates = 1,
                                     .extra_updates = p == 0 ? extras : 0};
  return (struct fg_trace){visit, n};
}

static void test_weights(void **state) {
  (void)state;
  struct fg_visit visit[12];
  struct fg_trace trace = trace_of(visit, 1);
  double weight[4];
  struct fg_trial *t = trial_of("2", "fugue:decay=0.5", "none");
  assert_int_equal(fg_fixed_point_weights(&t->run, &trace, 0, weight, NULL), FG_OK);
  for (int b = 0; b < 4; b++)
    close_to(weight[b], b < 2 ? 1.2 : 0.8, 1e-12);
  fg_trial_delete(t);
  /* scale knows nothing in the first epoch, and divides by 1.5 from then on: 1.5 + 1/2 + 1/3 against 1 + 1/2 + 1/3 */
  t = trial_of("2", "fugue:decay=0.5", "scale");
  assert_int_equal(fg_fixed_point_weights(&t->run, &trace, 1, weight, NULL), FG_OK);
  for (int b = 0; b < 4; b++)
    close_to(weight[b], 1, 1e-12);
  assert_int_equal(fg_fixed_point_weights(&t->run, &trace, 0, weight, NULL), FG_OK);
  close_to(weight[0] / weight[2], (14.0 / 6) / (11.0 / 6), 1e-12);
  fg_trial_delete(t);
}

/* relay's step is that of the column block's visits / P, nomad's of the pair's own visits */
static void test_roving_weights(void **state) {
  (void)state;
  struct fg_visit visit[3] = {{.worker = 0, .updates = 1, .required_updates = 1, .col_version = 0},
                              {.worker = 0, .updates = 1, .required_updates = 1, .col_version = 1},
                              {.worker = 1, .row_block = 1, .updates = 1, .required_updates = 1, .col_version = 2}};
  const struct fg_trace trace = {visit, 3};
  double weight[4];
  struct fg_trial *t = trial_of("2", "relay:blocks=1,slack=1", "none");
  assert_int_equal(fg_fixed_point_weights(&t->run, &trace, 0, weight, NULL), FG_OK);
  close_to(weight[0] / weight[2], 2 / 0.5, 1e-12);
  close_to(weight[1], 0, 0);
  fg_trial_delete(t);
  t = trial_of("2", "nomad:blocks=1", "none");
  assert_int_equal(fg_fixed_point_weights(&t->run, &trace, 0, weight, NULL), FG_OK);
  close_to(weight[0] / weight[2], 1.5, 1e-12);
  fg_trial_delete(t);
}

/* members at limit + b / T + c / T^2 for T = 4, 8, 16, and 1 off along the second coordinate */
static void test_along(void **state) {
  (void)state;
  float psi[FG_LIMIT_LENGTHS][6];
  struct fg_limit limit = {.size = 2, .n = 3, .alike = true, .psi = {psi[0], psi[1], psi[2]}};
  const double origin[] = {1, 1}, axis[] = {0, 2};
  struct fg_interval at;
  double rest;
  for (int l = 0; l < FG_LIMIT_LENGTHS; l++)
    for (int i = 0; i < 3; i++) {
      double t = 4 << l;
      psi[l][2 * i] = 9;
      psi[l][2 * i + 1] = (float)(5 + 3 / t + 16 / (t * t));
    }
  assert_int_equal(fg_limit_along(&limit, origin, axis, 0.01, &at, &rest, NULL), FG_OK);
  double now = 2 * (5 + 3.0 / 16 + 1.0 / 16) - (5 + 3.0 / 8 + 0.25);
  close_to(at.estimate, (now - 1) / 2, 1e-12);
  /* moved from 2 * 5.625 - 6.75 = 4.5 to 4.875: a third of it is exactly what is left to 5 */
  close_to(rest, 0.125 / 2, 1e-12);
  close_to(at.high, 2, 1e-12);
  limit.alike = false; /* m moved by 0.375, the extrapolation as much, m before by 1.125 */
  assert_int_equal(fg_limit_along(&limit, origin, axis, 0.01, &at, &rest, NULL), FG_OK);
  close_to(rest, 1.125 / 2 / 2, 1e-12);
}

/* The core under persistent slowness goes where its weights say, and not to psi*. */
static void test_limit(void **state) {
  (void)state;
  char option[256], data_dir[] = "/tmp";
  const struct fg_lab lab = {.seed = 7, .jobs = 1, .level = 1e-6, .scratch = data_dir};
  struct fg_fault fault = {0};
  snprintf(option, sizeof option, "data=%s", data);
  const char *const options[] = {option,
                                 "model=additive:ridge=1",
                                 "workers=2",
                                 "chunk=1",
                                 "step=1",
                                 "sync=fugue:decay=0.5",
                                 "straggler=persistent:hosts=1,factor=2.5",
                                 "network=star:speed=1Mf,lat=1us,bw=10Gbps",
                                 NULL};
  struct fg_limit limit = {0};
  enum fg_err err;
  if (fg_limit_run(&lab, &(struct fg_limit_plan){.options = options, .epochs = 64, .seed = 3, .runs = 2, .replays = 4},
                   &limit, &fault))
    fail_msg("%s", fault.text);
  assert_int_equal(limit.size, 4);
  assert_int_equal(limit.n, 10);
  assert_int_equal(limit.trace.n, 64 * 4);
  struct fg_trial *t = fg_trial_new(options, &err, &fault);
  double weight[4], psi[4], star[4], axis[4], rest;
  struct fg_interval at;
  assert_int_equal(fg_fixed_point_weights(&t->run, &limit.trace, 32, weight, NULL), FG_OK);
  assert_int_equal(fg_fixed_point_solve(&t->run, weight, psi, NULL), FG_OK);
  assert_int_equal(fg_fixed_point_solve(&t->run, NULL, star, NULL), FG_OK);
  for (int k = 0; k < 4; k++)
    axis[k] = psi[k] - star[k];
  assert_int_equal(fg_limit_along(&limit, star, axis, 1e-6, &at, &rest, NULL), FG_OK);
  close_to(at.estimate, 1, 0.05);
  fg_trial_delete(t);
  fg_limit_free(&limit);
}

static int set_up(void **state) {
  (void)state;
  int fd = mkstemp(data);
  FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
  if (!file)
    return -1;
  for (int i = 0; i < 2; i++)
    for (int j = 0; j < 2; j++)
      fprintf(file, "%d %d %g\n", i + 1, j + 1, value[i][j]);
  return fclose(file);
}

static int tear_down(void **state) {
  (void)state;
  return unlink(data);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_least),   cmocka_unit_test(test_solve),          cmocka_unit_test(test_mass),
      cmocka_unit_test(test_weights), cmocka_unit_test(test_roving_weights), cmocka_unit_test(test_along),
      cmocka_unit_test(test_limit),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
