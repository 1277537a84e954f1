/* Parameters: from a model and a grid to shards and blocks, and from those to what is compared and saved. */
#include "core/factors.h"

#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* one zeroed, aligned array of n floats, never NULL on success even for n = 0 */
static float *new_floats(size_t n) {
  size_t bytes = (n * sizeof(float) + FG_ALIGN - 1) / FG_ALIGN * FG_ALIGN;
  if (bytes == 0)
    bytes = FG_ALIGN;
  float *p = aligned_alloc(FG_ALIGN, bytes);
  if (p)
    memset(p, 0, bytes);
  return p;
}

static void fill(const struct fg_lines *lines, const struct fg_model *model,
                 void (*init)(const struct fg_model *model, uint32_t index, float *row), float *factor, float *weight) {
  memcpy(weight, lines->weight, lines->n * sizeof(float));
  for (uint32_t i = 0; i < lines->n; i++)
    init(model, lines->original[i], factor + (size_t)i * model->stride);
}

static enum fg_err no_memory(const struct fg_grid *grid, const struct fg_model *model, struct fg_fault *fault) {
  return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory for the parameters (%u x %u and %u x %u floats)",
                 grid->rows, model->stride, grid->cols, model->stride);
}

enum fg_err fg_factors_shape(const struct fg_grid *grid, const struct fg_model *model, struct fg_factors *factors,
                             struct fg_fault *fault) {
  memset(factors, 0, sizeof *factors);
  factors->stride = model->stride;
  memcpy(factors->tuned, model->tuned, sizeof factors->tuned);
  factors->row = calloc(grid->row_blocks, sizeof *factors->row);
  factors->col = calloc(grid->col_blocks, sizeof *factors->col);
  if (!factors->row || !factors->col) {
    fg_factors_free(factors);
    return no_memory(grid, model, fault);
  }
  factors->row_blocks = grid->row_blocks;
  factors->col_blocks = grid->col_blocks;
  for (uint32_t p = 0; p < grid->row_blocks; p++)
    factors->row[p] = (struct fg_row_shard){.id = p, .rows = grid->row[p].n};
  for (uint32_t q = 0; q < grid->col_blocks; q++)
    factors->col[q] = (struct fg_col_block){.id = q, .cols = grid->col[q].n};
  return FG_OK;
}

enum fg_err fg_factors_new(const struct fg_grid *grid, const struct fg_model *model, struct fg_factors *factors,
                           struct fg_fault *fault) {
  uint32_t most = 0;
  bool travel = false; /* blocks come from other processes and go there */
  enum fg_err err = fg_factors_shape(grid, model, factors, fault);
  if (err)
    return err;
  for (uint32_t p = 0; p < grid->row_blocks; p++) {
    struct fg_row_shard *s = &factors->row[p];
    if (!grid->row[p].original)
      continue;
    s->factor = new_floats((size_t)s->rows * model->stride);
    s->weight = new_floats(s->rows);
    if (!s->factor || !s->weight)
      goto nomem;
    fill(&grid->row[p], model, model->type->init_row, s->factor, s->weight);
    if (model->type->draw && fg_tokens_new(grid, p, &s->tokens))
      goto nomem;
  }
  for (uint32_t q = 0; q < grid->col_blocks; q++) {
    if (grid->col[q].n > most)
      most = grid->col[q].n;
    travel = travel || !grid->col[q].original;
  }
  factors->most_cols = travel ? most : 0;
  for (uint32_t q = 0; q < grid->col_blocks; q++) {
    if (!grid->col[q].original)
      continue;
    if (fg_factors_hold(factors, q))
      goto nomem;
    fill(&grid->col[q], model, model->type->init_col, factors->col[q].factor, factors->col[q].weight);
  }
  return FG_OK;
nomem:
  fg_factors_free(factors);
  return no_memory(grid, model, fault);
}

void fg_factors_free(struct fg_factors *factors) {
  for (uint32_t p = 0; factors->row && p < factors->row_blocks; p++) {
    free(factors->row[p].factor);
    free(factors->row[p].weight);
    fg_tokens_free(factors->row[p].tokens);
  }
  for (uint32_t q = 0; factors->col && q < factors->col_blocks; q++)
    free(factors->col[q].factor);
  for (int i = 0; i < FG_SPARES; i++)
    free(factors->spare[i]);
  free(factors->row);
  free(factors->col);
  memset(factors, 0, sizeof *factors);
}

enum fg_err fg_factors_hold(struct fg_factors *f, uint32_t q) {
  struct fg_col_block *block = &f->col[q];
  uint32_t cols = f->most_cols > block->cols ? f->most_cols : block->cols;
  size_t floats = (size_t)cols * f->stride;
  float *piece = NULL;
  for (int i = 0; i < FG_SPARES && !piece; i++) {
    piece = f->spare[i];
    f->spare[i] = NULL;
  }
  if (!piece)
    piece = new_floats(floats + cols);
  if (!piece)
    return FG_ENOMEM;
  block->factor = piece;
  block->weight = piece + floats;
  return FG_OK;
}

void fg_factors_drop(struct fg_factors *f, uint32_t q) {
  float *piece = f->col[q].factor;
  f->col[q].factor = f->col[q].weight = NULL;
  for (int i = 0; i < FG_SPARES && f->most_cols && piece; i++)
    if (!f->spare[i]) {
      f->spare[i] = piece;
      piece = NULL;
    }
  free(piece);
}

enum fg_err fg_factors_stat(const struct fg_factors *factors, const struct fg_model *model, double *stat) {
  if (!model->n_stat)
    return FG_OK;
  double *part = malloc(model->n_stat * sizeof *part);
  if (!part)
    return FG_ENOMEM;
  memset(stat, 0, model->n_stat * sizeof *stat);
  for (uint32_t q = 0; q < factors->col_blocks; q++) {
    memset(part, 0, model->n_stat * sizeof *part);
    model->type->stat(model, factors->col[q].factor, factors->col[q].weight, factors->col[q].cols, part);
    for (uint32_t k = 0; k < model->n_stat; k++)
      stat[k] += part[k];
  }
  fg_model_put_tuned(model, factors->tuned, stat);
  free(part);
  return FG_OK;
}

enum fg_err fg_factors_normalise(struct fg_factors *factors, const struct fg_model *model) {
  if (!model->type->divisor)
    return FG_OK;
  double *stat = malloc(2 * model->n_stat * sizeof *stat), *divisor = stat + model->n_stat;
  enum fg_err err = stat ? fg_factors_stat(factors, model, stat) : FG_ENOMEM;
  if (!err)
    fg_model_divisors(model, stat, divisor);
  for (uint32_t q = 0; q < factors->col_blocks && !err; q++)
    fg_model_rescale(model, factors->col[q].factor, factors->col[q].cols, divisor);
  free(stat);
  return err;
}

void fg_factors_copy_row(struct fg_factors *to, const struct fg_row_shard *from) {
  memcpy(to->row[from->id].factor, from->factor, (size_t)from->rows * to->stride * sizeof(float));
}

void fg_factors_copy_col(struct fg_factors *to, const struct fg_col_block *from) {
  memcpy(to->col[from->id].factor, from->factor, (size_t)from->cols * to->stride * sizeof(float));
}

void fg_factors_gather(const struct fg_factors *factors, const struct fg_grid *grid, const struct fg_model *model,
                       int side, float *out) {
  uint32_t blocks = side ? factors->col_blocks : factors->row_blocks;
  for (uint32_t b = 0; b < blocks; b++) {
    const struct fg_lines *lines = side ? &grid->col[b] : &grid->row[b];
    const float *factor = side ? factors->col[b].factor : factors->row[b].factor;
    for (uint32_t i = 0; i < lines->n; i++)
      memcpy(out + (size_t)lines->original[i] * model->rank, factor + (size_t)i * model->stride,
             model->rank * sizeof(float));
  }
}

enum fg_err fg_factors_sha256(const struct fg_factors *factors, const struct fg_grid *grid,
                              const struct fg_model *model, char hex[65]) {
  size_t most = grid->rows > grid->cols ? grid->rows : grid->cols;
  float *flat = malloc((most ? most : 1) * model->rank * sizeof *flat);
  if (!flat)
    return FG_ENOMEM;
  struct sha256_ctx sha;
  sha256_init(&sha);
  for (int side = 0; side < 2; side++) {
    fg_factors_gather(factors, grid, model, side, flat);
    sha256_update(&sha, (size_t)(side ? grid->cols : grid->rows) * model->rank * sizeof *flat, (const uint8_t *)flat);
  }
  uint8_t digest[SHA256_DIGEST_SIZE];
  sha256_digest(&sha, sizeof digest, digest);
  for (int i = 0; i < SHA256_DIGEST_SIZE; i++)
    snprintf(hex + 2 * i, 3, "%02x", digest[i]);
  free(flat);
  return FG_OK;
}
