/* Points in file order, to points by row. */
#include "core/data/by_row.h"

#include <stdlib.h>

void fg_by_row_free(struct fg_by_row *rows) {
  free(rows->begin);
  free(rows->point);
}

enum fg_err fg_by_row_new(const struct fg_points *points, const unsigned char *mask, struct fg_by_row *rows) {
  rows->longest = 0;
  rows->begin = calloc((size_t)points->rows + 2, sizeof *rows->begin);
  rows->point = malloc((points->n + 1) * sizeof *rows->point);
  if (!rows->begin || !rows->point)
    return FG_ENOMEM; /* the caller frees */
  /* counts go two entries ahead: after the sums begin[r + 1] is where row r starts, and once it is filled, where it
   * ends */
  for (size_t i = 0; i < points->n; i++)
    if (!mask || mask[points->row[i]])
      rows->begin[(size_t)points->row[i] + 2]++;
  for (size_t r = 2; r < (size_t)points->rows + 2; r++)
    rows->begin[r] += rows->begin[r - 1];
  for (size_t i = 0; i < points->n; i++)
    if (!mask || mask[points->row[i]])
      rows->point[rows->begin[(size_t)points->row[i] + 1]++] = i;
  for (size_t r = 0; r < points->rows; r++)
    if (rows->begin[r + 1] - rows->begin[r] > rows->longest)
      rows->longest = rows->begin[r + 1] - rows->begin[r];
  return FG_OK;
}
