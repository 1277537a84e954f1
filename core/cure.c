/* From the speeds of hosts to the option --balance, and from its text to the shares of row blocks. */
#include "core/cure.h"

#include "core/config.h"
#include "core/spec.h"
#include "core/straggler/straggler.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char size_prefix[] = "size:";

enum { WORKERS_MAX = 1000000 };

static const char *list_of(const char *text) {
  size_t n = sizeof size_prefix - 1;
  return strncmp(text, size_prefix, n) == 0 ? text + n : NULL;
}

/* Equal shares in a row, at *list, which moves on to the next ones, or to "". */
static bool next_run(const char **list, uint64_t *count, double *share) {
  char item[64], *number = item;
  size_t length = strcspn(*list, ",");
  if (length >= sizeof item)
    return false;
  memcpy(item, *list, length);
  item[length] = 0;
  *count = 1;
  char *x = strchr(item, 'x');
  if (x) {
    *x = 0;
    number = x + 1;
    if (!fg_parse_u64(item, count) || *count < 1 || *count > WORKERS_MAX)
      return false;
  }
  *list += length;
  if (**list == ',' && !*++*list) /* nothing behind the comma */
    return false;
  return fg_parse_real(number, share) && *share >= FG_CURE_LEAST && *share <= FG_CURE_MOST;
}

enum fg_err fg_cure_parse(const char *text, enum fg_cure *cure, uint32_t *shares, struct fg_fault *fault) {
  static const char *const words[] = {
      [FG_CURE_NONE] = "none", [FG_CURE_ROTATE] = "rotate", [FG_CURE_SCALE] = "scale", [FG_CURE_SIZE] = "size"};
  *shares = 0;
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
    if (strcmp(text, words[i]) == 0) {
      *cure = (enum fg_cure)i;
      return FG_OK;
    }
  const char *list = list_of(text);
  uint64_t count = 0, all = 0;
  double share;
  bool good = list != NULL;
  *cure = FG_CURE_SIZE;
  do {
    good = good && next_run(&list, &count, &share);
    all += count;
  } while (good && *list && all <= WORKERS_MAX);
  if (!good || all > WORKERS_MAX)
    return fg_fail(fault, FG_EUSAGE, NULL, 0,
                   "--balance %.60s: none, size, rotate, scale, or size and the shares of the workers, each from %g to "
                   "%g, such as size:6x3,2x1, is expected",
                   text, FG_CURE_LEAST, FG_CURE_MOST);
  *shares = (uint32_t)all;
  return FG_OK;
}

enum fg_err fg_cure_shares(const char *text, uint32_t workers, double **share, struct fg_fault *fault) {
  enum fg_cure cure;
  uint32_t shares;
  *share = NULL;
  enum fg_err err = fg_cure_parse(text, &cure, &shares, fault);
  if (err || cure != FG_CURE_SIZE)
    return err;
  if (!shares)
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "--balance size: which shares? None are given, as in size:6x3,2x1");
  if (shares != workers)
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "--balance %.60s: %u shares, but there are %u workers", text, shares,
                   workers);
  *share = malloc(workers * sizeof **share);
  if (!*share)
    return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory for %u workers", workers);
  const char *list = list_of(text);
  uint64_t count;
  double value;
  for (uint32_t p = 0; p < workers;)
    for (next_run(&list, &count, &value); count > 0; count--)
      (*share)[p++] = value;
  return FG_OK;
}

double fg_cure_least(const char *text) {
  const char *list = list_of(text);
  double least = INFINITY, sum = 0, all = 0, share;
  uint64_t count;
  if (!list)
    return 1;
  while (*list && next_run(&list, &count, &share)) {
    least = fmin(least, share);
    sum += (double)count * share;
    all += (double)count;
  }
  return least / (sum / all);
}

/* False if it does not fit. */
static bool print(const double *share, uint32_t n, char *out, size_t size) {
  size_t used = (size_t)snprintf(out, size, "%s", size_prefix);
  char one[32], other[32];
  for (uint32_t p = 0, same; p < n && used < size; p += same) {
    snprintf(one, sizeof one, "%.6g", share[p]);
    for (same = 1; p + same < n; same++) {
      snprintf(other, sizeof other, "%.6g", share[p + same]);
      if (strcmp(one, other) != 0)
        break;
    }
    const char *comma = p + same < n ? "," : "";
    if (same > 1)
      used += (size_t)snprintf(out + used, size - used, "%ux%s%s", same, one, comma);
    else
      used += (size_t)snprintf(out + used, size - used, "%s%s", one, comma);
  }
  return used < size;
}

/* share: in, speeds; out, how many times as fast as the slowest */
static enum fg_err relate(double *share, uint32_t n, struct fg_fault *fault) {
  uint32_t slowest = 0, fastest = 0;
  for (uint32_t p = 1; p < n; p++) {
    slowest = share[p] < share[slowest] ? p : slowest;
    fastest = share[p] > share[fastest] ? p : fastest;
  }
  double least = share[slowest];
  if (!(share[fastest] / least <= FG_CURE_MOST))
    return fg_fail(fault, FG_EUSAGE, NULL, 0,
                   "--balance size: host %u is more than %g times as fast as host %u: give shares, as in size:6x3,2x1",
                   fastest, FG_CURE_MOST, slowest);
  for (uint32_t p = 0; p < n; p++)
    share[p] /= least;
  return FG_OK;
}

enum fg_err fg_cure_settle(struct fg_config *config, uint32_t workers, const double *speed, struct fg_fault *fault) {
  struct fg_options options;
  struct fg_straggler straggler;
  char text[FG_OPTION_TEXT];
  enum fg_err err = fg_config_resolve(config, &options, fault);
  if (err || options.balance != FG_CURE_SIZE || options.shares)
    return err;
  err = fg_straggler_parse(config->text[FG_OPT_STRAGGLER], workers, options.seed_straggler, &straggler, fault);
  if (err)
    return err;
  double *share = calloc(workers, sizeof *share);
  if (!share)
    err = fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory for %u workers", workers);
  for (uint32_t p = 0; p < workers && !err; p++)
    share[p] = (speed ? speed[p] : 1) / fg_straggler_lasting(&straggler, p);
  if (!err)
    err = relate(share, workers, fault);
  if (!err && !print(share, workers, text, sizeof text))
    err = fg_fail(fault, FG_EUSAGE, NULL, 0,
                  "--balance size: the shares of %u workers of many speeds are too long a text for an option", workers);
  if (!err)
    err = fg_config_set(config, "balance", text, NULL, 0, fault);
  free(share);
  fg_straggler_free(&straggler);
  return err;
}
