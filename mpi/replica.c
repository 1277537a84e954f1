/* Replicas: from everybody's part of the model to everybody's copy of it. */
#include "mpi/replica.h"

#include "mpi/rotation.h"
#include "mpi/team.h"

#include <stdlib.h>
#include <string.h>

static enum fg_err put_block(void *self, const struct fg_col_block *block, struct fg_fault *fault) {
  (void)fault;
  fg_worker_replica_put(self, block, NULL);
  return FG_OK;
}

/* Row shards, one after another from the rank that has it to all. */
static enum fg_err share_rows(struct fg_post *post, const struct fg_run *run, struct fg_worker *worker,
                              struct fg_fault *fault) {
  const struct fg_factors *f = &run->factors;
  uint32_t most = 0;
  for (uint32_t p = 0; p < f->row_blocks; p++)
    most = f->row[p].rows > most ? f->row[p].rows : most;
  float *floats = calloc((size_t)most * f->stride + 1, sizeof *floats);
  enum fg_err err =
      floats ? FG_OK : fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory for the rows of another rank");
  for (uint32_t p = 0; p < f->row_blocks && !err; p++) {
    size_t bytes = (size_t)f->row[p].rows * f->stride * sizeof *floats;
    if (p == fg_post_rank(post))
      memcpy(floats, f->row[p].factor, bytes);
    err = fg_team_spread(post, p, floats, bytes, fault);
    if (!err)
      fg_worker_replica_put(worker, NULL, &(struct fg_row_shard){.id = p, .rows = f->row[p].rows, .factor = floats});
  }
  free(floats);
  return err;
}

enum fg_err fg_team_fill_replica(struct fg_post *post, const struct fg_run *run, struct fg_worker *worker,
                                 struct fg_fault *fault) {
  const struct fg_replica_policy *policy = run->job.sync.type->replica;
  struct fg_holdings holdings = {0};
  if (!policy || fg_post_ranks(post) == 1)
    return FG_OK;
  enum fg_err err = fg_holdings_find(post, run, &holdings, fault);
  if (!err)
    err = fg_rotate(post, run, &holdings, put_block, worker, fault);
  if (!err && policy->all(&run->job.sync))
    err = share_rows(post, run, worker, fault);
  fg_holdings_free(&holdings);
  return err;
}
