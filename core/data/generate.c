/* A specification -> points: the table of generators. */
#include "core/data/generate.h"

#include <stdio.h>
#include <string.h>

/* One line per generator; its file defines fg_generator_NAME. */
#define FG_GENERATOR_LIST(X)                                                                                           \
  X(mf)                                                                                                                \
  X(nmf)                                                                                                               \
  X(lda)                                                                                                               \
  X(dict)                                                                                                              \
  X(mmnd)                                                                                                              \
  X(additive)

#define DECLARE(name) extern const struct fg_generator_type fg_generator_##name;
FG_GENERATOR_LIST(DECLARE)
#undef DECLARE

#define ROW(name) &fg_generator_##name,
const struct fg_generator_type *const fg_generator_types[] = {FG_GENERATOR_LIST(ROW) NULL};
#undef ROW

/* its type and the values of its parameters */
static enum fg_err parse(const char *spec, const struct fg_generator_type **type, struct fg_values *values,
                         struct fg_fault *fault) {
  char name[FG_TEXT_MAX];
  const char *rest;
  enum fg_err err = fg_spec_name(spec, name, &rest, fault);
  if (err)
    return err;
  size_t t = 0;
  while (fg_generator_types[t] && strcmp(fg_generator_types[t]->name, name) != 0)
    t++;
  *type = fg_generator_types[t];
  if (!*type) {
    char known[256] = "";
    for (size_t k = 0; fg_generator_types[k]; k++)
      snprintf(known + strlen(known), sizeof known - strlen(known), "%s%s", k ? ", " : "", fg_generator_types[k]->name);
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "there is no generator '%s' (there are: %s)", name, known);
  }
  char what[FG_TEXT_MAX + 16];
  snprintf(what, sizeof what, "generator %s", name);
  return fg_spec_parse(what, rest, (*type)->params, values, fault);
}

enum fg_err fg_generate(const char *spec, uint64_t seed, struct fg_points *points, struct fg_fault *fault) {
  memset(points, 0, sizeof *points);
  points->format = FG_FORMAT_TRIPLETS;
  const struct fg_generator_type *type;
  struct fg_values values;
  enum fg_err err = parse(spec, &type, &values, fault);
  if (err)
    return err;
  err = type->generate(&values, seed, points, fault);
  points->nonnegative = !err && fg_points_are_nonnegative(points);
  if (err)
    fg_points_free(points);
  if (err == FG_ENOMEM)
    fg_fail(fault, err, NULL, 0, "out of memory while generating %s", spec);
  return err;
}

enum fg_err fg_generate_planted(const char *spec, uint64_t seed, int side, struct fg_planted *out,
                                struct fg_fault *fault) {
  *out = (struct fg_planted){0};
  const struct fg_generator_type *type;
  struct fg_values values;
  enum fg_err err = parse(spec, &type, &values, fault);
  if (err)
    return err;
  if (!type->planted)
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "generator %s keeps no planted factors", type->name);
  return type->planted(&values, seed, side, out);
}
