/* Between updates: draws to factors. */
#include "core/model/noise.h"

#include "core/model/lanes.h"
#include "core/rng.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum { WORDS = FG_RNG_WORDS / FG_LANES, DRAWS = 2 * WORDS }; /* sixteens of them that come together */

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
FG_KERNEL static void noise_kernel(float *x, size_t n, uint32_t stride, const float *scale, bool reflect,
                                   const struct fg_rng *start) {
  uint32_t word[WORDS][FG_LANES], k = 0, block = 0;
  float draw[DRAWS][FG_LANES];
  for (size_t at = 0; at < n; at += DRAWS, block++) {
    fg_rng_words(start, block, word[0]);
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
  struct fg_rng start;
  size_t sixteens = rows * (stride / FG_LANES);
  assert(sixteens / DRAWS < 1u << 28); /* a sequence has that many blocks of words */
  fg_rng_start(&start, seed, FG_STREAM_NOISE, index, sub);
  noise_kernel(factor, sixteens, stride, scale, reflect, &start);
}
