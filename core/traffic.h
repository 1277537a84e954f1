/* Traffic in closed form (claim S7): the bytes between hosts that a run must have sent, from its trace alone - who
 * visited which block in which order -, its job, and the sizes of parcels. Nothing of what the machines counted is
 * read.
 *
 * With header h = 32 B, statistic s = 8 n_stat B, and b_q = 4 (rank + 1 if the model reads weights) cols_q B for column
 * block q:
 *
 * Strata: every stratum but the last hands every block on, h + b_q. Each but one host reports and is released, 2 (h +
 * s). With balance=rotate, every row block moves on between two epochs, h + 4 rank rows_p.
 *
 * ring: every visit but a block's last hands it on, h + b_q. With a statistic, every visit off rank 0 is reported and
 * answered, 2 (h + s).
 *
 * nomad: the same of blocks that change hosts. Without a statistic only resting blocks are reported, h. Every boundary
 * is told to P - 1 hosts, h.
 *
 * relay: a block that changes hosts is h + s + b_q; its grant, unless it was parked at rank 0, h + s. Every visit off
 * rank 0 is asked for, h, and reported, h + s. Every boundary is told to P - 1 hosts, which ask again unless it is the
 * last one, h each.
 *
 * psgd, ssp: see core/sync/psgd.c and ssp.c. */
#ifndef FG_CORE_TRAFFIC_H
#define FG_CORE_TRAFFIC_H

#include "core/machine.h"
#include "core/trace.h"

/* For a trace that fg_trace_audit has passed. FG_ENOMEM. */
enum fg_err fg_traffic(const struct fg_trace *trace, const struct fg_job *job, uint64_t *bytes, struct fg_fault *fault);

#endif
