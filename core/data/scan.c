/* Digits -> numbers: what reading spends most of its time on. */
#include "core/data/scan.h"

#include <float.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static inline unsigned digit(char c) {
  return (unsigned char)c - (unsigned)'0';
}

const char *fg_scan_u64(const char *p, uint64_t *value) {
  if (digit(*p) > 9)
    return NULL;
  uint64_t v = 0;
  for (; digit(*p) <= 9; p++)
    v = v > (UINT64_MAX - 9) / 10 ? UINT64_MAX : 10 * v + digit(*p);
  *value = v;
  return p;
}

/* 10^0 .. 10^22 are exact in double */
static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/* m * 10^exponent by one correctly rounded operation in double, then to float. False where that is not safe: the double
 * is off the true value by at most half a unit, so the second rounding can only go astray next to a midpoint of two
 * floats, or outside the range of normal floats. */
static bool quick(uint64_t m, int exponent, float *value) {
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

const char *fg_scan_float(const char *p, float *value) {
  const char *start = p;
  bool minus = *p == '-', long_number = false;
  if (*p == '-' || *p == '+')
    p++;
  uint64_t m = 0;
  int exponent = 0;
  unsigned digits = 0;
  for (; digit(*p) <= 9; p++, digits = 1) {
    long_number |= m > (UINT64_MAX - 9) / 10;
    m = 10 * m + digit(*p);
  }
  if (*p == '.') {
    for (p++; digit(*p) <= 9; p++, digits = 1) {
      long_number |= m > (UINT64_MAX - 9) / 10;
      m = 10 * m + digit(*p);
      exponent--;
    }
  }
  if (!digits)
    return NULL;
  if (*p == 'e' || *p == 'E') {
    const char *e = p + 1;
    bool down = *e == '-';
    if (*e == '-' || *e == '+')
      e++;
    if (digit(*e) <= 9) {
      int given = 0;
      for (; digit(*e) <= 9; e++)
        given = given > 100000 ? given : 10 * given + (int)digit(*e);
      exponent += down ? -given : given;
      p = e;
    }
  }
  if (!long_number && quick(m, exponent, value)) {
    if (minus)
      *value = -*value;
  } else {
    *value = strtof(start, NULL);
  }
  return p;
}
