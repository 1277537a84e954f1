/* A trace to sums per worker, and to how often what occurs. */
#include "core/spells.h"
#include "sweep/ingest_parts.h"

#include <math.h>
#include <stdlib.h>

static int ascending(const void *a, const void *b) {
  int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return (x > y) - (x < y);
}

/* Values (n, lent, in any order) to a histogram. */
static enum fg_err count(const char *what, int64_t *value, size_t n, struct fg_run_histogram *histogram) {
  qsort(value, n, sizeof *value, ascending);
  histogram->what = what;
  histogram->n = 0;
  histogram->value = malloc((n ? n : 1) * sizeof *histogram->value);
  histogram->count = malloc((n ? n : 1) * sizeof *histogram->count);
  if (!histogram->value || !histogram->count)
    return FG_ENOMEM;
  for (size_t i = 0; i < n; i++) {
    if (i == 0 || value[i] != value[i - 1]) {
      histogram->value[histogram->n] = value[i];
      histogram->count[histogram->n++] = 0;
    }
    histogram->count[histogram->n - 1]++;
  }
  return FG_OK;
}

/* Extra updates in shares of the required ones. A visit of an empty block has none to share. */
static size_t find_extras(const struct fg_spells *spells, int64_t *value) {
  size_t n = 0;
  for (size_t i = 0; i < spells->n; i++) {
    const struct fg_spell *s = &spells->spell[i];
    if (s->required_updates > 0)
      value[n++] = (int64_t)fmin(floor(100 * s->extra_updates / s->required_updates), 1e15);
  }
  return n;
}

static int by_start(const void *a, const void *b) {
  const struct fg_spell *x = *(const struct fg_spell *const *)a, *y = *(const struct fg_spell *const *)b;
  return (x->start > y->start) - (x->start < y->start);
}

static int by_end(const void *a, const void *b) {
  const struct fg_spell *x = *(const struct fg_spell *const *)a, *y = *(const struct fg_spell *const *)b;
  return (x->end > y->end) - (x->end < y->end);
}

/* By how many visits the worker of each visit was ahead of the slowest when it began: visits that end at that moment
 * are over. */
static enum fg_err find_leads(const struct fg_spells *spells, size_t workers, int64_t *value) {
  size_t n = spells->n, ended = 0, slowest = 0;
  const struct fg_spell **start = malloc(n * sizeof *start), **end = malloc(n * sizeof *end);
  size_t *at = calloc(n + 2, sizeof *at); /* workers that have completed so many visits */
  enum fg_err err = start && end && at ? FG_OK : FG_ENOMEM;
  for (size_t i = 0; !err && i < n; i++)
    start[i] = end[i] = &spells->spell[i];
  if (!err) {
    qsort(start, n, sizeof *start, by_start);
    qsort(end, n, sizeof *end, by_end);
    at[0] = workers;
  }
  for (size_t i = 0; !err && i < n; i++) {
    for (; ended < n && end[ended]->end <= start[i]->start; ended++) {
      at[end[ended]->seq]--;
      at[end[ended]->seq + 1]++;
      while (at[slowest] == 0)
        slowest++;
    }
    /* a visit that takes no time may be over before it has begun */
    value[i] = start[i]->seq > slowest ? (int64_t)(start[i]->seq - slowest) : 0;
  }
  free(start);
  free(end);
  free(at);
  return err;
}

static void sum_up(const struct fg_spells *spells, double time_s, struct fg_run_record *record) {
  for (size_t w = 0; w < record->n_workers; w++)
    record->worker[w].rest_s = time_s;
  for (size_t i = 0; i < spells->n; i++) {
    const struct fg_spell *s = &spells->spell[i];
    struct fg_run_worker *w = &record->worker[s->worker];
    w->hand_off_s += s->start - s->hand_off;
    w->required_s += s->required - s->start;
    w->extra_s += s->extra - s->required;
    w->wait_s += s->end - s->extra;
    w->rest_s = fmax(0, time_s - s->end);
  }
}

enum fg_err fg_ingest_trace(const char *path, double time_s, size_t workers, struct fg_run_record *record,
                            struct fg_fault *fault) {
  struct fg_spells spells = {0};
  int64_t *value = NULL;
  enum fg_err err = fg_spells_read(path, false, &spells, fault);
  if (!err && spells.workers > workers)
    err = fg_fail(fault, FG_EINPUT, path, 0, "names worker %u of a run that has %zu workers", spells.workers - 1,
                  workers);
  if (err)
    goto cleanup;
  err = FG_ENOMEM;
  value = malloc(spells.n * sizeof *value);
  record->worker = calloc(workers, sizeof *record->worker);
  if (!value || !record->worker)
    goto cleanup;
  record->n_workers = workers;
  sum_up(&spells, time_s, record);
  record->n_histograms = FG_RUN_HISTOGRAMS;
  err = count("extra", value, find_extras(&spells, value), &record->histogram[0]);
  if (!err)
    err = find_leads(&spells, workers, value);
  if (!err)
    err = count("lead", value, spells.n, &record->histogram[1]);

cleanup:
  if (err == FG_ENOMEM)
    fg_fail(fault, err, path, 0, "not enough memory");
  free(value);
  fg_spells_free(&spells);
  return err;
}
