/* Who holds how many column blocks while all stand still. */
#ifndef FG_MPI_HOLDINGS_H
#define FG_MPI_HOLDINGS_H

#include "core/run.h"
#include "mpi/post.h"

struct fg_holdings {
  uint32_t *count; /* of each rank */
  uint32_t most;   /* of any rank */
  uint32_t *mine;  /* numbers of this rank's, ascending; count[rank] of them */
};

/* Those of run->factors that are held now, on every rank. Called by all ranks while no block is on its way. Freed by
 * fg_holdings_free, also after an error. */
enum fg_err fg_holdings_find(struct fg_post *post, const struct fg_run *run, struct fg_holdings *holdings,
                             struct fg_fault *fault);
void fg_holdings_free(struct fg_holdings *holdings);

#endif
