/* The claims register: what is claimed of the method, and how the code that will be deployed is held to it. One file
 * and one row of fg_claims per claim; help, the list, the table, figures and the check of the check follow from the
 * row.
 *
 * A claim measures its *real* variant and every *control*, a deliberately broken one that a check worth the name must
 * reject. A claim holds if no finding of the real variant is violated and each control has one that is. */
#ifndef FG_PROOFS_CLAIM_H
#define FG_PROOFS_CLAIM_H

#include "core/err.h"
#include "proofs/lab/lab.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum fg_claim_kind {
  FG_CLAIM_EXACT,       /* equality, or a bound, on every run looked at */
  FG_CLAIM_EXHAUSTIVE,  /* all reachable states of small cases */
  FG_CLAIM_STATISTICAL, /* an interval at a stated level */
  FG_CLAIM_OBSERVED,    /* seen on these data; nothing is promised, and nothing fails */
};

/* What a measurement should be to its bound. */
enum fg_relation { FG_EQUAL, FG_AT_MOST, FG_AT_LEAST };

enum { FG_FINDING_TEXT = 200 };

/* One measurement against one bound. */
struct fg_finding {
  char text[FG_FINDING_TEXT]; /* what was measured, of what, in which units; one line */
  enum fg_relation relation;
  double bound;               /* what the claim says; NAN: nothing is said, it is only reported */
  double measured, low, high; /* with its interval; exact: all the same, or as far as rounding goes */
  uint64_t samples;           /* that it is made of */
  /* Its place in the claim's figure: panel (0, 1, ...), curve, abscissa. series NULL (static text otherwise): not
   * drawn. */
  unsigned panel;
  const char *series;
  double x;
  /* An assumption that does not hold (projections, non-convexity, ...): neither held nor violated. Static text; NULL:
   * applicable. */
  const char *not_applicable;
};

enum fg_verdict { FG_HOLDS, FG_VIOLATED, FG_REPORTED, FG_NOT_APPLICABLE };

/* A bound is violated only if the whole interval lies beyond it. A measurement that is NAN violates any bound. */
enum fg_verdict fg_finding_verdict(const struct fg_finding *finding);

/* How far inside (0: measured = bound; 1: the interval ends at the bound; above: violated) a finding is: for choosing
 * the one to show. */
double fg_finding_strain(const struct fg_finding *finding);

struct fg_findings {
  struct fg_finding *finding;
  size_t n, capacity;
};

/* Appends a copy. FG_ENOMEM. */
enum fg_err fg_findings_add(struct fg_findings *findings, const struct fg_finding *finding);
void fg_findings_free(struct fg_findings *findings);

/* Appends a count of what should not be: n of `of` things, exact, at most 0. Text: "WHOM: WHAT". FG_ENOMEM. */
enum fg_err fg_findings_count(struct fg_findings *findings, const char *whom, const char *what, uint64_t n,
                              uint64_t of);

/* The finding nearest to its violation, or violated the most; NULL if none was judged. */
const struct fg_finding *fg_findings_worst(const struct fg_findings *findings);

/* A variant that breaks the claim. */
struct fg_control {
  const char *name;   /* one word, for --list and JSON; NULL ends the list */
  const char *breaks; /* what is broken, in a sentence without its full stop */
};

/* A panel of the claim's figure. */
struct fg_panel {
  const char *title, *x, *y; /* y: NULL ends the list */
  bool log_x, log_y;
};

struct fg_claim {
  const char *id, *title; /* "M2", "covariance" */
  enum fg_claim_kind kind;
  const char *statement;   /* exact, with the formula */
  const char *assumptions; /* under which it is stated */
  const char *source;      /* paper, book, or "ours" */
  const char *proved;      /* theorems of proofs/coq that say it, or a part of it, by name, separated by blanks; NULL:
                              none (docs/proofs.md) */
  double power;            /* statistical: the probability with which each control is rejected, at least; 0 otherwise */
  const struct fg_control *controls; /* NULL only where nothing can be broken, which `statement` explains */
  const struct fg_panel *panels;     /* NULL: no figure */
  /* Measures variant 0 (real) or 1, 2, ... (controls[variant - 1]) and appends what it finds. The same lab gives the
   * same findings. Errors are faults of the experiment, not violations. */
  enum fg_err (*measure)(const struct fg_lab *lab, unsigned variant, struct fg_findings *findings,
                         struct fg_fault *fault);
};

/* The table; ends with NULL. In the order of claims.md. */
extern const struct fg_claim *const fg_claims[];

/* Claim by id in either case ("m2"), or NULL. */
const struct fg_claim *fg_claim_find(const char *id);

unsigned fg_claim_controls(const struct fg_claim *claim);

/* "exact", ... ; static text. */
const char *fg_claim_kind_name(enum fg_claim_kind kind);

/* Probability that a statistical claim that is true is called violated, so that it is at most FG_LEVEL for all of the
 * table together. */
#define FG_LEVEL 1e-4
double fg_claim_level(void);

/* What came of a claim. */
struct fg_outcome {
  struct fg_findings real, *control; /* control: fg_claim_controls entries */
  unsigned blind;                    /* controls that were not rejected */
  enum fg_verdict verdict;           /* FG_HOLDS, FG_VIOLATED; FG_NOT_APPLICABLE: no finding was judged; FG_REPORTED: of
                                        a claim that is only observed, which nothing violates */
  bool seen;                         /* of a claim that is only observed: was it? */
};

/* Measures the claim and all its controls, each with its own seeds derived from lab->seed. *outcome must be zero; freed
 * by fg_outcome_free, also after an error. */
enum fg_err fg_claim_check(const struct fg_claim *claim, const struct fg_lab *lab, struct fg_outcome *outcome,
                           struct fg_fault *fault);
void fg_outcome_free(const struct fg_claim *claim, struct fg_outcome *outcome);

/* The check of the check: how often it says what, over many seeds. */
struct fg_rates {
  uint64_t n;         /* repetitions */
  uint64_t alarms;    /* in which the real variant was called violated, */
  double level;       /* each with this probability at most */
  uint64_t *rejected; /* in which each control was rejected (fg_claim_controls entries), at lab->level */
};

/* Measures every variant n times with seeds derived from lab->seed: the real one at FG_REPEAT_LEVEL, at which false
 * alarms can be counted, controls at lab->level. *rates must be zero; freed by fg_rates_free, also after an error. */
#define FG_REPEAT_LEVEL 0.05
enum fg_err fg_claim_repeat(const struct fg_claim *claim, const struct fg_lab *lab, uint64_t n, struct fg_rates *rates,
                            struct fg_fault *fault);
void fg_rates_free(struct fg_rates *rates);

/* Do the rates contradict level and power? An exact claim may have no false alarm and must reject all; the others are
 * contradicted if the interval of a rate, at 1e-4, lies beyond what is stated; nothing contradicts what is only
 * observed. NULL: no; otherwise which rate does, static text. */
const char *fg_rates_contradict(const struct fg_claim *claim, const struct fg_rates *rates);

#endif
