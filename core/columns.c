/* Columns of numbers: CSV files in, arrays out. */
#include "core/columns.h"

#include "core/spec.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* cuts a line at its commas; returns the number of fields, of which at most `most` are stored */
static size_t cut(char *line, char **field, size_t most) {
  size_t n = 0;
  for (char *p = line; p; n++) {
    char *comma = strchr(p, ',');
    if (n < most)
      field[n] = p;
    if (comma)
      *comma++ = 0;
    p = comma;
  }
  return n;
}

static bool parse_field(const char *text, double *value) {
  *value = NAN;
  static const char *const undrawable[] = {"", "nan", "-nan", "inf", "-inf"};
  for (size_t i = 0; i < sizeof undrawable / sizeof *undrawable; i++)
    if (strcmp(text, undrawable[i]) == 0)
      return true;
  return fg_parse_real(text, value);
}

enum { FIELDS_MAX = 256 };

struct csv {
  FILE *file;
  const char *path;
  struct fg_fault *fault;
  char *line;
  size_t line_capacity;
  unsigned long long number; /* of the line */
  size_t fields;             /* of the header */
  size_t capacity;           /* rows */
};

static enum fg_err read_header(struct csv *csv, const char *const *names, size_t n, size_t *at) {
  char *field[FIELDS_MAX];
  ssize_t length = getline(&csv->line, &csv->line_capacity, csv->file);
  if (length < 0)
    return fg_fail(csv->fault, FG_EINPUT, csv->path, 0, "is empty");
  csv->number = 1;
  csv->line[strcspn(csv->line, "\r\n")] = 0;
  csv->fields = cut(csv->line, field, FIELDS_MAX);
  if (csv->fields > FIELDS_MAX)
    return fg_fail(csv->fault, FG_EINPUT, csv->path, 1, "too many columns");
  for (size_t c = 0; c < n; c++) {
    for (at[c] = 0; at[c] < csv->fields && strcmp(field[at[c]], names[c]) != 0; at[c]++)
      ;
    if (at[c] == csv->fields)
      return fg_fail(csv->fault, FG_EINPUT, csv->path, 1, "has no column '%s'", names[c]);
  }
  return FG_OK;
}

static enum fg_err grow(struct csv *csv, struct fg_columns *columns) {
  if (columns->n_rows < csv->capacity)
    return FG_OK;
  size_t capacity = csv->capacity ? 2 * csv->capacity : 256;
  for (size_t c = 0; c < columns->n_columns; c++) {
    double *more = realloc(columns->column[c], capacity * sizeof *more);
    if (!more)
      return FG_ENOMEM;
    columns->column[c] = more;
  }
  csv->capacity = capacity;
  return FG_OK;
}

static enum fg_err read_row(struct csv *csv, const char *const *names, const size_t *at, struct fg_columns *columns) {
  char *field[FIELDS_MAX];
  size_t fields = cut(csv->line, field, FIELDS_MAX);
  if (fields != csv->fields)
    return fg_fail(csv->fault, FG_EINPUT, csv->path, csv->number, "%zu fields where the header has %zu", fields,
                   csv->fields);
  enum fg_err err = grow(csv, columns);
  if (err)
    return err;
  for (size_t c = 0; c < columns->n_columns; c++)
    if (!parse_field(field[at[c]], &columns->column[c][columns->n_rows]))
      return fg_fail(csv->fault, FG_EINPUT, csv->path, csv->number, "column '%s' holds '%.40s', which is not a number",
                     names[c], field[at[c]]);
  columns->n_rows++;
  return FG_OK;
}

enum fg_err fg_columns_read(const char *path, const char *const *names, size_t n, bool growing,
                            struct fg_columns *columns, struct fg_fault *fault) {
  size_t at[FIELDS_MAX];
  struct csv csv = {.path = path, .fault = fault};
  if (n > FIELDS_MAX)
    return fg_fail(fault, FG_EUSAGE, path, 0, "too many columns asked for");
  csv.file = fopen(path, "r");
  if (!csv.file)
    return fg_fail(fault, FG_EINPUT, path, 0, "cannot be opened: %s", strerror(errno));
  enum fg_err err = FG_ENOMEM;
  columns->column = calloc(n ? n : 1, sizeof *columns->column);
  if (!columns->column)
    goto cleanup;
  columns->n_columns = n;
  err = read_header(&csv, names, n, at);
  ssize_t length;
  while (!err && (length = getline(&csv.line, &csv.line_capacity, csv.file)) >= 0) {
    csv.number++;
    if (growing && csv.line[length - 1] != '\n')
      break;
    csv.line[strcspn(csv.line, "\r\n")] = 0;
    err = read_row(&csv, names, at, columns);
  }
  if (!err && ferror(csv.file))
    err = fg_fail(fault, FG_EIO, path, csv.number, "cannot be read: %s", strerror(errno));

cleanup:
  free(csv.line);
  fclose(csv.file);
  return err;
}

void fg_columns_free(struct fg_columns *columns) {
  for (size_t c = 0; c < columns->n_columns; c++)
    free(columns->column[c]);
  free(columns->column);
  memset(columns, 0, sizeof *columns);
}
