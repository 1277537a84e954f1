/* Straggler laws: from an option to a law, and from a law to the time that work takes. */
#include "core/straggler/straggler.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/rng.h"
#include "core/straggler/laws.h"

const struct fg_straggler_type *const fg_straggler_types[] = {
    &fg_straggler_none,    &fg_straggler_persistent, &fg_straggler_onoff,   &fg_straggler_shifted_exp,
    &fg_straggler_pareto,  &fg_straggler_lognormal,  &fg_straggler_weibull, &fg_straggler_gamma,
    &fg_straggler_uniform, &fg_straggler_burst,      &fg_straggler_trace,   NULL,
};

const struct fg_straggler_type *fg_straggler_find(const char *name) {
  for (size_t i = 0; fg_straggler_types[i]; i++)
    if (strcmp(fg_straggler_types[i]->name, name) == 0)
      return fg_straggler_types[i];
  return NULL;
}

const struct fg_param fg_straggler_common[] = {
    {"per", NULL, FG_PARAM_TEXT, "block", 0, 0, NULL,
     "how long a draw lasts: chunk, block (1/P of a worker's epoch), epoch, run, or time:T, as in time:2s"},
    {"mean", NULL, FG_PARAM_CHOICE, "own", 0, 0, "own|1",
     "1: divide S by the law's mean, so that only its spread differs"},
    {0}};

/* a type's own keys, then those common ones that it has */
static void full_table(const struct fg_straggler_type *type, struct fg_param *table) {
  size_t n = 0;
  for (const struct fg_param *p = type->params; p->key; p++)
    table[n++] = *p;
  size_t own = n;
  for (const struct fg_param *c = fg_straggler_common; type->draw && c->key; c++) {
    bool shadowed = false;
    for (size_t i = 0; i < own; i++)
      shadowed |= strcmp(table[i].key, c->key) == 0;
    if (!shadowed)
      table[n++] = *c;
  }
  assert(n < FG_PARAMS_MAX);
  table[n] = (struct fg_param){0};
}

/* index of a common key in the full table, or -1 where the type has none or uses the word for itself */
static int common_index(const struct fg_straggler_type *type, const struct fg_param *table, const char *key) {
  int own = 0, i = 0;
  while (type->params[own].key)
    own++;
  while (table[i].key && strcmp(table[i].key, key) != 0)
    i++;
  return table[i].key && i >= own ? i : -1;
}

static enum fg_err parse_per(const char *what, const char *text, struct fg_straggler *s, struct fg_fault *fault) {
  static const struct {
    const char *word;
    enum fg_per per;
  } words[] = {{"chunk", FG_PER_CHUNK}, {"block", FG_PER_BLOCK}, {"epoch", FG_PER_EPOCH}, {"run", FG_PER_RUN}};
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
    if (strcmp(words[i].word, text) == 0) {
      s->per = words[i].per;
      return FG_OK;
    }
  if (strncmp(text, "time:", 5) != 0)
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "%s: per=%s must be one of chunk|block|epoch|run|time:T (as in time:2s)",
                   what, text);
  if ((!fg_parse_real(text + 5, &s->period) && !fg_parse_quantity(text + 5, "s", &s->period)) ||
      !(s->period >= FG_STRAGGLER_TICK && s->period <= FG_STRAGGLER_HORIZON))
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "%s: per=%s: the time must be from %g to %g s (as in time:2s, time:50ms)",
                   what, text, FG_STRAGGLER_TICK, FG_STRAGGLER_HORIZON);
  s->per = FG_PER_TIME;
  return FG_OK;
}

static enum fg_err set_mean(const char *what, struct fg_straggler *s, struct fg_fault *fault) {
  double mean = s->type->mean(s);
  if (!(mean > 0 && isfinite(mean)))
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "%s: mean=1 needs a law with a finite mean; this one has %g", what, mean);
  s->mean1 = true;
  s->scale = 1 / mean;
  return FG_OK;
}

static enum fg_err unknown(const char *name, struct fg_fault *fault) {
  char known[512] = "";
  for (size_t i = 0; fg_straggler_types[i]; i++)
    snprintf(known + strlen(known), sizeof known - strlen(known), "%s%s", i ? ", " : "", fg_straggler_types[i]->name);
  return fg_fail(fault, FG_EUSAGE, NULL, 0, "there is no straggler law '%.60s' (there are: %s)", name, known);
}

enum fg_err fg_straggler_parse(const char *spec, uint32_t workers, uint64_t seed, struct fg_straggler *straggler,
                               struct fg_fault *fault) {
  assert(workers > 0);
  char name[FG_TEXT_MAX], what[FG_TEXT_MAX + 16];
  const char *rest;
  struct fg_straggler s = {.per = FG_PER_BLOCK, .scale = 1, .seed = seed, .workers = workers};
  enum fg_err err = fg_spec_name(spec, name, &rest, fault);
  if (err)
    return err;
  s.type = fg_straggler_find(name);
  if (!s.type)
    return unknown(name, fault);
  snprintf(what, sizeof what, "straggler %s", name);
  for (const struct fg_param *c = fg_straggler_common; c->key && !s.type->draw; c++)
    if (fg_spec_has(rest, c->key))
      return fg_fail(fault, FG_EUSAGE, NULL, 0, "%s has no key '%s': its slowdowns are not drawn one by one", what,
                     c->key);
  struct fg_param table[FG_PARAMS_MAX];
  full_table(s.type, table);
  err = fg_spec_parse(what, rest, table, &s.par, fault);
  if (err)
    return err;
  int per = common_index(s.type, table, "per"), mean = common_index(s.type, table, "mean");
  if (per >= 0)
    err = parse_per(what, s.par.text[per], &s, fault);
  if (!err && s.type->setup)
    err = s.type->setup(&s, fault);
  if (!err && mean >= 0 && s.par.value[mean] == 1)
    err = set_mean(what, &s, fault);
  if (err) {
    fg_straggler_free(&s);
    return err;
  }
  *straggler = s;
  return FG_OK;
}

void fg_straggler_print(const struct fg_straggler *straggler, char *out, size_t size) {
  struct fg_param table[FG_PARAMS_MAX];
  full_table(straggler->type, table);
  fg_spec_print(straggler->type->name, table, &straggler->par, out, size);
}

void fg_straggler_free(struct fg_straggler *straggler) {
  if (straggler->type && straggler->type->release)
    straggler->type->release(straggler);
}

bool fg_straggler_timed(const struct fg_straggler *straggler) {
  return straggler->type->segment || straggler->per == FG_PER_TIME;
}

static double nth_draw(const struct fg_straggler *s, uint32_t worker, uint64_t index) {
  struct fg_rng state;
  gsl_rng rng = {fg_rng_gsl(), &state};
  fg_rng_gsl_start(&rng, s->seed, FG_STREAM_STRAGGLER, index, worker);
  return s->scale * s->type->draw(s, &rng);
}

double fg_straggler_factor(const struct fg_straggler *straggler, uint32_t worker, uint64_t index) {
  assert(!fg_straggler_timed(straggler));
  if (straggler->type->host)
    return straggler->type->host(straggler, worker);
  return nth_draw(straggler, worker, straggler->per == FG_PER_RUN ? 0 : index);
}

double fg_straggler_lasting(const struct fg_straggler *straggler, uint32_t worker) {
  bool lasts = straggler->type->host || (straggler->type->draw && straggler->per == FG_PER_RUN);
  return lasts ? fg_straggler_factor(straggler, worker, 0) : 1;
}

/* Loads spell c->k, which starts at c->start. */
static void load(const struct fg_straggler *s, uint32_t worker, struct fg_straggler_cursor *c) {
  if (s->type->segment) {
    double length;
    s->type->segment(s, worker, c->k, &length, &c->factor);
    c->end = c->start + length;
  } else {
    c->factor = nth_draw(s, worker, c->k);
    c->end = (double)(c->k + 1) * s->period;
  }
  if (c->end > FG_STRAGGLER_HORIZON)
    c->end = INFINITY;
  c->valid = true;
}

static void advance(const struct fg_straggler *s, uint32_t worker, struct fg_straggler_cursor *c) {
  c->k++;
  c->start = c->end;
  load(s, worker, c);
}

/* Moves the cursor to the spell that holds time t. */
static void seek(const struct fg_straggler *s, uint32_t worker, struct fg_straggler_cursor *c, double t) {
  if (!c->valid) {
    *c = (struct fg_straggler_cursor){0};
    load(s, worker, c);
  }
  assert(t >= c->start);
  /* spells of one length need not be walked through; one before the quotient, against its rounding */
  if (s->per == FG_PER_TIME && t >= c->end) {
    double k = floor(fmin(t, FG_STRAGGLER_HORIZON) / s->period) - 1;
    if (k > (double)c->k) {
      c->k = (uint64_t)k;
      c->start = k * s->period;
      load(s, worker, c);
    }
  }
  while (t >= c->end)
    advance(s, worker, c);
}

double fg_straggler_finish(const struct fg_straggler *straggler, uint32_t worker, struct fg_straggler_cursor *cursor,
                           double start, double work) {
  assert(fg_straggler_timed(straggler));
  assert(start >= 0 && work >= 0);
  seek(straggler, worker, cursor, start);
  /* a copy walks on: the next start may lie before this work's end */
  struct fg_straggler_cursor c = *cursor;
  double t = start;
  for (;;) {
    double end = t + work * c.factor;
    if (end <= c.end)
      return end;
    work -= (c.end - t) / c.factor;
    t = c.end;
    if (work <= 0)
      return t;
    advance(straggler, worker, &c);
  }
}
