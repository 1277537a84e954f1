/* Private to core/data: the directory of an on-disk grid. index.yaml, written last, makes it a grid; until then a lock
 * file says that it is one in the making, also to whoever finds it after an interruption. */
#ifndef FG_CORE_DATA_GRID_DIR_H
#define FG_CORE_DATA_GRID_DIR_H

#include "core/err.h"
#include "core/files.h"

#include <stdbool.h>
#include <stdint.h>

#define FG_GRID_INDEX "index.yaml"
#define FG_GRID_LOCK  "partition.lock"

enum { FG_PART_NAME = 32 };

/* "part-00007.grid" */
void fg_part_name(uint32_t part, char name[FG_PART_NAME]);

struct fg_grid_dir {
  char path[FG_PATH_MAX];
  int lock; /* -1: not claimed */
  bool made;
};

/* Makes the directory, or takes it over: an empty one, what an interruption has left, and with `force` a grid. Older
 * files of a grid are removed, the index first. FG_EUSAGE for anything else, and if another process is writing it.
 * fg_grid_dir_discard or fg_grid_dir_commit must follow, also after an error. */
enum fg_err fg_grid_dir_claim(struct fg_grid_dir *dir, const char *path, bool force, struct fg_fault *fault);

/* The index is written: the lock goes, what is there is on the disk for good. */
enum fg_err fg_grid_dir_commit(struct fg_grid_dir *dir, struct fg_fault *fault);

/* Removes everything of an unfinished grid, and the directory if it was made for it. */
void fg_grid_dir_discard(struct fg_grid_dir *dir);

#endif
