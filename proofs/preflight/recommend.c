/* The last step of a preflight: which strategy, at which step. */
#include "proofs/preflight/preflight.h"

#include <math.h>
#include <string.h>

/* What may be lost for something simpler, where the difference is within the noise. */
#define SIMPLER 1.05

/* Gets there with at least three quarters of the seeds. */
static bool is_sure(const struct fg_candidates *all, const struct fg_candidate *c) {
  unsigned reached = 0, seeds = 0;
  return c->trial && c->seeds > 0 && isfinite(fg_candidate_time(all, c, &reached, &seeds)) && 4 * reached >= 3 * seeds;
}

void fg_preflight_recommend(const struct fg_candidates *all, struct fg_recommendation *r) {
  double least = INFINITY;
  memset(r, 0, sizeof *r);
  r->best = r->chosen = all->barrier;
  for (unsigned k = 0; k < all->n; k++) {
    double share = is_sure(all, &all->c[k]) ? fg_candidate_share(all, &all->c[k]) : INFINITY;
    r->any = r->any || isfinite(share);
    if (share < least) {
      least = share;
      r->best = r->chosen = k;
    }
  }
  for (unsigned k = 0; k < all->n; k++) {
    const struct fg_candidate *c = &all->c[k];
    if (k == r->best || !is_sure(all, c))
      continue;
    struct fg_interval ratio = fg_candidate_ratio(all, c, &all->c[r->best]);
    if (!(ratio.low <= 1))
      continue;
    r->alike[r->n_alike++] = k;
    if (ratio.estimate <= SIMPLER && c->plain < all->c[r->chosen].plain)
      r->chosen = k;
  }
  r->gain = fg_candidate_ratio(all, &all->c[all->barrier], &all->c[r->chosen]);
  r->users_gain = fg_candidate_ratio(all, &all->c[all->user], &all->c[r->chosen]);
}
