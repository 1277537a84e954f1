/* From a trial to its learning curve. */
#include "proofs/lab/curve.h"

#include "core/evaluate.h"
#include "sim/stage.h"

#include <math.h>

struct curve {
  const struct fg_run *run;
  struct fg_curve_point *point;
  size_t n, capacity;
};

static enum fg_err look(void *self, uint64_t rounds, const struct fg_totals *so_far, const struct fg_factors *factors,
                        struct fg_fault *fault) {
  struct curve *c = self;
  struct fg_evaluation e;
  if (c->n == c->capacity)
    return fg_fail(fault, FG_EINPUT, NULL, 0, "a run has more than %zu evaluations", c->capacity);
  enum fg_err err = fg_evaluate(c->run, factors, &e, fault);
  if (!err)
    c->point[c->n++] = (struct fg_curve_point){(double)rounds, so_far->time_s, e.train_loss, e.test_metric};
  return err;
}

enum fg_err fg_curve_simulate(struct fg_trial *t, uint64_t look_every, size_t capacity, struct fg_curve_point *point,
                              size_t *n, bool *diverged, struct fg_fault *fault) {
  struct curve c = {&t->run, point, 0, capacity};
  struct fg_sink sink = {.self = &c, .evaluate = look};
  struct fg_totals totals = {0};
  t->run.look_every = look_every;
  enum fg_err err = fg_sim_run(&t->run, &t->network, &t->straggler, &sink, NULL, &totals, fault);
  *n = c.n;
  *diverged = err == FG_EDIVERGED;
  return *diverged ? FG_OK : err;
}

double fg_curve_time_to_loss(const struct fg_curve_point *p, size_t n, double target) {
  for (size_t i = 0; i < n; i++)
    if (p[i].loss <= target)
      return i == 0 ? p[i].time_s
                    : p[i - 1].time_s +
                          (p[i].time_s - p[i - 1].time_s) * (p[i - 1].loss - target) / (p[i - 1].loss - p[i].loss);
  return INFINITY;
}
