/* Cells that were met twice -> where the file gives the first of them again. */
#include "core/data/partition_job.h"

#include <stdlib.h>
#include <string.h>

/* The two earliest points of a cell. Points behind the entries are mirrored ones. */
struct met {
  struct fg_cell cell;
  uint64_t first, second; /* UINT64_MAX: not met */
};

static int compare(const void *a, const void *b) {
  const struct fg_cell *x = a, *y = b; /* a struct met starts with its cell */
  if (x->row != y->row)
    return x->row < y->row ? -1 : 1;
  return x->col < y->col ? -1 : x->col > y->col;
}

static void meet(struct met *met, size_t n, uint32_t row, uint32_t col, uint64_t at) {
  const struct fg_cell cell = {row, col};
  struct met *m = bsearch(&cell, met, n, sizeof *met, compare);
  if (!m)
    return;
  if (at < m->first) {
    m->second = m->first;
    m->first = at;
  } else if (at < m->second) {
    m->second = at;
  }
}

static enum fg_err search(struct fg_partition_job *job, struct met *met, size_t n) {
  const struct fg_points *batch = &job->batch;
  for (uint64_t at = 0; at < job->entries.n; at += batch->n) {
    enum fg_err err = fg_entry_spool_read(&job->entries, at, &job->batch, job->fault);
    if (err)
      return err;
    for (size_t k = 0; k < batch->n; k++) {
      uint32_t row = batch->row[k], col = batch->col[k];
      meet(met, n, row, col, at + k);
      if (job->mirror && row != col)
        meet(met, n, col, row, job->entries.n + at + k);
    }
  }
  return FG_OK;
}

static enum fg_err describe(struct fg_partition_job *job, uint64_t at, struct fg_entry *entry) {
  uint64_t within = at % FG_SPILL;
  enum fg_err err = fg_entry_spool_read(&job->entries, at - within, &job->batch, job->fault);
  if (err)
    return err;
  *entry = (struct fg_entry){.row = job->batch.row[within], .col = job->batch.col[within]};
  for (uint64_t k = 0; k < job->n_runs; k++) { /* an error's path: no haste */
    struct fg_line_run run;
    err = fg_read_at(job->runs_fd, job->dir.path, &run, sizeof run, k * sizeof run, job->fault);
    if (err || run.entry > at)
      return err;
    entry->line = fg_reader_entry_line(&run, 1, at);
  }
  return FG_OK;
}

enum fg_err fg_partition_duplicate(struct fg_partition_job *job) {
  struct met *met = malloc(job->n_twice * sizeof *met);
  if (!met)
    return fg_fail(job->fault, FG_ENOMEM, NULL, 0, "out of memory");
  for (size_t i = 0; i < job->n_twice; i++)
    met[i] = (struct met){job->twice[i], UINT64_MAX, UINT64_MAX};
  qsort(met, job->n_twice, sizeof *met, compare);
  enum fg_err err = search(job, met, job->n_twice);
  const struct met *earliest = &met[0];
  for (size_t i = 1; i < job->n_twice; i++)
    earliest = met[i].second < earliest->second ? &met[i] : earliest;
  uint64_t n = job->entries.n;
  uint64_t a = earliest->first < n ? earliest->first : earliest->first - n;
  uint64_t b = earliest->second < n ? earliest->second : earliest->second - n;
  struct fg_entry first, second;
  if (!err)
    err = describe(job, a < b ? a : b, &first);
  if (!err)
    err = describe(job, a < b ? b : a, &second);
  free(met);
  return err ? err
             : fg_reader_duplicate(job->with->data, job->format, job->with->read.index_base, &first, &second,
                                   job->fault);
}
