/* The kinds of network, one file each, and what they share. Nobody outside this folder needs it. */
#ifndef FG_SIM_KINDS_H
#define FG_SIM_KINDS_H

#include <stddef.h>

#include "sim/network.h"

extern const struct fg_network_type fg_network_star;
extern const struct fg_network_type fg_network_fattree;
extern const struct fg_network_type fg_network_torus;
extern const struct fg_network_type fg_network_dragonfly;
extern const struct fg_network_type fg_network_xml;

/* rows of params and places in fg_values of the keys that all kinds but xml have */
enum { FG_NET_SPEED, FG_NET_BW, FG_NET_LAT, FG_NET_TCP, FG_NET_OWN };

#define FG_NET_TCP_ROW                                                                                                 \
  {                                                                                                                    \
    "tcp", NULL, FG_PARAM_CHOICE, "smpi", 0, 0, "smpi|lv08|cm02",                                                      \
        "smpi: latency times 2 to 11.6, by size (MPI on Ethernet); lv08: latency times 13.01, bandwidth times 0.97; "  \
        "cm02: as given"                                                                                               \
  }
#define FG_NET_COMMON_ROWS                                                                                             \
  {"speed", NULL, FG_PARAM_TEXT, "4Gf", 0, 0, NULL, "speed of a host; a list a/b/c is dealt round the hosts"},         \
      {"bw", NULL, FG_PARAM_QUANTITY, "1Gbps", 1, 1e15, "bps", "bandwidth of a link, each way"},                       \
      {"lat", NULL, FG_PARAM_QUANTITY, "50us", 0, 1e3, "s", "latency of a link"}, FG_NET_TCP_ROW

/* bandwidth of a link, given in bit/s [B/s] */
static inline double fg_net_bytes_per_s(double bps) {
  return bps / 8;
}

/* Sum of the links' latencies [s] between two hosts of a star, and the least bandwidth on the way [B/s]; one on a link
 * that both directions share counts as 1 / (1 + ack_share) of its own. */
void fg_net_star_route(const struct fg_network *network, double ack_share, double *latency, double *bandwidth);

enum { FG_SHAPE_MAX = 8 };

/* Reads "4x4x2" into dim (at most FG_SHAPE_MAX entries from 1 to 2^20, product at most 2^24) and *n. `what` and `key`
 * are for the message. "" gives *n = 0: to be chosen. */
enum fg_err fg_shape_parse(const char *what, const char *key, const char *text, unsigned *dim, size_t *n,
                           struct fg_fault *fault);

/* n dimensions with a product >= hosts, as equal as possible, not increasing, none larger than it need be. */
void fg_shape_fit(uint32_t hosts, size_t n, unsigned *dim);

/* FG_EUSAGE if the product of the dimensions is less than hosts. */
enum fg_err fg_shape_holds(const char *what, const char *key, const unsigned *dim, size_t n, uint32_t hosts,
                           struct fg_fault *fault);

#endif
