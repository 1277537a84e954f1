/* The column blocks that a machine has at hand, by rising number: a few of thousands, so that none takes room that is
 * not here. */
#ifndef FG_CORE_SHELF_H
#define FG_CORE_SHELF_H

#include "core/factors.h"

/* Zero-initialise. Places behind the last are NULL. */
struct fg_shelf {
  struct fg_col_block **block; /* lent */
  uint32_t n, capacity;
};

/* Room for so many blocks at once, so that what is put here and taken away leaves no trace in memory. FG_ENOMEM. */
enum fg_err fg_shelf_reserve(struct fg_shelf *shelf, uint32_t n);

/* Puts a block that is not there. FG_ENOMEM. */
enum fg_err fg_shelf_put(struct fg_shelf *shelf, struct fg_col_block *block);

/* The block of this number; NULL: it is not there. */
struct fg_col_block *fg_shelf_find(const struct fg_shelf *shelf, uint32_t q);

/* The same, taken away. */
struct fg_col_block *fg_shelf_take(struct fg_shelf *shelf, uint32_t q);

void fg_shelf_clear(struct fg_shelf *shelf);
void fg_shelf_free(struct fg_shelf *shelf);

#endif
