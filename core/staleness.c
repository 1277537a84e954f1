/* The audit of servers: parcels taken and sent in, a verdict on claim S6 out. */
#include "core/staleness.h"

#include <inttypes.h>
#include <stdlib.h>

enum fg_err fg_staleness_start(struct fg_staleness *s, uint32_t workers, uint64_t slack) {
  *s = (struct fg_staleness){.workers = workers, .slack = slack};
  s->taken = calloc((size_t)workers * workers, sizeof *s->taken);
  return s->taken ? FG_OK : FG_ENOMEM;
}

void fg_staleness_free(struct fg_staleness *s) {
  free(s->taken);
  s->taken = NULL;
}

static uint64_t *row(const struct fg_staleness *s, uint32_t shard) {
  return s->taken + (size_t)shard * s->workers;
}

enum fg_err fg_staleness_take(struct fg_staleness *s, const struct fg_parcel *p, struct fg_fault *fault) {
  uint64_t *clock = &row(s, p->item)[p->from.rank];
  if (p->round != (*clock)++)
    return fg_fail(fault, FG_MISMATCH, NULL, 0,
                   "shard %" PRIu32 " takes the change of clock %" PRIu64 " of worker %" PRIu32
                   ", whose clocks it knows up to %" PRIu64 " (S6)",
                   p->item, p->round, p->from.rank, *clock - 1);
  return FG_OK;
}

enum fg_err fg_staleness_send(const struct fg_staleness *s, const struct fg_parcel *p, struct fg_fault *fault) {
  const uint64_t *taken = row(s, p->item);
  uint64_t finished = p->round + 1; /* clocks; the answer lets it start the one of this number */
  if (taken[p->to.rank] != finished)
    return fg_fail(fault, FG_MISMATCH, NULL, 0,
                   "shard %" PRIu32 " answers clock %" PRIu64 " of worker %" PRIu32 ", and has taken %" PRIu64
                   " of its clocks (S6)",
                   p->item, p->round, p->to.rank, taken[p->to.rank]);
  for (uint32_t w = 0; w < s->workers; w++)
    if (finished > s->slack && taken[w] < finished - s->slack)
      return fg_fail(fault, FG_MISMATCH, NULL, 0,
                     "worker %" PRIu32 " may start clock %" PRIu64 " by shard %" PRIu32 ", which has %" PRIu64
                     " clocks of worker %" PRIu32 ": more than the slack of %" PRIu64 " behind (S6)",
                     p->to.rank, finished, p->item, taken[w], w, s->slack);
  return FG_OK;
}
