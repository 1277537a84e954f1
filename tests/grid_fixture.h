/* What the tests of on-disk grids share: a folder of their own, and grids compared array by array. */
#ifndef FG_TESTS_GRID_FIXTURE_H
#define FG_TESTS_GRID_FIXTURE_H

#include "core/data/grid.h"
#include "core/data/partition.h"

/* A temporary folder, removed with all that is in it. */
int grid_folder_make(void **state);
int grid_folder_drop(void **state);

/* Its path, or that of a thing in it; static storage, four in turn. */
const char *grid_in_folder(const char *name);

/* Entries of a directory other than . and .., counted; -1: there is none. */
int grid_entries(const char *dir);

/* Writes a file of distinct random points into the folder and returns its path. kind: "mtx", "symmetric", "triplets",
 * "edges", "docword"; NAME.gz is compressed. */
const char *grid_random_file(const char *name, const char *kind, uint32_t rows, uint32_t cols, double density,
                             uint64_t seed);

/* All of `opened` (part: one part of it, or FG_GRID_ALL) is as in `built`, and nothing else is held. */
void grid_compare(const struct fg_grid *opened, const struct fg_grid *built, uint32_t part);

#endif
