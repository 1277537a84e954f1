/* Private to core/data: numbers in text. */
#ifndef FG_CORE_DATA_SCAN_H
#define FG_CORE_DATA_SCAN_H

#include <stdint.h>

/* Decimal digits at `p` (NUL-terminated). Returns what follows them, NULL if there are none; too large a number gives
 * UINT64_MAX. */
const char *fg_scan_u64(const char *p, uint64_t *value);

/* A decimal number [+-]digits[.digits][e[+-]digits] at `p`, rounded correctly to float; infinite if too large. Returns
 * what follows, NULL if there is none (also for inf, nan and hex digits after 0x). */
const char *fg_scan_float(const char *p, float *value);

#endif
