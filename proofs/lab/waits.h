/* Waits as long as is wanted: rewrites the order log of a recorded run so that its replay takes every release after so
 * many extra updates. The same machines, other timing: what an adversary, or an experiment with given counts, does. */
#ifndef FG_PROOFS_LAB_WAITS_H
#define FG_PROOFS_LAB_WAITS_H

#include "proofs/lab/trial.h"

#include <stdint.h>

/* Of a record with visits and order of a simulated trial with sync=fugue and chunk=1, without cures. extra: how many
 * extra updates a visit (lent, as recorded) is to have; no more than the strategy's `max` allows. Visits of the record
 * have the new counts afterwards. */
void fg_waits_set(struct fg_record *record, uint64_t (*extra)(void *self, const struct fg_visit *visit), void *self);

/* FG_MISMATCH if a replay's visits (record `replayed`) have not the counts of those of `record`. */
enum fg_err fg_waits_compare(const struct fg_record *record, const struct fg_record *replayed, struct fg_fault *fault);

#endif
