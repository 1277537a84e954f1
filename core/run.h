/* A run made ready: from options to data, grid, model, strategy and initial parameters. Every stage
 * starts from here. */
#ifndef FG_CORE_RUN_H
#define FG_CORE_RUN_H

#include "core/config.h"
#include "core/data/grid.h"
#include "core/data/grid_file.h"
#include "core/factors.h"
#include "core/machine.h"
#include "core/model/model.h"

struct fg_run {
  struct fg_options options;
  char data_path[FG_OPTION_TEXT]; /* absolute */
  struct fg_grid grid;
  struct fg_model model;
  struct fg_factors factors;
  uint64_t look_every; /* evaluations every so many rounds instead of --eval-every epochs; 0: as that says. For those
                          who look on from inside; the start and the end are always looked at */
  /* of a model with a temperature (posterior.h): evaluations add to it; otherwise NULL */
  struct fg_posterior *posterior;
  double *stat; /* initial global statistic, model.n_stat doubles; for the stage to fill if not everything is held */
  struct fg_job job;
};

/* What a process takes part in. */
struct fg_share {
  uint32_t part;    /* of the grid, or FG_GRID_ALL */
  const char *grid; /* lent: an on-disk grid of the data; NULL: the data are one, or are cut in memory */
};

/* Everything, from the data themselves. */
extern const struct fg_share fg_share_all;

/* Opens or reads the data (a grid settles --test, --seed-data and --index-base: FG_EUSAGE if an option says otherwise,
 * or --workers is not its number of parts, or --balance gives shares) and makes everything ready that this process
 * holds. nominal_speed: of a host [flop/s], for --chunk auto: chunks of 1 ms of nominal work, at most an eighth of a
 * block, in whole batches. `--balance size` must have its shares (fg_cure_settle). On success *config holds the
 * resolved values of every `auto`, the canonical model and strategy, and the absolute data path. *run must be zero;
 * freed by fg_run_free, also after an error. The job lends from *run: do not move it. */
enum fg_err fg_run_prepare(struct fg_config *config, double nominal_speed, const struct fg_share *share,
                           struct fg_run *run, struct fg_fault *fault);

/* fg_job.pause of a stage ("sim", "mpi"): every so many rounds that evaluations and checkpoints both fall on such
 * boundaries where the stage needs them; 0: nowhere. A replay must have that of the stage it replays. */
uint64_t fg_run_pause(const struct fg_run *run, const char *stage);

/* Is the state after `rounds` strata to be evaluated? The first and the last are, and those that --eval-every says. */
bool fg_run_evaluates(const struct fg_run *run, uint64_t rounds);

void fg_run_free(struct fg_run *run);

#endif
