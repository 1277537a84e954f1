/* The memory of one machine, so that a machine can be copied and compared without its help: while a machine runs, all
 * that it allocates comes from one arena, which is saved as bytes and put back at the same addresses. Nothing of a
 * machine's state can be forgotten this way, also not by machines that are written later. Outside of a machine malloc
 * and its like go to the C library as ever. */
#ifndef FG_PROOFS_EXPLORE_ARENA_H
#define FG_PROOFS_EXPLORE_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A saved arena. */
struct fg_image {
  unsigned char *bytes;
  size_t n;
};

/* Empty, and without a failure. */
void fg_arena_clear(void);
/* From here to fg_arena_leave malloc and its like take from the arena; free knows by the address. */
void fg_arena_enter(void);
void fg_arena_leave(void);
/* The first allocation after a clear. */
void *fg_arena_root(void);
/* The caller frees image->bytes; false: no memory. */
bool fg_arena_save(struct fg_image *image);
void fg_arena_load(const struct fg_image *image);
/* What is in it now (lent until the next change). */
const void *fg_arena_bytes(size_t *n);
/* Did a machine ask for more than there is (malloc gave NULL), or free what it did not have? */
bool fg_arena_failed(void);

#endif
