/* fugue-mpi: a run on a real cluster; every rank runs this program. */
#include "cli/memory.h"
#include "cli/mpi_data.h"
#include "cli/mpi_resume.h"
#include "cli/progress.h"
#include "cli/revision.h"
#include "cli/run_options.h"
#include "core/data/grid_file.h"
#include "core/files.h"
#include "core/model_files.h"
#include "core/rank_logs.h"
#include "core/rundir.h"
#include "core/spec.h"
#include "mpi/stage.h"
#include "mpi/team.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_version.h>
#include <math.h>
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOMINAL_SPEED 4e9 /* for --chunk auto: that of a simulated host [flop/s] */

static const char doc[] =
    "Learn on a cluster: as many workers as there are ranks, each with its part of the data and the model.\n"
    "The options are those of fugue sim, but --network, which is ignored. --straggler delays chunks for real. DATA may "
    "be "
    "a grid (fugue partition); a text file is cut into one in the run directory first.\v"
    "Examples:\n"
    "  mpirun -n 8 fugue-mpi --data ratings.mtx --sync barrier --test 0.1 -o run\n"
    "  fugue partition ratings.mtx -P 8 --model mf:rank=32 --test 0.1 -o grid\n"
    "  mpirun -n 8 fugue-mpi --data grid --model mf:rank=32 --epochs 100 \\\n"
    "         --checkpoint 5min -o run\n"
    "  mpirun -n 8 fugue-mpi --resume run\n"
    "Exit codes: 0 done, 2 usage or bad input, 3 a fault while running.";

/* One rank of the program. */
struct program {
  struct fg_post *post;
  uint32_t rank, ranks;
  struct fg_run_options args;
  struct fg_config *config;
  struct fg_run *run;
  struct fg_rundir *dir; /* rank 0: open; other ranks: nothing but its path */
  struct fg_checkpoints *checkpoints;
  struct fg_rank_logs logs;
  struct fg_straggler straggler;
  struct fg_vocabulary vocabulary;
  struct fg_progress progress;
  struct fg_mpi_data data;
  bool finished; /* the run to be resumed is */
  bool begun;    /* updates may have been made */
  struct fg_fault fault;
};

/* "Open MPI v4.1.4": the first words of what the library says of itself. */
static const char *library(char name[64]) {
  char text[MPI_MAX_LIBRARY_VERSION_STRING];
  int n;
  MPI_Get_library_version(text, &n);
  n = (int)strcspn(text, ",\n");
  for (int i = 0; i < n; i++)
    if (text[i] == '\t')
      text[i] = ' ';
  snprintf(name, 64, "%.*s", n < 60 ? n : 60, text);
  return name;
}

/* Did a launcher start several of us, of which each is a run of one rank? That of another MPI library does. */
static enum fg_err check_launcher(struct program *p) {
  static const char *const sizes[] = {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE"}; /* Open MPI's and MPICH's */
  for (size_t i = 0; i < sizeof sizes / sizeof sizes[0] && p->ranks == 1; i++) {
    const char *size = getenv(sizes[i]);
    char name[64];
    uint64_t n;
    if (size && fg_parse_u64(size, &n) && n > 1)
      return fg_fail(&p->fault, FG_EUSAGE, NULL, 0,
                     "%s processes were started, and each is the only rank of a run of its own: the launcher must be "
                     "that of the MPI library that fugue-mpi was built with (%s)",
                     size, library(name));
  }
  return FG_OK;
}

/* As many workers as ranks, and nothing else. */
static enum fg_err count_ranks(struct program *p) {
  const char *asked = p->config->text[FG_OPT_WORKERS];
  char ranks[16], name[64];
  snprintf(ranks, sizeof ranks, "%u", p->ranks);
  if (strcmp(asked, "auto") != 0 && strcmp(asked, ranks) != 0 && p->args.resume)
    return fg_fail(&p->fault, FG_EUSAGE, NULL, 0, "%.200s has %s workers, but there %s %s %s: go on with mpirun -n %s",
                   p->args.resume, asked, p->ranks == 1 ? "is" : "are", ranks, p->ranks == 1 ? "rank" : "ranks", asked);
  if (strcmp(asked, "auto") != 0 && strcmp(asked, ranks) != 0)
    return fg_fail(
        &p->fault, FG_EUSAGE, NULL, 0,
        p->ranks == 1
            ? "--workers %s, but this is the only rank: start it with mpirun -n %s, of the MPI library that it "
              "was built with (%s)"
            : "--workers %s, but there are %s ranks: mpirun -n takes their number",
        asked, p->ranks == 1 ? asked : ranks, library(name));
  return fg_config_set(p->config, "workers", ranks, NULL, 0, &p->fault);
}

/* Where the run directory is. */
static enum fg_err find_directory(struct program *p) {
  const char *path = p->args.resume ? p->args.resume : p->args.out;
  if (!path)
    return fg_fail(&p->fault, FG_EUSAGE, NULL, 0, "where to? -o DIR is missing (see fugue-mpi --help)");
  if (snprintf(p->dir->path, sizeof p->dir->path, "%s", path) >= (int)sizeof p->dir->path)
    return fg_fail(&p->fault, FG_EUSAGE, NULL, 0, "the path %.60s... is too long", path);
  return FG_OK;
}

/* Rank 0 takes the directory before anybody else looks into it. */
static enum fg_err claim(struct program *p) {
  uint8_t finished = 0;
  enum fg_err err = FG_OK;
  if (p->rank == 0 && p->args.resume) {
    err = fg_rundir_reopen(p->dir, p->args.resume, &p->finished, &p->fault);
    finished = p->finished;
    err = p->finished ? FG_OK : err;
    if (p->finished) /* perhaps it was killed while it cleaned up */
      fg_rundir_tidy(p->dir->path);
  } else if (p->rank == 0) {
    err = fg_rundir_claim(p->dir, p->args.out, p->args.force, &p->fault);
  }
  if (!err)
    err = fg_team_broadcast(p->post, &finished, sizeof finished, &p->fault);
  p->finished = finished;
  return err;
}

static enum fg_err prepare(struct program *p) {
  enum fg_err err = fg_run_options_config(&p->args, p->config, &p->fault);
  if (!err)
    err = count_ranks(p);
  if (!err) /* all hosts are taken as equal */
    err = fg_cure_settle(p->config, p->ranks, NULL, &p->fault);
  if (!err)
    err =
        fg_mpi_data_find(p->post, p->config, p->dir->path, p->args.resume != NULL, p->args.quiet, &p->data, &p->fault);
  struct fg_share share = {.part = p->rank, .grid = p->data.grid[0] ? p->data.grid : NULL};
  if (!err)
    err = fg_run_prepare(p->config, NOMINAL_SPEED, &share, p->run, &p->fault);
  if (!err)
    err = fg_straggler_parse(p->config->text[FG_OPT_STRAGGLER], p->ranks, p->run->options.seed_straggler, &p->straggler,
                             &p->fault);
  if (!err) {
    fg_straggler_print(&p->straggler, p->config->text[FG_OPT_STRAGGLER], FG_OPTION_TEXT);
    err = fg_checkpoints_of(p->dir->path, "mpi", p->run, p->config, p->checkpoints, &p->fault);
  }
  const char *text = p->run->grid.data_path ? p->run->grid.data_path : p->run->data_path;
  if (!err && p->rank == 0 && p->run->model.type->top_weight)
    err = fg_vocabulary_find(text, p->run->grid.cols, &p->vocabulary, &p->fault);
  return err ? err : fg_team_meet(p->post, &p->fault);
}

/* Files that grow, and the room for the model's. */
static enum fg_err open_files(struct program *p, const struct fg_mpi_origin *from) {
  enum fg_err err = FG_OK;
  const struct fg_marks *marks = from->round ? &from->manifest.marks : NULL;
  if (p->rank == 0) {
    err = p->args.resume ? fg_rundir_continue(p->dir, p->run, p->config, from->round, marks, &p->fault)
                         : fg_rundir_begin(p->dir, p->run, p->config, &p->fault);
    if (!err && !from->round)
      err = fg_rank_logs_prepare(p->dir->path, &p->fault);
    if (!err)
      err = fg_model_files_create(p->dir->path, p->run, &p->fault);
  }
  if (!err)
    err = fg_team_meet(p->post, &p->fault);
  if (!err && p->run->options.trace)
    err = fg_rank_logs_open(&p->logs, p->dir->path, p->rank, p->run->grid.col_blocks, from->round ? &from->marks : NULL,
                            &p->fault);
  return err;
}

static enum fg_err evaluated(void *self, uint64_t rounds, const struct fg_totals *totals,
                             const struct fg_evaluation *evaluation, struct fg_fault *fault) {
  struct program *p = self;
  return fg_rundir_evaluated(p->dir, rounds, totals, evaluation, fault);
}

static enum fg_err commit(void *self, uint64_t rounds, const struct fg_totals *totals, struct fg_fault *fault) {
  struct program *p = self;
  struct fg_manifest manifest = {.round = rounds, .totals = *totals};
  enum fg_err err = fg_rundir_mark(p->dir, &manifest.marks, fault);
  manifest.marks.trace = manifest.marks.order = (struct fg_mark){0}; /* the ranks have these */
  if (!err)
    err = fg_checkpoint_commit(p->checkpoints, &manifest, fault);
  p->dir->keep = p->dir->keep || !err;
  return err;
}

static void progress(void *self, uint64_t done, uint64_t all, double running_loss) {
  struct program *p = self;
  if (isfinite(running_loss))
    snprintf(p->progress.note, sizeof p->progress.note, "loss about %.4g", running_loss);
  fg_progress_report(&p->progress, done, all);
}

/* Column blocks that start at this rank come by at the end. */
static enum fg_err last(void *self, const struct fg_col_block *block, const double *stat, struct fg_fault *fault) {
  struct program *p = self;
  bool mine = block->id % p->ranks == p->rank;
  return mine ? fg_model_files_put_cols(p->dir->path, p->run, block->id, stat, fault) : FG_OK;
}

static void summarise(const struct program *p, const struct fg_totals *t, double cpu_s, double memory_mb) {
  double all = t->time_s * p->ranks;
  printf("%-22s %.6g s on %u ranks\n", "time", t->time_s, p->ranks);
  printf("%-22s %.1f %%\n", "idle share", all > 0 ? 100 * (1 - t->busy_s / all) : 0);
  printf("%-22s %llu required + %llu extra\n", "updates", (unsigned long long)t->updates,
         (unsigned long long)t->extra_updates);
  printf("%-22s %.4g MB\n", "sent", (double)t->bytes_sent / 1e6);
  printf("%-22s %.6g\n", "train loss", p->dir->train_loss);
  if (p->dir->test_metric == p->dir->test_metric)
    printf("test %-17s %.6g\n", p->run->model.type->metric_name, p->dir->test_metric);
  if (p->run->posterior && p->dir->samples == 0)
    printf("%-22s no sample: burn=%llu epochs come first\n", "posterior", (unsigned long long)p->run->model.burn);
  else if (p->run->posterior && isnan(p->dir->posterior_metric))
    printf("%-22s %llu samples, and no test points\n", "posterior", (unsigned long long)p->dir->samples);
  else if (p->run->posterior && p->dir->samples == 1)
    printf("%-22s %.6g, of a single sample (--eval-every takes more)\n", "posterior rmse", p->dir->posterior_metric);
  else if (p->run->posterior)
    printf("%-22s %.6g, of the mean of %llu samples; standard deviation %.4g\n", "posterior rmse",
           p->dir->posterior_metric, (unsigned long long)p->dir->samples, p->dir->posterior_deviation);
  for (uint32_t i = 0; i < p->run->model.n_tuned; i++)
    printf("%-22s %.6g\n", p->run->model.type->tuned_name[i], p->run->factors.tuned[i]);
  printf("%-22s %.3f\n", "block imbalance", p->run->grid.imbalance);
  printf("%-22s %.2f s without evaluation\n", "CPU time of all ranks", cpu_s);
  printf("%-22s %.1f MB resident\n", "largest rank", memory_mb);
  printf("%-22s %s\n", "run directory", p->dir->path);
}

/* Pieces of all ranks are written; rank 0 puts the rest together. */
static enum fg_err finish(struct program *p, const struct fg_totals *totals, double cpu_s) {
  enum fg_err err = fg_model_files_put_rows(p->dir->path, p->run, p->rank, &p->fault);
  if (!err && p->run->options.trace)
    err = fg_rank_logs_commit(&p->logs, &p->fault);
  uint64_t most = 0; /* also where all ranks meet */
  if (!err)
    err = fg_team_most(p->post, (uint64_t)(1000 * fg_memory_peak()), &most, &p->fault);
  double memory_mb = (double)most / 1000;
  if (!err && p->rank == 0) {
    char versions[512], name[64];
    snprintf(versions, sizeof versions, "fugue %s, %s, GSL %s", FUGUE_VERSION, library(name), gsl_version);
    struct fg_provenance from = {
        .stage = "mpi", .revision = FUGUE_REVISION, .versions = versions, .cpu_s = cpu_s, .memory_mb = memory_mb};
    uint64_t visits = p->run->job.rounds; /* of a rank; without strata it may make those of others */
    if (!p->run->job.sync.type->strata)
      visits *= p->ranks;
    if (p->run->options.trace)
      err = fg_rank_logs_merge(p->dir->path, p->ranks, p->run->grid.col_blocks, visits, p->dir->trace.file,
                               p->dir->order.file, &p->fault);
    if (!err)
      err = fg_rundir_commit(p->dir, totals, &p->vocabulary, &from, &p->fault);
    if (!err && !p->args.quiet)
      summarise(p, totals, cpu_s, memory_mb);
  }
  return err ? err : fg_team_meet(p->post, &p->fault);
}

/* From a prepared run to a finished directory. */
static enum fg_err play(struct program *p) {
  struct fg_mpi_origin from = {0};
  struct fg_totals totals = {0};
  double cpu_s = 0;
  enum fg_err err = FG_OK;
  if (p->args.resume)
    err = fg_mpi_resume_find(p->post, p->checkpoints, p->dir, p->run, p->args.quiet, &from, &p->fault);
  if (!err)
    err = open_files(p, &from);
  if (err)
    return err;
  struct fg_rank_job job = {.run = p->run,
                            .post = p->post,
                            .straggler = strcmp(p->straggler.type->name, "none") == 0 ? NULL : &p->straggler,
                            .logs = p->run->options.trace ? &p->logs : NULL,
                            .checkpoints = p->checkpoints,
                            .resume = from.round,
                            .resume_s = from.manifest.totals.time_s,
                            .self = p,
                            .evaluated = evaluated,
                            .commit = commit,
                            .progress = p->rank == 0 && !p->args.quiet ? progress : NULL,
                            .last = last};
  fg_progress_start(&p->progress, "fugue-mpi", p->args.quiet || p->rank > 0);
  p->begun = true;
  err = fg_rank_run(&job, &totals, &cpu_s, &p->fault);
  fg_progress_end(&p->progress);
  return err ? err : finish(p, &totals, cpu_s);
}

static void report(const struct program *p, enum fg_err err) {
  char text[2200];
  fg_fault_format(&p->fault, err, text, sizeof text);
  if (p->ranks > 1 && fg_err_exit_code(err) == 3)
    fprintf(stderr, "fugue-mpi: rank %u: %s\n", p->rank, text);
  else
    fprintf(stderr, "fugue-mpi: %s\n", text);
}

/* Rank 0: what is left of a run that ended for that reason. */
static void clean_up(struct program *p, enum fg_err why) {
  struct fg_rundir *dir = p->dir;
  /* what was wrong from the start leaves nothing behind */
  bool whole = !p->begun && !p->args.resume && fg_err_exit_code(why) == 2;
  if (why == FG_EDIVERGED) /* it would, again and again */
    dir->keep = false;
  if (dir->keep) {
    fg_checkpoint_remove_after(p->checkpoints, UINT64_MAX); /* the half-written one */
    fprintf(stderr, "fugue-mpi: 'fugue-mpi --resume %s' goes on from the last checkpoint\n", dir->path);
  } else {
    fg_rank_logs_remove(dir->path); /* no checkpoint counts on them */
    fg_checkpoint_remove_all(dir->path);
  }
  if (whole)
    fg_rundir_tidy(dir->path);
  fg_rundir_discard(dir, whole);
}

/* An error on some rank: one of them says what it is, all end. */
static int give_up(struct program *p, enum fg_err err) {
  enum fg_err why = err;
  if (fg_post_stop(p->post, &why))
    report(p, err);
  bool gone = fg_post_leave(p->post);
  fg_rank_logs_suspend(&p->logs);
  if (p->rank == 0 && p->dir && p->dir->claimed)
    clean_up(p, why);
  else if (p->rank == 0 && fg_err_exit_code(why) == 2 && p->data.cut) /* a run that cannot be resumed stays as it was */
    fg_grid_remove(p->data.grid, NULL);
  if (!gone) {
    fflush(stderr);
    MPI_Abort(MPI_COMM_WORLD, fg_err_exit_code(why));
  }
  return fg_err_exit_code(why);
}

static enum fg_err start(struct program *p) {
  p->config = calloc(1, sizeof *p->config);
  p->run = calloc(1, sizeof *p->run);
  p->dir = calloc(1, sizeof *p->dir);
  p->checkpoints = calloc(1, sizeof *p->checkpoints);
  if (!p->config || !p->run || !p->dir || !p->checkpoints)
    return fg_fail(&p->fault, FG_ENOMEM, NULL, 0, "not enough memory");
  p->dir->lock = -1;
  p->dir->stage = "mpi";
  enum fg_err err = check_launcher(p);
  if (!err)
    err = find_directory(p);
  if (!err)
    err = claim(p);
  if (!err && p->finished)
    return FG_OK;
  if (!err)
    err = prepare(p);
  return err ? err : play(p);
}

static void end(struct program *p) {
  if (p->dir && p->rank == 0 && p->dir->lock >= 0)
    fg_rundir_discard(p->dir, false);
  fg_vocabulary_free(&p->vocabulary);
  if (p->straggler.type)
    fg_straggler_free(&p->straggler);
  fg_post_free(p->post); /* parcels point into the run */
  if (p->run)
    fg_run_free(p->run);
  fg_run_options_free(&p->args);
  free(p->config);
  free(p->run);
  free(p->dir);
  free(p->checkpoints);
}

/* Everything between MPI_Init and MPI_Finalize. */
static int run(int argc, char **argv) {
  struct program p = {0};
  int code = 0, rank;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  enum fg_err err = fg_run_options_parse(argc, argv, doc, rank == 0 ? FG_ASKER_RANK : FG_ASKER_SILENT_RANK, &p.args);
  if (err) { /* on every rank alike, and said */
    fg_run_options_free(&p.args);
    return fg_err_exit_code(err);
  }
  err = fg_post_new(p.args.part, &p.post, &p.fault);
  if (err) {
    report(&p, err);
    MPI_Abort(MPI_COMM_WORLD, fg_err_exit_code(err));
  }
  p.rank = fg_post_rank(p.post);
  p.ranks = fg_post_ranks(p.post);
  err = start(&p);
  if (err)
    code = give_up(&p, err);
  if (p.finished && p.rank == 0)
    printf("%s: the run is finished\n", p.args.resume);
  end(&p);
  return code;
}

/* --help and --version, once for all ranks. */
static bool informed(int argc, char **argv) {
  int rank;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  for (int i = 1; i < argc; i++) {
    bool version = !strcmp(argv[i], "--version") || !strcmp(argv[i], "-V");
    if (!version && strcmp(argv[i], "--help") != 0 && strcmp(argv[i], "-?") != 0 && strcmp(argv[i], "--usage") != 0)
      continue;
    if (rank == 0 && version)
      printf("fugue-mpi %s\n", FUGUE_VERSION);
    else if (rank == 0)
      fg_run_options_help("fugue-mpi", doc);
    return true;
  }
  return false;
}

int main(int argc, char **argv) {
  gsl_set_error_handler_off(); /* GSL's own aborts */
  MPI_Init(&argc, &argv);
  int code = informed(argc, argv) ? 0 : run(argc, argv);
  if ((fflush(stdout) != 0 || ferror(stdout)) && code == 0) { /* some MPI libraries make it line by line */
    fprintf(stderr, "fugue-mpi: standard output cannot be written\n");
    code = 3;
  }
  MPI_Finalize();
  return code;
}
