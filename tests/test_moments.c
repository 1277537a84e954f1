/* Exact moments of `additive` against the enumeration of all paths. */
#include "proofs/lab/lab.h"
#include "proofs/lab/moments.h"
#include "proofs/lab/trial.h"

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

enum { ROWS = 4, COLS = 2, D = ROWS + COLS };

static char scratch[] = "/tmp/fugue-test-moments-XXXXXX", data[FG_PATH_MAX];

static void close_to(double a, double b, double tolerance) {
  if (!(fabs(a - b) <= tolerance))
    fail_msg("%.17g and %.17g differ by %g", a, b, a - b);
}

static struct fg_trial *trial_of(const char *sync, const char *sampling, const char *model) {
  const struct fg_lab lab = {.seed = 7, .jobs = 1, .level = 1e-6, .scratch = scratch};
  struct fg_fault fault = {0};
  char text[4][FG_PATH_MAX + 16];
  enum fg_err err;
  assert_int_equal(fg_lab_data(&lab, "additive:rows=4,cols=2,nnz=7", 1, data, &fault), FG_OK);
  snprintf(text[0], sizeof text[0], "data=%s", data);
  snprintf(text[1], sizeof text[1], "sync=%s", sync);
  snprintf(text[2], sizeof text[2], "sampling=%s", sampling);
  snprintf(text[3], sizeof text[3], "model=%s", model);
  const char *const options[] = {text[0],    text[1],    text[2],  text[3], "workers=2",
                                 "step=0.3", "epochs=2", "seed=3", NULL};
  struct fg_trial *t = fg_trial_new(options, &err, &fault);
  if (!t)
    fail_msg("%s", fault.text);
  return t;
}

/* A list of updates: steps and, of each, the points it may draw. */
struct list {
  size_t n;
  struct {
    double eta;
    size_t points;
    struct {
      size_t i, j;
      double x;
    } point[4];
  } update[64];
};

/* by the definition of a visit, with steps worked out by hand: share[x] of extra pass x */
static void append(struct list *list, const struct fg_grid *g, const struct fg_visit *v, double eta,
                   const double *share) {
  const struct fg_block *block = fg_grid_train(g, v->row_block, v->col_block);
  struct fg_point point[4];
  size_t n = fg_block_read(block, 0, 4, point);
  assert_true(n == block->n && n >= 1);
  for (uint64_t u = 0; u < v->updates + v->extra_updates; u++) {
    size_t at = list->n++;
    double s = u < v->updates ? 1 : share[(u - v->updates) / n];
    assert_true(at < 64);
    list->update[at].eta = (float)(eta * s);
    list->update[at].points = n;
    for (size_t k = 0; k < n; k++) {
      list->update[at].point[k].i = g->row[v->row_block].original[point[k].row];
      list->update[at].point[k].j = ROWS + g->col[v->col_block].original[point[k].col];
      list->update[at].point[k].x = point[k].value;
    }
  }
}

struct sums {
  double weight, mean[D], second[D][D];
};

/* all that may follow, each with its probability */
static void follow(const struct list *list, size_t at, const double *psi, double weight, struct sums *sums) {
  const double ridge = 0.01f;
  if (at == list->n) {
    sums->weight += weight;
    for (int i = 0; i < D; i++) {
      sums->mean[i] += weight * psi[i];
      for (int j = 0; j < D; j++)
        sums->second[i][j] += weight * psi[i] * psi[j];
    }
    return;
  }
  for (size_t k = 0; k < list->update[at].points; k++) {
    double next[D], eta = list->update[at].eta;
    size_t i = list->update[at].point[k].i, j = list->update[at].point[k].j;
    double e = list->update[at].point[k].x - psi[i] - psi[j];
    memcpy(next, psi, sizeof next);
    next[i] += eta * (e - ridge * psi[i]);
    next[j] += eta * (e - ridge * psi[j]);
    follow(list, at + 1, next, weight / (double)list->update[at].points, sums);
  }
}

/* the two-point law +-1/sqrt(12) has the mean and the variance of the uniform one, and nothing else matters */
static void enumerate(const struct list *list, struct sums *sums) {
  memset(sums, 0, sizeof *sums);
  for (unsigned start = 0; start < 1u << D; start++) {
    double psi[D];
    for (int i = 0; i < D; i++)
      psi[i] = (start >> i & 1 ? 1 : -1) / sqrt(12);
    follow(list, 0, psi, ldexp(1, -D), sums);
  }
  close_to(sums->weight, 1, 1e-12);
}

static void compare(const struct fg_moments_path *path, uint64_t round, const struct sums *sums) {
  for (int i = 0; i < D; i++) {
    close_to(path->mean[round * D + (size_t)i], sums->mean[i], 1e-13);
    for (int j = 0; j < D; j++)
      close_to(path->covariance[(round * D + (size_t)i) * D + (size_t)j],
               sums->second[i][j] - sums->mean[i] * sums->mean[j], 1e-13);
  }
}

/* Counts that are cut short, that end in mid-pass, that take three extra passes; rows out of order. */
static const struct fg_visit visits[] = {
    {.worker = 1, .row_block = 1, .col_block = 1, .round = 0, .updates = 2, .extra_updates = 1},
    {.worker = 0, .row_block = 0, .col_block = 0, .round = 0, .updates = 1, .extra_updates = 0},
    {.worker = 0, .row_block = 0, .col_block = 1, .round = 1, .updates = 2, .extra_updates = 0},
    {.worker = 1, .row_block = 1, .col_block = 0, .round = 1, .updates = 1, .extra_updates = 3},
    {.worker = 0, .row_block = 0, .col_block = 0, .round = 2, .updates = 2, .extra_updates = 0},
    {.worker = 1, .row_block = 1, .col_block = 1, .round = 2, .updates = 0, .extra_updates = 0},
    {.worker = 1, .row_block = 1, .col_block = 0, .round = 3, .updates = 0, .extra_updates = 0},
    {.worker = 0, .row_block = 0, .col_block = 1, .round = 3, .updates = 0, .extra_updates = 1},
};

static void against_all_paths(const char *sync, const double *share) {
  struct fg_trial *t = trial_of(sync, "replace", "additive");
  struct fg_visit list_of[8];
  memcpy(list_of, visits, sizeof visits);
  const struct fg_trace trace = {list_of, 8};
  struct fg_moments_path path = {0}, means = {0};
  struct list list = {0};
  struct sums sums;
  double contraction[D][D];
  assert_int_equal(fg_moments_path(&t->run, &trace, false, &path, NULL), FG_OK);
  assert_int_equal(fg_moments_path(&t->run, &trace, true, &means, NULL), FG_OK);
  assert_int_equal(path.rounds, 4);
  enumerate(&list, &sums);
  compare(&path, 0, &sums);
  for (uint64_t round = 0; round < 4; round++) {
    for (size_t v = 0; v < 8; v++)
      if (visits[v].round == round)
        append(&list, &t->run.grid, &visits[v], round < 2 ? 0.3 : 0.15, share); /* eta_0 / (t + 1) */
    enumerate(&list, &sums);
    compare(&path, round + 1, &sums);
  }
  assert_int_equal(list.n, 13);
  for (size_t k = 0; k < 5 * D; k++)
    close_to(means.mean[k], path.mean[k], 1e-15);
  /* what two mean paths differ by is contracted: here they start from m_2 and from m_2 + e_k, by enumeration */
  assert_int_equal(fg_moments_contraction(&t->run, &trace, 2, &contraction[0][0], NULL), FG_OK);
  struct list third = {0};
  for (size_t v = 0; v < 8; v++)
    if (visits[v].round == 2)
      append(&third, &t->run.grid, &visits[v], 0.15, share);
  for (int k = -1; k < D; k++) {
    double psi[D], from[D];
    static double base[D];
    memcpy(from, path.mean + 2 * D, sizeof from);
    memcpy(psi, from, sizeof psi);
    if (k >= 0)
      psi[k] += 1;
    memset(&sums, 0, sizeof sums);
    follow(&third, 0, psi, 1, &sums);
    for (int i = 0; i < D; i++)
      if (k < 0)
        base[i] = sums.mean[i];
      else
        close_to(sums.mean[i] - base[i], contraction[i][k], 1e-14);
  }
  fg_moments_path_free(&path);
  fg_moments_path_free(&means);
  fg_trial_delete(t);
}

static void geometric(void **state) {
  (void)state;
  against_all_paths("fugue:decay=0.5", (const double[]){0.5, 0.25, 0.125});
}

static void undecayed(void **state) {
  (void)state;
  against_all_paths("fugue:extra=same", (const double[]){1, 1, 1});
}

/* 1e-30 is far below FG_STEP_FLUSH: such extras are counted and not made; a float would not have shown it */
static void flushed(void **state) {
  (void)state;
  struct fg_trial *t = trial_of("fugue:decay=1e-30", "replace", "additive");
  struct fg_visit with = visits[0], without = visits[0];
  struct fg_moments_path a = {0}, b = {0};
  with.extra_updates = UINT64_MAX;
  without.extra_updates = 0;
  assert_int_equal(fg_moments_path(&t->run, &(struct fg_trace){&with, 1}, false, &a, NULL), FG_OK);
  assert_int_equal(fg_moments_path(&t->run, &(struct fg_trace){&without, 1}, false, &b, NULL), FG_OK);
  assert_memory_equal(a.mean, b.mean, sizeof(double) * 5 * D);
  assert_memory_equal(a.covariance, b.covariance, sizeof(double) * 5 * D * D);
  fg_moments_path_free(&a);
  fg_moments_path_free(&b);
  fg_trial_delete(t);
}

static void refused(void **state) {
  static const char *const no[][3] = {
      {"fugue", "pass", "additive"}, {"ring:blocks=1", "replace", "additive"}, {"fugue", "replace", "mf:rank=1"}};
  (void)state;
  for (size_t i = 0; i < 3; i++) {
    struct fg_trial *t = trial_of(no[i][0], no[i][1], no[i][2]);
    struct fg_moments_path path = {0};
    assert_int_equal(fg_moments_path(&t->run, &(struct fg_trace){0}, false, &path, NULL), FG_EUSAGE);
    fg_moments_path_free(&path);
    fg_trial_delete(t);
  }
}

static int set_up(void **state) {
  (void)state;
  return mkdtemp(scratch) ? 0 : -1;
}

static int tear_down(void **state) {
  (void)state;
  unlink(data);
  return rmdir(scratch);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(geometric),
      cmocka_unit_test(undecayed),
      cmocka_unit_test(flushed),
      cmocka_unit_test(refused),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
