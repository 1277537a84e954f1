/* Logs of ranks: one pair of files each while the run goes on, one pair for all at its end. */
#include "core/rank_logs.h"

#include "core/order.h"
#include "core/trace.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ROWS = 1 << 14, LINE = 512 }; /* rows in memory when merging; longest row [B] */

static enum fg_err log_path(const char *dir, const char *format, uint32_t rank, char *path, struct fg_fault *fault) {
  char name[64];
  snprintf(name, sizeof name, format, rank);
  return fg_path_join(dir, name, path, fault);
}

static enum fg_err trace_path(const char *dir, uint32_t rank, char *path, struct fg_fault *fault) {
  return log_path(dir, "ranks/trace-%05" PRIu32 ".csv", rank, path, fault);
}

static enum fg_err order_path(const char *dir, uint32_t rank, char *path, struct fg_fault *fault) {
  return log_path(dir, "ranks/order-%05" PRIu32 ".bin", rank, path, fault);
}

void fg_rank_logs_remove(const char *dir) {
  char folder[FG_PATH_MAX], path[FG_PATH_MAX];
  if (fg_path_join(dir, "ranks", folder, NULL))
    return;
  DIR *d = opendir(folder);
  for (struct dirent *e; d && (e = readdir(d)) != NULL;)
    if ((strncmp(e->d_name, "trace-", 6) == 0 || strncmp(e->d_name, "order-", 6) == 0) &&
        !fg_path_join(folder, e->d_name, path, NULL))
      unlink(path);
  if (d)
    closedir(d);
  rmdir(folder);
}

enum fg_err fg_rank_logs_prepare(const char *dir, struct fg_fault *fault) {
  char folder[FG_PATH_MAX];
  fg_rank_logs_remove(dir);
  enum fg_err err = fg_path_join(dir, "ranks", folder, fault);
  if (!err && mkdir(folder, 0777) != 0 && errno != EEXIST)
    err = fg_fail(fault, FG_EIO, folder, 0, "cannot be made: %s", strerror(errno));
  return err;
}

enum fg_err fg_rank_logs_open(struct fg_rank_logs *logs, const char *dir, uint32_t rank, uint32_t col_blocks,
                              const struct fg_marks *marks, struct fg_fault *fault) {
  char path[FG_PATH_MAX];
  logs->col_blocks = col_blocks;
  enum fg_err err = trace_path(dir, rank, path, fault);
  if (!err)
    err = marks ? fg_out_resume(&logs->trace, path, &marks->trace, fault) : fg_out_open(&logs->trace, path, fault);
  if (!err)
    err = order_path(dir, rank, path, fault);
  if (!err)
    err = marks ? fg_out_resume(&logs->order, path, &marks->order, fault) : fg_out_open(&logs->order, path, fault);
  if (!err && !marks && (fg_trace_write_header(logs->trace.file) || fg_order_write_header(logs->order.file)))
    err = fg_fail(fault, FG_EIO, path, 0, "cannot be written: %s", strerror(errno));
  return err;
}

enum fg_err fg_rank_logs_check(const char *dir, uint32_t rank, const struct fg_marks *marks, struct fg_fault *fault) {
  char path[FG_PATH_MAX];
  enum fg_err err = trace_path(dir, rank, path, fault);
  if (!err)
    err = fg_mark_check(path, &marks->trace, fault);
  if (!err)
    err = order_path(dir, rank, path, fault);
  return err ? err : fg_mark_check(path, &marks->order, fault);
}

static enum fg_err write_failed(const struct fg_out *out, struct fg_fault *fault) {
  return fg_fail(fault, FG_EIO, out->path, 0, "cannot be written: %s", strerror(errno));
}

static enum fg_err log_visit(void *self, const struct fg_visit *visit, struct fg_fault *fault) {
  struct fg_rank_logs *l = self;
  return fg_trace_write(l->trace.file, visit, l->col_blocks) ? write_failed(&l->trace, fault) : FG_OK;
}

static enum fg_err log_taken(void *self, const struct fg_taken *taken, struct fg_fault *fault) {
  struct fg_rank_logs *l = self;
  return fg_order_write(l->order.file, taken) ? write_failed(&l->order, fault) : FG_OK;
}

struct fg_sink fg_rank_logs_sink(struct fg_rank_logs *logs) {
  return (struct fg_sink){.self = logs, .visit = log_visit, .taken = log_taken};
}

enum fg_err fg_rank_logs_mark(struct fg_rank_logs *l, struct fg_marks *marks, struct fg_fault *fault) {
  enum fg_err err = fg_out_mark(&l->trace, &marks->trace, fault);
  return err ? err : fg_out_mark(&l->order, &marks->order, fault);
}

enum fg_err fg_rank_logs_commit(struct fg_rank_logs *l, struct fg_fault *fault) {
  enum fg_err err = fg_out_commit(&l->trace, fault);
  return err ? err : fg_out_commit(&l->order, fault);
}

void fg_rank_logs_suspend(struct fg_rank_logs *l) {
  fg_out_suspend(&l->trace);
  fg_out_suspend(&l->order);
}

/* A row on its way to the merged trace. */
struct row {
  uint64_t round;
  uint32_t rank;
  size_t at; /* among the rows read */
  char text[LINE];
};

static int by_round(const void *a, const void *b) {
  const struct row *x = a, *y = b;
  if (x->round != y->round)
    return x->round < y->round ? -1 : 1;
  if (x->rank != y->rank)
    return x->rank < y->rank ? -1 : 1;
  return x->at < y->at ? -1 : x->at > y->at;
}

/* Where the reading of a rank's trace stands. */
struct place {
  long offset;         /* 0: before the header */
  uint64_t seq, round; /* of its next row; of its last one */
  bool over;           /* there is no next row */
};

/* Is it the rank's next row, and of which round? */
static bool is_next(struct row *r, uint32_t rank, uint32_t col_blocks, const struct place *at) {
  uint32_t worker;
  uint64_t seq, epoch, sub_epoch;
  if (!strchr(r->text, '\n') ||
      sscanf(r->text, "%" SCNu32 ",%" SCNu64 ",%" SCNu64 ",%" SCNu64 ",", &worker, &seq, &epoch, &sub_epoch) != 4)
    return false;
  r->round = epoch * col_blocks + sub_epoch;
  r->rank = rank;
  return worker == rank && seq == at->seq && r->round >= at->round;
}

/* Rows of a rank before round `end` to row[*n] and on; `all`: there must be no others. */
static enum fg_err read_rows(const char *dir, uint32_t rank, uint32_t col_blocks, uint64_t end, bool all,
                             struct place *at, struct row *row, size_t *n, size_t capacity, struct fg_fault *fault) {
  char path[FG_PATH_MAX], header[LINE];
  enum fg_err err = trace_path(dir, rank, path, fault);
  if (err)
    return err;
  FILE *f = fopen(path, "r");
  errno = f ? 0 : errno;
  if (!f || (at->offset ? fseek(f, at->offset, SEEK_SET) != 0 : !fgets(header, sizeof header, f))) {
    err = fg_fail(fault, FG_EINPUT, path, 0, "cannot be read: %s", errno ? strerror(errno) : "it is empty");
    goto cleanup;
  }
  for (;;) {
    at->offset = ftell(f);
    struct row *r = &row[*n]; /* there is room for one more than `capacity` */
    at->over = !fgets(r->text, sizeof r->text, f);
    if (at->over)
      break;
    bool next = is_next(r, rank, col_blocks, at);
    if (next && r->round >= end && !all)
      break;
    if (!next || r->round >= end || *n == capacity) {
      err = fg_fail(fault, FG_EINPUT, path, 0, "is damaged: its row %" PRIu64 " is not the next one", at->seq);
      break;
    }
    at->seq++;
    at->round = r->round;
    r->at = (*n)++;
  }
  if (!err && ferror(f))
    err = fg_fail(fault, FG_EIO, path, 0, "cannot be read: %s", strerror(errno));
cleanup:
  if (f)
    fclose(f);
  return err;
}

static bool all_over(const struct place *place, uint32_t ranks) {
  uint32_t n = 0;
  while (n < ranks && place[n].over)
    n++;
  return n == ranks;
}

static enum fg_err merge_traces(const char *dir, uint32_t ranks, uint32_t col_blocks, uint64_t most, FILE *trace,
                                struct fg_fault *fault) {
  uint64_t window = ROWS / ranks > 0 ? ROWS / ranks : 1; /* rounds at a time */
  size_t capacity = (size_t)(window < most ? window : most) * ranks, n;
  struct row *row = malloc((capacity + 1) * sizeof *row);
  struct place *place = calloc(ranks, sizeof *place);
  enum fg_err err =
      row && place ? FG_OK
                   : fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory to merge the traces of %u ranks", ranks);
  for (uint64_t from = 0; !err && from < most && !all_over(place, ranks); from += window) {
    uint64_t end = most - from > window ? from + window : most;
    n = 0;
    for (uint32_t r = 0; r < ranks && !err; r++)
      err = read_rows(dir, r, col_blocks, end, end == most, &place[r], row, &n, capacity, fault);
    if (n)
      qsort(row, n, sizeof *row, by_round);
    for (size_t i = 0; i < n && !err; i++)
      if (fputs(row[i].text, trace) < 0)
        err = fg_fail(fault, FG_EIO, dir, 0, "the trace cannot be written: %s", strerror(errno));
  }
  free(row);
  free(place);
  return err;
}

static enum fg_err append_order(const char *dir, uint32_t rank, FILE *order, struct fg_fault *fault) {
  char path[FG_PATH_MAX], bytes[512 * FG_ORDER_RECORD];
  enum fg_err err = order_path(dir, rank, path, fault);
  if (err)
    return err;
  FILE *f = fopen(path, "rb");
  if (!f)
    return fg_fail(fault, FG_EINPUT, path, 0, "cannot be read: %s", strerror(errno));
  if (fg_order_skip_header(f))
    err = fg_fail(fault, FG_EINPUT, path, 0, "is not an order log");
  for (size_t n; !err && (n = fread(bytes, 1, sizeof bytes, f)) > 0;)
    if (n % FG_ORDER_RECORD != 0)
      err = fg_fail(fault, FG_EINPUT, path, 0, "ends in the middle of a record");
    else if (fwrite(bytes, 1, n, order) != n)
      err = fg_fail(fault, FG_EIO, dir, 0, "the order log cannot be written: %s", strerror(errno));
  if (!err && ferror(f))
    err = fg_fail(fault, FG_EIO, path, 0, "cannot be read: %s", strerror(errno));
  fclose(f);
  return err;
}

enum fg_err fg_rank_logs_merge(const char *dir, uint32_t ranks, uint32_t col_blocks, uint64_t most, FILE *trace,
                               FILE *order, struct fg_fault *fault) {
  enum fg_err err = merge_traces(dir, ranks, col_blocks, most, trace, fault);
  for (uint32_t r = 0; r < ranks && !err; r++)
    err = append_order(dir, r, order, fault);
  return err;
}
