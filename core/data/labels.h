/* What is known of rows, or of columns, beside the data: a label for each, to hold what was learned against. */
#ifndef FG_CORE_DATA_LABELS_H
#define FG_CORE_DATA_LABELS_H

#include "core/err.h"

#include <stdint.h>

struct fg_labels {
  uint32_t n;         /* lines of the file */
  uint32_t *of;       /* n: which label, 0 .. n_names - 1 */
  uint32_t n_names;   /* different labels */
  char **name;        /* n_names, ascending by their bytes */
  uint32_t *how_many; /* n_names: lines that have it */
};

/* Reads a text file (plain or gzipped), one label a line: that of line i of the matrix on line i + 1. FG_EINPUT with
 * file and line: it has not exactly n lines, or an empty one; FG_ENOMEM. *labels is freed by fg_labels_free, and holds
 * nothing after an error. */
enum fg_err fg_labels_read(const char *path, uint32_t n, struct fg_labels *labels, struct fg_fault *fault);
void fg_labels_free(struct fg_labels *labels);

#endif
