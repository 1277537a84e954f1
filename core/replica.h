/* Replicas of data-only strategies (psgd, ssp): how they lie in memory, how slices of them travel, and when they are
 * exchanged. A replica is the whole column factor, all C = P column blocks in the order of their numbers, and with
 * replica=all behind it the whole row factor, all P row blocks. Slice q of it is column block q and, with replica=all,
 * row block q: so every slice has a home, the pieces of number q in struct fg_factors at rank q, or where its server is
 * (fg_sync_server). What travels is dense and without padding. */
#ifndef FG_CORE_REPLICA_H
#define FG_CORE_REPLICA_H

#include "core/factors.h"
#include "core/machine.h"

/* Rows of factors in up to two pieces (lent): of the column factor, of the row factor. */
struct fg_slice {
  float *piece[2]; /* rows x stride: of columns, of rows */
  size_t rows[2];
};

/* Floats of a slice that travels: rows x rank. */
size_t fg_slice_floats(const struct fg_slice *slice, const struct fg_model *model);

/* To and from what travels (lent, fg_slice_floats floats): copies out; overwrites; adds. */
void fg_slice_get(const struct fg_slice *slice, const struct fg_model *model, float *out);
void fg_slice_set(const struct fg_slice *slice, const struct fg_model *model, const float *in);
void fg_slice_add(const struct fg_slice *slice, const struct fg_model *model, const float *in);

/* Puts a slice into a parcel; where updates are only counted, its size. FG_ENOMEM. */
enum fg_err fg_slice_pack(const struct fg_slice *slice, const struct fg_job *job, struct fg_parcel *parcel);

/* Does the parcel bring such a slice? */
bool fg_slice_fits(const struct fg_slice *slice, const struct fg_job *job, const struct fg_parcel *parcel);

/* Divides every entry. */
void fg_slice_divide(const struct fg_slice *slice, const struct fg_model *model, float by);

struct fg_replica {
  uint32_t blocks; /* P */
  bool all;
  uint32_t stride;
  size_t *at;    /* first row of each column block, then with `all` of each row block, then the end: blocks or 2 blocks,
                    + 1 entries */
  float *factor; /* rows x stride, FG_ALIGN-aligned, padding 0 */
};

/* A replica of the shape that the job's strategy asks for, all 0, or where updates are only counted without an array;
 * sizes are those of `factors`. FG_ENOMEM. Freed by
 * fg_replica_free. */
enum fg_err fg_replica_new(const struct fg_job *job, const struct fg_factors *factors, struct fg_replica *replica);
void fg_replica_free(struct fg_replica *replica);

/* Slice q of it, or with FG_SLICE_ALL all in one piece. */
struct fg_slice fg_replica_slice(const struct fg_replica *replica, uint32_t q);

/* Section of row block p; only with `all`. */
float *fg_replica_rows(const struct fg_replica *replica, uint32_t p);

static inline float *fg_replica_cols(const struct fg_replica *replica, uint32_t q) {
  return replica->factor + replica->at[q] * replica->stride;
}
static inline size_t fg_replica_lines(const struct fg_replica *replica) {
  return replica->at[replica->all ? 2 * (size_t)replica->blocks : replica->blocks];
}

/* The home of slice q: the pieces held in `factors`. */
struct fg_slice fg_home_slice(const struct fg_factors *factors, uint32_t q, bool all);

/* Floats of slice q (or FG_SLICE_ALL) that travel, by the sizes of the pieces, held or not. */
size_t fg_home_floats(const struct fg_factors *factors, const struct fg_model *model, uint32_t q, bool all);

/* Memory of a worker for its replicas [B] (claim S8): 4 x stride x (M [+ N]), with a server twice, and 4 M for the
 * weights of the columns. N, M: of the whole matrix. Slices on their way come on top: of the size of a replica at most.
 */
uint64_t fg_replica_bytes(const struct fg_job *job);

/* Are averages made round a ring (sync.h)? The mean slice of this replica decides. */
bool fg_replica_ring(const struct fg_job *job);

/* ---- when */

/* Is there an exchange when so many rounds are over for a worker? Every `period` of them, at the end, and with a server
 * where the job pauses. */
bool fg_exchange_due(const struct fg_job *job, uint64_t round);

/* Exchanges in the first `round` rounds. */
uint64_t fg_exchanges(const struct fg_job *job, uint64_t round);

/* Is it one at which all wait for all, so that a boundary follows? Those of averagings are. */
bool fg_exchange_joins(const struct fg_job *job, uint64_t round);

/* Are averagings announced by a release tree, so that those who have finished can make extra updates until then? */
bool fg_replica_waits(const struct fg_job *job);

#endif
