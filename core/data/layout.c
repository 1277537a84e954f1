/* Degrees of rows and columns -> permutation and blocks. */
#include "core/data/layout.h"

#include <stdlib.h>
#include <string.h>

static enum fg_err start_axis(struct fg_layout_axis *axis, const char *what, uint32_t n, uint32_t blocks,
                              struct fg_fault *fault) {
  if (blocks == 0)
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "there must be a worker");
  if (blocks > n)
    return fg_fail(
        fault, FG_EUSAGE, NULL, 0,
        "%u %s blocks are too many for %u %ss: each takes one at least (fewer --workers, or blocks= of --sync)", blocks,
        what, n, what);
  axis->n = n;
  axis->blocks = blocks;
  axis->degree = calloc(n, sizeof *axis->degree);
  axis->sum = calloc(n, sizeof *axis->sum);
  return axis->degree && axis->sum ? FG_OK : FG_ENOMEM;
}

enum fg_err fg_layout_start(struct fg_layout *layout, uint32_t rows, uint32_t cols, uint32_t row_blocks,
                            uint32_t col_blocks, struct fg_fault *fault) {
  memset(layout, 0, sizeof *layout);
  enum fg_err err = start_axis(&layout->row, "row", rows, row_blocks, fault);
  return err ? err : start_axis(&layout->col, "column", cols, col_blocks, fault);
}

static enum fg_err finish_axis(struct fg_layout_axis *axis, const double *share, uint64_t seed, enum fg_axis which) {
  axis->begin = malloc(((size_t)axis->blocks + 1) * sizeof *axis->begin);
  axis->original = malloc((size_t)axis->n * sizeof *axis->original);
  axis->block = malloc((size_t)axis->n * sizeof *axis->block);
  if (!axis->begin || !axis->original || !axis->block)
    return FG_ENOMEM;
  enum fg_err err =
      fg_balance(axis->degree, axis->n, axis->blocks, share, seed, which, axis->begin, axis->original, axis->block);
  free(axis->degree);
  axis->degree = NULL;
  if (err)
    return err;
  axis->local = malloc((size_t)axis->n * sizeof *axis->local);
  if (!axis->local)
    return FG_ENOMEM;
  for (uint32_t b = 0; b < axis->blocks; b++)
    for (uint32_t i = axis->begin[b]; i < axis->begin[b + 1]; i++)
      axis->local[axis->original[i]] = i - axis->begin[b];
  return FG_OK;
}

enum fg_err fg_layout_finish(struct fg_layout *layout, const double *row_share, uint64_t seed_data,
                             struct fg_fault *fault) {
  if (!layout->n[FG_PART_TRAIN])
    return fg_fail(fault, FG_EINPUT, NULL, 0, "no training point is left (%llu points, all held out)",
                   (unsigned long long)(layout->n[FG_PART_TEST] + layout->n[FG_PART_HELD_OUT]));
  enum fg_err err = finish_axis(&layout->row, row_share, seed_data, FG_AXIS_ROW);
  return err ? err : finish_axis(&layout->col, NULL, seed_data, FG_AXIS_COL);
}

void fg_layout_weights(const struct fg_layout_axis *axis, uint32_t first, uint32_t n, float *weight) {
  for (uint32_t i = 0; i < n; i++)
    weight[i] = (float)axis->sum[axis->original[first + i]];
}

static void free_axis(struct fg_layout_axis *axis) {
  free(axis->degree);
  free(axis->sum);
  free(axis->begin);
  free(axis->original);
  free(axis->block);
  free(axis->local);
}

void fg_layout_free(struct fg_layout *layout) {
  free_axis(&layout->row);
  free_axis(&layout->col);
  memset(layout, 0, sizeof *layout);
}
