/* Synthetic data with known truth. */
#ifndef FG_CORE_DATA_GENERATE_H
#define FG_CORE_DATA_GENERATE_H

#include "core/data/points.h"
#include "core/err.h"
#include "core/spec.h"

#include <stdint.h>

/* One generator per model; the table ends with a NULL name. */
struct fg_generator_type {
  const char *name, *summary;
  const struct fg_param *params;
  enum fg_err (*generate)(const struct fg_values *values, uint64_t seed, struct fg_points *points,
                          struct fg_fault *fault);
};
extern const struct fg_generator_type *const fg_generator_types[];

/* "mf:rows=20000,cols=4000,nnz=2000000,rank=16" -> points. The caller frees them. */
enum fg_err fg_generate(const char *spec, uint64_t seed, struct fg_points *points, struct fg_fault *fault);

#endif
