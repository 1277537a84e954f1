/* Sixteen floats at a time: how kernels are written so that the compiler vectorises them and their bits do not depend
 * on the machine. A kernel is plain C over rows of a length that is a multiple of FG_LANES; what goes elementwise has
 * one result whatever the vectors' width, and a sum keeps FG_LANES partial sums (lane j adds the entries k = j mod
 * FG_LANES in order) that are then added in the fixed order of fg_lanes_sum. The build forbids contraction into FMA. A
 * function marked FG_KERNEL is compiled for AVX-512, AVX2 and the baseline, and the machine's is chosen when the
 * program is loaded. (Loops over a row's sixteens are unrolled where its length is known: the partial sums then stay in
 * registers. Vectors as an explicit 64-byte type were tried: where the machine's are narrower gcc 12 moves them through
 * memory, five times slower.) */
#ifndef FG_CORE_MODEL_LANES_H
#define FG_CORE_MODEL_LANES_H

#include "core/model/model.h"

#include <stddef.h>
#include <stdint.h>

/* FG_KERNEL may be set beforehand, to compile a kernel for one instruction set (tests). Sanitizers are not ready yet
 * when the loader chooses, and not every C library lets it choose. */
#ifndef FG_KERNEL
#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && !defined(__clang__) &&                           \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define FG_KERNEL __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define FG_KERNEL
#endif
#endif

/* part of a kernel; becomes part of each of its versions */
#define FG_INLINE static inline __attribute__((always_inline))

/* Row `index` of a factor (lent): `stride` floats, aligned. */
#define FG_ROW(factor, index, stride) (__builtin_assume_aligned((factor) + (index) * (size_t)(stride), FG_ALIGN))

enum {
  FG_PREFETCH = 6, /* points ahead whose rows a kernel asks for: about the latency of the L2 cache that holds a tile */
  FG_RANK_MAX = 1024, /* a kernel's scratch lives on the stack, and the stack of a simulated worker is small */
};

/* Sum of partial sums: (j, j + 8), then (j, j + 4), (j, j + 2), (0, 1). */
FG_INLINE float fg_lanes_sum(const float *lane) {
  float q[4];
  for (int j = 0; j < 4; j++)
    q[j] = (lane[j] + lane[j + 8]) + (lane[j + 4] + lane[j + 12]);
  return (q[0] + q[2]) + (q[1] + q[3]);
}

/* The same of partial sums in double, for evaluation. */
FG_INLINE double fg_lanes_sum_double(const double *lane) {
  double q[4];
  for (int j = 0; j < 4; j++)
    q[j] = (lane[j] + lane[j + 8]) + (lane[j + 4] + lane[j + 12]);
  return (q[0] + q[2]) + (q[1] + q[3]);
}

/* u.w; `stride` a multiple of FG_LANES */
FG_INLINE float fg_lanes_dot(const float *restrict u, const float *restrict w, const uint32_t stride) {
  float lane[FG_LANES] = {0};
#pragma GCC unroll 8
  for (uint32_t k = 0; k < stride; k += FG_LANES)
    for (uint32_t j = 0; j < FG_LANES; j++)
      lane[j] += u[k + j] * w[k + j];
  return fg_lanes_sum(lane);
}

/* Fetches row `index` into the first cache level, to be written. */
FG_INLINE void fg_lanes_prefetch(const float *factor, uint32_t index, const uint32_t stride) {
  for (uint32_t k = 0; k < stride; k += FG_LANES)
    __builtin_prefetch(factor + index * (size_t)stride + k, 1, 3);
}

#endif
