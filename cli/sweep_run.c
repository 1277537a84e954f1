/* Runs that are due become processes, and what comes of them goes into the database. */
#include "cli/sweep.h"

#include "cli/cli.h"
#include "cli/interrupt.h"
#include "cli/progress.h"
#include "cli/revision.h"
#include "core/data/generate.h"
#include "sweep/family.h"
#include "sweep/folders.h"
#include "sweep/ingest.h"
#include "sweep/pool.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* ---- in a child */

enum { WORDS_MAX = 32 };

/* A command line; its texts are given back by the end of the process. */
struct words {
  char *word[FG_OPTIONS + 2 * WORDS_MAX];
  int n;
};

static void add(struct words *words, const char *before, const char *text) {
  size_t n = strlen(before) + strlen(text) + 1;
  char *word = malloc(n);
  if (!word)
    _exit(3);
  snprintf(word, n, "%s%s", before, text);
  words->word[words->n++] = word;
}

/* mpirun and what else stands before the program */
static void add_launch(struct words *words, const struct fg_sweep_work *work, size_t ranks) {
  char number[32];
  const char *p = work->launch;
  for (int i = 0; i < WORDS_MAX && *(p += strspn(p, " ")); i++) {
    size_t n = strcspn(p, " ");
    char *word = strndup(p, n);
    add(words, "", word ? word : "");
    free(word);
    p += n;
  }
  snprintf(number, sizeof number, "%zu", ranks);
  add(words, "", "-n");
  add(words, "", number);
  add(words, "", work->fugue_mpi);
}

int fg_sweep_execute(const struct fg_sweep_work *work, const struct fg_sweep_run *run, const char *data_folder,
                     const char *dir, const char *epochs) {
  struct fg_config *config = malloc(sizeof *config);
  struct fg_sweep_source source;
  struct fg_fault fault = {0};
  struct words words = {.n = 0};
  const char *stage;
  enum fg_err err =
      config ? fg_sweep_config(&work->spec, run->entry, data_folder, config, &source, &stage, &fault) : FG_ENOMEM;
  if (!err && epochs)
    err = fg_config_set(config, "epochs", epochs, NULL, 0, &fault);
  if (err)
    return fg_cli_fault(err, &fault);
  if (run->mpi)
    add_launch(&words, work, run->slots);
  else
    add(&words, "", "fugue sim");
  for (int i = 0; i < FG_OPTIONS; i++)
    if (strcmp(config->text[i], fg_option_infos[i].fallback) != 0) {
      char option[64];
      snprintf(option, sizeof option, "--%s=", fg_option_infos[i].name);
      add(&words, option, config->text[i]);
    }
  add(&words, "", "--quiet");
  add(&words, "--output=", dir);
  words.word[words.n] = NULL;
  if (!run->mpi)
    return fg_cli_sim(words.n, words.word);
  int code = fg_family_run(words.word);
  if (code == 126 || code == 127)
    fprintf(stderr, "fugue: %s cannot be started%s\n", words.word[0], code == 127 ? ": there is no such command" : "");
  return code;
}

/* Made in a folder of its own, since a name's ending says how a file is written, and several tasks of an array may be
 * making the same. */
int fg_sweep_generate(const struct fg_sweep_source *source, const char *data_folder) {
  char host[64] = "", making[FG_PATH_MAX], name[160], temporary[FG_PATH_MAX], path[FG_PATH_MAX];
  struct fg_points points = {0};
  struct fg_fault fault = {0};
  gethostname(host, sizeof host - 1);
  snprintf(name, sizeof name, ".making-%s-%ld", host, (long)getpid());
  enum fg_err err = fg_path_join(data_folder, name, making, &fault);
  if (!err)
    err = fg_path_join(data_folder, source->file, path, &fault);
  if (!err)
    err = fg_path_join(making, source->file, temporary, &fault);
  if (!err)
    err = fg_folder_make(making, &fault);
  if (!err)
    err = fg_generate(source->generate, source->seed, &points, &fault);
  if (!err)
    err = fg_points_write(temporary, &points, &fault);
  if (!err) /* later sweeps take what is there for whole */
    err = fg_file_flush(temporary, &fault);
  if (!err && rename(temporary, path) != 0)
    err = fg_fail(&fault, FG_EIO, path, 0, "cannot be written: %s", strerror(errno));
  if (!err)
    err = fg_folder_flush(data_folder, &fault);
  fg_folder_remove(making, NULL);
  return err ? fg_cli_fault(err, &fault) : 0;
}

/* ---- the makers: data, then runs */

/* What a process does. */
struct job {
  struct fg_task task;
  struct making *making;
  struct fg_sweep_run *run;   /* either of */
  struct fg_sweep_data *data; /* these two */
  char log[FG_PATH_MAX], dir[FG_PATH_MAX];
  char started[32];
  bool busy;
};

struct making {
  const struct fg_sweep_work *work;
  struct fg_sweep_runs *runs;
  struct fg_store *store;
  struct job *job; /* slots + 1: one may be held back */
  size_t jobs, next, done, due, failed;
  char runs_folder[FG_PATH_MAX], logs[FG_PATH_MAX], data[FG_PATH_MAX];
  struct fg_progress progress;
};

static void utc_text(time_t t, char out[32]) {
  struct tm utc;
  strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&t, &utc));
}

static struct job *free_job(struct making *m) {
  size_t i = 0;
  while (m->job[i].busy)
    i++;
  struct job *job = &m->job[i];
  *job = (struct job){.making = m, .busy = true};
  job->task = (struct fg_task){.work = job, .slots = 1, .log = job->log, .timeout_s = INFINITY};
  utc_text(time(NULL), job->started);
  return job;
}

void fg_sweep_log_tail(const char *path, char *out, size_t size) {
  FILE *f = fopen(path, "r");
  char line[1024], *word;
  *out = 0;
  while (f && fgets(line, sizeof line, f)) {
    line[strcspn(line, "\n")] = 0;
    for (char *p = line; *p; p++) /* bars of progress and the like */
      if ((unsigned char)*p < ' ')
        *p = ' ';
    word = line + strspn(line, " ");
    if (*word)
      snprintf(out, size, "%s", strncmp(word, "fugue: ", 7) == 0 ? word + 7 : word);
  }
  if (f)
    fclose(f);
}

/* ---- data */

static int make_data(void *work) {
  const struct job *job = work;
  return fg_sweep_generate(&job->data->source, job->making->data);
}

static struct fg_task *next_data(void *self) {
  struct making *m = self;
  char name[FG_OPTION_TEXT + 8];
  while (m->next < m->runs->n_data) {
    struct fg_sweep_data *data = m->runs->data[m->next++];
    if (!data->needed)
      continue;
    struct job *job = free_job(m);
    job->data = data;
    snprintf(name, sizeof name, "%s.log", data->source.file);
    if (fg_path_join(m->logs, name, job->log, NULL)) {
      snprintf(data->fault, sizeof data->fault, "the path of their log is too long");
      job->busy = false;
      continue;
    }
    return &job->task;
  }
  return NULL;
}

static enum fg_err data_ended(void *self, struct fg_task *task, struct fg_fault *fault) {
  struct making *m = self;
  struct job *job = task->work;
  struct fg_sweep_data *data = job->data;
  (void)fault;
  if (task->exit_code == 0) {
    unlink(job->log);
  } else {
    fg_sweep_log_tail(job->log, data->fault, sizeof data->fault);
    if (!*data->fault && task->signal)
      snprintf(data->fault, sizeof data->fault, "signal %d (%s) ended the generator", task->signal,
               strsignal(task->signal));
  }
  job->busy = false;
  fg_progress_report(&m->progress, ++m->done, m->due);
  return FG_OK;
}

/* what a generator that was killed has left */
static void tidy_data(const char *folder) {
  DIR *d = opendir(folder);
  char path[FG_PATH_MAX];
  for (const struct dirent *e; d && (e = readdir(d));)
    if (strncmp(e->d_name, ".making-", 8) == 0 && !fg_path_join(folder, e->d_name, path, NULL))
      fg_folder_remove(path, NULL);
  if (d)
    closedir(d);
}

static enum fg_err make_all_data(struct making *m, size_t slots, struct fg_fault *fault) {
  char path[FG_PATH_MAX];
  m->next = m->done = m->due = 0;
  for (size_t i = 0; i < m->runs->n; i++) {
    const struct fg_sweep_run *run = &m->runs->run[i];
    if (run->data != FG_ABSENT && fg_sweep_run_is_due(m->work, run))
      m->runs->data[run->data]->needed = true;
  }
  for (size_t i = 0; i < m->runs->n_data; i++) {
    struct fg_sweep_data *data = m->runs->data[i];
    if (data->needed && !fg_path_join(m->data, data->source.file, path, NULL) && access(path, F_OK) == 0)
      data->needed = false;
    m->due += data->needed;
  }
  if (m->due == 0)
    return FG_OK;
  fg_progress_start(&m->progress, "data", m->work->args->quiet);
  enum fg_err err = fg_pool_run(slots, make_data, next_data, data_ended, fg_interrupted, m, fault);
  fg_progress_end(&m->progress);
  return err;
}

/* ---- runs */

static int make_run(void *work) {
  const struct job *job = work;
  return fg_sweep_execute(job->making->work, job->run, job->making->data, job->dir, NULL);
}

/* From what a run left to the database. task: NULL if the directory is from an earlier sweep, which was killed; then a
 * result that cannot be read is none, and the run is made again. Otherwise it is a failure. */
static enum fg_err take_in(struct making *m, struct fg_sweep_run *run, const char *dir, const struct fg_task *task,
                           const char *started, struct fg_fault *fault) {
  struct fg_ingested *ingested = calloc(1, sizeof *ingested);
  struct fg_fault reason = {0};
  char host[256] = "";
  const struct fg_execution execution = {.id = run->entry->id,
                                         .dir = dir,
                                         .stage = run->mpi ? "mpi" : "sim",
                                         .started = started,
                                         .seed = run->entry->seed,
                                         .data_sha256 = run->entry->data_sha256,
                                         .task = task};
  if (!ingested)
    return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory for a run");
  struct fg_run_record *record = &ingested->record;
  enum fg_err err = fg_ingest(&execution, ingested, &reason);
  if (err == FG_EINPUT) /* the record says so */
    err = FG_OK;
  else if (err && fault)
    *fault = reason;
  gethostname(host, sizeof host - 1);
  if (!record->revision)
    record->revision = FUGUE_REVISION;
  if (!record->host)
    record->host = host;
  bool again = !task && record->state == FG_RUN_FAILED;
  if (!err && !again)
    err = fg_store_put(m->store, record, fault);
  if (!err && !again)
    run->state = record->state;
  if (!err && (record->state != FG_RUN_DONE || !run->keep))
    fg_folder_remove(dir, NULL);
  fg_ingested_free(ingested);
  free(ingested);
  return err;
}

static enum fg_err run_ended(void *self, struct fg_task *task, struct fg_fault *fault) {
  struct making *m = self;
  struct job *job = task->work;
  struct stat st;
  enum fg_err err = take_in(m, job->run, job->dir, task, job->started, fault);
  if (stat(job->log, &st) == 0 && st.st_size == 0)
    unlink(job->log);
  m->failed += !err && !fg_run_is_settled(job->run->state);
  if (m->failed)
    snprintf(m->progress.note, sizeof m->progress.note, "%zu failed", m->failed);
  job->busy = false;
  fg_progress_report(&m->progress, ++m->done, m->due);
  return err;
}

static struct fg_task *next_run(void *self) {
  struct making *m = self;
  while (m->next < m->runs->n) {
    struct fg_sweep_run *run = &m->runs->run[m->next++];
    if (!fg_sweep_run_is_due(m->work, run))
      continue;
    struct job *job = free_job(m);
    char name[FG_RUN_ID + 8];
    job->run = run;
    snprintf(name, sizeof name, "%s.log", run->entry->id);
    snprintf(job->log, sizeof job->log, "%.*s/%s", FG_PATH_MAX - 64, m->logs, name);
    snprintf(job->dir, sizeof job->dir, "%.*s/%s", FG_PATH_MAX - 64, m->runs_folder, run->entry->id);
    fg_folder_remove(job->dir, NULL); /* what an interruption has left; if it cannot go, the run says so */
    double limit = m->work->args->timeout_s;
    job->task.slots = run->slots;
    job->task.timeout_s = isnan(limit) ? m->work->spec.timeout_s : limit;
    return &job->task;
  }
  return NULL;
}

/* Run directories that were finished, but not yet in the database when the sweep was killed. */
static enum fg_err take_in_finished(struct making *m, struct fg_fault *fault) {
  enum fg_err err = FG_OK;
  for (size_t i = 0; i < m->runs->n && !err && !fg_interrupted(); i++) {
    struct fg_sweep_run *run = &m->runs->run[i];
    char dir[FG_PATH_MAX], json[FG_PATH_MAX], started[32];
    struct stat st;
    if (!fg_sweep_run_is_due(m->work, run))
      continue;
    err = fg_path_join(m->runs_folder, run->entry->id, dir, fault);
    if (!err)
      err = fg_path_join(dir, "run.json", json, fault);
    if (err || stat(json, &st) != 0)
      continue;
    utc_text(st.st_mtime, started); /* when it ended; nothing says when it began */
    err = take_in(m, run, dir, NULL, started, fault);
  }
  return err;
}

/* Runs whose data cannot be made. */
static enum fg_err give_up(struct making *m, struct fg_fault *fault) {
  enum fg_err err = FG_OK;
  for (size_t i = 0; i < m->runs->n && !err; i++) {
    struct fg_sweep_run *run = &m->runs->run[i];
    const struct fg_sweep_data *data = run->data == FG_ABSENT ? NULL : m->runs->data[run->data];
    if (!data || !*data->fault || !fg_sweep_run_is_due(m->work, run))
      continue;
    char reason[1200];
    snprintf(reason, sizeof reason, "no data: %s", data->fault);
    struct fg_run_record record = {.state = FG_RUN_FAILED,
                                   .reason = reason,
                                   .exit_code = 2,
                                   .stage = run->mpi ? "mpi" : "sim",
                                   .revision = FUGUE_REVISION,
                                   .seed = run->entry->seed};
    snprintf(record.id, sizeof record.id, "%s", run->entry->id);
    for (int k = 0; k < FG_RUN_NUMBERS; k++)
      record.number[k] = NAN;
    err = fg_store_put(m->store, &record, fault);
    run->state = FG_RUN_FAILED;
  }
  return err;
}

static enum fg_err make_all_runs(struct making *m, size_t slots, const char *what, struct fg_fault *fault) {
  m->next = m->done = m->due = 0;
  for (size_t i = 0; i < m->runs->n; i++) {
    const struct fg_sweep_run *run = &m->runs->run[i];
    m->due += fg_sweep_run_is_due(m->work, run) && !(run->data != FG_ABSENT && *m->runs->data[run->data]->fault);
  }
  if (m->due == 0)
    return FG_OK;
  if (!m->work->args->quiet)
    fprintf(stderr, "%s: %zu %s to make, %zu at a time\n", what, m->due, m->due == 1 ? "run" : "runs", slots);
  fg_progress_start(&m->progress, what, m->work->args->quiet);
  enum fg_err err = fg_pool_run(slots, make_run, next_run, run_ended, fg_interrupted, m, fault);
  fg_progress_end(&m->progress);
  return err;
}

enum fg_err fg_sweep_make(const struct fg_sweep_work *work, struct fg_sweep_runs *runs, struct fg_store *store,
                          const char *what, struct fg_fault *fault) {
  size_t slots = work->args->jobs;
  struct making *m = calloc(1, sizeof *m);
  enum fg_err err = m && (m->job = calloc(slots + 1, sizeof *m->job))
                        ? FG_OK
                        : fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory for %zu processes", slots);
  if (!err) {
    m->work = work;
    m->runs = runs;
    m->store = store;
    m->jobs = slots + 1;
    err = fg_path_join(work->dir, "runs", m->runs_folder, fault);
  }
  if (!err)
    err = fg_path_join(work->dir, "logs", m->logs, fault);
  if (!err)
    err = fg_path_join(work->dir, "data", m->data, fault);
  if (!err)
    err = fg_folder_make(m->runs_folder, fault);
  if (!err)
    err = fg_folder_make(m->logs, fault);
  if (!err)
    err = fg_folder_make(m->data, fault);
  if (!err && !work->args->task)
    tidy_data(m->data);
  if (!err)
    err = take_in_finished(m, fault);
  if (!err)
    err = make_all_data(m, slots, fault);
  if (!err)
    err = give_up(m, fault);
  if (!err)
    err = make_all_runs(m, slots, what, fault);
  if (m)
    free(m->job);
  free(m);
  return err;
}
