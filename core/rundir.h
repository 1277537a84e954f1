/* The run directory (design.md): config.yaml first, run.json last; trace.csv, order.bin and metrics.csv under temporary
 * names, and checkpoints (checkpoint.h), while the run goes on. */
#ifndef FG_CORE_RUNDIR_H
#define FG_CORE_RUNDIR_H

#include "core/checkpoint.h"
#include "core/evaluate.h"
#include "core/files.h"
#include "core/run.h"
#include "core/sink.h"

#include <stdbool.h>

struct fg_rundir {
  const struct fg_run *run;
  const struct fg_config *config;
  const char
      *stage; /* lent: "sim", "mpi"; set by the caller, so that another stage does not take the run up; or NULL */
  char path[4000];
  bool claimed; /* the directory is this run's */
  int lock;     /* on its config.yaml, against a second run; -1: none */
  struct fg_out trace, order, metrics;
  bool keep;      /* what is half-written outlives a fault: a checkpoint counts on it */
  uint64_t round; /* of the checkpoint that the run goes on from: its evaluation and those before are there; or 0 */
  double train_loss, test_metric; /* of the last evaluation */
  uint64_t samples;               /* of the posterior, likewise */
  double posterior_metric, posterior_deviation;
  void (*report)(void *self, uint64_t done, uint64_t all); /* progress; may be NULL */
  void *report_self;
};

/* The two steps below at once: makes the directory and the files that grow. FG_EUSAGE if it holds a finished run,
 * unless `force`, if another run is writing it, or if it holds anything that is not a run. An unfinished run is
 * replaced. run and config (resolved) are lent until commit or discard. Zero *dir first. */
enum fg_err fg_rundir_open(struct fg_rundir *dir, const char *path, bool force, const struct fg_run *run,
                           const struct fg_config *config, struct fg_fault *fault);

/* Makes the directory, empty of what an unfinished run left. */
enum fg_err fg_rundir_claim(struct fg_rundir *dir, const char *path, bool force, struct fg_fault *fault);

/* config.yaml, and the files that grow. */
enum fg_err fg_rundir_begin(struct fg_rundir *dir, const struct fg_run *run, const struct fg_config *config,
                            struct fg_fault *fault);

/* Claims the directory of an unfinished run, to go on with it or to start over, and changes nothing in it. FG_EUSAGE if
 * it holds no run, a finished one (*finished, out), or one of another stage, or if another run is writing it. Zero *dir
 * first. */
enum fg_err fg_rundir_reopen(struct fg_rundir *dir, const char *path, bool *finished, struct fg_fault *fault);

/* Are the data of a run made ready those that the directory's config.yaml names? FG_EINPUT with both checksums if not.
 */
enum fg_err fg_rundir_same_data(const struct fg_rundir *dir, const struct fg_run *run, struct fg_fault *fault);

/* Opens its growing files. Those with a mark are cut to it and go on, the others begin anew; round: of the checkpoint
 * that the run goes on from, which has the marks. marks NULL: the run starts over, and what an earlier attempt left is
 * removed. run and config as for fg_rundir_open. FG_EINPUT if a file is not what its mark says. */
enum fg_err fg_rundir_continue(struct fg_rundir *dir, const struct fg_run *run, const struct fg_config *config,
                               uint64_t round, const struct fg_marks *marks, struct fg_fault *fault);

/* Flushes the growing files to disk and marks them. FG_EIO. */
enum fg_err fg_rundir_mark(struct fg_rundir *dir, struct fg_marks *marks, struct fg_fault *fault);

/* The sink that writes into it; lends *dir. */
struct fg_sink fg_rundir_sink(struct fg_rundir *dir);

/* Writes a row of metrics.csv: `rounds` strata are complete, with these totals; loss and metric of a run that only
 * counts are nan. FG_EDIVERGED if the loss is not finite; FG_EIO. */
enum fg_err fg_rundir_evaluated(struct fg_rundir *dir, uint64_t rounds, const struct fg_totals *totals,
                                const struct fg_evaluation *evaluation, struct fg_fault *fault);

/* Removes what only an unfinished run needs: checkpoints, logs of ranks (rank_logs.h), and DIR/grid.tmp, a grid made of
 * the data. */
void fg_rundir_tidy(const char *path);

/* What run.json says beside the options and the result. */
struct fg_provenance {
  const char *stage;    /* "sim", "mpi" */
  const char *revision; /* of the source, or "" */
  const char *versions; /* "name version, ..." of the libraries */
  double cpu_s;         /* spent by the stage, without evaluation */
  double memory_mb;     /* largest resident size of a process [MB] */
};

/* When all pieces of the model files are written (model_files.h; none of a run that only counts): finishes them,
 * top.txt (top.h) if `vocabulary` is not empty, the growing files under their names, then run.json; then
 * fg_rundir_tidy. */
enum fg_err fg_rundir_commit(struct fg_rundir *dir, const struct fg_totals *totals,
                             const struct fg_vocabulary *vocabulary, const struct fg_provenance *provenance,
                             struct fg_fault *fault);

/* The end: unlocks the directory; after an error removes what is half-written (unless `keep`), and with `whole` the
 * directory, too (a run that could not even begin). */
void fg_rundir_discard(struct fg_rundir *dir, bool whole);

#endif
