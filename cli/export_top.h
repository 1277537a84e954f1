/* fugue export --top: what a person reads of a learned model. */
#ifndef FG_CLI_EXPORT_TOP_H
#define FG_CLI_EXPORT_TOP_H

#include "core/config.h"
#include "core/data/labels.h"
#include "core/data/points.h"
#include "core/top.h"

#include <stdio.h>

/* All that is shown. */
struct fg_export_top {
  struct fg_config config; /* of the run */
  struct fg_model model;
  struct fg_top top;
  struct fg_vocabulary vocabulary; /* may be empty */
  struct fg_labels labels;         /* n = 0: none */
  uint64_t *count;                 /* rank x labels.n_names: rows by community and label; NULL: no labels */
  double nmi;                      /* of count */
};

/* Is `dir` the folder of a run, whatever has become of it? */
bool fg_export_top_is_run(const char *dir);

/* From the run in `dir`, `n` entries a dimension; labels: a file, or NULL. *export must be zero; freed by
 * fg_export_top_free, also after an error. FG_EUSAGE, FG_EINPUT if there is nothing to read: a sweep, a run without
 * results, a model that says nothing to people, or whose rows belong to nothing and have labels. */
enum fg_err fg_export_top_read(const char *dir, uint32_t n, const char *labels, struct fg_export_top *export,
                               struct fg_fault *fault);
void fg_export_top_free(struct fg_export_top *export);

/* For people: top_print, then a line per community with its labels, most frequent first, and the agreement. Write
 * errors are found by whoever closes the file. */
void fg_export_top_text(const struct fg_export_top *export, FILE *file);

/* A row per entry: dimension, share, end, place, line, name, weight; numbers from 1. Labels are not told. */
void fg_export_top_csv(const struct fg_export_top *export, FILE *file);

/* One object: the model, dimensions with their entries and, with labels, counts and agreement. */
void fg_export_top_json(const struct fg_export_top *export, FILE *file);

#endif
