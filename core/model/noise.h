/* Gaussian noise for Langevin dynamics: normal draws as a function of (seed, visit, side), added to the factors of a
 * block, with the same bits on every instruction set.
 *
 * Philox4x32-10 (core/rng.h) gives words of 32 bits, and each word a pair of draws (Box and Muller 1958): 20 bits its
 * radius sqrt(-2 log u), 12 its direction. 4,096 evenly spaced directions have the moments of all of them, and 2^20
 * radii end at 5.4 standard deviations, which one draw in 10^7 exceeds; a step of Langevin dynamics is off by more than
 * that. Logarithm, sine and cosine are polynomials in plain floats (after Moshier's Cephes), no library's. */
#ifndef FG_CORE_MODEL_NOISE_H
#define FG_CORE_MODEL_NOISE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Adds scale[k] times a draw to entry k of each of `rows` rows of `stride` floats (a multiple of FG_LANES), one after
 * another; where scale[k] is 0 nothing changes. scale: lent, stride floats. reflect: an entry that falls below 0 takes
 * the other sign. index, sub: of the draws (core/rng.h), in FG_STREAM_NOISE. */
void fg_noise_add(float *factor, size_t rows, uint32_t stride, const float *scale, bool reflect, uint64_t seed,
                  uint64_t index, uint32_t sub);

/* Floating point operations of a draw and its addition, counted as those of models [flop]; whole numbers count half, as
 * they go twice as fast. */
#define FG_NOISE_FLOPS 40.0

#endif
