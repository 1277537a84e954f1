/* Private to core/data: index.yaml of an on-disk grid. */
#ifndef FG_CORE_DATA_GRID_INDEX_H
#define FG_CORE_DATA_GRID_INDEX_H

#include "core/data/grid.h"
#include "core/err.h"

#include <stdint.h>

struct fg_grid_part {
  uint64_t bytes;
  uint32_t crc; /* CRC-32 of the whole file */
};

struct fg_grid_index {
  struct fg_grid grid;       /* all but the blocks: train, test and held_out are NULL; of row and col only the sizes */
  struct fg_grid_part *part; /* row_blocks entries */
};

/* Allocates the lists of sizes and parts, and the storage, of an index whose grid has its numbers of blocks.
 * fg_grid_index_free must follow, also after FG_ENOMEM. */
enum fg_err fg_grid_index_allocate(struct fg_grid_index *index);

/* Writes DIR/index.yaml to a temporary name and renames. */
enum fg_err fg_grid_index_write(const char *dir, const struct fg_grid_index *index, struct fg_fault *fault);

/* FG_EINPUT if there is none, it is damaged, or of another version. */
enum fg_err fg_grid_index_read(const char *dir, struct fg_grid_index *index, struct fg_fault *fault);

void fg_grid_index_free(struct fg_grid_index *index);

#endif
