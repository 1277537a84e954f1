/* What the files of the store share: statements, faults, columns. */
#ifndef FG_SWEEP_STORE_SQL_H
#define FG_SWEEP_STORE_SQL_H

#include "sweep/store.h"

/* Statements that are prepared once and kept. */
enum fg_store_statement {
  FG_STORE_STATE,
  FG_STORE_DROP_RUN,
  FG_STORE_ADD_RUN,
  FG_STORE_ADD_MOMENT,
  FG_STORE_ADD_WORKER,
  FG_STORE_ADD_COUNT,
  FG_STORE_NOTE, /* the last: store.h counts them */
};
_Static_assert(FG_STORE_NOTE + 1 == FG_STORE_STATEMENTS, "a place for each");

/* Texts of the table `run`, which are fields of struct fg_run_record. */
#define FG_RUN_TEXT_LIST(X)                                                                                            \
  X(reason)                                                                                                            \
  X(stage) X(revision) X(versions) X(host) X(data_sha256) X(params_sha256) X(metric_name) X(started) X(config) X(result)

/* Columns of tables, as they stand in a list. */
#define FG_STORE_NUMBER_COLUMN(id, name, unit, words) ", " name
#define FG_STORE_COLUMN(name)                         ", " #name
#define FG_STORE_RUN_COLUMNS                                                                                           \
  "id, state, exit_code, seed" FG_RUN_TEXT_LIST(FG_STORE_COLUMN) FG_RUN_NUMBER_LIST(FG_STORE_NUMBER_COLUMN)
#define FG_STORE_METRIC_COLUMNS "run, row" FG_RUN_MOMENT_LIST(FG_STORE_COLUMN)
#define FG_STORE_WORKER_COLUMNS "run, worker" FG_RUN_WORKER_LIST(FG_STORE_COLUMN)
#define FG_STORE_COUNT_COLUMNS  "run, what, value, count"

/* The last fault of the database, with its file. */
enum fg_err fg_store_fault(const struct fg_store *store, struct fg_fault *fault);

/* Statements that give no rows. */
enum fg_err fg_store_do(struct fg_store *store, const char *sql, struct fg_fault *fault);

/* The statement of that number, prepared at first use, ready for new values; lent by the store. */
enum fg_err fg_store_prepared(struct fg_store *store, enum fg_store_statement which, sqlite3_stmt **statement,
                              struct fg_fault *fault);

/* Executes a statement that gives no rows, and makes it ready for others. */
enum fg_err fg_store_run(struct fg_store *store, sqlite3_stmt *statement, struct fg_fault *fault);

/* Ends a transaction: commits, or, after an error, takes everything back. Returns the first error. */
enum fg_err fg_store_end(struct fg_store *store, enum fg_err err, struct fg_fault *fault);

/* Is nothing at all in it? It is new, or whoever made it did not get further. schema: as below. */
enum fg_err fg_store_is_empty(struct fg_store *store, const char *schema, bool *empty, struct fg_fault *fault);

/* Is it the database of a sweep, of this version? `schema`: "main", or the name of an attached one; path: of it. */
enum fg_err fg_store_check(struct fg_store *store, const char *schema, const char *path, struct fg_fault *fault);

#endif
