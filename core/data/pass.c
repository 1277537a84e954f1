/* Block -> the order in which one pass visits its points. */
#include "core/data/grid.h"

#include <assert.h>
#include <stdlib.h>

enum { FETCH = 64 / sizeof(struct fg_stored_point) }; /* stored points in a cache line */

static uint32_t gcd(uint32_t a, uint32_t b) {
  while (b) {
    uint32_t t = a % b;
    a = b;
    b = t;
  }
  return a;
}

/* Draws the walk of the tile at the current position: about one and a half tries find a step coprime to n. */
static void enter_tile(struct fg_pass *pass) {
  const struct fg_tile *tiles = pass->block->tiles;
  uint32_t n = tiles[pass->tile[pass->at]].n;
  pass->in_tile = 0;
  pass->pace = pass->at + 1 < pass->block->n_tiles ? ((uint64_t)tiles[pass->tile[pass->at + 1]].n << 32) / n : 0;
  pass->next = fg_rng_below(&pass->rng, n);
  do
    pass->step = fg_rng_below(&pass->rng, n);
  while (gcd(n, pass->step) != 1); /* n = 1: the step is 0, and gcd(1, 0) = 1 */
}

enum fg_err fg_pass_start(struct fg_pass *pass, const struct fg_block *block, int replace, uint64_t seed_order,
                          uint64_t visit, uint32_t number) {
  if (pass->capacity < block->n_tiles) {
    uint32_t *tile = realloc(pass->tile, (size_t)block->n_tiles * sizeof *tile);
    if (!tile)
      return FG_ENOMEM;
    pass->tile = tile;
    pass->capacity = block->n_tiles;
  }
  pass->block = block;
  pass->replace = replace;
  pass->taken = 0;
  pass->at = 0;
  fg_rng_start(&pass->rng, seed_order, FG_STREAM_ORDER, visit, number);
  if (replace || !block->n)
    return FG_OK;
  for (uint32_t i = 0; i < block->n_tiles; i++)
    pass->tile[i] = i;
  for (uint32_t i = block->n_tiles; i > 1; i--) {
    uint32_t j = fg_rng_below(&pass->rng, i), t = pass->tile[i - 1];
    pass->tile[i - 1] = pass->tile[j];
    pass->tile[j] = t;
  }
  enter_tile(pass);
  return FG_OK;
}

/* Index of the tile that holds the block's i-th stored point. */
static uint32_t tile_of(const struct fg_block *block, size_t i) {
  uint32_t lo = 0, hi = block->n_tiles; /* tiles[lo].first <= i < first of tile hi */
  while (hi - lo > 1) {
    uint32_t mid = lo + (hi - lo) / 2;
    if (block->tiles[mid].first <= i)
      lo = mid;
    else
      hi = mid;
  }
  return lo;
}

static inline struct fg_point locate(const struct fg_stored_point *stored, const struct fg_tile *tile) {
  return (struct fg_point){tile->row0 + stored->row, tile->col0 + stored->col, stored->value};
}

static void take_with_replacement(struct fg_pass *pass, size_t n, struct fg_point *out) {
  const struct fg_block *block = pass->block;
  for (size_t i = 0; i < n; i++) {
    uint64_t bits = (uint64_t)fg_rng_u32(&pass->rng) << 32;
    bits |= fg_rng_u32(&pass->rng);
    size_t at = (size_t)((unsigned __int128)bits * block->n >> 64); /* bias below block->n / 2^64 */
    const struct fg_tile *tile = &block->tiles[tile_of(block, at)];
    out[i] = locate(&block->points[at], tile);
  }
}

/* The next n points of the walk in `tile`, which has them; returns where it goes on. */
static inline uint32_t walk(const struct fg_pass *pass, const struct fg_tile *tile, size_t n, struct fg_point *out) {
  const struct fg_tile here = *tile; /* a copy, which `out` cannot overlap */
  const struct fg_stored_point *stored = pass->block->points + here.first;
  uint32_t next = pass->next, step = pass->step, wrap = here.n - step;
  for (size_t i = 0; i < n; i++) {
    out[i] = locate(&stored[next], &here);
    next = next >= wrap ? next - wrap : next + step; /* (next + step) mod n, without overflow */
  }
  return next;
}

/* Asks for the points of the next tile, evenly while the next n of this one are given out: the walk inside a tile is no
 * pattern that a machine foresees, and every line would be waited for. (Inlined, because gcc takes a function that does
 * nothing but this for one without effect.) */
static inline __attribute__((always_inline)) void fetch_next_tile(const struct fg_pass *pass, size_t n) {
  if (!pass->pace)
    return;
  const struct fg_stored_point *later = pass->block->points + pass->block->tiles[pass->tile[pass->at + 1]].first;
  const size_t end = (size_t)((pass->in_tile + n) * pass->pace >> 32);
  for (size_t i = (size_t)(pass->in_tile * pass->pace >> 32); i < end; i += FETCH)
    __builtin_prefetch(&later[i], 0, 2);
}

static void take_in_order(struct fg_pass *pass, size_t n, struct fg_point *out) {
  while (n) {
    const struct fg_tile *tile = &pass->block->tiles[pass->tile[pass->at]];
    if (pass->in_tile == tile->n) { /* entered only when a point of it is asked for */
      pass->at++;
      enter_tile(pass);
      continue;
    }
    size_t m = tile->n - pass->in_tile < n ? tile->n - pass->in_tile : n;
    fetch_next_tile(pass, m);
    pass->next = walk(pass, tile, m, out);
    pass->in_tile += (uint32_t)m;
    out += m;
    n -= m;
  }
}

void fg_pass_take(struct fg_pass *pass, size_t n, struct fg_point *out) {
  assert(n <= pass->block->n - pass->taken);
  if (pass->replace)
    take_with_replacement(pass, n, out);
  else
    take_in_order(pass, n, out);
  pass->taken += n;
}

size_t fg_pass_peek(const struct fg_pass *pass, size_t n, struct fg_point *out) {
  if (pass->replace || pass->taken == pass->block->n)
    return 0;
  const struct fg_tile *tile = &pass->block->tiles[pass->tile[pass->at]];
  size_t left = tile->n - pass->in_tile;
  n = left < n ? left : n;
  walk(pass, tile, n, out);
  return n;
}

void fg_pass_free(struct fg_pass *pass) {
  free(pass->tile);
  *pass = (struct fg_pass){0};
}

size_t fg_block_read(const struct fg_block *block, size_t from, size_t n, struct fg_point *out) {
  if (from >= block->n)
    return 0;
  n = block->n - from < n ? block->n - from : n;
  const struct fg_tile *tile = &block->tiles[tile_of(block, from)];
  for (size_t i = 0; i < n; i++) {
    if (from + i == tile->first + tile->n)
      tile++;
    out[i] = locate(&block->points[from + i], tile);
  }
  return n;
}
