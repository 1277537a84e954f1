/* Private to core/data: the file of one part of an on-disk grid: a header, then arrays, each at a multiple of 64 bytes.
 * A reader takes from the header only numbers that it checks; where the arrays lie follows from them. Numbers are
 * native
 * (`order` tells). */
#ifndef FG_CORE_DATA_PART_FILE_H
#define FG_CORE_DATA_PART_FILE_H

#include "core/data/grid.h"
#include "core/err.h"
#include "core/files.h"

#include <stdint.h>

#define FG_PART_MAGIC "fgGRID\r\n"

struct fg_part_header {
  char magic[8];
  uint32_t order;   /* 0x01020304 */
  uint32_t version; /* FG_GRID_VERSION */
  uint32_t part, row_blocks, col_blocks;
  uint32_t rows; /* of the part */
  uint32_t tile_shift;
  uint32_t tile_bytes; /* sizeof(struct fg_tile) */
  uint64_t bytes;      /* of the file */
  uint64_t n_train, n_test, n_held_out, train_tiles, test_tiles, train_blocks, test_blocks;
  char sha256[64]; /* of the data, hex */
};

enum { FG_PART_ORDER = 0x01020304 };

/* A block that holds a point, in the block table. */
struct fg_part_block {
  uint32_t col; /* its column block */
  uint32_t n_tiles;
  uint64_t n; /* points */
};

/* The sections of the file, in order. Columns: those of the column blocks that start in the part, one block after the
 * other. Blocks: those of training points, then those of test points, by column block; tiles and points stand in this
 * order. */
enum fg_section {
  FG_SECTION_HEADER,
  FG_SECTION_ROW_ORIGINAL,
  FG_SECTION_ROW_WEIGHT,
  FG_SECTION_COL_ORIGINAL,
  FG_SECTION_COL_WEIGHT,
  FG_SECTION_BLOCKS,
  FG_SECTION_TRAIN_TILES,
  FG_SECTION_TEST_TILES,
  FG_SECTION_TRAIN_POINTS,
  FG_SECTION_TEST_POINTS,
  FG_SECTION_HELD_ROW,
  FG_SECTION_HELD_COL,
  FG_SECTION_HELD_VALUE,
  FG_SECTIONS
};

struct fg_part_layout {
  uint64_t begin[FG_SECTIONS + 1]; /* the last is the size of the file */
  uint64_t bytes[FG_SECTIONS];     /* without padding */
};

/* The header of part p of a grid (its shape, split and sizes of blocks are read); counts and bytes are 0. */
struct fg_part_header fg_part_header(const struct fg_grid *grid, uint32_t p);

/* Where everything lies, from the counts of a header. FG_EINPUT if they are too large for any file. */
enum fg_err fg_part_lay_out(const struct fg_grid *grid, const struct fg_part_header *header,
                            struct fg_part_layout *layout);

/* A part being written; sections in any order, each from its start to its end. */
struct fg_part_writer {
  char path[FG_PATH_MAX];
  int fd;
  struct fg_part_layout layout;
  uint64_t at[FG_SECTIONS]; /* bytes written */
  uint32_t crc[FG_SECTIONS];
};

/* Creates the file and writes the header, in which `bytes` is set. Zero the writer first; discard or end must follow.
 */
enum fg_err fg_part_writer_start(struct fg_part_writer *writer, const char *dir, const struct fg_grid *grid,
                                 struct fg_part_header *header, struct fg_fault *fault);
enum fg_err fg_part_writer_add(struct fg_part_writer *writer, enum fg_section section, const void *bytes, size_t n,
                               struct fg_fault *fault);
/* Flushes to the disk and closes; all sections must be full. *crc: of the whole file. */
enum fg_err fg_part_writer_end(struct fg_part_writer *writer, uint32_t *crc, struct fg_fault *fault);
void fg_part_writer_discard(struct fg_part_writer *writer);

#endif
