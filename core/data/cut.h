/* Private to core/data: points cut into blocks and tiles, all at once, in linear time. */
#ifndef FG_CORE_DATA_CUT_H
#define FG_CORE_DATA_CUT_H

#include "core/data/grid.h"
#include "core/data/layout.h"
#include "core/data/points.h"
#include "core/err.h"

/* Fills grid->train and grid->test (storage.h) from all points of a finished layout. part: enum fg_part by point
 * (lent). Besides the points, lent, and the grid this takes 2 bits for each tile that could be, with points or without:
 * (tiles along all rows) x (tiles along all columns), twice. FG_ENOMEM. */
enum fg_err fg_cut(struct fg_grid *grid, const struct fg_layout *layout, const struct fg_points *points,
                   const unsigned char *part);

#endif
