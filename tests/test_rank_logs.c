/* Logs of ranks: their merging is the log that one process would have written; what is damaged is refused. */
#include "core/rank_logs.h"

#include "core/order.h"
#include "core/trace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { PATH_BYTES = 4200 };

static char *folder(void) {
  char dir[] = "/tmp/fugue-logs-XXXXXX";
  assert_non_null(mkdtemp(dir));
  return strdup(dir);
}

static void drop(char *dir) {
  char command[PATH_BYTES];
  snprintf(command, sizeof command, "rm -rf '%s'", dir);
  assert_int_equal(system(command), 0);
  free(dir);
}

static struct fg_visit visit_of(uint32_t rank, uint64_t round, uint32_t col_blocks) {
  return (struct fg_visit){.worker = rank,
                           .seq = round,
                           .round = round,
                           .row_block = rank,
                           .col_block = (uint32_t)((rank + round) % col_blocks),
                           .col_version = (uint32_t)round,
                           .start_s = (double)round,
                           .end_s = (double)round + 0.5,
                           .updates = 10 * round + rank};
}

static struct fg_taken taken_of(uint32_t rank, uint64_t round) {
  return (struct fg_taken){
      .by = {rank, round % 2 ? FG_STEWARD : FG_WORKER}, .from = {0, FG_STEWARD}, .ticks = round, .seq = 3 * round};
}

/* Rounds from .. to - 1 of a rank. */
static void log_rounds(struct fg_rank_logs *logs, uint32_t rank, uint64_t from, uint64_t to, uint32_t col_blocks) {
  struct fg_sink sink = fg_rank_logs_sink(logs);
  struct fg_fault fault = {0};
  for (uint64_t r = from; r < to; r++) {
    struct fg_visit v = visit_of(rank, r, col_blocks);
    struct fg_taken t = taken_of(rank, r);
    assert_int_equal(sink.visit(sink.self, &v, &fault), FG_OK);
    assert_int_equal(sink.taken(sink.self, &t, &fault), FG_OK);
  }
}

static void write_all(const char *dir, uint32_t ranks, uint64_t rounds, uint32_t col_blocks) {
  struct fg_fault fault = {0};
  assert_int_equal(fg_rank_logs_prepare(dir, &fault), FG_OK);
  for (uint32_t r = ranks; r-- > 0;) {
    struct fg_rank_logs logs = {0};
    assert_int_equal(fg_rank_logs_open(&logs, dir, r, col_blocks, NULL, &fault), FG_OK);
    log_rounds(&logs, r, 0, rounds, col_blocks);
    assert_int_equal(fg_rank_logs_commit(&logs, &fault), FG_OK);
  }
}

/* What the ranks of DIR left, merged into files with their headers. */
static enum fg_err merge(const char *dir, uint32_t ranks, uint32_t col_blocks, uint64_t rounds, char *trace_path,
                         char *order_path, struct fg_fault *fault) {
  snprintf(trace_path, PATH_BYTES, "%s/trace.csv", dir);
  snprintf(order_path, PATH_BYTES, "%s/order.bin", dir);
  FILE *trace = fopen(trace_path, "w"), *order = fopen(order_path, "wb");
  assert_true(trace && order);
  assert_int_equal(fg_trace_write_header(trace), FG_OK);
  assert_int_equal(fg_order_write_header(order), FG_OK);
  enum fg_err err = fg_rank_logs_merge(dir, ranks, col_blocks, rounds, trace, order, fault);
  fclose(trace);
  fclose(order);
  return err;
}

/* Without strata: rank r has made so many visits more, or fewer. */
static void ranks_may_have_made_visits_of_others(void **state) {
  static const uint64_t visits[] = {20000, 5, 0, 9000};
  char trace_path[PATH_BYTES], order_path[PATH_BYTES], *dir = folder();
  struct fg_fault fault = {0};
  struct fg_trace trace;
  uint64_t next[4] = {0}, round = 0;
  (void)state;
  assert_int_equal(fg_rank_logs_prepare(dir, &fault), FG_OK);
  for (uint32_t r = 0; r < 4; r++) {
    struct fg_rank_logs logs = {0};
    assert_int_equal(fg_rank_logs_open(&logs, dir, r, 8, NULL, &fault), FG_OK);
    log_rounds(&logs, r, 0, visits[r], 8);
    assert_int_equal(fg_rank_logs_commit(&logs, &fault), FG_OK);
  }
  assert_int_equal(merge(dir, 4, 8, 19999, trace_path, order_path, &fault), FG_EINPUT);
  assert_int_equal(merge(dir, 4, 8, 29005, trace_path, order_path, &fault), FG_OK);
  assert_int_equal(fg_trace_read(trace_path, 8, &trace, &fault), FG_OK);
  assert_int_equal(trace.n, 29005);
  for (size_t k = 0; k < trace.n; k++) {
    const struct fg_visit *v = &trace.visit[k];
    assert_true(v->round == next[v->worker]++ && v->round >= round);
    round = v->round;
  }
  for (uint32_t r = 0; r < 4; r++)
    assert_true(next[r] == visits[r]);
  fg_trace_free(&trace);
  drop(dir);
}

/* stratum by stratum, and in each by rank; also where all rows are too many to be in memory at a time */
static void logs_are_merged_in_order(void **state) {
  static const struct {
    uint32_t ranks, col_blocks;
    uint64_t rounds;
  } cases[] = {{1, 1, 3}, {1, 4, 0}, {3, 3, 10}, {7, 7, 1}, {2, 5, 20000}, {2, 2, 8192}, {2, 2, 8193}, {300, 300, 60}};
  char trace_path[PATH_BYTES], order_path[PATH_BYTES];
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    char *dir = folder();
    uint32_t ranks = cases[i].ranks, c = cases[i].col_blocks;
    uint64_t rounds = cases[i].rounds;
    struct fg_fault fault = {0};
    struct fg_trace trace;
    struct fg_order order;
    write_all(dir, ranks, rounds, c);
    if (merge(dir, ranks, c, rounds, trace_path, order_path, &fault))
      fail_msg("%s", fault.text);
    assert_int_equal(fg_trace_read(trace_path, c, &trace, &fault), FG_OK);
    assert_int_equal(trace.n, ranks * rounds);
    for (size_t k = 0; k < trace.n; k++) {
      struct fg_visit v = visit_of((uint32_t)(k % ranks), k / ranks, c);
      assert_true(trace.visit[k].worker == v.worker && trace.visit[k].round == v.round &&
                  trace.visit[k].updates == v.updates && trace.visit[k].end_s == v.end_s);
    }
    assert_int_equal(fg_order_read(order_path, ranks, &order, &fault), FG_OK);
    for (uint32_t r = 0; r < ranks; r++)
      for (uint64_t k = 0; k < rounds; k++) { /* every machine's in its order */
        const struct fg_taken t = taken_of(r, k), *got = &order.taken[order.first[2 * r + t.by.role] + k / 2];
        assert_true(got->by.rank == r && got->by.role == t.by.role && got->seq == t.seq && got->ticks == t.ticks);
      }
    assert_int_equal(order.first[2 * (size_t)ranks], ranks * rounds);
    fg_trace_free(&trace);
    fg_order_free(&order);
    fg_rank_logs_remove(dir);
    char ranks_path[PATH_BYTES];
    snprintf(ranks_path, sizeof ranks_path, "%s/ranks", dir);
    assert_int_equal(access(ranks_path, F_OK), -1);
    drop(dir);
  }
}

/* a log that goes on behind a mark is one that was never interrupted */
static void logs_go_on_behind_a_mark(void **state) {
  char trace_path[PATH_BYTES], order_path[PATH_BYTES], *dir = folder();
  struct fg_fault fault = {0};
  struct fg_rank_logs logs = {0};
  struct fg_marks marks = {0};
  struct fg_trace trace;
  (void)state;
  assert_int_equal(fg_rank_logs_prepare(dir, &fault), FG_OK);
  assert_int_equal(fg_rank_logs_open(&logs, dir, 0, 2, NULL, &fault), FG_OK);
  log_rounds(&logs, 0, 0, 5, 2);
  assert_int_equal(fg_rank_logs_mark(&logs, &marks, &fault), FG_OK);
  log_rounds(&logs, 0, 5, 9, 2); /* lost */
  fg_rank_logs_suspend(&logs);
  assert_int_equal(fg_rank_logs_check(dir, 0, &marks, &fault), FG_OK);
  assert_int_equal(fg_rank_logs_open(&logs, dir, 0, 2, &marks, &fault), FG_OK);
  log_rounds(&logs, 0, 5, 7, 2);
  assert_int_equal(fg_rank_logs_commit(&logs, &fault), FG_OK);
  assert_int_equal(fg_rank_logs_check(dir, 0, &marks, &fault), FG_OK); /* also under its own name */
  assert_int_equal(merge(dir, 1, 2, 7, trace_path, order_path, &fault), FG_OK);
  assert_int_equal(fg_trace_read(trace_path, 2, &trace, &fault), FG_OK);
  assert_int_equal(trace.n, 7);
  for (size_t k = 0; k < 7; k++)
    assert_int_equal(trace.visit[k].round, k);
  fg_trace_free(&trace);
  struct stat st;
  assert_int_equal(stat(order_path, &st), 0);
  assert_int_equal(st.st_size, FG_ORDER_HEADER + 7 * 32);
  drop(dir);
}

static void write_file(const char *dir, const char *name, const char *bytes, size_t n) {
  char path[PATH_BYTES];
  snprintf(path, sizeof path, "%s/%s", dir, name);
  FILE *f = fopen(path, "wb");
  assert_non_null(f);
  assert_int_equal(fwrite(bytes, 1, n, f), n);
  fclose(f);
}

static void cut_file(const char *dir, const char *name, long by) {
  char path[PATH_BYTES];
  struct stat st;
  snprintf(path, sizeof path, "%s/%s", dir, name);
  assert_int_equal(stat(path, &st), 0);
  assert_int_equal(truncate(path, st.st_size - by), 0);
}

static void append(const char *dir, const char *name, const char *text) {
  char path[PATH_BYTES];
  snprintf(path, sizeof path, "%s/%s", dir, name);
  FILE *f = fopen(path, "ab");
  assert_non_null(f);
  fputs(text, f);
  fclose(f);
}

static void damage(const char *dir, int what) {
  static const char row[] = "1,5,1,1,1,0,5,0,0,0,0,0,0,0,0\n";
  switch (what) {
  case 0:
    cut_file(dir, "ranks/trace-00001.csv", 1); /* the last line has no end */
    break;
  case 1:
    append(dir, "ranks/trace-00001.csv", "x,y\n");
    break;
  case 2:
    append(dir, "ranks/trace-00001.csv", row); /* a visit twice */
    break;
  case 3:
    append(dir, "ranks/trace-00001.csv", "1,6,1,2,1,0,6,0,0,0,0,0,0,0,0\n"); /* beyond the last stratum */
    break;
  case 4:
    cut_file(dir, "ranks/trace-00002.csv", 40); /* a torn row */
    break;
  case 5:
    write_file(dir, "ranks/trace-00002.csv", "", 0);
    break;
  case 6:
    cut_file(dir, "ranks/order-00001.bin", 5);
    break;
  case 7:
    write_file(dir, "ranks/order-00001.bin", "FGORDER9", 8);
    break;
  case 8:
    write_file(dir, "ranks/order-00002.bin", "", 0);
    break;
  }
}

static void damaged_logs_are_refused(void **state) {
  static const char *const names[] = {"trace-00001", "trace-00001", "trace-00001", "trace-00001", "trace-00002",
                                      "trace-00002", "order-00001", "order-00001", "order-00002"};
  char trace_path[PATH_BYTES], order_path[PATH_BYTES];
  (void)state;
  for (int what = 0; what < 9; what++) {
    char *dir = folder();
    struct fg_fault fault = {0};
    write_all(dir, 3, 6, 4);
    damage(dir, what);
    if (merge(dir, 3, 4, 6, trace_path, order_path, &fault) != FG_EINPUT)
      fail_msg("damage %d was not noticed", what);
    assert_non_null(strstr(fault.file, names[what]));
    drop(dir);
  }
  char *dir = folder(), path[PATH_BYTES];
  struct fg_fault fault = {0};
  write_all(dir, 3, 6, 4);
  snprintf(path, sizeof path, "%s/ranks/order-00002.bin", dir);
  unlink(path);
  assert_int_equal(merge(dir, 3, 4, 6, trace_path, order_path, &fault), FG_EINPUT);
  snprintf(path, sizeof path, "%s/ranks/trace-00000.csv", dir);
  unlink(path);
  assert_int_equal(merge(dir, 3, 4, 6, trace_path, order_path, &fault), FG_EINPUT);
  drop(dir);
}

/* what an earlier run left is not there any more */
static void logs_start_empty(void **state) {
  char path[PATH_BYTES], *dir = folder();
  struct fg_fault fault = {0};
  (void)state;
  write_all(dir, 3, 6, 4);
  assert_int_equal(fg_rank_logs_prepare(dir, &fault), FG_OK);
  snprintf(path, sizeof path, "%s/ranks/trace-00002.csv", dir);
  assert_int_equal(access(path, F_OK), -1);
  drop(dir);
  assert_int_equal(fg_rank_logs_prepare("/proc/nothing", &fault), FG_EIO);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(logs_are_merged_in_order), cmocka_unit_test(ranks_may_have_made_visits_of_others),
      cmocka_unit_test(logs_go_on_behind_a_mark), cmocka_unit_test(damaged_logs_are_refused),
      cmocka_unit_test(logs_start_empty),
  };
  return cmocka_run_group_tests_name("rank_logs", tests, NULL, NULL);
}
