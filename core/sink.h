/* What a stage tells about a run while it goes on. The run directory writes it down; a replay compares it with what was
 * written. */
#ifndef FG_CORE_SINK_H
#define FG_CORE_SINK_H

#include "core/factors.h"
#include "core/machine.h"

#include <stdint.h>

/* Sums over a run, or over it so far. */
struct fg_totals {
  double time_s;         /* virtual or wall time of the last worker's last visit end [s] */
  double busy_s, wait_s; /* summed over workers: computing; idle between visits and inside them [s] */
  uint64_t updates, extra_updates;
  uint64_t bytes_sent;   /* by workers and stewards, between hosts [B] */
  uint64_t params_bytes; /* of parameters that a host held at most; 0: not measured [B] */
};

/* A parcel taken by a machine: what order.bin holds. */
struct fg_taken {
  struct fg_address by, from;
  uint64_t ticks; /* the taker's own clock (fg_worker_ticks; 0 for stewards) */
  uint64_t seq;   /* the sender's number of the parcel */
};

struct fg_sink {
  void *self;
  /* a visit is over; called in each worker's order, workers interleaved */
  enum fg_err (*visit)(void *self, const struct fg_visit *visit, struct fg_fault *fault);
  /* a machine takes a parcel; called in each machine's order */
  enum fg_err (*taken)(void *self, const struct fg_taken *taken, struct fg_fault *fault);
  /* `rounds` strata are complete everywhere (0: before the start) and the parameters are as given (lent, all pieces) */
  enum fg_err (*evaluate)(void *self, uint64_t rounds, const struct fg_totals *so_far, const struct fg_factors *factors,
                          struct fg_fault *fault);
  /* rounds of all workers together that are done, of how many; may be NULL */
  void (*progress)(void *self, uint64_t done, uint64_t all);
};

#endif
