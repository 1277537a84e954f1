/* Draws in cells against the probabilities that the cells should have. */
#ifndef FG_PROOFS_LAB_CELLS_H
#define FG_PROOFS_LAB_CELLS_H

#include "proofs/lab/statistics.h"

#include <stddef.h>
#include <stdint.h>

/* Distance of the law of n independent draws, count[i] of them in cell i (lent), from p (lent, sums to 1): sum (q -
 * p)^2 / p, unbiased. low > 0 with probability `level` if q = p: Pearson's X^2 (1900) beyond its critical value, which
 * is that of a scaled chi-square with X^2's exact mean and variance. Cells in which fewer than FG_CELL_LEAST draws are
 * to be expected are counted together, the least likely ones first. cells: how many were left, out; may be NULL. NAN:
 * no memory. */
enum { FG_CELL_LEAST = 25 };
struct fg_interval fg_cells_distance(const uint64_t *count, const double *p, size_t n_cells, uint64_t n, double level,
                                     size_t *cells);

/* Total variation distance, from below: of the set of cells that `chosen` (lent, other draws) found more often than p,
 * how much more often the draws of `count` are in it than p says. So its interval is that of one frequency; it is that
 * of max over sets, which is the distance, where `chosen` finds the right ones. */
struct fg_interval fg_cells_variation(const uint64_t *chosen, uint64_t n_chosen, const uint64_t *count, uint64_t n,
                                      const double *p, size_t n_cells, double level);

#endif
