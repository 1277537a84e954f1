/* Checkpoints: the shard of one worker, out and back in. Layout, as the machine has it: struct head; n_blocks struct
 * entry, in ascending order; the worker's state and the steward's (worker.h, steward.h); rows x width floats of the row
 * factor (fg_model_width), and the topics of their tokens (tokens.h); of each block cols x width floats of the column
 * factor and cols floats of column weights; CRC-32 of everything before (4 bytes). */
#include "core/checkpoint.h"
#include "core/sealed.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char magic[8] = "FGSHARD3";

struct head {
  char magic[8];
  uint32_t byte_order, rank;
  uint8_t identity[FG_IDENTITY];
  uint64_t round;
  uint32_t rows, width; /* width: floats of a factor row that are kept */
  uint32_t n_blocks, zero;
  uint64_t worker_bytes, steward_bytes; /* of their states */
  uint64_t tokens;                      /* of the rows; 0 where none are kept */
  double time_s, busy_s, wait_s;
  uint64_t updates, extra_updates, bytes_sent;
  struct {
    uint64_t bytes, crc;
  } trace, order, metrics;
};
_Static_assert(sizeof(struct head) == 8 + 8 + FG_IDENTITY + 8 + 16 + 24 + 48 + 48, "a head has no holes");

/* A column block that is here. */
struct entry {
  uint32_t block, version;
};

static enum fg_err shard_path(const struct fg_checkpoints *c, uint64_t round, uint32_t rank, char *path,
                              struct fg_fault *fault) {
  char name[32];
  snprintf(name, sizeof name, "shard-%05" PRIu32, rank);
  return fg_checkpoint_path(c, round, name, path, fault);
}

/* What a shard of this run, round and worker must say of itself; the rest is zero. */
static struct head expected(const struct fg_checkpoints *c, uint64_t round, uint32_t rank) {
  struct head h = {.byte_order = FG_BYTE_ORDER,
                   .rank = rank,
                   .round = round,
                   .rows = c->run->grid.row[rank].n,
                   .width = fg_model_width(&c->run->model)};
  memcpy(h.magic, magic, sizeof magic);
  memcpy(h.identity, c->identity, sizeof h.identity);
  return h;
}

/* Factors, topics and weights [B]. */
static uint64_t piece_bytes(const struct fg_checkpoints *c, const struct head *h, const struct entry *entry) {
  uint64_t floats = (uint64_t)h->rows * h->width;
  for (uint32_t i = 0; i < h->n_blocks; i++)
    floats += (uint64_t)c->run->grid.col[entry[i].block].n * (h->width + 1);
  return floats * sizeof(float) + h->tokens * sizeof(uint16_t);
}

/* Column blocks that are with the worker or its steward; an array of C entries, NULL if there is no memory. */
static struct entry *find_blocks(const struct fg_checkpoints *c, const struct fg_worker *worker,
                                 const struct fg_steward *steward, uint32_t *n) {
  uint32_t blocks = c->run->grid.col_blocks;
  struct entry *entry = calloc(blocks, sizeof *entry);
  *n = 0;
  for (uint32_t q = 0; entry && q < blocks; q++)
    if (fg_worker_holds(worker, q) || fg_steward_holds(steward, q))
      entry[(*n)++] = (struct entry){q, c->run->factors.col[q].version};
  return entry;
}

enum fg_err fg_checkpoint_write_shard(const struct fg_checkpoints *c, struct fg_worker *worker,
                                      struct fg_steward *steward, const struct fg_totals *t,
                                      const struct fg_marks *marks, struct fg_fault *fault) {
  const struct fg_row_shard *rows = fg_worker_rows(worker);
  struct fg_out out;
  struct fg_sealed stream = {0};
  char path[FG_PATH_MAX];
  uint64_t round = fg_worker_round(worker);
  uint32_t stride = c->run->model.stride;
  struct head h = expected(c, round, rows->id);
  struct entry *entry = find_blocks(c, worker, steward, &h.n_blocks);
  h.tokens = rows->tokens ? rows->tokens->n : 0;
  h.worker_bytes = fg_worker_state_bytes(worker);
  h.steward_bytes = fg_steward_state_bytes(steward);
  unsigned char *state = malloc(h.worker_bytes + h.steward_bytes);
  enum fg_err err = entry && state ? FG_OK : fg_fail(fault, FG_EIO, NULL, 0, "not enough memory to write a checkpoint");
  if (err)
    goto cleanup;
  fg_worker_save(worker, state);
  fg_steward_save(steward, state + h.worker_bytes);
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
  err = fg_checkpoint_folders(c, round, fault);
  if (!err)
    err = shard_path(c, round, rows->id, path, fault);
  if (!err)
    err = fg_out_open(&out, path, fault);
  if (err) {
    err = FG_EIO;
    goto cleanup;
  }
  stream.file = out.file;
  fg_sealed_put(&stream, &h, sizeof h);
  fg_sealed_put(&stream, entry, h.n_blocks * sizeof *entry);
  fg_sealed_put(&stream, state, h.worker_bytes + h.steward_bytes);
  fg_sealed_put_lines(&stream, rows->factor, h.rows, h.width, stride);
  if (rows->tokens)
    fg_sealed_put(&stream, rows->tokens->topic, h.tokens * sizeof *rows->tokens->topic);
  for (uint32_t i = 0; i < h.n_blocks; i++) {
    const struct fg_col_block *block = &c->run->factors.col[entry[i].block];
    fg_sealed_put_lines(&stream, block->factor, block->cols, h.width, stride);
    fg_sealed_put(&stream, block->weight, block->cols * sizeof(float));
  }
  fg_sealed_close(&stream);
  err = fg_out_commit(&out, fault);
cleanup:
  free(entry);
  free(state);
  return err;
}

/* The list of blocks: each of them is one of the run. */
static enum fg_err read_entries(const struct fg_checkpoints *c, const char *path, struct fg_sealed *s,
                                const struct head *h, struct entry **entry, struct fg_fault *fault) {
  *entry = calloc((size_t)h->n_blocks + 1, sizeof **entry);
  if (!*entry)
    return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory to read a checkpoint");
  if (!fg_sealed_get(s, *entry, h->n_blocks * sizeof **entry))
    return fg_fail(fault, FG_EINPUT, path, 0, "cannot be read");
  for (uint32_t i = 0; i < h->n_blocks; i++)
    if ((*entry)[i].block >= c->run->grid.col_blocks || (i > 0 && (*entry)[i].block <= (*entry)[i - 1].block))
      return fg_fail(fault, FG_EINPUT, path, 0, "is damaged: its column blocks are none of the run");
  return FG_OK;
}

/* Opens a shard and reads its head and its list of blocks; the file's size is what they and the run say it must be.
 * Closed and freed by the caller, also after an error. */
static enum fg_err open_shard(const struct fg_checkpoints *c, uint64_t round, uint32_t rank, const char *path,
                              struct fg_sealed *s, struct head *h, struct entry **entry, struct fg_fault *fault) {
  struct head e = expected(c, round, rank);
  uint64_t most = 0;
  enum fg_err err = fg_sealed_open(s, path, sizeof *h, &most, fault);
  if (err)
    return err;
  if (!fg_sealed_get(s, h, sizeof *h))
    return fg_fail(fault, FG_EINPUT, path, 0, "cannot be read");
  if (memcmp(h->magic, e.magic, sizeof e.magic) != 0)
    return fg_fail(fault, FG_EINPUT, path, 0, "is not a shard of a checkpoint");
  if (h->byte_order != e.byte_order)
    return fg_fail(fault, FG_EINPUT, path, 0, "was written by a machine of another byte order");
  if (memcmp(h->identity, e.identity, sizeof e.identity) != 0)
    return fg_fail(fault, FG_EINPUT, path, 0, "is of another run");
  if (h->round != round || h->rank != rank)
    return fg_fail(fault, FG_EINPUT, path, 0, "is of round %" PRIu64 " and worker %" PRIu32, h->round, h->rank);
  if (h->rows != e.rows || h->width != e.width || h->n_blocks > c->run->grid.col_blocks || h->zero != 0 ||
      h->worker_bytes > most || h->steward_bytes > most || h->tokens > most || h->trace.crc > UINT32_MAX ||
      h->order.crc > UINT32_MAX || h->metrics.crc > UINT32_MAX)
    return fg_fail(fault, FG_EINPUT, path, 0, "is damaged: its head fits no shard of the run");
  err = read_entries(c, path, s, h, entry, fault);
  if (err)
    return err;
  uint64_t bytes = sizeof *h + h->n_blocks * sizeof **entry + h->worker_bytes + h->steward_bytes +
                   piece_bytes(c, h, *entry) + sizeof s->crc;
  if (bytes != most)
    return fg_fail(fault, FG_EINPUT, path, 0, "has %" PRIu64 " bytes, not %" PRIu64, most, bytes);
  return FG_OK;
}

static struct fg_marks marks_of(const struct head *h) {
  return (struct fg_marks){.trace = {h->trace.bytes, (uint32_t)h->trace.crc},
                           .order = {h->order.bytes, (uint32_t)h->order.crc},
                           .metrics = {h->metrics.bytes, (uint32_t)h->metrics.crc}};
}

/* What is behind the list of blocks. */
static uint64_t rest_bytes(const struct fg_checkpoints *c, const struct head *h, const struct entry *entry) {
  return h->worker_bytes + h->steward_bytes + piece_bytes(c, h, entry);
}

enum fg_err fg_checkpoint_check_shard(const struct fg_checkpoints *c, uint64_t round, uint32_t rank,
                                      struct fg_marks *marks, struct fg_fault *fault) {
  struct fg_sealed s = {0};
  struct head h;
  struct entry *entry = NULL;
  char path[FG_PATH_MAX];
  enum fg_err err = shard_path(c, round, rank, path, fault);
  if (!err)
    err = open_shard(c, round, rank, path, &s, &h, &entry, fault);
  if (!err)
    err = fg_sealed_rest(&s, rest_bytes(c, &h, entry), path, fault);
  if (!err && marks)
    *marks = marks_of(&h);
  if (s.file)
    fclose(s.file);
  free(entry);
  return err;
}

/* States and factors; blocks that are not held here yet are from now on. */
static enum fg_err read_body(const struct fg_checkpoints *c, const char *path, struct fg_sealed *s,
                             const struct head *h, const struct entry *entry, struct fg_worker *worker,
                             unsigned char *state, struct fg_fault *fault) {
  struct fg_factors *factors = fg_worker_factors(worker);
  const struct fg_row_shard *rows = fg_worker_rows(worker);
  uint32_t stride = c->run->model.stride;
  bool got = fg_sealed_get(s, state, h->worker_bytes + h->steward_bytes) &&
             fg_sealed_get_lines(s, rows->factor, h->rows, h->width, stride) &&
             (!rows->tokens || fg_sealed_get(s, rows->tokens->topic, h->tokens * sizeof *rows->tokens->topic));
  for (uint32_t i = 0; i < h->n_blocks && got; i++) {
    struct fg_col_block *block = &factors->col[entry[i].block];
    if (!block->factor && fg_factors_hold(factors, block->id))
      return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory for a column block");
    block->version = entry[i].version;
    got = fg_sealed_get_lines(s, block->factor, block->cols, h->width, stride) &&
          fg_sealed_get(s, block->weight, block->cols * sizeof(float));
  }
  if (!got)
    return fg_fail(fault, FG_EINPUT, path, 0, "cannot be read");
  enum fg_err err = fg_sealed_end(s, path, fault);
  if (!err && !fg_tokens_valid(rows->tokens, c->run->model.rank))
    err = fg_fail(fault, FG_EINPUT, path, 0, "is damaged: a token has a topic that there is none of");
  return err;
}

/* Machines go on from their states, and claim each block once. */
static enum fg_err restore(const struct fg_checkpoints *c, const struct head *h, const struct entry *entry,
                           struct fg_worker *worker, struct fg_steward *steward, const unsigned char *state) {
  enum fg_err err = fg_worker_restore(worker, state);
  if (!err)
    err = fg_steward_restore(steward, state + h->worker_bytes);
  if (!err && fg_worker_round(worker) != h->round)
    err = FG_EINPUT;
  for (uint32_t q = 0, i = 0; q < c->run->grid.col_blocks && !err; q++) {
    bool listed = i < h->n_blocks && entry[i].block == q;
    i += listed;
    if (fg_worker_holds(worker, q) + fg_steward_holds(steward, q) != (listed ? 1 : 0))
      err = FG_EINPUT;
  }
  return err;
}

/* The pieces of one shard become part of a worker's replica. floats: room for the largest of them, padding 0; weights
 * likewise. *s is not on the stack: that of a simulated host has room for one stream. */
static enum fg_err put_shard(const struct fg_checkpoints *c, uint64_t round, uint32_t rank, struct fg_worker *worker,
                             struct fg_sealed *s, float *floats, float *weights, struct fg_fault *fault) {
  const struct fg_grid *g = &c->run->grid;
  uint32_t stride = c->run->model.stride;
  struct head h;
  struct entry *entry = NULL;
  char path[FG_PATH_MAX];
  enum fg_err err = shard_path(c, round, rank, path, fault);
  memset(s, 0, sizeof *s);
  if (!err)
    err = open_shard(c, round, rank, path, s, &h, &entry, fault);
  bool got = !err && fg_sealed_get(s, NULL, h.worker_bytes + h.steward_bytes) &&
             fg_sealed_get_lines(s, floats, h.rows, h.width, stride);
  if (got)
    fg_worker_replica_put(worker, NULL, &(struct fg_row_shard){.id = rank, .rows = h.rows, .factor = floats});
  for (uint32_t i = 0; got && i < h.n_blocks; i++) {
    uint32_t q = entry[i].block, cols = g->col[q].n;
    struct fg_col_block block = {.id = q, .cols = cols, .factor = floats, .weight = weights};
    got = fg_sealed_get_lines(s, floats, cols, h.width, stride) && fg_sealed_get(s, weights, cols * sizeof *weights);
    if (got)
      fg_worker_replica_put(worker, &block, NULL);
  }
  if (!err)
    err = got ? fg_sealed_end(s, path, fault) : fg_fail(fault, FG_EINPUT, path, 0, "cannot be read");
  if (s->file)
    fclose(s->file);
  free(entry);
  return err;
}

/* A replica is made of what all have kept. */
static enum fg_err fill_replica(const struct fg_checkpoints *c, uint64_t round, struct fg_worker *worker,
                                struct fg_fault *fault) {
  const struct fg_grid *g = &c->run->grid;
  size_t most = 0;
  if (!fg_worker_replica_put(worker, NULL, NULL))
    return FG_OK;
  for (uint32_t p = 0; p < g->row_blocks; p++)
    most = g->row[p].n > most ? g->row[p].n : most;
  for (uint32_t q = 0; q < g->col_blocks; q++)
    most = g->col[q].n > most ? g->col[q].n : most;
  float *floats = calloc(most * (c->run->model.stride + 1), sizeof *floats);
  struct fg_sealed *s = malloc(sizeof *s);
  enum fg_err err = FG_OK;
  if (!floats || !s)
    err = fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory to read a checkpoint");
  for (uint32_t p = 0; p < g->row_blocks && !err; p++)
    err = put_shard(c, round, p, worker, s, floats, floats + most * c->run->model.stride, fault);
  free(s);
  free(floats);
  return err;
}

enum fg_err fg_checkpoint_read_shard(const struct fg_checkpoints *c, uint64_t round, struct fg_worker *worker,
                                     struct fg_steward *steward, struct fg_totals *totals, struct fg_marks *marks,
                                     struct fg_fault *fault) {
  struct fg_row_shard *rows = fg_worker_rows(worker);
  struct fg_sealed s = {0};
  struct head h;
  struct entry *entry = NULL;
  unsigned char *state = NULL;
  char path[FG_PATH_MAX];
  enum fg_err err = shard_path(c, round, rows->id, path, fault);
  if (!err)
    err = open_shard(c, round, rows->id, path, &s, &h, &entry, fault);
  if (err)
    goto cleanup;
  if (h.worker_bytes != fg_worker_state_bytes(worker) || h.steward_bytes != fg_steward_state_bytes(steward) ||
      h.tokens != (rows->tokens ? rows->tokens->n : 0)) {
    err = fg_fail(fault, FG_EINPUT, path, 0, "is damaged: its head fits no shard of the run");
    goto cleanup;
  }
  state = malloc(h.worker_bytes + h.steward_bytes);
  if (!state) {
    err = fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory to read a checkpoint");
    goto cleanup;
  }
  err = read_body(c, path, &s, &h, entry, worker, state, fault);
  if (!err && restore(c, &h, entry, worker, steward, state))
    err = fg_fail(fault, FG_EINPUT, path, 0, "is damaged: it fits no worker of the run at that boundary");
  if (!err)
    err = fill_replica(c, round, worker, fault);
  if (err)
    goto cleanup;
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
  free(entry);
  free(state);
  if (s.file)
    fclose(s.file);
  return err;
}
