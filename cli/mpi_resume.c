/* fugue-mpi --resume: from a run directory to the boundary that all ranks go on from. */
#include "cli/mpi_resume.h"

#include "core/rank_logs.h"
#include "mpi/team.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REASON = 512 };

/* Can this rank use the checkpoint? Rank 0 also has the manifest and the metrics. */
static enum fg_err check(const struct fg_checkpoints *c, const struct fg_rundir *dir, uint32_t rank, uint64_t round,
                         struct fg_mpi_origin *o, struct fg_fault *why) {
  char path[FG_PATH_MAX];
  enum fg_err err = fg_checkpoint_read_manifest(c, round, &o->manifest, why);
  if (!err && rank == 0) {
    err = fg_path_join(dir->path, "metrics.csv", path, why);
    if (!err)
      err = fg_mark_check(path, &o->manifest.marks.metrics, why);
  }
  if (!err)
    err = fg_checkpoint_check_shard(c, round, rank, &o->marks, why);
  if (!err)
    err = fg_checkpoint_check_posterior(c, round, rank, why);
  if (!err && c->run->options.trace)
    err = fg_rank_logs_check(dir->path, rank, &o->marks, why);
  return err;
}

/* All ranks check it; *good on all if it is good everywhere. Rank 0 says what is wrong with it. */
static enum fg_err agree(struct fg_post *post, const struct fg_checkpoints *c, const struct fg_rundir *dir,
                         uint64_t round, struct fg_mpi_origin *o, bool *good, struct fg_fault *fault) {
  uint32_t ranks = fg_post_ranks(post);
  struct fg_fault why = {0};
  char reason[REASON] = "", *reasons = calloc(ranks, REASON);
  if (!reasons)
    return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory to look for a checkpoint");
  enum fg_err unfit = check(c, dir, fg_post_rank(post), round, o, &why);
  if (unfit && unfit != FG_EINPUT) {
    *fault = why;
    free(reasons);
    return unfit;
  }
  if (unfit) {
    char text[2200];
    fg_fault_format(&why, unfit, text, sizeof text);
    snprintf(reason, sizeof reason, "%.*s", REASON - 1, text);
  }
  enum fg_err err = fg_team_gather(post, reason, sizeof reason, reasons, fault);
  uint64_t bad = unfit != FG_OK, any = 0;
  if (!err)
    err = fg_team_most(post, bad, &any, fault);
  *good = any == 0;
  for (uint32_t r = 0; fg_post_rank(post) == 0 && !err && any && r < ranks; r++)
    if (reasons[(size_t)r * REASON]) {
      fprintf(stderr, "fugue-mpi: the checkpoint of round %" PRIu64 " cannot be used (%s)\n", round,
              reasons + (size_t)r * REASON);
      break;
    }
  free(reasons);
  return err;
}

enum fg_err fg_mpi_resume_find(struct fg_post *post, const struct fg_checkpoints *c, const struct fg_rundir *dir,
                               const struct fg_run *run, bool quiet, struct fg_mpi_origin *o, struct fg_fault *fault) {
  bool first = fg_post_rank(post) == 0, good = false;
  uint64_t *rounds = NULL, round = 0;
  size_t n = 0;
  *o = (struct fg_mpi_origin){0};
  enum fg_err err = fg_rundir_same_data(dir, run, fault);
  if (!err && first)
    err = fg_checkpoint_list(c, &rounds, &n, fault);
  for (size_t i = 0; !err; i++) {
    round = i < n ? rounds[i] : 0; /* rank 0 proposes */
    err = fg_team_broadcast(post, &round, sizeof round, fault);
    if (err || round == 0)
      break;
    err = agree(post, c, dir, round, o, &good, fault);
    if (!err && good)
      break;
  }
  free(rounds);
  if (err)
    return err;
  if (!good) {
    *o = (struct fg_mpi_origin){0};
    if (first)
      fprintf(stderr, "fugue-mpi: there is no checkpoint to go on from: the run starts over\n");
    return FG_OK;
  }
  o->round = round;
  if (first && !quiet)
    fprintf(stderr, "fugue-mpi: resumes at epoch %g of %g, from the checkpoint of round %" PRIu64 "\n",
            (double)round / run->grid.col_blocks, (double)run->job.rounds / run->grid.col_blocks, round);
  if (first)
    fg_checkpoint_remove_after(c, round);
  o->manifest.marks.trace = o->manifest.marks.order = (struct fg_mark){0}; /* rank 0 puts these together at the end */
  return FG_OK;
}
