/* The database of a sweep, written: plan, runs, runs of others. */
#include "sweep/store_sql.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

/* a parameter for each column of a list */
#define ALSO(name)                         ", ?"
#define ALSO_NUMBER(id, name, unit, words) ", ?"
static const char *const statements[FG_STORE_STATEMENTS] = {
    [FG_STORE_STATE] = "SELECT state FROM run WHERE id = ?",
    [FG_STORE_DROP_RUN] = "DELETE FROM run WHERE id = ?", /* and what refers to it */
    [FG_STORE_ADD_RUN] = "INSERT INTO run(" FG_STORE_RUN_COLUMNS ") VALUES(?, ?, ?, ?" FG_RUN_TEXT_LIST(ALSO)
        FG_RUN_NUMBER_LIST(ALSO_NUMBER) ")",
    [FG_STORE_ADD_MOMENT] = "INSERT INTO metric(" FG_STORE_METRIC_COLUMNS ") VALUES(?, ?" FG_RUN_MOMENT_LIST(ALSO) ")",
    [FG_STORE_ADD_WORKER] = "INSERT INTO worker(" FG_STORE_WORKER_COLUMNS ") VALUES(?, ?" FG_RUN_WORKER_LIST(ALSO) ")",
    [FG_STORE_ADD_COUNT] = "INSERT INTO histogram(" FG_STORE_COUNT_COLUMNS ") VALUES(?, ?, ?, ?)",
    [FG_STORE_NOTE] = "INSERT OR REPLACE INTO sweep(key, value) VALUES(?, ?)",
};

enum fg_err fg_store_prepared(struct fg_store *store, enum fg_store_statement which, sqlite3_stmt **statement,
                              struct fg_fault *fault) {
  if (!store->statement[which] && sqlite3_prepare_v3(store->db, statements[which], -1, SQLITE_PREPARE_PERSISTENT,
                                                     &store->statement[which], NULL) != SQLITE_OK)
    return fg_store_fault(store, fault);
  *statement = store->statement[which];
  sqlite3_reset(*statement);
  return FG_OK;
}

/* Values are bound by their order. Texts are lent until the statement has run. */
struct binding {
  sqlite3_stmt *statement;
  int n;
};

static void put_text(struct binding *b, const char *text) {
  sqlite3_bind_text(b->statement, ++b->n, text ? text : "", -1, SQLITE_STATIC);
}

static void put_whole(struct binding *b, uint64_t value) {
  sqlite3_bind_int64(b->statement, ++b->n, (sqlite3_int64)value);
}

static void put_real(struct binding *b, double value) {
  if (isnan(value))
    sqlite3_bind_null(b->statement, ++b->n);
  else
    sqlite3_bind_double(b->statement, ++b->n, value);
}

static enum fg_err add_run(struct fg_store *store, const struct fg_run_record *r, struct fg_fault *fault) {
  struct binding b = {.n = 0};
  enum fg_err err = fg_store_prepared(store, FG_STORE_ADD_RUN, &b.statement, fault);
  if (err)
    return err;
  put_text(&b, r->id);
  put_text(&b, fg_run_state_names[r->state]);
  put_whole(&b, (uint64_t)r->exit_code);
  put_whole(&b, r->seed);
#define PUT_TEXT(name) put_text(&b, r->name);
  FG_RUN_TEXT_LIST(PUT_TEXT)
  for (int i = 0; i < FG_RUN_NUMBERS; i++)
    put_real(&b, r->number[i]);
  return fg_store_run(store, b.statement, fault);
}

static enum fg_err add_moments(struct fg_store *store, const struct fg_run_record *r, struct fg_fault *fault) {
  enum fg_err err = FG_OK;
  for (size_t i = 0; !err && i < r->n_moments; i++) {
    const struct fg_run_moment *m = &r->moment[i];
    struct binding b = {.n = 0};
    err = fg_store_prepared(store, FG_STORE_ADD_MOMENT, &b.statement, fault);
    if (err)
      break;
    put_text(&b, r->id);
    put_whole(&b, i);
#define PUT_MOMENT(name) put_real(&b, m->name);
    FG_RUN_MOMENT_LIST(PUT_MOMENT)
    err = fg_store_run(store, b.statement, fault);
  }
  return err;
}

static enum fg_err add_workers(struct fg_store *store, const struct fg_run_record *r, struct fg_fault *fault) {
  enum fg_err err = FG_OK;
  for (size_t i = 0; !err && i < r->n_workers; i++) {
    const struct fg_run_worker *w = &r->worker[i];
    struct binding b = {.n = 0};
    err = fg_store_prepared(store, FG_STORE_ADD_WORKER, &b.statement, fault);
    if (err)
      break;
    put_text(&b, r->id);
    put_whole(&b, i);
#define PUT_WORKER(name) put_real(&b, w->name);
    FG_RUN_WORKER_LIST(PUT_WORKER)
    err = fg_store_run(store, b.statement, fault);
  }
  return err;
}

static enum fg_err add_counts(struct fg_store *store, const char *id, const struct fg_run_histogram *h,
                              struct fg_fault *fault) {
  enum fg_err err = FG_OK;
  for (size_t i = 0; !err && i < h->n; i++) {
    struct binding b = {.n = 0};
    err = fg_store_prepared(store, FG_STORE_ADD_COUNT, &b.statement, fault);
    if (err)
      break;
    put_text(&b, id);
    put_text(&b, h->what);
    put_whole(&b, (uint64_t)h->value[i]);
    put_whole(&b, h->count[i]);
    err = fg_store_run(store, b.statement, fault);
  }
  return err;
}

enum fg_err fg_store_put(struct fg_store *store, const struct fg_run_record *record, struct fg_fault *fault) {
  struct binding b = {.n = 0};
  enum fg_err err = fg_store_do(store, "BEGIN IMMEDIATE", fault);
  if (err)
    return err;
  err = fg_store_prepared(store, FG_STORE_DROP_RUN, &b.statement, fault);
  if (!err) {
    put_text(&b, record->id);
    err = fg_store_run(store, b.statement, fault);
  }
  if (!err)
    err = add_run(store, record, fault);
  if (!err)
    err = add_moments(store, record, fault);
  if (!err)
    err = add_workers(store, record, fault);
  for (size_t i = 0; !err && i < record->n_histograms; i++)
    err = add_counts(store, record->id, &record->histogram[i], fault);
  return fg_store_end(store, err, fault);
}

enum fg_err fg_store_note(struct fg_store *store, const char *key, const char *value, struct fg_fault *fault) {
  struct binding b = {.n = 0};
  enum fg_err err = fg_store_prepared(store, FG_STORE_NOTE, &b.statement, fault);
  if (err)
    return err;
  put_text(&b, key);
  put_text(&b, value);
  return fg_store_run(store, b.statement, fault);
}

/* The statements of a plan are needed seldom and not kept. */
static enum fg_err add_labels(struct fg_store *store, const struct fg_sweep_spec *spec,
                              const struct fg_sweep_entry *entry, size_t n, sqlite3_stmt *statement,
                              struct fg_fault *fault) {
  enum fg_err err = FG_OK;
  for (size_t a = 0; !err && a < spec->n_axes; a++) {
    struct binding b = {.statement = statement};
    if (entry->point[a] == FG_ABSENT)
      continue;
    put_whole(&b, n);
    put_text(&b, spec->axis[a].name);
    put_text(&b, spec->axis[a].point[entry->point[a]].label);
    put_whole(&b, a);
    put_whole(&b, (uint64_t)entry->point[a]);
    err = fg_store_run(store, statement, fault);
  }
  return err;
}

static enum fg_err add_entries(struct fg_store *store, const struct fg_sweep_spec *spec,
                               const struct fg_sweep_plan *plan, struct fg_fault *fault) {
  static const char entry_sql[] = "INSERT INTO entry(n, at, run, seed) VALUES(?, ?, ?, ?)";
  static const char label_sql[] = "INSERT INTO label(n, axis, label, axis_index, point_index) VALUES(?, ?, ?, ?, ?)";
  sqlite3_stmt *entry = NULL, *label = NULL;
  enum fg_err err = FG_OK;
  if (sqlite3_prepare_v2(store->db, entry_sql, -1, &entry, NULL) != SQLITE_OK ||
      sqlite3_prepare_v2(store->db, label_sql, -1, &label, NULL) != SQLITE_OK)
    err = fg_store_fault(store, fault);
  for (size_t i = 0; !err && i < plan->n; i++) {
    struct binding b = {.statement = entry};
    put_whole(&b, i);
    put_text(&b, fg_sweep_at_names[plan->entry[i].at]);
    put_text(&b, plan->entry[i].id);
    put_whole(&b, plan->entry[i].seed);
    err = fg_store_run(store, entry, fault);
    if (!err)
      err = add_labels(store, spec, &plan->entry[i], i, label, fault);
  }
  sqlite3_finalize(entry);
  sqlite3_finalize(label);
  return err;
}

enum fg_err fg_store_plan(struct fg_store *store, const struct fg_sweep_spec *spec, const struct fg_sweep_plan *plan,
                          struct fg_fault *fault) {
  enum fg_err err = fg_store_do(store, "BEGIN IMMEDIATE", fault);
  if (err)
    return err;
  err = fg_store_do(store, "DELETE FROM label; DELETE FROM entry", fault);
  if (!err)
    err = fg_store_note(store, "specification", spec->text, fault);
  if (!err)
    err = fg_store_note(store, "path", spec->path, fault);
  if (!err)
    err = fg_store_note(store, "folder", spec->folder, fault);
  if (!err)
    err = add_entries(store, spec, plan, fault);
  return fg_store_end(store, err, fault);
}

/* Settled there and not here; or nothing of it here; or only a failure here, older than the one there. */
#define SETTLED "IN ('done', 'diverged', 'refused')"
static const char choose_sql[] =
    "INSERT INTO temp.taken SELECT theirs.id FROM task.run AS theirs LEFT JOIN main.run AS ours ON ours.id = theirs.id"
    " WHERE theirs.state <> 'pending' AND (ours.id IS NULL OR (ours.state NOT " SETTLED " AND (theirs.state " SETTLED
    " OR theirs.started > ours.started)))";
#define TAKE(table, columns, id)                                                                                       \
  "INSERT INTO main." table "(" columns ") SELECT " columns " FROM task." table " WHERE " id                           \
  " IN (SELECT id FROM taken);"
static const char take_sql[] =
    "DELETE FROM main.run WHERE id IN (SELECT id FROM taken);" TAKE("run", FG_STORE_RUN_COLUMNS, "id")
        TAKE("metric", FG_STORE_METRIC_COLUMNS, "run") TAKE("worker", FG_STORE_WORKER_COLUMNS, "run")
            TAKE("histogram", FG_STORE_COUNT_COLUMNS, "run");

static enum fg_err attach(struct fg_store *store, const char *path, struct fg_fault *fault) {
  struct binding b = {.n = 0};
  if (sqlite3_prepare_v2(store->db, "ATTACH ? AS task", -1, &b.statement, NULL) != SQLITE_OK)
    return fg_store_fault(store, fault);
  put_text(&b, path);
  enum fg_err err = sqlite3_step(b.statement) == SQLITE_DONE
                        ? FG_OK
                        : fg_fail(fault, FG_EINPUT, path, 0, "cannot be opened: %s", sqlite3_errmsg(store->db));
  sqlite3_finalize(b.statement);
  return err;
}

static enum fg_err take(struct fg_store *store, uint64_t *taken, struct fg_fault *fault) {
  enum fg_err err = fg_store_do(store, "BEGIN IMMEDIATE", fault);
  if (err)
    return err;
  err = fg_store_do(store, "CREATE TEMP TABLE taken(id TEXT NOT NULL PRIMARY KEY)", fault);
  if (!err)
    err = fg_store_do(store, choose_sql, fault);
  if (!err)
    *taken = (uint64_t)sqlite3_changes(store->db);
  if (!err)
    err = fg_store_do(store, take_sql, fault);
  if (!err)
    err = fg_store_do(store, "DROP TABLE temp.taken", fault);
  return fg_store_end(store, err, fault);
}

enum fg_err fg_store_merge(struct fg_store *store, const char *path, uint64_t *taken, struct fg_fault *fault) {
  *taken = 0;
  if (access(path, F_OK) != 0) /* attaching would make it */
    return fg_fail(fault, FG_EINPUT, path, 0, "cannot be opened: %s", strerror(errno));
  enum fg_err err = attach(store, path, fault);
  if (err)
    return err;
  bool empty = false;
  err = fg_store_is_empty(store, "task", &empty, fault);
  if (!err && !empty)
    err = fg_store_check(store, "task", path, fault);
  if (!err && !empty)
    err = take(store, taken, fault);
  if (err)
    *taken = 0;
  enum fg_err left = fg_store_do(store, "DETACH task", err ? NULL : fault);
  return err ? err : left;
}
