/* --resume: from a run directory to the round that a run goes on from. */
#include "cli/resume.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void tell(void *self, uint64_t round, const struct fg_fault *why) {
  char text[2200];
  (void)self;
  fg_fault_format(why, FG_EINPUT, text, sizeof text);
  fprintf(stderr, "fugue: the checkpoint of round %" PRIu64 " cannot be used (%s)\n", round, text);
}

enum fg_err fg_resume_find(struct fg_rundir *dir, const struct fg_run *run, const struct fg_config *config,
                           const struct fg_checkpoints *c, bool quiet, struct fg_manifest *manifest, bool *from,
                           struct fg_fault *fault) {
  double epoch = (double)run->grid.col_blocks;
  enum fg_err err = fg_rundir_same_data(dir, run, fault);
  if (!err)
    err = fg_savepoints_find(c, dir, tell, NULL, manifest, from, fault);
  if (err)
    return err;
  if (!*from) {
    fprintf(stderr, "fugue: there is no checkpoint to go on from: the run starts over\n");
    return fg_rundir_continue(dir, run, config, 0, NULL, fault);
  }
  if (!quiet)
    fprintf(stderr, "fugue: resumes at epoch %g of %g, from the checkpoint of round %" PRIu64 "\n",
            (double)manifest->round / epoch, (double)run->job.rounds / epoch, manifest->round);
  fg_checkpoint_remove_after(c, manifest->round);
  const struct fg_marks marks = {.metrics = manifest->marks.metrics}; /* the others are written again */
  return fg_rundir_continue(dir, run, config, manifest->round, &marks, fault);
}
