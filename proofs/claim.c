/* A claim: from what it measures to a verdict. */
#include "proofs/claim.h"

#include "core/rng.h"

#include <math.h>
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

static enum fg_verdict verdict_of(const struct fg_claim *claim, struct fg_outcome *o) {
  bool judged = false, violated = false;
  for (size_t i = 0; i < o->real.n; i++) {
    enum fg_verdict v = fg_finding_verdict(&o->real.finding[i]);
    judged |= v == FG_HOLDS || v == FG_VIOLATED;
    violated |= v == FG_VIOLATED;
  }
  o->seen = judged && !violated;
  if (claim->kind == FG_CLAIM_OBSERVED)
    return FG_REPORTED;
  if (!judged)
    return FG_NOT_APPLICABLE;
  return violated || o->blind ? FG_VIOLATED : FG_HOLDS;
}

static bool rejected(const struct fg_findings *f) {
  for (size_t i = 0; i < f->n; i++)
    if (fg_finding_verdict(&f->finding[i]) == FG_VIOLATED)
      return true;
  return false;
}

enum fg_err fg_claim_check(const struct fg_claim *claim, const struct fg_lab *lab, struct fg_outcome *o,
                           struct fg_fault *fault) {
  unsigned controls = fg_claim_controls(claim);
  struct fg_lab own = *lab;
  enum fg_err err = FG_OK;
  o->control = calloc(controls + 1, sizeof *o->control);
  if (!o->control)
    err = FG_ENOMEM;
  for (unsigned v = 0; v <= controls && !err; v++) {
    struct fg_findings *found = v ? &o->control[v - 1] : &o->real;
    own.seed = fg_seed_derive(lab->seed ^ tag_of(claim->id), v);
    err = claim->measure(&own, v, found, fault);
    if (!err && v && !rejected(found))
      o->blind++;
  }
  if (err == FG_ENOMEM && fault && !fault->text[0])
    fg_fail(fault, err, NULL, 0, "not enough memory for claim %s", claim->id);
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
