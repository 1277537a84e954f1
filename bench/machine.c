/* Group `machine`: what this machine could do, beside which the rates of kernels are set (docs/performance.md).
 * Bandwidth counts the bytes that the program asks for: a copy reads and writes, a triad a = b + s c reads two and
 * writes one. The peak has no contraction into FMA, as kernels have none (core/model/lanes.h). */
#include "bench/bench.h"

#include "core/model/lanes.h"
#include "core/rng.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum kind { COPY, TRIAD, CHASE, PEAK, CHAIN };
static const char *const kind_names[] = {"copy", "triad", "load", "multiply-add", "multiply-add"};
static const char *const level_names[] = {"L1", "L2", "L3", "memory"};
enum { LEVELS = 4, LINE = 64 };

/* in the order of their cases: every kind that has levels at every level, then the others */
static bool which(size_t i, enum kind *kind, size_t *level) {
  if (i < CHASE * LEVELS + LEVELS) {
    *kind = (enum kind)(i / LEVELS);
    *level = i % LEVELS;
    return true;
  }
  *level = 0;
  *kind = i == CHASE * LEVELS + LEVELS ? PEAK : CHAIN;
  return i < CHASE * LEVELS + LEVELS + 2;
}

static bool name_case(enum fg_bench_size size, size_t i, char *out) {
  enum kind kind;
  size_t level;
  (void)size;
  if (!which(i, &kind, &level))
    return false;
  snprintf(out, FG_BENCH_NAME, "%s/%s", kind_names[kind],
           kind == PEAK    ? "independent"
           : kind == CHAIN ? "dependent"
                           : level_names[level]);
  return true;
}

struct machine {
  enum kind kind;
  size_t floats; /* of each array */
  float *a, *b, *c;
  uint32_t *next; /* CHASE: a cycle through all lines in random order */
  size_t lines;
  uint64_t times; /* the work is done in one repetition */
  double took;    /* [s] */
};

/* Half of a level, so that nothing else pushes it out, but of the last one, which others use and virtual machines count
 * whole, no more than eight times the one before; of memory four times the last level. [B] */
static size_t working_set(size_t level, enum fg_bench_size size) {
  static const int names[] = {_SC_LEVEL1_DCACHE_SIZE, _SC_LEVEL2_CACHE_SIZE, _SC_LEVEL3_CACHE_SIZE};
  static const long usual[] = {32 << 10, 1 << 20, 32 << 20};
  static const size_t most_of[] = {
      [FG_BENCH_TINY] = 1 << 20, [FG_BENCH_QUICK] = 128 << 20, [FG_BENCH_FULL] = 512 << 20};
  const size_t most = most_of[size];
  size_t cache = level < 3 ? level : 2;
  long bytes = sysconf(names[cache]);
  size_t set = (size_t)(bytes > 0 ? bytes : usual[cache]);
  set = level < 3 ? set / 2 : 4 * set;
  if (level == 2 && set > 16 * working_set(1, size))
    set = 16 * working_set(1, size);
  return set < most ? set : most;
}

FG_KERNEL static void copy(float *restrict a, const float *restrict b, size_t n) {
  for (size_t i = 0; i < n; i += FG_LANES)
    for (size_t j = 0; j < FG_LANES; j++)
      a[i + j] = b[i + j];
}

FG_KERNEL static void triad(float *restrict a, const float *restrict b, const float *restrict c, float s, size_t n) {
  for (size_t i = 0; i < n; i += FG_LANES)
    for (size_t j = 0; j < FG_LANES; j++)
      a[i + j] = b[i + j] + s * c[i + j];
}

/* Chains of multiply and add in registers, as many as keep every unit busy (12, of the 16 registers of AVX2), for each
 * width that kernels are compiled for; `n` links each, the result so that nothing is left out. */
enum { CHAINS = 12 };
#define CHAINS_OF(name, target, bytes)                                                                                 \
  target static float name(uint64_t n) {                                                                               \
    typedef float lanes __attribute__((vector_size(bytes)));                                                           \
    lanes x[CHAINS], keep = {0};                                                                                       \
    const lanes less = keep + 0.999f, more = keep + 0.001f;                                                            \
    _Pragma("GCC unroll 12") for (int j = 0; j < CHAINS; j++) x[j] = keep + (float)j;                                  \
    for (uint64_t i = 0; i < n; i++) {                                                                                 \
      _Pragma("GCC unroll 12") for (int j = 0; j < CHAINS; j++) x[j] = x[j] * less + more;                             \
    }                                                                                                                  \
    _Pragma("GCC unroll 12") for (int j = 0; j < CHAINS; j++) keep += x[j];                                            \
    return keep[0];                                                                                                    \
  }
#if defined(__x86_64__) && defined(__GNUC__)
CHAINS_OF(chains_64, __attribute__((target("avx512f"))), 64)
CHAINS_OF(chains_32, __attribute__((target("avx2"))), 32)
#endif
CHAINS_OF(chains_16, , 16)

static float chains(uint64_t n, double *floats) {
#if defined(__x86_64__) && defined(__GNUC__)
  if (strcmp(fg_bench_isa(), "avx512f") == 0)
    return *floats = 16, chains_64(n);
  if (strcmp(fg_bench_isa(), "avx2") == 0)
    return *floats = 8, chains_32(n);
#endif
  return *floats = 4, chains_16(n);
}

static float chain(uint64_t n) {
  float x = 2; /* 1 would stay 1 */
  for (uint64_t i = 0; i < n; i++)
    x = x * 0.999f + 0.001f;
  return x;
}

/* The work `times` over; *amount: bytes, operations or links of one time. Returns seconds. */
static double work(struct machine *m, uint64_t times, double *amount) {
  volatile float keep = 0;
  uint32_t at = 0;
  double start = fg_bench_cpu();
  switch (m->kind) {
  case COPY:
  case TRIAD:
    for (uint64_t t = 0; t < times; t++)
      if (m->kind == COPY)
        copy(t % 2 ? m->a : m->b, t % 2 ? m->b : m->a, m->floats);
      else
        triad(m->a, m->b, m->c, 0.5f, m->floats);
    *amount = (m->kind == COPY ? 2.0 : 3.0) * sizeof(float) * (double)m->floats;
    break;
  case CHASE:
    for (uint64_t t = 0; t < times * 1000; t++)
      at = m->next[(size_t)at * (LINE / sizeof *m->next)];
    keep = (float)at;
    *amount = 1000;
    break;
  case PEAK: {
    double floats;
    keep = chains(times * 1000, &floats);
    *amount = 1000.0 * 2 * CHAINS * floats;
    break;
  }
  case CHAIN:
    keep = chain(times * 1000);
    *amount = 1000;
    break;
  }
  (void)keep;
  return fg_bench_cpu() - start;
}

/* A random cycle through all lines: Sattolo's shuffle. */
static void link_lines(struct machine *m) {
  struct fg_rng rng;
  const size_t step = LINE / sizeof *m->next;
  fg_rng_start(&rng, 1, FG_STREAM_GENERATE, 0, 0);
  for (size_t i = 0; i < m->lines; i++)
    m->next[i * step] = (uint32_t)i;
  for (size_t i = m->lines - 1; i > 0; i--) {
    size_t j = fg_rng_below(&rng, (uint32_t)i);
    uint32_t t = m->next[i * step];
    m->next[i * step] = m->next[j * step];
    m->next[j * step] = t;
  }
}

static void release(void *state) {
  struct machine *m = state;
  if (m) {
    free(m->a);
    free(m->b);
    free(m->c);
    free(m->next);
  }
  free(m);
}

static float *array(size_t floats) {
  float *a = aligned_alloc(LINE, floats * sizeof *a);
  for (size_t i = 0; a && i < floats; i++)
    a[i] = 1;
  return a;
}

static enum fg_err prepare(enum fg_bench_size size, size_t i, void **state, struct fg_fault *fault) {
  struct machine *m = *state = calloc(1, sizeof *m);
  size_t level;
  if (!m)
    return FG_ENOMEM;
  which(i, &m->kind, &level);
  size_t set = working_set(level, size), arrays = m->kind == COPY ? 2 : 3;
  if (m->kind == COPY || m->kind == TRIAD) {
    m->floats = set / arrays / sizeof(float) / FG_LANES * FG_LANES;
    m->a = array(m->floats);
    m->b = array(m->floats);
    m->c = array(m->floats);
    if (!m->a || !m->b || !m->c)
      return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory for three arrays");
  } else if (m->kind == CHASE) {
    m->lines = set / LINE;
    m->next = aligned_alloc(LINE, m->lines * LINE);
    if (!m->next)
      return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory for %zu lines", m->lines);
    link_lines(m);
  }
  const double enough = size == FG_BENCH_TINY ? 1e-4 : size == FG_BENCH_QUICK ? 0.01 : 0.04;
  double amount;
  for (m->times = 1; (m->took = work(m, m->times, &amount)) < enough;)
    m->times *= 2;
  return FG_OK;
}

enum { BANDWIDTH, RATE, LATENCY };

static enum fg_err repeat(void *state, double *value, struct fg_fault *fault) {
  struct machine *m = state;
  double amount, took = work(m, m->times, &amount);
  (void)fault;
  amount *= (double)m->times;
  if (m->kind == COPY || m->kind == TRIAD)
    value[BANDWIDTH] = amount / took / 1e9;
  else if (m->kind == PEAK)
    value[RATE] = amount / took / 1e9;
  else
    value[LATENCY] = took / amount * 1e9;
  return FG_OK;
}

const struct fg_bench_group fg_bench_machine = {
    .name = "machine",
    .summary = "the roof: caches, memory, arithmetic in registers",
    .measure = {[BANDWIDTH] = {"bandwidth", "GB/s", false},
                [RATE] = {"rate", "Gflop/s", false},
                [LATENCY] = {"latency", "ns", true}},
    .name_case = name_case,
    .prepare = prepare,
    .repeat = repeat,
    .release = release,
};
