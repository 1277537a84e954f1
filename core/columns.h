/* Columns of CSV files. */
#ifndef FG_CORE_COLUMNS_H
#define FG_CORE_COLUMNS_H

#include "core/err.h"

#include <stdbool.h>
#include <stddef.h>

/* Numbers of a CSV file with a header line: column[c][r], c in the order asked for. */
struct fg_columns {
  double **column; /* n_columns x n_rows */
  size_t n_columns, n_rows;
};

/* Reads the columns called `names` (lent, n of them). An empty field, `nan` and `inf` are NAN (nothing to draw);
 * anything else that is not a finite number, a missing column and a row of another length are FG_EINPUT with file and
 * line. `growing`: the file may still be written, so a last line without its end is left out. *columns must be zero;
 * freed by fg_columns_free, also after an error. */
enum fg_err fg_columns_read(const char *path, const char *const *names, size_t n, bool growing,
                            struct fg_columns *columns, struct fg_fault *fault);
void fg_columns_free(struct fg_columns *columns);

#endif
