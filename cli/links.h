/* The links of the network that a run learned from, if its data are at hand. */
#ifndef FG_CLI_LINKS_H
#define FG_CLI_LINKS_H

#include "cli/plot.h"

enum { FG_LINKS_NODES = 20000 }; /* of larger networks none are read */

/* Counts links among `nodes` nodes in the cells of a picture of side x side of them: *count (side * side, row by row;
 * the caller's to free) at place[i] * side / nodes, place[i] of node i. Both directions of an undirected link count.
 * NULL and FG_OK if the run's model is not of a network, its data file is not there or has changed, or the network is
 * too large. FG_EINPUT, FG_ENOMEM. */
enum fg_err fg_links_count(const struct fg_plot_run *run, const uint32_t *place, uint32_t nodes, uint32_t side,
                           uint32_t **count, struct fg_fault *fault);

#endif
