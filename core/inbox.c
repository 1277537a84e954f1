/* Between a parcel's delivery and its being taken. */
#include "core/inbox.h"

#include <stdlib.h>

/*@ predicate is_inbox(struct fg_inbox *b) =
      b->n <= b->capacity <= INT32_MAX && (0 < b->capacity ==> b->first < b->capacity) &&
      \valid(b->ring + (0 .. b->capacity - 1)); */

/* The place of parcel number i of those here; with i = n of the next to come. */
/*@ requires \valid_read(inbox) && is_inbox(inbox) && 0 < inbox->capacity && i <= inbox->capacity;
    assigns \nothing;
    ensures \result == (inbox->first + i) % inbox->capacity;
    ensures own_place: \forall integer j; 0 <= j < inbox->capacity && i < inbox->capacity &&
      (inbox->first + j) % inbox->capacity == \result ==> i == j; */
static uint32_t place(const struct fg_inbox *inbox, uint32_t i) {
  return (inbox->first + i) % inbox->capacity;
}

enum fg_err fg_inbox_put(struct fg_inbox *inbox, struct fg_parcel *parcel, struct fg_fault *fault) {
  if (inbox->n == inbox->capacity) {
    uint32_t capacity = inbox->capacity ? 2 * inbox->capacity : 4;
    struct fg_parcel **ring = malloc(capacity * sizeof(struct fg_parcel *));
    if (!ring) {
      fg_parcel_free(parcel);
      return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory for a message");
    }
    for (uint32_t i = 0; i < inbox->n; i++)
      ring[i] = inbox->ring[place(inbox, i)];
    free(inbox->ring);
    inbox->ring = ring;
    inbox->first = 0;
    inbox->capacity = capacity;
  }
  inbox->ring[place(inbox, inbox->n)] = parcel;
  inbox->n++;
  return FG_OK;
}

/*@ requires \valid(inbox) && is_inbox(inbox) && \separated(inbox, inbox->ring + (0 .. inbox->capacity - 1));
    assigns inbox->first, inbox->n;
    ensures is_inbox(inbox);
    ensures \old(inbox->n) == 0 ==> \result == \null && inbox->n == 0;
    ensures \old(inbox->n) > 0 ==> \result == \old(inbox->ring[inbox->first]) && inbox->n == \old(inbox->n) - 1;
    ensures next_first: \old(inbox->n) > 0 ==> inbox->first == (\old(inbox->first) + 1) % inbox->capacity; */
struct fg_parcel *fg_inbox_get(struct fg_inbox *inbox) {
  if (inbox->n == 0)
    return NULL;
  struct fg_parcel *parcel = inbox->ring[inbox->first];
  inbox->first = place(inbox, 1);
  inbox->n--;
  return parcel;
}

void fg_inbox_free(struct fg_inbox *inbox) {
  for (struct fg_parcel *parcel; (parcel = fg_inbox_get(inbox)) != NULL;)
    fg_parcel_free(parcel);
  free(inbox->ring);
  *inbox = (struct fg_inbox){0};
}
