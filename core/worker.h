/* The worker: the one state machine that every stage plays. It holds its row shard and the column blocks, or the
 * replica, that the strategy gives it, makes updates, and hands blocks or changes on. */
#ifndef FG_CORE_WORKER_H
#define FG_CORE_WORKER_H

#include "core/machine.h"

struct fg_inbox;
struct fg_worker;

/* A worker of `job` (lent). factors: where its row shard is and column blocks that start with it or come to it, lent
 * for its life. FG_ENOMEM. */
enum fg_err fg_worker_new(const struct fg_job *job, uint32_t rank, struct fg_factors *factors,
                          struct fg_worker **worker);

/* Its next act. A SPEND is answered by fg_worker_spend (of at least one chunk) or, if it is
 * interruptible, by a take; a POLL by a take, or by asking for the next act: then nothing was there. */
void fg_worker_next(struct fg_worker *worker, struct fg_act *act);

/* Makes the updates of the next `chunks` chunks of the SPEND just returned. FG_EDIVERGED if the parameters are no
 * longer finite, FG_ENOMEM. *fault names the step. */
enum fg_err fg_worker_spend(struct fg_worker *worker, uint64_t chunks, struct fg_fault *fault);

/* Takes a parcel (given). Allowed when the last act was AWAIT, POLL or an interruptible SPEND. FG_EPROTOCOL if it
 * cannot be meant for this worker now; FG_ENOMEM. */
enum fg_err fg_worker_take(struct fg_worker *worker, struct fg_parcel *parcel, struct fg_fault *fault);

/* The current visit; times are the stage's to fill. Valid from NOTE_START until the next one. */
struct fg_visit *fg_worker_visit(struct fg_worker *worker);

/* Chunks spent so far. */
uint64_t fg_worker_chunks(const struct fg_worker *worker);

/* The worker's own clock, by which parcels taken are recorded: chunks, and polls that found nothing. */
uint64_t fg_worker_ticks(const struct fg_worker *worker);

/* Bytes sent since the end of its last visit: those of a visit to come, or at the end of the run of none. */
uint64_t fg_worker_unclaimed(const struct fg_worker *worker);

/* Rounds that were over at the last NOTE_BOUNDARY. */
uint64_t fg_worker_round(const struct fg_worker *worker);

/* What the current visit works on, with the worker's own copy of the statistic. Valid from NOTE_START on. */
const struct fg_view *fg_worker_view(const struct fg_worker *worker);

/* The shard and the column block held now (NULL if none). Between NOTE_BOUNDARY and the next act the stage may read
 * them and, to resume, overwrite their factors. */
struct fg_row_shard *fg_worker_rows(struct fg_worker *worker);
struct fg_col_block *fg_worker_block(struct fg_worker *worker);

/* Where its rows and blocks are. */
struct fg_factors *fg_worker_factors(struct fg_worker *worker);

/* Is column block q with this worker, at a boundary? */
bool fg_worker_holds(const struct fg_worker *worker, uint32_t q);

/* What a worker carries across a boundary besides rows and blocks, as a string of bytes; its length follows from the
 * job. */
size_t fg_worker_state_bytes(const struct fg_worker *worker);

/* The state at a boundary, to out (lent, fg_worker_state_bytes of it). */
void fg_worker_save(const struct fg_worker *worker, void *out);

/* Continues from a saved state (copied) as if everything before it had been played: at that boundary, or before the
 * first act of a new worker, whose rows and blocks (fg_worker_holds) must then be those of the boundary, their versions
 * set before. FG_EINPUT if it is no state of such a worker, which is then of no further use. */
enum fg_err fg_worker_restore(struct fg_worker *worker, const void *state);

/* A worker with a replica: copies a column block and a row shard (lent; NULL: none) into it. fg_worker_new has done so
 * with those in `factors` that are held; the others are to follow before the first act, and all of them after
 * fg_worker_restore (fg_checkpoint_read_shard sees to that). Rows are only kept with replica=all. False: the worker has
 * no replica. */
bool fg_worker_replica_put(struct fg_worker *worker, const struct fg_col_block *block, const struct fg_row_shard *rows);

/* Its statistics at any time: 3 * n_stat doubles (lent) that depend on arithmetic, for a stage to save and load. */
double *fg_worker_stats(struct fg_worker *worker);

/* Operations of Langevin noise, on average over an epoch, per required update [flop]; 0 without a temperature. */
double fg_worker_noise_flops(const struct fg_job *job);

/* What it has not given to the stage yet. */
const struct fg_inbox *fg_worker_outbox(const struct fg_worker *worker);

/* Switches arithmetic off and on, between acts; on with the parameters of that moment. Without it updates are counted,
 * parameters stay as they are, and every act is the same as with it: a simulation that resumes re-runs its protocol.
 * FG_ENOMEM. */
enum fg_err fg_worker_compute(struct fg_worker *worker, bool on);

/* Frees the worker; hands back nothing: blocks belong to the run. */
void fg_worker_free(struct fg_worker *worker);

#endif
