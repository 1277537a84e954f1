/* Between updates: draws to factors. */
#include "core/model/noise.h"

#include "core/model/lanes.h"
#include "core/rng.h"

#include <Random123/philox.h>
#include <assert.h>
#include <math.h>
#include <string.h>

enum { WORDS = 4, DRAWS = 2 * WORDS }; /* of a counter */

/* Philox4x32-10 of FG_LANES counters that follow one another. */
FG_INLINE void philox(uint32_t key0, uint32_t key1, uint32_t first, uint32_t sub, uint64_t index,
                      uint32_t out[WORDS][FG_LANES]) {
  uint32_t *a = out[0], *b = out[1], *c = out[2], *d = out[3];
  for (uint32_t j = 0; j < FG_LANES; j++) {
    a[j] = first + j;
    b[j] = sub;
    c[j] = (uint32_t)index;
    d[j] = (uint32_t)(index >> 32);
  }
  for (int round = 0; round < 10; round++) {
    for (int j = 0; j < FG_LANES; j++) {
      uint64_t x = (uint64_t)a[j] * PHILOX_M4x32_0, y = (uint64_t)c[j] * PHILOX_M4x32_1;
      a[j] = (uint32_t)(y >> 32) ^ b[j] ^ key0;
      b[j] = (uint32_t)y;
      c[j] = (uint32_t)(x >> 32) ^ d[j] ^ key1;
      d[j] = (uint32_t)x;
    }
    key0 += PHILOX_W32_0;
    key1 += PHILOX_W32_1;
  }
}

FG_INLINE int32_t bits_of(float x) {
  int32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

FG_INLINE float float_of(int32_t bits) {
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

/* sqrt(-2 log u), u in (0, 1): with u = 2^e (1 + f), 1 + f about 1. */
FG_INLINE float radius(float u) {
  int32_t bits = bits_of(u), e = (bits - 0x3f3504f3) >> 23;
  float f = float_of(bits - e * (1 << 23)) - 1, z = f * f;
  float y = 7.0376836292e-2f;
  y = y * f - 1.1514610310e-1f;
  y = y * f + 1.1676998740e-1f;
  y = y * f - 1.2420140846e-1f;
  y = y * f + 1.4249322787e-1f;
  y = y * f - 1.6668057665e-1f;
  y = y * f + 2.0000714765e-1f;
  y = y * f - 2.4999993993e-1f;
  y = y * f + 3.3333331174e-1f;
  float square = -2 * ((y * f * z - 0.5f * z + f) + (float)e * 0.693147180559945f);
  return sqrtf(square > 0 ? square : 0);
}

/* Two draws of a word: bits 0 to 19 for the radius; bits 20 to 29 for an angle within an eighth of a turn of an axis,
 * bit 30 says which axis, bit 31 to which end. */
FG_INLINE void pair(uint32_t word, float *first, float *second) {
  float r = radius(((float)(int32_t)(word & 0xfffff) + 0.5f) * 0x1p-20f);
  float t = ((float)(int32_t)(word >> 20 & 0x3ff) - 511.5f) * (float)(M_PI / 2048), q = t * t;
  float sine = ((-1.9515295891e-4f * q + 8.3321608736e-3f) * q - 1.6666654611e-1f) * q * t + t;
  float cosine =
      ((2.443315711809948e-5f * q - 1.388731625493765e-3f) * q + 4.166664568298827e-2f) * q * q - 0.5f * q + 1;
  int32_t sign = (int32_t)(word & 0x80000000u), other = -(int32_t)(word >> 30 & 1);
  int32_t along = bits_of(cosine) ^ sign, across = bits_of(sine);
  *first = r * float_of((along & ~other) | (across & other));
  *second = r * float_of((across & ~other) | (along & other));
}

FG_INLINE void add_draws(float *restrict x, const float *restrict scale, const float *restrict draw) {
  for (int j = 0; j < FG_LANES; j++)
    x[j] += scale[j] * draw[j];
}

FG_INLINE void add_reflected(float *restrict x, const float *restrict scale, const float *restrict draw) {
  for (int j = 0; j < FG_LANES; j++)
    x[j] = fabsf(x[j] + scale[j] * draw[j]);
}

/* n: sixteens of all rows */
FG_KERNEL static void noise_kernel(float *x, size_t n, uint32_t stride, const float *scale, bool reflect, uint32_t key0,
                                   uint32_t key1, uint64_t index, uint32_t sub) {
  uint32_t word[WORDS][FG_LANES], k = 0, counter = 0;
  float draw[DRAWS][FG_LANES];
  for (size_t at = 0; at < n; at += DRAWS, counter += FG_LANES) {
    philox(key0, key1, counter, sub, index, word);
    for (int w = 0; w < WORDS; w++)
      for (int j = 0; j < FG_LANES; j++)
        pair(word[w][j], &draw[2 * w][j], &draw[2 * w + 1][j]);
    for (size_t i = 0; i < DRAWS && at + i < n; i++) {
      if (reflect)
        add_reflected(x + (at + i) * FG_LANES, scale + k, draw[i]);
      else
        add_draws(x + (at + i) * FG_LANES, scale + k, draw[i]);
      k = k + FG_LANES == stride ? 0 : k + FG_LANES;
    }
  }
}

void fg_noise_add(float *factor, size_t rows, uint32_t stride, const float *scale, bool reflect, uint64_t seed,
                  uint64_t index, uint32_t sub) {
  uint64_t key = fg_seed_derive(seed, FG_STREAM_NOISE);
  size_t sixteens = rows * (stride / FG_LANES);
  assert(sixteens / DRAWS < UINT32_MAX / FG_LANES); /* a sequence has that many counters */
  noise_kernel(factor, sixteens, stride, scale, reflect, (uint32_t)key, (uint32_t)(key >> 32), index, sub);
}
