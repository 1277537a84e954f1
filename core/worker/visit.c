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
  if (w->pass_number > 0 && !w->job->model->type->draw)
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

/* One sweep over n floats, a multiple of FG_LANES, finds out whether all are finite: four sums, so that none waits for
 * the one before. */
FG_KERNEL static bool all_finite(const float *x, size_t n) {
  float sum[4][FG_LANES] = {{0}};
  size_t i = 0;
  for (; i + 4 * FG_LANES <= n; i += 4 * FG_LANES)
    for (size_t s = 0; s < 4; s++)
      add_nothing(x + i + s * FG_LANES, FG_LANES, sum[s]);
  add_nothing(x + i, n - i, sum[0]);
  return fg_lanes_sum(sum[0]) + fg_lanes_sum(sum[1]) + fg_lanes_sum(sum[2]) + fg_lanes_sum(sum[3]) == 0;
}

/* Are the columns that n points have touched still finite? Whatever is not, in a row or a column, makes the next column
 * of its row so. */
FG_KERNEL static bool touched_finite(const float *cols, size_t stride, const struct fg_point *points, size_t n) {
  float sum[FG_LANES] = {0};
  for (size_t i = 0; i < n; i++)
    add_nothing(cols + points[i].col * stride, stride, sum);
  return fg_lanes_sum(sum) == 0;
}

/* columns of a tile */
static uint64_t tile_columns(const struct fg_worker *w, const struct fg_tile *tile) {
  uint64_t side = (uint64_t)1 << w->job->grid->tile_shift, left = w->plan.cols - tile->col0;
  return left < side ? left : side;
}

/* Columns of the tiles that the next n points of the pass lie in, tile by tile; all of the block if they are no fewer.
 */
static uint64_t columns_ahead(const struct fg_worker *w, const struct fg_pass *pass, uint64_t n) {
  if (pass->replace)
    return w->plan.cols;
  uint64_t cols = 0;
  for (uint32_t at = pass->at, gone = pass->in_tile; n > 0 && cols < w->plan.cols; at++, gone = 0) {
    const struct fg_tile *tile = &pass->block->tiles[pass->tile[at]];
    uint64_t left = tile->n - gone, some = left < n ? left : n;
    cols += tile_columns(w, tile);
    n -= some;
  }
  return cols < w->plan.cols ? cols : w->plan.cols;
}

/* Are all columns finite of the tiles of the pass from its position `from` to the current one? */
static bool tiles_finite(const struct fg_worker *w, const struct fg_pass *pass, uint32_t from) {
  const size_t stride = w->job->model->stride;
  const float *col_factor = w->plan.view.col_factor;
  bool finite = true;
  for (uint32_t at = from; at <= pass->at; at++) {
    const struct fg_tile *tile = &pass->block->tiles[pass->tile[at]];
    finite = finite && all_finite(col_factor + tile->col0 * stride, tile_columns(w, tile) * stride);
  }
  return finite;
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

static void start_draws(struct fg_worker *w) {
  const struct fg_visit_plan *plan = &w->plan;
  fg_draws_start(&w->draws, &w->job->grid->train[w->rows->id], plan->points, plan->tokens, w->job->seed_order,
                 plan->order + (w->pass_number ? plan->part : 0), (uint32_t)w->pass_number);
}

/* Before the first update of a pass, or of the visit's part of one. */
static enum fg_err start_pass(struct fg_worker *w) {
  struct fg_pass *pass = w->pass_number ? &w->extra_pass : &w->pass;
  w->left = pass_length(w);
  if (w->job->model->type->draw) {
    start_draws(w);
    return FG_OK;
  }
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
  if (w->job->model->type->draw) {
    fg_draws_skip(&w->draws, w->left - left);
    w->left = left;
  }
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

void fg_visit_renew(struct fg_worker *w) {
  const struct fg_model *model = w->job->model;
  struct fg_rng rng; /* passes have smaller numbers */
  fg_rng_start(&rng, w->job->seed_order, FG_STREAM_DRAW, w->plan.order, UINT32_MAX);
  for (uint32_t k = model->rank; k < 2 * model->rank; k++)
    w->work[k] = w->base[k] = 0; /* told whole; what all have comes with the release */
  model->type->renew(model, &w->plan.view, w->plan.cols, &rng);
}

static enum fg_err diverged(const struct fg_worker *w, float eta, struct fg_fault *fault) {
  return fg_fail(fault, FG_EDIVERGED, NULL, 0,
                 FG_DIVERGED_WORDS ": worker %u, epoch %llu, column block %u, step %g; a smaller --step than %g helps",
                 w->rank, (unsigned long long)w->plan.epoch, w->visit.col_block, (double)eta, w->job->steps.eta0);
}

/* Asks for the rows of the points that follow a batch: a kernel asks for those within it. */
FG_INLINE void fetch_rows(const struct fg_view *view, uint32_t stride, const struct fg_pass *pass) {
  struct fg_point soon[FG_PREFETCH];
  size_t n = fg_pass_peek(pass, FG_PREFETCH, soon);
  for (size_t i = 0; i < n; i++) {
    fg_lanes_prefetch(view->row_factor, soon[i].row, stride);
    fg_lanes_prefetch(view->col_factor, soon[i].col, stride);
  }
}

/* The next chunk of a pass of draws: whole numbers, which cannot diverge. */
static enum fg_err draw_chunk(struct fg_worker *w) {
  uint64_t chunk = w->left < w->job->chunk ? w->left : w->job->chunk;
  w->job->model->type->draw(w->job->model, &w->plan.view, &w->draws, chunk);
  w->left -= chunk;
  *(w->pass_number ? &w->visit.extra_updates : &w->visit.updates) += chunk;
  w->chunks++;
  check_constraints(w);
  return FG_OK;
}

/* The next chunk of the pass. Parameters that are no longer finite are found before it is over: by one sweep over the
 * columns of its tiles, which are in the cache, or of the block, or, if the chunk has fewer points, over the columns
 * that these touch. */
static enum fg_err spend_chunk(struct fg_worker *w, float eta, struct fg_fault *fault) {
  if (w->job->model->type->draw)
    return draw_chunk(w);
  const struct fg_model *model = w->job->model;
  bool finite = true;
  struct fg_pass *pass = w->pass_number ? &w->extra_pass : &w->pass;
  uint64_t chunk = w->left < w->job->chunk ? w->left : w->job->chunk;
  const uint32_t from = pass->at;
  const uint64_t ahead = columns_ahead(w, pass, chunk);
  const bool sweep = ahead <= chunk;
  for (uint64_t made = 0; made < chunk;) {
    /* batches end at multiples of FG_BATCH within the pass, or the visit's part of it, so that a chunk of whole batches
     * leaves no trace in the bits */
    uint64_t batch = FG_BATCH - (pass->taken - (w->pass_number ? 0 : w->plan.from)) % FG_BATCH;
    if (batch > chunk - made)
      batch = chunk - made;
    fg_pass_take(pass, batch, w->batch);
    fetch_rows(&w->plan.view, model->stride, pass);
    model->type->update(model, &w->plan.view, w->batch, batch, eta);
    if (!sweep)
      finite = finite && touched_finite(w->plan.view.col_factor, model->stride, w->batch, batch);
    made += batch;
    w->left -= batch;
  }
  *(w->pass_number ? &w->visit.extra_updates : &w->visit.updates) += chunk;
  w->chunks++;
  if (sweep)
    finite = ahead < w->plan.cols ? tiles_finite(w, pass, from)
                                  : all_finite(w->plan.view.col_factor, w->plan.cols * (size_t)model->stride);
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
