/* Rows and columns -> blocks of equal work, or of work in proportion to shares. */
#include "core/data/balance.h"

#include "core/rng.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* A block in the heap. The next line goes to the top: least load, ties: fewest lines, fewest points, lower id. */
struct bin {
  double load; /* of points, or of lines where they have no points, with the next line and for its share */
  double share;
  uint64_t points;
  uint32_t lines, id;
};

static bool before(const struct bin *a, const struct bin *b) {
  if (a->load != b->load)
    return a->load < b->load;
  if (a->lines != b->lines)
    return a->lines < b->lines;
  if (a->points != b->points)
    return a->points < b->points;
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

/* degree: of the next line. Numbers of points are exact in a double, and quotients by one share differ as they do. */
static void set_load(struct bin *bin, uint32_t degree) {
  bin->load = (degree ? (double)(bin->points + degree) : (double)bin->lines + 1) / bin->share;
}

static void order(struct bin *heap, uint32_t n, uint32_t degree) {
  for (uint32_t b = 0; b < n; b++)
    set_load(&heap[b], degree);
  for (uint32_t b = n / 2; b-- > 0;)
    sift_down(heap, n, b);
}

static uint32_t keep_empty(struct bin *heap, uint32_t n) {
  uint32_t kept = 0;
  for (uint32_t b = 0; b < n; b++)
    if (!heap[b].lines)
      heap[kept++] = heap[b];
  return kept;
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

static void deal(const uint32_t *degree, uint32_t n, const uint32_t *sorted, const double *share, struct bin *heap,
                 uint32_t blocks, uint32_t *block_of) {
  for (uint32_t b = 0; b < blocks; b++)
    heap[b] = (struct bin){.share = share ? share[b] : 1, .id = b};
  uint32_t size = blocks, empty = blocks;
  bool last = false; /* as many lines are left as blocks without one: only these are in the heap, for one line each */
  for (uint32_t i = 0; i < n; i++) {
    uint32_t d = degree[sorted[i]];
    bool anew = i == 0 || d != degree[sorted[i - 1]];
    if (!last && n - i == empty) {
      size = keep_empty(heap, size);
      last = anew = true;
    }
    if (anew)
      order(heap, size, d);
    struct bin *to = &heap[0];
    block_of[sorted[i]] = to->id;
    empty -= to->lines == 0;
    to->lines++;
    to->points += d;
    set_load(to, d);
    if (last)
      heap[0] = heap[--size];
    sift_down(heap, size, 0);
  }
}

enum fg_err fg_balance(const uint32_t *degree, uint32_t n, uint32_t blocks, const double *share, uint64_t seed,
                       enum fg_axis axis, uint32_t *begin, uint32_t *original, uint32_t *block_of) {
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
  deal(degree, n, sorted, share, heap, blocks, block_of);

  /* lines enter their block in random order, so that heavy ones do not end up in one tile */
  memset(begin, 0, ((size_t)blocks + 1) * sizeof *begin);
  for (uint32_t i = 0; i < n; i++)
    begin[block_of[i] + 1]++;
  for (uint32_t b = 0; b < blocks; b++)
    begin[b + 1] += begin[b];
  for (uint32_t b = 0; b < blocks; b++)
    heap[b].points = begin[b]; /* from here on: where the next line of block b goes */
  for (uint32_t i = 0; i < n; i++)
    original[heap[block_of[random_order[i]]].points++] = random_order[i];
  err = FG_OK;
cleanup:
  free(random_order);
  free(sorted);
  free(count);
  free(heap);
  return err;
}
