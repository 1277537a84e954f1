/* order.bin: per machine every parcel taken, in its order. Given it every machine of a run is deterministic.
 * Layout, little-endian: the 8 bytes "FGORDER1"; then records of 32 bytes: taker's rank (u32), taker's role (u32),
 * taker's ticks (u64; 0 for stewards), sender's rank (u32), sender's role (u32), sender's sequence number (u64). */
#ifndef FG_CORE_ORDER_H
#define FG_CORE_ORDER_H

#include "core/err.h"
#include "core/sink.h"

#include <stdio.h>

enum { FG_ORDER_HEADER = 8, FG_ORDER_RECORD = 32 }; /* [B] */

enum fg_err fg_order_write_header(FILE *file);

/* Reads the header: FG_EINPUT if it is none. */
enum fg_err fg_order_skip_header(FILE *file);

enum fg_err fg_order_write(FILE *file, const struct fg_taken *taken);

/* The log by machine: machine m = 2 * rank + role took taken[first[m]] .. taken[first[m + 1] - 1]. */
struct fg_order {
  uint32_t hosts;
  size_t *first; /* 2 * hosts + 1 */
  struct fg_taken *taken;
};

/* The log of a run on so many hosts (fg_sync_hosts) from n records (lent), those of each machine in its order, of ranks
 * below `hosts`. FG_ENOMEM. Freed by fg_order_free. */
enum fg_err fg_order_sort(const struct fg_taken *list, size_t n, uint32_t hosts, struct fg_order *order,
                          struct fg_fault *fault);

/* The same from a file. FG_EINPUT on a damaged file. Freed by fg_order_free. */
enum fg_err fg_order_read(const char *path, uint32_t hosts, struct fg_order *order, struct fg_fault *fault);
void fg_order_free(struct fg_order *order);

#endif
