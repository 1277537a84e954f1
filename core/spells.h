/* Spells: what a worker did when, from trace.csv. */
#ifndef FG_CORE_SPELLS_H
#define FG_CORE_SPELLS_H

#include "core/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A visit: the column block's hand-off from the end of the worker's previous visit (`hand_off`; 0 of its first one) to
 * `start`, required work to `required`, extra work to `extra`, waiting to `end` [s]. */
struct fg_spell {
  uint32_t worker;
  uint64_t seq; /* visits of this worker before it */
  double hand_off, start, required, extra, end;
  double required_updates, extra_updates;
};

struct fg_spells {
  struct fg_spell *spell; /* in file order; of one worker in the order of time */
  size_t n;
  uint32_t workers; /* the largest that occurs, and one */
};

/* FG_EINPUT with file and line if the file is not there, holds no visit, or what cannot be. `growing`: as of
 * fg_columns_read. *spells must be zero; freed by fg_spells_free, also after an error. */
enum fg_err fg_spells_read(const char *path, bool growing, struct fg_spells *spells, struct fg_fault *fault);
void fg_spells_free(struct fg_spells *spells);

#endif
