/* The block grid: points cut into P row blocks x C column blocks, rows and columns permuted so that blocks are
 * balanced, points inside a block cut into tiles whose factor rows fit the L2 cache. Built once, read-only afterwards.
 */
#ifndef FG_CORE_DATA_GRID_H
#define FG_CORE_DATA_GRID_H

#include "core/data/points.h"
#include "core/data/split.h"
#include "core/err.h"
#include "core/rng.h"

#include <stddef.h>
#include <stdint.h>

/* A point as the kernels take it: indices local to the row block and the column block. */
struct fg_point {
  uint32_t row, col;
  float value;
};

/* A point as it is stored: indices local to its tile, 8 bytes. */
struct fg_stored_point {
  uint16_t row, col;
  float value;
};

struct fg_tile {
  size_t first;        /* of its points in the block's array */
  uint32_t n;          /* points, at least 1 */
  uint32_t row0, col0; /* block-local indices of the tile's corner */
};

struct fg_block {
  const struct fg_stored_point *points; /* lent by the grid; inside a tile in a fixed random order */
  size_t n;
  const struct fg_tile *tiles;
  uint32_t n_tiles;
};

/* The blocks of a row block that hold a point, of training points or of test points: with thousands of workers most
 * blocks hold none, and nothing is kept of those. */
struct fg_block_row {
  uint32_t n;
  const uint32_t *col;          /* n entries, rising: their column blocks */
  const struct fg_block *block; /* n entries; their points, and their tiles, lie one after another */
};

/* The rows of a row block, or the columns of a column block, in the order in which their factors are kept. */
struct fg_lines {
  uint32_t n;               /* known of every block */
  const uint32_t *original; /* n entries: original indices; NULL if the block is not held here */
  const float *weight;      /* n entries: sum of the training values of a row, of a column; NULL likewise */
};

/* A grid has row_blocks parts: part p is row block p with all its points, and the lines of those column blocks that
 * start their travel there: q with q % row_blocks == p. A process holds one part or all of them (claim S8). */
struct fg_grid {
  uint32_t rows, cols;               /* of the whole matrix */
  uint32_t row_blocks, col_blocks;   /* P, C */
  struct fg_lines *row, *col;        /* P, C entries */
  struct fg_block_row *train, *test; /* P entries; empty in parts that are not held */
  struct fg_points
      *held_out;     /* P entries: points of held-out rows (split by rows) of row block p, in file order: rows by
                        original index, columns by their place, counted through all blocks; n = 0
                        otherwise and in parts that are not held */
  uint64_t n_points; /* of the data: training, test and held out */
  uint64_t n_train, n_test, n_held_out; /* of the whole matrix */
  double train_sum;                     /* sum of the training values */
  double train_squares;                 /* sum of their squares */
  double imbalance;                     /* largest, over the C strata, of max / mean points of its P training blocks;
                                           with shares: of max / best time of workers of such speeds */
  bool counts;                          /* every value is a whole number from 0 to 2^32 */
  bool nonnegative;                     /* no value is below 0 */
  bool symmetric;                       /* (j, i) stands with every (i, j), and both were held out together */
  unsigned tile_shift;                  /* a tile has 2^tile_shift rows and columns */
  unsigned index_base;                  /* of the file it was read from */
  bool network, directed;               /* how it was read (struct fg_read_options) */
  double loops, zeros;
  struct fg_split split; /* what was held out, with its seed: the data seed */
  char sha256[65];       /* of the data file */
  const char *data_path; /* lent by the grid: of the text that an on-disk grid was cut from, absolute; beside it is the
                            vocabulary. NULL if built in memory */
  const struct fg_counted *counted; /* lent by the grid: blocks are counted data (counted.h), of which only the sizes
                                       exist; no part is held. NULL: there are points */
  void *storage;                    /* what everything above points into */
};

/* Builds a grid of all parts in memory. `points` are lent and not kept. row_share: P positive finite numbers (lent):
 * the training points of row blocks are in proportion to them as far as whole rows allow; NULL: equal, and any equal
 * ones give the same blocks. tile_bytes_row: bytes of one factor row (rank padded * 4), which decides the tile size.
 * FG_EUSAGE if row_blocks > rows or col_blocks > cols; FG_EINPUT if no training point is left. P need not divide C, but
 * strata (imbalance) are only reported for C == P, otherwise over the blocks of each column rotation p -> (p + s) mod
 * C. The caller frees with fg_grid_free. */
enum fg_err fg_grid_build(const struct fg_points *points, const struct fg_split *split, uint32_t row_blocks,
                          uint32_t col_blocks, const double *row_share, size_t tile_bytes_row, struct fg_grid *grid,
                          struct fg_fault *fault);
void fg_grid_free(struct fg_grid *grid);

static inline bool fg_grid_holds(const struct fg_grid *g, uint32_t p) {
  return g->row[p].original != NULL;
}
/* The block of a row block in column block q, lent by the grid; one without points if it holds none. By bisection. */
const struct fg_block *fg_block_find(const struct fg_block_row *row, uint32_t q);

static inline const struct fg_block *fg_grid_train(const struct fg_grid *g, uint32_t p, uint32_t q) {
  return fg_block_find(&g->train[p], q);
}
static inline const struct fg_block *fg_grid_test(const struct fg_grid *g, uint32_t p, uint32_t q) {
  return fg_block_find(&g->test[p], q);
}
/* Training points of block (p, q), also of counted data. */
uint64_t fg_grid_count(const struct fg_grid *g, uint32_t p, uint32_t q);

/* The first column block from q on in which row block p has a training or a test point; col_blocks if there is none:
 * for (q = fg_grid_next(g, p, 0); q < g->col_blocks; q = fg_grid_next(g, p, q + 1)). */
uint32_t fg_grid_next(const struct fg_grid *g, uint32_t p, uint32_t q);

/* The order in which one pass visits a block. A pass is a random permutation: tiles in random order, and inside a tile
 * an affine walk (a i + b) mod n over the stored (already random) order, a coprime to n. With replacement: independent
 * uniform draws. Both are functions of (seed, visit, pass) alone. One object serves any number of passes;
 * zero-initialise it. */
struct fg_pass {
  const struct fg_block *block;
  struct fg_rng rng;
  int replace;
  size_t taken;        /* points given out so far in this pass */
  uint32_t *tile;      /* permutation of the tiles */
  uint32_t capacity;   /* of tile */
  uint32_t at;         /* current position in tile[] */
  uint32_t in_tile;    /* points of the current tile given out */
  uint32_t step, next; /* the affine walk */
};

/* Starts pass `pass` (0: the required one; x + 1: extra pass x) of block visit `visit` (any number that is unique to
 * it). `replace` != 0: sampling with replacement. */
enum fg_err fg_pass_start(struct fg_pass *pass, const struct fg_block *block, int replace, uint64_t seed_order,
                          uint64_t visit, uint32_t number);

/* Writes the next n points (n <= points left in the pass) to out (lent, n entries). */
void fg_pass_take(struct fg_pass *pass, size_t n, struct fg_point *out);

void fg_pass_free(struct fg_pass *pass);

/* All points of a block in stored order, local indices: for evaluation. Writes n points from `from`; returns how many
 * (0 at the end). */
size_t fg_block_read(const struct fg_block *block, size_t from, size_t n, struct fg_point *out);

#endif
