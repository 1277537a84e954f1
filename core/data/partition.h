/* Text of any size -> an on-disk grid, in bounded memory. The grid is the one that fg_grid_build makes of the same
 * file. */
#ifndef FG_CORE_DATA_PARTITION_H
#define FG_CORE_DATA_PARTITION_H

#include "core/data/points.h"
#include "core/data/split.h"
#include "core/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fg_partition {
  const char *data; /* lent, like all below; kept in the index as it is given: absolute */
  const char *out;  /* directory of the grid */
  struct fg_read_options read;
  struct fg_split split; /* with its seed: the data seed */
  uint32_t row_blocks, col_blocks;
  const double *row_share; /* as in fg_grid_build; NULL: equal */
  size_t tile_bytes_row;   /* as in fg_grid_build */
  uint64_t memory;         /* [B] that may be used */
  bool force;              /* replace a grid */
  /* Progress; NULL: none. False: stop, and leave nothing (FG_ESTOPPED). */
  bool (*report)(void *self, uint64_t done, uint64_t all);
  void *report_self;
};

/* What was written. */
struct fg_partitioned {
  uint32_t rows, cols;
  uint64_t n_points, n_train, n_test, n_held_out, bytes;
  double imbalance;
};

/* Free space needed in `out`: 36 bytes per point, and up to 16 more per point of the largest row block; 8 per point
 * stay. FG_EINPUT: bad data, as from fg_points_read and fg_grid_build. FG_EUSAGE: the directory cannot be taken
 * (grid_dir.h), the blocks cannot be cut, or more memory is needed - then the fault says how much. FG_EIO. After any
 * error nothing is left in `out`. */
enum fg_err fg_partition(const struct fg_partition *job, struct fg_partitioned *result, struct fg_fault *fault);

#endif
