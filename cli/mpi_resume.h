/* Taking up an unfinished run of several ranks: they agree on the last checkpoint that is whole everywhere. */
#ifndef FG_CLI_MPI_RESUME_H
#define FG_CLI_MPI_RESUME_H

#include "core/checkpoint.h"
#include "core/rundir.h"
#include "mpi/post.h"

/* What a run goes on from. */
struct fg_mpi_origin {
  uint64_t round;              /* 0: it starts over */
  struct fg_manifest manifest; /* marks: on rank 0 only */
  struct fg_marks marks;       /* of this rank's logs */
};

/* Called by all ranks of a run made ready from DIR/config.yaml. dir: on rank 0 the reopened directory, elsewhere its
 * path alone. Standard error is told of checkpoints that are damaged and, unless `quiet`, where the run goes on.
 * FG_EINPUT if the data are not those of the run. */
enum fg_err fg_mpi_resume_find(struct fg_post *post, const struct fg_checkpoints *checkpoints,
                               const struct fg_rundir *dir, const struct fg_run *run, bool quiet,
                               struct fg_mpi_origin *origin, struct fg_fault *fault);

#endif
