/* NumPy's .npy format, version 1.0, float32 in C order: how factors are kept. */
#ifndef FG_CORE_NPY_H
#define FG_CORE_NPY_H

#include "core/err.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { FG_NPY_HEADER = 128 }; /* bytes of the headers made here: magic, version, length, text */

/* The header of a rows x cols array, to `out` (lent, FG_NPY_HEADER bytes); row-major values follow it. */
void fg_npy_header(uint32_t rows, uint32_t cols, unsigned char *out);

/* Opens a two-dimensional float32 C-order file of exactly that shape; *file stands at its first value and is the
 * caller's to close. FG_EINPUT if it is anything else. */
enum fg_err fg_npy_open(const char *path, uint32_t rows, uint32_t cols, FILE **file, struct fg_fault *fault);

/* Reads a two-dimensional float32 C-order file; *values is the caller's to free. FG_EINPUT if it is anything else. */
enum fg_err fg_npy_read(const char *path, uint32_t *rows, uint32_t *cols, float **values, struct fg_fault *fault);

#endif
