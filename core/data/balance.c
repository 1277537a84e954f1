/* Rows and columns -> blocks of equal work. */
#include "core/data/balance.h"

#include "core/rng.h"

#include <stdlib.h>
#include <string.h>

/* a block in the heap: the one that has least of `first` (ties: of `second`, then the lower id) is on top */
struct bin {
  uint64_t first, second;
  uint32_t id;
};

static int before(const struct bin *a, const struct bin *b) {
  if (a->first != b->first)
    return a->first < b->first;
  if (a->second != b->second)
    return a->second < b->second;
  return a->id < b->id;
}

static void sift_down(struct bin *heap, uint32_t n, uint32_t at) {
  struct bin moved = heap[at];
  for (size_t child; (child = 2 * (size_t)at + 1) < n; at = (uint32_t)child) {
    if (child + 1 < n && before(&heap[child + 1], &heap[child]))
      child++;
    if (!before(&heap[child], &moved))
      break;
    heap[at] = heap[child];
  }
  heap[at] = moved;
}

static void shuffle(uint32_t *line, uint32_t n, struct fg_rng *rng) {
  for (uint32_t i = 0; i < n; i++)
    line[i] = i;
  for (uint32_t i = n; i > 1; i--) {
    uint32_t j = fg_rng_below(rng, i), t = line[i - 1];
    line[i - 1] = line[j];
    line[j] = t;
  }
}

/* Stable, by falling degree, two passes of 16 bits: equal degrees keep the random order they come in.
 * count: 65536 entries of scratch. */
static void sort_by_degree(const uint32_t *degree, uint32_t n, uint32_t *line, uint32_t *scratch, uint32_t *count) {
  uint32_t *from = line, *to = scratch;
  for (unsigned shift = 0; shift < 32; shift += 16) {
    memset(count, 0, 65536 * sizeof *count);
    for (uint32_t i = 0; i < n; i++)
      count[degree[from[i]] >> shift & 0xffff]++;
    uint32_t sum = 0;
    for (uint32_t d = 65536; d-- > 0;) {
      uint32_t c = count[d];
      count[d] = sum;
      sum += c;
    }
    for (uint32_t i = 0; i < n; i++)
      to[count[degree[from[i]] >> shift & 0xffff]++] = from[i];
    uint32_t *t = from;
    from = to;
    to = t;
  }
}

static void deal(const uint32_t *degree, uint32_t n, const uint32_t *sorted, struct bin *heap, uint32_t blocks,
                 uint32_t *block_of) {
  for (uint32_t b = 0; b < blocks; b++)
    heap[b] = (struct bin){.id = b};
  uint32_t i = 0;
  for (; i < n && degree[sorted[i]]; i++) { /* first: points, second: lines */
    block_of[sorted[i]] = heap[0].id;
    heap[0].first += degree[sorted[i]];
    heap[0].second++;
    sift_down(heap, blocks, 0);
  }
  for (uint32_t b = 0; b < blocks; b++) {
    uint64_t points = heap[b].first;
    heap[b].first = heap[b].second;
    heap[b].second = points;
  }
  for (uint32_t b = blocks / 2; b-- > 0;)
    sift_down(heap, blocks, b);
  for (; i < n; i++) { /* first: lines, second: points */
    block_of[sorted[i]] = heap[0].id;
    heap[0].first++;
    sift_down(heap, blocks, 0);
  }
}

enum fg_err fg_balance(const uint32_t *degree, uint32_t n, uint32_t blocks, uint64_t seed, enum fg_axis axis,
                       uint32_t *begin, uint32_t *original, uint32_t *block_of) {
  enum fg_err err = FG_ENOMEM;
  uint32_t *random_order = malloc((size_t)n * sizeof *random_order);
  uint32_t *sorted = malloc((size_t)n * sizeof *sorted);
  uint32_t *count = malloc(65536 * sizeof *count);
  struct bin *heap = malloc((size_t)blocks * sizeof *heap);
  if (!random_order || !sorted || !count || !heap)
    goto cleanup;
  struct fg_rng rng;
  fg_rng_start(&rng, seed, FG_STREAM_GRID, 0, axis);
  shuffle(random_order, n, &rng);
  memcpy(sorted, random_order, (size_t)n * sizeof *sorted);
  sort_by_degree(degree, n, sorted, original, count); /* `original` serves as scratch until it is filled below */
  deal(degree, n, sorted, heap, blocks, block_of);

  /* lines enter their block in random order, so that heavy ones do not end up in one tile */
  memset(begin, 0, ((size_t)blocks + 1) * sizeof *begin);
  for (uint32_t i = 0; i < n; i++)
    begin[block_of[i] + 1]++;
  for (uint32_t b = 0; b < blocks; b++)
    begin[b + 1] += begin[b];
  for (uint32_t b = 0; b < blocks; b++)
    heap[b].first = begin[b]; /* from here on: where the next line of block b goes */
  for (uint32_t i = 0; i < n; i++)
    original[heap[block_of[random_order[i]]].first++] = random_order[i];
  err = FG_OK;
cleanup:
  free(random_order);
  free(sorted);
  free(count);
  free(heap);
  return err;
}
