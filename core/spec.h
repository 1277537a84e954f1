/* The one grammar of models, strategies, stragglers and networks: `name:key=value,key=value`.
 * A type's parameters are a const table; parsing, defaults, ranges, help text and the canonical spelling follow from
 * it. */
#ifndef FG_CORE_SPEC_H
#define FG_CORE_SPEC_H

#include "core/err.h"

#include <stdbool.h>
#include <stdint.h>

enum fg_param_kind {
  FG_PARAM_REAL,     /* a finite number in [lo, hi], or `inf` where hi is INFINITY */
  FG_PARAM_COUNT,    /* a whole number in [lo, hi], or `inf` where hi is INFINITY */
  FG_PARAM_CHOICE,   /* one of the words in `words`, kept as its index */
  FG_PARAM_QUANTITY, /* a real with a unit suffix from `words` ("Gbps Mbps ...", see fg_unit_scale) */
  FG_PARAM_TEXT,     /* any text without a comma */
  FG_PARAM_FILE,     /* the same, the name of a file; kept absolute if the file is there, so that it means the same
                        elsewhere */
};

struct fg_param {
  const char *key;
  const char *alias; /* a second spelling, or NULL */
  enum fg_param_kind kind;
  const char *fallback; /* default as a user would type it; NULL: required */
  double lo, hi;        /* allowed range, both ends included */
  const char *words;    /* CHOICE: "first|second"; QUANTITY: "bps", "f" (flop/s) or "s"; otherwise NULL */
  const char *help;     /* one line */
};

enum { FG_PARAMS_MAX = 16, FG_TEXT_MAX = 256 };

/* Values in the order of the table: value[i] belongs to params[i]; text[i] is its canonical spelling. */
struct fg_values {
  double value[FG_PARAMS_MAX];
  char text[FG_PARAMS_MAX][FG_TEXT_MAX];
};

/* Splits "name:rest" into name (written to `name`, lent, at least FG_TEXT_MAX) and *rest (points into spec; "" if
 * none). */
enum fg_err fg_spec_name(const char *spec, char *name, const char **rest, struct fg_fault *fault);

/* Parses "key=value,..." (lent) by a table that ends with a NULL key; the last of repeated keys wins. `what` is for
 * messages ("model mf"). FG_EUSAGE names the key, the value and what is allowed. */
enum fg_err fg_spec_parse(const char *what, const char *rest, const struct fg_param *params, struct fg_values *values,
                          struct fg_fault *fault);

/* True if "key=" stands in "key=value,key=value" (lent). */
bool fg_spec_has(const char *rest, const char *key);

/* "name:key=value,..." with every parameter spelled out, written to `out` (lent, `size` [B]). */
void fg_spec_print(const char *name, const struct fg_param *params, const struct fg_values *values, char *out,
                   size_t size);

/* Strict numbers: the whole of `text` must be one; no blanks, no hex, no NaN. */
bool fg_parse_real(const char *text, double *value);
bool fg_parse_u64(const char *text, uint64_t *value);

/* A number with an SI prefix and the given unit: "1Gbps", "50us", "4Gf", "250Mf"; unit "bps", "f", "s" or "B", which
 * takes binary prefixes, too: "64MiB". */
bool fg_parse_quantity(const char *text, const char *unit, double *value);

#endif
