/* A file -> spools -> parts: everything that passes over all points. */
#include "core/data/partition.h"

#include "core/data/grid_file.h"
#include "core/data/partition_job.h"
#include "core/data/tile.h"
#include "core/data/zeros.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
  FIXED = 2 << 20,   /* [B]: buffers of reading, batches, tables of balancing, and what they leave behind */
  BUFFERS = 1 << 16, /* least for anything else */
  PER_BLOCK = 512,   /* of the tables and smallest buffers of a row block or column block */
};

enum fg_err fg_partition_too_small(const struct fg_partition_job *job, const char *what, uint64_t bytes) {
  uint64_t all = job->with->memory - job->memory + bytes;
  return fg_fail(job->fault, FG_EUSAGE, NULL, 0, "--memory: %s, %llu MiB are needed", what,
                 (unsigned long long)((all >> 20) + 1));
}

enum fg_err fg_partition_report(const struct fg_partition_job *job, unsigned from, unsigned to, uint64_t done,
                                uint64_t all) {
  const struct fg_partition *with = job->with;
  double share = all ? (double)done / (double)all : 1;
  if (!with->report || with->report(with->report_self, (uint64_t)(1e4 * (from + (to - from) * share)), 1000000))
    return FG_OK;
  return fg_fail(job->fault, FG_ESTOPPED, NULL, 0, "interrupted");
}

/* What rows, columns and blocks take for good is set aside; the rest is for buffers. */
static enum fg_err set_memory(struct fg_partition_job *job, uint32_t rows, uint32_t cols) {
  const struct fg_partition *with = job->with;
  uint64_t lines = FG_LAYOUT_LINE * ((uint64_t)rows + cols) + FIXED;
  uint64_t blocks = PER_BLOCK * ((uint64_t)with->row_blocks + with->col_blocks);
  char what[128];
  snprintf(what, sizeof what, "for %u rows and %u columns in %u x %u blocks", rows, cols, with->row_blocks,
           with->col_blocks);
  job->memory = with->memory;
  if (with->memory < lines + blocks + BUFFERS)
    return fg_partition_too_small(job, what, lines + blocks + BUFFERS);
  job->memory = with->memory - lines - blocks;
  return FG_OK;
}

static enum fg_err take_batch(struct fg_reader *r, void *self) {
  struct fg_partition_job *job = self;
  bool first = job->entries.n == 0,
       has_header = r->points->format == FG_FORMAT_BOW || r->points->format == FG_FORMAT_MATRIX_MARKET;
  enum fg_err err = FG_OK;
  if (first && has_header) /* no use in reading it all before refusing */
    err = set_memory(job, r->points->rows, r->points->cols);
  if (!err)
    err = fg_write_at(job->runs_fd, job->dir.path, r->run, r->n_runs * sizeof *r->run, job->n_runs * sizeof *r->run,
                      job->fault);
  job->n_runs += r->n_runs;
  job->index.grid.counts = job->index.grid.counts && fg_points_are_counts(r->points);
  job->index.grid.nonnegative = job->index.grid.nonnegative && fg_points_are_nonnegative(r->points);
  if (!err)
    err = fg_entry_spool_add(&job->entries, r->points, job->fault);
  struct stat st;
  off_t at = lseek(r->in.fd, 0, SEEK_CUR);
  bool known = at >= 0 && fstat(r->in.fd, &st) == 0 && st.st_size > 0; /* a pipe has no size */
  return err ? err
             : fg_partition_report(job, 0, FG_SHARE_READ, known ? (uint64_t)at : 0, known ? (uint64_t)st.st_size : 1);
}

/* Entries behind those of the file: loops, and pairs without a link. The set of all links is held meanwhile. */
static enum fg_err complete(struct fg_partition_job *job) {
  struct fg_points *batch = &job->batch;
  struct fg_grid *g = &job->index.grid;
  struct fg_zeros zeros = {0};
  uint64_t links = job->entries.n, bytes = fg_zeros_bytes(g->rows, links);
  char what[96];
  snprintf(what, sizeof what, "to find pairs without a link between %llu links", (unsigned long long)links);
  if (bytes > job->memory)
    return fg_partition_too_small(job, what, bytes);
  enum fg_err err = fg_zeros_start(&zeros, g->rows, links, job->mirror);
  for (uint64_t at = 0; at < links && !err; at += batch->n) {
    err = fg_entry_spool_read(&job->entries, at, batch, job->fault);
    for (size_t k = 0; k < batch->n && !err; k++)
      fg_zeros_link(&zeros, batch->row[k], batch->col[k], batch->value[k]);
  }
  if (!err)
    err = fg_zeros_draw(&zeros, &job->with->read, job->with->data, job->fault);
  batch->n = 0;
  if (!err && links % FG_SPILL) { /* goes on in the last batch */
    err = fg_entry_spool_read(&job->entries, links - links % FG_SPILL, batch, job->fault);
    job->entries.n -= batch->n;
  }
  float value;
  for (uint32_t row, col; !err && fg_zeros_next(&zeros, &row, &col, &value);) {
    batch->row[batch->n] = row;
    batch->col[batch->n] = col;
    batch->value[batch->n++] = value;
    g->counts = g->counts && value == truncf(value);
    if (batch->n == FG_SPILL) {
      err = fg_entry_spool_add(&job->entries, batch, job->fault);
      batch->n = 0;
    }
  }
  if (!err && batch->n)
    err = fg_entry_spool_add(&job->entries, batch, job->fault);
  fg_zeros_free(&zeros);
  return err == FG_ENOMEM ? fg_fail(job->fault, err, NULL, 0, "out of memory for the links of the network") : err;
}

static enum fg_err read_entries(struct fg_partition_job *job) {
  struct fg_grid *g = &job->index.grid;
  struct fg_points *batch = &job->batch;
  struct fg_reader r = {
      .options = &job->with->read, .points = batch, .spill = take_batch, .spill_self = job, .in = {.fd = -1}};
  batch->capacity = FG_SPILL;
  batch->row = malloc(FG_SPILL * sizeof *batch->row);
  batch->col = malloc(FG_SPILL * sizeof *batch->col);
  batch->value = malloc(FG_SPILL * sizeof *batch->value);
  job->records = malloc(FG_SPILL * sizeof *job->records);
  if (!batch->row || !batch->col || !batch->value || !job->records)
    return fg_fail(job->fault, FG_ENOMEM, NULL, 0, "out of memory for the buffers of reading");
  g->counts = g->nonnegative = true;
  g->split = job->with->split;
  g->network = r.options->network;
  g->directed = r.options->directed;
  g->loops = r.options->loops;
  g->zeros = r.options->zeros;
  enum fg_err err = fg_reader_run(&r, job->with->data, job->fault);
  job->mirror = g->symmetric = r.mirror;
  job->format = batch->format;
  fg_reader_close(&r);
  if (err)
    return err;
  g->rows = batch->rows;
  g->cols = batch->cols;
  memcpy(g->sha256, batch->sha256, sizeof g->sha256);
  err = fg_points_check_shape(job->with->data, g->rows, g->cols, job->entries.n, job->fault);
  if (!err)
    err = set_memory(job, g->rows, g->cols);
  return err || !g->network ? err : complete(job);
}

/* Shows every point to `visit`, i-th in the order of the file with the mirrored ones behind. */
static enum fg_err each_point(struct fg_partition_job *job, unsigned from, unsigned to,
                              enum fg_err (*visit)(struct fg_partition_job *job, uint64_t i, uint32_t row, uint32_t col,
                                                   float value)) {
  struct fg_points *batch = &job->batch;
  uint64_t i = 0, passes = job->mirror ? 2 : 1, n = job->entries.n;
  enum fg_err err = FG_OK;
  for (uint64_t pass = 0; pass < passes; pass++)
    for (uint64_t at = 0; at < n && !err; at += batch->n) {
      err = fg_entry_spool_read(&job->entries, at, batch, job->fault);
      for (size_t k = 0; k < batch->n && !err; k++)
        if (pass == 0)
          err = visit(job, i++, batch->row[k], batch->col[k], batch->value[k]);
        else if (batch->row[k] != batch->col[k])
          err = visit(job, i++, batch->col[k], batch->row[k], batch->value[k]);
      if (!err)
        err = fg_partition_report(job, from, to, pass * n + at, passes * n);
    }
  return err;
}

static enum fg_err count_point(struct fg_partition_job *job, uint64_t i, uint32_t row, uint32_t col, float value) {
  fg_layout_count(&job->layout, fg_split_part(&job->with->split, job->mirror, job->with->read.network, i, row, col),
                  row, col, value);
  job->row_points[row]++;
  return FG_OK;
}

static enum fg_err scatter_point(struct fg_partition_job *job, uint64_t i, uint32_t row, uint32_t col, float value) {
  struct fg_record record = {row, col, value,
                             fg_split_part(&job->with->split, job->mirror, job->with->read.network, i, row, col)};
  return fg_record_spool_add(&job->blocks, job->layout.row.block[row], &record, job->fault);
}

static enum fg_err lay_out(struct fg_partition_job *job) {
  const struct fg_partition *with = job->with;
  struct fg_grid *g = &job->index.grid;
  struct fg_layout *layout = &job->layout;
  enum fg_err err = fg_layout_start(layout, g->rows, g->cols, with->row_blocks, with->col_blocks, job->fault);
  if (err == FG_EUSAGE)
    return err;
  job->row_points = calloc(g->rows, sizeof *job->row_points);
  if (err || !job->row_points)
    return fg_fail(job->fault, FG_ENOMEM, NULL, 0, "out of memory for %u rows and %u columns", g->rows, g->cols);
  err = each_point(job, FG_SHARE_READ, FG_SHARE_COUNT, count_point);
  if (!err)
    err = fg_layout_finish(layout, with->row_share, with->split.seed, job->fault);
  if (err == FG_ENOMEM)
    fg_fail(job->fault, err, NULL, 0, "out of memory for %u rows and %u columns", g->rows, g->cols);
  if (err)
    return err;
  g->row_blocks = with->row_blocks;
  g->col_blocks = with->col_blocks;
  g->n_train = layout->n[FG_PART_TRAIN];
  g->n_test = layout->n[FG_PART_TEST];
  g->n_held_out = layout->n[FG_PART_HELD_OUT];
  g->n_points = g->n_train + g->n_test + g->n_held_out;
  g->train_sum = layout->train_sum;
  g->train_squares = layout->train_squares;
  g->tile_shift = fg_tile_shift(with->tile_bytes_row);
  g->index_base = with->read.index_base;
  struct fg_grid_storage *s;
  if (fg_grid_index_allocate(&job->index) ||
      fg_strata_start(&job->strata, g->row_blocks, g->col_blocks, with->row_share) ||
      !(s = g->storage, s->data_path = strdup(with->data)))
    return fg_fail(job->fault, FG_ENOMEM, NULL, 0, "out of memory for the tables of the grid");
  g->data_path = s->data_path;
  for (uint32_t p = 0; p < g->row_blocks; p++)
    g->row[p].n = layout->row.begin[p + 1] - layout->row.begin[p];
  for (uint32_t q = 0; q < g->col_blocks; q++)
    g->col[q].n = layout->col.begin[q + 1] - layout->col.begin[q];
  return FG_OK;
}

static enum fg_err scatter(struct fg_partition_job *job) {
  const struct fg_grid *g = &job->index.grid;
  uint64_t *size = calloc(g->row_blocks, sizeof *size);
  if (!size)
    return fg_fail(job->fault, FG_ENOMEM, NULL, 0, "out of memory for the tables of the grid");
  for (uint32_t row = 0; row < g->rows; row++)
    size[job->layout.row.block[row]] += job->row_points[row];
  free(job->row_points);
  job->row_points = NULL;
  enum fg_err err = fg_record_spool_start(&job->blocks, g->row_blocks, size, job->memory / 2, job->fault);
  free(size);
  if (!err)
    err = each_point(job, FG_SHARE_COUNT, FG_SHARE_SCATTER, scatter_point);
  return err ? err : fg_record_spool_end(&job->blocks, job->fault);
}

static enum fg_err write_parts(struct fg_partition_job *job, struct fg_partitioned *result) {
  struct fg_grid *g = &job->index.grid;
  enum fg_err err = FG_OK;
  for (uint32_t p = 0; p < g->row_blocks && !err; p++) {
    err = fg_partition_report(job, FG_SHARE_SCATTER, FG_SHARE_CUT, p, g->row_blocks);
    if (!err)
      err = fg_partition_part(job, p);
  }
  if (!err && job->n_twice)
    err = fg_partition_duplicate(job);
  if (err)
    return err;
  g->imbalance = fg_strata_imbalance(&job->strata);
  *result = (struct fg_partitioned){.rows = g->rows,
                                    .cols = g->cols,
                                    .n_points = g->n_points,
                                    .n_train = g->n_train,
                                    .n_test = g->n_test,
                                    .n_held_out = g->n_held_out,
                                    .imbalance = g->imbalance};
  for (uint32_t p = 0; p < g->row_blocks; p++)
    result->bytes += job->index.part[p].bytes;
  err = fg_partition_report(job, FG_SHARE_SCATTER, FG_SHARE_CUT, 1, 1); /* the last chance to stop */
  if (!err)
    err = fg_grid_index_write(job->dir.path, &job->index, job->fault);
  return err ? err : fg_grid_dir_commit(&job->dir, job->fault);
}

enum fg_err fg_partition(const struct fg_partition *with, struct fg_partitioned *result, struct fg_fault *fault) {
  struct fg_partition_job *job = calloc(1, sizeof *job);
  if (!job)
    return fg_fail(fault, FG_ENOMEM, NULL, 0, "out of memory");
  job->with = with;
  job->fault = fault;
  job->entries = (struct fg_entry_spool){.dir = job->dir.path, .fd = -1};
  job->blocks = job->bins = (struct fg_record_spool){.dir = job->dir.path, .fd = -1};
  job->runs_fd = -1;
  enum fg_err err = fg_grid_dir_claim(&job->dir, with->out, with->force, fault);
  if (!err)
    err = fg_spool_open(job->dir.path, &job->entries.fd, fault);
  if (!err)
    err = fg_spool_open(job->dir.path, &job->runs_fd, fault);
  if (!err)
    err = read_entries(job);
  if (!err)
    err = lay_out(job);
  if (!err)
    err = scatter(job);
  if (!err)
    err = write_parts(job, result);
  if (err)
    fg_grid_dir_discard(&job->dir);
  const int spools[] = {job->entries.fd, job->runs_fd, job->blocks.fd, job->bins.fd};
  for (size_t i = 0; i < sizeof spools / sizeof spools[0]; i++)
    if (spools[i] >= 0)
      close(spools[i]);
  fg_record_spool_free(&job->blocks);
  fg_record_spool_free(&job->bins);
  fg_strata_free(&job->strata);
  fg_layout_free(&job->layout);
  fg_grid_index_free(&job->index);
  fg_points_free(&job->batch);
  free(job->records);
  free(job->row_points);
  free(job->twice);
  free(job);
  return err;
}
