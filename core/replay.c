/* The replay stage: the order log in, the same bits out. */
#include "core/replay.h"

#include "core/epochs.h"
#include "core/files.h"
#include "core/npy.h"
#include "core/staleness.h"
#include "core/steward.h"
#include "core/worker.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Parcels a machine has sent that nobody has taken yet, by number. */
struct mail {
  struct fg_parcel **parcel; /* parcel[i] has number first + i; NULL: taken */
  size_t n, capacity;
  uint64_t first;
};

struct replay {
  struct fg_run *run;
  const struct fg_order *order;
  const struct fg_visit **recorded; /* rows of the trace by worker, NULL: not compared */
  size_t *first;                    /* of each worker's rows in recorded[] */
  const struct fg_sink *sink;
  struct fg_sink compared; /* the caller's sink behind the comparison */
  struct fg_epochs epochs;
  bool served; /* there are servers of shards, audited: */
  struct fg_staleness staleness;
  uint32_t hosts;
  struct fg_worker **worker;   /* per worker */
  struct fg_steward **steward; /* per host */
  struct mail *sent;           /* 2 * hosts machines: 2 * rank + role */
  size_t *next;                /* position of each machine in the log */
  bool *stopped;               /* per machine */
  bool *polling;               /* per worker: its last act, a POLL, waits for a parcel that has not been sent */
  bool *stands;                /* per worker: at a boundary that all must reach before anybody goes on */
  uint32_t standing;           /* how many do */
  uint64_t steward_bytes;
  struct fg_fault *fault;
};

/* All columns of a row but the times. */
static enum fg_err compare(const struct fg_visit *a, const struct fg_visit *b, uint32_t col_blocks,
                           struct fg_fault *fault) {
  const struct {
    const char *name;
    uint64_t recorded, replayed;
  } columns[] = {
      {"worker", a->worker, b->worker},
      {"seq", a->seq, b->seq},
      {"epoch", a->round / col_blocks, b->round / col_blocks},
      {"sub_epoch", a->round % col_blocks, b->round % col_blocks},
      {"row_block", a->row_block, b->row_block},
      {"col_block", a->col_block, b->col_block},
      {"col_version", a->col_version, b->col_version},
      {"required_updates", a->required_updates, b->required_updates},
      {"updates", a->updates, b->updates},
      {"extra_updates", a->extra_updates, b->extra_updates},
      {"bytes_sent", a->bytes_sent, b->bytes_sent},
  };
  for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++)
    if (columns[i].recorded != columns[i].replayed)
      return fg_fail(fault, FG_MISMATCH, NULL, 0,
                     "worker %" PRIu32 ", visit %" PRIu64 ": recorded %s %" PRIu64 ", replayed %" PRIu64, b->worker,
                     b->seq, columns[i].name, columns[i].recorded, columns[i].replayed);
  return FG_OK;
}

/* the recorded row of a visit; NULL if nothing is compared, or there is none */
static const struct fg_visit *recorded(const struct replay *r, const struct fg_visit *v) {
  if (!r->recorded || v->seq >= r->first[v->worker + 1] - r->first[v->worker])
    return NULL;
  return r->recorded[r->first[v->worker] + v->seq];
}

static enum fg_err compare_visit(void *self, const struct fg_visit *visit, struct fg_fault *fault) {
  struct replay *r = self;
  const struct fg_visit *row = recorded(r, visit);
  if (r->recorded && !row)
    return fg_fail(fault, FG_MISMATCH, NULL, 0, "worker %" PRIu32 ": visit %" PRIu64 " is not recorded", visit->worker,
                   visit->seq);
  enum fg_err err = row ? compare(row, visit, r->run->grid.col_blocks, fault) : FG_OK;
  return err || !r->sink->visit ? err : r->sink->visit(r->sink->self, visit, fault);
}

static enum fg_err pass_evaluation(void *self, uint64_t rounds, const struct fg_totals *so_far,
                                   const struct fg_factors *factors, struct fg_fault *fault) {
  const struct fg_sink *sink = ((struct replay *)self)->sink;
  return sink->evaluate(sink->self, rounds, so_far, factors, fault);
}

static void pass_progress(void *self, uint64_t done, uint64_t all) {
  const struct fg_sink *sink = ((struct replay *)self)->sink;
  if (sink->progress)
    sink->progress(sink->self, done, all);
}

/* Rows by worker; the audit has seen to it that each worker's are numbered from 0 on. */
static enum fg_err sort_trace(struct replay *r, const struct fg_trace *trace) {
  uint32_t workers = r->run->job.workers;
  r->first = calloc((size_t)workers + 1, sizeof *r->first);
  r->recorded = calloc(trace->n + 1, sizeof(struct fg_visit *));
  if (!r->first || !r->recorded)
    return FG_ENOMEM;
  for (size_t i = 0; i < trace->n; i++)
    r->first[trace->visit[i].worker + 1]++;
  for (uint32_t p = 0; p < workers; p++)
    r->first[p + 1] += r->first[p];
  for (size_t i = 0; i < trace->n; i++)
    r->recorded[r->first[trace->visit[i].worker] + trace->visit[i].seq] = &trace->visit[i];
  return FG_OK;
}

static size_t machine(struct fg_address a) {
  return 2 * (size_t)a.rank + (size_t)a.role;
}

static enum fg_err keep(struct replay *r, struct fg_parcel *parcel) {
  if (!parcel)
    return fg_fail(r->fault, FG_ENOMEM, NULL, 0, "not enough memory for a message");
  struct mail *m = &r->sent[machine(parcel->from)];
  if (m->n == m->capacity) {
    size_t capacity = m->capacity ? 2 * m->capacity : 8;
    struct fg_parcel **more = realloc(m->parcel, capacity * sizeof(struct fg_parcel *));
    if (!more) {
      fg_parcel_free(parcel);
      return fg_fail(r->fault, FG_ENOMEM, NULL, 0, "not enough memory for a message");
    }
    m->parcel = more;
    m->capacity = capacity;
  }
  m->parcel[m->n++] = parcel;
  return FG_OK;
}

/* The parcel with that number, if it has been sent; its place is emptied and the front of the list moves up. */
static struct fg_parcel *fetch(struct mail *m, uint64_t seq) {
  if (seq < m->first || seq - m->first >= m->n)
    return NULL;
  struct fg_parcel *parcel = m->parcel[seq - m->first];
  m->parcel[seq - m->first] = NULL;
  size_t taken = 0;
  while (taken < m->n && !m->parcel[taken])
    taken++;
  memmove(m->parcel, m->parcel + taken, (m->n - taken) * sizeof(struct fg_parcel *));
  m->n -= taken;
  m->first += taken;
  return parcel;
}

static const struct fg_taken *next_taken(const struct replay *r, size_t m) {
  return r->next[m] < r->order->first[m + 1] ? &r->order->taken[r->next[m]] : NULL;
}

/* The next parcel of machine m by the log, if it has been sent; NULL with *wrong set if it is addressed to somebody
 * else. */
static struct fg_parcel *arrived(struct replay *r, size_t m, const struct fg_taken *t, bool *wrong) {
  struct fg_parcel *parcel = fetch(&r->sent[machine(t->from)], t->seq);
  if (!parcel)
    return NULL;
  r->next[m]++;
  if (machine(parcel->to) == m)
    return parcel;
  fg_parcel_free(parcel);
  *wrong = true;
  return NULL;
}

static enum fg_err mismatch(struct replay *r, size_t m, const char *what) {
  return fg_fail(r->fault, FG_MISMATCH, NULL, 0, "%s %zu: %s (parcel %zu of its order log)",
                 m % 2 ? "steward" : "worker", m / 2, what, r->next[m] - r->order->first[m]);
}

static enum fg_err as_mismatch(enum fg_err err) {
  return err == FG_EPROTOCOL ? FG_MISMATCH : err;
}

/* Plays a steward until it needs a parcel that has not been sent. */
static enum fg_err play_steward(struct replay *r, uint32_t rank, bool *moved) {
  size_t m = 2 * (size_t)rank + FG_STEWARD;
  struct fg_steward *steward = r->steward[rank];
  for (;;) {
    struct fg_act act;
    fg_steward_next(steward, &act);
    if (act.kind == FG_SEND) {
      r->steward_bytes += act.parcel->bytes;
      enum fg_err err = r->served ? fg_staleness_send(&r->staleness, act.parcel, r->fault) : FG_OK;
      if (err) {
        fg_parcel_free(act.parcel);
        return err;
      }
      err = keep(r, act.parcel);
      if (err)
        return err;
      *moved = true;
      continue;
    }
    const struct fg_taken *t = next_taken(r, m);
    if (act.kind == FG_STOP) {
      r->stopped[m] = true;
      return t ? mismatch(r, m, "took a parcel after its end") : FG_OK;
    }
    if (!t)
      return mismatch(r, m, "waits for a parcel that the log does not have");
    if (t->ticks != 0)
      return mismatch(r, m, "has spent chunks, as only workers do");
    bool wrong = false;
    struct fg_parcel *parcel = arrived(r, m, t, &wrong);
    if (wrong)
      return mismatch(r, m, "took a parcel that was sent to another machine");
    if (!parcel)
      return FG_OK;
    *moved = true;
    enum fg_err err = r->served ? fg_staleness_take(&r->staleness, parcel, r->fault) : FG_OK;
    if (err) {
      fg_parcel_free(parcel);
      return err;
    }
    err = as_mismatch(fg_steward_take(steward, parcel, r->fault));
    if (err)
      return err;
  }
}

static uint64_t chunks_ahead(const struct fg_spend *s) {
  return (s->left + s->chunk - 1) / s->chunk;
}

/* Work up to the next parcel of the log, or a pass of it. */
static enum fg_err spend(struct replay *r, struct fg_worker *w, const struct fg_spend *s, const struct fg_taken *t) {
  uint64_t n = chunks_ahead(s);
  if (s->interruptible && t && t->ticks - fg_worker_ticks(w) < n)
    n = t->ticks - fg_worker_ticks(w);
  enum fg_err err = fg_worker_spend(w, n, r->fault);
  const struct fg_visit *visit = fg_worker_visit(w), *row = recorded(r, visit);
  if (!err && row && visit->extra_updates > row->extra_updates)
    err = compare(row, visit, r->run->grid.col_blocks, r->fault);
  return err;
}

/* Without strata the stage let nobody go on before all were there. */
static void stand(struct replay *r, uint32_t rank) {
  uint32_t workers = r->run->job.workers;
  r->stands[rank] = fg_sync_is_live(&r->run->job.sync);
  r->standing += r->stands[rank];
  if (r->standing < workers)
    return;
  r->standing = 0;
  memset(r->stands, 0, workers * sizeof *r->stands);
}

static enum fg_err note(struct replay *r, uint32_t rank, enum fg_note what) {
  struct fg_worker *w = r->worker[rank];
  if (what == FG_NOTE_BOUNDARY) {
    stand(r, rank);
    return fg_epochs_boundary(&r->epochs, w, r->fault);
  }
  if (what == FG_NOTE_END)
    return fg_epochs_end_visit(&r->epochs, fg_worker_visit(w), r->steward_bytes, r->fault);
  return FG_OK;
}

/* extra updates until a parcel comes */
static bool endless(const struct fg_spend *s) {
  return s->passes == UINT64_MAX;
}

/* Plays a worker until it needs a parcel that has not been sent. */
static enum fg_err play_worker(struct replay *r, uint32_t rank, bool *moved) {
  size_t m = 2 * (size_t)rank + FG_WORKER;
  if (rank >= r->run->job.workers) { /* a server's host has none */
    r->stopped[m] = true;
    return next_taken(r, m) ? mismatch(r, m, "is on the host of a server, and took a parcel") : FG_OK;
  }
  struct fg_worker *w = r->worker[rank];
  while (!r->stands[rank]) {
    struct fg_act act;
    enum fg_err err = FG_OK;
    if (r->polling[rank])
      act = (struct fg_act){.kind = FG_POLL};
    else
      fg_worker_next(w, &act);
    r->polling[rank] = false;
    const struct fg_taken *t = next_taken(r, m);
    bool waits = act.kind == FG_AWAIT || (act.kind == FG_SPEND && act.spend.interruptible && endless(&act.spend));
    bool may_take = waits || act.kind == FG_POLL || (act.kind == FG_SPEND && act.spend.interruptible);
    if (act.kind == FG_STOP) {
      r->stopped[m] = true;
      return t ? mismatch(r, m, "took a parcel after its end") : FG_OK;
    }
    if (waits && !t)
      return mismatch(r, m, "waits for a parcel that the log does not have");
    if (may_take && t && t->ticks < fg_worker_ticks(w))
      return mismatch(r, m, "took a parcel earlier than it could");
    if (act.kind == FG_AWAIT && t->ticks != fg_worker_ticks(w))
      return mismatch(r, m, "took a parcel after more updates than it could make");
    if (may_take && t && t->ticks == fg_worker_ticks(w)) {
      bool wrong = false;
      struct fg_parcel *parcel = arrived(r, m, t, &wrong);
      if (wrong)
        return mismatch(r, m, "took a parcel that was sent to another machine");
      if (!parcel) {
        r->polling[rank] = act.kind == FG_POLL;
        return FG_OK;
      }
      err = as_mismatch(fg_worker_take(w, parcel, r->fault));
    } else if (act.kind == FG_NOTE) {
      err = note(r, rank, act.note);
    } else if (act.kind == FG_SEND) {
      err = keep(r, act.parcel);
    } else if (act.kind == FG_SPEND) {
      err = spend(r, w, &act.spend, t);
    }
    if (err)
      return err;
    *moved = true;
  }
  return FG_OK;
}

/* Round after round over all machines, each as far as it gets, until all have stopped. */
static enum fg_err play(struct replay *r) {
  for (bool all = false; !all;) {
    bool moved = false;
    all = true;
    for (size_t m = 0; m < 2 * (size_t)r->hosts; m++) {
      if (r->stopped[m])
        continue;
      uint32_t rank = (uint32_t)(m / 2);
      enum fg_err err = m % 2 ? play_steward(r, rank, &moved) : play_worker(r, rank, &moved);
      if (err)
        return err;
      all = all && r->stopped[m];
    }
    if (!all && !moved)
      return fg_fail(r->fault, FG_MISMATCH, NULL, 0,
                     "by the order log every machine waits for a parcel nobody has sent");
  }
  return FG_OK;
}

static void end(struct replay *r) {
  for (uint32_t p = 0; r->worker && p < r->run->job.workers; p++)
    fg_worker_free(r->worker[p]);
  for (uint32_t h = 0; r->steward && h < r->hosts; h++)
    fg_steward_free(r->steward[h]);
  for (size_t m = 0; r->sent && m < 2 * (size_t)r->hosts; m++) {
    for (size_t i = 0; i < r->sent[m].n; i++)
      fg_parcel_free(r->sent[m].parcel[i]);
    free(r->sent[m].parcel);
  }
  fg_epochs_free(&r->epochs);
  fg_staleness_free(&r->staleness);
  free(r->recorded);
  free(r->first);
  free(r->worker);
  free(r->steward);
  free(r->sent);
  free(r->next);
  free(r->stopped);
  free(r->polling);
  free(r->stands);
}

enum fg_err fg_replay_run(struct fg_run *run, const struct fg_order *order, const struct fg_trace *trace,
                          const struct fg_sink *sink, struct fg_totals *totals, struct fg_fault *fault) {
  uint32_t workers = run->job.workers, hosts = fg_sync_hosts(&run->job.sync, workers);
  struct replay r = {.run = run, .order = order, .sink = sink, .hosts = hosts, .fault = fault};
  assert(order->hosts == hosts);
  enum fg_err err = FG_OK;
  r.worker = calloc(workers, sizeof(struct fg_worker *));
  r.steward = calloc(hosts, sizeof(struct fg_steward *));
  r.sent = calloc(2 * (size_t)hosts, sizeof *r.sent);
  r.next = calloc(2 * (size_t)hosts, sizeof *r.next);
  r.stopped = calloc(2 * (size_t)hosts, sizeof *r.stopped);
  r.polling = calloc(workers, sizeof *r.polling);
  r.stands = calloc(workers, sizeof *r.stands);
  if (!r.polling || !r.stands || !r.worker || !r.steward || !r.sent || !r.next || !r.stopped)
    err = FG_ENOMEM;
  const struct fg_replica_policy *replica = run->job.sync.type->replica;
  r.served = replica && replica->server;
  if (!err && r.served)
    err = fg_staleness_start(&r.staleness, workers, replica->slack(&run->job.sync));
  if (!err && trace)
    err = sort_trace(&r, trace);
  for (uint32_t p = 0; p < workers && !err; p++)
    err = fg_worker_new(&run->job, p, &run->factors, &r.worker[p]);
  for (uint32_t h = 0; h < hosts && !err; h++)
    err = fg_steward_new(&run->job, h, &run->factors, &r.steward[h]);
  for (size_t m = 0; m < 2 * (size_t)hosts && !err; m++)
    r.next[m] = order->first[m];
  if (err) {
    fg_fail(fault, err, NULL, 0, "not enough memory for %u workers", workers);
    goto cleanup;
  }
  r.compared = (struct fg_sink){.self = &r,
                                .visit = compare_visit,
                                .evaluate = sink->evaluate ? pass_evaluation : NULL,
                                .progress = pass_progress};
  err = fg_epochs_start(&r.epochs, run, &r.compared, fault);
  if (!err)
    err = play(&r);
  *totals = r.epochs.totals;
  totals->bytes_sent += r.steward_bytes;
  for (uint32_t p = 0; p < workers; p++)
    totals->bytes_sent += fg_worker_unclaimed(r.worker[p]);
cleanup:
  end(&r);
  return err;
}

static enum fg_err compare_side(const char *path, const struct fg_run *run, int side, struct fg_fault *fault) {
  uint32_t n = side ? run->grid.cols : run->grid.rows, rows, cols;
  float *kept = NULL, *flat = malloc(((size_t)n * run->model.rank + 1) * sizeof *flat);
  enum fg_err err = flat ? fg_npy_read(path, &rows, &cols, &kept, fault) : FG_ENOMEM;
  if (!err) {
    fg_factors_gather(&run->factors, &run->grid, &run->model, side, flat);
    if (rows != n || cols != run->model.rank || memcmp(kept, flat, (size_t)n * run->model.rank * sizeof *flat) != 0)
      err = fg_fail(fault, FG_MISMATCH, path, 0, "does not hold the replayed parameters");
  }
  free(kept);
  free(flat);
  return err;
}

enum fg_err fg_replay_compare_factors(const char *dir, const struct fg_run *run, struct fg_fault *fault) {
  static const char *const names[] = {"model/row_factor.npy", "model/col_factor.npy"};
  enum fg_err err = FG_OK;
  for (int side = 0; side < 2 && !err; side++) {
    char path[FG_PATH_MAX];
    err = fg_path_join(dir, names[side], path, fault);
    if (!err)
      err = compare_side(path, run, side, fault);
  }
  return err;
}

enum fg_err fg_replay_compare_tuned(const struct fg_facts *facts, const struct fg_run *run, struct fg_fault *fault) {
  for (uint32_t i = 0; i < run->model.n_tuned; i++) {
    char key[64];
    double recorded;
    snprintf(key, sizeof key, "result.%s", run->model.type->tuned_name[i]);
    const char *text = fg_facts_find(facts, key);
    if (!text || !fg_parse_real(text, &recorded) || recorded != run->factors.tuned[i])
      return fg_fail(fault, FG_MISMATCH, NULL, 0, "run.json: %s is %s, replayed %.17g", key, text ? text : "not there",
                     run->factors.tuned[i]);
  }
  return FG_OK;
}

enum fg_err fg_replay_compare_totals(const struct fg_facts *facts, const struct fg_totals *totals,
                                     struct fg_fault *fault) {
  const struct {
    const char *key;
    uint64_t replayed;
  } counts[] = {{"result.updates", totals->updates},
                {"result.extra_updates", totals->extra_updates},
                {"result.bytes_sent", totals->bytes_sent}};
  for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
    const char *text = fg_facts_find(facts, counts[i].key);
    uint64_t recorded;
    if (!text || !fg_parse_u64(text, &recorded) || recorded != counts[i].replayed)
      return fg_fail(fault, FG_MISMATCH, NULL, 0, "run.json: %s is %s, replayed %" PRIu64, counts[i].key,
                     text ? text : "not there", counts[i].replayed);
  }
  return FG_OK;
}
