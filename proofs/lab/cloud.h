/* A cloud: an ensemble of lone workers (solo.h) that start at independent places and draw independent points, spread
 * over the processes of the laboratory. */
#ifndef FG_PROOFS_LAB_CLOUD_H
#define FG_PROOFS_LAB_CLOUD_H

#include "proofs/lab/lab.h"
#include "proofs/lab/solo.h"

/* Everything is lent. */
struct fg_cloud {
  struct fg_trial *trial; /* ready; every process works on a copy */
  const double *center;   /* dimension entries */
  double spread;          /* standard deviation of every coordinate of a start: center + spread * uniform of variance 1,
                             independent; ... */
  const double *axis;     /* ... or, if not NULL, center + spread * such a number * axis: dimension entries */
  uint64_t seed;          /* of starts and order */
  uint64_t n;             /* members */
  const uint64_t *at;     /* as in solo.h, as are the following */
  size_t n_at;
  bool (*stop)(void *self, uint64_t updates, const double *psi);
  void *self;
};

/* Plays it. look: n x n_at x dimension entries, out; member by member. Errors of fg_solo_play and fg_lab_map. */
enum fg_err fg_cloud_play(const struct fg_lab *lab, const struct fg_cloud *cloud, float *look, struct fg_fault *fault);

/* Room for the looks of a cloud; freed by free. NULL: no memory. */
float *fg_cloud_looks(const struct fg_cloud *cloud);

/* The n numbers <direction, psi> of look l; direction: dimension entries, lent; x: n entries, out. */
void fg_cloud_along(const struct fg_cloud *cloud, const float *look, size_t l, const double *direction, double *x);

/* The n squared distances of look l from `from` (dimension entries, lent; NULL: from the mean of the look); x: n
 * entries, out. Their mean is the second moment about it, or the trace of the covariance, short of a factor 1 - 1/n. */
void fg_cloud_squares(const struct fg_cloud *cloud, const float *look, size_t l, const double *from, double *x);

#endif
