/* What strategies claim of each other and of their traces: degenerate settings make the same bits, audits accept what
 * was played in any order and reject seeded violations, and the bytes sent are those of the closed form (S1-S3, S7,
 * C6).
 */
#include "core/replay.h"
#include "core/traffic.h"
#include "tests/fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const models[] = {"mf:rank=5", "nmf:rank=5", "lda:topics=5", "gibbs:topics=5",
                                     "mmnd:rank=5,directed=yes,zeros=inf"};

/* what a run in random order leaves behind */
struct played {
  struct fg_run *run;
  struct recorder log;
  struct fg_trace trace;
  struct fg_totals totals;
  char sha[65];
};

static void play_balanced(const char *data, uint32_t workers, const char *model, const char *sync, const char *balance,
                          uint64_t seed, uint64_t pause, struct played *p) {
  char n[16];
  snprintf(n, sizeof n, "%u", workers);
  const char *const options[] = {
      "workers", n,   "model", model, "sync",    sync,    "chunk", "64",
      "epochs",  "3", "test",  "0.1", "balance", balance, "step",  fixture_step(model, "0.02"),
      "seed",    "7", NULL};
  memset(p, 0, sizeof *p);
  p->run = fixture_run(data, options);
  p->run->job.pause = pause * p->run->grid.col_blocks;
  struct fg_sink sink = recorder_sink(&p->log);
  fixture_play(p->run, seed, &sink, &p->totals, NULL);
  p->trace = (struct fg_trace){p->log.visit, p->log.n_visits};
  assert_int_equal(fg_factors_sha256(&p->run->factors, &p->run->grid, &p->run->model, p->sha), FG_OK);
}

static void play(const char *data, uint32_t workers, const char *model, const char *sync, uint64_t seed, uint64_t pause,
                 struct played *p) {
  play_balanced(data, workers, model, sync, "none", seed, pause, p);
}

static void drop(struct played *p) {
  recorder_free(&p->log);
  fixture_run_free(p->run);
}

static void same_bits(const char *data, uint32_t workers, const char *model, const char *one, const char *other,
                      bool same) {
  struct played a, b;
  play(data, workers, model, one, 1, 0, &a);
  play(data, workers, model, other, 2, 0, &b);
  if ((strcmp(a.sha, b.sha) == 0) != same)
    fail_msg("%s on %u workers: %s and %s make %s bits", model, workers, one, other, same ? "different" : "the same");
  drop(&a);
  drop(&b);
}

static void degenerate_settings_agree(void **state) {
  char *data = fixture_points(60, 50, 0.5, 1);
  (void)state;
  for (size_t m = 0; m < sizeof models / sizeof models[0]; m++) {
    for (uint32_t p = 1; p <= 5; p += 2) {
      same_bits(data, p, models[m], "barrier", "fugue:max=0", true);
      same_bits(data, p, models[m], "barrier", "quorum:q=1,wait=idle", true);
      same_bits(data, p, models[m], "fugue:max=0", "quorum:q=1,max=0", true);
    }
    /* on one worker nobody waits, and every strategy with one column block is serial */
    same_bits(data, 1, models[m], "barrier", "quorum:q=0.1,wait=idle", true);
    same_bits(data, 1, models[m], "barrier", "ring:blocks=1", true);
    same_bits(data, 1, models[m], "barrier", "nomad:blocks=1", true);
    same_bits(data, 1, models[m], "barrier", "relay:blocks=1,slack=1", true);
    same_bits(data, 1, models[m], "barrier", "ring:blocks=2", false);
  }
  /* the statistic apart, a ring of one block each makes the visits of barrier in their order */
  same_bits(data, 4, "mf:rank=5", "barrier", "ring:blocks=1", true);
  same_bits(data, 4, "mf:rank=5", "barrier", "ring:blocks=2", false);
  same_bits(data, 4, "mf:rank=5", "ring:blocks=3", "ring:blocks=3", true); /* in two different orders of events */
  same_bits(data, 4, "mf:rank=5", "barrier", "quorum:q=0.5", false);
  same_bits(data, 4, "mf:rank=5", "nomad:blocks=3", "nomad:blocks=3", false); /* who comes first matters */
  fixture_drop(data);
}

static enum fg_err audit(const struct played *p) {
  struct fg_fault fault = {0};
  enum fg_err err = fg_trace_audit(&p->trace, &p->run->job, &fault);
  if (err && !fault.text[0])
    fail_msg("the audit fails without a reason");
  return err;
}

static uint64_t traffic(const struct played *p) {
  uint64_t bytes = 0;
  assert_int_equal(fg_traffic(&p->trace, &p->run->job, &bytes, NULL), FG_OK);
  return bytes;
}

/* one count or number of a row, off by one */
static void audit_rejects(struct played *p, size_t row) {
  struct fg_visit *v = &p->log.visit[row], kept = *v;
  bool cut = p->run->job.sync.type->strata &&
             p->run->job.sync.type->strata->quorum(&p->run->job.sync, p->run->job.workers) < p->run->job.workers;
  v->seq++;
  assert_int_equal(audit(p), FG_MISMATCH);
  *v = kept;
  v->row_block++;
  assert_int_equal(audit(p), FG_MISMATCH);
  *v = kept;
  v->updates += cut ? v->required_updates - v->updates + 1 : 1;
  assert_int_equal(audit(p), FG_MISMATCH);
  *v = kept;
  v->col_version++; /* that of another visit, or none */
  assert_int_equal(audit(p), FG_MISMATCH);
  *v = kept;
  p->trace.n--;
  assert_int_equal(audit(p), FG_MISMATCH);
  p->trace.n++;
  assert_int_equal(audit(p), FG_OK);
}

static void traces_are_audited(void **state) {
  char *data = fixture_points(60, 50, 0.5, 2);
  (void)state;
  for (size_t s = 0; fixture_syncs[s]; s++)
    for (size_t m = 0; m < sizeof models / sizeof models[0]; m++)
      for (uint32_t workers = 1; workers <= 5; workers += 2)
        for (uint64_t pause = 0; pause < 3; pause++) {
          struct played p;
          if (!fixture_admits(fixture_syncs[s], models[m], workers))
            continue;
          play(data, workers, models[m], fixture_syncs[s], 10 + s, pause, &p);
          if (audit(&p) != FG_OK || traffic(&p) != p.totals.bytes_sent)
            fail_msg("%s, %s, %u workers, pause %d: %llu bytes, not %llu", fixture_syncs[s], models[m], workers,
                     (int)pause, (unsigned long long)p.totals.bytes_sent, (unsigned long long)traffic(&p));
          if (workers == 3)
            audit_rejects(&p, p.trace.n / 2);
          drop(&p);
        }
  fixture_drop(data);
}

/* relay's worker visits its own blocks more often than the slack allows */
static void unequal_visits_are_rejected(void **state) {
  char *data = fixture_points(60, 50, 0.5, 3);
  (void)state;
  struct played p;
  play(data, 3, "mf:rank=5", "relay:blocks=2,slack=1", 5, 0, &p);
  assert_int_equal(audit(&p), FG_OK);
  size_t changed = 0;
  for (size_t i = 0; i < p.trace.n && changed < 2; i++) /* two visits of block 0 by worker 1 become worker 2's */
    if (p.log.visit[i].worker == 1 && p.log.visit[i].col_block == 0) {
      for (size_t k = 0; k < p.trace.n; k++)
        if (p.log.visit[k].worker == 1 && p.log.visit[k].col_block == 1 && p.log.visit[k].seq > 0) {
          struct fg_visit a = p.log.visit[i];
          p.log.visit[i].col_block = 1; /* worker 1 now visits block 1 once more, and 0 once less */
          p.log.visit[i].col_version = p.log.visit[k].col_version;
          assert_int_equal(audit(&p), FG_MISMATCH);
          p.log.visit[i] = a;
          break;
        }
      changed++;
    }
  assert_int_equal(changed, 2);
  uint64_t bytes = traffic(&p);
  for (size_t i = 0; i < p.trace.n; i++) /* the next holder of a block is another one: other hand-offs, other bytes */
    if (p.log.visit[i].col_version == 1) {
      p.log.visit[i].worker = (p.log.visit[i].worker + 1) % 3;
      break;
    }
  assert_int_not_equal(traffic(&p), bytes);
  drop(&p);
  fixture_drop(data);
}

/* the run once more from its order log, in a fresh run of the same options */
static enum fg_err replay(const char *data, const char *model, const char *sync, const char *balance, struct played *p,
                          char sha[65]) {
  struct played fresh;
  struct fg_order order;
  struct fg_totals totals;
  struct fg_fault fault;
  const struct fg_sink none = {0};
  const char *const options[] = {
      "workers", "3", "model", model, "sync",    sync,    "chunk", "64",
      "epochs",  "3", "test",  "0.1", "balance", balance, "step",  fixture_step(model, "0.02"),
      "seed",    "7", NULL};
  fresh.run = fixture_run(data, options);
  recorder_order(&p->log, 3, &order);
  enum fg_err err = fg_replay_run(fresh.run, &order, &p->trace, &none, &totals, &fault);
  assert_int_equal(fg_factors_sha256(&fresh.run->factors, &fresh.run->grid, &fresh.run->model, sha), FG_OK);
  fg_order_free(&order);
  fixture_run_free(fresh.run);
  return err;
}

/* Rows that rotate: in epoch e worker p has row block p + e, every block of the grid is still served once an epoch, and
 * the rows' way is in the traffic. Steps that are scaled: other bits where extras were made, the same without. */
static void cures_are_replayed(void **state) {
  static const char *const syncs[] = {"barrier", "fugue:decay=0.5", "quorum"};
  static const char *const cures[] = {"rotate", "scale"};
  char *data = fixture_points(60, 50, 0.5, 4), sha[65];
  (void)state;
  for (size_t y = 0; y < 3; y++)
    for (size_t c = 0; c < 2; c++) {
      struct played p, plain;
      if (y == 0 && c == 1)
        continue;
      play_balanced(data, 3, "lda:topics=5", syncs[y], cures[c], 6, 0, &p);
      play(data, 3, "lda:topics=5", syncs[y], 6, 0, &plain);
      assert_int_equal(audit(&p), FG_OK);
      assert_int_equal(traffic(&p), p.totals.bytes_sent);
      assert_int_equal(replay(data, "lda:topics=5", syncs[y], cures[c], &p, sha), FG_OK);
      assert_string_equal(sha, p.sha);
      assert_string_not_equal(p.sha, plain.sha);
      for (size_t i = 0; i < p.trace.n; i++) {
        const struct fg_visit *v = &p.log.visit[i];
        assert_int_equal(v->row_block, c == 0 ? (v->worker + v->round / 3) % 3 : v->worker);
      }
      if (c == 0) /* two moves of three row blocks */
        assert_int_equal(p.totals.bytes_sent - plain.totals.bytes_sent, 2 * (3 * 32 + 4 * 5 * 60));
      drop(&p);
      drop(&plain);
    }
  struct played scaled, plain;
  play_balanced(data, 3, "mf:rank=5", "fugue:max=0", "scale", 6, 0, &scaled);
  play(data, 3, "mf:rank=5", "fugue:max=0", 6, 0, &plain);
  assert_string_equal(scaled.sha, plain.sha); /* every visit has the required mass */
  drop(&scaled);
  drop(&plain);
  fixture_drop(data);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(degenerate_settings_agree),
      cmocka_unit_test(traces_are_audited),
      cmocka_unit_test(unequal_visits_are_rejected),
      cmocka_unit_test(cures_are_replayed),
  };
  return cmocka_run_group_tests_name("strategies", tests, NULL, NULL);
}
