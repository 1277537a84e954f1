/* Straggler law `trace`: recorded slowdowns, replayed. A text file; '#' starts a comment; each other line is
 *     host start factor
 * host: 0, 1, ... (every number up to the greatest must occur; worker w replays host w modulo their number)
 * start: when this factor begins [s], greater than on the host's line before by at least FG_STRAGGLER_TICK
 * factor: S from then on. Before a host's first line S = 1. After its last line that factor holds, unless repeat=T
 * starts the series again every T seconds. Lines of several hosts may be interleaved. */
#include "core/straggler/laws.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_NAME, REPEAT };

static const struct fg_param params[] = {
    {"file", NULL, FG_PARAM_FILE, NULL, 0, 0, NULL, "a text file with lines 'host start_s factor'"},
    {"repeat", NULL, FG_PARAM_QUANTITY, "0s", 0, 1e9, "s",
     "starts the series again after this time; 0s: the last factor holds"},
    {0}};

/* One line of the file. */
struct entry {
  uint64_t host;
  double start, factor;
  unsigned long long line; /* 0: the implied S = 1 at the beginning */
};

/* Entries grouped by host: those of host h are entry[first[h]] to entry[first[h + 1] - 1]; the first starts at 0. */
struct series {
  uint64_t hosts;
  size_t *first;
  struct entry *entry;
};

static void series_free(struct series *series) {
  if (!series)
    return;
  free(series->first);
  free(series->entry);
  free(series);
}

/* Reads one line in place; *blank if it holds no entry. */
static enum fg_err read_line(char *text, const char *file, unsigned long long line, struct entry *entry, bool *blank,
                             struct fg_fault *fault) {
  text[strcspn(text, "#")] = 0;
  char *save, *field[4] = {NULL};
  int n = 0;
  for (char *f = strtok_r(text, " \t\r\n", &save); f && n < 4; f = strtok_r(NULL, " \t\r\n", &save))
    field[n++] = f;
  *blank = n == 0;
  if (n == 0)
    return FG_OK;
  if (n != 3)
    return fg_fail(fault, FG_EINPUT, file, line, "a line must be 'host start_s factor'");
  *entry = (struct entry){.line = line};
  if (!fg_parse_u64(field[0], &entry->host) || entry->host >= UINT32_MAX)
    return fg_fail(fault, FG_EINPUT, file, line, "host '%.40s' is not a whole number from 0", field[0]);
  if (!fg_parse_real(field[1], &entry->start) || entry->start < 0 || entry->start > FG_STRAGGLER_HORIZON)
    return fg_fail(fault, FG_EINPUT, file, line, "start '%.40s' is not a time from 0 to %g s", field[1],
                   FG_STRAGGLER_HORIZON);
  if (!fg_parse_real(field[2], &entry->factor) || entry->factor < FG_FACTOR_LO || entry->factor > FG_FACTOR_HI)
    return fg_fail(fault, FG_EINPUT, file, line, "factor '%.40s' is not a number from %g to %g", field[2], FG_FACTOR_LO,
                   FG_FACTOR_HI);
  return FG_OK;
}

/* All entries in file order; *entries is given to the caller, also on failure. */
static enum fg_err read_entries(const char *file, struct entry **entries, size_t *n, struct fg_fault *fault) {
  enum fg_err err = FG_OK;
  char *text = NULL;
  size_t room = 0, text_room = 0;
  FILE *in = fopen(file, "r");
  if (!in)
    return fg_fail(fault, FG_EINPUT, file, 0, "cannot open: %s", strerror(errno));
  errno = 0;
  ssize_t length;
  for (unsigned long long line = 1; (length = getline(&text, &text_room, in)) >= 0; line++) {
    if (strlen(text) != (size_t)length) {
      err = fg_fail(fault, FG_EINPUT, file, line, "this is not a text file");
      goto cleanup;
    }
    if (*n == room) {
      room = room ? 2 * room : 64;
      struct entry *grown = realloc(*entries, sizeof *grown * room);
      if (!grown) {
        err = fg_fail(fault, FG_ENOMEM, file, line, "no memory for %zu lines", room);
        goto cleanup;
      }
      *entries = grown;
    }
    bool blank;
    err = read_line(text, file, line, &(*entries)[*n], &blank, fault);
    if (err)
      goto cleanup;
    *n += !blank;
  }
  if (!feof(in))
    err = fg_fail(fault, errno == ENOMEM ? FG_ENOMEM : FG_EIO, file, 0, "cannot read: %s", strerror(errno));
  else if (*n == 0)
    err = fg_fail(fault, FG_EINPUT, file, 0, "there is no line 'host start_s factor'");
cleanup:
  free(text);
  fclose(in);
  return err;
}

/* Checks the order of a host's entries, and that the last begins before the series starts again. */
static enum fg_err check_host(const struct entry *entry, size_t n, double repeat, const char *file,
                              struct fg_fault *fault) {
  for (size_t i = 1; i < n; i++)
    if (!(entry[i].start >= entry[i - 1].start + FG_STRAGGLER_TICK))
      return fg_fail(fault, FG_EINPUT, file, entry[i].line,
                     "host %llu: start %g s must come at least %g s after the one before, %g s",
                     (unsigned long long)entry[i].host, entry[i].start, FG_STRAGGLER_TICK, entry[i - 1].start);
  if (repeat > 0 && entry[n - 1].start + FG_STRAGGLER_TICK > repeat)
    return fg_fail(fault, FG_EINPUT, file, entry[n - 1].line,
                   "host %llu: start %g s is not within the %g s after which the series starts again",
                   (unsigned long long)entry[n - 1].host, entry[n - 1].start, repeat);
  return FG_OK;
}

/* Groups `n` entries in file order by host (a stable counting sort) and puts S = 1 before a late first one. */
static enum fg_err group(const struct entry *read, size_t n, const char *file, struct series *series,
                         struct fg_fault *fault) {
  uint64_t hosts = 0;
  for (size_t i = 0; i < n; i++)
    hosts = read[i].host >= hosts ? read[i].host + 1 : hosts;
  series->hosts = hosts;
  if (hosts > n)
    return fg_fail(fault, FG_EINPUT, file, 0, "there are lines of host %llu, but not of every host before it",
                   (unsigned long long)(hosts - 1));
  series->first = calloc(hosts + 2, sizeof *series->first);
  series->entry = calloc(n + hosts, sizeof *series->entry);
  if (!series->first || !series->entry)
    return fg_fail(fault, FG_ENOMEM, file, 0, "no memory for %zu lines", n);
  /* Host h is counted in next[h + 1]. Summed up, next[h] is where its group begins; placing moves it to the group's
   * end, where group h + 1 begins: and next[h] is first[h + 1]. */
  size_t *next = series->first + 1;
  bool *seen = calloc(hosts, sizeof *seen);
  if (!seen)
    return fg_fail(fault, FG_ENOMEM, file, 0, "no memory for %llu hosts", (unsigned long long)hosts);
  for (size_t i = 0; i < n; i++) {
    next[read[i].host + 1] += 1 + (!seen[read[i].host] && read[i].start > 0);
    seen[read[i].host] = true;
  }
  enum fg_err err = FG_OK;
  for (uint64_t h = 0; h < hosts; h++) {
    if (!seen[h]) {
      err = fg_fail(fault, FG_EINPUT, file, 0, "host %llu has no line, but host %llu has", (unsigned long long)h,
                    (unsigned long long)(hosts - 1));
      goto cleanup;
    }
    seen[h] = false;
    next[h + 1] += next[h];
  }
  for (size_t i = 0; i < n; i++) {
    uint64_t h = read[i].host;
    if (!seen[h] && read[i].start > 0)
      series->entry[next[h]++] = (struct entry){.host = h, .start = 0, .factor = 1};
    seen[h] = true;
    series->entry[next[h]++] = read[i];
  }
cleanup:
  free(seen);
  return err;
}

static enum fg_err setup(struct fg_straggler *s, struct fg_fault *fault) {
  const char *file = s->par.text[FILE_NAME];
  struct entry *read = NULL;
  size_t n = 0;
  struct series *series = NULL;
  enum fg_err err = read_entries(file, &read, &n, fault);
  if (err)
    goto cleanup;
  series = calloc(1, sizeof *series);
  if (!series) {
    err = fg_fail(fault, FG_ENOMEM, file, 0, "no memory for the series");
    goto cleanup;
  }
  err = group(read, n, file, series, fault);
  for (uint64_t h = 0; !err && h < series->hosts; h++)
    err = check_host(series->entry + series->first[h], series->first[h + 1] - series->first[h], s->par.value[REPEAT],
                     file, fault);
  if (err)
    goto cleanup;
  s->series = series;
  series = NULL;
cleanup:
  series_free(series);
  free(read);
  return err;
}

static void release(struct fg_straggler *s) {
  series_free(s->series);
  s->series = NULL;
}

static void segment(const struct fg_straggler *s, uint32_t worker, uint64_t k, double *length, double *factor) {
  const struct series *series = s->series;
  double repeat = s->par.value[REPEAT];
  uint64_t host = worker % series->hosts;
  const struct entry *entry = series->entry + series->first[host];
  uint64_t n = series->first[host + 1] - series->first[host];
  assert(n > 0);
  uint64_t i = repeat > 0 ? k % n : k < n ? k : n - 1;
  *factor = entry[i].factor;
  *length = i + 1 < n ? entry[i + 1].start - entry[i].start : repeat > 0 ? repeat - entry[i].start : INFINITY;
}

const struct fg_straggler_type fg_straggler_trace = {
    .name = "trace",
    .summary = "recorded slowdowns, replayed per host",
    .params = params,
    .segment = segment,
    .setup = setup,
    .release = release,
};
