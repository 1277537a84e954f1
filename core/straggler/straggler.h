/* Straggler laws (method.md section 8): how much longer than nominal a worker takes, S >= 0, 1 = nominal.
 * Used by the simulated stage to lengthen chunks, and by the MPI stage to sleep. */
#ifndef FG_CORE_STRAGGLER_STRAGGLER_H
#define FG_CORE_STRAGGLER_STRAGGLER_H

#include "core/err.h"
#include "core/spec.h"

#include <gsl/gsl_rng.h>
#include <stdbool.h>
#include <stdint.h>

/* How long one draw lasts. BLOCK: 1/P of the worker's epoch of required visits, for any number of column blocks. */
enum fg_per { FG_PER_CHUNK, FG_PER_BLOCK, FG_PER_EPOCH, FG_PER_RUN, FG_PER_TIME };

/* Time lines (per=time, onoff, trace) are resolved to one tick, and beyond the horizon nothing changes any more: the
 * spell in force there lasts for ever. This bounds the number of spells that any work can cross. [s] */
#define FG_STRAGGLER_TICK    1e-6
#define FG_STRAGGLER_HORIZON 1e9

struct fg_straggler_type;

struct fg_straggler {
  const struct fg_straggler_type *type;
  struct fg_values par;
  enum fg_per per;  /* key per=chunk|block|epoch|run|time:T of every law */
  double period;    /* T [s], for FG_PER_TIME */
  bool mean1;       /* key mean=1: divide by the law's mean */
  double scale;     /* what a draw is multiplied with: 1, or 1 / mean */
  uint64_t seed;    /* --seed-straggler */
  uint32_t workers; /* P */
  void *series;     /* what setup prepared: trace's series, persistent's slow hosts; otherwise NULL */
};

struct fg_straggler_type {
  const char *name, *summary;
  const struct fg_param
      *params; /* its own keys; `per` and `mean` are common to all laws of draws and parsed by fg_straggler_parse */
  /* Exactly one of draw, host, segment is set. */
  double (*draw)(const struct fg_straggler *s, gsl_rng *rng);    /* one independent draw */
  double (*host)(const struct fg_straggler *s, uint32_t worker); /* constant per host */
  /* k-th spell of a host's own time line (k = 0, 1, ...): its length [s] and factor */
  void (*segment)(const struct fg_straggler *s, uint32_t worker, uint64_t k, double *length, double *factor);
  double (*mean)(const struct fg_straggler *s);          /* INFINITY if it has none; NULL: mean=1 is refused */
  double (*cdf)(const struct fg_straggler *s, double x); /* P(S <= x) before scaling; NULL if not a law of draws */
  enum fg_err (*setup)(struct fg_straggler *s, struct fg_fault *fault); /* NULL: nothing to do */
  void (*release)(struct fg_straggler *s);                              /* NULL: nothing to free */
};

/* The table; ends with NULL. */
extern const struct fg_straggler_type *const fg_straggler_types[];
/* Type by name, or NULL. */
const struct fg_straggler_type *fg_straggler_find(const char *name);

/* The keys `per` and `mean` of every law with a draw, for help texts; ends with a NULL key. A law's own key of the same
 * name takes precedence (shifted-exp: mean). Laws with host or segment have neither. */
extern const struct fg_param fg_straggler_common[];

/* Parses "pareto:alpha=1.5,per=block,mean=1" and sets it up for `workers` > 0 hosts. On success fg_straggler_free ends
 * it; on failure there is nothing to free. FG_EUSAGE: a bad spelling, or mean=1 of a law without a finite mean;
 * FG_EINPUT, FG_EIO: a trace that cannot be used, with file and line. */
enum fg_err fg_straggler_parse(const char *spec, uint32_t workers, uint64_t seed, struct fg_straggler *straggler,
                               struct fg_fault *fault);
/* Canonical spelling, all parameters spelled out. */
void fg_straggler_print(const struct fg_straggler *straggler, char *out, size_t size);
void fg_straggler_free(struct fg_straggler *straggler);

/* True if the factor depends on when work happens (per=time, onoff, trace), not on which work it is. */
bool fg_straggler_timed(const struct fg_straggler *straggler);

/* Factor of draw number `index` of a worker (only if not timed): a pure function of (seed, worker, index). per=run has
 * one draw whatever the index. */
double fg_straggler_factor(const struct fg_straggler *straggler, uint32_t worker, uint64_t index);

/* Factor of all of a worker's work, where the law gives it one for the whole run (persistent, and any with per=run);
 * otherwise 1. */
double fg_straggler_lasting(const struct fg_straggler *straggler, uint32_t worker);

/* A worker's place on its time line; zero-initialise, one per worker; only moves forward. */
struct fg_straggler_cursor {
  uint64_t k;
  double start, end, factor; /* spell k lasts from start to end [s]; the last one ends at INFINITY */
  bool valid;
};

/* Time [s] at which `work` [s at nominal speed] that starts at `start` [s] is finished, integrating over the spells it
 * crosses (only if timed; start, work >= 0). With per=time:T spell k lasts from k T to (k + 1) T and has draw k as its
 * factor; S = 0 takes no time. Starts must not decrease from call to call with one cursor; they may lie before the last
 * result, which moves no cursor. */
double fg_straggler_finish(const struct fg_straggler *straggler, uint32_t worker, struct fg_straggler_cursor *cursor,
                           double start, double work);

#endif
