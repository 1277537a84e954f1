/* fugue plot --figure variance: what a claim says and what was measured, read back from what fugue verify -o wrote. */
#include "cli/figures.h"
#include "cli/verify.h"
#include "core/facts.h"
#include "core/spec.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *find(const struct fg_facts *facts, size_t i, const char *key) {
  char name[64];
  snprintf(name, sizeof name, "findings.%zu.%s", i, key);
  for (size_t k = 0; k < facts->n; k++)
    if (strcmp(facts->fact[k].key, name) == 0)
      return facts->fact[k].value;
  return NULL;
}

/* JSON has no infinity and no NaN: "inf", null */
static double number(const char *text) {
  double value;
  if (!text || strcmp(text, "null") == 0)
    return NAN;
  if (strcmp(text, "inf") == 0 || strcmp(text, "-inf") == 0)
    return *text == '-' ? -INFINITY : INFINITY;
  return fg_parse_real(text, &value) ? value : NAN;
}

/* Findings of the real variant that have a place in the figure. Their texts are lent by the facts. */
static enum fg_err read_findings(const struct fg_facts *facts, unsigned panels, struct fg_findings *found) {
  enum fg_err err = FG_OK;
  const char *variant;
  for (size_t i = 0; !err && (variant = find(facts, i, "variant")); i++) {
    struct fg_finding f = {.series = find(facts, i, "series")};
    const char *panel = find(facts, i, "panel");
    f.panel = panel ? (unsigned)strtoul(panel, NULL, 10) : 0;
    if (strcmp(variant, "real") != 0 || !f.series || f.panel >= panels)
      continue;
    f.bound = number(find(facts, i, "bound"));
    f.measured = number(find(facts, i, "measured"));
    f.low = number(find(facts, i, "low"));
    f.high = number(find(facts, i, "high"));
    f.x = number(find(facts, i, "x"));
    err = fg_findings_add(found, &f);
  }
  return err;
}

/* Claims with a figure that were checked into the folder. */
static const struct fg_claim *find_claim(const char *dir, const char *id, struct fg_fault *fault) {
  const struct fg_claim *only = NULL;
  char names[300] = "", file[64], path[FG_PATH_MAX];
  size_t there = 0;
  if (id) {
    const struct fg_claim *claim = fg_claim_find(id);
    if (!claim)
      fg_fail(fault, FG_EUSAGE, NULL, 0, "--claim %s: there is no such claim (fugue info claims)", id);
    else if (!claim->panels)
      fg_fail(fault, FG_EUSAGE, NULL, 0, "--claim %s: this claim has no figure", id);
    return claim && claim->panels ? claim : NULL;
  }
  for (size_t i = 0; fg_claims[i]; i++) {
    snprintf(file, sizeof file, "%s.json", fg_claims[i]->id);
    if (!fg_claims[i]->panels || fg_path_join(dir, file, path, NULL) || access(path, F_OK) != 0)
      continue;
    size_t n = strlen(names);
    snprintf(names + n, sizeof names - n, "%s%s", n ? ", " : "", fg_claims[i]->id);
    only = fg_claims[i];
    there++;
  }
  if (there == 0)
    fg_fail(fault, FG_EINPUT, dir, 0, "holds no findings with a figure: fugue verify -o %s makes them", dir);
  else if (there > 1)
    fg_fail(fault, FG_EUSAGE, NULL, 0, "--claim ID is missing: one of %s", names);
  return there == 1 ? only : NULL;
}

enum fg_err fg_plot_variance(const struct fg_plot_job *job, struct fg_fault *fault) {
  struct fg_facts facts = {0};
  struct fg_findings found = {0};
  char file[64], path[FG_PATH_MAX];
  const struct fg_claim *claim = find_claim(job->dir, job->options.claim, fault);
  if (!claim)
    return FG_EUSAGE;
  unsigned panels = 0;
  while (claim->panels[panels].y)
    panels++;
  snprintf(file, sizeof file, "%s.json", claim->id);
  enum fg_err err = fg_path_join(job->dir, file, path, fault);
  if (!err)
    err = fg_facts_read(path, &facts, fault);
  if (!err)
    err = read_findings(&facts, panels, &found);
  if (!err && found.n == 0)
    err = fg_fail(fault, FG_EINPUT, path, 0, "holds no finding that a figure shows");
  if (!err)
    err = fg_verify_figure(claim, &found, &job->options, fault);
  fg_findings_free(&found);
  fg_facts_free(&facts);
  return err;
}
