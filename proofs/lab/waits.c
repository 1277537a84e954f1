/* From the waits that were to those that are wanted. */
#include "proofs/lab/waits.h"

/* Updates of a worker's first n visits. */
static uint64_t updates_until(const struct fg_trace *trace, uint32_t worker, uint64_t n) {
  uint64_t sum = 0;
  for (size_t v = 0; v < trace->n; v++)
    if (trace->visit[v].worker == worker && trace->visit[v].round < n)
      sum += trace->visit[v].updates + trace->visit[v].extra_updates;
  return sum;
}

void fg_waits_set(struct fg_record *record, uint64_t (*extra)(void *self, const struct fg_visit *visit), void *self) {
  for (size_t v = 0; v < record->trace.n; v++)
    record->trace.visit[v].extra_updates = extra(self, &record->trace.visit[v]);
  for (uint32_t p = 0; p < record->log.hosts; p++) {
    uint64_t releases = 0, blocks = 0;
    for (size_t i = record->log.first[2 * p + FG_WORKER]; i < record->log.first[2 * p + FG_WORKER + 1]; i++) {
      /* the k-th release ends the k-th visit, and the k-th block, that of the visit after it, comes with it */
      struct fg_taken *t = &record->log.taken[i];
      uint64_t *count = t->from.role == FG_STEWARD ? &releases : &blocks;
      t->ticks = updates_until(&record->trace, p, ++*count);
    }
  }
}

enum fg_err fg_waits_compare(const struct fg_record *record, const struct fg_record *replayed, struct fg_fault *fault) {
  for (size_t v = 0; v < replayed->trace.n; v++) {
    const struct fg_visit *is = &replayed->trace.visit[v];
    for (size_t k = 0; k < record->trace.n; k++) {
      const struct fg_visit *was = &record->trace.visit[k];
      if (was->worker == is->worker && was->round == is->round && was->extra_updates != is->extra_updates)
        return fg_fail(fault, FG_MISMATCH, NULL, 0, "visit %llu of worker %u made %llu extra updates, not %llu",
                       (unsigned long long)is->round, is->worker, (unsigned long long)is->extra_updates,
                       (unsigned long long)was->extra_updates);
    }
  }
  return FG_OK;
}
