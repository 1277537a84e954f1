/* The laboratory of a claim: seed, effort, level, processes, and a folder for data. */
#ifndef FG_PROOFS_LAB_LAB_H
#define FG_PROOFS_LAB_LAB_H

#include "core/err.h"
#include "core/files.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fg_lab {
  uint64_t seed;       /* everything random in an experiment is a function of it */
  bool full;           /* larger samples and cases: hours; otherwise seconds */
  unsigned jobs;       /* processes at a time, at least 1 */
  double level;        /* of all findings of one claim together: probability that a true one is called violated */
  const char *scratch; /* a folder for data (lent) */
  /* Parts of an ensemble that are done, of how many; may be NULL. */
  void (*progress)(void *self, uint64_t done, uint64_t all);
  void *self;
  /* Shall the work be given up? NULL: never. */
  bool (*stopped)(void);
};

/* Generates data ("additive:rows=6,cols=6,nnz=30", as fugue generate takes it) into a file of the scratch folder, once;
 * `path` (lent, FG_PATH_MAX bytes) is its name. */
enum fg_err fg_lab_data(const struct fg_lab *lab, const char *spec, uint64_t seed, char *path, struct fg_fault *fault);

/* Runs item 0 .. n - 1, each in a process of its own (a process can simulate once), lab->jobs at a time. `item` writes
 * its result, `bytes` long and zero on entry, and reports errors by its return value; the first error ends all.
 * results: n * bytes, lent; in the order of items whatever order they end in. Items with much less than a millisecond
 * of work should be batches. FG_ESTOPPED if the lab says so. */
enum fg_err fg_lab_map(const struct fg_lab *lab, uint64_t n,
                       enum fg_err (*item)(const void *self, uint64_t i, void *result, struct fg_fault *fault),
                       const void *self, size_t bytes, void *results, struct fg_fault *fault);

#endif
