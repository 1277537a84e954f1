/* From counts of draws to how far their law is from another. */
#include "proofs/lab/cells.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>

struct cell {
  double p;
  uint64_t count;
};

static int by_mass(const void *a, const void *b) {
  const struct cell *x = a, *y = b;
  return (x->p > y->p) - (x->p < y->p);
}

/* Joins cells from the least likely one on until none expects too few; returns how many are left. */
static size_t join(struct cell *cell, size_t n_cells, uint64_t n) {
  size_t left = 0;
  qsort(cell, n_cells, sizeof *cell, by_mass);
  for (size_t i = 0; i < n_cells; i++) {
    if (left > 0 && cell[left - 1].p * (double)n < FG_CELL_LEAST) {
      cell[left - 1].p += cell[i].p;
      cell[left - 1].count += cell[i].count;
    } else {
      cell[left++] = cell[i];
    }
  }
  if (left > 1 && cell[left - 1].p * (double)n < FG_CELL_LEAST) {
    cell[left - 2].p += cell[left - 1].p;
    cell[left - 2].count += cell[left - 1].count;
    left--;
  }
  return left;
}

struct fg_interval fg_cells_distance(const uint64_t *count, const double *p, size_t n_cells, uint64_t n, double level,
                                     size_t *cells) {
  struct cell *cell = malloc((n_cells + 1) * sizeof *cell);
  if (!cell || n == 0) {
    free(cell);
    return (struct fg_interval){NAN, NAN, NAN};
  }
  for (size_t i = 0; i < n_cells; i++)
    cell[i] = (struct cell){p[i], count[i]};
  size_t k = join(cell, n_cells, n);
  double x2 = 0, inverse = 0, draws = (double)n, df = (double)k - 1, kk = (double)k;
  for (size_t i = 0; i < k; i++) {
    double expected = cell[i].p * draws, off = (double)cell[i].count - expected;
    x2 += off * off / expected;
    inverse += 1 / cell[i].p;
  }
  free(cell);
  if (cells)
    *cells = k;
  if (k < 2)
    return (struct fg_interval){0, 0, 0};
  double variance = 2 * df + (inverse - kk * kk - 2 * kk + 2) / draws, scale = variance / (2 * df);
  double critical = scale * gsl_cdf_chisq_Qinv(level, df / scale);
  double wide = fg_normal_critical(level) * sqrt(variance + 4 * fmax(x2 - df, 0));
  return (struct fg_interval){(x2 - df) / draws, (x2 - critical) / draws, (x2 - df + wide) / draws};
}

struct fg_interval fg_cells_variation(const uint64_t *chosen, uint64_t n_chosen, const uint64_t *count, uint64_t n,
                                      const double *p, size_t n_cells, double level) {
  uint64_t inside = 0;
  double mass = 0;
  for (size_t i = 0; i < n_cells; i++)
    if ((double)chosen[i] > p[i] * (double)n_chosen) {
      inside += count[i];
      mass += p[i];
    }
  struct fg_interval f = fg_interval_proportion(inside, n, level);
  return (struct fg_interval){f.estimate - mass, f.low - mass, f.high - mass};
}
