/* A progress bar with the time that is left on a terminal; a line now and then elsewhere. On standard error. */
#ifndef FG_CLI_PROGRESS_H
#define FG_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct fg_progress {
  const char *what; /* lent */
  bool quiet, terminal, shown;
  char note[32];      /* shown beside it */
  double start, last; /* wall clock [s] */
};

void fg_progress_start(struct fg_progress *progress, const char *what, bool quiet);

/* self: a struct fg_progress. Draws at most ten times a second (on a terminal), otherwise every ten seconds. */
void fg_progress_report(void *self, uint64_t done, uint64_t all);

/* Clears the bar. */
void fg_progress_end(struct fg_progress *progress);

/* "12 s", "3 min", "2.1 h" to `out` (lent); returned. */
const char *fg_duration_text(double seconds, char out[32]);

#endif
