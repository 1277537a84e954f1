/* The data of fugue-mpi: a grid, or a text file that is cut into one first. */
#ifndef FG_CLI_MPI_DATA_H
#define FG_CLI_MPI_DATA_H

#include "core/config.h"
#include "core/files.h"
#include "mpi/post.h"

struct fg_mpi_data {
  char grid[FG_PATH_MAX]; /* made of the data, in the run directory; "": the data are a grid */
  bool cut;               /* rank 0: by this process, not by the one that was interrupted */
};

/* Called by all ranks. Rank 0 cuts a text file into DIR/grid.tmp, for as many ranks as there are; the others wait. dir:
 * the run directory, claimed. resumed: the run is the one that was interrupted there, so that its grid will do. */
enum fg_err fg_mpi_data_find(struct fg_post *post, const struct fg_config *config, const char *dir, bool resumed,
                             bool quiet, struct fg_mpi_data *data, struct fg_fault *fault);

#endif
