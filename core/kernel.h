/* Kernels: functions whose inner loops the compiler is to vectorise for the machine that runs them. One that is marked
 * FG_KERNEL is compiled for AVX-512, AVX2 and the baseline, and the machine's version is chosen when the program is
 * loaded. It must give the same result whichever that is: whole numbers do; floats do as core/model/lanes.h says. */
#ifndef FG_CORE_KERNEL_H
#define FG_CORE_KERNEL_H

#include <stdint.h> /* says whether the C library is glibc */

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

#endif
