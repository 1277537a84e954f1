/* Synchronization strategies: policies that the one worker asks, not loops of their own. One file and one row of
 * fg_sync_types each. */
#ifndef FG_CORE_SYNC_SYNC_H
#define FG_CORE_SYNC_SYNC_H

#include "core/err.h"
#include "core/spec.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fg_sync_type;

struct fg_sync {
  const struct fg_sync_type *type;
  struct fg_values par; /* in the order of type->params */
};

struct fg_sync_type {
  const char *name, *summary;
  const struct fg_param *params; /* ends with a NULL key */
  /* True if the column block leaves as soon as the required pass is done; otherwise at the release of the stratum. */
  bool early_hand_off;
  /* How many passes a waiting worker may make on its block before the release: 0 idles, UINT64_MAX is without limit.
   * Above 0 only without early_hand_off. */
  uint64_t (*extra_passes)(const struct fg_sync *sync);
  /* What the step of extra pass x = 0, 1, ... is multiplied with. */
  double (*extra_step)(const struct fg_sync *sync, uint64_t x);
  /* Fan-out of the release tree. */
  uint32_t (*arity)(const struct fg_sync *sync);
};

extern const struct fg_sync_type *const fg_sync_types[];
const struct fg_sync_type *fg_sync_find(const char *name);

/* Parses "fugue:decay=0.05". `default_decay` replaces the table's default of a parameter "decay" that was not given (it
 * is the model's, design.md). */
enum fg_err fg_sync_parse(const char *spec, double default_decay, struct fg_sync *sync, struct fg_fault *fault);
void fg_sync_print(const struct fg_sync *sync, char *out, size_t size);

/* Steps of extra passes below this share of eta_t count as passes but are not computed: they change no parameter beyond
 * its last bits, and denormal steps are a hundred times slower than normal ones. Bounds claim M6 from above as before.
 */
#define FG_STEP_FLUSH 0x1p-64

#endif
