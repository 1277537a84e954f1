/* What is said of results: the table as it grows, and JSON. */
#ifndef FG_BENCH_REPORT_H
#define FG_BENCH_REPORT_H

#include "bench/drive.h"
#include "bench/result.h"

#include <stdio.h>

/* Where and by what was measured. */
struct fg_bench_host {
  char cpu[128];
  const char *compiler, *revision, *isa; /* static */
  char vs_revision[64];                  /* of the other build; "" */
  char against[256];                     /* which earlier result; "" */
};
void fg_bench_host_find(struct fg_bench_host *host);

/* "# machine ..." lines. */
void fg_bench_print_host(const struct fg_bench_options *options, const struct fg_bench_host *host, FILE *to);

/* A group's heading, and a line of a result. */
void fg_bench_print_group(const struct fg_bench_group *group, bool gains, FILE *to);
void fg_bench_print_result(const struct fg_bench_result *result, bool gains, FILE *to);

/* Could a file be written there? Asked before anything is measured. FG_EUSAGE, FG_EIO. */
enum fg_err fg_bench_check_json(const char *path, struct fg_fault *fault);

/* All results as JSON; a file that was there stays until the new one is whole. FG_EUSAGE, FG_EIO. */
enum fg_err fg_bench_write_json(const char *path, const struct fg_bench_options *options,
                                const struct fg_bench_host *host, const struct fg_bench_results *results,
                                struct fg_fault *fault);

/* An earlier result: sets the gain of every result that it has, too. */
struct fg_facts;
enum fg_err fg_bench_against_read(const char *path, enum fg_bench_size size, struct fg_bench_host *host,
                                  struct fg_facts *facts, struct fg_fault *fault);
void fg_bench_against(const struct fg_facts *facts, struct fg_bench_result *result);

#endif
