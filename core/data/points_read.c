/* File -> points. The format is recognised by content:
 *   - a first line that starts with %%MatrixMarket: Matrix Market;
 *   - otherwise the first line that is neither blank nor a comment (# or %) decides by its number of fields:
 *     one - UCI bag of words; two - an edge list; three - triplets.
 * A gzipped file is recognised by its first two bytes and read as what it contains. */
#include "core/data/points.h"

#include "core/data/reader.h"
#include "core/data/zeros.h"

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

enum fg_err fg_reader_run(struct fg_reader *r, const char *path, struct fg_fault *fault) {
  enum fg_err (*read)(struct fg_reader *) = NULL;
  enum fg_err err = fg_text_open(&r->in, path, fault);
  if (!err)
    err = recognise(r, &read);
  if (!err)
    err = read(r);
  if (!err && !r->entries)
    err = fg_text_fail(&r->in, "the file has no entries");
  if (!err && r->options->network) {
    if (r->header && r->points->rows != r->points->cols)
      err = fg_text_fail(&r->in, "a network's matrix is square, node by node; this one has %u rows and %u columns",
                         r->points->rows, r->points->cols);
    uint32_t nodes = r->points->rows > r->points->cols ? r->points->rows : r->points->cols;
    r->points->rows = r->points->cols = nodes;
    r->mirror = r->mirror || !r->options->directed;
  }
  if (!err && r->spill)
    err = fg_reader_spill(r);
  if (!err)
    fg_text_sha256(&r->in, r->points->sha256);
  if (err == FG_ENOMEM)
    fg_fail(fault, err, path, r->in.line, "out of memory");
  return err;
}

void fg_reader_close(struct fg_reader *r) {
  fg_text_close(&r->in);
  free(r->run);
  r->run = NULL;
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

static struct fg_entry entry(const struct fg_reader *r, size_t at) {
  return (struct fg_entry){r->points->row[at], r->points->col[at], fg_reader_entry_line(r->run, r->n_runs, at)};
}

/* entries: of the file, and zeros */
static enum fg_err check_duplicates(const struct fg_reader *r, size_t entries, struct fg_fault *fault) {
  const struct fg_points *points = r->points;
  bool found;
  size_t first, second;
  enum fg_err err = fg_points_find_duplicate(points, &found, &first, &second);
  if (err || !found)
    return err;
  struct fg_entry a = entry(r, entry_of(points, entries, first));
  struct fg_entry b = entry(r, entry_of(points, entries, second));
  bool ordered = a.line < b.line;
  return fg_reader_duplicate(r->in.path, points->format, r->options->index_base, ordered ? &a : &b, ordered ? &b : &a,
                             fault);
}

bool fg_is_count(float value) {
  return value >= 0 && value <= 0x1p32f && value == (float)(int64_t)value;
}

bool fg_points_are_counts(const struct fg_points *points) {
  bool counts = true;
  for (size_t i = 0; i < points->n && counts; i++)
    counts = fg_is_count(points->value[i]);
  return counts;
}

bool fg_points_are_nonnegative(const struct fg_points *points) {
  bool nonnegative = true;
  for (size_t i = 0; i < points->n && nonnegative; i++)
    nonnegative = points->value[i] >= 0;
  return nonnegative;
}

enum fg_err fg_points_read(const char *path, const struct fg_read_options *options, struct fg_points *points,
                           struct fg_fault *fault) {
  memset(points, 0, sizeof *points);
  struct fg_reader r = {.options = options, .points = points};
  enum fg_err err = fg_reader_run(&r, path, fault);
  points->network = options->network;
  if (!err && options->network)
    err = fg_zeros_add(points, r.mirror, options, path, fault);
  if (!err) {
    size_t entries = points->n;
    points->symmetric = r.mirror;
    if (r.mirror)
      err = add_mirrored(points, entries);
    if (!err)
      err = check_duplicates(&r, entries, fault);
    if (err == FG_ENOMEM)
      fg_fail(fault, err, path, r.in.line, "out of memory");
  }
  points->counts = fg_points_are_counts(points);
  points->nonnegative = fg_points_are_nonnegative(points);
  if (err)
    fg_points_free(points);
  fg_reader_close(&r);
  return err;
}
