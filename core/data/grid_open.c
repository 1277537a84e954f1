/* Files of a grid -> a grid: mapped, and believed only after every size, index and checksum was verified. */
#include "core/data/grid_file.h"

#include "core/data/grid_dir.h"
#include "core/data/grid_index.h"
#include "core/data/part_file.h"
#include "core/data/storage.h"
#include "core/data/tile.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum { WINDOW = 16 << 20 }; /* [B]; what was verified is let go in such pieces: it stays in the page cache if it can */

/* A part being verified, from its first byte to its last. */
struct part {
  char path[FG_PATH_MAX];
  const struct fg_grid *grid;
  struct fg_fault *fault;
  const unsigned char *base;
  struct fg_part_header header;
  struct fg_part_layout layout;
  struct fg_map *map;
  uint64_t swept, dropped;
  uLong crc;
};

static enum fg_err damaged(const struct part *part, const char *what) {
  return fg_fail(part->fault, FG_EINPUT, part->path, 0, "is damaged: %s", what);
}

static const void *section(const struct part *part, enum fg_section s) {
  return part->base + part->layout.begin[s];
}

/* Sums the bytes up to `to`. */
static void sweep(struct part *part, uint64_t to) {
  part->crc = crc32_z(part->crc, part->base + part->swept, (z_size_t)(to - part->swept));
  part->swept = to;
}

static void let_go(struct part *part) {
  while (part->swept - part->dropped >= WINDOW) {
    madvise((void *)(part->base + part->dropped), WINDOW, MADV_DONTNEED);
    part->dropped += WINDOW;
  }
}

static enum fg_err map(struct part *part, uint64_t bytes, struct fg_grid_storage *storage) {
  struct stat st;
  int fd = open(part->path, O_RDONLY | O_CLOEXEC);
  if (fd < 0 || fstat(fd, &st) != 0) {
    int reason = errno;
    if (fd >= 0)
      close(fd);
    return fg_fail(part->fault, FG_EINPUT, part->path, 0, "cannot be opened: %s", strerror(reason));
  }
  if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size != bytes || bytes < sizeof part->header) {
    close(fd);
    return fg_fail(part->fault, FG_EINPUT, part->path, 0, "has %lld bytes, the index says %" PRIu64,
                   (long long)st.st_size, bytes);
  }
  void *base = mmap(NULL, bytes, PROT_READ, MAP_PRIVATE, fd, 0);
  int reason = errno;
  close(fd);
  if (base == MAP_FAILED)
    return fg_fail(part->fault, FG_ENOMEM, part->path, 0, "cannot be mapped: %s", strerror(reason));
  part->map = &storage->map[storage->n_maps++];
  *part->map = (struct fg_map){.base = base, .bytes = bytes};
  part->base = base;
  return FG_OK;
}

static enum fg_err check_header(struct part *part, uint32_t p, uint64_t bytes) {
  struct fg_part_header *h = &part->header, expected = fg_part_header(part->grid, p);
  memcpy(h, part->base, sizeof *h);
  if (memcmp(h->magic, expected.magic, sizeof h->magic) != 0)
    return fg_fail(part->fault, FG_EINPUT, part->path, 0, "is not a part of a grid");
  if (h->order != expected.order || h->tile_bytes != expected.tile_bytes)
    return fg_fail(part->fault, FG_EINPUT, part->path, 0, "was written by a machine of another kind");
  if (h->version != expected.version)
    return fg_fail(part->fault, FG_EINPUT, part->path, 0,
                   "is of version %" PRIu32 "; this program reads version %" PRIu32 ": partition the data again",
                   h->version, expected.version);
  expected.bytes = h->bytes;
  expected.n_train = h->n_train;
  expected.n_test = h->n_test;
  expected.n_held_out = h->n_held_out;
  expected.train_tiles = h->train_tiles;
  expected.test_tiles = h->test_tiles;
  expected.train_blocks = h->train_blocks;
  expected.test_blocks = h->test_blocks;
  if (memcmp(h, &expected, sizeof *h) != 0)
    return fg_fail(part->fault, FG_EINPUT, part->path, 0, "is not part %" PRIu32 " of this grid", p);
  if (fg_part_lay_out(part->grid, h, &part->layout) || h->bytes != bytes || part->layout.begin[FG_SECTIONS] != bytes)
    return damaged(part, "its header does not fit its size");
  return FG_OK;
}

static bool below(const uint32_t *index, uint64_t n, uint32_t bound) {
  uint32_t most = 0;
  for (uint64_t i = 0; i < n; i++)
    most = index[i] > most ? index[i] : most;
  return n == 0 || most < bound;
}

static enum fg_err take_lines(struct part *part, uint32_t p, struct fg_grid *g) {
  const uint32_t *original = section(part, FG_SECTION_ROW_ORIGINAL);
  if (!below(original, g->row[p].n, g->rows))
    return damaged(part, "a row is outside the matrix");
  g->row[p].original = original;
  g->row[p].weight = section(part, FG_SECTION_ROW_WEIGHT);
  original = section(part, FG_SECTION_COL_ORIGINAL);
  const float *weight = section(part, FG_SECTION_COL_WEIGHT);
  for (uint64_t q = p; q < g->col_blocks; q += g->row_blocks) {
    struct fg_lines *col = &g->col[q];
    if (!below(original, col->n, g->cols))
      return damaged(part, "a column is outside the matrix");
    col->original = original;
    col->weight = weight;
    original += col->n;
    weight += col->n;
  }
  return FG_OK;
}

static bool inside(const struct fg_stored_point *points, uint32_t n, uint64_t rows, uint64_t cols) {
  uint16_t row = 0, col = 0;
  for (uint32_t i = 0; i < n; i++) {
    row = points[i].row > row ? points[i].row : row;
    col = points[i].col > col ? points[i].col : col;
  }
  return row < rows && col < cols;
}

/* Points of a block are checked as they are summed. */
static enum fg_err check_block(struct part *part, const struct fg_block *b, uint32_t rows, uint32_t cols) {
  const uint32_t side = (uint32_t)1 << part->grid->tile_shift;
  uint64_t at = 0;
  for (uint32_t t = 0; t < b->n_tiles; t++) {
    const struct fg_tile *tile = &b->tiles[t];
    if (tile->first != at || tile->n == 0 || tile->n > b->n - at || tile->row0 % side || tile->col0 % side ||
        tile->row0 >= rows || tile->col0 >= cols)
      return damaged(part, "a tile is outside its block");
    at += tile->n;
    sweep(part, (uint64_t)((const unsigned char *)(b->points + at) - part->base));
    if (!inside(b->points + tile->first, tile->n, rows - tile->row0 < side ? rows - tile->row0 : side,
                cols - tile->col0 < side ? cols - tile->col0 : side))
      return damaged(part, "a point is outside its tile");
    let_go(part);
  }
  return at == b->n ? FG_OK : damaged(part, "a block has points outside its tiles");
}

/* As large as a header says that fits the size of the file. */
static enum fg_err make_room(struct part *part) {
  size_t n = (size_t)(part->header.train_blocks + part->header.test_blocks) + 1;
  part->map->block = malloc(n * sizeof *part->map->block);
  part->map->block_col = malloc(n * sizeof *part->map->block_col);
  return part->map->block && part->map->block_col
             ? FG_OK
             : fg_fail(part->fault, FG_ENOMEM, part->path, 0, "out of memory for the tables of the grid");
}

static enum fg_err take_blocks(struct part *part, uint32_t p, bool test, struct fg_grid *g) {
  const struct fg_part_block *table = section(part, FG_SECTION_BLOCKS);
  const struct fg_tile *tile = section(part, test ? FG_SECTION_TEST_TILES : FG_SECTION_TRAIN_TILES);
  const struct fg_stored_point *points = section(part, test ? FG_SECTION_TEST_POINTS : FG_SECTION_TRAIN_POINTS);
  uint64_t n = test ? part->header.n_test : part->header.n_train;
  uint64_t tiles = test ? part->header.test_tiles : part->header.train_tiles;
  size_t first = test ? part->header.train_blocks : 0,
         all = test ? part->header.test_blocks : part->header.train_blocks;
  struct fg_block_row *row = &(test ? g->test : g->train)[p];
  struct fg_map *map = part->map;
  row->col = map->block_col + first;
  row->block = map->block + first;
  for (size_t k = first; k < first + all; k++) {
    if (table[k].n == 0 || table[k].n > n || table[k].n_tiles > tiles || table[k].col >= g->col_blocks ||
        (k > first && table[k].col <= table[k - 1].col))
      return damaged(part, "its table of blocks does not fit its header");
    struct fg_block *b = &map->block[k];
    *b = (struct fg_block){.points = points, .n = table[k].n, .tiles = tile, .n_tiles = table[k].n_tiles};
    map->block_col[k] = table[k].col;
    row->n++;
    enum fg_err err = check_block(part, b, g->row[p].n, g->col[table[k].col].n);
    if (err)
      return err;
    points += b->n;
    tile += b->n_tiles;
    n -= b->n;
    tiles -= b->n_tiles;
  }
  return n || tiles ? damaged(part, "its table of blocks does not fit its header") : FG_OK;
}

/* The struct has no const arrays; nobody writes to the points of a grid, and the mapping would not let them. */
static enum fg_err take_held_out(struct part *part, uint32_t p, struct fg_grid *g) {
  struct fg_points *held = &g->held_out[p];
  *held = (struct fg_points){.rows = g->rows,
                             .cols = g->cols,
                             .n = part->header.n_held_out,
                             .capacity = part->header.n_held_out,
                             .row = (uint32_t *)section(part, FG_SECTION_HELD_ROW),
                             .col = (uint32_t *)section(part, FG_SECTION_HELD_COL),
                             .value = (float *)section(part, FG_SECTION_HELD_VALUE),
                             .counts = g->counts,
                             .nonnegative = g->nonnegative};
  if (!below(held->row, held->n, g->rows) || !below(held->col, held->n, g->cols))
    return damaged(part, "a held-out point is outside the matrix");
  return FG_OK;
}

static enum fg_err open_part(const char *dir, const struct fg_grid_part *entry, uint32_t p, struct fg_grid *g,
                             struct fg_fault *fault) {
  struct part part = {.grid = g, .fault = fault};
  char name[FG_PART_NAME];
  fg_part_name(p, name);
  enum fg_err err = fg_path_join(dir, name, part.path, fault);
  if (!err)
    err = map(&part, entry->bytes, g->storage);
  if (!err)
    err = check_header(&part, p, entry->bytes);
  if (!err) {
    sweep(&part, part.layout.begin[FG_SECTION_TRAIN_POINTS]);
    err = take_lines(&part, p, g);
  }
  if (!err)
    err = make_room(&part);
  if (!err)
    err = take_blocks(&part, p, false, g);
  if (!err) {
    sweep(&part, part.layout.begin[FG_SECTION_TEST_POINTS]);
    err = take_blocks(&part, p, true, g);
  }
  if (!err)
    err = take_held_out(&part, p, g);
  if (!err) {
    sweep(&part, entry->bytes);
    let_go(&part);
    if (part.crc != entry->crc)
      err = damaged(&part, "its checksum is not the one in the index");
  }
  return err;
}

enum fg_err fg_grid_open(const char *dir, uint32_t part, struct fg_grid *grid, struct fg_fault *fault) {
  struct fg_grid_index index;
  memset(grid, 0, sizeof *grid);
  enum fg_err err = fg_grid_index_read(dir, &index, fault);
  if (err)
    return err;
  struct fg_grid *of = &index.grid;
  if (part != FG_GRID_ALL && part >= of->row_blocks)
    err = fg_fail(fault, FG_EUSAGE, dir, 0, "has %" PRIu32 " parts; there is no part %" PRIu32, of->row_blocks, part);
  if (!err) {
    struct fg_grid_storage *lent = of->storage;
    *grid = *of;
    grid->data_path = NULL;
    if (fg_grid_allocate(grid))
      err = FG_ENOMEM;
    struct fg_grid_storage *s = grid->storage;
    if (s)
      s->map = calloc(part == FG_GRID_ALL ? grid->row_blocks : 1, sizeof *s->map);
    if (err || !s->map) {
      err = fg_fail(fault, FG_ENOMEM, dir, 0, "out of memory for the tables of the grid");
    } else {
      grid->data_path = s->data_path = lent->data_path;
      lent->data_path = NULL;
      for (uint32_t p = 0; p < grid->row_blocks; p++)
        grid->row[p].n = of->row[p].n;
      for (uint32_t q = 0; q < grid->col_blocks; q++)
        grid->col[q].n = of->col[q].n;
    }
  }
  for (uint32_t p = 0; !err && p < grid->row_blocks; p++)
    if (part == FG_GRID_ALL || part == p)
      err = open_part(dir, &index.part[p], p, grid, fault);
  if (!err && part == FG_GRID_ALL) {
    uint64_t train = 0, test = 0, held = 0;
    for (uint32_t p = 0; p < grid->row_blocks; p++) {
      for (uint32_t k = 0; k < grid->train[p].n; k++)
        train += grid->train[p].block[k].n;
      for (uint32_t k = 0; k < grid->test[p].n; k++)
        test += grid->test[p].block[k].n;
      held += grid->held_out[p].n;
    }
    if (train != grid->n_train || test != grid->n_test || held != grid->n_held_out)
      err = fg_fail(fault, FG_EINPUT, dir, 0, "is damaged: its parts do not hold the points that its index states");
  }
  if (err)
    fg_grid_free(grid);
  fg_grid_index_free(&index);
  return err;
}
