/* Between reading and splitting a network: links to oneself are added, and pairs without a link are drawn. The walk
 * visits every pair of numbers of `bits` bits once, in the order of a pseudo-random permutation (a Feistel network: two
 * halves, a node each, take turns in masking the other), and leaves out what is no pair of nodes, a loop, or given by
 * the data. So nothing needs to be kept of what was drawn, and a draw of all pairs takes no longer than it must. */
#include "core/data/zeros.h"

#include "core/rng.h"

#include <math.h>
#include <stdlib.h>

static const uint64_t none = UINT64_MAX; /* the loop at the last node: never in the set */

/* SplitMix64's finaliser (Steele, Lea, Flood 2014) */
static uint64_t mix(uint64_t x) {
  x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
  x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
  return x ^ x >> 31;
}

uint64_t fg_zeros_bytes(uint32_t nodes, uint64_t pairs) {
  return (2 * pairs + 1) * sizeof(uint64_t) + nodes / 8 + 1;
}

enum fg_err fg_zeros_start(struct fg_zeros *zeros, uint32_t nodes, uint64_t pairs, bool unordered) {
  *zeros = (struct fg_zeros){.nodes = nodes, .unordered = unordered, .room = 2 * pairs + 1};
  zeros->key = pairs < UINT64_MAX / 32 ? malloc(zeros->room * sizeof *zeros->key) : NULL;
  for (uint64_t k = 0; zeros->key && k < zeros->room; k++)
    zeros->key[k] = none;
  zeros->own = calloc(nodes / 8 + (size_t)1, 1);
  return zeros->key && zeros->own ? FG_OK : FG_ENOMEM;
}

/* Where a pair is, or would be. */
static uint64_t *find(const struct fg_zeros *zeros, uint32_t row, uint32_t col) {
  bool swap = zeros->unordered && row > col;
  uint64_t key = swap ? (uint64_t)col << 32 | row : (uint64_t)row << 32 | col;
  uint64_t at = mix(key + 1) % zeros->room;
  while (zeros->key[at] != none && zeros->key[at] != key)
    at = at + 1 < zeros->room ? at + 1 : 0;
  return &zeros->key[at];
}

void fg_zeros_link(struct fg_zeros *zeros, uint32_t row, uint32_t col, float value) {
  if (row == col) {
    zeros->own[row / 8] |= (unsigned char)(1u << row % 8);
    return;
  }
  uint64_t *key = find(zeros, row, col);
  if (*key != none)
    return;
  bool swap = zeros->unordered && row > col;
  *key = swap ? (uint64_t)col << 32 | row : (uint64_t)row << 32 | col;
  zeros->pairs++;
  zeros->links += value != 0;
}

enum fg_err fg_zeros_draw(struct fg_zeros *zeros, const struct fg_read_options *read, const char *path,
                          struct fg_fault *fault) {
  double per_link = read->zeros;
  uint64_t all = (uint64_t)zeros->nodes * (zeros->nodes - 1) / (zeros->unordered ? 2 : 1), there = all - zeros->pairs;
  double wanted = isinf(per_link) ? (double)there : round(per_link * (double)zeros->links);
  if (wanted > (double)there)
    return fg_fail(fault, FG_EINPUT, path, 0,
                   "zeros=%g: %.0f pairs without a link are to be drawn for %llu links, and the network has only %llu "
                   "(zeros=inf takes them all)",
                   per_link, wanted, (unsigned long long)zeros->links, (unsigned long long)there);
  zeros->left = isinf(per_link) ? there : (uint64_t)wanted;
  zeros->at = 0;
  zeros->node = 0;
  zeros->loops = (float)read->loops;
  zeros->bits = 1;
  while (zeros->bits < 32 && (uint64_t)1 << zeros->bits < zeros->nodes)
    zeros->bits++;
  struct fg_rng rng;
  fg_rng_start(&rng, read->seed, FG_STREAM_ZEROS, 0, 0);
  for (size_t r = 0; r < sizeof zeros->round / sizeof zeros->round[0]; r++)
    zeros->round[r] = fg_rng_u32(&rng);
  return FG_OK;
}

bool fg_zeros_next(struct fg_zeros *zeros, uint32_t *row, uint32_t *col, float *value) {
  *value = zeros->loops;
  for (; zeros->loops != 0 && zeros->node < zeros->nodes; zeros->node++)
    if (!(zeros->own[zeros->node / 8] >> zeros->node % 8 & 1)) {
      *row = *col = zeros->node++;
      return true;
    }
  *value = 0;
  const uint64_t mask = ((uint64_t)1 << zeros->bits) - 1;
  while (zeros->left) {
    uint64_t i = zeros->at >> zeros->bits, j = zeros->at & mask;
    zeros->at++;
    for (size_t r = 0; r < sizeof zeros->round / sizeof zeros->round[0]; r++) {
      uint64_t kept = j;
      j = i ^ (mix((uint64_t)zeros->round[r] << 32 | j) >> 32 & mask);
      i = kept;
    }
    if (i >= zeros->nodes || j >= zeros->nodes || (zeros->unordered ? i >= j : i == j) ||
        *find(zeros, (uint32_t)i, (uint32_t)j) != none)
      continue;
    zeros->left--;
    *row = (uint32_t)i;
    *col = (uint32_t)j;
    return true;
  }
  return false;
}

void fg_zeros_free(struct fg_zeros *zeros) {
  free(zeros->key);
  free(zeros->own);
  *zeros = (struct fg_zeros){0};
}

enum fg_err fg_zeros_add(struct fg_points *points, bool unordered, const struct fg_read_options *read, const char *path,
                         struct fg_fault *fault) {
  struct fg_zeros zeros;
  float value;
  enum fg_err err = fg_zeros_start(&zeros, points->rows, points->n, unordered);
  for (size_t i = 0; i < points->n && !err; i++)
    fg_zeros_link(&zeros, points->row[i], points->col[i], points->value[i]);
  if (!err)
    err = fg_zeros_draw(&zeros, read, path, fault);
  for (uint32_t row, col; !err && fg_zeros_next(&zeros, &row, &col, &value);)
    err = fg_points_push(points, row, col, value);
  if (err == FG_ENOMEM)
    fg_fail(
        fault, err, path, 0,
        "not enough memory for more than %zu points: zeros=%g adds the pairs without a link, and a smaller one fewer",
        points->n, read->zeros);
  fg_zeros_free(&zeros);
  return err;
}
