/* From a specification to the list of runs: every combination of points with every seed. */
#include "sweep/plan.h"

#include <stdlib.h>
#include <string.h>

#define FG_SWEEP_AT_NAME(id, name) name,
const char *const fg_sweep_at_names[FG_SWEEP_ATS] = {FG_SWEEP_AT_LIST(FG_SWEEP_AT_NAME)};

enum { ENTRIES_MAX = 1000000 };

struct planner {
  const struct fg_sweep_spec *spec;
  struct fg_sweep_plan *plan;
  struct fg_fault *fault;
  enum fg_sweep_at at;
  fg_sweep_choose *choose; /* of final entries of a tuned specification, otherwise NULL */
  void *self;
  int point[FG_AXES_MAX];
};

static bool applies(const struct planner *p, const struct fg_sweep_axis *axis, size_t i) {
  return fg_sweep_holds(p->spec, &axis->when[axis->point[i].when], p->point);
}

static enum fg_err add(struct planner *p, const uint64_t *seed, size_t n_seeds) {
  struct fg_sweep_plan *plan = p->plan;
  for (size_t i = 0; i < n_seeds; i++) {
    if (plan->n >= ENTRIES_MAX)
      return fg_fail(p->fault, FG_EUSAGE, p->spec->path, 0, "more than %d runs", ENTRIES_MAX);
    if (plan->n == plan->capacity) {
      size_t capacity = plan->capacity ? 2 * plan->capacity : 64;
      struct fg_sweep_entry *grown = reallocarray(plan->entry, capacity, sizeof *grown);
      if (!grown)
        return FG_ENOMEM;
      plan->entry = grown;
      plan->capacity = capacity;
    }
    struct fg_sweep_entry *e = &plan->entry[plan->n++];
    *e = (struct fg_sweep_entry){.at = p->at, .seed = seed[i]};
    memcpy(e->point, p->point, sizeof e->point);
  }
  return FG_OK;
}

static bool is_shared(const struct planner *p) {
  const struct fg_sweep_tune *t = &p->spec->tune;
  bool shared = false;
  for (size_t i = 0; i < t->n_shared && p->point[t->axis] != FG_ABSENT; i++)
    shared = shared || strcmp(p->spec->axis[t->axis].point[p->point[t->axis]].label, t->shared[i]) == 0;
  return shared;
}

/* a point of every axis is settled */
static enum fg_err combination(struct planner *p) {
  const struct fg_sweep_spec *s = p->spec;
  for (size_t i = 0; i < s->n_skip; i++)
    if (fg_sweep_holds(s, &s->skip[i], p->point))
      return FG_OK;
  if (p->at == FG_AT_GRID) /* without the tuned axis there is nothing to choose */
    return p->point[s->tune.axis] != FG_ABSENT && fg_sweep_holds(s, &s->tune.under, p->point)
               ? add(p, s->tune.seed, s->tune.n_seeds)
               : FG_OK;
  if (p->at == FG_AT_SHARED && !is_shared(p))
    return FG_OK;
  return add(p, s->seed, s->n_seeds);
}

static enum fg_err expand(struct planner *p, size_t i);

/* The tuned axis of final entries: chosen when the others are settled, so that it comes last. */
static enum fg_err settle(struct planner *p) {
  if (!p->choose)
    return combination(p);
  const struct fg_sweep_axis *axis = &p->spec->axis[p->spec->tune.axis];
  int first = FG_ABSENT;
  for (size_t i = axis->n; i-- > 0;)
    if (applies(p, axis, i))
      first = (int)i;
  if (first != FG_ABSENT) {
    int chosen = p->choose(p->self, p->point);
    if (chosen == FG_UNDECIDED)
      return FG_OK;
    /* without a choice it is run all the same, so that everybody sees how that ends */
    p->point[p->spec->tune.axis] = chosen == FG_ABSENT ? first : chosen;
  }
  enum fg_err err = combination(p);
  p->point[p->spec->tune.axis] = FG_ABSENT;
  return err;
}

static enum fg_err expand(struct planner *p, size_t i) {
  if (i == p->spec->n_axes)
    return settle(p);
  const struct fg_sweep_axis *axis = &p->spec->axis[i];
  bool any = false, chosen_later = p->choose && (int)i == p->spec->tune.axis;
  if (axis->with != FG_ABSENT && axis->with != (int)i) {
    p->point[i] = p->point[axis->with];
    return expand(p, i + 1);
  }
  enum fg_err err = FG_OK;
  for (size_t k = 0; !err && k < axis->n && !chosen_later; k++) {
    if (!applies(p, axis, k))
      continue;
    any = true;
    p->point[i] = (int)k;
    err = expand(p, i + 1);
  }
  p->point[i] = FG_ABSENT;
  return err || any ? err : expand(p, i + 1);
}

static enum fg_err plan_at(const struct fg_sweep_spec *spec, enum fg_sweep_at at, fg_sweep_choose *choose, void *self,
                           struct fg_sweep_plan *plan, struct fg_fault *fault) {
  struct planner p = {.spec = spec, .plan = plan, .fault = fault, .at = at, .choose = choose, .self = self};
  for (size_t i = 0; i < FG_AXES_MAX; i++)
    p.point[i] = FG_ABSENT;
  return expand(&p, 0);
}

enum fg_err fg_sweep_plan_first(const struct fg_sweep_spec *spec, struct fg_sweep_plan *plan, struct fg_fault *fault) {
  if (spec->tune.axis == FG_ABSENT) {
    enum fg_err all = plan_at(spec, FG_AT_FINAL, NULL, NULL, plan, fault);
    return all || plan->n > 0 ? all : fg_fail(fault, FG_EUSAGE, spec->path, 0, "`skip` leaves out every combination");
  }
  enum fg_err err = plan_at(spec, FG_AT_GRID, NULL, NULL, plan, fault);
  if (!err && plan->n == 0)
    err = fg_fail(
        fault, FG_EUSAGE, spec->path, 0,
        "there is nothing to choose from: no combination has the tuned axis and fulfils what stands in `under`");
  return err || spec->tune.n_shared == 0 ? err : plan_at(spec, FG_AT_SHARED, NULL, NULL, plan, fault);
}

enum fg_err fg_sweep_plan_final(const struct fg_sweep_spec *spec, fg_sweep_choose *choose, void *self,
                                struct fg_sweep_plan *plan, struct fg_fault *fault) {
  return plan_at(spec, FG_AT_FINAL, choose, self, plan, fault);
}

void fg_sweep_plan_free(struct fg_sweep_plan *plan) {
  free(plan->entry);
  *plan = (struct fg_sweep_plan){0};
}
