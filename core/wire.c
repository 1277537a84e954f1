/* Parcels between processes: to bytes and back. */
#include "core/wire.h"

#include "core/replica.h"

#include <assert.h>
#include <string.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "parcels are sent as they lie in memory: little-endian machines only"
#endif

enum {
  MAGIC = 0x4746,
  FLAG_FROM_STEWARD = 1,
  FLAG_TO_STEWARD = 2,
  FLAG_STAT = 4,
  FLAG_BLOCK = 8,
  FLAG_FLOATS = 16,
  FLAG_ROWS = 32, /* of a slice: those of the row factor are in it */
  FLAGS = 64
};

/* the header as it is sent; the host it goes to is the one that reads it. Numbers of parcels and rounds have 48 bits:
 * a million of them a second for nine years */
struct header {
  uint16_t magic;
  uint8_t kind, flags;
  uint32_t from, item, version, count; /* item: of a block its number */
  uint32_t seq, round;
  uint16_t seq_high, round_high;
};

_Static_assert(sizeof(struct header) == FG_PARCEL_HEADER, "the header is what the closed form of the traffic counts");

/* A piece of the stream: `n` bytes at `data`. */
struct piece {
  void *data;
  size_t n;
};

static size_t row_bytes(const struct fg_model *model) {
  return fg_model_width(model) * sizeof(float);
}

/* The piece of the stream behind the header that holds byte `at`, from that byte on. */
static struct piece piece_at(const struct fg_parcel *p, const struct fg_model *model, size_t at) {
  size_t stat = p->n_stat * sizeof p->stat[0];
  if (at < stat)
    return (struct piece){(char *)p->stat + at, stat - at};
  at -= stat;
  if (p->floats)
    return (struct piece){(char *)p->floats + at, p->n_floats * sizeof *p->floats - at};
  size_t row = at / row_bytes(model), in_row = at % row_bytes(model);
  if (row < p->block->cols)
    return (struct piece){(char *)(p->block->factor + row * model->stride) + in_row, row_bytes(model) - in_row};
  at -= p->block->cols * row_bytes(model);
  return (struct piece){(char *)p->block->weight + at, p->block->cols * sizeof(float) - at};
}

/* Copies n bytes of the stream behind the header, from byte `at` on, to or from `bytes`. */
static void copy(const struct fg_parcel *p, const struct fg_model *model, size_t at, size_t n, unsigned char *out,
                 const unsigned char *in) {
  for (size_t done = 0; done < n;) {
    struct piece piece = piece_at(p, model, at + done);
    size_t some = piece.n < n - done ? piece.n : n - done;
    if (out)
      memcpy(out + done, piece.data, some);
    else
      memcpy(piece.data, in + done, some);
    done += some;
  }
}

void fg_wire_pack(const struct fg_parcel *p, const struct fg_model *model, size_t from, size_t n, unsigned char *out) {
  if (from < FG_PARCEL_HEADER) {
    struct header h = {
        .magic = MAGIC,
        .kind = (uint8_t)p->kind,
        .flags = (uint8_t)((p->from.role == FG_STEWARD ? FLAG_FROM_STEWARD : 0) |
                           (p->to.role == FG_STEWARD ? FLAG_TO_STEWARD : 0) | (p->n_stat ? FLAG_STAT : 0) |
                           (p->block ? FLAG_BLOCK : 0) | (p->floats ? FLAG_FLOATS : 0) | (p->rows ? FLAG_ROWS : 0)),
        .from = p->from.rank,
        .item = p->block ? p->block->id : p->item,
        .version = p->block ? p->block->version : 0,
        .count = p->count,
        .seq = (uint32_t)p->seq,
        .round = (uint32_t)p->round,
        .seq_high = (uint16_t)(p->seq >> 32),
        .round_high = (uint16_t)(p->round >> 32),
    };
    assert(p->seq >> 48 == 0 && p->round >> 48 == 0);
    size_t some = FG_PARCEL_HEADER - from < n ? FG_PARCEL_HEADER - from : n;
    memcpy(out, (unsigned char *)&h + from, some);
    out += some;
    from += some;
    n -= some;
  }
  copy(p, model, from - FG_PARCEL_HEADER, n, out, NULL);
}

/* Can this be the header of a parcel of the run? */
static bool plausible(const struct header *h, const struct fg_model *model, const struct fg_factors *factors) {
  bool block = h->flags & FLAG_BLOCK, slice = h->flags & FLAG_FLOATS;
  if (h->magic != MAGIC || h->flags >= FLAGS || h->kind >= FG_PARCEL_KINDS || h->from >= factors->row_blocks ||
      ((h->flags & FLAG_STAT) && !model->n_stat))
    return false;
  if (block != (h->kind == FG_PARCEL_BLOCK) || slice != (h->kind == FG_PARCEL_SLICE) ||
      (!slice && (h->flags & FLAG_ROWS)))
    return false;
  bool whole = slice && h->item == FG_SLICE_ALL;
  if (slice && factors->row_blocks != factors->col_blocks)
    return false;
  return !(block || slice) || whole || h->item < factors->col_blocks;
}

enum fg_err fg_wire_open(const unsigned char header[FG_PARCEL_HEADER], uint32_t self, const struct fg_model *model,
                         struct fg_factors *factors, struct fg_parcel **parcel, struct fg_fault *fault) {
  struct header h;
  *parcel = NULL;
  memcpy(&h, header, sizeof h);
  bool block = h.flags & FLAG_BLOCK, slice = h.flags & FLAG_FLOATS, rows = h.flags & FLAG_ROWS;
  if (!plausible(&h, model, factors))
    return fg_fail(fault, FG_EPROTOCOL, NULL, 0, "rank %u received a message that is no parcel", self);
  if (block && factors->col[h.item].factor)
    return fg_fail(fault, FG_EPROTOCOL, NULL, 0, "rank %u received column block %u, which it holds (S3)", self, h.item);
  struct fg_address from = {h.from, h.flags & FLAG_FROM_STEWARD ? FG_STEWARD : FG_WORKER};
  struct fg_address to = {self, h.flags & FLAG_TO_STEWARD ? FG_STEWARD : FG_WORKER};
  struct fg_parcel *p = fg_parcel_new((enum fg_parcel_kind)h.kind, from, to, (uint64_t)h.round_high << 32 | h.round,
                                      h.flags & FLAG_STAT ? model->n_stat : 0);
  if (!p || (block && fg_factors_hold(factors, h.item)) ||
      (slice && fg_parcel_add_floats(p, fg_home_floats(factors, model, h.item, rows)))) {
    fg_parcel_free(p);
    return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory for a message");
  }
  p->seq = (uint64_t)h.seq_high << 32 | h.seq;
  p->item = h.item;
  p->count = h.count;
  p->rows = rows;
  if (block) {
    p->block = &factors->col[h.item];
    p->block->version = h.version;
  }
  p->bytes = fg_parcel_wire_bytes(p, model);
  *parcel = p;
  return FG_OK;
}

void fg_wire_unpack(struct fg_parcel *p, const struct fg_model *model, size_t from, size_t n, const unsigned char *in) {
  if (from < FG_PARCEL_HEADER) {
    size_t some = FG_PARCEL_HEADER - from < n ? FG_PARCEL_HEADER - from : n;
    in += some;
    from += some;
    n -= some;
  }
  copy(p, model, from - FG_PARCEL_HEADER, n, NULL, in);
}
