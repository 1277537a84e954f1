/* One row block's points -> its part of the grid. Tiles are counted first; a row block that does not fit into the
 * memory is then cut bin by bin: a bin is a run of tiles, in the order of the grid, whose points fit. */
#include "core/data/partition_job.h"

#include "core/data/part_file.h"
#include "core/data/tile.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
  TILE = 32,   /* [B] that a tile of the row block takes while it is cut */
  COLUMN = 64, /* a column block */
  POINT = 48,  /* a point of a bin */
  BIN = 512,   /* the smallest buffer of a bin, and its place in tables */
  CHUNK = 1024 /* weights converted at a time */
};

struct count {
  uint64_t n[FG_PARTS]; /* points of a tile by enum fg_part */
};

/* What has been cut of a block, training or test points; bins may begin and end inside one. */
struct started {
  uint32_t q;
  bool any;
  struct fg_rng rng;
  uint64_t done;
};

struct part {
  struct fg_partition_job *job;
  const struct fg_grid *g;
  uint32_t p;
  uint64_t n;                  /* points of the row block */
  uint64_t tiles, *first_tile; /* in the row block; col_blocks + 1 entries: of a block, over both kinds of points */
  struct count *count;         /* `tiles` entries */
  uint32_t *bin;               /* `tiles` entries */
  uint32_t n_bins;
  uint64_t *bin_size;          /* n_bins entries: points */
  struct fg_part_block *block; /* 2 * col_blocks entries: training, then test blocks; then the table of the file */
  struct fg_part_writer writer;
  struct fg_tiler tiler;
  struct started started[2];
};

static enum fg_err no_memory(const struct part *part) {
  return fg_fail(part->job->fault, FG_ENOMEM, NULL, 0, "out of memory while cutting row block %u", part->p);
}

static uint64_t tile_of(const struct part *part, const struct fg_record *r) {
  const struct fg_layout *l = &part->job->layout;
  uint32_t q = l->col.block[r->col];
  uint64_t along = fg_tile_lines(part->g->col[q].n, part->g->tile_shift);
  return part->first_tile[q] + (l->row.local[r->row] >> part->g->tile_shift) * along +
         (l->col.local[r->col] >> part->g->tile_shift);
}

/* Shows all records of a region to `visit`, a chunk at a time. from, to: of a thousand, this step's share of the part.
 */
static enum fg_err each_chunk(struct part *part, const struct fg_record_spool *spool, uint32_t region, uint64_t from,
                              uint64_t to, enum fg_err (*visit)(struct part *, const struct fg_record *, size_t)) {
  struct fg_partition_job *job = part->job;
  size_t n;
  for (uint64_t at = 0;; at += n) {
    enum fg_err err = fg_record_spool_read(spool, region, at, job->records, &n, job->fault);
    if (err || n == 0)
      return err;
    if ((err = visit(part, job->records, n)))
      return err;
    uint64_t done = from + (to - from) * (at + n) / (part->n + 1);
    if ((err = fg_partition_report(job, FG_SHARE_SCATTER, FG_SHARE_CUT, part->p * UINT64_C(1000) + done,
                                   part->g->row_blocks * UINT64_C(1000))))
      return err;
  }
}

static enum fg_err count_chunk(struct part *part, const struct fg_record *r, size_t n) {
  for (size_t i = 0; i < n; i++)
    part->count[tile_of(part, &r[i])].n[r[i].part]++;
  return FG_OK;
}

static enum fg_err count_tiles(struct part *part) {
  const struct fg_grid *g = part->g;
  uint32_t c = g->col_blocks;
  part->first_tile = malloc(((size_t)c + 1) * sizeof *part->first_tile);
  part->block = calloc(2 * (size_t)c, sizeof *part->block);
  if (!part->first_tile || !part->block)
    return no_memory(part);
  part->first_tile[0] = 0;
  for (uint32_t q = 0; q < c; q++)
    part->first_tile[q + 1] = part->first_tile[q] + (uint64_t)fg_tile_lines(g->row[part->p].n, g->tile_shift) *
                                                        fg_tile_lines(g->col[q].n, g->tile_shift);
  part->tiles = part->first_tile[c];
  if (part->tiles > (UINT64_MAX / TILE) / 4 || TILE * part->tiles + COLUMN * c > part->job->memory / 2)
    return fg_partition_too_small(part->job, "for the tiles of a row block", 2 * (TILE * part->tiles + COLUMN * c));
  part->count = calloc(part->tiles, sizeof *part->count);
  if (!part->count)
    return no_memory(part);
  enum fg_err err = each_chunk(part, &part->job->blocks, part->p, 0, 300, count_chunk);
  for (uint32_t q = 0; q < c && !err; q++)
    for (uint64_t t = part->first_tile[q]; t < part->first_tile[q + 1]; t++)
      for (int test = 0; test < 2; test++) {
        uint64_t n = part->count[t].n[test ? FG_PART_TEST : FG_PART_TRAIN];
        part->block[test * (size_t)c + q].n += n;
        part->block[test * (size_t)c + q].n_tiles += n > 0;
      }
  return err;
}

/* Runs of tiles, as long as their points fit. */
static enum fg_err make_bins(struct part *part) {
  uint64_t room = (part->job->memory - TILE * part->tiles - COLUMN * part->g->col_blocks) / POINT;
  uint64_t most = 0, size = 0;
  size_t capacity = 0;
  part->bin = malloc(part->tiles * sizeof *part->bin);
  if (!part->bin)
    return no_memory(part);
  for (uint64_t t = 0; t < part->tiles; t++) {
    const uint64_t *n = part->count[t].n;
    uint64_t all = n[FG_PART_TRAIN] + n[FG_PART_TEST] + n[FG_PART_HELD_OUT];
    most = all > most ? all : most;
    if (part->n_bins == 0 || size + all > room) {
      if (part->n_bins == capacity) {
        capacity = capacity ? 2 * capacity : 16;
        uint64_t *more = realloc(part->bin_size, capacity * sizeof *more);
        if (!more)
          return no_memory(part);
        part->bin_size = more;
      }
      part->n_bins++;
      size = 0;
    }
    part->bin[t] = part->n_bins - 1;
    part->bin_size[part->n_bins - 1] = size += all;
  }
  char what[96];
  uint64_t tables = TILE * part->tiles + COLUMN * part->g->col_blocks;
  if (most <= room && BIN * (uint64_t)part->n_bins <= part->job->memory / 4)
    return FG_OK;
  if (most <= room) { /* m bytes make up to 2 POINT n / m bins of BIN bytes, which may take m / 4 */
    snprintf(what, sizeof what, "for the %llu points of a row block", (unsigned long long)part->n);
    return fg_partition_too_small(part->job, what, tables + (uint64_t)sqrt(8.0 * POINT * BIN * (double)part->n));
  }
  snprintf(what, sizeof what, "for a tile of %llu points", (unsigned long long)most);
  return fg_partition_too_small(part->job, what, tables + POINT * most);
}

static enum fg_err scatter_chunk(struct part *part, const struct fg_record *r, size_t n) {
  enum fg_err err = FG_OK;
  for (size_t i = 0; i < n && !err; i++)
    err = fg_record_spool_add(&part->job->bins, part->bin[tile_of(part, &r[i])], &r[i], part->job->fault);
  return err;
}

static enum fg_err scatter(struct part *part) {
  struct fg_partition_job *job = part->job;
  fg_record_spool_free(&job->bins);
  enum fg_err err = fg_record_spool_start(&job->bins, part->n_bins, part->bin_size, job->memory / 4, job->fault);
  if (!err)
    err = each_chunk(part, &job->blocks, part->p, 300, 500, scatter_chunk);
  return err ? err : fg_record_spool_end(&job->bins, job->fault);
}

static enum fg_err held_out_chunk(struct part *part, const struct fg_record *r, size_t n) {
  struct fg_points *held = &part->job->batch;
  held->n = 0;
  for (size_t i = 0; i < n; i++) {
    if (r[i].part != FG_PART_HELD_OUT)
      continue;
    held->row[held->n] = r[i].row;
    held->col[held->n] = fg_layout_place(&part->job->layout.col, r[i].col);
    held->value[held->n++] = r[i].value;
  }
  struct fg_part_writer *w = &part->writer;
  struct fg_fault *fault = part->job->fault;
  enum fg_err err = fg_part_writer_add(w, FG_SECTION_HELD_ROW, held->row, held->n * sizeof *held->row, fault);
  if (!err)
    err = fg_part_writer_add(w, FG_SECTION_HELD_COL, held->col, held->n * sizeof *held->col, fault);
  return err ? err : fg_part_writer_add(w, FG_SECTION_HELD_VALUE, held->value, held->n * sizeof *held->value, fault);
}

static enum fg_err write_lines(struct part *part, const struct fg_layout_axis *axis, uint32_t block,
                               enum fg_section original, enum fg_section weight) {
  uint32_t first = axis->begin[block], end = axis->begin[block + 1];
  struct fg_fault *fault = part->job->fault;
  enum fg_err err = fg_part_writer_add(&part->writer, original, axis->original + first,
                                       (end - first) * sizeof *axis->original, fault);
  for (uint32_t n; first < end && !err; first += n) {
    float buffer[CHUNK];
    n = end - first < CHUNK ? end - first : CHUNK;
    fg_layout_weights(axis, first, n, buffer);
    err = fg_part_writer_add(&part->writer, weight, buffer, n * sizeof *buffer, fault);
  }
  return err;
}

/* Everything but tiles and points of blocks. */
static enum fg_err start_file(struct part *part) {
  struct fg_partition_job *job = part->job;
  const struct fg_grid *g = part->g;
  struct fg_part_header header = fg_part_header(g, part->p);
  size_t listed = 0; /* of the table: blocks that hold a point */
  for (size_t k = 0; k < 2 * (size_t)g->col_blocks; k++) {
    struct fg_part_block *b = &part->block[k];
    bool test = k >= g->col_blocks;
    if (b->n == 0)
      continue;
    b->col = (uint32_t)(test ? k - g->col_blocks : k);
    *(test ? &header.n_test : &header.n_train) += b->n;
    *(test ? &header.test_tiles : &header.train_tiles) += b->n_tiles;
    ++*(test ? &header.test_blocks : &header.train_blocks);
    if (!test)
      fg_strata_add(&job->strata, part->p, b->col, b->n);
    part->block[listed++] = *b;
  }
  header.n_held_out = part->n - header.n_train - header.n_test;
  enum fg_err err = fg_part_writer_start(&part->writer, job->dir.path, g, &header, job->fault);
  job->index.part[part->p].bytes = header.bytes;
  if (!err)
    err = write_lines(part, &job->layout.row, part->p, FG_SECTION_ROW_ORIGINAL, FG_SECTION_ROW_WEIGHT);
  for (uint64_t q = part->p; q < g->col_blocks && !err; q += g->row_blocks)
    err = write_lines(part, &job->layout.col, (uint32_t)q, FG_SECTION_COL_ORIGINAL, FG_SECTION_COL_WEIGHT);
  if (!err)
    err = fg_part_writer_add(&part->writer, FG_SECTION_BLOCKS, part->block, listed * sizeof *part->block, job->fault);
  if (!err && header.n_held_out)
    err = each_chunk(part, &job->blocks, part->p, 300, 300, held_out_chunk);
  return err;
}

/* The points of a bin in file order. */
struct bin {
  struct fg_points points;
  unsigned char *part;
  size_t *begin;                  /* 2 * blocks + 1 entries: training blocks, then test blocks */
  struct fg_point *sorted;        /* by block, block-local indices */
  struct fg_stored_point *stored; /* as many as the largest block has */
  uint32_t first, blocks;         /* column blocks that the bin touches */
};

static void bin_free(struct bin *b) {
  fg_points_free(&b->points);
  free(b->part);
  free(b->begin);
  free(b->sorted);
  free(b->stored);
}

static enum fg_err load(struct part *part, uint32_t number, struct bin *b) {
  struct fg_partition_job *job = part->job;
  const struct fg_record_spool *spool = part->n_bins == 1 ? &job->blocks : &job->bins;
  uint32_t region = part->n_bins == 1 ? part->p : number;
  size_t size = (size_t)part->bin_size[number], n;
  b->points = (struct fg_points){.rows = part->g->rows, .cols = part->g->cols, .capacity = size};
  b->points.row = malloc((size + 1) * sizeof *b->points.row);
  b->points.col = malloc((size + 1) * sizeof *b->points.col);
  b->points.value = malloc((size + 1) * sizeof *b->points.value);
  b->part = malloc(size + 1);
  if (!b->points.row || !b->points.col || !b->points.value || !b->part)
    return no_memory(part);
  struct fg_points *to = &b->points;
  for (uint64_t at = 0;; at += n) {
    enum fg_err err = fg_record_spool_read(spool, region, at, job->records, &n, job->fault);
    if (err || n == 0)
      return err;
    for (size_t i = 0; i < n; i++, to->n++) {
      to->row[to->n] = job->records[i].row;
      to->col[to->n] = job->records[i].col;
      to->value[to->n] = job->records[i].value;
      b->part[to->n] = (unsigned char)job->records[i].part;
    }
  }
}

static enum fg_err look_for_duplicates(struct part *part, const struct bin *b) {
  struct fg_partition_job *job = part->job;
  bool found;
  size_t first, second;
  if (fg_points_find_duplicate(&b->points, &found, &first, &second))
    return no_memory(part);
  if (!found)
    return FG_OK;
  if (job->n_twice == job->twice_capacity) {
    size_t capacity = job->twice_capacity ? 2 * job->twice_capacity : 16;
    struct fg_cell *more = realloc(job->twice, capacity * sizeof *more);
    if (!more)
      return no_memory(part);
    job->twice = more;
    job->twice_capacity = capacity;
  }
  job->twice[job->n_twice++] = (struct fg_cell){b->points.row[second], b->points.col[second]};
  return FG_OK;
}

/* One counting sort brings every point to its block; points of held-out rows stay behind. */
static enum fg_err bucket(struct part *part, struct bin *b) {
  const struct fg_layout *l = &part->job->layout;
  const struct fg_points *pts = &b->points;
  uint32_t last = 0;
  b->first = UINT32_MAX;
  for (size_t i = 0; i < pts->n; i++) {
    uint32_t q = l->col.block[pts->col[i]];
    b->first = q < b->first ? q : b->first;
    last = q > last ? q : last;
  }
  b->blocks = pts->n ? last - b->first + 1 : 0;
  b->begin = calloc(2 * (size_t)b->blocks + 1, sizeof *b->begin);
  b->sorted = malloc((pts->n + 1) * sizeof *b->sorted);
  if (!b->begin || !b->sorted)
    return no_memory(part);
  for (size_t i = 0; i < pts->n; i++)
    if (b->part[i] != FG_PART_HELD_OUT)
      b->begin[b->part[i] * (size_t)b->blocks + l->col.block[pts->col[i]] - b->first + 1]++;
  size_t most = 0;
  for (size_t k = 0; k < 2 * (size_t)b->blocks; k++) {
    most = b->begin[k + 1] > most ? b->begin[k + 1] : most;
    b->begin[k + 1] += b->begin[k];
  }
  for (size_t i = 0; i < pts->n; i++)
    if (b->part[i] != FG_PART_HELD_OUT)
      b->sorted[b->begin[b->part[i] * (size_t)b->blocks + l->col.block[pts->col[i]] - b->first]++] =
          (struct fg_point){l->row.local[pts->row[i]], l->col.local[pts->col[i]], pts->value[i]};
  memmove(b->begin + 1, b->begin, 2 * (size_t)b->blocks * sizeof *b->begin);
  b->begin[0] = 0;
  fg_points_free(&b->points);
  free(b->part);
  b->part = NULL;
  b->stored = malloc((most + 1) * sizeof *b->stored);
  return b->stored ? FG_OK : no_memory(part);
}

static enum fg_err cut_block(struct part *part, struct bin *b, size_t k) {
  const struct fg_grid *g = part->g;
  struct fg_fault *fault = part->job->fault;
  bool test = k >= b->blocks;
  uint32_t q = b->first + (uint32_t)(test ? k - b->blocks : k);
  struct started *s = &part->started[test];
  size_t n = b->begin[k + 1] - b->begin[k];
  if (n == 0)
    return FG_OK;
  if (!s->any || s->q != q) {
    *s = (struct started){.q = q, .any = true};
    fg_tile_rng(&s->rng, g, test, part->p, q);
  }
  part->tiler.n_tiles = 0;
  if (fg_tile_cut(&part->tiler, b->sorted + b->begin[k], n, g->row[part->p].n, g->col[q].n, s->done, &s->rng,
                  b->stored))
    return no_memory(part);
  s->done += n;
  enum fg_err err = fg_part_writer_add(&part->writer, test ? FG_SECTION_TEST_TILES : FG_SECTION_TRAIN_TILES,
                                       part->tiler.tile, part->tiler.n_tiles * sizeof *part->tiler.tile, fault);
  return err ? err
             : fg_part_writer_add(&part->writer, test ? FG_SECTION_TEST_POINTS : FG_SECTION_TRAIN_POINTS, b->stored,
                                  n * sizeof *b->stored, fault);
}

static enum fg_err cut_bin(struct part *part, uint32_t number) {
  struct fg_partition_job *job = part->job;
  struct bin b = {0};
  enum fg_err err = load(part, number, &b);
  if (!err)
    err = look_for_duplicates(part, &b);
  if (!err && !job->n_twice) {
    err = bucket(part, &b);
    for (size_t k = 0; k < 2 * (size_t)b.blocks && !err; k++)
      err = cut_block(part, &b, k);
  }
  bin_free(&b);
  fg_tiler_free(&part->tiler);
  part->tiler.shift = part->g->tile_shift;
  if (!err)
    err = fg_partition_report(job, FG_SHARE_SCATTER, FG_SHARE_CUT,
                              part->p * UINT64_C(1000) + 500 + 500 * (number + UINT64_C(1)) / part->n_bins,
                              part->g->row_blocks * UINT64_C(1000));
  return err;
}

enum fg_err fg_partition_part(struct fg_partition_job *job, uint32_t p) {
  struct part part = {.job = job,
                      .g = &job->index.grid,
                      .p = p,
                      .n = job->blocks.begin[p + 1] - job->blocks.begin[p],
                      .writer.fd = -1,
                      .tiler.shift = job->index.grid.tile_shift};
  enum fg_err err = count_tiles(&part);
  if (!err)
    err = make_bins(&part);
  free(part.count); /* tables of the bins follow */
  part.count = NULL;
  if (!err && !job->n_twice)
    err = start_file(&part);
  if (!err && part.n_bins > 1)
    err = scatter(&part);
  for (uint32_t b = 0; b < part.n_bins && !err; b++)
    err = cut_bin(&part, b);
  if (!err && !job->n_twice)
    err = fg_part_writer_end(&part.writer, &job->index.part[p].crc, job->fault);
  fg_part_writer_discard(&part.writer);
  free(part.first_tile);
  free(part.count);
  free(part.bin);
  free(part.bin_size);
  free(part.block);
  return err;
}
