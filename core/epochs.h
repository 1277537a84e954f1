/* Evaluation points: workers pass the end of an epoch one after another; a snapshot collects their pieces as they stand
 * there, and the last one triggers the evaluation. Costs memory for one more copy of the parameters, and no virtual
 * time. */
#ifndef FG_CORE_EPOCHS_H
#define FG_CORE_EPOCHS_H

#include "core/run.h"
#include "core/sink.h"

struct fg_epochs {
  const struct fg_run *run;
  const struct fg_sink *sink;
  struct fg_factors snapshot;
  struct fg_totals totals;
  uint32_t ended;  /* workers that have ended the current round */
  double end_sum;  /* of their visits' ends in it [s] */
  uint64_t rounds; /* complete everywhere */
};

/* Evaluates the initial parameters (whatever --eval-every says). Freed by fg_epochs_free. */
enum fg_err fg_epochs_start(struct fg_epochs *epochs, const struct fg_run *run, const struct fg_sink *sink,
                            struct fg_fault *fault);

/* For NOTE_EPOCH: keeps the worker's row shard and column block. round: of the visit that ends. */
void fg_epochs_keep(struct fg_epochs *epochs, uint64_t round, const struct fg_row_shard *rows,
                    const struct fg_col_block *block);

/* For NOTE_END: adds the visit to the totals and passes it to the sink. steward_bytes: sent by all stewards so far.
 * When it is the last worker's of an epoch that is to be evaluated, evaluates. */
enum fg_err fg_epochs_end_visit(struct fg_epochs *epochs, const struct fg_visit *visit, uint64_t steward_bytes,
                                struct fg_fault *fault);

void fg_epochs_free(struct fg_epochs *epochs);

#endif
