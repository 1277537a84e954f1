/* Files of checkpoints: bytes out with their checksum, and back in. */
#include "core/sealed.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

static void flush(struct fg_sealed *s) {
  s->crc = (uint32_t)crc32(s->crc, s->buffer, (uInt)s->n);
  fwrite(s->buffer, 1, s->n, s->file);
  s->n = 0;
}

void fg_sealed_put(struct fg_sealed *s, const void *from, size_t bytes) {
  for (const unsigned char *p = from; bytes > 0;) {
    if (s->n == sizeof s->buffer)
      flush(s);
    size_t some = sizeof s->buffer - s->n < bytes ? sizeof s->buffer - s->n : bytes;
    memcpy(s->buffer + s->n, p, some);
    s->n += some;
    p += some;
    bytes -= some;
  }
}

void fg_sealed_put_lines(struct fg_sealed *s, const float *factor, uint32_t n, uint32_t width, uint32_t stride) {
  for (uint32_t i = 0; i < n; i++)
    fg_sealed_put(s, factor + (size_t)i * stride, width * sizeof(float));
}

void fg_sealed_close(struct fg_sealed *s) {
  flush(s);
  fwrite(&s->crc, sizeof s->crc, 1, s->file);
}

enum fg_err fg_sealed_open(struct fg_sealed *s, const char *path, size_t least, uint64_t *bytes,
                           struct fg_fault *fault) {
  struct stat st;
  s->file = fopen(path, "rb");
  if (!s->file || fstat(fileno(s->file), &st) != 0)
    return fg_fail(fault, FG_EINPUT, path, 0, "cannot be opened: %s", strerror(errno));
  *bytes = (uint64_t)st.st_size;
  if (!S_ISREG(st.st_mode) || *bytes < least + sizeof s->crc)
    return fg_fail(fault, FG_EINPUT, path, 0, "has %" PRIu64 " bytes, which is too few", *bytes);
  s->left = *bytes - sizeof s->crc;
  return FG_OK;
}

bool fg_sealed_get(struct fg_sealed *s, void *to, uint64_t bytes) {
  for (unsigned char *p = to; bytes > 0;) {
    if (s->at == s->n) {
      size_t most = s->left < sizeof s->buffer ? (size_t)s->left : sizeof s->buffer;
      s->at = 0;
      s->n = fread(s->buffer, 1, most, s->file);
      if (s->n == 0)
        return false;
      s->left -= s->n;
      s->crc = (uint32_t)crc32(s->crc, s->buffer, (uInt)s->n);
    }
    size_t some = s->n - s->at < bytes ? s->n - s->at : (size_t)bytes;
    if (p) {
      memcpy(p, s->buffer + s->at, some);
      p += some;
    }
    s->at += some;
    bytes -= some;
  }
  return true;
}

bool fg_sealed_get_lines(struct fg_sealed *s, float *factor, uint32_t n, uint32_t width, uint32_t stride) {
  for (uint32_t i = 0; i < n; i++)
    if (!fg_sealed_get(s, factor + (size_t)i * stride, width * sizeof(float)))
      return false;
  return true;
}

enum fg_err fg_sealed_end(struct fg_sealed *s, const char *path, struct fg_fault *fault) {
  uint32_t recorded;
  if (fread(&recorded, sizeof recorded, 1, s->file) != 1)
    return fg_fail(fault, FG_EINPUT, path, 0, "cannot be read");
  if (recorded != s->crc)
    return fg_fail(fault, FG_EINPUT, path, 0, "is damaged: its checksum is wrong");
  return FG_OK;
}

enum fg_err fg_sealed_rest(struct fg_sealed *s, uint64_t bytes, const char *path, struct fg_fault *fault) {
  if (!fg_sealed_get(s, NULL, bytes))
    return fg_fail(fault, FG_EINPUT, path, 0, "cannot be read");
  return fg_sealed_end(s, path, fault);
}

enum fg_err fg_checkpoint_folders(const struct fg_checkpoints *c, uint64_t round, struct fg_fault *fault) {
  char path[FG_PATH_MAX];
  enum fg_err err = fg_checkpoint_path(c, round, "", path, fault);
  if (!err && ((mkdir(c->dir, 0777) != 0 && errno != EEXIST) || (mkdir(path, 0777) != 0 && errno != EEXIST)))
    err = fg_fail(fault, FG_EIO, path, 0, "cannot be made: %s", strerror(errno));
  if (!err)
    err = fg_checkpoint_path(c, round, "manifest.yaml", path, fault);
  if (!err)
    unlink(path); /* of an earlier checkpoint of this round: it is being replaced */
  return err;
}
