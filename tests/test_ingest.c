/* Runs that have ended, to records: numbers, curves, sums of a trace, and how a run without a result ended. */
#include "core/files.h"
#include "core/model_files.h"
#include "core/rundir.h"
#include "sweep/ingest.h"
#include "tests/fixture.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[64];

static int make_dir(void **state) {
  (void)state;
  snprintf(dir, sizeof dir, "/tmp/fugue-test-XXXXXX");
  return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state) {
  char command[128];
  (void)state;
  snprintf(command, sizeof command, "rm -rf '%s'", dir);
  return system(command);
}

static const char *path_of(const char *name) {
  static char path[FG_PATH_MAX];
  assert_int_equal(fg_path_join(dir, name, path, NULL), FG_OK);
  return path;
}

static void put(const char *name, const char *text) {
  FILE *f = fopen(path_of(name), "w");
  assert_non_null(f);
  assert_true(fputs(text, f) >= 0);
  assert_int_equal(fclose(f), 0);
}

static const char run_json[] =
    "{\n"
    "  \"options\": {\"workers\": \"3\", \"seed\": \"9\"},\n"
    "  \"seed\": 9, \"stage\": \"sim\", \"versions\": \"fugue 1, GSL 2\", \"revision\": \"abc\", \"host\": \"h\",\n"
    "  \"data\": {\"rows\": 40, \"cols\": 30, \"points\": 200, \"sha256\": \"d1\"},\n"
    "  \"result\": {\"time_s\": 6, \"epochs\": 2.5, \"updates\": 303, \"extra_updates\": 37, \"bytes_sent\": 1000,\n"
    "    \"train_loss\": 0.5, \"test_metric\": null, \"test_metric_name\": \"rmse\", \"idle_share\": 0.25,\n"
    "    \"cpu_s\": 0.125, \"memory_mb\": 12, \"params_sha256\": \"p1\"}\n"
    "}\n";

static const char metrics_csv[] = "epoch,sub_epoch,time_s,updates,extra_updates,bytes_sent,train_loss,test_metric\n"
                                  "0,0,0,0,0,0,9,nan\n"
                                  "1,2,6,303,37,1000,0.5,1.5\n";

#define TRACE_HEADER                                                                                                   \
  "worker,seq,epoch,sub_epoch,row_block,col_block,col_version,start_s,required_s,end_s,"                               \
  "required_updates,updates,extra_updates,wait_s,bytes_sent\n"
static const char trace_csv[] = TRACE_HEADER "0,0,0,0,0,0,0,0,1,3,100,100,29,0,8\n" /* extra work from 1 to 3 */
                                             "1,0,0,0,1,1,0,0,3,3,100,100,0,0,8\n"
                                             "2,0,0,0,2,2,0,0,4,4,0,0,0,0,8\n"
                                             "1,1,0,1,1,0,1,3,5,6,3,3,1,1,8\n" /* waits from 5 on */
                                             /* half a second to get the block, extra work to 4.5, then waits */
                                             "0,1,0,1,0,1,1,3.5,4,5,100,100,7,1,8\n";

static void write_run(void) {
  put("config.yaml", "workers: \"3\"\n");
  put("run.json", run_json);
  put("metrics.csv", metrics_csv);
  put("trace.csv", trace_csv);
}

static struct fg_execution execution(const struct fg_task *task) {
  return (struct fg_execution){.id = "aa", .dir = dir, .stage = "mpi", .started = "2026", .seed = 7, .task = task};
}

static enum fg_err ingest(const struct fg_task *task, struct fg_ingested *ingested, struct fg_fault *fault) {
  struct fg_execution e = execution(task);
  memset(ingested, 0, sizeof *ingested);
  memset(fault, 0, sizeof *fault);
  return fg_ingest(&e, ingested, fault);
}

static void same_histogram(const struct fg_run_histogram *h, const char *what, size_t n, const int64_t *value,
                           const uint64_t *count) {
  assert_string_equal(h->what, what);
  assert_int_equal(h->n, n);
  for (size_t i = 0; i < n; i++) {
    assert_int_equal(h->value[i], value[i]);
    assert_int_equal(h->count[i], count[i]);
  }
}

static void a_finished_run(void **state) {
  (void)state;
  struct fg_ingested in;
  struct fg_fault fault;
  struct fg_task task = {.wall_s = 0.75};
  write_run();
  if (ingest(&task, &in, &fault))
    fail_msg("%s: %s", fault.file, fault.text);
  const struct fg_run_record *r = &in.record;
  assert_string_equal(r->id, "aa");
  assert_int_equal(r->state, FG_RUN_DONE);
  assert_string_equal(r->reason, "");
  assert_string_equal(r->stage, "sim"); /* what it was goes before what was planned */
  assert_int_equal(r->seed, 9);
  assert_string_equal(r->started, "2026");
  assert_string_equal(r->revision, "abc");
  assert_string_equal(r->versions, "fugue 1, GSL 2");
  assert_string_equal(r->host, "h");
  assert_string_equal(r->data_sha256, "d1");
  assert_string_equal(r->params_sha256, "p1");
  assert_string_equal(r->metric_name, "rmse");
  assert_string_equal(r->config, "workers: \"3\"\n");
  assert_string_equal(r->result, run_json);
  static const double numbers[FG_RUN_NUMBERS] = {
      [FG_NUMBER_TIME] = 6,     [FG_NUMBER_EPOCHS] = 2.5, [FG_NUMBER_UPDATES] = 303, [FG_NUMBER_EXTRA] = 37,
      [FG_NUMBER_BYTES] = 1000, [FG_NUMBER_LOSS] = 0.5,   [FG_NUMBER_IDLE] = 0.25,   [FG_NUMBER_WORKERS] = 3,
      [FG_NUMBER_ROWS] = 40,    [FG_NUMBER_COLS] = 30,    [FG_NUMBER_POINTS] = 200,  [FG_NUMBER_CPU] = 0.125,
      [FG_NUMBER_MEMORY] = 12,  [FG_NUMBER_WALL] = 0.75,  [FG_NUMBER_METRIC] = -1,   [FG_NUMBER_HOST_PARAMS] = -1};
  for (int i = 0; i < FG_RUN_NUMBERS; i++)
    assert_true(numbers[i] < 0 ? isnan(r->number[i]) : r->number[i] == numbers[i]);
  assert_int_equal(r->n_moments, 2);
  assert_true(r->moment[0].epoch == 0 && r->moment[0].train_loss == 9 && isnan(r->moment[0].test_metric));
  const struct fg_run_moment *m = &r->moment[1];
  assert_true(m->epoch == 1 && m->sub_epoch == 2 && m->time_s == 6 && m->updates == 303 && m->extra_updates == 37 &&
              m->bytes_sent == 1000 && m->train_loss == 0.5 && m->test_metric == 1.5);

  static const struct fg_run_worker sums[3] = {
      {.required_s = 1.5, .extra_s = 2.5, .wait_s = 0.5, .hand_off_s = 0.5, .rest_s = 1},
      {.required_s = 5, .wait_s = 1},
      {.required_s = 4, .rest_s = 2}};
  assert_int_equal(r->n_workers, 3);
  for (int w = 0; w < 3; w++) {
    double all = 0;
#define SAME(name)                                                                                                     \
  assert_true(r->worker[w].name == sums[w].name);                                                                      \
  all += r->worker[w].name;
    FG_RUN_WORKER_LIST(SAME)
    assert_true(all == 6); /* nothing is lost of the run's time */
  }
  assert_int_equal(r->n_histograms, 2);
  /* the empty block of worker 2 has nothing to share; while it is busy, the others are a visit ahead */
  same_histogram(&r->histogram[0], "extra", 4, (const int64_t[]){0, 7, 29, 33}, (const uint64_t[]){1, 1, 1, 1});
  same_histogram(&r->histogram[1], "lead", 2, (const int64_t[]){0, 1}, (const uint64_t[]){3, 2});
  fg_ingested_free(&in);

  /* what is left of sums of times is no work: 0.8 - (0.6 - (0.6 - 0.2)) > 0.6 */
  put("trace.csv", TRACE_HEADER "0,0,0,0,0,0,0,0,0.2,0.2,100,100,0,0,8\n"
                                "0,1,0,1,0,1,1,0.6,0.6,0.8,100,100,0,0.6,8\n");
  assert_int_equal(ingest(NULL, &in, &fault), FG_OK);
  assert_true(in.record.worker[0].extra_s == 0 && in.record.worker[0].wait_s == 0.8 - 0.6);
  fg_ingested_free(&in);

  /* without a trace, and with nothing known about the process */
  unlink(path_of("trace.csv"));
  assert_int_equal(ingest(NULL, &in, &fault), FG_OK);
  assert_int_equal(in.record.state, FG_RUN_DONE);
  assert_int_equal(in.record.n_workers, 0);
  assert_int_equal(in.record.n_histograms, 0);
  assert_true(isnan(in.record.number[FG_NUMBER_WALL]));
  fg_ingested_free(&in);
}

/* A directory as the core writes it. */
static void a_run_of_the_core(void **state) {
  (void)state;
  static const char *const options[] = {"workers", "3", "model", "mf:rank=3", "epochs", "2", "test", "0.1", NULL};
  char *data = fixture_points(40, 30, 0.5, 1), path[FG_PATH_MAX];
  struct fg_run *run = fixture_run(data, options);
  struct fg_config *config = calloc(1, sizeof *config);
  struct fg_rundir *rundir = calloc(1, sizeof *rundir);
  struct fg_provenance from = {.stage = "sim", .revision = "a \"b\"", .versions = "v", .cpu_s = 1, .memory_mb = 2};
  struct fg_totals totals;
  struct fg_fault fault = {0};
  struct fg_ingested in = {0};
  fg_config_init(config);
  fg_config_set(config, "data", data, NULL, 0, NULL);
  for (int i = 0; options[i]; i += 2)
    fg_config_set(config, options[i], options[i + 1], NULL, 0, NULL);
  snprintf(path, sizeof path, "%s/run", dir);
  assert_int_equal(fg_rundir_open(rundir, path, false, run, config, &fault), FG_OK);
  struct fg_sink sink = fg_rundir_sink(rundir);
  fixture_play(run, 3, &sink, &totals, NULL);
  struct fg_execution e = execution(NULL);
  e.dir = path;
  assert_int_equal(fg_ingest(&e, &in, &fault), FG_EINPUT); /* not finished yet */
  fg_ingested_free(&in);
  assert_int_equal(fg_model_files_write(path, run, &fault), FG_OK);
  assert_int_equal(fg_rundir_commit(rundir, &totals, NULL, &from, &fault), FG_OK);
  if (fg_ingest(&e, &in, &fault))
    fail_msg("%s:%llu: %s", fault.file, fault.line, fault.text);
  const struct fg_run_record *r = &in.record;
  assert_string_equal(r->revision, "a \"b\"");
  assert_string_equal(r->data_sha256, run->grid.sha256);
  fg_ingested_free(&in);
  e.data_sha256 = run->grid.sha256;
  assert_int_equal(fg_ingest(&e, &in, &fault), FG_OK);
  fg_ingested_free(&in);
  e.data_sha256 = "of what the file was when the run was planned";
  assert_int_equal(fg_ingest(&e, &in, &fault), FG_EINPUT);
  assert_int_equal(in.record.state, FG_RUN_FAILED);
  assert_non_null(strstr(in.record.reason, "the data have changed since"));
  fg_ingested_free(&in);
  e.data_sha256 = "";
  assert_int_equal(fg_ingest(&e, &in, &fault), FG_OK);
  assert_true(r->number[FG_NUMBER_UPDATES] == (double)totals.updates && r->number[FG_NUMBER_EPOCHS] == 2);
  assert_true(r->number[FG_NUMBER_POINTS] == (double)run->grid.n_points && r->number[FG_NUMBER_COLS] == 30);
  assert_true(r->number[FG_NUMBER_METRIC] == rundir->test_metric && r->number[FG_NUMBER_CPU] == 1);
  assert_int_equal(r->n_moments, 3);
  assert_int_equal(r->n_workers, 3);
  uint64_t visits = 0;
  for (size_t i = 0; i < r->histogram[1].n; i++)
    visits += r->histogram[1].count[i];
  assert_int_equal(visits, 3 * 6);
  fg_ingested_free(&in);
  fg_rundir_discard(rundir, false);
  fixture_run_free(run);
  fixture_drop(data);
  free(config);
  free(rundir);
}

static void damaged_files_are_refused(void **state) {
  (void)state;
  static const struct {
    const char *file, *from, *to; /* a text to be replaced by another, once; from NULL: the file is missing */
    unsigned long long line;
    const char *says;
  } cases[] = {
      {"run.json", "\"time_s\": 6, ", "", 0, "has no 'result.time_s'"},
      {"run.json", "\"time_s\": 6", "\"time_s\": \"soon\"", 0, "'soon', which is not a number"},
      {"run.json", "\"workers\": \"3\"", "\"workers\": \"0\"", 0, "not a number of workers"},
      {"run.json", "\"workers\": \"3\"", "\"workers\": \"2\"", 0, "names worker 2"},
      {"run.json", "\"seed\": 9, ", "", 0, ""}, /* options.seed would do */
      {"run.json", "\"stage\": \"sim\", ", "", 0, "has no 'stage'"},
      {"run.json", "\"options\": {", "\"options\": [", 2, "not valid"},
      {"config.yaml", NULL, NULL, 0, "cannot be opened"},
      {"metrics.csv", NULL, NULL, 0, "cannot be opened"},
      {"metrics.csv", "train_loss", "loss", 1, "no column 'train_loss'"},
      {"metrics.csv", "0,0,0,0,0,0,9,nan\n1,2,6,303,37,1000,0.5,1.5\n", "", 0, "no evaluation"},
      {"metrics.csv", "1000,0.5", "1000,x", 3, "'x', which is not a number"},
      {"metrics.csv", "1,2,6,303", "1,2,6", 3, "7 fields"},
      {"trace.csv", "1,1,0,1,", "1,2,0,1,", 5, "must follow each other"},
      {"trace.csv", "3.5,4,5", "3.5,3,5", 6, "must not decrease"},
      {"trace.csv", "100,100,29", "-100,100,29", 2, "must not be negative"},
      {"trace.csv", "0,0,0,0,0,0,0,0,1,3", "x,0,0,0,0,0,0,0,1,3", 2, "not a number"},
      {"trace.csv", "0,0,0,0,0,0,0,0,1,3", "0.5,0,0,0,0,0,0,0,1,3", 2, "not a whole number"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    const char *whole = strcmp(cases[i].file, "run.json") == 0      ? run_json
                        : strcmp(cases[i].file, "metrics.csv") == 0 ? metrics_csv
                                                                    : trace_csv;
    char text[4096];
    struct fg_ingested in;
    struct fg_fault fault;
    write_run();
    if (cases[i].from) {
      const char *at = strstr(whole, cases[i].from);
      assert_non_null(at);
      snprintf(text, sizeof text, "%.*s%s%s", (int)(at - whole), whole, cases[i].to, at + strlen(cases[i].from));
      put(cases[i].file, text);
    } else {
      unlink(path_of(cases[i].file));
    }
    enum fg_err err = ingest(NULL, &in, &fault);
    if (err != (*cases[i].says ? FG_EINPUT : FG_OK) || !strstr(fault.text, cases[i].says) ||
        fault.line != cases[i].line || (err && !strstr(fault.file, "/tmp/fugue-test-")))
      fail_msg("case %zu: error %d, %s:%llu: %s", i, err, fault.file, fault.line, fault.text);
    const struct fg_run_record *r = &in.record;
    if (err) { /* nothing of it is left, but why */
      assert_int_equal(r->state, FG_RUN_FAILED);
      assert_non_null(strstr(r->reason, cases[i].says));
      assert_true(isnan(r->number[FG_NUMBER_TIME]) && !r->moment && !r->n_moments && !r->worker && !r->n_histograms);
      assert_int_equal(r->seed, 7);
    }
    fg_ingested_free(&in);
  }
}

static void ends_without_a_result(void **state) {
  (void)state;
  enum { LONG = 200000 };
  static const struct {
    int code, signal;
    bool timed_out;
    const char *log; /* NULL: none */
    enum fg_run_state state;
    const char *reason;
  } cases[] = {
      {3, 0, false, "fugue: the parameters diverged: train loss inf after 2 epochs; a smaller --step than 9 helps\n",
       FG_RUN_DIVERGED, "the parameters diverged: train loss inf after 2 epochs; a smaller --step than 9 helps"},
      {3, 0, false,
       "fugue-mpi: rank 1: another rank failed\n"
       "fugue-mpi: rank 0: the parameters diverged: worker 0\n---\nmpirun: a process returned 3\n",
       FG_RUN_DIVERGED, "the parameters diverged: worker 0"},
      {2, 0, false, "fugue: sync nomad cannot learn this variant of model lda, because so\n", FG_RUN_REFUSED,
       "sync nomad cannot learn this variant of model lda, because so"},
      /* the words alone are not enough, nor is the code */
      {2, 0, false, "fugue: the parameters diverged: x\n", FG_RUN_FAILED, "the parameters diverged: x"},
      {3, 0, false, "fugue: sync nomad cannot learn this variant of model lda\n", FG_RUN_FAILED,
       "sync nomad cannot learn this variant of model lda"},
      {3, 0, false, "the parameters diverged, says somebody\n", FG_RUN_FAILED,
       "the parameters diverged, says somebody"},
      {2, 0, false, "fugue: data: cannot be opened\n\n", FG_RUN_FAILED, "data: cannot be opened"},
      {3, 0, false, "fugue: disk full\nfugue: 'fugue sim --resume x' goes on from the last checkpoint\nbye\n",
       FG_RUN_FAILED, "disk full"},
      {1, 0, false, "first\nlast without an end", FG_RUN_FAILED, "last without an end"},
      {1, 0, false, " \n", FG_RUN_FAILED, "exit code 1 without a message"},
      {1, 0, false, NULL, FG_RUN_FAILED, "exit code 1 without a message"},
      {0, 0, false, "fine\n", FG_RUN_FAILED, "ended without a result"},
      {-1, 11, false, "", FG_RUN_FAILED, "ended by signal 11 (Segmentation fault)"},
      {-1, 6, false, "fugue: assertion\n", FG_RUN_FAILED, "ended by signal 6 (Aborted); it said last: assertion"},
      {-1, 9, true, "whatever\n", FG_RUN_TIMED_OUT, "no result after 2.5 s"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct fg_ingested in;
    struct fg_fault fault;
    struct fg_task task = {.log = cases[i].log ? path_of("log") : "/nowhere/log",
                           .timeout_s = 2.5,
                           .exit_code = cases[i].code,
                           .signal = cases[i].signal,
                           .timed_out = cases[i].timed_out,
                           .wall_s = 4};
    char log[FG_PATH_MAX];
    snprintf(log, sizeof log, "%s", task.log);
    task.log = log;
    put("log", cases[i].log ? cases[i].log : "");
    assert_int_equal(ingest(&task, &in, &fault), FG_OK);
    if (in.record.state != cases[i].state || strcmp(in.record.reason, cases[i].reason) != 0)
      fail_msg("case %zu: %s: %s", i, fg_run_state_names[in.record.state], in.record.reason);
    assert_int_equal(in.record.exit_code, cases[i].code);
    assert_string_equal(in.record.stage, "mpi");
    assert_int_equal(in.record.seed, 7);
    assert_true(in.record.number[FG_NUMBER_WALL] == 4 && isnan(in.record.number[FG_NUMBER_TIME]));
    fg_ingested_free(&in);
  }
  /* of a long log the end counts; a result that a failed process left does not */
  struct fg_task task = {.exit_code = 2};
  struct fg_ingested in;
  struct fg_fault fault;
  char log[FG_PATH_MAX];
  snprintf(log, sizeof log, "%s", path_of("log"));
  FILE *f = fopen(log, "w");
  assert_non_null(f);
  for (int i = 0; i < LONG; i++)
    fputs("blah\n", f);
  fputs("fugue: the end\n", f);
  fclose(f);
  task.log = log;
  write_run();
  assert_int_equal(ingest(&task, &in, &fault), FG_OK);
  assert_int_equal(in.record.state, FG_RUN_FAILED);
  assert_string_equal(in.record.reason, "the end");
  fg_ingested_free(&in);
}

int main(void) {
#define IN_DIR(test) cmocka_unit_test_setup_teardown(test, make_dir, remove_dir)
  const struct CMUnitTest tests[] = {IN_DIR(a_finished_run), IN_DIR(a_run_of_the_core),
                                     IN_DIR(damaged_files_are_refused), IN_DIR(ends_without_a_result)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
