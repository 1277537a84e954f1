/* The first step of a run: its data. */
#include "core/load.h"

#include "core/data/counted.h"
#include "core/data/grid_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum fg_err find_data(struct fg_config *config, struct fg_run *run, struct fg_fault *fault) {
  char *absolute = realpath(config->text[FG_OPT_DATA], NULL);
  if (!absolute)
    return fg_fail(fault, FG_EINPUT, config->text[FG_OPT_DATA], 0, "cannot be opened: %s", strerror(errno));
  int length = snprintf(run->data_path, sizeof run->data_path, "%s", absolute);
  free(absolute);
  if (length >= (int)sizeof run->data_path)
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "the data file's path is too long");
  return fg_config_set(config, "data", run->data_path, NULL, 0, fault);
}

/* balance: the text of the option */
static enum fg_err cut_file(const char *balance, struct fg_run *run, struct fg_fault *fault) {
  struct fg_options *o = &run->options;
  double *share = NULL;
  struct fg_points points = {0};
  struct fg_read_options read = fg_model_reading(&run->model, o->index_base, o->seed_data);
  enum fg_err err = fg_points_read(run->data_path, &read, &points, fault);
  if (err)
    return err;
  err = fg_points_check_shape(run->data_path, points.rows, points.cols, points.n, fault);
  if (!err)
    err = fg_model_check_points(&run->model, &points, run->data_path, fault);
  if (o->workers == 0)
    o->workers = FG_WORKERS;
  if (!err)
    err = fg_cure_shares(balance, o->workers, &share, fault);
  if (!err)
    err = fg_grid_build(&points, &o->split, o->workers, o->workers * fg_sync_blocks(&run->job.sync), share,
                        run->model.lanes * sizeof(float), &run->grid, fault);
  run->grid.index_base = o->index_base;
  run->grid.network = read.network;
  run->grid.directed = read.directed;
  run->grid.loops = read.loops;
  run->grid.zeros = read.zeros;
  free(share);
  fg_points_free(&points);
  return err;
}

static enum fg_err settled(const char *option, const char *text, const char *grid_text, struct fg_fault *fault) {
  return fg_fail(fault, FG_EUSAGE, NULL, 0, "--%s %s: the grid was cut with %s, and is to be cut anew for another",
                 option, text, grid_text);
}

/* What the options leave open, the grid has settled; they may only say the same. */
static enum fg_err agree(const struct fg_config *config, const char *path, struct fg_run *run, struct fg_fault *fault) {
  struct fg_options *o = &run->options;
  const struct fg_grid *g = &run->grid;
  uint32_t blocks = fg_sync_blocks(&run->job.sync);
  char test[64], seed[32], base[32];
  fg_split_print(&g->split, test, sizeof test);
  snprintf(seed, sizeof seed, "%llu", (unsigned long long)g->split.seed);
  snprintf(base, sizeof base, "%u", g->index_base);
  if (o->workers != 0 && o->workers != g->row_blocks)
    return fg_fail(fault, FG_EUSAGE, path, 0, "the grid is cut for %u workers (--workers %u)", g->row_blocks,
                   g->row_blocks);
  if (g->col_blocks != (uint64_t)g->row_blocks * blocks)
    return fg_fail(fault, FG_EUSAGE, path, 0,
                   "the grid has %u column blocks for %u workers, and sync %s wants %u per worker: partition the data "
                   "again with --blocks %u",
                   g->col_blocks, g->row_blocks, run->job.sync.type->name, blocks, blocks);
  if (!o->split_auto && (o->split.share != g->split.share || o->split.by_rows != g->split.by_rows))
    return settled("test", config->text[FG_OPT_TEST], test, fault);
  if (!o->seed_data_auto && o->seed_data != g->split.seed)
    return settled("seed-data", config->text[FG_OPT_SEED_DATA], seed, fault);
  if (strcmp(config->text[FG_OPT_INDEX_BASE], fg_option_infos[FG_OPT_INDEX_BASE].fallback) != 0 &&
      o->index_base != g->index_base)
    return settled("index-base", config->text[FG_OPT_INDEX_BASE], base, fault);
  struct fg_read_options read = fg_model_reading(&run->model, o->index_base, g->split.seed);
  if (read.network != g->network || read.directed != g->directed || read.loops != g->loops || read.zeros != g->zeros)
    return fg_fail(fault, FG_EUSAGE, path, 0,
                   g->network
                       ? "the grid was cut for a network, directed=%s,loops=%g,zeros=%g; model %s wants other data: "
                         "partition them again with its --model"
                       : "the grid was not cut for a network (directed=%s,loops=%g,zeros=%g), which model %s needs: "
                         "partition the data again with its --model",
                   g->network ? (g->directed ? "yes" : "no") : (read.directed ? "yes" : "no"),
                   g->network ? g->loops : read.loops, g->network ? g->zeros : read.zeros, run->model.type->name);
  o->workers = g->row_blocks;
  o->split = g->split;
  o->seed_data = g->split.seed;
  o->index_base = g->index_base;
  return FG_OK;
}

enum fg_err fg_load_check(const struct fg_config *config, const struct fg_options *o, struct fg_fault *fault) {
  if (!fg_counted_is(config->text[FG_OPT_DATA]))
    return FG_OK;
  if (!o->timing_only)
    return fg_fail(fault, FG_EUSAGE, NULL, 0,
                   "--data %s: of counted data only the sizes of blocks exist, for runs with --compute none",
                   config->text[FG_OPT_DATA]);
  if (o->split.share > 0)
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "--test %s: counted data have no points to hold out",
                   config->text[FG_OPT_TEST]);
  if (o->balance == FG_CURE_SIZE)
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "--balance size: counted data are dealt in equal shares");
  return FG_OK;
}

/* Data of which only the sizes of blocks exist. */
static enum fg_err count_data(struct fg_config *config, struct fg_run *run, struct fg_fault *fault) {
  struct fg_options *o = &run->options;
  const struct fg_read_options read = fg_model_reading(&run->model, o->index_base, o->seed_data);
  struct fg_counted counted;
  char text[FG_COUNTED_TEXT], sha256[65];
  enum fg_err err = fg_counted_parse(config->text[FG_OPT_DATA], &counted, fault);
  if (!err)
    err = fg_load_check(config, o, fault);
  if (err)
    return err;
  if (read.network && counted.rows != counted.cols)
    return fg_fail(fault, FG_EUSAGE, NULL, 0,
                   "--data %s: model %s is of networks, whose matrix is square, node by node",
                   config->text[FG_OPT_DATA], run->model.type->name);
  if (o->workers == 0)
    o->workers = FG_WORKERS;
  err = fg_counted_grid(&counted, o->seed_data, o->workers, o->workers * fg_sync_blocks(&run->job.sync), &run->grid,
                        fault);
  if (err)
    return err;
  run->grid.index_base = o->index_base;
  run->grid.network = read.network;
  run->grid.directed = read.directed;
  run->grid.loops = read.loops;
  run->grid.zeros = read.zeros;
  fg_counted_print(&counted, text, sha256);
  return fg_config_set(config, "data", text, NULL, 0, fault);
}

enum fg_err fg_load(struct fg_config *config, const struct fg_share *share, struct fg_run *run,
                    struct fg_fault *fault) {
  if (fg_counted_is(config->text[FG_OPT_DATA]))
    return count_data(config, run, fault);
  enum fg_err err = find_data(config, run, fault);
  const char *grid = share->grid ? share->grid : run->data_path;
  if (err)
    return err;
  if (!share->grid && !fg_grid_is(grid))
    return cut_file(config->text[FG_OPT_BALANCE], run, fault);
  if (!share->grid && run->options.balance == FG_CURE_SIZE)
    return fg_fail(
        fault, FG_EUSAGE, grid, 0,
        "is a grid, whose rows are dealt in equal shares: --balance size takes the file that it was cut from");
  err = fg_grid_open(grid, share->part, &run->grid, fault);
  return err ? err : agree(config, grid, run, fault);
}
