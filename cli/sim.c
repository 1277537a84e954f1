/* fugue sim: a run on a simulated cluster. */
#include "cli/cli.h"
#include "cli/progress.h"
#include "cli/revision.h"
#include "cli/run_options.h"
#include "core/rundir.h"
#include "sim/stage.h"

#include <gsl/gsl_version.h>
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
static enum fg_err simulate(const struct fg_run_options *args, struct fg_config *config, struct fg_fault *fault) {
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
    err = fg_vocabulary_find(run->data_path, run->grid.cols, &vocabulary, fault);
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
    err = fg_sim_run(run, network, &straggler, &sink, NULL, &totals, fault);
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
  struct fg_run_options args = {0};
  struct fg_config *config = calloc(1, sizeof *config);
  enum fg_err err = config ? fg_run_options_parse(argc, argv, doc, 0, &args) : FG_ENOMEM;
  if (!err && !args.out)
    err = fg_fail(&fault, FG_EUSAGE, NULL, 0, "where to? -o DIR is missing (see fugue sim --help)");
  if (!err)
    err = fg_run_options_config(&args, config, &fault);
  if (!err)
    err = simulate(&args, config, &fault);
  fg_run_options_free(&args);
  free(config);
  return err ? fg_cli_fault(err, &fault) : 0;
}
