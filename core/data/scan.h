/* Private to core/data: numbers in text. */
#ifndef FG_CORE_DATA_SCAN_H
#define FG_CORE_DATA_SCAN_H

#include <float.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Decimal digits at `p` (NUL-terminated). Returns what follows them, NULL if there are none; too large a number gives
 * UINT64_MAX. */
const char *fg_scan_u64(const char *p, uint64_t *value);

/* m * 10^exponent by one correctly rounded operation in double, then to float. False where that is not safe: the double
 * is off the true value by at most half a unit, so the second rounding can only go astray next to a midpoint of two
 * floats, or outside the range of normal floats. */
static inline bool fg_scan_quick(uint64_t m, int exponent, float *value) {
  /* 10^0 .. 10^22 are exact in double */
  static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                  1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
  if (m >> 53 || exponent < -22 || exponent > 22)
    return false;
  double v = exponent < 0 ? (double)m / powers[-exponent] : (double)m * powers[exponent];
  if (m == 0) {
    *value = 0;
    return true;
  }
  uint64_t bits;
  memcpy(&bits, &v, sizeof bits);
  uint64_t beyond = bits & 0x1fffffff, midpoint = 0x10000000;
  if (v < FLT_MIN || v > FLT_MAX || (beyond >= midpoint - 1 && beyond <= midpoint + 1))
    return false;
  *value = (float)v;
  return true;
}

/* A decimal number [+-]digits[.digits][e[+-]digits] at `p`, rounded correctly to float; infinite if too large. Returns
 * what follows, NULL if there is none (also for inf, nan and hex digits after 0x). */
const char *fg_scan_float(const char *p, float *value);

#endif
