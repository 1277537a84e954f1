/* Sixteen floats at a time: the vector type of the kernels, and sums in one fixed order.
 * A kernel is written once with these and marked FG_KERNEL: the compiler makes a version for AVX-512, AVX2 and the
 * baseline, and the machine's is chosen when the program is loaded. All do the same IEEE operations in the same order
 * (the build forbids contraction into FMA), so the bits of a run do not depend on the machine. */
#ifndef FG_CORE_MODEL_LANES_H
#define FG_CORE_MODEL_LANES_H

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

/* Rows that a kernel touches are asked for this many points ahead: about the latency of the L2 cache, where a tile's
 * rows are. */
enum { FG_PREFETCH = 6 };

/* A model's scratch lives on the stack, and the stack of a simulated worker is small. */
enum { FG_RANK_MAX = 1024 };

typedef float fg_lanes __attribute__((vector_size(64), may_alias));
typedef int32_t fg_lanes_mask __attribute__((vector_size(64), may_alias));
typedef float fg_lanes_half __attribute__((vector_size(32)));
typedef float fg_lanes_quarter __attribute__((vector_size(16)));
typedef double fg_wide __attribute__((vector_size(64))); /* eight doubles, for evaluation */

/* Sum of the lanes: halves are added until one is left, (i, i + 8), then (i, i + 4), (i, i + 2), (0, 1). */
FG_INLINE float fg_lanes_sum(fg_lanes v) {
  fg_lanes_half h = __builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7) +
                    __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15);
  fg_lanes_quarter q = __builtin_shufflevector(h, h, 0, 1, 2, 3) + __builtin_shufflevector(h, h, 4, 5, 6, 7);
  q += __builtin_shufflevector(q, q, 2, 3, 2, 3);
  return q[0] + q[1];
}

/* Entries below 0 become 0. */
FG_INLINE fg_lanes fg_lanes_clamp(fg_lanes v) {
  return (fg_lanes)((fg_lanes_mask)v & (v > 0.0f));
}

/* Fetches a row of `lanes` x 16 floats into the first cache level, to be written. */
FG_INLINE void fg_lanes_prefetch(const float *row, uint32_t lanes) {
#pragma GCC unroll 8
  for (uint32_t l = 0; l < lanes; l++)
    __builtin_prefetch(row + 16 * (size_t)l, 1, 3);
}

/* Eight floats as doubles. */
FG_INLINE fg_wide fg_wide_load(const float *p) {
  typedef float fg_eight __attribute__((vector_size(32), may_alias));
  return __builtin_convertvector(*(const fg_eight *)p, fg_wide);
}

FG_INLINE double fg_wide_sum(fg_wide v) {
  return ((v[0] + v[4]) + (v[2] + v[6])) + ((v[1] + v[5]) + (v[3] + v[7]));
}

#endif
