/* --resume: from a run directory to the round that a run goes on from. */
#include "cli/resume.h"

#include "core/facts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void tell(void *self, uint64_t round, const struct fg_fault *why) {
  char text[2200];
  (void)self;
  fg_fault_format(why, FG_EINPUT, text, sizeof text);
  fprintf(stderr, "fugue: the checkpoint of round %" PRIu64 " cannot be used (%s)\n", round, text);
}

static enum fg_err compare_data(const struct fg_rundir *dir, const struct fg_run *run, struct fg_fault *fault) {
  struct fg_facts facts = {0};
  char path[FG_PATH_MAX];
  enum fg_err err = fg_path_join(dir->path, "config.yaml", path, fault);
  if (!err)
    err = fg_facts_read(path, &facts, fault);
  const char *recorded = err ? NULL : fg_facts_find(&facts, "data_sha256");
  if (!err && (!recorded || strcmp(recorded, run->grid.sha256) != 0))
    err = fg_fail(fault, FG_EINPUT, run->data_path, 0, "is not the data of the run: SHA-256 %s, recorded %s",
                  run->grid.sha256, recorded ? recorded : "none");
  fg_facts_free(&facts);
  return err;
}

enum fg_err fg_resume_find(struct fg_rundir *dir, const struct fg_run *run, const struct fg_config *config,
                           const struct fg_checkpoints *c, bool quiet, struct fg_manifest *manifest, bool *from,
                           struct fg_fault *fault) {
  double epoch = (double)run->grid.col_blocks;
  enum fg_err err = compare_data(dir, run, fault);
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
