/* From a run that has ended, its directory and what it said, to a record for the database. */
#ifndef FG_SWEEP_INGEST_H
#define FG_SWEEP_INGEST_H

#include "core/facts.h"
#include "sweep/pool.h"
#include "sweep/store.h"

/* A run as it was carried out (all lent). */
struct fg_execution {
  const char *id, *dir;
  const char *stage, *started; /* "sim" or "mpi"; UTC, ISO 8601 */
  uint64_t seed;               /* as the plan says */
  const char *data_sha256;     /* of the data that the id means; NULL or "": not known */
  const struct fg_task *task;  /* how the process ended; NULL: not known, and the directory says all */
};

/* A record with what its texts and arrays are in. Those of the execution stay lent. */
struct fg_ingested {
  struct fg_run_record record;
  struct fg_facts facts; /* of run.json */
  char *config, *result, reason[1024];
};

/* Exit code 0 and run.json: DONE, with the numbers of the result, the curve of metrics.csv, and, if there is a trace,
 * times and histograms. Otherwise how it ended: DIVERGED or REFUSED if it said so, TIMED_OUT, or FAILED, with its last
 * words as reason. *ingested must be zero; freed by fg_ingested_free, also after an error. FG_EINPUT with file and line
 * if a file of a finished run is not what it should be: the record is then of a failed run, with that as reason. */
enum fg_err fg_ingest(const struct fg_execution *execution, struct fg_ingested *ingested, struct fg_fault *fault);
void fg_ingested_free(struct fg_ingested *ingested);

#endif
