/* The database of a sweep, read: whole runs, the plan, lines about the sweep. */
#include "sweep/arena.h"
#include "sweep/store_sql.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static enum fg_err state_of(const struct fg_store *store, const char *id, const char *name, enum fg_run_state *state,
                            struct fg_fault *fault) {
  for (int i = 0; i < FG_RUN_STATES; i++)
    if (name && strcmp(name, fg_run_state_names[i]) == 0) {
      *state = (enum fg_run_state)i;
      return FG_OK;
    }
  return fg_fail(fault, FG_EINPUT, store->path, 0, "run %s has no state that is known: '%.40s'", id, name ? name : "");
}

static const char *text_at(sqlite3_stmt *statement, int column) {
  return (const char *)sqlite3_column_text(statement, column);
}

static double real_at(sqlite3_stmt *statement, int column) {
  return sqlite3_column_type(statement, column) == SQLITE_NULL ? NAN : sqlite3_column_double(statement, column);
}

enum fg_err fg_store_state(struct fg_store *store, const char *id, enum fg_run_state *state, struct fg_fault *fault) {
  sqlite3_stmt *statement;
  *state = FG_RUN_PENDING;
  enum fg_err err = fg_store_prepared(store, FG_STORE_STATE, &statement, fault);
  if (err)
    return err;
  sqlite3_bind_text(statement, 1, id, -1, SQLITE_STATIC);
  int code = sqlite3_step(statement);
  if (code == SQLITE_ROW)
    err = state_of(store, id, text_at(statement, 0), state, fault);
  else if (code != SQLITE_DONE)
    err = fg_store_fault(store, fault);
  sqlite3_reset(statement);
  return err;
}

enum fg_err fg_store_begin_read(struct fg_store *store, struct fg_fault *fault) {
  return fg_store_do(store, "BEGIN", fault);
}

enum fg_err fg_store_value(struct fg_store *store, const char *key, struct fg_arena *arena, const char **value,
                           struct fg_fault *fault) {
  sqlite3_stmt *statement = NULL;
  enum fg_err err = FG_OK;
  if (sqlite3_prepare_v2(store->db, "SELECT value FROM sweep WHERE key = ?", -1, &statement, NULL) != SQLITE_OK)
    return fg_store_fault(store, fault);
  sqlite3_bind_text(statement, 1, key, -1, SQLITE_STATIC);
  int code = sqlite3_step(statement);
  if (code != SQLITE_ROW && code != SQLITE_DONE)
    err = fg_store_fault(store, fault);
  else if (!(*value = fg_arena_text(arena, code == SQLITE_ROW ? text_at(statement, 0) : "")))
    err = fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory");
  sqlite3_finalize(statement);
  return err;
}

/* Records are being read: rows of all tables come in the order of runs. */
struct reader {
  struct fg_store *store;
  struct fg_fault *fault;
  struct fg_arena *arena;
  struct fg_run_record *record;
  size_t n, at; /* at: the record that rows of the table being read belong to, or later ones */
  const char *which;
};

static enum fg_err no_memory(const struct reader *r) {
  return fg_fail(r->fault, FG_ENOMEM, r->store->path, 0, "not enough memory for its runs");
}

typedef enum fg_err take_row(struct reader *r, sqlite3_stmt *statement);

/* "SELECT `columns` FROM `table` WHERE `id` is one of those asked for ORDER BY `order`" */
static enum fg_err each_row(struct reader *r, const char *columns, const char *table, const char *id, const char *order,
                            take_row *take) {
  sqlite3_stmt *statement = NULL;
  enum fg_err err = FG_OK;
  char *sql = sqlite3_mprintf("SELECT %s FROM %s %s%s%s ORDER BY %s", columns, table, *r->which ? "WHERE " : "",
                              *r->which ? id : "", r->which, order);
  if (!sql)
    return no_memory(r);
  if (sqlite3_prepare_v2(r->store->db, sql, -1, &statement, NULL) != SQLITE_OK)
    err = fg_store_fault(r->store, r->fault);
  int code = SQLITE_DONE;
  while (!err && (code = sqlite3_step(statement)) == SQLITE_ROW)
    err = take(r, statement);
  if (!err && code != SQLITE_DONE)
    err = fg_store_fault(r->store, r->fault);
  sqlite3_finalize(statement);
  sqlite3_free(sql);
  return err;
}

static enum fg_err take_count(struct reader *r, sqlite3_stmt *statement) {
  r->n = (size_t)sqlite3_column_int64(statement, 0);
  return FG_OK;
}

static enum fg_err take_run(struct reader *r, sqlite3_stmt *statement) {
  int c = 0;
  if (r->at == r->n)
    return fg_fail(r->fault, FG_EINPUT, r->store->path, 0, "changes while it is read");
  struct fg_run_record *record = &r->record[r->at++];
  const char *id = text_at(statement, c++);
  if (!id || strlen(id) >= FG_RUN_ID)
    return fg_fail(r->fault, FG_EINPUT, r->store->path, 0, "'%.40s' is no identity of a run", id ? id : "");
  strcpy(record->id, id);
  enum fg_err err = state_of(r->store, id, text_at(statement, c++), &record->state, r->fault);
  if (err)
    return err;
  record->exit_code = sqlite3_column_int(statement, c++);
  record->seed = (uint64_t)sqlite3_column_int64(statement, c++);
#define TAKE_TEXT(name)                                                                                                \
  if (!(record->name = fg_arena_text(r->arena, text_at(statement, c++))))                                              \
    return no_memory(r);
  FG_RUN_TEXT_LIST(TAKE_TEXT)
  for (int i = 0; i < FG_RUN_NUMBERS; i++)
    record->number[i] = real_at(statement, c++);
  return FG_OK;
}

/* The run of a row; rows of runs that are not there do not exist (foreign keys), and would be passed over. */
static struct fg_run_record *record_of(struct reader *r, sqlite3_stmt *statement) {
  const char *id = text_at(statement, 0);
  while (id && r->at < r->n && strcmp(r->record[r->at].id, id) < 0)
    r->at++;
  return id && r->at < r->n && strcmp(r->record[r->at].id, id) == 0 ? &r->record[r->at] : NULL;
}

/* An array in the arena that gets another element: doubled when it is full, at powers of two. NULL: no memory. */
static void *append(struct fg_arena *arena, void *array, size_t n, size_t size) {
  if (n & (n - 1))
    return array;
  void *more = fg_arena_take(arena, n ? 2 * n : 1, size);
  if (more && n)
    memcpy(more, array, n * size);
  return more;
}

static enum fg_err take_moment(struct reader *r, sqlite3_stmt *statement) {
  struct fg_run_record *record = record_of(r, statement);
  int c = 2;
  if (!record)
    return FG_OK;
  record->moment = append(r->arena, record->moment, record->n_moments, sizeof *record->moment);
  if (!record->moment)
    return no_memory(r);
  struct fg_run_moment *m = &record->moment[record->n_moments++];
#define TAKE_REAL(name) m->name = real_at(statement, c++);
  FG_RUN_MOMENT_LIST(TAKE_REAL)
  return FG_OK;
}

static enum fg_err take_worker(struct reader *r, sqlite3_stmt *statement) {
  struct fg_run_record *record = record_of(r, statement);
  int c = 2;
  if (!record)
    return FG_OK;
  record->worker = append(r->arena, record->worker, record->n_workers, sizeof *record->worker);
  if (!record->worker)
    return no_memory(r);
  struct fg_run_worker *m = &record->worker[record->n_workers++];
  FG_RUN_WORKER_LIST(TAKE_REAL)
  return FG_OK;
}

static enum fg_err take_histogram(struct reader *r, sqlite3_stmt *statement) {
  struct fg_run_record *record = record_of(r, statement);
  const char *what = text_at(statement, 1);
  if (!record || !what)
    return FG_OK;
  struct fg_run_histogram *h = record->n_histograms ? &record->histogram[record->n_histograms - 1] : NULL;
  if (!h || strcmp(h->what, what) != 0) {
    if (record->n_histograms == FG_RUN_HISTOGRAMS)
      return fg_fail(r->fault, FG_EINPUT, r->store->path, 0, "run %s has more histograms than there are", record->id);
    h = &record->histogram[record->n_histograms++];
    h->what = fg_arena_text(r->arena, what);
    if (!h->what)
      return no_memory(r);
  }
  h->value = append(r->arena, h->value, h->n, sizeof *h->value);
  h->count = append(r->arena, h->count, h->n, sizeof *h->count);
  if (!h->value || !h->count)
    return no_memory(r);
  h->value[h->n] = sqlite3_column_int64(statement, 2);
  h->count[h->n++] = (uint64_t)sqlite3_column_int64(statement, 3);
  return FG_OK;
}

enum fg_err fg_store_records(struct fg_store *store, bool all, struct fg_arena *arena, struct fg_run_record **records,
                             size_t *n, struct fg_fault *fault) {
  struct reader r = {.store = store, .fault = fault, .arena = arena, .which = all ? "" : " IN (SELECT run FROM entry)"};
  *records = NULL;
  *n = 0;
  enum fg_err err = each_row(&r, "count(*)", "run", "id", "1", take_count);
  if (!err && !(r.record = fg_arena_take(arena, r.n, sizeof *r.record)))
    err = no_memory(&r);
  if (!err)
    err = each_row(&r, FG_STORE_RUN_COLUMNS, "run", "id", "id", take_run);
  size_t found = r.at;
  r.at = 0;
  if (!err)
    err = each_row(&r, FG_STORE_METRIC_COLUMNS, "metric", "run", "run, row", take_moment);
  r.at = 0;
  if (!err)
    err = each_row(&r, FG_STORE_WORKER_COLUMNS, "worker", "run", "run, worker", take_worker);
  r.at = 0;
  if (!err)
    err = each_row(&r, FG_STORE_COUNT_COLUMNS, "histogram", "run", "run, what, value", take_histogram);
  if (err)
    return err;
  *records = r.record;
  *n = found;
  return FG_OK;
}

static enum fg_err add_entry(const struct fg_store *store, sqlite3_stmt *statement, size_t first,
                             struct fg_sweep_plan *plan, struct fg_fault *fault) {
  const char *at = text_at(statement, 1), *id = text_at(statement, 2);
  if (plan->n == plan->capacity) {
    size_t capacity = plan->capacity ? 2 * plan->capacity : 64;
    struct fg_sweep_entry *more = realloc(plan->entry, capacity * sizeof *more);
    if (!more)
      return fg_fail(fault, FG_ENOMEM, store->path, 0, "not enough memory for its plan");
    plan->entry = more;
    plan->capacity = capacity;
  }
  struct fg_sweep_entry *entry = &plan->entry[plan->n];
  memset(entry, 0, sizeof *entry);
  for (int a = 0; a < FG_AXES_MAX; a++)
    entry->point[a] = FG_ABSENT;
  int known = 0;
  while (known < FG_SWEEP_ATS && (!at || strcmp(at, fg_sweep_at_names[known]) != 0))
    known++;
  if (known == FG_SWEEP_ATS || !id || strlen(id) >= FG_RUN_ID ||
      sqlite3_column_int64(statement, 0) != (int64_t)(plan->n - first))
    return fg_fail(fault, FG_EINPUT, store->path, 0, "entry %zu of the plan is missing or wrong", plan->n - first);
  entry->at = (enum fg_sweep_at)known;
  strcpy(entry->id, id);
  entry->seed = (uint64_t)sqlite3_column_int64(statement, 3);
  plan->n++;
  return FG_OK;
}

/* The label of an entry, found by its numbers in the specification, where it must have the same words. */
static enum fg_err set_label(const struct fg_store *store, const struct fg_sweep_spec *spec, sqlite3_stmt *statement,
                             size_t first, struct fg_sweep_plan *plan, struct fg_fault *fault) {
  int64_t n = sqlite3_column_int64(statement, 0), axis = sqlite3_column_int64(statement, 3),
          point = sqlite3_column_int64(statement, 4);
  const char *name = text_at(statement, 1), *label = text_at(statement, 2);
  bool same = n >= 0 && (uint64_t)n < plan->n - first && axis >= 0 && (uint64_t)axis < spec->n_axes && point >= 0 &&
              (uint64_t)point < spec->axis[axis].n && name && label && strcmp(name, spec->axis[axis].name) == 0 &&
              strcmp(label, spec->axis[axis].point[point].label) == 0;
  if (!same)
    return fg_fail(fault, FG_EINPUT, store->path, 0,
                   "entry %lld of the plan: the specification has no %s = %s as its point %lld.%lld", (long long)n,
                   name ? name : "", label ? label : "", (long long)axis, (long long)point);
  plan->entry[first + (size_t)n].point[axis] = (int)point;
  return FG_OK;
}

enum fg_err fg_store_entries(struct fg_store *store, const struct fg_sweep_spec *spec, struct fg_sweep_plan *plan,
                             struct fg_fault *fault) {
  sqlite3_stmt *entry = NULL, *label = NULL;
  size_t first = plan->n;
  enum fg_err err = FG_OK;
  int code = SQLITE_DONE;
  if (sqlite3_prepare_v2(store->db, "SELECT n, at, run, seed FROM entry ORDER BY n", -1, &entry, NULL) != SQLITE_OK ||
      sqlite3_prepare_v2(store->db, "SELECT n, axis, label, axis_index, point_index FROM label", -1, &label, NULL) !=
          SQLITE_OK)
    err = fg_store_fault(store, fault);
  while (!err && (code = sqlite3_step(entry)) == SQLITE_ROW)
    err = add_entry(store, entry, first, plan, fault);
  if (!err && code != SQLITE_DONE)
    err = fg_store_fault(store, fault);
  while (!err && (code = sqlite3_step(label)) == SQLITE_ROW)
    err = set_label(store, spec, label, first, plan, fault);
  if (!err && code != SQLITE_DONE)
    err = fg_store_fault(store, fault);
  sqlite3_finalize(entry);
  sqlite3_finalize(label);
  return err;
}
