/* Making a run ready: options in, job out. */
#include "core/run.h"

#include "core/load.h"
#include "core/posterior.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void set_number(struct fg_config *config, enum fg_option option, double value) {
  snprintf(config->text[option], FG_OPTION_TEXT, "%.17g", value);
}

static void set_whole(struct fg_config *config, enum fg_option option, uint64_t value) {
  snprintf(config->text[option], FG_OPTION_TEXT, "%llu", (unsigned long long)value);
}

/* 1 ms of work, and no more than an eighth of the smallest row block's blocks: what is begun when a wait ends is
 * finished first */
static void resolve_chunk(const struct fg_run *run, double nominal_speed, double least, struct fg_options *o) {
  double updates = nominal_speed * 1e-3 / run->model.type->flops(&run->model);
  double block = (double)run->grid.n_train / run->grid.row_blocks / run->grid.col_blocks * least;
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
  set_whole(config, FG_OPT_WORKERS, o->workers);
  fg_split_print(&o->split, config->text[FG_OPT_TEST], FG_OPTION_TEXT);
  set_whole(config, FG_OPT_INDEX_BASE, o->index_base);
  set_whole(config, FG_OPT_CHUNK, o->chunk);
  set_whole(config, FG_OPT_SEED_DATA, o->seed_data);
  set_whole(config, FG_OPT_SEED_INIT, o->seed_init);
  set_whole(config, FG_OPT_SEED_ORDER, o->seed_order);
  set_whole(config, FG_OPT_SEED_STRAGGLER, o->seed_straggler);
}

/* Cures that only some strategies know. */
static enum fg_err check_cure(const struct fg_options *o, const struct fg_sync *sync, const struct fg_share *share,
                              struct fg_fault *fault) {
  const char *name = sync->type->name;
  if (o->balance == FG_CURE_SCALE && !(sync->type->strata && sync->type->extra_step))
    return fg_fail(fault, FG_EUSAGE, NULL, 0,
                   "--balance scale: with sync %s all visits of a block have the same step mass (it is for fugue and "
                   "quorum)",
                   name);
  if (o->balance == FG_CURE_SIZE && sync->type->replica && !sync->type->replica->server)
    return fg_fail(fault, FG_EUSAGE, NULL, 0,
                   "--balance size: sync %s averages replicas as equals, and they would stand for unequal data", name);
  if (o->balance != FG_CURE_ROTATE)
    return FG_OK;
  if (!sync->type->strata)
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "--balance rotate: sync %s has no strata, between which rows could move",
                   name);
  if (share->part != FG_GRID_ALL)
    return fg_fail(fault, FG_EUSAGE, NULL, 0,
                   "--balance rotate is for simulations: a rank has the data of its own row block only");
  if (o->checkpoint.unit != FG_EVERY_NEVER)
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "--balance rotate and --checkpoint do not go together");
  return FG_OK;
}

/* Noise belongs to visits of blocks, and has the step of the whole block. */
static enum fg_err check_temperature(const struct fg_run *run, struct fg_fault *fault) {
  const struct fg_options *o = &run->options;
  const struct fg_sync_type *sync = run->job.sync.type;
  double t = run->model.temperature;
  if (!(t > 0))
    return FG_OK;
  if (sync->replica)
    return fg_fail(fault, FG_EREFUSED, NULL, 0,
                   "sync %s " FG_REFUSED_WORDS " %s, because averages and sums of replicas would change the noise of "
                   "temperature=%g; samples need one owner for each block (barrier, fugue, quorum, ring, nomad, relay)",
                   sync->name, run->model.type->name, t);
  if ((o->schedule_auto ? run->model.type->default_schedule : o->steps.schedule) == FG_STEP_ADAGRAD)
    return fg_fail(
        fault, FG_EUSAGE, NULL, 0,
        "temperature=%g: --step-schedule adagrad gives every row a step of its own, and noise has that of the epoch; "
        "constant is for samples",
        t);
  if (o->balance == FG_CURE_SCALE)
    return fg_fail(
        fault, FG_EUSAGE, NULL, 0,
        "temperature=%g: --balance scale gives every block a step of its own, and noise has that of the epoch; "
        "size and rotate do not",
        t);
  return FG_OK;
}

/* Hosts without a worker: only where hosts are simulated. */
static enum fg_err check_hosts(const struct fg_sync *sync, const struct fg_share *share, struct fg_fault *fault) {
  if (share->part == FG_GRID_ALL || fg_sync_hosts(sync, 1) == 1)
    return FG_OK;
  return fg_fail(fault, FG_EUSAGE, NULL, 0,
                 "sync %s: servers on hosts of their own are for simulations: a rank always has a worker",
                 sync->type->name);
}

/* Each of them needs a shard. */
static enum fg_err check_servers(const struct fg_sync *sync, uint32_t workers, struct fg_fault *fault) {
  uint32_t servers = fg_sync_hosts(sync, workers) - workers;
  if (servers <= workers)
    return FG_OK;
  return fg_fail(fault, FG_EUSAGE, NULL, 0, "sync %s: servers=%u, but there %s only %u %s, one for each worker",
                 sync->type->name, servers, workers == 1 ? "is" : "are", workers, workers == 1 ? "shard" : "shards");
}

/* Draws have no step. What says so in a resolved configuration is what such a model has by itself. */
static enum fg_err check_draws(const struct fg_options *o, const struct fg_model *model, struct fg_fault *fault) {
  const struct fg_model_type *type = model->type;
  if (!type->draw)
    return FG_OK;
  const char *option = !o->step_auto && o->steps.eta0 != type->default_step               ? "--step"
                       : !o->schedule_auto && o->steps.schedule != type->default_schedule ? "--step-schedule"
                       : o->steps.floor > 0                                               ? "--floor"
                       : o->balance == FG_CURE_SCALE                                      ? "--balance scale"
                                                                                          : NULL;
  if (option)
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "%s: model %s draws, and takes no steps that could have a size", option,
                   type->name);
  if (o->balance == FG_CURE_ROTATE)
    return fg_fail(fault, FG_EUSAGE, NULL, 0,
                   "--balance rotate: model %s draws, and hosts that are slower do not bias it: rows need not move",
                   type->name);
  if (o->replace)
    return fg_fail(fault, FG_EUSAGE, NULL, 0,
                   "--sampling replace: model %s draws for every token of a block in turn; pass is its order",
                   type->name);
  return FG_OK;
}

const struct fg_share fg_share_all = {.part = FG_GRID_ALL};

/* Runs that only count. */
static enum fg_err check_timing(const struct fg_options *o, const struct fg_share *share, struct fg_fault *fault) {
  if (!o->timing_only)
    return FG_OK;
  if (share->part != FG_GRID_ALL)
    return fg_fail(fault, FG_EUSAGE, NULL, 0,
                   "--compute none is for simulations: the time of a real run is that of its arithmetic");
  if (o->checkpoint.unit != FG_EVERY_NEVER)
    return fg_fail(fault, FG_EUSAGE, NULL, 0,
                   "--compute none and --checkpoint do not go together: there are no parameters to be saved");
  return FG_OK;
}

enum fg_err fg_run_prepare(struct fg_config *config, double nominal_speed, const struct fg_share *share,
                           struct fg_run *run, struct fg_fault *fault) {
  struct fg_options *o = &run->options;
  enum fg_err err = fg_config_resolve(config, o, fault);
  if (!err)
    err = fg_model_parse(config->text[FG_OPT_MODEL], &run->model, fault);
  if (!err)
    err = fg_model_take_steps(&run->model, o->schedule_auto ? run->model.type->default_schedule : o->steps.schedule,
                              fault);
  if (!err)
    err = fg_sync_parse(config->text[FG_OPT_SYNC], run->model.type->default_decay, &run->job.sync, fault);
  if (!err)
    err = fg_sync_admits(&run->job.sync, run->model.type, fault);
  if (!err)
    err = check_draws(o, &run->model, fault);
  if (!err)
    err = check_temperature(run, fault);
  if (!err)
    err = check_cure(o, &run->job.sync, share, fault);
  if (!err)
    err = check_hosts(&run->job.sync, share, fault);
  if (!err)
    err = check_timing(o, share, fault);
  if (!err)
    err = fg_load(config, share, run, fault);
  if (!err)
    err = check_servers(&run->job.sync, o->workers, fault);
  if (!err)
    err = fg_model_bind(&run->model, &run->grid, o->seed_init, fault);
  if (!err)
    err = (o->timing_only ? fg_factors_shape : fg_factors_new)(&run->grid, &run->model, &run->factors, fault);
  if (!err && run->model.temperature > 0 && !o->timing_only)
    err = fg_posterior_new(&run->grid, &run->model, &run->posterior, fault);
  if (err)
    return err;
  if (o->schedule_auto)
    o->steps.schedule = run->model.type->default_schedule;
  if (o->step_auto)
    o->steps.eta0 =
        o->steps.schedule == FG_STEP_ADAGRAD ? run->model.type->adagrad_step : run->model.type->default_step;
  if (o->steps.floor > o->steps.eta0)
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "--floor %g is above the initial step %g", o->steps.floor, o->steps.eta0);
  if (o->chunk_auto)
    resolve_chunk(run, nominal_speed, fg_cure_least(config->text[FG_OPT_BALANCE]), o);
  if (run->model.n_stat) {
    run->stat = calloc(run->model.n_stat, sizeof *run->stat);
    if (!run->stat ||
        (share->part == FG_GRID_ALL && !o->timing_only && fg_factors_stat(&run->factors, &run->model, run->stat)))
      return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory for the global statistic");
  }
  run->job.grid = &run->grid;
  run->job.model = &run->model;
  run->job.steps = o->steps;
  run->job.workers = o->workers;
  run->job.rounds = o->sub_epochs ? o->epochs : o->epochs * run->grid.col_blocks;
  if (run->job.sync.type->roving && run->job.rounds % run->grid.col_blocks != 0 &&
      run->job.sync.type->roving->kind == FG_ROVING_QUEUE)
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "--epochs %s: with sync %s a run is of whole epochs",
                   config->text[FG_OPT_EPOCHS], run->job.sync.type->name);
  if (!run->job.sync.type->strata && o->checkpoint.unit == FG_EVERY_STRATA)
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "--checkpoint %s: sync %s has no strata; 1epochs is an interval, or 5min",
                   config->text[FG_OPT_CHECKPOINT], run->job.sync.type->name);
  /* visits of a column block are counted in 32 bits */
  if (run->job.rounds / run->grid.col_blocks >= UINT32_MAX / run->job.workers)
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "--epochs %s: too many for %u workers", config->text[FG_OPT_EPOCHS],
                   run->job.workers);
  if (run->job.sync.type->replica && !run->job.sync.type->replica->server && o->checkpoint.unit != FG_EVERY_NEVER &&
      run->job.sync.type->replica->period(&run->job.sync, run->job.workers) == UINT64_MAX)
    return fg_fail(fault, FG_EUSAGE, NULL, 0,
                   "--checkpoint: sync %s averages at the end only, and before that there is nothing to go on from",
                   run->job.sync.type->name);
  run->job.chunk = o->chunk;
  run->job.timing_only = o->timing_only;
  run->job.replace = o->replace;
  run->job.balance = o->balance;
  run->job.seed_order = o->seed_order;
  run->job.stat = run->stat;
  resolve_texts(config, run);
  return FG_OK;
}

static uint64_t common_divisor(uint64_t a, uint64_t b) {
  while (b) {
    uint64_t rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

uint64_t fg_run_pause(const struct fg_run *run, const char *stage) {
  const struct fg_cadence *save = &run->options.checkpoint;
  if (!fg_sync_is_live(&run->job.sync) || strcmp(stage, "mpi") != 0)
    return 0;
  uint64_t saves = save->unit == FG_EVERY_EPOCHS ? save->n : save->unit == FG_EVERY_SECONDS;
  uint64_t epochs = common_divisor(run->options.eval_every, saves), all = run->job.rounds / run->grid.col_blocks;
  return epochs <= all ? epochs * run->grid.col_blocks : 0;
}

bool fg_run_evaluates(const struct fg_run *run, uint64_t rounds) {
  uint64_t c = run->grid.col_blocks, every = run->options.eval_every;
  if (rounds == 0 || rounds == run->job.rounds)
    return true;
  if (run->look_every)
    return rounds % run->look_every == 0;
  return rounds % c == 0 && every > 0 && rounds / c % every == 0;
}

void fg_run_free(struct fg_run *run) {
  fg_posterior_free(run->posterior);
  fg_factors_free(&run->factors);
  fg_grid_free(&run->grid);
  free(run->stat);
  memset(run, 0, sizeof *run);
}
