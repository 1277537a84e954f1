/* --balance size: from the speeds of hosts to shares of the data. */
#include "sim/shares.h"

#include "core/cure.h"

#include <stdlib.h>

enum fg_err fg_shares_settle(struct fg_config *config, const struct fg_network *network, struct fg_fault *fault) {
  struct fg_options options;
  enum fg_err err = fg_config_resolve(config, &options, fault);
  if (err || options.balance != FG_CURE_SIZE || options.shares)
    return err;
  uint32_t workers = options.workers ? options.workers : FG_WORKERS;
  double *speed = malloc(workers * sizeof *speed);
  if (!speed)
    return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory for %u workers", workers);
  err = fg_network_host_speeds(network, workers, speed, fault);
  if (!err)
    err = fg_cure_settle(config, workers, speed, fault);
  free(speed);
  return err;
}
