/* What SimGrid offers to C++ only: building platforms, and waiting for a message until a time. The functions that build
 * return true on success and otherwise write the reason to `why` (lent, `size` [B]); no exception leaves them.
 * Bandwidths are in [B/s], latencies in [s]. */
#ifndef FG_SIM_SHIM_H
#define FG_SIM_SHIM_H

#include <simgrid/forward.h>
#include <simgrid/host.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Host i is called "worker-i" and has speed[i mod n_speed] [flop/s]. Those of i < hosts are written to host[i]; kinds
 * of network that come in fixed sizes have more. All lent. */
struct fg_shim_hosts {
  uint32_t hosts;
  const double *speed;
  size_t n_speed;
  sg_host_t *host;
};

/* Every host has a link of its own to one switch; backbone_bw > 0 puts one shared link in the way of all. */
bool fg_shim_star(const struct fg_shim_hosts *hosts, double bw, double lat, double backbone_bw, double backbone_lat,
                  char *why, size_t size);

/* down, up, count: `levels` entries each, from the hosts upward (children, parents, parallel links of a node). */
bool fg_shim_fattree(const struct fg_shim_hosts *hosts, size_t levels, const unsigned *down, const unsigned *up,
                     const unsigned *count, double bw, double lat, char *why, size_t size);

bool fg_shim_torus(const struct fg_shim_hosts *hosts, size_t n, const unsigned *dim, double bw, double lat, char *why,
                   size_t size);

/* dim: groups, chassis a group, routers a chassis, hosts a router; links: parallel links between groups, chassis,
 * routers. groups <= routers. */
bool fg_shim_dragonfly(const struct fg_shim_hosts *hosts, const unsigned dim[4], const unsigned links[3], double bw,
                       double lat, char *why, size_t size);

/* Loads a platform file. SimGrid ends the process at some faults: try it in a process of its own first. */
bool fg_shim_load(const char *file, char *why, size_t size);

/* True if data can travel between two hosts. */
bool fg_shim_route(sg_host_t from, sg_host_t to, char *why, size_t size);

/* The calling actor waits until the transfer is complete (true; the handle is used up) or `timeout` [s] has passed
 * (false; the handle stays good). A negative timeout waits for ever. */
bool fg_shim_wait(sg_comm_t transfer, double timeout);

#ifdef __cplusplus
}
#endif

#endif
