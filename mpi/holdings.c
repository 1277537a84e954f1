/* Holdings: from blocks in memory to what all ranks know of them. */
#include "mpi/holdings.h"

#include "mpi/team.h"

#include <stdlib.h>
#include <string.h>

enum fg_err fg_holdings_find(struct fg_post *post, const struct fg_run *run, struct fg_holdings *h,
                             struct fg_fault *fault) {
  uint32_t ranks = fg_post_ranks(post), n = 0;
  memset(h, 0, sizeof *h);
  h->count = calloc(ranks, sizeof *h->count);
  h->mine = calloc(run->factors.col_blocks, sizeof *h->mine);
  if (!h->count || !h->mine)
    return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory for a list of column blocks");
  for (uint32_t q = 0; q < run->factors.col_blocks; q++)
    if (run->factors.col[q].factor)
      h->mine[n++] = q;
  enum fg_err err = fg_team_gather(post, &n, sizeof n, h->count, fault);
  if (!err)
    err = fg_team_broadcast(post, h->count, ranks * sizeof *h->count, fault);
  for (uint32_t r = 0; r < ranks; r++)
    h->most = h->count[r] > h->most ? h->count[r] : h->most;
  return err;
}

void fg_holdings_free(struct fg_holdings *h) {
  free(h->count);
  free(h->mine);
}
