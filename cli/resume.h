/* Taking up an unfinished run of one process, and telling people about it. */
#ifndef FG_CLI_RESUME_H
#define FG_CLI_RESUME_H

#include "core/savepoints.h"

/* Finds what to go on from, for a run made ready from DIR/config.yaml, and opens the files of its directory (reopened)
 * for that. Standard error is told of checkpoints that are damaged and, unless `quiet`, where the run goes on. *from: a
 * checkpoint has been found, and *manifest is what it says; otherwise the run starts over. FG_EINPUT if the data are
 * not those of the run. */
enum fg_err fg_resume_find(struct fg_rundir *dir, const struct fg_run *run, const struct fg_config *config,
                           const struct fg_checkpoints *checkpoints, bool quiet, struct fg_manifest *manifest,
                           bool *from, struct fg_fault *fault);

#endif
