/* The run directory: what is kept of a run. */
#include "core/rundir.h"

#include "core/evaluate.h"
#include "core/facts.h"
#include "core/npy.h"
#include "core/order.h"
#include "core/topics.h"
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
                                      "model/topics.txt",
                                      "metrics.csv.tmp",
                                      "trace.csv.tmp",
                                      "order.bin.tmp",
                                      "config.yaml.tmp",
                                      "run.json.tmp"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    remove_file(dir, names[i]);
}

static bool is_empty(const char *path) {
  DIR *d = opendir(path);
  bool empty = true;
  for (struct dirent *e; d && (e = readdir(d)) != NULL;)
    if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
      empty = false;
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

/* Locks config.yaml, if it is there, until *lock is closed; false if another run holds it. */
static bool lock_config(const char *path, int *lock) {
  char config[FG_PATH_MAX];
  if (*lock >= 0)
    close(*lock);
  *lock = fg_path_join(path, "config.yaml", config, NULL) ? -1 : open(config, O_RDONLY | O_CLOEXEC);
  return *lock < 0 || flock(*lock, LOCK_EX | LOCK_NB) == 0;
}

static enum fg_err claim(const char *path, bool force, int *lock, struct fg_fault *fault) {
  struct stat st;
  if (!*path)
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "the name of the run directory is empty");
  if (stat(path, &st) == 0) {
    if (!S_ISDIR(st.st_mode))
      return fg_fail(fault, FG_EUSAGE, path, 0, "is not a directory");
    if (!is_empty(path) && !is_run(path))
      return fg_fail(fault, FG_EUSAGE, path, 0, "is not empty and not a run directory");
    if (!lock_config(path, lock))
      return fg_fail(fault, FG_EUSAGE, path, 0, "another run is writing it");
    if (exists(path, "run.json") && !force)
      return fg_fail(fault, FG_EUSAGE, path, 0, "holds a finished run; --force replaces it");
    remove_run(path);
  }
  char model[FG_PATH_MAX];
  enum fg_err err = fg_path_join(path, "model", model, fault);
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
  const struct fg_run *r = dir->run;
  fprintf(out.file,
          "data_rows: %" PRIu32 "\ndata_cols: %" PRIu32 "\ndata_points: %" PRIu64 "\ndata_train: %" PRIu64 "\n",
          r->grid.rows, r->grid.cols, r->grid.n_points, r->grid.n_train);
  fprintf(out.file, "data_test: %" PRIu64 "\ndata_imbalance: %.6g\ndata_sha256: %s\n",
          r->grid.n_test + r->grid.n_held_out, r->grid.imbalance, r->grid.sha256);
  return fg_out_commit(&out, fault);
}

static enum fg_err open_growing(struct fg_rundir *dir, struct fg_out *out, const char *name, struct fg_fault *fault) {
  char path[FG_PATH_MAX];
  enum fg_err err = fg_path_join(dir->path, name, path, fault);
  return err ? err : fg_out_open(out, path, fault);
}

enum fg_err fg_rundir_open(struct fg_rundir *dir, const char *path, bool force, const struct fg_run *run,
                           const struct fg_config *config, struct fg_fault *fault) {
  dir->run = run;
  dir->config = config;
  dir->test_metric = NAN;
  if (snprintf(dir->path, sizeof dir->path, "%s", path) >= (int)sizeof dir->path)
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "the path %.60s... is too long", path);
  dir->lock = -1;
  enum fg_err err = claim(path, force, &dir->lock, fault);
  dir->claimed = !err;
  if (!err)
    err = write_config(dir, fault);
  if (!err && !lock_config(path, &dir->lock)) /* the file is a new one now */
    err = fg_fail(fault, FG_EUSAGE, path, 0, "another run is writing it");
  if (!err)
    err = open_growing(dir, &dir->metrics, "metrics.csv", fault);
  if (err)
    return err;
  fprintf(dir->metrics.file, "epoch,sub_epoch,time_s,updates,extra_updates,bytes_sent,train_loss,test_metric\n");
  if (!run->options.trace)
    return FG_OK;
  if ((err = open_growing(dir, &dir->trace, "trace.csv", fault)) ||
      (err = open_growing(dir, &dir->order, "order.bin", fault)))
    return err;
  if (fg_trace_write_header(dir->trace.file) || fg_order_write_header(dir->order.file))
    return fg_fail(fault, FG_EIO, path, 0, "cannot be written: %s", strerror(errno));
  return FG_OK;
}

void fg_rundir_discard(struct fg_rundir *dir, bool whole) {
  fg_out_discard(&dir->trace);
  fg_out_discard(&dir->order);
  fg_out_discard(&dir->metrics);
  if (dir->run && dir->lock >= 0)
    close(dir->lock);
  dir->lock = -1;
  if (!whole || !dir->claimed)
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

static enum fg_err sink_evaluate(void *self, uint64_t rounds, const struct fg_totals *t,
                                 const struct fg_factors *factors, struct fg_fault *fault) {
  struct fg_rundir *dir = self;
  struct fg_evaluation e;
  enum fg_err err = fg_evaluate(dir->run, factors, &e, fault);
  if (err)
    return err;
  dir->train_loss = e.train_loss;
  dir->test_metric = e.test_metric;
  uint64_t c = dir->run->grid.col_blocks;
  if (!isfinite(e.train_loss))
    return fg_fail(fault, FG_EDIVERGED, NULL, 0,
                   "the parameters diverged: train loss %g after %" PRIu64 " epochs; a smaller --step helps",
                   e.train_loss, rounds / c);
  if (fprintf(dir->metrics.file, "%" PRIu64 ",%" PRIu64 ",%.17g,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%.10g,%.10g\n",
              rounds / c, rounds % c, t->time_s, t->updates, t->extra_updates, t->bytes_sent, e.train_loss,
              e.test_metric) < 0)
    return write_failed(&dir->metrics, fault);
  return FG_OK;
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

static enum fg_err write_factors(const struct fg_rundir *dir, struct fg_fault *fault) {
  const struct fg_run *r = dir->run;
  enum fg_err err = FG_OK;
  for (int side = 0; side < 2 && !err; side++) {
    uint32_t n = side ? r->grid.cols : r->grid.rows;
    char path[FG_PATH_MAX];
    float *flat = malloc(((size_t)n * r->model.rank + 1) * sizeof *flat);
    if (!flat)
      return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory to write the factors");
    fg_factors_gather(&r->factors, &r->grid, &r->model, side, flat);
    err = fg_path_join(dir->path, side ? "model/col_factor.npy" : "model/row_factor.npy", path, fault);
    if (!err)
      err = fg_npy_write(path, n, r->model.rank, flat, fault);
    free(flat);
  }
  return err;
}

/* Sums of the training values of columns, which the model's predictions need. */
static enum fg_err write_weights(const struct fg_rundir *dir, struct fg_fault *fault) {
  const struct fg_grid *g = &dir->run->grid;
  char path[FG_PATH_MAX];
  float *flat = malloc(((size_t)g->cols + 1) * sizeof *flat);
  if (!flat)
    return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory to write the factors");
  for (uint32_t q = 0; q < g->col_blocks; q++)
    for (uint32_t j = 0; j < g->col[q].n; j++)
      flat[g->col[q].original[j]] = g->col[q].weight[j];
  enum fg_err err = fg_path_join(dir->path, "model/col_weight.npy", path, fault);
  if (!err)
    err = fg_npy_write(path, g->cols, 1, flat, fault);
  free(flat);
  return err;
}

/* JSON has no NaN */
static void put_number(FILE *f, const char *name, double value) {
  if (isfinite(value))
    fprintf(f, "    \"%s\": %.17g,\n", name, value);
  else
    fprintf(f, "    \"%s\": null,\n", name);
}

static enum fg_err write_json(const struct fg_rundir *dir, const struct fg_totals *t, const struct fg_provenance *from,
                              struct fg_fault *fault) {
  const struct fg_run *r = dir->run;
  char sha[65], path[FG_PATH_MAX], host[256] = "";
  struct fg_out out;
  enum fg_err err = fg_factors_sha256(&r->factors, &r->grid, &r->model, sha);
  if (err)
    return fg_fail(fault, err, NULL, 0, "not enough memory to write the factors");
  if ((err = fg_path_join(dir->path, "run.json", path, fault)) || (err = fg_out_open(&out, path, fault)))
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
          ",\n  \"data\": {\"rows\": %u, \"cols\": %u, \"points\": %" PRIu64 ", \"mean\": %.17g, \"total\": %.17g,\n"
          "           \"sha256\": \"%s\"},\n",
          r->grid.rows, r->grid.cols, r->grid.n_points, r->model.mean, r->model.total, r->grid.sha256);
  fprintf(f, "  \"result\": {\n");
  put_number(f, "time_s", t->time_s);
  put_number(f, "epochs", (double)r->job.rounds / r->grid.col_blocks);
  fprintf(f, "    \"updates\": %" PRIu64 ",\n    \"extra_updates\": %" PRIu64 ",\n    \"bytes_sent\": %" PRIu64 ",\n",
          t->updates, t->extra_updates, t->bytes_sent);
  put_number(f, "train_loss", dir->train_loss);
  put_number(f, "test_metric", dir->test_metric);
  fprintf(f, "    \"test_metric_name\": \"%s\",\n", r->model.type->metric_name);
  put_number(f, "idle_share", t->time_s > 0 ? 1 - t->busy_s / (t->time_s * r->job.workers) : 0);
  put_number(f, "imbalance", r->grid.imbalance);
  put_number(f, "cpu_s", from->cpu_s);
  fprintf(f, "    \"params_sha256\": \"%s\"\n  }\n}\n", sha);
  return fg_out_commit(&out, fault);
}

enum fg_err fg_rundir_commit(struct fg_rundir *dir, const struct fg_totals *totals,
                             const struct fg_vocabulary *vocabulary, const struct fg_provenance *provenance,
                             struct fg_fault *fault) {
  enum fg_err err = write_factors(dir, fault);
  char path[FG_PATH_MAX];
  if (!err && dir->run->model.type->weights)
    err = write_weights(dir, fault);
  if (!err && dir->run->model.type->topic_weight && !(err = fg_path_join(dir->path, "model/topics.txt", path, fault)))
    err = fg_topics_write(path, dir->run, vocabulary, fault);
  if (!err && dir->trace.file)
    err = fg_out_commit(&dir->trace, fault);
  if (!err && dir->order.file)
    err = fg_out_commit(&dir->order, fault);
  if (!err)
    err = fg_out_commit(&dir->metrics, fault);
  return err ? err : write_json(dir, totals, provenance, fault);
}
