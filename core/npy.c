/* Factors on disk. */
#include "core/npy.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "factors are written as they lie in memory: little-endian machines only"
#endif

static const char magic[8] = {'\x93', 'N', 'U', 'M', 'P', 'Y', 1, 0};

void fg_npy_header(uint32_t rows, uint32_t cols, unsigned char *out) {
  enum { PREFIX = sizeof magic + 2 };     /* the length of the text follows the magic */
  size_t length = FG_NPY_HEADER - PREFIX; /* 128 bytes in all: the format asks for multiples of 64 */
  char text[FG_NPY_HEADER];
  int n = snprintf(text, sizeof text, "{'descr': '<f4', 'fortran_order': False, 'shape': (%" PRIu32 ", %" PRIu32 "), }",
                   rows, cols);
  memset(out, ' ', FG_NPY_HEADER);
  memcpy(out, magic, sizeof magic);
  out[sizeof magic] = (unsigned char)(length & 0xff);
  out[sizeof magic + 1] = (unsigned char)(length >> 8);
  memcpy(out + PREFIX, text, (size_t)n);
  out[FG_NPY_HEADER - 1] = '\n';
}

/* Opens a file at its first value; *file is NULL after an error. */
static enum fg_err open_array(const char *path, uint32_t *rows, uint32_t *cols, FILE **file, struct fg_fault *fault) {
  FILE *f = *file = fopen(path, "rb");
  if (!f)
    return fg_fail(fault, FG_EINPUT, path, 0, "cannot be opened: %s", strerror(errno));
  char head[10], header[1024];
  enum fg_err err = FG_OK;
  size_t length = 0;
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
  long at = ftell(f);
  if (at < 0 || fseek(f, 0, SEEK_END) || (size_t)(ftell(f) - at) != (size_t)*rows * *cols * sizeof(float) ||
      fseek(f, at, SEEK_SET))
    err = fg_fail(fault, FG_EINPUT, path, 0, "holds more or less than its %u x %u floats", *rows, *cols);
cleanup:
  if (err) {
    fclose(f);
    *file = NULL;
  }
  return err;
}

enum fg_err fg_npy_open(const char *path, uint32_t rows, uint32_t cols, FILE **file, struct fg_fault *fault) {
  uint32_t r, c;
  enum fg_err err = open_array(path, &r, &c, file, fault);
  if (!err && (r != rows || c != cols)) {
    fclose(*file);
    *file = NULL;
    err = fg_fail(fault, FG_EINPUT, path, 0, "is %u x %u, not %u x %u", r, c, rows, cols);
  }
  return err;
}

enum fg_err fg_npy_read(const char *path, uint32_t *rows, uint32_t *cols, float **values, struct fg_fault *fault) {
  FILE *f;
  *values = NULL;
  enum fg_err err = open_array(path, rows, cols, &f, fault);
  if (err)
    return err;
  size_t count = (size_t)*rows * *cols;
  *values = malloc((count ? count : 1) * sizeof **values);
  if (!*values)
    err = fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory for %s", path);
  else if (fread(*values, sizeof **values, count, f) != count)
    err = fg_fail(fault, FG_EIO, path, 0, "cannot be read");
  fclose(f);
  if (err) {
    free(*values);
    *values = NULL;
  }
  return err;
}
