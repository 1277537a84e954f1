/* The server of shards (ssp): slices of the model, kept at home by a steward: that of rank q has slice q, or with hosts
 * of their own one has several (fg_sync_server). A worker that has finished a clock sends its change; the answer, the
 * shard as it stands, lets it start the next one. It is sent as soon as every worker has finished all clocks but the
 * last `slack` before that one (claim S6), and where the run pauses or ends when every worker has come as far. slack=0
 * adds the changes of a clock in the order of ranks, so that nothing depends on timing; otherwise they are added as
 * they come. */
#include "core/replica.h"
#include "core/state.h"
#include "core/steward/inner.h"

#include <stdlib.h>

struct shard {
  uint32_t q;
  uint64_t *finished; /* clocks that each worker has finished, as far as this shard knows */
  uint64_t *answered; /* and had an answer to */
  bool *joins;        /* it goes on when all have come as far */
  float **change;     /* slack=0: of the clock that is not complete; NULL: not here */
};

struct server {
  struct fg_steward s;
  bool all;
  uint64_t slack, clocks; /* clocks: of the run */
  uint32_t n_shards;
  struct shard *shard;
};

static struct server *of(struct fg_steward *s) {
  return (struct server *)s;
}

static bool serves(const struct fg_steward *s, uint32_t q) {
  return fg_sync_server(&s->job->sync, s->job->workers, q) == s->rank;
}

static enum fg_err start_shard(const struct server *v, struct shard *d) {
  uint32_t workers = v->s.job->workers;
  d->finished = calloc(workers, sizeof *d->finished);
  d->answered = calloc(workers, sizeof *d->answered);
  d->joins = calloc(workers, sizeof *d->joins);
  d->change = calloc(workers, sizeof(float *));
  return d->finished && d->answered && d->joins && d->change ? FG_OK : FG_ENOMEM;
}

static enum fg_err start(struct fg_steward *s) {
  struct server *v = of(s);
  const struct fg_job *job = s->job;
  const struct fg_replica_policy *policy = job->sync.type->replica;
  uint32_t n = 0;
  v->all = policy->all(&job->sync);
  v->slack = policy->slack(&job->sync);
  v->clocks = fg_exchanges(job, job->rounds);
  for (uint32_t q = 0; q < job->workers; q++)
    n += serves(s, q);
  v->shard = calloc(n + 1, sizeof *v->shard);
  enum fg_err err = v->shard ? FG_OK : FG_ENOMEM;
  for (uint32_t q = 0; q < job->workers && !err; q++)
    if (serves(s, q)) {
      struct shard *d = &v->shard[v->n_shards++];
      d->q = q;
      err = start_shard(v, d);
    }
  return err;
}

static void end(struct fg_steward *s) {
  struct server *v = of(s);
  for (uint32_t i = 0; i < v->n_shards; i++) {
    struct shard *d = &v->shard[i];
    for (uint32_t p = 0; d->change && p < s->job->workers; p++)
      free(d->change[p]);
    free(d->change);
    free(d->finished);
    free(d->answered);
    free(d->joins);
  }
  free(v->shard);
}

static struct shard *find(const struct server *v, uint32_t q) {
  for (uint32_t i = 0; i < v->n_shards; i++)
    if (v->shard[i].q == q)
      return &v->shard[i];
  return NULL;
}

static uint64_t slowest(const struct server *v, const struct shard *d) {
  uint64_t least = UINT64_MAX;
  for (uint32_t p = 0; p < v->s.job->workers; p++)
    least = d->finished[p] < least ? d->finished[p] : least;
  return least;
}

static bool over(const struct fg_steward *s) {
  const struct server *v = (const struct server *)s;
  for (uint32_t i = 0; i < v->n_shards; i++)
    for (uint32_t p = 0; p < s->job->workers; p++)
      if (v->shard[i].answered[p] < v->clocks)
        return false;
  return true;
}

/* Sums of several workers' changes may leave the constraints that each of them kept. */
static void project(const struct server *v, const struct fg_slice *home) {
  const struct fg_model *model = v->s.job->model;
  for (int i = 0; i < 2; i++)
    if (home->rows[i])
      fg_model_project(model, i == 0, home->piece[i], (uint32_t)home->rows[i]);
}

static enum fg_err answer(struct server *v, struct shard *d, const struct fg_slice *home, uint32_t p) {
  struct fg_steward *s = &v->s;
  struct fg_parcel *parcel =
      fg_steward_parcel(s, FG_PARCEL_SLICE, (struct fg_address){p, FG_WORKER}, d->answered[p], NULL);
  if (!parcel || fg_slice_pack(home, s->job, parcel)) {
    fg_parcel_free(parcel);
    return FG_ENOMEM;
  }
  parcel->item = d->q;
  parcel->rows = v->all;
  d->answered[p]++;
  return fg_steward_post(s, parcel);
}

/* slack=0: the clock is complete when every worker's change of it is here */
static void add_clock(const struct server *v, struct shard *d, const struct fg_slice *home) {
  for (uint32_t p = 0; p < v->s.job->workers; p++) {
    fg_slice_add(home, v->s.job->model, d->change[p]);
    free(d->change[p]);
    d->change[p] = NULL;
  }
  project(v, home);
}

static enum fg_err take(struct fg_steward *s, struct fg_parcel *p) {
  struct server *v = of(s);
  struct shard *d = find(v, p->item);
  uint32_t who = p->from.rank, workers = s->job->workers;
  if (!d || p->kind != FG_PARCEL_SLICE || p->from.role != FG_WORKER || who >= workers)
    return FG_EPROTOCOL;
  struct fg_slice home = fg_home_slice(s->factors, d->q, v->all);
  if (p->rows != v->all || !fg_slice_fits(&home, s->job, p) || p->count > 1 || d->finished[who] != d->answered[who] ||
      p->round != d->finished[who])
    return FG_EPROTOCOL;
  d->finished[who]++;
  d->joins[who] = p->count;
  uint64_t least = slowest(v, d);
  if (s->job->timing_only) {
    /* nothing to be added */
  } else if (v->slack > 0) {
    fg_slice_add(&home, s->job->model, p->floats);
    project(v, &home);
  } else {
    d->change[who] = p->floats;
    p->floats = NULL;
    if (least == d->finished[who])
      add_clock(v, d, &home);
  }
  enum fg_err err = FG_OK;
  for (uint32_t i = 1; i <= workers && !err; i++) { /* the own worker last: the others' letters take longest */
    uint32_t w = (d->q + i) % workers;
    uint64_t ahead = d->finished[w] - least;
    if (d->answered[w] < d->finished[w] && ahead <= (d->joins[w] ? 0 : v->slack))
      err = answer(v, d, &home, w);
  }
  return err;
}

/* At a boundary all workers have finished the same clocks, and all are answered: one number for each shard. */
static size_t state_bytes(const struct fg_steward *s) {
  return ((const struct server *)s)->n_shards * sizeof(uint64_t);
}

static void save(const struct fg_steward *s, unsigned char *out) {
  const struct server *v = (const struct server *)s;
  for (uint32_t i = 0; i < v->n_shards; i++) {
    uint64_t clocks = slowest(v, &v->shard[i]);
    fg_state_put(&out, &clocks, sizeof clocks);
  }
}

static enum fg_err restore(struct fg_steward *s, const unsigned char *state) {
  struct server *v = of(s);
  for (uint32_t i = 0; i < v->n_shards; i++) {
    uint64_t clocks;
    fg_state_get(&state, &clocks, sizeof clocks);
    if (clocks > v->clocks)
      return FG_EINPUT;
    for (uint32_t p = 0; p < s->job->workers; p++)
      v->shard[i].finished[p] = v->shard[i].answered[p] = clocks;
  }
  return FG_OK;
}

const struct fg_steward_ops fg_steward_server = {.size = sizeof(struct server),
                                                 .start = start,
                                                 .take = take,
                                                 .over = over,
                                                 .end = end,
                                                 .state_bytes = state_bytes,
                                                 .save = save,
                                                 .restore = restore};
