/* The worker: the one state machine that every stage plays. It holds its row shard and at most the column blocks that
 * the strategy lets it hold, makes updates, and hands blocks on. */
#ifndef FG_CORE_WORKER_H
#define FG_CORE_WORKER_H

#include "core/machine.h"

struct fg_worker;

/* A worker of `job` (lent). rows: its shard, lent for its life. first: the column block it starts with, given. */
enum fg_err fg_worker_new(const struct fg_job *job, uint32_t rank, struct fg_row_shard *rows,
                          struct fg_col_block *first, struct fg_worker **worker);

/* Its next act. A SPEND is answered by fg_worker_spend (of at least one chunk) or, if it is
 * interruptible, by a take. */
void fg_worker_next(struct fg_worker *worker, struct fg_act *act);

/* Makes the updates of the next `chunks` chunks of the SPEND just returned. FG_EDIVERGED if the parameters are no
 * longer finite, FG_ENOMEM. *fault names the step. */
enum fg_err fg_worker_spend(struct fg_worker *worker, uint64_t chunks, struct fg_fault *fault);

/* Takes a parcel (given). Allowed when the last act was AWAIT or an interruptible SPEND. FG_EPROTOCOL if it cannot be
 * meant for this worker now. */
enum fg_err fg_worker_take(struct fg_worker *worker, struct fg_parcel *parcel, struct fg_fault *fault);

/* The current visit; times are the stage's to fill. Valid from NOTE_START until the next one. */
struct fg_visit *fg_worker_visit(struct fg_worker *worker);

/* Chunks spent so far: the worker's own clock, by which parcels taken are recorded. */
uint64_t fg_worker_chunks(const struct fg_worker *worker);

/* The shard and the column block held now (NULL if none); for NOTE_EPOCH. */
const struct fg_row_shard *fg_worker_rows(const struct fg_worker *worker);
const struct fg_col_block *fg_worker_block(const struct fg_worker *worker);

/* Frees the worker; hands back nothing: blocks belong to the run. */
void fg_worker_free(struct fg_worker *worker);

#endif
