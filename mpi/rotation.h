/* One round of all column blocks over all ranks, without updates: every rank sees every block once and ends up with the
 * one it had. No rank ever holds more than two blocks: a block is handed on only to a rank that has room. */
#ifndef FG_MPI_ROTATION_H
#define FG_MPI_ROTATION_H

#include "core/run.h"
#include "mpi/post.h"

/* Called by all ranks while no parcel is on its way. *block: the one that this rank holds, and holds again afterwards.
 * see: called for each block that comes by (lent). Bytes that travel are not part of the run's traffic. */
enum fg_err fg_rotate(struct fg_post *post, const struct fg_run *run, struct fg_col_block *block,
                      enum fg_err (*see)(void *self, const struct fg_col_block *block, struct fg_fault *fault),
                      void *self, struct fg_fault *fault);

#endif
