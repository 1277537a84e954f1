/* Private to core/data: what the links of a network do not say: pairs of nodes without a link, which stand in the data
 * as points of value 0, and links of nodes to themselves.
 *
 * Why samples that are stored, and not a closed-form term for all zeros at once (the squared loss has one): a sample is
 * a point like any other, so that an update stays local to one row and one column, costs the same, is replayed, sent
 * and split as any point, and serves every loss; the closed form needs the K x K second moments of both factors at
 * every update, a statistic that spans all blocks. A test of links is honest only if it has non-links that were not
 * trained on, too: those are samples anyway, held out by the same draw as links.
 *
 * The pairs are drawn from all that the data do not give - links held out are links -, without loops (i, i): whether a
 * node links to itself says nothing of others. Links (i, i) are added on demand (loops): in most networks a node is
 * alike to those it links to, and a link to itself tells a model so that knows senders and receivers as separate
 * factors: without them a path i - j - k says nothing of i's links to k. The split draws none of them. */
#ifndef FG_CORE_DATA_ZEROS_H
#define FG_CORE_DATA_ZEROS_H

#include "core/data/points.h"
#include "core/err.h"

#include <stdbool.h>
#include <stdint.h>

/* The pairs that the data give, and a walk through those that they do not. Zero-initialise it. */
struct fg_zeros {
  uint32_t nodes;
  bool unordered;      /* (j, i) is the same pair as (i, j) */
  uint64_t *key, room; /* a hash set of pairs */
  uint64_t pairs;      /* in the set */
  uint64_t links;      /* of them, those whose value is not 0 */
  uint64_t left;       /* to be drawn */
  uint64_t at;         /* how far the walk has come */
  float loops;         /* value of the links to oneself; 0: none are added */
  unsigned char *own;  /* nodes bits: those that have such a link, or were given one */
  uint32_t node;       /* the next that may get one */
  unsigned bits;       /* of a node's number */
  uint32_t round[8];   /* keys of the walk */
};

/* [B] that the set takes: 16 per pair, and a bit per node. */
uint64_t fg_zeros_bytes(uint32_t nodes, uint64_t pairs);

/* An empty set for up to `pairs` pairs of `nodes` nodes. FG_ENOMEM. fg_zeros_free must follow, also after an error. */
enum fg_err fg_zeros_start(struct fg_zeros *zeros, uint32_t nodes, uint64_t pairs, bool unordered);

/* Adds a pair that the data give; nothing if it was added before. */
void fg_zeros_link(struct fg_zeros *zeros, uint32_t row, uint32_t col, float value);

/* Starts the draw of read->zeros pairs for each link (INFINITY: all there are), rounded to a whole number. A pure
 * function of read->seed and the set. FG_EINPUT, with `path` in the fault, if there are not so many. */
enum fg_err fg_zeros_draw(struct fg_zeros *zeros, const struct fg_read_options *read, const char *path,
                          struct fg_fault *fault);

/* The next point: first loops, in order, if read->loops is not 0; then pairs, none twice, unordered ones with *row <
 * *col. False: that was all. */
bool fg_zeros_next(struct fg_zeros *zeros, uint32_t *row, uint32_t *col, float *value);

void fg_zeros_free(struct fg_zeros *zeros);

/* Appends all of them to the points that give the links of a network, each once (not symmetric yet); the rest as above.
 */
enum fg_err fg_zeros_add(struct fg_points *points, bool unordered, const struct fg_read_options *read, const char *path,
                         struct fg_fault *fault);

#endif
