/* Points -> block grid: held-out points set apart, rows and columns permuted, points bucketed by block and tile. */
#include "core/data/grid.h"

#include "core/data/counted.h"
#include "core/data/cut.h"
#include "core/data/layout.h"
#include "core/data/storage.h"
#include "core/data/tile.h"
#include "core/schedule.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* What is needed only while building. */
struct build {
  const struct fg_points *points;
  struct fg_grid *grid;
  const double *row_share;
  struct fg_layout layout;
  unsigned char *part; /* points->n entries, enum fg_part */
};

static enum fg_err divide(struct build *b, struct fg_fault *fault) {
  const struct fg_points *pts = b->points;
  struct fg_grid *g = b->grid;
  fg_split_parts(&g->split, pts->symmetric, pts->network, 0, pts->row, pts->col, pts->n, b->part);
  for (size_t i = 0; i < pts->n; i++)
    fg_layout_count(&b->layout, b->part[i], pts->row[i], pts->col[i], pts->value[i]);
  g->n_train = b->layout.n[FG_PART_TRAIN];
  g->n_test = b->layout.n[FG_PART_TEST];
  g->n_held_out = b->layout.n[FG_PART_HELD_OUT];
  g->train_sum = b->layout.train_sum;
  g->train_squares = b->layout.train_squares;
  return fg_layout_finish(&b->layout, b->row_share, g->split.seed, fault);
}

/* *original is taken from the layout */
static enum fg_err lay_out(struct fg_layout_axis *axis, struct fg_lines *lines, uint32_t **original, float **weight) {
  *weight = malloc((size_t)axis->n * sizeof **weight);
  if (!*weight)
    return FG_ENOMEM;
  fg_layout_weights(axis, 0, axis->n, *weight);
  *original = axis->original;
  axis->original = NULL;
  for (uint32_t b = 0; b < axis->blocks; b++)
    lines[b] =
        (struct fg_lines){axis->begin[b + 1] - axis->begin[b], *original + axis->begin[b], *weight + axis->begin[b]};
  return FG_OK;
}

/* Points of held-out rows, by row block; held_out[p].n counts first, then is what has been put there. */
static enum fg_err set_apart(struct build *b) {
  const struct fg_points *pts = b->points;
  struct fg_grid *g = b->grid;
  struct fg_grid_storage *s = g->storage;
  s->held_row = malloc((g->n_held_out + 1) * sizeof *s->held_row);
  s->held_col = malloc((g->n_held_out + 1) * sizeof *s->held_col);
  s->held_value = malloc((g->n_held_out + 1) * sizeof *s->held_value);
  if (!s->held_row || !s->held_col || !s->held_value)
    return FG_ENOMEM;
  for (size_t i = 0; i < pts->n && g->n_held_out; i++)
    if (b->part[i] == FG_PART_HELD_OUT)
      g->held_out[b->layout.row.block[pts->row[i]]].n++;
  size_t from = 0;
  for (uint32_t p = 0; p < g->row_blocks; p++) {
    size_t n = g->held_out[p].n;
    g->held_out[p] = (struct fg_points){.rows = g->rows,
                                        .cols = g->cols,
                                        .capacity = n,
                                        .row = s->held_row + from,
                                        .col = s->held_col + from,
                                        .value = s->held_value + from,
                                        .counts = g->counts,
                                        .nonnegative = g->nonnegative};
    from += n;
  }
  for (size_t i = 0; i < pts->n && g->n_held_out; i++) {
    if (b->part[i] != FG_PART_HELD_OUT)
      continue;
    struct fg_points *to = &g->held_out[b->layout.row.block[pts->row[i]]];
    to->row[to->n] = pts->row[i];
    to->col[to->n] = fg_layout_place(&b->layout.col, pts->col[i]);
    to->value[to->n++] = pts->value[i];
  }
  return FG_OK;
}

enum fg_err fg_strata_start(struct fg_strata *strata, uint32_t row_blocks, uint32_t col_blocks,
                            const double *row_share) {
  *strata = (struct fg_strata){.col_blocks = col_blocks, .row_share = row_share};
  strata->most = calloc(col_blocks, sizeof *strata->most);
  strata->sum = calloc(col_blocks, sizeof *strata->sum);
  for (uint32_t p = 0; p < row_blocks; p++)
    strata->shares += row_share ? row_share[p] : 1;
  return strata->most && strata->sum ? FG_OK : FG_ENOMEM;
}

/* stratum s holds the blocks (p, (p + s) mod C) */
void fg_strata_add(struct fg_strata *strata, uint32_t p, uint32_t q, uint64_t n) {
  uint32_t s = fg_schedule_stratum(p, q, strata->col_blocks);
  double load = (double)n / (strata->row_share ? strata->row_share[p] : 1);
  strata->most[s] = load > strata->most[s] ? load : strata->most[s];
  strata->sum[s] += n;
}

double fg_strata_imbalance(const struct fg_strata *strata) {
  double worst = 1;
  for (uint32_t s = 0; s < strata->col_blocks; s++) {
    double most = strata->most[s] * strata->shares, sum = (double)strata->sum[s];
    if (sum > 0 && most > worst * sum)
      worst = most / sum;
  }
  return worst;
}

void fg_strata_free(struct fg_strata *strata) {
  free(strata->most);
  free(strata->sum);
  *strata = (struct fg_strata){0};
}

static enum fg_err measure(struct fg_grid *g, const double *row_share) {
  struct fg_strata strata;
  enum fg_err err = fg_strata_start(&strata, g->row_blocks, g->col_blocks, row_share);
  if (!err) {
    for (uint32_t p = 0; p < g->row_blocks; p++)
      for (uint32_t k = 0; k < g->train[p].n; k++)
        fg_strata_add(&strata, p, g->train[p].col[k], g->train[p].block[k].n);
    g->imbalance = fg_strata_imbalance(&strata);
  }
  fg_strata_free(&strata);
  return err;
}

enum fg_err fg_grid_allocate(struct fg_grid *g) {
  g->storage = calloc(1, sizeof(struct fg_grid_storage));
  g->row = calloc(g->row_blocks, sizeof *g->row);
  g->col = calloc(g->col_blocks, sizeof *g->col);
  g->train = calloc(g->row_blocks, sizeof *g->train);
  g->test = calloc(g->row_blocks, sizeof *g->test);
  g->held_out = calloc(g->row_blocks, sizeof *g->held_out);
  return g->storage && g->row && g->col && g->train && g->test && g->held_out ? FG_OK : FG_ENOMEM;
}

/*@ predicate is_row(struct fg_block_row *row) =
      \valid_read(row) && \valid_read(row->col + (0 .. row->n - 1)) && \valid_read(row->block + (0 .. row->n - 1)) &&
      \forall integer i, j; 0 <= i < j < row->n ==> row->col[i] < row->col[j]; */

/* The first entry of a row of blocks whose column block is not before q. Blocks with a point mostly stand where they
 * would without the others. */
/*@ requires is_row(row);
    assigns \nothing;
    ensures \result <= row->n;
    ensures before: \forall integer i; 0 <= i < \result ==> row->col[i] < q;
    ensures behind: \forall integer i; \result <= i < row->n ==> q <= row->col[i]; */
static uint32_t first_from(const struct fg_block_row *row, uint32_t q) {
  if (q < row->n && row->col[q] == q)
    return q;
  uint32_t lo = 0, hi = row->n;
  /*@ loop invariant lo <= hi <= row->n;
      loop invariant \forall integer i; 0 <= i < lo ==> row->col[i] < q;
      loop invariant \forall integer i; hi <= i < row->n ==> q <= row->col[i];
      loop assigns lo, hi;
      loop variant hi - lo; */
  while (lo < hi) {
    uint32_t mid = lo + (hi - lo) / 2;
    if (row->col[mid] < q)
      lo = mid + 1;
    else
      hi = mid;
  }
  return lo;
}

/*@ requires is_row(row);
    assigns \nothing;
    ensures found: \forall integer k; 0 <= k < row->n && row->col[k] == q ==> \result == row->block + k;
    ensures none: (\forall integer k; 0 <= k < row->n ==> row->col[k] != q) ==> \result->n == 0; */
const struct fg_block *fg_block_find(const struct fg_block_row *row, uint32_t q) {
  static const struct fg_block none;
  uint32_t k = first_from(row, q);
  return k < row->n && row->col[k] == q ? &row->block[k] : &none;
}

uint64_t fg_grid_count(const struct fg_grid *g, uint32_t p, uint32_t q) {
  return g->counted ? fg_counted_size(g->counted, g->col_blocks, p, q) : fg_grid_train(g, p, q)->n;
}

/*@ requires p < g->row_blocks && \valid_read(g) && is_row(g->train + p) && is_row(g->test + p);
    requires \forall integer k; 0 <= k < g->train[p].n ==> g->train[p].col[k] < g->col_blocks;
    requires \forall integer k; 0 <= k < g->test[p].n ==> g->test[p].col[k] < g->col_blocks;
    assigns \nothing;
    ensures \result <= g->col_blocks;
    ensures none_between: \forall integer k; 0 <= k < g->train[p].n && q <= g->train[p].col[k] ==>
      \result <= g->train[p].col[k];
    ensures none_between: \forall integer k; 0 <= k < g->test[p].n && q <= g->test[p].col[k] ==>
      \result <= g->test[p].col[k];
    ensures one_there: \result < g->col_blocks ==> q <= \result &&
      ((\exists integer k; 0 <= k < g->train[p].n && g->train[p].col[k] == \result) ||
       (\exists integer k; 0 <= k < g->test[p].n && g->test[p].col[k] == \result)); */
uint32_t fg_grid_next(const struct fg_grid *g, uint32_t p, uint32_t q) {
  const struct fg_block_row *train = &g->train[p], *test = &g->test[p];
  uint32_t i = first_from(train, q), j = first_from(test, q);
  uint32_t a = i < train->n ? train->col[i] : g->col_blocks, b = j < test->n ? test->col[j] : g->col_blocks;
  return a < b ? a : b;
}

enum fg_err fg_grid_build(const struct fg_points *points, const struct fg_split *split, uint32_t row_blocks,
                          uint32_t col_blocks, const double *row_share, size_t tile_bytes_row, struct fg_grid *grid,
                          struct fg_fault *fault) {
  memset(grid, 0, sizeof *grid);
  if (!points->n)
    return fg_fail(fault, FG_EINPUT, NULL, 0, "there are no points");
  struct build b = {.points = points, .grid = grid, .row_share = row_share};
  enum fg_err err = fg_layout_start(&b.layout, points->rows, points->cols, row_blocks, col_blocks, fault);
  if (!err) {
    *grid = (struct fg_grid){.rows = points->rows,
                             .cols = points->cols,
                             .row_blocks = row_blocks,
                             .col_blocks = col_blocks,
                             .n_points = points->n,
                             .counts = points->counts,
                             .nonnegative = points->nonnegative,
                             .network = points->network,
                             .symmetric = points->symmetric,
                             .tile_shift = fg_tile_shift(tile_bytes_row),
                             .split = *split};
    memcpy(grid->sha256, points->sha256, sizeof grid->sha256);
    b.part = malloc(points->n);
    err = b.part ? fg_grid_allocate(grid) : FG_ENOMEM;
  }
  if (!err)
    err = divide(&b, fault);
  struct fg_grid_storage *s = grid->storage;
  if (!err)
    err = lay_out(&b.layout.row, grid->row, &s->row_original, &s->row_weight);
  if (!err)
    err = lay_out(&b.layout.col, grid->col, &s->col_original, &s->col_weight);
  if (!err)
    err = set_apart(&b);
  if (!err)
    err = fg_cut(grid, &b.layout, points, b.part);
  if (!err)
    err = measure(grid, row_share);
  if (err)
    fg_grid_free(grid);
  if (err == FG_ENOMEM)
    fg_fail(fault, err, NULL, 0, "out of memory while cutting %zu points into blocks", points->n);
  fg_layout_free(&b.layout);
  free(b.part);
  return err;
}

void fg_grid_free(struct fg_grid *grid) {
  struct fg_grid_storage *s = grid->storage;
  if (s) {
    for (uint32_t i = 0; i < s->n_maps; i++) {
      munmap(s->map[i].base, s->map[i].bytes);
      free(s->map[i].block);
      free(s->map[i].block_col);
    }
    free(s->map);
    free(s->row_original);
    free(s->col_original);
    free(s->row_weight);
    free(s->col_weight);
    free(s->points);
    free(s->tiles);
    free(s->block);
    free(s->block_col);
    free(s->held_row);
    free(s->held_col);
    free(s->held_value);
    free(s->data_path);
    free(s->counted);
  }
  free(s);
  free(grid->row);
  free(grid->col);
  free(grid->train);
  free(grid->test);
  free(grid->held_out);
  memset(grid, 0, sizeof *grid);
}
