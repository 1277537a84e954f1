/* Counted data: a matrix of which only the sizes of its blocks exist, for runs that only count (fg_job.timing_only)
 * with more points than any memory holds. Block (p, q) is number k = p C + q of K = P C blocks and has B(k + 1) - B(k)
 * points, B(k) = floor(nnz k / K + spread sqrt(nnz / K / 2) z_k),   B(0) = 0, B(K) = nnz, z_k a hash of (seed, k) of
 * mean 0 and variance 1, cut so that no block is empty that has a point on average: sizes add up to nnz exactly, a
 * block's vary like those of random points (spread 1: variance nnz / K), and a row block's hardly at all, as a balanced
 * partition has it. Nothing is stored. */
#ifndef FG_CORE_DATA_COUNTED_H
#define FG_CORE_DATA_COUNTED_H

#include "core/data/grid.h"

enum { FG_COUNTED_TEXT = 160 };

struct fg_counted {
  uint32_t rows, cols;
  uint64_t nnz;
  double spread;
  uint64_t seed, blocks; /* K; both set by fg_counted_grid */
  double sigma;          /* spread sqrt(nnz / K / 2) [points] */
  double most;           /* |spread of B(k)| at most */
};

/* Is the text of --data such a specification, "counted:..."? */
bool fg_counted_is(const char *text);

/* Parses "counted:rows=..,cols=..,nnz=..,spread=..". FG_EUSAGE. */
enum fg_err fg_counted_parse(const char *text, struct fg_counted *counted, struct fg_fault *fault);

/* Its canonical spelling and the SHA-256 of that, which stands for the data. text: FG_COUNTED_TEXT [B]. */
void fg_counted_print(const struct fg_counted *counted, char *text, char sha256[65]);

/* A grid of P x C such blocks; lines are dealt in equal shares. All values count as 1. counted: copied. FG_EUSAGE if
 * there are more blocks than rows or columns, or 2^32; FG_ENOMEM. The caller frees with fg_grid_free. */
enum fg_err fg_counted_grid(const struct fg_counted *counted, uint64_t seed, uint32_t row_blocks, uint32_t col_blocks,
                            struct fg_grid *grid, struct fg_fault *fault);

/* Points of block (p, q) of such a grid with C column blocks. */
uint64_t fg_counted_size(const struct fg_counted *counted, uint32_t col_blocks, uint32_t p, uint32_t q);

#endif
