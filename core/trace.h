/* trace.csv: a row per block visit. */
#ifndef FG_CORE_TRACE_H
#define FG_CORE_TRACE_H

#include "core/err.h"
#include "core/machine.h"

#include <stdio.h>

enum fg_err fg_trace_write_header(FILE *file);

/* Times are written so that they read back to the same bits. col_blocks splits the round into epoch and sub-epoch. */
enum fg_err fg_trace_write(FILE *file, const struct fg_visit *visit, uint32_t col_blocks);

/* Visits read back, in file order. */
struct fg_trace {
  struct fg_visit *visit;
  size_t n;
};

/* Rows of each of C column blocks: block q has first[q + 1] - first[q] of them, first[0] = 0; first: C + 1 entries,
 * lent. Rows of other blocks are passed over. */
void fg_trace_count(const struct fg_trace *trace, uint32_t col_blocks, size_t *first);

/* FG_EINPUT with file and line on a malformed row. Freed by fg_trace_free. */
enum fg_err fg_trace_read(const char *path, uint32_t col_blocks, struct fg_trace *trace, struct fg_fault *fault);
void fg_trace_free(struct fg_trace *trace);

#endif
