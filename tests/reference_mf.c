/* Matrix factorisation, naively. */
#include "tests/references.h"

static bool biased(const struct naive *n) {
  return fg_model_param(&n->p->model, "bias") != 0;
}
/* dimensions of the product, without the two of bias terms */
static uint32_t rank_of(const struct naive *n) {
  return biased(n) ? n->rank - 2 : n->rank;
}

static double mf_error(const struct naive *n, struct fg_point z) {
  double e = z.value - (fg_model_param(&n->p->model, "center") == 0 ? n->p->model.mean : 0);
  for (uint32_t k = 0; k < rank_of(n); k++)
    e -= row_of(n, z)[k] * col_of(n, z)[k];
  if (biased(n))
    e -= row_of(n, z)[n->rank - 2] + col_of(n, z)[n->rank - 1];
  return e;
}
static double mf_loss(const struct naive *n, struct fg_point z) {
  double e = mf_error(n, z), squares = 0;
  for (uint32_t k = 0; k < rank_of(n); k++)
    squares += pow(row_of(n, z)[k], 2) + pow(col_of(n, z)[k], 2);
  if (biased(n))
    squares += pow(row_of(n, z)[n->rank - 2], 2) + pow(col_of(n, z)[n->rank - 1], 2);
  return 0.5 * e * e + 0.5 * fg_model_param(&n->p->model, "l2") * squares;
}
static double mf_metric_of(const struct naive *n, struct fg_point z) {
  return pow(mf_error(n, z), 2);
}
static void mf_step(struct naive *n, struct fg_point z, double eta, const double *stat) {
  (void)stat;
  double *u = row_of(n, z), *w = col_of(n, z), l2 = fg_model_param(&n->p->model, "l2"), e = mf_error(n, z);
  n->flops += 2 * n->rank + 1;
  for (uint32_t k = 0; k < rank_of(n); k++) {
    double a = u[k], b = w[k];
    u[k] = op(n, a + op(n, eta * op(n, op(n, e * b) - op(n, l2 * a))));
    w[k] = op(n, b + op(n, eta * op(n, op(n, e * a) - op(n, l2 * b))));
  }
  if (biased(n)) {
    double *bias[2] = {u + n->rank - 2, w + n->rank - 1};
    for (int i = 0; i < 2; i++)
      *bias[i] = op(n, *bias[i] + op(n, eta * op(n, e - op(n, l2 * *bias[i]))));
  }
}

static const char *const specs[] = {"mf:rank=1",
                                    "mf:rank=16,init=0.5,l2=0.3",
                                    "mf:rank=20,center=none,init=0.4",
                                    "mf",
                                    "mf:rank=100",
                                    "mf:rank=130",
                                    "mf:rank=1,bias=yes,init=0.5",
                                    "mf:rank=14,bias=yes,l2=0.3,init=0.5",
                                    "mf:rank=15,bias=yes,center=none",
                                    "mf:rank=130,bias=yes",
                                    NULL};

const struct reference reference_mf = {
    .name = "mf",
    .specs = specs,
    .step = 0.05,
    .wild = 1,
    .update = mf_step,
    .loss_of = mf_loss,
    .metric_of = mf_metric_of,
};
