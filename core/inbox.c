/* Between a parcel's delivery and its being taken. */
#include "core/inbox.h"

#include <stdlib.h>

enum fg_err fg_inbox_put(struct fg_inbox *inbox, struct fg_parcel *parcel, struct fg_fault *fault) {
  if (inbox->n == inbox->capacity) {
    uint32_t capacity = inbox->capacity ? 2 * inbox->capacity : 4;
    struct fg_parcel **ring = malloc(capacity * sizeof(struct fg_parcel *));
    if (!ring) {
      fg_parcel_free(parcel);
      return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory for a message");
    }
    for (uint32_t i = 0; i < inbox->n; i++)
      ring[i] = inbox->ring[(inbox->first + i) % inbox->capacity];
    free(inbox->ring);
    inbox->ring = ring;
    inbox->first = 0;
    inbox->capacity = capacity;
  }
  inbox->ring[(inbox->first + inbox->n++) % inbox->capacity] = parcel;
  return FG_OK;
}

struct fg_parcel *fg_inbox_get(struct fg_inbox *inbox) {
  if (inbox->n == 0)
    return NULL;
  struct fg_parcel *parcel = inbox->ring[inbox->first];
  inbox->first = (inbox->first + 1) % inbox->capacity;
  inbox->n--;
  return parcel;
}

void fg_inbox_free(struct fg_inbox *inbox) {
  for (struct fg_parcel *parcel; (parcel = fg_inbox_get(inbox)) != NULL;)
    fg_parcel_free(parcel);
  free(inbox->ring);
  *inbox = (struct fg_inbox){0};
}
