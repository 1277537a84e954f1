/* Simulated platforms: from an option to hosts and links, and the time that a transfer takes. */
#include "sim/network.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <xbt/config.h>
#include <xbt/log.h>

#include "sim/kinds.h"

const struct fg_network_type *const fg_network_types[] = {
    &fg_network_star, &fg_network_fattree, &fg_network_torus, &fg_network_dragonfly, &fg_network_xml, NULL,
};

const struct fg_network_type *fg_network_find(const char *name) {
  for (size_t i = 0; fg_network_types[i]; i++)
    if (strcmp(fg_network_types[i]->name, name) == 0)
      return fg_network_types[i];
  return NULL;
}

/* most entries of a list of speeds: each takes at least "1f/" */
enum { SPEEDS_MAX = FG_TEXT_MAX / 3 + 1 };

static bool has_speeds(const struct fg_network *network) {
  return network->type != &fg_network_xml;
}

static enum fg_err parse_speeds(const struct fg_network *network, double *speed, size_t *n, struct fg_fault *fault) {
  const char *text = network->par.text[FG_NET_SPEED];
  *n = 0;
  for (const char *p = text;; p++) {
    char one[64];
    size_t length = strcspn(p, "/");
    double v = 0;
    bool good = length < sizeof one && *n < SPEEDS_MAX;
    if (good) {
      memcpy(one, p, length);
      one[length] = 0;
      good = fg_parse_quantity(one, "f", &v) && v >= 1 && v <= 1e18;
    }
    if (!good)
      return fg_fail(
          fault, FG_EUSAGE, NULL, 0,
          "network %s: speed=%s must be a number with the unit f (flop/s), as in 4Gf, or a list 4Gf/2Gf, each "
          "from 1 to 1e18",
          network->type->name, text);
    speed[(*n)++] = v;
    p += length;
    if (!*p)
      return FG_OK;
  }
}

static enum fg_err unknown(const char *name, struct fg_fault *fault) {
  char known[256] = "";
  for (size_t i = 0; fg_network_types[i]; i++)
    snprintf(known + strlen(known), sizeof known - strlen(known), "%s%s", i ? ", " : "", fg_network_types[i]->name);
  return fg_fail(fault, FG_EUSAGE, NULL, 0, "there is no network '%.60s' (there are: %s)", name, known);
}

enum fg_err fg_network_parse(const char *spec, struct fg_network *network, struct fg_fault *fault) {
  char name[FG_TEXT_MAX], what[FG_TEXT_MAX + 16];
  const char *rest;
  struct fg_network n = {0};
  enum fg_err err = fg_spec_name(spec, name, &rest, fault);
  if (err)
    return err;
  n.type = fg_network_find(name);
  if (!n.type)
    return unknown(name, fault);
  snprintf(what, sizeof what, "network %s", name);
  err = fg_spec_parse(what, rest, n.type->params, &n.par, fault);
  if (err)
    return err;
  for (size_t i = 0; n.type->params[i].key; i++)
    if (strcmp(n.type->params[i].key, "tcp") == 0)
      n.flow = (enum fg_flow)n.par.value[i];
  if (has_speeds(&n)) {
    double speed[SPEEDS_MAX];
    size_t count;
    err = parse_speeds(&n, speed, &count, fault);
  }
  if (!err && n.type->check)
    err = n.type->check(&n, fault);
  if (!err)
    *network = n;
  return err;
}

void fg_network_print(const struct fg_network *network, char *out, size_t size) {
  fg_spec_print(network->type->name, network->type->params, &network->par, out, size);
}

void fg_network_speeds(const struct fg_network *network, double *slowest, double *fastest) {
  double speed[SPEEDS_MAX];
  size_t n = 0;
  *slowest = *fastest = 0;
  if (!has_speeds(network) || parse_speeds(network, speed, &n, NULL))
    return;
  *slowest = *fastest = speed[0];
  for (size_t i = 1; i < n; i++) {
    *slowest = fmin(*slowest, speed[i]);
    *fastest = fmax(*fastest, speed[i]);
  }
}

enum fg_err fg_network_host_speeds(const struct fg_network *network, uint32_t hosts, double *speed,
                                   struct fg_fault *fault) {
  double list[SPEEDS_MAX];
  size_t n;
  if (!has_speeds(network))
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "network %s: how fast its hosts are is not known before the run",
                   network->type->name);
  enum fg_err err = parse_speeds(network, list, &n, fault);
  for (uint32_t i = 0; i < hosts && !err; i++)
    speed[i] = list[i % n];
  return err;
}

/* Constants of the flow models, given to SimGrid and used by fg_network_transfer_time, so that the two cannot drift
 * apart with a release. */
#define TCP_WINDOW 4194304.0 /* [B] */
#define ACK_SHARE  0.05      /* of a flow's rate, in the opposite direction */

static const struct {
  const char *model;
  double latency, bandwidth;
} flows[] = {
    [FG_FLOW_SMPI] = {"SMPI", 1, 1}, /* by size, below */
    [FG_FLOW_LV08] = {"LV08", 13.01, 0.97},
    [FG_FLOW_CM02] = {"CM02", 1, 1},
};

/* Factors of messages of more than `above` bytes (SimGrid's defaults for smpi/lat-factor and smpi/bw-factor). */
static const struct {
  unsigned above;
  double latency, bandwidth;
} smpi_factors[] = {
    {65472, 11.6436, 0.940694}, {15424, 3.48845, 0.697866}, {9376, 2.59299, 0.58729},
    {5776, 2.18796, 1.08739},   {3484, 1.88101, 0.77493},   {1426, 1.61075, 0.608902},
    {732, 1.9503, 0.341987},    {257, 1.95341, 0.338112},   {0, 2.01467, 0.812084},
};
enum { SMPI_FACTORS = sizeof smpi_factors / sizeof smpi_factors[0] };

static void configure_smpi(void) {
  char latency[512] = "", bandwidth[512] = "";
  for (size_t i = 0; i < SMPI_FACTORS; i++) {
    const char *sep = i ? ";" : "";
    snprintf(latency + strlen(latency), sizeof latency - strlen(latency), "%s%u:%.9g", sep, smpi_factors[i].above,
             smpi_factors[i].latency);
    snprintf(bandwidth + strlen(bandwidth), sizeof bandwidth - strlen(bandwidth), "%s%u:%.9g", sep,
             smpi_factors[i].above, smpi_factors[i].bandwidth);
  }
  sg_cfg_set_string("smpi/lat-factor", latency);
  sg_cfg_set_string("smpi/bw-factor", bandwidth);
}

void fg_network_configure(const struct fg_network *network) {
  xbt_log_control_set("root.thres:error");
  sg_cfg_set_string("network/model", flows[network->flow].model);
  if (network->flow == FG_FLOW_SMPI) {
    configure_smpi();
  } else {
    sg_cfg_set_double("network/latency-factor", flows[network->flow].latency);
    sg_cfg_set_double("network/bandwidth-factor", flows[network->flow].bandwidth);
  }
  sg_cfg_set_double("network/TCP-gamma", TCP_WINDOW);
  sg_cfg_set_boolean("network/crosstraffic", "yes");
  /* The default 1e-9 s ends an activity early when another ends up to so much before it: a chunk of a few microseconds
   * would lose its last digits to its neighbours. Below the clock's own resolution it merely means equality. */
  sg_cfg_set_double("surf/precision", 1e-12);
  /* The solver takes shares of a link off a sum of about 1e4 per flow until what is left is below this: hundreds of flows
   * round by more than 1e-9, and what then stays belongs to no flow, which the solver does not survive. */
  sg_cfg_set_double("maxmin/precision", 1e-5);
  sg_cfg_set_int("contexts/stack-size", 64); /* [KiB] */
  sg_cfg_set_int("contexts/guard-size", 1);  /* [pages] */
}

enum fg_err fg_network_build(const struct fg_network *network, uint32_t hosts, sg_host_t *host,
                             struct fg_fault *fault) {
  assert(hosts > 0);
  double speed[SPEEDS_MAX];
  size_t n = 0;
  if (has_speeds(network)) {
    enum fg_err err = parse_speeds(network, speed, &n, fault);
    if (err)
      return err;
  }
  return network->type->build(network, speed, n, hosts, host, fault);
}

double fg_network_transfer_time(const struct fg_network *network, double bytes) {
  if (network->type != &fg_network_star)
    return NAN;
  double latency, bandwidth;
  fg_net_star_route(network, ACK_SHARE, &latency, &bandwidth);
  bytes = floor(bytes);
  double a = flows[network->flow].latency, b = flows[network->flow].bandwidth;
  for (size_t i = SMPI_FACTORS; network->flow == FG_FLOW_SMPI && i-- > 0 && bytes > smpi_factors[i].above;) {
    a = smpi_factors[i].latency;
    b = smpi_factors[i].bandwidth;
  }
  if (latency > 0)
    bandwidth = fmin(bandwidth, TCP_WINDOW / (2 * latency));
  return a * latency + bytes / (b * bandwidth);
}
