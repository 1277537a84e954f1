/* Files: all or nothing. */
#include "core/files.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum fg_err fg_path_join(const char *dir, const char *name, char *out, struct fg_fault *fault) {
  if (snprintf(out, FG_PATH_MAX, "%s/%s", dir, name) >= FG_PATH_MAX)
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "the path %.60s... is too long", dir);
  return FG_OK;
}

enum fg_err fg_out_target(const char *path, char *target, struct fg_fault *fault) {
  struct stat st;
  if (!*path)
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "the name of the file to be written is empty");
  bool there = stat(path, &st) == 0;
  if (there && !S_ISREG(st.st_mode))
    return fg_fail(fault, FG_EUSAGE, path, 0, "is not a regular file, and will not be replaced by one");
  char *resolved = there ? realpath(path, NULL) : NULL;
  int n = snprintf(target, FG_PATH_MAX, "%s", resolved ? resolved : path);
  free(resolved);
  return n < FG_PATH_MAX ? FG_OK : fg_fail(fault, FG_EUSAGE, NULL, 0, "the path %.60s... is too long", path);
}

enum fg_err fg_out_open(struct fg_out *out, const char *path, struct fg_fault *fault) {
  out->file = NULL;
  enum fg_err err = fg_out_target(path, out->path, fault);
  if (err)
    return err;
  snprintf(out->temporary, sizeof out->temporary, "%s.tmp", out->path);
  out->file = fopen(out->temporary, "wb");
  if (out->file)
    return FG_OK;
  bool misnamed = errno == ENOENT || errno == ENOTDIR || errno == EISDIR || errno == EACCES || errno == EROFS;
  return fg_fail(fault, misnamed ? FG_EUSAGE : FG_EIO, path, 0, "cannot be written: %s", strerror(errno));
}

enum fg_err fg_out_commit(struct fg_out *out, struct fg_fault *fault) {
  FILE *f = out->file;
  out->file = NULL;
  errno = 0;
  int bad = ferror(f) | fflush(f);
  bad |= bad ? 0 : fsync(fileno(f)) != 0 && errno != EINVAL && errno != EROFS;
  int reason = errno;
  bad |= fclose(f);
  if (!bad && rename(out->temporary, out->path) != 0) {
    bad = 1;
    reason = errno;
  }
  if (!bad)
    return FG_OK;
  unlink(out->temporary);
  return fg_fail(fault, FG_EIO, out->path, 0, "cannot be written: %s", strerror(reason ? reason : EIO));
}

void fg_out_discard(struct fg_out *out) {
  if (!out->file)
    return;
  fclose(out->file);
  out->file = NULL;
  unlink(out->temporary);
}
