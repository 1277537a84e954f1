/* Private to checkpoints: a file that is written or read once, in order, and ends on the CRC-32 of all before. */
#ifndef FG_CORE_SEALED_H
#define FG_CORE_SEALED_H

#include "core/checkpoint.h"

#include <stdio.h>

enum { FG_BYTE_ORDER = 0x01020304 };

struct fg_sealed {
  FILE *file;
  uint32_t crc;
  size_t at, n;  /* buffer[at .. n - 1]: read, not given out; writing: at = 0 */
  uint64_t left; /* reading: bytes before the checksum that are not in the buffer yet */
  unsigned char buffer[1 << 15];
};

/* Errors are found when the file is committed. */
void fg_sealed_put(struct fg_sealed *sealed, const void *from, size_t bytes);
void fg_sealed_put_lines(struct fg_sealed *sealed, const float *factor, uint32_t n, uint32_t width, uint32_t stride);

/* Writes the checksum. */
void fg_sealed_close(struct fg_sealed *sealed);

/* Opens a file to read; *bytes: how many it has. FG_EINPUT if it cannot be one. Closed by the caller, also after an
 * error. */
enum fg_err fg_sealed_open(struct fg_sealed *sealed, const char *path, size_t least, uint64_t *bytes,
                           struct fg_fault *fault);

/* False if the file ends, or cannot be read. to: NULL to pass over the bytes. */
bool fg_sealed_get(struct fg_sealed *sealed, void *to, uint64_t bytes);
bool fg_sealed_get_lines(struct fg_sealed *sealed, float *factor, uint32_t n, uint32_t width, uint32_t stride);

/* Passes over the `bytes` bytes that are left, and closes the sum (fg_sealed_end): is the file whole? FG_EINPUT. */
enum fg_err fg_sealed_rest(struct fg_sealed *sealed, uint64_t bytes, const char *path, struct fg_fault *fault);

/* After the last byte: is the checksum that of what was read? FG_EINPUT. */
enum fg_err fg_sealed_end(struct fg_sealed *sealed, const char *path, struct fg_fault *fault);

/* The folder of a checkpoint; one of that round is not valid any more. FG_EIO. */
enum fg_err fg_checkpoint_folders(const struct fg_checkpoints *checkpoints, uint64_t round, struct fg_fault *fault);

#endif
