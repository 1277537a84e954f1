/* When ranks stop together at a boundary to write a checkpoint: at strata that --checkpoint gives by number, or, for
 * intervals of time, at one that rank 0 announces so many strata ahead that nobody can have passed it then, and nobody
 * passes the one before it until all know. */
#ifndef FG_MPI_DRAIN_H
#define FG_MPI_DRAIN_H

#include "core/run.h"
#include "mpi/post.h"

struct fg_drain {
  const struct fg_run *run;
  bool saves;         /* checkpoints are written at all */
  double last;        /* the last one, on the system's clock [s] */
  uint64_t announced; /* boundary of the next one by time; 0: none */
  bool unanswered;    /* rank 0: not all ranks are known to know */
};

void fg_drain_start(struct fg_drain *drain, const struct fg_run *run, bool saves);

/* Answers an announcement of rank 0, if there is one. */
enum fg_err fg_drain_listen(struct fg_drain *drain, struct fg_post *post, struct fg_fault *fault);

/* For every boundary that the worker of this rank comes to, in order: is a checkpoint to be written there? On rank 0 it
 * may wait for answers, and announces one if time is up. meets: all ranks meet there anyway; then nobody waits here for
 * a rank that waits there, and what was announced before is known after. */
enum fg_err fg_drain_boundary(struct fg_drain *drain, struct fg_post *post, uint64_t round, bool meets, bool *saves,
                              struct fg_fault *fault);

/* The same where there are no strata: for rank 0 alone to decide, while all ranks stand at the boundary. */
bool fg_drain_due(const struct fg_drain *drain, uint64_t round);

/* Might it be so, as far as every rank can tell? */
bool fg_drain_may(const struct fg_drain *drain, uint64_t round);

/* The boundary is done with; saved: a checkpoint was written. */
void fg_drain_saved(struct fg_drain *drain, bool saved);

#endif
