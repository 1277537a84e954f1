/* The scenes that are explored: few workers, short runs, every strategy. A new strategy is a line. */
#include "proofs/explore/explore.h"

#define MF      "mf:rank=1"
#define LDA     "lda:topics=2"              /* with a statistic */
#define SQUARED "lda:topics=2,loss=squared" /* that releases divide by */

/* strategy, model, workers, epochs, chunk, then what else there is */
#define SCENE(s, m, p, e, c, ...)                                                                                      \
  { .sync = (s), .model = (m), .workers = (p), .epochs = (e), .chunk = (c), __VA_ARGS__ }

/* clang-format off */
const struct fg_explore_scene fg_explore_scenes[] = {
    SCENE("barrier", MF, 2, "3", "1"),
    SCENE("barrier", MF, 3, "2", "2"),
    SCENE("barrier", MF, 3, "1", "1", .any_order = true),
    SCENE("barrier", MF, 3, "2", "2", .meet = 3),
    SCENE("barrier", MF, 4, "1", "2"),
    SCENE("barrier:arity=1", SQUARED, 3, "1", "2"),
    SCENE("barrier:arity=2", MF, 4, "2", "1", .large = true),
    SCENE("fugue:max=2", MF, 2, "3", "1"),
    SCENE("fugue:max=1", MF, 3, "2", "2"),
    SCENE("fugue:max=1", MF, 3, "1", "1", .any_order = true),
    SCENE("fugue:max=1", MF, 3, "2", "2", .meet = 3),
    SCENE("fugue:max=1", MF, 4, "1", "2"),
    SCENE("fugue:max=0,arity=1", SQUARED, 3, "1", "2"),
    SCENE("fugue:max=1", MF, 4, "2", "1", .large = true),
    SCENE("quorum:q=0.5,max=1", MF, 2, "2", "1"),
    SCENE("quorum:q=0.3,max=1", MF, 3, "1", "1"),
    SCENE("quorum:q=0.6,max=1", LDA, 3, "2", "1"),
    SCENE("quorum:q=0.6,wait=idle", MF, 3, "1", "1", .any_order = true),
    SCENE("quorum:q=0.5,max=1", MF, 4, "1", "2", .large = true),
    SCENE("ring:blocks=1", MF, 3, "2", "1"),
    SCENE("ring:blocks=2", LDA, 2, "2", "2"),
    SCENE("ring:blocks=2", LDA, 2, "1", "1", .any_order = true),
    SCENE("ring:blocks=2", MF, 3, "2", "2", .pause = 6),
    SCENE("ring:blocks=2", LDA, 2, "2", "2", .pause = 4, .meet = 4),
    SCENE("ring:blocks=1", LDA, 3, "1", "2"),
    SCENE("ring:blocks=2", MF, 4, "1", "2", .large = true),
    SCENE("nomad:blocks=2", MF, 2, "2", "1"),
    SCENE("nomad:blocks=2", MF, 2, "1", "2", .any_route = true),
    SCENE("nomad:blocks=2", LDA, 2, "1", "1", .any_order = true),
    SCENE("nomad:blocks=2", LDA, 2, "2", "2", .pause = 4, .meet = 4),
    SCENE("nomad:blocks=1", MF, 3, "2", "2", .pause = 3),
    SCENE("nomad:blocks=1", LDA, 2, "3", "2", .pause = 2, .any_route = true),
    SCENE("nomad:blocks=1", LDA, 3, "1", "2"),
    SCENE("nomad:blocks=2", LDA, 2, "1", "2", .any_route = true, .large = true),
    SCENE("nomad:blocks=1", MF, 3, "1", "2", .any_route = true, .large = true),
    SCENE("nomad:blocks=2", MF, 3, "1", "1", .large = true),
    SCENE("relay:blocks=2,slack=1", MF, 2, "2", "2"),
    SCENE("relay:blocks=2,slack=2", MF, 2, "1", "1"),
    SCENE("relay:blocks=2,slack=1", LDA, 2, "1", "1", .any_order = true),
    SCENE("relay:blocks=2,slack=1", LDA, 2, "2", "2", .pause = 4),
    SCENE("relay:blocks=2,slack=1", LDA, 2, "2", "2", .pause = 4, .meet = 4),
    SCENE("relay:blocks=1,slack=1", MF, 3, "1", "2"),
    SCENE("relay:blocks=2,slack=2", LDA, 2, "1", "1", .any_order = true, .large = true),
    SCENE("relay:blocks=2,slack=2", LDA, 2, "2", "2", .pause = 4, .meet = 4, .large = true),
    SCENE("relay:blocks=2,slack=2", MF, 2, "2", "2", .large = true),
    SCENE("relay:blocks=2,slack=inf", MF, 2, "1", "2"),
    SCENE("relay:blocks=1,slack=1", MF, 3, "2", "2", .large = true),
    SCENE("psgd:every=0,reduce=ring", MF, 3, "1", "2"),
    SCENE("psgd:every=0,reduce=tree", MF, 3, "1", "2", .any_order = true),
    SCENE("psgd:every=0,reduce=ring,wait=extra,max=1", MF, 2, "2", "2"),
    SCENE("ssp:slack=0", LDA, 2, "2", "2"),
    SCENE("ssp:slack=0", MF, 3, "1", "2"),
    SCENE("ssp:slack=1", MF, 2, "3", "2", .any_order = true),
    SCENE("ssp:slack=1", MF, 3, "1", "2"),
    SCENE("ssp:slack=2", MF, 2, "4", "1"),
    SCENE("ssp:slack=1", MF, 3, "1", "2", .any_order = true, .large = true),
    SCENE("ssp:slack=1", MF, 3, "2", "2", .large = true),
    SCENE("ssp:slack=inf", MF, 2, "2", "2", .pause = 2, .meet = 2),
    SCENE("ssp:slack=0,servers=1", LDA, 2, "2", "2"),
    SCENE("ssp:slack=1,servers=1", MF, 3, "1", "2"),
    SCENE("ssp:slack=1,servers=2", MF, 2, "2", "2", .any_order = true),
    {0},
};
/* clang-format on */
