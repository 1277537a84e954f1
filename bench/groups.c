/* The table of groups, and what all of them share. */
#include "bench/bench.h"

#include <time.h>

/* One line per group; its file defines fg_bench_NAME. */
#define FG_BENCH_LIST(X)                                                                                               \
  X(machine)                                                                                                           \
  X(kernels)                                                                                                           \
  X(ingest)                                                                                                            \
  X(simulator)                                                                                                         \
  X(replay)                                                                                                            \
  X(sweep)

#define DECLARE(name) extern const struct fg_bench_group fg_bench_##name;
FG_BENCH_LIST(DECLARE)
#undef DECLARE

#define ROW(name) &fg_bench_##name,
const struct fg_bench_group *const fg_bench_groups[] = {FG_BENCH_LIST(ROW) NULL};
#undef ROW

size_t fg_bench_measures(const struct fg_bench_group *group) {
  size_t n = 0;
  while (n < FG_BENCH_MEASURES && group->measure[n].name)
    n++;
  return n;
}

double fg_bench_cpu(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

const char *fg_bench_isa(void) {
#if defined(__x86_64__) && defined(__GNUC__)
  if (__builtin_cpu_supports("avx512f"))
    return "avx512f";
  if (__builtin_cpu_supports("avx2"))
    return "avx2";
#endif
  return "baseline";
}
