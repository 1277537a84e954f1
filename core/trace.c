/* trace.csv: visits out, visits back in. */
#include "core/trace.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char header[] = "worker,seq,epoch,sub_epoch,row_block,col_block,col_version,start_s,required_s,end_s,"
                             "required_updates,updates,extra_updates,wait_s,bytes_sent";

enum fg_err fg_trace_write_header(FILE *file) {
  return fprintf(file, "%s\n", header) < 0 ? FG_EIO : FG_OK;
}

enum fg_err fg_trace_write(FILE *file, const struct fg_visit *v, uint32_t col_blocks) {
  int n = fprintf(file,
                  "%" PRIu32 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu32 ",%" PRIu32 ",%" PRIu32
                  ",%.17g,%.17g,%.17g,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%.17g,%" PRIu64 "\n",
                  v->worker, v->seq, v->round / col_blocks, v->round % col_blocks, v->row_block, v->col_block,
                  v->col_version, v->start_s, v->required_s, v->end_s, v->required_updates, v->updates,
                  v->extra_updates, v->wait_s, v->bytes_sent);
  return n < 0 ? FG_EIO : FG_OK;
}

/* one row; false if it is not exactly the header's columns */
static bool parse_row(const char *line, uint32_t col_blocks, struct fg_visit *v) {
  double field[15];
  const char *p = line;
  for (int i = 0; i < 15; i++) {
    char *end;
    errno = 0;
    field[i] = strtod(p, &end);
    if (end == p || errno == ERANGE || field[i] < 0 || field[i] != field[i])
      return false;
    if (*end != (i < 14 ? ',' : '\n') && !(i == 14 && *end == 0))
      return false;
    p = end + 1;
  }
  for (int i = 0; i < 15; i++) /* counts are whole and small enough for a double to hold */
    if ((i < 7 || i == 10 || i == 11 || i == 12 || i == 14) &&
        (field[i] > 0x1p53 || field[i] != (double)(uint64_t)field[i]))
      return false;
  if (field[3] >= col_blocks || field[0] > UINT32_MAX || field[4] > UINT32_MAX || field[5] > UINT32_MAX ||
      field[6] > UINT32_MAX)
    return false;
  *v = (struct fg_visit){
      .worker = (uint32_t)field[0],
      .seq = (uint64_t)field[1],
      .round = (uint64_t)field[2] * col_blocks + (uint64_t)field[3],
      .row_block = (uint32_t)field[4],
      .col_block = (uint32_t)field[5],
      .col_version = (uint32_t)field[6],
      .start_s = field[7],
      .required_s = field[8],
      .end_s = field[9],
      .required_updates = (uint64_t)field[10],
      .updates = (uint64_t)field[11],
      .extra_updates = (uint64_t)field[12],
      .wait_s = field[13],
      .bytes_sent = (uint64_t)field[14],
  };
  return true;
}

enum fg_err fg_trace_read(const char *path, uint32_t col_blocks, struct fg_trace *trace, struct fg_fault *fault) {
  memset(trace, 0, sizeof *trace);
  FILE *f = fopen(path, "r");
  if (!f)
    return fg_fail(fault, FG_EINPUT, path, 0, "cannot be opened: %s", strerror(errno));
  enum fg_err err = FG_OK;
  size_t capacity = 0;
  char line[1024];
  unsigned long long number = 0;
  while (!err && fgets(line, sizeof line, f)) {
    number++;
    if (number == 1) {
      line[strcspn(line, "\r\n")] = 0;
      if (strcmp(line, header) != 0)
        err = fg_fail(fault, FG_EINPUT, path, 1, "not the header of a trace");
      continue;
    }
    if (trace->n == capacity) {
      capacity = capacity ? 2 * capacity : 1024;
      struct fg_visit *more = realloc(trace->visit, capacity * sizeof *more);
      if (!more) {
        err = fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory for %s", path);
        break;
      }
      trace->visit = more;
    }
    if (parse_row(line, col_blocks, &trace->visit[trace->n]))
      trace->n++;
    else
      err = fg_fail(fault, FG_EINPUT, path, number, "not a row of a trace");
  }
  if (!err && ferror(f))
    err = fg_fail(fault, FG_EIO, path, number, "cannot be read: %s", strerror(errno));
  if (!err && number == 0)
    err = fg_fail(fault, FG_EINPUT, path, 0, "is empty");
  fclose(f);
  if (err)
    fg_trace_free(trace);
  return err;
}

void fg_trace_count(const struct fg_trace *trace, uint32_t col_blocks, size_t *first) {
  memset(first, 0, ((size_t)col_blocks + 1) * sizeof *first);
  for (size_t i = 0; i < trace->n; i++)
    if (trace->visit[i].col_block < col_blocks)
      first[trace->visit[i].col_block + 1]++;
  for (uint32_t q = 0; q < col_blocks; q++)
    first[q + 1] += first[q];
}

void fg_trace_free(struct fg_trace *trace) {
  free(trace->visit);
  memset(trace, 0, sizeof *trace);
}
