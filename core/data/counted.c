/* Counted data: from a specification to the sizes of blocks, without points. */
#include "core/data/counted.h"

#include "core/data/storage.h"
#include "core/share.h"
#include "core/spec.h"

#include <math.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME "counted"

static const struct fg_param params[] = {
    {"rows", NULL, FG_PARAM_COUNT, NULL, 1, 4294967295.0, NULL, "number of rows"},
    {"cols", NULL, FG_PARAM_COUNT, NULL, 1, 4294967295.0, NULL, "number of columns"},
    {"nnz", NULL, FG_PARAM_COUNT, NULL, 1, 0x1p53, NULL, "number of points, at most rows * cols"},
    {"spread", NULL, FG_PARAM_REAL, "1", 0, 1e6, NULL,
     "how unequal blocks are: 0: not at all; 1: as those of random points"},
    {0},
};
enum { ROWS, COLS, NNZ, SPREAD };

bool fg_counted_is(const char *text) {
  return strncmp(text, NAME ":", sizeof NAME) == 0;
}

enum fg_err fg_counted_parse(const char *text, struct fg_counted *c, struct fg_fault *fault) {
  struct fg_values values;
  enum fg_err err = fg_spec_parse("data " NAME, text + sizeof NAME, params, &values, fault);
  if (err)
    return err;
  const double *v = values.value;
  *c = (struct fg_counted){
      .rows = (uint32_t)v[ROWS], .cols = (uint32_t)v[COLS], .nnz = (uint64_t)v[NNZ], .spread = v[SPREAD]};
  if (v[NNZ] > v[ROWS] * v[COLS])
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "data " NAME ": a %u x %u matrix has no %.0f points", c->rows, c->cols,
                   v[NNZ]);
  return FG_OK;
}

void fg_counted_print(const struct fg_counted *c, char *text, char sha256[65]) {
  struct sha256_ctx sha;
  uint8_t digest[SHA256_DIGEST_SIZE];
  int n = snprintf(text, FG_COUNTED_TEXT, NAME ":rows=%u,cols=%u,nnz=%llu,spread=%.17g", c->rows, c->cols,
                   (unsigned long long)c->nnz, c->spread);
  sha256_init(&sha);
  sha256_update(&sha, (size_t)n, (const uint8_t *)text);
  sha256_digest(&sha, sizeof digest, digest);
  for (int i = 0; i < SHA256_DIGEST_SIZE; i++)
    snprintf(sha256 + 2 * i, 3, "%02x", digest[i]);
}

/* B(k) */
static uint64_t begin(const struct fg_counted *c, uint64_t k) {
  uint64_t even = fg_share_begin(c->nnz, k, c->blocks);
  if (k == 0 || k == c->blocks || c->most == 0)
    return even;
  /* the number of ones among 64 random bits: mean 32, variance 16 */
  double z = (__builtin_popcountll(fg_seed_derive(c->seed, k)) - 32) / 4.0, far = floor(c->sigma * z + 0.5);
  return even + (uint64_t)(int64_t)fmin(fmax(far, -c->most), c->most);
}

uint64_t fg_counted_size(const struct fg_counted *c, uint32_t col_blocks, uint32_t p, uint32_t q) {
  uint64_t k = (uint64_t)p * col_blocks + q;
  return begin(c, k + 1) - begin(c, k);
}

static void deal(struct fg_lines *lines, uint32_t blocks, uint32_t n) {
  for (uint64_t b = 0; b < blocks; b++)
    lines[b].n = (uint32_t)(fg_share_begin(n, b + 1, blocks) - fg_share_begin(n, b, blocks));
}

static enum fg_err measure(struct fg_grid *g) {
  struct fg_strata strata;
  enum fg_err err = fg_strata_start(&strata, g->row_blocks, g->col_blocks, NULL);
  uint64_t at = 0, k = 0;
  for (uint32_t p = 0; !err && p < g->row_blocks; p++)
    for (uint32_t q = 0; q < g->col_blocks; q++) {
      uint64_t next = begin(g->counted, ++k);
      fg_strata_add(&strata, p, q, next - at);
      at = next;
    }
  if (!err)
    g->imbalance = fg_strata_imbalance(&strata);
  fg_strata_free(&strata);
  return err;
}

enum fg_err fg_counted_grid(const struct fg_counted *counted, uint64_t seed, uint32_t row_blocks, uint32_t col_blocks,
                            struct fg_grid *grid, struct fg_fault *fault) {
  uint64_t blocks = (uint64_t)row_blocks * col_blocks;
  char text[FG_COUNTED_TEXT];
  memset(grid, 0, sizeof *grid);
  if (blocks >= UINT32_MAX)
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "%u x %u blocks are too many: fewer than 2^32 are counted", row_blocks,
                   col_blocks);
  if (row_blocks > counted->rows || col_blocks > counted->cols)
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "%u x %u blocks are too many for %u rows and %u columns", row_blocks,
                   col_blocks, counted->rows, counted->cols);
  *grid = (struct fg_grid){.rows = counted->rows,
                           .cols = counted->cols,
                           .row_blocks = row_blocks,
                           .col_blocks = col_blocks,
                           .n_points = counted->nnz,
                           .n_train = counted->nnz,
                           .train_sum = (double)counted->nnz,
                           .train_squares = (double)counted->nnz,
                           .counts = true,
                           .nonnegative = true,
                           .split = {.seed = seed}};
  struct fg_counted *own = malloc(sizeof *own);
  enum fg_err err = own ? fg_grid_allocate(grid) : FG_ENOMEM;
  if (err) {
    free(own);
    goto cleanup;
  }
  *own = *counted;
  own->seed = seed;
  own->blocks = blocks;
  double mean = floor((double)own->nnz / (double)blocks);
  own->sigma = own->spread * sqrt((double)own->nnz / (double)blocks / 2);
  own->most = own->spread > 0 && mean >= 3 ? floor((mean - 1) / 2) : 0;
  ((struct fg_grid_storage *)grid->storage)->counted = own;
  grid->counted = own;
  deal(grid->row, row_blocks, grid->rows);
  deal(grid->col, col_blocks, grid->cols);
  fg_counted_print(own, text, grid->sha256);
  err = measure(grid);
cleanup:
  if (err)
    fg_grid_free(grid);
  return err ? fg_fail(fault, err, NULL, 0, "not enough memory for %u x %u blocks", row_blocks, col_blocks) : FG_OK;
}
