/* Stored bytes -> lines of text: reading, unpacking, hashing. */
#include "core/data/text_input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { STORED_SIZE = 128 << 10, TEXT_SIZE = 4 * FG_LINE_MAX };
enum { BEYOND = 32 }; /* NULs behind the text: for who reads numbers several bytes at a time */

enum fg_err fg_text_fail(const struct fg_text_input *in, const char *format, ...) {
  char text[sizeof in->fault->text];
  va_list ap;
  va_start(ap, format);
  vsnprintf(text, sizeof text, format, ap);
  va_end(ap);
  return fg_fail(in->fault, FG_EINPUT, in->path, in->line, "%s", text);
}

/* The next bytes of the file, up to `room`; *n: how many. */
static enum fg_err read_bytes(struct fg_text_input *in, unsigned char *to, size_t room, size_t *n) {
  *n = 0;
  while (*n < room && !in->stored_end) {
    ssize_t got = read(in->fd, to + *n, room - *n);
    if (got < 0 && errno != EINTR)
      return fg_fail(in->fault, FG_EIO, in->path, in->line, "cannot be read: %s", strerror(errno));
    if (got == 0)
      in->stored_end = true;
    if (got > 0)
      *n += (size_t)got;
  }
  sha256_update(&in->sha, *n, to);
  return FG_OK;
}

/* Fills the buffer of stored bytes, which is used up. */
static enum fg_err read_stored(struct fg_text_input *in) {
  size_t n;
  enum fg_err err = read_bytes(in, in->stored, STORED_SIZE, &n);
  if (err)
    return err;
  in->z.next_in = in->stored;
  in->z.avail_in = (uInt)n;
  return FG_OK;
}

static enum fg_err gzip_fail(struct fg_text_input *in, const char *what, const char *why) {
  in->line++; /* the line that cannot be had */
  return fg_text_fail(in, "%s gzip data%s%s", what, why ? ": " : "", why ? why : "");
}

/* Plain text needs no unpacking: it is read to where it is wanted, but for the first bytes, which showed that it is
 * plain. */
static enum fg_err take_plain(struct fg_text_input *in) {
  size_t n = in->z.avail_in;
  enum fg_err err = FG_OK;
  if (n) {
    memcpy(in->text + in->filled, in->z.next_in, n);
    in->z.avail_in = 0;
  } else {
    err = read_bytes(in, (unsigned char *)in->text + in->filled, TEXT_SIZE - in->filled, &n);
  }
  in->filled += n;
  in->text_end = n == 0;
  return err;
}

static enum fg_err inflate_some(struct fg_text_input *in) {
  if (!in->z.avail_in && !in->stored_end) {
    enum fg_err err = read_stored(in);
    if (err)
      return err;
  }
  if (!in->z.avail_in && in->member_done) {
    in->text_end = true;
    return FG_OK;
  }
  if (!in->z.avail_in)
    return gzip_fail(in, "truncated", NULL);
  if (in->member_done && inflateReset(&in->z) != Z_OK)
    return gzip_fail(in, "corrupt", in->z.msg);
  in->z.next_out = (Bytef *)in->text + in->filled;
  in->z.avail_out = (uInt)(TEXT_SIZE - in->filled);
  int result = inflate(&in->z, Z_NO_FLUSH);
  in->filled = TEXT_SIZE - in->z.avail_out;
  in->member_done = result == Z_STREAM_END;
  if (result == Z_MEM_ERROR)
    return FG_ENOMEM;
  if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)
    return gzip_fail(in, "corrupt", in->z.msg);
  return FG_OK;
}

/* Some more text behind `filled`, where there is room. */
static enum fg_err more_text(struct fg_text_input *in) {
  enum fg_err err = in->gzip ? inflate_some(in) : take_plain(in);
  memset(in->text + in->filled, 0, BEYOND);
  return err;
}

enum fg_err fg_text_open(struct fg_text_input *in, const char *path, struct fg_fault *fault) {
  *in = (struct fg_text_input){.path = path, .fault = fault, .fd = -1};
  sha256_init(&in->sha);
  struct stat st;
  in->fd = open(path, O_RDONLY | O_CLOEXEC);
  if (in->fd < 0 || fstat(in->fd, &st) != 0)
    return fg_fail(fault, FG_EINPUT, path, 0, "cannot be opened: %s", strerror(errno));
  if (S_ISDIR(st.st_mode))
    return fg_fail(fault, FG_EINPUT, path, 0, "is a directory, not a file (nor a grid: it has no index.yaml)");
  in->stored = malloc(STORED_SIZE);
  in->text = malloc(TEXT_SIZE + BEYOND);
  if (!in->stored || !in->text)
    return FG_ENOMEM;
  memset(in->text, 0, BEYOND);
  enum fg_err err = read_stored(in);
  if (err)
    return err;
  in->gzip = in->z.avail_in >= 2 && in->stored[0] == 0x1f && in->stored[1] == 0x8b;
  if (in->gzip && inflateInit2(&in->z, 15 + 16) != Z_OK) {
    in->gzip = false;
    return FG_ENOMEM;
  }
  return FG_OK;
}

static enum fg_err find_line_end(struct fg_text_input *in, char **end) {
  for (size_t searched = 0;;) {
    *end = memchr(in->text + in->at + searched, '\n', in->filled - in->at - searched);
    searched = in->filled - in->at;
    if ((*end ? (size_t)(*end - in->text) - in->at : searched) > FG_LINE_MAX) {
      in->line++;
      return fg_text_fail(in, "the line is longer than %d bytes", FG_LINE_MAX);
    }
    if (*end)
      return FG_OK;
    if (in->text_end) {
      *end = in->text + in->filled;
      return FG_OK;
    }
    memmove(in->text, in->text + in->at, searched);
    in->at = 0;
    in->filled = searched;
    enum fg_err err = more_text(in);
    if (err)
      return err;
  }
}

enum fg_err fg_text_line(struct fg_text_input *in, char **line, size_t *length) {
  if (!in->again) {
    char *end;
    enum fg_err err = find_line_end(in, &end);
    if (err)
      return err;
    char *start = in->text + in->at;
    in->current = start;
    if (in->at == in->filled) {
      in->current = NULL;
      in->current_length = 0;
    } else {
      in->line++;
      in->current_length = (size_t)(end - start);
      in->at += in->current_length + (end < in->text + in->filled);
      if (in->current_length && end[-1] == '\r')
        in->current_length--;
      if (memchr(start, 0, in->current_length))
        return fg_text_fail(in, "there is a NUL byte in the line: this is not a text file");
      start[in->current_length] = 0;
    }
  }
  in->again = false;
  *line = in->current;
  if (length)
    *length = in->current_length;
  return FG_OK;
}

void fg_text_again(struct fg_text_input *in) {
  in->again = true;
}

void fg_text_sha256(struct fg_text_input *in, char hex[65]) {
  unsigned char digest[SHA256_DIGEST_SIZE];
  sha256_digest(&in->sha, sizeof digest, digest);
  for (size_t i = 0; i < sizeof digest; i++)
    snprintf(hex + 2 * i, 3, "%02x", digest[i]);
}

void fg_text_close(struct fg_text_input *in) {
  if (in->gzip)
    inflateEnd(&in->z);
  if (in->fd >= 0)
    close(in->fd);
  free(in->stored);
  free(in->text);
  *in = (struct fg_text_input){.fd = -1};
}
