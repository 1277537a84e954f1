/* Synthetic data with known truth. */
#ifndef FG_CORE_DATA_GENERATE_H
#define FG_CORE_DATA_GENERATE_H

#include "core/data/points.h"
#include "core/err.h"
#include "core/spec.h"

#include <stdint.h>

/* The truth behind generated data: U (rows x rank) or W (cols x rank), row-major, in the order of the data. */
struct fg_planted {
  uint32_t n, rank;
  float *factor; /* n x rank */
};

/* One generator per model; the table ends with a NULL name. */
struct fg_generator_type {
  const char *name, *summary;
  const struct fg_param *params;
  enum fg_err (*generate)(const struct fg_values *values, uint64_t seed, struct fg_points *points,
                          struct fg_fault *fault);
  /* Planted factors of rows (side 0) or columns (side 1), drawn again: the same as those that generate has used. The
   * caller frees out->factor, also after an error. NULL: there are none to be compared with. */
  enum fg_err (*planted)(const struct fg_values *values, uint64_t seed, int side, struct fg_planted *out);
};
extern const struct fg_generator_type *const fg_generator_types[];

/* "mf:rows=20000,cols=4000,nnz=2000000,rank=16" -> points. The caller frees them. */
enum fg_err fg_generate(const char *spec, uint64_t seed, struct fg_points *points, struct fg_fault *fault);

/* The planted factors of the same specification and seed (fg_generator_type.planted). FG_EUSAGE if there are none. The
 * caller frees out->factor, also after an error. */
enum fg_err fg_generate_planted(const char *spec, uint64_t seed, int side, struct fg_planted *out,
                                struct fg_fault *fault);

#endif
