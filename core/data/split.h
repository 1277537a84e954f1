/* Train/test split: which points, or which whole rows, are held out. A pure function of the seed. */
#ifndef FG_CORE_DATA_SPLIT_H
#define FG_CORE_DATA_SPLIT_H

#include "core/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fg_split {
  double share;  /* in [0, 1): of points, or of rows */
  bool by_rows;  /* hold out whole rows */
  uint64_t seed; /* the data seed */
};

/* Parses "0.1" or "rows:0.1"; the seed is left alone. */
enum fg_err fg_split_parse(const char *text, struct fg_split *split, struct fg_fault *fault);

/* The text that fg_split_parse takes for it. out: lent, `size` bytes. */
void fg_split_print(const struct fg_split *split, char *out, size_t size);

/* What a point is for. */
enum fg_part {
  FG_PART_TRAIN,
  FG_PART_TEST,
  FG_PART_HELD_OUT, /* its whole row is held out */
  FG_PARTS
};

/* Of the i-th point of the file, which lies in original row `row` and column `col`. Points are drawn by their number,
 * those of a symmetric matrix by their unordered pair: (j, i) says the same as (i, j), and who trains on one knows the
 * other. A network's links of nodes to themselves are not among the points drawn: they are nobody's guess.
 * Rows that are held out are held out as rows only, links to themselves among them: columns of the same nodes keep
 * their points in other rows. */
enum fg_part fg_split_part(const struct fg_split *split, bool symmetric, bool network, uint64_t i, uint32_t row,
                           uint32_t col);

/* The same of n points from the i-th on: part[k] of point i + k, which lies in row[k], col[k]. */
void fg_split_parts(const struct fg_split *split, bool symmetric, bool network, uint64_t i, const uint32_t *row,
                    const uint32_t *col, size_t n, unsigned char *part);

/* True if that point is held out. */
bool fg_split_is_test(const struct fg_split *split, bool symmetric, bool network, uint64_t i, uint32_t row,
                      uint32_t col);

/* True if the whole original row is held out (always false unless by_rows). */
bool fg_split_row_is_test(const struct fg_split *split, uint32_t row);

#endif
