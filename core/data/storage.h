/* Private to core/data: what a grid points into - arrays in memory, or mapped files. */
#ifndef FG_CORE_DATA_STORAGE_H
#define FG_CORE_DATA_STORAGE_H

#include "core/data/grid.h"

/* A part that is held, and the tables of its blocks, training then test. */
struct fg_map {
  void *base;
  size_t bytes;
  struct fg_block *block;
  uint32_t *block_col;
};

struct fg_grid_storage {
  uint32_t *row_original, *col_original; /* rows, cols entries, by block */
  float *row_weight, *col_weight;
  struct fg_stored_point *points; /* training blocks, then test blocks */
  struct fg_tile *tiles;
  struct fg_block *block; /* those that hold a point: training blocks, then test blocks, by row block, column block */
  uint32_t *block_col;    /* their column blocks */
  size_t n_blocks;
  uint32_t *held_row, *held_col; /* points of held-out rows, by row block */
  float *held_value;
  struct fg_map *map; /* one per part that is held */
  uint32_t n_maps;
  char *data_path;
  struct fg_counted *counted;
};

/* Allocates the storage and the arrays over row blocks and column blocks, zeroed, of a grid whose row_blocks and
 * col_blocks are set. fg_grid_free must follow, also after FG_ENOMEM. */
enum fg_err fg_grid_allocate(struct fg_grid *grid);

/* Running maximum and sum of the strata's blocks, from which the imbalance is made. */
struct fg_strata {
  uint32_t col_blocks;
  const double *row_share; /* lent; NULL: all 1 */
  double shares;           /* their sum */
  double *most;            /* col_blocks entries: points for the row block's share */
  uint64_t *sum;           /* col_blocks entries: points */
};

/* row_share: row_blocks entries, lent until the end; NULL: equal. */
enum fg_err fg_strata_start(struct fg_strata *strata, uint32_t row_blocks, uint32_t col_blocks,
                            const double *row_share);
void fg_strata_add(struct fg_strata *strata, uint32_t p, uint32_t q, uint64_t n);
double fg_strata_imbalance(const struct fg_strata *strata);
void fg_strata_free(struct fg_strata *strata);

#endif
