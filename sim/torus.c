/* Network `torus`: hosts on a grid that closes on itself, each linked to its neighbours in every dimension. */
#include "sim/kinds.h"

#include "sim/shim.h"

enum { DIMS = FG_NET_OWN };

static const struct fg_param params[] = {FG_NET_COMMON_ROWS,
                                         {"dims", NULL, FG_PARAM_TEXT, "", 0, 0, NULL,
                                          "size in each dimension, as in 4x4x2; default: three, as equal as possible"},
                                         {0}};

static enum fg_err check(const struct fg_network *network, struct fg_fault *fault) {
  unsigned dim[FG_SHAPE_MAX];
  size_t n;
  return fg_shape_parse("network torus", "dims", network->par.text[DIMS], dim, &n, fault);
}

static enum fg_err build(const struct fg_network *network, const double *speed, size_t n_speed, uint32_t hosts,
                         sg_host_t *host, struct fg_fault *fault) {
  const double *par = network->par.value;
  unsigned dim[FG_SHAPE_MAX];
  size_t n;
  enum fg_err err = fg_shape_parse("network torus", "dims", network->par.text[DIMS], dim, &n, fault);
  if (err)
    return err;
  if (n == 0)
    fg_shape_fit(hosts, n = 3, dim);
  err = fg_shape_holds("network torus", "dims", dim, n, hosts, fault);
  if (err)
    return err;
  /* SimGrid does not take a dimension of one host, whose neighbour is itself; without any, a second host stands idle */
  size_t kept = 0;
  for (size_t i = 0; i < n; i++)
    if (dim[i] > 1)
      dim[kept++] = dim[i];
  if (kept == 0)
    dim[kept++] = 2;
  n = kept;
  struct fg_shim_hosts places = {.hosts = hosts, .speed = speed, .n_speed = n_speed, .host = host};
  char why[512];
  if (!fg_shim_torus(&places, n, dim, fg_net_bytes_per_s(par[FG_NET_BW]), par[FG_NET_LAT], why, sizeof why))
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "network torus: %s", why);
  return FG_OK;
}

const struct fg_network_type fg_network_torus = {
    .name = "torus",
    .summary = "a grid that closes on itself",
    .params = params,
    .check = check,
    .build = build,
};
