/* Private to core/data: which cells of a synthetic matrix are observed. */
#ifndef FG_CORE_DATA_PLACEMENT_H
#define FG_CORE_DATA_PLACEMENT_H

#include "core/data/points.h"

#include <gsl/gsl_randist.h>

/* What a generator uses the sequences (seed, FG_STREAM_GENERATE, index, sub) for. They are separate, so that, say, the
 * same cells are observed whatever the noise. */
enum fg_generate_sub { FG_SUB_POPULARITY, FG_SUB_CELLS, FG_SUB_ROW, FG_SUB_COL, FG_SUB_NOISE };

/* nnz distinct cells. The r-th most popular row has points in proportion to (r + 1)^-popularity (as far as it has
 * cells), and a row's columns are drawn without replacement with probabilities in proportion to the same law; which row
 * and column is how popular is random. */
struct fg_placement {
  uint32_t rows, cols;
  uint64_t seed;
  uint32_t *degree;             /* rows entries: points of a row */
  double *weight;               /* cols entries: popularity of a column */
  gsl_ran_discrete_t *popular;  /* draws a column by weight */
  uint32_t *taken_by;           /* cols entries: 1 + the row that has taken the column last */
  struct fg_placement_key *key; /* cols entries, scratch */
  gsl_rng *rng;
};

/* FG_EUSAGE: more points than cells. fg_placement_free must follow, also after an error. */
enum fg_err fg_placement_start(struct fg_placement *placement, const char *what, uint32_t rows, uint32_t cols,
                               uint64_t nnz, double popularity, uint64_t seed, struct fg_fault *fault);

/* The columns of a row's points, degree[row] entries of col (lent, cols entries). Rows in any order,
 * each once. */
void fg_placement_row(struct fg_placement *placement, uint32_t row, uint32_t *col);

void fg_placement_free(struct fg_placement *placement);

#endif
