/* Files that are complete or not there: written to a temporary name beside the target, flushed to disk, renamed. */
#ifndef FG_CORE_FILES_H
#define FG_CORE_FILES_H

#include "core/err.h"

#include <stdint.h>
#include <stdio.h>

enum { FG_PATH_MAX = 4096 };

/* "DIR/NAME" to out (lent, FG_PATH_MAX bytes); FG_EUSAGE if it is too long. */
enum fg_err fg_path_join(const char *dir, const char *name, char *out, struct fg_fault *fault);

/* Where a file called `path` is to be written: itself, or what it points to if it is a symbolic link. FG_EUSAGE if the
 * name is empty or there is something else than a regular file: a temporary file that is renamed would replace a
 * device. `target`: lent, FG_PATH_MAX bytes. */
enum fg_err fg_out_target(const char *path, char *target, struct fg_fault *fault);

/* The names in a folder, too, must be on disk before anything counts on them. FG_EIO. */
enum fg_err fg_folder_flush(const char *path, struct fg_fault *fault);

/* What a file that was closed holds, likewise. FG_EIO. */
enum fg_err fg_file_flush(const char *path, struct fg_fault *fault);

/* A growing file at some moment: how long it was, and the CRC-32 (of zlib) of so much of it. */
struct fg_mark {
  uint64_t bytes; /* [B] */
  uint32_t crc;
};

struct fg_out {
  FILE *file; /* write here; errors are found at commit */
  char path[FG_PATH_MAX], temporary[FG_PATH_MAX + 16];
  struct fg_mark mark; /* the last one taken */
};

/* Opens PATH.tmp. FG_EUSAGE if the path is no place for a file, FG_EIO if it cannot be written for another reason. */
enum fg_err fg_out_open(struct fg_out *out, const char *path, struct fg_fault *fault);

/* Closes and renames; on any write error so far removes the temporary file and returns FG_EIO. */
enum fg_err fg_out_commit(struct fg_out *out, struct fg_fault *fault);

/* Flushes to disk what has been written so far, and says how much that is. What has come since the last mark is read
 * back once. FG_EIO. */
enum fg_err fg_out_mark(struct fg_out *out, struct fg_mark *mark, struct fg_fault *fault);

/* Closes and leaves PATH.tmp for fg_out_resume; does nothing if committed or never opened (zeroed). */
void fg_out_suspend(struct fg_out *out);

/* Opens PATH.tmp (or PATH, back under the temporary name, if a commit was interrupted), which some earlier process
 * wrote, cuts it to the mark and goes on behind it. FG_EINPUT if it is not there, shorter, or not what it was; it is
 * then left as it is. */
enum fg_err fg_out_resume(struct fg_out *out, const char *path, const struct fg_mark *mark, struct fg_fault *fault);

/* Could fg_out_resume do that? Changes nothing. FG_EINPUT with the reason if not. */
enum fg_err fg_mark_check(const char *path, const struct fg_mark *mark, struct fg_fault *fault);

/* Closes and removes; does nothing if committed or never opened (zeroed). */
void fg_out_discard(struct fg_out *out);

#endif
