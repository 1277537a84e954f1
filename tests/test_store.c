/* The database of a sweep: what goes in comes out; who may write; what is refused. */
#include "core/files.h"
#include "sweep/arena.h"
#include "sweep/store.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

struct place {
  char dir[64], other[64];
};

static int make_place(void **state) {
  struct place *place = calloc(1, sizeof *place);
  strcpy(place->dir, "/tmp/fugue-test-XXXXXX");
  strcpy(place->other, "/tmp/fugue-test-XXXXXX");
  *state = place;
  return mkdtemp(place->dir) && mkdtemp(place->other) ? 0 : -1;
}

static void empty(const char *dir) {
  static const char *const names[] = {"sweep.sqlite", "sweep.sqlite-wal", "sweep.sqlite-shm", "sweep.lock"};
  char path[FG_PATH_MAX];
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (!fg_path_join(dir, names[i], path, NULL))
      unlink(path);
  rmdir(dir);
}

static int remove_place(void **state) {
  struct place *place = *state;
  empty(place->dir);
  empty(place->other);
  free(place);
  return 0;
}

/* A record in which everything is different from everything else. */
struct example {
  struct fg_run_record record;
  struct fg_run_moment moment[3];
  struct fg_run_worker worker[2];
  int64_t value[2][3];
  uint64_t count[2][3];
};

static void make_example(struct example *e, const char *id, enum fg_run_state state) {
  double next = 1.0 / 3;
  *e = (struct example){.record = {.state = state,
                                   .reason = "why, \"so\"\n",
                                   .exit_code = -1,
                                   .stage = "sim",
                                   .revision = "abc",
                                   .versions = "fugue 1, GSL 2",
                                   .host = "h",
                                   .data_sha256 = "d1",
                                   .params_sha256 = "p1",
                                   .metric_name = "rmse",
                                   .started = "2026-01-02T03:04:05Z",
                                   .config = "data: x\n",
                                   .result = "{}\n",
                                   .seed = UINT64_MAX,
                                   .n_moments = 3,
                                   .n_workers = 2,
                                   .n_histograms = 2}};
  snprintf(e->record.id, sizeof e->record.id, "%s", id);
  for (int i = 0; i < FG_RUN_NUMBERS; i++)
    e->record.number[i] = next++;
#define NEXT_MOMENT(name) e->moment[i].name = next++;
#define NEXT_WORKER(name) e->worker[i].name = next++;
  for (int i = 0; i < 3; i++) {
    FG_RUN_MOMENT_LIST(NEXT_MOMENT)
  }
  for (int i = 0; i < 2; i++) {
    FG_RUN_WORKER_LIST(NEXT_WORKER)
  }
  e->record.moment = e->moment;
  e->record.worker = e->worker;
  for (int h = 0; h < 2; h++) {
    e->record.histogram[h] = (struct fg_run_histogram){h ? "lead" : "extra", e->value[h], e->count[h], 3};
    for (int i = 0; i < 3; i++) {
      e->value[h][i] = i - 1;
      e->count[h][i] = (uint64_t)(1000 * h + i);
    }
  }
}

static void same_number(double a, double b) {
  if (isnan(a))
    assert_true(isnan(b));
  else
    assert_true(a == b);
}

static void same_record(const struct fg_run_record *a, const struct fg_run_record *b) {
  assert_string_equal(a->id, b->id);
  assert_int_equal(a->state, b->state);
  assert_int_equal(a->exit_code, b->exit_code);
  assert_true(a->seed == b->seed);
#define SAME_TEXT(name) assert_string_equal(a->name ? a->name : "", b->name);
  SAME_TEXT(reason)
  SAME_TEXT(stage)
  SAME_TEXT(revision)
  SAME_TEXT(versions)
  SAME_TEXT(host)
  SAME_TEXT(data_sha256)
  SAME_TEXT(params_sha256)
  SAME_TEXT(metric_name)
  SAME_TEXT(started)
  SAME_TEXT(config)
  SAME_TEXT(result)
  for (int i = 0; i < FG_RUN_NUMBERS; i++)
    same_number(a->number[i], b->number[i]);
  assert_int_equal(a->n_moments, b->n_moments);
  for (size_t i = 0; i < a->n_moments; i++) {
#define SAME_MOMENT(name) same_number(a->moment[i].name, b->moment[i].name);
    FG_RUN_MOMENT_LIST(SAME_MOMENT)
  }
  assert_int_equal(a->n_workers, b->n_workers);
  for (size_t i = 0; i < a->n_workers; i++) {
#define SAME_WORKER(name) same_number(a->worker[i].name, b->worker[i].name);
    FG_RUN_WORKER_LIST(SAME_WORKER)
  }
  assert_int_equal(a->n_histograms, b->n_histograms);
  for (size_t h = 0; h < a->n_histograms; h++) {
    const struct fg_run_histogram *x = &a->histogram[h], *y = &b->histogram[h];
    assert_string_equal(x->what, y->what);
    assert_int_equal(x->n, y->n);
    for (size_t i = 0; i < x->n; i++) {
      assert_true(x->value[i] == y->value[i]);
      assert_true(x->count[i] == y->count[i]);
    }
  }
}

static void open_store(struct fg_store *store, const char *dir) {
  struct fg_fault fault = {0};
  memset(store, 0, sizeof *store);
  if (fg_store_open(store, dir, &fault))
    fail_msg("%s: %s", fault.file, fault.text);
}

static void put(struct fg_store *store, const struct fg_run_record *record) {
  struct fg_fault fault = {0};
  if (fg_store_put(store, record, &fault))
    fail_msg("%s: %s", fault.file, fault.text);
}

static void records_come_back(void **state) {
  struct place *place = *state;
  struct fg_store store;
  struct fg_arena arena = {0};
  struct fg_run_record *record;
  struct example *e = calloc(2, sizeof *e);
  size_t n;
  enum fg_run_state run_state;
  make_example(&e[0], "bb", FG_RUN_DONE);
  make_example(&e[1], "aa", FG_RUN_TIMED_OUT);
  e[1].record.n_moments = e[1].record.n_workers = e[1].record.n_histograms = 0;
  e[1].record.reason = NULL;
  e[1].record.exit_code = 3;
  e[0].record.number[FG_NUMBER_METRIC] = e[0].moment[1].test_metric = NAN;
  e[0].record.number[FG_NUMBER_LOSS] = INFINITY;

  open_store(&store, place->dir);
  put(&store, &e[0].record);
  put(&store, &e[1].record);
  fg_store_close(&store);
  for (int again = 0; again < 2; again++) {
    assert_int_equal(fg_store_open_read(&store, place->dir, NULL), FG_OK);
    assert_int_equal(fg_store_records(&store, true, &arena, &record, &n, NULL), FG_OK);
    assert_int_equal(n, 2);
    same_record(&e[1].record, &record[0]); /* in the order of their ids */
    same_record(&e[0].record, &record[1]);
    assert_int_equal(fg_store_state(&store, "aa", &run_state, NULL), FG_OK);
    assert_int_equal(run_state, FG_RUN_TIMED_OUT);
    assert_int_equal(fg_store_state(&store, "cc", &run_state, NULL), FG_OK);
    assert_int_equal(run_state, FG_RUN_PENDING);
    assert_int_equal(fg_store_records(&store, false, &arena, &record, &n, NULL), FG_OK);
    assert_int_equal(n, 0); /* none is in the plan */
    fg_store_close(&store);
    /* a record replaces an earlier one, with all that belongs to it */
    e[0].record.n_moments = 1;
    e[0].record.n_workers = 0;
    e[0].record.n_histograms = 1;
    e[0].record.state = FG_RUN_DIVERGED;
    open_store(&store, place->dir);
    put(&store, &e[0].record);
    fg_store_close(&store);
  }
  fg_arena_free(&arena);
  free(e);
}

/* A run whose row cannot be written leaves nothing: half a run is none. */
static void a_run_is_whole_or_not_there(void **state) {
  struct place *place = *state;
  struct fg_store store;
  struct fg_fault fault = {0};
  enum fg_run_state run_state;
  struct example *e = calloc(1, sizeof *e);
  make_example(e, "aa", FG_RUN_DONE);
  e->value[1][2] = e->value[1][1]; /* the same value twice: the last row that is written */
  open_store(&store, place->dir);
  assert_int_not_equal(fg_store_put(&store, &e->record, &fault), FG_OK);
  assert_non_null(strstr(fault.text, "UNIQUE"));
  assert_int_equal(fg_store_state(&store, "aa", &run_state, NULL), FG_OK);
  assert_int_equal(run_state, FG_RUN_PENDING);
  make_example(e, "aa", FG_RUN_DONE);
  put(&store, &e->record);
  e->record.state = FG_RUN_FAILED;
  e->value[1][2] = e->value[1][1];
  assert_int_not_equal(fg_store_put(&store, &e->record, &fault), FG_OK);
  assert_int_equal(fg_store_state(&store, "aa", &run_state, NULL), FG_OK);
  assert_int_equal(run_state, FG_RUN_DONE); /* what was there before */
  fg_store_close(&store);
  free(e);
}

/* ---- plan */

static struct fg_sweep_point points[2][3] = {
    {{.label = (char *)"barrier"}, {.label = (char *)"fugue"}},
    {{.label = (char *)"1"}, {.label = (char *)"1"}, {.label = (char *)"2"}}}; /* labels that are alike */

static void make_spec(struct fg_sweep_spec *spec) {
  memset(spec, 0, sizeof *spec);
  strcpy(spec->path, "/x/a.yaml");
  strcpy(spec->folder, "/x");
  spec->text = (char *)"title: t\n";
  spec->n_axes = 2;
  spec->axis[0] = (struct fg_sweep_axis){.name = (char *)"sync", .point = points[0], .n = 2};
  spec->axis[1] = (struct fg_sweep_axis){.name = (char *)"step", .point = points[1], .n = 3};
}

static void plan_comes_back(void **state) {
  struct place *place = *state;
  struct fg_store store;
  struct fg_arena arena = {0};
  struct fg_fault fault = {0};
  struct fg_sweep_spec *spec = malloc(sizeof *spec);
  struct fg_sweep_entry entry[3] = {{FG_AT_GRID, {0, 1}, 4, "aa", ""},
                                    {FG_AT_SHARED, {1, FG_ABSENT}, UINT64_MAX, "bb", ""},
                                    {FG_AT_FINAL, {1, 2}, 1, "aa", ""}};
  struct fg_sweep_plan plan = {entry, 3, 3}, back = {0};
  struct fg_run_record *record;
  struct example *e = calloc(1, sizeof *e);
  const char *value;
  size_t n;
  make_spec(spec);
  make_example(e, "aa", FG_RUN_DONE);
  open_store(&store, place->dir);
  put(&store, &e->record);
  for (int again = 0; again < 2; again++) /* the second replaces the first */
    assert_int_equal(fg_store_plan(&store, spec, &plan, &fault), FG_OK);
  assert_int_equal(fg_store_note(&store, "revision", "abc", NULL), FG_OK);
  assert_int_equal(fg_store_note(&store, "revision", "abd", NULL), FG_OK);
  assert_int_equal(fg_store_entries(&store, spec, &back, NULL), FG_OK);
  assert_int_equal(back.n, 3);
  for (size_t i = 0; i < 3; i++) {
    assert_int_equal(back.entry[i].at, entry[i].at);
    assert_true(back.entry[i].seed == entry[i].seed);
    assert_string_equal(back.entry[i].id, entry[i].id);
    for (int a = 0; a < FG_AXES_MAX; a++)
      assert_int_equal(back.entry[i].point[a], a < 2 ? entry[i].point[a] : FG_ABSENT);
  }
  static const char *const lines[][2] = {
      {"specification", "title: t\n"}, {"path", "/x/a.yaml"}, {"folder", "/x"}, {"revision", "abd"}, {"version", ""}};
  for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
    assert_int_equal(fg_store_value(&store, lines[i][0], &arena, &value, NULL), FG_OK);
    assert_string_equal(value, lines[i][1]);
  }
  assert_int_equal(fg_store_records(&store, false, &arena, &record, &n, NULL), FG_OK);
  assert_int_equal(n, 1); /* of two entries */
  same_record(&e->record, &record[0]);

  /* a specification that is another one */
  free(back.entry);
  back = (struct fg_sweep_plan){0};
  spec->axis[1].n = 2;
  assert_int_equal(fg_store_entries(&store, spec, &back, &fault), FG_EINPUT);
  assert_non_null(strstr(fault.text, "no step = 2"));
  fg_store_close(&store);
  free(back.entry);
  fg_arena_free(&arena);
  free(spec);
  free(e);
}

/* ---- who may */

/* What happens in another process: 0 if `open` succeeds there. */
static int elsewhere(const char *dir, bool writes, struct fg_fault *fault) {
  int pipes[2], status;
  assert_int_equal(pipe(pipes), 0);
  pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    struct fg_store store = {0};
    struct fg_fault why = {0};
    enum fg_err err = writes ? fg_store_open(&store, dir, &why) : fg_store_open_read(&store, dir, &why);
    enum fg_run_state run_state = FG_RUN_PENDING;
    if (!err)
      err = fg_store_state(&store, "aa", &run_state, &why);
    if (write(pipes[1], &why, sizeof why) != (ssize_t)sizeof why)
      _exit(99);
    _exit(err ? (int)err : run_state == FG_RUN_DONE ? 0 : 98);
  }
  assert_int_equal(read(pipes[0], fault, sizeof *fault), sizeof *fault);
  close(pipes[0]);
  close(pipes[1]);
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFEXITED(status));
  return WEXITSTATUS(status);
}

static void one_writes_and_others_read(void **state) {
  struct place *place = *state;
  struct fg_store store;
  struct fg_fault fault;
  char process[32];
  struct example *e = calloc(1, sizeof *e);
  make_example(e, "aa", FG_RUN_DONE);
  open_store(&store, place->dir);
  put(&store, &e->record);
  snprintf(process, sizeof process, "process %ld is writing", (long)getpid());
  assert_int_equal(elsewhere(place->dir, true, &fault), FG_EUSAGE);
  assert_non_null(strstr(fault.text, process));
  assert_int_equal(elsewhere(place->dir, false, &fault), 0);
  /* also in the midst of a transaction, of which nothing is seen */
  assert_int_equal(sqlite3_exec(store.db, "BEGIN IMMEDIATE; DELETE FROM run", NULL, NULL, NULL), SQLITE_OK);
  assert_int_equal(elsewhere(place->dir, false, &fault), 0);
  assert_int_equal(sqlite3_exec(store.db, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
  fg_store_close(&store);
  assert_int_equal(elsewhere(place->dir, true, &fault), 0);
  free(e);
}

/* A child that lives on does not hold what its parent held. */
static void a_child_has_no_part_in_the_lock(void **state) {
  struct place *place = *state;
  struct fg_store store;
  struct fg_fault fault;
  int status, gate[2], ready[2];
  char byte = 0;
  assert_int_equal(pipe(gate), 0);
  assert_int_equal(pipe(ready), 0);
  pid_t writer = fork();
  assert_true(writer >= 0);
  if (writer == 0) {
    memset(&store, 0, sizeof store);
    if (fg_store_open(&store, place->dir, NULL))
      _exit(1);
    if (fork() == 0) { /* until the gate opens */
      close(gate[1]);
      _exit(read(gate[0], &byte, 1) == 0 ? 0 : 1);
    }
    _exit(write(ready[1], &byte, 1) == 1 ? 0 : 1);
  }
  assert_int_equal(read(ready[0], &byte, 1), 1);
  assert_int_equal(waitpid(writer, &status, 0), writer);
  assert_int_equal(status, 0);
  assert_int_equal(elsewhere(place->dir, true, &fault), 98); /* it opens; there is no run */
  for (int i = 0; i < 2; i++) {
    close(gate[i]);
    close(ready[i]);
  }
}

/* A database that nobody may write is read all the same (a published one, on a medium that is read only). */
static void a_folder_that_cannot_be_written_is_read(void **state) {
  struct place *place = *state;
  struct fg_store store;
  struct example *e = calloc(1, sizeof *e);
  make_example(e, "aa", FG_RUN_DONE);
  open_store(&store, place->dir);
  put(&store, &e->record);
  fg_store_close(&store);
  free(e);
  int status;
  assert_int_equal(chmod(place->dir, 0555), 0);
  pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    enum fg_run_state run_state;
    if (geteuid() == 0 && setuid(65534) != 0) /* root may write everywhere */
      _exit(77);
    memset(&store, 0, sizeof store);
    if (access(place->dir, W_OK) == 0 || fg_store_open_read(&store, place->dir, NULL))
      _exit(1);
    _exit(fg_store_state(&store, "aa", &run_state, NULL) || run_state != FG_RUN_DONE);
  }
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(chmod(place->dir, 0755), 0);
  assert_true(WIFEXITED(status));
  assert_int_equal(WEXITSTATUS(status), 0);
}

/* ---- what is refused */

static void execute(const char *dir, const char *sql) {
  struct fg_store store;
  open_store(&store, dir);
  assert_int_equal(sqlite3_exec(store.db, sql, NULL, NULL, NULL), SQLITE_OK);
  fg_store_close(&store);
}

static void refuses(const char *dir, bool write, const char *text) {
  struct fg_store store = {0};
  struct fg_fault fault = {0};
  assert_int_equal(write ? fg_store_open(&store, dir, &fault) : fg_store_open_read(&store, dir, &fault), FG_EINPUT);
  fg_store_close(&store);
  if (!strstr(fault.text, text))
    fail_msg("'%s' is not in '%s'", text, fault.text);
}

static void others_are_refused(void **state) {
  struct place *place = *state;
  char path[FG_PATH_MAX], text[64];
  refuses(place->dir, false, "holds no sweep");
  execute(place->dir, "PRAGMA user_version = 77");
  for (int write = 0; write < 2; write++) {
    snprintf(text, sizeof text, "its schema is number 77");
    refuses(place->dir, write, text);
  }
  execute(place->other, "PRAGMA application_id = 7");
  for (int write = 0; write < 2; write++)
    refuses(place->other, write, "is not the database of a sweep");
  assert_int_equal(fg_path_join(place->dir, "sweep.sqlite", path, NULL), FG_OK);
  FILE *f = fopen(path, "w");
  assert_non_null(f);
  for (int i = 0; i < 1000; i++)
    fputs("title: this is not it\n", f);
  assert_int_equal(fclose(f), 0);
  for (int write = 0; write < 2; write++)
    refuses(place->dir, write, "not a database");
}

/* Killed before there was anything in it. */
static void an_empty_file_is_a_beginning(void **state) {
  struct place *place = *state;
  struct fg_store store;
  char path[FG_PATH_MAX];
  assert_int_equal(fg_path_join(place->dir, "sweep.sqlite", path, NULL), FG_OK);
  FILE *f = fopen(path, "w");
  assert_non_null(f);
  fclose(f);
  refuses(place->dir, false, "is not the database of a sweep");
  open_store(&store, place->dir);
  fg_store_close(&store);
  assert_int_equal(fg_store_open_read(&store, place->dir, NULL), FG_OK);
  fg_store_close(&store);
}

/* ---- merge */

static void merge_takes_what_is_missing(void **state) {
  struct place *place = *state;
  static const struct {
    const char *id;
    enum fg_run_state here, there, after;
    const char *started; /* there; here in the middle of them */
  } cases[] = {
      {"r1", FG_RUN_PENDING, FG_RUN_DONE, FG_RUN_DONE, "2026-01-01"},
      {"r2", FG_RUN_PENDING, FG_RUN_FAILED, FG_RUN_FAILED, "2026-01-01"},
      {"r3", FG_RUN_FAILED, FG_RUN_DONE, FG_RUN_DONE, "2026-01-01"},
      {"r4", FG_RUN_TIMED_OUT, FG_RUN_REFUSED, FG_RUN_REFUSED, "2026-01-01"},
      {"r5", FG_RUN_FAILED, FG_RUN_TIMED_OUT, FG_RUN_TIMED_OUT, "2026-01-09"},
      {"n1", FG_RUN_FAILED, FG_RUN_TIMED_OUT, FG_RUN_FAILED, "2026-01-01"},
      {"n2", FG_RUN_DONE, FG_RUN_FAILED, FG_RUN_DONE, "2026-01-09"},
      {"n3", FG_RUN_DIVERGED, FG_RUN_DONE, FG_RUN_DIVERGED, "2026-01-09"},
      {"n4", FG_RUN_DONE, FG_RUN_PENDING, FG_RUN_DONE, "2026-01-09"},
  };
  struct fg_store here, there;
  struct fg_fault fault = {0};
  struct fg_arena arena = {0};
  struct fg_run_record *record;
  struct example *e = calloc(1, sizeof *e);
  char path[FG_PATH_MAX];
  uint64_t taken;
  size_t n;
  open_store(&there, place->other);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    if (cases[i].there != FG_RUN_PENDING) {
      make_example(e, cases[i].id, cases[i].there);
      e->record.started = cases[i].started;
      put(&there, &e->record);
    }
  fg_store_close(&there); /* its lock goes with that of the other: one for writing in a process */
  open_store(&here, place->dir);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    if (cases[i].here != FG_RUN_PENDING) {
      make_example(e, cases[i].id, cases[i].here);
      e->record.started = "2026-01-05";
      e->record.n_moments = 1;
      put(&here, &e->record);
    }
  assert_int_equal(fg_path_join(place->other, "sweep.sqlite", path, NULL), FG_OK);
  assert_int_equal(fg_store_merge(&here, path, &taken, &fault), FG_OK);
  assert_true(taken == 5);
  assert_int_equal(fg_store_records(&here, true, &arena, &record, &n, NULL), FG_OK);
  assert_int_equal(n, 9);
  for (size_t i = 0; i < n; i++)
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++)
      if (strcmp(record[i].id, cases[c].id) == 0) {
        make_example(e, cases[c].id, cases[c].after);
        bool theirs = cases[c].id[0] == 'r';
        e->record.started = theirs ? cases[c].started : "2026-01-05";
        e->record.n_moments = theirs ? 3 : 1;
        same_record(&e->record, &record[i]);
      }
  assert_int_equal(fg_store_merge(&here, path, &taken, &fault), FG_OK);
  assert_true(taken == 0); /* a second time nothing is left to take */

  assert_int_equal(fg_store_merge(&here, "/nowhere/at/all", &taken, &fault), FG_EINPUT);
  fg_store_close(&here);
  execute(place->other, "PRAGMA user_version = 2");
  open_store(&here, place->dir);
  assert_int_equal(fg_store_merge(&here, path, &taken, &fault), FG_EINPUT);
  assert_non_null(strstr(fault.text, "another version"));
  assert_string_equal(fault.file, path);
  /* a task that has not got to write anything is no obstacle */
  assert_int_equal(truncate(path, 0), 0);
  assert_int_equal(fg_store_merge(&here, path, &taken, &fault), FG_OK);
  assert_true(taken == 0);
  FILE *f = fopen(path, "w");
  assert_non_null(f);
  for (int i = 0; i < 1000; i++)
    fputs("title: this is not it\n", f);
  assert_int_equal(fclose(f), 0);
  assert_int_equal(fg_store_merge(&here, path, &taken, &fault), FG_EINPUT);
  fg_store_close(&here);
  fg_arena_free(&arena);
  free(e);
}

int main(void) {
#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, make_place, remove_place)
  const struct CMUnitTest tests[] = {
      IN_PLACE(records_come_back),
      IN_PLACE(a_run_is_whole_or_not_there),
      IN_PLACE(plan_comes_back),
      IN_PLACE(one_writes_and_others_read),
      IN_PLACE(a_child_has_no_part_in_the_lock),
      IN_PLACE(a_folder_that_cannot_be_written_is_read),
      IN_PLACE(others_are_refused),
      IN_PLACE(an_empty_file_is_a_beginning),
      IN_PLACE(merge_takes_what_is_missing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
