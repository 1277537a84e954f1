/* Lines -> fields -> points, with the line of every point kept for messages. */
#include "core/data/reader.h"

#include "core/data/scan.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN = 40 }; /* bytes of a bad field that a message shows */

static bool blank(char c) {
  return c == ' ' || c == '\t';
}

static const char *skip_blanks(const char *p) {
  while (blank(*p))
    p++;
  return p;
}

enum fg_err fg_reader_line(struct fg_reader *r, const char *comment, const char **line) {
  for (;;) {
    char *text;
    enum fg_err err = fg_text_line(&r->in, &text, NULL);
    if (err)
      return err;
    *line = text ? skip_blanks(text) : NULL;
    if (!text || (**line && !strchr(comment, **line)))
      return FG_OK;
  }
}

unsigned fg_reader_fields(const char *line) {
  unsigned n = 0;
  for (line += strspn(line, " \t,"); *line; line += strspn(line, " \t,")) {
    n++;
    line += strcspn(line, " \t,");
  }
  return n;
}

/* The field at p as a message may show it. */
static void show(const char *p, char out[SHOWN + 4]) {
  size_t n = strcspn(p, " \t,");
  size_t m = n < SHOWN ? n : SHOWN;
  for (size_t i = 0; i < m; i++)
    out[i] = p[i] >= ' ' && p[i] <= '~' ? p[i] : '?';
  snprintf(out + m, 4, "%s", m < n ? "..." : "");
}

static bool field_ends(const char *p) {
  return !*p || blank(*p) || *p == ',';
}

enum fg_err fg_reader_whole(struct fg_reader *r, const char **p, const char *what, uint64_t lo, uint64_t hi,
                            uint64_t *value) {
  const char *end = fg_scan_u64(*p, value);
  if (end && field_ends(end) && *value >= lo && *value <= hi) {
    *p = skip_blanks(end);
    return FG_OK;
  }
  if (!**p)
    return fg_text_fail(&r->in, "the %s is missing", what);
  char text[SHOWN + 4];
  show(*p, text);
  if (!end || !field_ends(end))
    return fg_text_fail(&r->in, "the %s '%s' is not a whole number", what, text);
  return fg_text_fail(&r->in, "the %s %s is not in %llu .. %llu", what, text, (unsigned long long)lo,
                      (unsigned long long)hi);
}

enum fg_err fg_reader_index(struct fg_reader *r, const char **p, const char *what, unsigned base, uint32_t n,
                            uint32_t *index) {
  uint64_t value;
  if (base && **p == '0' && field_ends(*p + 1))
    return fg_text_fail(&r->in, "the %s is 0, but indices start at 1 here", what);
  enum fg_err err = fg_reader_whole(r, p, what, base, (uint64_t)base + n - 1, &value);
  *index = err ? 0 : (uint32_t)(value - base);
  return err;
}

enum fg_err fg_reader_value(struct fg_reader *r, const char **p, float *value) {
  const char *end = fg_scan_float(*p, value);
  if (end && field_ends(end) && isfinite(*value)) {
    *p = skip_blanks(end);
    return FG_OK;
  }
  if (!**p)
    return fg_text_fail(&r->in, "the value is missing");
  char text[SHOWN + 4];
  show(*p, text);
  const char *word = text + (*text == '-' || *text == '+');
  if (!strncasecmp(word, "nan", 3) || !strncasecmp(word, "inf", 3))
    return fg_text_fail(&r->in, "the value '%s' is not finite", text);
  if (end && field_ends(end))
    return fg_text_fail(&r->in, "the value %s is too large for a 32-bit float", text);
  return fg_text_fail(&r->in, "the value '%s' is not a number", text);
}

void fg_reader_comma(const char **p) {
  if (**p == ',')
    *p = skip_blanks(*p + 1);
}

enum fg_err fg_reader_line_end(struct fg_reader *r, const char *p) {
  if (!*p)
    return FG_OK;
  char text[SHOWN + 4];
  show(p, text);
  return fg_text_fail(&r->in, "'%s' follows where the line should end", *text ? text : ",");
}

enum fg_err fg_reader_spill(struct fg_reader *r) {
  enum fg_err err = r->spill(r, r->spill_self);
  r->points->n = 0;
  r->n_runs = 0;
  return err;
}

enum fg_err fg_reader_run_of_lines(struct fg_reader *r, unsigned long long line) {
  const struct fg_line_run *last = r->n_runs ? &r->run[r->n_runs - 1] : NULL;
  if (!last || last->line + (r->entries - last->entry) != line) { /* a comment or a blank line came between */
    if (r->n_runs == r->run_capacity) {
      size_t capacity = r->run_capacity ? 2 * r->run_capacity : 16;
      struct fg_line_run *run = realloc(r->run, capacity * sizeof *run);
      if (!run)
        return FG_ENOMEM;
      r->run = run;
      r->run_capacity = capacity;
    }
    r->run[r->n_runs++] = (struct fg_line_run){r->entries, line};
  }
  return FG_OK;
}

enum fg_err fg_reader_add(struct fg_reader *r, uint32_t row, uint32_t col, float value) {
  enum fg_err err = fg_reader_run_of_lines(r, r->in.line);
  r->entries++;
  if (!err)
    err = fg_points_push(r->points, row, col, value);
  return err || !r->spill || r->points->n < FG_SPILL ? err : fg_reader_spill(r);
}

enum fg_err fg_reader_room(struct fg_reader *r, uint64_t entries) {
  if (r->entries < entries)
    return FG_OK;
  return fg_text_fail(&r->in, "there are more entries than the %llu that the header states",
                      (unsigned long long)entries);
}

enum fg_err fg_reader_promised(struct fg_reader *r, uint64_t entries) {
  if (r->entries == entries)
    return FG_OK;
  return fg_text_fail(&r->in, "the file ends after %llu entries; its header states %llu",
                      (unsigned long long)r->entries, (unsigned long long)entries);
}

unsigned long long fg_reader_entry_line(const struct fg_line_run *run, size_t n_runs, uint64_t entry) {
  size_t lo = 0, hi = n_runs;
  while (hi - lo > 1) {
    size_t mid = lo + (hi - lo) / 2;
    if (run[mid].entry <= entry)
      lo = mid;
    else
      hi = mid;
  }
  return run[lo].line + (entry - run[lo].entry);
}

enum fg_err fg_reader_duplicate(const char *path, enum fg_format format, unsigned index_base,
                                const struct fg_entry *first, const struct fg_entry *second, struct fg_fault *fault) {
  unsigned base = format == FG_FORMAT_TRIPLETS || format == FG_FORMAT_EDGES ? index_base : 1;
  bool reversed = first->row != second->row || first->col != second->col;
  return fg_fail(
      fault, FG_EINPUT, path, second->line, "duplicate: the pair (%llu, %llu) was given in line %llu already%s",
      (unsigned long long)second->row + base, (unsigned long long)second->col + base, first->line,
      !reversed                   ? ""
      : format == FG_FORMAT_EDGES ? ", in the other direction: the list is read as undirected (mmnd:directed=yes reads "
                                    "links with a direction)"
                                  : ", in the other half of a matrix that is read as symmetric (mmnd:directed=yes "
                                    "reads links with a direction)");
}
