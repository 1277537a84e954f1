/* The memory of one machine. The linker leads malloc and its like here (--wrap). Addresses are a function of the sizes
 * in use, first fit, and freed memory is zeroed: machines that have the same in memory look the same. */
#include "proofs/explore/arena.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__real_aligned_alloc(size_t align, size_t n);
void __real_free(void *p);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
void *__wrap_aligned_alloc(size_t align, size_t n);
void __wrap_free(void *p);

enum { HEAP = 1 << 16, PIECES = 200, GRAIN = 16 };

struct piece {
  uint32_t at, n;
};

/* Mutable and static, since malloc has no argument for it. */
static struct {
  uint32_t n;
  struct piece piece[PIECES]; /* in use, by address */
  _Alignas(64) unsigned char heap[HEAP];
} arena;
static bool inside, failed;
static unsigned char packed[sizeof arena];

static uint32_t extent(void) {
  return arena.n ? arena.piece[arena.n - 1].at + arena.piece[arena.n - 1].n : 0;
}

static void *take(size_t align, size_t n) {
  n = n < HEAP ? n : HEAP + 1; /* more is as much too much, and does not wrap */
  uint32_t at = 0, i = 0, size = (uint32_t)((n ? n : 1) + GRAIN - 1) / GRAIN * GRAIN;
  for (; i < arena.n; i++) {
    if (at + size <= arena.piece[i].at)
      break;
    at = (uint32_t)((arena.piece[i].at + arena.piece[i].n + align - 1) / align * align);
  }
  if (arena.n == PIECES || at + size > HEAP) {
    failed = true;
    return NULL;
  }
  memmove(&arena.piece[i + 1], &arena.piece[i], (arena.n - i) * sizeof arena.piece[0]);
  arena.piece[i] = (struct piece){at, size};
  arena.n++;
  return arena.heap + at;
}

static bool is_ours(const void *p) {
  return (const unsigned char *)p >= arena.heap && (const unsigned char *)p < arena.heap + HEAP;
}

/* arena.n: there is no such piece */
static uint32_t find(const void *p) {
  uint32_t at = (uint32_t)((const unsigned char *)p - arena.heap), i = 0;
  while (i < arena.n && arena.piece[i].at != at)
    i++;
  failed |= i == arena.n;
  return i;
}

static void give(void *p) {
  uint32_t i = find(p);
  if (i == arena.n)
    return;
  memset(p, 0, arena.piece[i].n);
  arena.n--;
  memmove(&arena.piece[i], &arena.piece[i + 1], (arena.n - i) * sizeof arena.piece[0]);
}

void *__wrap_malloc(size_t n) {
  return inside ? take(GRAIN, n) : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size) {
  return inside ? take(GRAIN, n * size) : __real_calloc(n, size); /* what is free is zero */
}

void *__wrap_aligned_alloc(size_t align, size_t n) {
  return inside ? take(align, n) : __real_aligned_alloc(align, n);
}

void *__wrap_realloc(void *p, size_t n) {
  if (!inside || (p && !is_ours(p)))
    return __real_realloc(p, n);
  void *more = take(GRAIN, n);
  uint32_t i = p && more ? find(p) : arena.n;
  if (i < arena.n) {
    size_t old = arena.piece[i].n;
    memcpy(more, p, old < n ? old : n);
    give(p);
  }
  return more;
}

void __wrap_free(void *p) {
  if (p && is_ours(p))
    give(p);
  else
    __real_free(p);
}

void fg_arena_clear(void) {
  memset(&arena, 0, sizeof arena);
  failed = false;
}

bool fg_arena_failed(void) {
  return failed;
}

void fg_arena_enter(void) {
  inside = true;
}

void fg_arena_leave(void) {
  inside = false;
}

void *fg_arena_root(void) {
  return arena.heap;
}

const void *fg_arena_bytes(size_t *n) {
  size_t table = arena.n * sizeof arena.piece[0], heap = extent();
  memcpy(packed, &arena.n, sizeof arena.n);
  memcpy(packed + sizeof arena.n, arena.piece, table);
  memcpy(packed + sizeof arena.n + table, arena.heap, heap);
  *n = sizeof arena.n + table + heap;
  return packed;
}

bool fg_arena_save(struct fg_image *image) {
  const void *bytes = fg_arena_bytes(&image->n);
  image->bytes = __real_malloc(image->n);
  if (image->bytes)
    memcpy(image->bytes, bytes, image->n);
  return image->bytes != NULL;
}

void fg_arena_load(const struct fg_image *image) {
  size_t was = extent();
  memcpy(&arena.n, image->bytes, sizeof arena.n);
  size_t table = arena.n * sizeof arena.piece[0];
  memcpy(arena.piece, image->bytes + sizeof arena.n, table);
  size_t heap = extent();
  memcpy(arena.heap, image->bytes + sizeof arena.n + table, heap);
  if (heap < was)
    memset(arena.heap + heap, 0, was - heap);
}
