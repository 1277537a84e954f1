/* The one grammar: from text to values by a table. */
#include "core/spec.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool fg_parse_real(const char *text, double *value) {
  const char *p = text + (*text == '-' || *text == '+');
  if (!isdigit((unsigned char)*p) && *p != '.')
    return false;
  if (strpbrk(text, "xXpPnNiI"))
    return false;
  char *end;
  errno = 0;
  double v = strtod(text, &end);
  if (end == text || *end || !isfinite(v))
    return false;
  *value = v;
  return true;
}

bool fg_parse_u64(const char *text, uint64_t *value) {
  if (!isdigit((unsigned char)*text))
    return false;
  char *end;
  errno = 0;
  unsigned long long v = strtoull(text, &end, 10);
  if (*end || errno == ERANGE)
    return false;
  *value = v;
  return true;
}

bool fg_parse_quantity(const char *text, const char *unit, double *value) {
  size_t n = strlen(text), u = strlen(unit);
  if (n <= u || strcmp(text + n - u, unit) != 0)
    return false;
  static const struct {
    char prefix;
    double times, over; /* powers of ten that are exact, so that 50us is the double nearest to 5e-5 */
  } prefixes[] = {{'n', 1, 1e9}, {'u', 1, 1e6}, {'m', 1, 1e3}, {'k', 1e3, 1},
                  {'K', 1e3, 1}, {'M', 1e6, 1}, {'G', 1e9, 1}, {'T', 1e12, 1}};
  char number[64];
  size_t digits = n - u;
  double times = 1, over = 1;
  bool binary = strcmp(unit, "B") == 0 && digits > 2 && text[digits - 1] == 'i' && strchr("KMGT", text[digits - 2]);
  if (binary) {
    times = ldexp(1, 10 * (int)(1 + strcspn("KMGT", (char[]){text[digits - 2], 0})));
    digits -= 2;
  }
  for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++)
    if (!binary && digits > 1 && text[digits - 1] == prefixes[i].prefix) {
      times = prefixes[i].times;
      over = prefixes[i].over;
      digits--;
      break;
    }
  if (digits >= sizeof number)
    return false;
  memcpy(number, text, digits);
  number[digits] = 0;
  double v;
  if (!fg_parse_real(number, &v) || v < 0)
    return false;
  *value = v * times / over;
  return true;
}

enum fg_err fg_spec_name(const char *spec, char *name, const char **rest, struct fg_fault *fault) {
  const char *colon = strchr(spec, ':');
  size_t n = colon ? (size_t)(colon - spec) : strlen(spec);
  if (n == 0 || n >= FG_TEXT_MAX)
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "'%.60s' does not start with a name", spec);
  if (colon && !colon[1])
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "'%.60s': a key is expected after ':'", spec);
  memcpy(name, spec, n);
  name[n] = 0;
  *rest = colon ? colon + 1 : spec + n;
  return FG_OK;
}

/* index of `word` in "a|b|c", or -1 */
static int choice_index(const char *words, const char *word) {
  int i = 0;
  for (const char *p = words; *p; i++) {
    size_t n = strcspn(p, "|");
    if (strlen(word) == n && strncmp(p, word, n) == 0)
      return i;
    p += n + (p[n] == '|');
  }
  return -1;
}

static bool in_range(const struct fg_param *p, double v) {
  return v >= p->lo && v <= p->hi;
}

static enum fg_err parse_one(const char *what, const struct fg_param *p, const char *text, double *value,
                             struct fg_fault *fault) {
  uint64_t u;
  bool infinite = strcmp(text, "inf") == 0 && isinf(p->hi);
  switch (p->kind) {
  case FG_PARAM_REAL:
    if (infinite)
      *value = INFINITY;
    else if (!fg_parse_real(text, value) || !in_range(p, *value))
      return fg_fail(fault, FG_EUSAGE, NULL, 0, "%s: %s=%s must be a number from %g to %g", what, p->key, text, p->lo,
                     p->hi);
    return FG_OK;
  case FG_PARAM_COUNT:
    if (infinite)
      *value = INFINITY;
    else if (!fg_parse_u64(text, &u) || !in_range(p, (double)u))
      return fg_fail(fault, FG_EUSAGE, NULL, 0, "%s: %s=%s must be a whole number from %.16g to %.16g", what, p->key,
                     text, p->lo, p->hi);
    else
      *value = (double)u;
    return FG_OK;
  case FG_PARAM_CHOICE: {
    int i = choice_index(p->words, text);
    if (i < 0)
      return fg_fail(fault, FG_EUSAGE, NULL, 0, "%s: %s=%s must be one of %s", what, p->key, text, p->words);
    *value = i;
    return FG_OK;
  }
  case FG_PARAM_QUANTITY:
    if (!fg_parse_quantity(text, p->words, value) || !in_range(p, *value))
      return fg_fail(fault, FG_EUSAGE, NULL, 0,
                     "%s: %s=%s must be a number with the unit %s (as in 2%c%s), from %g to %g", what, p->key, text,
                     p->words, strcmp(p->words, "s") == 0 ? 'm' : 'M', p->words, p->lo, p->hi);
    return FG_OK;
  case FG_PARAM_TEXT:
  case FG_PARAM_FILE:
    *value = 0;
    return FG_OK;
  }
  return FG_EUSAGE;
}

static void keep_text(const struct fg_param *p, const char *text, char *kept) {
  char *absolute = p->kind == FG_PARAM_FILE ? realpath(text, NULL) : NULL;
  bool fits = absolute && strlen(absolute) < FG_TEXT_MAX && !strchr(absolute, ',');
  snprintf(kept, FG_TEXT_MAX, "%s", fits ? absolute : text);
  free(absolute);
}

enum fg_err fg_spec_parse(const char *what, const char *rest, const struct fg_param *params, struct fg_values *values,
                          struct fg_fault *fault) {
  bool given[FG_PARAMS_MAX] = {false};
  memset(values, 0, sizeof *values);
  for (const char *p = rest; *p;) {
    size_t n = strcspn(p, ",");
    char pair[FG_TEXT_MAX * 2];
    if (n >= sizeof pair)
      return fg_fail(fault, FG_EUSAGE, NULL, 0, "%s: '%.40s...' is too long", what, p);
    memcpy(pair, p, n);
    pair[n] = 0;
    char *eq = strchr(pair, '=');
    if (!eq || eq == pair || !eq[1])
      return fg_fail(fault, FG_EUSAGE, NULL, 0, "%s: '%s' is not key=value", what, pair);
    *eq = 0;
    size_t i = 0;
    while (params[i].key && strcmp(params[i].key, pair) != 0 && !(params[i].alias && !strcmp(params[i].alias, pair)))
      i++;
    if (!params[i].key) {
      char known[512] = "";
      for (size_t k = 0; params[k].key; k++)
        snprintf(known + strlen(known), sizeof known - strlen(known), "%s%s", k ? ", " : "", params[k].key);
      return fg_fail(fault, FG_EUSAGE, NULL, 0, "%s has no key '%s' (it has: %s)", what, pair,
                     known[0] ? known : "none");
    }
    if (strlen(eq + 1) >= FG_TEXT_MAX)
      return fg_fail(fault, FG_EUSAGE, NULL, 0, "%s: the value of %s is too long", what, pair);
    enum fg_err err = parse_one(what, &params[i], eq + 1, &values->value[i], fault);
    if (err)
      return err;
    keep_text(&params[i], eq + 1, values->text[i]);
    given[i] = true;
    p += n;
    if (*p == ',' && !*++p)
      return fg_fail(fault, FG_EUSAGE, NULL, 0, "%s: a key is expected after the last ','", what);
  }
  for (size_t i = 0; params[i].key; i++) {
    if (given[i])
      continue;
    if (!params[i].fallback)
      return fg_fail(fault, FG_EUSAGE, NULL, 0, "%s needs %s=... (%s)", what, params[i].key, params[i].help);
    enum fg_err err = parse_one(what, &params[i], params[i].fallback, &values->value[i], fault);
    if (err)
      return err;
    snprintf(values->text[i], FG_TEXT_MAX, "%s", params[i].fallback);
  }
  return FG_OK;
}

bool fg_spec_has(const char *rest, const char *key) {
  size_t n = strlen(key);
  for (const char *p = rest; p; p = strchr(p, ','), p = p ? p + 1 : NULL)
    if (strncmp(p, key, n) == 0 && p[n] == '=')
      return true;
  return false;
}

void fg_spec_print(const char *name, const struct fg_param *params, const struct fg_values *values, char *out,
                   size_t size) {
  int used = snprintf(out, size, "%s", name);
  char sep = ':';
  for (size_t i = 0; params[i].key && used >= 0 && (size_t)used < size; i++) {
    if ((params[i].kind == FG_PARAM_TEXT || params[i].kind == FG_PARAM_FILE) && !values->text[i][0])
      continue;
    used += snprintf(out + used, size - (size_t)used, "%c%s=%s", sep, params[i].key, values->text[i]);
    sep = ',';
  }
}
