/* The steward: a second machine per host, on a server's host the only one, that answers while the worker computes. What
 * it does depends on the strategy: a node of the release tree (core/steward/tree.c), the counter of wandering blocks
 * (counter.c), the directory and the parked blocks (directory.c), a shard's server (server.c). */
#ifndef FG_CORE_STEWARD_H
#define FG_CORE_STEWARD_H

#include "core/machine.h"

struct fg_inbox;
struct fg_steward;

/* The steward of host `rank`; job and factors are lent for its life. FG_ENOMEM. */
enum fg_err fg_steward_new(const struct fg_job *job, uint32_t rank, struct fg_factors *factors,
                           struct fg_steward **steward);

/* SEND, AWAIT or STOP. After STOP no parcel comes any more. */
void fg_steward_next(struct fg_steward *steward, struct fg_act *act);

/* Takes a parcel (given); allowed at any time. FG_EPROTOCOL if it cannot be meant for this steward now; FG_ENOMEM. */
enum fg_err fg_steward_take(struct fg_steward *steward, struct fg_parcel *parcel, struct fg_fault *fault);

/* Bytes sent so far. */
uint64_t fg_steward_bytes(const struct fg_steward *steward);

/* The global statistic as the steward of rank 0 knows it (lent, n_stat doubles); NULL if it keeps none. */
const double *fg_steward_stat(const struct fg_steward *steward);

/* What it keeps at any time that depends on arithmetic: *n doubles (lent, NULL if there are none), for a stage to save
 * and load. */
double *fg_steward_sums(struct fg_steward *steward, size_t *n);

/* What it has not given to the stage yet. */
const struct fg_inbox *fg_steward_outbox(const struct fg_steward *steward);

/* Is column block q with this steward, while the worker of its host is at a boundary? */
bool fg_steward_holds(const struct fg_steward *steward, uint32_t q);

/* Its state while the worker of its host is at a boundary, as worker.h has a worker's. */
size_t fg_steward_state_bytes(const struct fg_steward *steward);
void fg_steward_save(const struct fg_steward *steward, void *out);
enum fg_err fg_steward_restore(struct fg_steward *steward, const void *state);

void fg_steward_free(struct fg_steward *steward);

#endif
