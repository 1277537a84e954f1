/* One case in a process of its own. The two sides speak in lines:
 *   server: "ready REVISION"                    after it has made the case ready
 *           "failed REASON"                     instead, or instead of values; then it ends
 *   driver: "again"                             one repetition, please
 *   server: "VALUE VALUE ..."                   one for every measure of the group
 * until the driver hangs up. Another build's server is asked in the same way. */
#ifndef FG_BENCH_SERVE_H
#define FG_BENCH_SERVE_H

#include "bench/bench.h"

#include <stdio.h>
#include <sys/types.h>

/* The server: speaks on standard input and output until the driver hangs up. Returns an exit code. */
int fg_bench_serve(const struct fg_bench_group *group, enum fg_bench_size size, const char *name);

struct fg_bench_server {
  pid_t pid;
  FILE *to, *from;
  char revision[64];
};

/* Starts PROGRAM --serve GROUP/CASE --size SIZE and waits until it is ready. FG_EIO, or FG_EUSAGE if the case cannot be
 * measured by that program. Stop it after an error, too. */
enum fg_err fg_bench_server_start(struct fg_bench_server *server, const char *program,
                                  const struct fg_bench_group *group, enum fg_bench_size size, const char *name,
                                  struct fg_fault *fault);

/* One repetition: FG_BENCH_MEASURES values (lent), NAN where a measure does not apply. */
enum fg_err fg_bench_server_again(struct fg_bench_server *server, const struct fg_bench_group *group, double *value,
                                  struct fg_fault *fault);

void fg_bench_server_stop(struct fg_bench_server *server);

/* "tiny", "quick", "full" */
extern const char *const fg_bench_size_names[];

#endif
