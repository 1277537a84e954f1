/* Simulated platforms: hosts and the network between them, from `--network name:key=value,...` (one file and one row of
 * fg_network_types a kind). Times follow SimGrid's flow models (simgrid.md). */
#ifndef FG_SIM_NETWORK_H
#define FG_SIM_NETWORK_H

#include "core/err.h"
#include "core/spec.h"

#include <simgrid/host.h>
#include <stdint.h>

struct fg_network_type;

/* flow model: key `tcp=smpi|lv08|cm02` of every network. What each makes of a latency and bandwidth:
 * fg_network_transfer_time. */
enum fg_flow { FG_FLOW_SMPI, FG_FLOW_LV08, FG_FLOW_CM02 };

struct fg_network {
  const struct fg_network_type *type;
  struct fg_values par;
  enum fg_flow flow;
};

struct fg_network_type {
  const char *name, *summary;
  /* Every kind but xml: speed (list "4Gf/2Gf" dealt round the hosts), bw, lat, tcp, and its own; xml: file, tcp. */
  const struct fg_param *params;
  /* What can be checked before there is an engine; NULL: nothing beyond the table. */
  enum fg_err (*check)(const struct fg_network *network, struct fg_fault *fault);
  /* Builds the platform of the running engine and fills host[0 .. hosts - 1] (lent). `speed` (lent): n_speed > 0
   * nominal speeds [flop/s], dealt round the hosts; n_speed is 0 for xml. FG_EUSAGE if the platform has fewer hosts. */
  enum fg_err (*build)(const struct fg_network *network, const double *speed, size_t n_speed, uint32_t hosts,
                       sg_host_t *host, struct fg_fault *fault);
};

/* The table; ends with NULL. */
extern const struct fg_network_type *const fg_network_types[];

/* Type by name, or NULL. */
const struct fg_network_type *fg_network_find(const char *name);

/* Parses "star:bw=1Gbps,lat=50us,speed=4Gf". Checks what can be checked without an engine: FG_EUSAGE for a bad
 * spelling, lists and dimensions included; FG_EINPUT for a user's XML file that cannot be read. Nothing needs to be
 * freed. */
enum fg_err fg_network_parse(const char *spec, struct fg_network *network, struct fg_fault *fault);
/* Canonical spelling, all parameters spelled out. */
void fg_network_print(const struct fg_network *network, char *out, size_t size);

/* Nominal speed of the slowest and fastest host [flop/s] where it is known before the platform is built; 0 for user
 * XML. */
void fg_network_speeds(const struct fg_network *network, double *slowest, double *fastest);

/* Nominal speed of each of the first `hosts` hosts [flop/s], to `speed` (lent). FG_EUSAGE for user XML, whose speeds
 * only the engine knows. */
enum fg_err fg_network_host_speeds(const struct fg_network *network, uint32_t hosts, double *speed,
                                   struct fg_fault *fault);

/* Sets SimGrid's options (flow model with its constants, precisions, context stacks) and silences its log below errors;
 * after simgrid_init, before build. */
void fg_network_configure(const struct fg_network *network);

/* Builds the platform and fills host[0 .. hosts - 1] (lent, `hosts` > 0 entries; the hosts stay the engine's). Host i
 * of a kind other than xml is called "worker-i"; a user's hosts are taken in the order of their names, numbers in them
 * by value. FG_EUSAGE if the platform has too few hosts; FG_EINPUT if SimGrid does not accept a user's XML, with the
 * file and where possible the line, or if two of the hosts have no route. Building user XML forks a process that tries
 * it first, since SimGrid ends the process at some faults. One platform per process. */
enum fg_err fg_network_build(const struct fg_network *network, uint32_t hosts, sg_host_t *host, struct fg_fault *fault);

/* Time [s] that the flow model gives an uncontended transfer of `bytes` (>= 0; SimGrid drops fractions of a byte)
 * between two hosts of a star (claims T3); NAN for other kinds. With L = sum of the links' latencies, B = the least
 * bandwidth [B/s] on the way (a shared backbone counts as 1/1.05 of its own: a flow's acknowledgements take 5 % of its
 * rate) and W = 4 MiB (TCP window):
 *
 *   a L + bytes / (b min(B, W / (2 L)))
 *
 * cm02: a = b = 1. lv08: a = 13.01, b = 0.97 (Velho and Legrand 2009). smpi: a and b depend on the message's size (MPI
 * over TCP on Gigabit Ethernet, calibrated by the SimGrid team; from a = 2 below 258 B to a = 11.6 above 64 KB). An
 * empty message takes L in smpi. */
double fg_network_transfer_time(const struct fg_network *network, double bytes);

#endif
