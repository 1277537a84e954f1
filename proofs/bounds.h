/* The bounds of the claims as functions of numbers: each is defined in the file of its claim, where its source is
 * given, and used by whoever gives advice. */
#ifndef FG_PROOFS_BOUNDS_H
#define FG_PROOFS_BOUNDS_H

#include "core/straggler/straggler.h"

#include <stddef.h>
#include <stdint.h>

/* S8: bytes of parameters resident on a host: its row block of `rows` rows, `held` column blocks of `cols` columns. */
double fg_bound_resident(uint64_t rows, uint64_t cols, uint64_t held, uint64_t stride);

/* M3: variance after n updates with step eta inside a block, along an eigenvector of its curvature: var - 2 eta n
 * omega0 var + eta^2 n omega1. omega0: the eigenvalue; omega1: variance of the gradient along it, averaged over the
 * path of the mean (so that a mean off the block's optimum is in it); var: before. Up to fg_bound_block_remainder. */
double fg_bound_block_variance(double eta, double n, double omega0, double omega1, double var);

/* M3, matrix form: v, the covariance before, becomes v - eta n (h v + v h) + eta^2 noise; noise: the sum of the
 * gradient's covariance over the n points of the mean's path. d x d each, row-major. */
void fg_bound_block_covariance(size_t d, double eta, double n, const double *h, const double *noise, double *v);

/* M3: how far the exact covariance may be from either. h: |H|; q: |E A_z^2| (at most |A_z| h), spectral norms; var: |V|
 * before, noise: most |G| on the path, both spectral norms for the error of any direction's variance, both traces for
 * that of the trace. Needs eta |A_z| <= 1. O(eta^2 n^2 var) + O(eta^3 n^2 noise). */
double fg_bound_block_remainder(double eta, double n, double h, double q, double var, double noise);

/* M5: variance at which a scalar quadratic of curvature h with additive noise of variance `noise` comes to rest under a
 * constant step: eta noise / (h (2 - eta h)). INFINITY unless 0 < eta h < 2. */
double fg_bound_stationary(double eta, double h, double noise);

/* M5: what the second moment about the block's optimum never exceeds, whatever the number of updates and their steps,
 * of which eta is the largest: max(start, fg_bound_stationary). start: the second moment before. */
double fg_bound_extras(double start, double eta, double h, double noise);

/* M5, matrix form: tr V* + tr (V_0 - V*)_+, which the trace of the covariance never exceeds. d x d each, row-major,
 * symmetric: V_0 and V* (proofs/lab/quadratic.h). NAN: no memory. */
double fg_bound_extras_trace(size_t d, const double *start, const double *stationary);

/* M6: most step mass of a wait of any length on a block of n points under extra=geometric: eta n decay / (1 - decay).
 */
double fg_bound_wait_mass(double eta, double n, double decay);

/* M7: where n updates with step eta leave the mean of a scalar quadratic of curvature h: optimum + (1 - eta h)^n (from -
 * optimum). */
double fg_bound_drift(double eta, double h, double n, double from, double optimum);

/* M7: bias from the joint optimum of a cycle of two blocks of equal curvature h with optima m1, m2, n updates each at a
 * constant step, read after block 2: (1 - r) (m2 - m1) / (2 (1 + r)), r = (1 - eta h)^n. */
double fg_bound_order_bias(double eta, double h, double n, double m1, double m2);

/* T1: expected maximum of the products cost[p] * S_p of P independent draws of a law: integral over x >= 0 of
 * 1 - prod F(x / cost[p]). INFINITY if the law has no mean; NAN if it is not a law of draws. cost: P positive numbers
 * (lent). */
double fg_bound_slowest(const struct fg_straggler *law, const double *cost, uint32_t workers);

/* T4: expected k-th smallest of P independent draws, 1 <= k <= P; INFINITY and NAN as above. */
double fg_bound_quorum(const struct fg_straggler *law, uint32_t k, uint32_t workers);

#endif
