/* From model files to whoever reads a learned model line by line. */
#include "core/model_lines.h"

#include "core/files.h"
#include "core/npy.h"

#include <stdlib.h>
#include <string.h>

enum { BATCH = 256 };

/* A model file, at its first line. */
static enum fg_err open_file(const char *dir, const char *name, uint32_t lines, uint32_t width, FILE **file,
                             struct fg_fault *fault) {
  char path[FG_PATH_MAX];
  enum fg_err err = fg_path_join(dir, name, path, fault);
  return err ? err : fg_npy_open(path, lines, width, file, fault);
}

enum fg_err fg_model_lines_open(const char *dir, const struct fg_model *model, bool rows, struct fg_model_lines *l,
                                struct fg_fault *fault) {
  *l = (struct fg_model_lines){.model = model, .lines = rows ? model->rows : model->cols};
  l->factor = aligned_alloc(FG_ALIGN, (size_t)BATCH * model->stride * sizeof *l->factor);
  l->weight = calloc(BATCH, sizeof *l->weight);
  l->flat = malloc((size_t)BATCH * model->rank * sizeof *l->flat);
  if (!l->factor || !l->weight || !l->flat)
    return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory to read the model");
  enum fg_err err = open_file(dir, rows ? "model/row_factor.npy" : "model/col_factor.npy", l->lines, model->rank,
                              &l->factor_file, fault);
  if (!err && !rows && model->type->weights)
    err = open_file(dir, "model/col_weight.npy", l->lines, 1, &l->weight_file, fault);
  return err;
}

enum fg_err fg_model_lines_next(struct fg_model_lines *l, struct fg_fault *fault) {
  const struct fg_model *m = l->model;
  l->first += l->n;
  l->n = l->lines - l->first < BATCH ? l->lines - l->first : BATCH;
  if (fread(l->flat, m->rank * sizeof *l->flat, l->n, l->factor_file) != l->n ||
      (l->weight_file && fread(l->weight, sizeof *l->weight, l->n, l->weight_file) != l->n))
    return fg_fail(fault, FG_EIO, NULL, 0, "the model files cannot be read back");
  memset(l->factor, 0, (size_t)BATCH * m->stride * sizeof *l->factor);
  for (uint32_t j = 0; j < l->n; j++)
    memcpy(l->factor + (size_t)j * m->stride, l->flat + (size_t)j * m->rank, m->rank * sizeof *l->factor);
  return FG_OK;
}

void fg_model_lines_close(struct fg_model_lines *l) {
  if (l->factor_file)
    fclose(l->factor_file);
  if (l->weight_file)
    fclose(l->weight_file);
  free(l->factor);
  free(l->weight);
  free(l->flat);
  *l = (struct fg_model_lines){0};
}

enum fg_err fg_model_lines_stat(const char *dir, const struct fg_model *model, double *stat, struct fg_fault *fault) {
  struct fg_model_lines l;
  if (!model->type->stat)
    return FG_OK;
  enum fg_err err = fg_model_lines_open(dir, model, false, &l, fault);
  while (!err && !(err = fg_model_lines_next(&l, fault)) && l.n > 0)
    model->type->stat(model, l.factor, l.weight, l.n, stat);
  fg_model_put_tuned(model, model->tuned, stat);
  fg_model_lines_close(&l);
  return err;
}
