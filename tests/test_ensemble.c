/* The ensemble of runs that the statistical claims are made of. */
#include "proofs/lab/ensemble.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char scratch[] = "/tmp/fugue-test-ensemble-XXXXXX", data[FG_PATH_MAX];

static void run(const struct fg_ensemble_plan *plan, unsigned jobs, struct fg_ensemble *e) {
  const struct fg_lab lab = {.seed = 7, .jobs = jobs, .level = 1e-6, .scratch = scratch};
  struct fg_fault fault = {0};
  char option[FG_PATH_MAX + 8];
  assert_int_equal(fg_lab_data(&lab, "additive:rows=6,cols=6,nnz=28", 1, data, &fault), FG_OK);
  snprintf(option, sizeof option, "data=%s", data);
  const char *const options[] = {option,
                                 "model=additive",
                                 "workers=3",
                                 "epochs=2",
                                 "chunk=1",
                                 "sampling=replace",
                                 "sync=fugue:decay=0.5",
                                 "network=star:speed=1Mf,lat=1us,bw=10Gbps",
                                 "straggler=gamma:k=1",
                                 NULL};
  struct fg_ensemble_plan own = *plan;
  own.options = options;
  memset(e, 0, sizeof *e);
  if (fg_ensemble_run(&lab, &own, e, &fault))
    fail_msg("%s", fault.text);
}

static int same(const struct fg_ensemble *a, uint64_t i, unsigned k, size_t l, const struct fg_ensemble *b, uint64_t j,
                unsigned m) {
  return memcmp(fg_ensemble_look(a, i, k, l), fg_ensemble_look(b, j, m, l), a->size * sizeof(float)) == 0;
}

/* extra updates of all visits */
static uint64_t extras(const struct fg_ensemble *e, uint64_t i) {
  struct fg_trace trace = fg_ensemble_trace(e, i);
  uint64_t n = 0;
  for (size_t v = 0; v < trace.n; v++)
    n += trace.visit[v].extra_updates;
  return n;
}

static void test_shape(void **state) {
  (void)state;
  struct fg_ensemble e;
  run(&(struct fg_ensemble_plan){.seed = 1, .straggler = 1, .runs = 3, .replays = 2, .look_every = 4}, 1, &e);
  assert_int_equal(e.looks, 3);
  assert_int_equal(e.round[0], 0);
  assert_int_equal(e.round[1], 4);
  assert_int_equal(e.round[2], 6);
  assert_int_equal(e.size, 12);
  assert_int_equal(e.visits, 18);
  for (size_t v = 0; v < e.visits; v++) {
    assert_int_equal(e.visit[v].round, v / 3);
    assert_int_equal(e.visit[v].worker, v % 3);
  }
  fg_ensemble_free(&e);
}

static void test_repetitions_differ_and_repeat(void **state) {
  (void)state;
  struct fg_ensemble e, again;
  const struct fg_ensemble_plan plan = {.seed = 1, .straggler = 1, .runs = 3, .replays = 2, .look_every = 1};
  run(&plan, 1, &e);
  run(&plan, 2, &again);
  for (uint64_t i = 0; i < 3; i++)
    for (unsigned k = 0; k < 3; k++)
      for (uint64_t j = 0; j < 3; j++)
        for (unsigned m = 0; m < 3; m++)
          for (size_t l = 0; l < e.looks; l++)
            assert_int_equal(same(&e, i, k, l, &again, j, m), i == j && k == m);
  assert_true(extras(&e, 0) > 0);
  assert_int_equal(extras(&e, 0), extras(&e, 2));
  fg_ensemble_free(&e);
  fg_ensemble_free(&again);
}

/* counts differ from run to run and are those of the run for its repetitions */
static void test_counts(void **state) {
  (void)state;
  struct fg_ensemble e, first;
  run(&(struct fg_ensemble_plan){.seed = 1, .straggler = 1, .vary = true, .runs = 4, .replays = 1, .look_every = 1}, 1,
      &e);
  run(&(struct fg_ensemble_plan){.seed = 1, .straggler = 1, .vary = true, .runs = 1, .replays = 1, .look_every = 1}, 1,
      &first);
  uint64_t differ = 0;
  for (uint64_t i = 1; i < 4; i++)
    differ += extras(&e, i) != extras(&e, 0);
  assert_true(differ > 0);
  for (size_t l = 0; l < e.looks; l++) /* a run does not depend on how many there are */
    assert_true(same(&e, 0, 1, l, &first, 0, 1));
  fg_ensemble_free(&e);
  fg_ensemble_free(&first);
}

/* repetition 1 of run 2 is the third column of four, by parameter */
static void test_columns(void **state) {
  (void)state;
  struct fg_ensemble e;
  double column[12 * 4];
  run(&(struct fg_ensemble_plan){.seed = 1, .straggler = 1, .runs = 2, .replays = 2, .look_every = 6}, 1, &e);
  assert_int_equal(fg_ensemble_columns(&e, 1, 3, 1, column), 4);
  for (size_t k = 0; k < 12; k++)
    assert_true(column[k * 4 + 2] == fg_ensemble_look(&e, 1, 1, 1)[k]);
  fg_ensemble_free(&e);
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
      cmocka_unit_test(test_shape),
      cmocka_unit_test(test_repetitions_differ_and_repeat),
      cmocka_unit_test(test_counts),
      cmocka_unit_test(test_columns),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
