/* A learned model: from a run directory, or from a run, to its columns in one array. */
#include "core/saved.h"

#include "core/facts.h"
#include "core/files.h"
#include "core/npy.h"

#include <stdio.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* room for the columns of a model that is complete */
static enum fg_err make_room(struct fg_saved *s, struct fg_fault *fault) {
  size_t bytes = (size_t)s->model.cols * s->model.stride * sizeof(float);
  bytes = (bytes / FG_ALIGN + 1) * FG_ALIGN;
  s->col_factor = aligned_alloc(FG_ALIGN, bytes);
  s->col_weight = calloc((size_t)s->model.cols + 1, sizeof *s->col_weight);
  s->stat = calloc(s->model.n_stat + 1, sizeof *s->stat);
  if (!s->col_factor || !s->col_weight || !s->stat)
    return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory for the column factor");
  memset(s->col_factor, 0, bytes);
  s->view = (struct fg_view){.col_factor = s->col_factor, .col_weight = s->col_weight, .stat = s->stat};
  return FG_OK;
}

static enum fg_err number(const struct fg_facts *facts, const char *key, double *value, struct fg_fault *fault) {
  const char *text = fg_facts_find(facts, key);
  if (!text || !fg_parse_real(text, value))
    return fg_fail(fault, FG_EINPUT, NULL, 0, "run.json: \"%s\" is not a number", key);
  return FG_OK;
}

/* what the run learned beside the factors */
static enum fg_err read_tuned(const struct fg_facts *facts, struct fg_model *model, struct fg_fault *fault) {
  enum fg_err err = FG_OK;
  for (uint32_t i = 0; i < model->n_tuned && !err; i++) {
    char key[64];
    snprintf(key, sizeof key, "result.%s", model->type->tuned_name[i]);
    err = number(facts, key, &model->tuned[i], fault);
    if (!err && !(model->tuned[i] > 0 && isfinite(model->tuned[i])))
      err = fg_fail(fault, FG_EINPUT, NULL, 0, "run.json: \"%s\" is %g, which no run learns", key, model->tuned[i]);
  }
  return err;
}

static enum fg_err read_shape(const char *dir, struct fg_model *model, struct fg_fault *fault) {
  struct fg_facts facts = {0};
  double rows = 0, cols = 0;
  enum fg_err err = fg_facts_of_run(dir, &facts, fault);
  if (!err && !(err = number(&facts, "data.rows", &rows, fault)) &&
      !(err = number(&facts, "data.cols", &cols, fault)) && !(err = number(&facts, "data.mean", &model->mean, fault)))
    err = number(&facts, "data.total", &model->total, fault);
  if (!err && fg_facts_find(&facts, "data.square")) /* runs of older versions have none, nor a model that asks for it */
    err = number(&facts, "data.square", &model->square, fault);
  if (!err && (rows < 1 || rows > UINT32_MAX || cols < 1 || cols > UINT32_MAX))
    err = fg_fail(fault, FG_EINPUT, NULL, 0, "run.json: %g x %g is no shape of a matrix", rows, cols);
  if (!err) {
    model->rows = (uint32_t)rows;
    model->cols = (uint32_t)cols;
    err = model->type->setup(model, fault);
  }
  if (!err)
    err = read_tuned(&facts, model, fault);
  fg_facts_free(&facts);
  return err;
}

/* an array of the model's columns; *values is the caller's */
static enum fg_err read_columns(const char *dir, const char *name, const struct fg_model *model, uint32_t width,
                                float **values, struct fg_fault *fault) {
  char path[FG_PATH_MAX];
  uint32_t rows, cols;
  enum fg_err err = fg_path_join(dir, name, path, fault);
  if (!err)
    err = fg_npy_read(path, &rows, &cols, values, fault);
  if (!err && (rows != model->cols || cols != width)) {
    free(*values);
    *values = NULL;
    err = fg_fail(fault, FG_EINPUT, path, 0, "is %u x %u, the run has %u x %u", rows, cols, model->cols, width);
  }
  return err;
}

static enum fg_err fill(const char *dir, struct fg_saved *s, struct fg_fault *fault) {
  float *flat = NULL;
  enum fg_err err = read_columns(dir, "model/col_factor.npy", &s->model, s->model.rank, &flat, fault);
  if (!err) /* only now is it known that there are so many columns */
    err = make_room(s, fault);
  for (uint32_t j = 0; !err && j < s->model.cols; j++)
    memcpy(s->col_factor + (size_t)j * s->model.stride, flat + (size_t)j * s->model.rank,
           s->model.rank * sizeof(float));
  free(flat);
  flat = NULL;
  if (!err && s->model.type->weights) {
    err = read_columns(dir, "model/col_weight.npy", &s->model, 1, &flat, fault);
    if (!err)
      memcpy(s->col_weight, flat, s->model.cols * sizeof(float));
    free(flat);
  }
  if (!err && s->model.n_stat)
    s->model.type->stat(&s->model, s->col_factor, s->col_weight, s->model.cols, s->stat);
  fg_model_put_tuned(&s->model, s->model.tuned, s->stat);
  return err;
}

enum fg_err fg_saved_model(const char *dir, struct fg_config *config, struct fg_model *model, struct fg_fault *fault) {
  char path[FG_PATH_MAX];
  fg_config_init(config);
  enum fg_err err = fg_path_join(dir, "config.yaml", path, fault);
  if (!err)
    err = fg_config_read(path, config, fault);
  if (!err)
    err = fg_config_refuse_timing(config, "this", dir, fault);
  if (!err)
    err = fg_model_parse(config->text[FG_OPT_MODEL], model, fault);
  return err ? err : read_shape(dir, model, fault);
}

enum fg_err fg_saved_read(const char *dir, struct fg_config *config, struct fg_saved *saved, struct fg_fault *fault) {
  memset(saved, 0, sizeof *saved);
  enum fg_err err = fg_saved_model(dir, config, &saved->model, fault);
  if (!err)
    err = fill(dir, saved, fault);
  if (err)
    fg_saved_free(saved);
  return err;
}

enum fg_err fg_saved_join(const struct fg_run *run, const struct fg_factors *factors, const double *stat,
                          struct fg_saved *saved, struct fg_fault *fault) {
  const struct fg_grid *g = &run->grid;
  memset(saved, 0, sizeof *saved);
  saved->model = run->model;
  memcpy(saved->model.tuned, factors->tuned, sizeof factors->tuned);
  enum fg_err err = make_room(saved, fault);
  if (err) {
    fg_saved_free(saved);
    return err;
  }
  for (uint32_t q = 0, to = 0; q < g->col_blocks; to += g->col[q++].n) {
    memcpy(saved->col_factor + (size_t)to * run->model.stride, factors->col[q].factor,
           (size_t)g->col[q].n * run->model.stride * sizeof(float));
    memcpy(saved->col_weight + to, factors->col[q].weight, g->col[q].n * sizeof(float));
  }
  if (run->model.n_stat)
    memcpy(saved->stat, stat, run->model.n_stat * sizeof *stat);
  return FG_OK;
}

enum fg_err fg_saved_arrange(struct fg_saved *s, const struct fg_grid *g, struct fg_fault *fault) {
  const float *factor = s->col_factor, *weight = s->col_weight;
  struct fg_saved arranged = {.model = s->model};
  if (g->cols != s->model.cols)
    return fg_fail(fault, FG_EINPUT, NULL, 0, "the grid has %u columns, the model %u", g->cols, s->model.cols);
  enum fg_err err = make_room(&arranged, fault);
  if (err) {
    fg_saved_free(&arranged);
    return err;
  }
  for (uint32_t q = 0, to = 0; q < g->col_blocks; q++)
    for (uint32_t j = 0; j < g->col[q].n; j++, to++) {
      uint32_t from = g->col[q].original[j];
      memcpy(arranged.col_factor + (size_t)to * s->model.stride, factor + (size_t)from * s->model.stride,
             s->model.stride * sizeof *factor);
      arranged.col_weight[to] = weight[from];
    }
  memcpy(arranged.stat, s->stat, s->model.n_stat * sizeof *s->stat);
  fg_saved_free(s);
  *s = arranged;
  return FG_OK;
}

void fg_saved_free(struct fg_saved *saved) {
  free(saved->col_factor);
  free(saved->col_weight);
  free(saved->stat);
  memset(saved, 0, sizeof *saved);
}
