/* Strategies: from a specification to a policy. */
#include "core/sync/sync.h"

#include "core/sync/types.h"

#include <stdio.h>
#include <string.h>

const struct fg_sync_type *const fg_sync_types[] = {&fg_sync_barrier, &fg_sync_fugue, NULL};

const struct fg_sync_type *fg_sync_find(const char *name) {
  for (size_t i = 0; fg_sync_types[i]; i++)
    if (strcmp(fg_sync_types[i]->name, name) == 0)
      return fg_sync_types[i];
  return NULL;
}

enum fg_err fg_sync_parse(const char *spec, double default_decay, struct fg_sync *sync, struct fg_fault *fault) {
  char name[FG_TEXT_MAX], what[FG_TEXT_MAX + 16];
  const char *rest;
  enum fg_err err = fg_spec_name(spec, name, &rest, fault);
  if (err)
    return err;
  memset(sync, 0, sizeof *sync);
  sync->type = fg_sync_find(name);
  if (!sync->type) {
    char known[256] = "";
    for (size_t i = 0; fg_sync_types[i]; i++)
      snprintf(known + strlen(known), sizeof known - strlen(known), "%s%s", i ? ", " : "", fg_sync_types[i]->name);
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "there is no synchronization strategy '%s' (there are: %s)", name, known);
  }
  snprintf(what, sizeof what, "sync %s", name);
  err = fg_spec_parse(what, rest, sync->type->params, &sync->par, fault);
  if (err)
    return err;
  for (size_t i = 0; sync->type->params[i].key; i++)
    if (strcmp(sync->type->params[i].key, "decay") == 0 && !fg_spec_has(rest, "decay")) {
      sync->par.value[i] = default_decay;
      snprintf(sync->par.text[i], FG_TEXT_MAX, "%.15g", default_decay);
    }
  return FG_OK;
}

void fg_sync_print(const struct fg_sync *sync, char *out, size_t size) {
  fg_spec_print(sync->type->name, sync->type->params, &sync->par, out, size);
}
