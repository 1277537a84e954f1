/* A folder for an experiment's data, and signals that end it. */
#include "cli/scratch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* a signal handler can be told by globals only */
static volatile sig_atomic_t interrupted;

static void interrupt(int number) {
  interrupted = number;
}

static bool stopped(void) {
  return interrupted != 0;
}

enum fg_err fg_scratch_open(struct fg_lab *lab, char *path, struct fg_fault *fault) {
  const char *tmp = getenv("TMPDIR");
  int n = snprintf(path, FG_PATH_MAX, "%s/fugue-XXXXXX", tmp && *tmp ? tmp : "/tmp");
  if (n < 0 || n >= FG_PATH_MAX)
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "TMPDIR is too long");
  if (!mkdtemp(path))
    return fg_fail(fault, FG_EIO, path, 0, "cannot be made: %s", strerror(errno));
  lab->scratch = path;
  lab->stopped = stopped;
  signal(SIGINT, interrupt);
  signal(SIGTERM, interrupt);
  signal(SIGPIPE, interrupt); /* nobody reads what is printed any more */
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

int fg_scratch_exit_code(int code) {
  return interrupted ? 128 + interrupted : code;
}
