/* Measuring a case: A B A B ..., so that a machine whose speed drifts drifts for both. */
#include "bench/drive.h"

#include "bench/serve.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool fg_bench_wanted(const char *only, const struct fg_bench_group *group, const char *name) {
  char whole[2 * FG_BENCH_NAME];
  snprintf(whole, sizeof whole, "%s/%s", group->name, name);
  for (const char *at = only; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL) {
    size_t n = strcspn(at, ",");
    if (n > 0 && strncmp(whole, at, n) == 0)
      return true;
  }
  return !only;
}

struct samples {
  double value[FG_BENCH_MEASURES][FG_BENCH_REPEATS_MAX], gain[FG_BENCH_MEASURES][FG_BENCH_REPEATS_MAX];
};

static enum fg_err take_turns(const struct fg_bench_options *o, const struct fg_bench_results *so_far,
                              const struct fg_bench_group *group, struct fg_bench_server *us,
                              struct fg_bench_server *them, struct samples *s, struct fg_fault *fault) {
  enum fg_err err = FG_OK;
  for (size_t r = 0; r < o->repeats && !err; r++) {
    double ours[FG_BENCH_MEASURES], theirs[FG_BENCH_MEASURES];
    /* who is first changes, too */
    if (o->vs && r % 2)
      err = fg_bench_server_again(them, group, theirs, fault);
    if (!err)
      err = fg_bench_server_again(us, group, ours, fault);
    if (!err && o->vs && r % 2 == 0)
      err = fg_bench_server_again(them, group, theirs, fault);
    if (!err && group->complete)
      group->complete(so_far, ours);
    for (size_t m = 0; m < FG_BENCH_MEASURES && !err; m++) {
      s->value[m][r] = ours[m];
      s->gain[m][r] = o->vs ? fg_bench_gain(&group->measure[m], ours[m], theirs[m]) : NAN;
    }
  }
  return err;
}

enum fg_err fg_bench_measure_case(const struct fg_bench_options *o, const char *self,
                                  const struct fg_bench_results *so_far, struct fg_bench_result *result,
                                  char *vs_revision) {
  struct fg_bench_server us = {0}, them = {0};
  struct fg_fault fault = {0};
  struct samples *s = calloc(1, sizeof *s);
  if (!s)
    return FG_ENOMEM;
  enum fg_err err = fg_bench_server_start(&us, self, result->group, o->size, result->name, &fault);
  if (!err && o->vs) {
    err = fg_bench_server_start(&them, o->vs, result->group, o->size, result->name, &fault);
    if (!err)
      snprintf(vs_revision, sizeof them.revision, "%s", them.revision);
  }
  if (!err)
    err = take_turns(o, so_far, result->group, &us, &them, s, &fault);
  fg_bench_server_stop(&us);
  fg_bench_server_stop(&them);
  for (size_t m = 0; m < FG_BENCH_MEASURES && !err; m++) {
    result->value[m] = fg_bench_spread_of(s->value[m], o->repeats);
    result->gain[m] = fg_bench_spread_of(s->gain[m], o->repeats);
  }
  result->repeats = o->repeats;
  if (err)
    fg_fault_format(&fault, err, result->failure, sizeof result->failure);
  free(s);
  return FG_OK;
}
