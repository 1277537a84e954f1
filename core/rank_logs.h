/* Trace and order log of one rank, while each rank writes its own: DIR/ranks/trace-00000.csv,
 * DIR/ranks/order-00000.bin; and the merging of all of them. */
#ifndef FG_CORE_RANK_LOGS_H
#define FG_CORE_RANK_LOGS_H

#include "core/checkpoint.h"
#include "core/files.h"
#include "core/sink.h"

#include <stdio.h>

struct fg_rank_logs {
  struct fg_out trace, order;
  uint32_t col_blocks;
};

/* Makes DIR/ranks, or empties it of the logs of an earlier run. By one process, before the others open theirs. FG_EIO.
 */
enum fg_err fg_rank_logs_prepare(const char *dir, struct fg_fault *fault);

/* Removes DIR/ranks. */
void fg_rank_logs_remove(const char *dir);

/* Opens the logs of a rank: new ones, or with marks those of an earlier process, cut to them. FG_EIO, FG_EINPUT (the
 * logs are not what the marks say). Zero *logs first. */
enum fg_err fg_rank_logs_open(struct fg_rank_logs *logs, const char *dir, uint32_t rank, uint32_t col_blocks,
                              const struct fg_marks *marks, struct fg_fault *fault);

/* Could fg_rank_logs_open do that? FG_EINPUT with the reason if not. */
enum fg_err fg_rank_logs_check(const char *dir, uint32_t rank, const struct fg_marks *marks, struct fg_fault *fault);

/* The sink that writes them (visits and parcels taken); lends *logs. */
struct fg_sink fg_rank_logs_sink(struct fg_rank_logs *logs);

/* Flushes, and says how long they are. FG_EIO. */
enum fg_err fg_rank_logs_mark(struct fg_rank_logs *logs, struct fg_marks *marks, struct fg_fault *fault);

/* Closes them for merging. FG_EIO. */
enum fg_err fg_rank_logs_commit(struct fg_rank_logs *logs, struct fg_fault *fault);

/* Closes them and leaves what is there, for a run to take up again; does nothing if they are not open. */
void fg_rank_logs_suspend(struct fg_rank_logs *logs);

/* When all ranks have committed: appends their traces to `trace`, round by round and in each by rank, and their order
 * logs to `order` (both lent, with their headers). most: visits that a rank may have made. Holds some thousand rows in
 * memory. FG_EIO, FG_EINPUT. */
enum fg_err fg_rank_logs_merge(const char *dir, uint32_t ranks, uint32_t col_blocks, uint64_t most, FILE *trace,
                               FILE *order, struct fg_fault *fault);

#endif
