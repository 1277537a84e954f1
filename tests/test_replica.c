/* Data-only strategies (psgd, ssp): against synchronous references written here, their traffic and memory in closed
 * form (claims S7, S8), the staleness bound on parcels (S6), and what the audit of their traces rejects. That any
 * random order is replayed bit for bit is in test_worker.c. */
#include "core/checkpoint.h"
#include "core/replay.h"
#include "core/replica.h"
#include "core/staleness.h"
#include "core/steward.h"
#include "core/worker.h"
#include "tests/fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const uint32_t worker_counts[] = {1, 2, 3, 5, 8};
enum { WORKER_COUNTS = sizeof worker_counts / sizeof worker_counts[0] };
static const char *const models[] = {"additive",
                                     "mf:rank=5",
                                     "mf:rank=5,bias=yes adagrad",
                                     "nmf:rank=5",
                                     "lda:topics=5",
                                     "lda:topics=5,loss=squared",
                                     "dict:rank=5,l1=0.5",
                                     "mmnd:rank=5,directed=yes,zeros=0,loss=squared"};
enum { MODELS = sizeof models / sizeof models[0] };

static struct fg_run *prepare(const char *data, uint32_t workers, const char *model, const char *sync,
                              const char *chunk, const char *epochs) {
  char p[16];
  snprintf(p, sizeof p, "%u", workers);
  const char *const options[] = {"workers", p,        "model", model,  "sync", sync,   "chunk",
                                 chunk,     "epochs", epochs,  "test", "0",    "step", fixture_step(model, "0.02"),
                                 "seed",    "7",      NULL};
  return fixture_run(data, options);
}

static void digest(const struct fg_run *run, char sha[65]) {
  assert_int_equal(fg_factors_sha256(&run->factors, &run->grid, &run->model, sha), FG_OK);
}

/* plays at random; the digest of what was learned */
static void play(const char *data, uint32_t workers, const char *model, const char *sync, const char *chunk,
                 uint64_t seed, char sha[65]) {
  struct fg_run *run = prepare(data, workers, model, sync, chunk, "3");
  struct recorder log = {0};
  struct fg_sink sink = recorder_sink(&log);
  struct fg_totals totals;
  fixture_play(run, seed, &sink, &totals, NULL);
  digest(run, sha);
  recorder_free(&log);
  fixture_run_free(run);
}

static void one_worker_is_serial(void **state) {
  static const char *const syncs[] = {"psgd", "psgd:replica=all,reduce=tree", "psgd:wait=extra", "psgd:every=inf"};
  char *data = fixture_points(70, 60, 0.5, 2), serial[65], sha[65], two[65];
  (void)state;
  for (int m = 0; m < MODELS; m++) {
    play(data, 1, models[m], "barrier", "64", 1, serial);
    for (int y = 0; y < (m < 3 ? 4 : 3); y++) { /* the others: normalised at each release, and each exchange */
      play(data, 1, models[m], syncs[y], "128", 2, sha);
      assert_string_equal(serial, sha);
    }
    play(data, 2, models[m], "barrier", "64", 1, serial);
    play(data, 2, models[m], "psgd", "64", 1, two);
    assert_string_not_equal(serial, two);
  }
  fixture_drop(data);
}

/* neither the order of events nor the chunk leaves a trace, but where servers add in the order of arrival */
static void averages_do_not_depend_on_timing(void **state) {
  static const struct {
    const char *sync;
    bool timeless;
  } cases[] = {
      {"psgd", true},         {"psgd:every=0.4,reduce=ring,replica=all", true}, {"psgd:every=0,reduce=tree", true},
      {"ssp:slack=0", true},  {"ssp:slack=0,every=1,replica=all", true},        {"ssp:slack=0,servers=2", true},
      {"ssp:slack=2", false}, {"psgd:every=0,wait=extra,decay=0.5", false}};
  static const char *const chunks[] = {"64", "128", "100000"};
  char *data = fixture_points(150, 140, 0.5, 2);
  (void)state;
  for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++)
    for (int m = 0; m < MODELS; m++) {
      char first[65], sha[65];
      bool same = true;
      if (!fixture_admits(cases[c].sync, models[m], 3))
        continue;
      play(data, 3, models[m], cases[c].sync, "64", 1, first);
      for (int i = 0; i < 3; i++) {
        play(data, 3, models[m], cases[c].sync, chunks[i], 2 + (uint64_t)i, sha);
        same = same && strcmp(first, sha) == 0;
      }
      if (same != cases[c].timeless)
        fail_msg("%s, %s: bits %s", models[m], cases[c].sync, same ? "never differ" : "depend on timing");
    }
  fixture_drop(data);
}

/* ---- the references: one loop, no machines, no parcels */

struct reference {
  struct fg_run *run;
  uint32_t p; /* workers */
  bool all;
  size_t cols, rows, stride;
  float *w, *u;   /* P replicas each: cols x stride, rows x stride */
  float *w0, *u0; /* ssp: what they began the clock with */
  float *weight;
  double *stat;            /* P x n_stat */
  struct fg_point **point; /* of each worker, in the order of the current pass */
  size_t *n;
  size_t *col_at, *row_at;
};

static float *floats(size_t n) {
  float *x = aligned_alloc(FG_ALIGN, (n + FG_LANES) / FG_LANES * FG_LANES * sizeof *x);
  assert_non_null(x);
  return x;
}

static float *w_of(const struct reference *r, const float *w, uint32_t p) {
  return (float *)w + p * r->cols * r->stride;
}

static float *u_of(const struct reference *r, const float *u, uint32_t p) {
  return (float *)u + p * r->rows * r->stride;
}

static void reference_start(struct reference *r, struct fg_run *run, bool all) {
  const struct fg_grid *g = &run->grid;
  *r = (struct reference){
      .run = run, .p = g->row_blocks, .all = all, .cols = g->cols, .rows = g->rows, .stride = run->model.stride};
  r->w = floats(r->p * r->cols * r->stride);
  r->w0 = floats(r->p * r->cols * r->stride);
  r->u = floats(r->p * r->rows * r->stride);
  r->u0 = floats(r->p * r->rows * r->stride);
  r->weight = floats(r->cols);
  r->stat = calloc(r->p * run->model.n_stat + 1, sizeof *r->stat);
  r->point = calloc(r->p, sizeof(struct fg_point *));
  r->n = calloc(r->p, sizeof *r->n);
  r->col_at = calloc(r->p + 1, sizeof *r->col_at);
  r->row_at = calloc(r->p + 1, sizeof *r->row_at);
  for (uint32_t q = 0; q < r->p; q++) {
    r->col_at[q + 1] = r->col_at[q] + g->col[q].n;
    r->row_at[q + 1] = r->row_at[q] + g->row[q].n;
    memcpy(r->weight + r->col_at[q], run->factors.col[q].weight, g->col[q].n * sizeof(float));
  }
  for (uint32_t p = 0; p < r->p; p++) {
    for (uint32_t q = 0; q < r->p; q++) {
      memcpy(w_of(r, r->w, p) + r->col_at[q] * r->stride, run->factors.col[q].factor,
             g->col[q].n * r->stride * sizeof(float));
      memcpy(u_of(r, r->u, p) + r->row_at[q] * r->stride, run->factors.row[q].factor,
             g->row[q].n * r->stride * sizeof(float));
      r->n[p] += fg_grid_train(g, p, q)->n;
    }
    r->point[p] = calloc(r->n[p] + 1, sizeof **r->point);
    if (run->model.n_stat)
      memcpy(r->stat + p * run->model.n_stat, run->stat, run->model.n_stat * sizeof *r->stat);
  }
}

static void reference_end(struct reference *r) {
  for (uint32_t p = 0; p < r->p; p++)
    free(r->point[p]);
  free(r->w), free(r->w0), free(r->u), free(r->u0), free(r->weight), free(r->stat), free(r->point), free(r->n);
  free(r->col_at), free(r->row_at);
}

/* the order of a pass over all of a worker's points: fg_pass on one block made of its blocks */
static void order_points(struct reference *r, uint32_t p, uint64_t epoch) {
  const struct fg_grid *g = &r->run->grid;
  struct fg_tile tiles[4096];
  struct fg_block all = {.points = fg_grid_train(g, p, 0)->points, .n = r->n[p], .tiles = tiles};
  size_t before = 0;
  for (uint32_t q = 0; q < r->p; q++) {
    const struct fg_block *b = fg_grid_train(g, p, q);
    for (uint32_t t = 0; t < b->n_tiles; t++)
      tiles[all.n_tiles++] = (struct fg_tile){b->tiles[t].first + before, b->tiles[t].n, b->tiles[t].row0,
                                              b->tiles[t].col0 + (uint32_t)r->col_at[q]};
    before += b->n;
  }
  struct fg_pass pass = {0};
  assert_int_equal(fg_pass_start(&pass, &all, 0, r->run->job.seed_order, (epoch * r->p + p) * r->p, 0), FG_OK);
  fg_pass_take(&pass, r->n[p], r->point[p]);
  fg_pass_free(&pass);
}

/* visit number `round` of worker p */
static void reference_visit(struct reference *r, uint32_t p, uint64_t round) {
  const struct fg_model *m = &r->run->model;
  uint64_t epoch = round / r->p, part = round % r->p;
  size_t from = r->n[p] * part / r->p, end = r->n[p] * (part + 1) / r->p;
  float eta = (float)fg_step_eta(&r->run->job.steps, epoch);
  struct fg_view view = {u_of(r, r->u, p) + r->row_at[p] * r->stride, w_of(r, r->w, p), r->run->factors.row[p].weight,
                         r->weight, r->stat + p * m->n_stat};
  if (part == 0)
    order_points(r, p, epoch);
  for (size_t i = from; i < end; i += FG_BATCH)
    m->type->update(m, &view, r->point[p] + i, end - i < FG_BATCH ? end - i : FG_BATCH, eta);
}

/* S of replica p, block by block */
static void reference_stat(struct reference *r, uint32_t p, double *stat) {
  const struct fg_model *m = &r->run->model;
  memset(stat, 0, m->n_stat * sizeof *stat);
  for (uint32_t q = 0; q < r->p && m->n_stat; q++) {
    double part[FG_LANES] = {0};
    m->type->stat(m, w_of(r, r->w, p) + r->col_at[q] * r->stride, r->weight + r->col_at[q],
                  (uint32_t)(r->col_at[q + 1] - r->col_at[q]), part);
    for (uint32_t k = 0; k < m->n_stat; k++)
      stat[k] += part[k];
  }
}

static void after_exchange(struct reference *r) {
  const struct fg_model *m = &r->run->model;
  for (uint32_t p = 0; p < r->p && m->n_stat; p++) {
    double *stat = r->stat + p * m->n_stat, divisor[FG_LANES];
    reference_stat(r, p, stat);
    if (!m->type->divisor)
      continue;
    for (uint32_t k = 0; k < m->n_stat; k++) {
      divisor[k] = m->type->divisor(m, stat[k]);
      stat[k] = fg_stat_divided(m->type, stat[k], divisor[k]);
    }
    fg_model_rescale(m, w_of(r, r->w, p), (uint32_t)r->cols, divisor);
  }
}

/* one number of all P replicas -> their mean in each. ring: the sum of slice q begins with worker q + 1; tree: children
 * are added to their parent */
static void mean(float *x, size_t apart, uint32_t p, bool ring, uint32_t q) {
  float sum[16];
  for (uint32_t i = 0; i < p; i++)
    sum[i] = x[i * apart];
  float total = sum[(q + 1) % p];
  for (uint32_t i = 2; i <= p && ring; i++)
    total = sum[(q + i) % p] + total;
  if (!ring) {
    for (uint32_t i = p; i-- > 0;)
      for (uint32_t c = 2 * i + 1; c <= 2 * i + 2 && c < p; c++)
        sum[i] += sum[c];
    total = sum[0];
  }
  for (uint32_t i = 0; i < p; i++)
    x[i * apart] = total / (float)p;
}

static void average(struct reference *r, bool ring) {
  for (uint32_t q = 0; q < r->p; q++) {
    for (size_t i = r->col_at[q] * r->stride; i < r->col_at[q + 1] * r->stride; i++)
      mean(r->w + i, r->cols * r->stride, r->p, ring, q);
    for (size_t i = r->row_at[q] * r->stride; r->all && i < r->row_at[q + 1] * r->stride; i++)
      mean(r->u + i, r->rows * r->stride, r->p, ring, q);
  }
}

/* ssp with slack 0: all changes of a clock, in the order of ranks, on what all began it with (x0) */
static void serve(struct reference *r, float *x, const float *x0, size_t lines, bool cols) {
  const struct fg_model *m = &r->run->model;
  size_t n = lines * r->stride;
  float *shard = floats(n);
  memcpy(shard, x0, n * sizeof *shard);
  for (uint32_t p = 0; p < r->p; p++)
    for (size_t i = 0; i < n; i++) {
      float change = x[p * n + i] - x0[i];
      shard[i] += change;
    }
  if (cols && m->type->project_cols)
    m->type->project_cols(m, shard, (uint32_t)lines);
  else if (m->type->project)
    m->type->project(m, shard, (uint32_t)lines);
  for (uint32_t p = 0; p < r->p; p++)
    memcpy(x + p * n, shard, n * sizeof *shard);
  free(shard);
}

/* runs it all, and puts the result where a run has it */
static void reference_run(struct fg_run *run, bool all, bool server, bool ring, uint64_t every) {
  struct reference r;
  reference_start(&r, run, all);
  memcpy(r.w0, r.w, r.p * r.cols * r.stride * sizeof(float));
  memcpy(r.u0, r.u, r.p * r.rows * r.stride * sizeof(float));
  for (uint64_t round = 0; round < run->job.rounds; round++) {
    for (uint32_t p = 0; p < r.p; p++)
      reference_visit(&r, p, round);
    if ((round + 1) % every != 0 && round + 1 != run->job.rounds)
      continue;
    if (server) {
      serve(&r, r.w, r.w0, r.cols, true);
      if (all)
        serve(&r, r.u, r.u0, r.rows, false);
    } else {
      average(&r, ring);
    }
    after_exchange(&r);
    memcpy(r.w0, r.w, r.p * r.cols * r.stride * sizeof(float));
    memcpy(r.u0, r.u, r.p * r.rows * r.stride * sizeof(float));
  }
  for (uint32_t q = 0; q < r.p; q++) {
    memcpy(run->factors.col[q].factor, w_of(&r, r.w, q) + r.col_at[q] * r.stride,
           run->grid.col[q].n * r.stride * sizeof(float));
    memcpy(run->factors.row[q].factor, u_of(&r, r.u, q) + r.row_at[q] * r.stride,
           run->grid.row[q].n * r.stride * sizeof(float));
  }
  reference_end(&r);
}

static void runs_equal_the_reference(void **state) {
  static const struct {
    const char *sync;
    bool all, server, ring;
    double every; /* passes */
  } cases[] = {{"psgd:reduce=ring", false, false, true, 1},
               {"psgd:reduce=tree,every=0", false, false, false, 0},
               {"psgd:reduce=ring,every=0.6,replica=all", true, false, true, 0.6},
               {"psgd:reduce=tree,every=inf,replica=all", true, false, false, 1e9},
               {"ssp:slack=0", false, true, false, 0},
               {"ssp:slack=0,every=1", false, true, false, 1},
               {"ssp:slack=0,every=0.4,replica=all", true, true, false, 0.4},
               {"ssp:slack=0,every=0.4,servers=2", false, true, false, 0.4},
               {"ssp:slack=0,replica=all,servers=5", true, true, false, 0}};
  char *data = fixture_points(60, 50, 0.5, 4);
  (void)state;
  for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++)
    for (int m = 0; m < MODELS; m++)
      for (size_t k = 1; k < WORKER_COUNTS; k++) {
        uint32_t p = worker_counts[k];
        uint64_t every = (uint64_t)(cases[c].every * p + 0.5);
        char played[65], expected[65], other[65];
        if (!fixture_admits(cases[c].sync, models[m], p))
          continue;
        play(data, p, models[m], cases[c].sync, "64", 5, played);
        struct fg_run *run = prepare(data, p, models[m], cases[c].sync, "64", "3");
        reference_run(run, cases[c].all, cases[c].server, cases[c].ring, every ? every : 1);
        digest(run, expected);
        fixture_run_free(run);
        if (strcmp(played, expected) != 0)
          fail_msg("%s, %s, P = %u: not what the reference learns", models[m], cases[c].sync, p);
        run = prepare(data, p, models[m], cases[c].sync, "64", "3"); /* one visit more between two exchanges */
        reference_run(run, cases[c].all, cases[c].server, cases[c].ring, (every ? every : 1) + 1);
        digest(run, other);
        fixture_run_free(run);
        if (cases[c].every < 100)
          assert_string_not_equal(played, other);
      }
  fixture_drop(data);
}

/* ---- closed forms */

static void traffic_and_memory_follow_their_closed_forms(void **state) {
  static const struct {
    const char *sync;
    bool all, server, tree, waits;
    double every;
  } cases[] = {{"psgd:reduce=ring", false, false, false, false, 1},
               {"psgd:reduce=tree,replica=all", true, false, true, false, 1},
               {"psgd:reduce=ring,every=0.3,replica=all,wait=extra", true, false, false, true, 0.3},
               {"ssp:slack=1", false, true, false, false, 0},
               {"ssp:slack=inf,every=0.7,replica=all", true, true, false, false, 0.7},
               {"ssp:slack=1,servers=1", false, true, false, false, 0},
               {"ssp:slack=0,every=0.7,replica=all,servers=2", true, true, false, false, 0.7}};
  char *data = fixture_points(60, 50, 0.4, 1);
  (void)state;
  for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++)
    for (int m = 0; m < MODELS; m++)
      for (int k = 0; k < WORKER_COUNTS; k++) {
        if (!fixture_admits(cases[c].sync, models[m], worker_counts[k]))
          continue;
        uint64_t p = worker_counts[k], every = (uint64_t)(cases[c].every * (double)p + 0.5);
        struct fg_run *run = prepare(data, (uint32_t)p, models[m], cases[c].sync, "8", "3");
        struct recorder log = {0};
        struct fg_sink sink = recorder_sink(&log);
        struct fg_totals totals;
        fixture_play(run, 3, &sink, &totals, NULL);
        every = every ? every : 1;
        uint64_t cols = run->grid.cols; /* 50; of a network as many as rows */
        uint64_t exchanges = (3 * p + every - 1) / every, lines = cols + (cases[c].all ? run->grid.rows : 0);
        uint64_t replica = 4 * fg_model_width(&run->model) * lines;
        uint64_t others = strstr(cases[c].sync, "servers") ? p : p - 1; /* shards that are not on a worker's own host */
        uint64_t bytes = exchanges * 2 * others * (replica + 32 * (cases[c].tree ? 1 : p));
        if (cases[c].waits)
          bytes += exchanges * 2 * (p - 1) * 32;
        assert_int_equal(totals.bytes_sent, bytes);
        struct fg_replica held;
        assert_int_equal(fg_replica_new(&run->job, &run->factors, &held), FG_OK);
        assert_int_equal(fg_replica_lines(&held), lines);
        assert_int_equal(fg_replica_bytes(&run->job),
                         (cases[c].server ? 2 : 1) * fg_replica_lines(&held) * 4 * run->model.stride + 4 * cols);
        fg_replica_free(&held);
        recorder_free(&log);
        fixture_run_free(run);
      }
  fixture_drop(data);
}

static void auto_takes_the_ring_for_large_slices(void **state) {
  struct fg_sync sync;
  struct fg_fault fault;
  (void)state;
  assert_int_equal(fg_sync_parse("psgd", 0.5, &sync, &fault), FG_OK);
  assert_true(sync.type->replica->ring(&sync, 4096));
  assert_false(sync.type->replica->ring(&sync, 4095));
  assert_int_equal(fg_sync_parse("psgd:reduce=tree", 0.5, &sync, &fault), FG_OK);
  assert_false(sync.type->replica->ring(&sync, 1e9));
}

/* ---- when */

static void exchanges_are_counted(void **state) {
  static const char *const syncs[] = {"psgd:every=0.4", "psgd:every=inf", "psgd:every=1", "ssp:every=0.4", "ssp",
                                      "ssp:every=1.2",  "ssp:every=inf"};
  static const uint64_t pauses[] = {0, 5, 10, 15};
  char *data = fixture_points(30, 30, 0.5, 1);
  (void)state;
  for (size_t y = 0; y < sizeof syncs / sizeof syncs[0]; y++)
    for (int i = 0; i < 4; i++)
      for (uint64_t rounds = 1; rounds < 40; rounds++) {
        struct fg_run *run = prepare(data, 5, "additive", syncs[y], "8", "3");
        run->job.rounds = rounds;
        run->job.pause = pauses[i];
        uint64_t n = 0, joined = 0;
        for (uint64_t round = 0; round <= rounds; round++) {
          n += fg_exchange_due(&run->job, round);
          joined += fg_exchange_joins(&run->job, round);
          assert_int_equal(fg_exchanges(&run->job, round), n);
          assert_true(n >= joined);
        }
        assert_true(fg_exchange_joins(&run->job, rounds));
        if (!run->job.sync.type->replica->server)
          assert_int_equal(n, joined);
        fixture_run_free(run);
      }
  fixture_drop(data);
}

/* ---- S6 */

struct watch {
  struct fg_staleness staleness;
  uint64_t rejected, answers;
};

static void watch(void *self, const struct fg_parcel *parcel, bool taken) {
  struct watch *w = self;
  struct fg_fault fault;
  if (taken) {
    assert_int_equal(fg_staleness_take(&w->staleness, parcel, &fault), FG_OK);
    return;
  }
  w->answers++;
  w->rejected += fg_staleness_send(&w->staleness, parcel, &fault) != FG_OK;
}

/* Is every answer within `allowed` clocks? */
static uint64_t too_early(const char *data, const char *sync, uint32_t workers, uint64_t allowed, uint64_t seed) {
  struct fg_run *run = prepare(data, workers, "mf:rank=5", sync, "8", "4");
  struct watch w = {0};
  struct recorder log = {0};
  struct fg_sink sink = recorder_sink(&log);
  struct fg_totals totals;
  assert_int_equal(fg_staleness_start(&w.staleness, workers, allowed), FG_OK);
  assert_true(
      fixture_play_so(run, &(struct fixture_play){.seed = seed, .sink = &sink, .seen = watch, .self = &w}, &totals));
  assert_int_equal(w.answers, fg_exchanges(&run->job, run->job.rounds) * workers * workers);
  fg_staleness_free(&w.staleness);
  recorder_free(&log);
  fixture_run_free(run);
  return w.rejected;
}

static void staleness_is_bounded(void **state) {
  char *data = fixture_points(40, 40, 0.5, 4);
  (void)state;
  for (uint64_t slack = 0; slack <= 3; slack++) {
    uint64_t tight = 0;
    for (size_t k = 1; k < WORKER_COUNTS; k++) {
      char sync[64];
      for (uint64_t seed = 1; seed <= 5; seed++) {
        snprintf(sync, sizeof sync, "ssp:slack=%llu,servers=%llu", (unsigned long long)slack,
                 (unsigned long long)seed % 3);
        assert_int_equal(too_early(data, sync, worker_counts[k], slack, seed), 0);
        if (slack > 0)
          tight += too_early(data, sync, worker_counts[k], slack - 1, seed);
      }
    }
    print_message("slack %llu: a bound of one less rejects %llu answers\n", (unsigned long long)slack,
                  (unsigned long long)tight);
    assert_true(slack == 0 || tight > 0); /* the slack is used, and a bound that is off by one is noticed */
  }
  fixture_drop(data);
}

/* a log of a run with more slack is none of one with less */
static void a_log_of_more_slack_is_rejected(void **state) {
  char *data = fixture_points(40, 40, 0.5, 4);
  size_t rejected = 0;
  (void)state;
  for (uint64_t seed = 1; seed <= 5; seed++) {
    struct fg_run *run = prepare(data, 5, "mf:rank=5", "ssp:slack=2", "8", "4");
    struct recorder log = {0};
    struct fg_sink sink = recorder_sink(&log), none = {0};
    struct fg_totals totals;
    struct fg_order order;
    struct fg_fault fault;
    fixture_play(run, seed, &sink, &totals, NULL);
    fixture_run_free(run);
    recorder_order(&log, 5, &order);
    for (int slack = 2; slack >= 1; slack--) {
      run = prepare(data, 5, "mf:rank=5", slack == 2 ? "ssp:slack=2" : "ssp:slack=1", "8", "4");
      enum fg_err err = fg_replay_run(run, &order, NULL, &none, &totals, &fault);
      assert_true(slack == 2 ? err == FG_OK : err == FG_OK || err == FG_MISMATCH);
      rejected += err == FG_MISMATCH;
      fixture_run_free(run);
    }
    fg_order_free(&order);
    recorder_free(&log);
  }
  assert_true(rejected > 0);
  fixture_drop(data);
}

/* ---- trace and boundaries */

static void the_audit_rejects_violations(void **state) {
  static const char *const syncs[] = {"psgd:every=0.5", "psgd:wait=extra", "ssp"};
  char *data = fixture_points(40, 40, 0.5, 4);
  (void)state;
  for (size_t y = 0; y < sizeof syncs / sizeof syncs[0]; y++) {
    struct fg_run *run = prepare(data, 4, "mf:rank=5", syncs[y], "8", "2");
    struct recorder log = {0};
    struct fg_sink sink = recorder_sink(&log);
    struct fg_totals totals;
    struct fg_fault fault;
    fixture_play(run, 5, &sink, &totals, NULL);
    struct fg_trace trace = {log.visit, log.n_visits};
    assert_int_equal(fg_trace_audit(&trace, &run->job, &fault), FG_OK);
    struct fg_visit *v = &trace.visit[2], kept = *v;
    for (int i = 0; i < 7; i++) {
      v->row_block = i == 0 ? (v->row_block + 1) % 4 : v->row_block;
      v->col_block = i == 1 ? (v->col_block + 1) % 4 : v->col_block;
      v->col_version += i == 2;
      v->updates -= i == 3;
      v->required_updates -= i == 4;
      v->extra_updates += i == 5 && v->seq % 4 < 2;
      v->seq += i == 6;
      assert_int_equal(fg_trace_audit(&trace, &run->job, &fault), i == 5 && kept.seq % 4 >= 2 ? FG_OK : FG_MISMATCH);
      *v = kept;
    }
    trace.n--;
    assert_int_equal(fg_trace_audit(&trace, &run->job, &fault), FG_MISMATCH);
    recorder_free(&log);
    fixture_run_free(run);
  }
  fixture_drop(data);
}

struct looks {
  struct fg_run *run;
  uint64_t n, rounds[8], updates[8];
  char sha[8][65];
};

static enum fg_err look(void *self, uint64_t rounds, const struct fg_totals *so_far, const struct fg_factors *factors,
                        struct fg_fault *fault) {
  struct looks *l = self;
  (void)fault;
  assert_true(l->n < 8);
  l->rounds[l->n] = rounds;
  l->updates[l->n] = so_far->updates;
  return fg_factors_sha256(factors, &l->run->grid, &l->run->model, l->sha[l->n++]);
}

static enum fg_err no_taken(void *self, const struct fg_taken *taken, struct fg_fault *fault) {
  (void)self;
  (void)taken;
  (void)fault;
  return FG_OK;
}

/* An evaluation in the middle sees what a run that ends there has learned; between averagings there is nothing to see.
 */
static void evaluations_see_averages(void **state) {
  static const char *const syncs[] = {"psgd", "psgd:every=0.2,replica=all", "psgd:every=2"};
  char *data = fixture_points(60, 50, 0.5, 2);
  (void)state;
  for (size_t y = 0; y < sizeof syncs / sizeof syncs[0]; y++) {
    uint64_t step = y == 2 ? 2 : 1;
    struct looks l = {.run = prepare(data, 5, "lda:topics=5", syncs[y], "64", "4")};
    struct fg_sink sink = {.self = &l, .evaluate = look, .taken = no_taken};
    struct fg_totals totals;
    fixture_play(l.run, 3, &sink, &totals, NULL);
    assert_int_equal(l.n, 4 / step + 1);
    for (uint64_t i = 0; i < l.n; i++) {
      char epochs[8], sha[65];
      assert_int_equal(l.rounds[i], 5 * step * i);
      assert_int_equal(l.updates[i], step * i * l.run->grid.n_train); /* nothing of those that are ahead already */
      if (i == 0)
        continue;
      snprintf(epochs, sizeof epochs, "%llu", (unsigned long long)(step * i));
      struct fg_run *run = prepare(data, 5, "lda:topics=5", syncs[y], "64", epochs);
      struct fg_sink none = {.taken = no_taken};
      fixture_play(run, 9, &none, &totals, NULL);
      digest(run, sha);
      assert_string_equal(sha, l.sha[i]);
      fixture_run_free(run);
    }
    assert_string_not_equal(l.sha[1], l.sha[2]);
    fixture_run_free(l.run);
  }
  fixture_drop(data);
}

/* Where the run pauses all workers meet, and nothing is on its way (fixture_play_so checks that). */
static void workers_meet_where_the_run_pauses(void **state) {
  static const char *const syncs[] = {"psgd", "psgd:every=0,wait=extra", "ssp", "ssp:slack=inf,every=0.5",
                                      "ssp:every=2"};
  char *data = fixture_points(60, 50, 0.5, 2);
  (void)state;
  for (size_t y = 0; y < sizeof syncs / sizeof syncs[0]; y++)
    for (size_t k = 0; k < WORKER_COUNTS; k++) {
      struct fg_run *run = prepare(data, worker_counts[k], "lda:topics=5", syncs[y], "64", "4");
      struct recorder log = {0};
      struct fg_sink sink = recorder_sink(&log);
      struct fg_totals totals;
      run->job.pause = 2 * run->grid.col_blocks;
      if (strcmp(syncs[y], "psgd") == 0)
        run->job.pause = run->grid.col_blocks;
      assert_true(
          fixture_play_so(run, &(struct fixture_play){.seed = 8 + k, .sink = &sink, .pause = run->job.pause}, &totals));
      assert_int_equal(totals.updates, 4 * run->grid.n_train);
      recorder_free(&log);
      fixture_run_free(run);
    }
  fixture_drop(data);
}

/* New machines that find a checkpoint of a boundary, make their replicas of all shards, and go on to the same
 * bits. */
static void replicas_are_made_again_from_a_checkpoint(void **state) {
  static const char *const syncs[] = {"psgd", "psgd:every=0.3,replica=all", "psgd:every=0,wait=extra",
                                      "ssp",  "ssp:slack=0,every=1",        "ssp:slack=inf,replica=all"};
  char *data = fixture_points(60, 50, 0.5, 2);
  (void)state;
  for (size_t y = 0; y < sizeof syncs / sizeof syncs[0]; y++)
    for (int m = 0; m < MODELS; m++)
      for (size_t k = 0; k < WORKER_COUNTS; k++) {
        char sha[2][65], dir[] = "/tmp/fugue-replica-XXXXXX", command[64];
        if (!fixture_admits(syncs[y], models[m], worker_counts[k]))
          continue;
        assert_non_null(mkdtemp(dir));
        for (int i = 0; i < 2; i++) { /* through; from a checkpoint */
          struct fg_run *runs[2];
          uint64_t round = 0;
          struct recorder log = {0};
          struct fg_sink sink = recorder_sink(&log);
          struct fg_totals totals;
          struct fg_config config;
          struct fg_checkpoints checkpoints;
          struct fg_fault fault;
          fg_config_init(&config);
          for (int j = 0; j < 2; j++) {
            runs[j] = prepare(data, worker_counts[k], models[m], syncs[y], "8", "4");
            round = 2 * runs[j]->grid.col_blocks;
            runs[j]->job.pause = y == 2 ? 0 : round;
            round -= y == 2; /* every visit ends at a boundary: one in the middle of a pass */
          }
          assert_int_equal(fg_checkpoints_of(dir, "test", runs[0], &config, &checkpoints, &fault), FG_OK);
          assert_true(fixture_play_so(runs[0],
                                      &(struct fixture_play){.seed = 31,
                                                             .sink = &sink,
                                                             .pause = round,
                                                             .save = i ? &checkpoints : NULL,
                                                             .fresh = i ? runs[1] : NULL},
                                      &totals));
          digest(runs[i > 0], sha[i]);
          recorder_free(&log);
          fixture_run_free(runs[0]);
          fixture_run_free(runs[1]);
        }
        if (strcmp(sha[0], sha[1]) != 0)
          fail_msg("%s, %s, P = %u: other bits after a checkpoint", models[m], syncs[y], worker_counts[k]);
        snprintf(command, sizeof command, "rm -r '%s'", dir);
        assert_int_equal(system(command), 0);
      }
  fixture_drop(data);
}

static void wrong_slices_are_refused(void **state) {
  char *data = fixture_points(30, 30, 0.5, 5);
  (void)state;
  struct fg_run *run = prepare(data, 3, "mf:rank=5", "ssp:slack=1", "8", "2");
  struct fg_fault fault;
  struct fg_steward *steward;
  assert_int_equal(fg_steward_new(&run->job, 1, &run->factors, &steward), FG_OK);
  size_t n = run->grid.col[1].n * run->model.rank;
  for (int i = 0; i < 8; i++) { /* the fifth is right; the one after repeats it before its answer */
    struct fg_parcel *p = fg_parcel_new(i == 0 ? FG_PARCEL_REPORT : FG_PARCEL_SLICE, (struct fg_address){0, FG_WORKER},
                                        (struct fg_address){1, FG_STEWARD}, i == 1 || i == 6 || i == 7, 0);
    assert_int_equal(fg_parcel_add_floats(p, i == 2 ? n - 5 : n), FG_OK);
    memset(p->floats, 0, p->n_floats * sizeof *p->floats);
    p->item = i == 3 ? 2 : 1;
    p->rows = i == 7;
    if (i == 4) {
      assert_int_equal(fg_steward_take(steward, p, &fault), FG_OK);
      struct fg_act act; /* the slack lets it go on */
      fg_steward_next(steward, &act);
      assert_true(act.kind == FG_SEND && act.parcel->to.rank == 0);
      fg_parcel_free(act.parcel);
    } else if (i == 6) { /* this one has to wait for the others */
      struct fg_act act;
      assert_int_equal(fg_steward_take(steward, p, &fault), FG_OK);
      fg_steward_next(steward, &act);
      assert_int_equal(act.kind, FG_AWAIT);
    } else {
      assert_int_equal(fg_steward_take(steward, p, &fault), FG_EPROTOCOL);
    }
  }
  fg_steward_free(steward);
  fixture_run_free(run);
  fixture_drop(data);
}

/* a worker of psgd that waits for its neighbour: what it takes, and what not */
static void wrong_averages_are_refused(void **state) {
  char *data = fixture_points(30, 30, 0.5, 5);
  (void)state;
  for (int tree = 0; tree < 2; tree++) {
    struct fg_run *run =
        prepare(data, 3, "mf:rank=5", tree ? "psgd:every=0,reduce=tree" : "psgd:every=0,reduce=ring", "8", "2");
    struct fg_fault fault;
    struct fg_worker *worker;
    struct fg_act act;
    assert_int_equal(fg_worker_new(&run->job, 0, &run->factors, &worker), FG_OK);
    for (;;) {
      fg_worker_next(worker, &act);
      if (act.kind == FG_AWAIT)
        break;
      if (act.kind == FG_SPEND)
        assert_int_equal(fg_worker_spend(worker, 1, &fault), FG_OK);
      if (act.kind == FG_SEND)
        fg_parcel_free(act.parcel);
    }
    /* right: slice 1 in step 0 from the left neighbour, worker 2; a sum from child 1 or 2 */
    uint32_t item = tree ? FG_SLICE_ALL : 1, from = 2;
    size_t n = fg_home_floats(&run->factors, &run->model, item, false);
    for (int i = 0; i < 11; i++) {
      bool role = i == 1;
      struct fg_parcel *p = fg_parcel_new(i == 0 ? FG_PARCEL_BLOCK : FG_PARCEL_SLICE,
                                          (struct fg_address){i == 2 ? 0 : from, role ? FG_STEWARD : FG_WORKER},
                                          (struct fg_address){0, FG_WORKER}, i == 3 ? 2 : i == 10, 0);
      p->item = i == 4 ? 0 : item;
      p->count = i == 5 ? (tree ? 1 : 4) : 0;
      p->rows = i == 6;
      if (i != 7)
        assert_int_equal(fg_parcel_add_floats(p, i == 4 ? fg_home_floats(&run->factors, &run->model, 0, false) : n),
                         FG_OK);
      enum fg_err err = fg_worker_take(worker, p, &fault);
      if (err != (i == 8 || i == 10 ? FG_OK : FG_EPROTOCOL)) /* the ninth is right, the tenth comes twice, the last is
                                                                an exchange ahead */
        fail_msg("%s, parcel %d: %d", tree ? "tree" : "ring", i, err);
    }
    fg_worker_free(worker);
    fixture_run_free(run);
  }
  fixture_drop(data);
}

/* Whose worker a record of an order log is: on a server's host there is none. And hosts of their own change no bits
 * where the order of arrival does not: averages_do_not_depend_on_timing and the references have more of that. */
static void servers_have_hosts_without_workers(void **state) {
  char *data = fixture_points(40, 40, 0.5, 4), with[65], without[65];
  struct fg_run *run = prepare(data, 5, "mf:rank=5", "ssp:slack=1,servers=2", "8", "2");
  struct recorder log = {0};
  struct fg_sink sink = recorder_sink(&log), none = {0};
  struct fg_totals totals;
  struct fg_fault fault;
  (void)state;
  fixture_play(run, 3, &sink, &totals, NULL);
  fixture_run_free(run);
  for (size_t i = 0; i < log.n_taken; i++) /* the shards are where they should be, dealt round */
    assert_true(log.taken[i].by.role == FG_WORKER ? log.taken[i].by.rank < 5 : log.taken[i].by.rank / 5 == 1);
  for (int i = 0; i < 3; i++) { /* a record more, of a worker that is not there; one from such a worker */
    struct fg_order order;
    struct fg_taken kept = log.taken[0];
    if (i == 1)
      sink.taken(sink.self, &(struct fg_taken){.by = {5, FG_WORKER}, .from = {0, FG_STEWARD}}, &fault);
    log.n_taken -= i == 2;
    if (i == 2)
      log.taken[0].from = (struct fg_address){6, FG_WORKER};
    run = prepare(data, 5, "mf:rank=5", "ssp:slack=1,servers=2", "8", "2");
    recorder_order(&log, 7, &order);
    assert_int_equal(fg_replay_run(run, &order, NULL, &none, &totals, &fault), i == 0 ? FG_OK : FG_MISMATCH);
    assert_int_equal(i == 1, i > 0 && strstr(fault.text, "host of a server") != NULL);
    fg_order_free(&order);
    fixture_run_free(run);
    log.taken[0] = kept;
  }
  recorder_free(&log);
  run = prepare(data, 5, "mf:rank=5", "ssp:slack=1,servers=2", "8", "2");
  for (uint32_t host = 0; host < 7; host++) /* a host serves its own shards only */
    for (uint32_t q = 0; q < 5; q++) {
      struct fg_steward *steward;
      struct fg_parcel *p = fg_parcel_new(FG_PARCEL_SLICE, (struct fg_address){0, FG_WORKER},
                                          (struct fg_address){host, FG_STEWARD}, 0, 0);
      assert_int_equal(fg_steward_new(&run->job, host, &run->factors, &steward), FG_OK);
      assert_int_equal(fg_parcel_add_floats(p, fg_home_floats(&run->factors, &run->model, q, false)), FG_OK);
      memset(p->floats, 0, p->n_floats * sizeof *p->floats);
      p->item = q;
      assert_int_equal(fg_steward_take(steward, p, &fault), host == 5 + q % 2 ? FG_OK : FG_EPROTOCOL);
      fg_steward_free(steward);
    }
  fixture_run_free(run);
  for (int m = 0; m < MODELS && fixture_admits("ssp", models[m], 5); m++) {
    play(data, 5, models[m], "ssp:slack=0", "8", 1, without);
    for (int servers = 1; servers <= 5; servers++) {
      char sync[64];
      snprintf(sync, sizeof sync, "ssp:slack=0,servers=%d", servers);
      play(data, 5, models[m], sync, "8", 2, with);
      assert_string_equal(with, without);
    }
  }
  fixture_drop(data);
}

/* ssp refuses what needs all columns at once */
static void what_cannot_be_served_is_refused(void **state) {
  (void)state;
  assert_false(fixture_admits("ssp", "lda:topics=5,loss=squared", 3));
  assert_true(fixture_admits("ssp", "lda:topics=5", 3));
  assert_true(fixture_admits("psgd", "lda:topics=5,loss=squared", 3));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(one_worker_is_serial),
      cmocka_unit_test(averages_do_not_depend_on_timing),
      cmocka_unit_test(runs_equal_the_reference),
      cmocka_unit_test(traffic_and_memory_follow_their_closed_forms),
      cmocka_unit_test(auto_takes_the_ring_for_large_slices),
      cmocka_unit_test(exchanges_are_counted),
      cmocka_unit_test(staleness_is_bounded),
      cmocka_unit_test(a_log_of_more_slack_is_rejected),
      cmocka_unit_test(servers_have_hosts_without_workers),
      cmocka_unit_test(the_audit_rejects_violations),
      cmocka_unit_test(evaluations_see_averages),
      cmocka_unit_test(workers_meet_where_the_run_pauses),
      cmocka_unit_test(replicas_are_made_again_from_a_checkpoint),
      cmocka_unit_test(wrong_slices_are_refused),
      cmocka_unit_test(wrong_averages_are_refused),
      cmocka_unit_test(what_cannot_be_served_is_refused),
  };
  return cmocka_run_group_tests_name("replica", tests, NULL, NULL);
}
