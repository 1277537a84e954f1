/* The parameters of a finished run on disk (model_files.h), read a batch of lines at a time: nobody needs more in
 * memory. */
#ifndef FG_CORE_MODEL_LINES_H
#define FG_CORE_MODEL_LINES_H

#include "core/err.h"
#include "core/model/model.h"

#include <stdbool.h>
#include <stdio.h>

struct fg_model_lines {
  const struct fg_model *model;
  uint32_t first, n; /* the batch: lines first .. first + n - 1, in original order */
  float *factor;     /* n x stride, padded with 0, FG_ALIGN-aligned */
  float *weight;     /* n entries; zeros where none are kept: of rows, and of a model that reads none */
  uint32_t lines;    /* in all */
  FILE *factor_file, *weight_file;
  float *flat; /* internal: of a batch, as the file has it */
};

/* Rows or columns of the model files in DIR. model: bound, lent until closed. Ended by fg_model_lines_close, also after
 * an error. FG_EINPUT (the files are not the model's), FG_ENOMEM. */
enum fg_err fg_model_lines_open(const char *dir, const struct fg_model *model, bool rows, struct fg_model_lines *lines,
                                struct fg_fault *fault);
/* The next batch; n = 0 at the end. FG_EIO. */
enum fg_err fg_model_lines_next(struct fg_model_lines *lines, struct fg_fault *fault);
void fg_model_lines_close(struct fg_model_lines *lines);

/* Adds the statistic of all columns in DIR to stat (n_stat doubles); nothing if the model has none. */
enum fg_err fg_model_lines_stat(const char *dir, const struct fg_model *model, double *stat, struct fg_fault *fault);

#endif
