/* Parcels: all that machines (workers and stewards) say to each other. A parcel has one owner at any time: the sender
 * until SEND, the stage until delivery, the receiver after `take`. */
#ifndef FG_CORE_PARCEL_H
#define FG_CORE_PARCEL_H

#include "core/factors.h"

#include <stddef.h>
#include <stdint.h>

enum fg_role { FG_WORKER, FG_STEWARD };

/* A machine: the worker or the steward of host `rank`. */
struct fg_address {
  uint32_t rank;
  enum fg_role role;
};

enum fg_parcel_kind {
  FG_PARCEL_BLOCK,   /* a column block changes hands */
  FG_PARCEL_REPORT,  /* a required pass is done (worker -> its steward), or all below are (steward -> parent); carries
                        the  change of the global statistic */
  FG_PARCEL_RELEASE, /* the stratum is complete; carries the new statistic */
};

enum { FG_PARCEL_HEADER = 32 }; /* kind, addresses, sequence number, round, sizes [B] */

struct fg_parcel {
  enum fg_parcel_kind kind;
  struct fg_address from, to;
  uint64_t seq;               /* number of the parcel among those of its sender: 0, 1, ... */
  uint64_t round;             /* stratum it belongs to: 0, 1, ... through all epochs */
  struct fg_col_block *block; /* given along with the parcel; NULL unless FG_PARCEL_BLOCK */
  size_t bytes;               /* on the wire; 0 between a worker and the steward of the same host */
  uint32_t n_stat;
  double stat[];
};

/* A parcel with room for n_stat doubles (zero), or NULL if there is no memory. */
struct fg_parcel *fg_parcel_new(enum fg_parcel_kind kind, struct fg_address from, struct fg_address to, uint64_t round,
                                uint32_t n_stat);

/* Size on the wire: the header, the statistic in double, and for a block its unpadded float32 factors plus, where the
 * model reads them, its weights (claim S7). 0 if both ends are on one host. */
size_t fg_parcel_wire_bytes(const struct fg_parcel *parcel, const struct fg_model *model);

void fg_parcel_free(struct fg_parcel *parcel); /* the block, if any, is not freed: blocks belong to the run */

#endif
