/* Memory that is given back all at once. */
#include "sweep/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { PIECE = 1 << 16 }; /* [B] */

struct fg_arena_piece {
  struct fg_arena_piece *next;
  size_t used, size;
  max_align_t bytes[];
};

void *fg_arena_take(struct fg_arena *arena, size_t n, size_t size) {
  const size_t unit = sizeof(max_align_t);
  if (size && n > (SIZE_MAX / 2 - PIECE) / size)
    return NULL;
  size_t units = (n * size + unit - 1) / unit;
  struct fg_arena_piece *piece = arena->piece;
  if (!piece || piece->size - piece->used < units) {
    size_t room = units > PIECE / unit ? units : PIECE / unit;
    piece = calloc(1, sizeof *piece + room * unit);
    if (!piece)
      return NULL;
    *piece = (struct fg_arena_piece){.next = arena->piece, .size = room};
    arena->piece = piece;
  }
  void *taken = piece->bytes + piece->used;
  piece->used += units;
  return taken;
}

char *fg_arena_text(struct fg_arena *arena, const char *text) {
  size_t size = text ? strlen(text) + 1 : 1;
  char *copy = fg_arena_take(arena, size, 1);
  if (copy && text)
    memcpy(copy, text, size);
  return copy;
}

void fg_arena_free(struct fg_arena *arena) {
  while (arena->piece) {
    struct fg_arena_piece *next = arena->piece->next;
    free(arena->piece);
    arena->piece = next;
  }
}
