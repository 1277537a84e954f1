/* Column blocks at hand. */
#include "core/shelf.h"

#include <stdlib.h>
#include <string.h>

enum fg_err fg_shelf_reserve(struct fg_shelf *s, uint32_t n) {
  if (n <= s->capacity)
    return FG_OK;
  struct fg_col_block **more = realloc(s->block, n * sizeof(struct fg_col_block *));
  if (!more)
    return FG_ENOMEM;
  memset(more + s->capacity, 0, (n - s->capacity) * sizeof(struct fg_col_block *));
  s->block = more;
  s->capacity = n;
  return FG_OK;
}

/*@ predicate is_shelf(struct fg_shelf *s) =
      \valid_read(s) && s->n <= s->capacity && \valid_read(s->block + (0 .. s->n - 1)) &&
      (\forall integer i; 0 <= i < s->n ==> \valid_read(s->block[i])) &&
      \forall integer i, j; 0 <= i < j < s->n ==> s->block[i]->id < s->block[j]->id; */

/* the first place whose number is not below q */
/*@ requires is_shelf(s);
    assigns \nothing;
    ensures \result <= s->n;
    ensures before: \forall integer i; 0 <= i < \result ==> s->block[i]->id < q;
    ensures behind: \forall integer i; \result <= i < s->n ==> q <= s->block[i]->id; */
static uint32_t place(const struct fg_shelf *s, uint32_t q) {
  uint32_t low = 0, high = s->n;
  /*@ loop invariant low <= high <= s->n;
      loop invariant \forall integer i; 0 <= i < low ==> s->block[i]->id < q;
      loop invariant \forall integer i; high <= i < s->n ==> q <= s->block[i]->id;
      loop assigns low, high;
      loop variant high - low; */
  while (low < high) {
    uint32_t mid = low + (high - low) / 2;
    if (s->block[mid]->id < q)
      low = mid + 1;
    else
      high = mid;
  }
  return low;
}

enum fg_err fg_shelf_put(struct fg_shelf *s, struct fg_col_block *block) {
  enum fg_err err = s->n == s->capacity ? fg_shelf_reserve(s, s->capacity ? 2 * s->capacity : 4) : FG_OK;
  if (err)
    return err;
  uint32_t at = place(s, block->id);
  memmove(s->block + at + 1, s->block + at, (s->n++ - at) * sizeof(struct fg_col_block *));
  s->block[at] = block;
  return FG_OK;
}

/*@ requires is_shelf(s);
    assigns \nothing;
    ensures found: \forall integer i; 0 <= i < s->n && s->block[i]->id == q ==> \result == s->block[i];
    ensures none: (\forall integer i; 0 <= i < s->n ==> s->block[i]->id != q) ==> \result == \null; */
struct fg_col_block *fg_shelf_find(const struct fg_shelf *s, uint32_t q) {
  uint32_t at = place(s, q);
  return at < s->n && s->block[at]->id == q ? s->block[at] : NULL;
}

struct fg_col_block *fg_shelf_take(struct fg_shelf *s, uint32_t q) {
  struct fg_col_block *block = fg_shelf_find(s, q);
  if (!block)
    return NULL;
  uint32_t at = place(s, q);
  memmove(s->block + at, s->block + at + 1, (--s->n - at) * sizeof(struct fg_col_block *));
  s->block[s->n] = NULL;
  return block;
}

void fg_shelf_clear(struct fg_shelf *s) {
  memset(s->block, 0, s->n * sizeof(struct fg_col_block *));
  s->n = 0;
}

void fg_shelf_free(struct fg_shelf *s) {
  free(s->block);
  *s = (struct fg_shelf){0};
}
