/* Parcels: what travels between machines, and how large it is. */
#include "core/parcel.h"

#include <stdlib.h>

struct fg_parcel *fg_parcel_new(enum fg_parcel_kind kind, struct fg_address from, struct fg_address to, uint64_t round,
                                uint32_t n_stat) {
  struct fg_parcel *p = calloc(1, sizeof *p + n_stat * sizeof p->stat[0]);
  if (!p)
    return NULL;
  p->kind = kind;
  p->from = from;
  p->to = to;
  p->round = round;
  p->n_stat = n_stat;
  return p;
}

/*@ predicate is_parcel(struct fg_parcel *p) = // field by field: WP knows no size of a struct whose last array has none
      \valid_read(&p->from) && \valid_read(&p->to) && \valid_read(&p->block) && \valid_read(&p->shard) &&
      \valid_read(&p->n_floats) && \valid_read(&p->n_stat) &&
      (p->block == \null || \valid_read(p->block)) && (p->shard == \null || \valid_read(p->shard)) &&
      p->n_floats < 1 << 60; // more than there is memory for
    predicate is_model(struct fg_model *m) = // FG_RANK_MAX holds of any rank; an optimiser adds a row more
      \valid_read(m) && \valid_read(m->type) && m->lanes + m->n_state < 1 << 24 && m->rank < 1 << 24;
    logic integer width(struct fg_model *m) = m->n_state > 0 ? m->lanes + m->n_state : m->rank;
    logic integer block_bytes(struct fg_parcel *p, struct fg_model *m) =
      p->block == \null ? 0 : p->block->cols * (width(m) + (m->type->weights ? 1 : 0)) * 4;
    logic integer shard_bytes(struct fg_parcel *p, struct fg_model *m) =
      p->shard == \null ? 0 : p->shard->rows * width(m) * 4; */

/*@ requires is_parcel(parcel) && is_model(model);
    assigns \nothing;
    ensures same_host: parcel->from.rank == parcel->to.rank ==> \result == 0;
    ensures claim_S7: parcel->from.rank != parcel->to.rank ==> \result == FG_PARCEL_HEADER + 8 * parcel->n_stat +
      block_bytes(parcel, model) + shard_bytes(parcel, model) + 4 * parcel->n_floats; */
size_t fg_parcel_wire_bytes(const struct fg_parcel *parcel, const struct fg_model *model) {
  if (parcel->from.rank == parcel->to.rank)
    return 0;
  size_t bytes = FG_PARCEL_HEADER + parcel->n_stat * sizeof(double);
  if (parcel->block)
    bytes += (size_t)parcel->block->cols * (fg_model_width(model) + (model->type->weights ? 1u : 0u)) * sizeof(float);
  if (parcel->shard)
    bytes += (size_t)parcel->shard->rows * fg_model_width(model) * sizeof(float);
  return bytes + parcel->n_floats * sizeof(float);
}

enum fg_err fg_parcel_add_floats(struct fg_parcel *parcel, size_t n) {
  parcel->floats = malloc((n ? n : 1) * sizeof *parcel->floats);
  parcel->n_floats = n;
  return parcel->floats ? FG_OK : FG_ENOMEM;
}

void fg_parcel_free(struct fg_parcel *parcel) {
  if (parcel)
    free(parcel->floats);
  free(parcel);
}
