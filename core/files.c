/* Files: all or nothing. */
#include "core/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

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

static enum fg_err name(struct fg_out *out, const char *path, struct fg_fault *fault) {
  out->file = NULL;
  out->mark = (struct fg_mark){0, 0};
  enum fg_err err = fg_out_target(path, out->path, fault);
  if (!err)
    snprintf(out->temporary, sizeof out->temporary, "%s.tmp", out->path);
  return err;
}

enum fg_err fg_out_open(struct fg_out *out, const char *path, struct fg_fault *fault) {
  enum fg_err err = name(out, path, fault);
  if (err)
    return err;
  out->file = fopen(out->temporary, "w+b"); /* marks read back */
  if (out->file)
    return FG_OK;
  bool misnamed = errno == ENOENT || errno == ENOTDIR || errno == EISDIR || errno == EACCES || errno == EROFS;
  return fg_fail(fault, misnamed ? FG_EUSAGE : FG_EIO, path, 0, "cannot be written: %s", strerror(errno));
}

/* Some file systems cannot, and then there is nothing to be done about it. */
static bool flushed_to_disk(int file) {
  return fsync(file) == 0 || errno == EINVAL || errno == EROFS;
}

/* A stream remembers that a write failed, but not why. */
static const char *reason_of(int error) {
  return error ? strerror(error) : "a write failed (is the disk full?)";
}

static enum fg_err flush(const char *path, int flags, struct fg_fault *fault) {
  int f = open(path, O_RDONLY | O_CLOEXEC | flags);
  bool good = f >= 0 && flushed_to_disk(f);
  enum fg_err err = good ? FG_OK : fg_fail(fault, FG_EIO, path, 0, "cannot be written: %s", strerror(errno));
  if (f >= 0)
    close(f);
  return err;
}

enum fg_err fg_folder_flush(const char *path, struct fg_fault *fault) {
  return flush(path, O_DIRECTORY, fault);
}

enum fg_err fg_file_flush(const char *path, struct fg_fault *fault) {
  return flush(path, 0, fault);
}

enum fg_err fg_out_commit(struct fg_out *out, struct fg_fault *fault) {
  FILE *f = out->file;
  out->file = NULL;
  errno = 0;
  int bad = ferror(f) | fflush(f);
  bad |= bad ? 0 : !flushed_to_disk(fileno(f));
  int reason = errno;
  bad |= fclose(f);
  if (!bad && rename(out->temporary, out->path) != 0) {
    bad = 1;
    reason = errno;
  }
  if (!bad)
    return FG_OK;
  unlink(out->temporary);
  return fg_fail(fault, FG_EIO, out->path, 0, "cannot be written: %s", reason_of(reason));
}

/* Carries *mark on to a file's byte `end`. False with errno (0: the file is shorter) if it cannot be read so far. */
static bool extend(int file, struct fg_mark *mark, uint64_t end) {
  unsigned char bytes[1 << 14];
  while (mark->bytes < end) {
    uint64_t left = end - mark->bytes;
    errno = 0;
    ssize_t n = pread(file, bytes, left < sizeof bytes ? (size_t)left : sizeof bytes, (off_t)mark->bytes);
    if (n <= 0 && errno != EINTR)
      return false;
    if (n > 0) {
      mark->crc = (uint32_t)crc32(mark->crc, bytes, (uInt)n);
      mark->bytes += (uint64_t)n;
    }
  }
  return true;
}

enum fg_err fg_out_mark(struct fg_out *out, struct fg_mark *mark, struct fg_fault *fault) {
  errno = 0;
  bool good = !ferror(out->file) && fflush(out->file) == 0 && flushed_to_disk(fileno(out->file));
  off_t end = good ? ftello(out->file) : -1;
  if (end < 0 || !extend(fileno(out->file), &out->mark, (uint64_t)end))
    return fg_fail(fault, FG_EIO, out->path, 0, "cannot be written: %s", reason_of(errno));
  *mark = out->mark;
  return FG_OK;
}

void fg_out_suspend(struct fg_out *out) {
  if (out->file)
    fclose(out->file);
  out->file = NULL;
}

/* the file under its temporary name, or, if that is not there, under its own */
static int open_grown(const struct fg_out *out, int flags) {
  int file = open(out->temporary, flags | O_CLOEXEC);
  return file < 0 && errno == ENOENT ? open(out->path, flags | O_CLOEXEC) : file;
}

/* *found: the mark of as much of the file as was asked for */
static enum fg_err compare(const struct fg_out *out, int file, const struct fg_mark *mark, struct fg_mark *found,
                           struct fg_fault *fault) {
  *found = (struct fg_mark){0, 0};
  if (file < 0)
    return fg_fail(fault, FG_EINPUT, out->temporary, 0, "cannot be opened: %s", strerror(errno));
  if (!extend(file, found, mark->bytes))
    return fg_fail(fault, FG_EINPUT, out->temporary, 0, "cannot be read: %s",
                   errno ? strerror(errno) : "it is shorter than it was");
  if (found->crc != mark->crc)
    return fg_fail(fault, FG_EINPUT, out->temporary, 0, "is not what it was: its checksum is wrong");
  return FG_OK;
}

enum fg_err fg_mark_check(const char *path, const struct fg_mark *mark, struct fg_fault *fault) {
  struct fg_out out;
  struct fg_mark found;
  enum fg_err err = name(&out, path, fault);
  if (err)
    return err;
  int file = open_grown(&out, O_RDONLY);
  err = compare(&out, file, mark, &found, fault);
  if (file >= 0)
    close(file);
  return err;
}

enum fg_err fg_out_resume(struct fg_out *out, const char *path, const struct fg_mark *mark, struct fg_fault *fault) {
  enum fg_err err = name(out, path, fault);
  if (err)
    return err;
  int file = open_grown(out, O_RDWR);
  err = compare(out, file, mark, &out->mark, fault);
  if (!err && access(out->temporary, F_OK) != 0 && rename(out->path, out->temporary) != 0)
    err = fg_fail(fault, FG_EIO, out->path, 0, "cannot be renamed: %s", strerror(errno));
  if (!err && (ftruncate(file, (off_t)mark->bytes) != 0 || !(out->file = fdopen(file, "r+b")) ||
               fseeko(out->file, 0, SEEK_END) != 0))
    err = fg_fail(fault, FG_EIO, out->path, 0, "cannot be written: %s", strerror(errno));
  if (err && out->file)
    fg_out_suspend(out);
  else if (err && file >= 0)
    close(file);
  return err;
}

void fg_out_discard(struct fg_out *out) {
  if (!out->file)
    return;
  fclose(out->file);
  out->file = NULL;
  unlink(out->temporary);
}
