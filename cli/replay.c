/* fugue replay: a recorded run once more, serially, and the verdict. */
#include "cli/cli.h"
#include "core/columns.h"
#include "cli/progress.h"
#include "core/evaluate.h"
#include "core/facts.h"
#include "core/files.h"
#include "core/order.h"
#include "core/posterior.h"
#include "core/replay.h"
#include "core/run.h"
#include "core/traffic.h"

#include <argp.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct args {
  const char *dir;
  bool quiet, metrics;
};

static error_t parse(int key, char *arg, struct argp_state *state) {
  struct args *a = state->input;
  switch (key) {
  case 'm':
    a->metrics = true;
    return 0;
  case 'q':
    a->quiet = true;
    return 0;
  case ARGP_KEY_ARG:
    if (a->dir)
      argp_error(state, "one run directory at a time");
    a->dir = arg;
    return 0;
  case ARGP_KEY_NO_ARGS:
    argp_error(state, "which run? DIR is missing");
    return 0;
  }
  return ARGP_ERR_UNKNOWN;
}

static const struct argp_option options[] = {
    {"metrics", 'm', 0, 0, "evaluate, too, and compare metrics.csv", 0},
    {"quiet", 'q', 0, 0, "no progress, no summary", 0},
    {0},
};
static const struct argp argp = {
    options,
    parse,
    "DIR",
    "Re-execute a run serially from its order log and compare: the trace row by row, its audit (claims S1-S3, S6, C6), "
    "its traffic (S7), and the "
    "parameters and their files bit for bit (claim S4). Times are not checked: they are the simulator's, not "
    "the learning's.\v"
    "Example:\n  fugue replay run\n"
    "Exit codes: 0 the same bits, 1 not the same, 2 usage or bad input, 3 a fault while running.",
    NULL,
    NULL,
    NULL};

static enum fg_err read_log(const char *dir, const struct fg_run *run, struct fg_trace *trace, struct fg_order *order,
                            struct fg_fault *fault) {
  char path[FG_PATH_MAX];
  if (!run->options.trace)
    return fg_fail(fault, FG_EINPUT, dir, 0, "cannot be replayed: the run left no trace (--trace off)");
  enum fg_err err = fg_path_join(dir, "trace.csv", path, fault);
  if (!err)
    err = fg_trace_read(path, run->grid.col_blocks, trace, fault);
  if (!err)
    err = fg_path_join(dir, "order.bin", path, fault);
  if (!err)
    err = fg_order_read(path, fg_sync_hosts(&run->job.sync, run->job.workers), order, fault);
  return err;
}

/* Boundaries are where the stage of the run needed them. */
static enum fg_err set_pause(const struct fg_facts *facts, struct fg_run *run, struct fg_fault *fault) {
  const char *stage = fg_facts_find(facts, "stage");
  if (!stage)
    return fg_fail(fault, FG_EINPUT, "run.json", 0, "does not say which stage played the run");
  run->job.pause = fg_run_pause(run, stage);
  return FG_OK;
}

static enum fg_err compare_data(const struct fg_facts *facts, const struct fg_run *run, struct fg_fault *fault) {
  const char *recorded = fg_facts_find(facts, "data.sha256");
  if (!recorded || strcmp(recorded, run->grid.sha256) != 0)
    return fg_fail(fault, FG_EINPUT, run->data_path, 0, "is not the data of the run: SHA-256 %s, recorded %s",
                   run->grid.sha256, recorded ? recorded : "none");
  return FG_OK;
}

static enum fg_err compare_params(const struct fg_facts *facts, const struct fg_run *run, char sha[65],
                                  struct fg_fault *fault) {
  const char *recorded = fg_facts_find(facts, "result.params_sha256");
  if (fg_factors_sha256(&run->factors, &run->grid, &run->model, sha))
    return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory to compare the parameters");
  if (!recorded || strcmp(sha, recorded) != 0)
    return fg_fail(fault, FG_MISMATCH, NULL, 0, "the parameters differ: recorded %s, replayed %s",
                   recorded ? recorded : "none", sha);
  return FG_OK;
}

/* What looks on: progress, and metrics.csv of the run against evaluations of the replay. */
struct watch {
  struct fg_progress progress;
  const struct fg_run *run;
  bool looks_differ;          /* of the run's samples some are of visits under way, which are others here */
  struct fg_columns recorded; /* epoch, sub_epoch, train_loss, test_metric, of a posterior posterior_metric */
};

static void report(void *self, uint64_t done, uint64_t all) {
  fg_progress_report(&((struct watch *)self)->progress, done, all);
}

static enum fg_err read_metrics(const char *dir, struct watch *w, struct fg_fault *fault) {
  static const char *const names[] = {"epoch", "sub_epoch", "train_loss", "test_metric", "posterior_metric"};
  char path[FG_PATH_MAX];
  enum fg_err err = fg_path_join(dir, "metrics.csv", path, fault);
  return err ? err : fg_columns_read(path, names, w->run->posterior ? 5 : 4, false, &w->recorded, fault);
}

/* the number that a file of ten digits has of it */
static double written(double x) {
  char text[64];
  snprintf(text, sizeof text, "%.10g", x);
  return strtod(text, NULL);
}

static bool same(double recorded, double replayed) {
  return recorded == written(replayed) || (isnan(recorded) && isnan(replayed));
}

static enum fg_err compare_metrics(void *self, uint64_t rounds, const struct fg_totals *so_far,
                                   const struct fg_factors *factors, struct fg_fault *fault) {
  const struct watch *w = self;
  const struct fg_run *run = w->run;
  double *const *c = w->recorded.column, col_blocks = run->grid.col_blocks;
  struct fg_evaluation e;
  (void)so_far;
  if (w->looks_differ && rounds > 0 && rounds < run->job.rounds)
    return FG_OK; /* a look at visits under way, which are others here */
  size_t i = 0;
  while (i < w->recorded.n_rows && c[0][i] * col_blocks + c[1][i] != (double)rounds)
    i++;
  if (i == w->recorded.n_rows)
    return fg_fail(fault, FG_MISMATCH, NULL, 0, "metrics.csv has no row of round %llu", (unsigned long long)rounds);
  enum fg_err err = fg_evaluate(run, factors, &e, fault);
  if (!err && (!same(c[2][i], e.train_loss) || !same(c[3][i], e.test_metric)))
    err = fg_fail(fault, FG_MISMATCH, NULL, 0,
                  "metrics of round %llu: recorded %.10g and %.10g, replayed %.10g and %.10g",
                  (unsigned long long)rounds, c[2][i], c[3][i], e.train_loss, e.test_metric);
  if (!err)
    err = fg_posterior_sample(run, rounds, factors, &e, fault);
  if (!err && run->posterior && !w->looks_differ && !same(c[4][i], e.posterior_metric))
    err = fg_fail(fault, FG_MISMATCH, NULL, 0, "posterior metric of round %llu: recorded %.10g, replayed %.10g",
                  (unsigned long long)rounds, c[4][i], e.posterior_metric);
  return err;
}

/* claim S7 */
static enum fg_err compare_traffic(const struct fg_trace *trace, const struct fg_run *run, uint64_t sent,
                                   struct fg_fault *fault) {
  uint64_t expected;
  enum fg_err err = fg_traffic(trace, &run->job, &expected, fault);
  if (!err && expected != sent)
    err = fg_fail(fault, FG_MISMATCH, NULL, 0, "%llu bytes were sent, where the trace makes it %llu (S7)",
                  (unsigned long long)sent, (unsigned long long)expected);
  return err;
}

static enum fg_err replay(const struct args *args, struct fg_config *config, struct fg_run *run,
                          struct fg_fault *fault) {
  struct watch watch = {.run = run};
  struct fg_trace trace = {0};
  struct fg_order order = {0};
  struct fg_totals totals = {0};
  struct fg_facts facts = {0};
  char path[FG_PATH_MAX], sha[65] = "";
  struct timespec from, to;
  enum fg_err err = fg_path_join(args->dir, "config.yaml", path, fault);
  fg_config_init(config);
  if (!err)
    err = fg_facts_of_run(args->dir, &facts, fault);
  if (!err)
    err = fg_config_read(path, config, fault);
  if (!err)
    err = fg_config_refuse_timing(config, "a replay", args->dir, fault);
  if (!err)
    err = fg_run_prepare(config, 1e9, &fg_share_all, run, fault);
  if (!err)
    err = compare_data(&facts, run, fault);
  if (!err)
    err = set_pause(&facts, run, fault);
  if (!err)
    err = read_log(args->dir, run, &trace, &order, fault);
  if (!err)
    err = fg_trace_audit(&trace, &run->job, fault);
  if (!err)
    watch.looks_differ = fg_sync_is_live(&run->job.sync) && !run->job.pause;
  if (!err && args->metrics)
    err = read_metrics(args->dir, &watch, fault);
  if (!err) {
    struct fg_sink sink = {.self = &watch, .progress = report, .evaluate = args->metrics ? compare_metrics : NULL};
    fg_progress_start(&watch.progress, "replay", args->quiet);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
    err = fg_replay_run(run, &order, &trace, &sink, &totals, fault);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
    fg_progress_end(&watch.progress);
  }
  if (!err && fg_factors_normalise(&run->factors, &run->model))
    err = fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory to compare the parameters");
  if (!err)
    err = compare_params(&facts, run, sha, fault);
  if (!err)
    err = fg_replay_compare_tuned(&facts, run, fault);
  if (!err)
    err = fg_replay_compare_totals(&facts, &totals, fault);
  if (!err)
    err = compare_traffic(&trace, run, totals.bytes_sent, fault);
  if (!err)
    err = fg_replay_compare_factors(args->dir, run, fault);
  if (!err && !args->quiet) {
    printf("%-22s %zu, as recorded\n", "block visits", trace.n);
    printf("%-22s %llu required + %llu extra\n", "updates", (unsigned long long)totals.updates,
           (unsigned long long)totals.extra_updates);
    printf("%-22s %s, as recorded\n", "params_sha256", sha);
    printf("%-22s %.2f s\n", "CPU time",
           (double)(to.tv_sec - from.tv_sec) + 1e-9 * (double)(to.tv_nsec - from.tv_nsec));
  }
  fg_columns_free(&watch.recorded);
  fg_trace_free(&trace);
  fg_order_free(&order);
  fg_facts_free(&facts);
  return err;
}

int fg_cli_replay(int argc, char **argv) {
  struct args args = {0};
  struct fg_fault fault = {0};
  argp_err_exit_status = 2;
  argp_parse(&argp, argc, argv, 0, NULL, &args);
  struct fg_config *config = calloc(1, sizeof *config);
  struct fg_run *run = calloc(1, sizeof *run);
  enum fg_err err = config && run ? replay(&args, config, run, &fault) : FG_ENOMEM;
  if (run)
    fg_run_free(run);
  free(run);
  free(config);
  return err ? fg_cli_fault(err, &fault) : 0;
}
