/* What the files of `fugue sweep` share. */
#ifndef FG_CLI_SWEEP_H
#define FG_CLI_SWEEP_H

#include "core/files.h"
#include "sweep/arena.h"
#include "sweep/plan.h"
#include "sweep/store.h"

#include <stdbool.h>
#include <stddef.h>

/* What was asked for; texts are lent by argv. */
struct fg_sweep_args {
  const char *what; /* the specification, or the folder of a sweep */
  const char *out, *mpiexec;
  unsigned jobs;     /* 0: as many as cores */
  unsigned task, of; /* --task K/N; 0: all */
  unsigned tasks;    /* --emit: of the array; 0: what suits */
  double timeout_s;  /* of a run; NAN: as the specification says */
  bool given_jobs;   /* -j was given */
  bool dry_run, status, merge, emit, retry, quiet, verbose;
};

/* Data that are made for runs, once. */
struct fg_sweep_data {
  struct fg_sweep_source source;
  char fault[1024]; /* why they cannot be made; "" */
  bool needed;
};

/* A run: what one or more entries of the plan ask for. */
struct fg_sweep_run {
  const struct fg_sweep_entry *entry; /* the first of them; lent by the plan */
  bool mpi;
  bool keep;                          /* its run directory stays */
  size_t slots;                       /* of the pool */
  int data;                           /* index into the data; FG_ABSENT: a file that is there */
  enum fg_run_state state;            /* in the database */
  const struct fg_run_record *record; /* lent by whoever looked for more; or NULL */
};

/* All runs of a plan, once each, ascending by id: an order that has nothing to do with how long they take. */
struct fg_sweep_runs {
  struct fg_sweep_run *run;
  size_t n;
  struct fg_sweep_data **data;
  size_t n_data;
};

/* A sweep that is worked on. */
struct fg_sweep_work {
  const struct fg_sweep_args *args;
  struct fg_sweep_spec spec;
  struct fg_sweep_plan plan;
  char name[64];               /* for people */
  char dir[FG_PATH_MAX];       /* absolute */
  char fugue_mpi[FG_PATH_MAX]; /* the program; "": not looked for yet */
  char launch[FG_PATH_MAX];    /* how its ranks are started: words */
};

/* ---- what is to be run (sweep_runs.c) */

/* Checks a configuration (fg_sweep_check). */
enum fg_err fg_sweep_check_run(struct fg_config *config, const char *stage, struct fg_fault *fault);

/* First entries of the plan, checked and identified; and the final ones as far as they can be checked before there is a
 * choice. *most: of final entries, at most so many runs are added. */
enum fg_err fg_sweep_plan_checked(struct fg_sweep_work *work, size_t *most, struct fg_fault *fault);

/* Final entries of a tuned specification, by what the database in `dir` says, which must be of the same specification
 * (FG_EUSAGE). *undecided: combinations left out, since runs of the grid are missing. */
enum fg_err fg_sweep_plan_chosen(struct fg_sweep_work *work, const char *dir, size_t *undecided,
                                 struct fg_fault *fault);

/* Runs of the plan; lends it. *runs must be zero; freed by fg_sweep_runs_free, also after an error. */
enum fg_err fg_sweep_runs_make(const struct fg_sweep_work *work, const struct fg_sweep_plan *plan,
                               struct fg_sweep_runs *runs, struct fg_fault *fault);
void fg_sweep_runs_free(struct fg_sweep_runs *runs);

/* Their states in a database. settled: those that are settled there already stay as they are. */
enum fg_err fg_sweep_runs_look(struct fg_sweep_runs *runs, struct fg_store *store, struct fg_fault *fault);

/* Is none of them pending? */
bool fg_sweep_runs_are_there(const struct fg_sweep_runs *runs);

/* Has the run to be made? */
bool fg_sweep_run_is_due(const struct fg_sweep_work *work, const struct fg_sweep_run *run);

/* Finds fugue-mpi and its launcher if a run needs them. FG_EUSAGE if they are not there. */
enum fg_err fg_sweep_find_mpi(struct fg_sweep_work *work, const struct fg_sweep_runs *runs, struct fg_fault *fault);

/* ---- running (sweep_run.c) */

/* In a child: the run of an entry into the run directory `dir`, with `epochs` instead of its own unless NULL; the exit
 * code. data_folder: of generated data. */
int fg_sweep_execute(const struct fg_sweep_work *work, const struct fg_sweep_run *run, const char *data_folder,
                     const char *dir, const char *epochs);

/* In a child: makes data, whole or not at all; the exit code. */
int fg_sweep_generate(const struct fg_sweep_source *source, const char *data_folder);

/* Last line of a log that says something, to `out` (lent); "" if none does. */
void fg_sweep_log_tail(const char *path, char *out, size_t size);

/* Makes all runs that are due and puts what comes of them into the database. */
enum fg_err fg_sweep_make(const struct fg_sweep_work *work, struct fg_sweep_runs *runs, struct fg_store *store,
                          const char *what, struct fg_fault *fault);

/* ---- saying (sweep_status.c) */

/* "sync=barrier step=3 seed=1" to `out` (lent). */
void fg_sweep_labels_text(const struct fg_sweep_spec *spec, const struct fg_sweep_entry *entry, char *out, size_t size);

/* A line for each run. */
void fg_sweep_print_runs(const struct fg_sweep_work *work, const struct fg_sweep_runs *runs);

/* Reads what the database, if there is one, has of the runs; *arena owns it. */
enum fg_err fg_sweep_runs_read(const struct fg_sweep_work *work, struct fg_sweep_runs *runs, struct fg_arena *arena,
                               struct fg_fault *fault);

/* Prints how many runs came to what, and why some came to nothing; *failed: how many those are. undecided: combinations
 * without a choice. */
enum fg_err fg_sweep_summary(const struct fg_sweep_work *work, const struct fg_sweep_runs *runs, struct fg_store *store,
                             size_t undecided, size_t *failed, struct fg_fault *fault);

/* The process that has the database in `dir` open for writing; -1: one that cannot be named; 0: none. Not to be asked
 * by that process itself: it would lose its lock. */
long fg_sweep_writer(const char *dir);

/* The whole of --status. */
enum fg_err fg_sweep_status(struct fg_sweep_work *work, struct fg_fault *fault);

/* ---- before anything runs (sweep_estimate.c) */

/* The whole of --dry-run. most: final runs of a tuned specification. */
enum fg_err fg_sweep_dry_run(struct fg_sweep_work *work, size_t most, struct fg_fault *fault);

/* ---- elsewhere (sweep_slurm.c) */

/* Path of the folder of a task's database. FG_EUSAGE if it is too long. */
enum fg_err fg_sweep_task_folder(const struct fg_sweep_work *work, unsigned task, char *out, struct fg_fault *fault);

/* Writes the scripts; most: as above. */
enum fg_err fg_sweep_emit(struct fg_sweep_work *work, size_t most, struct fg_fault *fault);

/* FG_EUSAGE if a task is at work: whoever makes runs beside it makes some twice, in the same folders. */
enum fg_err fg_sweep_tasks_rest(const struct fg_sweep_work *work, struct fg_fault *fault);

/* Takes over the databases of all tasks. */
enum fg_err fg_sweep_merge(const struct fg_sweep_work *work, struct fg_store *store, struct fg_fault *fault);

#endif
