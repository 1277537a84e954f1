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

/* *factor and *weight are the caller's, also after an error */
static enum fg_err new_lines(const struct fg_lines *lines, const struct fg_model *model,
                             void (*init)(const struct fg_model *model, uint32_t index, float *row), float **factor,
                             float **weight) {
  *factor = new_floats((size_t)lines->n * model->stride);
  *weight = new_floats(lines->n);
  if (!*factor || !*weight)
    return FG_ENOMEM;
  memcpy(*weight, lines->weight, lines->n * sizeof(float));
  for (uint32_t i = 0; i < lines->n; i++)
    init(model, lines->original[i], *factor + (size_t)i * model->stride);
  return FG_OK;
}

enum fg_err fg_factors_new(const struct fg_grid *grid, const struct fg_model *model, struct fg_factors *factors,
                           struct fg_fault *fault) {
  memset(factors, 0, sizeof *factors);
  factors->stride = model->stride;
  factors->row = calloc(grid->row_blocks, sizeof *factors->row);
  factors->col = calloc(grid->col_blocks, sizeof *factors->col);
  if (!factors->row || !factors->col)
    goto nomem;
  factors->row_blocks = grid->row_blocks;
  factors->col_blocks = grid->col_blocks;
  for (uint32_t p = 0; p < grid->row_blocks; p++) {
    struct fg_row_shard *s = &factors->row[p];
    s->id = p;
    s->rows = grid->row[p].n;
    if (grid->row[p].original &&
        new_lines(&grid->row[p], model, model->type->init_row, &s->factor, &s->weight) != FG_OK)
      goto nomem;
  }
  for (uint32_t q = 0; q < grid->col_blocks; q++) {
    struct fg_col_block *b = &factors->col[q];
    b->id = q;
    b->cols = grid->col[q].n;
    if (grid->col[q].original &&
        new_lines(&grid->col[q], model, model->type->init_col, &b->factor, &b->weight) != FG_OK)
      goto nomem;
  }
  return FG_OK;
nomem:
  fg_factors_free(factors);
  return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory for the parameters (%u x %u and %u x %u floats)",
                 grid->rows, model->stride, grid->cols, model->stride);
}

enum fg_err fg_factors_block(struct fg_col_block *block, uint32_t id, uint32_t cols, uint32_t stride) {
  if (block->factor && block->weight && block->id == id && block->cols == cols)
    return FG_OK;
  free(block->factor);
  free(block->weight);
  block->id = id;
  block->cols = cols;
  block->factor = new_floats((size_t)cols * stride);
  block->weight = new_floats(cols);
  if (block->factor && block->weight)
    return FG_OK;
  free(block->factor);
  free(block->weight);
  block->factor = block->weight = NULL;
  return FG_ENOMEM;
}

void fg_factors_free(struct fg_factors *factors) {
  for (uint32_t p = 0; factors->row && p < factors->row_blocks; p++) {
    free(factors->row[p].factor);
    free(factors->row[p].weight);
  }
  for (uint32_t q = 0; factors->col && q < factors->col_blocks; q++) {
    free(factors->col[q].factor);
    free(factors->col[q].weight);
  }
  free(factors->row);
  free(factors->col);
  memset(factors, 0, sizeof *factors);
}

enum fg_err fg_col_block_new(struct fg_col_block *block, const struct fg_model *model) {
  block->factor = new_floats((size_t)block->cols * model->stride);
  block->weight = new_floats(block->cols);
  if (block->factor && block->weight)
    return FG_OK;
  fg_col_block_drop(block);
  return FG_ENOMEM;
}

void fg_col_block_drop(struct fg_col_block *block) {
  free(block->factor);
  free(block->weight);
  block->factor = block->weight = NULL;
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
  free(part);
  return FG_OK;
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
