/* fugue preflight: a configuration in, advice out. */
#include "cli/preflight.h"
#include "cli/cli.h"
#include "cli/interrupt.h"
#include "cli/progress.h"
#include "cli/scratch.h"
#include "core/spec.h"

#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char doc[] =
    "Advice for a configuration before it is run: which synchronization strategy, at which step, and why. Takes the "
    "options of `fugue sim`, estimates curvature and gradient noise on a sample, predicts waits and variance from the "
    "claims' bounds, simulates every strategy for a few epochs, and answers in one page.\v"
    "Examples:\n"
    "  fugue preflight config.yaml\n"
    "  fugue preflight config.yaml --straggler pareto:alpha=1.2\n"
    "  fugue preflight --data ratings.mtx --model mf:rank=32 --workers 32 \\\n"
    "          --test 0.1 --straggler lognormal:sigma=1 -o advice.json\n"
    "  fugue preflight big.yaml --sample 2000000 --jobs 8\n"
    "A run directory's config.yaml will do, too. Exit codes: 0 advice was given, 2 usage or bad input, 3 a fault while "
    "running.";

struct args {
  const char *out;
  bool quiet;
  unsigned jobs;
  struct fg_preflight_ask *ask;
};

static error_t parse(int key, char *arg, struct argp_state *state) {
  struct args *a = state->input;
  uint64_t n;
  switch (key) {
  case 'o':
    a->out = arg;
    return 0;
  case 'q':
    a->quiet = true;
    return 0;
  case 'k':
    a->ask->quick = true;
    return 0;
  case 'j':
    if (!fg_parse_u64(arg, &n) || n < 1 || n > 1024)
      argp_error(state, "--jobs %s: a whole number from 1 to 1024 is expected", arg);
    a->jobs = (unsigned)n;
    return 0;
  case 'n':
    a->ask->sample = UINT64_MAX;
    if (strcmp(arg, "all") != 0 && (!fg_parse_u64(arg, &a->ask->sample) || a->ask->sample < 1))
      argp_error(state, "--sample %s: a number of points, or all, is expected", arg);
    return 0;
  case 'F':
    if (!fg_parse_real(arg, &a->ask->factor) || a->ask->factor <= 1 || a->ask->factor > 100)
      argp_error(state, "--factor %s: a number above 1, at most 100, is expected", arg);
    return 0;
  }
  return ARGP_ERR_UNKNOWN;
}

static const struct argp_option options[] = {
    {"output", 'o', "FILE", 0, "write the page and its numbers as JSON, too", 0},
    {"sample", 'n', "POINTS", 0,
     "simulate with whole rows that have about so many points, or with all [what takes a minute or two]", 0},
    {"factor", 'F', "F", 0, "by how much extra updates may enlarge the variance inside a block [1.1]", 0},
    {"quick", 'k', 0, 0, "a quarter of the data, fewer seeds: a first impression", 0},
    {"jobs", 'j', "N", 0, "simulations at a time [as many as cores]", 0},
    {"quiet", 'q', 0, 0, "no progress", 0},
    {0},
};
static const struct argp own = {options, parse, NULL, NULL, NULL, NULL, NULL};

static double seconds_now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static enum fg_err find_out(const struct args *args, struct fg_lab *lab, struct fg_advice *a, struct fg_fault *fault) {
  struct fg_progress progress;
  const struct fg_preflight_ask *ask = a->ask = args->ask;
  double start = seconds_now();
  fg_progress_start(&progress, "preflight", args->quiet);
  lab->progress = fg_progress_report;
  lab->self = &progress;
  enum fg_err err = fg_preflight_sample(ask, lab, &a->config, &a->sample, fault);
  if (!err)
    err = fg_candidates_new(&a->config, &a->sample, &a->all, fault);
  if (!err)
    err = fg_preflight_simulate(ask, lab, &a->all, fault);
  if (!err)
    err = fg_preflight_estimate(ask, lab, &a->all, &a->local, fault);
  if (!err) {
    const struct fg_sync *users = &a->all.c[a->all.user].trial->run.job.sync;
    if (a->local.blocks)
      fg_predict_variance(&a->local, a->all.step, ask->factor, users, &a->variance);
    err = fg_predict_waits(a->all.c[a->all.barrier].trial, users, &a->waits, fault);
  }
  fg_progress_end(&progress);
  if (!err)
    a->applicable = a->all.c[a->all.barrier].trial->run.model.n_stat == 0;
  if (!err)
    fg_preflight_recommend(&a->all, &a->choice);
  a->seconds = seconds_now() - start;
  return err;
}

static enum fg_err advise(const struct args *args, struct fg_advice *advice, struct fg_fault *fault) {
  struct fg_page page = {0};
  char scratch[FG_PATH_MAX];
  struct fg_lab lab = {.seed = 1, .jobs = args->jobs};
  enum fg_err err = fg_scratch_open(&lab, scratch, fault);
  if (err)
    return err;
  err = find_out(args, &lab, advice, fault);
  fg_scratch_close(&lab);
  if (!err) {
    fg_advice_page(advice, &page);
    if (page.lost)
      err = fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory for the page");
  }
  if (!err)
    fg_page_print(&page, 110, stdout);
  if (!err && args->out)
    err = fg_advice_write(advice, &page, args->out, fault);
  fg_page_free(&page);
  return err;
}

int fg_cli_preflight(int argc, char **argv) {
  long cores = sysconf(_SC_NPROCESSORS_ONLN);
  struct fg_fault fault = {0};
  struct fg_run_options run = {0};
  struct fg_preflight_ask *ask = calloc(1, sizeof *ask);
  struct fg_advice *advice = calloc(1, sizeof *advice);
  struct args args = {.jobs = cores > 0 ? (unsigned)cores : 1, .ask = ask};
  enum fg_err err = FG_ENOMEM;
  if (ask && advice) {
    ask->factor = 1.1;
    err = fg_run_options_parse_with(argc, argv, doc, &own, &args, &run);
  }
  if (!err)
    err = fg_run_options_config(&run, &ask->config, &fault);
  if (!err && args.out) { /* before a minute is spent */
    char target[FG_PATH_MAX];
    err = fg_out_target(args.out, target, &fault);
  }
  if (!err && !ask->config.text[FG_OPT_DATA][0])
    err = fg_fail(&fault, FG_EUSAGE, NULL, 0, "which data? --data FILE, or a line in CONFIG.yaml, is missing");
  if (!err)
    err = fg_config_refuse_timing(&ask->config, "advice", NULL, &fault);
  if (!err) {
    advice->name = run.config;
    advice->run = &run;
    err = advise(&args, advice, &fault);
  }
  int code = err ? fg_cli_fault(err, &fault) : 0;
  fg_run_options_free(&run);
  if (advice)
    fg_candidates_free(&advice->all);
  free(advice);
  free(ask);
  return fg_interrupt_exit_code(code);
}
