/* Triplets: `row col value` a line, separated by blanks, tabs or one comma; lines that start with # or % are comments.
 * The shape is that of the largest indices. */
#include "core/data/reader.h"

enum fg_err fg_read_triplets(struct fg_reader *r) {
  unsigned base = r->options->index_base;
  struct fg_plain plain = {.comma = true, .base = base, .rows = UINT32_MAX, .cols = UINT32_MAX, .entries = UINT64_MAX};
  r->points->format = FG_FORMAT_TRIPLETS;
  for (;;) {
    const char *p;
    uint32_t row, col;
    float value;
    enum fg_err err = fg_reader_plain(r, &plain);
    if (!err)
      err = fg_reader_line(r, "#%", &p);
    if (!err && !p && r->entries) {
      r->points->rows = plain.most_row + 1;
      r->points->cols = plain.most_col + 1;
    }
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
    plain.most_row = row > plain.most_row ? row : plain.most_row;
    plain.most_col = col > plain.most_col ? col : plain.most_col;
  }
}
