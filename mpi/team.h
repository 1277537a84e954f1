/* What all ranks do together, by letters. Every function must be called by all ranks in the same order; it waits for
 * the others and lets messages come and go meanwhile. Data of any size travel in letters of at most a part. FG_EPEER if
 * a rank cannot go on. */
#ifndef FG_MPI_TEAM_H
#define FG_MPI_TEAM_H

#include "mpi/post.h"

/* The `n` bytes of every rank, to rank 0: all (ranks x n bytes, in rank order; other ranks: not used). */
enum fg_err fg_team_gather(struct fg_post *post, const void *mine, size_t n, void *all, struct fg_fault *fault);

/* The n bytes of rank 0, to every rank. */
enum fg_err fg_team_broadcast(struct fg_post *post, void *data, size_t n, struct fg_fault *fault);

/* The n bytes of rank `from`, to every rank. */
enum fg_err fg_team_spread(struct fg_post *post, uint32_t from, void *data, size_t n, struct fg_fault *fault);

/* Comes back when all ranks have come. */
enum fg_err fg_team_meet(struct fg_post *post, struct fg_fault *fault);

/* The largest number of any rank. */
enum fg_err fg_team_most(struct fg_post *post, uint64_t mine, uint64_t *most, struct fg_fault *fault);

#endif
