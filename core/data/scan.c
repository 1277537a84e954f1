/* Digits -> numbers, of any length and form. */
#include "core/data/scan.h"

#include <stdlib.h>

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
  if (!long_number && fg_scan_quick(m, exponent, value)) {
    if (minus)
      *value = -*value;
  } else {
    *value = strtof(start, NULL);
  }
  return p;
}
