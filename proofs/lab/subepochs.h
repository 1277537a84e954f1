/* From the trace of strata to sub-epochs: how long each lasted, and how much of it was spent on what. */
#ifndef FG_PROOFS_LAB_SUBEPOCHS_H
#define FG_PROOFS_LAB_SUBEPOCHS_H

#include "core/trace.h"
#include "sim/network.h"

/* One sub-epoch of all workers. All times in s. */
struct fg_subepoch {
  double start, spread; /* of the first worker; between the first worker's start and the last one's */
  double length;        /* from its start to the next one's; the last one: to its last worker's end */
  double required;      /* sum over workers: start to the end of the required pass */
  double computing;     /* sum over workers: start to end without the waits within */
};

/* The sub-epochs of a trace of strata whose runs were not resumed: `rounds` of them with `workers` visits each, to
 * `out` (lent, rounds entries). FG_ENOMEM; FG_EINPUT if visits are missing. */
enum fg_err fg_subepochs(const struct fg_trace *trace, uint32_t workers, uint64_t rounds, struct fg_subepoch *out,
                         struct fg_fault *fault);

/* Levels of a tree of `workers` nodes with fan-out `arity` below its root: rounds that news takes from the deepest
 * node to rank 0. */
uint32_t fg_tree_levels(uint32_t workers, uint32_t arity);

/* At most so long [s] after a stratum's last required pass does its last worker start the next one, on a star under
 * cm02: reports up the tree, releases down it and a column block to the neighbour, none of them faster than `arity`
 * messages that share a link with each other and with the acknowledgements (5 %) of those the other way. report, block:
 * sizes on the wire [B]. */
double fg_handover_most(const struct fg_network *network, uint32_t workers, uint32_t arity, double report,
                        double block);

#endif
