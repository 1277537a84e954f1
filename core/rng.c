/* Randomness: counters in, draws out. */
#include "core/rng.h"

#include "core/kernel.h"

#include <Random123/philox.h>
#include <string.h>

uint64_t fg_seed_derive(uint64_t seed, uint64_t tag) {
  uint64_t z = seed + (tag + 1) * 0x9e3779b97f4a7c15ULL;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

void fg_rng_start(struct fg_rng *rng, uint64_t seed, enum fg_stream stream, uint64_t index, uint32_t sub) {
  uint64_t key = fg_seed_derive(seed, (uint64_t)stream);
  rng->key[0] = (uint32_t)key;
  rng->key[1] = (uint32_t)(key >> 32);
  rng->counter[0] = 0;
  rng->counter[1] = sub;
  rng->counter[2] = (uint32_t)index;
  rng->counter[3] = (uint32_t)(index >> 32);
  rng->used = 4;
}

static void refill(struct fg_rng *rng) {
  philox4x32_ctr_t c = {{rng->counter[0], rng->counter[1], rng->counter[2], rng->counter[3]}};
  philox4x32_key_t k = {{rng->key[0], rng->key[1]}};
  philox4x32_ctr_t r = philox4x32(c, k);
  memcpy(rng->out, r.v, sizeof rng->out);
  rng->counter[0]++;
  rng->used = 0;
}

uint32_t fg_rng_u32(struct fg_rng *rng) {
  if (rng->used == 4)
    refill(rng);
  return rng->out[rng->used++];
}

static double uniform_of(uint64_t bits) {
  return ((double)(bits >> 12) + 0.5) * 0x1p-52;
}

double fg_rng_uniform(struct fg_rng *rng) {
  uint64_t hi = fg_rng_u32(rng);
  return uniform_of(hi << 32 | fg_rng_u32(rng));
}

/* Counters of sequences side by side, and what Philox makes of them: lanes of 64 bits that hold 32, as products need
 * them. */
struct counters {
  uint64_t a[FG_RNG_SIDE], b[FG_RNG_SIDE], c[FG_RNG_SIDE], d[FG_RNG_SIDE];
};

/* Philox4x32-10 as refill has it. */
FG_INLINE void philox_lanes(uint32_t key0, uint32_t key1, struct counters *counters) {
  uint64_t *restrict a = counters->a, *restrict b = counters->b, *restrict c = counters->c, *restrict d = counters->d;
  for (int round = 0; round < 10; round++) {
    for (int j = 0; j < FG_RNG_SIDE; j++) {
      uint64_t x = a[j] * PHILOX_M4x32_0, y = c[j] * PHILOX_M4x32_1;
      a[j] = (y >> 32) ^ b[j] ^ key0;
      b[j] = y & UINT32_MAX;
      c[j] = (x >> 32) ^ d[j] ^ key1;
      d[j] = x & UINT32_MAX;
    }
    key0 += PHILOX_W32_0;
    key1 += PHILOX_W32_1;
  }
}

FG_KERNEL static void philox_side_by_side(uint32_t key0, uint32_t key1, const uint64_t *index, uint32_t sub,
                                          uint64_t *out) {
  struct counters n;
  for (int j = 0; j < FG_RNG_SIDE; j++) {
    n.a[j] = 0;
    n.b[j] = sub;
    n.c[j] = index[j] & UINT32_MAX;
    n.d[j] = index[j] >> 32;
  }
  philox_lanes(key0, key1, &n);
  for (int j = 0; j < FG_RNG_SIDE; j++)
    out[j] = n.a[j] << 32 | n.b[j];
}

FG_KERNEL static void philox_in_turn(const uint32_t *key, const uint32_t *counter, uint32_t first, uint32_t *out) {
  struct counters n;
  for (uint32_t j = 0; j < FG_RNG_SIDE; j++) {
    n.a[j] = first + j;
    n.b[j] = counter[1];
    n.c[j] = counter[2];
    n.d[j] = counter[3];
  }
  philox_lanes(key[0], key[1], &n);
  for (int j = 0; j < FG_RNG_SIDE; j++) {
    out[4 * j] = (uint32_t)n.a[j];
    out[4 * j + 1] = (uint32_t)n.b[j];
    out[4 * j + 2] = (uint32_t)n.c[j];
    out[4 * j + 3] = (uint32_t)n.d[j];
  }
}

void fg_rng_words(const struct fg_rng *start, uint32_t block, uint32_t *out) {
  philox_in_turn(start->key, start->counter, FG_RNG_SIDE * block, out);
}

void fg_rng_first_uniforms(uint64_t seed, enum fg_stream stream, const uint64_t *index, uint32_t sub, double *out) {
  uint64_t key = fg_seed_derive(seed, (uint64_t)stream), bits[FG_RNG_SIDE];
  philox_side_by_side((uint32_t)key, (uint32_t)(key >> 32), index, sub, bits);
  for (int j = 0; j < FG_RNG_SIDE; j++)
    out[j] = uniform_of(bits[j]);
}

uint32_t fg_rng_below(struct fg_rng *rng, uint32_t n) {
  uint64_t m = (uint64_t)fg_rng_u32(rng) * n;
  if ((uint32_t)m < n) {
    uint32_t floor = -n % n;
    while ((uint32_t)m < floor)
      m = (uint64_t)fg_rng_u32(rng) * n;
  }
  return (uint32_t)(m >> 32);
}

static void gsl_set(void *state, unsigned long seed) {
  fg_rng_start(state, seed, FG_STREAM_GENERATE, 0, 0);
}

static unsigned long gsl_get(void *state) {
  return fg_rng_u32(state);
}

static double gsl_get_double(void *state) {
  return fg_rng_uniform(state);
}

static const gsl_rng_type philox_type = {
    .name = "philox4x32-10",
    .max = 0xffffffffUL,
    .min = 0,
    .size = sizeof(struct fg_rng),
    .set = gsl_set,
    .get = gsl_get,
    .get_double = gsl_get_double,
};

const gsl_rng_type *fg_rng_gsl(void) {
  return &philox_type;
}

void fg_rng_gsl_start(gsl_rng *gsl, uint64_t seed, enum fg_stream stream, uint64_t index, uint32_t sub) {
  fg_rng_start(gsl->state, seed, stream, index, sub);
}
