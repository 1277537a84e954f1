/* Plain lines -> points: what nearly all lines of a file are, straight from the buffer, eight digits at a time.
 * Whatever is not plain - a comment, a bad field, a number of many digits, a line that the buffer does not hold to its
 * end - is left to the readers of lines, which know what to say about it. */
#include "core/data/reader.h"

#include "core/data/scan.h"

#include <math.h>
#include <string.h>

static inline bool blank(char c) {
  return c == ' ' || c == '\t';
}

static inline const char *skip_blanks(const char *p) {
  while (blank(*p))
    p++;
  return p;
}

/* The digits at p, eight at most; *n: how many. Eight bytes at p can be read. */
static inline uint64_t digits(const char *p, unsigned *n) {
  uint64_t x;
  memcpy(&x, p, sizeof x);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  x = __builtin_bswap64(x);
#endif
  x ^= UINT64_C(0x3030303030303030); /* the first digit is in the lowest byte; digits are 0 .. 9 now */
  uint64_t other =
      (((x & UINT64_C(0x7f7f7f7f7f7f7f7f)) + UINT64_C(0x7676767676767676)) | x) & UINT64_C(0x8080808080808080);
  *n = other ? (unsigned)__builtin_ctzll(other) / 8 : 8;
  if (*n == 0)
    return 0;
  x <<= 64 - 8 * *n; /* zeros come before the first digit */
  /* pairs, fours, eight: the lower neighbour is the higher digit */
  x = (10 * x + (x >> 8)) & UINT64_C(0x00ff00ff00ff00ff);
  x = (100 * x + (x >> 16)) & UINT64_C(0x0000ffff0000ffff);
  return (10000 * x + (x >> 32)) & UINT64_C(0xffffffff);
}

/* An index of at most eight digits; NULL: not plain. */
static inline const char *take_index(const char *p, unsigned base, uint32_t n, uint32_t *index) {
  unsigned length;
  uint64_t value = digits(p, &length);
  if (length == 0 || (length == 8 && (unsigned char)(p[8] - '0') <= 9) || value < base || value - base >= n)
    return NULL;
  *index = (uint32_t)(value - base);
  return p + length;
}

/* A number as fg_scan_float takes it, of at most 8 digits before the point and 16 after it. */
static inline const char *take_value(const char *p, float *value) {
  static const uint64_t powers[] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000};
  uint32_t minus = *p == '-', bits;
  unsigned whole, length = 0;
  int exponent = 0;
  p += minus | (*p == '+');
  uint64_t m = digits(p, &whole);
  if (whole == 8 && (unsigned char)(p[8] - '0') <= 9)
    return NULL;
  p += whole;
  if (*p == '.') {
    uint64_t part = digits(++p, &length);
    m = m * powers[length] + part;
    p += length;
    exponent = -(int)length;
    if (length == 8) {
      unsigned more;
      part = digits(p, &more);
      if (__builtin_mul_overflow(m, powers[more], &m) || __builtin_add_overflow(m, part, &m) ||
          (more == 8 && (unsigned char)(p[8] - '0') <= 9))
        return NULL;
      p += more;
      exponent -= (int)more;
    }
  }
  if (whole + length == 0)
    return NULL;
  if (*p == 'e' || *p == 'E') {
    bool down = *++p == '-';
    p += down | (*p == '+');
    uint64_t given = digits(p, &length);
    if (length == 0 || length > 3)
      return NULL;
    exponent += down ? -(int)given : (int)given;
    p += length;
  }
  if (!fg_scan_quick(m, exponent, value))
    return NULL;
  memcpy(&bits, value, sizeof bits);
  bits |= minus << 31;
  memcpy(value, &bits, sizeof bits);
  return p;
}

/* What stands between two fields; NULL: nothing. */
static inline const char *take_gap(const char *p, bool comma) {
  const char *start = p;
  p = skip_blanks(p);
  if (comma && *p == ',')
    p = skip_blanks(p + 1);
  return p > start ? p : NULL;
}

struct point {
  uint32_t row, col;
  float value;
};

/* The line at p; returns what follows it, NULL if it is not plain. */
static inline const char *take_line(const char *p, const struct fg_plain *plain, enum fg_plain_value kind,
                                    struct point *z) {
  const char *start = p;
  if (!(p = take_index(skip_blanks(p), plain->base, plain->rows, &z->row)) || !(p = take_gap(p, plain->comma)) ||
      !(p = take_index(p, plain->base, plain->cols, &z->col)))
    return NULL;
  z->value = 1;
  if (kind != FG_PLAIN_NONE) {
    uint32_t count;
    if (!(p = take_gap(p, plain->comma)) ||
        !(p = kind == FG_PLAIN_COUNT ? take_index(p, 1, UINT32_MAX, &count) : take_value(p, &z->value)))
      return NULL;
    if (kind == FG_PLAIN_COUNT)
      z->value = (float)((uint64_t)count + 1);
    if (kind == FG_PLAIN_WHOLE && fabsf(z->value) < 0x1p24f && z->value != (float)(int32_t)z->value)
      return NULL;
  }
  p = skip_blanks(p);
  if (*p == '\r')
    p++;
  return *p == '\n' && p - start <= FG_LINE_MAX ? p + 1 : NULL;
}

/* Up to `room` lines; returns how many. */
static inline size_t take_lines(struct fg_text_input *in, const struct fg_plain *plain, enum fg_plain_value kind,
                                size_t room, struct fg_points *points, uint32_t *most_row, uint32_t *most_col) {
  const char *p = in->text + in->at, *next;
  uint32_t *row = points->row + points->n, *col = points->col + points->n, last_row = *most_row, last_col = *most_col;
  float *value = points->value + points->n;
  size_t n = 0;
  struct point z;
  for (; n < room && (next = take_line(p, plain, kind, &z)) != NULL; n++, p = next) {
    row[n] = z.row;
    col[n] = z.col;
    value[n] = z.value;
    last_row = z.row > last_row ? z.row : last_row;
    last_col = z.col > last_col ? z.col : last_col;
  }
  in->at = (size_t)(p - in->text);
  in->line += n;
  *most_row = last_row;
  *most_col = last_col;
  return n;
}

enum fg_err fg_reader_plain(struct fg_reader *r, struct fg_plain *plain) {
  struct fg_points *points = r->points;
  enum fg_err err = FG_OK;
  while (!r->in.again && !err) {
    if (points->n == points->capacity && (err = fg_points_grow(points)))
      return err;
    uint64_t end = r->spill && points->capacity > FG_SPILL ? FG_SPILL : points->capacity, room = end - points->n;
    uint64_t left = plain->entries - r->entries;
    size_t n, most = (size_t)(room < left ? room : left);
    switch (plain->value) { /* one loop for each */
    case FG_PLAIN_NONE:
      n = take_lines(&r->in, plain, FG_PLAIN_NONE, most, points, &plain->most_row, &plain->most_col);
      break;
    case FG_PLAIN_COUNT:
      n = take_lines(&r->in, plain, FG_PLAIN_COUNT, most, points, &plain->most_row, &plain->most_col);
      break;
    case FG_PLAIN_WHOLE:
      n = take_lines(&r->in, plain, FG_PLAIN_WHOLE, most, points, &plain->most_row, &plain->most_col);
      break;
    default:
      n = take_lines(&r->in, plain, FG_PLAIN_REAL, most, points, &plain->most_row, &plain->most_col);
    }
    if (n == 0)
      break;
    err = fg_reader_run_of_lines(r, r->in.line - n + 1);
    r->entries += n;
    points->n += n;
    if (!err && r->spill && points->n == FG_SPILL)
      err = fg_reader_spill(r);
    if (n < room)
      break;
  }
  return err;
}
