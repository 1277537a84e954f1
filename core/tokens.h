/* Tokens: what a sampler keeps beside the points of a row block. A point of value c stands for c tokens, each with the
 * topic that was last drawn for it. Tokens belong to the rows: they stay with the row shard. */
#ifndef FG_CORE_TOKENS_H
#define FG_CORE_TOKENS_H

#include "core/data/grid.h"
#include "core/err.h"
#include "core/rng.h"

#include <stdbool.h>
#include <stdint.h>

enum { FG_NO_TOPIC = UINT16_MAX }; /* nothing was drawn yet */

/* Of one block. Its tiles are those of the grid; their points are here once more, in the order of the draws: by column,
 * then by row, so that tokens of a column follow each other. */
struct fg_token_block {
  const struct fg_stored_point *points;
  uint16_t *topic; /* token by token */
  uint64_t n;      /* tokens */
};

struct fg_tokens {
  uint64_t n;                   /* of all blocks */
  uint16_t *topic;              /* n entries, block by block */
  struct fg_token_block *block; /* one for each of the row block's (struct fg_block_row) */
  struct fg_stored_point *points;
};

/* Tokens of row block p, which the grid holds, without topics. FG_ENOMEM: *tokens is NULL. Freed by fg_tokens_free. */
enum fg_err fg_tokens_new(const struct fg_grid *grid, uint32_t p, struct fg_tokens **tokens);
void fg_tokens_free(struct fg_tokens *tokens);

/* Is every topic below `rank`, or none? NULL: there are no tokens. */
bool fg_tokens_valid(const struct fg_tokens *tokens, uint32_t rank);

/* Where the draws of a pass over a block stand. Plain data. */
struct fg_draws {
  const struct fg_tile *tile;           /* lent: the current one */
  const struct fg_stored_point *points; /* of the current tile */
  uint16_t *topic;                      /* of the next token */
  uint32_t in_tile;                     /* points of the tile that are done */
  uint64_t token;                       /* tokens of the pass that are done */
  struct fg_rng rng;                    /* at the start of the pass: token i uses word i */
};

/* Starts pass `number` of block visit `visit`; block: one of the row block's (fg_grid_train), with a point. */
void fg_draws_start(struct fg_draws *draws, const struct fg_block_row *row, const struct fg_block *block,
                    struct fg_tokens *tokens, uint64_t seed_order, uint64_t visit, uint32_t number);

/* The current tile is done. */
static inline void fg_draws_next_tile(struct fg_draws *draws) {
  draws->points += draws->tile->n;
  draws->tile++;
  draws->in_tile = 0;
}

/* Passes over the next n points. */
void fg_draws_skip(struct fg_draws *draws, uint64_t n);

#endif
