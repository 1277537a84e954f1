/* What is done about workers that are slower all the time (method.md section 10, claims C4): option --balance. Its text
 * is where the shares of row blocks are kept, so that a run directory's config.yaml tells how its grid was cut. */
#ifndef FG_CORE_CURE_H
#define FG_CORE_CURE_H

#include "core/err.h"

#include <stdint.h>

enum fg_cure {
  FG_CURE_NONE,
  FG_CURE_ROTATE, /* row blocks change workers */
  FG_CURE_SCALE,  /* steps of a block are divided by its step mass so far */
  FG_CURE_SIZE,   /* row blocks in proportion to speeds */
};

/* Bounds of a share; only their ratios matter. */
#define FG_CURE_LEAST 1e-9
#define FG_CURE_MOST  1e9

/* "none", "rotate", "scale", "size", or "size:SHARES", a number per row block, COUNTxNUMBER for equal ones in a row:
 * "size:6x3,2x1". *shares: how many there are; 0: none, for "size" they are to be made of speeds (fg_cure_settle).
 * FG_EUSAGE. */
enum fg_err fg_cure_parse(const char *text, enum fg_cure *cure, uint32_t *shares, struct fg_fault *fault);

/* The shares of such a text for row blocks 0, 1, ...: *share has `workers` entries, and is taken by the caller, who
 * frees it; NULL if the text is of another cure. FG_EUSAGE if there are none, or not as many. */
enum fg_err fg_cure_shares(const char *text, uint32_t workers, double **share, struct fg_fault *fault);

/* The smallest share / their mean; 1 if the text (parsed) has none. */
double fg_cure_least(const char *text);

struct fg_config;

/* Turns a plain "size" into the shares that follow from how fast hosts are for good: speed (`workers` entries, any
 * unit, lent; NULL: equal) / the factor that the straggler law gives them throughout the run (fg_straggler_lasting).
 * The slowest has 1, the others are rounded to 6 digits, as the text has them. Changes nothing else. FG_EUSAGE: an
 * option is wrong, the fastest host is more than FG_CURE_MOST times as fast as the slowest, or the text would be too
 * long. */
enum fg_err fg_cure_settle(struct fg_config *config, uint32_t workers, const double *speed, struct fg_fault *fault);

#endif
