/* Explorations (proofs/explore) for claims: several processes at a time, each scene once, and what came of them as
 * findings. */
#ifndef FG_PROOFS_LAB_EXPLORED_H
#define FG_PROOFS_LAB_EXPLORED_H

#include "proofs/claim.h"
#include "proofs/explore/explore.h"

/* What is explored, and what came of it. */
struct fg_expedition {
  const struct fg_explore_scene *scene;
  struct fg_seeded seeded; /* name NULL: the real machines */
  struct fg_explored explored;
};

/* Zero-initialise; freed by fg_expeditions_free. */
struct fg_expeditions {
  struct fg_expedition *item;
  size_t n;
};

/* Chooses all scenes for which `wants` (NULL: any) says so; the large ones only with lab->full. FG_ENOMEM. */
enum fg_err fg_expeditions_choose(struct fg_expeditions *expeditions, const struct fg_lab *lab,
                                  bool (*wants)(const struct fg_explore_scene *scene));

/* Chooses the scenes of seeded faults, by their names, which NULL ends. Only the properties in `judged` (bits) are
 * looked at, so that a control is not rejected for what another claim is about. FG_ENOMEM; FG_EUSAGE: there is no such
 * fault, or what finds it is not judged. */
enum fg_err fg_expeditions_seed(struct fg_expeditions *expeditions, const char *const *names, unsigned judged);

/* Explores them. Nothing random is in it, so that a scene without a fault is explored once for all claims that share
 * lab->scratch. */
enum fg_err fg_expeditions_run(struct fg_expeditions *expeditions, const struct fg_lab *lab, struct fg_fault *fault);

/* A finding for each strategy and each property in `judged` (bits): how often it was broken, of so many states. And one
 * for all other properties together: what lies behind a state that breaks one of them is not explored. FG_ENOMEM. */
enum fg_err fg_expeditions_report(const struct fg_expeditions *expeditions, unsigned judged,
                                  struct fg_findings *findings);

void fg_expeditions_free(struct fg_expeditions *expeditions);

#endif
