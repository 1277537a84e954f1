/* What the claims about a block are measured with: lone workers (solo.h), their clouds, the quadratic block and the
 * pooled model against closed forms and enumeration, waits of given lengths, and the bounds against the recursions. */
#include "core/rng.h"
#include "proofs/bounds.h"
#include "proofs/lab/cloud.h"
#include "proofs/lab/pooled.h"
#include "proofs/lab/quadratic.h"
#include "proofs/lab/waits.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char scratch[64];

/* cmocka compares in float */
static void near(double x, double y, double off) {
  if (!(fabs(x - y) <= off))
    fail_msg("%.17g is not %.17g", x, y);
}

static int make_scratch(void **state) {
  (void)state;
  snprintf(scratch, sizeof scratch, "/tmp/fugue-block-XXXXXX");
  return mkdtemp(scratch) ? 0 : -1;
}

static int drop_scratch(void **state) {
  char command[128];
  (void)state;
  snprintf(command, sizeof command, "rm -rf %s", scratch);
  return system(command);
}

static struct fg_lab lab_of(void) {
  return (struct fg_lab){.seed = 1, .jobs = 2, .level = 1e-4, .scratch = scratch};
}

static struct fg_trial *trial_of(const char *spec, const char *workers, const char *sync) {
  struct fg_lab lab = lab_of();
  char path[FG_PATH_MAX], data[FG_PATH_MAX + 8];
  struct fg_fault fault = {0};
  enum fg_err err = fg_lab_data(&lab, spec, 1, path, &fault);
  snprintf(data, sizeof data, "data=%s", path);
  const char *const options[] = {data,       "model=additive:ridge=0.5",
                                 workers,    sync,
                                 "chunk=1",  "sampling=replace",
                                 "step=0.2", "step-schedule=constant",
                                 "epochs=2", "network=star:speed=1Mf,lat=1us,bw=10Gbps",
                                 NULL};
  struct fg_trial *t = err ? NULL : fg_trial_new(options, &err, &fault);
  if (!t)
    fail_msg("%s", fault.text);
  return t;
}

/* Mean and covariance of three updates of a block of four points, from a start that has spread, by all 4^3 paths. */
static void quadratic_by_enumeration(void **state) {
  enum { D = 4, N = 4, STEPS = 3 };
  const double eta = 0.2, spread = 0.7, start[D] = {0.3, -1, 0.5, 2};
  struct fg_quadratic q;
  (void)state;
  struct fg_trial *t = trial_of("additive:rows=2,cols=2,nnz=4,noise=1", "workers=1", "sync=fugue:extra=same");
  assert_int_equal(fg_quadratic_of(&t->run, 0, 0, &q, NULL), FG_OK);
  assert_int_equal(q.d, D);
  assert_int_equal(q.n, N);
  double mean[D] = {0}, second[D * D] = {0};
  for (unsigned path = 0; path < 64; path++) {
    double m[D], a[D * D] = {0};
    memcpy(m, start, sizeof m);
    for (int i = 0; i < D; i++)
      a[i * D + i] = spread;
    for (unsigned k = 0, rest = path; k < STEPS; k++, rest /= N) {
      const struct fg_point *z = &q.point[rest % N];
      size_t u = z->row, w = 2 + z->col;
      double e = m[u] + m[w] - z->value, step[2] = {e + 0.5 * m[u], e + 0.5 * m[w]};
      m[u] -= eta * step[0];
      m[w] -= eta * step[1];
      for (int i = 0; i < D; i++) { /* the columns of the product of I - eta A */
        double sum = a[u * D + i] + a[w * D + i];
        a[u * D + i] -= eta * (sum + 0.5 * a[u * D + i]);
        a[w * D + i] -= eta * (sum + 0.5 * a[w * D + i]);
      }
    }
    for (int i = 0; i < D; i++) {
      mean[i] += m[i] / 64;
      for (int j = 0; j < D; j++) {
        second[i * D + j] += m[i] * m[j] / 64;
        for (int k = 0; k < D; k++)
          second[i * D + j] += a[i * D + k] * a[j * D + k] / 64;
      }
    }
  }
  double m[D], v[D * D] = {0}, g[D * D], work[2 * D * D];
  memcpy(m, start, sizeof m);
  for (int i = 0; i < D; i++)
    v[i * D + i] = spread * spread;
  for (int k = 0; k < STEPS; k++) {
    fg_quadratic_noise(&q, m, g);
    fg_quadratic_covariance(&q, eta, g, v, work);
    fg_quadratic_mean(&q, eta, m);
  }
  for (int i = 0; i < D; i++) {
    near(m[i], mean[i], 1e-12);
    for (int j = 0; j < D; j++)
      near(v[i * D + j], second[i * D + j] - mean[i] * mean[j], 1e-12);
  }
  fg_quadratic_free(&q);
  fg_trial_delete(t);
}

/* The optimum stays, the stationary covariance does too, the spectrum is one, and a step too large has none. */
static void quadratic_at_rest(void **state) {
  struct fg_quadratic q;
  (void)state;
  struct fg_trial *t = trial_of("additive:rows=3,cols=3,nnz=9,noise=1", "workers=1", "sync=fugue:extra=same");
  assert_int_equal(fg_quadratic_of(&t->run, 0, 0, &q, NULL), FG_OK);
  double m[6], g[36], v[36], after[36], work[72];
  memcpy(m, q.optimum, sizeof m);
  fg_quadratic_mean(&q, 0.3, m);
  for (int i = 0; i < 6; i++)
    near(m[i], q.optimum[i], 1e-12);
  fg_quadratic_noise(&q, m, g);
  assert_int_equal(fg_quadratic_stationary(&q, 0.3, g, v, NULL), FG_OK);
  memcpy(after, v, sizeof v);
  fg_quadratic_covariance(&q, 0.3, g, after, work);
  for (int i = 0; i < 36; i++)
    near(after[i], v[i], 1e-12);
  assert_int_equal(fg_quadratic_stationary(&q, 3, g, v, NULL), FG_EINPUT);
  for (int k = 0; k < 6; k++)
    near(fg_matrix_along(6, q.h, q.vector + 6 * k), q.value[k], 1e-12);
  near(q.value[5], 2.5 / 3, 1e-6); /* along (1, ..., 1) of a full block: (2 + ridge) / rows */
  fg_quadratic_free(&q);
  fg_trial_delete(t);
}

/* A block of one point: no chance, so the closed form; in the required pass and after it, with decayed extras. */
static void solo_in_closed_form(void **state) {
  const uint64_t at[] = {0, 1, 2, 3, 7};
  double look[5 * 2], start[2] = {1, -2};
  (void)state;
  struct fg_trial *t = trial_of("additive:rows=1,cols=1,nnz=1,noise=1", "workers=1", "sync=fugue:decay=0.5");
  struct fg_point z;
  fg_block_read(fg_grid_train(&t->run.grid, 0, 0), 0, 1, &z);
  struct fg_solo solo = {.start = start, .seed_order = 4, .at = at, .n_at = 5};
  assert_int_equal(fg_solo_dimension(t), 2);
  assert_int_equal(fg_solo_play(t, &solo, look, NULL), FG_OK);
  double y = -1, m = 2 * z.value / 2.5, step = 0.2;
  for (uint64_t k = 0, l = 0; l < 5; k++) {
    if (k == at[l]) {
      near(look[2 * l] + look[2 * l + 1], y, 1e-5);
      l++;
    }
    y = fg_bound_drift(step, 2.5, 1, y, m);
    step *= 0.5; /* the required pass has one update, and so has every extra one */
  }
  fg_trial_delete(t);
}

static bool after_two(void *self, uint64_t updates, const double *psi) {
  (void)self;
  (void)psi;
  return updates >= 2;
}

static void solo_stops(void **state) {
  const uint64_t at[] = {1, 2, 3, 9};
  double start[5] = {0}, free_[4 * 5], stopped[4 * 5];
  (void)state;
  struct fg_trial *t = trial_of("additive:rows=2,cols=3,nnz=6,noise=1", "workers=1", "sync=fugue:extra=same");
  struct fg_solo solo = {.start = start, .seed_order = 4, .at = at, .n_at = 4};
  assert_int_equal(fg_solo_play(t, &solo, free_, NULL), FG_OK);
  solo.stop = after_two;
  assert_int_equal(fg_solo_play(t, &solo, stopped, NULL), FG_OK);
  assert_memory_equal(free_, stopped, 2 * 5 * sizeof(double));
  assert_memory_equal(stopped + 5, stopped + 10, 5 * sizeof(double));
  assert_memory_equal(stopped + 5, stopped + 15, 5 * sizeof(double));
  assert_memory_not_equal(free_ + 10, stopped + 10, 5 * sizeof(double));
  fg_trial_delete(t);
  /* barrier has nothing to do after its pass */
  t = trial_of("additive:rows=2,cols=3,nnz=6,noise=1", "workers=1", "sync=barrier");
  solo.stop = NULL;
  assert_int_equal(fg_solo_play(t, &solo, free_, NULL), FG_EUSAGE);
  fg_trial_delete(t);
}

/* Starts have the center and the spread asked for, members their own seeds, the same ones every time. */
static void cloud_of_starts(void **state) {
  enum { N = 4000 };
  const uint64_t at[] = {0, 5};
  double center[5] = {1, 2, 3, 4, 5}, axis[5] = {1, 0, 0, 0, -1}, x[N], y[N];
  struct fg_lab lab = lab_of();
  (void)state;
  struct fg_trial *t = trial_of("additive:rows=2,cols=3,nnz=6,noise=1", "workers=1", "sync=fugue:extra=same");
  struct fg_cloud cloud = {.trial = t, .center = center, .spread = 2, .seed = 3, .n = N, .at = at, .n_at = 2};
  float *look = fg_cloud_looks(&cloud), *again = fg_cloud_looks(&cloud);
  assert_int_equal(fg_cloud_play(&lab, &cloud, look, NULL), FG_OK);
  lab.jobs = 1;
  assert_int_equal(fg_cloud_play(&lab, &cloud, again, NULL), FG_OK);
  assert_memory_equal(look, again, N * 2 * 5 * sizeof *look);
  double sum = 0, squares = 0;
  fg_cloud_squares(&cloud, look, 0, center, x);
  fg_cloud_squares(&cloud, look, 0, NULL, y);
  for (int i = 0; i < N; i++) {
    sum += x[i] / N;
    squares += y[i] / N;
  }
  assert_true(fabs(sum - 20) < 1 && fabs(squares - 20) < 1); /* 5 coordinates of variance 4; error 0.13 */
  cloud.axis = axis;
  assert_int_equal(fg_cloud_play(&lab, &cloud, look, NULL), FG_OK);
  for (int i = 0; i < N; i++) {
    assert_true(look[i * 10 + 1] == 2 && look[i * 10 + 2] == 3 && look[i * 10 + 3] == 4);
    near(look[i * 10] - 1, 5 - look[i * 10 + 4], 1e-5);
  }
  free(look);
  free(again);
  fg_trial_delete(t);
}

/* All points act on one sum, with the optimum and the noise that are stated. */
static void pooled_is_scalar(void **state) {
  enum { D = 5, N = 20000 };
  const uint64_t at[] = {1, 40};
  double center[D] = {0}, x[N], along[D] = {1, 0, 1, 0, 0};
  struct fg_model_type type;
  struct fg_lab lab = lab_of();
  (void)state;
  struct fg_trial *t = trial_of("additive:rows=2,cols=3,nnz=6,noise=1", "workers=1", "sync=fugue:extra=same");
  fg_pooled_set(&t->run, &type);
  struct fg_pooled b = fg_pooled_block(&t->run, 0, 0);
  struct fg_cloud cloud = {.trial = t, .center = center, .seed = 3, .n = N, .at = at, .n_at = 2};
  float *look = fg_cloud_looks(&cloud);
  assert_int_equal(fg_cloud_play(&lab, &cloud, look, NULL), FG_OK);
  near(b.h, 2.5, 0);
  for (size_t l = 0; l < 2; l++) {
    double mean = 0, square = 0, v = 0;
    fg_cloud_along(&cloud, look, l, along, x);
    for (int i = 0; i < N; i++) {
      mean += x[i] / N;
      square += x[i] * x[i] / N;
    }
    for (uint64_t k = 0; k < at[l]; k++)
      v = 0.25 * v + 0.04 * b.noise;
    double m = fg_bound_drift(0.2, b.h, (double)at[l], 0, b.optimum);
    assert_true(fabs(mean - m) < 5 * sqrt(v / N));
    assert_true(fabs((square - mean * mean) / v - 1) < 0.05);
    assert_true(v <= fg_bound_stationary(0.2, b.h, b.noise) * (1 + 1e-12));
  }
  near(look[1], 0, 0);
  free(look);
  fg_trial_delete(t);
}

static uint64_t by_worker(void *self, const struct fg_visit *visit) {
  (void)self;
  return visit->worker * 7 + visit->round;
}

struct counts {
  uint64_t extra[3 * 6];
  int refused;
};

static enum fg_err replay_waits(const void *self, uint64_t i, void *result, struct fg_fault *fault) {
  struct counts *c = result;
  struct fg_record first = {.visits = true, .order = true}, again = {.visits = true};
  (void)self;
  (void)i;
  struct fg_trial *t = trial_of("additive:rows=9,cols=9,nnz=60,noise=1", "workers=3", "sync=fugue:extra=same");
  enum fg_err err = fg_trial_simulate(t, &first, NULL, fault);
  if (!err)
    fg_waits_set(&first, by_worker, NULL);
  if (!err)
    err = fg_trial_replay(t, &first, &again, NULL, fault);
  if (!err)
    err = fg_waits_compare(&first, &again, fault);
  for (size_t v = 0; v < again.trace.n && !err; v++)
    c->extra[again.trace.visit[v].worker * 6 + again.trace.visit[v].round] = again.trace.visit[v].extra_updates;
  if (!err) {
    first.trace.visit[0].extra_updates++;
    c->refused = fg_waits_compare(&first, &again, NULL) == FG_MISMATCH;
  }
  fg_record_free(&first);
  fg_record_free(&again);
  fg_trial_delete(t);
  return err;
}

static void waits_of_given_length(void **state) {
  struct fg_lab lab = lab_of();
  struct fg_fault fault = {0};
  struct counts c;
  (void)state;
  if (fg_lab_map(&lab, 1, replay_waits, NULL, sizeof c, &c, &fault))
    fail_msg("%s", fault.text);
  for (uint64_t i = 0; i < 18; i++)
    assert_int_equal(c.extra[i], i / 6 * 7 + i % 6);
  assert_true(c.refused);
}

/* Numbers worked out by hand. */
static void bounds_by_hand(void **state) {
  (void)state;
  near(fg_bound_block_variance(0.1, 2, 0.5, 3, 4), 4 - 2 * 0.1 * 2 * 0.5 * 4 + 0.01 * 2 * 3, 1e-15);
  double h[4] = {1, 0.5, 0.5, 2}, v[4] = {1, 0, 0, 1}, noise[4] = {10, 0, 0, 20};
  fg_bound_block_covariance(2, 0.1, 3, h, noise, v);
  near(v[0], 1 + 0.1 - 0.3 * 2, 1e-15);
  near(v[1], -0.3, 1e-15);
  near(v[3], 1 + 0.2 - 0.3 * 4, 1e-15);
  /* scalar additive noise: the exact remainder is within, with both parts */
  for (int n = 1; n < 20; n++) {
    double eta = 0.05, curvature = 1, x = 3;
    for (int k = 0; k < n; k++)
      x = 0.95 * 0.95 * x + 0.0025 * 7;
    double off = x - fg_bound_block_variance(eta, n, curvature, 7, 3);
    assert_true(fabs(off) <= fg_bound_block_remainder(eta, n, curvature, 1, 3, 7));
  }
  near(fg_bound_stationary(0.5, 1, 1), 1.0 / 3, 1e-15);
  assert_true(isinf(fg_bound_stationary(2, 1, 1)) && isinf(fg_bound_stationary(0, 1, 1)));
  near(fg_bound_extras(0.2, 0.5, 1, 1), 1.0 / 3, 1e-15);
  near(fg_bound_extras(2, 0.5, 1, 1), 2, 0);
  double start[4] = {3, 0, 0, 0}, rest[4] = {1, 0, 0, 1};
  near(fg_bound_extras_trace(2, start, rest), 4, 1e-12);
  near(fg_bound_order_bias(0.2, 0.5, 1, 1, 3), 0.1 * 2 / (2 * 1.9), 1e-15);
  near(fg_bound_drift(0.5, 1, 3, 9, 1), 2, 1e-15);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(quadratic_by_enumeration), cmocka_unit_test(quadratic_at_rest),
      cmocka_unit_test(solo_in_closed_form),      cmocka_unit_test(solo_stops),
      cmocka_unit_test(cloud_of_starts),          cmocka_unit_test(pooled_is_scalar),
      cmocka_unit_test(waits_of_given_length),    cmocka_unit_test(bounds_by_hand),
  };
  return cmocka_run_group_tests(tests, make_scratch, drop_scratch);
}
