/* Straggler law `none`: every host keeps its nominal speed. */
#include "core/straggler/laws.h"

static const struct fg_param params[] = {{0}};

static double host(const struct fg_straggler *s, uint32_t worker) {
  (void)s;
  (void)worker;
  return 1;
}

const struct fg_straggler_type fg_straggler_none = {
    .name = "none",
    .summary = "every host keeps its nominal speed",
    .params = params,
    .host = host,
};
