/* A folder for an experiment's data. */
#include "cli/scratch.h"

#include "cli/interrupt.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum fg_err fg_scratch_open(struct fg_lab *lab, char *path, struct fg_fault *fault) {
  const char *tmp = getenv("TMPDIR");
  int n = snprintf(path, FG_PATH_MAX, "%s/fugue-XXXXXX", tmp && *tmp ? tmp : "/tmp");
  if (n < 0 || n >= FG_PATH_MAX)
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "TMPDIR is too long");
  if (!mkdtemp(path))
    return fg_fail(fault, FG_EIO, path, 0, "cannot be made: %s", strerror(errno));
  lab->scratch = path;
  lab->stopped = fg_interrupted;
  fg_interrupt_catch();
  return FG_OK;
}

void fg_scratch_close(const struct fg_lab *lab) {
  DIR *dir = opendir(lab->scratch);
  for (const struct dirent *e; dir && (e = readdir(dir));)
    unlinkat(dirfd(dir), e->d_name, 0); /* refuses . and .. */
  if (dir)
    closedir(dir);
  rmdir(lab->scratch);
}
