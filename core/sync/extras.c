/* Extra updates: how small their steps are. */
#include "core/sync/extras.h"

enum { EXTRA_GEOMETRIC, EXTRA_SAME, EXTRA_HARMONIC };

double fg_extra_step(const struct fg_sync *sync, uint64_t x) {
  switch ((int)fg_sync_param(sync, "extra")) {
  case EXTRA_SAME:
    return 1;
  case EXTRA_HARMONIC:
    return 1 / ((double)x + 2);
  default: {
    /* repeated squaring, not pow(): the same bits with every libm */
    double step = 1, power = fg_sync_param(sync, "decay");
    for (uint64_t n = x + 1; n > 0; n >>= 1, power *= power)
      if (n & 1)
        step *= power;
    return step;
  }
  }
}

uint64_t fg_extra_max(const struct fg_sync *sync) {
  double max = fg_sync_param(sync, "max");
  return max >= 0x1p63 ? UINT64_MAX : (uint64_t)max;
}
