/* The run directory: what is kept of a run. */
#include "core/rundir.h"

#include "core/data/grid_file.h"
#include "core/facts.h"
#include "core/model_files.h"
#include "core/order.h"
#include "core/posterior.h"
#include "core/rank_logs.h"
#include "core/top.h"
#include "core/trace.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static bool exists(const char *dir, const char *name) {
  char path[FG_PATH_MAX];
  struct stat st;
  return !fg_path_join(dir, name, path, NULL) && stat(path, &st) == 0;
}

static void remove_file(const char *dir, const char *name) {
  char path[FG_PATH_MAX];
  if (!fg_path_join(dir, name, path, NULL))
    unlink(path);
}

/* files of an earlier run; run.json first, so that an interruption leaves no directory that looks finished */
static void remove_run(const char *dir) {
  static const char *const names[] = {"run.json",
                                      "metrics.csv",
                                      "trace.csv",
                                      "order.bin",
                                      "model/row_factor.npy",
                                      "model/col_factor.npy",
                                      "model/col_weight.npy",
                                      "model/row_mean.npy",
                                      "model/row_variance.npy",
                                      "model/col_mean.npy",
                                      "model/col_variance.npy",
                                      "model/predictions.csv",
                                      "model/top.txt",
                                      "metrics.csv.tmp",
                                      "trace.csv.tmp",
                                      "order.bin.tmp",
                                      "run.json.tmp"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    remove_file(dir, names[i]);
  fg_model_files_discard(dir);
  fg_rank_logs_remove(dir);
  fg_checkpoint_remove_all(dir);
}

static void remove_grid(const char *dir) {
  char grid[FG_PATH_MAX];
  if (!fg_path_join(dir, "grid.tmp", grid, NULL))
    fg_grid_remove(grid, NULL);
}

void fg_rundir_tidy(const char *path) {
  fg_checkpoint_remove_all(path);
  fg_rank_logs_remove(path);
  remove_grid(path);
}

/* A run that was killed before it began leaves its configuration under a temporary name, and its data cut or half cut.
 */
static bool is_empty(const char *path) {
  static const char *const ours[] = {".", "..", "config.yaml.tmp", "grid.tmp"};
  DIR *d = opendir(path);
  bool empty = true;
  for (struct dirent *e; d && (e = readdir(d)) != NULL;) {
    bool known = false;
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++)
      known = known || strcmp(e->d_name, ours[i]) == 0;
    empty = empty && known;
  }
  if (d)
    closedir(d);
  return empty;
}

/* mkdir -p */
static int make_path(const char *path) {
  char part[FG_PATH_MAX];
  snprintf(part, sizeof part, "%s", path);
  for (char *p = part + 1; *p; p++)
    if (*p == '/') {
      *p = 0;
      if (mkdir(part, 0777) != 0 && errno != EEXIST)
        return -1;
      *p = '/';
    }
  return mkdir(part, 0777) != 0 && errno != EEXIST ? -1 : 0;
}

/* True if the directory's config.yaml is one that we wrote: a user's own file of that name does not make a run
 * directory. */
static bool is_run(const char *path) {
  char config[FG_PATH_MAX];
  struct fg_facts facts = {0};
  bool run = !fg_path_join(path, "config.yaml", config, NULL) && !fg_facts_read(config, &facts, NULL) &&
             fg_facts_find(&facts, "data_sha256");
  fg_facts_free(&facts);
  return run;
}

/* Locks a file of the directory until it is closed. *file: -1 if it cannot be opened. False if another run holds it.
 * Open for writing, without which NFS locks nothing; a file system that has no locks does not stop a run. */
static bool lock_file(const char *dir, const char *name, int flags, int *file) {
  char path[FG_PATH_MAX];
  *file = fg_path_join(dir, name, path, NULL) ? -1 : open(path, O_RDWR | O_CLOEXEC | flags, 0666);
  if (*file < 0 || flock(*file, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
    return true;
  close(*file);
  *file = -1;
  return false;
}

/* A run holds the file that is its config.yaml, from the time on when that is still to be written: under its temporary
 * name. False if another one does; else *beginning and *running (or -1) are to be closed. */
static bool lock_directory(const char *path, int *beginning, int *running) {
  if (!lock_file(path, "config.yaml.tmp", O_CREAT, beginning))
    return false;
  if (lock_file(path, "config.yaml", 0, running))
    return true;
  if (*beginning >= 0)
    close(*beginning);
  remove_file(path, "config.yaml.tmp");
  return false;
}

static enum fg_err claim(const char *path, bool force, int *lock, struct fg_fault *fault) {
  struct stat st;
  int running;
  if (!*path)
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "the name of the run directory is empty");
  if (stat(path, &st) == 0 && !S_ISDIR(st.st_mode))
    return fg_fail(fault, FG_EUSAGE, path, 0, "is not a directory");
  if (stat(path, &st) == 0 && !is_empty(path) && !is_run(path))
    return fg_fail(fault, FG_EUSAGE, path, 0, "is not empty and not a run directory");
  if (make_path(path) != 0)
    return fg_fail(fault, FG_EUSAGE, path, 0, "cannot be made: %s", strerror(errno));
  if (!lock_directory(path, lock, &running))
    return fg_fail(fault, FG_EUSAGE, path, 0, "another run is writing it");
  if (running >= 0)
    close(running);
  if (!force && exists(path, "run.json")) {
    remove_file(path, "config.yaml.tmp");
    return fg_fail(fault, FG_EUSAGE, path, 0, "holds a finished run; --force replaces it");
  }
  remove_run(path);
  remove_grid(path); /* perhaps of other data */
  return FG_OK;
}

/* A run that only counts has none; one that it replaces left an empty one. */
static enum fg_err make_model_folder(const struct fg_rundir *dir, struct fg_fault *fault) {
  char model[FG_PATH_MAX];
  enum fg_err err = fg_path_join(dir->path, "model", model, fault);
  if (!err && dir->run->job.timing_only) {
    rmdir(model);
    return FG_OK;
  }
  if (!err && make_path(model) != 0)
    err = fg_fail(fault, FG_EUSAGE, model, 0, "cannot be made: %s", strerror(errno));
  return err;
}

static enum fg_err write_config(const struct fg_rundir *dir, struct fg_fault *fault) {
  struct fg_out out;
  char path[FG_PATH_MAX];
  enum fg_err err = fg_path_join(dir->path, "config.yaml", path, fault);
  if (!err)
    err = fg_out_open(&out, path, fault);
  if (err)
    return err;
  for (int i = 0; i < FG_OPTIONS; i++) {
    fprintf(out.file, "%s: ", fg_option_infos[i].name);
    fg_facts_quote(out.file, dir->config->text[i]);
    fputc('\n', out.file);
  }
  if (dir->stage)
    fprintf(out.file, "data_stage: %s\n", dir->stage);
  const struct fg_run *r = dir->run;
  fprintf(out.file,
          "data_rows: %" PRIu32 "\ndata_cols: %" PRIu32 "\ndata_points: %" PRIu64 "\ndata_train: %" PRIu64 "\n",
          r->grid.rows, r->grid.cols, r->grid.n_points, r->grid.n_train);
  fprintf(out.file, "data_test: %" PRIu64 "\ndata_imbalance: %.6g\ndata_sha256: %s\n",
          r->grid.n_test + r->grid.n_held_out, r->grid.imbalance, r->grid.sha256);
  return fg_out_commit(&out, fault);
}

/* anew, unless there is a mark to go on from */
static enum fg_err open_growing(struct fg_rundir *dir, struct fg_out *out, const char *name, const struct fg_mark *mark,
                                struct fg_fault *fault) {
  char path[FG_PATH_MAX];
  enum fg_err err = fg_path_join(dir->path, name, path, fault);
  if (err)
    return err;
  return mark->bytes ? fg_out_resume(out, path, mark, fault) : fg_out_open(out, path, fault);
}

static enum fg_err open_files(struct fg_rundir *dir, const struct fg_marks *marks, struct fg_fault *fault) {
  enum fg_err err = make_model_folder(dir, fault);
  if (!err)
    err = open_growing(dir, &dir->metrics, "metrics.csv", &marks->metrics, fault);
  if (err)
    return err;
  if (!marks->metrics.bytes)
    fprintf(dir->metrics.file, "epoch,sub_epoch,time_s,updates,extra_updates,bytes_sent,train_loss,test_metric%s\n",
            dir->run->posterior ? ",posterior_metric" : "");
  if (!dir->run->options.trace)
    return FG_OK;
  if ((err = open_growing(dir, &dir->trace, "trace.csv", &marks->trace, fault)) ||
      (err = open_growing(dir, &dir->order, "order.bin", &marks->order, fault)))
    return err;
  if ((!marks->trace.bytes && fg_trace_write_header(dir->trace.file)) ||
      (!marks->order.bytes && fg_order_write_header(dir->order.file)))
    return fg_fail(fault, FG_EIO, dir->path, 0, "cannot be written: %s", strerror(errno));
  return FG_OK;
}

static enum fg_err begin(struct fg_rundir *dir, const char *path, struct fg_fault *fault) {
  dir->lock = -1;
  dir->test_metric = NAN;
  if (snprintf(dir->path, sizeof dir->path, "%s", path) >= (int)sizeof dir->path)
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "the path %.60s... is too long", path);
  return FG_OK;
}

enum fg_err fg_rundir_claim(struct fg_rundir *dir, const char *path, bool force, struct fg_fault *fault) {
  enum fg_err err = begin(dir, path, fault);
  if (!err)
    err = claim(path, force, &dir->lock, fault);
  dir->claimed = !err;
  return err;
}

enum fg_err fg_rundir_begin(struct fg_rundir *dir, const struct fg_run *run, const struct fg_config *config,
                            struct fg_fault *fault) {
  dir->run = run;
  dir->config = config;
  enum fg_err err = write_config(dir, fault); /* into the file that is locked */
  return err ? err : open_files(dir, &(struct fg_marks){0}, fault);
}

enum fg_err fg_rundir_open(struct fg_rundir *dir, const char *path, bool force, const struct fg_run *run,
                           const struct fg_config *config, struct fg_fault *fault) {
  enum fg_err err = fg_rundir_claim(dir, path, force, fault);
  return err ? err : fg_rundir_begin(dir, run, config, fault);
}

/* Another stage would start the run over, in its own way. */
static enum fg_err check_stage(const struct fg_rundir *dir, struct fg_fault *fault) {
  struct fg_facts facts = {0};
  char path[FG_PATH_MAX];
  enum fg_err err = fg_path_join(dir->path, "config.yaml", path, fault);
  if (!err)
    err = fg_facts_read(path, &facts, fault);
  const char *stage = err ? NULL : fg_facts_find(&facts, "data_stage");
  if (stage && dir->stage && strcmp(stage, dir->stage) != 0)
    err = fg_fail(fault, FG_EUSAGE, dir->path, 0, "is a run of %s, which goes on with it",
                  strcmp(stage, "mpi") == 0 ? "fugue-mpi" : "fugue sim");
  fg_facts_free(&facts);
  return err;
}

enum fg_err fg_rundir_reopen(struct fg_rundir *dir, const char *path, bool *finished, struct fg_fault *fault) {
  *finished = false;
  enum fg_err err = begin(dir, path, fault);
  if (err)
    return err;
  if (!*path)
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "the name of the run directory is empty");
  int beginning;
  if (!is_run(path) && exists(path, "config.yaml.tmp")) {
    if (!lock_file(path, "config.yaml.tmp", 0, &beginning))
      return fg_fail(fault, FG_EUSAGE, path, 0, "another run is writing it");
    if (beginning >= 0)
      close(beginning);
    return fg_fail(fault, FG_EUSAGE, path, 0, "has nothing to go on from: the run ended while it read its data");
  }
  if (!is_run(path))
    return fg_fail(fault, FG_EUSAGE, path, 0, "is not a run directory");
  if (!lock_directory(path, &beginning, &dir->lock))
    return fg_fail(fault, FG_EUSAGE, path, 0, "another run is writing it");
  if (beginning >= 0) {
    remove_file(path, "config.yaml.tmp");
    close(beginning);
  }
  *finished = exists(path, "run.json");
  return *finished ? fg_fail(fault, FG_EUSAGE, path, 0, "holds a finished run") : check_stage(dir, fault);
}

enum fg_err fg_rundir_same_data(const struct fg_rundir *dir, const struct fg_run *run, struct fg_fault *fault) {
  struct fg_facts facts = {0};
  char path[FG_PATH_MAX];
  enum fg_err err = fg_path_join(dir->path, "config.yaml", path, fault);
  if (!err)
    err = fg_facts_read(path, &facts, fault);
  const char *recorded = err ? NULL : fg_facts_find(&facts, "data_sha256");
  if (!err && (!recorded || strcmp(recorded, run->grid.sha256) != 0))
    err = fg_fail(fault, FG_EINPUT, run->data_path, 0, "is not the data of the run: SHA-256 %s, recorded %s",
                  run->grid.sha256, recorded ? recorded : "none");
  fg_facts_free(&facts);
  return err;
}

enum fg_err fg_rundir_continue(struct fg_rundir *dir, const struct fg_run *run, const struct fg_config *config,
                               uint64_t round, const struct fg_marks *marks, struct fg_fault *fault) {
  dir->run = run;
  dir->config = config;
  dir->round = marks ? round : 0;
  dir->keep = marks != NULL;
  dir->claimed = true;
  if (!marks)
    remove_run(dir->path);
  return open_files(dir, marks ? marks : &(struct fg_marks){0}, fault);
}

enum fg_err fg_rundir_mark(struct fg_rundir *dir, struct fg_marks *marks, struct fg_fault *fault) {
  *marks = (struct fg_marks){0};
  enum fg_err err = fg_out_mark(&dir->metrics, &marks->metrics, fault);
  if (!err && dir->trace.file)
    err = fg_out_mark(&dir->trace, &marks->trace, fault);
  if (!err && dir->order.file)
    err = fg_out_mark(&dir->order, &marks->order, fault);
  return err;
}

void fg_rundir_discard(struct fg_rundir *dir, bool whole) {
  struct fg_out *growing[] = {&dir->trace, &dir->order, &dir->metrics};
  for (size_t i = 0; i < sizeof growing / sizeof growing[0]; i++)
    if (dir->keep)
      fg_out_suspend(growing[i]);
    else
      fg_out_discard(growing[i]);
  if (dir->claimed) {
    fg_model_files_discard(dir->path);
    remove_file(dir->path, "config.yaml.tmp");
  }
  if (dir->path[0] && dir->lock >= 0)
    close(dir->lock);
  dir->lock = -1;
  if (!whole || !dir->claimed || dir->keep)
    return;
  char model[FG_PATH_MAX];
  remove_file(dir->path, "config.yaml");
  if (!fg_path_join(dir->path, "model", model, NULL))
    rmdir(model);
  rmdir(dir->path);
}

static enum fg_err write_failed(const struct fg_out *out, struct fg_fault *fault) {
  return fg_fail(fault, FG_EIO, out->path, 0, "cannot be written: %s", strerror(errno));
}

static enum fg_err sink_visit(void *self, const struct fg_visit *visit, struct fg_fault *fault) {
  struct fg_rundir *dir = self;
  if (dir->trace.file && fg_trace_write(dir->trace.file, visit, dir->run->grid.col_blocks))
    return write_failed(&dir->trace, fault);
  return FG_OK;
}

static enum fg_err sink_taken(void *self, const struct fg_taken *taken, struct fg_fault *fault) {
  struct fg_rundir *dir = self;
  if (dir->order.file && fg_order_write(dir->order.file, taken))
    return write_failed(&dir->order, fault);
  return FG_OK;
}

enum fg_err fg_rundir_evaluated(struct fg_rundir *dir, uint64_t rounds, const struct fg_totals *t,
                                const struct fg_evaluation *e, struct fg_fault *fault) {
  uint64_t c = dir->run->grid.col_blocks;
  dir->train_loss = e->train_loss;
  dir->test_metric = e->test_metric;
  dir->samples = e->samples;
  dir->posterior_metric = e->posterior_metric;
  dir->posterior_deviation = e->posterior_deviation;
  if (!isfinite(e->train_loss) && !dir->run->job.timing_only)
    return fg_fail(fault, FG_EDIVERGED, NULL, 0,
                   FG_DIVERGED_WORDS ": train loss %g after %" PRIu64 " epochs; a smaller --step than %g helps",
                   e->train_loss, rounds / c, dir->run->options.steps.eta0);
  if (fprintf(dir->metrics.file, "%" PRIu64 ",%" PRIu64 ",%.17g,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%.10g,%.10g",
              rounds / c, rounds % c, t->time_s, t->updates, t->extra_updates, t->bytes_sent, e->train_loss,
              e->test_metric) < 0 ||
      (dir->run->posterior && fprintf(dir->metrics.file, ",%.10g", e->posterior_metric) < 0) ||
      fputc('\n', dir->metrics.file) == EOF)
    return write_failed(&dir->metrics, fault);
  return FG_OK;
}

static enum fg_err sink_evaluate(void *self, uint64_t rounds, const struct fg_totals *t,
                                 const struct fg_factors *factors, struct fg_fault *fault) {
  struct fg_rundir *dir = self;
  struct fg_evaluation e = {.train_loss = NAN, .test_metric = NAN};
  if (dir->round && rounds <= dir->round) /* in metrics.csv since before the run was interrupted */
    return FG_OK;
  enum fg_err err = dir->run->job.timing_only ? FG_OK : fg_evaluate(dir->run, factors, &e, fault);
  if (!err)
    err = fg_posterior_sample(dir->run, rounds, factors, &e, fault);
  return err ? err : fg_rundir_evaluated(dir, rounds, t, &e, fault);
}

static void sink_progress(void *self, uint64_t done, uint64_t all) {
  struct fg_rundir *dir = self;
  if (dir->report)
    dir->report(dir->report_self, done, all);
}

struct fg_sink fg_rundir_sink(struct fg_rundir *dir) {
  return (struct fg_sink){
      .self = dir, .visit = sink_visit, .taken = sink_taken, .evaluate = sink_evaluate, .progress = sink_progress};
}

/* JSON has no NaN */
static void put_number(FILE *f, const char *name, double value) {
  if (isfinite(value))
    fprintf(f, "    \"%s\": %.17g,\n", name, value);
  else
    fprintf(f, "    \"%s\": null,\n", name);
}

static enum fg_err write_json(const struct fg_rundir *dir, const struct fg_totals *t, const struct fg_provenance *from,
                              const char *sha, struct fg_fault *fault) {
  const struct fg_run *r = dir->run;
  char path[FG_PATH_MAX], host[256] = "";
  struct fg_out out;
  enum fg_err err = fg_path_join(dir->path, "run.json", path, fault);
  if (err || (err = fg_out_open(&out, path, fault)))
    return err;
  gethostname(host, sizeof host - 1);
  FILE *f = out.file;
  fprintf(f, "{\n  \"options\": {\n");
  for (int i = 0; i < FG_OPTIONS; i++) {
    fprintf(f, "    \"%s\": ", fg_option_infos[i].name);
    fg_facts_quote(f, dir->config->text[i]);
    fprintf(f, "%s\n", i + 1 < FG_OPTIONS ? "," : "");
  }
  fprintf(f, "  },\n  \"seed\": %" PRIu64 ",\n  \"stage\": ", r->options.seed);
  fg_facts_quote(f, from->stage);
  fprintf(f, ",\n  \"versions\": ");
  fg_facts_quote(f, from->versions);
  fprintf(f, ",\n  \"revision\": ");
  fg_facts_quote(f, from->revision);
  fprintf(f, ",\n  \"host\": ");
  fg_facts_quote(f, host);
  fprintf(f,
          ",\n  \"data\": {\"rows\": %u, \"cols\": %u, \"points\": %" PRIu64
          ", \"mean\": %.17g, \"total\": %.17g, \"square\": %.17g,\n"
          "           \"sha256\": \"%s\"},\n",
          r->grid.rows, r->grid.cols, r->grid.n_points, r->model.mean, r->model.total, r->model.square, r->grid.sha256);
  fprintf(f, "  \"result\": {\n");
  put_number(f, "time_s", t->time_s);
  put_number(f, "epochs", (double)r->job.rounds / r->grid.col_blocks);
  fprintf(f, "    \"updates\": %" PRIu64 ",\n    \"extra_updates\": %" PRIu64 ",\n    \"bytes_sent\": %" PRIu64 ",\n",
          t->updates, t->extra_updates, t->bytes_sent);
  put_number(f, "train_loss", dir->train_loss);
  put_number(f, "test_metric", dir->test_metric);
  fprintf(f, "    \"test_metric_name\": \"%s\",\n", r->job.timing_only ? "" : r->model.type->metric_name);
  if (r->posterior) {
    fprintf(f, "    \"posterior_samples\": %" PRIu64 ",\n", dir->samples);
    put_number(f, "posterior_metric", dir->samples ? dir->posterior_metric : NAN);
    put_number(f, "posterior_deviation", dir->samples ? dir->posterior_deviation : NAN);
  }
  for (uint32_t i = 0; i < r->model.n_tuned; i++)
    put_number(f, r->model.type->tuned_name[i], r->factors.tuned[i]);
  put_number(f, "idle_share", t->time_s > 0 ? 1 - t->busy_s / (t->time_s * r->job.workers) : 0);
  put_number(f, "imbalance", r->grid.imbalance);
  if (t->params_bytes)
    fprintf(f, "    \"host_params_bytes\": %" PRIu64 ",\n", t->params_bytes);
  put_number(f, "cpu_s", from->cpu_s);
  put_number(f, "memory_mb", from->memory_mb);
  fprintf(f, "    \"params_sha256\": \"%s\"\n  }\n}\n", sha);
  return fg_out_commit(&out, fault);
}

enum fg_err fg_rundir_commit(struct fg_rundir *dir, const struct fg_totals *totals,
                             const struct fg_vocabulary *vocabulary, const struct fg_provenance *provenance,
                             struct fg_fault *fault) {
  char sha[65] = "";
  bool model = !dir->run->job.timing_only;
  enum fg_err err = model ? fg_model_files_finish(dir->path, dir->run, sha, fault) : FG_OK;
  struct fg_model learned = dir->run->model;
  memcpy(learned.tuned, dir->run->factors.tuned, sizeof learned.tuned);
  if (!err && model && learned.type->top_weight && vocabulary && vocabulary->n > 0)
    err = fg_top_write(dir->path, &learned, vocabulary, fault);
  if (!err && dir->trace.file)
    err = fg_out_commit(&dir->trace, fault);
  if (!err && dir->order.file)
    err = fg_out_commit(&dir->order, fault);
  if (!err)
    err = fg_out_commit(&dir->metrics, fault);
  if (!err)
    err = write_json(dir, totals, provenance, sha, fault);
  if (!err)
    err = fg_folder_flush(dir->path, fault); /* before checkpoints go */
  if (!err)
    fg_rundir_tidy(dir->path);
  return err;
}
