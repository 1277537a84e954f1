/* Evaluation points of a stage that runs in one process: workers pass a boundary one after another; a snapshot collects
 * their pieces as they stand there, and the last one triggers the evaluation. Costs memory for one more copy of the
 * parameters, and no virtual time. */
#ifndef FG_CORE_EPOCHS_H
#define FG_CORE_EPOCHS_H

#include "core/run.h"
#include "core/sink.h"
#include "core/worker.h"

struct fg_epochs {
  const struct fg_run *run;
  const struct fg_sink *sink;
  struct fg_factors snapshot;
  struct fg_totals totals, at_boundary; /* so far; when the last round was complete, with the stewards' bytes */
  uint32_t ended;                       /* workers that have ended the current round */
  uint32_t arrived;                     /* workers that have passed the current boundary */
  double end_sum;                       /* of their visits' ends in the current round [s] */
  uint64_t rounds;                      /* complete everywhere */
};

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
