/* Points -> tiles: those that hold a point are found, then counted, then filled, and shuffled inside.
 *
 * A tile has a number in the order of the grid: training tiles before test tiles, then by row block, column block, tile
 * row, tile column. A bit says whether any point has it, and the bits before it give its place among the tiles that
 * there are: with thousands of workers most of those that could be stay empty. */
#include "core/data/cut.h"

#include "core/data/storage.h"
#include "core/data/tile.h"
#include "core/kernel.h"

#include <stdlib.h>
#include <string.h>

struct cut {
  struct fg_grid *grid;
  const struct fg_layout *layout;
  const struct fg_points *points;
  const unsigned char *part;
  uint64_t *before_row; /* row_blocks + 1 entries: tiles, of one kind, in the row blocks before */
  uint32_t *down;       /* row_blocks entries: tile rows of a row block */
  uint32_t *before_col; /* col_blocks + 1 entries: tile columns in the column blocks before */
  uint32_t *block_of;   /* by tile column: its column block */
  uint64_t numbers;     /* tiles of both kinds that could be */
  uint64_t *bit;        /* `numbers` bits: the tile has a point */
  uint64_t *before;     /* by word of `bit`: bits set in the words before */
};

static enum fg_err number_tiles(struct cut *c) {
  const struct fg_grid *g = c->grid;
  c->before_row = malloc(((size_t)g->row_blocks + 1) * sizeof *c->before_row);
  c->down = malloc(g->row_blocks * sizeof *c->down);
  c->before_col = malloc(((size_t)g->col_blocks + 1) * sizeof *c->before_col);
  if (!c->before_row || !c->down || !c->before_col)
    return FG_ENOMEM;
  c->before_col[0] = 0;
  for (uint32_t q = 0; q < g->col_blocks; q++)
    c->before_col[q + 1] = c->before_col[q] + fg_tile_lines(g->col[q].n, g->tile_shift);
  uint32_t along = c->before_col[g->col_blocks];
  c->block_of = malloc(along * sizeof *c->block_of);
  if (!c->block_of)
    return FG_ENOMEM;
  for (uint32_t q = 0; q < g->col_blocks; q++)
    for (uint32_t t = c->before_col[q]; t < c->before_col[q + 1]; t++)
      c->block_of[t] = q;
  c->before_row[0] = 0;
  for (uint32_t p = 0; p < g->row_blocks; p++) {
    c->down[p] = fg_tile_lines(g->row[p].n, g->tile_shift);
    c->before_row[p + 1] = c->before_row[p] + (uint64_t)c->down[p] * along;
  }
  c->numbers = 2 * c->before_row[g->row_blocks];
  size_t words = (size_t)(c->numbers / 64 + 1);
  c->bit = calloc(words, sizeof *c->bit);
  c->before = malloc((words + 1) * sizeof *c->before);
  return c->bit && c->before ? FG_OK : FG_ENOMEM;
}

FG_INLINE uint64_t number_of(const struct cut *c, size_t i) {
  const struct fg_grid *g = c->grid;
  const struct fg_layout_axis *rows = &c->layout->row, *cols = &c->layout->col;
  uint32_t row = c->points->row[i], col = c->points->col[i], p = rows->block[row], q = cols->block[col];
  uint64_t first = c->before_row[p] + (uint64_t)c->down[p] * c->before_col[q];
  uint64_t along = c->before_col[q + 1] - c->before_col[q];
  return first + (rows->local[row] >> g->tile_shift) * along + (cols->local[col] >> g->tile_shift) +
         (c->part[i] == FG_PART_TEST ? c->numbers / 2 : 0);
}

/* Place among the tiles that have a point. */
FG_INLINE uint64_t place_of(const struct cut *c, uint64_t number) {
  return c->before[number / 64] +
         (uint64_t)__builtin_popcountll(c->bit[number / 64] & ((UINT64_C(1) << number % 64) - 1));
}

FG_KERNEL static void find(struct cut *c) {
  size_t words = (size_t)(c->numbers / 64 + 1);
  for (size_t i = 0; i < c->points->n; i++)
    if (c->part[i] != FG_PART_HELD_OUT) {
      uint64_t number = number_of(c, i);
      c->bit[number / 64] |= UINT64_C(1) << number % 64;
    }
  c->before[0] = 0;
  for (size_t w = 0; w < words; w++)
    c->before[w + 1] = c->before[w] + (uint64_t)__builtin_popcountll(c->bit[w]);
}

FG_KERNEL static void count(struct cut *c) {
  struct fg_grid_storage *s = c->grid->storage;
  for (size_t i = 0; i < c->points->n; i++)
    if (c->part[i] != FG_PART_HELD_OUT)
      s->tiles[place_of(c, number_of(c, i))].n++;
}

/* Where a tile is in the matrix. */
struct corner {
  bool test;
  uint32_t p, q, row0, col0;
};

/* p: the row block of the tile before, or 0 */
static struct corner locate(const struct cut *c, uint64_t number, uint32_t p) {
  const struct fg_grid *g = c->grid;
  struct corner at = {.test = number >= c->numbers / 2};
  number -= at.test ? c->numbers / 2 : 0;
  for (at.p = number < c->before_row[p] ? 0 : p; number >= c->before_row[at.p + 1];)
    at.p++;
  number -= c->before_row[at.p];
  uint32_t down = c->down[at.p];
  at.q = c->block_of[number / down];
  uint32_t along = c->before_col[at.q + 1] - c->before_col[at.q];
  number -= (uint64_t)down * c->before_col[at.q];
  at.row0 = (uint32_t)(number / along) << g->tile_shift;
  at.col0 = (uint32_t)(number % along) << g->tile_shift;
  return at;
}

static void add_tile(struct fg_grid *g, struct fg_tile *tile, const struct corner *at, size_t first) {
  struct fg_grid_storage *s = g->storage;
  struct fg_block_row *row = at->test ? &g->test[at->p] : &g->train[at->p];
  if (row->n == 0 || row->col[row->n - 1] != at->q) {
    if (row->n == 0) {
      row->col = s->block_col + s->n_blocks;
      row->block = s->block + s->n_blocks;
    }
    row->n++;
    s->block[s->n_blocks] = (struct fg_block){.points = s->points + first, .tiles = tile};
    s->block_col[s->n_blocks++] = at->q;
  }
  struct fg_block *block = &s->block[s->n_blocks - 1];
  tile->row0 = at->row0;
  tile->col0 = at->col0;
  tile->first = first; /* among all points, until these are there */
  block->n += tile->n;
  block->n_tiles++;
}

/* Blocks and tiles in order. */
static void lay_out(struct cut *c) {
  struct fg_grid_storage *s = c->grid->storage;
  size_t tile = 0, first = 0;
  uint32_t p = 0;
  for (size_t w = 0; w <= c->numbers / 64; w++)
    for (uint64_t left = c->bit[w]; left; left &= left - 1) {
      struct corner at = locate(c, 64 * (uint64_t)w + (unsigned)__builtin_ctzll(left), p);
      add_tile(c->grid, &s->tiles[tile], &at, first);
      first += s->tiles[tile++].n;
      p = at.p;
    }
}

FG_KERNEL static void fill(struct cut *c) {
  const struct fg_points *points = c->points;
  const struct fg_layout *layout = c->layout;
  struct fg_grid_storage *s = c->grid->storage;
  uint32_t mask = ((uint32_t)1 << c->grid->tile_shift) - 1;
  for (size_t i = 0; i < points->n; i++) {
    if (c->part[i] == FG_PART_HELD_OUT)
      continue;
    struct fg_tile *tile = &s->tiles[place_of(c, number_of(c, i))];
    s->points[tile->first++] =
        (struct fg_stored_point){(uint16_t)(layout->row.local[points->row[i]] & mask),
                                 (uint16_t)(layout->col.local[points->col[i]] & mask), points->value[i]};
  }
}

/* Tiles count from the start of their block again. */
static void shuffle(struct fg_grid *g) {
  struct fg_grid_storage *s = g->storage;
  struct fg_tile *tile = s->tiles;
  struct fg_stored_point *points = s->points;
  for (int test = 0; test < 2; test++)
    for (uint32_t p = 0; p < g->row_blocks; p++) {
      const struct fg_block_row *row = test ? &g->test[p] : &g->train[p];
      for (uint32_t k = 0; k < row->n; k++) {
        struct fg_rng rng;
        size_t at = 0;
        fg_tile_rng(&rng, g, test, p, row->col[k]);
        for (const struct fg_tile *end = tile + row->block[k].n_tiles; tile < end; tile++) {
          tile->first = at;
          fg_tile_shuffle(points + at, tile->n, &rng);
          at += tile->n;
        }
        points += at;
      }
    }
}

enum fg_err fg_cut(struct fg_grid *grid, const struct fg_layout *layout, const struct fg_points *points,
                   const unsigned char *part) {
  struct cut c = {.grid = grid, .layout = layout, .points = points, .part = part};
  struct fg_grid_storage *s = grid->storage;
  enum fg_err err = number_tiles(&c);
  if (!err) {
    find(&c);
    size_t tiles = (size_t)c.before[c.numbers / 64 + 1];
    s->points = malloc((grid->n_train + grid->n_test) * sizeof *s->points);
    s->tiles = calloc(tiles, sizeof *s->tiles);
    s->block = malloc(tiles * sizeof *s->block);
    s->block_col = malloc(tiles * sizeof *s->block_col);
    err = s->points && s->tiles && s->block && s->block_col ? FG_OK : FG_ENOMEM;
  }
  if (!err) {
    count(&c);
    lay_out(&c);
    fill(&c);
    shuffle(grid);
  }
  free(c.before_row);
  free(c.down);
  free(c.before_col);
  free(c.block_of);
  free(c.bit);
  free(c.before);
  return err;
}
