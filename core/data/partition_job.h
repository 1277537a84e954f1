/* Private to core/data: a partition at work, shared by its steps: read (partition.c), cut a row block
 * (partition_part.c), report duplicates (partition_duplicate.c). */
#ifndef FG_CORE_DATA_PARTITION_JOB_H
#define FG_CORE_DATA_PARTITION_JOB_H

#include "core/data/grid_dir.h"
#include "core/data/grid_index.h"
#include "core/data/layout.h"
#include "core/data/partition.h"
#include "core/data/spool.h"
#include "core/data/storage.h"

/* A cell that was met twice. */
struct fg_cell {
  uint32_t row, col;
};

struct fg_partition_job {
  const struct fg_partition *with;
  struct fg_fault *fault;
  struct fg_grid_dir dir;
  struct fg_grid_index index; /* being filled; its grid is the shape of all */
  bool mirror;                /* (j, i) belongs to every entry (i, j) off the diagonal, behind all entries */
  enum fg_format format;
  struct fg_points batch; /* FG_SPILL entries */
  struct fg_entry_spool entries;
  int runs_fd;     /* spool of struct fg_line_run */
  uint64_t n_runs; /* in it */
  struct fg_layout layout;
  uint32_t *row_points;          /* rows entries: points of a row, held out or not; until they are spooled */
  struct fg_record_spool blocks; /* points by row block */
  struct fg_record_spool bins;   /* points of one row block by bin */
  struct fg_record *records;     /* FG_SPILL entries */
  struct fg_strata strata;
  uint64_t memory; /* [B] left for buffers */
  struct fg_cell *twice;
  size_t n_twice, twice_capacity;
};

/* Shares of the time, in percent of everything, up to the end of a step. */
enum { FG_SHARE_READ = 55, FG_SHARE_COUNT = 63, FG_SHARE_SCATTER = 75, FG_SHARE_CUT = 100 };

/* FG_EUSAGE: `what` needs so many bytes of buffers. */
enum fg_err fg_partition_too_small(const struct fg_partition_job *job, const char *what, uint64_t bytes);

/* Progress inside a step: `done` of `all` of its share, which is from..to percent of everything. FG_ESTOPPED if the
 * caller wants no more. */
enum fg_err fg_partition_report(const struct fg_partition_job *job, unsigned from, unsigned to, uint64_t done,
                                uint64_t all);

/* Cuts row block p and writes its part; while duplicates are known nothing is written, only more of them are looked
 * for. */
enum fg_err fg_partition_part(struct fg_partition_job *job, uint32_t p);

/* FG_EINPUT for the earliest repetition in the file among job->twice. */
enum fg_err fg_partition_duplicate(struct fg_partition_job *job);

#endif
