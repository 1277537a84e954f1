/* The first step of a preflight: from the user's data to data small enough to be simulated many times. */
#include "core/data/grid_file.h"
#include "core/rng.h"
#include "proofs/preflight/preflight.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Floating point operations of a run that takes about a second [flop]: a preflight makes about a hundred. */
#define RUN_FLOP 3e9

enum { ROWS_OF_A_WORKER = 4 };

/* Points of a part of a grid, with original indices. */
static enum fg_err push_block(const struct fg_grid *g, const struct fg_block *block, uint32_t p, uint32_t q,
                              struct fg_points *points) {
  enum { SOME = 1024 };
  struct fg_point some[SOME];
  enum fg_err err = FG_OK;
  size_t n;
  for (size_t from = 0; !err && (n = fg_block_read(block, from, SOME, some)) > 0; from += n)
    for (size_t i = 0; i < n && !err; i++)
      err = fg_points_push(points, g->row[p].original[some[i].row], g->col[q].original[some[i].col], some[i].value);
  return err;
}

static enum fg_err push_held_out(const struct fg_grid *g, const struct fg_points *held, struct fg_points *points) {
  enum fg_err err = FG_OK;
  for (size_t i = 0; i < held->n && !err; i++) {
    uint32_t q = 0, col = held->col[i]; /* counted through all blocks */
    while (col >= g->col[q].n)
      col -= g->col[q++].n;
    err = fg_points_push(points, held->row[i], g->col[q].original[col], held->value[i]);
  }
  return err;
}

/* A grid is cut for one number of column blocks; here it is points again, to be cut for each strategy. */
static enum fg_err points_of_grid(const struct fg_grid *g, struct fg_points *points) {
  enum fg_err err = FG_OK;
  points->rows = g->rows;
  points->cols = g->cols;
  points->counts = g->counts;
  for (uint32_t p = 0; p < g->row_blocks && !err; p++) {
    for (uint32_t q = fg_grid_next(g, p, 0); q < g->col_blocks && !err; q = fg_grid_next(g, p, q + 1)) {
      err = push_block(g, fg_grid_train(g, p, q), p, q, points);
      if (!err)
        err = push_block(g, fg_grid_test(g, p, q), p, q, points);
    }
    if (!err)
      err = push_held_out(g, &g->held_out[p], points);
  }
  return err;
}

/* What a grid has settled, and options may only repeat. */
static enum fg_err settle_by_grid(const struct fg_grid *g, const char *path, const struct fg_options *o,
                                  struct fg_config *config, struct fg_fault *fault) {
  char test[64], number[32];
  if (o->workers != 0 && o->workers != g->row_blocks)
    return fg_fail(fault, FG_EUSAGE, path, 0, "the grid is cut for %u workers (--workers %u)", g->row_blocks,
                   g->row_blocks);
  fg_split_print(&g->split, test, sizeof test);
  if (!o->split_auto && (o->split.share != g->split.share || o->split.by_rows != g->split.by_rows))
    return fg_fail(fault, FG_EUSAGE, path, 0, "the grid was cut with --test %s", test);
  snprintf(number, sizeof number, "%u", g->row_blocks);
  enum fg_err err = fg_config_set(config, "workers", number, NULL, 0, fault);
  if (!err)
    err = fg_config_set(config, "test", test, NULL, 0, fault);
  return err ? err : fg_config_set(config, "seed-data", "auto", NULL, 0, fault);
}

static enum fg_err read_points(const char *path, const struct fg_model *model, const struct fg_options *o,
                               struct fg_config *config, struct fg_points *points, bool *grid, struct fg_fault *fault) {
  *grid = fg_grid_is(path);
  if (!*grid) {
    struct fg_read_options read = fg_model_reading(model, o->index_base, o->seed_data);
    enum fg_err err = fg_points_read(path, &read, points, fault);
    return err ? err : fg_points_check_shape(path, points->rows, points->cols, points->n, fault);
  }
  struct fg_grid g = {0};
  enum fg_err err = fg_grid_open(path, FG_GRID_ALL, &g, fault);
  if (!err)
    err = settle_by_grid(&g, path, o, config, fault);
  if (!err && points_of_grid(&g, points))
    err = fg_fail(fault, FG_ENOMEM, path, 0, "not enough memory for %llu points", (unsigned long long)g.n_points);
  fg_grid_free(&g);
  return err;
}

/* Keeps a share of the rows, any as likely as another, under new numbers. */
static enum fg_err keep_rows(struct fg_points *points, double share, uint64_t seed, struct fg_fault *fault) {
  uint32_t *name = malloc(points->rows * sizeof *name), rows = 0;
  double wanted = ceil(share * points->rows);
  struct fg_rng rng;
  size_t n = 0;
  if (!name)
    return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory for %u rows", points->rows);
  fg_rng_start(&rng, seed, FG_STREAM_GENERATE, 0, 0);
  for (uint32_t i = 0; i < points->rows; i++) /* selection sampling (Knuth 1997, 3.4.2, algorithm S) */
    name[i] = fg_rng_uniform(&rng) * (points->rows - i) < wanted - rows ? rows++ : UINT32_MAX;
  for (size_t i = 0; i < points->n; i++)
    if (name[points->row[i]] != UINT32_MAX) {
      points->row[n] = name[points->row[i]];
      points->col[n] = points->col[i];
      points->value[n++] = points->value[i];
    }
  points->n = n;
  points->rows = rows;
  free(name);
  return FG_OK;
}

uint64_t fg_preflight_epochs(const struct fg_options *o, uint32_t workers) {
  uint64_t epochs = o->sub_epochs ? (o->epochs + workers - 1) / workers : o->epochs;
  return epochs < FG_PREFLIGHT_LEAST ? FG_PREFLIGHT_LEAST : epochs > FG_PREFLIGHT_EPOCHS ? FG_PREFLIGHT_EPOCHS : epochs;
}

static double wanted_points(const struct fg_preflight_ask *ask, const struct fg_model *model, uint64_t epochs) {
  double n = RUN_FLOP / (model->type->flops(model) * (double)epochs);
  return ask->sample ? (double)ask->sample : ask->quick ? n / 4 : n;
}

enum fg_err fg_preflight_sample(const struct fg_preflight_ask *ask, const struct fg_lab *lab, struct fg_config *config,
                                struct fg_preflight_sample *s, struct fg_fault *fault) {
  struct fg_options o;
  struct fg_model model;
  struct fg_points points = {0};
  bool grid = false;
  memset(s, 0, sizeof *s);
  *config = ask->config;
  const char *data = ask->config.text[FG_OPT_DATA];
  enum fg_err err = fg_config_resolve(config, &o, fault);
  if (!err)
    err = fg_model_parse(config->text[FG_OPT_MODEL], &model, fault);
  if (!err && !o.schedule_auto && o.steps.schedule == FG_STEP_ADAGRAD)
    err =
        fg_fail(fault, FG_EUSAGE, NULL, 0,
                "--step-schedule adagrad: the advice rests on bounds for plain gradient steps, and has none for these");
  if (!err && model.type->draw)
    err = fg_fail(fault, FG_EUSAGE, NULL, 0,
                  "model %s: the advice rests on bounds for gradient steps, and has none for draws", model.type->name);
  if (!err && access(data, R_OK) != 0)
    err = fg_fail(fault, FG_EINPUT, data, 0, "cannot be opened: %s", strerror(errno));
  if (!err)
    err = read_points(data, &model, &o, config, &points, &grid, fault);
  if (err)
    goto cleanup;
  s->grid = grid;
  s->rows = s->rows_all = points.rows;
  s->cols = points.cols;
  s->points = s->points_all = points.n;
  err = fg_config_resolve(config, &o, fault); /* with what a grid has settled */
  if (err)
    goto cleanup;
  uint32_t workers = o.workers ? o.workers : FG_WORKERS;
  double share = wanted_points(ask, &model, fg_preflight_epochs(&o, workers)) / (double)points.n;
  share = fmax(share, fmin(1, (double)ROWS_OF_A_WORKER * workers / points.rows));
  s->whole = share >= 1;
  if (s->whole && !grid) {
    snprintf(s->path, sizeof s->path, "%s", data);
    goto cleanup;
  }
  if (model.type->reading) {
    err = fg_fail(fault, FG_EUSAGE, data, 0,
                  "model %s needs a network, and its nodes cannot be sampled: name the file itself, not a grid, and "
                  "--sample %zu, all of its points",
                  model.type->name, points.n);
    goto cleanup;
  }
  if (!s->whole)
    err = keep_rows(&points, share, o.seed_data, fault);
  if (!err)
    err = fg_path_join(lab->scratch, "sample.mtx", s->path, fault);
  if (!err)
    err = fg_points_write(s->path, &points, fault);
  if (!err)
    err = fg_config_set(config, "data", s->path, NULL, 0, fault);
  if (!err)
    err = fg_config_set(config, "index-base", "1", NULL, 0, fault);
  s->rows = points.rows;
  s->points = points.n;
cleanup:
  fg_points_free(&points);
  snprintf(s->test, sizeof s->test, "%.60s", config->text[FG_OPT_TEST]);
  return err;
}
