/* The posterior: from factors at evaluations to means and variances. */
#include "core/posterior.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 1024 };

static enum fg_err moments_new(struct fg_moments *m, size_t n) {
  m->n = n;
  m->mean = calloc(2 * n + 1, sizeof *m->mean);
  m->square = m->mean ? m->mean + n : NULL;
  return m->mean ? FG_OK : FG_ENOMEM;
}

/* Test points of a part; their blocks lie one after another. */
static size_t test_points(const struct fg_block_row *row) {
  size_t n = 0;
  for (uint32_t i = 0; i < row->n; i++)
    n += row->block[i].n;
  return n;
}

size_t fg_posterior_first(const struct fg_grid *g, uint32_t p, const struct fg_block *block) {
  return block->n ? (size_t)(block->points - g->test[p].block[0].points) : 0;
}

enum fg_err fg_posterior_new(const struct fg_grid *g, const struct fg_model *model, struct fg_posterior **posterior,
                             struct fg_fault *fault) {
  struct fg_posterior *s = calloc(1, sizeof *s);
  *posterior = s;
  if (!s)
    goto cleanup;
  s->row_blocks = g->row_blocks;
  s->col_blocks = g->col_blocks;
  s->row = calloc(g->row_blocks, sizeof *s->row);
  s->col = calloc(g->col_blocks, sizeof *s->col);
  s->test = calloc(g->row_blocks, sizeof *s->test);
  if (!s->row || !s->col || !s->test)
    goto cleanup;
  for (uint32_t p = 0; p < g->row_blocks; p++) {
    if (!fg_grid_holds(g, p))
      continue;
    if (moments_new(&s->row[p], (size_t)g->row[p].n * model->rank) ||
        moments_new(&s->test[p], test_points(&g->test[p])))
      goto cleanup;
    for (uint32_t q = p; q < g->col_blocks; q += g->row_blocks)
      if (moments_new(&s->col[q], (size_t)g->col[q].n * model->rank))
        goto cleanup;
  }
  return FG_OK;
cleanup:
  fg_posterior_free(s);
  *posterior = NULL;
  return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory for the means and variances of the posterior");
}

void fg_posterior_free(struct fg_posterior *s) {
  if (!s)
    return;
  for (uint32_t p = 0; p < s->row_blocks; p++) {
    if (s->row)
      free(s->row[p].mean);
    if (s->test)
      free(s->test[p].mean);
  }
  for (uint32_t q = 0; s->col && q < s->col_blocks; q++)
    free(s->col[q].mean);
  free(s->row);
  free(s->col);
  free(s->test);
  free(s);
}

bool fg_posterior_due(const struct fg_run *run, uint64_t rounds) {
  /* within an epoch some rows and columns have had drift without their noise */
  return run->posterior && rounds > 0 && rounds % run->grid.col_blocks == 0 &&
         rounds / run->grid.col_blocks >= run->model.burn && fg_run_evaluates(run, rounds);
}

void fg_posterior_begin(struct fg_posterior *s) {
  s->samples++;
}

static void add(struct fg_moments *m, size_t i, double x, double samples) {
  double apart = x - m->mean[i];
  m->mean[i] += apart / samples;
  m->square[i] += apart * (x - m->mean[i]);
}

/* n lines of a factor */
static void add_lines(struct fg_moments *m, const float *factor, uint32_t n, const struct fg_model *model,
                      uint64_t samples) {
  for (uint32_t i = 0; i < n; i++)
    for (uint32_t k = 0; k < model->rank; k++)
      add(m, (size_t)i * model->rank + k, factor[(size_t)i * model->stride + k], (double)samples);
}

void fg_posterior_add_rows(const struct fg_run *run, const struct fg_row_shard *rows) {
  add_lines(&run->posterior->row[rows->id], rows->factor, rows->rows, &run->model, run->posterior->samples);
}

enum fg_err fg_posterior_add_block(const struct fg_run *run, const struct fg_row_shard *rows,
                                   const struct fg_col_block *block) {
  struct fg_posterior *s = run->posterior;
  const struct fg_block *points = fg_grid_test(&run->grid, rows->id, block->id);
  struct fg_view view = {rows->factor, block->factor, rows->weight, block->weight, NULL};
  size_t n, first = fg_posterior_first(&run->grid, rows->id, points);
  if (block->id % run->grid.row_blocks == rows->id)
    add_lines(&s->col[block->id], block->factor, block->cols, &run->model, s->samples);
  if (points->n == 0)
    return FG_OK;
  struct fg_point *batch = malloc(BATCH * (sizeof *batch + sizeof(double))); /* simulated actors have a small stack */
  if (!batch)
    return FG_ENOMEM;
  double *out = (double *)(batch + BATCH);
  for (size_t from = 0; (n = fg_block_read(points, from, BATCH, batch)) > 0; from += n) {
    run->model.type->predict(&run->model, &view, batch, n, out);
    for (size_t i = 0; i < n; i++)
      add(&s->test[rows->id], first + from + i, out[i], (double)s->samples);
  }
  free(batch);
  return FG_OK;
}

double fg_posterior_variance(const struct fg_posterior *s, double square) {
  return s->samples > 1 ? square / (double)(s->samples - 1) : NAN;
}

void fg_posterior_sum(const struct fg_run *run, uint32_t p, struct fg_posterior_sums *sums) {
  const struct fg_block_row *row = &run->grid.test[p];
  const struct fg_moments *m = &run->posterior->test[p];
  *sums = (struct fg_posterior_sums){.points = (double)m->n};
  for (uint32_t b = 0; b < row->n; b++) {
    size_t first = fg_posterior_first(&run->grid, p, &row->block[b]);
    for (size_t i = 0; i < row->block[b].n; i++) {
      double e = row->block[b].points[i].value - m->mean[first + i];
      sums->squares += e * e;
      sums->deviations += sqrt(fg_posterior_variance(run->posterior, m->square[first + i]));
    }
  }
}

void fg_posterior_sums_add(struct fg_posterior_sums *sums, const struct fg_posterior_sums *part) {
  sums->squares += part->squares;
  sums->deviations += part->deviations;
  sums->points += part->points;
}

void fg_posterior_of(const struct fg_run *run, const struct fg_posterior_sums *sums, struct fg_evaluation *e) {
  e->samples = run->posterior->samples;
  e->posterior_metric = sums->points > 0 ? sqrt(sums->squares / sums->points) : NAN;
  e->posterior_deviation = sums->points > 0 ? sums->deviations / sums->points : NAN;
}

enum fg_err fg_posterior_sample(const struct fg_run *run, uint64_t rounds, const struct fg_factors *factors,
                                struct fg_evaluation *e, struct fg_fault *fault) {
  const struct fg_grid *g = &run->grid;
  struct fg_posterior_sums whole = {0}, part;
  if (!fg_posterior_due(run, rounds))
    return FG_OK;
  fg_posterior_begin(run->posterior);
  for (uint32_t p = 0; p < g->row_blocks; p++) {
    fg_posterior_add_rows(run, &factors->row[p]);
    for (uint32_t q = 0; q < g->col_blocks; q++)
      if (fg_posterior_add_block(run, &factors->row[p], &factors->col[q]))
        return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory for an evaluation");
    fg_posterior_sum(run, p, &part);
    fg_posterior_sums_add(&whole, &part);
  }
  fg_posterior_of(run, &whole, e);
  return FG_OK;
}
