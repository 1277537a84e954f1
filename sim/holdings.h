/* What the hosts of a simulation hold of the parameters (claim S8): the row shards and column blocks that are with
 * their worker or steward, or on their way from it, and replicas (fg_replica_bytes). In padded floats, as they lie in
 * memory; weights of blocks and the slices of an averaging on their way are not counted. */
#ifndef FG_SIM_HOLDINGS_H
#define FG_SIM_HOLDINGS_H

#include "core/parcel.h"
#include "core/run.h"

/* Zero-initialise. */
struct fg_holdings {
  const struct fg_run *run; /* lent */
  uint64_t *now, *most;     /* shards and blocks of each host: at this moment, and at most so far [B] */
};

/* Every row shard and column block is at its home. FG_ENOMEM. */
enum fg_err fg_holdings_start(struct fg_holdings *holdings, const struct fg_run *run);

/* A parcel has been delivered: a column block or row shard that it brought is now with the receiver's host alone. */
void fg_holdings_move(struct fg_holdings *holdings, const struct fg_parcel *parcel);

/* The most that any host has held at a time [B]. */
uint64_t fg_holdings_most(const struct fg_holdings *holdings);

void fg_holdings_free(struct fg_holdings *holdings);

#endif
