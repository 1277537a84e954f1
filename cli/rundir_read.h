/* Run directories as plots read them: facts of config.yaml and run.json, columns of CSV files. */
#ifndef FG_CLI_RUNDIR_READ_H
#define FG_CLI_RUNDIR_READ_H

#include "core/err.h"

#include <stdbool.h>
#include <stddef.h>

/* Scalars of a YAML or JSON file in file order; nested keys are joined by '.', list entries are numbered from 0. */
struct fg_facts {
  struct fg_fact {
    char *key, *value;
  } * fact;
  size_t n, capacity;
};

/* FG_EINPUT with file and line if the file is absent, malformed, or not a mapping. *facts must be zero; freed by
 * fg_facts_free, also after an error. */
enum fg_err fg_facts_read(const char *path, struct fg_facts *facts, struct fg_fault *fault);
void fg_facts_free(struct fg_facts *facts);

/* Value of `key`, or of the first key that ends in ".key"; lent by *facts; NULL if there is none. */
const char *fg_facts_find(const struct fg_facts *facts, const char *key);

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
