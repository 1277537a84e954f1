/* From a timing to a trial. */
#include "proofs/lab/timing.h"

#include "core/files.h"

#include <stdio.h>
#include <string.h>

enum { FLOPS = 10 }; /* of an update of additive */

struct fg_trial *fg_timing_new(const struct fg_timing *timing, enum fg_err *err, struct fg_fault *fault) {
  static const double one = 1;
  char data[FG_PATH_MAX + 8], sync[128], straggler[128], epochs[32], workers[32], chunk[32], network[256];
  const double *speed = timing->speed ? timing->speed : &one;
  size_t n = timing->speed ? timing->n_speeds : 1, at;
  double side = (double)timing->side / timing->workers;
  snprintf(data, sizeof data, "data=%s", timing->data);
  snprintf(sync, sizeof sync, "sync=%s", timing->sync);
  snprintf(straggler, sizeof straggler, "straggler=%s", timing->straggler);
  snprintf(epochs, sizeof epochs, "epochs=%llus", (unsigned long long)timing->rounds);
  snprintf(workers, sizeof workers, "workers=%u", timing->workers);
  snprintf(chunk, sizeof chunk, "chunk=%llu", (unsigned long long)timing->chunk);
  at = (size_t)snprintf(network, sizeof network, "network=star:lat=100ns,bw=10Gbps,tcp=cm02,speed=");
  for (size_t i = 0; i < n && at < sizeof network; i++)
    at += (size_t)snprintf(network + at, sizeof network - at, "%s%.17gf", i ? "/" : "", FLOPS * side * side * speed[i]);
  const char *const options[] = {data,  sync,    straggler,        epochs,       workers,
                                 chunk, network, "model=additive", "step=0.001", NULL};
  struct fg_trial *t = fg_trial_new(options, err, fault);
  struct fg_trial_seeds seeds = {timing->seed, timing->seed, timing->seed};
  if (!*err)
    *err = fg_trial_reseed(t, &seeds, fault);
  if (!*err)
    return t;
  fg_trial_delete(t);
  return NULL;
}
