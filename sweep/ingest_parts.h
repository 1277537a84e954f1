/* What the files that read a run share. */
#ifndef FG_SWEEP_INGEST_PARTS_H
#define FG_SWEEP_INGEST_PARTS_H

#include "sweep/ingest.h"

/* How a process ended that left no result: state and reason, written to `reason` (lent, `size` [B]). */
enum fg_run_state fg_run_end(const struct fg_task *task, char *reason, size_t size);

/* Sums and histograms of a trace; *record gets arrays that it owns. time_s: of the whole run; workers: of the run. */
enum fg_err fg_ingest_trace(const char *path, double time_s, size_t workers, struct fg_run_record *record,
                            struct fg_fault *fault);

#endif
