/* Matrix Market coordinate files (Boisvert, Pozo, Remington, NISTIR 5935, 1996): a banner, comments, `rows columns
 * entries`, then `row column [value]`, indices from 1. */
#include "core/data/reader.h"

#include <math.h>
#include <string.h>
#include <strings.h>

enum field { FIELD_REAL, FIELD_INTEGER, FIELD_PATTERN };

static enum fg_err banner(struct fg_reader *r, const char *line, enum field *field) {
  char word[5][32] = {{0}};
  const char *p = line;
  for (unsigned i = 0; i < 5; i++) {
    p += strspn(p, " \t");
    size_t n = strcspn(p, " \t");
    if (!n || n >= sizeof word[i])
      return fg_text_fail(&r->in, "a Matrix Market banner has five words: %%%%MatrixMarket matrix coordinate "
                                  "real|integer|pattern general|symmetric");
    memcpy(word[i], p, n);
    p += n;
  }
  p += strspn(p, " \t");
  if (strcasecmp(word[1], "matrix") != 0)
    return fg_text_fail(&r->in, "the Matrix Market object '%s' is not a matrix", word[1]);
  if (strcasecmp(word[2], "array") == 0)
    return fg_text_fail(&r->in, "Matrix Market 'array' files list every cell; only 'coordinate' files, which list the "
                                "observed ones, are read");
  if (strcasecmp(word[2], "coordinate") != 0)
    return fg_text_fail(&r->in, "the Matrix Market format '%s' is not 'coordinate'", word[2]);
  if (strcasecmp(word[3], "real") == 0 || strcasecmp(word[3], "double") == 0)
    *field = FIELD_REAL;
  else if (strcasecmp(word[3], "integer") == 0)
    *field = FIELD_INTEGER;
  else if (strcasecmp(word[3], "pattern") == 0)
    *field = FIELD_PATTERN;
  else
    return fg_text_fail(&r->in, "the Matrix Market field '%s' is not real, integer or pattern", word[3]);
  if (strcasecmp(word[4], "symmetric") == 0)
    r->mirror = true;
  else if (strcasecmp(word[4], "skew-symmetric") == 0)
    return fg_text_fail(&r->in, "a skew-symmetric matrix is not read: half of its values exist only up to their sign");
  else if (strcasecmp(word[4], "general") != 0)
    return fg_text_fail(&r->in, "the Matrix Market symmetry '%s' is not general or symmetric", word[4]);
  return fg_reader_line_end(r, p);
}

static enum fg_err size_line(struct fg_reader *r, uint64_t *entries) {
  const char *p;
  uint64_t rows, cols;
  enum fg_err err = fg_reader_line(r, "%", &p);
  if (err)
    return err;
  if (!p)
    return fg_text_fail(&r->in, "the file ends where the size line (rows columns entries) should be");
  err = fg_reader_whole(r, &p, "number of rows", 1, UINT32_MAX, &rows);
  if (!err)
    err = fg_reader_whole(r, &p, "number of columns", 1, UINT32_MAX, &cols);
  if (!err)
    err = fg_reader_whole(r, &p, "number of entries", 0, UINT64_MAX - 1, entries);
  if (!err)
    err = fg_reader_line_end(r, p);
  if (err)
    return err;
  if (r->mirror && rows != cols)
    return fg_text_fail(&r->in, "a symmetric matrix is square, this one has %llu rows and %llu columns",
                        (unsigned long long)rows, (unsigned long long)cols);
  r->points->rows = (uint32_t)rows;
  r->points->cols = (uint32_t)cols;
  return FG_OK;
}

enum fg_err fg_read_matrix_market(struct fg_reader *r) {
  const char *p;
  enum field field = FIELD_REAL;
  uint64_t entries = 0;
  enum fg_err err = fg_reader_line(r, "", &p);
  if (!err)
    err = banner(r, p, &field);
  if (!err)
    err = size_line(r, &entries);
  if (err)
    return err;
  r->points->format = FG_FORMAT_MATRIX_MARKET;
  r->header = true;
  struct fg_plain plain = {.value = field == FIELD_PATTERN   ? FG_PLAIN_NONE
                                    : field == FIELD_INTEGER ? FG_PLAIN_WHOLE
                                                             : FG_PLAIN_REAL,
                           .base = 1,
                           .rows = r->points->rows,
                           .cols = r->points->cols,
                           .entries = entries};
  for (;;) {
    uint32_t row, col;
    float value = 1;
    err = fg_reader_plain(r, &plain);
    if (!err)
      err = fg_reader_line(r, "%", &p);
    if (err)
      return err;
    if (!p)
      return fg_reader_promised(r, entries);
    const char *value_text;
    err = fg_reader_room(r, entries);
    if (!err)
      err = fg_reader_index(r, &p, "row", 1, r->points->rows, &row);
    if (!err)
      err = fg_reader_index(r, &p, "column", 1, r->points->cols, &col);
    value_text = p;
    if (!err && field != FIELD_PATTERN)
      err = fg_reader_value(r, &p, &value);
    if (!err && field == FIELD_INTEGER && value != truncf(value))
      err = fg_text_fail(&r->in, "the value '%.40s' is not whole, but the banner says 'integer'", value_text);
    if (!err)
      err = fg_reader_line_end(r, p);
    if (!err)
      err = fg_reader_add(r, row, col, value);
    if (err)
      return err;
  }
}
