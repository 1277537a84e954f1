/* From --data to a grid that every rank can open its part of. */
#include "cli/mpi_data.h"

#include "cli/progress.h"
#include "core/data/grid_file.h"
#include "core/data/partition.h"
#include "core/model/model.h"
#include "core/sync/sync.h"
#include "mpi/team.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MEMORY ((uint64_t)1 << 30) /* that rank 0 may use while it cuts a file [B] */

static bool report(void *self, uint64_t done, uint64_t all) {
  fg_progress_report(self, done, all);
  return true;
}

static enum fg_err cut(const struct fg_config *config, uint32_t ranks, const char *grid, bool quiet,
                       struct fg_fault *fault) {
  struct fg_options options;
  struct fg_model model;
  struct fg_sync sync;
  struct fg_progress progress;
  struct fg_partitioned result;
  double *share = NULL;
  enum fg_err err = fg_config_resolve(config, &options, fault);
  if (!err)
    err = fg_model_parse(config->text[FG_OPT_MODEL], &model, fault);
  if (!err)
    err = fg_sync_parse(config->text[FG_OPT_SYNC], model.type->default_decay, &sync, fault);
  if (err)
    return err;
  char *data = realpath(config->text[FG_OPT_DATA], NULL);
  if (!data)
    return fg_fail(fault, FG_EINPUT, config->text[FG_OPT_DATA], 0, "cannot be opened: %s", strerror(errno));
  err = fg_cure_shares(config->text[FG_OPT_BALANCE], ranks, &share, fault);
  struct fg_partition job = {.data = data,
                             .out = grid,
                             .read = fg_model_reading(&model, options.index_base, options.seed_data),
                             .split = options.split,
                             .row_blocks = ranks,
                             .col_blocks = ranks * fg_sync_blocks(&sync),
                             .row_share = share,
                             .tile_bytes_row = model.lanes * sizeof(float),
                             .memory = MEMORY,
                             .force = true,
                             .report = report,
                             .report_self = &progress};
  if (!err) {
    fg_progress_start(&progress, "partition", quiet);
    err = fg_partition(&job, &result, fault);
    fg_progress_end(&progress);
  }
  free(share);
  free(data);
  return err;
}

/* Does the grid of the run's earlier attempt open? */
static bool is_whole(const char *grid) {
  struct fg_grid g;
  bool whole = fg_grid_is(grid) && fg_grid_open(grid, 0, &g, NULL) == FG_OK;
  if (whole)
    fg_grid_free(&g);
  return whole;
}

enum fg_err fg_mpi_data_find(struct fg_post *post, const struct fg_config *config, const char *dir, bool resumed,
                             bool quiet, struct fg_mpi_data *data, struct fg_fault *fault) {
  data->grid[0] = 0;
  uint8_t made = 0;
  char grid[FG_PATH_MAX];
  enum fg_err err = fg_path_join(dir, "grid.tmp", grid, fault);
  if (!err && fg_post_rank(post) == 0 && !*config->text[FG_OPT_DATA])
    err = fg_fail(fault, FG_EUSAGE, NULL, 0, "--data FILE is missing");
  if (!err && fg_post_rank(post) == 0 && !fg_grid_is(config->text[FG_OPT_DATA])) {
    made = 1;
    data->cut = !resumed || !is_whole(grid);
    if (data->cut)
      err = cut(config, fg_post_ranks(post), grid, quiet, fault);
  }
  if (!err)
    err = fg_team_broadcast(post, &made, sizeof made, fault);
  if (!err && made)
    snprintf(data->grid, sizeof data->grid, "%s", grid);
  return err;
}
