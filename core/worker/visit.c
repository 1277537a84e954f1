/* The visit: points in, updates made. */
#include "core/model/lanes.h"
#include "core/worker/inner.h"

#include <assert.h>

void fg_visit_start(struct fg_worker *w, const struct fg_visit_plan *plan) {
  uint32_t block = w->visit.col_block, version = w->visit.col_version;
  w->plan = *plan;
  w->visit = (struct fg_visit){
      .worker = w->rank,
      .seq = w->round,
      .round = w->round,
      .row_block = w->rows->id,
      .col_block = block,
      .col_version = version,
      .required_updates = plan->required,
      .bytes_sent = w->between_bytes,
  };
  w->between = false;
  w->between_bytes = 0;
  w->pass_number = 0;
  w->left = 0;
  w->eta = fg_step_eta(&w->job->steps, plan->epoch) * plan->share;
}

void fg_visit_close(struct fg_worker *w) {
  w->pass_number = 1;
  w->left = 0;
}

/* updates of the current pass, as far as this visit makes them */
static uint64_t pass_length(const struct fg_worker *w) {
  return w->pass_number ? w->plan.n : w->plan.required;
}

/* whole passes that may still follow the current one */
static uint64_t passes_ahead(const struct fg_worker *w) {
  if (w->pass_number == 0 || w->extra_limit == UINT64_MAX)
    return w->pass_number == 0 ? 0 : UINT64_MAX;
  return w->extra_limit - w->pass_number;
}

/* the step of the current pass; *flushed: it is too small to be computed */
static float step_now(const struct fg_worker *w, bool *flushed) {
  double share = 1;
  if (w->pass_number > 0)
    share = w->job->sync.type->extra_step(&w->job->sync, w->pass_number - 1);
  *flushed = share < FG_STEP_FLUSH ||
             w->pass_number > UINT32_MAX; /* the order of a pass is drawn from 32 bits of its number */
  return (float)(w->eta * share);
}

static void offer(const struct fg_worker *w, struct fg_act *act, uint64_t left, bool interruptible) {
  bool flushed;
  step_now(w, &flushed);
  act->kind = FG_SPEND;
  act->spend = (struct fg_spend){
      .left = left,
      .pass = w->plan.n,
      .chunk = w->job->chunk,
      .passes = passes_ahead(w),
      .interruptible = interruptible,
      .counted = flushed && w->pass_number > 0,
  };
}

void fg_visit_require(const struct fg_worker *w, struct fg_act *act, uint64_t until, bool interruptible) {
  offer(w, act, until - w->visit.updates, interruptible);
}

bool fg_visit_extra(const struct fg_worker *w, struct fg_act *act) {
  bool may = w->plan.n > 0 && (w->left > 0 || w->pass_number <= w->extra_limit) && w->extra_limit > 0;
  if (may)
    offer(w, act, w->left ? w->left : w->plan.n, true);
  return may;
}

double fg_visit_mass(const struct fg_worker *w) {
  double mass = (double)w->visit.updates;
  uint64_t n = w->plan.n, left = w->visit.extra_updates;
  for (uint64_t x = 0; left > 0; x++) {
    double share = w->job->sync.type->extra_step(&w->job->sync, x);
    uint64_t some = left < n ? left : n;
    if (share < FG_STEP_FLUSH)
      break;
    mass += share * (double)some;
    left -= some;
  }
  return mass;
}

/* 0 * x is NaN for an infinite or NaN x. */
FG_INLINE void add_nothing(const float *x, const size_t n, float sum[FG_LANES]) {
  for (size_t i = 0; i < n; i += FG_LANES)
    for (int k = 0; k < FG_LANES; k++)
      sum[k] += x[i + (size_t)k] * 0.0f;
}

/* one sweep over n floats, a multiple of FG_LANES, finds out whether all are finite */
FG_KERNEL static bool all_finite(const float *x, size_t n) {
  float sum[FG_LANES] = {0};
  add_nothing(x, n, sum);
  return fg_lanes_sum(sum) == 0;
}

/* Are the columns that n points have touched still finite? Whatever is not, in a row or a column, makes the next column
 * of its row so. */
FG_KERNEL static bool touched_finite(const float *cols, size_t stride, const struct fg_point *points, size_t n) {
  float sum[FG_LANES] = {0};
  for (size_t i = 0; i < n; i++)
    add_nothing(cols + points[i].col * stride, stride, sum);
  return fg_lanes_sum(sum) == 0;
}

#ifdef FUGUE_DEBUG
static void check_constraints(const struct fg_worker *w) {
  const struct fg_model *m = w->job->model;
  const struct fg_view *v = &w->plan.view;
  uint32_t which;
  if (!all_finite(v->row_factor, (size_t)w->rows->rows * m->stride) ||
      !all_finite(v->col_factor, (size_t)w->plan.cols * m->stride))
    return; /* divergence is a fault of its own, found at the end of the chunk */
  assert(!m->type->rows_valid || m->type->rows_valid(m, v->row_factor, w->rows->rows, &which));
  assert(!m->type->cols_valid || m->type->cols_valid(m, v->col_factor, w->plan.cols, &which));
}
#else
static void check_constraints(const struct fg_worker *w) {
  (void)w;
}
#endif

/* Before the first update of a pass, or of the visit's part of one. */
static enum fg_err start_pass(struct fg_worker *w) {
  struct fg_pass *pass = w->pass_number ? &w->extra_pass : &w->pass;
  w->left = pass_length(w);
  if (w->pass_number == 0 && w->plan.from > 0 && pass->taken == w->plan.from)
    return FG_OK; /* the pass goes on */
  enum fg_err err = fg_pass_start(pass, w->plan.points, w->job->replace, w->job->seed_order,
                                  w->plan.order + (w->pass_number ? w->plan.part : 0), (uint32_t)w->pass_number);
  /* a worker that resumed in mid-pass goes to its place */
  for (uint64_t done = 0, some; !err && w->pass_number == 0 && done < w->plan.from; done += some) {
    some = w->plan.from - done < FG_BATCH ? w->plan.from - done : FG_BATCH;
    fg_pass_take(pass, some, w->batch);
  }
  return err;
}

enum fg_err fg_visit_catch_up(struct fg_worker *w) {
  if (w->pass_number > 0 || w->left == 0)
    return FG_OK;
  uint64_t left = w->left;
  enum fg_err err = start_pass(w);
  for (uint64_t some; !err && w->left > left; w->left -= some) {
    some = w->left - left < FG_BATCH ? w->left - left : FG_BATCH;
    fg_pass_take(&w->pass, some, w->batch);
  }
  return err;
}

/* Counts chunks without making their updates: at most to the end of the required pass, or any number of extra ones. */
static void count_chunks(struct fg_worker *w, uint64_t chunks) {
  uint64_t n = pass_length(w), chunk = w->job->chunk, per_pass = (n + chunk - 1) / chunk;
  uint64_t *made = w->pass_number ? &w->visit.extra_updates : &w->visit.updates;
  w->chunks += chunks;
  while (chunks > 0) {
    if (w->pass_number && w->left == 0 && chunks >= per_pass) { /* whole passes at once */
      uint64_t passes = chunks / per_pass;
      *made += passes * n;
      w->pass_number += passes;
      chunks -= passes * per_pass;
      continue;
    }
    uint64_t now = w->left ? w->left : n, most = (now + chunk - 1) / chunk, taken = chunks < most ? chunks : most;
    uint64_t some = taken < most ? taken * chunk : now;
    w->left = now - some;
    *made += some;
    w->pass_number += w->pass_number && w->left == 0;
    chunks -= taken;
  }
}

static enum fg_err diverged(const struct fg_worker *w, float eta, struct fg_fault *fault) {
  return fg_fail(fault, FG_EDIVERGED, NULL, 0,
                 FG_DIVERGED_WORDS ": worker %u, epoch %llu, column block %u, step %g; a smaller --step than %g helps",
                 w->rank, (unsigned long long)w->plan.epoch, w->visit.col_block, (double)eta, w->job->steps.eta0);
}

/* The next chunk of the pass. Parameters that are no longer finite are found before it is over: by one sweep over the
 * block's columns or, if the chunk has fewer points, over the columns that these touch. */
static enum fg_err spend_chunk(struct fg_worker *w, float eta, struct fg_fault *fault) {
  const struct fg_model *model = w->job->model;
  bool finite = true;
  struct fg_pass *pass = w->pass_number ? &w->extra_pass : &w->pass;
  uint64_t chunk = w->left < w->job->chunk ? w->left : w->job->chunk;
  for (uint64_t made = 0; made < chunk;) {
    /* batches end at multiples of FG_BATCH within the pass, or the visit's part of it, so that a chunk of whole batches
     * leaves no trace in the bits */
    uint64_t batch = FG_BATCH - (pass->taken - (w->pass_number ? 0 : w->plan.from)) % FG_BATCH;
    if (batch > chunk - made)
      batch = chunk - made;
    fg_pass_take(pass, batch, w->batch);
    model->type->update(model, &w->plan.view, w->batch, batch, eta);
    if (w->plan.cols > chunk)
      finite = finite && touched_finite(w->plan.view.col_factor, model->stride, w->batch, batch);
    made += batch;
    w->left -= batch;
  }
  *(w->pass_number ? &w->visit.extra_updates : &w->visit.updates) += chunk;
  w->chunks++;
  if (w->plan.cols <= chunk)
    finite = all_finite(w->plan.view.col_factor, w->plan.cols * (size_t)model->stride);
  if (!finite)
    return diverged(w, eta, fault);
  check_constraints(w);
  return FG_OK;
}

enum fg_err fg_visit_spend(struct fg_worker *w, uint64_t chunks, struct fg_fault *fault) {
  while (chunks > 0) {
    assert(w->pass_number <= w->extra_limit); /* no more than the SPEND offered */
    bool flushed;
    float eta = step_now(w, &flushed);
    if (w->idle_kernels ||
        (flushed && w->pass_number > 0)) { /* steps only shrink: no further chunk of this wait counts */
      count_chunks(w, chunks);
      break;
    }
    if (w->left == 0 && start_pass(w))
      return fg_fail(fault, FG_ENOMEM, NULL, 0, "worker %u: not enough memory for the order of a pass", w->rank);
    for (enum fg_err err; chunks > 0 && w->left > 0; chunks--)
      if ((err = spend_chunk(w, eta, fault)))
        return err;
    if (w->left > 0 || w->pass_number == 0) /* the required pass is closed by the discipline */
      break;
    w->pass_number++;
  }
  return FG_OK;
}
