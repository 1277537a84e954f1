/* Dimensions of regular networks: from "4x4x2", or from a number of hosts, to numbers. */
#include "sim/kinds.h"

#include <string.h>

enum fg_err fg_shape_parse(const char *what, const char *key, const char *text, unsigned *dim, size_t *n,
                           struct fg_fault *fault) {
  *n = 0;
  uint64_t product = 1;
  for (const char *p = text; *p;) {
    char one[16];
    size_t length = strcspn(p, "x");
    uint64_t v = 0;
    bool good = length < sizeof one && *n < FG_SHAPE_MAX;
    if (good) {
      memcpy(one, p, length);
      one[length] = 0;
      good = fg_parse_u64(one, &v) && v >= 1 && v <= 1u << 20;
      product *= v;
    }
    p += length;
    if (!good || product > 1u << 24 || (*p && !p[1]))
      return fg_fail(fault, FG_EUSAGE, NULL, 0,
                     "%s: %s=%s must be at most %d numbers from 1, as in 4x4, with a product of at most %u", what, key,
                     text, FG_SHAPE_MAX, 1u << 24);
    dim[(*n)++] = (unsigned)v;
    p += *p == 'x';
  }
  return FG_OK;
}

/* the least a with a^n >= hosts */
static unsigned root_up(uint64_t hosts, size_t n) {
  if (n == 1)
    return (unsigned)hosts;
  for (uint64_t a = 1;; a++) {
    uint64_t power = 1;
    for (size_t i = 0; i < n && power < hosts; i++)
      power *= a;
    if (power >= hosts)
      return (unsigned)a;
  }
}

void fg_shape_fit(uint32_t hosts, size_t n, unsigned *dim) {
  uint64_t left = hosts;
  for (size_t i = 0; i < n; i++) {
    dim[i] = root_up(left, n - i);
    left = (left + dim[i] - 1) / dim[i];
  }
}

enum fg_err fg_shape_holds(const char *what, const char *key, const unsigned *dim, size_t n, uint32_t hosts,
                           struct fg_fault *fault) {
  uint64_t product = 1;
  for (size_t i = 0; i < n; i++)
    product *= dim[i];
  if (product < hosts)
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "%s: %s has room for %llu hosts, %lu are needed", what, key,
                   (unsigned long long)product, (unsigned long)hosts);
  return FG_OK;
}
