/* The bounds of the claims as functions of numbers: each is defined in the file of its claim, where its source is
 * given, and used by whoever gives advice. */
#ifndef FG_PROOFS_BOUNDS_H
#define FG_PROOFS_BOUNDS_H

#include "core/straggler/straggler.h"

#include <stdint.h>

/* M6: most step mass of a wait of any length on a block of n points under extra=geometric: eta n decay / (1 - decay).
 */
double fg_bound_wait_mass(double eta, double n, double decay);

/* T1: expected maximum of the products cost[p] * S_p of P independent draws of a law: integral over x >= 0 of
 * 1 - prod F(x / cost[p]). INFINITY if the law has no mean; NAN if it is not a law of draws. cost: P positive numbers
 * (lent). */
double fg_bound_slowest(const struct fg_straggler *law, const double *cost, uint32_t workers);

/* T4: expected k-th smallest of P independent draws, 1 <= k <= P; INFINITY and NAN as above. */
double fg_bound_quorum(const struct fg_straggler *law, uint32_t k, uint32_t workers);

#endif
