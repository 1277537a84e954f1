/* From a learned model's rows to communities, and to one number of agreement. */
#include "core/membership.h"

#include "core/model/simplex.h"
#include "core/model_lines.h"

#include <math.h>
#include <stdlib.h>

bool fg_membership_is(const struct fg_model_type *type) {
  return type->top_rows || type->rows_valid == fg_simplex_valid;
}

enum fg_err fg_membership_count(const char *dir, const struct fg_model *model, const struct fg_labels *labels,
                                uint64_t *count, struct fg_fault *fault) {
  struct fg_model_lines l;
  enum fg_err err = fg_model_lines_open(dir, model, true, &l, fault);
  while (!err && !(err = fg_model_lines_next(&l, fault)) && l.n > 0)
    for (uint32_t i = 0; i < l.n; i++) {
      const float *row = l.factor + (size_t)i * model->stride;
      uint32_t community = 0;
      for (uint32_t k = 1; k < model->rank; k++)
        if (row[k] > row[community])
          community = k;
      count[(size_t)community * labels->n_names + labels->of[l.first + i]]++;
    }
  fg_model_lines_close(&l);
  return err;
}

static double entropy(double share) {
  return share > 0 ? -share * log(share) : 0;
}

double fg_membership_nmi(const uint64_t *count, uint32_t groups, uint32_t labels) {
  double n = 0, group_entropy = 0, label_entropy = 0, joint_entropy = 0;
  for (size_t i = 0; i < (size_t)groups * labels; i++)
    n += (double)count[i];
  if (n == 0)
    return NAN;
  for (uint32_t g = 0; g < groups; g++) {
    double sum = 0;
    for (uint32_t l = 0; l < labels; l++) {
      double c = (double)count[(size_t)g * labels + l];
      sum += c;
      joint_entropy += entropy(c / n);
    }
    group_entropy += entropy(sum / n);
  }
  for (uint32_t l = 0; l < labels; l++) {
    double sum = 0;
    for (uint32_t g = 0; g < groups; g++)
      sum += (double)count[(size_t)g * labels + l];
    label_entropy += entropy(sum / n);
  }
  double mean = (group_entropy + label_entropy) / 2, shared = group_entropy + label_entropy - joint_entropy;
  return mean > 0 ? fmax(shared, 0) / mean : 1; /* rounding may bring it below 0 */
}
