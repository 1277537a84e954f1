/* Kernels for AVX2 with contraction into FMA, which the build forbids: the bits that must not be. */
#ifdef __x86_64__
#pragma GCC target("avx2,fma")
#pragma GCC optimize("O2", "fp-contract=fast")
#define FG_KERNEL
#endif
#define ISA(name)  ISA_(name)
#define ISA_(name) name##_fma
#include "tests/model_isa.h"
