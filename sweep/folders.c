/* Folders made and removed. */
#define _GNU_SOURCE /* nftw */
#include "sweep/folders.h"

#include "core/files.h"

#include <errno.h>
#include <ftw.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

static bool is_folder(const char *path) {
  struct stat st;
  return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

enum fg_err fg_folder_make(const char *path, struct fg_fault *fault) {
  char part[FG_PATH_MAX];
  if (snprintf(part, sizeof part, "%s", path) >= (int)sizeof part)
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "the path %.60s... is too long", path);
  for (char *p = part + 1;; p++) {
    char here = *p;
    if (here != '/' && here != 0)
      continue;
    *p = 0;
    if (mkdir(part, 0777) != 0 && !(errno == EEXIST && is_folder(part)))
      return fg_fail(fault, FG_EUSAGE, part, 0, "no folder can be made there: %s", strerror(errno));
    if (here == 0)
      return FG_OK;
    *p = here;
  }
}

static int drop(const char *path, const struct stat *st, int kind, struct FTW *place) {
  (void)st;
  (void)kind;
  (void)place;
  return remove(path) != 0 && errno != ENOENT ? -1 : 0;
}

enum fg_err fg_folder_remove(const char *path, struct fg_fault *fault) {
  if (nftw(path, drop, 16, FTW_DEPTH | FTW_PHYS) == 0 || errno == ENOENT)
    return FG_OK;
  return fg_fail(fault, FG_EIO, path, 0, "cannot be removed: %s", strerror(errno));
}
