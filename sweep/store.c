/* The database of a sweep: its schema, who may write it, and what is safe when.
 *
 * A transaction is on disk when it has been committed: synchronous = FULL. NORMAL, which with a write-ahead log is
 * common, keeps the database whole when a laptop is switched off, but the last commits may be gone, and a run that took
 * an hour with them; a flush takes milliseconds. */
#include "sweep/store.h"

#include "core/files.h"
#include "sweep/store_sql.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

enum {
  APPLICATION = 0x46554755, /* "FUGU": `file` and others tell by it whose database it is */
  VERSION = 1,              /* of the schema: whatever changes it, or what a column means, counts this up */
  WAIT_MS = 20000,          /* for others who read or write a page just now [ms] */
};
_Static_assert(FG_RUN_NUMBERS == 16, "another set of columns is another VERSION");

#define NUMBER_COLUMN(id, name, unit, words) ", " name " REAL"
#define REAL_COLUMN(name)                    ", " #name " REAL"
#define TEXT_COLUMN(name)                    ", " #name " TEXT NOT NULL"
/* Numbers that are not known are NULL. Seeds from 2^63 on are negative: seed - 2^64. */
static const char schema_sql[] =
    "CREATE TABLE sweep(key TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"
    /* the plan: a line for every combination and seed; several may share a run, which may not have been made yet */
    "CREATE TABLE entry(n INTEGER NOT NULL PRIMARY KEY, at TEXT NOT NULL, run TEXT NOT NULL, seed INTEGER NOT NULL);"
    "CREATE INDEX entry_run ON entry(run);"
    /* Labels on an axis may be alike, so points are numbered, too: by their order in the specification, from 0. */
    "CREATE TABLE label(n INTEGER NOT NULL REFERENCES entry ON DELETE CASCADE, axis TEXT NOT NULL, label TEXT NOT NULL,"
    " axis_index INTEGER NOT NULL, point_index INTEGER NOT NULL, PRIMARY KEY(n, axis_index)) WITHOUT ROWID;"
    "CREATE TABLE run(id TEXT NOT NULL PRIMARY KEY, state TEXT NOT NULL, exit_code INTEGER NOT NULL,"
    " seed INTEGER NOT NULL" FG_RUN_TEXT_LIST(TEXT_COLUMN) FG_RUN_NUMBER_LIST(
        NUMBER_COLUMN) ");"
                       "CREATE TABLE metric(run TEXT NOT NULL REFERENCES run ON DELETE CASCADE,"
                       " row INTEGER NOT NULL" FG_RUN_MOMENT_LIST(
                           REAL_COLUMN) ", PRIMARY KEY(run, row)) WITHOUT ROWID;"
                                        "CREATE TABLE worker(run TEXT NOT NULL REFERENCES run ON DELETE CASCADE,"
                                        " worker INTEGER NOT NULL" FG_RUN_WORKER_LIST(
                                            REAL_COLUMN) ", PRIMARY KEY(run, worker)) WITHOUT ROWID;"
                                                         "CREATE TABLE histogram(run TEXT NOT NULL REFERENCES run ON "
                                                         "DELETE CASCADE, what TEXT NOT NULL,"
                                                         " value INTEGER NOT NULL, count INTEGER NOT NULL, PRIMARY "
                                                         "KEY(run, what, value)) WITHOUT ROWID;";

#define STATE_NAME(id, name) name,
const char *const fg_run_state_names[FG_RUN_STATES] = {FG_RUN_STATE_LIST(STATE_NAME)};
#define NUMBER_INFO(id, name, unit, words) {name, unit, words},
const struct fg_run_number_info fg_run_number_infos[FG_RUN_NUMBERS] = {FG_RUN_NUMBER_LIST(NUMBER_INFO)};

bool fg_run_is_settled(enum fg_run_state state) {
  return state == FG_RUN_DONE || state == FG_RUN_DIVERGED || state == FG_RUN_REFUSED;
}

enum fg_err fg_store_fault(const struct fg_store *store, struct fg_fault *fault) {
  int code = store->db ? sqlite3_errcode(store->db) : SQLITE_NOMEM;
  if (code == SQLITE_NOMEM)
    return fg_fail(fault, FG_ENOMEM, store->path, 0, "not enough memory for the database");
  bool unusable = code == SQLITE_NOTADB || code == SQLITE_CORRUPT || code == SQLITE_CANTOPEN || code == SQLITE_ERROR;
  return fg_fail(fault, unusable ? FG_EINPUT : FG_EIO, store->path, 0, "%s", sqlite3_errmsg(store->db));
}

enum fg_err fg_store_do(struct fg_store *store, const char *sql, struct fg_fault *fault) {
  return sqlite3_exec(store->db, sql, NULL, NULL, NULL) == SQLITE_OK ? FG_OK : fg_store_fault(store, fault);
}

enum fg_err fg_store_run(struct fg_store *store, sqlite3_stmt *statement, struct fg_fault *fault) {
  enum fg_err err = sqlite3_step(statement) == SQLITE_DONE ? FG_OK : fg_store_fault(store, fault);
  sqlite3_reset(statement);
  return err;
}

enum fg_err fg_store_end(struct fg_store *store, enum fg_err err, struct fg_fault *fault) {
  if (!err)
    err = fg_store_do(store, "COMMIT", fault);
  if (err && !sqlite3_get_autocommit(store->db))
    sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
  return err;
}

/* An integer of a pragma. */
static enum fg_err pragma(struct fg_store *store, const char *schema, const char *name, int *value,
                          struct fg_fault *fault) {
  char sql[128];
  sqlite3_stmt *statement = NULL;
  snprintf(sql, sizeof sql, "PRAGMA %s.%s", schema, name);
  enum fg_err err = FG_OK;
  if (sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL) || sqlite3_step(statement) != SQLITE_ROW)
    err = fg_store_fault(store, fault);
  else
    *value = sqlite3_column_int(statement, 0);
  sqlite3_finalize(statement);
  return err;
}

enum fg_err fg_store_check(struct fg_store *store, const char *schema, const char *path, struct fg_fault *fault) {
  int application = 0, version = 0;
  enum fg_err err = pragma(store, schema, "application_id", &application, fault);
  if (!err)
    err = pragma(store, schema, "user_version", &version, fault);
  if (!err && application != APPLICATION)
    err = fg_fail(fault, FG_EINPUT, path, 0, "is not the database of a sweep");
  if (!err && version != VERSION)
    err = fg_fail(fault, FG_EINPUT, path, 0,
                  "is a database of another version of fugue (its schema is number %d; this program's %d)", version,
                  VERSION);
  return err;
}

/* A record lock, not flock: a child that outlives its parent for a moment has no part in it, and who holds it can be
 * asked. */
static enum fg_err lock(struct fg_store *store, const char *dir, struct fg_fault *fault) {
  char path[FG_PATH_MAX];
  struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
  enum fg_err err = fg_path_join(dir, "sweep.lock", path, fault);
  if (err)
    return err;
  store->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (store->lock < 0)
    return fg_fail(fault, FG_EUSAGE, path, 0, "cannot be written: %s", strerror(errno));
  if (fcntl(store->lock, F_SETLK, &whole) == 0)
    return FG_OK;
  if (errno != EACCES && errno != EAGAIN)
    return fg_fail(fault, FG_EIO, path, 0, "cannot be locked: %s", strerror(errno));
  if (fcntl(store->lock, F_GETLK, &whole) == 0 && whole.l_type != F_UNLCK && whole.l_pid > 0)
    return fg_fail(fault, FG_EUSAGE, dir, 0, "process %ld is writing this sweep", (long)whole.l_pid);
  return fg_fail(fault, FG_EUSAGE, dir, 0, "another process is writing this sweep");
}

static enum fg_err begin(struct fg_store *store, const char *dir, struct fg_fault *fault) {
  store->lock = -1;
  return fg_path_join(dir, "sweep.sqlite", store->path, fault);
}

static enum fg_err make_schema(struct fg_store *store, struct fg_fault *fault) {
  char marks[96];
  snprintf(marks, sizeof marks, "PRAGMA application_id = %d; PRAGMA user_version = %d", APPLICATION, VERSION);
  enum fg_err err = fg_store_do(store, "BEGIN IMMEDIATE", fault);
  if (!err)
    err = fg_store_do(store, schema_sql, fault);
  if (!err)
    err = fg_store_do(store, marks, fault);
  return fg_store_end(store, err, fault);
}

enum fg_err fg_store_is_empty(struct fg_store *store, const char *schema, bool *empty, struct fg_fault *fault) {
  int version = 0; /* counts changes of the schema */
  enum fg_err err = pragma(store, schema, "schema_version", &version, fault);
  *empty = version == 0;
  return err;
}

/* A write-ahead log needs memory that all who have it open share. On a file system of several machines, which a
 * cluster's is, that is not to be had, and a rollback journal does: as safe, but readers and the writer wait for each
 * other. */
static bool is_of_one_machine(const char *dir) {
  static const unsigned long shared[] = {0x6969 /* NFS */,        0xff534d42 /* CIFS */,  0xfe534d42 /* SMB 2 */,
                                         0x0bd00bd0 /* Lustre */, 0x47504653 /* GPFS */,  0x00c36400 /* Ceph */,
                                         0x19830326 /* BeeGFS */, 0x5346414f /* AFS */,   0x65735546 /* FUSE */,
                                         0x01161970 /* GFS2 */,   0x7461636f /* OCFS2 */, 0x01021997 /* 9P */};
  struct statfs fs;
  if (statfs(dir, &fs) != 0)
    return false;
  for (size_t i = 0; i < sizeof shared / sizeof *shared; i++)
    if (((unsigned long)fs.f_type & 0xffffffff) == shared[i])
      return false;
  return true;
}

enum fg_err fg_store_open(struct fg_store *store, const char *dir, struct fg_fault *fault) {
  bool empty = false;
  enum fg_err err = begin(store, dir, fault);
  if (!err && mkdir(dir, 0777) != 0 && errno != EEXIST)
    err = fg_fail(fault, FG_EUSAGE, dir, 0, "cannot be made: %s", strerror(errno));
  if (!err)
    err = lock(store, dir, fault);
  if (!err && sqlite3_open_v2(store->path, &store->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) != SQLITE_OK)
    err = fg_store_fault(store, fault);
  if (err)
    return err;
  sqlite3_busy_timeout(store->db, WAIT_MS);
  err = fg_store_is_empty(store, "main", &empty, fault);
  if (!err && !empty)
    err = fg_store_check(store, "main", store->path, fault);
  if (!err)
    err = fg_store_do(store, "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON", fault);
  if (!err)
    err = fg_store_do(store, is_of_one_machine(dir) ? "PRAGMA journal_mode = WAL" : "PRAGMA journal_mode = DELETE",
                      fault);
  if (!err && empty)
    err = make_schema(store, fault);
  if (!err && empty)
    err = fg_folder_flush(dir, fault);
  return err;
}

/* A write-ahead log needs a file beside the database also to read it. Where none can be made, and nobody's log is
 * there, the database is all there is. */
enum { URI_MAX = 3 * FG_PATH_MAX + 32 };
static void immutable_uri(const char *path, char uri[URI_MAX]) {
  size_t n = (size_t)snprintf(uri, URI_MAX, "file:");
  for (const char *p = path; *p; p++)
    n += (size_t)snprintf(uri + n, URI_MAX - n, strchr("%?#", *p) ? "%%%02x" : "%c", (unsigned char)*p);
  snprintf(uri + n, URI_MAX - n, "?immutable=1");
}

static bool is_settled_file(const char *path) {
  char log[FG_PATH_MAX + 8];
  struct stat st;
  snprintf(log, sizeof log, "%s-wal", path);
  return stat(log, &st) != 0 || st.st_size == 0;
}

static enum fg_err open_read(struct fg_store *store, const char *name, int flags, struct fg_fault *fault) {
  sqlite3_close_v2(store->db);
  store->db = NULL;
  if (sqlite3_open_v2(name, &store->db, SQLITE_OPEN_READONLY | flags, NULL) != SQLITE_OK)
    return fg_store_fault(store, fault);
  sqlite3_busy_timeout(store->db, WAIT_MS);
  return fg_store_check(store, "main", store->path, fault);
}

enum fg_err fg_store_open_read(struct fg_store *store, const char *dir, struct fg_fault *fault) {
  char uri[URI_MAX];
  enum fg_err err = begin(store, dir, fault);
  if (!err && access(store->path, F_OK) != 0)
    err = fg_fail(fault, FG_EINPUT, dir, 0, "holds no sweep: %s is not there", "sweep.sqlite");
  if (err)
    return err;
  err = open_read(store, store->path, 0, fault);
  int code = store->db ? sqlite3_errcode(store->db) : SQLITE_NOMEM;
  if (err && (code == SQLITE_CANTOPEN || code == SQLITE_READONLY) && is_settled_file(store->path)) {
    immutable_uri(store->path, uri);
    err = open_read(store, uri, SQLITE_OPEN_URI, fault);
  }
  return err;
}

void fg_store_close(struct fg_store *store) {
  if (!store->path[0]) /* never opened */
    return;
  for (int i = 0; i < FG_STORE_STATEMENTS; i++)
    sqlite3_finalize(store->statement[i]);
  sqlite3_close_v2(store->db);
  if (store->lock >= 0)
    close(store->lock);
  memset(store, 0, sizeof *store);
  store->lock = -1;
}
