/* A small random problem for tests of models: one block that is the whole matrix. */
#ifndef TESTS_MODEL_FIXTURE_H
#define TESTS_MODEL_FIXTURE_H

#include "core/model/model.h"
#include "core/rng.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 13, COLS = 17, POINTS = 150 };

struct problem {
  struct fg_model model;
  struct fg_point points[POINTS]; /* no (row, col) twice */
  float row_weight[ROWS], col_weight[COLS];
  float *rows, *cols; /* aligned */
  double *stat;
  struct fg_view view;
};

static inline float *factor_new(uint32_t n, uint32_t stride) {
  size_t size = (size_t)n * stride * sizeof(float);
  float *factor = aligned_alloc(FG_ALIGN, size);
  assert_non_null(factor);
  memset(factor, 0, size);
  return factor;
}

static inline void problem_stat(struct problem *p) {
  if (p->model.n_stat == 0)
    return;
  memset(p->stat, 0, p->model.n_stat * sizeof *p->stat);
  p->model.type->stat(&p->model, p->cols, p->col_weight, COLS, p->stat);
}

/* what a worker does with the statistic of a release */
static inline void problem_rescale(struct problem *p, const double *released) {
  double divisor[FG_LANES * 64];
  for (uint32_t k = 0; k < p->model.n_stat; k++)
    divisor[k] = p->model.type->divisor(&p->model, released[k]);
  fg_model_rescale(&p->model, p->cols, COLS, divisor);
}

/* Parses "mf:rank=5", or "mf:rank=5 adagrad": the model with steps of that schedule. */
static inline void problem_model(const char *spec, struct fg_model *model) {
  char text[128];
  struct fg_fault fault;
  enum fg_step_schedule schedule = FG_STEP_PAPER;
  size_t n = strcspn(spec, " ");
  assert_true(n < sizeof text);
  memcpy(text, spec, n);
  text[n] = 0;
  if (spec[n])
    assert_int_equal(fg_step_schedule_parse(spec + n + 1, &schedule, &fault), FG_OK);
  assert_int_equal(fg_model_parse(text, model, &fault), FG_OK);
  assert_int_equal(fg_model_take_steps(model, schedule, &fault), FG_OK);
}

/* Counts from 1 to 5 at random places, factors as the model initialises them. */
static inline void problem_start(struct problem *p, const char *spec, uint64_t seed) {
  memset(p, 0, sizeof *p);
  struct fg_rng rng;
  fg_rng_start(&rng, seed, FG_STREAM_GENERATE, 0, 0);
  size_t left = ROWS * COLS, n = 0;
  double sum = 0, squares = 0;
  for (uint32_t cell = 0; cell < ROWS * COLS; cell++, left--) {
    if (fg_rng_below(&rng, (uint32_t)left) >= POINTS - n)
      continue;
    struct fg_point point = {cell / COLS, cell % COLS, (float)(1 + fg_rng_below(&rng, 5))};
    p->points[n++] = point;
    p->row_weight[point.row] += point.value;
    p->col_weight[point.col] += point.value;
    sum += point.value;
    squares += point.value * point.value;
  }
  for (size_t i = n; i > 1; i--) {
    size_t j = fg_rng_below(&rng, (uint32_t)i);
    struct fg_point swap = p->points[i - 1];
    p->points[i - 1] = p->points[j];
    p->points[j] = swap;
  }
  struct fg_fault fault;
  struct fg_grid grid = {.rows = ROWS,
                         .cols = COLS,
                         .n_train = n,
                         .train_sum = sum,
                         .train_squares = squares,
                         .counts = true,
                         .nonnegative = true};
  problem_model(spec, &p->model);
  assert_int_equal(fg_model_bind(&p->model, &grid, seed, &fault), FG_OK);
  p->rows = factor_new(ROWS, p->model.stride);
  p->cols = factor_new(COLS, p->model.stride);
  p->stat = calloc(p->model.n_stat + 1, sizeof *p->stat);
  assert_non_null(p->stat);
  for (uint32_t i = 0; i < ROWS; i++)
    p->model.type->init_row(&p->model, i, p->rows + (size_t)i * p->model.stride);
  for (uint32_t i = 0; i < COLS; i++)
    p->model.type->init_col(&p->model, i, p->cols + (size_t)i * p->model.stride);
  problem_stat(p);
  p->view = (struct fg_view){p->rows, p->cols, p->row_weight, p->col_weight, p->model.n_stat ? p->stat : NULL};
}

/* Points as a block of one tile, and what a sampler draws for them. */
static inline void problem_draw_as(const struct fg_model_type *type, struct problem *p, const struct fg_point *points,
                                   size_t n, uint64_t seed) {
  struct fg_stored_point stored[POINTS];
  struct fg_tile tile = {.n = (uint32_t)n};
  struct fg_block block = {.points = stored, .n = n, .tiles = &tile, .n_tiles = 1};
  struct fg_block_row row = {.n = 1, .block = &block};
  struct fg_grid grid = {.train = &row};
  struct fg_tokens *tokens;
  struct fg_draws draws;
  for (size_t i = 0; i < n; i++)
    stored[i] = (struct fg_stored_point){(uint16_t)points[i].row, (uint16_t)points[i].col, points[i].value};
  assert_int_equal(fg_tokens_new(&grid, 0, &tokens), FG_OK);
  for (uint32_t pass = 0; pass < 2; pass++) {
    fg_draws_start(&draws, &row, &block, tokens, seed, 0, pass);
    type->draw(&p->model, &p->view, &draws, n);
  }
  fg_tokens_free(tokens);
}

/* Updates with n points, or two passes of draws for them, as tokens that come to those before. */
static inline void problem_learn(struct problem *p, const struct fg_point *points, size_t n, float eta) {
  if (p->model.type->draw)
    problem_draw_as(p->model.type, p, points, n, 7);
  else
    p->model.type->update(&p->model, &p->view, points, n, eta);
}

static inline void problem_end(struct problem *p) {
  free(p->rows);
  free(p->cols);
  free(p->stat);
}

#endif
