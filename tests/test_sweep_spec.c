/* Specifications of sweeps: what they mean, and what is refused, with its line. */
#include "sweep/plan.h"

#include "core/files.h"

#include <glob.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static enum fg_err parse(const char *text, struct fg_sweep_spec *spec, struct fg_fault *fault) {
  memset(spec, 0, sizeof *spec);
  return fg_sweep_spec_parse(text, "spec.yaml", "/data", spec, fault);
}

/* A strategy, a model that is known here, nothing else: the simulator's part belongs to the command. */
static enum fg_err check(struct fg_config *config, const char *stage, struct fg_fault *fault) {
  (void)stage;
  if (strstr(config->text[FG_OPT_SYNC], "wrong"))
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "there is no strategy 'wrong'");
  if (strcmp(config->text[FG_OPT_SYNC], "fugue") == 0)
    return fg_config_set(config, "sync", "fugue:decay=0.05", NULL, 0, fault);
  return FG_OK;
}

#define HEAD "title: t\nbase: {generate: 'mf:rows=100,cols=50,nnz=900'}\n"

static void plan_of(const char *text, struct fg_sweep_spec *spec, struct fg_sweep_plan *plan) {
  struct fg_fault fault = {0};
  enum fg_err err = parse(text, spec, &fault);
  *plan = (struct fg_sweep_plan){0};
  if (!err)
    err = fg_sweep_plan_first(spec, plan, &fault);
  if (err)
    fail_msg("%s:%llu: %s", fault.file, fault.line, fault.text);
}

/* "label label,..." of an entry, - where an axis is absent */
static const char *words(const struct fg_sweep_spec *spec, const struct fg_sweep_entry *e) {
  static char text[512];
  *text = 0;
  for (size_t a = 0; a < spec->n_axes; a++) {
    size_t n = strlen(text);
    snprintf(text + n, sizeof text - n, "%s%s", a ? " " : "",
             e->point[a] == FG_ABSENT ? "-" : spec->axis[a].point[e->point[a]].label);
  }
  return text;
}

static void expect_plan(const char *text, const char *const *expected) {
  struct fg_sweep_spec spec;
  struct fg_sweep_plan plan;
  size_t n = 0;
  plan_of(text, &spec, &plan);
  for (; expected[n]; n++) {
    assert_true(n < plan.n);
    assert_string_equal(words(&spec, &plan.entry[n]), expected[n]);
  }
  assert_int_equal(plan.n, n);
  fg_sweep_plan_free(&plan);
  fg_sweep_spec_free(&spec);
}

static void combinations(void **state) {
  (void)state;
  expect_plan(HEAD "sweep:\n  sync: [barrier, fugue]\n  workers: 2..3\n",
              (const char *[]){"barrier 2", "barrier 3", "fugue 2", "fugue 3", NULL});
  expect_plan(HEAD "sweep:\n  sync: {b: barrier, f: fugue}\n  step: {from: 0.5, to: 2, times: 2}\n",
              (const char *[]){"b 0.5", "b 1", "b 2", "f 0.5", "f 1", "f 2", NULL});
  expect_plan(HEAD "sweep:\n  sync.decay: {from: 0, to: 0.3, step: 0.1}\n",
              (const char *[]){"0", "0.1", "0.2", "0.3", NULL});
  /* conditions: absent where none applies */
  expect_plan(HEAD "sweep:\n  sync: [barrier, relay]\n  sync.slack: {values: [1, 2], when: {sync: relay}}\n",
              (const char *[]){"barrier -", "relay 1", "relay 2", NULL});
  expect_plan(HEAD "sweep:\n  task: {a: {workers: 2}, b: {workers: 4, epochs: 3}}\n"
                   "  step: [{values: [1], when: {task: a}}, {values: [1, 5], when: {task: [b]}}]\n",
              (const char *[]){"a 1", "b 1", "b 5", NULL});
  /* in step */
  expect_plan(HEAD "sweep: {sync: [barrier, fugue]}\nzip:\n  - {workers: [2, 4], generate.rows: [200, 400]}\n",
              (const char *[]){"barrier 2 200", "barrier 4 400", "fugue 2 200", "fugue 4 400", NULL});
  expect_plan(HEAD "sweep: {sync: [barrier, fugue], workers: [2, 4]}\nskip: [{sync: fugue, workers: [4]}]\n",
              (const char *[]){"barrier 2", "barrier 4", "fugue 2", NULL});
  expect_plan(HEAD, (const char *[]){"", NULL});
}

static void seeds_are_innermost(void **state) {
  (void)state;
  struct fg_sweep_spec spec;
  struct fg_sweep_plan plan;
  plan_of(HEAD "sweep: {workers: [2, 4]}\nseeds: 5..6\n", &spec, &plan);
  assert_int_equal(plan.n, 4);
  assert_int_equal(plan.entry[0].seed, 5);
  assert_int_equal(plan.entry[1].seed, 6);
  assert_int_equal(plan.entry[2].seed, 5);
  assert_int_equal(plan.entry[0].at, FG_AT_FINAL);
  fg_sweep_plan_free(&plan);
  fg_sweep_spec_free(&spec);
}

/* the last step for relay, none for psgd, no choice for others */
static int choose(void *self, const int *point) {
  const struct fg_sweep_spec *spec = self;
  if (strcmp(spec->axis[0].point[point[0]].label, "psgd") == 0)
    return FG_UNDECIDED;
  return strcmp(spec->axis[0].point[point[0]].label, "relay") == 0 ? 2 : FG_ABSENT;
}

static void tuned(void **state) {
  (void)state;
  struct fg_sweep_spec spec;
  struct fg_sweep_plan plan;
  plan_of(HEAD "sweep: {sync: [barrier, relay, psgd], straggler: [none, 'pareto:alpha=1.5'], step: [1, 2, 4]}\n"
               "seeds: [1, 2]\ntune: {axis: step, seeds: [7], under: {straggler: none}, shared: 2}\n",
          &spec, &plan);
  /* grid: 3 x 1 x 3 with one seed; shared: 3 x 2 x 1 with two */
  assert_int_equal(plan.n, 9 + 12);
  for (size_t i = 0; i < plan.n; i++) {
    assert_int_equal(plan.entry[i].at, i < 9 ? FG_AT_GRID : FG_AT_SHARED);
    if (i < 9)
      assert_int_equal(plan.entry[i].seed, 7);
  }
  assert_int_equal(fg_sweep_plan_final(&spec, choose, &spec, &plan, NULL), FG_OK);
  assert_int_equal(plan.n, 21 + 8);
  assert_string_equal(words(&spec, &plan.entry[21]), "barrier none 1");
  assert_string_equal(words(&spec, &plan.entry[25]), "relay none 4");
  assert_int_equal(plan.entry[25].at, FG_AT_FINAL);
  fg_sweep_plan_free(&plan);
  fg_sweep_spec_free(&spec);
}

static void configurations(void **state) {
  (void)state;
  struct fg_sweep_spec spec;
  struct fg_sweep_plan plan;
  struct fg_sweep_source source;
  struct fg_config *config = malloc(sizeof *config);
  const char *stage;
  /* parameters come behind whole options, wherever they stand; options of points behind those of base */
  plan_of("title: t\nbase: {generate: 'lda:docs=10,words=20', workers: 3, sync.decay: 0.5, generate-seed: 4}\n"
          "sweep: {sync: [fugue], generate.topics: [7], stage: [mpi]}\nseeds: 9\n",
          &spec, &plan);
  assert_int_equal(fg_sweep_config(&spec, &plan.entry[0], "/out/data", config, &source, &stage, NULL), FG_OK);
  assert_string_equal(config->text[FG_OPT_SYNC], "fugue:decay=0.5");
  assert_string_equal(config->text[FG_OPT_WORKERS], "3");
  assert_string_equal(config->text[FG_OPT_SEED], "9");
  assert_string_equal(source.generate, "lda:docs=10,words=20,topics=7");
  assert_int_equal(source.seed, 4);
  assert_string_equal(config->text[FG_OPT_DATA], "/out/data/docword.lda,docs=10,words=20,topics=7-seed-4.txt.gz");
  assert_string_equal(stage, "mpi");
  fg_sweep_plan_free(&plan);
  fg_sweep_spec_free(&spec);
  /* data are relative to the file; a point's data take the place of base's generator */
  plan_of(HEAD "sweep:\n  task: {a: {data: sub/x.txt}, b: {workers: 2}}\n", &spec, &plan);
  assert_int_equal(fg_sweep_config(&spec, &plan.entry[0], "/out/data", config, &source, &stage, NULL), FG_OK);
  assert_string_equal(config->text[FG_OPT_DATA], "/data/sub/x.txt");
  assert_string_equal(source.generate, "");
  assert_string_equal(stage, "sim");
  fg_sweep_plan_free(&plan);
  fg_sweep_spec_free(&spec);
  free(config);
}

static void identities(void **state) {
  (void)state;
  struct fg_sweep_spec spec;
  struct fg_sweep_plan plan;
  plan_of(HEAD "sweep: {sync: [fugue, 'fugue:decay=0.05', barrier]}\nseeds: [1, 2]\n", &spec, &plan);
  assert_int_equal(fg_sweep_plan_identify(&spec, &plan, check, NULL), FG_OK);
  for (size_t i = 0; i < plan.n; i++) {
    assert_int_equal(strlen(plan.entry[i].id), 32);
    for (size_t k = 0; k < i; k++)
      assert_int_equal(strcmp(plan.entry[i].id, plan.entry[k].id) == 0, i < 4 && k + 2 == i);
  }
  char first[FG_RUN_ID];
  memcpy(first, plan.entry[0].id, sizeof first);
  fg_sweep_plan_free(&plan);
  fg_sweep_spec_free(&spec);
  /* what does not determine a run does not change its identity; what does, does */
  plan_of("title: other\nbase: {generate: 'mf:rows=100,cols=50,nnz=900'}\nsweep: {s: {x: {sync: fugue}}}\n", &spec,
          &plan);
  assert_int_equal(fg_sweep_plan_identify(&spec, &plan, check, NULL), FG_OK);
  assert_string_equal(plan.entry[0].id, first);
  fg_sweep_plan_free(&plan);
  fg_sweep_spec_free(&spec);
  plan_of("title: other\nbase: {generate: 'mf:rows=100,cols=50,nnz=901'}\nsweep: {s: {x: {sync: fugue}}}\n", &spec,
          &plan);
  assert_int_equal(fg_sweep_plan_identify(&spec, &plan, check, NULL), FG_OK);
  assert_string_not_equal(plan.entry[0].id, first);
  fg_sweep_plan_free(&plan);
  fg_sweep_spec_free(&spec);
}

/* A file is known by its content, wherever it is. */
static void files_are_known_by_content(void **state) {
  (void)state;
  char folder[] = "/tmp/fugue-spec-XXXXXX", text[3][256], id[3][FG_RUN_ID];
  assert_non_null(mkdtemp(folder));
  static const char *const content[] = {"1 1 1\n", "1 1 1\n", "1 1 2\n"},
                           *const first_sha256 = "a7c6882a45dbaefd37c17f1da98fee82c0ba4fa5d79908d624741725ff887328";
  for (int i = 0; i < 3; i++) {
    struct fg_sweep_spec spec;
    struct fg_sweep_plan plan;
    char path[64];
    snprintf(path, sizeof path, "%s/%d.txt", folder, i);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(content[i], f);
    fclose(f);
    snprintf(text[i], sizeof text[i], "title: t\nbase: {data: %s}\n", path);
    plan_of(text[i], &spec, &plan);
    assert_int_equal(fg_sweep_plan_identify(&spec, &plan, check, NULL), FG_OK);
    memcpy(id[i], plan.entry[0].id, FG_RUN_ID);
    assert_int_equal(strcmp(plan.entry[0].data_sha256, first_sha256) == 0, i < 2);
    fg_sweep_plan_free(&plan);
    fg_sweep_spec_free(&spec);
    unlink(path);
  }
  rmdir(folder);
  assert_string_equal(id[0], id[1]);
  assert_string_not_equal(id[0], id[2]);
}

static void figures(void **state) {
  (void)state;
  struct fg_sweep_spec spec;
  struct fg_sweep_plan plan;
  plan_of(HEAD "sweep: {sync: [barrier, fugue]}\nbaseline: {sync: barrier}\ntarget: {epoch: 6}\nkeep: first\n"
               "timeout: 2min\nfigures:\n  - figure: convergence\n  - {figure: convergence, where: {sync: fugue, at: "
               "final, seed: 1}, y: [a, b], caption: c}\n",
          &spec, &plan);
  assert_int_equal(spec.n_figures, 2);
  assert_string_equal(spec.figure[0].name, "convergence");
  assert_string_equal(spec.figure[1].name, "convergence-2");
  assert_string_equal(spec.figure[1].option.setting[0].value, "a,b");
  assert_int_equal(spec.figure[1].where.n, 3);
  assert_int_equal(spec.target.epoch, 6);
  assert_int_equal(spec.target.point, 0);
  assert_int_equal(spec.keep, FG_KEEP_FIRST);
  assert_true(spec.timeout_s == 120);
  fg_sweep_plan_free(&plan);
  fg_sweep_spec_free(&spec);
}

static void refusals(void **state) {
  (void)state;
  static const struct {
    const char *text;
    unsigned long long line;
    const char *word;
  } cases[] = {
      {"base: {generate: mf}\n", 1, "'title' is missing"},
      {"title: t\nbase: {a: 1\n", 2, "not valid YAML"},
      {"title: t\nbase:\n\tdata: x\n", 3, "a tab"},
      {"title: t\nbase:\n  data: x\n   model: y\n", 4, "not valid YAML"},
      {"title: t\n---\ntitle: u\n", 3, "second document"},
      {"- a\n", 1, "key: value"},
      {"title: t\ntitle: u\n", 2, "twice (first in line 1)"},
      {HEAD "swoop: {}\n", 3, "there is no 'swoop'"},
      {"title: t\nbase:\n  data: x\n  wrokers: 3\n", 4, "no option 'wrokers'"},
      {"title: t\nbase:\n  data: x\n  generate: mf\n", 4, "both data and generate"},
      {"title: t\nbase: {seed: 3}\n", 2, "seeds stand in"},
      {"title: t\nbase: {checkpoint: 3s}\n", 2, "no checkpoints"},
      {"title: t\nbase: {workers.x: 3}\n", 2, "parameters are those of"},
      {"title: t\nbase: {stage: real}\n", 2, "sim or mpi"},
      {HEAD "sweep:\n  sync:\n", 4, "no value"},
      {HEAD "sweep:\n  sync: []\n", 4, "no values"},
      {HEAD "sweep:\n  sync: [barrier,\n    barrier]\n", 5, "stands twice"},
      {HEAD "sweep:\n  task: [a, b]\n", 4, "no option of a run"},
      {HEAD "sweep:\n  task: {a: {wrokers: 3}}\n", 4, "no option 'wrokers'"},
      {HEAD "sweep:\n  seed: [1]\n", 4, "seeds stand in"},
      {HEAD "sweep:\n  workers: 8..2\n", 4, "small to large"},
      {HEAD "sweep:\n  workers: {from: 2, to: 8}\n", 4, "either step"},
      {HEAD "sweep:\n  workers: {from: 2, to: 8, times: 1}\n", 4, "times above 1"},
      {HEAD "sweep:\n  workers: {from: 2, to: 8, steps: 1}\n", 4, "not 'steps'"},
      {HEAD "sweep:\n  step: {values: [1], when: {sync: relay}}\n", 4, "no axis 'sync'"},
      {HEAD "sweep:\n  step: {values: [1], when: {sync: relay}}\n  sync: [relay]\n", 4, "no axis 'sync' before"},
      {HEAD "sweep:\n  sync: [fugue]\n  step: {values: [1], when: {sync: relay}}\n", 5, "no value 'relay'"},
      {HEAD "sweep: {sync: [fugue]}\nzip:\n  - workers: [2, 3]\n    step: [1]\n", 6, "has 1 values"},
      {HEAD "sweep: {sync: [fugue]}\nzip: [{sync: [relay]}]\n", 4, "two axes"},
      {HEAD "seeds: [1, 1]\n", 3, "twice"},
      {HEAD "seeds: [one]\n", 3, "whole number"},
      {HEAD "skip: [{}]\n", 3, "everything"},
      {HEAD "skip: [{sync: a}]\n", 3, "no axis"},
      {HEAD "sweep: {step: [1]}\ntune: {axis: step, seeds: [1]}\n", 4, "must not be one of seeds"},
      {HEAD "tune: {axis: step, seeds: [4]}\n", 3, "no axis 'step'"},
      {HEAD "sweep: {step: [1]}\ntune: {axis: step, seeds: [4], shared: 2}\n", 4, "no value '2'"},
      {HEAD "sweep: {step: [1]}\ntune: {axis: step, seeds: [4], upon: 2}\n", 4, "no 'upon'"},
      {HEAD "sweep: {step: [1]}\ntune: {axis: step, seeds: [4]}\nbaseline: {step: 1}\n", 5, "what is tuned"},
      {HEAD "sweep:\n  step: [1, 2]\n  floor: {values: [1], when: {step: 2}}\ntune: {axis: step, seeds: [4]}\n", 6,
       "depends on"},
      {HEAD "question: [why]\n", 3, "a text is expected"},
      {HEAD "sweep:\n  sync: [ring, relay]\n  step: {values: [1, 2], when: {sync: ring}}\n"
            "tune: {axis: step, seeds: [4], under: {sync: ring}}\n",
       6, "other points for other labels"},
      {HEAD "sweep: {step: [1]}\ntune: {axis: step, seeds: [4], under: {step: 1}}\n", 4, "is what is tuned"},
      {HEAD "baseline: {sync: barrier}\n", 3, "no axis 'sync'"},
      {HEAD "sweep: {sync: [fugue]}\nbaseline: {sync: barrier}\n", 4, "no value 'barrier'"},
      {HEAD "target: {epoch: 3}\n", 3, "there is none"},
      {HEAD "target: {time: 3}\n", 3, "target: {epoch"},
      {HEAD "keep: some\n", 3, "numbers, first or all"},
      {HEAD "timeout: 10\n", 3, "a time such as"},
      {HEAD "figures: [{name: x}]\n", 3, "figure: convergence"},
      {HEAD "figures: [{figure: a, name: ../x}]\n", 3, "not a name"},
      {HEAD "figures:\n  - {figure: a, name: x}\n  - {figure: b, name: x}\n", 5, "two figures"},
      {HEAD "figures: [{figure: a, where: {sync: x}}]\n", 3, "no axis"},
      {HEAD "figures: [{figure: a, where: {at: best}}]\n", 3, "grid, shared or final"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct fg_sweep_spec spec;
    struct fg_fault fault = {0};
    enum fg_err err = parse(cases[i].text, &spec, &fault);
    fg_sweep_spec_free(&spec);
    if (fg_err_exit_code(err) != 2 || fault.line != cases[i].line || !strstr(fault.text, cases[i].word) ||
        strcmp(fault.file, "spec.yaml") != 0)
      fail_msg("case %zu: %d %s:%llu: %s", i, err, fault.file, fault.line, fault.text);
  }
}

/* What is wrong with a run is found before any is made, with the line of the value that is to blame. */
static void wrong_values(void **state) {
  (void)state;
  static const struct {
    const char *text;
    unsigned long long line;
    const char *word;
  } cases[] = {
      {HEAD "sweep:\n  sync:\n    - barrier\n    - wrong\n", 6, "no strategy"},
      {HEAD "sweep:\n  sync: {a: fugue}\n  sync.x: [1,\n     wrong]\n", 6, "no strategy"},
      {HEAD "sweep:\n  task:\n    a:\n      workers: 0\n", 6, "whole number"},
      {"title: t\nbase:\n  epochs: none\n  generate: mf\n", 3, "--epochs none"},
      {"title: t\nbase:\n  epochs: 2\n  data: not-there.txt\n", 4, "cannot be opened"},
      {"title: t\nsweep: {sync: [fugue]}\n", 1, "there are no data"},
      {"title: t\nbase: {data: x}\nsweep: {generate.rows: [1]}\n", 3, "no generate of which"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct fg_sweep_spec spec;
    struct fg_sweep_plan plan;
    struct fg_fault fault = {0};
    plan_of(cases[i].text, &spec, &plan);
    enum fg_err err = fg_sweep_plan_identify(&spec, &plan, check, &fault);
    fg_sweep_plan_free(&plan);
    fg_sweep_spec_free(&spec);
    if (fg_err_exit_code(err) != 2 || fault.line != cases[i].line || !strstr(fault.text, cases[i].word))
      fail_msg("case %zu: %d %s:%llu: %s", i, err, fault.file, fault.line, fault.text);
  }
}

/* So is a goal that nothing can set. */
static void wrong_goals(void **state) {
  (void)state;
  static const struct {
    const char *base, *target, *word; /* word: NULL if nothing is wrong */
  } cases[] = {
      {"test: 0.1, epochs: 6", "target: {epoch: 6}\n", NULL},
      {"test: 0.1, epochs: 9, eval-every: 3", "target: {epoch: 6}\n", NULL},
      {"test: 0.1, epochs: 7, eval-every: 3", "target: {epoch: 7}\n", NULL},
      {"epochs: 6", "target: {metric: 6}\n", NULL},
      {"epochs: 6", "", "nothing is held out"},
      {"test: 0.1, epochs: 5", "target: {epoch: 6}\n", "but the baseline runs 5"},
      {"test: 0.1, epochs: 8, eval-every: 4", "target: {epoch: 6}\n", "not evaluated after epoch 6"},
      {"test: 0.1, epochs: 8, eval-every: 0", "target: {epoch: 6}\n", "not evaluated after epoch 6"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct fg_sweep_spec spec;
    struct fg_sweep_plan plan;
    struct fg_fault fault = {0};
    char text[512];
    snprintf(text, sizeof text,
             "title: t\nbase: {generate: mf, %s}\nsweep: {sync: [fugue, barrier]}\nbaseline: {sync: barrier}\n%s",
             cases[i].base, cases[i].target);
    plan_of(text, &spec, &plan);
    enum fg_err err = fg_sweep_plan_identify(&spec, &plan, check, &fault);
    if (fg_err_exit_code(err) != (cases[i].word ? 2 : 0) || (cases[i].word && !strstr(fault.text, cases[i].word)))
      fail_msg("case %zu: %d %s:%llu: %s", i, err, fault.file, fault.line, fault.text);
    fg_sweep_plan_free(&plan);
    fg_sweep_spec_free(&spec);
  }
}

/* where the tuned axis is not there, the grid has nothing to choose */
static void tuned_in_part(void **state) {
  (void)state;
  struct fg_sweep_spec spec;
  struct fg_sweep_plan plan;
  plan_of(HEAD "sweep:\n  sync: [barrier, relay]\n  sync.slack: {values: [1, 2], when: {sync: relay}}\n"
               "tune: {axis: sync.slack, seeds: [7]}\n",
          &spec, &plan);
  assert_int_equal(plan.n, 2);
  assert_string_equal(words(&spec, &plan.entry[0]), "relay 1");
  fg_sweep_plan_free(&plan);
  fg_sweep_spec_free(&spec);
}

/* the specifications of experiments/ are good ones */
static void ours(void **state) {
  (void)state;
  char pattern[4096];
  glob_t files;
  const char *source = getenv("FUGUE_SRCDIR");
  snprintf(pattern, sizeof pattern, "%s/experiments/*.yaml", source ? source : ".");
  assert_int_equal(glob(pattern, 0, NULL, &files), 0);
  for (size_t i = 0; i < files.gl_pathc; i++) {
    struct fg_sweep_spec spec = {0};
    struct fg_sweep_plan plan = {0};
    struct fg_fault fault = {0};
    enum fg_err err = fg_sweep_spec_read(files.gl_pathv[i], &spec, &fault);
    if (!err)
      err = fg_sweep_plan_first(&spec, &plan, &fault);
    if (!err)
      err = fg_sweep_plan_identify(&spec, &plan, check, &fault);
    if (err)
      fail_msg("%s:%llu: %s", fault.file, fault.line, fault.text);
    assert_true(plan.n > 1);
    fg_sweep_plan_free(&plan);
    fg_sweep_spec_free(&spec);
  }
  globfree(&files);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(combinations),  cmocka_unit_test(seeds_are_innermost),
      cmocka_unit_test(tuned),         cmocka_unit_test(configurations),
      cmocka_unit_test(identities),    cmocka_unit_test(files_are_known_by_content),
      cmocka_unit_test(figures),       cmocka_unit_test(refusals),
      cmocka_unit_test(wrong_values),  cmocka_unit_test(wrong_goals),
      cmocka_unit_test(tuned_in_part), cmocka_unit_test(ours),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
