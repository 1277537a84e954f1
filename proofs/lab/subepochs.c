/* Sub-epochs of a trace. */
#include "proofs/lab/subepochs.h"

#include "core/ranks.h"

#include <math.h>
#include <stdlib.h>

static void add(struct fg_subepoch *s, const struct fg_visit *v, double waited_within, double *last_start) {
  s->start = fmin(s->start, v->start_s);
  *last_start = fmax(*last_start, v->start_s);
  s->length = fmax(s->length, v->end_s); /* the last end; the start is taken off when all visits are in */
  s->required += v->required_s - v->start_s;
  s->computing += v->end_s - v->start_s - waited_within;
}

enum fg_err fg_subepochs(const struct fg_trace *trace, uint32_t workers, uint64_t rounds, struct fg_subepoch *out,
                         struct fg_fault *fault) {
  double *last_start = calloc(rounds + 1, sizeof *last_start), *end = calloc(workers, sizeof *end);
  enum fg_err err = FG_OK;
  if (!last_start || !end)
    err = fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory for %llu sub-epochs", (unsigned long long)rounds);
  else if (trace->n != rounds * workers)
    err = fg_fail(fault, FG_EINPUT, NULL, 0, "%llu sub-epochs of %u workers have %llu visits, not %llu",
                  (unsigned long long)rounds, workers, (unsigned long long)(rounds * workers),
                  (unsigned long long)trace->n);
  for (uint64_t r = 0; r < rounds && !err; r++)
    out[r] = (struct fg_subepoch){.start = INFINITY};
  for (size_t i = 0; i < trace->n && !err; i++) {
    const struct fg_visit *v = &trace->visit[i];
    double before = v->start_s - end[v->worker]; /* the wait between visits is in wait_s, too */
    add(&out[v->round], v, v->wait_s - before, &last_start[v->round]);
    end[v->worker] = v->end_s;
  }
  for (uint64_t r = 0; r < rounds && !err; r++) {
    out[r].spread = last_start[r] - out[r].start;
    out[r].length = (r + 1 < rounds ? out[r + 1].start : out[r].length) - out[r].start;
  }
  free(last_start);
  free(end);
  return err;
}

uint32_t fg_tree_levels(uint32_t workers, uint32_t arity) {
  uint32_t levels = 0;
  for (uint32_t rank = workers - 1; rank > 0; rank = fg_tree_parent(rank, arity))
    levels++;
  return levels;
}

double fg_handover_most(const struct fg_network *network, uint32_t workers, uint32_t arity, double report,
                        double block) {
  double message = fg_network_transfer_time(network, ceil(1.05 * arity * report));
  return 2 * fg_tree_levels(workers, arity) * message + fg_network_transfer_time(network, ceil(1.05 * block));
}
