/* Kernels for AVX2, eight floats at a time. */
#ifdef __x86_64__
#define FG_KERNEL __attribute__((target("avx2")))
#endif
#define ISA(name)  ISA_(name)
#define ISA_(name) name##_avx2
#include "tests/model_isa.h"
