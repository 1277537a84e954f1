/* Network `fattree`: a tree of switches that gets wider toward its root (a parallel-ports generalised fat tree; hosts
 * are its leaves). By default nothing is oversubscribed: a switch has as many ways up as it has children. */
#include "sim/kinds.h"

#include "sim/shim.h"

enum { LEVELS = FG_NET_OWN, DOWN, UP, COUNT };

static const struct fg_param params[] = {
    FG_NET_COMMON_ROWS,
    {"levels", NULL, FG_PARAM_COUNT, "2", 1, 4, NULL, "levels of switches, where down is not given"},
    {"down", NULL, FG_PARAM_TEXT, "", 0, 0, NULL,
     "children of a switch, from the lowest level up, as in 8x4; default: by the number of hosts"},
    {"up", NULL, FG_PARAM_TEXT, "", 0, 0, NULL,
     "parents of a node, from the hosts up, as in 1x2; default: nothing is oversubscribed"},
    {"count", NULL, FG_PARAM_TEXT, "", 0, 0, NULL, "parallel links to each parent, from the hosts up; default: 1 each"},
    {0}};

struct shape {
  unsigned down[FG_SHAPE_MAX], up[FG_SHAPE_MAX], count[FG_SHAPE_MAX];
  size_t levels, n_up, n_count;
};

/* `hosts` is used where the user has not given `down`. */
static enum fg_err read_shape(const struct fg_network *network, uint32_t hosts, struct shape *s,
                              struct fg_fault *fault) {
  const char *what = "network fattree";
  enum fg_err err = fg_shape_parse(what, "down", network->par.text[DOWN], s->down, &s->levels, fault);
  if (!err)
    err = fg_shape_parse(what, "up", network->par.text[UP], s->up, &s->n_up, fault);
  if (!err)
    err = fg_shape_parse(what, "count", network->par.text[COUNT], s->count, &s->n_count, fault);
  if (err)
    return err;
  if (s->levels == 0)
    fg_shape_fit(hosts, s->levels = (size_t)network->par.value[LEVELS], s->down);
  if ((s->n_up && s->n_up != s->levels) || (s->n_count && s->n_count != s->levels))
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "%s: down, up and count must have one number for each of the %zu levels",
                   what, s->levels);
  for (size_t i = 0; i < s->levels; i++) {
    if (!s->n_up)
      s->up[i] = i == 0 ? 1 : s->down[i - 1];
    if (!s->n_count)
      s->count[i] = 1;
  }
  return FG_OK;
}

static enum fg_err check(const struct fg_network *network, struct fg_fault *fault) {
  struct shape s;
  return read_shape(network, 1, &s, fault);
}

static enum fg_err build(const struct fg_network *network, const double *speed, size_t n_speed, uint32_t hosts,
                         sg_host_t *host, struct fg_fault *fault) {
  const double *par = network->par.value;
  struct shape s;
  enum fg_err err = read_shape(network, hosts, &s, fault);
  if (!err)
    err = fg_shape_holds("network fattree", "down", s.down, s.levels, hosts, fault);
  if (err)
    return err;
  struct fg_shim_hosts places = {.hosts = hosts, .speed = speed, .n_speed = n_speed, .host = host};
  char why[512];
  if (!fg_shim_fattree(&places, s.levels, s.down, s.up, s.count, fg_net_bytes_per_s(par[FG_NET_BW]), par[FG_NET_LAT],
                       why, sizeof why))
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "network fattree: %s", why);
  return FG_OK;
}

const struct fg_network_type fg_network_fattree = {
    .name = "fattree",
    .summary = "a tree of switches that gets wider toward its root",
    .params = params,
    .check = check,
    .build = build,
};
