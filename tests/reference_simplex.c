/* What references of rows on the simplex share. */
#include "tests/references.h"

static int descending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x < y) - (x > y);
}
void reference_project(double *v, uint32_t n) {
  double sorted[FG_RANK_MAX], sum = 0, tau = 0;
  memcpy(sorted, v, n * sizeof *v);
  qsort(sorted, n, sizeof *sorted, descending);
  for (uint32_t j = 0; j < n; j++) {
    sum += sorted[j];
    if (sorted[j] - (sum - 1) / (j + 1) > 0)
      tau = (sum - 1) / (j + 1);
  }
  for (uint32_t j = 0; j < n; j++)
    v[j] = fmax(v[j] - tau, 0);
}

void reference_simplex_direction(const double *gradient, uint32_t n, double *move) {
  double mean = 0;
  for (uint32_t k = 0; k < n; k++)
    mean += gradient[k] / n;
  for (uint32_t k = 0; k < n; k++)
    move[k] = mean - gradient[k];
}
