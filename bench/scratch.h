/* A folder for the files of a case. */
#ifndef FG_BENCH_SCRATCH_H
#define FG_BENCH_SCRATCH_H

#include "core/err.h"

enum { FG_BENCH_PATH = 512 };

/* Makes one under $TMPDIR or /tmp; path: FG_BENCH_PATH bytes, "" after an error. FG_EIO. */
enum fg_err fg_bench_scratch_open(char *path, struct fg_fault *fault);

/* Removes it with all that is in it. Nothing if path is "". */
void fg_bench_scratch_close(const char *path);

#endif
