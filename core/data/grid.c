/* Points -> block grid: held-out points set apart, rows and columns permuted, points bucketed by block and tile. */
#include "core/data/grid.h"

#include "core/data/balance.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { TILE_BYTES = 256 << 10 }; /* the factor rows of one side of a tile; both sides together fit an L2 of 512 KiB */
enum { TILE_MIN = 64, TILE_MAX = 65536 };

enum part { PART_TRAIN, PART_TEST, PARTS, PART_NONE = PARTS };

/* what a grid points into; "line": a row or a column */
struct storage {
  uint32_t *row_original, *col_original; /* rows, cols entries, by block */
  float *row_weight, *col_weight;
  struct fg_stored_point *points; /* training blocks, then test blocks */
  struct fg_tile *tiles;
  uint32_t *held_row, *held_col; /* points of held-out rows, by row block */
  float *held_value;
};

/* What is needed only while building. */
struct build {
  const struct fg_points *points;
  struct fg_grid *grid;
  unsigned char *part; /* points->n entries, enum part */
  uint32_t *row_degree, *col_degree;
  uint32_t *row_begin, *col_begin; /* P + 1, C + 1 entries: where a block's lines start */
  uint32_t *row_block, *col_block; /* by original index */
  uint32_t *row_local, *col_local; /* by original index: place inside the block */
  size_t *begin;                   /* PARTS * P * C + 1 entries: where a block's points start */
  struct fg_point *sorted;         /* all points, by block, block-local indices */
  struct fg_point *scratch;        /* as large as the largest block */
  size_t *count;                   /* as many as the largest block has tile rows or tile columns, + 1 */
  size_t n_tiles, tile_capacity;
};

static unsigned tile_shift(size_t tile_bytes_row) {
  size_t most = TILE_BYTES / (tile_bytes_row ? tile_bytes_row : 1);
  unsigned shift = 0;
  while ((size_t)2 << shift <= most && 2 << shift <= TILE_MAX)
    shift++;
  while (1 << shift < TILE_MIN)
    shift++;
  return shift;
}

/* Decides which point is held out, and counts. */
static enum fg_err divide(struct build *b, const struct fg_split *split, struct fg_fault *fault) {
  const struct fg_points *pts = b->points;
  struct fg_grid *g = b->grid;
  uint64_t n[PARTS + 1] = {0};
  for (size_t i = 0; i < pts->n; i++) {
    enum part part = PART_TRAIN;
    if (fg_split_is_test(split, i, pts->row[i]))
      part = split->by_rows ? PART_NONE : PART_TEST;
    b->part[i] = (unsigned char)part;
    n[part]++;
    if (part == PART_TRAIN) {
      b->row_degree[pts->row[i]]++;
      b->col_degree[pts->col[i]]++;
      g->train_sum += pts->value[i];
    }
  }
  g->n_train = n[PART_TRAIN];
  g->n_test = n[PART_TEST];
  g->n_held_out = n[PART_NONE];
  if (!g->n_train)
    return fg_fail(fault, FG_EINPUT, NULL, 0, "no training point is left (%zu points, all held out)", pts->n);
  return FG_OK;
}

/* Sums of training values, in double, then rounded once. line: row or column of each point. */
static enum fg_err weigh(const struct build *b, const uint32_t *line, const uint32_t *original, uint32_t n_lines,
                         float *weight) {
  double *sum = calloc(n_lines, sizeof *sum);
  if (!sum)
    return FG_ENOMEM;
  for (size_t i = 0; i < b->points->n; i++)
    if (b->part[i] == PART_TRAIN)
      sum[line[i]] += b->points->value[i];
  for (uint32_t i = 0; i < n_lines; i++)
    weight[i] = (float)sum[original[i]];
  free(sum);
  return FG_OK;
}

static void localise(const uint32_t *original, const uint32_t *begin, uint32_t blocks, uint32_t *local) {
  for (uint32_t b = 0; b < blocks; b++)
    for (uint32_t i = begin[b]; i < begin[b + 1]; i++)
      local[original[i]] = i - begin[b];
}

static void lay_out(struct fg_lines *lines, const uint32_t *begin, uint32_t blocks, const uint32_t *original,
                    const float *weight) {
  for (uint32_t b = 0; b < blocks; b++)
    lines[b] = (struct fg_lines){begin[b + 1] - begin[b], original + begin[b], weight + begin[b]};
}

static enum fg_err permute(struct build *b) {
  struct fg_grid *g = b->grid;
  struct storage *s = g->storage;
  uint64_t seed = g->split.seed;
  enum fg_err err =
      fg_balance(b->row_degree, g->rows, g->row_blocks, seed, FG_AXIS_ROW, b->row_begin, s->row_original, b->row_block);
  if (!err)
    err = fg_balance(b->col_degree, g->cols, g->col_blocks, seed, FG_AXIS_COL, b->col_begin, s->col_original,
                     b->col_block);
  if (!err)
    err = weigh(b, b->points->row, s->row_original, g->rows, s->row_weight);
  if (!err)
    err = weigh(b, b->points->col, s->col_original, g->cols, s->col_weight);
  if (err)
    return err;
  localise(s->row_original, b->row_begin, g->row_blocks, b->row_local);
  localise(s->col_original, b->col_begin, g->col_blocks, b->col_local);
  lay_out(g->row, b->row_begin, g->row_blocks, s->row_original, s->row_weight);
  lay_out(g->col, b->col_begin, g->col_blocks, s->col_original, s->col_weight);
  return FG_OK;
}

static size_t block_index(const struct build *b, size_t i) {
  const struct fg_grid *g = b->grid;
  return ((size_t)b->part[i] * g->row_blocks + b->row_block[b->points->row[i]]) * g->col_blocks +
         b->col_block[b->points->col[i]];
}

/* One counting sort brings every point to its block. */
static enum fg_err bucket(struct build *b) {
  const struct fg_points *pts = b->points;
  const struct fg_grid *g = b->grid;
  size_t blocks = (size_t)PARTS * g->row_blocks * g->col_blocks, most = 0;
  for (size_t i = 0; i < pts->n; i++)
    if (b->part[i] != PART_NONE)
      b->begin[block_index(b, i) + 1]++;
  for (size_t k = 0; k < blocks; k++) {
    most = b->begin[k + 1] > most ? b->begin[k + 1] : most;
    b->begin[k + 1] += b->begin[k];
  }
  b->scratch = malloc(most * sizeof *b->scratch);
  if (!b->scratch)
    return FG_ENOMEM;
  for (size_t i = 0; i < pts->n; i++)
    if (b->part[i] != PART_NONE)
      b->sorted[b->begin[block_index(b, i)]++] =
          (struct fg_point){b->row_local[pts->row[i]], b->col_local[pts->col[i]], pts->value[i]};
  memmove(b->begin + 1, b->begin, blocks * sizeof *b->begin); /* each start has moved on to its end */
  b->begin[0] = 0;
  return FG_OK;
}

/* Points of held-out rows, by row block; held_out[p].n counts first, then is what has been put there. */
static enum fg_err set_apart(struct build *b) {
  const struct fg_points *pts = b->points;
  struct fg_grid *g = b->grid;
  struct storage *s = g->storage;
  s->held_row = malloc((g->n_held_out + 1) * sizeof *s->held_row);
  s->held_col = malloc((g->n_held_out + 1) * sizeof *s->held_col);
  s->held_value = malloc((g->n_held_out + 1) * sizeof *s->held_value);
  if (!s->held_row || !s->held_col || !s->held_value)
    return FG_ENOMEM;
  for (size_t i = 0; i < pts->n; i++)
    if (b->part[i] == PART_NONE)
      g->held_out[b->row_block[pts->row[i]]].n++;
  size_t from = 0;
  for (uint32_t p = 0; p < g->row_blocks; p++) {
    size_t n = g->held_out[p].n;
    g->held_out[p] = (struct fg_points){.rows = g->rows,
                                        .cols = g->cols,
                                        .capacity = n,
                                        .row = s->held_row + from,
                                        .col = s->held_col + from,
                                        .value = s->held_value + from,
                                        .counts = g->counts};
    from += n;
  }
  for (size_t i = 0; i < pts->n; i++) {
    if (b->part[i] != PART_NONE)
      continue;
    struct fg_points *to = &g->held_out[b->row_block[pts->row[i]]];
    to->row[to->n] = pts->row[i];
    to->col[to->n] = pts->col[i];
    to->value[to->n++] = pts->value[i];
  }
  return FG_OK;
}

/* One stable counting sort by tile column (axis FG_AXIS_COL) or tile row, from -> to. */
static void sort_by_tile(struct build *b, enum fg_axis axis, const struct fg_point *from, struct fg_point *to, size_t n,
                         size_t n_keys) {
  size_t *count = b->count;
  memset(count, 0, (n_keys + 1) * sizeof *count);
  for (size_t i = 0; i < n; i++)
    count[((axis == FG_AXIS_COL ? from[i].col : from[i].row) >> b->grid->tile_shift) + 1]++;
  for (size_t k = 0; k < n_keys; k++)
    count[k + 1] += count[k];
  for (size_t i = 0; i < n; i++)
    to[count[(axis == FG_AXIS_COL ? from[i].col : from[i].row) >> b->grid->tile_shift]++] = from[i];
}

static enum fg_err add_tile(struct build *b, struct storage *s, const struct fg_tile *tile) {
  if (b->n_tiles == b->tile_capacity) {
    size_t capacity = b->tile_capacity ? 2 * b->tile_capacity : 256;
    struct fg_tile *tiles = realloc(s->tiles, capacity * sizeof *tiles);
    if (!tiles)
      return FG_ENOMEM;
    s->tiles = tiles;
    b->tile_capacity = capacity;
  }
  s->tiles[b->n_tiles++] = *tile;
  return FG_OK;
}

static void shuffle(struct fg_stored_point *points, size_t n, struct fg_rng *rng) {
  for (size_t i = n; i > 1; i--) {
    uint32_t j = fg_rng_below(rng, (uint32_t)i);
    struct fg_stored_point t = points[i - 1];
    points[i - 1] = points[j];
    points[j] = t;
  }
}

/* Cuts one block into tiles; its tiles are appended to s->tiles. k: index of the block over both parts. */
static enum fg_err tile_block(struct build *b, struct storage *s, size_t k, struct fg_block *block) {
  const struct fg_grid *g = b->grid;
  size_t n = b->begin[k + 1] - b->begin[k], at = k % ((size_t)g->row_blocks * g->col_blocks);
  uint32_t p = (uint32_t)(at / g->col_blocks), q = (uint32_t)(at % g->col_blocks);
  size_t tile_rows = ((size_t)(g->row[p].n - 1) >> b->grid->tile_shift) + 1;
  size_t tile_cols = ((size_t)(g->col[q].n - 1) >> b->grid->tile_shift) + 1;
  struct fg_point *from = b->sorted + b->begin[k], *to = b->scratch;
  if (tile_cols > 1) {
    sort_by_tile(b, FG_AXIS_COL, from, to, n, tile_cols);
    struct fg_point *t = from;
    from = to;
    to = t;
  }
  if (tile_rows > 1) {
    sort_by_tile(b, FG_AXIS_ROW, from, to, n, tile_rows);
    from = to;
  }
  struct fg_stored_point *out = s->points + b->begin[k];
  struct fg_rng rng;
  fg_rng_start(&rng, g->split.seed, FG_STREAM_GRID, k, FG_AXIS_COL + 1);
  uint32_t mask = ((uint32_t)1 << b->grid->tile_shift) - 1;
  size_t first_tile = b->n_tiles;
  for (size_t i = 0; i < n;) {
    uint32_t row0 = from[i].row & ~mask, col0 = from[i].col & ~mask;
    size_t first = i;
    for (; i < n && (from[i].row & ~mask) == row0 && (from[i].col & ~mask) == col0; i++)
      out[i] = (struct fg_stored_point){(uint16_t)(from[i].row & mask), (uint16_t)(from[i].col & mask), from[i].value};
    assert(i - first <= UINT32_MAX);
    shuffle(out + first, i - first, &rng);
    enum fg_err err = add_tile(b, s, &(struct fg_tile){first, (uint32_t)(i - first), row0, col0});
    if (err)
      return err;
  }
  assert(b->n_tiles - first_tile <= UINT32_MAX);
  *block = (struct fg_block){.points = out, .n = n, .n_tiles = (uint32_t)(b->n_tiles - first_tile)};
  return FG_OK;
}

static enum fg_err tile(struct build *b) {
  struct fg_grid *g = b->grid;
  struct storage *s = g->storage;
  size_t blocks = (size_t)g->row_blocks * g->col_blocks, done = 0;
  uint32_t most = 0;
  for (uint32_t p = 0; p < g->row_blocks; p++)
    most = g->row[p].n > most ? g->row[p].n : most;
  for (uint32_t q = 0; q < g->col_blocks; q++)
    most = g->col[q].n > most ? g->col[q].n : most;
  b->count = malloc((((size_t)most >> b->grid->tile_shift) + 2) * sizeof *b->count);
  s->points = malloc((g->n_train + g->n_test) * sizeof *s->points);
  if (!b->count || !s->points)
    return FG_ENOMEM;
  for (size_t k = 0; k < PARTS * blocks; k++) {
    enum fg_err err = tile_block(b, s, k, k < blocks ? &g->train[k] : &g->test[k - blocks]);
    if (err)
      return err;
  }
  struct fg_tile *fit = realloc(s->tiles, b->n_tiles * sizeof *fit);
  s->tiles = fit ? fit : s->tiles;
  for (size_t k = 0; k < PARTS * blocks; k++) { /* only now do the tiles stay where they are */
    struct fg_block *block = k < blocks ? &g->train[k] : &g->test[k - blocks];
    block->tiles = s->tiles + done;
    done += block->n_tiles;
  }
  return FG_OK;
}

static double imbalance(const struct fg_grid *g) {
  double worst = 1;
  for (uint32_t s = 0; s < g->col_blocks; s++) {
    size_t most = 0, sum = 0;
    for (uint32_t p = 0; p < g->row_blocks; p++) {
      size_t n = fg_grid_train(g, p, (uint32_t)(((uint64_t)p + s) % g->col_blocks))->n;
      most = n > most ? n : most;
      sum += n;
    }
    if (sum && (double)most * g->row_blocks > worst * (double)sum)
      worst = (double)most * g->row_blocks / (double)sum;
  }
  return worst;
}

static enum fg_err allocate(struct build *b) {
  struct fg_grid *g = b->grid;
  size_t blocks = (size_t)g->row_blocks * g->col_blocks;
  struct storage *s = g->storage = calloc(1, sizeof *s);
  if (!s)
    return FG_ENOMEM;
  s->row_original = malloc(g->rows * sizeof *s->row_original);
  s->col_original = malloc(g->cols * sizeof *s->col_original);
  s->row_weight = malloc(g->rows * sizeof *s->row_weight);
  s->col_weight = malloc(g->cols * sizeof *s->col_weight);
  g->row = calloc(g->row_blocks, sizeof *g->row);
  g->col = calloc(g->col_blocks, sizeof *g->col);
  g->train = calloc(blocks, sizeof *g->train);
  g->test = calloc(blocks, sizeof *g->test);
  g->held_out = calloc(g->row_blocks, sizeof *g->held_out);
  b->part = malloc(b->points->n);
  b->row_degree = calloc(g->rows, sizeof *b->row_degree);
  b->col_degree = calloc(g->cols, sizeof *b->col_degree);
  b->row_begin = malloc(((size_t)g->row_blocks + 1) * sizeof *b->row_begin);
  b->col_begin = malloc(((size_t)g->col_blocks + 1) * sizeof *b->col_begin);
  b->row_block = malloc(g->rows * sizeof *b->row_block);
  b->col_block = malloc(g->cols * sizeof *b->col_block);
  b->row_local = malloc(g->rows * sizeof *b->row_local);
  b->col_local = malloc(g->cols * sizeof *b->col_local);
  b->begin = calloc(PARTS * blocks + 1, sizeof *b->begin);
  b->sorted = malloc(b->points->n * sizeof *b->sorted);
  return s->row_original && s->col_original && s->row_weight && s->col_weight && g->row && g->col && g->train &&
                 g->test && g->held_out && b->part && b->row_degree && b->col_degree && b->row_begin && b->col_begin &&
                 b->row_block && b->col_block && b->row_local && b->col_local && b->begin && b->sorted
             ? FG_OK
             : FG_ENOMEM;
}

static enum fg_err check_blocks(const char *what, uint32_t blocks, uint32_t lines, struct fg_fault *fault) {
  if (blocks == 0 || blocks > lines)
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "%u %s blocks cannot be made of %u %ss", blocks, what, lines, what);
  return FG_OK;
}

enum fg_err fg_grid_build(const struct fg_points *points, const struct fg_split *split, uint32_t row_blocks,
                          uint32_t col_blocks, size_t tile_bytes_row, struct fg_grid *grid, struct fg_fault *fault) {
  memset(grid, 0, sizeof *grid);
  if (!points->n)
    return fg_fail(fault, FG_EINPUT, NULL, 0, "there are no points");
  enum fg_err err = check_blocks("row", row_blocks, points->rows, fault);
  if (!err)
    err = check_blocks("column", col_blocks, points->cols, fault);
  if (err)
    return err;
  *grid = (struct fg_grid){.rows = points->rows,
                           .cols = points->cols,
                           .row_blocks = row_blocks,
                           .col_blocks = col_blocks,
                           .n_points = points->n,
                           .counts = points->counts,
                           .tile_shift = tile_shift(tile_bytes_row),
                           .split = *split};
  memcpy(grid->sha256, points->sha256, sizeof grid->sha256);
  struct build b = {.points = points, .grid = grid};
  err = allocate(&b);
  if (!err)
    err = divide(&b, split, fault);
  if (!err)
    err = permute(&b);
  if (!err)
    err = set_apart(&b);
  if (!err)
    err = bucket(&b);
  if (!err)
    err = tile(&b);
  if (!err)
    grid->imbalance = imbalance(grid);
  if (err)
    fg_grid_free(grid);
  if (err == FG_ENOMEM)
    fg_fail(fault, err, NULL, 0, "out of memory while cutting %zu points into blocks", points->n);
  free(b.part);
  free(b.row_degree);
  free(b.col_degree);
  free(b.row_begin);
  free(b.col_begin);
  free(b.row_block);
  free(b.col_block);
  free(b.row_local);
  free(b.col_local);
  free(b.begin);
  free(b.sorted);
  free(b.scratch);
  free(b.count);
  return err;
}

void fg_grid_free(struct fg_grid *grid) {
  struct storage *s = grid->storage;
  if (s) {
    free(s->row_original);
    free(s->col_original);
    free(s->row_weight);
    free(s->col_weight);
    free(s->points);
    free(s->tiles);
    free(s->held_row);
    free(s->held_col);
    free(s->held_value);
  }
  free(s);
  free(grid->row);
  free(grid->col);
  free(grid->train);
  free(grid->test);
  free(grid->held_out);
  memset(grid, 0, sizeof *grid);
}
