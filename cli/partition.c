/* fugue partition: text of any size -> an on-disk grid. */
#include "cli/cli.h"
#include "cli/progress.h"
#include "core/config.h"
#include "core/data/partition.h"
#include "core/model/model.h"

#include <argp.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_OPTION = 1000 }; /* of the option table: KEY_OPTION + enum fg_option */

/* options that mean here what they mean in a run */
static const enum fg_option taken[] = {FG_OPT_WORKERS, FG_OPT_MODEL,     FG_OPT_TEST,
                                       FG_OPT_SEED,    FG_OPT_SEED_DATA, FG_OPT_INDEX_BASE};
enum { TAKEN = sizeof taken / sizeof taken[0] };

struct args {
  struct fg_config *config;
  struct fg_fault *fault;
  enum fg_err err; /* of an option's text */
  const char *data, *out, *memory, *blocks;
  bool force, quiet;
};

static error_t parse(int key, char *arg, struct argp_state *state) {
  struct args *a = state->input;
  if (key == 'P')
    key = KEY_OPTION + FG_OPT_WORKERS;
  if (key >= KEY_OPTION && key < KEY_OPTION + FG_OPTIONS) {
    if (!a->err)
      a->err = fg_config_set(a->config, fg_option_infos[key - KEY_OPTION].name, arg, NULL, 0, a->fault);
    return 0;
  }
  switch (key) {
  case 'o':
    a->out = arg;
    return 0;
  case 'b':
    a->blocks = arg;
    return 0;
  case 'm':
    a->memory = arg;
    return 0;
  case 'f':
    a->force = true;
    return 0;
  case 'q':
    a->quiet = true;
    return 0;
  case ARGP_KEY_ARG:
    if (a->data)
      argp_error(state, "one file at a time");
    a->data = arg;
    return 0;
  case ARGP_KEY_NO_ARGS:
    argp_error(state, "what? FILE is missing");
    return 0;
  }
  return ARGP_ERR_UNKNOWN;
}

static const char doc[] =
    "Cut the points of FILE into an on-disk grid, a file per worker, in bounded memory. A run whose --data is the grid "
    "maps it and gives the same bits as one whose --data is FILE; on a cluster each worker opens its own part only. "
    "--test, the seed of the split and of the partition, the number of workers and that of column blocks are settled "
    "in "
    "the grid.\v"
    "Examples:\n"
    "  fugue partition ratings.mtx.gz -P 8 --test 0.1 -o ratings.grid\n"
    "  fugue sim --data ratings.grid --workers 8 -o run\n"
    "  fugue partition docword.pubmed.txt.gz -P 64 --test rows:0.05 --memory 4GiB \\\n"
    "                  --model lda:topics=100 -o pubmed.grid\n"
    "A network, whose links are read as its model says (directed, loops, zeros):\n"
    "  fugue partition links.txt -P 8 --model mmnd:rank=16 --test 0.1 -o links.grid\n"
    "For --sync relay:blocks=4:\n"
    "  fugue partition ratings.mtx.gz -P 8 --blocks 4 -o relay.grid\n"
    "Exit codes: 0 done, 2 usage or bad input, 3 a fault while running.";

static const struct argp_option own[] = {
    {"blocks", 'b', "B", 0, "column blocks per part: the blocks= of --sync ring, nomad or relay [1]", 0},
    {"memory", 'm', "SIZE", 0, "memory to be used, such as 64MiB or 2GB [1GiB]", 0},
    {"output", 'o', "DIR", 0, "directory of the grid (required)", 0},
    {"force", 'f', 0, 0, "replace a grid", 0},
    {"quiet", 'q', 0, 0, "no progress, no summary", 0},
    {0},
};

/* Ctrl-C: told to the core by its next report, which then leaves nothing behind; a second one ends at once. A signal
 * handler can be heard through a global only. */
static volatile sig_atomic_t stop_signal;

static void stop(int signal_number) {
  stop_signal = signal_number;
}

static void catch_stops(void) {
  struct sigaction action = {.sa_handler = stop, .sa_flags = (int)SA_RESETHAND};
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
}

static bool report(void *self, uint64_t done, uint64_t all) {
  fg_progress_report(self, done, all);
  return !stop_signal;
}

static enum fg_err parse_memory(const char *text, uint64_t *bytes, struct fg_fault *fault) {
  double value;
  if (!fg_parse_quantity(text, "B", &value) || value < 1 || value > 0x1p60)
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "--memory %.40s: a size such as 64MiB or 2GB is expected", text);
  *bytes = (uint64_t)value;
  return FG_OK;
}

static enum fg_err parse_blocks(const char *text, uint32_t parts, uint32_t *col_blocks, struct fg_fault *fault) {
  uint64_t n;
  if (!fg_parse_u64(text, &n) || n < 1 || n > UINT32_MAX / parts)
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "--blocks %.40s: a number from 1 on is expected", text);
  *col_blocks = (uint32_t)n * parts;
  return FG_OK;
}

static enum fg_err run(const struct args *args, struct fg_fault *fault) {
  struct fg_config *config = args->config;
  struct fg_options options;
  struct fg_model model;
  struct fg_progress progress;
  struct fg_partitioned result = {0};
  char *absolute = realpath(args->data, NULL);
  struct fg_partition job = {.out = args->out, .force = args->force, .report = report, .report_self = &progress};
  enum fg_err err = args->err;
  if (!err && !args->out)
    err = fg_fail(fault, FG_EUSAGE, NULL, 0, "where to? -o DIR is missing (see fugue partition --help)");
  if (!err && !absolute)
    err = fg_fail(fault, FG_EINPUT, args->data, 0, "cannot be opened: %s", strerror(errno));
  if (!err)
    err = fg_config_set(config, "data", absolute, NULL, 0, fault);
  if (!err)
    err = fg_config_resolve(config, &options, fault);
  if (!err)
    err = fg_model_parse(config->text[FG_OPT_MODEL], &model, fault);
  if (!err)
    err = parse_memory(args->memory, &job.memory, fault);
  if (!err && strcmp(config->text[FG_OPT_WORKERS], "auto") == 0)
    err = fg_fail(fault, FG_EUSAGE, NULL, 0, "for how many workers? -P P is missing (see fugue partition --help)");
  if (!err)
    err = parse_blocks(args->blocks, options.workers, &job.col_blocks, fault);
  if (!err) {
    job.data = absolute;
    job.read = fg_model_reading(&model, options.index_base, options.seed_data);
    job.split = options.split;
    job.row_blocks = options.workers;
    job.tile_bytes_row = model.lanes * sizeof(float);
    fg_progress_start(&progress, "partition", args->quiet);
    catch_stops();
    err = fg_partition(&job, &result, fault);
    fg_progress_end(&progress);
  }
  if (!err && !args->quiet) {
    printf("%-22s %u x %u\n", "matrix", result.rows, result.cols);
    printf("%-22s %llu for training, %llu held out\n", "points", (unsigned long long)result.n_train,
           (unsigned long long)(result.n_test + result.n_held_out));
    printf("%-22s %.3f\n", "block imbalance", result.imbalance);
    printf("%-22s %u x %u\n", "blocks", job.row_blocks, job.col_blocks);
    printf("%-22s %u files, %.4g MB\n", "parts", options.workers, (double)result.bytes / 1e6);
    printf("%-22s %s\n", "grid", args->out);
  }
  free(absolute);
  return err;
}

int fg_cli_partition(int argc, char **argv) {
  struct fg_fault fault = {0};
  struct fg_config *config = calloc(1, sizeof *config);
  struct args args = {.config = config, .fault = &fault, .memory = "1GiB", .blocks = "1"};
  char help[TAKEN][256];
  struct argp_option options[TAKEN + sizeof own / sizeof own[0]] = {{0}};
  if (!config)
    return fg_cli_fault(FG_ENOMEM, NULL);
  fg_config_init(config);
  for (int i = 0; i < TAKEN; i++) {
    const struct fg_option_info *o = &fg_option_infos[taken[i]];
    if (taken[i] == FG_OPT_WORKERS)
      snprintf(help[i], sizeof help[i], "parts: the workers or ranks that will use the grid (required)");
    else
      snprintf(help[i], sizeof help[i], "%s [%s]", o->help, o->fallback);
    options[i] = (struct argp_option){.name = o->name,
                                      .key = taken[i] == FG_OPT_WORKERS ? 'P' : KEY_OPTION + (int)taken[i],
                                      .arg = o->argument,
                                      .doc = help[i]};
  }
  memcpy(options + TAKEN, own, sizeof own);
  struct argp argp = {options, parse, "FILE", doc, NULL, NULL, NULL};
  argp_err_exit_status = 2;
  argp_parse(&argp, argc, argv, 0, NULL, &args);
  enum fg_err err = run(&args, &fault);
  int code = err ? fg_cli_fault(err, &fault) : 0;
  if (err == FG_ESTOPPED)
    code = 128 + stop_signal;
  free(config);
  return code;
}
