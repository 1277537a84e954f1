/* Memory that is given back all at once: what is read out of a database lives as long as the whole. */
#ifndef FG_SWEEP_ARENA_H
#define FG_SWEEP_ARENA_H

#include <stddef.h>

/* Zero: empty. Freed by fg_arena_free. */
struct fg_arena {
  struct fg_arena_piece *piece;
};

/* Zeroed, aligned for everything; NULL if there is no memory. Owned by the arena. */
void *fg_arena_take(struct fg_arena *arena, size_t n, size_t size);

/* A copy of a text (lent; NULL: ""). */
char *fg_arena_text(struct fg_arena *arena, const char *text);
void fg_arena_free(struct fg_arena *arena);

#endif
