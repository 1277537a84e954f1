/* File -> points. The format is recognised by content:
 *   - a first line that starts with %%MatrixMarket: Matrix Market;
 *   - otherwise the first line that is neither blank nor a comment (# or %) decides by its number of fields:
 *     one - UCI bag of words; two - an edge list; three - triplets.
 * A gzipped file is recognised by its first two bytes and read as what it contains. */
#include "core/data/points.h"

#include "core/data/reader.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static enum fg_err recognise(struct fg_reader *r, enum fg_err (**read)(struct fg_reader *)) {
  char *first;
  enum fg_err err = fg_text_line(&r->in, &first, NULL);
  if (err)
    return err;
  if (!first)
    return fg_text_fail(&r->in, "the file is empty");
  bool market = strncmp(first, "%%MatrixMarket", 14) == 0;
  fg_text_again(&r->in);
  *read = fg_read_matrix_market;
  if (market)
    return FG_OK;
  const char *line;
  err = fg_reader_line(r, "#%", &line);
  if (err)
    return err;
  if (!line)
    return fg_text_fail(&r->in, "the file has no data, only blank lines or comments");
  fg_text_again(&r->in);
  switch (fg_reader_fields(line)) {
  case 1:
    if (line[strspn(line, " \t0123456789\r")])
      return fg_text_fail(&r->in,
                          "the format is not recognised: UCI bag of words starts with a whole number in a line, an "
                          "edge list has two columns, triplets three, Matrix Market starts with %%%%MatrixMarket");
    *read = fg_read_bow;
    return FG_OK;
  case 2:
    *read = fg_read_edges;
    return FG_OK;
  case 3:
    *read = fg_read_triplets;
    return FG_OK;
  default:
    return fg_text_fail(&r->in,
                        "the format is not recognised: %u fields; UCI bag of words has one in its first line, "
                        "an edge list two, triplets three",
                        fg_reader_fields(line));
  }
}

/* Appends (j, i) for every entry (i, j) off the diagonal, in order. */
static enum fg_err add_mirrored(struct fg_points *points, size_t entries) {
  enum fg_err err = FG_OK;
  for (size_t i = 0; i < entries && !err; i++)
    if (points->row[i] != points->col[i])
      err = fg_points_push(points, points->col[i], points->row[i], points->value[i]);
  return err;
}

/* The entry of the file that point `at` comes from. */
static size_t entry_of(const struct fg_points *points, size_t entries, size_t at) {
  if (at < entries)
    return at;
  size_t mirrored = entries;
  for (size_t i = 0; i < entries; i++)
    if (points->row[i] != points->col[i] && mirrored++ == at)
      return i;
  return entries;
}

static enum fg_err check_duplicates(struct fg_reader *r, size_t entries) {
  const struct fg_points *points = r->points;
  bool found;
  size_t first, second;
  enum fg_err err = fg_points_find_duplicate(points, &found, &first, &second);
  if (err || !found)
    return err;
  first = entry_of(points, entries, first);
  second = entry_of(points, entries, second);
  if (first > second) {
    size_t t = first;
    first = second;
    second = t;
  }
  unsigned base =
      points->format == FG_FORMAT_TRIPLETS || points->format == FG_FORMAT_EDGES ? r->options->index_base : 1;
  bool reversed = points->row[first] != points->row[second] || points->col[first] != points->col[second];
  r->in.line = fg_reader_entry_line(r, second);
  return fg_text_fail(&r->in, "duplicate: the pair (%llu, %llu) was given in line %llu already%s",
                      (unsigned long long)points->row[second] + base, (unsigned long long)points->col[second] + base,
                      fg_reader_entry_line(r, first),
                      !reversed                           ? ""
                      : points->format == FG_FORMAT_EDGES ? ", in the other direction (the list is read as undirected)"
                                                          : ", in the other half of the symmetric matrix");
}

static enum fg_err complete(struct fg_reader *r) {
  struct fg_points *points = r->points;
  size_t entries = points->n;
  if (!entries)
    return fg_text_fail(&r->in, "the file has no entries");
  enum fg_err err = r->mirror ? add_mirrored(points, entries) : FG_OK;
  if (!err)
    err = check_duplicates(r, entries);
  points->counts = true;
  for (size_t i = 0; i < points->n && points->counts; i++)
    points->counts =
        points->value[i] >= 0 && points->value[i] <= 0x1p32f && points->value[i] == truncf(points->value[i]);
  return err;
}

enum fg_err fg_points_read(const char *path, const struct fg_read_options *options, struct fg_points *points,
                           struct fg_fault *fault) {
  memset(points, 0, sizeof *points);
  struct fg_reader r = {.options = options, .points = points};
  enum fg_err (*read)(struct fg_reader *) = NULL;
  enum fg_err err = fg_text_open(&r.in, path, fault);
  if (!err)
    err = recognise(&r, &read);
  if (!err)
    err = read(&r);
  if (!err)
    err = complete(&r);
  if (!err)
    fg_text_sha256(&r.in, points->sha256);
  if (err)
    fg_points_free(points);
  if (err == FG_ENOMEM)
    fg_fail(fault, err, path, r.in.line, "out of memory");
  fg_text_close(&r.in);
  free(r.run);
  return err;
}
