/* Straggler law `persistent`: some hosts are slower all the time. Which ones is a seeded choice, so that paired seeds
 * differ in it; with one seed the hosts chosen for k are among those chosen for k + 1, so that a sweep over k adds
 * stragglers and moves none. */
#include "core/straggler/laws.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "core/rng.h"

enum { HOSTS, FACTOR, FRACTION };

static const struct fg_param params[] = {
    {"hosts", NULL, FG_PARAM_COUNT, "1", 0, UINT32_MAX, NULL, "number of slow hosts, chosen by the seed"},
    {"factor", NULL, FG_PARAM_REAL, "2", FG_FACTOR_LO, FG_FACTOR_HI, NULL, "how much longer they take"},
    {"fraction", NULL, FG_PARAM_REAL, "0", 0, 1, NULL,
     "share of slow hosts (nearest number, at least one); takes the place of hosts unless 0"},
    {0}};

/* the choice has a sequence of its own, which no draw can reach (a run has fewer than 2^64 draws) */
#define CHOICE_INDEX UINT64_MAX

static enum fg_err setup(struct fg_straggler *s, struct fg_fault *fault) {
  double wanted = s->par.value[HOSTS];
  if (s->par.value[FRACTION] > 0)
    wanted = fmax(1, floor(s->par.value[FRACTION] * s->workers + 0.5));
  if (wanted > s->workers)
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "straggler persistent: hosts=%.0f, but there are only %u", wanted,
                   (unsigned)s->workers);
  enum fg_err err = FG_OK;
  uint32_t *order = malloc(sizeof *order * s->workers);
  bool *slow = calloc(s->workers, sizeof *slow);
  if (!order || !slow) {
    err = fg_fail(fault, FG_ENOMEM, NULL, 0, "straggler persistent: no memory for %u hosts", (unsigned)s->workers);
    goto cleanup;
  }
  for (uint32_t i = 0; i < s->workers; i++)
    order[i] = i;
  struct fg_rng rng;
  fg_rng_start(&rng, s->seed, FG_STREAM_STRAGGLER, CHOICE_INDEX, 0);
  for (uint32_t i = 0; i < (uint32_t)wanted; i++) {
    uint32_t j = i + fg_rng_below(&rng, s->workers - i);
    uint32_t chosen = order[j];
    order[j] = order[i];
    order[i] = chosen;
    slow[chosen] = true;
  }
  s->series = slow;
  slow = NULL;
cleanup:
  free(order);
  free(slow);
  return err;
}

static void release(struct fg_straggler *s) {
  free(s->series);
  s->series = NULL;
}

static double host(const struct fg_straggler *s, uint32_t worker) {
  const bool *slow = s->series;
  assert(worker < s->workers);
  return slow[worker] ? s->par.value[FACTOR] : 1;
}

const struct fg_straggler_type fg_straggler_persistent = {
    .name = "persistent",
    .summary = "some hosts are slower all the time",
    .params = params,
    .host = host,
    .setup = setup,
    .release = release,
};
