/* The server of a shard (ssp): slice q of the model, kept at home by the steward of rank q. A worker that has finished
 * a clock sends its change; the answer, the shard as it stands, lets it start the next one. It is sent as soon as every
 * worker has finished all clocks but the last `slack` before that one (claim S6), and where the run pauses or ends when
 * every worker has come as far. slack=0 adds the changes of a clock in the order of ranks, so that nothing depends on
 * timing; otherwise they are added as they come. */
#include "core/replica.h"
#include "core/state.h"
#include "core/steward/inner.h"

#include <stdlib.h>

struct server {
  struct fg_steward s;
  bool all;
  uint64_t slack, clocks; /* clocks: of the run */
  uint64_t *finished;     /* clocks that each worker has finished */
  uint64_t *answered;     /* and had an answer to */
  bool *joins;            /* it goes on when all have come as far */
  float **change;         /* slack=0: of the clock that is not complete; NULL: not here */
};

static struct server *of(struct fg_steward *s) {
  return (struct server *)s;
}

static enum fg_err start(struct fg_steward *s) {
  struct server *v = of(s);
  const struct fg_job *job = s->job;
  const struct fg_replica_policy *policy = job->sync.type->replica;
  v->all = policy->all(&job->sync);
  v->slack = policy->slack(&job->sync);
  v->clocks = fg_exchanges(job, job->rounds);
  v->finished = calloc(job->workers, sizeof *v->finished);
  v->answered = calloc(job->workers, sizeof *v->answered);
  v->joins = calloc(job->workers, sizeof *v->joins);
  v->change = calloc(job->workers, sizeof(float *));
  return v->finished && v->answered && v->joins && v->change ? FG_OK : FG_ENOMEM;
}

static void end(struct fg_steward *s) {
  struct server *v = of(s);
  for (uint32_t p = 0; v->change && p < s->job->workers; p++)
    free(v->change[p]);
  free(v->change);
  free(v->finished);
  free(v->answered);
  free(v->joins);
}

static uint64_t slowest(const struct server *v) {
  uint64_t least = UINT64_MAX;
  for (uint32_t p = 0; p < v->s.job->workers; p++)
    least = v->finished[p] < least ? v->finished[p] : least;
  return least;
}

static bool over(const struct fg_steward *s) {
  const struct server *v = (const struct server *)s;
  for (uint32_t p = 0; p < s->job->workers; p++)
    if (v->answered[p] < v->clocks)
      return false;
  return true;
}

/* Sums of several workers' changes may leave the constraints that each of them kept. */
static void project(const struct server *v, const struct fg_slice *shard) {
  const struct fg_model *model = v->s.job->model;
  for (int i = 0; i < 2 && model->type->project; i++)
    if (shard->rows[i])
      model->type->project(model, shard->piece[i], (uint32_t)shard->rows[i]);
}

static enum fg_err answer(struct server *v, const struct fg_slice *shard, uint32_t p) {
  struct fg_steward *s = &v->s;
  struct fg_parcel *parcel =
      fg_steward_parcel(s, FG_PARCEL_SLICE, (struct fg_address){p, FG_WORKER}, v->answered[p], NULL);
  if (!parcel || fg_parcel_add_floats(parcel, fg_slice_floats(shard, s->job->model))) {
    fg_parcel_free(parcel);
    return FG_ENOMEM;
  }
  parcel->item = s->rank;
  parcel->rows = v->all;
  fg_slice_get(shard, s->job->model, parcel->floats);
  v->answered[p]++;
  return fg_steward_post(s, parcel);
}

/* slack=0: the clock is complete when every worker's change of it is here */
static void add_clock(struct server *v, const struct fg_slice *shard) {
  for (uint32_t p = 0; p < v->s.job->workers; p++) {
    fg_slice_add(shard, v->s.job->model, v->change[p]);
    free(v->change[p]);
    v->change[p] = NULL;
  }
  project(v, shard);
}

static enum fg_err take(struct fg_steward *s, struct fg_parcel *p) {
  struct server *v = of(s);
  struct fg_slice shard = fg_home_slice(s->factors, s->rank, v->all);
  uint32_t who = p->from.rank, workers = s->job->workers;
  if (p->kind != FG_PARCEL_SLICE || p->from.role != FG_WORKER || p->item != s->rank || p->rows != v->all ||
      p->n_floats != fg_slice_floats(&shard, s->job->model) || !p->floats || p->count > 1 ||
      v->finished[who] != v->answered[who] || p->round != v->finished[who])
    return FG_EPROTOCOL;
  v->finished[who]++;
  v->joins[who] = p->count;
  uint64_t least = slowest(v);
  if (v->slack > 0) {
    fg_slice_add(&shard, s->job->model, p->floats);
    project(v, &shard);
  } else {
    v->change[who] = p->floats;
    p->floats = NULL;
    if (least == v->finished[who])
      add_clock(v, &shard);
  }
  enum fg_err err = FG_OK;
  for (uint32_t i = 1; i <= workers && !err; i++) { /* the own worker last: the others' letters take longest */
    uint32_t w = (s->rank + i) % workers;
    uint64_t ahead = v->finished[w] - least;
    if (v->answered[w] < v->finished[w] && ahead <= (v->joins[w] ? 0 : v->slack))
      err = answer(v, &shard, w);
  }
  return err;
}

/* At a boundary all workers have finished the same clocks, and all are answered. */
static size_t state_bytes(const struct fg_steward *s) {
  (void)s;
  return sizeof(uint64_t);
}

static void save(const struct fg_steward *s, unsigned char *out) {
  uint64_t clocks = slowest((const struct server *)s);
  fg_state_put(&out, &clocks, sizeof clocks);
}

static enum fg_err restore(struct fg_steward *s, const unsigned char *state) {
  struct server *v = of(s);
  uint64_t clocks;
  fg_state_get(&state, &clocks, sizeof clocks);
  for (uint32_t p = 0; p < s->job->workers; p++)
    v->finished[p] = v->answered[p] = clocks;
  return clocks <= v->clocks ? FG_OK : FG_EINPUT;
}

const struct fg_steward_ops fg_steward_server = {.size = sizeof(struct server),
                                                 .start = start,
                                                 .take = take,
                                                 .over = over,
                                                 .end = end,
                                                 .state_bytes = state_bytes,
                                                 .save = save,
                                                 .restore = restore};
