/* fugue sim: a run on a simulated cluster. */
#include "cli/cli.h"
#include "cli/memory.h"
#include "cli/progress.h"
#include "cli/resume.h"
#include "cli/revision.h"
#include "cli/run_options.h"
#include "core/model_files.h"
#include "core/rundir.h"
#include "core/savepoints.h"
#include "sim/shares.h"
#include "sim/stage.h"

#include <gsl/gsl_version.h>
#include <math.h>
#include <signal.h>
#include <simgrid/version.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

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
                          "A long one that may be interrupted, and then goes on:\n"
                          "  fugue sim run/config.yaml --epochs 1000 --checkpoint 5min -o long\n"
                          "  fugue sim --resume long\n"
                          "Exit codes: 0 done, 2 usage or bad input, 3 a fault while running.";

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
  if (run->job.timing_only)
    printf("%-22s none: times and counts only, nothing was learned\n", "compute");
  else
    printf("%-22s %.6g\n", "train loss", dir->train_loss);
  if (dir->test_metric == dir->test_metric)
    printf("test %-17s %.6g\n", run->model.type->metric_name, dir->test_metric);
  if (run->posterior && dir->samples == 0)
    printf("%-22s no sample: burn=%llu epochs come first\n", "posterior", (unsigned long long)run->model.burn);
  else if (run->posterior && isnan(dir->posterior_metric))
    printf("%-22s %llu samples, and no test points\n", "posterior", (unsigned long long)dir->samples);
  else if (run->posterior && dir->samples == 1)
    printf("%-22s %.6g, of a single sample (--eval-every takes more)\n", "posterior rmse", dir->posterior_metric);
  else if (run->posterior)
    printf("%-22s %.6g, of the mean of %llu samples; standard deviation %.4g\n", "posterior rmse",
           dir->posterior_metric, (unsigned long long)dir->samples, dir->posterior_deviation);
  for (uint32_t i = 0; i < run->model.n_tuned; i++)
    printf("%-22s %.6g\n", run->model.type->tuned_name[i], run->factors.tuned[i]);
  printf("%-22s %.3f\n", "block imbalance", run->grid.imbalance);
  printf("%-22s %.2f s without evaluation\n", "CPU time", cpu_s);
  printf("%-22s %s\n", "run directory", dir->path);
}

/* A network read as a matrix has no values but 1: whatever is predicted is right. */
static void tell_of_constant(const struct fg_grid *g) {
  double mean = g->n_train ? g->train_sum / (double)g->n_train : 0;
  if (!g->network && g->n_train > 1 && g->train_squares <= (double)g->n_train * mean * mean * (1 + 1e-9))
    fprintf(stderr,
            "fugue: all training values are %g, which tells nothing apart; links between nodes are for --model mmnd\n",
            mean);
}

/* Ctrl-C: what is half-written goes, unless a checkpoint counts on it; config.yaml stays. A signal handler can be told
 * by globals only. */
static char interrupted_files[3][FG_PATH_MAX + 16];
static char interrupted_text[2][FG_PATH_MAX + 100]; /* without and with a checkpoint */
static volatile sig_atomic_t resumable;

static void interrupted(int signal_number) {
  const char *text = interrupted_text[resumable != 0];
  for (int i = 0; i < 3; i++)
    if (interrupted_files[i][0] && !resumable)
      unlink(interrupted_files[i]);
  if (write(STDERR_FILENO, text, strlen(text)) < 0)
    _exit(3);
  _exit(128 + signal_number);
}

static void catch_interrupts(const struct fg_rundir *dir) {
  const struct fg_out *files[] = {&dir->metrics, &dir->trace, &dir->order};
  for (int i = 0; i < 3; i++)
    if (files[i]->file)
      snprintf(interrupted_files[i], sizeof interrupted_files[i], "%s", files[i]->temporary);
  snprintf(interrupted_text[0], sizeof interrupted_text[0],
           "\nfugue: interrupted; the run directory is unfinished and may be used again\n");
  snprintf(interrupted_text[1], sizeof interrupted_text[1],
           "\nfugue: interrupted; 'fugue sim --resume %s' goes on from the last checkpoint\n", dir->path);
  resumable = dir->keep;
  signal(SIGINT, interrupted);
  signal(SIGTERM, interrupted);
}

/* --checkpoint 5min: of wall time, from the end of one to the start of the next */
struct timer {
  double interval, last; /* [s] */
};

static double wall_seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static bool passed(void *self) {
  const struct timer *timer = self;
  return wall_seconds() - timer->last >= timer->interval;
}

static void saved(void *self) {
  ((struct timer *)self)->last = wall_seconds();
  resumable = 1;
}

/* a prepared run with its directory open */
static enum fg_err play(const struct fg_run_options *args, struct fg_run *run, const struct fg_network *network,
                        const struct fg_straggler *straggler, const struct fg_vocabulary *vocabulary,
                        const struct fg_checkpoints *checkpoints, const struct fg_manifest *from, struct fg_rundir *dir,
                        struct fg_fault *fault) {
  char versions[256];
  struct fg_totals totals = {0};
  struct fg_progress progress;
  struct timed_sink timed = {.inner = fg_rundir_sink(dir)};
  const struct fg_sink sink = {&timed, timed_visit, timed_taken, timed_evaluate, timed_progress};
  struct timer timer = {.interval = run->options.checkpoint.seconds, .last = wall_seconds()};
  struct fg_savepoints savepoints = {
      .checkpoints = checkpoints, .dir = dir, .from = from, .passed = passed, .saved = saved, .self = &timer};
  fg_progress_start(&progress, "sim", args->quiet);
  dir->report = fg_progress_report;
  dir->report_self = &progress;
  catch_interrupts(dir);
  double cpu = cpu_seconds();
  enum fg_err err = fg_sim_run(run, network, straggler, &sink, &savepoints, &totals, fault);
  cpu = cpu_seconds() - cpu - timed.evaluation_s;
  fg_progress_end(&progress);
  describe_versions(versions, sizeof versions);
  struct fg_provenance provenance = {
      .stage = "sim", .revision = FUGUE_REVISION, .versions = versions, .cpu_s = cpu, .memory_mb = fg_memory_peak()};
  if (!err && !run->job.timing_only)
    err = fg_model_files_write(dir->path, run, fault);
  if (!err)
    err = fg_rundir_commit(dir, &totals, vocabulary, &provenance, fault);
  if (!err && !args->quiet)
    summarise(run, dir, &totals, cpu);
  return err;
}

/* everything between a good configuration and a finished directory */
static enum fg_err simulate(const struct fg_run_options *args, struct fg_config *config, struct fg_rundir *dir,
                            struct fg_fault *fault) {
  struct fg_run *run = calloc(1, sizeof *run);
  struct fg_network *network = calloc(1, sizeof *network);
  struct fg_checkpoints *checkpoints = calloc(1, sizeof *checkpoints);
  struct fg_straggler straggler = {0};
  struct fg_vocabulary vocabulary = {0};
  struct fg_manifest manifest;
  bool resumes = false;
  double slowest = 0, fastest = 0;
  enum fg_err err = run && network && checkpoints ? FG_OK : FG_ENOMEM;
  if (!err)
    err = fg_network_parse(config->text[FG_OPT_NETWORK], network, fault);
  if (!err)
    err = fg_shares_settle(config, network, fault);
  if (!err) {
    fg_network_speeds(network, &slowest, &fastest);
    err = fg_run_prepare(config, slowest > 0 ? slowest : 1e9, &fg_share_all, run, fault);
  }
  if (!err)
    err = fg_straggler_parse(config->text[FG_OPT_STRAGGLER], run->job.workers, run->options.seed_straggler, &straggler,
                             fault);
  if (!err && !args->quiet && !run->job.timing_only)
    tell_of_constant(&run->grid);
  if (!err && run->model.type->top_weight && !run->job.timing_only)
    err = fg_vocabulary_find(run->grid.data_path ? run->grid.data_path : run->data_path, run->grid.cols, &vocabulary,
                             fault);
  if (!err) {
    fg_network_print(network, config->text[FG_OPT_NETWORK], FG_OPTION_TEXT);
    fg_straggler_print(&straggler, config->text[FG_OPT_STRAGGLER], FG_OPTION_TEXT);
    err = fg_checkpoints_of(args->resume ? args->resume : args->out, "sim", run, config, checkpoints, fault);
  }
  if (!err)
    err = fg_savepoints_admit(run, fault);
  if (!err)
    err = args->resume ? fg_resume_find(dir, run, config, checkpoints, args->quiet, &manifest, &resumes, fault)
                       : fg_rundir_open(dir, args->out, args->force, run, config, fault);
  if (!err)
    err = play(args, run, network, &straggler, &vocabulary, checkpoints, resumes ? &manifest : NULL, dir, fault);
  if (err == FG_EDIVERGED && dir->keep) { /* it would, again and again */
    dir->keep = false;
    fg_checkpoint_remove_all(dir->path);
  }
  /* what was wrong from the start leaves nothing behind */
  fg_rundir_discard(dir, !args->resume && fg_err_exit_code(err) == 2);
  fg_vocabulary_free(&vocabulary);
  fg_straggler_free(&straggler);
  if (run)
    fg_run_free(run);
  free(run);
  free(network);
  free(checkpoints);
  return err;
}

int fg_cli_sim(int argc, char **argv) {
  struct fg_fault fault = {0};
  struct fg_run_options args = {0};
  bool finished = false;
  struct fg_config *config = calloc(1, sizeof *config);
  struct fg_rundir *dir = calloc(1, sizeof *dir);
  enum fg_err err = config && dir ? fg_run_options_parse(argc, argv, doc, FG_ASKER_FUGUE, &args) : FG_ENOMEM;
  if (!err)
    dir->stage = "sim";
  if (!err && args.resume)
    err = fg_rundir_reopen(dir, args.resume, &finished, &fault);
  else if (!err && !args.out)
    err = fg_fail(&fault, FG_EUSAGE, NULL, 0, "where to? -o DIR is missing (see fugue sim --help)");
  if (!err)
    err = fg_run_options_config(&args, config, &fault);
  if (!err)
    err = simulate(&args, config, dir, &fault);
  int code = 0;
  if (finished) {
    printf("%s: the run is finished\n", args.resume);
    fg_rundir_tidy(args.resume); /* if it was killed before it could */
  } else if (err) {
    code = fg_cli_fault(err, &fault);
    if (code == 3 && dir && dir->keep)
      fprintf(stderr, "fugue: 'fugue sim --resume %s' goes on from the last checkpoint\n", dir->path);
  }
  fg_run_options_free(&args);
  free(config);
  free(dir);
  return code;
}
