/* A run directory to a record. */
#include "sweep/ingest.h"

#include "core/columns.h"
#include "core/files.h"
#include "core/spec.h"
#include "sweep/ingest_parts.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The whole file. *text: given. */
static enum fg_err read_text(const char *path, char **text, struct fg_fault *fault) {
  FILE *f = fopen(path, "rb");
  size_t capacity = 0;
  if (!f)
    return fg_fail(fault, FG_EINPUT, path, 0, "cannot be opened: %s", strerror(errno));
  errno = 0;
  ssize_t n = getdelim(text, &capacity, 0, f);
  enum fg_err err = FG_OK;
  if (n < 0)
    err = fg_fail(fault, ferror(f) ? FG_EIO : FG_EINPUT, path, 0, ferror(f) ? "cannot be read" : "is empty");
  fclose(f);
  return err;
}

/* A number of run.json; null is none. */
static enum fg_err take_number(const char *path, const struct fg_facts *facts, const char *key, bool optional,
                               double *value, struct fg_fault *fault) {
  const char *text = fg_facts_find(facts, key);
  *value = NAN;
  if (!text && !optional)
    return fg_fail(fault, FG_EINPUT, path, 0, "has no '%s'", key);
  if (text && strcmp(text, "null") != 0 && !fg_parse_real(text, value))
    return fg_fail(fault, FG_EINPUT, path, 0, "%s is '%.40s', which is not a number", key, text);
  return FG_OK;
}

static enum fg_err take_numbers(const char *path, const struct fg_facts *facts, struct fg_run_record *record,
                                struct fg_fault *fault) {
  static const struct {
    enum fg_run_number number;
    const char *key;
    bool optional;
  } numbers[] = {{FG_NUMBER_TIME, "result.time_s", false},
                 {FG_NUMBER_EPOCHS, "result.epochs", false},
                 {FG_NUMBER_UPDATES, "result.updates", false},
                 {FG_NUMBER_EXTRA, "result.extra_updates", false},
                 {FG_NUMBER_BYTES, "result.bytes_sent", false},
                 {FG_NUMBER_LOSS, "result.train_loss", false},
                 {FG_NUMBER_METRIC, "result.test_metric", false},
                 {FG_NUMBER_IDLE, "result.idle_share", false},
                 {FG_NUMBER_HOST_PARAMS, "result.host_params_bytes", true}, /* of real ranks */
                 {FG_NUMBER_WORKERS, "options.workers", false},
                 {FG_NUMBER_ROWS, "data.rows", false},
                 {FG_NUMBER_COLS, "data.cols", false},
                 {FG_NUMBER_POINTS, "data.points", false},
                 {FG_NUMBER_CPU, "result.cpu_s", true},
                 {FG_NUMBER_MEMORY, "result.memory_mb", true}};
  enum fg_err err = FG_OK;
  for (size_t i = 0; !err && i < sizeof numbers / sizeof *numbers; i++)
    err = take_number(path, facts, numbers[i].key, numbers[i].optional, &record->number[numbers[i].number], fault);
  double workers = record->number[FG_NUMBER_WORKERS];
  if (!err && !(workers >= 1 && workers <= 1e6 && workers == floor(workers)))
    err = fg_fail(fault, FG_EINPUT, path, 0, "options.workers is not a number of workers");
  return err;
}

static enum fg_err take_facts(const char *path, const struct fg_facts *facts, struct fg_run_record *record,
                              struct fg_fault *fault) {
  const struct {
    const char **text, *key;
  } texts[] = {{&record->stage, "stage"},
               {&record->revision, "revision"},
               {&record->versions, "versions"},
               {&record->host, "host"},
               {&record->data_sha256, "data.sha256"},
               {&record->params_sha256, "result.params_sha256"},
               {&record->metric_name, "result.test_metric_name"}};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    if (!(*texts[i].text = fg_facts_find(facts, texts[i].key)))
      return fg_fail(fault, FG_EINPUT, path, 0, "has no '%s'", texts[i].key);
  const char *seed = fg_facts_find(facts, "seed");
  if (!seed || !fg_parse_u64(seed, &record->seed))
    return fg_fail(fault, FG_EINPUT, path, 0, "has no seed");
  return take_numbers(path, facts, record, fault);
}

/* Its id says which data a run has; a file may have become another since that was found. */
static enum fg_err check_data(const char *path, const struct fg_execution *execution,
                              const struct fg_run_record *record, struct fg_fault *fault) {
  const char *wanted = execution->data_sha256;
  if (!wanted || !*wanted || strcmp(wanted, record->data_sha256) == 0)
    return FG_OK;
  return fg_fail(fault, FG_EINPUT, path, 0,
                 "the data have changed since the sweep began: sha256 %.12s..., not %.12s...", record->data_sha256,
                 wanted);
}

static enum fg_err take_curve(const char *dir, struct fg_run_record *record, struct fg_fault *fault) {
#define NAME(name) #name,
  static const char *const names[] = {FG_RUN_MOMENT_LIST(NAME)};
  struct fg_columns columns = {0};
  char path[FG_PATH_MAX];
  enum fg_err err = fg_path_join(dir, "metrics.csv", path, fault);
  if (!err)
    err = fg_columns_read(path, names, sizeof names / sizeof *names, false, &columns, fault);
  if (!err && columns.n_rows == 0)
    err = fg_fail(fault, FG_EINPUT, path, 0, "holds no evaluation");
  if (!err && !(record->moment = calloc(columns.n_rows, sizeof *record->moment)))
    err = fg_fail(fault, FG_ENOMEM, path, 0, "not enough memory");
  for (size_t r = 0; !err && r < columns.n_rows; r++) {
    struct fg_run_moment *m = &record->moment[record->n_moments++];
    size_t c = 0;
#define TAKE(name) m->name = columns.column[c++][r];
    FG_RUN_MOMENT_LIST(TAKE)
  }
  fg_columns_free(&columns);
  return err;
}

static enum fg_err take_trace(const char *dir, struct fg_run_record *record, struct fg_fault *fault) {
  char path[FG_PATH_MAX];
  enum fg_err err = fg_path_join(dir, "trace.csv", path, fault);
  if (err || access(path, F_OK) != 0)
    return err;
  return fg_ingest_trace(path, record->number[FG_NUMBER_TIME], (size_t)record->number[FG_NUMBER_WORKERS], record,
                         fault);
}

static enum fg_err take_result(const struct fg_execution *execution, struct fg_ingested *ingested,
                               struct fg_fault *fault) {
  char path[FG_PATH_MAX];
  const char *dir = execution->dir;
  struct fg_run_record *record = &ingested->record;
  enum fg_err err = fg_path_join(dir, "config.yaml", path, fault);
  if (!err)
    err = read_text(path, &ingested->config, fault);
  if (!err)
    err = fg_path_join(dir, "run.json", path, fault);
  if (!err)
    err = read_text(path, &ingested->result, fault);
  if (!err)
    err = fg_facts_of_run(dir, &ingested->facts, fault);
  if (!err)
    err = take_facts(path, &ingested->facts, record, fault);
  if (!err)
    err = check_data(path, execution, record, fault);
  if (!err)
    err = take_curve(dir, record, fault);
  if (!err)
    err = take_trace(dir, record, fault);
  record->config = ingested->config;
  record->result = ingested->result;
  return err;
}

/* What was read before something turned out not to be right counts for nothing. */
static void forget(struct fg_ingested *ingested) {
  struct fg_run_record *record = &ingested->record;
  for (size_t i = 0; i < FG_RUN_HISTOGRAMS; i++) {
    free(record->histogram[i].value);
    free(record->histogram[i].count);
  }
  free(record->moment);
  free(record->worker);
  fg_facts_free(&ingested->facts);
  free(ingested->config);
  free(ingested->result);
  ingested->config = ingested->result = NULL;
  memset(record, 0, sizeof *record);
}

static bool has_result(const char *dir) {
  char path[FG_PATH_MAX];
  return !fg_path_join(dir, "run.json", path, NULL) && access(path, F_OK) == 0;
}

/* What is known before anything is read. */
static void begin(const struct fg_execution *execution, struct fg_ingested *ingested) {
  struct fg_run_record *record = &ingested->record;
  snprintf(record->id, sizeof record->id, "%s", execution->id);
  record->stage = execution->stage;
  record->started = execution->started;
  record->seed = execution->seed;
  record->reason = ingested->reason;
  record->exit_code = execution->task ? execution->task->exit_code : 0;
  for (int i = 0; i < FG_RUN_NUMBERS; i++)
    record->number[i] = NAN;
  if (execution->task)
    record->number[FG_NUMBER_WALL] = execution->task->wall_s;
}

enum fg_err fg_ingest(const struct fg_execution *execution, struct fg_ingested *ingested, struct fg_fault *fault) {
  struct fg_run_record *record = &ingested->record;
  struct fg_fault why = {.line = 0};
  const struct fg_task *task = execution->task;
  enum fg_err err = FG_OK;
  begin(execution, ingested);
  if (task && (task->exit_code != 0 || task->timed_out || !has_result(execution->dir))) {
    record->state = fg_run_end(task, ingested->reason, sizeof ingested->reason);
    return FG_OK;
  }
  record->state = FG_RUN_DONE;
  err = has_result(execution->dir) ? take_result(execution, ingested, &why)
                                   : fg_fail(&why, FG_EINPUT, execution->dir, 0, "holds no finished run");
  if (!err)
    return FG_OK;
  forget(ingested);
  begin(execution, ingested);
  record->state = FG_RUN_FAILED;
  fg_fault_format(&why, err, ingested->reason, sizeof ingested->reason);
  if (fault)
    *fault = why;
  return err;
}

void fg_ingested_free(struct fg_ingested *ingested) {
  forget(ingested);
  memset(ingested, 0, sizeof *ingested);
}
