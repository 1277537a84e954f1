/* Tokens of a row block: points in the order of the draws, and a topic for each of their tokens. */
#include "core/tokens.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static int by_column(const void *a, const void *b) {
  const struct fg_stored_point *x = a, *y = b;
  if (x->col != y->col)
    return x->col < y->col ? -1 : 1;
  if (x->row != y->row)
    return x->row < y->row ? -1 : 1;
  return x->value < y->value ? -1 : x->value > y->value;
}

/* The grid keeps the points of a row block in one piece. */
enum fg_err fg_tokens_new(const struct fg_grid *grid, uint32_t p, struct fg_tokens **tokens) {
  const struct fg_block_row *row = &grid->train[p];
  struct fg_tokens *t = calloc(1, sizeof *t);
  size_t points = 0;
  *tokens = NULL;
  for (uint32_t k = 0; k < row->n; k++)
    points += row->block[k].n;
  if (!t || !(t->block = calloc((size_t)row->n + 1, sizeof *t->block)) ||
      !(t->points = malloc((points + 1) * sizeof *t->points)))
    goto nomem;
  struct fg_stored_point *to = t->points;
  for (uint32_t k = 0; k < row->n; k++) {
    const struct fg_block *block = &row->block[k];
    memcpy(to, block->points, block->n * sizeof *to);
    for (uint32_t i = 0; i < block->n_tiles; i++)
      qsort(to + block->tiles[i].first, block->tiles[i].n, sizeof *to, by_column);
    for (size_t i = 0; i < block->n; i++)
      t->block[k].n += (uint64_t)to[i].value;
    t->block[k].points = to;
    t->n += t->block[k].n;
    to += block->n;
  }
  if (!(t->topic = malloc((t->n + 1) * sizeof *t->topic)))
    goto nomem;
  memset(t->topic, 0xff, t->n * sizeof *t->topic); /* FG_NO_TOPIC */
  uint16_t *topic = t->topic;
  for (uint32_t k = 0; k < row->n; topic += t->block[k++].n)
    t->block[k].topic = topic;
  *tokens = t;
  return FG_OK;
nomem:
  fg_tokens_free(t);
  return FG_ENOMEM;
}

void fg_tokens_free(struct fg_tokens *t) {
  if (!t)
    return;
  free(t->topic);
  free(t->block);
  free(t->points);
  free(t);
}

bool fg_tokens_valid(const struct fg_tokens *t, uint32_t rank) {
  for (uint64_t i = 0; t && i < t->n; i++)
    if (t->topic[i] >= rank && t->topic[i] != FG_NO_TOPIC)
      return false;
  return true;
}

void fg_draws_start(struct fg_draws *draws, const struct fg_block_row *row, const struct fg_block *block,
                    struct fg_tokens *tokens, uint64_t seed_order, uint64_t visit, uint32_t number) {
  assert(block >= row->block && block < row->block + row->n);
  const struct fg_token_block *own = &tokens->block[block - row->block];
  *draws = (struct fg_draws){.tile = block->tiles, .points = own->points, .topic = own->topic};
  fg_rng_start(&draws->rng, seed_order, FG_STREAM_DRAW, visit, number);
}

void fg_draws_skip(struct fg_draws *draws, uint64_t n) {
  for (; n > 0; n--) {
    if (draws->in_tile == draws->tile->n)
      fg_draws_next_tile(draws);
    uint64_t tokens = (uint64_t)draws->points[draws->in_tile++].value;
    draws->topic += tokens;
    draws->token += tokens;
  }
}
