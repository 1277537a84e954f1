/* The bounds of the claims as functions of numbers: each is defined in the file of its claim, where its source is
 * given, and used by whoever gives advice. */
#ifndef FG_PROOFS_BOUNDS_H
#define FG_PROOFS_BOUNDS_H

#include "core/straggler/straggler.h"

#include <stdint.h>

/* S8: bytes of parameters resident on a host: its row block of `rows` rows, `held` column blocks of `cols` columns. */
double fg_bound_resident(uint64_t rows, uint64_t cols, uint64_t held, uint64_t stride);

/* M6: most step mass of a wait of any length on a block of n points under extra=geometric: eta n decay / (1 - decay).
 */
double fg_bound_wait_mass(double eta, double n, double decay);

/* T1: expected maximum of the products cost[p] * S_p of P independent draws of a law: integral over x >= 0 of
 * 1 - prod F(x / cost[p]). INFINITY if the law has no mean; NAN if it is not a law of draws. cost: P positive numbers
 * (lent). */
double fg_bound_slowest(const struct fg_straggler *law, const double *cost, uint32_t workers);

#endif
