/* Rows on the simplex: how they begin, and how they are brought back. */
#include "core/model/simplex.h"

void fg_simplex_init(const struct fg_model *model, enum fg_stream stream, uint32_t index, double spread, float *row) {
  struct fg_rng rng;
  fg_rng_start(&rng, model->seed_init, stream, index, 0);
  double sum = 0;
  for (uint32_t k = 0; k < model->rank; k++) {
    row[k] = (float)(1 + spread * sqrt(3) * (2 * fg_rng_uniform(&rng) - 1));
    sum += row[k];
  }
  for (uint32_t k = 0; k < model->rank; k++)
    row[k] = (float)(row[k] / sum);
}

bool fg_simplex_valid(const struct fg_model *model, const float *factor, uint32_t n, uint32_t *which) {
  for (uint32_t i = 0; i < n; i++) {
    const float *row = factor + (size_t)i * model->stride;
    double sum = 0;
    bool good = true;
    for (uint32_t k = 0; k < model->stride; k++) {
      good = good && row[k] >= 0 && (k < model->rank || row[k] == 0);
      sum += row[k];
    }
    if (!good || !(fabs(sum - 1) <= 1e-5)) {
      *which = i;
      return false;
    }
  }
  return true;
}

void fg_simplex_restore(const struct fg_model *model, float *factor, uint32_t n) {
  for (uint32_t i = 0; i < n; i++) {
    float *row = factor + (size_t)i * model->stride;
    double sum = 0;
    bool good = true;
    for (uint32_t k = 0; k < model->rank; k++) {
      good = good && row[k] >= 0;
      row[k] = row[k] < 0 ? 0 : row[k];
      sum += row[k];
    }
    if (good && fabs(sum - 1) <= 1e-6)
      continue;
    for (uint32_t k = 0; k < model->rank; k++)
      row[k] = sum > 0 ? (float)(row[k] / sum) : 1.0f / (float)model->rank;
  }
}
