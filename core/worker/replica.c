/* Replicas: a worker goes over its own points, all tiles in random order, on its own copy of the model, and every so
 * often exchanges it with the others: averaged with theirs (average.c), or through servers (push.c). A visit is 1/P of
 * a pass. A global statistic is made anew from the whole column factor after every exchange: no message carries it. */
#include "core/worker/replica.h"

#include "core/share.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum state {
  STATE_BOUNDARY, /* all replicas are the same, or there was none but the first */
  STATE_START,    /* a visit starts */
  STATE_REQUIRED, /* its part of the pass */
  STATE_REPORT,   /* it is made, and an exchange is due: the release tree hears of it */
  STATE_WAIT,     /* for its release, with extra passes */
  STATE_EXCHANGE, /* slices go to and fro */
  STATE_OVER,     /* the visit ends */
  STATE_STOP,
};

static struct fg_replica_worker *of(struct fg_worker *w) {
  return (struct fg_replica_worker *)w;
}

static const struct fg_replica_policy *policy(const struct fg_worker *w) {
  return w->job->sync.type->replica;
}

/* The blocks (p, 0 .. C-1) as one, columns numbered as in the replica. They lie one after another, points and tiles. */
static enum fg_err merge(struct fg_replica_worker *r) {
  const struct fg_grid *g = r->w.job->grid;
  const struct fg_block_row *row = &g->train[r->w.rank];
  size_t tiles = 0;
  for (uint32_t k = 0; k < row->n; k++)
    tiles += row->block[k].n_tiles;
  r->tiles = malloc((tiles + 1) * sizeof *r->tiles);
  if (!r->tiles || tiles > UINT32_MAX)
    return FG_ENOMEM;
  r->points = (struct fg_block){.points = row->n ? row->block[0].points : NULL, .tiles = r->tiles};
  for (uint32_t k = 0; k < row->n; k++) {
    const struct fg_block *block = &row->block[k];
    assert(block->points == r->points.points + r->points.n);
    for (uint32_t t = 0; t < block->n_tiles; t++) {
      struct fg_tile *tile = &r->tiles[r->points.n_tiles++];
      *tile = block->tiles[t];
      tile->first += r->points.n;
      tile->col0 += (uint32_t)r->replica.at[row->col[k]];
    }
    r->points.n += block->n;
  }
  return FG_OK;
}

static void put_lines(struct fg_replica *replica, float *at, const float *factor, size_t lines) {
  memcpy(at, factor, lines * replica->stride * sizeof *factor);
}

/* a block, or a shard, becomes part of a replica; those that are not held leave it as it is */
static void put_block(struct fg_replica *replica, const struct fg_col_block *block) {
  if (block->factor)
    put_lines(replica, fg_replica_cols(replica, block->id), block->factor, block->cols);
}

static void put_shard(struct fg_replica *replica, const struct fg_row_shard *shard) {
  if (replica->all && shard->factor)
    put_lines(replica, fg_replica_rows(replica, shard->id), shard->factor, shard->rows);
}

static void put_weights(struct fg_replica_worker *r, const struct fg_col_block *block) {
  if (!block->weight)
    return;
  memcpy(r->weight + r->replica.at[block->id], block->weight, block->cols * sizeof(float));
  r->missing -= !r->has[block->id];
  r->has[block->id] = true;
}

bool fg_worker_replica_put(struct fg_worker *w, const struct fg_col_block *block, const struct fg_row_shard *rows) {
  if (!policy(w))
    return false;
  struct fg_replica_worker *r = of(w);
  if (block) {
    put_block(&r->replica, block);
    put_weights(r, block);
  }
  if (rows)
    put_shard(&r->replica, rows);
  if (policy(w)->server && block)
    put_block(&r->base, block);
  if (policy(w)->server && rows)
    put_shard(&r->base, rows);
  return true;
}

/* Everything that updates need. */
static enum fg_err fill(struct fg_replica_worker *r) {
  struct fg_worker *w = &r->w;
  const struct fg_factors *f = w->factors;
  r->weight = calloc((size_t)w->job->grid->cols + 1, sizeof *r->weight);
  r->released = calloc(2 * (size_t)w->job->model->n_stat + 1, sizeof *r->released);
  r->has = calloc(f->col_blocks, sizeof *r->has);
  if (!r->weight || !r->released || !r->has)
    return FG_ENOMEM;
  r->missing = f->col_blocks;
  for (uint32_t q = 0; q < f->col_blocks; q++) {
    put_block(&r->replica, &f->col[q]);
    put_weights(r, &f->col[q]);
    put_shard(&r->replica, &f->row[q]);
  }
  return merge(r);
}

/* What is needed to count them. */
static enum fg_err count_points(struct fg_replica_worker *r) {
  const struct fg_grid *g = r->w.job->grid;
  for (uint32_t q = 0; q < g->col_blocks; q++)
    r->points.n += fg_grid_count(g, r->w.rank, q);
  return FG_OK;
}

static enum fg_err start(struct fg_worker *w) {
  struct fg_replica_worker *r = of(w);
  const struct fg_factors *f = w->factors;
  enum fg_err err = fg_replica_new(w->job, f, &r->replica);
  if (!err)
    err = w->job->timing_only ? count_points(r) : fill(r);
  if (err)
    return err;
  r->extra_limit = fg_replica_waits(w->job) ? policy(w)->extra_passes(&w->job->sync) : 0;
  w->extra_limit = r->extra_limit;
  w->block = &w->factors->col[w->rank];
  r->exchange = policy(w)->server ? &fg_exchange_push : &fg_exchange_average;
  return r->exchange->start(r);
}

static void end(struct fg_worker *w) {
  struct fg_replica_worker *r = of(w);
  if (r->exchange)
    r->exchange->end(r);
  fg_replica_free(&r->replica);
  free(r->weight);
  free(r->has);
  free(r->released);
  free(r->tiles);
}

/* its home, of which the replica of a server's worker is a copy, too */
static bool holds(const struct fg_worker *w, uint32_t q) {
  return q == w->rank;
}

/* The replica is to be put into it again. */
static enum fg_err restore(struct fg_worker *w, const unsigned char *state) {
  (void)state;
  of(w)->exchanges = fg_exchanges(w->job, w->round);
  return w->round == w->boundary ? FG_OK : FG_EINPUT;
}

struct fg_parcel *fg_replica_parcel(const struct fg_replica_worker *r, struct fg_address to, uint32_t item,
                                    uint32_t count) {
  struct fg_slice s = fg_replica_slice(&r->replica, item);
  struct fg_parcel *p = fg_worker_parcel(&r->w, FG_PARCEL_SLICE, to, r->exchanges, false);
  if (!p || fg_slice_pack(&s, r->w.job, p)) {
    fg_parcel_free(p);
    return NULL;
  }
  p->item = item;
  p->count = count;
  p->rows = r->replica.all;
  return p;
}

static void start_visit(struct fg_worker *w) {
  struct fg_replica_worker *r = of(w);
  uint64_t parts = w->job->grid->col_blocks, epoch = w->round / parts, part = w->round % parts, n = r->points.n;
  w->visit.col_block = (uint32_t)part;
  w->visit.col_version = (uint32_t)r->exchanges;
  struct fg_visit_plan plan = {.points = &r->points,
                               .n = n,
                               .view = {r->replica.all ? fg_replica_rows(&r->replica, w->rank) : w->rows->factor,
                                        r->replica.factor, w->rows->weight, r->weight, w->work},
                               .cols = w->job->grid->cols,
                               .epoch = epoch,
                               .order = (epoch * w->job->workers + w->rank) * parts,
                               .part = part,
                               .from = fg_share_begin(n, part, parts),
                               .share = 1};
  plan.required = fg_share_begin(n, part + 1, parts) - plan.from;
  fg_visit_start(w, &plan);
}

/* The statistic of the replica, summed as that of all column blocks always is (fg_factors_stat). */
static void count_statistic(struct fg_replica_worker *r) {
  const struct fg_model *model = r->w.job->model;
  double *part = r->released + model->n_stat;
  memset(r->released, 0, model->n_stat * sizeof *r->released);
  for (uint32_t q = 0; q < r->replica.blocks; q++) {
    memset(part, 0, model->n_stat * sizeof *part);
    model->type->stat(model, fg_replica_cols(&r->replica, q), r->weight + r->replica.at[q],
                      (uint32_t)(r->replica.at[q + 1] - r->replica.at[q]), part);
    for (uint32_t k = 0; k < model->n_stat; k++)
      r->released[k] += part[k];
  }
}

/* After an exchange, what a release does in strata: all go on with the same statistic, the columns normalised by it if
 * the model asks for that. A worker alone knows the statistic from its own changes. */
static void adopt_statistic(struct fg_worker *w) {
  struct fg_replica_worker *r = of(w);
  const struct fg_model *model = w->job->model;
  if (!model->n_stat || w->idle_kernels)
    return;
  if (w->job->workers > 1)
    count_statistic(r);
  for (uint32_t k = 0; k < model->n_stat; k++) {
    if (w->job->workers == 1)
      r->released[k] = w->base[k] + (w->work[k] - w->base[k]);
    w->base[k] = w->work[k];
  }
  fg_worker_adopt(w, r->released);
  if (w->scale_due)
    fg_model_rescale(model, r->replica.factor, w->job->grid->cols, w->scale);
  w->scale_due = false;
}

/* Averages are kept at home: slice p of replica p. With servers the home is theirs. */
static void bring_home(struct fg_worker *w) {
  struct fg_replica_worker *r = of(w);
  if (policy(w)->server || w->idle_kernels)
    return;
  size_t row = r->replica.stride * sizeof(float);
  memcpy(w->block->factor, fg_replica_cols(&r->replica, w->rank), w->block->cols * row);
  if (r->replica.all)
    memcpy(w->rows->factor, fg_replica_rows(&r->replica, w->rank), w->rows->rows * row);
}

static struct fg_parcel *report(const struct fg_replica_worker *r) {
  return fg_worker_parcel(&r->w, FG_PARCEL_REPORT, (struct fg_address){r->w.rank, FG_STEWARD}, r->exchanges, false);
}

static void next(struct fg_worker *w, struct fg_act *act) {
  struct fg_replica_worker *r = of(w);
  for (;;) {
    switch ((enum state)r->state) {
    case STATE_BOUNDARY:
      r->state = w->round == w->job->rounds ? STATE_STOP : STATE_START;
      w->boundary = w->round;
      fg_act_note(act, FG_NOTE_BOUNDARY);
      return;
    case STATE_START:
      assert(r->missing == 0);
      start_visit(w);
      r->state = STATE_REQUIRED;
      fg_act_note(act, FG_NOTE_START);
      return;
    case STATE_REQUIRED:
      if (!fg_visit_done(w)) {
        fg_visit_require(w, act, w->plan.required, false);
        return;
      }
      fg_visit_close(w);
      r->state = !fg_exchange_due(w->job, w->round + 1) ? STATE_OVER
                 : r->extra_limit > 0                   ? STATE_REPORT
                                                        : STATE_EXCHANGE;
      fg_act_note(act, FG_NOTE_REQUIRED);
      return;
    case STATE_REPORT:
      r->state = STATE_WAIT;
      fg_act_send(w, act, report(r));
      return;
    case STATE_WAIT:
      if (r->released_all) {
        r->released_all = false;
        r->state = STATE_EXCHANGE;
        break;
      }
      if (!fg_visit_extra(w, act))
        act->kind = FG_AWAIT;
      return;
    case STATE_EXCHANGE:
      if (r->exchange->next(r, act))
        return;
      r->exchanges++;
      adopt_statistic(w);
      bring_home(w);
      r->state = STATE_OVER;
      break;
    case STATE_OVER:
      w->round++;
      r->state = fg_exchange_joins(w->job, w->round) ? STATE_BOUNDARY : STATE_START;
      fg_act_note(act, FG_NOTE_END);
      return;
    case STATE_STOP:
      act->kind = FG_STOP;
      return;
    }
  }
}

static enum fg_err take(struct fg_worker *w, struct fg_parcel *p) {
  struct fg_replica_worker *r = of(w);
  if (p->kind == FG_PARCEL_RELEASE) {
    if (r->state != STATE_WAIT || r->released_all || p->round != r->exchanges || p->n_stat)
      return FG_EPROTOCOL;
    r->released_all = true;
    return FG_OK;
  }
  if (p->kind != FG_PARCEL_SLICE || (p->item != FG_SLICE_ALL && p->item >= r->replica.blocks))
    return FG_EPROTOCOL;
  struct fg_slice s = fg_replica_slice(&r->replica, p->item);
  if (!fg_slice_fits(&s, w->job, p) || p->rows != r->replica.all)
    return FG_EPROTOCOL;
  return r->exchange->take(r, p);
}

const struct fg_worker_ops fg_worker_replica = {.size = sizeof(struct fg_replica_worker),
                                                .start = start,
                                                .next = next,
                                                .take = take,
                                                .end = end,
                                                .holds = holds,
                                                .restore = restore};
