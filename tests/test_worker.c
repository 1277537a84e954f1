/* The worker, the steward and the replay stage, for every strategy and model: any order of events gives a run that the
 * replay repeats bit for bit (claims S1-S4, S5, S7). */
#include "core/ranks.h"
#include "core/replay.h"
#include "core/schedule.h"
#include "core/steward.h"
#include "core/worker.h"
#include "tests/fixture.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Under AddressSanitizer, which slows everything down twentyfold, fewer: it is memory that is looked at. */
#ifdef __SANITIZE_ADDRESS__
static const uint32_t worker_counts[] = {1, 3, 5};
#else
static const uint32_t worker_counts[] = {1, 2, 3, 5, 16};
#endif
/* those with a statistic at the end, from the fourth on */
static const char *const models[] = {"additive",
                                     "mf:rank=5",
                                     "nmf:rank=5",
                                     "lda:topics=5",
                                     "lda:topics=5,loss=squared",
                                     "gibbs:topics=5",
                                     "gibbs:topics=5,beta=0.5,collapsed=no",
                                     "dict:rank=5,l1=0.5",
                                     "mmnd:rank=5,directed=yes,zeros=inf"};

static struct fg_run *prepare(const char *data, uint32_t workers, const char *model, const char *sync,
                              const char *chunk) {
  char p[16];
  snprintf(p, sizeof p, "%u", workers);
  const char *const options[] = {"workers", p,        "model", model,  "sync", sync,   "chunk",
                                 chunk,     "epochs", "2",     "test", "0.1",  "step", fixture_step(model, "0.02"),
                                 "seed",    "7",      NULL};
  return fixture_run(data, options);
}

static void digest(const struct fg_run *run, char sha[65]) {
  assert_int_equal(fg_factors_sha256(&run->factors, &run->grid, &run->model, sha), FG_OK);
}

/* plays at random, returns the digest and the log */
static void play(const char *data, uint32_t workers, const char *model, const char *sync, const char *chunk,
                 uint64_t seed, struct recorder *recorder, struct fg_totals *totals, char sha[65]) {
  struct fg_run *run = prepare(data, workers, model, sync, chunk);
  *recorder = (struct recorder){0};
  struct fg_sink sink = recorder_sink(recorder);
  fixture_play(run, seed, &sink, totals, NULL);
  digest(run, sha);
  fixture_run_free(run);
}

/* replays a log; returns the error of the stage, and the visits it made */
static enum fg_err replay(const char *data, uint32_t workers, const char *model, const char *sync, const char *chunk,
                          const struct recorder *log, const struct fg_trace *trace, struct recorder *visits,
                          char sha[65]) {
  struct fg_run *run = prepare(data, workers, model, sync, chunk);
  struct fg_order order;
  struct fg_totals totals;
  struct fg_fault fault;
  *visits = (struct recorder){0};
  struct fg_sink sink = recorder_sink(visits);
  sink.taken = NULL;
  recorder_order(log, fg_sync_hosts(&run->job.sync, workers), &order);
  enum fg_err err = fg_replay_run(run, &order, trace, &sink, &totals, &fault);
  digest(run, sha);
  fg_order_free(&order);
  fixture_run_free(run);
  return err;
}

static void any_order_is_replayed(void **state) {
  char *data = fixture_points(60, 50, 0.4, 1);
  (void)state;
  for (size_t m = 0; m < sizeof models / sizeof models[0]; m++)
    for (size_t s = 0; fixture_syncs[s]; s++)
      for (size_t p = 0; p < sizeof worker_counts / sizeof worker_counts[0]; p++) {
        struct recorder log, visits;
        struct fg_totals totals;
        char played[65], replayed[65];
        if (!fixture_admits(fixture_syncs[s], models[m], worker_counts[p]))
          continue;
        play(data, worker_counts[p], models[m], fixture_syncs[s], "3", 11 + m, &log, &totals, played);
        const struct fg_trace trace = {log.visit, log.n_visits};
        assert_int_equal(
            replay(data, worker_counts[p], models[m], fixture_syncs[s], "3", &log, &trace, &visits, replayed), FG_OK);
        assert_string_equal(played, replayed);
        assert_int_equal(log.n_visits, visits.n_visits);
        uint64_t *counts[] = {&log.visit[0].updates, &log.visit[0].required_updates, &log.visit[0].bytes_sent};
        for (size_t i = 0; i < 3; i++) { /* a count that differs by one is noticed */
          ++*counts[i];
          recorder_free(&visits);
          assert_int_equal(
              replay(data, worker_counts[p], models[m], fixture_syncs[s], "3", &log, &trace, &visits, replayed),
              FG_MISMATCH);
          --*counts[i];
        }
        recorder_free(&log);
        recorder_free(&visits);
      }
  fixture_drop(data);
}

/* barrier's bits depend neither on the order of events nor on the chunk; fugue's do, through the extra updates */
static void barrier_does_not_depend_on_timing(void **state) {
  char *data = fixture_points(150, 140, 0.5, 2);
  (void)state;
  for (size_t m = 0; m < sizeof models / sizeof models[0]; m++) {
    struct recorder log;
    struct fg_totals totals;
    char first[65], sha[65];
    play(data, 3, models[m], "barrier", "64", 1, &log, &totals, first);
    recorder_free(&log);
    static const char *const chunks[] = {"64", "128", "100000"};
    for (int i = 0; i < 3; i++) {
      play(data, 3, models[m], "barrier", chunks[i], 2 + (uint64_t)i, &log, &totals, sha);
      assert_string_equal(first, sha);
      assert_int_equal(totals.extra_updates, 0);
      recorder_free(&log);
    }
    play(data, 3, models[m], "fugue:max=0", "64", 9, &log, &totals, sha);
    assert_string_equal(first, sha);
    recorder_free(&log);
    play(data, 3, models[m], "fugue:decay=0.5", "64", 9, &log, &totals, sha);
    assert_string_not_equal(first, sha);
    assert_true(totals.extra_updates > 0);
    recorder_free(&log);
  }
  fixture_drop(data);
}

/* The statistic that circulates is that of the parameters: nothing reported twice, lost or of the wrong sign. (The
 * replay plays the same machines and could not tell.) Up to the rounding of float updates: 1e-4 of the largest entry.
 */
static void the_statistic_is_that_of_the_columns(void **state) {
  char *data = fixture_points(60, 50, 0.5, 6);
  (void)state;
  for (size_t m = 3; m < sizeof models / sizeof models[0]; m++)
    for (size_t s = 0; fixture_syncs[s]; s++)
      for (size_t p = 0; p < sizeof worker_counts / sizeof worker_counts[0]; p++) {
        if (!fixture_admits(fixture_syncs[s], models[m], worker_counts[p]))
          continue;
        struct fg_run *run = prepare(data, worker_counts[p], models[m], fixture_syncs[s], "3");
        struct recorder log = {0};
        struct fg_sink sink = recorder_sink(&log);
        struct fg_totals totals;
        enum { MOST = 16 };
        double known[MOST], exact[MOST], most = 0;
        assert_true(run->model.n_stat > 0 && run->model.n_stat <= MOST);
        fixture_play(run, 40 + p, &sink, &totals, known);
        fg_factors_stat(&run->factors, &run->model, exact);
        for (uint32_t k = 0; k < run->model.n_stat; k++)
          most = exact[k] > most ? exact[k] : most;
        for (uint32_t k = 0; k < run->model.n_stat; k++)
          if (!(known[k] - exact[k] < 1e-4 * most && exact[k] - known[k] < 1e-4 * most))
            fail_msg("%s, %s, P = %u: S_%u is %g, known as %g", models[m], fixture_syncs[s], worker_counts[p], k,
                     exact[k], known[k]);
        recorder_free(&log);
        fixture_run_free(run);
      }
  fixture_drop(data);
}

/* one record moved: the replay must notice (negative control of S4) */
static void a_changed_log_is_noticed(void **state) {
  char *data = fixture_points(60, 50, 0.5, 3);
  (void)state;
  struct recorder log, visits;
  struct fg_totals totals;
  char played[65], replayed[65];
  play(data, 3, "mf:rank=5", "fugue:decay=0.5", "3", 5, &log, &totals, played);
  size_t tried = 0, noticed = 0, releases = 0, noticed_releases = 0;
  for (size_t i = 0; i < log.n_taken; i++) {
    if (log.taken[i].by.role != FG_WORKER || log.taken[i].ticks == 0)
      continue;
    log.taken[i].ticks--;
    enum fg_err err = replay(data, 3, "mf:rank=5", "fugue:decay=0.5", "3", &log, NULL, &visits, replayed);
    log.taken[i].ticks++;
    recorder_free(&visits);
    bool seen = err != FG_OK || strcmp(played, replayed) != 0;
    tried++;
    noticed += seen;
    if (log.taken[i].from.role == FG_STEWARD) { /* the release of a stratum */
      releases++;
      noticed_releases += seen;
    }
    assert_true(err == FG_OK || err == FG_MISMATCH);
  }
  /* a block that is taken one chunk of extras earlier changes nothing; a release always does */
  assert_true(releases > 10 && tried > releases);
  assert_int_equal(noticed_releases, releases);
  assert_true(noticed >= releases);
  log.n_taken--;
  assert_int_equal(replay(data, 3, "mf:rank=5", "fugue:decay=0.5", "3", &log, NULL, &visits, replayed), FG_MISMATCH);
  recorder_free(&visits);
  recorder_free(&log);
  fixture_drop(data);
}

/* claims S1-S3 on the trace, and seeded violations of each */
static void the_audit_rejects_violations(void **state) {
  char *data = fixture_points(40, 40, 0.5, 4);
  (void)state;
  struct recorder log;
  struct fg_totals totals;
  struct fg_trace trace;
  struct fg_fault fault;
  char sha[65];
  play(data, 4, "mf:rank=5", "fugue", "3", 5, &log, &totals, sha);
  struct fg_run *run = prepare(data, 4, "mf:rank=5", "fugue", "3");
  trace = (struct fg_trace){log.visit, log.n_visits};
  assert_int_equal(fg_trace_audit(&trace, &run->job, &fault), FG_OK);
  struct fg_visit *v = &trace.visit[2], kept = *v;
  v->col_block = (v->col_block + 1) % 4;
  assert_int_equal(fg_trace_audit(&trace, &run->job, &fault), FG_MISMATCH);
  *v = kept;
  v->row_block = (v->row_block + 1) % 4;
  assert_int_equal(fg_trace_audit(&trace, &run->job, &fault), FG_MISMATCH);
  *v = kept;
  v->col_version++;
  assert_int_equal(fg_trace_audit(&trace, &run->job, &fault), FG_MISMATCH);
  *v = kept;
  v->updates--;
  assert_int_equal(fg_trace_audit(&trace, &run->job, &fault), FG_MISMATCH);
  *v = kept;
  for (int same_worker = 0; same_worker < 2;
       same_worker++) { /* two rows of a worker, or of a column block, change places */
    size_t other = 3;
    while (same_worker ? trace.visit[other].worker != kept.worker : trace.visit[other].col_block != kept.col_block)
      other++;
    trace.visit[2] = trace.visit[other];
    trace.visit[other] = kept;
    assert_int_equal(fg_trace_audit(&trace, &run->job, &fault), FG_MISMATCH);
    trace.visit[other] = trace.visit[2];
    trace.visit[2] = kept;
  }
  assert_int_equal(fg_trace_audit(&trace, &run->job, &fault), FG_OK);
  trace.n--;
  assert_int_equal(fg_trace_audit(&trace, &run->job, &fault), FG_MISMATCH);
  fixture_run_free(run);
  recorder_free(&log);
  fixture_drop(data);
}

/* claim S7: every hand-off carries the block unpadded, every tree edge two small messages a stratum */
static void traffic_follows_its_closed_form(void **state) {
  char *data = fixture_points(60, 50, 0.4, 1);
  (void)state;
  for (size_t m = 0; m < sizeof models / sizeof models[0]; m++)
    for (size_t s = 0; s < 2; s++) /* barrier, fugue */
      for (size_t p = 0; p < sizeof worker_counts / sizeof worker_counts[0]; p++) {
        struct recorder log;
        struct fg_totals totals;
        char sha[65];
        uint64_t workers = worker_counts[p];
        play(data, worker_counts[p], models[m], fixture_syncs[s], "8", 3, &log, &totals, sha);
        struct fg_run *run = prepare(data, worker_counts[p], models[m], fixture_syncs[s], "8");
        uint64_t rounds = 2 * workers, floats = fg_model_width(&run->model) + (run->model.type->weights ? 1 : 0);
        uint64_t hand_offs = workers > 1 ? rounds - 1 : 0;
        uint64_t bytes = hand_offs * (workers * FG_PARCEL_HEADER + 4 * floats * run->grid.cols) +
                         rounds * 2 * (workers - 1) * (FG_PARCEL_HEADER + 8 * run->model.n_stat);
        assert_int_equal(totals.bytes_sent, bytes);
        fixture_run_free(run);
        recorder_free(&log);
      }
  fixture_drop(data);
}

/* claims S1, S2 for the schedule itself; a schedule with one swapped entry fails the same test */
static bool is_latin(uint32_t p, int swap) {
  uint8_t *in_stratum = calloc(p, 1), *served = calloc((size_t)p * p, 1);
  bool good = true;
  for (uint32_t s = 0; s < p; s++) {
    memset(in_stratum, 0, p);
    for (uint32_t w = 0; w < p; w++) {
      uint32_t q = fg_schedule_col(w, s, p);
      if (swap && s == 0 && w == 0)
        q = (q + 1) % p;
      good = good && !in_stratum[q] && !served[w * p + q];
      in_stratum[q] = served[w * p + q] = 1;
    }
  }
  free(in_stratum);
  free(served);
  return good;
}

static void the_schedule_is_a_latin_square(void **state) {
  (void)state;
  for (uint32_t p = 1; p <= 64; p++) {
    assert_true(is_latin(p, 0));
    if (p > 1)
      assert_false(is_latin(p, 1));
    for (uint32_t w = 0; w < p; w++) /* blocks go to the worker that serves them next */
      for (uint32_t s = 0; s < p; s++)
        assert_int_equal(fg_schedule_col(w, s, p), fg_schedule_col(fg_schedule_next(w, p), (s + 1) % p, p));
  }
}

static void the_tree_reaches_everybody(void **state) {
  (void)state;
  for (uint32_t arity = 1; arity <= 9; arity++)
    for (uint32_t p = 1; p <= 64; p++) {
      uint32_t reached = 1;
      for (uint32_t r = 0; r < p; r++) {
        uint32_t first, n = fg_tree_children(r, arity, p, &first);
        for (uint32_t i = 0; i < n; i++)
          assert_int_equal(fg_tree_parent(first + i, arity), r);
        reached += n;
      }
      assert_int_equal(reached, p);
    }
}

static void wrong_parcels_are_refused(void **state) {
  char *data = fixture_points(30, 30, 0.5, 5);
  (void)state;
  struct fg_run *run = prepare(data, 3, "lda:topics=5", "fugue", "3");
  struct fg_fault fault;
  struct fg_steward *steward;
  struct fg_worker *worker;
  struct fg_address w0 = {0, FG_WORKER}, w1 = {1, FG_WORKER}, s0 = {0, FG_STEWARD};
  assert_int_equal(fg_steward_new(&run->job, 0, &run->factors, &steward), FG_OK);
  assert_int_equal(fg_steward_take(steward, fg_parcel_new(FG_PARCEL_REPORT, w1, s0, 0, 5), &fault), FG_EPROTOCOL);
  assert_int_equal(fg_steward_take(steward, fg_parcel_new(FG_PARCEL_REPORT, w0, s0, 1, 5), &fault), FG_EPROTOCOL);
  assert_int_equal(fg_steward_take(steward, fg_parcel_new(FG_PARCEL_RELEASE, s0, s0, 0, 5), &fault), FG_EPROTOCOL);
  assert_int_equal(fg_steward_take(steward, fg_parcel_new(FG_PARCEL_REPORT, w0, s0, 0, 5), &fault), FG_OK);
  assert_int_equal(fg_steward_take(steward, fg_parcel_new(FG_PARCEL_REPORT, w0, s0, 0, 5), &fault), FG_EPROTOCOL);
  assert_int_equal(fg_worker_new(&run->job, 0, &run->factors, &worker), FG_OK);
  struct fg_act act;
  fg_worker_next(worker, &act);
  assert_int_equal(act.note, FG_NOTE_BOUNDARY);
  fg_worker_next(worker, &act);
  assert_int_equal(act.note, FG_NOTE_START);
  struct fg_parcel *block = fg_parcel_new(FG_PARCEL_BLOCK, w1, w0, 1, 0);
  block->block = &run->factors.col[2]; /* due is block 1 */
  assert_int_equal(fg_worker_take(worker, block, &fault), FG_EPROTOCOL);
  assert_int_equal(fg_worker_take(worker, fg_parcel_new(FG_PARCEL_RELEASE, s0, w0, 0, 5), &fault), FG_EPROTOCOL);
  fg_steward_free(steward);
  fg_worker_free(worker);
  fixture_run_free(run);
  fixture_drop(data);
}

/* Spends one visit chunk by chunk: as soon as a chunk leaves a column that is no longer finite, that chunk is a fault
 * which names the step, and as long as none does the model keeps its constraints. Returns how it ended. */
static enum fg_err spend_visit(const char *data, const char *spec, const char *sampling, const char *chunk,
                               const char *step) {
  const char *const options[] = {"workers", "1", "model", spec, "sync",     "barrier", "chunk", chunk,
                                 "epochs",  "3", "step",  step, "sampling", sampling,  NULL};
  struct fg_run *run = fixture_run(data, options);
  const struct fg_model *model = &run->model;
  struct fg_worker *worker;
  struct fg_fault fault = {0};
  struct fg_act act;
  enum fg_err err = FG_OK;
  assert_int_equal(fg_worker_new(&run->job, 0, &run->factors, &worker), FG_OK);
  do
    fg_worker_next(worker, &act);
  while (act.kind != FG_SPEND);
  for (uint64_t left = (act.spend.left + act.spend.chunk - 1) / act.spend.chunk; left > 0 && !err; left--) {
    err = fg_worker_spend(worker, 1, &fault);
    const float *w = run->factors.col[0].factor, *u = run->factors.row[0].factor;
    bool finite = true, rows_finite = true;
    uint32_t which;
    for (size_t i = 0; i < (size_t)run->grid.cols * model->stride; i++)
      finite = finite && isfinite(w[i]);
    for (size_t i = 0; i < (size_t)run->grid.rows * model->stride; i++)
      rows_finite = rows_finite && isfinite(u[i]); /* else its next column tells */
    assert_int_equal(err, finite ? FG_OK : FG_EDIVERGED);
    if (!err && (!model->type->cols_valid(model, w, run->grid.cols, &which) ||
                 (rows_finite && !model->type->rows_valid(model, u, run->grid.rows, &which))))
      fail_msg("%s, sampling %s, step %s, chunk %s: row or column %u", spec, sampling, step, chunk, which);
  }
  assert_true(!err || strstr(fault.text, "step 1"));
  fg_worker_free(worker);
  fixture_run_free(run);
  return err;
}

/* A step far too large is found; a model that no step can drive there keeps its constraints. Chunks of fewer points
 * than the block has columns, and of more. */
static void divergence_is_found_within_its_chunk(void **state) {
  char *data = fixture_points(60, 50, 0.4, 1);
  static const char *const chunks[] = {"7", "100"}, *const steps[] = {"1e4", "1e19", "1e30"};
  static const char *const samplings[] = {"pass", "replace"};
  enum { NEVER = 5 }; /* of specs: the first are driven there by no step, the others by every large one */
  static const char *const specs[] = {"lda", "nmf", "dict", "dict:norm=feature",
                                      /* the points are no network: they have no room for pairs without a link */
                                      "mmnd:directed=yes,zeros=0", "mmnd:directed=yes,zeros=0,loss=squared",
                                      "lda:loss=squared", "nmf:loss=squared", "nmf:loss=squared adagrad", "mf",
                                      "mf adagrad", "mf:bias=yes", "mf:bias=yes adagrad", "additive"};
  (void)state;
  for (size_t m = 0; m < sizeof specs / sizeof specs[0]; m++)
    for (int with = 0; with < 12; with++) {
      enum fg_err err = spend_visit(data, specs[m], samplings[with / 6], chunks[with % 2], steps[with / 2 % 3]);
      if (m < NEVER)
        assert_int_equal(err, FG_OK);
      else if (with / 2 % 3 > 0)
        assert_int_equal(err, FG_EDIVERGED);
    }
  assert_int_equal(spend_visit(data, "mf adagrad", "pass", "1", "1e19"), FG_EDIVERGED);
  fixture_drop(data);
}

/* The same of a block of several tiles (of 64 columns at this rank): chunks within one, over two and over all. */
static void divergence_is_found_in_every_tile(void **state) {
  char *data = fixture_points(40, 200, 0.5, 1);
  static const char *const chunks[] = {"50", "150", "700", "5000"}, *const steps[] = {"0.01", "100", "1e19"};
  (void)state;
  for (int with = 0; with < 12; with++) {
    enum fg_err err = spend_visit(data, "mf:rank=1024", "pass", chunks[with % 4], steps[with / 4]);
    if (with / 4 != 1)
      assert_int_equal(err, with / 4 == 0 ? FG_OK : FG_EDIVERGED);
  }
  fixture_drop(data);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_schedule_is_a_latin_square),
      cmocka_unit_test(the_tree_reaches_everybody),
      cmocka_unit_test(any_order_is_replayed),
      cmocka_unit_test(barrier_does_not_depend_on_timing),
      cmocka_unit_test(the_statistic_is_that_of_the_columns),
      cmocka_unit_test(a_changed_log_is_noticed),
      cmocka_unit_test(the_audit_rejects_violations),
      cmocka_unit_test(traffic_follows_its_closed_form),
      cmocka_unit_test(divergence_is_found_within_its_chunk),
      cmocka_unit_test(divergence_is_found_in_every_tile),
      cmocka_unit_test(wrong_parcels_are_refused),
  };
  return cmocka_run_group_tests_name("worker", tests, NULL, NULL);
}
