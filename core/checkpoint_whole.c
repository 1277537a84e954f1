/* Checkpoints of one process at an instant when visits are under way: all factors and statistics, out and back in.
 * Layout, as the machine has it: struct head; n_parcels struct entry, in order; the statistics of every worker (3
 * n_stat doubles), those that stewards keep, and those that parcels carry; the row factors, block by block, then the
 * topics of their tokens likewise, then the column factors; CRC-32 of everything before (4 bytes). */
#include "core/checkpoint.h"
#include "core/sealed.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char magic[8] = "FGWHOLE2", name[] = "shard-whole";

struct head {
  char magic[8];
  uint32_t byte_order, workers;
  uint8_t identity[FG_IDENTITY];
  uint64_t round;
  uint32_t rows, cols, width, n_stat;
  uint64_t steward_stats, n_parcels; /* doubles that stewards keep */
  uint64_t tokens;                   /* 0 where none are kept */
};
_Static_assert(sizeof(struct head) == 16 + FG_IDENTITY + 8 + 16 + 24, "a head has no holes");

/* A parcel that is on its way, and carries a statistic. */
struct entry {
  uint32_t rank, role;
  uint64_t seq;
};

static struct head expected(const struct fg_checkpoints *c, uint64_t round) {
  const struct fg_grid *g = &c->run->grid;
  struct head h = {.byte_order = FG_BYTE_ORDER,
                   .workers = c->run->job.workers,
                   .round = round,
                   .rows = g->rows,
                   .cols = g->cols,
                   .width = fg_model_width(&c->run->model),
                   .n_stat = c->run->model.n_stat};
  const struct fg_factors *f = &c->run->factors;
  for (uint32_t p = 0; p < f->row_blocks; p++)
    h.tokens += f->row[p].tokens ? f->row[p].tokens->n : 0;
  memcpy(h.magic, magic, sizeof magic);
  memcpy(h.identity, c->identity, sizeof h.identity);
  return h;
}

static uint64_t body_bytes(const struct head *h) {
  return sizeof *h + h->n_parcels * (sizeof(struct entry) + h->n_stat * sizeof(double)) +
         (3 * (uint64_t)h->n_stat * h->workers + h->steward_stats) * sizeof(double) +
         ((uint64_t)h->rows + h->cols) * h->width * sizeof(float) + h->tokens * sizeof(uint16_t);
}

static int by_sender(const void *a, const void *b) {
  const struct fg_parcel *x = *(struct fg_parcel *const *)a, *y = *(struct fg_parcel *const *)b;
  if (x->from.rank != y->from.rank)
    return x->from.rank < y->from.rank ? -1 : 1;
  if (x->from.role != y->from.role)
    return x->from.role < y->from.role ? -1 : 1;
  return x->seq < y->seq ? -1 : x->seq > y->seq;
}

/* Parcels with a statistic, first and in order; how many. */
static size_t sort_parcels(const struct fg_instant *now) {
  size_t n = 0;
  for (size_t i = 0; i < now->n_parcels; i++)
    if (now->parcel[i]->n_stat) {
      struct fg_parcel *p = now->parcel[i];
      now->parcel[i] = now->parcel[n];
      now->parcel[n++] = p;
    }
  if (n)
    qsort(now->parcel, n, sizeof(struct fg_parcel *), by_sender);
  return n;
}

static struct entry entry_of(const struct fg_parcel *p) {
  return (struct entry){.rank = p->from.rank, .role = p->from.role, .seq = p->seq};
}

static uint64_t steward_stats(const struct fg_checkpoints *c, const struct fg_instant *now) {
  uint64_t sum = 0;
  for (uint32_t p = 0; p < c->run->job.workers; p++) {
    size_t n;
    fg_steward_sums(now->steward[p], &n);
    sum += n;
  }
  return sum;
}

enum fg_err fg_checkpoint_write_whole(const struct fg_checkpoints *c, uint64_t round, const struct fg_instant *now,
                                      struct fg_fault *fault) {
  const struct fg_factors *f = &c->run->factors;
  struct fg_sealed stream = {0};
  struct fg_out out;
  char path[FG_PATH_MAX];
  struct head h = expected(c, round);
  h.n_parcels = sort_parcels(now);
  h.steward_stats = steward_stats(c, now);
  enum fg_err err = fg_checkpoint_folders(c, round, fault);
  if (!err)
    err = fg_checkpoint_path(c, round, name, path, fault);
  if (!err)
    err = fg_out_open(&out, path, fault);
  if (err)
    return FG_EIO;
  stream.file = out.file;
  fg_sealed_put(&stream, &h, sizeof h);
  for (size_t i = 0; i < h.n_parcels; i++) {
    struct entry e = entry_of(now->parcel[i]);
    fg_sealed_put(&stream, &e, sizeof e);
  }
  for (uint32_t p = 0; p < h.workers; p++)
    fg_sealed_put(&stream, fg_worker_stats(now->worker[p]), 3 * (size_t)h.n_stat * sizeof(double));
  for (uint32_t p = 0; p < h.workers; p++) {
    size_t n;
    const double *sums = fg_steward_sums(now->steward[p], &n);
    fg_sealed_put(&stream, sums, n * sizeof *sums);
  }
  for (size_t i = 0; i < h.n_parcels; i++)
    fg_sealed_put(&stream, now->parcel[i]->stat, h.n_stat * sizeof(double));
  for (uint32_t p = 0; p < f->row_blocks; p++)
    fg_sealed_put_lines(&stream, f->row[p].factor, f->row[p].rows, h.width, f->stride);
  for (uint32_t p = 0; p < f->row_blocks && h.tokens; p++)
    fg_sealed_put(&stream, f->row[p].tokens->topic, f->row[p].tokens->n * sizeof(uint16_t));
  for (uint32_t q = 0; q < f->col_blocks; q++)
    fg_sealed_put_lines(&stream, f->col[q].factor, f->col[q].cols, h.width, f->stride);
  fg_sealed_close(&stream);
  return fg_out_commit(&out, fault);
}

/* Opens the file and reads its head. Closed by the caller, also after an error. */
static enum fg_err open_whole(const struct fg_checkpoints *c, uint64_t round, char *path, struct fg_sealed *s,
                              struct head *h, struct fg_fault *fault) {
  struct head e = expected(c, round);
  uint64_t bytes = 0;
  enum fg_err err = fg_checkpoint_path(c, round, name, path, fault);
  if (!err)
    err = fg_sealed_open(s, path, sizeof *h, &bytes, fault);
  if (!err && !fg_sealed_get(s, h, sizeof *h))
    err = fg_fail(fault, FG_EINPUT, path, 0, "cannot be read");
  if (err)
    return err;
  e.steward_stats = h->steward_stats;
  e.n_parcels = h->n_parcels;
  if (memcmp(h, &e, sizeof e) != 0 || h->steward_stats > bytes || h->n_parcels > bytes ||
      body_bytes(h) + sizeof s->crc != bytes)
    return fg_fail(fault, FG_EINPUT, path, 0, "is damaged, or of another run: its head fits none of this one");
  return FG_OK;
}

enum fg_err fg_checkpoint_check_whole(const struct fg_checkpoints *c, uint64_t round, struct fg_fault *fault) {
  struct fg_sealed s = {0};
  struct head h;
  char path[FG_PATH_MAX];
  enum fg_err err = open_whole(c, round, path, &s, &h, fault);
  if (!err)
    err = fg_sealed_rest(&s, body_bytes(&h) - sizeof h, path, fault);
  if (s.file)
    fclose(s.file);
  return err;
}

/* Are the parcels that are on their way those of the file? */
static enum fg_err match_parcels(const char *path, struct fg_sealed *s, const struct head *h,
                                 const struct fg_instant *now, struct fg_fault *fault) {
  bool same = sort_parcels(now) == h->n_parcels;
  for (size_t i = 0; i < h->n_parcels && same; i++) {
    struct entry e, expect = entry_of(now->parcel[i]);
    same = fg_sealed_get(s, &e, sizeof e) && memcmp(&e, &expect, sizeof e) == 0;
  }
  return same ? FG_OK : fg_fail(fault, FG_MISMATCH, path, 0, "knows of other messages under way than there are");
}

enum fg_err fg_checkpoint_read_whole(const struct fg_checkpoints *c, uint64_t round, const struct fg_instant *now,
                                     struct fg_fault *fault) {
  const struct fg_factors *f = &c->run->factors;
  struct fg_sealed s = {0};
  struct head h;
  char path[FG_PATH_MAX];
  bool got = true;
  enum fg_err err = open_whole(c, round, path, &s, &h, fault);
  if (!err && h.steward_stats != steward_stats(c, now))
    err = fg_fail(fault, FG_EINPUT, path, 0, "is damaged: its head fits none of this run");
  if (!err)
    err = match_parcels(path, &s, &h, now, fault);
  if (err)
    goto cleanup;
  for (uint32_t p = 0; p < h.workers && got; p++)
    got = fg_sealed_get(&s, fg_worker_stats(now->worker[p]), 3 * (uint64_t)h.n_stat * sizeof(double));
  for (uint32_t p = 0; p < h.workers && got; p++) {
    size_t n;
    double *sums = fg_steward_sums(now->steward[p], &n);
    got = fg_sealed_get(&s, sums, n * sizeof *sums);
  }
  for (size_t i = 0; i < h.n_parcels && got; i++)
    got = fg_sealed_get(&s, now->parcel[i]->stat, h.n_stat * sizeof(double));
  for (uint32_t p = 0; p < f->row_blocks && got; p++)
    got = fg_sealed_get_lines(&s, f->row[p].factor, f->row[p].rows, h.width, f->stride);
  for (uint32_t p = 0; p < f->row_blocks && got && h.tokens; p++)
    got = fg_sealed_get(&s, f->row[p].tokens->topic, f->row[p].tokens->n * sizeof(uint16_t));
  for (uint32_t q = 0; q < f->col_blocks && got; q++)
    got = fg_sealed_get_lines(&s, f->col[q].factor, f->col[q].cols, h.width, f->stride);
  err = got ? fg_sealed_end(&s, path, fault) : fg_fail(fault, FG_EINPUT, path, 0, "cannot be read");
  for (uint32_t p = 0; p < f->row_blocks && !err; p++)
    if (!fg_tokens_valid(f->row[p].tokens, c->run->model.rank))
      err = fg_fail(fault, FG_EINPUT, path, 0, "is damaged: a token has a topic that there is none of");
cleanup:
  if (s.file)
    fclose(s.file);
  return err;
}
