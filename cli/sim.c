/* fugue sim: a run on a simulated cluster. */
#include "cli/cli.h"
#include "cli/progress.h"
#include "cli/revision.h"
#include "core/rundir.h"
#include "sim/stage.h"

#include <argp.h>
#include <gsl/gsl_version.h>
#include <signal.h>
#include <simgrid/version.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { KEY_OPTION = 1000 }; /* of the option table: KEY_OPTION + enum fg_option */

struct setting {
  int option;
  const char *value;
};

struct args {
  struct setting *settings; /* in the order of the command line */
  int n;
  const char *config, *out;
  bool force, quiet;
};

static error_t parse(int key, char *arg, struct argp_state *state) {
  struct args *a = state->input;
  if (key >= KEY_OPTION && key < KEY_OPTION + FG_OPTIONS) {
    a->settings[a->n++] = (struct setting){key - KEY_OPTION, arg};
    return 0;
  }
  switch (key) {
  case 'o':
    a->out = arg;
    return 0;
  case 'f':
    a->force = true;
    return 0;
  case 'q':
    a->quiet = true;
    return 0;
  case ARGP_KEY_ARG:
    if (a->config)
      argp_error(state, "more than one configuration file: %s and %s", a->config, arg);
    a->config = arg;
    return 0;
  }
  return ARGP_ERR_UNKNOWN;
}

static const char doc[] = "Learn on a simulated cluster: the real learning core in virtual time.\n"
                          "Options may also stand in CONFIG.yaml as `option: value` lines; the command line wins, and "
                          "what follows from an option "
                          "that it changes (seeds from --seed, step and chunk from --model) is derived anew.\v"
                          "Examples:\n"
                          "  fugue sim --data docword.txt.gz --model lda:topics=20 --test 0.1 \\\n"
                          "            --straggler pareto:alpha=1.5 -o run\n"
                          "  fugue sim --data ratings.mtx --model mf:rank=32 --workers 32 \\\n"
                          "            --sync barrier --network torus:dims=8x4 -o run2\n"
                          "The first again with another strategy:\n"
                          "  fugue sim run/config.yaml --sync barrier -o run3\n"
                          "Exit codes: 0 done, 2 usage or bad input, 3 a fault while running.";

/* the option table as argp wants it, with defaults in the help */
static struct argp_option *argp_options(char (*help)[256]) {
  static const struct argp_option own[] = {
      {"output", 'o', "DIR", 0, "run directory to write (required)", 0},
      {"force", 'f', 0, 0, "replace a finished run", 0},
      {"quiet", 'q', 0, 0, "no progress, no summary", 0},
      {0},
  };
  struct argp_option *options = calloc(FG_OPTIONS + sizeof own / sizeof own[0], sizeof *options);
  for (int i = 0; options && i < FG_OPTIONS; i++) {
    const struct fg_option_info *o = &fg_option_infos[i];
    snprintf(help[i], sizeof help[i], *o->fallback ? "%s [%s]" : "%s", o->help, o->fallback);
    options[i] = (struct argp_option){.name = o->name, .key = KEY_OPTION + i, .arg = o->argument, .doc = help[i]};
  }
  if (options)
    memcpy(options + FG_OPTIONS, own, sizeof own);
  return options;
}

/* Options of a file that were derived from one that the command line now changes are derived anew: a run's config.yaml
 * holds the seeds of its --seed, the step of its model, and so on. */
static enum fg_err derive_again(const struct args *args, struct fg_config *config) {
  static const struct {
    int changed, derived;
  } follows[] = {{FG_OPT_SEED, FG_OPT_SEED_DATA},  {FG_OPT_SEED, FG_OPT_SEED_INIT},
                 {FG_OPT_SEED, FG_OPT_SEED_ORDER}, {FG_OPT_SEED, FG_OPT_SEED_STRAGGLER},
                 {FG_OPT_MODEL, FG_OPT_STEP},      {FG_OPT_MODEL, FG_OPT_STEP_SCHEDULE},
                 {FG_OPT_MODEL, FG_OPT_CHUNK},     {FG_OPT_DATA, FG_OPT_CHUNK},
                 {FG_OPT_WORKERS, FG_OPT_CHUNK},   {FG_OPT_NETWORK, FG_OPT_CHUNK}};
  enum fg_err err = FG_OK;
  for (int i = 0; i < args->n && !err; i++)
    for (size_t k = 0; k < sizeof follows / sizeof follows[0] && !err; k++)
      if (args->settings[i].option == follows[k].changed)
        err = fg_config_set(config, fg_option_infos[follows[k].derived].name, "auto", NULL, 0, NULL);
  return err;
}

static enum fg_err make_config(const struct args *args, struct fg_config *config, struct fg_fault *fault) {
  fg_config_init(config);
  enum fg_err err = args->config ? fg_config_read(args->config, config, fault) : FG_OK;
  if (!err)
    err = derive_again(args, config);
  for (int i = 0; i < args->n && !err; i++)
    err =
        fg_config_set(config, fg_option_infos[args->settings[i].option].name, args->settings[i].value, NULL, 0, fault);
  return err;
}

static double cpu_seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* a sink that passes everything on and keeps evaluation out of the stage's CPU time */
struct timed_sink {
  struct fg_sink inner;
  double evaluation_s;
};

static enum fg_err timed_visit(void *self, const struct fg_visit *visit, struct fg_fault *fault) {
  const struct fg_sink *inner = &((struct timed_sink *)self)->inner;
  return inner->visit(inner->self, visit, fault);
}

static enum fg_err timed_taken(void *self, const struct fg_taken *taken, struct fg_fault *fault) {
  const struct fg_sink *inner = &((struct timed_sink *)self)->inner;
  return inner->taken(inner->self, taken, fault);
}

static enum fg_err timed_evaluate(void *self, uint64_t rounds, const struct fg_totals *so_far,
                                  const struct fg_factors *factors, struct fg_fault *fault) {
  struct timed_sink *t = self;
  double start = cpu_seconds();
  enum fg_err err = t->inner.evaluate(t->inner.self, rounds, so_far, factors, fault);
  t->evaluation_s += cpu_seconds() - start;
  return err;
}

static void timed_progress(void *self, uint64_t done, uint64_t all) {
  const struct fg_sink *inner = &((struct timed_sink *)self)->inner;
  inner->progress(inner->self, done, all);
}

static void describe_versions(char *out, size_t size) {
  int major, minor, patch;
  sg_version_get(&major, &minor, &patch);
  snprintf(out, size, "fugue %s, SimGrid %d.%d.%d, GSL %s", FUGUE_VERSION, major, minor, patch, gsl_version);
}

static void summarise(const struct fg_run *run, const struct fg_rundir *dir, const struct fg_totals *t, double cpu_s) {
  double all = t->time_s * run->job.workers;
  printf("%-22s %.6g s\n", "virtual time", t->time_s);
  printf("%-22s %.1f %%\n", "idle share", all > 0 ? 100 * (1 - t->busy_s / all) : 0);
  printf("%-22s %llu required + %llu extra\n", "updates", (unsigned long long)t->updates,
         (unsigned long long)t->extra_updates);
  printf("%-22s %.4g MB\n", "sent", (double)t->bytes_sent / 1e6);
  printf("%-22s %.6g\n", "train loss", dir->train_loss);
  if (dir->test_metric == dir->test_metric)
    printf("test %-17s %.6g\n", run->model.type->metric_name, dir->test_metric);
  printf("%-22s %.3f\n", "block imbalance", run->grid.imbalance);
  printf("%-22s %.2f s without evaluation\n", "CPU time", cpu_s);
  printf("%-22s %s\n", "run directory", dir->path);
}

/* Ctrl-C: what is half-written goes, config.yaml stays; a signal handler can be told by a global only. */
static char interrupted_files[3][FG_PATH_MAX + 16];

static void interrupted(int signal_number) {
  static const char text[] = "\nfugue: interrupted; the run directory is unfinished and may be used again\n";
  for (int i = 0; i < 3; i++)
    if (interrupted_files[i][0])
      unlink(interrupted_files[i]);
  if (write(STDERR_FILENO, text, sizeof text - 1) < 0)
    _exit(3);
  _exit(128 + signal_number);
}

static void catch_interrupts(const struct fg_rundir *dir) {
  const struct fg_out *files[] = {&dir->metrics, &dir->trace, &dir->order};
  for (int i = 0; i < 3; i++)
    if (files[i]->file)
      snprintf(interrupted_files[i], sizeof interrupted_files[i], "%s", files[i]->temporary);
  signal(SIGINT, interrupted);
  signal(SIGTERM, interrupted);
}

/* everything between a good configuration and a finished directory */
static enum fg_err simulate(const struct args *args, struct fg_config *config, struct fg_fault *fault) {
  struct fg_run *run = calloc(1, sizeof *run);
  struct fg_rundir *dir = calloc(1, sizeof *dir);
  struct fg_network *network = calloc(1, sizeof *network);
  struct fg_straggler straggler = {0};
  struct fg_vocabulary vocabulary = {0};
  struct fg_totals totals = {0};
  struct fg_progress progress;
  double slowest = 0, fastest = 0;
  enum fg_err err = run && dir && network ? FG_OK : FG_ENOMEM;
  if (!err)
    err = fg_network_parse(config->text[FG_OPT_NETWORK], network, fault);
  if (!err) {
    fg_network_speeds(network, &slowest, &fastest);
    err = fg_run_prepare(config, slowest > 0 ? slowest : 1e9, run, fault);
  }
  if (!err)
    err = fg_straggler_parse(config->text[FG_OPT_STRAGGLER], run->job.workers, run->options.seed_straggler, &straggler,
                             fault);
  if (!err && run->model.type->topic_weight)
    err = fg_vocabulary_find(run->grid.data_path ? run->grid.data_path : run->data_path, run->grid.cols, &vocabulary,
                             fault);
  if (!err) {
    fg_network_print(network, config->text[FG_OPT_NETWORK], FG_OPTION_TEXT);
    fg_straggler_print(&straggler, config->text[FG_OPT_STRAGGLER], FG_OPTION_TEXT);
    err = fg_rundir_open(dir, args->out, args->force, run, config, fault);
  }
  if (!err) {
    char versions[256];
    struct timed_sink timed = {.inner = fg_rundir_sink(dir)};
    const struct fg_sink sink = {&timed, timed_visit, timed_taken, timed_evaluate, timed_progress};
    fg_progress_start(&progress, "sim", args->quiet);
    dir->report = fg_progress_report;
    dir->report_self = &progress;
    catch_interrupts(dir);
    double cpu = cpu_seconds();
    err = fg_sim_run(run, network, &straggler, &sink, &totals, fault);
    cpu = cpu_seconds() - cpu - timed.evaluation_s;
    fg_progress_end(&progress);
    describe_versions(versions, sizeof versions);
    struct fg_provenance from = {.stage = "sim", .revision = FUGUE_REVISION, .versions = versions, .cpu_s = cpu};
    if (!err)
      err = fg_rundir_commit(dir, &totals, &vocabulary, &from, fault);
    if (!err && !args->quiet)
      summarise(run, dir, &totals, cpu);
  }
  if (dir) /* what was wrong from the start leaves nothing behind */
    fg_rundir_discard(dir, err == FG_EUSAGE || err == FG_EINPUT);
  fg_vocabulary_free(&vocabulary);
  fg_straggler_free(&straggler);
  if (run)
    fg_run_free(run);
  free(run);
  free(dir);
  free(network);
  return err;
}

int fg_cli_sim(int argc, char **argv) {
  struct fg_fault fault = {0};
  struct fg_config *config = calloc(1, sizeof *config);
  char(*help)[256] = calloc(FG_OPTIONS, sizeof *help);
  struct args args = {.settings = calloc((size_t)argc + 1, sizeof(struct setting))};
  struct argp_option *options = help ? argp_options(help) : NULL;
  int code = 3;
  if (!config || !args.settings || !options) {
    code = fg_cli_fault(FG_ENOMEM, NULL);
    goto cleanup;
  }
  struct argp argp = {options, parse, "[CONFIG.yaml]", doc, NULL, NULL, NULL};
  argp_err_exit_status = 2;
  argp_parse(&argp, argc, argv, 0, NULL, &args);
  enum fg_err err = FG_OK;
  if (!args.out)
    err = fg_fail(&fault, FG_EUSAGE, NULL, 0, "where to? -o DIR is missing (see fugue sim --help)");
  if (!err)
    err = make_config(&args, config, &fault);
  if (!err)
    err = simulate(&args, config, &fault);
  code = err ? fg_cli_fault(err, &fault) : 0;
cleanup:
  free(options);
  free(help);
  free(args.settings);
  free(config);
  return code;
}
