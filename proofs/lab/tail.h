/* Means of slow workers' times, from their tails. */
#ifndef FG_PROOFS_LAB_TAIL_H
#define FG_PROOFS_LAB_TAIL_H

/* Mean of X >= 0, the integral over x >= 0 of P(X > x): above(self, x), which falls from 1 to 0. scale: any number > 0
 * of the order of X. INFINITY if the tail seems to fall as 1/x or more slowly; relative error below 1e-5 for
 * those that fall as x^-1.15 or faster; NAN if out of memory. */
double fg_tail_mean(double (*above)(const void *self, double x), const void *self, double scale);

/* x >= 0 with above(self, x) = p, 0 < p < 1: a quantile, by bisection to the last bits. */
double fg_tail_quantile(double (*above)(const void *self, double x), const void *self, double p);

#endif
