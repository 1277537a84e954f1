/* A sweep's results read from its database, entries that are selected, and what is exported of them. */
#include "cli/export.h"
#include "core/facts.h"
#include "sweep/where.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* The axis decay is absent with barrier; workers is also the name of a number; a label has commas and = in it. */
static const char specification[] = "title: t\n"
                                    "question: Does it, \"really\"?\n"
                                    "base: {data: x.txt, model: mf:rank=3}\n"
                                    "sweep:\n"
                                    "  sync: {barrier: barrier, \"f:max=1,step=3\": \"fugue:max=1\"}\n"
                                    "  decay:\n"
                                    "    values: {low: {sync.decay: 0.1}, high: {sync.decay: 0.5}}\n"
                                    "    when: {sync: \"f:max=1,step=3\"}\n"
                                    "  workers: [2, 4]\n"
                                    "  step: [1, 2]\n"
                                    "seeds: [1, 2]\n"
                                    "skip: [{decay: high, workers: 4}, {sync: barrier, workers: 4}]\n"
                                    "tune: {axis: step, seeds: [9], shared: 1}\n";
/* so there are barrier 2, low 2, low 4, high 2: of each grid 2 (seed 9), shared 2, final 2 (seeds 1, 2) */
enum { COMBINATIONS = 4, GRID = 8, SHARED = 8, FINAL = 8, ENTRIES = 24 };

static char dir[64];

static int choose_second(void *self, const int *point) {
  (void)self;
  (void)point;
  return 1;
}

static void must(enum fg_err err, const struct fg_fault *fault) {
  if (err)
    fail_msg("%s:%llu: %s", fault->file, fault->line, fault->text);
}

static void put(struct fg_store *store, const char *id, enum fg_run_state state, const char *reason,
                const char *revision) {
  struct fg_fault fault = {0};
  struct fg_run_moment moment[2] = {{.train_loss = 9, .test_metric = NAN},
                                    {.epoch = 1, .time_s = 0.1, .bytes_sent = 1e6}};
  struct fg_run_worker worker[1] = {{.required_s = 0.5}};
  int64_t value[2] = {0, 25};
  uint64_t count[2] = {3, 4};
  struct fg_run_record record = {.state = state,
                                 .reason = reason,
                                 .revision = revision,
                                 .stage = "sim",
                                 .metric_name = "rmse",
                                 .config = "workers: \"2\"\n",
                                 .data_sha256 = "d1",
                                 .moment = moment,
                                 .n_moments = 2,
                                 .worker = worker,
                                 .n_workers = 1,
                                 .histogram = {{"extra", value, count, 2}},
                                 .n_histograms = 1};
  snprintf(record.id, sizeof record.id, "%s", id);
  for (int i = 0; i < FG_RUN_NUMBERS; i++)
    record.number[i] = NAN;
  record.number[FG_NUMBER_TIME] = 0.1;
  record.number[FG_NUMBER_WORKERS] = 2;
  record.number[FG_NUMBER_METRIC] = 1.0 / 3;
  must(fg_store_put(store, &record, &fault), &fault);
}

/* Entries of the same combination, step and seed share a run: shared (step 1) with none, for the chosen step is 2. */
static int make_sweep(void **state) {
  struct fg_sweep_spec *spec = calloc(1, sizeof *spec);
  struct fg_sweep_plan plan = {0};
  struct fg_store store = {0};
  struct fg_fault fault = {0};
  (void)state;
  strcpy(dir, "/tmp/fugue-test-XXXXXX");
  if (!mkdtemp(dir))
    return -1;
  must(fg_sweep_spec_parse(specification, "/x/a.yaml", "/x", spec, &fault), &fault);
  must(fg_sweep_plan_first(spec, &plan, &fault), &fault);
  must(fg_sweep_plan_final(spec, choose_second, NULL, &plan, &fault), &fault);
  assert_int_equal(plan.n, ENTRIES);
  for (size_t i = 0; i < plan.n; i++)
    snprintf(plan.entry[i].id, sizeof plan.entry[i].id, "id%02zu", i);
  strcpy(plan.entry[GRID + 1].id, "id08"); /* as another entry's */
  must(fg_store_open(&store, dir, &fault), &fault);
  must(fg_store_plan(&store, spec, &plan, &fault), &fault);
  must(fg_store_note(&store, "version", "0.1", &fault), &fault);
  must(fg_store_note(&store, "revision", "abc", &fault), &fault);
  put(&store, "id00", FG_RUN_DONE, "", "abc");                            /* grid */
  put(&store, "id08", FG_RUN_DONE, "", "abc");                            /* shared, twice */
  put(&store, "id16", FG_RUN_DONE, "", "abc");                            /* final, barrier, seed 1 */
  put(&store, "id17", FG_RUN_FAILED, "no, \"really\"\nnot", "abc");       /* seed 2 */
  put(&store, "id18", FG_RUN_DIVERGED, "the parameters diverged", "abc"); /* low, 2 workers, seed 1 */
  fg_store_close(&store);
  fg_sweep_plan_free(&plan);
  fg_sweep_spec_free(spec);
  free(spec);
  return 0;
}

static int remove_sweep(void **state) {
  char command[128];
  (void)state;
  snprintf(command, sizeof command, "rm -rf '%s'", dir);
  return system(command);
}

static struct fg_sweep_results *read_results(void) {
  struct fg_sweep_results *results = calloc(1, sizeof *results);
  struct fg_fault fault = {0};
  must(fg_sweep_results_read(dir, results, &fault), &fault);
  return results;
}

static void drop(struct fg_sweep_results *results) {
  fg_sweep_results_free(results);
  free(results);
}

static void results_come_back(void **state) {
  (void)state;
  struct fg_sweep_results *s = read_results();
  assert_int_equal(s->n, ENTRIES);
  assert_string_equal(s->spec.title, "t");
  assert_string_equal(s->spec.text, specification);
  assert_string_equal(s->revision, "abc");
  assert_string_equal(s->version, "0.1");
  assert_string_equal(s->dir, dir);
  assert_false(s->mixed_revisions);
  const struct fg_sweep_result *r = &s->result[16];
  assert_int_equal(r->entry.at, FG_AT_FINAL);
  assert_int_equal(r->entry.seed, 1);
  assert_int_equal(r->state, FG_RUN_DONE);
  static const char *const labels[] = {"barrier", "", "2", "2"};
  for (int a = 0; a < 4; a++)
    assert_string_equal(fg_sweep_label(s, r, a), labels[a]);
  assert_string_equal(fg_sweep_label(s, &s->result[18], 1), "low");
  assert_string_equal(fg_sweep_label(s, r, FG_ABSENT), "");
  assert_true(r->number[FG_NUMBER_METRIC] == 1.0 / 3 && isnan(r->number[FG_NUMBER_LOSS]));
  assert_int_equal(r->n_moments, 2);
  assert_true(isnan(r->moment[0].test_metric) && r->moment[1].bytes_sent == 1e6);
  assert_int_equal(r->n_workers, 1);
  assert_string_equal(r->metric_name, "rmse");
  assert_true(r->run->histogram[0].value[1] == 25 && r->run->histogram[0].count[1] == 4);
  /* two entries of one run */
  assert_ptr_equal(s->result[8].run, s->result[9].run);
  assert_int_equal(s->result[9].state, FG_RUN_DONE);
  /* what did not get to an end has no numbers, though the record may have */
  const struct fg_sweep_result *diverged = &s->result[18], *pending = &s->result[23];
  assert_int_equal(diverged->state, FG_RUN_DIVERGED);
  assert_string_equal(diverged->reason, "the parameters diverged");
  assert_true(isnan(diverged->number[FG_NUMBER_TIME]) && !diverged->moment && !diverged->n_moments &&
              !diverged->worker && diverged->run);
  assert_int_equal(pending->state, FG_RUN_PENDING);
  assert_null(pending->run);
  assert_string_equal(pending->reason, "");
  drop(s);

  /* while this very process writes; a run of another revision is noticed, one that is in no plan is not */
  struct fg_store store = {0};
  struct fg_fault fault = {0};
  must(fg_store_open(&store, dir, &fault), &fault);
  put(&store, "elsewhere", FG_RUN_DONE, "", "abd");
  s = read_results();
  assert_false(s->mixed_revisions);
  drop(s);
  put(&store, "id23", FG_RUN_DONE, "", "abd");
  s = read_results();
  assert_int_equal(s->result[23].state, FG_RUN_DONE);
  assert_true(s->mixed_revisions);
  drop(s);
  fg_store_close(&store);
}

static void a_plan_of_another_specification_is_refused(void **state) {
  (void)state;
  static const char *const damages[][2] = {
      {"UPDATE label SET label = 'x' WHERE n = 3 AND axis = 'workers'", "entry 3 of the plan"},
      {"UPDATE label SET point_index = 7 WHERE n = 3 AND axis = 'workers'", "entry 3 of the plan"},
      {"UPDATE entry SET at = 'nowhere' WHERE n = 5", "entry 5 of the plan"},
      {"DELETE FROM entry WHERE n = 5", "entry 5 of the plan"},
      {"UPDATE run SET state = 'fine'", "'fine'"},
      {"UPDATE sweep SET value = 'nonsense: 1' WHERE key = 'specification'", "a.yaml"},
      {"UPDATE sweep SET value = replace(value, 'low', 'lo') WHERE key = 'specification'", "no decay = low"},
      {"DELETE FROM sweep", "no specification"},
  };
  for (size_t i = 0; i < sizeof damages / sizeof *damages; i++) {
    struct fg_store store = {0};
    struct fg_fault fault = {0};
    struct fg_sweep_results *s = calloc(1, sizeof *s);
    must(fg_store_open(&store, dir, &fault), &fault);
    assert_int_equal(sqlite3_exec(store.db, damages[i][0], NULL, NULL, NULL), SQLITE_OK);
    fg_store_close(&store);
    enum fg_err err = fg_sweep_results_read(dir, s, &fault);
    if ((err != FG_EINPUT && err != FG_EUSAGE) ||
        (!strstr(fault.text, damages[i][1]) && !strstr(fault.file, damages[i][1])))
      fail_msg("%s: %d, %s: %s", damages[i][0], err, fault.file, fault.text);
    drop(s);
    remove_sweep(state);
    assert_int_equal(make_sweep(state), 0);
  }
}

/* ---- selection */

static size_t selected(const struct fg_sweep_results *s, const char *where) {
  struct fg_sweep_conditions conditions = {0};
  struct fg_fault fault = {0};
  size_t n = 0;
  if (where)
    must(fg_sweep_where_add(&s->spec, where, &conditions, &fault), &fault);
  for (size_t i = 0; i < s->n; i++)
    n += fg_sweep_selects(s, where ? &conditions : NULL, &s->result[i]);
  fg_sweep_where_free(&conditions);
  return n;
}

static void selection(void **state) {
  (void)state;
  struct fg_sweep_results *s = read_results();
  static const struct {
    const char *where;
    size_t n;
  } good[] = {
      {NULL, FINAL},
      {"at=grid", GRID},
      {"at=grid,at=final", GRID + FINAL},
      {"sync=barrier", 2},
      {"sync=barrier,seed=2", 1},
      {"seed=1", 4},
      {"seed=9", 0},
      {"seed=9,at=grid", GRID},
      {"workers=4", 2},
      {"workers=2,workers=4", 8},
      {"decay=low", 4},
      {"decay=low,workers=2", 2},
      {"step=1", 0}, /* final is at 2 */
      {"step=2", 8},
      {"sync=f:max=1,step=3", 6},
      {"sync=f:max=1,step=3,step=2,decay=high", 2},
      {"step=2,sync=f:max=1,step=3", 6},
  };
  for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
    size_t n = selected(s, good[i].where);
    if (n != good[i].n)
      fail_msg("%s: %zu", good[i].where ? good[i].where : "nothing", n);
  }
  static const char *const bad[][2] = {
      {"", "AXIS=LABEL is expected"},
      {"sync", "AXIS=LABEL is expected; there are: sync, decay, workers, step, at, seed"},
      {"nonsense=1", "'nonsense'"},
      {"workers=3", "'workers' has no value '3'; it has: 2, 4"},
      {"workers=2,4", "'workers' has no value '2,4'"},
      {"at=here", "it has: grid, shared, final"},
      {"seed=x", "a whole number"},
      {"workers=2,", "no value '2,'"}};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    struct fg_sweep_conditions conditions = {0};
    struct fg_fault fault = {0};
    if (fg_sweep_where_add(&s->spec, bad[i][0], &conditions, &fault) != FG_EUSAGE || !strstr(fault.text, bad[i][1]))
      fail_msg("%s: %s", bad[i][0], fault.text);
    fg_sweep_where_free(&conditions);
  }
  drop(s);
}

/* ---- export */

/* What is written; freed by the caller. */
static char *exported(const struct fg_sweep_results *s, const char *where, bool all, bool curves,
                      void (*write_out)(const struct fg_export *export, FILE *file)) {
  struct fg_export e = {.results = s, .all = all, .curves = curves};
  struct fg_fault fault = {0};
  char *text = NULL;
  size_t size = 0;
  must(fg_sweep_where_add(&s->spec, where, &e.where, &fault), &fault);
  FILE *f = open_memstream(&text, &size);
  assert_non_null(f);
  write_out(&e, f);
  assert_int_equal(fclose(f), 0);
  fg_sweep_where_free(&e.where);
  return text;
}

#define NUMBERS                                                                                                        \
  "time_s,epochs,updates,extra_updates,bytes_sent,train_loss,test_metric,idle_share,host_params_bytes,workers,"        \
  "rows,cols,points,cpu_s,memory_mb,wall_s"

static void rows_of_csv(void **state) {
  (void)state;
  struct fg_sweep_results *s = read_results();
  char *text = exported(s, "at=shared,at=final", false, false, fg_export_csv);
  assert_string_equal(text, "at,sync,decay,axis.workers,step,seed,run,state,reason," NUMBERS ",metric\n"
                            "shared,barrier,,2,1,1,id08,done,,0.1,,,,,,0.3333333333333333,,,2,,,,,,,rmse\n"
                            "shared,barrier,,2,1,2,id08,done,,0.1,,,,,,0.3333333333333333,,,2,,,,,,,rmse\n"
                            "final,barrier,,2,2,1,id16,done,,0.1,,,,,,0.3333333333333333,,,2,,,,,,,rmse\n"
                            "final,\"f:max=1,step=3\",low,2,2,1,id18,diverged,the parameters diverged"
                            ",,,,,,,,,,,,,,,,,\n");
  free(text);
  /* of one that failed, its reason; of one that has not been made, that */
  text = exported(s, "sync=barrier,at=final,seed=2", true, false, fg_export_csv);
  assert_non_null(strstr(text, "\nfinal,barrier,,2,2,2,id17,failed,\"no, \"\"really\"\"\nnot\",,"));
  free(text);
  text = exported(s, "at=grid,at=shared,at=final", true, false, fg_export_csv);
  size_t pending = 0, lines = 0;
  for (const char *p = text; (p = strstr(p, ",pending,")) != NULL; p++)
    pending++;
  for (const char *p = text; (p = strchr(p, '\n')) != NULL; p++)
    lines++;
  assert_int_equal(pending, ENTRIES - 6);
  assert_int_equal(lines, 1 + ENTRIES + 1); /* and the one in a reason */
  free(text);
  text = exported(s, "at=final", true, true, fg_export_csv);
  assert_string_equal(text, "at,sync,decay,axis.workers,step,seed,run,epoch,sub_epoch,time_s,updates,extra_updates,"
                            "bytes_sent,train_loss,test_metric,metric\n"
                            "final,barrier,,2,2,1,id16,0,0,0,0,0,0,9,,rmse\n"
                            "final,barrier,,2,2,1,id16,1,0,0.1,0,0,1000000,0,0,rmse\n");
  free(text);
  drop(s);
}

/* Numbers read back as they were, in few digits. */
static void numbers(void **state) {
  (void)state;
  static const struct {
    double value;
    const char *csv, *json;
  } cases[] = {{0.1, "0.1", "0.1"},   {1e21, "1e+21", "1e+21"},  {1.0 / 3, "0.3333333333333333", NULL},
               {NAN, "", "null"},     {INFINITY, "inf", "null"}, {-INFINITY, "-inf", "null"},
               {2.0 / 3, NULL, NULL}, {1e-300, "1e-300", NULL},  {123456789, "123456789", "123456789"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    for (int json = 0; json < 2; json++) {
      char *text = NULL;
      size_t size = 0;
      FILE *f = open_memstream(&text, &size);
      assert_non_null(f);
      fg_export_number(f, cases[i].value, json ? "null" : "");
      assert_int_equal(fclose(f), 0);
      const char *expected = json ? cases[i].json : cases[i].csv;
      if (expected && strcmp(text, expected) != 0)
        fail_msg("%.17g: %s", cases[i].value, text);
      if (isfinite(cases[i].value))
        assert_true(strtod(text, NULL) == cases[i].value);
      free(text);
    }
}

static void json_holds_everything(void **state) {
  (void)state;
  struct fg_sweep_results *s = read_results();
  for (int curves = 0; curves < 2; curves++) {
    struct fg_facts facts = {0};
    struct fg_fault fault = {0};
    char path[128], *text = exported(s, "at=final", true, curves, fg_export_json);
    snprintf(path, sizeof path, "%s/export.json", dir);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
    free(text);
    must(fg_facts_read(path, &facts, &fault), &fault);
    const struct {
      const char *key, *value; /* NULL: not there */
    } expected[] = {{"title", "t"},
                    {"question", "Does it, \"really\"?"},
                    {"specification", specification},
                    {"revision", "abc"},
                    {"version", "0.1"},
                    {"mixed_revisions", "false"},
                    {"axes.1.name", "decay"},
                    {"axes.0.labels.1", "f:max=1,step=3"},
                    {"numbers.0.name", "time_s"},
                    {"numbers.0.unit", "s"},
                    {"runs.0.run", "id16"},
                    {"runs.0.at", "final"},
                    {"runs.0.labels.sync", "barrier"},
                    {"runs.0.labels.decay", NULL},
                    {"runs.0.labels.workers", "2"},
                    {"runs.0.seed", "1"},
                    {"runs.0.workers", "2"},
                    {"runs.0.train_loss", "null"},
                    {"runs.0.data_sha256", "d1"},
                    {"runs.0.revision", "abc"},
                    {"runs.0.config", "workers: \"2\"\n"},
                    {"runs.0.metric", "rmse"},
                    {"runs.0.curve.train_loss.0", curves ? "9" : NULL},
                    {"runs.0.curve.test_metric.0", curves ? "null" : NULL},
                    {"runs.0.curve.time_s.1", curves ? "0.1" : NULL},
                    {"runs.0.per_worker.0.required_s", curves ? "0.5" : NULL},
                    {"runs.0.histograms.extra.1.0", curves ? "25" : NULL},
                    {"runs.0.histograms.extra.1.1", curves ? "4" : NULL},
                    {"runs.1.reason", "no, \"really\"\nnot"},
                    {"runs.2.state", "diverged"},
                    {"runs.2.curve.time_s.0", NULL},
                    {"runs.2.labels.decay", "low"},
                    {"runs.7.state", "pending"},
                    {"runs.8.state", NULL}};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
      const char *value = NULL;
      for (size_t k = 0; k < facts.n; k++)
        if (strcmp(facts.fact[k].key, expected[i].key) == 0)
          value = facts.fact[k].value;
      if (!value != !expected[i].value || (value && strcmp(value, expected[i].value) != 0))
        fail_msg("%s: %s", expected[i].key, value ? value : "missing");
    }
    fg_facts_free(&facts);
  }
  drop(s);
}

int main(void) {
#define ON_SWEEP(test) cmocka_unit_test_setup_teardown(test, make_sweep, remove_sweep)
  const struct CMUnitTest tests[] = {
      ON_SWEEP(results_come_back), ON_SWEEP(a_plan_of_another_specification_is_refused),
      ON_SWEEP(selection),         ON_SWEEP(rows_of_csv),
      cmocka_unit_test(numbers),   ON_SWEEP(json_holds_everything),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
