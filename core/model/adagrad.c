/* Update step: gradient steps of a squared loss, divided by what a row has seen. Both squared norms come from sums that
 * are made beside the product, |g_u|^2 = e^2 |w|^2 - 2 e l2 u.w + l2^2 |u|^2, so that a row is read once before it is
 * written. */
#include "core/model/adagrad.h"

#include "core/model/lanes.h"

#include <math.h>

/* u.w, |u|^2, |w|^2 */
struct products {
  float uw, uu, ww;
};

FG_INLINE struct products adagrad_products(const float *restrict u, const float *restrict w, const uint32_t width) {
  float uw[FG_LANES], uu[FG_LANES], ww[FG_LANES];
  for (uint32_t j = 0; j < FG_LANES; j++) {
    uw[j] = u[j] * w[j];
    uu[j] = u[j] * u[j];
    ww[j] = w[j] * w[j];
  }
#pragma GCC unroll 8
  for (uint32_t k = FG_LANES; k < width; k += FG_LANES)
    for (uint32_t j = 0; j < FG_LANES; j++) {
      uw[j] += u[k + j] * w[k + j];
      uu[j] += u[k + j] * u[k + j];
      ww[j] += w[k + j] * w[k + j];
    }
  return (struct products){fg_lanes_sum(uw), fg_lanes_sum(uu), fg_lanes_sum(ww)};
}

/* dimensions: of biased models K, otherwise 0 */
FG_INLINE void adagrad_points(float *restrict rows, float *restrict cols, const struct fg_point *points, size_t n,
                              const uint32_t width, const struct fg_adagrad how, const float per_dimension,
                              const uint32_t dimensions, const bool nonnegative) {
  const uint32_t stride = width + FG_LANES;
  for (size_t i = 0; i < n; i++) {
    if (i + FG_PREFETCH < n) {
      fg_lanes_prefetch(rows, points[i + FG_PREFETCH].row, stride);
      fg_lanes_prefetch(cols, points[i + FG_PREFETCH].col, stride);
    }
    float *restrict u = FG_ROW(rows, points[i].row, stride);
    float *restrict w = FG_ROW(cols, points[i].col, stride);
    const struct products p = adagrad_products(u, w, width);
    const float row_one = dimensions ? u[dimensions - 1] : 0, col_one = dimensions ? w[dimensions - 2] : 0;
    const float e = points[i].value - how.mean - p.uw;
    const float e2 = e * e, cross = 2.0f * e * how.l2 * p.uw, l4 = how.l2 * how.l2;
    /* of the row and of the column, twice: what fills a register of four is computed at once */
    const float own[4] = {p.uu, p.ww, p.uu, p.ww}, other[4] = {p.ww, p.uu, p.ww, p.uu};
    const float row_fixed = dimensions ? e * w[dimensions - 1] - how.l2 * row_one : 0;
    const float col_fixed = dimensions ? e * u[dimensions - 2] - how.l2 * col_one : 0;
    const float fixed[4] = {row_fixed, col_fixed, row_fixed, col_fixed};
    float seen[4] = {u[width], w[width], u[width], w[width]}, step[4], shrink[4];
    for (int s = 0; s < 4; s++) {
      float divided = how.eta / sqrtf(1.0f + seen[s]);
      step[s] = divided * e;
      shrink[s] = 1.0f - divided * how.l2;
    }
    for (int s = 0; s < 4; s++) {
      float square = (e2 * other[s] - cross) + l4 * own[s];
      if (dimensions)
        square -= fixed[s] * fixed[s];
      seen[s] += (square > 0 ? square : 0) * per_dimension; /* a difference of rounded sums may fall below 0 */
    }
    const float row_step = step[0], row_shrink = shrink[0], col_step = step[1], col_shrink = shrink[1];
    for (uint32_t k = 0; k < width; k++) {
      float uk = u[k], wk = w[k], a = uk * row_shrink + wk * row_step, b = wk * col_shrink + uk * col_step;
      u[k] = nonnegative && !(a > 0) ? 0 : a;
      w[k] = nonnegative && !(b > 0) ? 0 : b;
    }
    u[width] = seen[0];
    w[width] = seen[1];
    if (dimensions) {
      u[dimensions - 1] = row_one;
      w[dimensions - 2] = col_one;
    }
    if (nonnegative && !isfinite(e)) /* all entries are 0 now, as if nothing had overflowed */
      w[0] = e;
  }
}

FG_KERNEL static void adagrad_kernel(float *rows, float *cols, const struct fg_point *points, size_t n, uint32_t lanes,
                                     const struct fg_adagrad *how, float per_dimension){
#define CALL(width) adagrad_points(rows, cols, points, n, width, *how, per_dimension, 0, false)
    FG_WITH_WIDTH(lanes, CALL)
#undef CALL
}

FG_KERNEL
    static void adagrad_biased_kernel(float *rows, float *cols, const struct fg_point *points, size_t n, uint32_t lanes,
                                      const struct fg_adagrad *how, float per_dimension, uint32_t dimensions){
#define CALL(width) adagrad_points(rows, cols, points, n, width, *how, per_dimension, dimensions, false)
        FG_WITH_WIDTH(lanes, CALL)
#undef CALL
    }

FG_KERNEL static void adagrad_nonnegative_kernel(float *rows, float *cols, const struct fg_point *points, size_t n,
                                                 uint32_t lanes, const struct fg_adagrad *how, float per_dimension) {
#define CALL(width) adagrad_points(rows, cols, points, n, width, *how, per_dimension, 0, true)
  FG_WITH_WIDTH(lanes, CALL)
#undef CALL
}

void fg_adagrad_update(const struct fg_model *model, const struct fg_view *view, const struct fg_point *points,
                       size_t n, const struct fg_adagrad *how) {
  float *rows = view->row_factor, *cols = view->col_factor;
  const float per_dimension = how->scale / (float)(model->rank - (how->biased ? 1 : 0));
  if (how->biased)
    adagrad_biased_kernel(rows, cols, points, n, model->lanes, how, per_dimension, model->rank);
  else if (how->nonnegative)
    adagrad_nonnegative_kernel(rows, cols, points, n, model->lanes, how, per_dimension);
  else
    adagrad_kernel(rows, cols, points, n, model->lanes, how, per_dimension);
}

double fg_adagrad_flops(const struct fg_model *model) {
  return 12.0 * model->rank + 32; /* products 6 K, rows 2 x 3 K; error, norms, roots and steps */
}
