/* The posterior that a run with a temperature samples: running means and variances, in double, of what is foretold of
 * every test point and of every factor entry, over evaluations from epoch `burn` on. Part p (grid.h) has row block p,
 * its test points, and those column blocks that start their travel there; a process keeps what it has of the grid, two
 * doubles per entry, so that nobody ever has all of it (claim S8).
 *
 * Factors are known up to a rotation and signs only: their means say something while the run stays near one mode. What
 * is foretold does not depend on that. */
#ifndef FG_CORE_POSTERIOR_H
#define FG_CORE_POSTERIOR_H

#include "core/evaluate.h"
#include "core/factors.h"
#include "core/run.h"

#include <stdbool.h>
#include <stdint.h>

/* Running moments of n entries (Welford 1962); NULL where they are not held. */
struct fg_moments {
  size_t n;
  double *mean, *square; /* square: sum of squared deviations from the mean */
};

struct fg_posterior {
  uint64_t samples;
  uint32_t row_blocks, col_blocks;
  struct fg_moments *row;  /* row_blocks entries: rows x rank */
  struct fg_moments *col;  /* col_blocks entries: columns x rank */
  struct fg_moments *test; /* row_blocks entries: test points, column block after column block, as they are stored */
};

/* Of the parts that the run's grid holds, without a sample. Freed by fg_posterior_free. FG_ENOMEM. */
enum fg_err fg_posterior_new(const struct fg_grid *grid, const struct fg_model *model, struct fg_posterior **posterior,
                             struct fg_fault *fault);
void fg_posterior_free(struct fg_posterior *posterior);

/* Is the evaluation after `rounds` strata a sample? Never without run->posterior. */
bool fg_posterior_due(const struct fg_run *run, uint64_t rounds);

/* A sample, piece by piece: it begins; then every row shard, and every block (p, q) once, in any order. */
void fg_posterior_begin(struct fg_posterior *posterior);
void fg_posterior_add_rows(const struct fg_run *run, const struct fg_row_shard *rows);
/* FG_ENOMEM */
enum fg_err fg_posterior_add_block(const struct fg_run *run, const struct fg_row_shard *rows,
                                   const struct fg_col_block *block);

/* Sums over the test points of a part; those of the whole are added in the order of parts. */
struct fg_posterior_sums {
  double squares;    /* of value - mean */
  double deviations; /* standard deviations of what is foretold */
  double points;
};
void fg_posterior_sum(const struct fg_run *run, uint32_t p, struct fg_posterior_sums *sums);
void fg_posterior_sums_add(struct fg_posterior_sums *sums, const struct fg_posterior_sums *part);

/* What the sums of the whole say, into the evaluation. */
void fg_posterior_of(const struct fg_run *run, const struct fg_posterior_sums *sums, struct fg_evaluation *evaluation);

/* All of that by a process that holds everything: if a sample is due, takes it. */
enum fg_err fg_posterior_sample(const struct fg_run *run, uint64_t rounds, const struct fg_factors *factors,
                                struct fg_evaluation *evaluation, struct fg_fault *fault);

/* Test points of block (p, q): moments of the first of them (index into posterior->test[p]). */
size_t fg_posterior_first(const struct fg_grid *grid, uint32_t p, const struct fg_block *block);

/* Variance of an entry; NAN for less than two samples. */
double fg_posterior_variance(const struct fg_posterior *posterior, double square);

#endif
