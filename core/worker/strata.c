/* Strata: between a column block's arrival and its hand-off, with a release at the end of each round. A worker that has
 * not finished when the release comes (quorum) is cut short at its next chunk. */
#include "core/schedule.h"
#include "core/state.h"
#include "core/worker/inner.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum state {
  STATE_NEED,     /* the column block of this round has not come */
  STATE_BOUNDARY, /* it has, or the last round is over: all is quiet */
  STATE_START,    /* the visit starts */
  STATE_REQUIRED, /* the required pass */
  STATE_DONE,     /* required pass made or cut, not reported */
  STATE_LEAVE,    /* the column block is final for this round */
  STATE_HAND_OFF, /* it goes to the next worker */
  STATE_WAIT,     /* for the release of the stratum: idle, or with extra passes */
  STATE_OVER,     /* released and handed off */
  STATE_STOP,
};

struct strata {
  struct fg_worker w;
  enum state state;
  /* balance=rotate: the row shard of the next epoch, come early */
  struct fg_row_shard *next_rows;
  /* balance=scale: step mass of this worker's visits of each column block, relative to the required one, summed;
   * otherwise NULL */
  double *mass;
  /* Came before they could be used, by their round modulo `slots`: where blocks leave early, a neighbour whose release
   * came sooner may be two rounds ahead, and under a quorum up to P, until this worker's own block is missed. Without a
   * quorum at most two column blocks are here at any time (claim S8). */
  struct fg_col_block **incoming;
  uint64_t slots;
  bool settled;      /* topics were drawn given all tokens: no more draws in this visit */
  uint64_t released; /* strata that are complete, as far as this worker knows */
};

static struct strata *of(struct fg_worker *w) {
  return (struct strata *)w;
}

static const struct fg_strata_policy *policy(const struct fg_worker *w) {
  return w->job->sync.type->strata;
}

static bool has_quorum(const struct fg_worker *w) {
  return policy(w)->quorum(&w->job->sync, w->job->workers) < w->job->workers;
}

static uint64_t col_blocks(const struct fg_worker *w) {
  return w->job->grid->col_blocks;
}

static uint32_t due_block(const struct fg_worker *w, uint64_t round) {
  return fg_schedule_col(w->rank, (uint32_t)(round % col_blocks(w)), w->job->grid->col_blocks);
}

/* balance=scale divides steps by no more and multiplies them with no more */
#define SCALE_MOST 8.0

static bool rotates(const struct fg_worker *w) {
  return w->job->balance == FG_CURE_ROTATE && w->job->workers > 1;
}

static bool scales(const struct fg_worker *w) {
  return w->job->balance == FG_CURE_SCALE;
}

/* Row block of an epoch: its own, or that of the worker so many places further on. */
static uint32_t due_rows(const struct fg_worker *w, uint64_t round) {
  uint64_t epoch = rotates(w) ? round / col_blocks(w) : 0;
  return (uint32_t)((w->rank + epoch) % w->job->workers);
}

static enum fg_err start(struct fg_worker *w) {
  struct strata *s = of(w);
  w->extra_limit = policy(w)->extra_passes(&w->job->sync);
  w->block = &w->factors->col[w->rank];
  s->slots = (has_quorum(w) ? (uint64_t)w->job->workers : 1) + 2;
  s->incoming = calloc(s->slots, sizeof(struct fg_col_block *));
  if (scales(w))
    s->mass = calloc(col_blocks(w), sizeof *s->mass);
  return s->incoming && (s->mass || !scales(w)) ? FG_OK : FG_ENOMEM;
}

static void end(struct fg_worker *w) {
  free(of(w)->incoming);
  free(of(w)->mass);
}

static bool holds(const struct fg_worker *w, uint32_t q) {
  return w->block && w->block->id == q;
}

static size_t state_bytes(const struct fg_worker *w) {
  return scales(w) ? col_blocks(w) * sizeof(double) : 0;
}

static void save(const struct fg_worker *w, unsigned char *out) {
  if (scales(w))
    fg_state_put(&out, ((const struct strata *)w)->mass, state_bytes(w));
}

static enum fg_err restore(struct fg_worker *w, const unsigned char *state) {
  struct strata *s = of(w);
  if (w->round != w->boundary)
    return FG_EINPUT;
  if (scales(w))
    fg_state_get(&state, s->mass, state_bytes(w));
  if (s->released < w->round) /* a worker that is there may know of later ones */
    s->released = w->round;
  w->block = &w->factors->col[due_block(w, w->round)];
  return FG_OK;
}

static void divide_block(struct fg_worker *w) {
  if (w->scale_due && !w->idle_kernels)
    fg_model_rescale(w->job->model, w->block->factor, w->block->cols, w->scale);
  w->scale_due = false;
}

/* One over the mean step mass of the previous visits of a block, relative to the required one. */
static double step_share(struct fg_worker *w, uint32_t q) {
  double visits = (double)(w->round / col_blocks(w));
  if (!scales(w) || !(visits > 0))
    return 1;
  double mass = of(w)->mass[q];
  if (mass * SCALE_MOST < visits)
    return SCALE_MOST;
  return mass > SCALE_MOST * visits ? 1 / SCALE_MOST : visits / mass;
}

static void weigh_visit(struct fg_worker *w) {
  if (scales(w) && w->plan.required > 0)
    of(w)->mass[w->visit.col_block] += fg_visit_mass(w) / (double)w->plan.required;
}

static void start_visit(struct fg_worker *w) {
  const struct fg_grid *g = w->job->grid;
  uint64_t epoch = w->round / g->col_blocks, block = (uint64_t)w->rows->id * g->col_blocks + w->block->id;
  divide_block(w);
  w->visit.col_block = w->block->id;
  w->visit.col_version = w->block->version;
  struct fg_visit_plan plan = {.points = w->job->timing_only ? NULL : fg_grid_train(g, w->rows->id, w->block->id),
                               .tokens = w->rows->tokens,
                               .n = fg_grid_count(g, w->rows->id, w->block->id),
                               .view = {w->rows->factor, w->block->factor, w->rows->weight, w->block->weight, w->work},
                               .cols = w->block->cols,
                               .epoch = epoch,
                               .order = epoch * g->row_blocks * g->col_blocks + block};
  of(w)->settled = false;
  plan.required = plan.n;
  plan.share = step_share(w, w->block->id);
  fg_visit_start(w, &plan);
}

/* In an epoch's last stratum every column block is with somebody whose draws of the epoch are made. */
static void settle(struct fg_worker *w) {
  const struct fg_model *model = w->job->model;
  if ((w->round + 1) % col_blocks(w) != 0)
    return;
  of(w)->settled = model->type->renew != NULL;
  if (model->type->renew && !w->idle_kernels)
    fg_visit_renew(w);
  if (model->type->tally && !w->idle_kernels)
    model->type->tally(model, &w->plan.view, w->rows->rows, w->plan.cols, w->plan.epoch);
}

/* What everybody has been told is told to those who look at the parameters. */
static void publish(struct fg_worker *w) {
  const struct fg_model *model = w->job->model;
  if (model->n_tuned > 0 && !w->idle_kernels)
    memcpy(w->factors->tuned, w->work + model->n_stat - model->n_tuned, model->n_tuned * sizeof *w->work);
}

static struct fg_parcel *report(struct fg_worker *w) {
  uint32_t root = policy(w)->direct ? 0 : w->rank;
  struct fg_parcel *p = fg_worker_parcel(w, FG_PARCEL_REPORT, (struct fg_address){root, FG_STEWARD}, w->round, true);
  fg_worker_report(w, p);
  return p;
}

static struct fg_parcel *hand_off(struct fg_worker *w) {
  struct fg_address next = {fg_schedule_next(w->rank, w->job->workers), FG_WORKER};
  struct fg_parcel *p = fg_worker_parcel(w, FG_PARCEL_BLOCK, next, w->round + 1, false);
  if (!p)
    return NULL;
  p->block = w->block;
  p->item = w->block->id;
  p->block->version++;
  w->block = NULL;
  return p;
}

static struct fg_parcel *hand_rows(struct fg_worker *w) {
  struct fg_address next = {fg_schedule_next(w->rank, w->job->workers), FG_WORKER};
  struct fg_parcel *p = fg_worker_parcel(w, FG_PARCEL_ROWS, next, w->round + 1, false);
  if (!p)
    return NULL;
  p->shard = w->rows;
  w->rows = NULL;
  return p;
}

/* The column block to the next worker, and at the end of an epoch the rows, if they rotate. */
static void hand_on(struct fg_worker *w, struct fg_act *act) {
  bool rows = rotates(w) && (w->round + 1) % col_blocks(w) == 0;
  bool failed = fg_worker_post(w, hand_off(w)) || (rows && fg_worker_post(w, hand_rows(w)));
  act->kind = FG_SEND;
  act->parcel = failed ? NULL : fg_inbox_get(&w->outbox);
}

static bool last_round(const struct fg_worker *w) {
  return w->round + 1 == w->job->rounds;
}

static struct fg_col_block **slot(struct fg_worker *w, uint64_t round) {
  return &of(w)->incoming[round % of(w)->slots];
}

static bool cut(const struct fg_worker *w) {
  return ((const struct strata *)w)->released > w->round;
}

static void next(struct fg_worker *w, struct fg_act *act) {
  struct strata *s = of(w);
  bool early = policy(w)->early_hand_off && !last_round(w); /* at the end nobody waits for the block */
  for (;;) {
    switch (s->state) {
    case STATE_NEED:
      if (!w->block) {
        w->block = *slot(w, w->round);
        *slot(w, w->round) = NULL;
      }
      if (!w->rows) {
        w->rows = s->next_rows;
        s->next_rows = NULL;
      }
      if (!w->block || !w->rows) {
        act->kind = FG_AWAIT;
        return;
      }
      assert(w->block->id == due_block(w, w->round));
      s->state = STATE_BOUNDARY;
      break;
    case STATE_BOUNDARY:
      s->state = w->round == w->job->rounds ? STATE_STOP : STATE_START;
      w->boundary = w->round;
      publish(w);
      fg_act_note(act, FG_NOTE_BOUNDARY);
      return;
    case STATE_START:
      start_visit(w);
      s->state = STATE_REQUIRED;
      fg_act_note(act, FG_NOTE_START);
      return;
    case STATE_REQUIRED:
      if (!fg_visit_done(w) && !cut(w)) {
        fg_visit_require(w, act, w->plan.required, has_quorum(w));
        return;
      }
      fg_visit_close(w);
      fg_visit_shake(w, false);
      s->state = STATE_DONE;
      fg_act_note(act, FG_NOTE_REQUIRED);
      return;
    case STATE_DONE:
      s->state = early ? STATE_LEAVE : STATE_WAIT;
      settle(w);
      fg_act_send(w, act, report(w));
      return;
    case STATE_LEAVE:
      s->state = STATE_HAND_OFF;
      if (last_round(w))
        divide_block(w);
      break;
    case STATE_HAND_OFF:
      s->state = early ? STATE_WAIT : STATE_OVER;
      if (last_round(w) || w->job->workers == 1)
        break;
      hand_on(w, act);
      return;
    case STATE_WAIT:
      if (cut(w)) {
        if (w->visit.extra_updates > 0)
          fg_visit_shake(w, true);
        s->state = early ? STATE_OVER : STATE_LEAVE;
        break;
      }
      if (s->settled || !fg_visit_extra(w, act))
        act->kind = FG_AWAIT;
      return;
    case STATE_OVER:
      weigh_visit(w);
      w->round++;
      s->state = w->round == w->job->rounds ? STATE_BOUNDARY : STATE_NEED;
      fg_act_note(act, FG_NOTE_END);
      return;
    case STATE_STOP:
      act->kind = FG_STOP;
      return;
    }
  }
}

/* One that may come now: of a round ahead, as far as a neighbour can be. */
static bool may_come(struct fg_worker *w, const struct fg_parcel *p) {
  struct strata *s = of(w);
  uint64_t first = s->state == STATE_NEED ? w->round : w->round + 1, last = first;
  if (policy(w)->early_hand_off && !w->block)
    last = first + 1;
  if (has_quorum(w))
    last = w->round + w->job->workers;
  return p->round >= first && p->round <= last && p->block && p->block->id == due_block(w, p->round) &&
         !*slot(w, p->round);
}

static enum fg_err take(struct fg_worker *w, struct fg_parcel *p) {
  struct strata *s = of(w);
  if (p->kind == FG_PARCEL_BLOCK && may_come(w, p)) {
    *slot(w, p->round) = p->block;
    return FG_OK;
  }
  if (p->kind == FG_PARCEL_ROWS && rotates(w) && p->shard && !s->next_rows && p->round >= w->round &&
      p->round % col_blocks(w) == 0 && p->shard->id == due_rows(w, p->round)) {
    s->next_rows = p->shard;
    return FG_OK;
  }
  bool waits = s->state == STATE_WAIT && p->round == w->round;
  if (p->kind == FG_PARCEL_RELEASE && p->round == s->released && p->n_stat == w->job->model->n_stat &&
      (waits || has_quorum(w))) {
    fg_worker_adopt(w, p->stat);
    s->released++;
    return FG_OK;
  }
  return FG_EPROTOCOL;
}

const struct fg_worker_ops fg_worker_strata = {.size = sizeof(struct strata),
                                               .start = start,
                                               .next = next,
                                               .take = take,
                                               .end = end,
                                               .holds = holds,
                                               .state_bytes = state_bytes,
                                               .save = save,
                                               .restore = restore};
