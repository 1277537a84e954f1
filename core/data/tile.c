/* A block's points -> tiles whose factor rows fit the L2 cache, points inside a tile in random order. */
#include "core/data/tile.h"

#include "core/data/balance.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { TILE_BYTES = 256 << 10 }; /* the factor rows of one side of a tile; both sides together fit an L2 of 512 KiB */
enum { TILE_MIN = 64, TILE_MAX = 65536 };

unsigned fg_tile_shift(size_t tile_bytes_row) {
  size_t most = TILE_BYTES / (tile_bytes_row ? tile_bytes_row : 1);
  unsigned shift = 0;
  while ((size_t)2 << shift <= most && 2 << shift <= TILE_MAX)
    shift++;
  while (1 << shift < TILE_MIN)
    shift++;
  return shift;
}

void fg_tile_rng(struct fg_rng *rng, const struct fg_grid *grid, bool test, uint32_t p, uint32_t q) {
  uint64_t blocks = (uint64_t)grid->row_blocks * grid->col_blocks;
  fg_rng_start(rng, grid->split.seed, FG_STREAM_GRID, test * blocks + (uint64_t)p * grid->col_blocks + q,
               FG_AXIS_COL + 1);
}

/* One stable counting sort by tile column (axis FG_AXIS_COL) or tile row, from -> to. */
static void sort_by_tile(struct fg_tiler *t, enum fg_axis axis, const struct fg_point *from, struct fg_point *to,
                         size_t n, size_t n_keys) {
  size_t *count = t->count;
  memset(count, 0, (n_keys + 1) * sizeof *count);
  for (size_t i = 0; i < n; i++)
    count[((axis == FG_AXIS_COL ? from[i].col : from[i].row) >> t->shift) + 1]++;
  for (size_t k = 0; k < n_keys; k++)
    count[k + 1] += count[k];
  for (size_t i = 0; i < n; i++)
    to[count[(axis == FG_AXIS_COL ? from[i].col : from[i].row) >> t->shift]++] = from[i];
}

static enum fg_err add_tile(struct fg_tiler *t, const struct fg_tile *tile) {
  if (t->n_tiles == t->tile_capacity) {
    size_t capacity = t->tile_capacity ? 2 * t->tile_capacity : 256;
    struct fg_tile *tiles = realloc(t->tile, capacity * sizeof *tiles);
    if (!tiles)
      return FG_ENOMEM;
    t->tile = tiles;
    t->tile_capacity = capacity;
  }
  memset(&t->tile[t->n_tiles], 0, sizeof *tile); /* padding may be written to a file */
  t->tile[t->n_tiles].first = tile->first;
  t->tile[t->n_tiles].n = tile->n;
  t->tile[t->n_tiles].row0 = tile->row0;
  t->tile[t->n_tiles++].col0 = tile->col0;
  return FG_OK;
}

void fg_tile_shuffle(struct fg_stored_point *points, size_t n, struct fg_rng *rng) {
  for (size_t i = n; i > 1; i--) {
    uint32_t j = fg_rng_below(rng, (uint32_t)i);
    struct fg_stored_point t = points[i - 1];
    points[i - 1] = points[j];
    points[j] = t;
  }
}

static enum fg_err make_room(struct fg_tiler *t, size_t n, size_t keys) {
  if (n > t->n_scratch) {
    free(t->scratch); /* nothing in it is to be kept */
    t->scratch = malloc(n * sizeof *t->scratch);
    t->n_scratch = t->scratch ? n : 0;
  }
  if (keys + 1 > t->n_count) {
    free(t->count);
    t->count = malloc((keys + 1) * sizeof *t->count);
    t->n_count = t->count ? keys + 1 : 0;
  }
  return n <= t->n_scratch && keys + 1 <= t->n_count ? FG_OK : FG_ENOMEM;
}

enum fg_err fg_tile_cut(struct fg_tiler *t, struct fg_point *points, size_t n, uint32_t rows, uint32_t cols,
                        size_t first, struct fg_rng *rng, struct fg_stored_point *out) {
  if (n == 0)
    return FG_OK;
  size_t tile_rows = fg_tile_lines(rows, t->shift), tile_cols = fg_tile_lines(cols, t->shift);
  if (tile_rows > 1 || tile_cols > 1) {
    enum fg_err err = make_room(t, n, tile_rows > tile_cols ? tile_rows : tile_cols);
    if (err)
      return err;
  }
  struct fg_point *from = points, *to = t->scratch;
  if (tile_cols > 1) {
    sort_by_tile(t, FG_AXIS_COL, from, to, n, tile_cols);
    from = t->scratch;
    to = points;
  }
  if (tile_rows > 1) {
    sort_by_tile(t, FG_AXIS_ROW, from, to, n, tile_rows);
    from = to;
  }
  uint32_t mask = ((uint32_t)1 << t->shift) - 1;
  for (size_t i = 0; i < n;) {
    uint32_t row0 = from[i].row & ~mask, col0 = from[i].col & ~mask;
    size_t start = i;
    for (; i < n && (from[i].row & ~mask) == row0 && (from[i].col & ~mask) == col0; i++)
      out[i] = (struct fg_stored_point){(uint16_t)(from[i].row & mask), (uint16_t)(from[i].col & mask), from[i].value};
    assert(i - start <= UINT32_MAX);
    fg_tile_shuffle(out + start, i - start, rng);
    enum fg_err err = add_tile(t, &(struct fg_tile){first + start, (uint32_t)(i - start), row0, col0});
    if (err)
      return err;
  }
  return FG_OK;
}

void fg_tiler_free(struct fg_tiler *t) {
  free(t->scratch);
  free(t->count);
  free(t->tile);
  memset(t, 0, sizeof *t);
}
