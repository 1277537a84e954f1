/* Private to core/data: what the readers of all formats share. A reader is one function; it adds the points of the file
 * in order and never trusts a header for the size of an allocation. Points stay in memory, or are spilled in batches.
 * "Entry": a point as the file gives it, counted from 0; symmetric matrices and undirected lists have more points. */
#ifndef FG_CORE_DATA_READER_H
#define FG_CORE_DATA_READER_H

#include "core/data/points.h"
#include "core/data/text_input.h"

/* from entry `entry` on (until the next run) an entry's line is `line` + its distance from `entry` */
struct fg_line_run {
  uint64_t entry;
  unsigned long long line;
};

enum { FG_SPILL = 8192 }; /* entries of a batch */

struct fg_reader {
  struct fg_text_input in;
  const struct fg_read_options *options; /* lent */
  struct fg_points *points;              /* lent; being filled; rows and cols are those so far if no header says them */
  uint64_t entries;                      /* added so far */
  bool header;                           /* the file says how large the matrix is */
  bool mirror;                           /* (j, i) is to be added to (i, j) */
  struct fg_line_run *run;
  size_t n_runs, run_capacity;
  /* Called with every FG_SPILL entries and with the rest; takes what *points and `run` hold, then both are emptied.
   * NULL: everything is kept. */
  enum fg_err (*spill)(struct fg_reader *r, void *self);
  void *spill_self;
};

/* Reads a file of any format from its first byte to its last: r->options, points (zero), spill and spill_self are set,
 * the rest is zero. Sets points->sha256. fg_reader_close must follow, also after an error. */
enum fg_err fg_reader_run(struct fg_reader *r, const char *path, struct fg_fault *fault);
void fg_reader_close(struct fg_reader *r);

/* Read from the first line that is neither blank nor (triplets, edges) a comment. */
enum fg_err fg_read_bow(struct fg_reader *r);
enum fg_err fg_read_matrix_market(struct fg_reader *r);
enum fg_err fg_read_triplets(struct fg_reader *r);
enum fg_err fg_read_edges(struct fg_reader *r);

/* The next line that is not blank and does not start with a character of `comment`; NULL at the end. */
enum fg_err fg_reader_line(struct fg_reader *r, const char *comment, const char **line);

/* Number of fields in a line, separated by blanks, tabs, commas. */
unsigned fg_reader_fields(const char *line);

/* The following take one field at *p and move *p behind it and the blanks after it. `what`: its name in messages. */

/* A whole number in lo .. hi. */
enum fg_err fg_reader_whole(struct fg_reader *r, const char **p, const char *what, uint64_t lo, uint64_t hi,
                            uint64_t *value);
/* An index, `base` .. `base` + n - 1 in the file, 0 .. n - 1 in *index. */
enum fg_err fg_reader_index(struct fg_reader *r, const char **p, const char *what, unsigned base, uint32_t n,
                            uint32_t *index);
/* A finite number. */
enum fg_err fg_reader_value(struct fg_reader *r, const char **p, float *value);
/* One comma, if there is one, and blanks around it. */
void fg_reader_comma(const char **p);
/* Nothing may follow. */
enum fg_err fg_reader_line_end(struct fg_reader *r, const char *p);

/* A line that is nothing but numbers: row column [value]. */
enum fg_plain_value {
  FG_PLAIN_REAL,
  FG_PLAIN_WHOLE, /* a real that must be whole */
  FG_PLAIN_COUNT, /* digits, from 1 */
  FG_PLAIN_NONE   /* there is none; it is 1 */
};
struct fg_plain {
  enum fg_plain_value value;
  bool comma;    /* may stand between fields */
  unsigned base; /* as in fg_reader_index, like rows and cols */
  uint32_t rows, cols;
  uint64_t entries;            /* of the file at most */
  uint32_t most_row, most_col; /* out: largest so far, from 0; 0 at first */
};

/* Adds the points of the lines that follow, as long as they are plain. What cannot be taken so - a field that is wrong,
 * among others - is the next line then, and is for the functions above to judge. */
enum fg_err fg_reader_plain(struct fg_reader *r, struct fg_plain *plain);

/* Entry r->entries and those after it stand in line `line` and those after it. FG_ENOMEM. */
enum fg_err fg_reader_run_of_lines(struct fg_reader *r, unsigned long long line);

/* Adds the point of the current line. */
enum fg_err fg_reader_add(struct fg_reader *r, uint32_t row, uint32_t col, float value);

/* Hands over what has been added since the last time. */
enum fg_err fg_reader_spill(struct fg_reader *r);

/* After the last line of a file with a header: were there as many entries as it says? */
enum fg_err fg_reader_promised(struct fg_reader *r, uint64_t entries);
/* Before an entry is added to a file with a header: is there room for one more? */
enum fg_err fg_reader_room(struct fg_reader *r, uint64_t entries);

/* Line of an entry, from the runs in order that begin at or before it. */
unsigned long long fg_reader_entry_line(const struct fg_line_run *run, size_t n_runs, uint64_t entry);

/* An entry and its place in the file. */
struct fg_entry {
  uint32_t row, col;
  unsigned long long line;
};

/* FG_EINPUT: `second` gives again what `first`, which stands before it, gave. */
enum fg_err fg_reader_duplicate(const char *path, enum fg_format format, unsigned index_base,
                                const struct fg_entry *first, const struct fg_entry *second, struct fg_fault *fault);

/* Is every value a whole number from 0 to 2^32? */
bool fg_points_are_counts(const struct fg_points *points);

#endif
