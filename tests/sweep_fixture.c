/* A sweep made by hand: axes, and runs whose curves are known. */
#include "tests/sweep_fixture.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *more(void *old, size_t n, size_t size) {
  void *p = realloc(old, n * size);
  assert(p);
  return p;
}

static char *copy(const char *text) {
  char *p = strdup(text);
  assert(p);
  return p;
}

/* next word of *text; NULL at its end */
static char *word(const char **text, char out[64]) {
  size_t length = strcspn(*text += strspn(*text, " "), " ");
  snprintf(out, 64, "%.*s", (int)length, *text);
  *text += length;
  return length ? out : NULL;
}

static void condition(struct fg_sweep_conditions *conditions, const char *axis, const char *label) {
  conditions->condition = more(conditions->condition, conditions->n + 1, sizeof *conditions->condition);
  struct fg_sweep_condition *c = &conditions->condition[conditions->n++];
  *c = (struct fg_sweep_condition){.axis = copy(axis), .label = more(NULL, 1, sizeof *c->label), .n = 1};
  c->label[0] = copy(label);
}

void sweep_axis(struct fg_sweep_results *sweep, const char *name, const char *labels) {
  struct fg_sweep_axis *axis = &sweep->spec.axis[sweep->spec.n_axes++];
  char label[64];
  *axis = (struct fg_sweep_axis){.name = copy(name), .with = FG_ABSENT, .n_when = 1};
  axis->when = calloc(8, sizeof *axis->when);
  assert(axis->when);
  while (word(&labels, label)) {
    axis->point = more(axis->point, axis->n + 1, sizeof *axis->point);
    struct fg_sweep_point *point = &axis->point[axis->n++];
    *point =
        (struct fg_sweep_point){.label = copy(label), .settings = {more(NULL, 1, sizeof *point->settings.setting), 1}};
    point->settings.setting[0] = (struct fg_sweep_setting){copy(name), copy(label), 0};
  }
  if (sweep->spec.n_axes == 1) {
    sweep->spec.tune.axis = sweep->spec.target.axis = FG_ABSENT;
    sweep->spec.title = copy("Known: lines");
    sweep->spec.question = copy("");
  }
}

void sweep_when(struct fg_sweep_results *sweep, const char *name, const char *labels, const char *on,
                const char *label) {
  struct fg_sweep_axis *axis = &sweep->spec.axis[fg_sweep_axis_find(&sweep->spec, name)];
  char of[64];
  condition(&axis->when[axis->n_when], on, label);
  while (word(&labels, of))
    axis->point[fg_sweep_point_find(axis, of)].when = axis->n_when;
  axis->n_when++;
}

void sweep_baseline(struct fg_sweep_results *sweep, const char *axis, const char *label) {
  sweep->spec.target.axis = fg_sweep_axis_find(&sweep->spec, axis);
  sweep->spec.target.point = fg_sweep_point_find(&sweep->spec.axis[sweep->spec.target.axis], label);
}

void sweep_tune(struct fg_sweep_results *sweep, const char *axis, const char *seeds) {
  struct fg_sweep_tune *tune = &sweep->spec.tune;
  tune->axis = fg_sweep_axis_find(&sweep->spec, axis);
  tune->n_seeds = strlen(seeds);
  tune->seed = more(NULL, tune->n_seeds, sizeof *tune->seed);
  for (size_t i = 0; i < tune->n_seeds; i++)
    tune->seed[i] = (uint64_t)(seeds[i] - '0');
}

void sweep_tune_under(struct fg_sweep_results *sweep, const char *axis, const char *label) {
  condition(&sweep->spec.tune.under, axis, label);
}

struct fg_sweep_result *sweep_run(struct fg_sweep_results *sweep, enum fg_sweep_at at, const char *labels,
                                  uint64_t seed, enum fg_run_state state) {
  char label[64];
  sweep->result = more(sweep->result, sweep->n + 1, sizeof *sweep->result);
  struct fg_sweep_result *run = &sweep->result[sweep->n++];
  *run = (struct fg_sweep_result){.state = state, .reason = "", .metric_name = "", .entry = {.at = at, .seed = seed}};
  snprintf(run->entry.id, sizeof run->entry.id, "%032zx", sweep->n);
  for (size_t k = 0; k < sweep->spec.n_axes; k++) {
    bool there = word(&labels, label);
    assert(there);
    run->entry.point[k] = fg_sweep_point_find(&sweep->spec.axis[k], label);
    assert(run->entry.point[k] != FG_ABSENT || strcmp(label, "-") == 0);
  }
  for (int i = 0; i < FG_RUN_NUMBERS; i++)
    run->number[i] = NAN;
  return run;
}

void sweep_moment(struct fg_sweep_result *run, double time_s, double test_metric) {
  struct fg_run_moment *moment = more((void *)run->moment, run->n_moments + 1, sizeof *moment);
  moment[run->n_moments] = (struct fg_run_moment){
      .epoch = (double)run->n_moments, .time_s = time_s, .train_loss = NAN, .test_metric = test_metric};
  run->moment = moment;
  run->n_moments++;
  run->number[FG_NUMBER_TIME] = time_s;
  run->number[FG_NUMBER_METRIC] = test_metric;
}

static void free_conditions(struct fg_sweep_conditions *conditions) {
  for (size_t i = 0; i < conditions->n; i++) {
    free(conditions->condition[i].axis);
    free(conditions->condition[i].label[0]);
    free(conditions->condition[i].label);
  }
  free(conditions->condition);
}

void sweep_free(struct fg_sweep_results *sweep) {
  for (size_t k = 0; k < sweep->spec.n_axes; k++) {
    struct fg_sweep_axis *axis = &sweep->spec.axis[k];
    for (size_t i = 0; i < axis->n; i++) {
      free(axis->point[i].label);
      free(axis->point[i].settings.setting[0].option);
      free(axis->point[i].settings.setting[0].value);
      free(axis->point[i].settings.setting);
    }
    for (size_t i = 0; i < axis->n_when; i++)
      free_conditions(&axis->when[i]);
    free(axis->name);
    free(axis->point);
    free(axis->when);
  }
  for (size_t i = 0; i < sweep->n; i++)
    free((void *)sweep->result[i].moment);
  free_conditions(&sweep->spec.tune.under);
  free(sweep->spec.tune.seed);
  free(sweep->spec.title);
  free(sweep->spec.question);
  free(sweep->result);
  *sweep = (struct fg_sweep_results){0};
}
