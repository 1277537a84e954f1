/* Strategies: from a specification to a policy. */
#include "core/sync/sync.h"

#include "core/model/model.h"
#include "core/ranks.h"
#include "core/sync/types.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

const struct fg_sync_type *const fg_sync_types[] = {
    &fg_sync_barrier, &fg_sync_fugue, &fg_sync_quorum, &fg_sync_ring, &fg_sync_nomad,
    &fg_sync_relay,   &fg_sync_psgd,  &fg_sync_ssp,    NULL,
};

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
  if (sync->type->roving && sync->type->roving->slack && sync->type->roving->slack(sync) > 1 &&
      fg_sync_blocks(sync) == 1)
    return fg_fail(fault, FG_EUSAGE, NULL, 0,
                   "%s: with blocks=1 slack must be 1: a worker would take again what it has just parked", what);
  for (size_t i = 0; sync->type->params[i].key; i++)
    if (strcmp(sync->type->params[i].key, "decay") == 0 && !fg_spec_has(rest, "decay")) {
      sync->par.value[i] = default_decay;
      snprintf(sync->par.text[i], FG_TEXT_MAX, "%.15g", default_decay);
    }
  return FG_OK;
}

uint64_t fg_sync_visits(const struct fg_sync *sync, uint32_t workers) {
  double n = round(fg_sync_param(sync, "every") * workers);
  return n >= 0x1p63 ? UINT64_MAX : n < 1 ? 1 : (uint64_t)n;
}

uint32_t fg_sync_blocks(const struct fg_sync *sync) {
  return sync->type->roving ? sync->type->roving->blocks(sync) : 1;
}

static uint32_t servers(const struct fg_sync *sync) {
  const struct fg_replica_policy *replica = sync->type->replica;
  return replica && replica->servers ? replica->servers(sync) : 0;
}

uint32_t fg_sync_hosts(const struct fg_sync *sync, uint32_t workers) {
  return workers + servers(sync);
}

uint32_t fg_sync_server(const struct fg_sync *sync, uint32_t workers, uint32_t q) {
  return fg_shard_host(q, workers, servers(sync));
}

bool fg_sync_is_live(const struct fg_sync *sync) {
  const struct fg_sync_type *t = sync->type;
  return t->roving || (t->replica && t->replica->server);
}

enum fg_err fg_sync_admits(const struct fg_sync *sync, const struct fg_model_type *model, struct fg_fault *fault) {
  const char *why = sync->type->refuses ? sync->type->refuses(model) : NULL;
  if (!why)
    return FG_OK;
  return fg_fail(fault, FG_EREFUSED, NULL, 0, "sync %s " FG_REFUSED_WORDS " %s, because %s", sync->type->name,
                 model->name, why);
}

const char *fg_sync_needs_strata(const struct fg_model_type *model) {
  return model->divisor ? "its column factors are normalised across column blocks when a stratum ends, and here is none"
         : model->renew ? "its topics are drawn when an epoch's last stratum ends, and here is none"
         : model->tune  ? "alpha and beta are learned when an epoch's last stratum ends, and here is none"
                        : NULL;
}

const char *fg_sync_needs_steps(const struct fg_model_type *model) {
  return model->draw ? "it draws block by block, and a replica's passes go over all blocks at once" : NULL;
}

uint32_t fg_sync_arity(const struct fg_sync *sync) {
  return (uint32_t)fg_sync_param(sync, "arity");
}

uint32_t fg_sync_everybody(const struct fg_sync *sync, uint32_t workers) {
  (void)sync;
  return workers;
}

double fg_sync_param(const struct fg_sync *sync, const char *key) {
  size_t i = 0;
  while (sync->type->params[i].key && strcmp(sync->type->params[i].key, key) != 0)
    i++;
  assert(sync->type->params[i].key);
  return sync->par.value[i];
}

void fg_sync_print(const struct fg_sync *sync, char *out, size_t size) {
  fg_spec_print(sync->type->name, sync->type->params, &sync->par, out, size);
}
