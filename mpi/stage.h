/* The MPI stage: one rank plays one worker and its steward on the wall clock. While the worker computes, waits or is
 * delayed, messages come and go between chunks; the steward is served at once. */
#ifndef FG_MPI_STAGE_H
#define FG_MPI_STAGE_H

#include "core/checkpoint.h"
#include "core/evaluate.h"
#include "core/rank_logs.h"
#include "core/sink.h"
#include "core/straggler/straggler.h"
#include "mpi/post.h"

/* What a rank plays and whom it tells. Everything is lent. */
struct fg_rank_job {
  struct fg_run *run; /* of part `rank` of the grid; run->stat need not be set */
  struct fg_post *post;
  const struct fg_straggler *straggler;     /* NULL: no delays */
  struct fg_rank_logs *logs;                /* NULL: no trace */
  const struct fg_checkpoints *checkpoints; /* NULL: none are written */
  uint64_t resume;                          /* boundary to go on from; 0: the start */
  double resume_s;                          /* time of the run at that boundary [s] */
  void *self;
  /* An evaluation, on rank 0 only; totals: of all ranks. */
  enum fg_err (*evaluated)(void *self, uint64_t rounds, const struct fg_totals *totals,
                           const struct fg_evaluation *evaluation, struct fg_fault *fault);
  /* All shards of a checkpoint are written: commits it; on rank 0 only. */
  enum fg_err (*commit)(void *self, uint64_t rounds, const struct fg_totals *totals, struct fg_fault *fault);
  /* Strata of this rank that are done, and the running loss: train loss at the visits of this epoch so far, each
   * estimated from a sample before its updates; NAN at first. May be NULL. */
  void (*progress)(void *self, uint64_t done, uint64_t all, double running_loss);
  /* The run is over, and a column block comes by (fg_rotate); every one does once on every rank. stat: the exact
   * statistic. May be NULL. */
  enum fg_err (*last)(void *self, const struct fg_col_block *block, const double *stat, struct fg_fault *fault);
};

/* Plays the rank to its end. Called by all ranks together. totals: out, of all ranks on rank 0, otherwise of this one;
 * cpu_s: of all ranks on rank 0: spent since the last start, evaluation and checkpoints left out [s].
 * FG_EPEER: another rank cannot go on; then, as after any error, all ranks must call fg_post_stop and fg_post_leave. */
enum fg_err fg_rank_run(const struct fg_rank_job *job, struct fg_totals *totals, double *cpu_s, struct fg_fault *fault);

#endif
