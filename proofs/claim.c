/* A claim: from what it measures to a verdict. */
#include "proofs/claim.h"

#include "core/rng.h"
#include "proofs/lab/statistics.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum fg_verdict fg_finding_verdict(const struct fg_finding *f) {
  if (f->not_applicable)
    return FG_NOT_APPLICABLE;
  if (isnan(f->bound))
    return FG_REPORTED;
  if (isnan(f->measured) || isnan(f->low) || isnan(f->high))
    return FG_VIOLATED;
  bool below = f->high<f->bound, above = f->low> f->bound;
  bool violated = f->relation == FG_AT_MOST ? above : f->relation == FG_AT_LEAST ? below : below || above;
  return violated ? FG_VIOLATED : FG_HOLDS;
}

double fg_finding_strain(const struct fg_finding *f) {
  double over = f->measured - f->bound; /* towards a violation */
  double half = over > 0 ? f->measured - f->low : f->high - f->measured;
  if (isnan(f->measured) || isnan(f->low) || isnan(f->high))
    return INFINITY;
  if (f->relation == FG_AT_LEAST) {
    over = -over;
    half = over > 0 ? f->high - f->measured : f->measured - f->low;
  }
  if (f->relation == FG_EQUAL)
    over = fabs(over);
  if (over == 0)
    return 0;
  /* a bound that is kept: how near, by the scale of the two numbers, always below 0 */
  if (over < 0)
    return over / (fabs(f->measured) + fabs(f->bound) + half);
  return half > 0 ? over / half : INFINITY;
}

enum fg_err fg_findings_add(struct fg_findings *f, const struct fg_finding *finding) {
  if (f->n == f->capacity) {
    size_t more = f->capacity ? 2 * f->capacity : 32;
    struct fg_finding *longer = realloc(f->finding, more * sizeof *longer);
    if (!longer)
      return FG_ENOMEM;
    f->finding = longer;
    f->capacity = more;
  }
  f->finding[f->n++] = *finding;
  return FG_OK;
}

enum fg_err fg_findings_count(struct fg_findings *findings, const char *whom, const char *what, uint64_t n,
                              uint64_t of) {
  struct fg_finding f = {.relation = FG_AT_MOST, .samples = of};
  f.measured = f.low = f.high = (double)n;
  snprintf(f.text, sizeof f.text, "%s: %s", whom, what);
  return fg_findings_add(findings, &f);
}

void fg_findings_free(struct fg_findings *f) {
  free(f->finding);
  memset(f, 0, sizeof *f);
}

const struct fg_finding *fg_findings_worst(const struct fg_findings *f) {
  const struct fg_finding *worst = NULL;
  for (size_t i = 0; i < f->n; i++) {
    enum fg_verdict v = fg_finding_verdict(&f->finding[i]);
    if (v != FG_HOLDS && v != FG_VIOLATED)
      continue;
    if (!worst || fg_finding_strain(&f->finding[i]) > fg_finding_strain(worst))
      worst = &f->finding[i];
  }
  return worst;
}

const struct fg_claim *fg_claim_find(const char *id) {
  for (size_t i = 0; fg_claims[i]; i++)
    if (strcasecmp(fg_claims[i]->id, id) == 0)
      return fg_claims[i];
  return NULL;
}

unsigned fg_claim_controls(const struct fg_claim *claim) {
  unsigned n = 0;
  while (claim->controls && claim->controls[n].name)
    n++;
  return n;
}

const char *fg_claim_kind_name(enum fg_claim_kind kind) {
  static const char *const names[] = {"exact", "exhaustive", "statistical", "observed"};
  return names[kind];
}

double fg_claim_level(void) {
  unsigned n = 0;
  for (size_t i = 0; fg_claims[i]; i++)
    n += fg_claims[i]->kind == FG_CLAIM_STATISTICAL || fg_claims[i]->kind == FG_CLAIM_OBSERVED;
  return FG_LEVEL / (n ? n : 1);
}

/* 64 bits of a name (FNV-1a), so that a claim's seeds do not depend on its place in the table */
static uint64_t tag_of(const char *id) {
  uint64_t h = 14695981039346656037u;
  for (; *id; id++)
    h = (h ^ (unsigned char)*id) * 1099511628211u;
  return h;
}

static bool violated(const struct fg_findings *f) {
  for (size_t i = 0; i < f->n; i++)
    if (fg_finding_verdict(&f->finding[i]) == FG_VIOLATED)
      return true;
  return false;
}

/* Measures one variant with seeds of its own. */
static enum fg_err measure(const struct fg_claim *claim, const struct fg_lab *lab, unsigned variant, double level,
                           struct fg_findings *found, struct fg_fault *fault) {
  struct fg_lab own = *lab;
  own.seed = fg_seed_derive(lab->seed ^ tag_of(claim->id), variant);
  own.level = level;
  enum fg_err err = claim->measure(&own, variant, found, fault);
  if (err == FG_ENOMEM && fault && !fault->text[0])
    fg_fail(fault, err, NULL, 0, "not enough memory for claim %s", claim->id);
  return err;
}

static enum fg_verdict verdict_of(const struct fg_claim *claim, struct fg_outcome *o) {
  bool judged = fg_findings_worst(&o->real) != NULL, fails = violated(&o->real);
  o->seen = judged && !fails;
  if (claim->kind == FG_CLAIM_OBSERVED)
    return FG_REPORTED;
  if (!judged && !o->blind)
    return FG_NOT_APPLICABLE;
  return fails || o->blind ? FG_VIOLATED : FG_HOLDS;
}

enum fg_err fg_claim_check(const struct fg_claim *claim, const struct fg_lab *lab, struct fg_outcome *o,
                           struct fg_fault *fault) {
  unsigned controls = fg_claim_controls(claim);
  o->control = calloc(controls + 1, sizeof *o->control);
  enum fg_err err = o->control ? FG_OK : fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory for a claim");
  if (!err)
    err = measure(claim, lab, 0, lab->level, &o->real, fault);
  for (unsigned v = 0; v < controls && !err; v++) {
    err = measure(claim, lab, v + 1, lab->level, &o->control[v], fault);
    o->blind += !err && !violated(&o->control[v]);
  }
  if (!err)
    o->verdict = verdict_of(claim, o);
  return err;
}

void fg_outcome_free(const struct fg_claim *claim, struct fg_outcome *o) {
  for (unsigned v = 0; o->control && v < fg_claim_controls(claim); v++)
    fg_findings_free(&o->control[v]);
  free(o->control);
  fg_findings_free(&o->real);
  memset(o, 0, sizeof *o);
}

enum fg_err fg_claim_repeat(const struct fg_claim *claim, const struct fg_lab *lab, uint64_t n, struct fg_rates *rates,
                            struct fg_fault *fault) {
  unsigned controls = fg_claim_controls(claim);
  struct fg_lab own = *lab;
  enum fg_err err = FG_OK;
  rates->level = FG_REPEAT_LEVEL;
  rates->rejected = calloc(controls + 1, sizeof *rates->rejected);
  if (!rates->rejected)
    err = fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory for a claim");
  own.progress = NULL;
  for (; rates->n < n && !err; rates->n += !err) {
    own.seed = fg_seed_derive(lab->seed, rates->n);
    for (unsigned v = 0; v <= controls && !err; v++) {
      struct fg_findings found = {0};
      err = measure(claim, &own, v, v ? lab->level : rates->level, &found, fault);
      uint64_t *count = v ? &rates->rejected[v - 1] : &rates->alarms;
      *count += !err && violated(&found);
      fg_findings_free(&found);
      if (lab->progress)
        lab->progress(lab->self, rates->n * (controls + 1) + v, n * (controls + 1));
    }
  }
  return err;
}

void fg_rates_free(struct fg_rates *rates) {
  free(rates->rejected);
  memset(rates, 0, sizeof *rates);
}

const char *fg_rates_contradict(const struct fg_claim *claim, const struct fg_rates *r) {
  static const char alarms[] = "false alarms are more frequent than the level says";
  static const char misses[] = "a control is rejected less often than the power says";
  bool exact = claim->kind == FG_CLAIM_EXACT || claim->kind == FG_CLAIM_EXHAUSTIVE;
  if (claim->kind == FG_CLAIM_OBSERVED) /* it has no level */
    return NULL;
  if (exact ? r->alarms > 0 : fg_interval_proportion(r->alarms, r->n, 1e-4).low > r->level)
    return alarms;
  for (unsigned v = 0; v < fg_claim_controls(claim); v++)
    if (exact ? r->rejected[v] < r->n : fg_interval_proportion(r->rejected[v], r->n, 1e-4).high < claim->power)
      return misses;
  return NULL;
}
