/* A run made ready: from options to data, grid, model, strategy and initial parameters. Every stage
 * starts from here. */
#ifndef FG_CORE_RUN_H
#define FG_CORE_RUN_H

#include "core/config.h"
#include "core/data/grid.h"
#include "core/factors.h"
#include "core/machine.h"
#include "core/model/model.h"

struct fg_run {
  struct fg_options options;
  char data_path[FG_OPTION_TEXT]; /* absolute */
  struct fg_grid grid;
  struct fg_model model;
  struct fg_factors factors;
  double *stat; /* initial global statistic, model.n_stat doubles */
  struct fg_job job;
};

/* Reads the data, a file or an on-disk grid (which settles --test, --seed-data and --index-base: FG_EUSAGE if an option
 * says otherwise, or --workers is not its number of parts), and makes everything ready. nominal_speed: of a host [flop/s], for --chunk auto: chunks of 1 ms of
 * nominal work, at most an eighth of a block, in whole batches. On success *config holds the resolved values of every
 * `auto`, the canonical model and strategy, and the absolute data path. *run must be zero; freed by fg_run_free, also
 * after an error. The job lends from *run: do not move it. */
enum fg_err fg_run_prepare(struct fg_config *config, double nominal_speed, struct fg_run *run, struct fg_fault *fault);

void fg_run_free(struct fg_run *run);

#endif
