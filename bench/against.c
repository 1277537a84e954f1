/* An earlier result of the same machine: medians against medians, which a machine that was in another mood spoils;
 * --vs takes turns. */
#include "bench/report.h"

#include "bench/serve.h"
#include "core/facts.h"
#include "core/spec.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum fg_err fg_bench_against_read(const char *path, enum fg_bench_size size, struct fg_bench_host *host,
                                  struct fg_facts *facts, struct fg_fault *fault) {
  enum fg_err err = fg_facts_read(path, facts, fault);
  if (err)
    return err;
  const char *of_size = fg_facts_find(facts, "size"), *cpu = fg_facts_find(facts, "cpu");
  const char *revision = fg_facts_find(facts, "revision");
  if (!of_size || !cpu || !revision)
    return fg_fail(fault, FG_EINPUT, path, 0, "is no result of this program");
  if (strcmp(of_size, fg_bench_size_names[size]) != 0)
    return fg_fail(fault, FG_EINPUT, path, 0, "was measured at size %s", of_size);
  if (strcmp(cpu, host->cpu) != 0)
    return fg_fail(fault, FG_EINPUT, path, 0, "was measured on another machine, %s", cpu);
  snprintf(host->against, sizeof host->against, "%.180s (%.60s)", path, revision);
  return FG_OK;
}

static const char *fact(const struct fg_facts *facts, size_t result, const char *rest) {
  char key[96];
  snprintf(key, sizeof key, "results.%zu.%s", result, rest);
  return fg_facts_find(facts, key);
}

/* Median of measure `name` of a result there. */
static double median(const struct fg_facts *facts, size_t result, const char *name) {
  char key[48];
  const char *there = "", *text = NULL;
  double value;
  for (size_t m = 0; there && strcmp(there, name) != 0; m++) {
    snprintf(key, sizeof key, "measures.%zu.name", m);
    there = fact(facts, result, key);
    snprintf(key, sizeof key, "measures.%zu.median", m);
    text = fact(facts, result, key);
  }
  return there && text && fg_parse_real(text, &value) ? value : NAN;
}

void fg_bench_against(const struct fg_facts *facts, struct fg_bench_result *r) {
  for (size_t m = 0; m < FG_BENCH_MEASURES; m++)
    r->gain[m] = (struct fg_bench_spread){NAN, NAN, NAN};
  const char *group;
  for (size_t i = 0; (group = fact(facts, i, "group")) != NULL; i++) {
    const char *name = fact(facts, i, "case");
    if (!name || strcmp(group, r->group->name) != 0 || strcmp(name, r->name) != 0)
      continue;
    for (size_t m = 0; m < fg_bench_measures(r->group); m++) {
      double gain =
          fg_bench_gain(&r->group->measure[m], r->value[m].median, median(facts, i, r->group->measure[m].name));
      r->gain[m] = (struct fg_bench_spread){gain, gain, gain};
    }
    return;
  }
}
