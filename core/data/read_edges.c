/* Edge lists: `i j` a line, separated as triplets are; every value is 1, the matrix is square. Unless directed, (j, i)
 * is added to (i, j); a loop (i, i) stands once. */
#include "core/data/reader.h"

enum fg_err fg_read_edges(struct fg_reader *r) {
  unsigned base = r->options->index_base;
  struct fg_plain plain = {.value = FG_PLAIN_NONE,
                           .comma = true,
                           .base = base,
                           .rows = UINT32_MAX,
                           .cols = UINT32_MAX,
                           .entries = UINT64_MAX};
  r->points->format = FG_FORMAT_EDGES;
  r->mirror = !r->options->directed;
  for (;;) {
    const char *p;
    uint32_t from, to;
    enum fg_err err = fg_reader_plain(r, &plain);
    if (!err)
      err = fg_reader_line(r, "#%", &p);
    if (!err && !p && r->entries)
      r->points->rows = r->points->cols = (plain.most_row > plain.most_col ? plain.most_row : plain.most_col) + 1;
    if (err || !p)
      return err;
    err = fg_reader_index(r, &p, "first node", base, UINT32_MAX, &from);
    if (!err) {
      fg_reader_comma(&p);
      err = fg_reader_index(r, &p, "second node", base, UINT32_MAX, &to);
    }
    if (!err)
      err = fg_reader_line_end(r, p);
    if (!err)
      err = fg_reader_add(r, from, to, 1);
    if (err)
      return err;
    plain.most_row = from > plain.most_row ? from : plain.most_row;
    plain.most_col = to > plain.most_col ? to : plain.most_col;
  }
}
