/* Network `dragonfly`: groups of chassis of routers with hosts; the routers of a chassis, the chassis of a group and
 * the groups are each linked all to all. */
#include "sim/kinds.h"

#include "sim/shim.h"

enum { DIMS = FG_NET_OWN, LINKS };
enum { GROUPS, CHASSIS, ROUTERS, NODES, N_DIMS };

static const struct fg_param params[] = {
    FG_NET_COMMON_ROWS,
    {"dims", NULL, FG_PARAM_TEXT, "", 0, 0, NULL,
     "groups x chassis a group x routers a chassis x hosts a router, as in 3x4x3x2; default: as equal as possible"},
    {"links", NULL, FG_PARAM_TEXT, "1x1x1", 0, 0, NULL, "parallel links between groups x chassis x routers"},
    {0}};

/* `hosts` is used where the user has not given dims. */
static enum fg_err read_shape(const struct fg_network *network, uint32_t hosts, unsigned *dim, unsigned *links,
                              struct fg_fault *fault) {
  size_t n_dim, n_links;
  enum fg_err err = fg_shape_parse("network dragonfly", "dims", network->par.text[DIMS], dim, &n_dim, fault);
  if (!err)
    err = fg_shape_parse("network dragonfly", "links", network->par.text[LINKS], links, &n_links, fault);
  if (err)
    return err;
  if (n_links != N_DIMS - 1 || (n_dim != 0 && n_dim != N_DIMS))
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "network dragonfly: dims needs four numbers, links three");
  if (n_dim == 0) {
    /* the larger sizes inward: few hosts need no second group */
    unsigned fit[N_DIMS];
    fg_shape_fit(hosts, N_DIMS, fit);
    for (int i = 0; i < N_DIMS; i++)
      dim[i] = fit[N_DIMS - 1 - i];
  }
  /* SimGrid leaves a group for group g through router g of its first chassis */
  if (dim[GROUPS] > dim[ROUTERS])
    return fg_fail(fault, FG_EUSAGE, NULL, 0,
                   "network dragonfly: %u groups need at least as many routers in a chassis, not %u", dim[GROUPS],
                   dim[ROUTERS]);
  return FG_OK;
}

static enum fg_err check(const struct fg_network *network, struct fg_fault *fault) {
  unsigned dim[FG_SHAPE_MAX], links[FG_SHAPE_MAX];
  return read_shape(network, 1, dim, links, fault);
}

static enum fg_err build(const struct fg_network *network, const double *speed, size_t n_speed, uint32_t hosts,
                         sg_host_t *host, struct fg_fault *fault) {
  const double *par = network->par.value;
  unsigned dim[FG_SHAPE_MAX], links[FG_SHAPE_MAX];
  enum fg_err err = read_shape(network, hosts, dim, links, fault);
  if (!err)
    err = fg_shape_holds("network dragonfly", "dims", dim, N_DIMS, hosts, fault);
  if (err)
    return err;
  struct fg_shim_hosts places = {.hosts = hosts, .speed = speed, .n_speed = n_speed, .host = host};
  char why[512];
  if (!fg_shim_dragonfly(&places, dim, links, fg_net_bytes_per_s(par[FG_NET_BW]), par[FG_NET_LAT], why, sizeof why))
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "network dragonfly: %s", why);
  return FG_OK;
}

const struct fg_network_type fg_network_dragonfly = {
    .name = "dragonfly",
    .summary = "groups of chassis of routers, each level linked all to all",
    .params = params,
    .check = check,
    .build = build,
};
