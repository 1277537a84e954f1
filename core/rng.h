/* Randomness as a pure function of (seed, stream, index, sub, draw): Philox4x32-10 (Salmon et al., SC'11, through
 * Random123). Nothing is kept between uses but a counter, so that any draw of a run can be made again by anybody.
 * Streams are separate, so that two strategies can be compared with the same data, initialisation and stragglers. */
#ifndef FG_CORE_RNG_H
#define FG_CORE_RNG_H

#include <gsl/gsl_rng.h>
#include <stdint.h>

enum fg_stream {
  FG_STREAM_GENERATE,  /* synthetic data */
  FG_STREAM_SPLIT,     /* train/test split; index: point or row */
  FG_STREAM_GRID,      /* permutation of rows and columns, storage order of points */
  FG_STREAM_INIT_ROW,  /* initial row factors; index: original row */
  FG_STREAM_INIT_COL,  /* initial column factors; index: original column */
  FG_STREAM_ORDER,     /* order of points in a pass; index: block visit, sub: pass */
  FG_STREAM_STRAGGLER, /* slowdowns; index: worker and draw */
  FG_STREAM_SCORE,     /* fold-in of unseen rows */
  FG_STREAM_ROUTE,     /* where blocks wander; index: visit of a worker, sub: the worker */
  FG_STREAM_ZEROS,     /* pairs of nodes without a link */
  FG_STREAM_DRAW,      /* draws of samplers; index: block visit, sub: pass */
  FG_STREAM_NOISE,     /* Langevin noise; index: block visit, sub: side and part of the visit */
};

/* One sequence of draws. Plain data: copy it freely. */
struct fg_rng {
  uint32_t key[2];
  uint32_t counter[4]; /* {block of four draws, sub, index low, index high} */
  uint32_t out[4];
  uint32_t used; /* how many of out[] are spent; 4: none left */
};

/* Starts the sequence (seed, stream, index, sub). */
void fg_rng_start(struct fg_rng *rng, uint64_t seed, enum fg_stream stream, uint64_t index, uint32_t sub);

/* The next 32 uniform bits. A sequence has 2^34 of them. */
uint32_t fg_rng_u32(struct fg_rng *rng);

/* Uniform on the open interval (0, 1), 53 bits; never 0 or 1. */
double fg_rng_uniform(struct fg_rng *rng);

/* The first fg_rng_uniform of each of FG_RNG_SIDE sequences (seed, stream, index[j], sub), side by side: for those of
 * which nothing else is wanted. index, out: lent, FG_RNG_SIDE entries. */
enum { FG_RNG_SIDE = 16 };
void fg_rng_first_uniforms(uint64_t seed, enum fg_stream stream, const uint64_t *index, uint32_t sub, double *out);

/* Words FG_RNG_WORDS * block ... of a sequence just started (lent): what fg_rng_u32 would give there, made side by
 * side. out: FG_RNG_WORDS entries. A sequence has 2^28 such blocks. */
enum { FG_RNG_WORDS = 4 * FG_RNG_SIDE };
void fg_rng_words(const struct fg_rng *start, uint32_t block, uint32_t *out);

/* Uniform on {0, ..., n - 1} without bias (Lemire 2019); n > 0. */
uint32_t fg_rng_below(struct fg_rng *rng, uint32_t n);

/* A seed derived from another, one per stream, for --seed-data and its kin (SplitMix64's finaliser). */
uint64_t fg_seed_derive(uint64_t seed, uint64_t tag);

/* Philox for GSL's distributions: gsl_rng_alloc(fg_rng_gsl()), then fg_rng_gsl_start. The generator draws by
 * fg_rng_u32 and fg_rng_uniform. The caller frees the gsl_rng. */
const gsl_rng_type *fg_rng_gsl(void);
void fg_rng_gsl_start(gsl_rng *gsl, uint64_t seed, enum fg_stream stream, uint64_t index, uint32_t sub);

#endif
