/* Claim S6 on the parcels themselves, without a look at the server that sends them: no answer that lets a worker start
 * a clock leaves a shard before the changes that the slack asks for have been taken there. */
#ifndef FG_CORE_STALENESS_H
#define FG_CORE_STALENESS_H

#include "core/err.h"
#include "core/parcel.h"

/* Zero-initialise. */
struct fg_staleness {
  uint32_t workers;
  uint64_t slack;
  uint64_t *taken; /* P x P: clocks of worker p whose changes shard q has taken, at [q * P + p] */
};

/* FG_ENOMEM. Freed by fg_staleness_free. */
enum fg_err fg_staleness_start(struct fg_staleness *staleness, uint32_t workers, uint64_t slack);
void fg_staleness_free(struct fg_staleness *staleness);

/* A server takes this parcel (lent). */
enum fg_err fg_staleness_take(struct fg_staleness *staleness, const struct fg_parcel *parcel, struct fg_fault *fault);

/* A server sends it: FG_MISMATCH if it answers what was not asked, or too early. */
enum fg_err fg_staleness_send(const struct fg_staleness *staleness, const struct fg_parcel *parcel,
                              struct fg_fault *fault);

#endif
