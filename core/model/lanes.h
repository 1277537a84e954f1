/* Sixteen floats at a time: how kernels (core/kernel.h) are written so that the compiler vectorises them and their bits
 * do not depend on the machine. A kernel of a model is plain C over rows of a length that is a multiple of FG_LANES;
 * what goes elementwise has one result whatever the vectors' width, and a sum keeps FG_LANES partial sums (lane j adds
 * the entries k = j mod FG_LANES in order) that are then added in the fixed order of fg_lanes_sum. The build forbids
 * contraction into FMA. (Loops over a row's sixteens are unrolled where its length is known: the partial sums then stay
 * in registers. Vectors as an explicit 64-byte type were tried: where the machine's are narrower gcc 12 moves them
 * through memory, four times slower.) */
#ifndef FG_CORE_MODEL_LANES_H
#define FG_CORE_MODEL_LANES_H

#include "core/kernel.h"
#include "core/model/model.h"

#include <stddef.h>
#include <stdint.h>

/* Row `index` of a factor (lent): `stride` floats, aligned. */
#define FG_ROW(factor, index, stride) (__builtin_assume_aligned((factor) + (index) * (size_t)(stride), FG_ALIGN))

enum {
  FG_WIDE = 8,     /* partial sums in double */
  FG_PREFETCH = 6, /* points ahead whose rows a kernel asks for: about the latency of the L2 cache that holds a tile */
  FG_RANK_MAX = 1024, /* a kernel's scratch lives on the stack, and the stack of a simulated worker is small */
};

/* The last of the halvings below, of four floats: (0 + 2) + (1 + 3). */
#if defined(__has_builtin)
#if __has_builtin(__builtin_shufflevector)
#define FG_FOUR 1
#endif
#endif
#ifdef FG_FOUR
typedef float fg_four __attribute__((vector_size(4 * sizeof(float))));
FG_INLINE float fg_four_sum(const float *q) {
  fg_four v;
  __builtin_memcpy(&v, q, sizeof v);
  v += __builtin_shufflevector(v, v, 2, 3, 0, 1);
  return v[0] + v[1];
}
#else
FG_INLINE float fg_four_sum(const float *q) {
  return (q[0] + q[2]) + (q[1] + q[3]);
}
#endif

/* Sum of partial sums by halving: (j, j + 8), then (j, j + 4), (j, j + 2), (0, 1). (Written as halves, which the
 * compiler takes for halves of a register: a sum is on the way from every point to its update.) */
FG_INLINE float fg_lanes_sum(const float *lane) {
  float h[8], q[4];
  for (int j = 0; j < 8; j++)
    h[j] = lane[j] + lane[j + 8];
  for (int j = 0; j < 4; j++)
    q[j] = h[j] + h[j + 4];
  return fg_four_sum(q);
}

/* The same of FG_WIDE partial sums in double, for evaluation: (j, j + 4), (j, j + 2), (0, 1). */
FG_INLINE double fg_wide_sum(const double *lane) {
  return ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}

/* u.w; `stride` a multiple of FG_LANES */
FG_INLINE float fg_lanes_dot(const float *restrict u, const float *restrict w, const uint32_t stride) {
  float lane[FG_LANES];
  for (uint32_t j = 0; j < FG_LANES; j++)
    lane[j] = u[j] * w[j];
#pragma GCC unroll 8
  for (uint32_t k = FG_LANES; k < stride; k += FG_LANES)
    for (uint32_t j = 0; j < FG_LANES; j++)
      lane[j] += u[k + j] * w[k + j];
  return fg_lanes_sum(lane);
}

/* u.w of a point in double, of rows with `lanes` floats that count. */
FG_INLINE double fg_lanes_predict(const struct fg_view *view, const struct fg_point *point, uint32_t lanes,
                                  uint32_t stride) {
  const float *u = FG_ROW(view->row_factor, point->row, stride), *w = FG_ROW(view->col_factor, point->col, stride);
  double dot[FG_WIDE] = {0};
  for (uint32_t k = 0; k < lanes; k += FG_WIDE)
    for (uint32_t j = 0; j < FG_WIDE; j++)
      dot[j] += (double)u[k + j] * w[k + j];
  return fg_wide_sum(dot);
}

/* CALL(width) with the stride, as a constant where it is a common one: a kernel's loops then have known lengths. (Not
 * under sanitizers: their checks in loops of eight lengths take minutes to compile, and those of one length find as
 * much.) */
#ifdef __SANITIZE_ADDRESS__
#define FG_WITH_WIDTH(stride, CALL)                                                                                    \
  { CALL((stride) / FG_LANES * FG_LANES); }
#else
#define FG_WITH_WIDTH(stride, CALL)                                                                                    \
  switch (stride) {                                                                                                    \
  case 16:                                                                                                             \
    CALL(16);                                                                                                          \
    break;                                                                                                             \
  case 32:                                                                                                             \
    CALL(32);                                                                                                          \
    break;                                                                                                             \
  case 48:                                                                                                             \
    CALL(48);                                                                                                          \
    break;                                                                                                             \
  case 64:                                                                                                             \
    CALL(64);                                                                                                          \
    break;                                                                                                             \
  case 80:                                                                                                             \
    CALL(80);                                                                                                          \
    break;                                                                                                             \
  case 96:                                                                                                             \
    CALL(96);                                                                                                          \
    break;                                                                                                             \
  case 112:                                                                                                            \
    CALL(112);                                                                                                         \
    break;                                                                                                             \
  case 128:                                                                                                            \
    CALL(128);                                                                                                         \
    break;                                                                                                             \
  default:                                                                                                             \
    CALL((stride) / FG_LANES * FG_LANES);                                                                              \
  }
#endif

/* Fetches row `index` into the first cache level, to be written. */
FG_INLINE void fg_lanes_prefetch(const float *factor, uint32_t index, const uint32_t stride) {
  for (uint32_t k = 0; k < stride; k += FG_LANES)
    __builtin_prefetch(factor + index * (size_t)stride + k, 1, 3);
}

/* Do two points share neither row nor column? Then the second's product may be taken before the first's rows change,
 * with the same bits: it is ready by the time the processor needs it, where otherwise all that a point changes waits
 * for its sum and fills the scheduler, so that nothing of the next point is begun. */
FG_INLINE bool fg_points_apart(const struct fg_point *a, const struct fg_point *b) {
  return a->row != b->row && a->col != b->col;
}

#endif
