/* What only C++ can: platforms from plain numbers, waiting with a time-out that leaves the transfer alone. */
#include "sim/shim.h"

#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <simgrid/s4u.hpp>

namespace sg = simgrid::s4u;

namespace {

bool guarded(char *why, size_t size, const std::function<void()> &work) {
  try {
    work();
    return true;
  } catch (const std::exception &e) {
    snprintf(why, size, "%s", e.what());
  } catch (...) {
    snprintf(why, size, "unknown exception");
  }
  return false;
}

sg::Host *make_host(const fg_shim_hosts *hosts, sg::NetZone *zone, unsigned long i) {
  sg::Host *host = zone->create_host("worker-" + std::to_string(i), hosts->speed[i % hosts->n_speed]);
  if (i < hosts->hosts)
    hosts->host[i] = host;
  return host;
}

/* what the regular zones call for each of their places */
sg::ClusterCallbacks leaves(const fg_shim_hosts *hosts) {
  return sg::ClusterCallbacks([hosts](sg::NetZone *zone, const std::vector<unsigned long> &, unsigned long i) {
    sg::Host *host = make_host(hosts, zone, i)->seal();
    return std::make_pair(host->get_netpoint(), static_cast<simgrid::kernel::routing::NetPoint *>(nullptr));
  });
}

sg::NetZone *root() {
  return sg::Engine::get_instance()->get_netzone_root();
}

} // namespace

extern "C" {

bool fg_shim_star(const fg_shim_hosts *hosts, double bw, double lat, double backbone_bw, double backbone_lat, char *why,
                  size_t size) {
  return guarded(why, size, [=] {
    /* the first zone made becomes the root by itself */
    sg::NetZone *zone = sg::create_star_zone("star");
    sg::Link *backbone = nullptr;
    if (backbone_bw > 0)
      backbone = zone->create_link("backbone", backbone_bw)->set_latency(backbone_lat)->seal();
    for (uint32_t i = 0; i < hosts->hosts; i++) {
      sg::Host *host = make_host(hosts, zone, i)->seal();
      sg::SplitDuplexLink *link = zone->create_split_duplex_link(host->get_name() + "_link", bw);
      link->set_latency(lat)->seal();
      std::vector<sg::LinkInRoute> way{{link, sg::LinkInRoute::Direction::UP}};
      if (backbone)
        way.emplace_back(backbone);
      zone->add_route(host->get_netpoint(), nullptr, nullptr, nullptr, way, true);
    }
    zone->seal();
  });
}

bool fg_shim_fattree(const fg_shim_hosts *hosts, size_t levels, const unsigned *down, const unsigned *up,
                     const unsigned *count, double bw, double lat, char *why, size_t size) {
  return guarded(why, size, [=] {
    auto list = [levels](const unsigned *p) { return std::vector<unsigned>(p, p + levels); };
    sg::FatTreeParams shape(static_cast<unsigned>(levels), list(down), list(up), list(count));
    sg::create_fatTree_zone("fattree", root(), shape, leaves(hosts), bw, lat, sg::Link::SharingPolicy::SPLITDUPLEX)
        ->seal();
  });
}

bool fg_shim_torus(const fg_shim_hosts *hosts, size_t n, const unsigned *dim, double bw, double lat, char *why,
                   size_t size) {
  return guarded(why, size, [=] {
    std::vector<unsigned long> shape(dim, dim + n);
    sg::create_torus_zone("torus", root(), shape, leaves(hosts), bw, lat, sg::Link::SharingPolicy::SPLITDUPLEX)->seal();
  });
}

bool fg_shim_dragonfly(const fg_shim_hosts *hosts, const unsigned dim[4], const unsigned links[3], double bw,
                       double lat, char *why, size_t size) {
  return guarded(why, size, [=] {
    sg::DragonflyParams shape({dim[0], links[0]}, {dim[1], links[1]}, {dim[2], links[2]}, dim[3]);
    sg::create_dragonfly_zone("dragonfly", root(), shape, leaves(hosts), bw, lat, sg::Link::SharingPolicy::SPLITDUPLEX)
        ->seal();
  });
}

bool fg_shim_load(const char *file, char *why, size_t size) {
  return guarded(why, size, [=] {
    sg::Engine::get_instance()->load_platform(file);
    sg::Engine::get_instance()->seal_platform();
  });
}

bool fg_shim_route(sg_host_t from, sg_host_t to, char *why, size_t size) {
  bool found = false;
  bool done = guarded(why, size, [&] {
    std::vector<sg::Link *> links;
    double lat = 0;
    from->route_to(to, links, &lat);
    found = !links.empty();
    if (!found)
      snprintf(why, size, "there is no route from %s to %s", from->get_cname(), to->get_cname());
  });
  return done && found;
}

bool fg_shim_wait(sg_comm_t transfer, double timeout) {
  if (sg::Activity::wait_any_for({sg::ActivityPtr(transfer)}, timeout) < 0)
    return false;
  transfer->unref();
  return true;
}

} // extern "C"
