/* Factor rows on the simplex: `rank` entries >= 0 that sum to 1, padding 0. */
#ifndef FG_CORE_MODEL_SIMPLEX_H
#define FG_CORE_MODEL_SIMPLEX_H

#include "core/model/lanes.h"
#include "core/model/model.h"
#include "core/rng.h"

#include <float.h>
#include <math.h>

/* A random point of the simplex near its centre in row[0 .. rank - 1]: uniform entries of relative standard deviation
 * `spread` (at most 1/2), normalised. No logarithm: its last bits differ from one machine's libm to another's. */
void fg_simplex_init(const struct fg_model *model, enum fg_stream stream, uint32_t index, double spread, float *row);

/* Entries below 0 become 0, and a row that was changed or does not sum to 1 within 1e-6 is divided by its sum; one that
 * sums to nothing becomes the centre. n rows, model->stride apart. */
void fg_simplex_restore(const struct fg_model *model, float *factor, uint32_t n);

/* Do n rows have entries >= 0 that sum to 1 within 1e-5, padding 0? *which: the first that does not. */
bool fg_simplex_valid(const struct fg_model *model, const float *factor, uint32_t n, uint32_t *which);

/* What is added to the last FG_LANES entries of a row that is to be projected: nothing, -FLT_MAX in the padding. */
FG_INLINE void fg_simplex_fence(uint32_t rank, uint32_t stride, float fence[FG_LANES]) {
  for (uint32_t j = 0; j < FG_LANES; j++)
    fence[j] = stride - FG_LANES + j < rank ? 0.0f : -FLT_MAX;
}

/* A point u of the simplex that a gradient step has brought to v comes back: u becomes the nearest point of the simplex
 * to v, max(v - tau, 0) with tau such that it sums to 1. `fence`: of fg_simplex_fence; in the padding v is finite and u
 * 0.
 *
 * tau by Michelot's finite iteration (1986): the entries above tau are averaged again, tau = (their sum - 1) / their
 * number, until none drops out. Of whatever entries such an average is taken, it is not above the tau that is sought,
 * so the iteration may begin with those above 0 in u: most steps change few of them, and one round and its confirmation
 * do. Of entries that are not finite, or so large that 1 is lost among them, nothing is above tau, and where their sum
 * is beyond all numbers everything is: u[0] becomes NaN, to be found. */
FG_INLINE void fg_simplex_project(float *restrict v, float *restrict u, const float *restrict fence,
                                  const uint32_t stride) {
  for (uint32_t j = 0; j < FG_LANES; j++)
    v[stride - FG_LANES + j] += fence[j];
  /* 0 and 1, but not to the compiler: of a choice between constants it makes branches, which it does not vectorise */
  const float zero = fence[0], one = 1.0f + zero;
  float sum[FG_LANES], ones[FG_LANES];
  for (uint32_t j = 0; j < FG_LANES; j++)
    sum[j] = ones[j] = zero;
#pragma GCC unroll 8
  for (uint32_t k = 0; k < stride; k += FG_LANES)
    for (uint32_t j = 0; j < FG_LANES; j++) {
      float in = u[k + j] > zero ? one : zero;
      sum[j] += v[k + j] * in;
      ones[j] += in;
    }
  float tau, next = (fg_lanes_sum(sum) - 1.0f) / fg_lanes_sum(ones), count = INFINITY, last;
  do {
    tau = next;
    last = count;
    float above[FG_LANES], those[FG_LANES];
    for (uint32_t j = 0; j < FG_LANES; j++)
      above[j] = those[j] = zero;
#pragma GCC unroll 8
    for (uint32_t k = 0; k < stride; k += FG_LANES)
      for (uint32_t j = 0; j < FG_LANES; j++) {
        float in = v[k + j] > tau ? one : zero;
        above[j] += v[k + j] * in;
        those[j] += in;
      }
    count = fg_lanes_sum(those);
    next = (fg_lanes_sum(above) - 1.0f) / count;
  } while (next != tau && count < last && count > 0);
#pragma GCC ivdep
  for (uint32_t k = 0; k < stride; k++) {
    float beyond = v[k] - tau;
    u[k] = beyond > zero ? beyond : zero;
  }
  if (!(count > 0 && tau >= -FLT_MAX))
    u[0] = NAN;
}

#endif
