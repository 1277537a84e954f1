/* Simulated platforms: hosts and the network between them, from `--network name:key=value,...` (one file and one row of
 * fg_network_types a kind). Times follow SimGrid's flow models (simgrid.md). */
#ifndef FG_SIM_NETWORK_H
#define FG_SIM_NETWORK_H

#include "core/err.h"
#include "core/spec.h"

#include <simgrid/host.h>
#include <stdint.h>

struct fg_network_type;

/* flow model: key `tcp=lv08|cm02|smpi` of every network */
enum fg_flow { FG_FLOW_LV08, FG_FLOW_CM02, FG_FLOW_SMPI };

struct fg_network {
  const struct fg_network_type *type;
  struct fg_values par;
  enum fg_flow flow;
};

struct fg_network_type {
  const char *name, *summary;
  const struct fg_param *params; /* every kind: speed (list "4Gf/2Gf" dealt round the hosts), bw, lat, tcp, and its own */
  /* Builds the platform of the running engine; hosts must exist afterwards under the names written by fg_network_host_name. */
  enum fg_err (*build)(const struct fg_network *network, uint32_t hosts, struct fg_fault *fault);
};

extern const struct fg_network_type *const fg_network_types[];

/* Parses "star:bw=1Gbps,lat=50us,speed=4Gf". Checks what can be checked without an engine (a user's XML file exists, a
 * torus' dimensions are numbers). */
enum fg_err fg_network_parse(const char *spec, struct fg_network *network, struct fg_fault *fault);
void fg_network_print(const struct fg_network *network, char *out, size_t size);

/* Nominal speed of the slowest and fastest host [flop/s] where it is known before the platform is built; 0 for user XML. */
void fg_network_speeds(const struct fg_network *network, double *slowest, double *fastest);

/* Sets SimGrid's options (network model, maxmin and surf precision, context stack size); after simgrid_init, before build. */
void fg_network_configure(const struct fg_network *network);

/* Builds it and looks up the first `hosts` hosts (array of `hosts` entries, lent). FG_EUSAGE if the platform has fewer. */
enum fg_err fg_network_build(const struct fg_network *network, uint32_t hosts, sg_host_t *host, struct fg_fault *fault);

/* Time [s] that the flow model gives an uncontended transfer of `bytes` between two hosts of a star (claims T3); NAN for other
 * kinds. */
double fg_network_transfer_time(const struct fg_network *network, double bytes);

#endif
