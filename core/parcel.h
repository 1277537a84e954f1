/* Parcels: all that machines (workers and stewards) say to each other. A parcel has one owner at any time: the sender
 * until SEND, the stage until delivery, the receiver after `take`. */
#ifndef FG_CORE_PARCEL_H
#define FG_CORE_PARCEL_H

#include "core/factors.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum fg_role { FG_WORKER, FG_STEWARD };

/* A machine: the worker or the steward of host `rank`. */
struct fg_address {
  uint32_t rank;
  enum fg_role role;
};

enum fg_parcel_kind {
  FG_PARCEL_BLOCK,  /* a column block changes hands (without strata, to or from a steward, with the change of the global
                       statistic, or the statistic) */
  FG_PARCEL_REPORT, /* a required pass is done (worker -> its steward), or all below are (steward -> parent); carries
                       the change of the global statistic. Without strata: a visit is over (-> steward of rank 0);
                       item: the block, count: its fate (enum fg_fate) */
  FG_PARCEL_RELEASE, /* the stratum is complete; carries the new statistic. Without strata: an answer to a report, or
                        the end (count: enum fg_release) */
  FG_PARCEL_REQUEST, /* relay: a worker wants a block -> the directory */
  FG_PARCEL_GRANT,   /* relay: the directory to the steward that has block `item` parked: it goes to worker `count`;
                        carries the statistic */
  FG_PARCEL_ROWS,    /* a row shard changes hands (balance=rotate) */
  FG_PARCEL_SLICE,   /* data-only strategies: slice `item` of a replica or of its change, or FG_SLICE_ALL; round: of the
                        exchange. Averages: count is the step. To a server: 1 if the answer waits for all workers. */
  FG_PARCEL_KINDS,
};

/* What a release says where there are no strata. */
enum fg_release {
  FG_RELEASE_ANSWER, /* the statistic after your report */
  FG_RELEASE_PAUSE,  /* a boundary (fg_job.pause): all blocks are at rest */
  FG_RELEASE_END,    /* the run is over */
};

/* All slices at once. */
#define FG_SLICE_ALL UINT32_MAX

enum { FG_PARCEL_HEADER = 32 }; /* kind, addresses, sequence number, round, item, count [B] */

struct fg_parcel {
  enum fg_parcel_kind kind;
  struct fg_address from, to;
  uint64_t seq;               /* number of the parcel among those of its sender: 0, 1, ... */
  uint64_t round;             /* stratum it belongs to: 0, 1, ... through all epochs */
  struct fg_col_block *block; /* given along with the parcel; NULL unless FG_PARCEL_BLOCK */
  struct fg_row_shard *shard; /* given along with the parcel; NULL unless FG_PARCEL_ROWS */
  uint32_t item, count;       /* meaning by kind; 0 where it has none */
  bool rows;                  /* a slice: with its rows of the row factor */
  float *floats;              /* n_floats of a slice, the parcel's own; NULL: none, or only their number is told */
  size_t n_floats;
  size_t bytes; /* on the wire; 0 between a worker and the steward of the same host */
  uint32_t n_stat;
  double stat[];
};

/* A parcel with room for n_stat doubles (zero), or NULL if there is no memory. */
struct fg_parcel *fg_parcel_new(enum fg_parcel_kind kind, struct fg_address from, struct fg_address to, uint64_t round,
                                uint32_t n_stat);

/* Gives the parcel room for a slice of n floats (uninitialised). FG_ENOMEM. */
enum fg_err fg_parcel_add_floats(struct fg_parcel *parcel, size_t n);

/* Says that it carries n floats without having them, in a run that only counts (fg_job). */
static inline void fg_parcel_count_floats(struct fg_parcel *parcel, size_t n) {
  parcel->n_floats = n;
}

/* Size on the wire: the header, the statistic in double, for a block its unpadded float32 factors plus, where the
 * model reads them, its weights, for a row shard its unpadded factors (its points and weights are at hand everywhere),
 * and for a slice its floats (claim S7). 0 if both ends are on one host. */
size_t fg_parcel_wire_bytes(const struct fg_parcel *parcel, const struct fg_model *model);

void fg_parcel_free(struct fg_parcel *parcel); /* the block, if any, is not freed: blocks belong to the run */

#endif
