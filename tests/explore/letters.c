/* Parcels on their way: what machines read of them, each content once. */
#include "tests/explore/explore.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct letter *letters;
static uint32_t n_letters;

static bool same(const struct letter *a, const struct letter *b) {
  return a->kind == b->kind && machine_of(a->from) == machine_of(b->from) && machine_of(a->to) == machine_of(b->to) &&
         a->round == b->round && a->item == b->item && a->count == b->count && a->block == b->block &&
         a->version == b->version && a->n_stat == b->n_stat && a->n_floats == b->n_floats &&
         (!a->n_stat || memcmp(a->stat, b->stat, a->n_stat * sizeof *a->stat) == 0) &&
         (!a->n_floats || memcmp(a->floats, b->floats, a->n_floats * sizeof *a->floats) == 0);
}

static void *copy(const void *from, size_t n) {
  void *to = n ? malloc(n) : NULL;
  if (to)
    memcpy(to, from, n);
  return to;
}

uint32_t letter_put(const struct letter *letter) {
  for (uint32_t i = 0; i < n_letters; i++)
    if (same(&letters[i], letter))
      return i;
  if ((n_letters & (n_letters - 1)) == 0)
    letters = realloc(letters, (n_letters ? 2 * n_letters : 1) * sizeof *letters);
  if (!letters)
    abort();
  struct letter *l = &letters[n_letters];
  *l = *letter;
  l->stat = copy(letter->stat, letter->n_stat * sizeof *l->stat);
  l->floats = copy(letter->floats, letter->n_floats * sizeof *l->floats);
  return n_letters++;
}

/* The sequence number and the size are left out: no machine reads them. */
uint32_t letter_of(const struct fg_parcel *p) {
  struct letter l = {.kind = p->kind,
                     .from = p->from,
                     .to = p->to,
                     .round = p->round,
                     .item = p->item,
                     .count = p->count,
                     .block = p->block ? p->block->id : NO_BLOCK,
                     .version = p->block ? p->block->version : 0,
                     .n_stat = p->n_stat,
                     .n_floats = p->floats ? (uint32_t)p->n_floats : 0,
                     .stat = (double *)p->stat,
                     .floats = p->floats};
  return letter_put(&l);
}

const struct letter *letter_at(uint32_t id) {
  return &letters[id];
}

struct fg_parcel *letter_open(uint32_t id, struct fg_col_block *col) {
  const struct letter *l = &letters[id];
  struct fg_parcel *p = fg_parcel_new(l->kind, l->from, l->to, l->round, l->n_stat);
  p->item = l->item;
  p->count = l->count;
  if (l->n_stat)
    memcpy(p->stat, l->stat, l->n_stat * sizeof *l->stat);
  if (l->n_floats && fg_parcel_add_floats(p, l->n_floats) == FG_OK)
    memcpy(p->floats, l->floats, l->n_floats * sizeof *l->floats);
  if (l->block != NO_BLOCK) {
    p->block = &col[l->block];
    p->block->version = l->version;
  }
  return p;
}

void letter_print(uint32_t id, char *out, size_t size) {
  static const char *const kinds[FG_PARCEL_KINDS] = {"block", "report", "release", "request", "grant", "rows", "slice"};
  static const char *const roles[] = {"worker", "steward"};
  const struct letter *l = &letters[id];
  int n = snprintf(out, size, "%s", kinds[l->kind]);
  if (l->block != NO_BLOCK)
    n += snprintf(out + n, size - (size_t)n, " %u (version %u)", l->block, l->version);
  snprintf(out + n, size - (size_t)n, " of round %llu, item %u, count %u, from %s %u to %s %u",
           (unsigned long long)l->round, l->item, l->count, roles[l->from.role], l->from.rank, roles[l->to.role],
           l->to.rank);
}

void letters_free(void) {
  for (uint32_t i = 0; i < n_letters; i++) {
    free(letters[i].stat);
    free(letters[i].floats);
  }
  free(letters);
  letters = NULL;
  n_letters = 0;
}
