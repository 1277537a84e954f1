/* Triplets: `row col value` a line, separated by blanks, tabs or one comma; lines that start with # or % are comments.
 * The shape is that of the largest indices. */
#include "core/data/reader.h"

enum fg_err fg_read_triplets(struct fg_reader *r) {
  unsigned base = r->options->index_base;
  r->points->format = FG_FORMAT_TRIPLETS;
  for (;;) {
    const char *p;
    uint32_t row, col;
    float value;
    enum fg_err err = fg_reader_line(r, "#%", &p);
    if (err || !p)
      return err;
    err = fg_reader_index(r, &p, "row", base, UINT32_MAX, &row);
    if (!err) {
      fg_reader_comma(&p);
      err = fg_reader_index(r, &p, "column", base, UINT32_MAX, &col);
    }
    if (!err) {
      fg_reader_comma(&p);
      err = fg_reader_value(r, &p, &value);
    }
    if (!err)
      err = fg_reader_line_end(r, p);
    if (!err)
      err = fg_reader_add(r, row, col, value);
    if (err)
      return err;
    r->points->rows = row >= r->points->rows ? row + 1 : r->points->rows;
    r->points->cols = col >= r->points->cols ? col + 1 : r->points->cols;
  }
}
