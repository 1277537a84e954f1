/* The specification of a sweep: what to run, with what to compare, which figures to draw. YAML -> checked structure;
 * every fault names file and line. docs/sweeps.md has the grammar for people. */
#ifndef FG_SWEEP_SPEC_H
#define FG_SWEEP_SPEC_H

#include "core/config.h"
#include "core/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FG_ABSENT = -1, FG_AXES_MAX = 16 };

/* `option: value`. An option is one of `fugue sim`; a parameter of one that is a specification (`sync.decay`);
 * `generate` (what `fugue generate` takes, instead of data), one of its parameters (`generate.rows`) or
 * `generate-seed`; or `stage` (sim, mpi). */
struct fg_sweep_setting {
  char *option, *value; /* owned by the specification */
  unsigned long long line;
};

struct fg_sweep_settings {
  struct fg_sweep_setting *setting;
  size_t n;
};

/* Which entries: all whose label on the axis is one of these. `axis` may also be "at" or "seed" where that is said. */
struct fg_sweep_condition {
  char *axis;
  char **label;
  size_t n;
  unsigned long long line;
};

struct fg_sweep_conditions {
  struct fg_sweep_condition *condition; /* all must hold */
  size_t n;
};

/* A value of an axis. */
struct fg_sweep_point {
  char *label; /* of letters, digits and ._:=,+- */
  struct fg_sweep_settings settings;
  size_t when; /* index into axis->when */
  unsigned long long line;
};

/* An axis: what varies. */
struct fg_sweep_axis {
  char *name;
  struct fg_sweep_point *point;
  size_t n;
  /* Points apply where the labels of earlier axes say so (`when:`): an axis whose points nowhere apply is absent there.
   * when[0] is empty: everywhere. */
  struct fg_sweep_conditions *when;
  size_t n_when;
  int with; /* index of the first axis of its zip, with which it goes in step (itself, for that one); FG_ABSENT: in none
             */
  unsigned long long line;
};

/* Each combination runs at that point of this axis (the initial step, as a rule) that suits it best on seeds set aside
 * for choosing. */
struct fg_sweep_tune {
  int axis; /* FG_ABSENT: nothing is tuned */
  uint64_t *seed;
  size_t n_seeds;
  struct fg_sweep_conditions under; /* choose there, for all (saves most of the grid); empty: each its own */
  char **shared;                    /* labels of the tuned axis at which everything runs as well, with all seeds */
  size_t n_shared;
};

/* What others are compared with, and the goal it sets. */
struct fg_sweep_target {
  int axis; /* of the baseline; FG_ABSENT: there is none */
  int point;
  bool at_epoch; /* the goal is the baseline's test metric after `epoch` epochs; otherwise its last */
  uint64_t epoch;
  bool fixed; /* the goal is `metric`, and no baseline's */
  double metric;
  unsigned long long line; /* of `target:`, or of `baseline:` without it */
};

/* What is kept of a run beside its numbers. */
enum fg_sweep_keep {
  FG_KEEP_NUMBERS,
  FG_KEEP_FIRST,
  FG_KEEP_ALL
}; /* nothing, the run directory of the first seed, of all */

struct fg_sweep_figure {
  char *figure;  /* convergence, speedup, ...: fugue plot --figure */
  char *name;    /* of the file, without its ending */
  char *caption; /* "" if none */
  struct fg_sweep_conditions where;
  struct fg_sweep_settings option; /* x, y, series, panel, log, ...: as `fugue plot --NAME` takes them */
  unsigned long long line;
};

struct fg_sweep_spec {
  char path[4096], folder[4096]; /* the file; absolute, what `data` and files are relative to */
  char *text;                    /* the whole file */
  char *title, *question;        /* question: "" if none */
  struct fg_sweep_settings base;
  struct fg_sweep_axis axis[FG_AXES_MAX];
  size_t n_axes;
  uint64_t *seed; /* at least one */
  size_t n_seeds;
  struct fg_sweep_conditions *skip; /* combinations that are left out */
  size_t n_skip;
  struct fg_sweep_tune tune;
  struct fg_sweep_target target;
  enum fg_sweep_keep keep;
  double timeout_s; /* of a run; INFINITY: none */
  struct fg_sweep_figure *figure;
  size_t n_figures;
};

/* Reads and checks the file's shape: keys, labels, conditions, seeds. *spec must be zero; freed by fg_sweep_spec_free,
 * also after an error. FG_EINPUT or FG_EUSAGE with file and line. */
enum fg_err fg_sweep_spec_read(const char *path, struct fg_sweep_spec *spec, struct fg_fault *fault);

/* The same from text (lent) that once stood in `path`, whose `data` are relative to `folder`: what a database keeps. */
enum fg_err fg_sweep_spec_parse(const char *text, const char *path, const char *folder, struct fg_sweep_spec *spec,
                                struct fg_fault *fault);
void fg_sweep_spec_free(struct fg_sweep_spec *spec);

/* "30s", "10min", "2h" -> [s]; false if it is none of these, or not above 0. */
bool fg_sweep_duration(const char *text, double *seconds);

/* Index of the axis, or FG_ABSENT. */
int fg_sweep_axis_find(const struct fg_sweep_spec *spec, const char *name);

/* Index of the first point of this label, or FG_ABSENT. */
int fg_sweep_point_find(const struct fg_sweep_axis *axis, const char *label);

/* Points of one label under different conditions mean the same. */
bool fg_sweep_same_label(const struct fg_sweep_axis *axis, int a, int b);

/* Does the combination have the baseline's label? false without a baseline. */
bool fg_sweep_is_baseline(const struct fg_sweep_spec *spec, const int *point);

/* Does a combination (a point of each axis, or FG_ABSENT) fulfil all conditions? Those on "at" and "seed" are passed
 * over. */
bool fg_sweep_holds(const struct fg_sweep_spec *spec, const struct fg_sweep_conditions *conditions, const int *point);

#endif
