/* Checkpoints: what a part has of the posterior, out and back in. Layout, as the machine has it: struct head; mean and
 * square (posterior.h), in double, of its rows, of its column blocks in ascending order, and of its test points; CRC-32
 * of everything before (4 bytes). */
#include "core/checkpoint.h"
#include "core/posterior.h"
#include "core/sealed.h"

#include <inttypes.h>
#include <string.h>

static const char magic[8] = "FGPOST01";

struct head {
  char magic[8];
  uint32_t byte_order, part;
  uint8_t identity[FG_IDENTITY];
  uint64_t round, samples;
  uint64_t entries; /* of all moments */
};
_Static_assert(sizeof(struct head) == 16 + FG_IDENTITY + 24, "a head has no holes");

static enum fg_err path_of(const struct fg_checkpoints *c, uint64_t round, uint32_t p, char *path,
                           struct fg_fault *fault) {
  char name[32];
  snprintf(name, sizeof name, "posterior-%05" PRIu32, p);
  return fg_checkpoint_path(c, round, name, path, fault);
}

/* Moments number i of a part; NULL behind the last ones. */
static struct fg_moments *moments(const struct fg_posterior *s, uint32_t p, uint32_t i) {
  uint64_t q = p + (uint64_t)(i - 1) * s->row_blocks, n = (s->col_blocks - p + s->row_blocks - 1) / s->row_blocks;
  if (i == 0)
    return &s->row[p];
  return i <= n ? &s->col[q] : i == n + 1 ? &s->test[p] : NULL;
}

static struct head expected(const struct fg_checkpoints *c, uint64_t round, uint32_t p) {
  struct head h = {.byte_order = FG_BYTE_ORDER, .part = p, .round = round};
  const struct fg_moments *m;
  memcpy(h.magic, magic, sizeof magic);
  memcpy(h.identity, c->identity, sizeof h.identity);
  for (uint32_t i = 0; (m = moments(c->run->posterior, p, i)) != NULL; i++)
    h.entries += m->n;
  return h;
}

enum fg_err fg_checkpoint_write_posterior(const struct fg_checkpoints *c, uint64_t round, uint32_t p,
                                          struct fg_fault *fault) {
  struct fg_sealed stream = {0};
  const struct fg_moments *m;
  struct fg_out out;
  char path[FG_PATH_MAX];
  if (!c->run->posterior)
    return FG_OK;
  struct head h = expected(c, round, p);
  h.samples = c->run->posterior->samples;
  if (path_of(c, round, p, path, fault) || fg_out_open(&out, path, fault))
    return FG_EIO;
  stream.file = out.file;
  fg_sealed_put(&stream, &h, sizeof h);
  for (uint32_t i = 0; (m = moments(c->run->posterior, p, i)) != NULL; i++)
    fg_sealed_put(&stream, m->mean, 2 * m->n * sizeof(double)); /* square lies behind it */
  fg_sealed_close(&stream);
  return fg_out_commit(&out, fault);
}

/* Opens the file and reads its head. Closed by the caller, also after an error. */
static enum fg_err open_part(const struct fg_checkpoints *c, uint64_t round, uint32_t p, char *path,
                             struct fg_sealed *s, struct head *h, struct fg_fault *fault) {
  struct head e = expected(c, round, p);
  uint64_t bytes = 0;
  enum fg_err err = path_of(c, round, p, path, fault);
  if (!err)
    err = fg_sealed_open(s, path, sizeof *h, &bytes, fault);
  if (!err && !fg_sealed_get(s, h, sizeof *h))
    err = fg_fail(fault, FG_EINPUT, path, 0, "cannot be read");
  if (err)
    return err;
  e.samples = h->samples;
  if (memcmp(h, &e, sizeof e) != 0 || bytes != sizeof *h + 2 * e.entries * sizeof(double) + sizeof s->crc)
    return fg_fail(fault, FG_EINPUT, path, 0, "is damaged, or of another run: its head fits none of this one");
  return FG_OK;
}

enum fg_err fg_checkpoint_check_posterior(const struct fg_checkpoints *c, uint64_t round, uint32_t p,
                                          struct fg_fault *fault) {
  struct fg_sealed s = {0};
  struct head h;
  char path[FG_PATH_MAX];
  if (!c->run->posterior)
    return FG_OK;
  enum fg_err err = open_part(c, round, p, path, &s, &h, fault);
  if (!err)
    err = fg_sealed_rest(&s, 2 * h.entries * sizeof(double), path, fault);
  if (s.file)
    fclose(s.file);
  return err;
}

enum fg_err fg_checkpoint_read_posterior(const struct fg_checkpoints *c, uint64_t round, uint32_t p,
                                         struct fg_fault *fault) {
  struct fg_sealed s = {0};
  struct head h;
  const struct fg_moments *m;
  char path[FG_PATH_MAX];
  if (!c->run->posterior)
    return FG_OK;
  enum fg_err err = open_part(c, round, p, path, &s, &h, fault);
  for (uint32_t i = 0; !err && (m = moments(c->run->posterior, p, i)) != NULL; i++)
    if (!fg_sealed_get(&s, m->mean, 2 * m->n * sizeof(double)))
      err = fg_fail(fault, FG_EINPUT, path, 0, "cannot be read");
  if (!err)
    err = fg_sealed_end(&s, path, fault);
  if (!err)
    c->run->posterior->samples = h.samples;
  if (s.file)
    fclose(s.file);
  return err;
}
