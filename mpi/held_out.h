/* Held-out rows under MPI: a row's words lie in all column blocks, and no rank may hold them all (claim S8). Each rank
 * infers the rows of its own part group by group: a group's columns, no more than fit a bounded table, are collected in
 * one rotation. */
#ifndef FG_MPI_HELD_OUT_H
#define FG_MPI_HELD_OUT_H

#include "core/run.h"
#include "mpi/holdings.h"
#include "mpi/post.h"

/* The sums of fg_score_rows over the held-out rows of this rank's part, with the same bits. Called by all ranks while
 * no parcel is on its way; holdings: as for fg_rotate; stat: exact. */
enum fg_err fg_team_score_held_out(struct fg_post *post, const struct fg_run *run, const struct fg_holdings *holdings,
                                   const double *stat, struct fg_score *sums, struct fg_fault *fault);

#endif
