/* What the files of `fugue export` share. */
#ifndef FG_CLI_EXPORT_H
#define FG_CLI_EXPORT_H

#include "sweep/results.h"

#include <stdio.h>

/* What is exported: entries that fulfil `where` (which names "at"), and, unless `all`, whose runs have come to a
 * result.
 */
struct fg_export {
  const struct fg_sweep_results *results;
  struct fg_sweep_conditions where;
  bool all, curves;
};
bool fg_export_has(const struct fg_export *export, const struct fg_sweep_result *result);

/* A row per entry, or, with curves, per evaluation of each. Write errors are found by whoever closes the file. */
void fg_export_csv(const struct fg_export *export, FILE *file);

/* One object: the specification and who wrote the database, axes, numbers, and a run per entry with its provenance,
 * numbers and, with curves, its curve, the time of its workers, and histograms. */
void fg_export_json(const struct fg_export *export, FILE *file);

/* A field of CSV; quoted where it must be (RFC 4180). */
void fg_export_field(FILE *file, const char *text);

/* The shortest decimals that read back as the same number; NAN: nothing, or null in JSON. */
void fg_export_number(FILE *file, double value, const char *none);

#endif
