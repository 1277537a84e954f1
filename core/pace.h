/* Time of work: how long chunks take under a straggler law, and how many fit into a wait. Waiting work is counted, not
 * polled for (simgrid.md): a worker's block is its own until the wait ends, so nobody can tell the difference. */
#ifndef FG_CORE_PACE_H
#define FG_CORE_PACE_H

#include "core/machine.h"
#include "core/straggler/straggler.h"

#include <stdint.h>

/* One worker's clockwork. */
struct fg_pace {
  const struct fg_straggler *straggler;
  uint32_t worker, workers, col_blocks;
  double update_s;                   /* nominal time of one update [s]: flop per update / host speed, or as measured */
  struct fg_straggler_cursor cursor; /* on the host's time line */
};

/* No work ahead is counted beyond this: updates must fit a double and a trace. */
#define FG_CHUNKS_MAX ((uint64_t)1 << 40)

/* Updates of the i-th chunk (0, 1, ...) of the work ahead. */
uint64_t fg_spend_chunk(const struct fg_spend *spend, uint64_t i);

/* Chunks in the work ahead; UINT64_MAX if it has no end. */
uint64_t fg_spend_chunks(const struct fg_spend *spend);

/* Updates in the first n chunks of the work ahead. */
uint64_t fg_spend_updates(const struct fg_spend *spend, uint64_t n);

/* When the first n chunks of the work ahead, started at `start` [s], end. round: of the visit; chunks: spent by the
 * worker before. */
double fg_pace_end(struct fg_pace *pace, const struct fg_spend *spend, uint64_t round, uint64_t chunks, double start,
                   uint64_t n);

/* How many chunks of the work ahead, started at `start`, have begun before `now`: those a worker makes that looks for
 * messages between chunks. *end: when the last of them ends [s]; before `now` if the work ran out. Chunks that take no
 * time (S = 0) never end a wait: one of them is made. FG_CHUNKS_MAX: so many or more. */
uint64_t fg_pace_count(struct fg_pace *pace, const struct fg_spend *spend, uint64_t round, uint64_t chunks,
                       double start, double now, double *end);

#endif
