/* What a sweep would run, and about how long that would take: from runs that are finished, or from trials. */
#include "cli/sweep.h"

#include "cli/cli.h"
#include "cli/interrupt.h"
#include "cli/progress.h"
#include "sweep/folders.h"
#include "sweep/pool.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* A trial is for all runs of the same data, model, strategy and number of workers: their first epoch, and the first
 * two. The time of a run then follows from its epochs. Whoever asks for an estimate does not want to wait for it: no
 * trial begins after TRIALS_BUDGET, and none takes longer than TRIAL_PATIENCE. [s] */
enum { TRIALS_MAX = 16, TRIAL_EPOCHS = 2 };
#define TRIALS_BUDGET  20.0
#define TRIAL_PATIENCE 15.0

struct trial {
  char key[4 * 1024];
  const struct fg_sweep_run *run;
  double wall_s[TRIAL_EPOCHS]; /* of 1 and 2 epochs; NAN: it came to nothing */
  bool timed_out;
};

struct job {
  struct fg_task task;
  struct estimate *estimate;
  struct trial *trial;
  int epochs;
  char log[FG_PATH_MAX], dir[FG_PATH_MAX];
  bool busy;
};

struct estimate {
  const struct fg_sweep_work *work;
  struct fg_sweep_runs *runs;
  struct trial *trial; /* TRIALS_MAX */
  size_t n;
  struct job *job; /* slots + 1 */
  size_t next, done;
  double start;                                 /* of the trials [s] */
  char scratch[FG_PATH_MAX], data[FG_PATH_MAX]; /* data: the sweep's own */
  struct fg_progress progress;
};

/* ---- from runs that are finished */

static bool has_same_labels(const struct fg_sweep_entry *a, const struct fg_sweep_entry *b) {
  return memcmp(a->point, b->point, sizeof a->point) == 0;
}

static int by_point(const void *a, const void *b) {
  const struct fg_sweep_run *x = *(const struct fg_sweep_run *const *)a, *y = *(const struct fg_sweep_run *const *)b;
  return memcmp(x->entry->point, y->entry->point, sizeof x->entry->point);
}

/* Mean wall time of finished runs that differ by seed only; NAN where there is none. */
static enum fg_err from_finished(const struct fg_sweep_runs *runs, double *cost, struct fg_fault *fault) {
  struct fg_sweep_run **order = malloc((runs->n ? runs->n : 1) * sizeof *order);
  if (!order)
    return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory for an estimate");
  for (size_t i = 0; i < runs->n; i++)
    order[i] = &runs->run[i];
  qsort(order, runs->n, sizeof *order, by_point);
  for (size_t i = 0, end; i < runs->n; i = end) {
    double sum = 0;
    size_t n = 0;
    for (end = i; end < runs->n && has_same_labels(order[i]->entry, order[end]->entry); end++) {
      const struct fg_run_record *r = order[end]->record;
      if (r && fg_run_is_settled(r->state) && r->number[FG_NUMBER_WALL] > 0) {
        sum += r->number[FG_NUMBER_WALL];
        n++;
      }
    }
    for (size_t k = i; k < end; k++)
      cost[order[k] - runs->run] = n ? sum / (double)n : NAN;
  }
  free(order);
  return FG_OK;
}

/* ---- from trials */

static double seconds_now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static enum fg_err read_config(const struct estimate *e, const struct fg_sweep_run *run, struct fg_config *config,
                               struct fg_fault *fault) {
  struct fg_sweep_source source;
  const char *stage;
  enum fg_err err = fg_sweep_config(&e->work->spec, run->entry, ".", config, &source, &stage, fault);
  return err ? err : fg_sweep_check_run(config, stage, fault);
}

static void key_of(const struct fg_config *config, char *out, size_t size) {
  snprintf(out, size, "%.1000s|%.1000s|%.1000s|%.100s", config->text[FG_OPT_DATA], config->text[FG_OPT_MODEL],
           config->text[FG_OPT_SYNC], config->text[FG_OPT_WORKERS]);
}

static struct trial *trial_of(const struct estimate *e, const char *key) {
  for (size_t i = 0; i < e->n; i++)
    if (strcmp(e->trial[i].key, key) == 0)
      return &e->trial[i];
  return NULL;
}

static int execute(void *work) {
  const struct job *job = work;
  const struct estimate *e = job->estimate;
  const struct fg_sweep_run *run = job->trial->run;
  const char *folder = e->data;
  char epochs[16], path[FG_PATH_MAX];
  if (run->data != FG_ABSENT) {
    const struct fg_sweep_source *source = &e->runs->data[run->data]->source;
    if (fg_path_join(e->data, source->file, path, NULL) || access(path, R_OK) != 0)
      folder = e->scratch;
  }
  snprintf(epochs, sizeof epochs, "%d", job->epochs);
  return fg_sweep_execute(e->work, run, folder, job->dir, epochs);
}

static int generate(void *work) {
  const struct job *job = work;
  const struct estimate *e = job->estimate;
  return fg_sweep_generate(&e->runs->data[job->trial->run->data]->source, e->scratch);
}

static struct job *free_job(struct estimate *e) {
  size_t i = 0;
  while (e->job[i].busy)
    i++;
  struct job *job = &e->job[i];
  *job = (struct job){.estimate = e, .busy = true};
  job->task = (struct fg_task){.work = job, .slots = 1, .log = job->log, .timeout_s = TRIAL_PATIENCE};
  snprintf(job->log, sizeof job->log, "%.*s/%zu.log", FG_PATH_MAX - 64, e->scratch, i);
  snprintf(job->dir, sizeof job->dir, "%.*s/run-%zu", FG_PATH_MAX - 64, e->scratch, i);
  return job;
}

static struct fg_task *next_trial(void *self) {
  struct estimate *e = self;
  if (e->next == TRIAL_EPOCHS * e->n || seconds_now() - e->start > TRIALS_BUDGET)
    return NULL;
  struct job *job = free_job(e);
  job->trial = &e->trial[e->next / TRIAL_EPOCHS];
  job->epochs = (int)(e->next % TRIAL_EPOCHS) + 1;
  job->task.slots = job->trial->run->slots;
  fg_folder_remove(job->dir, NULL);
  e->next++;
  return &job->task;
}

static enum fg_err trial_ended(void *self, struct fg_task *task, struct fg_fault *fault) {
  struct estimate *e = self;
  struct job *job = task->work;
  (void)fault;
  job->trial->wall_s[job->epochs - 1] = task->exit_code == 0 || task->timed_out ? task->wall_s : NAN;
  job->trial->timed_out |= task->timed_out;
  job->busy = false;
  fg_progress_report(&e->progress, ++e->done, TRIAL_EPOCHS * e->n);
  return FG_OK;
}

/* data that a trial needs, and that the sweep has not made yet */
static struct fg_task *next_data(void *self) {
  struct estimate *e = self;
  char path[FG_PATH_MAX];
  while (e->next < e->n && seconds_now() - e->start < TRIALS_BUDGET) {
    struct trial *trial = &e->trial[e->next++];
    if (trial->run->data == FG_ABSENT)
      continue;
    struct fg_sweep_data *data = e->runs->data[trial->run->data];
    if (data->needed || fg_path_join(e->data, data->source.file, path, NULL) || access(path, R_OK) == 0)
      continue;
    data->needed = true;
    struct job *job = free_job(e);
    job->trial = trial;
    return &job->task;
  }
  return NULL;
}

static enum fg_err data_ended(void *self, struct fg_task *task, struct fg_fault *fault) {
  (void)self;
  (void)fault;
  ((struct job *)task->work)->busy = false;
  return FG_OK;
}

static enum fg_err make_trials(struct estimate *e, struct fg_fault *fault) {
  size_t slots = e->work->args->jobs;
  e->start = seconds_now();
  fg_progress_start(&e->progress, "trials", e->work->args->quiet);
  enum fg_err err = fg_pool_run(slots, generate, next_data, data_ended, fg_interrupted, e, fault);
  e->next = 0;
  e->start = seconds_now();
  if (!err)
    err = fg_pool_run(slots, execute, next_trial, trial_ended, fg_interrupted, e, fault);
  fg_progress_end(&e->progress);
  return err;
}

/* 10 epochs; 40s are 40 sub-epochs, of which an epoch has at least as many as there are workers */
static double epochs_of(const struct fg_config *config) {
  struct fg_options options;
  if (fg_config_resolve(config, &options, NULL))
    return 1;
  double workers = options.workers ? options.workers : FG_WORKERS;
  return options.sub_epochs ? (double)options.epochs / workers : (double)options.epochs;
}

/* What a second epoch takes in shares of a run of one, which reads and cuts the data, too: where only the latter is
 * known.
 */
static double share_of_epoch(const struct estimate *e) {
  double sum = 0;
  size_t n = 0;
  for (size_t i = 0; i < e->n; i++) {
    double first = e->trial[i].wall_s[0], second = e->trial[i].wall_s[1];
    if (isnan(first) || isnan(second) || e->trial[i].timed_out)
      continue;
    sum += fmax(second / first - 1, 0);
    n++;
  }
  return n ? fmin(sum / (double)n, 1) : 1;
}

/* NAN: nothing is known of it */
static double cost_of(const struct trial *trial, double epochs, double share) {
  double first = trial->wall_s[0], second = trial->wall_s[1];
  double more = isnan(second) || trial->timed_out ? share * first : fmax(second - first, 0);
  return first + more * (epochs - 1);
}

/* One entry of each kind that nothing is known of; with more kinds than trials the rest costs what the others do. */
static enum fg_err from_trials(struct estimate *e, double *cost, struct fg_fault *fault) {
  struct fg_config *config = malloc(sizeof *config);
  char key[sizeof e->trial->key];
  enum fg_err err = config ? FG_OK : fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory for an estimate");
  for (size_t i = 0; i < e->runs->n && !err && e->n < TRIALS_MAX; i++) {
    const struct fg_sweep_run *run = &e->runs->run[i];
    if (!fg_sweep_run_is_due(e->work, run) || !isnan(cost[i]) || (err = read_config(e, run, config, fault)))
      continue;
    key_of(config, key, sizeof key);
    if (trial_of(e, key))
      continue;
    struct trial *trial = &e->trial[e->n++];
    *trial = (struct trial){.run = run, .wall_s = {NAN, NAN}};
    snprintf(trial->key, sizeof trial->key, "%s", key);
  }
  if (!err && e->n > 0)
    err = make_trials(e, fault);
  double sum = 0, share = share_of_epoch(e);
  size_t n = 0;
  for (int pass = 0; pass < 2; pass++)
    for (size_t i = 0; i < e->runs->n && !err; i++) {
      const struct fg_sweep_run *run = &e->runs->run[i];
      if (!fg_sweep_run_is_due(e->work, run) || !isnan(cost[i]) || (err = read_config(e, run, config, fault)))
        continue;
      key_of(config, key, sizeof key);
      const struct trial *trial = trial_of(e, key);
      if (pass == 0 && trial)
        cost[i] = cost_of(trial, epochs_of(config), share);
      else if (pass == 1)
        cost[i] = n ? sum / (double)n : 0;
      if (pass == 0 && !isnan(cost[i])) {
        sum += cost[i];
        n++;
      }
    }
  free(config);
  return err;
}

static enum fg_err with_scratch(struct estimate *e, double *cost, struct fg_fault *fault) {
  const char *tmp = getenv("TMPDIR");
  size_t slots = e->work->args->jobs;
  snprintf(e->scratch, sizeof e->scratch, "%.*s/fugue-XXXXXX", FG_PATH_MAX - 64, tmp && *tmp ? tmp : "/tmp");
  e->job = calloc(slots + 1, sizeof *e->job);
  e->trial = calloc(TRIALS_MAX, sizeof *e->trial);
  enum fg_err err = e->job && e->trial ? FG_OK : fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory for trials");
  if (!err && !mkdtemp(e->scratch))
    err = fg_fail(fault, FG_EIO, e->scratch, 0, "cannot be made");
  if (!err) {
    err = from_trials(e, cost, fault);
    fg_folder_remove(e->scratch, NULL);
  }
  return err;
}

/* ---- in words */

static void print_plan(const struct fg_sweep_work *work, const struct fg_sweep_runs *runs, size_t most) {
  size_t n[FG_SWEEP_ATS] = {0}, due = 0, states[FG_RUN_STATES] = {0};
  for (size_t i = 0; i < runs->n; i++) {
    n[runs->run[i].entry->at]++;
    states[runs->run[i].state]++;
    due += fg_sweep_run_is_due(work, &runs->run[i]);
  }
  printf("%s: %zu run%s", work->name, runs->n, runs->n == 1 ? "" : "s");
  if (work->spec.tune.axis != FG_ABSENT) {
    printf(" (%zu to choose %s", n[FG_AT_GRID], work->spec.axis[work->spec.tune.axis].name);
    if (n[FG_AT_SHARED])
      printf(", %zu at a shared one", n[FG_AT_SHARED]);
    printf(")");
    if (n[FG_AT_FINAL])
      printf(", %zu of them at the chosen", n[FG_AT_FINAL]);
    else
      printf(", then at most %zu at the chosen", most);
  }
  printf("\n%zu finished", runs->n - states[FG_RUN_PENDING] - states[FG_RUN_FAILED] - states[FG_RUN_TIMED_OUT]);
  if (states[FG_RUN_FAILED] + states[FG_RUN_TIMED_OUT])
    printf(", %zu failed or out of time", states[FG_RUN_FAILED] + states[FG_RUN_TIMED_OUT]);
  printf(", %zu to do\n", due);
}

static void print_estimate(const struct estimate *e, const double *cost, size_t more) {
  double sum = 0, longest = 0;
  size_t due = 0, slots = e->work->args->jobs;
  bool at_least = false;
  char text[32];
  for (size_t i = 0; i < e->runs->n; i++) {
    const struct fg_sweep_run *run = &e->runs->run[i];
    if (!fg_sweep_run_is_due(e->work, run))
      continue;
    double taken = (double)(run->slots < slots ? run->slots : slots) / (double)slots;
    sum += cost[i] * taken;
    longest = fmax(longest, cost[i]);
    due++;
  }
  size_t tried = 0;
  for (size_t i = 0; i < e->n; i++) {
    at_least = at_least || e->trial[i].timed_out;
    tried += !isnan(e->trial[i].wall_s[0]);
  }
  if (due == 0 && more == 0)
    return;
  if (e->n > 0 && tried == 0) {
    printf("how long that takes cannot be told: trials of one epoch came to nothing in %.0f s\n", TRIAL_PATIENCE);
    return;
  }
  double mean = due ? sum / (double)due : 0;
  printf("%s %s with -j %zu, roughly: ", at_least ? "more than" : "about",
         fg_duration_text(fmax(sum + mean * (double)more, longest), text), slots);
  if (e->n)
    printf("from trials of 1 and %d epochs of %zu kind%s of run\n", TRIAL_EPOCHS, tried, tried == 1 ? "" : "s");
  else
    printf("as long as the finished runs took\n");
}

/* If all first runs are there, those at the chosen points are known. *most: 0 then. */
static enum fg_err choose(struct fg_sweep_work *work, struct fg_sweep_runs *runs, struct fg_arena *arena, size_t *most,
                          struct fg_fault *fault) {
  size_t undecided;
  if (*most == 0 || !fg_sweep_runs_are_there(runs) || fg_sweep_plan_chosen(work, work->dir, &undecided, NULL))
    return FG_OK;
  *most = 0;
  fg_sweep_runs_free(runs);
  enum fg_err err = fg_sweep_runs_make(work, &work->plan, runs, fault);
  return err ? err : fg_sweep_runs_read(work, runs, arena, fault);
}

static enum fg_err foretell(struct fg_sweep_work *work, struct fg_sweep_runs *runs, size_t most,
                            struct fg_fault *fault) {
  struct estimate *e = calloc(1, sizeof *e);
  double *cost = calloc(runs->n ? runs->n : 1, sizeof *cost);
  enum fg_err err = e && cost ? from_finished(runs, cost, fault)
                              : fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory for an estimate");
  if (!err) {
    e->work = work;
    e->runs = runs;
    err = fg_path_join(work->dir, "data", e->data, fault);
  }
  if (!err)
    err = with_scratch(e, cost, fault);
  if (!err)
    print_estimate(e, cost, most);
  if (e) {
    free(e->job);
    free(e->trial);
  }
  free(e);
  free(cost);
  return err;
}

enum fg_err fg_sweep_dry_run(struct fg_sweep_work *work, size_t most, struct fg_fault *fault) {
  struct fg_sweep_runs runs = {0};
  struct fg_arena arena = {0};
  enum fg_err err = fg_sweep_runs_make(work, &work->plan, &runs, fault);
  if (!err)
    err = fg_sweep_runs_read(work, &runs, &arena, fault);
  if (!err)
    err = choose(work, &runs, &arena, &most, fault);
  if (!err)
    err = fg_sweep_find_mpi(work, &runs, fault);
  if (!err) {
    print_plan(work, &runs, most);
    if (work->args->verbose)
      fg_sweep_print_runs(work, &runs);
    fflush(stdout);
    err = foretell(work, &runs, most, fault);
  }
  fg_sweep_runs_free(&runs);
  fg_arena_free(&arena);
  return err;
}
