/* Replicas under MPI: a rank holds a part of the model at first, and its worker's replica is to be made of all parts.
 */
#ifndef FG_MPI_REPLICA_H
#define FG_MPI_REPLICA_H

#include "core/run.h"
#include "core/worker.h"
#include "mpi/post.h"

/* Fills the replica of this rank's new worker with the column blocks and row shards that the ranks hold; nothing if
 * workers have none. Called by all ranks before anything is sent. */
enum fg_err fg_team_fill_replica(struct fg_post *post, const struct fg_run *run, struct fg_worker *worker,
                                 struct fg_fault *fault);

#endif
