/* A specification -> points: the table of generators. */
#include "core/data/generate.h"

#include <stdio.h>
#include <string.h>

extern const struct fg_generator_type fg_generator_mf, fg_generator_lda, fg_generator_additive;

const struct fg_generator_type *const fg_generator_types[] = {&fg_generator_mf, &fg_generator_lda,
                                                              &fg_generator_additive, NULL};

enum fg_err fg_generate(const char *spec, uint64_t seed, struct fg_points *points, struct fg_fault *fault) {
  memset(points, 0, sizeof *points);
  points->format = FG_FORMAT_TRIPLETS;
  char name[FG_TEXT_MAX];
  const char *rest;
  enum fg_err err = fg_spec_name(spec, name, &rest, fault);
  if (err)
    return err;
  size_t t = 0;
  while (fg_generator_types[t] && strcmp(fg_generator_types[t]->name, name) != 0)
    t++;
  const struct fg_generator_type *type = fg_generator_types[t];
  if (!type) {
    char known[256] = "";
    for (size_t k = 0; fg_generator_types[k]; k++)
      snprintf(known + strlen(known), sizeof known - strlen(known), "%s%s", k ? ", " : "", fg_generator_types[k]->name);
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "there is no generator '%s' (there are: %s)", name, known);
  }
  char what[FG_TEXT_MAX + 16];
  struct fg_values values;
  snprintf(what, sizeof what, "generator %s", name);
  err = fg_spec_parse(what, rest, type->params, &values, fault);
  if (!err)
    err = type->generate(&values, seed, points, fault);
  points->nonnegative = !err && fg_points_are_nonnegative(points);
  if (err)
    fg_points_free(points);
  if (err == FG_ENOMEM)
    fg_fail(fault, err, NULL, 0, "out of memory while generating %s", spec);
  return err;
}
