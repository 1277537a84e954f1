/* Private to core/data: which block a row (or column) belongs to, and its place there. */
#ifndef FG_CORE_DATA_BALANCE_H
#define FG_CORE_DATA_BALANCE_H

#include "core/err.h"

#include <stdint.h>

enum fg_axis { FG_AXIS_ROW, FG_AXIS_COL };

/* Deals n lines (rows, or columns) to `blocks` <= n blocks in proportion to their shares: heaviest first, each to the
 * block that then has least for its share. With equal shares the largest load is at most 4/3 of the best possible
 * (Graham 1969), with others less than twice (Gonzalez, Ibarra and Sahni 1977). Lines without points go where there
 * then are fewest lines for the share. No block stays without a line: the last lines go to blocks that have none.
 * Inside a block the order is random. degree: n entries, training points of a line (lent). share: `blocks` entries,
 * positive and finite (lent); NULL: equal, and any equal ones give the same. Out (lent): begin, blocks + 1 entries;
 * original, n entries, permuted -> original; block_of, n entries, by original index. A pure function of (degree,
 * blocks, share, seed, axis). */
enum fg_err fg_balance(const uint32_t *degree, uint32_t n, uint32_t blocks, const double *share, uint64_t seed,
                       enum fg_axis axis, uint32_t *begin, uint32_t *original, uint32_t *block_of);

#endif
