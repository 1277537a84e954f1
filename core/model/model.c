/* Models: the table, and what all of them share. */
#include "core/model/model.h"

#include "core/model/adagrad.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* One line per model; its file defines fg_model_NAME. */
#define FG_MODEL_LIST(X)                                                                                               \
  X(mf)                                                                                                                \
  X(nmf)                                                                                                               \
  X(lda)                                                                                                               \
  X(gibbs)                                                                                                             \
  X(dict)                                                                                                              \
  X(mmnd)                                                                                                              \
  X(additive)

#define DECLARE(name) extern const struct fg_model_type fg_model_##name;
FG_MODEL_LIST(DECLARE)
#undef DECLARE

#define ROW(name) &fg_model_##name,
const struct fg_model_type *const fg_model_types[] = {FG_MODEL_LIST(ROW) NULL};
#undef ROW

const struct fg_model_type *fg_model_find(const char *name) {
  for (size_t i = 0; fg_model_types[i]; i++)
    if (strcmp(fg_model_types[i]->name, name) == 0)
      return fg_model_types[i];
  return NULL;
}

/* Of models that have the parameters. */
static enum fg_err take_temperature(struct fg_model *model, struct fg_fault *fault) {
  const struct fg_param *params = model->type->params;
  for (size_t i = 0; params[i].key; i++)
    if (strcmp(params[i].key, "temperature") == 0)
      model->temperature = model->par.value[i];
    else if (strcmp(params[i].key, "burn") == 0)
      model->burn = (uint64_t)model->par.value[i];
  if (model->temperature > 0 && !model->type->gradient_step)
    return fg_fail(
        fault, FG_EUSAGE, NULL, 0,
        "model %s: temperature=%g: this update is no plain gradient step, to which noise could be matched; mf and "
        "nmf:loss=squared have one",
        model->type->name, model->temperature);
  return FG_OK;
}

enum fg_err fg_model_parse(const char *spec, struct fg_model *model, struct fg_fault *fault) {
  memset(model, 0, sizeof *model);
  char name[FG_TEXT_MAX], what[FG_TEXT_MAX + 8];
  const char *rest;
  enum fg_err err = fg_spec_name(spec, name, &rest, fault);
  if (err)
    return err;
  const struct fg_model_type *type = fg_model_find(name);
  if (!type) {
    char known[512] = "";
    for (size_t i = 0; fg_model_types[i]; i++) {
      strncat(known, i ? ", " : "", sizeof known - strlen(known) - 1);
      strncat(known, fg_model_types[i]->name, sizeof known - strlen(known) - 1);
    }
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "no model '%s' (there are: %s)", name, known);
  }
  snprintf(what, sizeof what, "model %s", name);
  err = fg_spec_parse(what, rest, type->params, &model->par, fault);
  if (err)
    return err;
  model->type = type->variant ? type->variant(&model->par) : type;
  err = take_temperature(model, fault);
  if (err)
    return err;
  model->rank = type->dimensions ? type->dimensions(&model->par) : (uint32_t)model->par.value[0];
  model->lanes = model->stride = (model->rank + FG_LANES - 1) / FG_LANES * FG_LANES;
  return FG_OK;
}

enum fg_err fg_model_take_steps(struct fg_model *model, enum fg_step_schedule schedule, struct fg_fault *fault) {
  if (schedule != FG_STEP_ADAGRAD) {
    model->n_state = model->type->state ? model->type->state(model) : 0;
    model->stride = model->lanes + (model->n_state + FG_LANES - 1) / FG_LANES * FG_LANES;
    return FG_OK;
  }
  if (!(model->type->adagrad_step > 0))
    return fg_fail(
        fault, FG_EUSAGE, NULL, 0,
        "--step-schedule adagrad: this update of model %s is no plain gradient step that could be divided by "
        "the gradients seen; mf and nmf:loss=squared have one",
        model->type->name);
  model->n_state = FG_ADAGRAD_STATE;
  model->stride = model->lanes + FG_LANES;
  return FG_OK;
}

struct fg_read_options fg_model_reading(const struct fg_model *model, unsigned index_base, uint64_t seed_data) {
  struct fg_read_options read = {.index_base = index_base, .seed = seed_data};
  if (model->type->reading)
    model->type->reading(model, &read);
  return read;
}

enum fg_err fg_model_check_points(const struct fg_model *model, const struct fg_points *points, const char *path,
                                  struct fg_fault *fault) {
  bool counts = model->type->needs_counts && !points->counts;
  if (!counts && !(model->type->needs_nonnegative && !points->nonnegative))
    return FG_OK;
  size_t i = 0;
  while (i + 1 < points->n && (counts ? fg_is_count(points->value[i]) : points->value[i] >= 0))
    i++;
  return fg_fail(fault, FG_EINPUT, path, 0, "the value %g in row %llu, column %llu (counted from 1): model %s needs %s",
                 points->value[i], points->row[i] + 1ull, points->col[i] + 1ull, model->type->name,
                 counts ? "counts, whole numbers from 0 to 2^32" : "values that are not negative");
}

/* Lines whose values sum up to more than the model can count. */
static enum fg_err check_most(const struct fg_model *model, const struct fg_lines *lines, uint32_t blocks,
                              const char *what, struct fg_fault *fault) {
  for (uint32_t b = 0; b < blocks && model->type->most > 0; b++)
    for (uint32_t i = 0; lines[b].original && i < lines[b].n; i++)
      if (lines[b].weight[i] > model->type->most)
        return fg_fail(fault, FG_EINPUT, NULL, 0,
                       "%s %llu (counted from 1): its values sum up to %.0f, model %s counts up to %.0f", what,
                       lines[b].original[i] + 1ull, lines[b].weight[i], model->type->name, model->type->most);
  return FG_OK;
}

enum fg_err fg_model_bind(struct fg_model *model, const struct fg_grid *grid, uint64_t seed_init,
                          struct fg_fault *fault) {
  if (model->type->needs_counts && !grid->counts)
    return fg_fail(fault, FG_EINPUT, NULL, 0,
                   "model %s needs counts: every value must be a whole number from 0 to 2^32", model->type->name);
  if (model->type->needs_counts && !(grid->train_sum > 0))
    return fg_fail(fault, FG_EINPUT, NULL, 0, "model %s needs counts, and all of them are 0", model->type->name);
  if (model->type->needs_nonnegative && !grid->nonnegative)
    return fg_fail(fault, FG_EINPUT, NULL, 0, "model %s needs values that are not negative", model->type->name);
  model->rows = grid->rows;
  model->cols = grid->cols;
  model->points = (double)grid->n_train;
  model->total = grid->train_sum;
  model->square = grid->n_train > 0 ? grid->train_squares / (double)grid->n_train : 0;
  model->mean = grid->n_train > 0 ? grid->train_sum / (double)grid->n_train : 0;
  model->seed_init = seed_init;
  enum fg_err err = check_most(model, grid->row, grid->row_blocks, "row", fault);
  if (!err)
    err = check_most(model, grid->col, grid->col_blocks, "column", fault);
  return err ? err : model->type->setup(model, fault);
}

void fg_model_divisors(const struct fg_model *model, const double *stat, double *divisor) {
  for (uint32_t k = 0; k < model->n_stat; k++)
    divisor[k] = model->type->divisor(model, stat[k]);
}

void fg_model_rescale(const struct fg_model *model, float *col_factor, uint32_t cols, const double *divisor) {
  for (uint32_t k = 0; k < model->rank; k++) {
    float scale = (float)(1 / divisor[k]);
    for (uint32_t j = 0; j < cols; j++)
      col_factor[(size_t)j * model->stride + k] *= scale;
  }
}

double fg_model_col_entry(const struct fg_model *model, const struct fg_view *view, uint32_t col, uint32_t k) {
  return view->col_factor[(size_t)col * model->stride + k];
}

/* lowest: of an entry */
static bool all_between(const struct fg_model *model, const float *factor, uint32_t n, float lowest, uint32_t *which) {
  for (uint32_t i = 0; i < n; i++)
    for (uint32_t k = 0; k < model->stride; k++) {
      float v = factor[(size_t)i * model->stride + k];
      if (k < model->rank ? !(v >= lowest && v <= FLT_MAX) : !fg_model_rest_valid(model, k, v)) {
        *which = i;
        return false;
      }
    }
  return true;
}

double fg_model_rmse(const struct fg_score *score) {
  return score->weight > 0 ? sqrt(score->metric / score->weight) : NAN;
}

bool fg_model_finite(const struct fg_model *model, const float *factor, uint32_t n, uint32_t *which) {
  return all_between(model, factor, n, -FLT_MAX, which);
}

bool fg_model_nonnegative(const struct fg_model *model, const float *factor, uint32_t n, uint32_t *which) {
  return all_between(model, factor, n, 0, which);
}

double fg_model_param(const struct fg_model *model, const char *key) {
  size_t i = 0;
  while (model->type->params[i].key && strcmp(model->type->params[i].key, key) != 0)
    i++;
  assert(model->type->params[i].key);
  return model->par.value[i];
}
