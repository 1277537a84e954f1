/* Kernels for the instruction set that the build is for. */
#define FG_KERNEL
#define ISA(name)  ISA_(name)
#define ISA_(name) name##_baseline
#include "tests/model_isa.h"
