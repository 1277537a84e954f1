/* From a seed to where many lone workers are. */
#include "proofs/lab/cloud.h"

#include "core/rng.h"

#include <math.h>
#include <stdlib.h>

enum { BATCHES = 16 };

static uint64_t batch(const struct fg_cloud *c) {
  return (c->n + BATCHES - 1) / BATCHES;
}

static size_t numbers(const struct fg_cloud *c) {
  return c->n_at * fg_solo_dimension(c->trial);
}

float *fg_cloud_looks(const struct fg_cloud *c) {
  return malloc(BATCHES * batch(c) * numbers(c) * sizeof(float));
}

static enum fg_err play(const void *self, uint64_t i, void *result, struct fg_fault *fault) {
  const struct fg_cloud *c = self;
  size_t d = fg_solo_dimension(c->trial), n = numbers(c);
  double *start = malloc((d + n) * sizeof *start), *look = start + d;
  float *out = result;
  enum fg_err err = start ? FG_OK : fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory for a cloud");
  for (uint64_t k = i * batch(c); k < (i + 1) * batch(c) && k < c->n && !err; k++, out += n) {
    struct fg_rng rng;
    fg_rng_start(&rng, c->seed, FG_STREAM_INIT_ROW, k, 0);
    double xi = 0;
    for (size_t a = 0; a < d; a++) {
      if (a == 0 || !c->axis)
        xi = c->spread * sqrt(3) * (2 * fg_rng_uniform(&rng) - 1);
      start[a] = c->center[a] + xi * (c->axis ? c->axis[a] : 1);
    }
    const struct fg_solo solo = {start, fg_seed_derive(c->seed, k), c->at, c->n_at, c->stop, c->self};
    err = fg_solo_play(c->trial, &solo, look, fault);
    for (size_t a = 0; a < n; a++)
      out[a] = (float)look[a];
  }
  free(start);
  return err;
}

enum fg_err fg_cloud_play(const struct fg_lab *lab, const struct fg_cloud *c, float *look, struct fg_fault *fault) {
  return fg_lab_map(lab, BATCHES, play, c, batch(c) * numbers(c) * sizeof *look, look, fault);
}

void fg_cloud_along(const struct fg_cloud *c, const float *look, size_t l, const double *direction, double *x) {
  size_t d = fg_solo_dimension(c->trial), n = numbers(c);
  for (uint64_t k = 0; k < c->n; k++) {
    x[k] = 0;
    for (size_t a = 0; a < d; a++)
      x[k] += direction[a] * look[k * n + l * d + a];
  }
}

void fg_cloud_squares(const struct fg_cloud *c, const float *look, size_t l, const double *from, double *x) {
  size_t d = fg_solo_dimension(c->trial), n = numbers(c);
  for (uint64_t k = 0; k < c->n; k++)
    x[k] = 0;
  for (size_t a = 0; a < d; a++) {
    double center = from ? from[a] : 0;
    for (uint64_t k = 0; k < c->n && !from; k++)
      center += look[k * n + l * d + a] / (double)c->n;
    for (uint64_t k = 0; k < c->n; k++)
      x[k] += (look[k * n + l * d + a] - center) * (look[k * n + l * d + a] - center);
  }
}
