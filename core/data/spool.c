/* Points -> disk -> points: where data wait that do not fit into the memory. */
#include "core/data/spool.h"

#include "core/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum fg_err fg_spool_open(const char *dir, int *fd, struct fg_fault *fault) {
  char path[FG_PATH_MAX];
  enum fg_err err = fg_path_join(dir, "spool.tmp", path, fault);
  if (err)
    return err;
  *fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (*fd < 0 || unlink(path) != 0)
    return fg_fail(fault, FG_EIO, path, 0, "cannot be written: %s", strerror(errno));
  return FG_OK;
}

enum fg_err fg_write_at(int fd, const char *name, const void *bytes, size_t n, uint64_t at, struct fg_fault *fault) {
  const char *p = bytes;
  while (n) {
    ssize_t done = pwrite(fd, p, n, (off_t)at);
    if (done < 0 && errno == EINTR)
      continue;
    if (done <= 0)
      return fg_fail(fault, FG_EIO, name, 0, "cannot be written: %s", strerror(done < 0 ? errno : ENOSPC));
    p += done;
    at += (uint64_t)done;
    n -= (size_t)done;
  }
  return FG_OK;
}

enum fg_err fg_read_at(int fd, const char *name, void *bytes, size_t n, uint64_t at, struct fg_fault *fault) {
  char *p = bytes;
  while (n) {
    ssize_t done = pread(fd, p, n, (off_t)at);
    if (done < 0 && errno == EINTR)
      continue;
    if (done <= 0)
      return fg_fail(fault, FG_EIO, name, 0, "cannot be read: %s", done < 0 ? strerror(errno) : "it is too short");
    p += done;
    at += (uint64_t)done;
    n -= (size_t)done;
  }
  return FG_OK;
}

enum { ENTRY = 2 * sizeof(uint32_t) + sizeof(float) };

enum fg_err fg_entry_spool_add(struct fg_entry_spool *spool, const struct fg_points *batch, struct fg_fault *fault) {
  size_t n = batch->n;
  uint64_t at = spool->n * ENTRY;
  enum fg_err err = fg_write_at(spool->fd, spool->dir, batch->row, n * sizeof *batch->row, at, fault);
  at += n * sizeof *batch->row;
  if (!err)
    err = fg_write_at(spool->fd, spool->dir, batch->col, n * sizeof *batch->col, at, fault);
  at += n * sizeof *batch->col;
  if (!err)
    err = fg_write_at(spool->fd, spool->dir, batch->value, n * sizeof *batch->value, at, fault);
  spool->n += n;
  return err;
}

enum fg_err fg_entry_spool_read(const struct fg_entry_spool *spool, uint64_t from, struct fg_points *batch,
                                struct fg_fault *fault) {
  size_t n = batch->n = spool->n - from < FG_SPILL ? (size_t)(spool->n - from) : FG_SPILL;
  uint64_t at = from * ENTRY;
  enum fg_err err = fg_read_at(spool->fd, spool->dir, batch->row, n * sizeof *batch->row, at, fault);
  at += n * sizeof *batch->row;
  if (!err)
    err = fg_read_at(spool->fd, spool->dir, batch->col, n * sizeof *batch->col, at, fault);
  at += n * sizeof *batch->col;
  if (!err)
    err = fg_read_at(spool->fd, spool->dir, batch->value, n * sizeof *batch->value, at, fault);
  return err;
}

enum { ROOM_MIN = 16, ROOM_MAX = 16384 }; /* records of a buffer */

enum fg_err fg_record_spool_start(struct fg_record_spool *spool, uint32_t regions, const uint64_t *size,
                                  uint64_t buffer_bytes, struct fg_fault *fault) {
  uint64_t room = buffer_bytes / sizeof(struct fg_record) / regions;
  spool->regions = regions;
  spool->room = room < ROOM_MIN ? ROOM_MIN : room > ROOM_MAX ? ROOM_MAX : (uint32_t)room;
  spool->begin = malloc(((size_t)regions + 1) * sizeof *spool->begin);
  spool->at = malloc(regions * sizeof *spool->at);
  spool->used = calloc(regions, sizeof *spool->used);
  spool->buffer = malloc((size_t)regions * spool->room * sizeof *spool->buffer);
  if (!spool->begin || !spool->at || !spool->used || !spool->buffer)
    return fg_fail(fault, FG_ENOMEM, NULL, 0, "out of memory for the buffers of %u row blocks", regions);
  spool->begin[0] = 0;
  for (uint32_t k = 0; k < regions; k++) {
    spool->at[k] = spool->begin[k];
    spool->begin[k + 1] = spool->begin[k] + size[k];
  }
  return spool->fd >= 0 ? FG_OK : fg_spool_open(spool->dir, &spool->fd, fault);
}

static enum fg_err flush(struct fg_record_spool *spool, uint32_t region, struct fg_fault *fault) {
  uint32_t n = spool->used[region];
  spool->used[region] = 0;
  return fg_write_at(spool->fd, spool->dir, spool->buffer + (size_t)region * spool->room, n * sizeof(struct fg_record),
                     (spool->at[region] - n) * sizeof(struct fg_record), fault);
}

enum fg_err fg_record_spool_add(struct fg_record_spool *spool, uint32_t region, const struct fg_record *record,
                                struct fg_fault *fault) {
  if (spool->at[region] == spool->begin[region + 1])
    return fg_fail(fault, FG_EINPUT, NULL, 0, "a row has more than 2^32 points");
  spool->buffer[(size_t)region * spool->room + spool->used[region]++] = *record;
  spool->at[region]++;
  return spool->used[region] < spool->room ? FG_OK : flush(spool, region, fault);
}

enum fg_err fg_record_spool_end(struct fg_record_spool *spool, struct fg_fault *fault) {
  enum fg_err err = FG_OK;
  for (uint32_t k = 0; k < spool->regions && !err; k++)
    err = flush(spool, k, fault);
  free(spool->buffer);
  spool->buffer = NULL;
  return err;
}

enum fg_err fg_record_spool_read(const struct fg_record_spool *spool, uint32_t region, uint64_t from,
                                 struct fg_record *out, size_t *n, struct fg_fault *fault) {
  uint64_t left = spool->begin[region + 1] - spool->begin[region] - from;
  *n = left < FG_SPILL ? (size_t)left : FG_SPILL;
  return fg_read_at(spool->fd, spool->dir, out, *n * sizeof *out, (spool->begin[region] + from) * sizeof *out, fault);
}

void fg_record_spool_free(struct fg_record_spool *spool) {
  free(spool->begin);
  free(spool->at);
  free(spool->used);
  free(spool->buffer);
  *spool = (struct fg_record_spool){.dir = spool->dir, .fd = spool->fd};
}
