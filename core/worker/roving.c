/* Roving blocks: every column block has one holder; a worker visits the next one that is here, and lets it go. Where it
 * comes from and goes to is the policy's: round a ring in a fixed order, to any worker's queue, or to the own steward,
 * which parks it until the directory gives it to somebody. Nobody waits for all but at boundaries that the stage asks
 * for (fg_job.pause). */
#include "core/rng.h"
#include "core/schedule.h"
#include "core/shelf.h"
#include "core/state.h"
#include "core/worker/inner.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum state {
  STATE_BOUNDARY, /* all blocks are at rest */
  STATE_LISTEN,   /* are there parcels? */
  STATE_HEARD,    /* nothing was there */
  STATE_CHOOSE,   /* which block is next? */
  STATE_START,    /* a visit starts */
  STATE_REQUIRED, /* its pass */
  STATE_LEAVE,    /* the block leaves */
  STATE_OVER,     /* it has left */
  STATE_STOP,
};

struct roving {
  struct fg_worker w;
  enum state state;
  enum fg_roving kind;
  uint32_t n_blocks; /* C */
  struct fg_shelf here;
  uint32_t *queue, n;           /* numbers of those that are here and may be visited, in order of arrival; not ring's */
  uint32_t *resting, n_resting; /* nomad: here, visited as often as `level` lets them be */
  uint32_t room;                /* of queue and resting */
  uint32_t *visits;             /* of each column block by this worker; NULL where updates are only counted */
  uint32_t *load;               /* nomad: blocks that each worker was last known to have; NULL otherwise */
  uint64_t level;               /* visits of a block at which it rests; ring: round of the next boundary */
  uint64_t answers;             /* reports that were not answered yet */
  bool requested;               /* relay: the next block has been asked for */
  uint64_t released;            /* round of the boundary that may be passed: others may be beyond it already */
  bool ended;                   /* that is the last one */
};

static struct roving *of(struct fg_worker *w) {
  return (struct roving *)w;
}

static const struct fg_roving_policy *policy(const struct fg_worker *w) {
  return w->job->sync.type->roving;
}

/* rounds at the boundary after one at `round` */
static uint64_t next_boundary(const struct fg_worker *w, uint64_t round) {
  uint64_t pause = w->job->pause;
  return pause && round + pause < w->job->rounds ? round + pause : w->job->rounds;
}

/* What is here fits into queue and resting. FG_ENOMEM. */
static enum fg_err make_room(struct roving *r, uint32_t n) {
  if (n <= r->room)
    return FG_OK;
  uint32_t *queue = realloc(r->queue, n * sizeof *queue);
  r->queue = queue ? queue : r->queue;
  uint32_t *resting = queue ? realloc(r->resting, n * sizeof *resting) : NULL;
  r->resting = resting ? resting : r->resting;
  if (!resting)
    return FG_ENOMEM;
  memset(queue + r->room, 0, (n - r->room) * sizeof *queue);
  memset(resting + r->room, 0, (n - r->room) * sizeof *resting);
  r->room = n;
  return FG_OK;
}

/* A block is here now. */
static enum fg_err receive(struct roving *r, struct fg_col_block *block) {
  enum fg_err err = fg_shelf_put(&r->here, block);
  return err ? err : make_room(r, r->here.capacity);
}

static void enqueue(struct roving *r, uint32_t q) {
  if (r->kind != FG_ROVING_RING)
    r->queue[r->n++] = q;
}

/* Places that are not used are 0: what acts the same looks the same (tests/explore). */
static uint32_t dequeue(struct roving *r) {
  uint32_t q = r->queue[0];
  memmove(r->queue, r->queue + 1, --r->n * sizeof *r->queue);
  r->queue[r->n] = 0;
  return q;
}

static enum fg_err start(struct fg_worker *w) {
  struct roving *r = of(w);
  const struct fg_grid *g = w->job->grid;
  uint32_t c = r->n_blocks = g->col_blocks, room = 4 * (c / w->job->workers) + 4;
  r->kind = policy(w)->kind;
  if (fg_shelf_reserve(&r->here, room < c ? room : c) || make_room(r, r->here.capacity))
    return FG_ENOMEM;
  if (!w->job->timing_only && !(r->visits = calloc(c, sizeof *r->visits)))
    return FG_ENOMEM;
  if (r->kind == FG_ROVING_QUEUE && !(r->load = calloc(w->job->workers, sizeof *r->load)))
    return FG_ENOMEM;
  /* those whose home this is; of relay's the first: the others are parked with the steward */
  for (uint32_t q = w->rank; q < c; q += w->job->workers) {
    if (r->kind == FG_ROVING_DIRECTORY && q != w->rank)
      continue;
    if (receive(r, &w->factors->col[q]))
      return FG_ENOMEM;
    enqueue(r, q);
  }
  for (uint32_t p = 0; r->load && p < w->job->workers; p++)
    r->load[p] = c / w->job->workers;
  r->level = next_boundary(w, 0);
  return FG_OK;
}

static void end(struct fg_worker *w) {
  struct roving *r = of(w);
  fg_shelf_free(&r->here);
  free(r->queue);
  free(r->resting);
  free(r->visits);
  free(r->load);
}

static uint32_t due(const struct fg_worker *w, uint64_t round) {
  return fg_schedule_ring(w->rank, round, w->job->workers, w->job->grid->col_blocks);
}

/* Visits that a block has had when this many rounds are over. */
static uint64_t visits_at(const struct fg_worker *w, uint64_t round) {
  return round / w->job->grid->col_blocks * w->job->workers;
}

/* Does the block rest until the boundary ahead is passed? */
static bool rests_now(const struct fg_worker *w, const struct fg_col_block *block) {
  return block->version >= visits_at(w, ((const struct roving *)w)->level);
}

/* The last ones that came to rest go on first. */
static void wake(struct fg_worker *w) {
  struct roving *r = of(w);
  uint32_t kept = 0;
  for (uint32_t i = r->n_resting; i > 0; i--)
    if (!rests_now(w, fg_shelf_find(&r->here, r->resting[i - 1])))
      enqueue(r, r->resting[i - 1]);
  for (uint32_t i = 0; i < r->n_resting; i++)
    if (rests_now(w, fg_shelf_find(&r->here, r->resting[i])))
      r->resting[kept++] = r->resting[i];
  memset(r->resting + kept, 0, (r->n_resting - kept) * sizeof *r->resting);
  r->n_resting = kept;
}

/* The block to visit next; NULL: none is here. */
static struct fg_col_block *choose(struct fg_worker *w) {
  struct roving *r = of(w);
  if (r->kind != FG_ROVING_RING)
    return r->n ? fg_shelf_find(&r->here, dequeue(r)) : NULL;
  return w->round < r->level ? fg_shelf_find(&r->here, due(w, w->round)) : NULL;
}

/* Ring: is all that comes after this boundary here? */
static bool ring_rests(const struct fg_worker *w, const struct roving *r) {
  uint32_t blocks = r->n_blocks / w->job->workers;
  for (uint64_t k = w->round; k < w->round + blocks; k++)
    if (k < w->job->rounds && !fg_shelf_find(&r->here, due(w, k)))
      return false;
  return true;
}

static bool at_boundary(const struct fg_worker *w, const struct roving *r) {
  if (r->answers > 0)
    return false;
  return r->kind == FG_ROVING_RING ? w->round == r->level && ring_rests(w, r) : r->released >= r->level;
}

static void pass_boundary(struct fg_worker *w, struct fg_act *act) {
  struct roving *r = of(w);
  w->boundary = r->level;
  r->ended = r->level == w->job->rounds;
  r->level = next_boundary(w, r->level);
  r->requested = false;
  wake(w);
  r->state = r->ended ? STATE_STOP : STATE_LISTEN;
  fg_act_note(act, FG_NOTE_BOUNDARY);
}

static void start_visit(struct fg_worker *w) {
  struct roving *r = of(w);
  const struct fg_grid *g = w->job->grid;
  uint32_t q = w->block->id;
  uint64_t pass = r->visits ? r->visits[q] : 0, block = (uint64_t)w->rows->id * g->col_blocks + q;
  w->visit.col_block = q;
  w->visit.col_version = w->block->version;
  struct fg_visit_plan plan = {.points = w->job->timing_only ? NULL : fg_grid_train(g, w->rows->id, q),
                               .tokens = w->rows->tokens,
                               .n = fg_grid_count(g, w->rows->id, q),
                               .view = {w->rows->factor, w->block->factor, w->rows->weight, w->block->weight, w->work},
                               .cols = w->block->cols,
                               .epoch = r->kind == FG_ROVING_DIRECTORY ? w->block->version / w->job->workers : pass,
                               .order = pass * g->row_blocks * g->col_blocks + block};
  plan.required = plan.n;
  plan.share = 1;
  fg_visit_start(w, &plan);
}

/* relay: updates of the visit after which the next block is asked for, in whole chunks */
static uint64_t ask_at(const struct fg_worker *w) {
  double before = (double)w->plan.required * (1 - policy(w)->ahead(&w->job->sync));
  uint64_t chunks = (uint64_t)before / w->job->chunk;
  return chunks * w->job->chunk;
}

static struct fg_parcel *request(const struct fg_worker *w) {
  return fg_worker_parcel(w, FG_PARCEL_REQUEST, (struct fg_address){0, FG_STEWARD}, w->round, false);
}

/* Tells rank 0 of a visit, if the statistic changes by it or the block rests. */
static enum fg_err report(struct fg_worker *w, bool rests) {
  struct roving *r = of(w);
  if (!w->job->model->n_stat && !rests)
    return FG_OK;
  struct fg_parcel *p = fg_worker_parcel(w, FG_PARCEL_REPORT, (struct fg_address){0, FG_STEWARD}, w->round, true);
  if (!p)
    return FG_ENOMEM;
  p->item = w->block->id;
  p->count = rests;
  fg_worker_report(w, p);
  r->answers += w->job->model->n_stat > 0;
  return fg_worker_post(w, p);
}

static enum fg_err hand_to(struct fg_worker *w, struct fg_address to, uint64_t round, uint32_t load, bool stat) {
  struct roving *r = of(w);
  struct fg_parcel *p = fg_worker_parcel(w, FG_PARCEL_BLOCK, to, round, stat);
  if (!p)
    return FG_ENOMEM;
  fg_worker_report(w, p);
  p->block = w->block;
  p->item = w->block->id;
  p->count = load;
  fg_shelf_take(&r->here, w->block->id);
  return fg_worker_post(w, p);
}

static enum fg_err leave_ring(struct fg_worker *w) {
  uint64_t next = w->round + of(w)->n_blocks / w->job->workers; /* of its visit by the neighbour */
  enum fg_err err = report(w, false);
  if (err || w->job->workers == 1 || next >= w->job->rounds)
    return err;
  return hand_to(w, (struct fg_address){fg_schedule_next(w->rank, w->job->workers), FG_WORKER}, next, 0, false);
}

static enum fg_err leave_queue(struct fg_worker *w) {
  struct roving *r = of(w);
  struct fg_rng rng;
  bool rests = rests_now(w, w->block);
  enum fg_err err = report(w, rests);
  if (err || rests) {
    r->resting[r->n_resting++] = w->block->id;
    return err;
  }
  r->load[w->rank] = r->n;
  fg_rng_start(&rng, w->job->seed_order, FG_STREAM_ROUTE, w->round, w->rank);
  uint32_t to = policy(w)->route(&w->job->sync, r->load, w->job->workers, fg_rng_u32(&rng));
  r->load[to]++;
  if (to != w->rank)
    return hand_to(w, (struct fg_address){to, FG_WORKER}, w->round, r->n, false);
  enqueue(r, w->block->id);
  return FG_OK;
}

static enum fg_err leave_directory(struct fg_worker *w) {
  return hand_to(w, (struct fg_address){w->rank, FG_STEWARD}, w->round, 0, true);
}

static void leave(struct fg_worker *w, struct fg_act *act) {
  struct roving *r = of(w);
  w->block->version++;
  enum fg_err err = r->kind == FG_ROVING_RING    ? leave_ring(w)
                    : r->kind == FG_ROVING_QUEUE ? leave_queue(w)
                                                 : leave_directory(w);
  if (r->visits)
    r->visits[w->visit.col_block]++;
  w->block = NULL;
  r->state = STATE_OVER;
  if (err || w->outbox.n > 0) { /* without memory: a SEND of nothing, which the stage reports */
    act->kind = FG_SEND;
    act->parcel = err ? NULL : fg_inbox_get(&w->outbox);
  }
}

static void next(struct fg_worker *w, struct fg_act *act) {
  struct roving *r = of(w);
  for (;;) {
    switch (r->state) {
    case STATE_BOUNDARY: /* the first one */
      r->state = STATE_LISTEN;
      fg_act_note(act, FG_NOTE_BOUNDARY);
      return;
    case STATE_LISTEN: /* a take leads back here */
      r->state = STATE_HEARD;
      act->kind = FG_POLL;
      return;
    case STATE_HEARD:
      w->polls++;
      r->state = STATE_CHOOSE;
      break;
    case STATE_CHOOSE:
      if (at_boundary(w, r)) {
        pass_boundary(w, act);
        return;
      }
      if ((w->block = choose(w)) != NULL) {
        r->state = STATE_START;
        break;
      }
      if (r->kind == FG_ROVING_DIRECTORY && !r->requested) { /* after a boundary */
        r->requested = true;
        fg_act_send(w, act, request(w));
        return;
      }
      act->kind = FG_AWAIT;
      return;
    case STATE_START:
      start_visit(w);
      r->state = STATE_REQUIRED;
      if (r->kind == FG_ROVING_DIRECTORY)
        r->requested = false;
      fg_act_note(act, FG_NOTE_START);
      return;
    case STATE_REQUIRED: {
      bool asks = r->kind == FG_ROVING_DIRECTORY && !r->requested;
      if (asks && w->visit.updates >= ask_at(w)) {
        r->requested = true;
        fg_act_send(w, act, request(w));
        return;
      }
      if (!fg_visit_done(w)) {
        fg_visit_require(w, act, asks ? ask_at(w) : w->plan.required, false);
        return;
      }
      fg_visit_close(w);
      fg_visit_shake(w, false);
      r->state = STATE_LEAVE;
      fg_act_note(act, FG_NOTE_REQUIRED);
      return;
    }
    case STATE_LEAVE:
      leave(w, act);
      if (act->kind == FG_SEND)
        return;
      break;
    case STATE_OVER:
      w->round++;
      w->between = true;
      r->state = STATE_LISTEN;
      fg_act_note(act, FG_NOTE_END);
      return;
    case STATE_STOP:
      act->kind = FG_STOP;
      return;
    }
  }
}

static enum fg_err take_block(struct fg_worker *w, const struct fg_parcel *p) {
  struct roving *r = of(w);
  bool stat = r->kind == FG_ROVING_DIRECTORY;
  if (!p->block || p->n_stat != (stat ? w->job->model->n_stat : 0) || fg_shelf_find(&r->here, p->block->id))
    return FG_EPROTOCOL;
  if (r->kind == FG_ROVING_RING &&
      (p->round < w->round || p->round >= w->job->rounds || due(w, p->round) != p->block->id))
    return FG_EPROTOCOL;
  if (r->kind == FG_ROVING_DIRECTORY && (r->n > 0 || !r->requested))
    return FG_EPROTOCOL;
  if (receive(r, p->block))
    return FG_ENOMEM;
  if (r->kind == FG_ROVING_QUEUE && rests_now(w, p->block))
    r->resting[r->n_resting++] = p->block->id; /* from who is beyond the boundary that is ahead here */
  else
    enqueue(r, p->block->id);
  if (r->kind == FG_ROVING_QUEUE && p->from.role == FG_WORKER)
    r->load[p->from.rank] = p->count;
  if (stat && p->n_stat)
    fg_worker_adopt(w, p->stat);
  return FG_OK;
}

static enum fg_err take_release(struct fg_worker *w, const struct fg_parcel *p) {
  struct roving *r = of(w);
  if (p->count == FG_RELEASE_ANSWER) {
    if (r->answers == 0 || p->n_stat != w->job->model->n_stat)
      return FG_EPROTOCOL;
    r->answers--;
    fg_worker_adopt(w, p->stat);
    return FG_OK;
  }
  bool last = p->count == FG_RELEASE_END;
  if (r->kind == FG_ROVING_RING || p->round <= r->released || p->round > w->job->rounds || r->n > 0 ||
      last != (p->round == w->job->rounds))
    return FG_EPROTOCOL;
  r->released = p->round;
  return FG_OK;
}

static enum fg_err take(struct fg_worker *w, struct fg_parcel *p) {
  struct roving *r = of(w);
  r->state = STATE_LISTEN;
  if (p->kind == FG_PARCEL_BLOCK)
    return take_block(w, p);
  return p->kind == FG_PARCEL_RELEASE ? take_release(w, p) : FG_EPROTOCOL;
}

/* ---- at a boundary: no visit is under way, and nothing unanswered */

static bool holds(const struct fg_worker *w, uint32_t q) {
  return fg_shelf_find(&((const struct roving *)w)->here, q) != NULL;
}

/* visits of each block, loads of each worker (0: not known), how many blocks are here, which (C entries, unused ones
 * zero). Runs that only count have no state. */
static size_t state_bytes(const struct fg_worker *w) {
  return (2 * (size_t)w->job->grid->col_blocks + w->job->workers + 1) * sizeof(uint32_t);
}

static void save(const struct fg_worker *w, unsigned char *out) {
  const struct roving *r = (const struct roving *)w;
  uint32_t c = r->n_blocks, n = r->here.n, none = 0;
  fg_state_put(&out, r->visits, c * sizeof *r->visits);
  for (uint32_t p = 0; p < w->job->workers; p++)
    fg_state_put(&out, r->load ? &r->load[p] : &none, sizeof none);
  fg_state_put(&out, &n, sizeof n);
  for (uint32_t i = 0; i < n; i++)
    fg_state_put(&out, r->kind == FG_ROVING_QUEUE ? &r->queue[i] : &r->here.block[i]->id, sizeof *r->queue);
  for (uint32_t i = n; i < c; i++)
    fg_state_put(&out, &none, sizeof none);
}

/* Blocks that are here, in the order in which they are visited. */
static enum fg_err restore_blocks(struct fg_worker *w, const unsigned char *state) {
  struct roving *r = of(w);
  uint32_t c = r->n_blocks, n, q;
  fg_state_get(&state, &n, sizeof n);
  if (n > c)
    return FG_EINPUT;
  fg_shelf_clear(&r->here);
  memset(r->queue, 0, r->room * sizeof *r->queue);
  memset(r->resting, 0, r->room * sizeof *r->resting);
  r->n = r->n_resting = 0;
  for (uint32_t i = 0; i < n; i++) {
    fg_state_get(&state, &q, sizeof q);
    if (q >= c || fg_shelf_find(&r->here, q) || w->factors->col[q].version != visits_at(w, w->boundary))
      return FG_EINPUT;
    if (receive(r, &w->factors->col[q]))
      return FG_ENOMEM;
    enqueue(r, q);
  }
  bool fits = r->kind == FG_ROVING_RING ? ring_rests(w, r) : r->kind == FG_ROVING_QUEUE || n == 0;
  return fits ? FG_OK : FG_EINPUT;
}

static enum fg_err restore(struct fg_worker *w, const unsigned char *state) {
  struct roving *r = of(w);
  uint64_t visits = 0, pause = w->job->pause;
  if (w->boundary == 0 || w->boundary >= w->job->rounds || !pause || w->boundary % pause != 0)
    return FG_EINPUT;
  fg_state_get(&state, r->visits, r->n_blocks * sizeof *r->visits);
  for (uint32_t p = 0; p < w->job->workers; p++) {
    uint32_t load;
    fg_state_get(&state, &load, sizeof load);
    if (load > r->n_blocks)
      return FG_EINPUT;
    if (r->load)
      r->load[p] = load;
  }
  for (uint32_t q = 0; q < r->n_blocks; q++)
    visits += r->visits[q];
  if (visits != w->round || (r->kind == FG_ROVING_RING && w->round != w->boundary))
    return FG_EINPUT;
  w->block = NULL;
  r->state = STATE_BOUNDARY;
  r->level = next_boundary(w, w->boundary);
  r->answers = 0;
  r->released = w->boundary;
  r->requested = r->ended = false;
  return restore_blocks(w, state);
}

const struct fg_worker_ops fg_worker_roving = {.size = sizeof(struct roving),
                                               .start = start,
                                               .next = next,
                                               .take = take,
                                               .end = end,
                                               .holds = holds,
                                               .state_bytes = state_bytes,
                                               .save = save,
                                               .restore = restore};
