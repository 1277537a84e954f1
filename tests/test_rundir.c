/* Files of a run directory: what is written reads back, what is damaged is refused, what is not
 * finished is not there. */
#include "core/facts.h"
#include "core/model_files.h"
#include "core/files.h"
#include "core/npy.h"
#include "core/order.h"
#include "core/rundir.h"
#include "core/saved.h"
#include "core/trace.h"
#include "tests/fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char *path_in(const char *dir, const char *name) {
  static char path[4096];
  snprintf(path, sizeof path, "%s/%s", dir, name);
  return path;
}

static char *folder(void) {
  char dir[] = "/tmp/fugue-rundir-XXXXXX";
  assert_non_null(mkdtemp(dir));
  return strdup(dir);
}

static void drop(char *dir) {
  char command[4200];
  snprintf(command, sizeof command, "rm -rf '%s'", dir);
  assert_int_equal(system(command), 0);
  free(dir);
}

static void put(const char *path, const char *bytes, size_t n) {
  FILE *f = fopen(path, "wb");
  assert_non_null(f);
  assert_int_equal(fwrite(bytes, 1, n, f), n);
  fclose(f);
}

static void arrays_read_back(void **state) {
  char *dir = folder();
  float values[6] = {1, -2, 3.5f, 0, 1e-30f, 7}, *back;
  uint32_t rows, cols;
  struct fg_fault fault;
  (void)state;
  char *path = strdup(path_in(dir, "a.npy"));
  unsigned char header[FG_NPY_HEADER];
  char whole[FG_NPY_HEADER + sizeof values];
  fg_npy_header(2, 3, header);
  memcpy(whole, header, sizeof header);
  memcpy(whole + sizeof header, values, sizeof values);
  put(path, whole, sizeof whole);
  assert_int_equal(fg_npy_read(path, &rows, &cols, &back, &fault), FG_OK);
  assert_true(rows == 2 && cols == 3 && memcmp(values, back, sizeof values) == 0);
  free(back);
  FILE *f = fopen(path, "rb");
  char bytes[256];
  size_t n = fread(bytes, 1, sizeof bytes, f);
  fclose(f);
  assert_int_equal(n, 128 + 24); /* the header fills two multiples of 64 bytes */
  put(path, bytes, n - 1);
  assert_int_equal(fg_npy_read(path, &rows, &cols, &back, &fault), FG_EINPUT);
  put(path, bytes, 100);
  assert_int_equal(fg_npy_read(path, &rows, &cols, &back, &fault), FG_EINPUT);
  memcpy(strstr(bytes + 10, "<f4"), "<f8", 3);
  put(path, bytes, n);
  assert_int_equal(fg_npy_read(path, &rows, &cols, &back, &fault), FG_EINPUT);
  bytes[1] = 'X';
  put(path, bytes, n);
  assert_int_equal(fg_npy_read(path, &rows, &cols, &back, &fault), FG_EINPUT);
  assert_int_equal(fg_npy_read("/nonexistent", &rows, &cols, &back, &fault), FG_EINPUT);
  free(path);
  drop(dir);
}

static void files_are_complete_or_not_there(void **state) {
  char *dir = folder();
  struct fg_out out = {0};
  struct fg_fault fault;
  (void)state;
  char *path = strdup(path_in(dir, "f"));
  assert_int_equal(fg_out_open(&out, path, &fault), FG_OK);
  fputs("text", out.file);
  assert_int_equal(access(path, F_OK), -1);
  fg_out_discard(&out);
  assert_int_equal(access(path_in(dir, "f.tmp"), F_OK), -1);
  assert_int_equal(fg_out_open(&out, path, &fault), FG_OK);
  assert_int_equal(fg_out_commit(&out, &fault), FG_OK);
  assert_int_equal(access(path, F_OK), 0);
  assert_int_equal(access(path_in(dir, "f.tmp"), F_OK), -1);
  fg_out_discard(&out); /* after a commit: nothing */
  assert_int_equal(access(path, F_OK), 0);
  assert_int_equal(fg_out_open(&out, "/nonexistent/f", &fault), FG_EUSAGE);
  assert_int_equal(fg_out_open(&out, "", &fault), FG_EUSAGE);
  assert_int_equal(fg_out_open(&out, dir, &fault), FG_EUSAGE);
  assert_int_equal(fg_out_open(&out, "/dev/null", &fault), FG_EUSAGE);
  /* a link is written through */
  assert_int_equal(symlink(path, path_in(dir, "link")), 0);
  assert_int_equal(fg_out_open(&out, path_in(dir, "link"), &fault), FG_OK);
  fputs("through", out.file);
  assert_int_equal(fg_out_commit(&out, &fault), FG_OK);
  struct stat st;
  assert_int_equal(lstat(path_in(dir, "link"), &st), 0);
  assert_true(S_ISLNK(st.st_mode));
  assert_int_equal(stat(path, &st), 0);
  assert_int_equal(st.st_size, 7);
  /* a full disk */
  assert_int_equal(symlink("/dev/full", path_in(dir, "full.tmp")), 0);
  assert_int_equal(fg_out_open(&out, path_in(dir, "full"), &fault), FG_OK);
  for (int i = 0; i < 100000; i++)
    fputc('x', out.file);
  assert_int_equal(fg_out_commit(&out, &fault), FG_EIO);
  assert_non_null(strstr(fault.text, "No space left"));
  free(path);
  drop(dir);
}

static void traces_read_back(void **state) {
  char *dir = folder();
  struct fg_visit v = {.worker = 2,
                       .seq = 5,
                       .round = 13,
                       .row_block = 2,
                       .col_block = 7,
                       .col_version = 13,
                       .start_s = 0.1,
                       .required_s = 1.0 / 3,
                       .end_s = 1e6 + 1.0 / 3,
                       .wait_s = 1e-9,
                       .required_updates = 9,
                       .updates = 9,
                       .extra_updates = 123456789012,
                       .bytes_sent = 77};
  struct fg_trace trace;
  struct fg_fault fault = {0};
  (void)state;
  char *path = strdup(path_in(dir, "trace.csv"));
  FILE *f = fopen(path, "w");
  assert_int_equal(fg_trace_write_header(f), FG_OK);
  assert_int_equal(fg_trace_write(f, &v, 8), FG_OK);
  fclose(f);
  assert_int_equal(fg_trace_read(path, 8, &trace, &fault), FG_OK);
  assert_int_equal(trace.n, 1);
  assert_true(trace.visit[0].round == 13 && trace.visit[0].end_s == v.end_s &&
              trace.visit[0].required_s == v.required_s);
  assert_true(trace.visit[0].extra_updates == v.extra_updates && trace.visit[0].wait_s == v.wait_s);
  fg_trace_free(&trace);
  static const char *const bad[] = {"2,5,1,5,2,7,13,0,1,2,9,9,0,0",
                                    "2,5,1,5,2,7,13,0,1,2,9,9,0,0,1,1",
                                    "2,5,1,9,2,7,13,0,1,2,9,9,0,0,1",
                                    "2,5,1,5,2,7,13,0,1,2,9,9.5,0,0,1",
                                    "2,5,1,5,2,7,13,0,nan,2,9,9,0,0,1",
                                    "-2,5,1,5,2,7,13,0,1,2,9,9,0,0,1",
                                    "",
                                    "x"};
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    f = fopen(path, "w");
    assert_int_equal(fg_trace_write_header(f), FG_OK);
    assert_int_equal(fg_trace_write(f, &v, 8), FG_OK);
    fprintf(f, "%s\n", bad[i]);
    fclose(f);
    assert_int_equal(fg_trace_read(path, 8, &trace, &fault), FG_EINPUT);
    assert_int_equal(fault.line, 3);
  }
  put(path, "worker\n", 7);
  assert_int_equal(fg_trace_read(path, 8, &trace, &fault), FG_EINPUT);
  put(path, "", 0);
  assert_int_equal(fg_trace_read(path, 8, &trace, &fault), FG_EINPUT);
  free(path);
  drop(dir);
}

static void order_logs_read_back(void **state) {
  char *dir = folder();
  struct fg_taken t[3] = {{{1, FG_STEWARD}, {0, FG_WORKER}, 0, 4},
                          {{0, FG_WORKER}, {1, FG_WORKER}, 1ULL << 40, 1ULL << 33},
                          {{1, FG_STEWARD}, {1, FG_WORKER}, 0, 9}};
  struct fg_order order;
  struct fg_fault fault;
  (void)state;
  char *path = strdup(path_in(dir, "order.bin"));
  FILE *f = fopen(path, "wb");
  assert_int_equal(fg_order_write_header(f), FG_OK);
  for (int i = 0; i < 3; i++)
    assert_int_equal(fg_order_write(f, &t[i]), FG_OK);
  fclose(f);
  assert_int_equal(fg_order_read(path, 2, &order, &fault), FG_OK);
  assert_true(order.first[0] == 0 && order.first[1] == 1 && order.first[3] == 1 && order.first[4] == 3);
  assert_true(order.taken[0].ticks == 1ULL << 40 && order.taken[0].seq == 1ULL << 33);
  assert_true(order.taken[1].seq == 4 && order.taken[2].seq == 9);
  fg_order_free(&order);
  assert_int_equal(fg_order_read(path, 1, &order, &fault), FG_EINPUT); /* rank 1 of 1 */
  assert_int_equal(truncate(path, 8 + 32 + 5), 0);
  assert_int_equal(fg_order_read(path, 2, &order, &fault), FG_EINPUT);
  put(path, "FGORDER9", 8);
  assert_int_equal(fg_order_read(path, 2, &order, &fault), FG_EINPUT);
  free(path);
  drop(dir);
}

/* a run written by the run directory's sink, without a clock: what stands in it is what happened, and the saved model
 * is the learned one */
static void runs_are_kept(void **state) {
  static const char *const models[] = {
      "additive", "mf:rank=5", "mf:rank=5 adagrad", "lda:topics=5", "lda:topics=5,loss=squared", "dict:rank=5,l1=0.5"};
  char *data = fixture_points(60, 50, 0.5, 1), *top = folder();
  (void)state;
  for (size_t m = 0; m < sizeof models / sizeof models[0]; m++) {
    const char *const options[] = {"workers", "3",    "model",    models[m], "epochs",
                                   "2",       "test", "rows:0.1", "step",    fixture_step(models[m], "0.01"),
                                   NULL};
    struct fg_run *run = fixture_run(data, options);
    struct fg_config *config = calloc(1, sizeof *config);
    struct fg_rundir *dir = calloc(1, sizeof *dir);
    struct fg_totals totals;
    struct fg_fault fault = {0};
    struct fg_saved saved;
    char path[4096];
    fg_config_init(config);
    fg_config_set(config, "data", data, NULL, 0, NULL);
    for (int i = 0; options[i]; i += 2)
      fixture_set(config, options[i], options[i + 1]);
    snprintf(path, sizeof path, "%s/deep/run-%zu", top, m);
    if (fg_rundir_open(dir, path, false, run, config, &fault))
      fail_msg("%s", fault.text);
    struct fg_sink sink = fg_rundir_sink(dir);
    fixture_play(run, 3, &sink, &totals, NULL);
    struct fg_facts facts = {0};
    assert_int_equal(fg_facts_of_run(path, &facts, &fault), FG_EINPUT); /* not finished */
    struct fg_provenance from = {.stage = "test", .revision = "a \"quoted\" one", .versions = "", .cpu_s = 1};
    if (fg_model_files_write(dir->path, run, &fault) || fg_rundir_commit(dir, &totals, NULL, &from, &fault))
      fail_msg("%s", fault.text);
    fg_rundir_discard(dir, false);
    assert_int_equal(fg_facts_of_run(path, &facts, &fault), FG_OK);
    assert_int_equal(strtoull(fg_facts_find(&facts, "result.updates"), NULL, 10), totals.updates);
    assert_string_equal(fg_facts_find(&facts, "revision"), "a \"quoted\" one");
    assert_null(fg_facts_find(&facts, "nothing"));
    fg_facts_free(&facts);
    assert_int_equal(fg_rundir_open(dir, path, false, run, config, &fault), FG_EUSAGE);
    if (fg_saved_read(path, config, &saved, &fault))
      fail_msg("%s", fault.text);
    double *stat = calloc(run->model.n_stat + 1, sizeof *stat);
    struct fg_saved taken;
    assert_int_equal(fg_factors_normalise(&run->factors, &run->model), FG_OK); /* as they are saved */
    fg_factors_stat(&run->factors, &run->model, stat);
    assert_int_equal(fg_saved_join(run, &run->factors, stat, &taken, &fault), FG_OK);
    for (uint32_t q = 0, at = 0; q < run->grid.col_blocks; q++)
      for (uint32_t j = 0; j < run->grid.col[q].n; j++, at++)
        assert_memory_equal(saved.col_factor + (size_t)run->grid.col[q].original[j] * saved.model.stride,
                            taken.col_factor + (size_t)at * run->model.stride, run->model.lanes * sizeof(float));
    assert_true(saved.model.mean == run->model.mean && saved.model.total == run->model.total &&
                saved.model.square == run->model.square);
    for (uint32_t k = 0; k < run->model.n_stat; k++)
      assert_true(saved.stat[k] - stat[k] < 1e-9 * stat[k] && stat[k] - saved.stat[k] < 1e-9 * stat[k]);
    free(stat);
    fg_saved_free(&saved);
    fg_saved_free(&taken);
    fixture_run_free(run);
    free(config);
    free(dir);
  }
  drop(top);
  fixture_drop(data);
}

static size_t slurp(const char *path, char *bytes, size_t capacity) {
  FILE *f = fopen(path, "rb");
  assert_non_null(f);
  size_t n = fread(bytes, 1, capacity, f);
  fclose(f);
  return n;
}

/* pieces written by whoever holds them, in any order, make the files that one process writes, and their sum */
static void pieces_make_the_model(void **state) {
  static const char *const models[] = {"additive", "mf:rank=5", "lda:topics=5"};
  static const char *const names[] = {"model/row_factor.npy", "model/col_factor.npy", "model/col_weight.npy"};
  static const int orders[][6] = {{0, 1, 2, 3, 4, 5}, {5, 4, 3, 2, 1, 0}, {3, 0, 5, 2, 1, 4}};
  static char whole[1 << 16], pieces[1 << 16];
  char *data = fixture_points(60, 50, 0.5, 1), *top = folder();
  (void)state;
  for (size_t m = 0; m < 3; m++)
    for (size_t o = 0; o < 3; o++) {
      const char *const options[] = {"workers", "3", "model", models[m], "seed", o ? "7" : "3", NULL};
      struct fg_run *run = fixture_run(data, options), *holder[3];
      struct fg_fault fault = {0};
      char one[2000], other[2000], sha[65], sha_of_pieces[65], sha_in_memory[65];
      snprintf(one, sizeof one, "%s/one-%zu-%zu", top, m, o);
      snprintf(other, sizeof other, "%s/other-%zu-%zu", top, m, o);
      for (int i = 0; i < 2; i++) {
        mkdir(i ? other : one, 0777);
        mkdir(path_in(i ? other : one, "model"), 0777);
      }
      assert_int_equal(fg_model_files_write(one, run, &fault), FG_OK);
      assert_int_equal(fg_model_files_finish(one, run, sha, &fault), FG_OK);
      /* every process holds one row shard and one column block, not of the same number */
      for (uint32_t p = 0; p < 3; p++) {
        holder[p] = fixture_run(data, options);
        for (uint32_t q = 0; q < 3; q++)
          if (q != (p + 1) % 3)
            fg_factors_drop(&holder[p]->factors, q);
      }
      assert_int_equal(fg_model_files_create(other, run, &fault), FG_OK);
      for (int i = 0; i < 6; i++) {
        uint32_t p = (uint32_t)orders[o][i] % 3;
        assert_int_equal(orders[o][i] < 3 ? fg_model_files_put_rows(other, holder[p], p, &fault)
                                          : fg_model_files_put_cols(other, holder[p], (p + 1) % 3, NULL, &fault),
                         FG_OK);
      }
      for (size_t i = 0; i < 3; i++) /* nothing has its name before all is there */
        assert_int_equal(access(path_in(other, names[i]), F_OK), -1);
      assert_int_equal(fg_model_files_finish(other, run, sha_of_pieces, &fault), FG_OK);
      assert_string_equal(sha, sha_of_pieces);
      assert_int_equal(fg_factors_sha256(&run->factors, &run->grid, &run->model, sha_in_memory), FG_OK);
      assert_string_equal(sha, sha_in_memory);
      for (size_t i = 0; i < (run->model.type->weights ? 3 : 2); i++) {
        size_t n = slurp(path_in(one, names[i]), whole, sizeof whole);
        assert_true(n > FG_NPY_HEADER && n < sizeof whole);
        assert_int_equal(slurp(path_in(other, names[i]), pieces, sizeof pieces), n);
        assert_memory_equal(whole, pieces, n);
      }
      /* what is begun again and given up leaves the finished files alone, and nothing else */
      assert_int_equal(fg_model_files_create(other, run, &fault), FG_OK);
      assert_int_equal(access(path_in(other, "model/row_factor.npy.tmp"), F_OK), 0);
      fg_model_files_discard(other);
      assert_int_equal(access(path_in(other, "model/row_factor.npy.tmp"), F_OK), -1);
      assert_int_equal(access(path_in(other, "model/col_factor.npy.tmp"), F_OK), -1);
      assert_int_equal(access(path_in(other, "model/row_factor.npy"), F_OK), 0);
      /* pieces of files that nobody has created, and an end without them, are faults */
      assert_int_equal(fg_model_files_put_rows(other, run, 0, &fault), FG_EIO);
      assert_int_equal(fg_model_files_put_cols(other, run, 0, NULL, &fault), FG_EIO);
      assert_int_equal(fg_model_files_finish(other, run, sha, &fault), FG_EIO);
      for (uint32_t p = 0; p < 3; p++)
        fixture_run_free(holder[p]);
      fixture_run_free(run);
    }
  drop(top);
  fixture_drop(data);
}

/* a directory belongs to one run, from its claim on, when there is no configuration in it yet */
static void runs_exclude_each_other(void **state) {
  char *top = folder(), *path = strdup(path_in(top, "run"));
  struct fg_rundir *first = calloc(1, sizeof *first), *second = calloc(1, sizeof *second);
  struct fg_fault fault;
  bool finished;
  (void)state;
  assert_int_equal(fg_rundir_claim(first, path, false, &fault), FG_OK);
  assert_int_equal(fg_rundir_claim(second, path, true, &fault), FG_EUSAGE);
  assert_non_null(strstr(fault.text, "another run is writing it"));
  assert_int_equal(fg_rundir_reopen(second, path, &finished, &fault), FG_EUSAGE);
  assert_non_null(strstr(fault.text, "another run is writing it"));
  fg_rundir_discard(second, true);
  assert_int_equal(access(path, F_OK), 0);
  fg_rundir_discard(first, false);
  assert_int_not_equal(access(path_in(path, "config.yaml.tmp"), F_OK), 0);
  put(path_in(path, "config.yaml.tmp"), "", 0); /* as a run leaves it that is killed here */
  assert_int_equal(fg_rundir_reopen(second, path, &finished, &fault), FG_EUSAGE);
  assert_non_null(strstr(fault.text, "nothing to go on from"));
  assert_int_equal(fg_rundir_claim(second, path, false, &fault), FG_OK);
  fg_rundir_discard(second, true);
  assert_int_not_equal(access(path, F_OK), 0);
  free(first);
  free(second);
  free(path);
  drop(top);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(arrays_read_back), cmocka_unit_test(files_are_complete_or_not_there),
      cmocka_unit_test(traces_read_back), cmocka_unit_test(order_logs_read_back),
      cmocka_unit_test(runs_are_kept),    cmocka_unit_test(pieces_make_the_model),

      cmocka_unit_test(runs_are_kept),    cmocka_unit_test(runs_exclude_each_other),
  };
  return cmocka_run_group_tests_name("rundir", tests, NULL, NULL);
}
