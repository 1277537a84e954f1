/* Private to core/data: what the readers of all formats share. A reader is one function; it adds the points of the file
 * in order and never trusts a header for the size of an allocation. */
#ifndef FG_CORE_DATA_READER_H
#define FG_CORE_DATA_READER_H

#include "core/data/points.h"
#include "core/data/text_input.h"

/* from entry `entry` on (until the next run) an entry's line is `line` + its distance from `entry` */
struct fg_line_run {
  size_t entry;
  unsigned long long line;
};

struct fg_reader {
  struct fg_text_input in;
  const struct fg_read_options *options; /* lent */
  struct fg_points *points;              /* lent; being filled */
  bool mirror;                           /* (j, i) is to be added to (i, j) */
  struct fg_line_run *run;
  size_t n_runs, run_capacity;
};

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

/* Adds the point of the current line. */
enum fg_err fg_reader_add(struct fg_reader *r, uint32_t row, uint32_t col, float value);

/* After the last line of a file with a header: were there as many entries as it says? */
enum fg_err fg_reader_promised(struct fg_reader *r, uint64_t entries);
/* Before an entry is added to a file with a header: is there room for one more? */
enum fg_err fg_reader_room(struct fg_reader *r, uint64_t entries);

/* Line of an entry, counted from 0 in the order of the file. */
unsigned long long fg_reader_entry_line(const struct fg_reader *r, size_t entry);

#endif
