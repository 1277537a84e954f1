/* Network `star`: every host has a link of its own to one switch. A route is two links, or three with a backbone. */
#include "sim/kinds.h"

#include <math.h>

#include "sim/shim.h"

enum { BACKBONE = FG_NET_OWN, BACKBONE_LAT };

static const struct fg_param params[] = {FG_NET_COMMON_ROWS,
                                         {"backbone", NULL, FG_PARAM_QUANTITY, "0bps", 0, 1e15, "bps",
                                          "bandwidth of one link shared by all routes; 0bps: none"},
                                         {"backbone_lat", NULL, FG_PARAM_QUANTITY, "0s", 0, 1e3, "s", "its latency"},
                                         {0}};

static enum fg_err check(const struct fg_network *network, struct fg_fault *fault) {
  const double *par = network->par.value;
  if (par[BACKBONE] > 0 && par[BACKBONE] < 1)
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "network star: backbone=%s must be 0bps or at least 1bps",
                   network->par.text[BACKBONE]);
  if (par[BACKBONE] == 0 && par[BACKBONE_LAT] > 0)
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "network star: backbone_lat=%s needs backbone=...",
                   network->par.text[BACKBONE_LAT]);
  return FG_OK;
}

static enum fg_err build(const struct fg_network *network, const double *speed, size_t n_speed, uint32_t hosts,
                         sg_host_t *host, struct fg_fault *fault) {
  const double *par = network->par.value;
  struct fg_shim_hosts places = {.hosts = hosts, .speed = speed, .n_speed = n_speed, .host = host};
  char why[512];
  if (!fg_shim_star(&places, fg_net_bytes_per_s(par[FG_NET_BW]), par[FG_NET_LAT], fg_net_bytes_per_s(par[BACKBONE]),
                    par[BACKBONE_LAT], why, sizeof why))
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "network star: %s", why);
  return FG_OK;
}

void fg_net_star_route(const struct fg_network *network, double ack_share, double *latency, double *bandwidth) {
  const double *par = network->par.value;
  *latency = 2 * par[FG_NET_LAT] + par[BACKBONE_LAT];
  *bandwidth = fg_net_bytes_per_s(par[FG_NET_BW]);
  if (par[BACKBONE] > 0)
    *bandwidth = fmin(*bandwidth, fg_net_bytes_per_s(par[BACKBONE]) / (1 + ack_share));
}

const struct fg_network_type fg_network_star = {
    .name = "star",
    .summary = "every host has a link of its own to one switch",
    .params = params,
    .check = check,
    .build = build,
};
