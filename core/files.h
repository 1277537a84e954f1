/* Files that are complete or not there: written to a temporary name beside the target, flushed to disk, renamed. */
#ifndef FG_CORE_FILES_H
#define FG_CORE_FILES_H

#include "core/err.h"

#include <stdio.h>

struct fg_out {
  FILE *file; /* write here; errors are found at commit */
  char path[4096], temporary[4112];
};

/* Opens PATH.tmp. FG_EIO names the path. */
enum fg_err fg_out_open(struct fg_out *out, const char *path, struct fg_fault *fault);

/* Closes and renames; on any write error so far removes the temporary file and returns FG_EIO. */
enum fg_err fg_out_commit(struct fg_out *out, struct fg_fault *fault);

/* Closes and removes; does nothing if committed or never opened (zeroed). */
void fg_out_discard(struct fg_out *out);

#endif
