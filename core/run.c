/* Making a run ready: options in, job out. */
#include "core/run.h"

#include "core/data/grid_file.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void set_number(struct fg_config *config, enum fg_option option, double value) {
  snprintf(config->text[option], FG_OPTION_TEXT, "%.17g", value);
}

static void set_whole(struct fg_config *config, enum fg_option option, uint64_t value) {
  snprintf(config->text[option], FG_OPTION_TEXT, "%llu", (unsigned long long)value);
}

/* A share as a person would type it: the shortest number that is the same. */
static void print_split(const struct fg_split *split, char *text) {
  char number[32];
  double same;
  int digits = 1;
  do
    snprintf(number, sizeof number, "%.*g", digits, split->share);
  while (digits++ < 17 && (!fg_parse_real(number, &same) || same != split->share));
  snprintf(text, FG_OPTION_TEXT, "%s%s", split->by_rows ? "rows:" : "", number);
}

static enum fg_err settled(const char *option, const char *text, const char *grid_text, struct fg_fault *fault) {
  return fg_fail(fault, FG_EUSAGE, NULL, 0, "--%s %s: the grid was cut with %s, and is to be cut anew for another",
                 option, text, grid_text);
}

/* What was held out, and by which seed, is settled in a grid; options may only say the same, or nothing. */
static enum fg_err load_grid(struct fg_config *config, struct fg_run *run, struct fg_fault *fault) {
  struct fg_options *o = &run->options;
  const struct fg_grid *g = &run->grid;
  char test[FG_OPTION_TEXT], seed[32], base[32];
  enum fg_err err = fg_grid_open(run->data_path, FG_GRID_ALL, &run->grid, fault);
  if (err)
    return err;
  print_split(&g->split, test);
  snprintf(seed, sizeof seed, "%llu", (unsigned long long)g->split.seed);
  snprintf(base, sizeof base, "%u", g->index_base);
  if (o->workers != g->row_blocks)
    return fg_fail(fault, FG_EUSAGE, run->data_path, 0, "the grid is cut for %u workers (--workers %u)", g->row_blocks,
                   g->row_blocks);
  if (o->split.share > 0 && (o->split.share != g->split.share || o->split.by_rows != g->split.by_rows))
    return settled("test", config->text[FG_OPT_TEST], test, fault);
  if (strcmp(config->text[FG_OPT_SEED_DATA], "auto") != 0 && o->seed_data != g->split.seed)
    return settled("seed-data", config->text[FG_OPT_SEED_DATA], seed, fault);
  if (strcmp(config->text[FG_OPT_INDEX_BASE], fg_option_infos[FG_OPT_INDEX_BASE].fallback) != 0 &&
      o->index_base != g->index_base)
    return settled("index-base", config->text[FG_OPT_INDEX_BASE], base, fault);
  o->split = g->split;
  o->seed_data = g->split.seed;
  o->index_base = g->index_base;
  snprintf(config->text[FG_OPT_TEST], FG_OPTION_TEXT, "%s", test);
  snprintf(config->text[FG_OPT_INDEX_BASE], FG_OPTION_TEXT, "%s", base);
  return FG_OK;
}

static enum fg_err load_data(struct fg_config *config, struct fg_run *run, struct fg_fault *fault) {
  const struct fg_options *o = &run->options;
  struct fg_points points = {0};
  struct fg_read_options read = {.index_base = o->index_base, .directed = false};
  char *absolute = realpath(config->text[FG_OPT_DATA], NULL);
  if (!absolute)
    return fg_fail(fault, FG_EINPUT, config->text[FG_OPT_DATA], 0, "cannot be opened: %s", strerror(errno));
  int length = snprintf(run->data_path, sizeof run->data_path, "%s", absolute);
  free(absolute);
  if (length >= (int)sizeof run->data_path)
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "the data file's path is too long");
  enum fg_err err = fg_config_set(config, "data", run->data_path, NULL, 0, fault);
  if (!err && fg_grid_is(run->data_path))
    return load_grid(config, run, fault);
  if (!err)
    err = fg_points_read(run->data_path, &read, &points, fault);
  if (err)
    return err;
  err = fg_points_check_shape(run->data_path, points.rows, points.cols, points.n, fault);
  if (!err)
    err =
        fg_grid_build(&points, &o->split, o->workers, o->workers, run->model.stride * sizeof(float), &run->grid, fault);
  run->grid.index_base = o->index_base;
  fg_points_free(&points);
  return err;
}

/* 1 ms of work, and no more than an eighth of a block: what is begun when a wait ends is finished first */
static void resolve_chunk(const struct fg_run *run, double nominal_speed, struct fg_options *o) {
  double updates = nominal_speed * 1e-3 / run->model.type->flops(&run->model);
  double block = (double)run->grid.n_train / run->grid.row_blocks / run->grid.col_blocks;
  if (updates > block / 8)
    updates = block / 8;
  o->chunk = updates < FG_BATCH ? FG_BATCH : updates > 1e9 ? 1000000000 : (uint64_t)(updates / FG_BATCH) * FG_BATCH;
}

static void resolve_texts(struct fg_config *config, const struct fg_run *run) {
  const struct fg_options *o = &run->options;
  fg_spec_print(run->model.type->name, run->model.type->params, &run->model.par, config->text[FG_OPT_MODEL],
                FG_OPTION_TEXT);
  fg_sync_print(&run->job.sync, config->text[FG_OPT_SYNC], FG_OPTION_TEXT);
  set_number(config, FG_OPT_STEP, o->steps.eta0);
  snprintf(config->text[FG_OPT_STEP_SCHEDULE], FG_OPTION_TEXT, "%s", fg_step_schedule_name(o->steps.schedule));
  set_whole(config, FG_OPT_CHUNK, o->chunk);
  set_whole(config, FG_OPT_SEED_DATA, o->seed_data);
  set_whole(config, FG_OPT_SEED_INIT, o->seed_init);
  set_whole(config, FG_OPT_SEED_ORDER, o->seed_order);
  set_whole(config, FG_OPT_SEED_STRAGGLER, o->seed_straggler);
}

enum fg_err fg_run_prepare(struct fg_config *config, double nominal_speed, struct fg_run *run, struct fg_fault *fault) {
  struct fg_options *o = &run->options;
  enum fg_err err = fg_config_resolve(config, o, fault);
  if (!err)
    err = fg_model_parse(config->text[FG_OPT_MODEL], &run->model, fault);
  if (!err)
    err = fg_sync_parse(config->text[FG_OPT_SYNC], run->model.type->default_decay, &run->job.sync, fault);
  if (!err)
    err = load_data(config, run, fault);
  if (!err)
    err = fg_model_bind(&run->model, &run->grid, o->seed_init, fault);
  if (!err)
    err = fg_factors_new(&run->grid, &run->model, &run->factors, fault);
  if (err)
    return err;
  if (o->step_auto)
    o->steps.eta0 = run->model.type->default_step;
  if (o->schedule_auto)
    o->steps.schedule = run->model.type->default_schedule;
  if (o->steps.floor > o->steps.eta0)
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "--floor %g is above the initial step %g", o->steps.floor, o->steps.eta0);
  if (o->chunk_auto)
    resolve_chunk(run, nominal_speed, o);
  if (run->model.n_stat) {
    run->stat = calloc(run->model.n_stat, sizeof *run->stat);
    if (!run->stat || fg_factors_stat(&run->factors, &run->model, run->stat))
      return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory for the global statistic");
  }
  run->job.grid = &run->grid;
  run->job.model = &run->model;
  run->job.steps = o->steps;
  run->job.workers = o->workers;
  run->job.rounds = o->sub_epochs ? o->epochs : o->epochs * run->grid.col_blocks;
  run->job.chunk = o->chunk;
  run->job.replace = o->replace;
  run->job.seed_order = o->seed_order;
  run->job.stat = run->stat;
  resolve_texts(config, run);
  return FG_OK;
}

void fg_run_free(struct fg_run *run) {
  fg_factors_free(&run->factors);
  fg_grid_free(&run->grid);
  free(run->stat);
  memset(run, 0, sizeof *run);
}
