/* Points grouped by row, for what works on whole rows. */
#ifndef FG_CORE_DATA_BY_ROW_H
#define FG_CORE_DATA_BY_ROW_H

#include "core/data/points.h"
#include "core/err.h"

/* Row r has the points point[begin[r]], ..., point[begin[r + 1] - 1] (positions in struct fg_points), in file order. */
struct fg_by_row {
  size_t *begin; /* rows + 1 entries */
  size_t *point;
  size_t longest; /* points of the longest row */
};

/* points, mask: lent; mask: points->rows entries, rows that are wanted are not 0; NULL: all. FG_ENOMEM. Freed by
 * fg_by_row_free, also after an error. */
enum fg_err fg_by_row_new(const struct fg_points *points, const unsigned char *mask, struct fg_by_row *rows);
void fg_by_row_free(struct fg_by_row *rows);

#endif
