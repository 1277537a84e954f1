/* A folder for the files of a case. */
#define _GNU_SOURCE /* nftw */

#include "bench/scratch.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum fg_err fg_bench_scratch_open(char *path, struct fg_fault *fault) {
  const char *tmp = getenv("TMPDIR");
  int n = snprintf(path, FG_BENCH_PATH, "%s/fugue-bench-XXXXXX", tmp && *tmp ? tmp : "/tmp");
  if (n > 0 && n < FG_BENCH_PATH && mkdtemp(path))
    return FG_OK;
  path[0] = 0;
  return fg_fail(fault, FG_EIO, tmp, 0, "a folder for what is measured cannot be made: %s", strerror(errno));
}

static int drop(const char *path, const struct stat *status, int kind, struct FTW *where) {
  (void)status;
  (void)kind;
  (void)where;
  return remove(path);
}

void fg_bench_scratch_close(const char *path) {
  if (path[0])
    nftw(path, drop, 16, FTW_DEPTH | FTW_PHYS);
}
