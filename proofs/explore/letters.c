/* Parcels on their way: what machines read of them, each content once. */
#include "proofs/explore/inner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool same(const struct fg_letter *a, const struct fg_letter *b) {
  return a->kind == b->kind && fg_machine_of(a->from) == fg_machine_of(b->from) &&
         fg_machine_of(a->to) == fg_machine_of(b->to) && a->round == b->round && a->item == b->item &&
         a->count == b->count && a->block == b->block && a->version == b->version && a->n_stat == b->n_stat &&
         a->n_floats == b->n_floats && (!a->n_stat || memcmp(a->stat, b->stat, a->n_stat * sizeof *a->stat) == 0) &&
         (!a->n_floats || memcmp(a->floats, b->floats, a->n_floats * sizeof *a->floats) == 0);
}

static void *copy(const void *from, size_t n) {
  void *to = n ? malloc(n) : NULL;
  if (to)
    memcpy(to, from, n);
  return to;
}

uint32_t fg_letter_put(struct fg_explorer *e, const struct fg_letter *letter) {
  struct fg_letters *all = &e->letters;
  for (uint32_t i = 0; i < all->n; i++)
    if (same(&all->letter[i], letter))
      return i;
  if ((all->n & (all->n - 1)) == 0) {
    struct fg_letter *more = realloc(all->letter, (all->n ? 2 * all->n : 1) * sizeof *more);
    if (!more)
      goto fail;
    all->letter = more;
  }
  struct fg_letter *l = &all->letter[all->n];
  *l = *letter;
  l->stat = copy(letter->stat, letter->n_stat * sizeof *l->stat);
  l->floats = copy(letter->floats, letter->n_floats * sizeof *l->floats);
  if ((!l->n_stat || l->stat) && (!l->n_floats || l->floats))
    return all->n++;
  free(l->stat);
  free(l->floats);
fail:
  fg_explorer_fails(e, FG_ENOMEM, "not enough memory for letters");
  return FG_NOTHING;
}

/* The sequence number and the size are left out: no machine reads them. */
uint32_t fg_letter_of(struct fg_explorer *e, const struct fg_parcel *p) {
  struct fg_letter l = {.kind = p->kind,
                        .from = p->from,
                        .to = p->to,
                        .round = p->round,
                        .item = p->item,
                        .count = p->count,
                        .block = p->block ? p->block->id : FG_NO_BLOCK,
                        .version = p->block ? p->block->version : 0,
                        .n_stat = p->n_stat,
                        .n_floats = p->floats ? (uint32_t)p->n_floats : 0,
                        .stat = (double *)p->stat,
                        .floats = p->floats};
  return fg_letter_put(e, &l);
}

const struct fg_letter *fg_letter_at(const struct fg_explorer *e, uint32_t id) {
  return &e->letters.letter[id];
}

struct fg_parcel *fg_letter_open(const struct fg_explorer *e, uint32_t id, struct fg_col_block *col) {
  const struct fg_letter *l = fg_letter_at(e, id);
  struct fg_parcel *p = fg_parcel_new(l->kind, l->from, l->to, l->round, l->n_stat);
  if (!p || (l->n_floats && fg_parcel_add_floats(p, l->n_floats))) {
    fg_parcel_free(p);
    return NULL;
  }
  p->item = l->item;
  p->count = l->count;
  if (l->n_stat)
    memcpy(p->stat, l->stat, l->n_stat * sizeof *l->stat);
  if (l->n_floats)
    memcpy(p->floats, l->floats, l->n_floats * sizeof *l->floats);
  if (l->block != FG_NO_BLOCK) {
    p->block = &col[l->block];
    p->block->version = l->version;
  }
  return p;
}

void fg_letter_print(const struct fg_explorer *e, uint32_t id, char *out, size_t size) {
  static const char *const kinds[FG_PARCEL_KINDS] = {"block", "report", "release", "request", "grant", "rows", "slice"};
  static const char *const roles[] = {"worker", "steward"};
  const struct fg_letter *l = fg_letter_at(e, id);
  int n = snprintf(out, size, "%s", kinds[l->kind]);
  if (l->block != FG_NO_BLOCK)
    n += snprintf(out + n, size - (size_t)n, " %u (version %u)", l->block, l->version);
  snprintf(out + n, size - (size_t)n, " of round %llu, item %u, count %u, from %s %u to %s %u",
           (unsigned long long)l->round, l->item, l->count, roles[l->from.role], l->from.rank, roles[l->to.role],
           l->to.rank);
}

void fg_letters_free(struct fg_letters *all) {
  for (uint32_t i = 0; i < all->n; i++) {
    free(all->letter[i].stat);
    free(all->letter[i].floats);
  }
  free(all->letter);
  *all = (struct fg_letters){0};
}
