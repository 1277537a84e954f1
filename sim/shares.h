/* Shares of the data that follow from a platform. */
#ifndef FG_SIM_SHARES_H
#define FG_SIM_SHARES_H

#include "core/config.h"
#include "sim/network.h"

/* --balance size without shares: row blocks in proportion to the speeds of the network's hosts, which *config then
 * spells out. Anything else stays as it is. FG_EUSAGE for options that cannot be, and user XML, whose speeds only the
 * engine knows. */
enum fg_err fg_shares_settle(struct fg_config *config, const struct fg_network *network, struct fg_fault *fault);

#endif
