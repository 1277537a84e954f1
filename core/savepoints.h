/* Checkpoints of a stage that runs in one process (compare epochs.h): workers pass a boundary one after another; each
 * saves what is its own while it is there, and the last one makes the checkpoint valid. To resume, the stage runs its
 * protocol again from the start without arithmetic; at the boundary of the checkpoint each worker loads what it saved
 * there and computes from then on, so that times, too, are what they would have been. Without strata the place is the
 * instant at which so many visits have ended, for all at once. */
#ifndef FG_CORE_SAVEPOINTS_H
#define FG_CORE_SAVEPOINTS_H

#include "core/checkpoint.h"
#include "core/rundir.h"

struct fg_savepoints {
  const struct fg_checkpoints *checkpoints; /* lent */
  struct fg_rundir *dir;                    /* lent; its growing files are marked */
  const struct fg_manifest *from;           /* lent; what to resume from; NULL: nothing */
  bool (*passed)(void *self);               /* has the wall time of --checkpoint passed since the last one? */
  void (*saved)(void *self);                /* a checkpoint is valid */
  void *self;
  /* its own; zero at the start */
  uint32_t arrived; /* workers that have passed the current boundary */
  bool saving;      /* it is saved */
};

/* Can a run of this stage be saved? FG_EUSAGE with the reason if it asks for checkpoints and cannot. */
enum fg_err fg_savepoints_admit(const struct fg_run *run, struct fg_fault *fault);

/* Finds the last checkpoint that is whole, together with the growing files of `dir` that it has marks of. tell (may be
 * NULL) is told of those passed over, last one first. *found: is there one? Then *manifest, and only then, is what it
 * says. FG_EUSAGE: there is one of another run (fg_checkpoint_read_manifest). */
enum fg_err fg_savepoints_find(const struct fg_checkpoints *checkpoints, const struct fg_rundir *dir,
                               void (*tell)(void *self, uint64_t round, const struct fg_fault *why), void *self,
                               struct fg_manifest *manifest, bool *found, struct fg_fault *fault);

/* Is a run saved at instants, not at boundaries? */
bool fg_savepoints_live(const struct fg_run *run);

/* For every worker before its first act. */
void fg_savepoints_begin(const struct fg_savepoints *savepoints, struct fg_worker *worker);

/* For NOTE_BOUNDARY, after the evaluation. steward: of the worker's host. totals: when the last round was complete.
 * FG_EIO if a checkpoint cannot be written; those before it are whole. FG_MISMATCH if the protocol did not repeat
 * itself up to the checkpoint. */
enum fg_err fg_savepoints_boundary(struct fg_savepoints *savepoints, struct fg_worker *worker,
                                   struct fg_steward *steward, const struct fg_totals *totals, struct fg_fault *fault);

/* The same without strata: for every round, as soon as as many visits have ended as it has. totals: at that moment. */
enum fg_err fg_savepoints_instant(struct fg_savepoints *savepoints, const struct fg_instant *now, uint64_t round,
                                  const struct fg_totals *totals, struct fg_fault *fault);

#endif
