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
    s->rows = fg_grid_row_count(grid, p);
    s->factor = new_floats((size_t)s->rows * model->stride);
    s->weight = new_floats(s->rows);
    if (!s->factor || !s->weight)
      goto nomem;
    uint32_t begin = grid->row_begin[p];
    memcpy(s->weight, grid->row_weight + begin, s->rows * sizeof(float));
    for (uint32_t i = 0; i < s->rows; i++)
      model->type->init_row(model, grid->row_original[begin + i], s->factor + (size_t)i * model->stride);
  }
  for (uint32_t q = 0; q < grid->col_blocks; q++) {
    struct fg_col_block *b = &factors->col[q];
    b->id = q;
    b->cols = fg_grid_col_count(grid, q);
    b->factor = new_floats((size_t)b->cols * model->stride);
    b->weight = new_floats(b->cols);
    if (!b->factor || !b->weight)
      goto nomem;
    uint32_t begin = grid->col_begin[q];
    memcpy(b->weight, grid->col_weight + begin, b->cols * sizeof(float));
    for (uint32_t j = 0; j < b->cols; j++)
      model->type->init_col(model, grid->col_original[begin + j], b->factor + (size_t)j * model->stride);
  }
  return FG_OK;
nomem:
  fg_factors_free(factors);
  return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory for the parameters (%u x %u and %u x %u floats)",
                 grid->rows, model->stride, grid->cols, model->stride);
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

void fg_factors_stat(const struct fg_factors *factors, const struct fg_model *model, double *stat) {
  if (!model->n_stat)
    return;
  memset(stat, 0, model->n_stat * sizeof *stat);
  for (uint32_t q = 0; q < factors->col_blocks; q++)
    model->type->stat(model, factors->col[q].factor, factors->col[q].weight, factors->col[q].cols, stat);
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
  const uint32_t *begin = side ? grid->col_begin : grid->row_begin;
  const uint32_t *original = side ? grid->col_original : grid->row_original;
  for (uint32_t b = 0; b < blocks; b++) {
    const float *factor = side ? factors->col[b].factor : factors->row[b].factor;
    for (uint32_t i = begin[b]; i < begin[b + 1]; i++)
      memcpy(out + (size_t)original[i] * model->rank, factor + (size_t)(i - begin[b]) * model->stride,
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
