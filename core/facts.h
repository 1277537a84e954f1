/* Facts: the scalars of a YAML or JSON file, such as a run directory's config.yaml and run.json. */
#ifndef FG_CORE_FACTS_H
#define FG_CORE_FACTS_H

#include "core/err.h"

#include <stddef.h>
#include <stdio.h>

/* Scalars of a YAML or JSON file in file order; nested keys are joined by '.', list entries are numbered from 0. */
struct fg_facts {
  struct fg_fact {
    char *key, *value;
  } * fact;
  size_t n, capacity;
};

/* FG_EINPUT with file and line if the file is absent, malformed, or not a mapping. *facts must be zero; freed by
 * fg_facts_free, also after an error. */
enum fg_err fg_facts_read(const char *path, struct fg_facts *facts, struct fg_fault *fault);
void fg_facts_free(struct fg_facts *facts);

/* Value of `key`, or of the first key that ends in ".key"; lent by *facts; NULL if there is none. */
const char *fg_facts_find(const struct fg_facts *facts, const char *key);

/* Writes text as a YAML double-quoted or JSON string. */
void fg_facts_quote(FILE *file, const char *text);

/* Facts of a finished run: DIR/run.json. FG_EINPUT says so if it is not there. */
enum fg_err fg_facts_of_run(const char *dir, struct fg_facts *facts, struct fg_fault *fault);

#endif
