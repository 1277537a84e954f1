/* Observed points of a sparse matrix, as read from a file or generated: original indices, in file order. */
#ifndef FG_CORE_DATA_POINTS_H
#define FG_CORE_DATA_POINTS_H

#include "core/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum fg_format { FG_FORMAT_BOW, FG_FORMAT_MATRIX_MARKET, FG_FORMAT_TRIPLETS, FG_FORMAT_EDGES };

/* Structure of arrays, `n` entries each; row[i] < rows, col[i] < cols, no (row, col) twice. */
struct fg_points {
  uint32_t rows, cols; /* both at most 2^32 - 1 */
  size_t n, capacity;
  uint32_t *row, *col; /* 0-based */
  float *value;        /* finite */
  enum fg_format format;
  bool counts;      /* every value is a whole number from 0 to 2^32 */
  bool nonnegative; /* no value is below 0 */
  bool network;     /* of struct fg_read_options: links between nodes */
  bool symmetric;   /* (j, i) stands with every (i, j): the reader mirrored the entries, or the generator did */
  char sha256[65];  /* of the file's bytes as stored (compressed if it was), hex; "" if generated */
};

/* Options of reading; zero-initialise for the defaults but set index_base. */
struct fg_read_options {
  unsigned index_base; /* 0 or 1: smallest index in triplets and edge lists (UCI and Matrix Market are 1-based by
                          definition) */
  bool directed;       /* edge lists: keep (i, j) only; otherwise (j, i) is added */
  bool network;        /* the points are links between nodes: the matrix is square, and what `directed` says holds for
                          every format (each link of an undirected network stands once) */
  double loops;  /* of a network: value of the link of every node to itself that is added where the data have none;
                    0: no such links */
  double zeros;  /* of a network: pairs without a link that are added as points of value 0, for each link;
                    INFINITY: all there are (zeros.h) */
  uint64_t seed; /* they are drawn by: the data seed */
};

/* Reads a file, plain or gzipped, its format recognised by content (docs: points_read.c). On error nothing is left in
 * *points, and *fault names file, line and reason. The caller frees with fg_points_free. */
enum fg_err fg_points_read(const char *path, const struct fg_read_options *options, struct fg_points *points,
                           struct fg_fault *fault);

/* Writes points, format by the name of the file: .mtx Matrix Market, docword* UCI bag of words (needs counts),
 * otherwise links of an edge list as such (values, which are all 1, are left out), anything else as triplets, both
 * 1-based. Symmetric points: Matrix Market and edge lists have each pair once. A further .gz compresses. Written to a
 * temporary name and renamed. */
enum fg_err fg_points_write(const char *path, const struct fg_points *points, struct fg_fault *fault);

/* Makes room for more points, half as many again as there are. FG_ENOMEM. */
enum fg_err fg_points_grow(struct fg_points *points);

/* Appends a point; grows the arrays. rows/cols are not changed. */
enum fg_err fg_points_push(struct fg_points *points, uint32_t row, uint32_t col, float value);

/* Checks that no (row, col) appears twice; *first and *second are the positions of the earliest repetition, if any. */
enum fg_err fg_points_find_duplicate(const struct fg_points *points, bool *found, size_t *first, size_t *second);

/* Is it a whole number from 0 to 2^32? */
bool fg_is_count(float value);

/* Is no value below 0? */
bool fg_points_are_nonnegative(const struct fg_points *points);

void fg_points_free(struct fg_points *points);

/* FG_EINPUT if a matrix has a thousand times more rows or columns than points: an index is wrong. path: for the fault.
 */
enum fg_err fg_points_check_shape(const char *path, uint32_t rows, uint32_t cols, uint64_t n, struct fg_fault *fault);

/* Words of a vocabulary, one per line, 0-based. */
struct fg_vocabulary {
  uint32_t n;
  char **word;
};

/* Looks beside `data_path` for vocab.txt, or vocab.NAME.txt for docword.NAME.txt[.gz] (UCI's names). Not found: n = 0
 * and FG_OK. A file with fewer lines than `cols` is FG_EINPUT. */
enum fg_err fg_vocabulary_find(const char *data_path, uint32_t cols, struct fg_vocabulary *vocabulary,
                               struct fg_fault *fault);
void fg_vocabulary_free(struct fg_vocabulary *vocabulary);

#endif
