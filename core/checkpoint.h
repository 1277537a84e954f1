/* Checkpoints: the state of a run at a boundary (machine.h), on disk.
 *
 *   DIR/checkpoint/ROUND/shard-00000 ...   one per worker: its rows, the column blocks that are there, both its
 * machines DIR/checkpoint/ROUND/manifest.yaml     last: a checkpoint without it does not exist
 *
 * Every file comes under a temporary name, flushed to disk, then renamed, and ends on a CRC-32 of all of it. Files that
 * only grow (trace, order log, metrics) are not copied: a checkpoint holds marks of them (files.h). Factors are kept
 * without padding, as floats of the machine that wrote them; another byte order is refused.
 *
 * One process may write all shards, or each rank its own; one of them commits when all are there. What is read is never
 * trusted: sizes follow from the run, and a file that does not fit it in every respect is FG_EINPUT with the reason.
 * Writing fails with FG_EIO only (a full disk), and leaves earlier checkpoints as they are. */
#ifndef FG_CORE_CHECKPOINT_H
#define FG_CORE_CHECKPOINT_H

#include "core/config.h"
#include "core/files.h"
#include "core/run.h"
#include "core/sink.h"
#include "core/steward.h"
#include "core/worker.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FG_IDENTITY = 32 }; /* [B] */

/* Where the checkpoints of a run are, and which run that is. */
struct fg_checkpoints {
  const struct fg_run *run; /* lent */
  const char *stage;        /* lent: "sim", "mpi" */
  char dir[FG_PATH_MAX];    /* DIR/checkpoint */
  uint8_t identity[FG_IDENTITY];
};

/* For run directory `dir`; touches no file. config (lent, resolved by fg_run_prepare): the run's identity is the
 * SHA-256 of its options, where the data are and how often to save left out, and of the data's own SHA-256. FG_EUSAGE
 * if the path is too long. */
enum fg_err fg_checkpoints_of(const char *dir, const char *stage, const struct fg_run *run,
                              const struct fg_config *config, struct fg_checkpoints *checkpoints,
                              struct fg_fault *fault);

/* DIR/checkpoint/ROUND/NAME to out (lent, FG_PATH_MAX bytes); NAME may be "". */
enum fg_err fg_checkpoint_path(const struct fg_checkpoints *checkpoints, uint64_t round, const char *name, char *out,
                               struct fg_fault *fault);

/* Is the boundary after `round` strata one that --checkpoint asks for by number? Never the first or the last one.
 * Intervals of time are the stage's business. */
bool fg_checkpoint_due(const struct fg_run *run, uint64_t round);

/* Marks of growing files; {0, 0} for one that a stage does not have, or writes again when it resumes. */
struct fg_marks {
  struct fg_mark trace, order, metrics;
};

/* Writes the shard of a worker that stands at a boundary (its round is the checkpoint's), with its rows, the
 * column blocks that it or its steward holds, its own state and that of its steward. totals: whatever sums the stage
 * needs per worker. Streams: takes no memory that grows with the factors. FG_EIO. */
enum fg_err fg_checkpoint_write_shard(const struct fg_checkpoints *checkpoints, struct fg_worker *worker,
                                      struct fg_steward *steward, const struct fg_totals *totals,
                                      const struct fg_marks *marks, struct fg_fault *fault);

/* Is the shard of worker `rank` whole, and of this run and round? Reads all of it. marks: its own, out, may be NULL.
 * FG_EINPUT with the reason if not. */
enum fg_err fg_checkpoint_check_shard(const struct fg_checkpoints *checkpoints, uint64_t round, uint32_t rank,
                                      struct fg_marks *marks, struct fg_fault *fault);

/* Loads a shard into a worker at that boundary, or into a new one before its first act (fg_worker_restore), and into
 * its steward: factors of the shard and of its column blocks are overwritten; blocks that are not held are from now on.
 * totals, marks: out, may be NULL. FG_EINPUT, FG_ENOMEM: the
 * worker is of no further use. */
enum fg_err fg_checkpoint_read_shard(const struct fg_checkpoints *checkpoints, uint64_t round, struct fg_worker *worker,
                                     struct fg_steward *steward, struct fg_totals *totals, struct fg_marks *marks,
                                     struct fg_fault *fault);

/* Without strata there is no boundary in virtual time, only an instant at which so many visits have ended: everything
 * that depends on arithmetic is saved as it is then, in one file, DIR/checkpoint/ROUND/shard-whole. To go on from it
 * the machines must have come to the same instant without arithmetic (fg_worker_compute). */
struct fg_instant {
  struct fg_worker **worker;   /* P */
  struct fg_steward **steward; /* P */
  struct fg_parcel **parcel;   /* sent or to be sent, and not taken yet, in any order (is put into another) */
  size_t n_parcels;
};

/* FG_EIO. */
enum fg_err fg_checkpoint_write_whole(const struct fg_checkpoints *checkpoints, uint64_t round,
                                      const struct fg_instant *now, struct fg_fault *fault);

/* Is the file whole, and of this run and round? FG_EINPUT with the reason if not. */
enum fg_err fg_checkpoint_check_whole(const struct fg_checkpoints *checkpoints, uint64_t round, struct fg_fault *fault);

/* Loads it: factors, statistics of machines and parcels are overwritten. FG_EINPUT; FG_MISMATCH: other parcels are on
 * their way. */
enum fg_err fg_checkpoint_read_whole(const struct fg_checkpoints *checkpoints, uint64_t round,
                                     const struct fg_instant *now, struct fg_fault *fault);

/* What part p has of the posterior (posterior.h), in DIR/checkpoint/ROUND/posterior-00000 and so on, beside the shards
 * and before the commit: written (FG_EIO), read all of it (FG_EINPUT), loaded (FG_EINPUT). Nothing if the run has no
 * posterior. */
enum fg_err fg_checkpoint_write_posterior(const struct fg_checkpoints *checkpoints, uint64_t round, uint32_t p,
                                          struct fg_fault *fault);
enum fg_err fg_checkpoint_check_posterior(const struct fg_checkpoints *checkpoints, uint64_t round, uint32_t p,
                                          struct fg_fault *fault);
enum fg_err fg_checkpoint_read_posterior(const struct fg_checkpoints *checkpoints, uint64_t round, uint32_t p,
                                         struct fg_fault *fault);

/* What a manifest says, beside the identity. */
struct fg_manifest {
  uint64_t round;
  struct fg_totals totals; /* of all workers at the boundary */
  struct fg_marks marks;   /* of files that the committing process writes */
};

/* Makes the checkpoint of manifest->round valid, whose shards are all written; then removes all others but the one
 * before, half-written ones included. FG_EIO: it is not valid. */
enum fg_err fg_checkpoint_commit(const struct fg_checkpoints *checkpoints, const struct fg_manifest *manifest,
                                 struct fg_fault *fault);

/* Rounds that have a manifest, the last one first: *rounds is the caller's to free, NULL if n = 0. FG_ENOMEM; FG_EIO.
 */
enum fg_err fg_checkpoint_list(const struct fg_checkpoints *checkpoints, uint64_t **rounds, size_t *n,
                               struct fg_fault *fault);

/* FG_EINPUT: damaged. FG_EUSAGE: whole, but of a run with other options, data, or another stage. */
enum fg_err fg_checkpoint_read_manifest(const struct fg_checkpoints *checkpoints, uint64_t round,
                                        struct fg_manifest *manifest, struct fg_fault *fault);

/* Removes one checkpoint, whole or not; its manifest goes first. */
void fg_checkpoint_remove(const struct fg_checkpoints *checkpoints, uint64_t round);

/* Before a run goes on from a checkpoint: removes all those after `round` and all half-written ones. 0: all. */
void fg_checkpoint_remove_after(const struct fg_checkpoints *checkpoints, uint64_t round);

/* Removes all checkpoints of run directory `dir`, of whatever run. */
void fg_checkpoint_remove_all(const char *dir);

#endif
