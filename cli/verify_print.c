/* fugue verify: claims and what came of them, for people. */
#include "cli/verify.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { WIDTH = 98 };

/* A text, broken into lines that start with `indent` blanks. */
static void print_wrapped(const char *text, int indent) {
  int column = 0;
  while (*text) {
    int word = (int)strcspn(text, " ");
    if (column == 0 || column + 1 + word > WIDTH) {
      printf("%s%*s", column == 0 ? "" : "\n", indent, "");
      column = indent;
    } else {
      putchar(' ');
      column++;
    }
    printf("%.*s", word, text);
    column += word;
    text += word;
    text += strspn(text, " ");
  }
  putchar('\n');
}

static void print_part(const char *head, const char *text) {
  printf("    %s\n", head);
  print_wrapped(text, 6);
}

void fg_verify_list(const struct fg_claim *c) {
  printf("%s  %s (%s)\n", c->id, c->title, fg_claim_kind_name(c->kind));
  print_wrapped(c->statement, 4);
  print_part("assumes", c->assumptions);
  print_part("source", c->source);
  if (c->proved)
    print_part("proved, by theorems of proofs/coq (docs/proofs.md: under which hypotheses)", c->proved);
  for (unsigned v = 0; v < fg_claim_controls(c); v++) {
    char head[64];
    snprintf(head, sizeof head, "must reject '%s'", c->controls[v].name);
    print_part(head, c->controls[v].breaks);
  }
  if (c->power > 0)
    printf("    each with probability %g at least, at level %.2g\n", c->power, fg_claim_level());
  putchar('\n');
}

static void print_finding(const char *mark, const struct fg_finding *f) {
  static const char *const verdicts[] = {"holds", "VIOLATED", "reported", "n/a"};
  static const char *const signs[] = {"=", "<=", ">="};
  char interval[64] = "";
  if (f->low != f->high)
    snprintf(interval, sizeof interval, " [%.5g, %.5g]", f->low, f->high);
  printf("    %-12s %-8s %s: %.5g%s", mark, verdicts[fg_finding_verdict(f)], f->text, f->measured, interval);
  if (!isnan(f->bound))
    printf(" %s %.5g", signs[f->relation], f->bound);
  if (f->samples > 1)
    printf(", n = %llu", (unsigned long long)f->samples);
  if (f->not_applicable)
    printf(" (%s)", f->not_applicable);
  putchar('\n');
}

static void print_findings(const char *mark, const struct fg_findings *found, bool all) {
  const struct fg_finding *worst = fg_findings_worst(found);
  if (!all && worst)
    print_finding(mark, worst);
  for (size_t i = 0; all && i < found->n; i++)
    print_finding(mark, &found->finding[i]);
}

const char *fg_verify_word(const struct fg_claim *claim, const struct fg_outcome *o) {
  if (claim->kind == FG_CLAIM_OBSERVED)
    return o->seen ? "seen" : "not seen";
  if (o->verdict == FG_NOT_APPLICABLE)
    return "n/a";
  for (size_t i = 0; i < o->real.n; i++)
    if (fg_finding_verdict(&o->real.finding[i]) == FG_VIOLATED)
      return "FAILS";
  return o->blind ? "BLIND" : "holds";
}

void fg_verify_print(const struct fg_verify_result *r, bool all) {
  const struct fg_outcome *o = r->outcome;
  unsigned controls = fg_claim_controls(r->claim);
  printf("%-3s %-34s %-11s %-8s %4zu findings, %u of %u controls rejected, %.1f s\n", r->claim->id, r->claim->title,
         fg_claim_kind_name(r->claim->kind), fg_verify_word(r->claim, o), o->real.n, controls - o->blind, controls,
         r->seconds);
  if (r->claim->power > 0)
    printf("    level %.2g, power %g\n", r->lab->level, r->claim->power);
  print_findings("", &o->real, all);
  for (unsigned v = 0; v < controls; v++)
    print_findings(r->claim->controls[v].name, &o->control[v], all);
  fflush(stdout);
}

void fg_verify_print_rates(const struct fg_claim *claim, const struct fg_rates *r) {
  const char *contradicts = fg_rates_contradict(claim, r);
  printf("%-3s %-34s %-11s %s%s\n    false alarms %llu of %llu at level %g\n", claim->id, claim->title,
         fg_claim_kind_name(claim->kind), contradicts ? "CONTRADICTED: " : "as stated", contradicts ? contradicts : "",
         (unsigned long long)r->alarms, (unsigned long long)r->n, r->level);
  for (unsigned v = 0; v < fg_claim_controls(claim); v++)
    printf("    %s rejected %llu of %llu\n", claim->controls[v].name, (unsigned long long)r->rejected[v],
           (unsigned long long)r->n);
  fflush(stdout);
}
