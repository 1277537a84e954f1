/* After learning: from rows never seen, and a model's columns, to its test metric. */
#include "core/score.h"

#include "core/data/by_row.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Cuts a row in two. fold, held: at least `n` entries each. */
static void cut(const struct fg_points *points, const size_t *point, size_t n, bool tokens, struct fg_point *fold,
                size_t *n_fold, struct fg_point *held, size_t *n_held) {
  uint64_t number = 0;
  *n_fold = *n_held = 0;
  for (size_t i = 0; i < n; i++) {
    float value = points->value[point[i]];
    uint64_t units = tokens ? (uint64_t)value : 1;
    uint64_t even = (units + 1 - number % 2) / 2, odd = units - even;
    number += units;
    if (even > 0)
      fold[(*n_fold)++] = (struct fg_point){0, points->col[point[i]], tokens ? (float)even : value};
    if (odd > 0)
      held[(*n_held)++] = (struct fg_point){0, points->col[point[i]], tokens ? (float)odd : value};
  }
}

/* The whole row for either purpose. */
static void keep(const struct fg_points *points, const size_t *point, size_t n, struct fg_point *both) {
  for (size_t i = 0; i < n; i++)
    both[i] = (struct fg_point){0, points->col[point[i]], points->value[point[i]]};
}

static enum fg_err score_rows(const struct fg_model *model, const struct fg_view *view, const struct fg_points *points,
                              const unsigned char *mask, bool whole, struct fg_score_result *result,
                              struct fg_fault *fault);

enum fg_err fg_score_rows(const struct fg_model *model, const struct fg_view *view, const struct fg_points *points,
                          const unsigned char *mask, struct fg_score_result *result, struct fg_fault *fault) {
  memset(result, 0, sizeof *result);
  return fg_score_more_rows(model, view, points, mask, result, fault);
}

enum fg_err fg_score_whole_rows(const struct fg_model *model, const struct fg_view *view,
                                const struct fg_points *points, const unsigned char *mask,
                                struct fg_score_result *result, struct fg_fault *fault) {
  memset(result, 0, sizeof *result);
  return score_rows(model, view, points, mask, true, result, fault);
}

enum fg_err fg_score_more_rows(const struct fg_model *model, const struct fg_view *view, const struct fg_points *points,
                               const unsigned char *mask, struct fg_score_result *result, struct fg_fault *fault) {
  return score_rows(model, view, points, mask, false, result, fault);
}

enum fg_err fg_score_check(const struct fg_model *model, const struct fg_points *points, struct fg_fault *fault) {
  const struct fg_model_type *type = model->type;
  if (points->cols > model->cols)
    return fg_fail(fault, FG_EINPUT, NULL, 0, "the points have %lu columns, the model has %lu",
                   (unsigned long)points->cols, (unsigned long)model->cols);
  if (type->needs_counts && !points->counts)
    return fg_fail(fault, FG_EINPUT, NULL, 0, "model %s needs counts: every value must be a whole number >= 0",
                   type->name);
  if (type->needs_nonnegative && !points->nonnegative)
    return fg_fail(fault, FG_EINPUT, NULL, 0, "model %s needs values that are not negative", type->name);
  return FG_OK;
}

static enum fg_err score_rows(const struct fg_model *model, const struct fg_view *view, const struct fg_points *points,
                              const unsigned char *mask, bool whole, struct fg_score_result *result,
                              struct fg_fault *fault) {
  const struct fg_model_type *type = model->type;
  struct fg_by_row rows = {0};
  struct fg_point *fold = NULL, *held;
  float *row = NULL, row_weight = 0;
  enum fg_err err = fg_score_check(model, points, fault);
  if (!err)
    err = fg_by_row_new(points, mask, &rows);
  if (err)
    goto cleanup;
  fold = malloc((2 * rows.longest + 1) * sizeof *fold);
  row = aligned_alloc(FG_ALIGN, model->stride * sizeof *row);
  if (!fold || !row) {
    err = FG_ENOMEM;
    goto cleanup;
  }
  held = fold + rows.longest;

  struct fg_view one = *view; /* a view with a single row */
  one.row_factor = row;
  one.row_weight = &row_weight;
  for (size_t r = 0; r < points->rows; r++) {
    const size_t *point = rows.point + rows.begin[r], n = rows.begin[r + 1] - rows.begin[r];
    size_t n_fold = n, n_held = n;
    if (whole)
      keep(points, point, n, fold);
    else
      cut(points, point, n, type->needs_counts, fold, &n_fold, held, &n_held);
    if (n_held == 0)
      continue;
    err = type->fold_in(model, view, fold, n_fold, row, &row_weight);
    if (err)
      goto cleanup;
    type->score(model, &one, whole ? fold : held, n_held, &result->sums);
    for (uint32_t k = 0; k < model->rank; k++)
      result->nonzero += row[k] != 0;
    result->rows++;
  }
  result->metric = result->sums.weight > 0 ? type->metric(&result->sums) : NAN;

cleanup:
  fg_by_row_free(&rows);
  free(fold);
  free(row);
  return err;
}
