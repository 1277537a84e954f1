/* A grid on disk: a directory with index.yaml (what the grid is, and the size and CRC-32 of every part) and a file per
 * part, part-00000.grid and so on, to be mapped. A process that opens part p reads the index and that one file. */
#ifndef FG_CORE_DATA_GRID_FILE_H
#define FG_CORE_DATA_GRID_FILE_H

#include "core/data/grid.h"
#include "core/err.h"

#include <stdbool.h>
#include <stdint.h>

#define FG_GRID_FORMAT "fugue-grid"
enum { FG_GRID_VERSION = 3 };
#define FG_GRID_ALL UINT32_MAX

/* True if a directory is a grid, or one in the making: then fg_grid_open says what is wrong with it. */
bool fg_grid_is(const char *path);

/* Opens part `part` of a grid, or all of them (FG_GRID_ALL). Files are mapped and verified: checksums, and every size
 * and index in them. FG_EINPUT with the file's name if anything is missing, damaged, or not of this grid; FG_EUSAGE if
 * there is no such part. The caller frees with fg_grid_free. */
enum fg_err fg_grid_open(const char *dir, uint32_t part, struct fg_grid *grid, struct fg_fault *fault);

/* Removes a grid, whole or not, with its directory; nothing if there is none. FG_EUSAGE if it is being written. */
enum fg_err fg_grid_remove(const char *dir, struct fg_fault *fault);

#endif
