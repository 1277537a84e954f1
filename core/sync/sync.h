/* Synchronization strategies: policies that the one worker asks, not loops of their own. One file and one row of
 * fg_sync_types each. What a worker does falls into three disciplines, whose state machines are in core/worker and
 * core/steward; a strategy is a policy of one of them. */
#ifndef FG_CORE_SYNC_SYNC_H
#define FG_CORE_SYNC_SYNC_H

#include "core/err.h"
#include "core/spec.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fg_sync_type;
struct fg_model_type;

struct fg_sync {
  const struct fg_sync_type *type;
  struct fg_values par; /* in the order of type->params */
};

/* Strata: P workers serve P disjoint blocks, round after round, which a release ends for all (barrier, fugue, quorum).
 */
struct fg_strata_policy {
  /* True if the column block leaves as soon as the required pass is done; otherwise at the release of the stratum. */
  bool early_hand_off;
  /* How many passes a waiting worker may make on its block before the release: 0 idles, UINT64_MAX is without limit.
   * Above 0 only without early_hand_off. */
  uint64_t (*extra_passes)(const struct fg_sync *sync);
  /* True if workers and rank 0's steward speak directly: a tree of one level without nodes. */
  bool direct;
  /* Fan-out of the release tree. Not asked if direct. */
  uint32_t (*arity)(const struct fg_sync *sync);
  /* Reports that release a stratum, 1 .. workers; the late are cut at their next chunk. Below `workers` only if direct.
   */
  uint32_t (*quorum)(const struct fg_sync *sync, uint32_t workers);
};

/* Roving blocks: every column block has one holder and is never waited for by all (ring, nomad, relay). */
enum fg_roving { FG_ROVING_RING, FG_ROVING_QUEUE, FG_ROVING_DIRECTORY };

struct fg_roving_policy {
  enum fg_roving kind; /* what comes next: blocks in a fixed order; whichever are here; what the directory grants */
  /* Column blocks per worker, C / P. */
  uint32_t (*blocks)(const struct fg_sync *sync);
  /* FG_ROVING_QUEUE: the worker that a block goes to after a visit. load: blocks that each was last known to have, the
   * own ones exact; draw: 32 random bits. */
  uint32_t (*route)(const struct fg_sync *sync, const uint32_t *load, uint32_t workers, uint32_t draw);
  /* FG_ROVING_DIRECTORY: visits by which a block may be ahead of the least-visited one, at least 1; UINT64_MAX: any. */
  uint64_t (*slack)(const struct fg_sync *sync);
  /* FG_ROVING_DIRECTORY: share of a visit that is still to be done when the next block is asked for. */
  double (*ahead)(const struct fg_sync *sync);
};

/* Replicas: every worker has the whole model, or the whole column factor (psgd, ssp). */
struct fg_replica_policy {
  bool server; /* changes go to servers of the shards; otherwise all replicas are averaged */
  /* 1/P passes between two exchanges, at least 1; UINT64_MAX: only at the end. */
  uint64_t (*period)(const struct fg_sync *sync, uint32_t workers);
  /* Replicas have the row factor, too; otherwise its rows stay with their data. */
  bool (*all)(const struct fg_sync *sync);
  /* Servers only: clocks by which a worker may be ahead of the slowest; UINT64_MAX: any. */
  uint64_t (*slack)(const struct fg_sync *sync);
  /* Servers only: hosts of their own for them, behind those of the workers; 0: they live with the workers. */
  uint32_t (*servers)(const struct fg_sync *sync);
  /* Averaging only: is it done slice by slice round a ring? Otherwise as a whole up and down a tree. slice_bytes: of a
   * mean slice on the wire [B]. */
  bool (*ring)(const struct fg_sync *sync, double slice_bytes);
  /* Averaging only: as above. Above 0 a release tree says when all are done. */
  uint64_t (*extra_passes)(const struct fg_sync *sync);
  /* Fan-out of that tree. */
  uint32_t (*arity)(const struct fg_sync *sync);
};

struct fg_sync_type {
  const char *name, *summary;
  const struct fg_param *params; /* ends with a NULL key */
  /* Exactly one of these: the discipline. */
  const struct fg_strata_policy *strata;
  const struct fg_roving_policy *roving;
  const struct fg_replica_policy *replica;
  /* What the step of extra pass x = 0, 1, ... is multiplied with; NULL where no extra updates are ever made. */
  double (*extra_step)(const struct fg_sync *sync, uint64_t x);
  /* Why a model cannot be learned this way, in words that follow "because "; NULL: it can. May be NULL: all can. */
  const char *(*refuses)(const struct fg_model_type *model);
};

extern const struct fg_sync_type *const fg_sync_types[];
const struct fg_sync_type *fg_sync_find(const char *name);

/* Parses "fugue:decay=0.05". `default_decay` replaces the table's default of a parameter "decay" that was not given (it
 * is the model's, design.md). */
enum fg_err fg_sync_parse(const char *spec, double default_decay, struct fg_sync *sync, struct fg_fault *fault);
void fg_sync_print(const struct fg_sync *sync, char *out, size_t size);

/* Column blocks per worker that the strategy cuts the matrix into, C / P. */
uint32_t fg_sync_blocks(const struct fg_sync *sync);

/* Hosts of a run: P, each with a worker and a steward, and behind them those that have a steward only. */
uint32_t fg_sync_hosts(const struct fg_sync *sync, uint32_t workers);

/* Host of the steward that serves shard q; only with servers. */
uint32_t fg_sync_server(const struct fg_sync *sync, uint32_t workers, uint32_t q);

/* Are the parameters in memory those of the run at any moment (no strata, no averaging that all wait for)? */
bool fg_sync_is_live(const struct fg_sync *sync);

/* FG_EREFUSED with the reason if the strategy refuses the model. */
enum fg_err fg_sync_admits(const struct fg_sync *sync, const struct fg_model_type *model, struct fg_fault *fault);

/* Value of parameter `key` of the strategy's table; asserts that it exists. */
double fg_sync_param(const struct fg_sync *sync, const char *key);

/* Steps of extra passes below this share of eta_t count as passes but are not computed: they change no parameter beyond
 * its last bits, and denormal steps are a hundred times slower than normal ones. Bounds claim M6 from above as before.
 */
#define FG_STEP_FLUSH 0x1p-64

#endif
