/* Private to core/data: text files, plain or gzipped, line by line; what a reader sees of the file system. */
#ifndef FG_CORE_DATA_TEXT_INPUT_H
#define FG_CORE_DATA_TEXT_INPUT_H

#include "core/err.h"

#include <nettle/sha2.h>
#include <stdbool.h>
#include <stddef.h>
#include <zlib.h>

enum { FG_LINE_MAX = 65536 }; /* longest line [B] */

struct fg_text_input {
  const char *path;        /* lent */
  struct fg_fault *fault;  /* lent, may be NULL */
  int fd;                  /* -1: not open */
  unsigned long long line; /* number of the line given last, from 1 */
  struct sha256_ctx sha;   /* of the bytes as stored */
  unsigned char *stored;   /* bytes of the file, not yet unpacked: z.next_in, z.avail_in */
  bool stored_end;         /* nothing left in the file */
  bool gzip, member_done;  /* a gzip file is one or more members */
  z_stream z;
  char *text;            /* unpacked, from `at` to `filled` not yet given */
  size_t at, filled;     /* NULs follow, as many as reading numbers eight bytes at a time may touch */
  bool text_end;         /* nothing left to unpack */
  bool again;            /* the next line is the last one once more */
  char *current;         /* the line given last */
  size_t current_length; /* [B] */
};

/* Opens a file; fg_text_close must follow, also after an error. FG_EINPUT: there is no such file, it is a directory, it
 * may not be read. */
enum fg_err fg_text_open(struct fg_text_input *in, const char *path, struct fg_fault *fault);

/* The next line, lent until the next call, NUL-terminated, without its line end (LF or CRLF); *line is NULL at the end
 * of the file. `length`: [B], may be NULL. FG_EINPUT: NUL byte, overlong line, truncated or corrupt gzip data. */
enum fg_err fg_text_line(struct fg_text_input *in, char **line, size_t *length);

/* Makes fg_text_line give the last line again (unchanged unless the caller wrote into it). */
void fg_text_again(struct fg_text_input *in);

/* FG_EINPUT at the line given last. */
enum fg_err fg_text_fail(const struct fg_text_input *in, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* SHA-256 of the stored bytes in hex; only after the end of the file was reached. */
void fg_text_sha256(struct fg_text_input *in, char hex[65]);

void fg_text_close(struct fg_text_input *in);

#endif
