/* NumPy's .npy format, version 1.0, float32 in C order: how factors are kept. */
#ifndef FG_CORE_NPY_H
#define FG_CORE_NPY_H

#include "core/err.h"

#include <stddef.h>
#include <stdint.h>

/* Writes rows x cols floats (lent, row-major) to a temporary name and renames it to `path`. */
enum fg_err fg_npy_write(const char *path, uint32_t rows, uint32_t cols, const float *values, struct fg_fault *fault);

/* Reads a two-dimensional float32 C-order file; *values is the caller's to free. FG_EINPUT if it is anything else. */
enum fg_err fg_npy_read(const char *path, uint32_t *rows, uint32_t *cols, float **values, struct fg_fault *fault);

#endif
