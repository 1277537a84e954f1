/* Private to core/data: a block's points cut into tiles. */
#ifndef FG_CORE_DATA_TILE_H
#define FG_CORE_DATA_TILE_H

#include "core/data/grid.h"
#include "core/err.h"
#include "core/rng.h"

#include <stddef.h>
#include <stdint.h>

/* log2 of a tile's side for factor rows of so many bytes. */
unsigned fg_tile_shift(size_t tile_bytes_row);

/* Tiles along n > 0 lines. */
static inline uint32_t fg_tile_lines(uint32_t n, unsigned shift) {
  return ((n - 1) >> shift) + 1;
}

/* Starts the sequence that shuffles the tiles of a block, in order. `test`: of its test points. */
void fg_tile_rng(struct fg_rng *rng, const struct fg_grid *grid, bool test, uint32_t p, uint32_t q);

/* The n points of a tile in random order. */
void fg_tile_shuffle(struct fg_stored_point *points, size_t n, struct fg_rng *rng);

/* What cutting needs, kept from block to block; zero-initialise the pointers. */
struct fg_tiler {
  unsigned shift;
  struct fg_point *scratch; /* n_scratch points: as many as the largest input */
  size_t n_scratch;
  size_t *count; /* tile rows or tile columns, + 1 */
  size_t n_count;
  struct fg_tile *tile; /* all cut so far */
  size_t n_tiles, tile_capacity;
};

/* Cuts n points of one block (block-local indices, file order; overwritten), whole tiles: out (lent, n entries) gets
 * them by tile row, then tile column, and shuffled inside a tile; tiles of at least a point are appended to
 * tiler->tile, the first of them with `first` = `first`. A block may come in several calls, tiles in order. */
enum fg_err fg_tile_cut(struct fg_tiler *tiler, struct fg_point *points, size_t n, uint32_t rows, uint32_t cols,
                        size_t first, struct fg_rng *rng, struct fg_stored_point *out);

/* Frees all but `tile` if it was taken (set to NULL) before. */
void fg_tiler_free(struct fg_tiler *tiler);

#endif
