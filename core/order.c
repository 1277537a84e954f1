/* order.bin: which parcel was taken when, out and back in. */
#include "core/order.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char magic[FG_ORDER_HEADER] = {'F', 'G', 'O', 'R', 'D', 'E', 'R', '1'};
enum { RECORD = FG_ORDER_RECORD };

static void put32(unsigned char *to, uint32_t v) {
  v = htole32(v);
  memcpy(to, &v, sizeof v);
}

static void put64(unsigned char *to, uint64_t v) {
  v = htole64(v);
  memcpy(to, &v, sizeof v);
}

static uint32_t get32(const unsigned char *from) {
  uint32_t v;
  memcpy(&v, from, sizeof v);
  return le32toh(v);
}

static uint64_t get64(const unsigned char *from) {
  uint64_t v;
  memcpy(&v, from, sizeof v);
  return le64toh(v);
}

enum fg_err fg_order_write_header(FILE *file) {
  return fwrite(magic, sizeof magic, 1, file) == 1 ? FG_OK : FG_EIO;
}

enum fg_err fg_order_skip_header(FILE *file) {
  char head[sizeof magic];
  return fread(head, sizeof head, 1, file) == 1 && memcmp(head, magic, sizeof magic) == 0 ? FG_OK : FG_EINPUT;
}

enum fg_err fg_order_write(FILE *file, const struct fg_taken *t) {
  unsigned char record[RECORD];
  put32(record, t->by.rank);
  put32(record + 4, t->by.role);
  put64(record + 8, t->ticks);
  put32(record + 16, t->from.rank);
  put32(record + 20, t->from.role);
  put64(record + 24, t->seq);
  return fwrite(record, sizeof record, 1, file) == 1 ? FG_OK : FG_EIO;
}

static bool decode(const unsigned char *record, uint32_t hosts, struct fg_taken *t) {
  t->by.rank = get32(record);
  t->by.role = (enum fg_role)get32(record + 4);
  t->ticks = get64(record + 8);
  t->from.rank = get32(record + 16);
  t->from.role = (enum fg_role)get32(record + 20);
  t->seq = get64(record + 24);
  return t->by.rank < hosts && t->from.rank < hosts && (unsigned)t->by.role <= FG_STEWARD &&
         (unsigned)t->from.role <= FG_STEWARD;
}

static size_t machine_of(const struct fg_taken *t) {
  return 2 * (size_t)t->by.rank + (size_t)t->by.role;
}

static enum fg_err read_records(FILE *f, const char *path, uint32_t hosts, struct fg_taken **list, size_t *n,
                                struct fg_fault *fault) {
  size_t capacity = 0;
  if (fg_order_skip_header(f))
    return fg_fail(fault, FG_EINPUT, path, 0, "not an order log");
  for (;;) {
    unsigned char record[RECORD];
    size_t got = fread(record, 1, sizeof record, f);
    if (got == 0)
      break;
    if (*n == capacity) {
      capacity = capacity ? 2 * capacity : 1024;
      struct fg_taken *more = realloc(*list, capacity * sizeof *more);
      if (!more)
        return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory for %s", path);
      *list = more;
    }
    if (got != sizeof record || !decode(record, hosts, &(*list)[*n]))
      return fg_fail(fault, FG_EINPUT, path, 0, "record %zu is damaged", *n);
    ++*n;
  }
  return ferror(f) ? fg_fail(fault, FG_EIO, path, 0, "cannot be read") : FG_OK;
}

enum fg_err fg_order_sort(const struct fg_taken *list, size_t n, uint32_t hosts, struct fg_order *order,
                          struct fg_fault *fault) {
  size_t machines = 2 * (size_t)hosts, *next = calloc(machines, sizeof *next);
  memset(order, 0, sizeof *order);
  order->hosts = hosts;
  order->first = calloc(machines + 1, sizeof *order->first);
  order->taken = malloc((n + 1) * sizeof *order->taken);
  if (!order->first || !order->taken || !next) {
    free(next);
    fg_order_free(order);
    return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory for the order log of %u hosts", hosts);
  }
  for (size_t i = 0; i < n; i++)
    order->first[machine_of(&list[i]) + 1]++;
  for (size_t m = 0; m < machines; m++) {
    order->first[m + 1] += order->first[m];
    next[m] = order->first[m];
  }
  for (size_t i = 0; i < n; i++)
    order->taken[next[machine_of(&list[i])]++] = list[i];
  free(next);
  return FG_OK;
}

enum fg_err fg_order_read(const char *path, uint32_t hosts, struct fg_order *order, struct fg_fault *fault) {
  memset(order, 0, sizeof *order);
  FILE *f = fopen(path, "rb");
  if (!f)
    return fg_fail(fault, FG_EINPUT, path, 0, "cannot be opened: %s", strerror(errno));
  struct fg_taken *list = NULL;
  size_t n = 0;
  enum fg_err err = read_records(f, path, hosts, &list, &n, fault);
  if (!err)
    err = fg_order_sort(list, n, hosts, order, fault);
  free(list);
  fclose(f);
  return err;
}

void fg_order_free(struct fg_order *order) {
  free(order->first);
  free(order->taken);
  memset(order, 0, sizeof *order);
}
