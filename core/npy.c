/* Factors on disk. */
#include "core/npy.h"

#include "core/files.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "factors are written as they lie in memory: little-endian machines only"
#endif

static const char magic[8] = {'\x93', 'N', 'U', 'M', 'P', 'Y', 1, 0};

enum fg_err fg_npy_write(const char *path, uint32_t rows, uint32_t cols, const float *values, struct fg_fault *fault) {
  struct fg_out out;
  enum fg_err err = fg_out_open(&out, path, fault);
  if (err)
    return err;
  char header[128];
  int n = snprintf(header, sizeof header,
                   "{'descr': '<f4', 'fortran_order': False, 'shape': (%" PRIu32 ", %" PRIu32 "), }", rows, cols);
  size_t total =
      128 - sizeof magic - 2; /* magic, length and header fill 128 bytes, as the format asks for multiples of 64 */
  memset(header + n, ' ', total - (size_t)n);
  header[total - 1] = '\n';
  unsigned char length[2] = {(unsigned char)(total & 0xff), (unsigned char)(total >> 8)};
  size_t count = (size_t)rows * cols;
  fwrite(magic, sizeof magic, 1, out.file);
  fwrite(length, sizeof length, 1, out.file);
  fwrite(header, total, 1, out.file);
  fwrite(values, sizeof *values, count, out.file);
  return fg_out_commit(&out, fault);
}

enum fg_err fg_npy_read(const char *path, uint32_t *rows, uint32_t *cols, float **values, struct fg_fault *fault) {
  *values = NULL;
  FILE *f = fopen(path, "rb");
  if (!f)
    return fg_fail(fault, FG_EINPUT, path, 0, "cannot be opened: %s", strerror(errno));
  char head[10], header[1024];
  enum fg_err err = FG_OK;
  size_t length = 0, count;
  if (fread(head, sizeof head, 1, f) == 1 && memcmp(head, magic, sizeof magic) == 0)
    length = (size_t)(unsigned char)head[8] | (size_t)(unsigned char)head[9] << 8;
  if (length == 0 || length >= sizeof header || fread(header, length, 1, f) != 1) {
    err = fg_fail(fault, FG_EINPUT, path, 0, "not a .npy file of version 1.0");
    goto cleanup;
  }
  header[length] = 0;
  const char *shape = strstr(header, "'shape': (");
  if (!strstr(header, "'<f4'") || !strstr(header, "'fortran_order': False") || !shape ||
      sscanf(shape, "'shape': (%" SCNu32 ", %" SCNu32 ")", rows, cols) != 2) {
    err = fg_fail(fault, FG_EINPUT, path, 0, "not a two-dimensional array of float32 in C order");
    goto cleanup;
  }
  count = (size_t)*rows * *cols;
  long at = ftell(f);
  if (at < 0 || fseek(f, 0, SEEK_END) || (size_t)(ftell(f) - at) != count * sizeof **values || fseek(f, at, SEEK_SET)) {
    err = fg_fail(fault, FG_EINPUT, path, 0, "holds more or less than its %u x %u floats", *rows, *cols);
    goto cleanup;
  }
  *values = malloc((count ? count : 1) * sizeof **values);
  if (!*values)
    err = fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory for %s", path);
  else if (fread(*values, sizeof **values, count, f) != count)
    err = fg_fail(fault, FG_EIO, path, 0, "cannot be read");
cleanup:
  fclose(f);
  if (err) {
    free(*values);
    *values = NULL;
  }
  return err;
}
