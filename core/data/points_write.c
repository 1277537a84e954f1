/* Points -> file. */
#include "core/data/points.h"

#include "core/files.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

enum { BUFFER = 64 << 10, LINE = 128 };

/* writes through zlib, which passes plain text on untouched */
struct output {
  gzFile file;
  char *buffer;
  size_t used;
};

static bool flush(struct output *out) {
  bool done = !out->used || gzwrite(out->file, out->buffer, (unsigned)out->used) == (int)out->used;
  out->used = 0;
  return done;
}

static void put_whole(struct output *out, uint64_t value, char after) {
  char digits[24];
  size_t n = 0;
  do
    digits[n++] = (char)('0' + value % 10);
  while (value /= 10);
  while (n)
    out->buffer[out->used++] = digits[--n];
  out->buffer[out->used++] = after;
}

static void put_value(struct output *out, float value) {
  if (value >= 0 && value < 0x1p32f && value == truncf(value))
    put_whole(out, (uint64_t)value, '\n');
  else /* nine digits give every float back */
    out->used += (size_t)snprintf(out->buffer + out->used, LINE, "%.9g\n", (double)value);
}

/* Edge lists and symmetric matrices have the points of one triangle: (i, j) with i <= j, or its mirror image. */
static bool is_kept(const struct fg_points *points, enum fg_format format, size_t i) {
  bool halved = points->symmetric && (format == FG_FORMAT_EDGES || format == FG_FORMAT_MATRIX_MARKET);
  return !halved || (format == FG_FORMAT_EDGES ? points->row[i] <= points->col[i] : points->row[i] >= points->col[i]);
}

static void put_header(struct output *out, const struct fg_points *points, enum fg_format format) {
  size_t kept = 0;
  for (size_t i = 0; i < points->n; i++)
    kept += is_kept(points, format, i);
  if (format == FG_FORMAT_MATRIX_MARKET)
    out->used = (size_t)snprintf(out->buffer, BUFFER, "%%%%MatrixMarket matrix coordinate %s %s\n%u %u %zu\n",
                                 points->counts ? "integer" : "real", points->symmetric ? "symmetric" : "general",
                                 points->rows, points->cols, kept);
  if (format == FG_FORMAT_BOW)
    out->used = (size_t)snprintf(out->buffer, BUFFER, "%u\n%u\n%zu\n", points->rows, points->cols, points->n);
}

static bool put_points(struct output *out, const struct fg_points *points, enum fg_format format) {
  put_header(out, points, format);
  for (size_t i = 0; i < points->n; i++) {
    if (out->used > BUFFER - LINE && !flush(out))
      return false;
    if (!is_kept(points, format, i))
      continue;
    put_whole(out, (uint64_t)points->row[i] + 1, ' ');
    put_whole(out, (uint64_t)points->col[i] + 1, format == FG_FORMAT_EDGES ? '\n' : ' ');
    if (format != FG_FORMAT_EDGES)
      put_value(out, points->value[i]);
  }
  return flush(out);
}

static bool ends_with(const char *text, size_t n, const char *end) {
  size_t m = strlen(end);
  return n >= m && memcmp(text + n - m, end, m) == 0;
}

/* own: of the points */
static enum fg_format format_of(const char *path, enum fg_format own, bool *gzip) {
  const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
  size_t n = strlen(name);
  *gzip = ends_with(name, n, ".gz");
  if (*gzip)
    n -= 3;
  if (ends_with(name, n, ".mtx"))
    return FG_FORMAT_MATRIX_MARKET;
  if (strncmp(name, "docword", 7) == 0)
    return FG_FORMAT_BOW;
  return own == FG_FORMAT_EDGES ? FG_FORMAT_EDGES : FG_FORMAT_TRIPLETS;
}

/* What a reader would refuse is not written. */
static enum fg_err check(const char *path, const struct fg_points *points, enum fg_format format,
                         struct fg_fault *fault) {
  if (!points->n)
    return fg_fail(fault, FG_EUSAGE, path, 0, "there are no points to write");
  if (format != FG_FORMAT_BOW)
    return FG_OK;
  for (size_t i = 0; i < points->n; i++)
    if (!points->counts || !(points->value[i] >= 1 && points->value[i] < 0x1p32f))
      return fg_fail(
          fault, FG_EUSAGE, path, 0,
          "the name asks for a bag of words, which holds counts from 1 to 4294967295, not %g; a name that does "
          "not begin with docword asks for another format",
          (double)points->value[i]);
  return FG_OK;
}

enum fg_err fg_points_write(const char *path, const struct fg_points *points, struct fg_fault *fault) {
  bool gzip, written = false;
  enum fg_format format = format_of(path, points->format, &gzip);
  char target[FG_PATH_MAX];
  enum fg_err err = check(path, points, format, fault);
  if (!err)
    err = fg_out_target(path, target, fault);
  if (err)
    return err;
  int fd = -1;
  struct output out = {0};
  size_t size = strlen(target) + 32;
  char *temporary = malloc(size);
  out.buffer = malloc(BUFFER);
  if (!temporary || !out.buffer) {
    err = fg_fail(fault, FG_ENOMEM, path, 0, "out of memory");
    goto cleanup;
  }
  snprintf(temporary, size, "%s.%ld.tmp", target, (long)getpid());
  fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (fd < 0) {
    bool misnamed = errno == ENOENT || errno == ENOTDIR || errno == EACCES || errno == EROFS;
    err = fg_fail(fault, misnamed ? FG_EUSAGE : FG_EIO, path, 0, "cannot be written: %s", strerror(errno));
    goto cleanup;
  }
  errno = 0;
  out.file = gzdopen(fd, gzip ? "wb6" : "wbT");
  if (out.file) {
    written = put_points(&out, points, format);
    written = gzclose(out.file) == Z_OK && written;
    fd = -1; /* closed with it */
  }
  if (!written || rename(temporary, target) != 0) {
    err = fg_fail(fault, FG_EIO, path, 0, "cannot be written: %s", errno ? strerror(errno) : "out of memory");
    unlink(temporary);
  }
cleanup:
  if (fd >= 0)
    close(fd);
  free(temporary);
  free(out.buffer);
  return err;
}
