/* What people read of a learned model: per latent dimension the lines that belong to it most - words of a topic, items
 * of a factor, members of a community. */
#ifndef FG_CORE_TOP_H
#define FG_CORE_TOP_H

#include "core/data/points.h"
#include "core/err.h"
#include "core/model/model.h"

#include <stdio.h>

struct fg_top_entry {
  uint32_t line; /* original row or column, as type->top_rows says; 0-based */
  double weight; /* type->top_weight */
};

struct fg_top_list {
  uint32_t n;
  struct fg_top_entry *entry;
};

struct fg_top {
  const struct fg_model *model;
  double *share;                  /* rank entries that sum to 1: of tokens, or of nodes; NULL: not known */
  struct fg_top_list *largest;    /* rank lists: weights above 0, falling; of equal ones the smaller line first */
  struct fg_top_list *smallest;   /* rank lists: weights below 0, rising; likewise */
  struct fg_top_entry *memory[2]; /* internal: of the lists */
};

/* The n >= 1 top lines of each dimension from the model files in DIR, which are read line by line. model: bound, lent
 * until freed, its type with top_weight. Freed by fg_top_free, also after an error. FG_EIO, FG_EINPUT (the files are
 * not the model's), FG_ENOMEM. */
enum fg_err fg_top_read(const char *dir, const struct fg_model *model, uint32_t n, struct fg_top *top,
                        struct fg_fault *fault);
void fg_top_free(struct fg_top *top);

/* What the share is of, in plural: "tokens", "nodes", "rows". */
const char *fg_top_whole(const struct fg_top *top);

/* Name of a line, or NULL. vocabulary: words of the data's columns (lent, may be NULL or empty), which name rows, too,
 * where the matrix is square. */
const char *fg_top_name(const struct fg_top *top, const struct fg_vocabulary *vocabulary, uint32_t line);

/* For people: a line per dimension, which is counted from 1, with its share and names; one for each list where there
 * are negative weights. Lines without a name are "#NUMBER", from 1. Write errors are found by whoever closes the file.
 */
void fg_top_print(FILE *file, const struct fg_top *top, const struct fg_vocabulary *vocabulary);

/* DIR/model/top.txt: the same of the twelve top lines. Written to a temporary name and renamed. */
enum fg_err fg_top_write(const char *dir, const struct fg_model *model, const struct fg_vocabulary *vocabulary,
                         struct fg_fault *fault);

#endif
