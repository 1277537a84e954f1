/* Nothing -> cells: the first step of a synthetic matrix. */
#include "core/data/placement.h"

#include "core/rng.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct fg_placement_key {
  double key;
  uint32_t col;
};

/* order[r]: the row (column) that is the r-th most popular. */
static void random_order(uint32_t *order, uint32_t n, uint64_t seed, uint64_t axis) {
  struct fg_rng rng;
  fg_rng_start(&rng, seed, FG_STREAM_GENERATE, axis, FG_SUB_POPULARITY);
  for (uint32_t i = 0; i < n; i++) { /* Fisher-Yates, inside out */
    uint32_t j = fg_rng_below(&rng, i + 1);
    order[i] = order[j];
    order[j] = i;
  }
}

/* Shares nnz among the rows by the power law, at most `cols` each: the k most popular rows are full, the others get
 * scale * weight, with the smallest k for which none of them overflows. Rounding the running sum keeps the total. */
static void share_out(const struct fg_placement *pl, const uint32_t *order, const double *weight, uint64_t nnz) {
  double rest = 0;
  for (uint32_t r = pl->rows; r-- > 0;)
    rest += weight[r];
  uint32_t full = 0;
  uint64_t left = nnz;
  while (full < pl->rows && (double)left * weight[full] / rest >= pl->cols) {
    rest -= weight[full];
    pl->degree[order[full++]] = pl->cols;
    left -= pl->cols;
  }
  double sum = 0, total = 0;
  for (uint32_t r = full; r < pl->rows; r++)
    total += weight[r]; /* afresh, in the order of the loop below: the last running sum is then exactly `left` */
  uint64_t given = 0;
  for (uint32_t r = full; r < pl->rows; r++) {
    sum += weight[r];
    uint64_t upto = (uint64_t)((double)left * (sum / total) + 0.5);
    uint64_t share = upto - given;
    pl->degree[order[r]] = share < pl->cols ? (uint32_t)share : pl->cols;
    given += pl->degree[order[r]];
  }
  for (uint32_t r = full; r < pl->rows && given < left; r++) /* what a share rounded up beyond the full row has lost */
    for (; pl->degree[order[r]] < pl->cols && given < left; given++)
      pl->degree[order[r]]++;
}

enum fg_err fg_placement_start(struct fg_placement *pl, const char *what, uint32_t rows, uint32_t cols, uint64_t nnz,
                               double popularity, uint64_t seed, struct fg_fault *fault) {
  *pl = (struct fg_placement){.rows = rows, .cols = cols, .seed = seed};
  if (nnz > (uint64_t)rows * cols)
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "%s: nnz=%llu points do not fit into %u x %u cells", what,
                   (unsigned long long)nnz, rows, cols);
  enum fg_err err = FG_ENOMEM;
  uint32_t longer = rows > cols ? rows : cols;
  uint32_t *order = malloc((size_t)longer * sizeof *order);
  double *weight = malloc((size_t)longer * sizeof *weight);
  pl->degree = malloc((size_t)rows * sizeof *pl->degree);
  pl->weight = malloc((size_t)cols * sizeof *pl->weight);
  pl->taken_by = calloc(cols, sizeof *pl->taken_by);
  pl->key = malloc((size_t)cols * sizeof *pl->key);
  pl->rng = gsl_rng_alloc(fg_rng_gsl());
  if (!order || !weight || !pl->degree || !pl->weight || !pl->taken_by || !pl->key || !pl->rng)
    goto cleanup;
  for (uint32_t r = 0; r < longer; r++)
    weight[r] = pow((double)r + 1, -popularity);
  random_order(order, rows, seed, 0);
  share_out(pl, order, weight, nnz);
  random_order(order, cols, seed, 1);
  for (uint32_t r = 0; r < cols; r++)
    pl->weight[order[r]] = weight[r];
  pl->popular = gsl_ran_discrete_preproc(cols, pl->weight);
  err = pl->popular ? FG_OK : FG_ENOMEM;
cleanup:
  free(order);
  free(weight);
  return err ? fg_fail(fault, err, NULL, 0, "out of memory for %u rows and %u columns", rows, cols) : FG_OK;
}

/* Brings the n smallest of `key` to the front (Hoare's selection). */
static void select_smallest(struct fg_placement_key *key, uint32_t size, uint32_t n) {
  uint32_t lo = 0, hi = size;
  while (hi - lo > 1 && lo < n && n < hi) {
    double pivot = key[lo + (hi - lo) / 2].key;
    uint32_t below = lo, at = lo, above = hi; /* three parts: less, equal, greater */
    while (at < above) {
      struct fg_placement_key k = key[at];
      if (k.key < pivot) {
        key[at++] = key[below];
        key[below++] = k;
      } else if (k.key > pivot) {
        key[at] = key[--above];
        key[above] = k;
      } else {
        at++;
      }
    }
    if (n <= below)
      hi = below;
    else if (n >= above)
      lo = above;
    else
      return;
  }
}

void fg_placement_row(struct fg_placement *pl, uint32_t row, uint32_t *col) {
  uint32_t n = 0, wanted = pl->degree[row];
  if (wanted == pl->cols) {
    for (; n < wanted; n++)
      col[n] = n;
    return;
  }
  fg_rng_gsl_start(pl->rng, pl->seed, FG_STREAM_GENERATE, row, FG_SUB_CELLS);
  /* Draw again what was drawn before ... */
  for (uint64_t tries = (uint64_t)wanted + pl->cols; n < wanted && tries; tries--) {
    uint32_t j = (uint32_t)gsl_ran_discrete(pl->rng, pl->popular);
    if (pl->taken_by[j] == row + 1)
      continue;
    pl->taken_by[j] = row + 1;
    col[n++] = j;
  }
  if (n == wanted)
    return;
  /* ... and where little is left to draw, the same law by exponential keys (Efraimidis and Spirakis 2006): the smallest
   * of Exp(weight) drawings are a sample without replacement. */
  uint32_t left = 0;
  for (uint32_t j = 0; j < pl->cols; j++)
    if (pl->taken_by[j] != row + 1)
      pl->key[left++] = (struct fg_placement_key){-log(gsl_rng_uniform(pl->rng)) / pl->weight[j], j};
  select_smallest(pl->key, left, wanted - n);
  for (uint32_t i = 0; n < wanted; i++)
    col[n++] = pl->key[i].col;
}

void fg_placement_free(struct fg_placement *pl) {
  free(pl->degree);
  free(pl->weight);
  free(pl->taken_by);
  free(pl->key);
  if (pl->popular)
    gsl_ran_discrete_free(pl->popular);
  if (pl->rng)
    gsl_rng_free(pl->rng);
  *pl = (struct fg_placement){0};
}
