/* Group `kernels`: updates per second of every model, with every parameter that chooses another kind of update, and
 * with steps of its own (+adagrad) where it has them, as a worker makes them: a pass gives out points, the kernel
 * updates both rows, the worker looks for parameters that are no longer finite. One worker, one block that is the whole
 * matrix, cut into tiles. */
#include "bench/bench.h"
#include "bench/result.h"

#include "core/data/grid.h"
#include "core/factors.h"
#include "core/rng.h"
#include "core/worker.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where points are: line floor(n u^skew) of n, u uniform. Smaller sizes divide the lines and keep the density. */
static const struct shape {
  const char *name;
  uint32_t rows, cols, points;
  int skew;
} shapes[] = {
    {"dense", 512, 512, 262144, 1},         /* both factors in the second cache */
    {"ratings", 36000, 5400, 2500000, 2},   /* as MovieLens 10M, a quarter of it: as dense, popularity a power law */
    {"sparse", 150000, 150000, 1200000, 1}, /* a tile has few points: rows come from memory and are used once */
};
enum { SHAPES = sizeof shapes / sizeof shapes[0] };

static const uint32_t ranks[] = {16, 32, 64, 128};
enum { RANKS = sizeof ranks / sizeof ranks[0] };

/* Is word number `k` of a list "first|second" there? To out. */
static bool word_of(const char *words, size_t k, char *out, size_t size) {
  for (; words && k > 0; k--) {
    words = strchr(words, '|');
    words += words != NULL;
  }
  if (words)
    snprintf(out, size, "%.*s", (int)strcspn(words, "|"), words);
  return words != NULL;
}

/* "name", or "name:key=word" if that word makes it another type, or gives it other dimensions. */
static bool is_variant(const char *plain, const char *spec) {
  struct fg_model a, b;
  return !fg_model_parse(plain, &a, NULL) && !fg_model_parse(spec, &b, NULL) && (a.type != b.type || a.rank != b.rank);
}

/* Variant v = 0, 1, ... of a type, found in its parameters; false: there are no more. */
static bool variant_of(const struct fg_model_type *type, size_t v, char *spec, size_t size) {
  char word[64];
  snprintf(spec, size, "%s", type->name);
  for (const struct fg_param *p = type->params; v > 0 && p->key; p++)
    for (size_t k = 0; p->kind == FG_PARAM_CHOICE && v > 0 && word_of(p->words, k, word, sizeof word); k++) {
      snprintf(spec, size, "%s:%s=%s", type->name, p->key, word);
      v -= is_variant(type->name, spec);
    }
  return v == 0;
}

struct choice {
  const struct fg_model_type *type;
  char spec[FG_BENCH_NAME - 40];
  bool adagrad;
  uint32_t rank;
  size_t shape;
};

/* Cases of one kind of update: ranks that it has, shapes. True: *i is among them; otherwise less by their number. */
static bool choose_size(enum fg_bench_size size, size_t *i, struct choice *c) {
  for (size_t r = 0; r < RANKS; r++) {
    double most = c->type->params[0].hi;
    c->rank = ranks[r] < most ? ranks[r] : (uint32_t)most;
    if (size == FG_BENCH_FULL ? ranks[r] > most && r > 0 : r != 1)
      continue;
    for (c->shape = 0; c->shape < SHAPES; c->shape++)
      if ((*i)-- == 0)
        return true;
  }
  return false;
}

/* Case i: models, their variants, and again with steps of adagrad. */
static bool choose(enum fg_bench_size size, size_t i, struct choice *c) {
  struct fg_model model;
  for (size_t t = 0; (c->type = fg_model_types[t]) != NULL; t++)
    for (size_t v = 0; variant_of(c->type, v, c->spec, sizeof c->spec); v++)
      for (int steps = 0; steps < 2; steps++) {
        c->adagrad = steps == 1;
        if (c->adagrad && (fg_model_parse(c->spec, &model, NULL) || !(model.type->adagrad_step > 0)))
          continue;
        if (choose_size(size, &i, c))
          return true;
      }
  return false;
}

static bool name_case(enum fg_bench_size size, size_t i, char *out) {
  struct choice c;
  if (!choose(size, i, &c))
    return false;
  snprintf(out, FG_BENCH_NAME, "%s%s/%u/%s", c.spec, c.adagrad ? "+adagrad" : "", c.rank, shapes[c.shape].name);
  return true;
}

struct kernels {
  struct fg_grid grid;
  struct fg_model model;
  struct fg_factors factors;
  struct fg_job job;
  double *stat;
  struct fg_worker *worker;
  uint64_t updates; /* of one repetition */
};

static void release(void *state) {
  struct kernels *k = state;
  if (k) {
    fg_worker_free(k->worker);
    fg_factors_free(&k->factors);
    fg_grid_free(&k->grid);
    free(k->stat);
  }
  free(k);
}

static enum fg_err draw_points(const struct shape *shape, const struct fg_read_options *read,
                               struct fg_points *points) {
  struct fg_rng rng;
  enum fg_err err = FG_OK;
  points->rows = shape->rows;
  points->cols = read->network ? shape->rows : shape->cols;
  points->counts = points->nonnegative = true;
  points->network = read->network;
  fg_rng_start(&rng, 1, FG_STREAM_GENERATE, 0, 0);
  for (uint32_t i = 0; i < shape->points && !err; i++) {
    double u = fg_rng_uniform(&rng), w = fg_rng_uniform(&rng), value = 1 + fg_rng_below(&rng, 5);
    if (read->network) /* links, and pairs without one */
      value = fg_rng_uniform(&rng) * (1 + read->zeros) < 1;
    err = fg_points_push(points, (uint32_t)(pow(u, shape->skew) * points->rows),
                         (uint32_t)(pow(w, shape->skew) * points->cols), (float)value);
  }
  return err;
}

static enum fg_err make_grid(struct kernels *k, const struct shape *shape, struct fg_fault *fault) {
  const struct fg_read_options read = fg_model_reading(&k->model, 1, 1);
  const struct fg_split split = {.seed = 1};
  struct fg_points points = {0};
  enum fg_err err = draw_points(shape, &read, &points);
  if (!err)
    err = fg_grid_build(&points, &split, 1, 1, NULL, k->model.stride * sizeof(float), &k->grid, fault);
  k->grid.network = read.network;
  fg_points_free(&points);
  return err;
}

/* What the worker alone makes of the statistic, back to it. */
static enum fg_err answer(struct kernels *k, struct fg_fault *fault) {
  const struct fg_address steward = {0, FG_STEWARD}, worker = {0, FG_WORKER};
  struct fg_parcel *p =
      fg_parcel_new(FG_PARCEL_RELEASE, steward, worker, fg_worker_visit(k->worker)->round, k->model.n_stat);
  if (!p)
    return FG_ENOMEM;
  memcpy(p->stat, k->stat, k->model.n_stat * sizeof *k->stat);
  return fg_worker_take(k->worker, p, fault);
}

/* Acts until there is work. Nobody releases the worker, and it goes on with passes of the same step (fugue:extra=same)
 * for as long as it is asked; but one that makes no more before it is released (renew) hears of its own report. */
static enum fg_err await_work(struct kernels *k, struct fg_act *act, struct fg_fault *fault) {
  enum fg_err err = FG_OK;
  do {
    fg_worker_next(k->worker, act);
    if (act->kind == FG_SEND && !act->parcel)
      return FG_ENOMEM;
    if (act->kind == FG_SEND) {
      const uint32_t rank = k->model.rank;
      for (uint32_t i = 0; i < act->parcel->n_stat; i++) /* as the root of a tree adds up (core/steward/tree.c) */
        k->stat[i] = act->parcel->stat[i] + (k->model.type->renew && i >= rank && i < 2 * rank ? 0 : k->stat[i]);
      fg_parcel_free(act->parcel);
    }
    if (act->kind == FG_AWAIT && k->model.type->renew)
      err = answer(k, fault);
    else if (act->kind == FG_AWAIT || act->kind == FG_STOP)
      return fg_fail(fault, FG_EPROTOCOL, NULL, 0, "a worker that nobody releases has nothing more to do");
  } while (act->kind != FG_SPEND && !err);
  return err;
}

/* At least so many updates; *made: how many. */
static enum fg_err update(struct kernels *k, uint64_t updates, uint64_t *made, struct fg_fault *fault) {
  struct fg_act act;
  enum fg_err err = FG_OK;
  for (*made = 0; *made < updates && !err;) {
    err = await_work(k, &act, fault);
    if (err)
      break;
    uint64_t chunk = act.spend.chunk, here = (act.spend.left + chunk - 1) / chunk;
    uint64_t wanted = (updates - *made + chunk - 1) / chunk, some = wanted < here ? wanted : here;
    err = fg_worker_spend(k->worker, some, fault);
    *made += some == here ? act.spend.left : some * chunk;
  }
  return err;
}

static enum fg_err start_worker(struct kernels *k, bool adagrad, struct fg_fault *fault) {
  const struct fg_model_type *type = k->model.type;
  enum fg_err err = fg_sync_parse("fugue:extra=same", type->default_decay, &k->job.sync, fault);
  if (!err && k->model.n_stat) {
    k->stat = calloc(k->model.n_stat, sizeof *k->stat);
    err = k->stat ? fg_factors_stat(&k->factors, &k->model, k->stat) : FG_ENOMEM;
  }
  uint64_t chunk = (uint64_t)(1e6 / type->flops(&k->model)); /* as --chunk auto: 1 ms at 1 Gf, in whole batches */
  k->job.grid = &k->grid;
  k->job.model = &k->model;
  k->job.steps = (struct fg_steps){.eta0 = type->default_step, .schedule = type->default_schedule};
  if (adagrad)
    k->job.steps = (struct fg_steps){.eta0 = type->adagrad_step, .schedule = FG_STEP_ADAGRAD};
  k->job.workers = 1;
  k->job.rounds = type->renew ? UINT32_MAX : 1;
  k->job.chunk = chunk < FG_BATCH ? FG_BATCH : chunk / FG_BATCH * FG_BATCH;
  k->job.seed_order = 1;
  k->job.stat = k->stat;
  return err ? err : fg_worker_new(&k->job, 0, &k->factors, &k->worker);
}

/* Of the smallest size, so that instructions can be counted: the same work whatever it takes. */
enum { TINY_UPDATES = 16384 };

/* How many updates take long enough to be timed. */
static enum fg_err calibrate(struct kernels *k, double enough, struct fg_fault *fault) {
  uint64_t made;
  enum fg_err err = update(k, FG_BATCH, &made, fault); /* what is done once */
  for (k->updates = FG_BATCH; !err; k->updates *= 2) {
    double start = fg_bench_cpu();
    err = update(k, k->updates, &made, fault);
    double took = fg_bench_cpu() - start;
    if (took < enough / 4)
      continue;
    k->updates = (uint64_t)((double)made * enough / took) + 1;
    break;
  }
  return err;
}

static enum fg_err prepare(enum fg_bench_size size, size_t i, void **state, struct fg_fault *fault) {
  const uint32_t divide = size == FG_BENCH_FULL ? 1 : size == FG_BENCH_QUICK ? 2 : 16;
  struct kernels *k = *state = calloc(1, sizeof *k);
  struct choice c;
  char spec[FG_BENCH_NAME];
  if (!k || !choose(size, i, &c))
    return FG_ENOMEM;
  struct shape shape = shapes[c.shape];
  shape.rows /= divide;
  shape.cols /= divide;
  shape.points /= divide * divide;
  snprintf(spec, sizeof spec, "%s%crank=%u", c.spec, strchr(c.spec, ':') ? ',' : ':', c.rank);
  enum fg_err err = fg_model_parse(spec, &k->model, fault);
  if (!err && k->model.type->renew) { /* few words want a larger prior count than the model's own */
    size_t n = strlen(spec);
    snprintf(spec + n, sizeof spec - n, ",beta=1");
    err = fg_model_parse(spec, &k->model, fault);
  }
  if (!err)
    err = fg_model_take_steps(&k->model, c.adagrad ? FG_STEP_ADAGRAD : k->model.type->default_schedule, fault);
  if (!err)
    err = make_grid(k, &shape, fault);
  if (!err)
    err = fg_model_bind(&k->model, &k->grid, 1, fault);
  if (!err)
    err = fg_factors_new(&k->grid, &k->model, &k->factors, fault);
  if (!err)
    err = start_worker(k, c.adagrad, fault);
  k->updates = TINY_UPDATES;
  if (!err && size != FG_BENCH_TINY)
    err = calibrate(k, size == FG_BENCH_FULL ? 0.06 : 0.02, fault);
  return err;
}

enum { RATE, FLOPS, ROWS, SHARE };

static enum fg_err repeat(void *state, double *value, struct fg_fault *fault) {
  struct kernels *k = state;
  uint64_t made;
  double start = fg_bench_cpu();
  enum fg_err err = update(k, k->updates, &made, fault);
  double rate = (double)made / (fg_bench_cpu() - start);
  value[RATE] = rate / 1e6;
  value[FLOPS] = rate * k->model.type->flops(&k->model) / 1e9;
  /* the point, and both rows read and written */
  value[ROWS] = rate * (double)(sizeof(struct fg_stored_point) + 4 * k->model.stride * sizeof(float)) / 1e9;
  return err;
}

/* The roof: no more operations than registers allow, no more bytes than the second cache gives, where a tile's rows
 * are. */
static void complete(const struct fg_bench_results *so_far, double *value) {
  double peak = fg_bench_results_find(so_far, "machine", "multiply-add/independent", "rate");
  double second = fg_bench_results_find(so_far, "machine", "triad/L2", "bandwidth");
  if (!isnan(peak) && !isnan(second))
    value[SHARE] = 100 * fmax(value[FLOPS] / peak, value[ROWS] / second);
}

const struct fg_bench_group fg_bench_kernels = {
    .name = "kernels",
    .summary = "updates of every model, by rank and shape of the data",
    .measure = {[RATE] = {"rate", "M points/s", false},
                [FLOPS] = {"arithmetic", "Gflop/s", false},
                [ROWS] = {"rows", "GB/s", false},
                [SHARE] = {"of the roof", "%", false}},
    .name_case = name_case,
    .prepare = prepare,
    .repeat = repeat,
    .release = release,
    .complete = complete,
};
