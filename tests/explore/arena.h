/* The memory of one machine, so that a machine can be copied and compared without its help: while a machine runs, all
 * that it allocates comes from one arena, which is saved as bytes and put back at the same addresses. Nothing of a
 * machine's state can be forgotten this way, also not by machines that are written later. */
#ifndef FG_TESTS_EXPLORE_ARENA_H
#define FG_TESTS_EXPLORE_ARENA_H

#include <stddef.h>
#include <stdint.h>

/* A saved arena. */
struct image {
  unsigned char *bytes;
  size_t n;
};

void arena_clear(void);
/* From here to arena_leave malloc and its like take from the arena; free knows by the address. */
void arena_enter(void);
void arena_leave(void);
/* The first allocation after a clear. */
void *arena_root(void);
/* The caller frees image->bytes. */
void arena_save(struct image *image);
void arena_load(const struct image *image);
/* What is in it now (lent until the next change). */
const void *arena_bytes(size_t *n);

#endif
