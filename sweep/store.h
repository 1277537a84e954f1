/* The database of a sweep, DIR/sweep.sqlite: what was asked, what came of it. One process writes; WAL, so others may
 * read meanwhile. The schema is in store.c and docs/sweeps.md. */
#ifndef FG_SWEEP_STORE_H
#define FG_SWEEP_STORE_H

#include "sweep/plan.h"

#include <sqlite3.h>

/* How a run ended, or PENDING. */
#define FG_RUN_STATE_LIST(X)                                                                                           \
  X(PENDING, "pending")                                                                                                \
  X(DONE, "done")                                                                                                      \
  X(DIVERGED, "diverged") /* its parameters are no longer finite: a result */                                          \
  X(REFUSED, "refused")   /* the strategy does not go with the model: a result */                                      \
  X(FAILED, "failed")     /* anything else: repeated on request */                                                     \
  X(TIMED_OUT, "timed out")
#define FG_RUN_STATE_ID(id, name) FG_RUN_##id,
enum fg_run_state { FG_RUN_STATE_LIST(FG_RUN_STATE_ID) FG_RUN_STATES };
#undef FG_RUN_STATE_ID
extern const char *const fg_run_state_names[FG_RUN_STATES];

/* Numbers of a run: column of the table `run`, column of exports, and what figures take as x and y. name, unit, words
 */
#define FG_RUN_NUMBER_LIST(X)                                                                                          \
  X(TIME, "time_s", "s", "virtual time")                                                                               \
  X(EPOCHS, "epochs", "", "epochs")                                                                                    \
  X(UPDATES, "updates", "", "required updates")                                                                        \
  X(EXTRA, "extra_updates", "", "extra updates")                                                                       \
  X(BYTES, "bytes_sent", "B", "bytes sent")                                                                            \
  X(LOSS, "train_loss", "", "train loss")                                                                              \
  X(METRIC, "test_metric", "", "test metric")                                                                          \
  X(IDLE, "idle_share", "", "idle share")                                                                              \
  X(HOST_PARAMS, "host_params_bytes", "B", "parameters of a host")                                                     \
  X(WORKERS, "workers", "", "workers")                                                                                 \
  X(ROWS, "rows", "", "rows")                                                                                          \
  X(COLS, "cols", "", "columns")                                                                                       \
  X(POINTS, "points", "", "data points")                                                                               \
  X(CPU, "cpu_s", "s", "CPU time without evaluation")                                                                  \
  X(MEMORY, "memory_mb", "MB", "largest resident size of a process")                                                   \
  X(WALL, "wall_s", "s", "wall time of the process")
#define FG_RUN_NUMBER_ID(id, name, unit, words) FG_NUMBER_##id,
enum fg_run_number { FG_RUN_NUMBER_LIST(FG_RUN_NUMBER_ID) FG_RUN_NUMBERS };
#undef FG_RUN_NUMBER_ID
extern const struct fg_run_number_info { const char *name, *unit, *words; } fg_run_number_infos[FG_RUN_NUMBERS];
/* CPU, MEMORY and WALL (and when, where) differ from one execution to the next of the same run; all others do not. */

/* A row of metrics.csv; its columns, and those of the table `metric`. */
#define FG_RUN_MOMENT_LIST(X)                                                                                          \
  X(epoch) X(sub_epoch) X(time_s) X(updates) X(extra_updates) X(bytes_sent) X(train_loss) X(test_metric)
#define FG_RUN_FIELD(name) double name;
struct fg_run_moment {
  FG_RUN_MOMENT_LIST(FG_RUN_FIELD) /* NAN: not there */
};

/* A worker's time, summed up from trace.csv [s]; rest: after its last visit, to the end of the run. */
#define FG_RUN_WORKER_LIST(X) X(required_s) X(extra_s) X(wait_s) X(hand_off_s) X(rest_s)
struct fg_run_worker {
  FG_RUN_WORKER_LIST(FG_RUN_FIELD)
};
#undef FG_RUN_FIELD

/* Counts from trace.csv, by value. */
struct fg_run_histogram {
  const char *what; /* "extra": extra updates of a visit in shares of its required ones, floor(100 x) ; "lead": visits
                       by which a worker was ahead of the slowest when it began one */
  int64_t *value;   /* ascending */
  uint64_t *count;
  size_t n;
};

enum { FG_RUN_HISTOGRAMS = 2 };

/* What came of a run. Texts (NULL: "") and arrays belong to whoever filled them. */
struct fg_run_record {
  char id[FG_RUN_ID];
  enum fg_run_state state;
  const char *reason; /* of other states than DONE; "" */
  int exit_code;      /* -1: a signal ended it */
  const char *stage, *revision, *versions, *host, *data_sha256, *params_sha256, *metric_name,
      *started;                /* UTC, ISO 8601 */
  const char *config, *result; /* config.yaml and run.json as they were */
  uint64_t seed;
  double number[FG_RUN_NUMBERS]; /* NAN: not known */
  struct fg_run_moment *moment;
  size_t n_moments;
  struct fg_run_worker *worker;
  size_t n_workers;
  struct fg_run_histogram histogram[FG_RUN_HISTOGRAMS];
  size_t n_histograms;
};

/* Does the run need no further execution? DONE, DIVERGED and REFUSED are results. */
bool fg_run_is_settled(enum fg_run_state state);

enum { FG_STORE_STATEMENTS = 7 };

struct fg_store {
  sqlite3 *db;
  int lock; /* of the one writer; -1 */
  char path[4096];
  sqlite3_stmt *statement[FG_STORE_STATEMENTS]; /* internal */
};

/* Opens DIR/sweep.sqlite for writing, makes both if they are not there. FG_EUSAGE if another process writes, and names
 * it (of the same process a second store of a DIR is not noticed, and its end unlocks it); FG_EINPUT if the file is no
 * database of a sweep or of another version. *store must be zero; closed by fg_store_close, also after an error. A
 * forked child has no part in the lock and must not touch the store. */
enum fg_err fg_store_open(struct fg_store *store, const char *dir, struct fg_fault *fault);
/* For reading, also while another process writes. FG_EINPUT if there is none. */
enum fg_err fg_store_open_read(struct fg_store *store, const char *dir, struct fg_fault *fault);
void fg_store_close(struct fg_store *store);

/* One transaction: replaces specification and plan. Runs stay, also those that are in the plan no longer. */
enum fg_err fg_store_plan(struct fg_store *store, const struct fg_sweep_spec *spec, const struct fg_sweep_plan *plan,
                          struct fg_fault *fault);

/* A line of the table `sweep`: "version" and "revision" of the program that wrote last. fg_store_plan writes
 * "specification", "path" and "folder". */
enum fg_err fg_store_note(struct fg_store *store, const char *key, const char *value, struct fg_fault *fault);

/* One transaction, on disk when it returns: a run, whole. Replaces an earlier record of it. */
enum fg_err fg_store_put(struct fg_store *store, const struct fg_run_record *record, struct fg_fault *fault);

/* State of a run; PENDING if it is not there. */
enum fg_err fg_store_state(struct fg_store *store, const char *id, enum fg_run_state *state, struct fg_fault *fault);

/* All records of the runs that are in the plan (`all`: of all runs), ascending by id; *records is owned by the arena.
 */
struct fg_arena;
enum fg_err fg_store_records(struct fg_store *store, bool all, struct fg_arena *arena, struct fg_run_record **records,
                             size_t *n, struct fg_fault *fault);

/* A line of the table `sweep`, owned by the arena; "" if it is not there. */
enum fg_err fg_store_value(struct fg_store *store, const char *key, struct fg_arena *arena, const char **value,
                           struct fg_fault *fault);

/* The plan as it stands in the database, checked against the specification. Appends; entries are the plan's. */
enum fg_err fg_store_entries(struct fg_store *store, const struct fg_sweep_spec *spec, struct fg_sweep_plan *plan,
                             struct fg_fault *fault);

/* A snapshot: what is read between is of one moment. Ended also by fg_store_close. */
enum fg_err fg_store_begin_read(struct fg_store *store, struct fg_fault *fault);

/* Takes over the runs of another database (a task's, of the same version) that are settled there and not here, or of
 * which nothing, or only a failure that is older, is here. One in which nothing has been written yet has none. */
enum fg_err fg_store_merge(struct fg_store *store, const char *path, uint64_t *taken, struct fg_fault *fault);

#endif
