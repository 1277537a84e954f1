/* Sixteen floats at a time: how kernels are written so that the compiler vectorises them and their bits do not depend
 * on the machine. A kernel is plain C over rows of a length that is a multiple of FG_LANES; what goes elementwise has
 * one result whatever the vectors' width, and a sum keeps FG_LANES partial sums (lane j adds the entries k = j mod
 * FG_LANES in order) that are then added in the fixed order of fg_lanes_sum. The build forbids contraction into FMA. A
 * function marked FG_KERNEL is compiled for AVX-512, AVX2 and the baseline, and the machine's is chosen when the
 * program is loaded. (Loops over a row's sixteens are unrolled where its length is known: the partial sums then stay in
 * registers. Vectors as an explicit 64-byte type were tried: where the machine's are narrower gcc 12 moves them through
 * memory, four times slower.) */
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

/* CALL(width) with the stride, as a constant where it is a common one: a kernel's loops then have known lengths. */
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

/* Fetches row `index` into the first cache level, to be written. */
FG_INLINE void fg_lanes_prefetch(const float *factor, uint32_t index, const uint32_t stride) {
  for (uint32_t k = 0; k < stride; k += FG_LANES)
    __builtin_prefetch(factor + index * (size_t)stride + k, 1, 3);
}

#endif
