/* Private to core/data: data on its way through the disk. Spools have no name from the moment they are opened, so that
 * nothing of them is left whatever happens. All numbers are native; nobody else reads them. */
#ifndef FG_CORE_DATA_SPOOL_H
#define FG_CORE_DATA_SPOOL_H

#include "core/data/points.h"
#include "core/data/reader.h"
#include "core/err.h"

#include <stddef.h>
#include <stdint.h>

/* Opens an empty spool in a directory: *fd. FG_EIO names the directory. */
enum fg_err fg_spool_open(const char *dir, int *fd, struct fg_fault *fault);

/* Writes or reads all n bytes at `at`. FG_EIO; a file that is too short is one, too. `name`: for messages. */
enum fg_err fg_write_at(int fd, const char *name, const void *bytes, size_t n, uint64_t at, struct fg_fault *fault);
enum fg_err fg_read_at(int fd, const char *name, void *bytes, size_t n, uint64_t at, struct fg_fault *fault);

/* The entries of a file in its order, in batches of FG_SPILL. */
struct fg_entry_spool {
  const char *dir; /* lent */
  int fd;
  uint64_t n;
};

/* Appends a batch; only the last may be smaller than FG_SPILL. */
enum fg_err fg_entry_spool_add(struct fg_entry_spool *spool, const struct fg_points *batch, struct fg_fault *fault);

/* The batch that starts with entry `from`, a multiple of FG_SPILL < n; batch: arrays of FG_SPILL entries. */
enum fg_err fg_entry_spool_read(const struct fg_entry_spool *spool, uint64_t from, struct fg_points *batch,
                                struct fg_fault *fault);

/* A point on its way to its part. */
struct fg_record {
  uint32_t row, col; /* original indices */
  float value;
  uint32_t part; /* enum fg_part */
};

/* Records in regions whose sizes are known; in a region they keep the order in which they came. */
struct fg_record_spool {
  const char *dir; /* lent */
  int fd;
  uint32_t regions;
  uint64_t *begin, *at; /* regions + 1 entries: where a region starts; regions: how far it is full, buffer included */
  struct fg_record *buffer;
  uint32_t *used; /* of its buffer, by region */
  uint32_t room;  /* records of a region's buffer */
};

/* size: `regions` entries, records of each. buffer_bytes: for all buffers together; 0: as little as possible. The file
 * is reused if it is open (fd >= 0). Set dir and fd before. fg_record_spool_free must follow, also after an error. */
enum fg_err fg_record_spool_start(struct fg_record_spool *spool, uint32_t regions, const uint64_t *size,
                                  uint64_t buffer_bytes, struct fg_fault *fault);
enum fg_err fg_record_spool_add(struct fg_record_spool *spool, uint32_t region, const struct fg_record *record,
                                struct fg_fault *fault);
/* Writes what is in the buffers and frees them; regions are full then. */
enum fg_err fg_record_spool_end(struct fg_record_spool *spool, struct fg_fault *fault);
/* Up to FG_SPILL records of a region from its record `from`; *n: how many, 0 at the end. */
enum fg_err fg_record_spool_read(const struct fg_record_spool *spool, uint32_t region, uint64_t from,
                                 struct fg_record *out, size_t *n, struct fg_fault *fault);
/* Keeps the file open. */
void fg_record_spool_free(struct fg_record_spool *spool);

#endif
