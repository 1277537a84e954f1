/* Parcels that have arrived and wait to be taken, first in, first out. */
#ifndef FG_CORE_INBOX_H
#define FG_CORE_INBOX_H

#include "core/err.h"
#include "core/parcel.h"

#include <stdint.h>

/* A ring; zero-initialise. */
struct fg_inbox {
  struct fg_parcel **ring;
  uint32_t first, n, capacity;
};

/* Adds a parcel (given, also on failure). FG_ENOMEM. */
enum fg_err fg_inbox_put(struct fg_inbox *inbox, struct fg_parcel *parcel, struct fg_fault *fault);

/* The oldest one (given), or NULL. */
struct fg_parcel *fg_inbox_get(struct fg_inbox *inbox);

/* Frees it with all that is in it. */
void fg_inbox_free(struct fg_inbox *inbox);

#endif
