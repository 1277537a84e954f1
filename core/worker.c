/* The worker: between a column block's arrival and its hand-off. */
#include "core/worker.h"

#include "core/schedule.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum state {
  STATE_NEED,     /* the column block of this round has not come */
  STATE_BOUNDARY, /* it has, or the last round is over: all is quiet */
  STATE_START,    /* the visit starts */
  STATE_REQUIRED, /* the required pass */
  STATE_DONE,     /* required pass made, not reported */
  STATE_LEAVE,    /* the column block is final for this round */
  STATE_HAND_OFF, /* it goes to the next worker */
  STATE_WAIT,     /* for the release of the stratum: idle, or with extra passes */
  STATE_OVER,     /* released and handed off */
  STATE_STOP,
};

struct fg_worker {
  const struct fg_job *job;
  uint32_t rank;
  enum state state;
  struct fg_row_shard *rows;
  struct fg_col_block *block; /* held now */
  /* Came before they could be used, by parity of their round: a neighbour whose release came sooner may be two rounds
   * ahead where blocks leave early. At most two column blocks are here at any time (claim S8). */
  struct fg_col_block *incoming[2];
  const struct fg_block *points; /* of the current visit */
  uint64_t round;
  bool reported, released;
  struct fg_visit visit;
  uint64_t chunks, parcels;
  /* passes of the current visit: number 0 is the required one, x + 1 the extra pass x */
  struct fg_pass pass;
  uint64_t pass_number, left; /* left: updates left in pass pass_number; 0: it has not started */
  uint64_t extra_limit;
  /* the global statistic: work is what updates read and write; work - base is the change not yet reported */
  double *work, *base, *scale;
  bool scale_due;    /* `scale` holds divisors for the next block */
  bool idle_kernels; /* updates are counted, not made */
  struct fg_point batch[FG_BATCH];
};

static uint64_t col_blocks(const struct fg_worker *w) {
  return w->job->grid->col_blocks;
}

static uint32_t due_block(const struct fg_worker *w, uint64_t round) {
  return fg_schedule_col(w->rank, (uint32_t)(round % col_blocks(w)), w->job->grid->col_blocks);
}

enum fg_err fg_worker_new(const struct fg_job *job, uint32_t rank, struct fg_row_shard *rows,
                          struct fg_col_block *first, struct fg_worker **worker) {
  uint32_t g = job->model->n_stat;
  struct fg_worker *w = calloc(1, sizeof *w);
  *worker = w;
  if (!w)
    return FG_ENOMEM;
  w->job = job;
  w->rank = rank;
  w->rows = rows;
  w->block = first;
  w->extra_limit = job->sync.type->extra_passes(&job->sync);
  w->state = STATE_NEED;
  if (g) {
    w->work = calloc(3 * (size_t)g, sizeof *w->work);
    if (!w->work) {
      fg_worker_free(w);
      *worker = NULL;
      return FG_ENOMEM;
    }
    w->base = w->work + g;
    w->scale = w->base + g;
    memcpy(w->work, job->stat, g * sizeof *w->work);
    memcpy(w->base, job->stat, g * sizeof *w->base);
  }
  return FG_OK;
}

void fg_worker_free(struct fg_worker *w) {
  if (!w)
    return;
  fg_pass_free(&w->pass);
  free(w->work);
  free(w);
}

struct fg_visit *fg_worker_visit(struct fg_worker *w) {
  return &w->visit;
}

uint64_t fg_worker_chunks(const struct fg_worker *w) {
  return w->chunks;
}

uint64_t fg_worker_round(const struct fg_worker *w) {
  return w->round;
}

struct fg_row_shard *fg_worker_rows(struct fg_worker *w) {
  return w->rows;
}

struct fg_col_block *fg_worker_block(struct fg_worker *w) {
  return w->block;
}

void fg_worker_save(struct fg_worker *w, struct fg_worker_state *state) {
  *state = (struct fg_worker_state){
      .round = w->round, .chunks = w->chunks, .parcels = w->parcels, .divide = w->scale_due, .stat = w->work};
}

void fg_worker_restore(struct fg_worker *w, const struct fg_worker_state *state) {
  w->round = state->round;
  w->chunks = state->chunks;
  w->parcels = state->parcels;
  w->scale_due = state->divide;
  if (w->work)
    memcpy(w->work, state->stat, 3 * (size_t)w->job->model->n_stat * sizeof *w->work);
}

void fg_worker_compute(struct fg_worker *w, bool on) {
  w->idle_kernels = !on;
}

static void divide_block(struct fg_worker *w) {
  if (w->scale_due && !w->idle_kernels)
    w->job->model->type->rescale(w->job->model, w->block->factor, w->block->cols, w->scale);
  w->scale_due = false;
}

static void start_visit(struct fg_worker *w) {
  divide_block(w);
  w->points = fg_grid_train(w->job->grid, w->rank, w->block->id);
  w->visit = (struct fg_visit){
      .worker = w->rank,
      .seq = w->round,
      .round = w->round,
      .row_block = w->rank,
      .col_block = w->block->id,
      .col_version = w->block->version,
      .required_updates = w->points->n,
  };
  w->pass_number = 0;
  w->left = 0;
  w->reported = w->released = false;
}

/* whole passes that may still follow the current one */
static uint64_t passes_ahead(const struct fg_worker *w) {
  if (w->pass_number == 0 || w->extra_limit == UINT64_MAX)
    return w->pass_number == 0 ? 0 : UINT64_MAX;
  return w->extra_limit - w->pass_number;
}

/* the step of the current pass; *flushed: it is too small to be computed */
static float step_now(const struct fg_worker *w, bool *flushed) {
  double eta = fg_step_eta(&w->job->steps, w->round / col_blocks(w)), share = 1;
  if (w->pass_number > 0)
    share = w->job->sync.type->extra_step(&w->job->sync, w->pass_number - 1);
  *flushed = share < FG_STEP_FLUSH ||
             w->pass_number > UINT32_MAX; /* the order of a pass is drawn from 32 bits of its number */
  return (float)(eta * share);
}

static void act_spend(struct fg_worker *w, struct fg_act *act, bool interruptible) {
  bool flushed;
  step_now(w, &flushed);
  act->kind = FG_SPEND;
  act->spend = (struct fg_spend){
      .left = w->left ? w->left : w->points->n,
      .pass = w->points->n,
      .chunk = w->job->chunk,
      .passes = passes_ahead(w),
      .interruptible = interruptible,
      .counted = flushed && w->pass_number > 0,
  };
}

static void act_note(struct fg_act *act, enum fg_note note) {
  act->kind = FG_NOTE;
  act->note = note;
}

/* A parcel, numbered and sized; NULL parcels reach the stage, which reports the lack of memory. */
static void act_send(struct fg_worker *w, struct fg_act *act, struct fg_parcel *parcel) {
  act->kind = FG_SEND;
  act->parcel = parcel;
  if (!parcel)
    return;
  parcel->seq = w->parcels++;
  parcel->bytes = fg_parcel_wire_bytes(parcel, w->job->model);
  w->visit.bytes_sent += parcel->bytes;
}

static struct fg_parcel *report(struct fg_worker *w) {
  uint32_t g = w->job->model->n_stat;
  struct fg_address self = {w->rank, FG_WORKER}, steward = {w->rank, FG_STEWARD};
  struct fg_parcel *p = fg_parcel_new(FG_PARCEL_REPORT, self, steward, w->round, g);
  if (!p)
    return NULL;
  for (uint32_t k = 0; k < g; k++) {
    p->stat[k] = w->work[k] - w->base[k];
    w->base[k] = w->work[k];
  }
  return p;
}

static struct fg_parcel *hand_off(struct fg_worker *w) {
  struct fg_address self = {w->rank, FG_WORKER}, next = {fg_schedule_next(w->rank, w->job->workers), FG_WORKER};
  struct fg_parcel *p = fg_parcel_new(FG_PARCEL_BLOCK, self, next, w->round + 1, 0);
  if (!p)
    return NULL;
  p->block = w->block;
  p->block->version++;
  w->block = NULL;
  return p;
}

static bool last_round(const struct fg_worker *w) {
  return w->round + 1 == w->job->rounds;
}

static bool may_make_extra(const struct fg_worker *w) {
  return w->points->n > 0 && (w->left > 0 || w->pass_number <= w->extra_limit) && w->extra_limit > 0;
}

/* The statistic at a release: what was released, plus the own change since the report (extras). */
static void adopt(struct fg_worker *w, const double *released) {
  bool divides = w->job->model->type->rescale != NULL;
  for (uint32_t k = 0; k < w->job->model->n_stat; k++) {
    double unreported = w->work[k] - w->base[k];
    double divisor = divides ? fg_stat_divisor(released[k]) : 1;
    w->scale[k] = divisor;
    w->work[k] = (released[k] + unreported) / divisor;
    w->base[k] = released[k] / divisor;
  }
  w->scale_due = divides;
}

void fg_worker_next(struct fg_worker *w, struct fg_act *act) {
  bool early = w->job->sync.type->early_hand_off && !last_round(w); /* at the end nobody waits for the block */
  memset(act, 0, sizeof *act);
  for (;;) {
    switch (w->state) {
    case STATE_NEED:
      if (!w->block) {
        w->block = w->incoming[w->round % 2];
        w->incoming[w->round % 2] = NULL;
      }
      if (!w->block) {
        act->kind = FG_AWAIT;
        return;
      }
      assert(w->block->id == due_block(w, w->round));
      w->state = STATE_BOUNDARY;
      break;
    case STATE_BOUNDARY:
      w->state = w->round == w->job->rounds ? STATE_STOP : STATE_START;
      act_note(act, FG_NOTE_BOUNDARY);
      return;
    case STATE_START:
      start_visit(w);
      w->state = STATE_REQUIRED;
      act_note(act, FG_NOTE_START);
      return;
    case STATE_REQUIRED:
      if (w->visit.updates < w->points->n) {
        act_spend(w, act, false);
        return;
      }
      w->pass_number = 1;
      w->state = STATE_DONE;
      act_note(act, FG_NOTE_REQUIRED);
      return;
    case STATE_DONE:
      w->state = early ? STATE_LEAVE : STATE_WAIT;
      w->reported = true;
      act_send(w, act, report(w));
      return;
    case STATE_LEAVE:
      w->state = STATE_HAND_OFF;
      if (last_round(w))
        divide_block(w);
      break;
    case STATE_HAND_OFF:
      w->state = early ? STATE_WAIT : STATE_OVER;
      if (last_round(w) || w->job->workers == 1)
        break;
      act_send(w, act, hand_off(w));
      return;
    case STATE_WAIT:
      if (w->released) {
        w->state = early ? STATE_OVER : STATE_LEAVE;
        break;
      }
      if (may_make_extra(w))
        act_spend(w, act, true);
      else
        act->kind = FG_AWAIT;
      return;
    case STATE_OVER:
      w->round++;
      w->state = w->round == w->job->rounds ? STATE_BOUNDARY : STATE_NEED;
      act_note(act, FG_NOTE_END);
      return;
    case STATE_STOP:
      act->kind = FG_STOP;
      return;
    }
  }
}

/* 0 * x is NaN for an infinite or NaN x: one sweep over n (a multiple of FG_LANES) floats finds out whether all are
 * finite */
static bool all_finite(const float *x, size_t n) {
  float sum[FG_LANES] = {0}, all = 0;
  for (size_t i = 0; i < n; i += FG_LANES)
    for (int k = 0; k < FG_LANES; k++)
      sum[k] += x[i + (size_t)k] * 0.0f;
  for (int k = 0; k < FG_LANES; k++)
    all += sum[k];
  return all == 0;
}

#ifdef FUGUE_DEBUG
static void check_constraints(const struct fg_worker *w) {
  const struct fg_model *m = w->job->model;
  uint32_t which;
  if (!all_finite(w->rows->factor, (size_t)w->rows->rows * m->stride) ||
      !all_finite(w->block->factor, (size_t)w->block->cols * m->stride))
    return; /* divergence is a fault of its own, found at the end of the pass */
  assert(!m->type->rows_valid || m->type->rows_valid(m, w->rows->factor, w->rows->rows, &which));
  assert(!m->type->cols_valid || m->type->cols_valid(m, w->block->factor, w->block->cols, &which));
}
#else
static void check_constraints(const struct fg_worker *w) {
  (void)w;
}
#endif

static enum fg_err start_pass(struct fg_worker *w) {
  const struct fg_grid *g = w->job->grid;
  uint64_t block = (uint64_t)w->visit.row_block * g->col_blocks + w->visit.col_block;
  uint64_t visit = w->round / g->col_blocks * g->row_blocks * g->col_blocks + block;
  w->left = w->points->n;
  return fg_pass_start(&w->pass, w->points, w->job->replace, w->job->seed_order, visit, (uint32_t)w->pass_number);
}

/* Counts chunks without making their updates: at most to the end of the required pass, or any number of extra ones. */
static void count_chunks(struct fg_worker *w, uint64_t chunks) {
  uint64_t n = w->points->n, chunk = w->job->chunk, per_pass = (n + chunk - 1) / chunk;
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
    uint64_t now = w->left ? w->left : n;
    uint64_t some = now < chunk ? now : chunk;
    w->left = now - some;
    *made += some;
    w->pass_number += w->pass_number && w->left == 0;
    chunks--;
  }
}

enum fg_err fg_worker_spend(struct fg_worker *w, uint64_t chunks, struct fg_fault *fault) {
  const struct fg_model *model = w->job->model;
  const struct fg_view view = {w->rows->factor, w->block->factor, w->rows->weight, w->block->weight, w->work};
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
    for (; chunks > 0 && w->left > 0; chunks--) {
      uint64_t chunk = w->left < w->job->chunk ? w->left : w->job->chunk;
      for (uint64_t made = 0; made < chunk;) {
        /* batches end at multiples of FG_BATCH within the pass, so that a chunk of whole batches leaves no trace in the
         * bits */
        uint64_t batch = FG_BATCH - (w->points->n - w->left) % FG_BATCH;
        if (batch > chunk - made)
          batch = chunk - made;
        fg_pass_take(&w->pass, batch, w->batch);
        model->type->update(model, &view, w->batch, batch, eta);
        made += batch;
        w->left -= batch;
      }
      *(w->pass_number ? &w->visit.extra_updates : &w->visit.updates) += chunk;
      w->chunks++;
      check_constraints(w);
    }
    if (w->left > 0)
      break;
    if (w->pass_number == 0 && !all_finite(w->block->factor, (size_t)w->block->cols * model->stride))
      return fg_fail(fault, FG_EDIVERGED, NULL, 0,
                     "the parameters diverged: worker %u, epoch %llu, column block %u, step %g; a smaller --step helps",
                     w->rank, (unsigned long long)(w->round / col_blocks(w)), w->block->id, (double)eta);
    w->pass_number += w->pass_number > 0; /* the required pass is closed by fg_worker_next */
    if (w->pass_number == 0)
      break;
  }
  return FG_OK;
}

enum fg_err fg_worker_take(struct fg_worker *w, struct fg_parcel *p, struct fg_fault *fault) {
  bool good = false;
  uint64_t next = w->state == STATE_NEED ? w->round : w->round + 1;
  uint64_t last = w->job->sync.type->early_hand_off && !w->block ? next + 1 : next;
  if (p->kind == FG_PARCEL_BLOCK) {
    struct fg_col_block **slot = &w->incoming[p->round % 2];
    good = p->round >= next && p->round <= last && !*slot && p->block && p->block->id == due_block(w, p->round);
    if (good)
      *slot = p->block;
  } else if (p->kind == FG_PARCEL_RELEASE) {
    good = w->state == STATE_WAIT && !w->released && p->round == w->round && p->n_stat == w->job->model->n_stat;
    if (good) {
      adopt(w, p->stat);
      w->released = true;
    }
  }
  enum fg_err err =
      good ? FG_OK
           : fg_fail(fault, FG_EPROTOCOL, NULL, 0,
                     "worker %u in round %llu cannot take a parcel of kind %d and round %llu from rank %u", w->rank,
                     (unsigned long long)w->round, (int)p->kind, (unsigned long long)p->round, p->from.rank);
  fg_parcel_free(p);
  return err;
}
