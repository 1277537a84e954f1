/* Evaluation points of a stage that runs in one process. With strata, workers pass a boundary one after another; a
 * snapshot collects their pieces as they stand there, and the last one triggers the evaluation; that costs memory for
 * one more copy of the parameters. Without strata the parameters are looked at as they are in the moment in which as
 * many visits have ended as an epoch has: updates of visits under way are not among them yet. Between averagings (psgd)
 * workers make visits without waiting for each other: what those that are ahead of a boundary do is counted apart. No
 * virtual time is spent.
 */
#ifndef FG_CORE_EPOCHS_H
#define FG_CORE_EPOCHS_H

#include "core/run.h"
#include "core/sink.h"
#include "core/worker.h"

struct fg_epochs {
  const struct fg_run *run;
  const struct fg_sink *sink;
  bool
      live; /* there are no strata: what is in memory is looked at when P visits a round have ended, or at a boundary */
  bool averages;
  struct fg_factors snapshot;
  struct fg_totals totals, at_boundary; /* so far; when the last round was complete, with the stewards' bytes */
  uint32_t arrived;                     /* workers that have passed the current boundary */
  double *last_end;                     /* of each worker's visits [s] */
  uint64_t visits;                      /* that have ended */
  uint64_t steward_bytes;               /* at the last of them */
  /* averages: totals of workers that have not passed the next boundary, and of those that have, since then */
  struct fg_totals behind, ahead;
  double *behind_end; /* of each worker's last visit before that boundary [s] */
  bool *passed;
  uint32_t n_passed;
};

/* Rounds that are complete: of P visits each. */
static inline uint64_t fg_epochs_rounds(const struct fg_epochs *e) {
  return e->visits / e->run->job.workers;
}

/* Freed by fg_epochs_free. */
enum fg_err fg_epochs_start(struct fg_epochs *epochs, const struct fg_run *run, const struct fg_sink *sink,
                            struct fg_fault *fault);

/* For NOTE_END: adds the visit to the totals and passes it to the sink. steward_bytes: sent by all stewards so far. */
enum fg_err fg_epochs_end_visit(struct fg_epochs *epochs, const struct fg_visit *visit, uint64_t steward_bytes,
                                struct fg_fault *fault);

/* For NOTE_BOUNDARY, before the visit that follows starts: keeps the worker's row shard and column block. When it is
 * the last worker's, evaluates. */
enum fg_err fg_epochs_boundary(struct fg_epochs *epochs, struct fg_worker *worker, struct fg_fault *fault);

void fg_epochs_free(struct fg_epochs *epochs);

#endif
