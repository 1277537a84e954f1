/* Checkpoints: the shard of one worker, out and back in. Layout, as the machine has it: struct head; the worker's
 * statistic (3 n_stat doubles) and the steward's (n_stat); rows x rank floats of the row factor; cols x rank floats of
 * the column factor; cols floats of column weights; CRC-32 of everything before (4 bytes). */
#include "core/checkpoint.h"

#include "core/schedule.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

static const char magic[8] = "FGSHARD1";
enum { BYTE_ORDER_PROBE = 0x01020304 };

struct head {
  char magic[8];
  uint32_t byte_order, rank;
  uint8_t identity[FG_IDENTITY];
  uint64_t round;
  uint32_t rows, block, cols, width; /* width: floats of a factor row that are kept */
  uint32_t n_stat, version, divide, zero;
  uint64_t chunks, parcels;                       /* of the worker */
  uint64_t steward_round, steward_parcels, bytes; /* of the steward */
  double time_s, busy_s, wait_s;
  uint64_t updates, extra_updates, bytes_sent;
  struct {
    uint64_t bytes, crc;
  } trace, order, metrics;
};
_Static_assert(sizeof(struct head) == 8 + 8 + FG_IDENTITY + 8 + 32 + 40 + 48 + 48, "a head has no holes");

/* A file being written or read, and the checksum of what has passed. */
struct stream {
  FILE *file;
  uint32_t crc;
  size_t at, n;  /* buffer[at .. n - 1]: read, not given out; writing: at = 0 */
  uint64_t left; /* reading: bytes before the checksum that are not in the buffer yet */
  unsigned char buffer[1 << 15];
};

static void flush(struct stream *s) {
  s->crc = (uint32_t)crc32(s->crc, s->buffer, (uInt)s->n);
  fwrite(s->buffer, 1, s->n, s->file); /* errors are found at commit */
  s->n = 0;
}

static void put(struct stream *s, const void *from, size_t bytes) {
  for (const unsigned char *p = from; bytes > 0;) {
    if (s->n == sizeof s->buffer)
      flush(s);
    size_t some = sizeof s->buffer - s->n < bytes ? sizeof s->buffer - s->n : bytes;
    memcpy(s->buffer + s->n, p, some);
    s->n += some;
    p += some;
    bytes -= some;
  }
}

/* False if the file ends, or cannot be read. to: NULL to pass over the bytes. */
static bool get(struct stream *s, void *to, uint64_t bytes) {
  for (unsigned char *p = to; bytes > 0;) {
    if (s->at == s->n) {
      size_t most = s->left < sizeof s->buffer ? (size_t)s->left : sizeof s->buffer;
      s->at = 0;
      s->n = fread(s->buffer, 1, most, s->file);
      if (s->n == 0)
        return false;
      s->left -= s->n;
      s->crc = (uint32_t)crc32(s->crc, s->buffer, (uInt)s->n);
    }
    size_t some = s->n - s->at < bytes ? s->n - s->at : (size_t)bytes;
    if (p) {
      memcpy(p, s->buffer + s->at, some);
      p += some;
    }
    s->at += some;
    bytes -= some;
  }
  return true;
}

static enum fg_err shard_path(const struct fg_checkpoints *c, uint64_t round, uint32_t rank, char *path,
                              struct fg_fault *fault) {
  char name[32];
  snprintf(name, sizeof name, "shard-%05" PRIu32, rank);
  return fg_checkpoint_path(c, round, name, path, fault);
}

/* What a shard of this run, round and worker must say of itself; the rest is zero. */
static struct head expected(const struct fg_checkpoints *c, uint64_t round, uint32_t rank) {
  const struct fg_grid *g = &c->run->grid;
  uint32_t block = fg_schedule_col(rank, (uint32_t)(round % g->col_blocks), g->col_blocks);
  struct head h = {.byte_order = BYTE_ORDER_PROBE,
                   .rank = rank,
                   .round = round,
                   .rows = g->row[rank].n,
                   .block = block,
                   .cols = g->col[block].n,
                   .width = c->run->model.rank,
                   .n_stat = c->run->model.n_stat};
  memcpy(h.magic, magic, sizeof magic);
  memcpy(h.identity, c->identity, sizeof h.identity);
  return h;
}

static uint64_t body_bytes(const struct head *h) {
  uint64_t floats = (uint64_t)h->rows * h->width + (uint64_t)h->cols * h->width + h->cols;
  return sizeof *h + 4 * (uint64_t)h->n_stat * sizeof(double) + floats * sizeof(float);
}

static enum fg_err make_folders(const struct fg_checkpoints *c, uint64_t round, struct fg_fault *fault) {
  char path[FG_PATH_MAX];
  enum fg_err err = fg_checkpoint_path(c, round, "", path, fault);
  if (!err && ((mkdir(c->dir, 0777) != 0 && errno != EEXIST) || (mkdir(path, 0777) != 0 && errno != EEXIST)))
    err = fg_fail(fault, FG_EIO, path, 0, "cannot be made: %s", strerror(errno));
  if (!err)
    err = fg_checkpoint_path(c, round, "manifest.yaml", path, fault);
  if (!err)
    unlink(path); /* of an earlier checkpoint of this round: it is being replaced */
  return err;
}

enum fg_err fg_checkpoint_write_shard(const struct fg_checkpoints *c, struct fg_worker *worker,
                                      struct fg_steward *steward, const struct fg_totals *t,
                                      const struct fg_marks *marks, struct fg_fault *fault) {
  const struct fg_row_shard *rows = fg_worker_rows(worker);
  const struct fg_col_block *block = fg_worker_block(worker);
  struct fg_worker_state w;
  struct fg_steward_state s;
  struct fg_out out;
  struct stream stream = {0};
  char path[FG_PATH_MAX];
  uint32_t stride = c->run->model.stride;
  fg_worker_save(worker, &w);
  fg_steward_save(steward, &s);
  struct head h = expected(c, w.round, rows->id);
  h.version = block->version;
  h.divide = w.divide;
  h.chunks = w.chunks;
  h.parcels = w.parcels;
  h.steward_round = s.round;
  h.steward_parcels = s.parcels;
  h.bytes = s.bytes;
  h.time_s = t->time_s;
  h.busy_s = t->busy_s;
  h.wait_s = t->wait_s;
  h.updates = t->updates;
  h.extra_updates = t->extra_updates;
  h.bytes_sent = t->bytes_sent;
  h.trace.bytes = marks->trace.bytes;
  h.trace.crc = marks->trace.crc;
  h.order.bytes = marks->order.bytes;
  h.order.crc = marks->order.crc;
  h.metrics.bytes = marks->metrics.bytes;
  h.metrics.crc = marks->metrics.crc;
  enum fg_err err = make_folders(c, w.round, fault);
  if (!err)
    err = shard_path(c, w.round, rows->id, path, fault);
  if (!err)
    err = fg_out_open(&out, path, fault);
  if (err)
    return FG_EIO;
  stream.file = out.file;
  put(&stream, &h, sizeof h);
  put(&stream, w.stat, 3 * (size_t)h.n_stat * sizeof(double));
  put(&stream, s.total, (size_t)h.n_stat * sizeof(double));
  for (uint32_t i = 0; i < h.rows; i++)
    put(&stream, rows->factor + (size_t)i * stride, h.width * sizeof(float));
  for (uint32_t j = 0; j < h.cols; j++)
    put(&stream, block->factor + (size_t)j * stride, h.width * sizeof(float));
  put(&stream, block->weight, h.cols * sizeof(float));
  flush(&stream);
  fwrite(&stream.crc, sizeof stream.crc, 1, out.file);
  return fg_out_commit(&out, fault);
}

/* Opens a shard and reads its head; the file's size is what the run says it must be. Closed by the caller, also after
 * an error. */
static enum fg_err open_shard(const struct fg_checkpoints *c, uint64_t round, uint32_t rank, const char *path,
                              struct stream *s, struct head *h, struct fg_fault *fault) {
  struct head e = expected(c, round, rank);
  struct stat st;
  uint64_t bytes = body_bytes(&e) + sizeof s->crc;
  s->file = fopen(path, "rb");
  if (!s->file || fstat(fileno(s->file), &st) != 0)
    return fg_fail(fault, FG_EINPUT, path, 0, "cannot be opened: %s", strerror(errno));
  if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size != bytes)
    return fg_fail(fault, FG_EINPUT, path, 0, "has %lld bytes, not %" PRIu64, (long long)st.st_size, bytes);
  s->left = body_bytes(&e);
  if (!get(s, h, sizeof *h))
    return fg_fail(fault, FG_EINPUT, path, 0, "cannot be read");
  if (memcmp(h->magic, e.magic, sizeof e.magic) != 0)
    return fg_fail(fault, FG_EINPUT, path, 0, "is not a shard of a checkpoint");
  if (h->byte_order != e.byte_order)
    return fg_fail(fault, FG_EINPUT, path, 0, "was written by a machine of another byte order");
  if (memcmp(h->identity, e.identity, sizeof e.identity) != 0)
    return fg_fail(fault, FG_EINPUT, path, 0, "is of another run");
  if (h->round != round || h->rank != rank)
    return fg_fail(fault, FG_EINPUT, path, 0, "is of round %" PRIu64 " and worker %" PRIu32, h->round, h->rank);
  if (h->rows != e.rows || h->block != e.block || h->cols != e.cols || h->width != e.width || h->n_stat != e.n_stat ||
      h->divide > 1 || h->zero != 0 || h->trace.crc > UINT32_MAX || h->order.crc > UINT32_MAX ||
      h->metrics.crc > UINT32_MAX)
    return fg_fail(fault, FG_EINPUT, path, 0, "is damaged: its head fits no shard of the run");
  return FG_OK;
}

/* after the last byte: is the checksum that of what was read? */
static enum fg_err check_sum(struct stream *s, const char *path, struct fg_fault *fault) {
  uint32_t recorded;
  if (fread(&recorded, sizeof recorded, 1, s->file) != 1)
    return fg_fail(fault, FG_EINPUT, path, 0, "cannot be read");
  if (recorded != s->crc)
    return fg_fail(fault, FG_EINPUT, path, 0, "is damaged: its checksum is wrong");
  return FG_OK;
}

static struct fg_marks marks_of(const struct head *h) {
  return (struct fg_marks){.trace = {h->trace.bytes, (uint32_t)h->trace.crc},
                           .order = {h->order.bytes, (uint32_t)h->order.crc},
                           .metrics = {h->metrics.bytes, (uint32_t)h->metrics.crc}};
}

enum fg_err fg_checkpoint_check_shard(const struct fg_checkpoints *c, uint64_t round, uint32_t rank,
                                      struct fg_marks *marks, struct fg_fault *fault) {
  struct stream s = {0};
  struct head h;
  char path[FG_PATH_MAX];
  enum fg_err err = shard_path(c, round, rank, path, fault);
  if (!err)
    err = open_shard(c, round, rank, path, &s, &h, fault);
  if (!err && !get(&s, NULL, body_bytes(&h) - sizeof h))
    err = fg_fail(fault, FG_EINPUT, path, 0, "cannot be read");
  if (!err)
    err = check_sum(&s, path, fault);
  if (!err && marks)
    *marks = marks_of(&h);
  if (s.file)
    fclose(s.file);
  return err;
}

static bool get_lines(struct stream *s, float *factor, uint32_t n, uint32_t width, uint32_t stride) {
  for (uint32_t i = 0; i < n; i++)
    if (!get(s, factor + (size_t)i * stride, width * sizeof(float)))
      return false;
  return true;
}

enum fg_err fg_checkpoint_read_shard(const struct fg_checkpoints *c, uint64_t round, struct fg_worker *worker,
                                     struct fg_steward *steward, struct fg_totals *totals, struct fg_marks *marks,
                                     struct fg_fault *fault) {
  struct fg_row_shard *rows = fg_worker_rows(worker);
  struct fg_col_block *block = NULL;
  uint32_t stride = c->run->model.stride;
  struct stream s = {0};
  struct head h;
  double *stat = NULL;
  char path[FG_PATH_MAX];
  enum fg_err err = shard_path(c, round, rows->id, path, fault);
  if (!err)
    err = open_shard(c, round, rows->id, path, &s, &h, fault);
  if (err)
    goto cleanup;
  block = &c->run->factors.col[h.block];
  stat = calloc(4 * (size_t)h.n_stat + 1, sizeof *stat);
  if (!stat) {
    err = fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory for the global statistic");
    goto cleanup;
  }
  if (!get(&s, stat, 4 * (uint64_t)h.n_stat * sizeof(double)) ||
      !get_lines(&s, rows->factor, h.rows, h.width, stride) || !get_lines(&s, block->factor, h.cols, h.width, stride) ||
      !get(&s, block->weight, h.cols * sizeof(float)))
    err = fg_fail(fault, FG_EINPUT, path, 0, "cannot be read");
  if (!err)
    err = check_sum(&s, path, fault);
  if (err)
    goto cleanup;
  block->version = h.version;
  fg_worker_restore(worker, &(struct fg_worker_state){.round = round,
                                                      .chunks = h.chunks,
                                                      .parcels = h.parcels,
                                                      .divide = h.divide,
                                                      .stat = h.n_stat ? stat : NULL});
  fg_steward_restore(steward, &(struct fg_steward_state){.round = h.steward_round,
                                                         .parcels = h.steward_parcels,
                                                         .bytes = h.bytes,
                                                         .total = stat + 3 * (size_t)h.n_stat});
  if (totals)
    *totals = (struct fg_totals){.time_s = h.time_s,
                                 .busy_s = h.busy_s,
                                 .wait_s = h.wait_s,
                                 .updates = h.updates,
                                 .extra_updates = h.extra_updates,
                                 .bytes_sent = h.bytes_sent};
  if (marks)
    *marks = marks_of(&h);
cleanup:
  free(stat);
  if (s.file)
    fclose(s.file);
  return err;
}
