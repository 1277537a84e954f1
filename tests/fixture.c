/* What several tests need. */
#include "tests/fixture.h"

#include "core/epochs.h"
#include "core/rng.h"
#include "core/steward.h"
#include "core/worker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

char *fixture_points(uint32_t rows, uint32_t cols, double share, uint64_t seed) {
  char dir[] = "/tmp/fugue-test-XXXXXX";
  assert_non_null(mkdtemp(dir));
  char *path = malloc(sizeof dir + 32);
  snprintf(path, sizeof dir + 32, "%s/points.txt", dir);
  FILE *f = fopen(path, "w");
  assert_non_null(f);
  struct fg_rng rng;
  fg_rng_start(&rng, seed, FG_STREAM_GENERATE, 0, 0);
  for (uint32_t i = 1; i <= rows; i++)
    for (uint32_t j = 1; j <= cols; j++)
      if (fg_rng_uniform(&rng) < share || (i == rows && j == cols))
        fprintf(f, "%u %u %u\n", i, j, 1 + fg_rng_below(&rng, 9));
  fclose(f);
  return path;
}

void fixture_drop(char *path) {
  unlink(path);
  *strrchr(path, '/') = 0;
  rmdir(path);
  free(path);
}

void fixture_set(struct fg_config *config, const char *name, const char *value) {
  struct fg_fault fault = {0};
  char model[FG_TEXT_MAX];
  const char *schedule = strcmp(name, "model") == 0 ? strchr(value, ' ') : NULL;
  if (schedule) {
    snprintf(model, sizeof model, "%.*s", (int)(schedule - value), value);
    value = model;
    if (fg_config_set(config, "step-schedule", schedule + 1, NULL, 0, &fault))
      fail_msg("%s", fault.text);
  }
  if (fg_config_set(config, name, value, NULL, 0, &fault))
    fail_msg("%s", fault.text);
}

struct fg_run *fixture_run(const char *data, const char *const *options) {
  struct fg_fault fault = {0};
  struct fg_config *config = calloc(1, sizeof *config);
  struct fg_run *run = calloc(1, sizeof *run);
  fg_config_init(config);
  assert_int_equal(fg_config_set(config, "data", data, NULL, 0, &fault), FG_OK);
  for (; options[0]; options += 2)
    fixture_set(config, options[0], options[1]);
  if (fg_run_prepare(config, 1e9, &fg_share_all, run, &fault))
    fail_msg("%s", fault.text);
  free(config);
  return run;
}

const char *const fixture_syncs[] = {"barrier",
                                     "fugue",
                                     "fugue:decay=0.5,max=3",
                                     "fugue:extra=harmonic,arity=2",
                                     "fugue:max=0",
                                     "quorum",
                                     "quorum:q=0.3,wait=idle",
                                     "ring",
                                     "ring:blocks=1",
                                     "nomad:blocks=3",
                                     "nomad:blocks=2,route=uniform",
                                     "relay:blocks=3",
                                     "relay:blocks=2,slack=1,ahead=0",
                                     "relay:blocks=1,slack=1",
                                     "relay:blocks=2,slack=inf",
                                     "psgd",
                                     "psgd:every=inf,replica=all,reduce=tree",
                                     "psgd:every=0,reduce=ring,wait=extra,arity=2",
                                     "psgd:every=0.5,replica=all,reduce=ring,wait=extra,max=2,decay=0.5",
                                     "ssp",
                                     "ssp:slack=0",
                                     "ssp:slack=1,every=0.7,replica=all",
                                     "ssp:slack=inf,every=2",
                                     "ssp:servers=2",
                                     "ssp:slack=0,servers=1",
                                     NULL};

bool fixture_admits(const char *sync, const char *model, uint32_t workers) {
  struct fg_sync y;
  struct fg_model m;
  struct fg_fault fault = {0};
  char spec[FG_TEXT_MAX];
  snprintf(spec, sizeof spec, "%.*s", (int)strcspn(model, " "), model);
  if (fg_sync_parse(sync, 0.5, &y, &fault) || fg_model_parse(spec, &m, &fault))
    fail_msg("%s", fault.text);
  return fg_sync_admits(&y, m.type, NULL) == FG_OK && fg_sync_hosts(&y, workers) <= 2 * workers;
}

void fixture_run_free(struct fg_run *run) {
  fg_run_free(run);
  free(run);
}

static void *grow(void *array, size_t n, size_t size) {
  void *more = (n & (n - 1)) == 0 ? realloc(array, (n ? 2 * n : 1) * size) : array;
  assert_non_null(more);
  return more;
}

static enum fg_err record_visit(void *self, const struct fg_visit *visit, struct fg_fault *fault) {
  struct recorder *r = self;
  (void)fault;
  r->visit = grow(r->visit, r->n_visits, sizeof *r->visit);
  r->visit[r->n_visits++] = *visit;
  return FG_OK;
}

static enum fg_err record_taken(void *self, const struct fg_taken *taken, struct fg_fault *fault) {
  struct recorder *r = self;
  (void)fault;
  r->taken = grow(r->taken, r->n_taken, sizeof *r->taken);
  r->taken[r->n_taken++] = *taken;
  return FG_OK;
}

static enum fg_err ignore_visit(void *self, const struct fg_visit *visit, struct fg_fault *fault) {
  (void)self;
  (void)visit;
  (void)fault;
  return FG_OK;
}

static enum fg_err ignore_taken(void *self, const struct fg_taken *taken, struct fg_fault *fault) {
  (void)self;
  (void)taken;
  (void)fault;
  return FG_OK;
}

const struct fg_sink fixture_deaf = {.visit = ignore_visit, .taken = ignore_taken};

struct fg_sink recorder_sink(struct recorder *recorder) {
  return (struct fg_sink){.self = recorder, .visit = record_visit, .taken = record_taken};
}

void recorder_free(struct recorder *recorder) {
  free(recorder->visit);
  free(recorder->taken);
}

void recorder_order(const struct recorder *recorder, uint32_t hosts, struct fg_order *order) {
  struct fg_fault fault = {0};
  char path[] = "/tmp/fugue-order-XXXXXX";
  int fd = mkstemp(path);
  FILE *f = fdopen(fd, "wb");
  assert_int_equal(fg_order_write_header(f), FG_OK);
  for (size_t i = 0; i < recorder->n_taken; i++)
    assert_int_equal(fg_order_write(f, &recorder->taken[i]), FG_OK);
  fclose(f);
  if (fg_order_read(path, hosts, order, &fault))
    fail_msg("%s", fault.text);
  unlink(path);
}

/* the random stage */
struct player {
  struct fg_run *run;
  const struct fixture_play *how;
  const struct fg_sink *sink;
  struct fg_epochs epochs;
  uint32_t hosts;
  struct fg_worker **worker;   /* per worker */
  struct fg_steward **steward; /* per host */
  struct fg_parcel **mail;     /* all on their way */
  size_t n_mail;
  bool *stopped; /* workers */
  bool *paused;  /* they wait for the others at the boundary where all meet */
  uint32_t n_paused;
  uint64_t steward_bytes;
  struct fg_rng rng;
  struct fg_fault fault;
};

static void check(struct player *s, enum fg_err err) {
  if (err)
    fail_msg("%s", s->fault.text[0] ? s->fault.text : fg_err_text(err));
}

static void mail_put(struct player *s, struct fg_parcel *parcel) {
  assert_non_null(parcel);
  s->mail = grow(s->mail, s->n_mail, sizeof(struct fg_parcel *));
  s->mail[s->n_mail++] = parcel;
}

/* Releases of one machine to another are of one size and keep their order on every stage; a quorum sends several. */
static bool is_overtaking(const struct player *s, const struct fg_parcel *parcel) {
  for (size_t i = 0; parcel->kind == FG_PARCEL_RELEASE && i < s->n_mail; i++) {
    const struct fg_parcel *other = s->mail[i];
    if (other->kind == FG_PARCEL_RELEASE && other->round < parcel->round && other->to.rank == parcel->to.rank &&
        other->to.role == parcel->to.role && other->from.rank == parcel->from.rank &&
        other->from.role == parcel->from.role)
      return true;
  }
  return false;
}

/* any one of the parcels for that machine, or NULL */
static struct fg_parcel *mail_get(struct player *s, struct fg_address to) {
  size_t found = 0, at = 0;
  for (size_t i = 0; i < s->n_mail; i++)
    if (s->mail[i]->to.rank == to.rank && s->mail[i]->to.role == to.role && !is_overtaking(s, s->mail[i]) &&
        fg_rng_below(&s->rng, (uint32_t)++found) == 0)
      at = i;
  if (!found)
    return NULL;
  struct fg_parcel *parcel = s->mail[at];
  s->mail[at] = s->mail[--s->n_mail];
  return parcel;
}

static void note_taken(struct player *s, struct fg_address by, uint64_t ticks, const struct fg_parcel *parcel) {
  struct fg_taken t = {.by = by, .from = parcel->from, .ticks = ticks, .seq = parcel->seq};
  check(s, s->sink->taken(s->sink->self, &t, &s->fault));
}

/* true if anything happened */
static bool step_steward(struct player *s, uint32_t p) {
  struct fg_act act;
  fg_steward_next(s->steward[p], &act);
  if (act.kind == FG_SEND) {
    if (s->how->seen)
      s->how->seen(s->how->self, act.parcel, false);
    s->steward_bytes += act.parcel->bytes;
    mail_put(s, act.parcel);
    return true;
  }
  struct fg_parcel *parcel = act.kind == FG_AWAIT ? mail_get(s, (struct fg_address){p, FG_STEWARD}) : NULL;
  if (!parcel)
    return false;
  note_taken(s, (struct fg_address){p, FG_STEWARD}, 0, parcel);
  if (s->how->seen)
    s->how->seen(s->how->self, parcel, true);
  check(s, fg_steward_take(s->steward[p], parcel, &s->fault));
  return true;
}

static bool take(struct player *s, uint32_t p) {
  struct fg_parcel *parcel = mail_get(s, (struct fg_address){p, FG_WORKER});
  if (!parcel)
    return false;
  note_taken(s, (struct fg_address){p, FG_WORKER}, fg_worker_ticks(s->worker[p]), parcel);
  check(s, fg_worker_take(s->worker[p], parcel, &s->fault));
  return true;
}

/* what a worker's chunk leaves keeps the constraints of the model */
static void check_rows(const struct player *s, uint32_t p) {
  const struct fg_view *v = fg_worker_view(s->worker[p]);
  const struct fg_model *m = &s->run->model;
  uint32_t rows = fg_worker_rows(s->worker[p])->rows, which;
  if (!m->type->rows_valid(m, v->row_factor, rows, &which))
    fail_msg("%s: row %u of worker %u breaks a constraint", m->type->name, which, p);
}

/* and so does every column block that is handed on */
static void check_block(const struct player *s, const struct fg_col_block *block) {
  const struct fg_model *m = &s->run->model;
  uint32_t which;
  if (!m->type->cols_valid(m, block->factor, block->cols, &which))
    fail_msg("%s: column %u of block %u breaks a constraint", m->type->name, which, block->id);
}

static bool spend(struct player *s, uint32_t p, const struct fg_spend *spend) {
  const struct fg_visit *visit = fg_worker_visit(s->worker[p]);
  bool extra = spend->interruptible && visit->updates == visit->required_updates;
  if (extra && visit->round + 1 == s->run->job.rounds)
    return take(s, p);
  if (spend->interruptible && fg_rng_below(&s->rng, 3) == 0 && take(s, p))
    return true;
  uint64_t n = 1 + fg_rng_below(&s->rng, 4), most = (spend->left + spend->chunk - 1) / spend->chunk;
  if (spend->passes < 4)
    most += spend->passes * ((spend->pass + spend->chunk - 1) / spend->chunk);
  if (n > most && spend->passes < 4)
    n = most;
  check(s, fg_worker_spend(s->worker[p], n, &s->fault));
  if (!s->how->idle)
    check_rows(s, p);
  return true;
}

static void pass_boundary(struct player *s, uint32_t p) {
  struct fg_worker *w = s->worker[p];
  check(s, fg_epochs_boundary(&s->epochs, w, &s->fault));
  if (s->how->savepoints)
    check(s, fg_savepoints_boundary(s->how->savepoints, w, s->steward[p], &s->epochs.at_boundary, &s->fault));
  uint64_t round = fg_worker_round(w);
  bool together = s->run->job.pause && !s->run->job.sync.type->strata && round > 0 && round < s->run->job.rounds;
  s->paused[p] = together || (s->how->pause && round == s->how->pause);
  s->n_paused += s->paused[p];
}

static bool step_worker(struct player *s, uint32_t p) {
  struct fg_worker *w = s->worker[p];
  struct fg_act act;
  fg_worker_next(w, &act);
  switch (act.kind) {
  case FG_STOP:
    s->stopped[p] = true;
    return true;
  case FG_SEND:
    if (act.parcel && act.parcel->block && !s->how->idle)
      check_block(s, act.parcel->block);
    mail_put(s, act.parcel);
    return true;
  case FG_AWAIT:
    return take(s, p);
  case FG_POLL:
    if (fg_rng_below(&s->rng, 3) > 0)
      take(s, p);
    return true;
  case FG_SPEND:
    return spend(s, p, &act.spend);
  case FG_NOTE:
    if (act.note == FG_NOTE_BOUNDARY)
      pass_boundary(s, p);
    if (act.note == FG_NOTE_END)
      check(s, fg_epochs_end_visit(&s->epochs, fg_worker_visit(w), s->steward_bytes, &s->fault));
    return true;
  }
  return false;
}

static void make_machines(struct player *s, struct fg_run *run) {
  for (uint32_t p = 0; p < run->job.workers; p++) {
    assert_int_equal(fg_worker_new(&run->job, p, &run->factors, &s->worker[p]), FG_OK);
    fg_worker_compute(s->worker[p], !s->how->idle);
    if (s->how->savepoints)
      fg_savepoints_begin(s->how->savepoints, s->worker[p]);
  }
  for (uint32_t h = 0; h < s->hosts; h++)
    assert_int_equal(fg_steward_new(&run->job, h, &run->factors, &s->steward[h]), FG_OK);
}

static void drop_machines(struct player *s) {
  for (uint32_t p = 0; p < s->run->job.workers; p++)
    fg_worker_free(s->worker[p]);
  for (uint32_t h = 0; h < s->hosts; h++)
    fg_steward_free(s->steward[h]);
}

/* All workers are at the boundary: their state goes to disk, and comes back in new machines of another process. */
static void meet(struct player *s) {
  static const struct fg_marks none = {0};
  const struct fixture_play *how = s->how;
  uint32_t workers = s->run->job.workers;
  bool here = how->pause && fg_worker_round(s->worker[0]) == how->pause;
  assert_int_equal(s->n_mail, 0);
  for (uint32_t p = 0; p < workers && how->save && here; p++)
    check(s, fg_checkpoint_write_shard(how->save, s->worker[p], s->steward[p], &s->epochs.totals, &none, &s->fault));
  if (how->save && here)
    check(s, fg_checkpoint_commit(how->save, &(struct fg_manifest){.round = how->pause}, &s->fault));
  if (how->fresh && here) {
    struct fg_checkpoints from = *how->save;
    from.run = how->fresh;
    drop_machines(s);
    s->run = how->fresh;
    make_machines(s, s->run);
    for (uint32_t p = 0; p < workers; p++) {
      struct fg_act act;
      check(s, fg_checkpoint_check_shard(&from, how->pause, p, NULL, &s->fault));
      check(s, fg_checkpoint_read_shard(&from, how->pause, s->worker[p], s->steward[p], NULL, NULL, &s->fault));
      fg_worker_next(s->worker[p], &act); /* the boundary that the old one has passed */
      assert_true(act.kind == FG_NOTE && act.note == FG_NOTE_BOUNDARY);
    }
  }
  uint64_t steward_bytes = 0;
  s->n_paused = 0;
  memset(s->paused, 0, workers * sizeof *s->paused);
  for (uint32_t h = 0; h < s->hosts; h++)
    steward_bytes += fg_steward_bytes(s->steward[h]);
  assert_int_equal(steward_bytes, s->steward_bytes);
}

bool fixture_play_so(struct fg_run *run, const struct fixture_play *how, struct fg_totals *totals) {
  uint32_t workers = run->job.workers, hosts = fg_sync_hosts(&run->job.sync, workers), running = workers;
  struct player s = {.run = run, .how = how, .sink = how->sink, .hosts = hosts};
  s.worker = calloc(workers, sizeof(struct fg_worker *));
  s.steward = calloc(hosts, sizeof(struct fg_steward *));
  s.stopped = calloc(workers, sizeof *s.stopped);
  s.paused = calloc(workers, sizeof *s.paused);
  fg_rng_start(&s.rng, how->seed, FG_STREAM_GENERATE, 1, 0);
  check(&s, fg_epochs_start(&s.epochs, run, how->sink, &s.fault));
  make_machines(&s, run);
  uint64_t steps = 0;
  for (uint64_t idle = 0; (running > 0 || s.n_mail > 0) && !(how->steps && steps == how->steps); steps++) {
    uint32_t m = fg_rng_below(&s.rng, 2 * hosts), p = m / 2;
    bool moved = m % 2 ? step_steward(&s, p) : p < workers && !s.stopped[p] && !s.paused[p] && step_worker(&s, p);
    if (m % 2 == 0 && moved && s.stopped[p])
      running--;
    if (s.n_paused == workers)
      meet(&s);
    idle = moved ? 0 : idle + 1;
    if (idle > 10000 + 100 * (uint64_t)hosts)
      fail_msg("deadlock: nothing has happened for %llu tries", (unsigned long long)idle);
  }
  for (size_t i = 0; i < s.n_mail; i++)
    fg_parcel_free(s.mail[i]);
  if (!running)
    assert_int_equal(s.n_mail, 0);
  *totals = s.epochs.totals;
  totals->bytes_sent += s.steward_bytes;
  if (how->known && run->job.sync.type->replica) /* every worker knows it of its own replica */
    memcpy(how->known, fg_worker_view(s.worker[0])->stat, run->model.n_stat * sizeof *how->known);
  else if (how->known)
    memcpy(how->known, fg_steward_stat(s.steward[0]), run->model.n_stat * sizeof *how->known);
  for (uint32_t p = 0; p < workers; p++)
    totals->bytes_sent += fg_worker_unclaimed(s.worker[p]);
  drop_machines(&s);
  fg_epochs_free(&s.epochs);
  free(s.worker);
  free(s.steward);
  free(s.mail);
  free(s.stopped);
  free(s.paused);
  return running == 0;
}

void fixture_play(struct fg_run *run, uint64_t seed, const struct fg_sink *sink, struct fg_totals *totals,
                  double *known) {
  assert_true(fixture_play_so(run, &(struct fixture_play){.seed = seed, .sink = sink, .known = known}, totals));
}

const char *fixture_step(const char *model, const char *usual) {
  return strncmp(model, "dict", 4) == 0 ? "10" : strncmp(model, "gibbs", 5) == 0 ? "auto" : usual;
}
