/* Private to core/data: where every row and every column goes, from counts of the training points. */
#ifndef FG_CORE_DATA_LAYOUT_H
#define FG_CORE_DATA_LAYOUT_H

#include "core/data/balance.h"
#include "core/data/split.h"
#include "core/err.h"

#include <stdint.h>

/* One axis of the matrix. "Line": a row, or a column. Arrays over lines go by original index but for `original`. */
struct fg_layout_axis {
  uint32_t n, blocks;
  uint32_t *degree;   /* training points of a line */
  double *sum;        /* of its training values, added in file order */
  uint32_t *begin;    /* blocks + 1 entries: block b has the permuted lines begin[b] .. begin[b + 1] - 1 */
  uint32_t *original; /* permuted -> original index */
  uint32_t *block;
  uint32_t *local; /* place inside the block */
};

struct fg_layout {
  struct fg_layout_axis row, col;
  uint64_t n[FG_PARTS];            /* points by enum fg_part */
  double train_sum, train_squares; /* of training values, of their squares */
};

/* [B] that a line takes at most, all steps of the layout considered */
enum { FG_LAYOUT_LINE = 32 };

/* An empty count. FG_EUSAGE if there are more blocks than lines, or none. fg_layout_free must follow, also after an
 * error. */
enum fg_err fg_layout_start(struct fg_layout *layout, uint32_t rows, uint32_t cols, uint32_t row_blocks,
                            uint32_t col_blocks, struct fg_fault *fault);

/* Counts a point; points come in file order. */
static inline void fg_layout_count(struct fg_layout *layout, enum fg_part part, uint32_t row, uint32_t col,
                                   float value) {
  layout->n[part]++;
  if (part != FG_PART_TRAIN)
    return;
  layout->row.degree[row]++;
  layout->col.degree[col]++;
  layout->row.sum[row] += value;
  layout->col.sum[col] += value;
  layout->train_sum += value;
  layout->train_squares += (double)value * value;
}

/* Once all points are counted: balances and permutes. row_share: of the row blocks, as in fg_balance (lent; NULL:
 * equal). The degrees are freed. FG_EINPUT if there is no training point. */
enum fg_err fg_layout_finish(struct fg_layout *layout, const double *row_share, uint64_t seed_data,
                             struct fg_fault *fault);

/* Where a line (original index) is, counted through all blocks. */
static inline uint32_t fg_layout_place(const struct fg_layout_axis *axis, uint32_t line) {
  return axis->begin[axis->block[line]] + axis->local[line];
}

/* Weights of n permuted lines from `first`: their sums, rounded once. */
void fg_layout_weights(const struct fg_layout_axis *axis, uint32_t first, uint32_t n, float *weight);

void fg_layout_free(struct fg_layout *layout);

#endif
