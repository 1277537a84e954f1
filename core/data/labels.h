/* Labels of rows that are known from elsewhere, to compare with what a model has found. */
#ifndef FG_CORE_DATA_LABELS_H
#define FG_CORE_DATA_LABELS_H

#include "core/err.h"

#include <stdint.h>

#define FG_UNLABELLED UINT32_MAX

struct fg_labels {
  uint32_t n;     /* rows */
  uint32_t *of;   /* n: number of the row's label, or FG_UNLABELLED */
  uint32_t names; /* different labels */
  char **name;    /* names, in the order of their bytes */
};

/* A text file, plain or gzipped, a label per line in the order of rows; the label of an empty line is not known.
 * FG_EINPUT, with the line, if it has not exactly `rows` lines, or no label; FG_ENOMEM. *labels is freed by
 * fg_labels_free, also after an error. */
enum fg_err fg_labels_read(const char *path, uint32_t rows, struct fg_labels *labels, struct fg_fault *fault);
void fg_labels_free(struct fg_labels *labels);

#endif
