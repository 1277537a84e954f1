/* Traffic in closed form (claim S7): the bytes between hosts that a run must have sent, from its trace alone - who
 * visited which block in which order -, its job, and the sizes of parcels. Nothing of what the machines counted is
 * read. */
#ifndef FG_CORE_TRAFFIC_H
#define FG_CORE_TRAFFIC_H

#include "core/machine.h"
#include "core/trace.h"

/* For a trace that fg_trace_audit has passed. FG_ENOMEM.
 * With header h = 32 B, statistic s = 8 n_stat B, column block q of b_q = 4 (rank + 1 if the model reads weights)
 * cols_q B: strata   every stratum but the last hands every block on: h + b_q; each but one host reports and is
 * released: 2 (h + s) ring     every visit but a block's last hands it on: h + b_q; with a statistic, every visit off
 * rank 0 is reported and answered: 2 (h + s) nomad    the same of blocks that change hosts; without a statistic only
 * the resting blocks are reported: h; every boundary is told to P - 1 hosts: h relay    a block that changes hosts: h +
 * s + b_q; its grant, unless it was parked at rank 0: h + s; every visit off rank 0 is asked for (h) and reported (h +
 * s); every boundary is told to P - 1 hosts, which ask again unless it is the last one: h each. psgd,
 * ssp    sync/psgd.c, sync/ssp.c */
enum fg_err fg_traffic(const struct fg_trace *trace, const struct fg_job *job, uint64_t *bytes, struct fg_fault *fault);

#endif
