/* What getrusage knows. */
#include "cli/memory.h"

#include <sys/resource.h>

double fg_memory_peak(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return (double)usage.ru_maxrss * 1024 / 1e6; /* Linux counts in KiB */
}
