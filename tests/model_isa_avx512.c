/* Kernels for AVX-512, sixteen floats at a time. */
#ifdef __x86_64__
#define FG_KERNEL __attribute__((target("avx512f")))
#endif
#define ISA(name)  ISA_(name)
#define ISA_(name) name##_avx512
#include "tests/model_isa.h"
