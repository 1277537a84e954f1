/* The rows of the strategy table, for sync.c alone. */
#ifndef FG_CORE_SYNC_TYPES_H
#define FG_CORE_SYNC_TYPES_H

#include "core/sync/sync.h"

extern const struct fg_sync_type fg_sync_barrier;
extern const struct fg_sync_type fg_sync_fugue;
extern const struct fg_sync_type fg_sync_quorum;
extern const struct fg_sync_type fg_sync_ring;
extern const struct fg_sync_type fg_sync_nomad;
extern const struct fg_sync_type fg_sync_relay;
extern const struct fg_sync_type fg_sync_psgd;
extern const struct fg_sync_type fg_sync_ssp;

/* Of strategies with a parameter `arity`, and of those whose strata all workers complete. */
uint32_t fg_sync_arity(const struct fg_sync *sync);
uint32_t fg_sync_everybody(const struct fg_sync *sync, uint32_t workers);

/* fg_sync_type.refuses: a model whose column blocks are normalised across blocks at releases needs strata (method.md
 * section 5). */
const char *fg_sync_needs_strata(const struct fg_model_type *model);

/* The same of data-only strategies: tokens of samplers are kept block by block. */
const char *fg_sync_needs_steps(const struct fg_model_type *model);

/* Data-only strategies: the parameter "every" [passes] as a number of visits, of 1/P pass each; UINT64_MAX: inf. */
uint64_t fg_sync_visits(const struct fg_sync *sync, uint32_t workers);

#endif
