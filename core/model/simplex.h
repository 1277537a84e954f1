/* Factor rows on the simplex: `rank` entries >= 0 that sum to 1, padding 0. */
#ifndef FG_CORE_MODEL_SIMPLEX_H
#define FG_CORE_MODEL_SIMPLEX_H

#include "core/model/lanes.h"
#include "core/model/model.h"
#include "core/rng.h"

#include <math.h>

/* A random point of the simplex near its centre in row[0 .. rank - 1]: uniform entries of relative standard deviation
 * `spread` (at most 1/2), normalised. No logarithm: its last bits differ from one machine's libm to another's. */
void fg_simplex_init(const struct fg_model *model, enum fg_stream stream, uint32_t index, double spread, float *row);

/* Entries below 0 become 0, and a row that was changed or does not sum to 1 within 1e-6 is divided by its sum; one that
 * sums to nothing becomes the centre. n rows, model->stride apart. */
void fg_simplex_restore(const struct fg_model *model, float *factor, uint32_t n);

/* Do n rows have entries >= 0 that sum to 1 within 1e-5, padding 0? *which: the first that does not. */
bool fg_simplex_valid(const struct fg_model *model, const float *factor, uint32_t n, uint32_t *which);

/* Nearest point of the simplex to v (`rank` entries): max(v - tau, 0) with tau such that it sums to 1. tau by
 * Michelot's finite iteration (1986): the entries above tau are averaged again until none drops out. The padding may
 * hold anything and becomes 0. Of entries that are not finite, or so large that 1 is lost among them, nothing is above
 * tau: v[0] becomes NaN, to be found. */
FG_INLINE void fg_simplex_project(float *restrict v, uint32_t rank, uint32_t stride) {
  for (uint32_t k = rank; k < stride; k++)
    v[k] = 0;
  float sum[FG_LANES] = {0};
  for (uint32_t k = 0; k < stride; k += FG_LANES)
    for (uint32_t j = 0; j < FG_LANES; j++)
      sum[j] += v[k + j];
  float tau = (fg_lanes_sum(sum) - 1.0f) / (float)rank, count = (float)rank, last;
  for (uint32_t k = rank; k < stride; k++)
    v[k] = -INFINITY;
  do {
    last = count;
    float above[FG_LANES] = {0}, ones[FG_LANES] = {0};
    for (uint32_t k = 0; k < stride; k += FG_LANES)
      for (uint32_t j = 0; j < FG_LANES; j++) {
        above[j] += v[k + j] > tau ? v[k + j] : 0.0f;
        ones[j] += v[k + j] > tau ? 1.0f : 0.0f;
      }
    count = fg_lanes_sum(ones);
    if (count > 0)
      tau = (fg_lanes_sum(above) - 1.0f) / count;
  } while (count < last && count > 0);
  for (uint32_t k = 0; k < stride; k++)
    v[k] = v[k] > tau ? v[k] - tau : 0.0f;
  if (!(count > 0))
    v[0] = NAN;
}

#endif
