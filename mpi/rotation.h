/* One round of all column blocks over all ranks, without updates: every rank sees every block once and ends up with
 * those it had. It goes in turns, each of one block of every rank that has one left; a block is handed on only to a
 * rank that has room, so that no rank ever holds more than two blocks beside its own. */
#ifndef FG_MPI_ROTATION_H
#define FG_MPI_ROTATION_H

#include "core/run.h"
#include "mpi/holdings.h"
#include "mpi/post.h"

/* Called by all ranks while no parcel is on its way. holdings: as they are. see: called for each block that comes by
 * (lent). Bytes that travel are not part of the run's traffic. */
enum fg_err fg_rotate(struct fg_post *post, const struct fg_run *run, const struct fg_holdings *holdings,
                      enum fg_err (*see)(void *self, const struct fg_col_block *block, struct fg_fault *fault),
                      void *self, struct fg_fault *fault);

#endif
