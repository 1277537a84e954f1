/* Steps divided by the gradients seen, naively. */
#include "tests/references.h"

static double grown(const struct naive *n, struct fg_point z, int side, const double *g, uint32_t d, double scale) {
  double sum = 0;
  for (uint32_t k = 0; k < n->rank; k++)
    sum += g[k] * g[k];
  return (side ? n->col_state[z.col] : n->row_state[z.row]) + sum / d * scale;
}

double reference_divided(const struct naive *n, struct fg_point z, int side, const double *g, uint32_t d,
                         double scale) {
  return n->p->model.n_state ? 1 / sqrt(1 + grown(n, z, side, g, d, scale)) : 1;
}

double reference_divide(struct naive *n, struct fg_point z, int side, const double *g, uint32_t d, double scale,
                        double eta) {
  if (!n->p->model.n_state)
    return eta;
  double *seen = side ? &n->col_state[z.col] : &n->row_state[z.row];
  *seen = grown(n, z, side, g, d, scale);
  n->flops += 2 * n->rank + 5;
  return eta / sqrt(1 + *seen);
}
