/* One part of a grid -> its file. */
#include "core/data/part_file.h"

#include "core/data/grid_dir.h"
#include "core/data/grid_file.h"
#include "core/data/spool.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

enum { ALIGN = 64 };

struct fg_part_header fg_part_header(const struct fg_grid *grid, uint32_t p) {
  struct fg_part_header h;
  memset(&h, 0, sizeof h);
  memcpy(h.magic, FG_PART_MAGIC, sizeof h.magic);
  h.order = FG_PART_ORDER;
  h.version = FG_GRID_VERSION;
  h.part = p;
  h.row_blocks = grid->row_blocks;
  h.col_blocks = grid->col_blocks;
  h.rows = grid->row[p].n;
  h.tile_shift = grid->tile_shift;
  h.tile_bytes = sizeof(struct fg_tile);
  memcpy(h.sha256, grid->sha256, sizeof h.sha256);
  return h;
}

enum fg_err fg_part_lay_out(const struct fg_grid *grid, const struct fg_part_header *h, struct fg_part_layout *layout) {
  static const uint64_t most = INT64_MAX / 64; /* of anything; sums of a few stay in range */
  if (h->n_train > most / 8 || h->n_test > most / 8 || h->n_held_out > most / 8 || h->train_tiles > most / 32 ||
      h->test_tiles > most / 32 || h->train_blocks > grid->col_blocks || h->test_blocks > grid->col_blocks)
    return FG_EINPUT;
  uint64_t cols = 0;
  for (uint64_t q = h->part; q < grid->col_blocks; q += grid->row_blocks)
    cols += grid->col[q].n;
  const uint64_t bytes[FG_SECTIONS] = {
      [FG_SECTION_HEADER] = sizeof(struct fg_part_header),
      [FG_SECTION_ROW_ORIGINAL] = h->rows * sizeof(uint32_t),
      [FG_SECTION_ROW_WEIGHT] = h->rows * sizeof(float),
      [FG_SECTION_COL_ORIGINAL] = cols * sizeof(uint32_t),
      [FG_SECTION_COL_WEIGHT] = cols * sizeof(float),
      [FG_SECTION_BLOCKS] = (h->train_blocks + h->test_blocks) * sizeof(struct fg_part_block),
      [FG_SECTION_TRAIN_TILES] = h->train_tiles * sizeof(struct fg_tile),
      [FG_SECTION_TEST_TILES] = h->test_tiles * sizeof(struct fg_tile),
      [FG_SECTION_TRAIN_POINTS] = h->n_train * sizeof(struct fg_stored_point),
      [FG_SECTION_TEST_POINTS] = h->n_test * sizeof(struct fg_stored_point),
      [FG_SECTION_HELD_ROW] = h->n_held_out * sizeof(uint32_t),
      [FG_SECTION_HELD_COL] = h->n_held_out * sizeof(uint32_t),
      [FG_SECTION_HELD_VALUE] = h->n_held_out * sizeof(float),
  };
  uint64_t at = 0;
  for (int s = 0; s < FG_SECTIONS; s++) {
    layout->begin[s] = at;
    layout->bytes[s] = bytes[s];
    at += (bytes[s] + ALIGN - 1) / ALIGN * ALIGN;
  }
  layout->begin[FG_SECTIONS] = at;
  return FG_OK;
}

enum fg_err fg_part_writer_start(struct fg_part_writer *w, const char *dir, const struct fg_grid *grid,
                                 struct fg_part_header *header, struct fg_fault *fault) {
  char name[FG_PART_NAME];
  w->fd = -1;
  fg_part_name(header->part, name);
  enum fg_err err = fg_path_join(dir, name, w->path, fault);
  if (!err && fg_part_lay_out(grid, header, &w->layout))
    err = fg_fail(fault, FG_EIO, w->path, 0, "would be too large for a file");
  if (err)
    return err;
  header->bytes = w->layout.begin[FG_SECTIONS];
  w->fd = open(w->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (w->fd < 0 || ftruncate(w->fd, (off_t)header->bytes) != 0)
    return fg_fail(fault, FG_EIO, w->path, 0, "cannot be written: %s", strerror(errno));
  return fg_part_writer_add(w, FG_SECTION_HEADER, header, sizeof *header, fault);
}

enum fg_err fg_part_writer_add(struct fg_part_writer *w, enum fg_section section, const void *bytes, size_t n,
                               struct fg_fault *fault) {
  assert(w->at[section] + n <= w->layout.bytes[section]);
  enum fg_err err = fg_write_at(w->fd, w->path, bytes, n, w->layout.begin[section] + w->at[section], fault);
  w->crc[section] = (uint32_t)crc32_z(w->crc[section], bytes, n);
  w->at[section] += n;
  return err;
}

enum fg_err fg_part_writer_end(struct fg_part_writer *w, uint32_t *crc, struct fg_fault *fault) {
  static const unsigned char zeros[ALIGN];
  uLong sum = 0;
  for (int s = 0; s < FG_SECTIONS; s++) {
    assert(w->at[s] == w->layout.bytes[s]);
    uint64_t whole = w->layout.begin[s + 1] - w->layout.begin[s];
    uLong section = crc32_z(w->crc[s], zeros, (z_size_t)(whole - w->layout.bytes[s]));
    sum = crc32_combine(sum, section, (z_off_t)whole);
  }
  *crc = (uint32_t)sum;
  bool bad = fsync(w->fd) != 0 && errno != EINVAL && errno != EROFS;
  int reason = errno;
  bad |= close(w->fd) != 0;
  w->fd = -1;
  return bad ? fg_fail(fault, FG_EIO, w->path, 0, "cannot be written: %s", strerror(reason)) : FG_OK;
}

void fg_part_writer_discard(struct fg_part_writer *w) {
  if (w->fd >= 0)
    close(w->fd);
  w->fd = -1;
}
